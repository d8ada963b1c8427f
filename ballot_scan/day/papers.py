"""Documents: the papers of the count, written into ``documents/<poll>/``."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ballot_scan.day.counting import Count, decided, load, tallied
from ballot_scan.day.folder import DOCUMENTS, EventFolder, make_folder
from ballot_scan.documents import chart, handover, minutes, report, sealing, turnout_notice
from ballot_scan.documents.papers import CountPapers
from ballot_scan.event.model import Poll
from ballot_scan.paper import fonts
from ballot_scan.records import LogHead

Writer = Callable[[Path, CountPapers, fonts.FontFamily], Path]


@dataclass(frozen=True, slots=True)
class PapersReport:
    """The papers written for one poll; provisional ones say so on every page."""

    poll: str
    files: tuple[Path, ...]
    provisional: bool


WRITERS: tuple[tuple[str, Writer], ...] = (
    ("minutes.pdf", minutes.write_minutes),
    ("report.pdf", report.write_report),
    ("turnout.pdf", turnout_notice.write_turnout_notice),
    ("sealing.pdf", sealing.write_sealing),
    ("seal-label.pdf", sealing.write_seal_label),
    ("handover.pdf", handover.write_handover),
)


def write(folder: EventFolder, poll: str | None = None, count: Count | None = None) -> list[PapersReport]:
    """Write the papers of one poll or of all, and the chart of each form; ``count``: where it is loaded already."""
    count = count or load(folder)
    faces = fonts.choose(folder.event.head.font)
    reports = []
    for the_poll in folder.polls(poll):
        papers = gather(folder, count, the_poll)
        target = make_folder(folder.path / DOCUMENTS / the_poll.id)
        files = [writer(target / name, papers, faces) for name, writer in WRITERS]
        for tally in papers.tallies:
            name = "chart.png" if len(papers.tallies) == 1 else f"chart-{tally.form}.png"
            files.append(chart.write_chart(target / name, papers, tally, chart.font_file_of(faces.regular)))
        reports.append(PapersReport(the_poll.id, tuple(files), papers.unofficial))
    return reports


def gather(folder: EventFolder, count: Count, poll: Poll) -> CountPapers:
    """Everything the papers of one poll say."""
    result = tallied(folder, count, poll=poll.id)
    practice = any(f.rehearsal for f in result.forms)
    live = [p for p in count.pages if not p.withdrawn and p.reading.poll == poll.id and p.reading.rehearsal == practice]
    stacks = Counter(p.batch for p in live)
    closing = count.closings.get(poll.id)
    said = closing.body if closing is not None and closing.closed else {}
    at_close = said.get("decisions")  # later ones are about other polls
    return CountPapers(
        event=folder.event,
        poll=poll,
        regulation=folder.regulation,
        tallies=result.forms,
        provisional=not (result.final and count.closed(poll.id)),
        rehearsal=practice,
        opened=_text(said.get("opened")),
        closed=_text(said.get("closed")),
        remarks=_texts(said.get("remarks")),
        team_confirms=bool(said.get("team_confirms")),
        decisions_count=at_close if isinstance(at_close, int) else len(decided(count, poll.id)),
        log=_head_at_close(folder, poll.id) or count.head if said else count.head,
        result_code=result.result_code,
        batches=tuple((b.name, stacks[b.name]) for b in count.batches if stacks[b.name]),
    )


def _head_at_close(folder: EventFolder, poll: str) -> LogHead | None:
    """The log's head as the close left it: papers signed then stay the same when they are written again."""
    with folder.store() as store:
        closes = [e for e in store.log_entries() if e.event == "closed" and json.loads(e.detail).get("poll") == poll]
    return LogHead(closes[-1].seq, closes[-1].sha256) if closes else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(v) for v in value) if isinstance(value, list) else ()
