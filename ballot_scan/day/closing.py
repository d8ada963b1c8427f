"""Close: the result becomes official when nothing waits and the numbers reconcile; afterwards nothing is taken."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ballot_scan import text
from ballot_scan.day.counting import Count, blocked, decided, load, tallied, undecided
from ballot_scan.day.folder import EventFolder
from ballot_scan.errors import ReconcileError, RefusedError, UsageError
from ballot_scan.event.model import Poll
from ballot_scan.event.source import fold
from ballot_scan.records import LogHead, Tally
from ballot_scan.store import Closing

_HOUR = re.compile(r"([01]?\d|2[0-3])[:hH.]([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Change:
    """What decisions changed: a person's votes of one level before any decision and after them."""

    form: str
    name: str
    level: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class CloseReport:
    """The closed poll's tally, what decisions changed in it, and the log's head that binds the papers."""

    tally: Tally
    changes: tuple[Change, ...]
    decisions: int
    head: LogHead


def hour(given: str | None, option: str) -> str | None:
    """``HH:MM`` of what was given. Raises UsageError for anything that is no hour."""
    if given is None:
        return None
    found = _HOUR.fullmatch(given.strip())
    if not found:
        raise UsageError("day.no-hour", option=option, value=given)
    return f"{int(found[1]):02d}:{found[2]}"


def changes(folder: EventFolder, count: Count, poll: Poll) -> tuple[Change, ...]:
    """What the decisions change in the table of a poll."""
    before = tallied(folder, undecided(folder, count), poll=poll.id)
    after = tallied(folder, count, poll=poll.id)
    found = []
    for old_form, new_form in zip(before.forms, after.forms, strict=True):
        for old, new in zip(old_form.candidates, new_form.candidates, strict=True):
            for a, b in zip(old.levels, new.levels, strict=True):
                if a.votes != b.votes:
                    found.append(Change(new_form.form, new.name, b.level, a.votes, b.votes))
    return tuple(found)


def effect(folder: EventFolder, poll: str) -> tuple[Change, ...]:
    """What the decisions made so far change in a poll's table."""
    (the_poll,) = folder.polls(poll)
    return changes(folder, load(folder), the_poll)


def close(
    folder: EventFolder,
    poll: str,
    *,
    opened: str | None = None,
    closed: str | None = None,
    remarks: tuple[str, ...] = (),
    team_confirms: bool = False,
) -> CloseReport:
    """Close the count of one poll.

    Raises RefusedError where it is closed already or holds rehearsal ballots only, ReconcileError naming at once
    everything that still blocks. Where decisions were made the whole team must confirm them (it stands in the
    minutes).
    """
    (the_poll,) = folder.polls(poll)
    hours = {"opened": hour(opened, "--opened"), "closed": hour(closed, "--closed")}
    count = load(folder)
    result = tallied(folder, count, poll=poll)
    if count.closed(poll):
        raise RefusedError("day.closed-already", poll=poll)
    if any(f.rehearsal for f in result.forms):
        raise RefusedError("day.rehearsal-only", poll=poll)
    decisions = decided(count, poll)
    waits = list(blocked(count, result.forms))
    if not count.begun(poll) or not any(f.ballots_read for f in result.forms):
        waits.append(text.t("day.blocked.nothing", poll=poll))
    if decisions and not team_confirms:
        waits.append(text.t("day.blocked.confirm", count=len(decisions)))
    if waits:
        raise ReconcileError("day.cannot-close", poll=poll, what="\n".join(f"  - {w}" for w in dict.fromkeys(waits)))
    body: dict[str, object] = {
        **hours,
        "remarks": list(remarks),
        "team_confirms": team_confirms,
        "decisions": len(decisions),
        "result_code": result.result_code,
    }
    with folder.store() as store:
        head = store.add_closing(Closing(poll, True, body))
    return CloseReport(result, changes(folder, count, the_poll), len(decisions), head)


def two_members(poll: Poll, members: list[str]) -> tuple[str, str]:
    """Two different members of the poll's counting team. Raises RefusedError for anybody else."""
    known = {fold(m.name): m.name for m in poll.members}
    found = [known[fold(m)] for m in members if fold(m) in known]
    strangers = [m for m in members if fold(m) not in known]
    if strangers:
        names = ", ".join(known.values()) or "–"
        raise RefusedError("day.no-member", names=", ".join(strangers), poll=poll.id, known=names)
    if len(set(found)) != 2:
        raise RefusedError("day.two-members")
    first, second = dict.fromkeys(found)
    return first, second


def reopen(folder: EventFolder, poll: str, *, members: list[str], reason: str) -> LogHead:
    """Open a closed count again: two members of the team and a reason, which stay in the log."""
    (the_poll,) = folder.polls(poll)
    agreed = two_members(the_poll, members)
    if not reason.strip():
        raise RefusedError("day.no-reason")
    with folder.store() as store:
        closing = store.closings().get(poll)
        if closing is None or not closing.closed:
            raise RefusedError("day.not-closed", poll=poll)
        return store.add_closing(Closing(poll, False, {"members": list(agreed), "reason": reason.strip()}))
