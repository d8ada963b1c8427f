"""Where are we: each poll, step by step – done, blocked by what, what next."""

from __future__ import annotations

from dataclasses import dataclass

from ballot_scan import text
from ballot_scan.day.book import paper_out
from ballot_scan.day.counting import blocked, load, tallied
from ballot_scan.day.folder import EventFolder
from ballot_scan.event.model import Poll
from ballot_scan.records import LogHead


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a poll: ``state`` is done, open or blocked; ``note`` says by what."""

    name: str
    state: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class PollStatus:
    """One poll's steps, and the command that comes next."""

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


def status(folder: EventFolder) -> Status:
    """Work out where every poll stands."""
    count = load(folder)
    with folder.store() as store:
        out = paper_out(store)
    polls = []
    for poll in folder.event.polls:
        printed = sum(
            out.newest[(poll.id, f.id, False)].copies for f in poll.forms if (poll.id, f.id, False) in out.newest
        )
        fed = [b for b in count.ballots if b.poll == poll.id and not b.rehearsal]
        numbers = count.turnouts.get(poll.id)
        tally = tallied(folder, count, poll=poll.id)
        waits = blocked(count, tally.forms) if fed else ()
        steps = (
            Step("printed", "done" if printed else "open", text.t("day.status.ballots", None, count=printed)),
            Step("turnout", "done" if numbers else "open"),
            Step("scanned", "done" if fed else "open", text.t("day.status.ballots", None, count=len(fed))),
            Step("review", "blocked" if waits else ("done" if fed else "open"), "\n".join(waits)),
        )
        polls.append(PollStatus(poll.id, poll.name, steps, _next(poll, bool(printed), bool(numbers), bool(fed), waits)))
    practice = sum(p.reading.rehearsal for p in count.pages if not p.withdrawn)
    return Status(folder.event.head.title, tuple(polls), count.page_counts(), practice, count.head)


def _next(poll: Poll, printed: bool, counted: bool, fed: bool, waits: tuple[str, ...]) -> str:
    if not printed and not fed:
        return f"scan-tally print --poll {poll.id}"
    if not counted:
        return f"scan-tally turnout --poll {poll.id} …"
    if not fed:
        return "scan-tally scan PATH"
    return "scan-tally tally" if waits else f"scan-tally documents --poll {poll.id}"
