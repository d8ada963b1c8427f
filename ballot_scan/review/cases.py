"""Cases: every flagged ballot and every page that stops the count, with what may be concluded and what it would mean.

Pure functions of what the store holds. The order is by poll and form, then by the ballot's code: it tells nothing of
the order of feeding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from ballot_scan.event.model import Event
from ballot_scan.event.regulation import Regulation
from ballot_scan.paper.layout import FormLayout
from ballot_scan.records import (
    BLANK,
    MULTIPLE,
    UNSURE,
    Ballot,
    BallotOutcome,
    BallotRow,
    BallotState,
    BoxReading,
    Decision,
    InkPlace,
    Opinion,
    PageReading,
    PageStatus,
    RowKind,
    RowReading,
    Rule,
    StoredPage,
)
from ballot_scan.rules.ballots import page_key
from ballot_scan.rules.outcomes import Settled, outcome
from ballot_scan.rules.rescans import compared

WAITING, DIFFERING, DECIDED, MOOT = "waiting", "differing", "decided", "moot"

#: What may be said of a row beside the levels of its form, and of a whole ballot.
INVALID, VALID, NOT_COUNTED = "invalid", "valid", "not-counted"
ROW_VERDICTS = (BLANK, MULTIPLE, INVALID)
BALLOT_VERDICTS = (VALID, INVALID, NOT_COUNTED)

LayoutKey = tuple[str, str, bool]  # poll, form, rehearsal
Evidence = Callable[[PageReading], str]  # SHA-256 of the picture there is of a page, or ""


@dataclass(frozen=True, slots=True)
class CasePage:
    """One page of a case. ``placed``: its picture is straightened to the paper, so that boxes can be drawn over it."""

    source: str
    source_page: int
    batch: str
    sha256: str
    page: int  # page of the ballot, from 1; 0 where unknown
    code: str  # printed code of the ballot; "" where unknown
    evidence: str  # SHA-256 of the picture; "" where there is none
    placed: bool
    rows: tuple[RowReading, ...] = ()
    reason: str = ""  # why the page was not read, as stored: text key and figures
    elsewhere: tuple[InkPlace, ...] = ()  # ink off the boxes
    twin: bool = False  # of another ballot that looks like a scan of the same sheet: shown beside it


@dataclass(frozen=True, slots=True)
class Choice:
    """One verdict that is possible, and what it would mean by itself, were nothing else doubtful."""

    verdict: str
    state: BallotState  # what the ballot would be
    kind: RowKind | None  # what the row would count for; None for a matter of the whole ballot
    needs_grounds: bool

    @property
    def spoils(self) -> bool:
        """Whether it takes the whole ballot out, so that nothing else on it needs a conclusion."""
        return self.state in (BallotState.INVALID, BallotState.NOT_COUNTED)


@dataclass(frozen=True, slots=True)
class Voice:
    """What one member says now, about the pages as they are now."""

    member: str
    verdict: str
    grounds: str


@dataclass(frozen=True, slots=True)
class Matter:
    """One doubtful matter: a row (``row`` set, ``rule`` "") or a finding on the whole ballot (``row`` None)."""

    rule: str
    row: int | None
    candidate: str
    findings: tuple[Rule, ...]
    reading: str  # before: what the machine read of the row; "" for the whole ballot
    boxes: tuple[BoxReading, ...]
    choices: tuple[Choice, ...]
    opinions: tuple[Voice, ...]
    decision: Decision | None
    state: str  # WAITING | DIFFERING | DECIDED | MOOT (the ballot is out anyway)
    note: str = ""  # what else is known of it: text key and figures

    @property
    def after(self) -> str:
        """The verdict that stands; "" while there is none."""
        return self.decision.verdict if self.decision is not None else ""

    def choice(self, verdict: str) -> Choice | None:
        """The choice of this verdict, where it is possible."""
        return next((c for c in self.choices if c.verdict == verdict), None)


@dataclass(frozen=True, slots=True)
class Case:
    """One flagged ballot, or one page that stops the count (``stopped``): poll and form may then be unknown ("")."""

    poll: str
    form: str
    key: str
    rehearsal: bool
    keyed: bool
    stopped: bool
    digests: tuple[str, ...]
    pages: tuple[CasePage, ...]
    matters: tuple[Matter, ...]
    outcome: BallotState  # what the ballot counts for now
    state: str  # WAITING | DIFFERING | DECIDED

    def matter(self, rule: str, row: int | None) -> Matter | None:
        """The matter of this rule or row, where there is one."""
        return next((m for m in self.matters if (m.rule, m.row) == (rule, row)), None)


def cases(
    event: Event,
    *,
    ballots: Iterable[Ballot],
    pages: Iterable[StoredPage],
    stopped: Iterable[StoredPage],
    decisions: Iterable[Decision],
    opinions: Iterable[Opinion],
    regulation: Regulation,
    layouts: Mapping[LayoutKey, FormLayout],
    evidence: Evidence = lambda reading: reading.evidence,
) -> tuple[Case, ...]:
    """All cases of the event, decided ones too.

    A ballot that waits for nothing but a second keying is no case: it is keyed, not reviewed. ``pages`` are all pages
    of the store, ``stopped`` those that hold up the result.
    """
    every = tuple(decisions)
    desk = _Desk(Settled(every), every, tuple(opinions), regulation, layouts, {p.id: p for p in pages}, evidence)
    flagged = [b for b in ballots if b.findings or any(r.findings for r in b.rows)]
    used = {page for b in flagged for page in b.pages}
    found = [desk.of_ballot(b) for b in flagged]
    found += [desk.of_page(p) for p in stopped if p.id not in used]
    places = {(p.id, f.id): (i, j) for i, p in enumerate(event.polls) for j, f in enumerate(p.forms)}
    last = (len(event.polls), 0)
    return tuple(sorted(found, key=lambda c: _order(c, places.get((c.poll, c.form), last))))


def _order(case: Case, place: tuple[int, int]) -> tuple[object, ...]:
    return (case.stopped, place, case.rehearsal, case.key, case.keyed, case.digests)


class _Desk:
    """Everything that a case is made from, looked up by ballot."""

    def __init__(
        self,
        settled: Settled,
        decisions: tuple[Decision, ...],
        opinions: tuple[Opinion, ...],
        regulation: Regulation,
        layouts: Mapping[LayoutKey, FormLayout],
        pages: Mapping[int, StoredPage],
        evidence: Evidence,
    ) -> None:
        self._settled, self._regulation, self._layouts = settled, regulation, layouts
        self._pages, self._evidence = pages, evidence
        self._said: dict[tuple[str, str, str, str, int | None], list[Opinion]] = {}
        for opinion in opinions:
            self._said.setdefault(opinion.matter, []).append(opinion)
        self._on_pages = {(d.ballot_key, d.digests): d for d in decisions if d.row is None}
        self._meant: dict[tuple[object, ...], Choice] = {}

    # ------------------------------------------------------------ ballots

    def of_ballot(self, ballot: Ballot) -> Case:
        pages = tuple(self._page(self._pages[n]) for n in ballot.pages)
        pages = tuple(sorted(pages, key=lambda p: (p.page, p.source, p.source_page)))
        twins = (replace(self._page(self._pages[n]), twin=True) for n in ballot.alike if n in self._pages)
        pages = (*pages, *sorted(twins, key=lambda p: (p.source, p.source_page)))
        now = outcome(ballot, self._settled, self._regulation)
        matters = [self._whole(ballot, rule, now) for rule in ballot.findings]
        matters += [self._row(ballot, row, now) for row in ballot.rows if row.findings]
        return Case(
            ballot.poll, ballot.form, ballot.key, ballot.rehearsal, ballot.keyed, False, ballot.digests, pages,
            tuple(matters), now.state, _state(matters),
        )  # fmt: skip

    def _whole(self, ballot: Ballot, rule: Rule, now: BallotOutcome) -> Matter:
        choices = tuple(self._ballot_choice(rule, verdict) for verdict in BALLOT_VERDICTS)
        decision = self._settled.of_ballot(ballot, rule)
        voices = self._voices((ballot.poll, ballot.form, ballot.key, rule.value, None), ballot.digests)
        state = _matter_state(decision, voices, now.state)
        note = self._rescan(ballot) if rule is Rule.DUPLICATE_BALLOT else ""
        return Matter(rule.value, None, "", (rule,), "", (), choices, voices, decision, state, note)

    def _rescan(self, ballot: Ballot) -> str:
        """Whether the scans under one code look like one sheet; "" where there are no two."""
        found = compared(self._pages[n].reading for n in ballot.pages)
        return found.told if found is not None else ""

    def _row(self, ballot: Ballot, row: BallotRow, now: BallotOutcome) -> Matter:
        layout = self._layouts.get((ballot.poll, ballot.form, ballot.rehearsal))
        levels = layout.levels if layout is not None else tuple(level.id for level in self._regulation.levels)
        choices = tuple(self._row_choice(row, verdict) for verdict in (*levels, *ROW_VERDICTS))
        decision = self._settled.of_row(ballot, row.row)
        voices = self._voices((ballot.poll, ballot.form, ballot.key, "", row.row), ballot.digests)
        state = _matter_state(decision, voices, now.state)
        boxes = self._boxes(ballot, row.row)
        return Matter("", row.row, row.candidate, row.findings, row.reading, boxes, choices, voices, decision, state)

    def _boxes(self, ballot: Ballot, number: int) -> tuple[BoxReading, ...]:
        """The boxes of a row, from the page whose reading stands for it."""
        rows = (row for n in ballot.pages for row in self._pages[n].reading.rows)
        return next((row.boxes for row in rows if row.row == number), ())

    def _page(self, stored: StoredPage) -> CasePage:
        r = stored.reading
        return CasePage(
            r.source, r.source_page, stored.batch, r.sha256, r.page, r.ballot, self._evidence(r),
            r.status is PageStatus.READ, r.rows, r.reason, r.elsewhere,
        )  # fmt: skip

    def _voices(self, matter: tuple[str, str, str, str, int | None], digests: tuple[str, ...]) -> tuple[Voice, ...]:
        """The latest that each member said about the pages as they are now, by name."""
        latest = {o.member: o for o in self._said.get(matter, ()) if o.digests == digests}
        return tuple(Voice(m, latest[m].verdict, latest[m].grounds) for m in sorted(latest))

    # ------------------------------------------------------------ what a verdict would mean

    def _ballot_choice(self, rule: Rule, verdict: str) -> Choice:
        """A verdict on one finding, on a ballot with nothing else doubtful."""
        alone = Ballot("", "", "", False, (), (rule,))
        return self._meaning((rule, verdict), alone, rule.value, None, verdict, needs_grounds=True)

    def _row_choice(self, row: BallotRow, verdict: str) -> Choice:
        """A verdict on one row, on a ballot with nothing else doubtful.

        Grounds are asked for where people say that the row is spoiled otherwise, or other than the machine read it.
        """
        alone = Ballot("", "", "", False, (row,))
        differs = row.reading != UNSURE and verdict != row.reading
        known = (row.findings, row.reading, verdict)
        return self._meaning(known, alone, "", row.row, verdict, needs_grounds=verdict == INVALID or differs)

    def _meaning(
        self, known: tuple[object, ...], alone: Ballot, rule: str, row: int | None, verdict: str, *, needs_grounds: bool
    ) -> Choice:
        if known not in self._meant:
            said = Settled([Decision("", "", "", rule, row, verdict, "", (), ())])
            result = outcome(alone, said, self._regulation)
            kind = result.rows[0].kind if row is not None else None
            self._meant[known] = Choice(verdict, result.state, kind, needs_grounds)
        return self._meant[known]

    # ------------------------------------------------------------ pages that stop the count

    def of_page(self, stored: StoredPage) -> Case:
        """A page that could not be read, or a ballot of elsewhere: it can only be set aside with its reason."""
        r = stored.reading
        key, digests = page_key(r), (r.sha256,)
        rule = stopping_rule(r)
        decision = self._on_pages.get((key, digests))
        aside = Choice(NOT_COUNTED, BallotState.NOT_COUNTED, None, needs_grounds=True)
        voices = self._voices((r.poll, r.form, key, rule.value, None), digests)
        now = BallotState.PENDING if decision is None else BallotState.NOT_COUNTED
        state = _matter_state(decision, voices, now)
        matter = Matter(rule.value, None, "", (rule,), "", (), (aside,), voices, decision, state)
        page = replace(self._page(stored), placed=False)
        return Case(r.poll, r.form, key, r.rehearsal, False, True, digests, (page,), (matter,), now, state)


def stopping_rule(reading: PageReading) -> Rule:
    """The finding under which a page that stops the count is settled."""
    if Rule.FOREIGN_BALLOT in reading.findings:
        return Rule.FOREIGN_BALLOT
    return next(iter(sorted(reading.findings)), Rule.POOR_IMAGE)


def _matter_state(decision: Decision | None, voices: tuple[Voice, ...], ballot: BallotState) -> str:
    if decision is not None:
        return DECIDED
    if ballot in (BallotState.INVALID, BallotState.NOT_COUNTED):
        return MOOT
    return DIFFERING if len({v.verdict for v in voices}) > 1 else WAITING


def _state(matters: Iterable[Matter]) -> str:
    states = {m.state for m in matters}
    return next((s for s in (DIFFERING, WAITING) if s in states), DECIDED)
