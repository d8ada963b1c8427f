"""What the papers of one poll are made from, and what they ask of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ballot_scan import text
from ballot_scan.event.model import Event, Form, Member, Poll
from ballot_scan.event.regulation import Level, Regulation
from ballot_scan.records import CandidateCount, FormTally, LogHead, Turnout

_MEETING = ("hội nghị", "kỳ họp", "kì họp", "đại hội", "cuộc họp", "phiên họp", "meeting", "conference", "session")
_AREA = re.compile(r"^(tỉnh|thành phố|tp\.?|thị xã|thị trấn|huyện|quận|phường|xã|đặc khu)\s+", re.IGNORECASE)
_DEFAULT_TEAM = "Tổ kiểm phiếu"


@dataclass(frozen=True, slots=True)
class CountPapers:
    """Everything the papers of one poll say; gathered by the steps of the day, read here only."""

    event: Event
    poll: Poll
    regulation: Regulation
    tallies: tuple[FormTally, ...]
    provisional: bool
    rehearsal: bool
    opened: str | None = None  # "HH:MM"
    closed: str | None = None
    remarks: tuple[str, ...] = ()
    team_confirms: bool = False
    log: LogHead | None = None
    result_code: str = ""
    decisions_count: int = 0
    decisions: tuple[str, ...] = ()  # one line each: what was doubtful, what the team concluded
    batches: tuple[tuple[str, int], ...] = ()  # name of the stack, sheets

    @property
    def lang(self) -> str:
        return self.event.head.language

    @property
    def turnout(self) -> Turnout | None:
        """The hand-counted numbers of the poll."""
        return next((tally.turnout for tally in self.tallies if tally.turnout), None)

    @property
    def unofficial(self) -> bool:
        """Marked so, or not final by its own numbers: a paper never looks more certain than its count."""
        return self.provisional or not self.tallies or not all(tally.final for tally in self.tallies)

    @property
    def pending(self) -> int:
        return sum(tally.pending_review for tally in self.tallies)

    @property
    def valid(self) -> int | None:
        return sum(tally.valid for tally in self.tallies) if self.tallies else None

    @property
    def invalid(self) -> int | None:
        return sum(tally.invalid for tally in self.tallies) if self.tallies else None

    def reasons(self) -> tuple[str, ...]:
        """Why the count is provisional, in the papers' language."""
        found = []
        if self.turnout is None:
            found.append(text.t("documents.reason.turnout", self.lang))
        if self.pending:
            found.append(text.t("documents.reason.pending", self.lang, count=self.pending))
        if any(not equation.holds for tally in self.tallies for equation in tally.equations):
            found.append(text.t("documents.reason.equations", self.lang))
        return tuple(found) or (text.t("documents.reason.open", self.lang),)

    def form(self, tally: FormTally) -> Form | None:
        return next((form for form in self.poll.forms if form.id == tally.form), None)

    def form_title(self, tally: FormTally) -> str:
        """What a form is called in headings; its id where it has no title."""
        form = self.form(tally)
        return form.title if form and form.title else tally.form

    def members(self, role: str) -> tuple[Member, ...]:
        return tuple(member for member in self.poll.members if member.role == role)

    @property
    def team_name(self) -> str:
        """The team's name; the default one is translated."""
        name = self.event.head.team_name
        return text.t("documents.team.default", self.lang) if name == _DEFAULT_TEAM else name

    @property
    def team_kind(self) -> str:
        """``group`` (Tổ …), ``board`` (Ban …) or ``other``: what its head is called depends on it."""
        first = self.event.head.team_name.casefold().split(" ")[0]
        return {"tổ": "group", "ban": "board"}.get(first, "other")

    @property
    def meeting(self) -> str:
        """The body above the counting team: the meeting, where name or place of the poll is one, else the organ."""
        for name in (self.poll.name, self.poll.place.split(",")[0].strip()):
            words = name.casefold()
            if words.startswith(_MEETING) or (self.lang == "en" and words.endswith(_MEETING)):
                return name
        return self.event.head.organ

    @property
    def locality(self) -> str:
        """The place of the date line: the last part of an address, or a named area; "" where it cannot be told."""
        parts = [part.strip() for part in self.poll.place.split(",") if part.strip()]
        if not parts:
            return ""
        last = parts[-1]
        bare = _AREA.sub("", last)
        return bare if len(parts) > 1 or bare != last else ""

    @property
    def regulation_number(self) -> str:
        """``96-QĐ/TW`` of ``Quy định 96-QĐ/TW``: by it other texts are known to name the regulation."""
        return (self.regulation.short_vi.split() or [""])[-1]

    def level_name(self, level: str) -> str:
        """The level as it reads within a sentence."""
        name = level_title(self.regulation.levels, level, self.lang)
        return name[:1].lower() + name[1:]

    def level_heading(self, level: str) -> str:
        """The level as it stands at the head of a column or in a legend."""
        name = level_title(self.regulation.levels, level, self.lang)
        return name[:1].upper() + name[1:]


def level_title(levels: tuple[Level, ...], level: str, lang: str) -> str:
    """The name of a level in ``lang``; its id where the regulation has none."""
    found = next((item for item in levels if item.id == level), None)
    if found is None:
        return level
    return found.vi if lang == "vi" else found.en


def balance(person: CandidateCount) -> int:
    """All that stands on valid ballots for a person; equals the valid ballots of the form."""
    marked = sum(level.votes for level in person.levels)
    return marked + person.none_marked + person.several_marked + person.other_invalid + person.pending
