"""Key: ballots typed in where there is no scanner."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from ballot_scan import keying
from ballot_scan.day.folder import EventFolder
from ballot_scan.day.zero import zero_report
from ballot_scan.errors import RefusedError, UsageError
from ballot_scan.event.source import fold
from ballot_scan.records import LogHead
from ballot_scan.text import system


@dataclass(frozen=True, slots=True)
class KeyReport:
    """What one keying did. ``waiting``: ballots that one operator only has keyed; ``differing``: ballots on which
    operators disagree."""

    ballots: int
    new: bool
    operators: tuple[str, ...]
    waiting: int
    differing: int
    zero: LogHead | None


def key(folder: EventFolder, file: Path, poll: str, form: str, operator: str) -> KeyReport:
    """Take one operator's keyed CSV. Raises UsageError naming the line where it cannot stand; nothing is taken then."""
    ((the_poll, the_form),) = folder.forms(poll, form)
    if not operator.strip():
        raise UsageError("keying.no-operator")
    try:
        data = file.read_bytes()
    except OSError as fault:
        raise UsageError("day.cannot-read", path=file, why=system(fault)) from fault
    candidates = tuple(c.id for c in the_form.candidates)
    levels = tuple(level.id for level in folder.regulation.levels)
    taken = keying.parse(
        data, file.as_posix(), poll=poll, form=form, operator=operator.strip(), candidates=candidates, levels=levels
    )
    with folder.store() as store:
        closing = store.closings().get(the_poll.id)
        if closing is not None and closing.closed:
            raise RefusedError("day.closed")
        zero = zero_report(folder, store)
        before = {fold(k.operator): k.operator for k in store.keyings()}
        taken = replace(taken, operator=before.get(fold(taken.operator), taken.operator))  # "lan" is Lan
        new = store.add_keying(taken)
        every = [k for k in store.keyings() if (k.poll, k.form) == (poll, form)]
    ballots = keying.ballots(every)
    return KeyReport(
        ballots=len(taken.ballots),
        new=new,
        operators=tuple(sorted({k.operator for k in every})),
        waiting=sum(b.waits_for_second for b in ballots),
        differing=sum(any(r.findings for r in b.rows) for b in ballots),
        zero=zero,
    )
