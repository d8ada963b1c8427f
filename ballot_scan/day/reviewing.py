"""Review: what waits for people as a page in the browser, and what members decided there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ballot_scan.day.book import form_book, paper_out
from ballot_scan.day.counting import Count, load, tallied, undecided
from ballot_scan.day.folder import EVIDENCE, KEY_FILE, REVIEW, EventFolder, write_text
from ballot_scan.day.scanning import keep_evidence
from ballot_scan.errors import RefusedError, UsageError
from ballot_scan.paper.layout import FormLayout, from_json
from ballot_scan.records import Opinion, PageReading, StoredPage
from ballot_scan.review import decisions as files
from ballot_scan.review.cases import Case, Matter, cases
from ballot_scan.review.effects import tally_changes
from ballot_scan.review.report import page, page_data
from ballot_scan.scan import engine
from ballot_scan.text import system

PAGE = f"{REVIEW}/index.html"


@dataclass(frozen=True, slots=True)
class ReviewReport:
    """The review page, and how much of it still waits or differs."""

    path: Path
    cases: int
    waiting: int
    differing: int


@dataclass(frozen=True, slots=True)
class DecideReport:
    """What one member's file added, and what is left."""

    member: str
    taken: int
    known: int
    decided: int
    waiting: int
    differing: int


def review(folder: EventFolder, lang: str) -> ReviewReport:
    """Write the static review page with every flagged ballot."""
    count = load(folder)
    found, layouts = gather(folder, count)
    changes = tally_changes(tallied(folder, undecided(folder, count)), tallied(folder, count))
    body = page(folder.event, found, regulation=folder.regulation, layouts=layouts, changes=changes, lang=lang)
    path = write_text(folder.path / PAGE, body)
    return ReviewReport(path, len(found), _in_state(found, "waiting"), _in_state(found, "differing"))


def gather(
    folder: EventFolder, count: Count, *, pictures: bool = True
) -> tuple[tuple[Case, ...], dict[tuple[str, str, bool], FormLayout]]:
    """All cases of the event; ``pictures``: make those that are missing, where the scan is still at hand."""
    with folder.store() as store:
        out = paper_out(store)
    layouts = {key: from_json(run.layout) for key, run in out.newest.items()}
    live = [p for p in count.pages if not p.withdrawn]
    made = _missing_pictures(folder, count, live) if pictures else {}
    found = cases(
        folder.event,
        ballots=[b for b in count.ballots if b.rehearsal == count.rehearsing],
        pages=live,
        stopped=[p for p in count.sorted.stopped if p.reading.rehearsal in (False, count.rehearsing)],
        decisions=count.decisions,
        opinions=count.opinions,
        regulation=folder.regulation,
        layouts=layouts,
        evidence=lambda reading: _evidence(folder, reading, made),
    )
    return found, layouts


def _in_state(found: tuple[Case, ...], state: str) -> int:
    return sum(any(m.state == state for m in case.matters) for case in found)


def _evidence(folder: EventFolder, reading: PageReading, made: dict[str, str]) -> str:
    """The digest of the page's picture where there is one, else ""."""
    digest = reading.evidence or made.get(reading.sha256, "")
    return digest if digest and (folder.path / EVIDENCE / f"{digest}.jpg").is_file() else ""


def _missing_pictures(folder: EventFolder, count: Count, live: list[StoredPage]) -> dict[str, str]:
    """Pictures of pages that only other pages made doubtful (duplicates, missing pages): read again from the scan."""
    doubtful = {i for b in count.ballots if b.findings for i in b.pages}
    doubtful |= {p.id for p in count.sorted.stopped}
    wanted = [p.reading for p in live if p.id in doubtful and not p.reading.evidence]
    if not wanted or not (folder.path / KEY_FILE).is_file():  # after retire no picture is made again
        return {}
    with folder.store() as store:
        book = form_book(folder, paper_out(store), store)
    made = {}
    for reading in wanted:
        picture = engine.picture_of(reading, folder.path, book)
        if picture is not None:
            keep_evidence(folder, [picture])
            made[reading.sha256] = picture.sha256
    return made


def decide(folder: EventFolder, file: Path) -> DecideReport:
    """Take one member's decisions file: all of it or nothing.

    Raises UsageError or RefusedError with the reason: another event, no member, edited by hand, a page scanned again
    since, a poll that is closed.
    """
    try:
        data = file.read_bytes()
    except OSError as fault:
        raise UsageError("day.cannot-read", path=file, why=system(fault)) from fault
    count = load(folder)
    found, _ = gather(folder, count, pictures=False)
    opinions = files.parse(data, folder.event, found)
    if all(count.closed(p.id) for p in folder.event.polls):
        raise RefusedError("day.closed")
    closed = sorted({o.poll for o in opinions if count.closed(o.poll)})
    if closed:
        raise RefusedError("day.closed-poll", poll=", ".join(closed))
    new = files.fresh(opinions, count.opinions)
    if new:
        with folder.store() as store:
            store.add_opinions(new)
    after = load(folder)
    left, _ = gather(folder, after, pictures=False)
    member = opinions[0].member if opinions else ""
    known = len(opinions) - len(new)
    states = (_in_state(left, "waiting"), _in_state(left, "differing"))
    return DecideReport(member, len(new), known, len(after.decisions), *states)


def decisions_file(
    folder: EventFolder, poll: str, member: str, verdict: Callable[[Case, Matter], str], grounds: str
) -> bytes:
    """A member's decisions file for one poll as the review page saves it; ``verdict`` "" leaves a matter open."""
    count = load(folder)
    found, layouts = gather(folder, count, pictures=False)
    looked_at = page_data(
        folder.event, found, regulation=folder.regulation, layouts=layouts, changes=(), lang=folder.event.head.language
    )
    opinions = [
        Opinion(case.poll, case.form, case.key, m.rule, m.row, chosen, grounds, member, case.digests)
        for case in found
        if case.poll == poll
        for m in case.matters
        if (chosen := verdict(case, m))
    ]
    return files.write(folder.event.head.id, member, str(looked_at["review"]), opinions)


__all__ = ["Case", "DecideReport", "Matter", "ReviewReport", "decide", "decisions_file", "gather", "review"]
