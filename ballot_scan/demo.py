"""The whole day on the sample event, in a folder of its own, with invented voters and a simulated scanner."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ballot_scan.day import (
    closing,
    counting,
    dumping,
    exporting,
    hall,
    papers,
    printing,
    reviewing,
    scanning,
    setup,
)
from ballot_scan.day.folder import EventFolder, open_folder, write_bytes, write_text
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
    """Walk the day: set up, print, vote, scan, count the box, decide, close, write the papers, export, verify."""
    _fresh(target)
    setup.new_event(target, sample="plan-55", copy=None, language=language())
    folder = open_folder(target)
    say(t("cli.demo.step.new", title=folder.event.head.title))
    voted = _vote(folder, per_poll, say)
    _scan(folder, voted, say)
    for poll in voted:
        counting.turnout(folder, poll.poll, poll.turnout)
    say(t("cli.demo.step.turnout"))
    reviewing.review(folder, language())
    _decide(folder, voted, say)
    for poll in voted:
        closing.close(folder, poll.poll, opened="14:30", closed="15:05", team_confirms=True)
    dumping.dump(folder, target / "dump")
    result = counting.tallied(folder, counting.load(folder))
    counting.write_files(result, json_file=target / "tally.json", csv_file=target / "tally.csv")
    written = papers.write(folder)
    bundle = exporting.export(folder)
    checked = exporting.check(bundle.path, allow_unsigned=True)
    say(t("cli.demo.step.documents"))
    say(t("cli.demo.step.verified", line=checked.line))
    return DemoReport(result, _to_open(target, folder, written, bundle.path))


def _decide(folder: EventFolder, voted: list[hall.Voted], say: Callable[[str], None]) -> None:
    """Two members of each team look at every flagged ballot and save their files; the page is written anew."""
    decided = 0
    found, _ = reviewing.gather(folder, counting.load(folder), pictures=False)
    doubtful = {case.poll for case in found}
    for poll in (v for v in voted if v.poll in doubtful):
        (the_poll,) = folder.polls(poll.poll)
        for member in [m.name for m in the_poll.members][:2]:
            number = [m.name for m in the_poll.members].index(member) + 1
            data = reviewing.decisions_file(folder, poll.poll, member, partial(_verdict, poll), t("cli.demo.grounds"))
            path = write_bytes(folder.path / "decisions" / f"{poll.poll}-{number}.json", data)
            decided = reviewing.decide(folder, path).decided
    reviewing.review(folder, language())
    say(t("cli.demo.step.decide", decided=decided))


def _verdict(voted: hall.Voted, case: reviewing.Case, matter: reviewing.Matter) -> str:
    """What people see on the paper: the mark as the voter meant it; a doubtful ballot as a whole stands."""
    wanted = "valid" if matter.row is None else voted.meant.get((case.key, matter.row), "")
    return wanted if matter.choice(wanted) is not None else matter.choices[0].verdict


def _fresh(target: Path) -> None:
    """An empty folder, or an earlier demo's, which is replaced. Raises UsageError for anything else."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
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


def _to_open(
    target: Path, folder: EventFolder, written: list[papers.PapersReport], bundle: Path
) -> tuple[tuple[Path, str], ...]:
    poll = folder.event.polls[1]
    ballot = target / "ballots" / poll.id / poll.forms[0].id
    return (
        (ballot / "ballots.pdf", t("cli.demo.what.ballot")),
        (ballot / "guidance.pdf", t("cli.demo.what.guidance")),
        (target / "review" / "index.html", t("cli.demo.what.review")),
        *((report.files[0], t("cli.demo.what.minutes")) for report in written),
        (written[1].files[0].parent, t("cli.demo.what.papers")),
        (bundle, t("cli.demo.what.bundle")),
        (target / "scans", t("cli.demo.what.scans")),
        (target / "dump", t("cli.demo.what.dump")),
    )
