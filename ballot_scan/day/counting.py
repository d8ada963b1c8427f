"""Count: turnout of the box, and everything fed put together into the tally."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ballot_scan import keying, tally, text
from ballot_scan.day.book import identity, paper_out
from ballot_scan.day.folder import EventFolder, write_text
from ballot_scan.documents.secrecy import secrecy_warnings
from ballot_scan.errors import RefusedError
from ballot_scan.event.model import Form, Poll
from ballot_scan.event.regulation import load_regulation
from ballot_scan.files import csv_text
from ballot_scan.records import (
    Ballot,
    BallotOutcome,
    Decision,
    Equation,
    FormTally,
    Keying,
    LogHead,
    Opinion,
    PageReading,
    PageStatus,
    StoredPage,
    Tally,
    Turnout,
)
from ballot_scan.rules import ballots as sorting
from ballot_scan.rules import reconcile
from ballot_scan.rules.outcomes import Settled, decisions, outcome
from ballot_scan.store import Batch, Closing


@dataclass(frozen=True, slots=True)
class Count:
    """Everything of the event at one moment, read from the store and worked out anew."""

    pages: tuple[StoredPage, ...]  # withdrawn ones too
    batches: tuple[Batch, ...]
    keyings: tuple[Keying, ...]
    opinions: tuple[Opinion, ...]
    decisions: tuple[Decision, ...]
    turnouts: dict[str, Turnout]
    sorted: sorting.Sorted
    ballots: tuple[Ballot, ...]  # scanned and keyed, official and rehearsal
    outcomes: dict[tuple[str, str, bool], tuple[BallotOutcome, ...]]  # poll, form, rehearsal
    closings: dict[str, Closing]
    head: LogHead

    def closed(self, poll: str) -> bool:
        """Whether the poll's result is official."""
        return poll in self.closings and self.closings[poll].closed

    def page_counts(self) -> dict[str, int]:
        """Pages by status, withdrawn ones left out: pages in = their sum."""
        live = [p.reading.status for p in self.pages if not p.withdrawn]
        return {status.value: live.count(status) for status in PageStatus}

    @property
    def rehearsing(self) -> bool:
        """Whether the event has rehearsal ballots and nothing official yet: then those are what is counted."""
        return bool(self.ballots) and all(b.rehearsal for b in self.ballots)

    def begun(self, poll: str) -> bool:
        """Whether anything of a poll was fed, keyed or counted by hand; rehearsal ballots only in a rehearsal."""
        mine = (b for b in self.ballots if b.poll == poll and (self.rehearsing or not b.rehearsal))
        return poll in self.turnouts or any(mine)


def load(folder: EventFolder) -> Count:
    """Read the store and work everything out."""
    with folder.store() as store:
        pages, batches, keyings = store.pages(), store.batches(), store.keyings()
        opinions, turnouts = store.opinions(), store.turnouts()
        closings, head = store.closings(), store.log_head()
        known = identity(folder, paper_out(store))
    live = [p for p in pages if not p.withdrawn]
    arranged = sorting.sort_pages(live, known)
    ballots = (*arranged.ballots, *keying.ballots(keyings))
    ballots = tuple(sorting.with_keyed_twins(ballots))
    concluded = decisions(opinions)
    outcomes = _outcomes(folder, ballots, concluded)
    return Count(
        tuple(pages), tuple(batches), tuple(keyings), tuple(opinions), concluded, turnouts, arranged, ballots, outcomes,
        closings, head,
    )  # fmt: skip


def _outcomes(
    folder: EventFolder, ballots: Iterable[Ballot], concluded: Iterable[Decision]
) -> dict[tuple[str, str, bool], tuple[BallotOutcome, ...]]:
    settled = Settled(concluded)
    found: dict[tuple[str, str, bool], list[BallotOutcome]] = {}
    for ballot in ballots:
        group = found.setdefault((ballot.poll, ballot.form, ballot.rehearsal), [])
        group.append(outcome(ballot, settled, folder.regulation))
    return {k: tuple(v) for k, v in found.items()}


def undecided(folder: EventFolder, count: Count) -> Count:
    """The same count as if nobody had decided anything: what decisions change is the difference."""
    return replace(count, decisions=(), outcomes=_outcomes(folder, count.ballots, ()))


# ---------------------------------------------------------------- turnout


def turnout(folder: EventFolder, poll: str, numbers: Turnout) -> tuple[Equation, ...]:
    """Keep the hand-counted numbers of a poll; returns the equations between them.

    Raises RefusedError where more ballots were collected than issued: the box is void and the vote is repeated
    (Party congress practice); nothing is kept but the refusal.
    """
    (the_poll,) = folder.polls(poll)
    with folder.store() as store:
        closing = store.closings().get(the_poll.id)
        if closing is not None and closing.closed:
            raise RefusedError("day.closed")
        if reconcile.surplus(numbers):
            store.record("turnout", "refused", poll=poll, collected=numbers.collected, issued=numbers.issued)
            raise RefusedError("day.surplus", collected=numbers.collected, issued=numbers.issued)
        store.add_turnout(poll, numbers)
    return reconcile.hand_equations(numbers)


# ---------------------------------------------------------------- tally


def tallied(folder: EventFolder, count: Count, *, poll: str | None = None, rehearsal: bool = False) -> Tally:
    """The tally of all polls that have begun, or of one.

    An event with nothing but rehearsal ballots shows those, marked so; otherwise rehearsal ballots never count, and
    ``rehearsal`` shows only them, without the official turnout, which counted another box.
    """
    practice = rehearsal or count.rehearsing
    if rehearsal and not count.rehearsing:
        polls = tuple(p for p in folder.polls(poll) if any(b.rehearsal and b.poll == p.id for b in count.ballots))
        turnouts: dict[str, Turnout] = {}
    else:
        polls = tuple(p for p in folder.polls(poll) if count.begun(p.id))
        turnouts = count.turnouts
    polls = polls or folder.polls(poll)
    forms = [_form(folder, count, p, form, turnouts.get(p.id), rehearsal=practice) for p in polls for form in p.forms]
    forms = [replace(f, blocked=bool(blocked(count, [f]))) for f in forms]
    event = folder.event.head.id
    codes = tuple((p.id, tally.result_code(event, [f for f in forms if f.poll == p.id])) for p in polls)
    return Tally(event, tuple(forms), tally.result_code(event, forms), blocked(count, forms), codes)


def _form(
    folder: EventFolder, count: Count, poll: Poll, form: Form, numbers: Turnout | None, *, rehearsal: bool
) -> FormTally:
    outcomes = count.outcomes.get((poll.id, form.id, rehearsal), ())
    equations: tuple[Equation, ...] = ()
    if numbers is not None:
        read = sum(_ballots_read(count.outcomes.get((poll.id, f.id, rehearsal), ())) for f in poll.forms)
        equations = (*reconcile.hand_equations(numbers), *reconcile.paper_equations(numbers, read))
    return tally.form_tally(
        poll=poll.id, form=form.id, candidates=form.candidates, regulation=folder.regulation, outcomes=outcomes,
        turnout=numbers, deputies=folder.deputies(poll), only_form=len(poll.forms) == 1, equations=equations,
        rehearsal=rehearsal,
    )  # fmt: skip


def _ballots_read(outcomes: Iterable[BallotOutcome]) -> int:
    return sum(o.state.value != "not-counted" for o in outcomes)


def decided(count: Count, poll: str) -> tuple[Decision, ...]:
    """The decisions that hold on the official ballots of a poll, and on pages whose poll nobody can tell.

    Decisions about rehearsal ballots, withdrawn pages or sheets scanned again since are no part of the result.
    """
    held = {(b.poll, b.form, b.key, b.digests) for b in count.ballots if not b.rehearsal}
    for page in count.sorted.stopped:
        if not page.reading.rehearsal:
            held.add((page.reading.poll, page.reading.form, sorting.page_key(page.reading), (page.reading.sha256,)))
    return tuple(
        d for d in count.decisions if d.poll in ("", poll) and (d.poll, d.form, d.ballot_key, d.digests) in held
    )


def _dealt_with(count: Count, page: StoredPage) -> bool:
    """Whether two members decided what becomes of a page that holds the count up."""
    key = sorting.page_key(page.reading)
    return any(d.ballot_key == key and d.row is None and d.digests == (page.reading.sha256,) for d in count.decisions)


def blocked(count: Count, forms: Sequence[FormTally]) -> tuple[str, ...]:
    """What keeps the result from being final, a line each: missing or wrong numbers, then what waits for people."""
    return tuple(dict.fromkeys((*numbers_missing(forms), *waiting(count, forms))))


def numbers_missing(forms: Iterable[FormTally]) -> Iterator[str]:
    """Turnout that nobody gave yet, and equations that do not hold."""
    for f in forms:
        name = f"{f.poll}/{f.form}"
        if f.turnout is None:
            yield text.t("day.blocked.turnout", form=name, poll=f.poll)
        for e in f.equations:
            if not e.holds:
                yield text.t(f"day.equation.{e.name}", form=name, left=e.left, right=e.right)


def waiting(count: Count, forms: Sequence[FormTally]) -> Iterator[str]:
    """Ballots that wait for people, and pages that could not be read.

    A page of which nobody can tell the poll holds up every poll that is open: a closed one took nothing since. A
    rehearsal page, of this event or another, holds up nothing but a rehearsal.
    """
    for f in forms:
        if f.pending_review:
            yield text.t("day.blocked.pending", form=f"{f.poll}/{f.form}", count=f.pending_review)
    rehearsals = {f.poll: f.rehearsal for f in forms}
    still_open = any(not count.closed(poll) for poll in rehearsals)
    for page in count.sorted.stopped:
        r = page.reading
        elsewhere = still_open and (count.rehearsing or not r.rehearsal)
        concerned = rehearsals.get(r.poll) == r.rehearsal if r.poll else elsewhere
        if concerned and not _dealt_with(count, page):
            yield text.t("day.blocked.page", where=f"{r.source}:{r.source_page}", why=reason(r))


def reason(reading: PageReading) -> str:
    """Why a page was not read, in words."""
    return text.stored(reading.reason) or reading.status.value


# ---------------------------------------------------------------- what is shown and written


def level_names(form: FormTally) -> list[str]:
    """The form's levels as they stand over the columns, in the language in use."""
    vietnamese = text.language() == "vi"
    return [level.vi if vietnamese else level.en for level in load_regulation(form.regulation).levels]


def secrecy(form: FormTally) -> tuple[str, ...]:
    """Warnings where the table itself tells how somebody voted; to be said before it is shown."""
    vietnamese = text.language() == "vi"
    levels = load_regulation(form.regulation).levels
    return secrecy_warnings(form, names={level.id: level.vi if vietnamese else level.en for level in levels})


CSV_HEADER = (
    "poll", "form", "candidate", "name", "position", "level", "votes", "percent", "base", "valid", "invalid",
    "none_marked", "several_marked", "other_invalid", "threshold", "state",
)  # fmt: skip


def write_files(result: Tally, *, json_file: Path | None, csv_file: Path | None) -> list[Path]:
    """Write the tally as JSON (``tally/1``) and as CSV, a line a person and level; PROVISIONAL stands in both."""
    written = []
    if json_file is not None:
        body = json.dumps(tally.as_json(result), ensure_ascii=False, indent=1) + "\n"
        written.append(write_text(json_file, body))
    if csv_file is not None:
        written.append(write_text(csv_file, csv_text(CSV_HEADER, _csv_rows(result))))
    return written


def _csv_rows(result: Tally) -> Iterable[tuple[object, ...]]:
    state = "final" if result.final else "PROVISIONAL"
    for f in result.forms:
        for c in f.candidates:
            for level in c.levels:
                yield (
                    f.poll, f.form, c.candidate, c.name, c.position, level.level, level.votes, level.percent, f.base,
                    c.valid, c.invalid, c.none_marked, c.several_marked, c.other_invalid, c.threshold or "", state,
                )  # fmt: skip
