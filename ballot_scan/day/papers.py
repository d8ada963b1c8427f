"""Documents: the papers of the count, written into ``documents/<poll>/``."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from ballot_scan.day.counting import Count, load, tallied
from ballot_scan.day.folder import EventFolder
from ballot_scan.documents import minutes
from ballot_scan.documents.papers import CountPapers
from ballot_scan.event.model import Poll
from ballot_scan.paper import fonts


@dataclass(frozen=True, slots=True)
class PapersReport:
    """The papers written for one poll; provisional ones say so on every page."""

    poll: str
    files: tuple[Path, ...]
    provisional: bool


def write(folder: EventFolder, poll: str | None = None) -> list[PapersReport]:
    """Write the papers of one poll or of all."""
    count = load(folder)
    faces = fonts.choose(folder.event.head.font)
    reports = []
    for the_poll in folder.polls(poll):
        papers = gather(folder, count, the_poll)
        target = folder.path / "documents" / the_poll.id
        target.mkdir(parents=True, exist_ok=True)
        files = (minutes.write_minutes(target / "minutes.pdf", papers, faces),)
        reports.append(PapersReport(the_poll.id, files, papers.unofficial))
    return reports


def gather(folder: EventFolder, count: Count, poll: Poll) -> CountPapers:
    """Everything the papers of one poll say."""
    result = tallied(folder, count, poll=poll.id)
    live = [p for p in count.pages if not p.withdrawn and p.reading.poll == poll.id]
    stacks = Counter(p.batch for p in live)
    return CountPapers(
        event=folder.event,
        poll=poll,
        regulation=folder.regulation,
        tallies=result.forms,
        provisional=not result.final,
        rehearsal=any(f.rehearsal for f in result.forms),
        log=count.head,
        result_code=result.result_code,
        batches=tuple((b.name, stacks[b.name]) for b in count.batches if stacks[b.name]),
    )
