"""Where are we: each poll, step by step – done, blocked by what, what next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ballot_scan import text
from ballot_scan.day.book import paper_out
from ballot_scan.day.counting import Count, decided, load, tallied, waiting
from ballot_scan.day.folder import EventFolder
from ballot_scan.day.reviewing import PAGE
from ballot_scan.event.model import Poll
from ballot_scan.records import FormTally, LogHead, StoredPage
from ballot_scan.rules import reconcile
from ballot_scan.store.log import LogEntry

DONE, OPEN, BLOCKED = "done", "open", "blocked"
_CHANGE_NOTHING = ("export", "backup", "retire")  # entries of the log after which a bundle still tells the count


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a poll: ``state`` is done, open or blocked; ``note`` says by what."""

    name: str
    state: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class PollStatus:
    """One poll's steps, and the command that comes next ("" where none does)."""

    poll: str
    name: str
    steps: tuple[Step, ...]
    next: str


@dataclass(frozen=True, slots=True)
class Status:
    """The event's state: polls, pages by status, and the log's head."""

    event: str
    polls: tuple[PollStatus, ...]
    pages: dict[str, int]
    rehearsal_pages: int
    head: LogHead
    shared: bool = False  # all ballots of a form carry one code: what can be found is less
    not_comparable: int = 0  # marked pages of which nothing was kept to compare them by (an earlier version)


def status(folder: EventFolder) -> Status:
    """Work out where every poll stands."""
    count = load(folder)
    with folder.store() as store:
        out, log = paper_out(store), store.log_entries()
    printed = {
        p.id: sum(run.copies for (poll, _, trial), run in out.newest.items() if poll == p.id and not trial)
        for p in folder.event.polls
    }
    polls = tuple(_poll(folder, count, log, p, printed[p.id]) for p in folder.event.polls)
    practice = sum(p.reading.rehearsal for p in count.pages if not p.withdrawn)
    shared = folder.event.head.codes == "shared"
    mute = sum(_cannot_be_compared(p) for p in count.pages) if shared else 0
    return Status(folder.event.head.title, polls, count.page_counts(), practice, count.head, shared, mute)


def _cannot_be_compared(page: StoredPage) -> bool:
    """Whether a page that counts has marks, but nothing was kept of how they look."""
    marked = any(box.state != "empty" for row in page.reading.rows for box in row.boxes)
    return marked and not page.withdrawn and not page.reading.fingerprint


def _poll(folder: EventFolder, count: Count, log: list[LogEntry], poll: Poll, printed: int) -> PollStatus:
    forms = tallied(folder, count, poll=poll.id).forms
    fed = sum(b.poll == poll.id and not b.rehearsal for b in count.ballots)
    steps = (
        Step("printed", DONE if printed else OPEN, text.t("day.status.ballots", count=printed) if printed else ""),
        _turnout(count, poll),
        _scanned(forms, fed),
        _review(count, poll, forms, fed),
        _closed(count, poll),
        _exported(folder, log),
    )
    return PollStatus(poll.id, poll.name, steps, _next(folder, count, poll, {s.name: s for s in steps}, log))


def _turnout(count: Count, poll: Poll) -> Step:
    """The box counted by hand: its numbers are compared with each other."""
    numbers = count.turnouts.get(poll.id)
    if numbers is None:
        return Step("turnout", OPEN)
    wrong = [e for e in reconcile.hand_equations(numbers) if not e.holds]
    lines = [text.t(f"day.equation.{e.name}", form=poll.id, left=e.left, right=e.right) for e in wrong]
    collected = text.t("day.status.collected", count=numbers.collected)
    return Step("turnout", BLOCKED if wrong else DONE, _lines(lines) or collected)


def _scanned(forms: tuple[FormTally, ...], fed: int) -> Step:
    """The ballots taken in: as many as the box held."""
    if not fed:
        return Step("scanned", OPEN)
    wrong = list(_paper(f for f in forms if not f.rehearsal))
    return Step("scanned", BLOCKED if wrong else DONE, _lines([text.t("day.status.ballots", count=fed), *wrong]))


def _paper(forms: Iterable[FormTally]) -> Iterable[str]:
    """The line of each equation between box and paper that does not hold."""
    for f in forms:
        for e in f.equations:
            if e.name == "collected-read" and not e.holds:
                yield text.t(f"day.equation.{e.name}", form=f"{f.poll}/{f.form}", left=e.left, right=e.right)


def _review(count: Count, poll: Poll, forms: tuple[FormTally, ...], fed: int) -> Step:
    official = [f for f in forms if not f.rehearsal]
    waits = tuple(waiting(count, official))
    made = len(decided(count, poll.id))
    note = _lines(waits) or (text.t("day.status.decisions", count=made) if made else "")
    return Step("review", BLOCKED if waits else DONE if fed else OPEN, note)


def _closed(count: Count, poll: Poll) -> Step:
    if count.closed(poll.id):
        code = str(count.closings[poll.id].body.get("result_code", ""))
        return Step("closed", DONE, text.t("day.status.closed", code=code))
    return Step("closed", OPEN, text.t("day.status.reopened") if poll.id in count.closings else "")


def _exported(folder: EventFolder, log: list[LogEntry]) -> Step:
    """A bundle tells the count as long as nothing but exports stands after it in the log."""
    last = max((e.seq for e in log if e.event == "export"), default=0)
    if not last or not folder.bundle.is_file():
        return Step("exported", OPEN)
    stale = any(e.seq > last and e.event not in _CHANGE_NOTHING for e in log)
    return Step("exported", OPEN if stale else DONE, text.t("day.status.stale") if stale else _bundle(folder))


def _bundle(folder: EventFolder) -> str:
    return folder.bundle.relative_to(folder.path).as_posix()


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(dict.fromkeys(lines))


# ---------------------------------------------------------------- what next


def _next(folder: EventFolder, count: Count, poll: Poll, steps: dict[str, Step], log: list[LogEntry]) -> str:
    """The command that brings the poll on, from the first step that is not done."""
    if steps["closed"].state == DONE:
        return _after_close(folder, count, poll, steps["exported"], log)
    if steps["printed"].state == OPEN and steps["scanned"].state == OPEN:
        return f"scan-tally print --poll {poll.id}"
    if steps["turnout"].state != DONE:
        return f"scan-tally turnout --poll {poll.id} …"
    read, collected = _read(count, poll), count.turnouts[poll.id].collected
    if steps["scanned"].state == OPEN or read < collected:
        return "scan-tally scan PATH"
    if steps["review"].state == BLOCKED:
        return _decide(folder, count, poll)
    if read > collected:
        return "scan-tally batches"
    confirms = " --team-confirms" if decided(count, poll.id) else ""
    return f"scan-tally close --poll {poll.id}{confirms}"


def _read(count: Count, poll: Poll) -> int:
    every = (o for (p, _, practice), found in count.outcomes.items() if p == poll.id and not practice for o in found)
    return sum(o.state.value != "not-counted" for o in every)


def _decide(folder: EventFolder, count: Count, poll: Poll) -> str:
    """Keyed ballots wait for a second operator, all else for two members: the page first, then their files."""
    mine = [b for b in count.ballots if b.poll == poll.id and not b.rehearsal]
    if any(b.waits_for_second for b in mine) and not any(b.findings or any(r.findings for r in b.rows) for b in mine):
        return f"scan-tally key FILE.csv --poll {poll.id} --form {poll.forms[0].id} --operator NAME"
    return "scan-tally decide FILE.json" if (folder.path / PAGE).is_file() else "scan-tally review"


def _after_close(folder: EventFolder, count: Count, poll: Poll, exported: Step, log: list[LogEntry]) -> str:
    if any(e.event == "retire" for e in log):
        return ""
    if exported.state == DONE:
        return f"scan-tally verify {_bundle(folder)} --allow-unsigned"
    others = [p.id for p in folder.event.polls if count.begun(p.id) and not count.closed(p.id)]
    return f"scan-tally documents --poll {poll.id}" if others else "scan-tally export"
