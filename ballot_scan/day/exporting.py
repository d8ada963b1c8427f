"""Export: the bundle that leaves the room, and its verification by somebody who trusts nobody."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from ballot_scan.day.book import paper_out
from ballot_scan.day.counting import load, tallied
from ballot_scan.day.folder import EventFolder, make_folder
from ballot_scan.day.papers import write as write_papers
from ballot_scan.day.zero import EVENT as ZERO
from ballot_scan.errors import UsageError
from ballot_scan.export.bundle import bundle_files, write_zip
from ballot_scan.export.contents import BundleContents
from ballot_scan.export.verify import VerifyReport, verify
from ballot_scan.records import LogHead
from ballot_scan.store.log import LogEntry
from ballot_scan.text import system


@dataclass(frozen=True, slots=True)
class ExportReport:
    """The bundle, its result code, and where an older one went."""

    path: Path
    result_code: str
    provisional: bool
    moved: Path | None


def export(folder: EventFolder, *, per_ballot: bool = False) -> ExportReport:
    """Write the papers anew and the bundle ``export/<event>.zip``; an older one moves to ``export/old/``."""
    count = load(folder)
    begun = [p.id for p in folder.event.polls if count.begun(p.id)]
    documents = {}
    for poll in begun or [p.id for p in folder.event.polls]:
        for report in write_papers(folder, poll, count):
            documents.update({f"{report.poll}/{path.name}": path.read_bytes() for path in report.files})
    contents = _contents(folder, documents, per_ballot=per_ballot)
    files = bundle_files(contents)
    path = folder.bundle
    make_folder(path.parent)
    moved = _move_away(path)
    write_zip(path, files)
    with folder.store() as store:
        store.record("export", result_code=contents.tally.result_code, per_ballot=per_ballot)
    return ExportReport(path, contents.tally.result_code, contents.provisional, moved)


def _contents(folder: EventFolder, documents: dict[str, bytes], *, per_ballot: bool) -> BundleContents:
    count = load(folder)
    with folder.store() as store:
        out, log = paper_out(store), tuple(store.log_entries())
    return BundleContents(
        event_toml=(folder.path / "event.toml").read_bytes(),
        regulation=folder.regulation,
        layouts={(poll, form): run.layout for (poll, form, practice), run in out.newest.items() if not practice},
        turnouts=count.turnouts,
        deputies={p.id: folder.deputies(p) for p in folder.event.polls},
        tally=tallied(folder, count),
        ballots=count.ballots,
        outcomes=count.outcomes,
        decisions=count.decisions,
        opinions=count.opinions,
        pages=count.page_counts(),
        log=log,
        heads=_heads(log),
        closings=count.closings,
        documents=documents,
        per_ballot=per_ballot,
    )


def _heads(log: tuple[LogEntry, ...]) -> dict[str, LogHead]:
    """Heads of the log as they stand on paper and screen: at the opening, and now."""
    heads = {"export": LogHead(log[-1].seq, log[-1].sha256)} if log else {}
    opening = next((e for e in log if e.event == ZERO), None)
    return heads | ({"opening": LogHead(opening.seq, opening.sha256)} if opening else {})


def _move_away(path: Path) -> Path | None:
    if not path.exists():
        return None
    stamp = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC).strftime("%Y%m%dt%H%M%Sz")
    target = path.parent / "old" / f"{path.stem}-{stamp}.zip"
    number = 1
    while target.exists():
        number += 1
        target = target.with_name(f"{path.stem}-{stamp}-{number}.zip")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)
    except OSError as fault:
        raise UsageError("day.cannot-write", path=path, why=system(fault)) from fault
    return target


def check(path: Path, *, allow_unsigned: bool) -> VerifyReport:
    """Verify a bundle; needs no event folder and believes nothing of this machine."""
    return verify(path, allow_unsigned=allow_unsigned)
