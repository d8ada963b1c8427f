"""The whole day on the sample event, in a folder of its own, with invented voters and a simulated scanner."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ballot_scan.day import counting, dumping, hall, papers, printing, scanning, setup
from ballot_scan.day.folder import EventFolder, open_folder, write_text
from ballot_scan.errors import UsageError
from ballot_scan.records import Tally
from ballot_scan.text import language, t

MARK = ".demo"  # only a folder with this file is replaced
SEED = 55


@dataclass(frozen=True, slots=True)
class DemoReport:
    """The tally at the day's end, and what to open: (path, what it is)."""

    tally: Tally
    open: tuple[tuple[Path, str], ...]


def run(target: Path, *, per_poll: int | None, say: Callable[[str], None]) -> DemoReport:
    """Walk the day: set up, print, vote, count the box, scan, tally, write the papers."""
    _fresh(target)
    setup.new_event(target, sample="plan-55", copy=None, language=language())
    folder = open_folder(target)
    say(t("cli.demo.step.new", None, title=folder.event.head.title))
    voted = _vote(folder, per_poll, say)
    for poll in voted:
        counting.turnout(folder, poll.poll, poll.turnout)
    say(t("cli.demo.step.turnout"))
    _scan(folder, voted, say)
    dumping.dump(folder, target / "dump")
    result = counting.tallied(folder, counting.load(folder))
    counting.write_files(result, json_file=target / "tally.json", csv_file=target / "tally.csv")
    written = papers.write(folder)
    say(t("cli.demo.step.documents"))
    return DemoReport(result, _to_open(target, folder, written))


def _fresh(target: Path) -> None:
    """An empty folder, or an earlier demo's, which is replaced. Raises UsageError for anything else."""
    if target.exists() and any(target.iterdir()):
        if not (target / MARK).is_file():
            raise UsageError("cli.demo.not-a-demo", path=target)
        shutil.rmtree(target)
    write_text(target / MARK, "demo\n")


def _vote(folder: EventFolder, per_poll: int | None, say: Callable[[str], None]) -> list[hall.Voted]:
    summoned = {p.id: per_poll or folder.deputies(p) or 20 for p in folder.event.polls}
    copies = {poll: count + max(2, count // 20) for poll, count in summoned.items()}
    for poll, count in copies.items():
        printing.print_ballots(folder, poll, copies=count)
    say(t("cli.demo.step.print", None, count=sum(copies.values())))
    voted = [
        hall.vote(folder, p, summoned=summoned[p.id], printed=copies[p.id], seed=SEED + i, workers=None)
        for i, p in enumerate(folder.event.polls)
    ]
    say(t("cli.demo.step.vote", None, pages=sum(v.pages for v in voted)))
    return voted


def _scan(folder: EventFolder, voted: list[hall.Voted], say: Callable[[str], None]) -> None:
    read = flagged = 0
    for poll in voted:
        report = scanning.scan(folder, [str(poll.folder)], batch=poll.poll, expected=poll.pages)
        read += report.statuses["read"]
        flagged += report.flagged
    say(t("cli.demo.step.scan", None, read=read, flagged=flagged))


def _to_open(target: Path, folder: EventFolder, written: list[papers.PapersReport]) -> tuple[tuple[Path, str], ...]:
    poll = folder.event.polls[1]
    ballot = target / "ballots" / poll.id / poll.forms[0].id
    return (
        (ballot / "ballots.pdf", t("cli.demo.what.ballot")),
        (ballot / "guidance.pdf", t("cli.demo.what.guidance")),
        *((path, t("cli.demo.what.minutes")) for report in written for path in report.files),
        (target / "scans", t("cli.demo.what.scans")),
        (target / "dump", t("cli.demo.what.dump")),
    )
