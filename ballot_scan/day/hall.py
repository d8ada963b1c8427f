"""A simulated hall for the demo: issued official ballots, marked by invented voters and scanned.

Only the demo calls this, in a folder of its own: a rehearsal uses rehearsal ballots, which never count officially.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ballot_scan.day.folder import EventFolder
from ballot_scan.day.rehearsing import Hall, prepare, save, simulate
from ballot_scan.event.model import Poll
from ballot_scan.records import Turnout
from ballot_scan.rehearsal import scanner, voters

_DPI = 200
_CHUNK = 8


@dataclass(frozen=True, slots=True)
class Voted:
    """What the hall of one poll left: scanned pages in ``folder``, and the numbers counted by hand."""

    poll: str
    folder: Path
    pages: int
    turnout: Turnout
    meant: dict[tuple[str, int], str]  # (printed code, row) → what the voter meant, as people see it on the paper


def vote(folder: EventFolder, poll: Poll, *, summoned: int, printed: int, seed: int, workers: int | None) -> Voted:
    """Let all but one or two of those summoned vote; one ballot is spoiled and exchanged."""
    present = summoned - (2 if summoned > 20 else 1 if summoned > 4 else 0)
    spoiled = 1 if printed > present else 0
    people = replace(voters.ORDINARY, blank_rate=0.02, multiple_rate=0.02, doubtful_rate=0.02)  # some doubt to decide
    hall = Hall(people, scanner.ORDINARY, seed)
    papers = prepare(folder, [(poll, form) for form in poll.forms], _DPI, rehearsal=False)
    cast = _cast(folder, poll, present, seed)
    tasks = [(i, tuple(codes[n : n + _CHUNK])) for i, codes in enumerate(cast) for n in range(0, len(codes), _CHUNK)]
    target = folder.path / "scans" / poll.id
    planned = sum(len(part) * len(papers[i].blanks) for i, part in tasks)
    rows, pages = save(simulate(papers, hall, tasks, workers), target, None, planned=planned)
    issued = present + spoiled
    numbers = Turnout(summoned, present, printed, issued, spoiled, printed - issued, present)
    meant = {(r.ballot, r.row): r.reading for r in rows}
    return Voted(poll.id, target, pages, numbers, meant)


def _cast(folder: EventFolder, poll: Poll, ballots: int, seed: int) -> list[list[str]]:
    """Codes of the ballots cast, form by form: drawn at random from those issued."""
    with folder.store() as store:
        runs = {r.id: r for r in store.prints()}
        issued = store.issued_codes()
    rng = np.random.Generator(np.random.PCG64(seed))
    chosen = []
    for form in poll.forms:
        mine = sorted(
            code for code, run in issued.items()
            if (runs[run].poll, runs[run].form, runs[run].rehearsal) == (poll.id, form.id, False)
        )  # fmt: skip
        chosen.append([str(c) for c in rng.permutation(mine)[:ballots]])
    return chosen
