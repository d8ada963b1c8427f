"""Scan: paths become readings in the store; every page fed has a line, and a killed run goes on where it stopped."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from ballot_scan.day.book import form_book, paper_out
from ballot_scan.day.calibrating import scanner_profile, write_scores
from ballot_scan.day.folder import EVIDENCE, EventFolder, write_bytes
from ballot_scan.day.zero import zero_report
from ballot_scan.errors import RefusedError, UsageError
from ballot_scan.records import LogHead, PageReading, PageStatus, Rule
from ballot_scan.rules.ballots import is_unknown, needs_review
from ballot_scan.scan import engine, histogram, intake
from ballot_scan.scan.drift import Change, Drift
from ballot_scan.scan.evidence import Picture
from ballot_scan.store import Batch, Store
from ballot_scan.text import t

_COMMIT_PAGES, _COMMIT_SECONDS = 64, 0.5  # what a kill can cost: these pages are read again, never lost
_SERIAL_PAGES = 12  # fewer are read faster than workers start


@dataclass(slots=True)
class ScanReport:
    """What one scan did: pages by status, those known already, and the inputs that could not be read."""

    batch: str
    zero: LogHead | None = None  # the log's head at the opening, on the first scan of the event
    files: int = 0
    others: int = 0  # files in the folders that are no pages
    known: int = 0
    rehearsal: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    flagged: int = 0
    unread: list[tuple[str, int, str]] = field(default_factory=list)  # source, page, reason
    strange: list[tuple[str, int, str]] = field(default_factory=list)  # read, but no ballot of this event
    unissued: list[tuple[str, int]] = field(default_factory=list)  # of this event by their code, which was never issued
    refused: list[tuple[str, int, str]] = field(default_factory=list)  # source, page, the closed poll it belongs to
    interrupted: bool = False
    expected: int | None = None
    head: LogHead | None = None
    scores: Path | None = None  # histogram of the batch's boxes; None where none was read
    changes: list[Change] = field(default_factory=list)  # of the scanner while the batch ran
    colourless: int = 0  # pages of which a seal is asked for, and that have no colour
    unwritten: str = ""  # why the histogram was not written
    near: tuple[str, ...] = ()  # two lines on boxes near the bounds, where there are any

    @property
    def pages(self) -> int:
        """Pages added by this scan."""
        return sum(self.statuses.values())


Progress = Callable[[int, int], None]  # pages done, pages planned so far
Warn = Callable[[str], object]  # hears one line where the scanner drifts


def scan(
    folder: EventFolder,
    paths: list[str],
    *,
    batch: str | None = None,
    expected: int | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
    warn: Warn | None = None,
) -> ScanReport:
    """Read all pages under ``paths`` into the store as one batch; ``progress`` hears of every page done, ``warn`` of
    a scanner that changes while the batch runs."""
    found = intake.find(paths, folder.written)
    profile, profile_name = scanner_profile(folder)
    with folder.store() as store:
        refuse_closed(folder, store)
        out = paper_out(store)
        if not out.newest:
            raise UsageError("day.not-printed")
        zero = zero_report(folder, store)
        stack = _Stack(store, batch, expected)
        report = ScanReport(stack.name, zero, len(found.files), found.others, expected=stack.expected)
        planned = [0]
        jobs = _counted(engine.plan(found.files, store.known_pages()), planned)
        book = form_book(folder, out, store)
        processes = workers or engine.usable_cores()
        if processes == 1 or (len(found.files) <= _SERIAL_PAGES and all(_single(f) for f in found.files)):
            results = engine.serial(jobs, book, profile)
        else:
            results = engine.processes(jobs, book, profile, processes)
        watched = _watched(results, report.changes, warn or (lambda _: None))
        _keep(folder, store, stack, watched, report, out.issued, lambda done: progress and progress(done, planned[0]))
        report.head = store.log_head()
        if stack.batch is not None:
            detail = _batch_detail(store, stack.batch) | {"profile": profile_name, "profile_digest": profile.digest}
            if report.changes:
                detail["changes"] = [_without_order(change) for change in report.changes]
            report.head = store.close_batch(stack.batch, detail)
            readings = store.batch_readings(stack.batch, rows=True)
            scores = histogram.scores(readings, profile)
            report.near = histogram.summary(scores)
            try:
                report.scores = write_scores(folder, stack.name, scores)
            except UsageError as fault:  # a file that is open elsewhere: the pages are in the store all the same
                report.unwritten = str(fault)
    return report


def _watched(results: Iterator[engine.Done], changes: list[Change], warn: Warn) -> Iterator[engine.Done]:
    """The same results; ``warn`` hears of drift as soon as it shows, which is added to ``changes``, and of the first
    page in black and white."""
    drift, bilevel = Drift(), False
    sources: list[str] = []
    for done in results:
        for reading, told in zip(done.readings, done.scanner, strict=True):
            sources.append(reading.source)
            if told.bilevel and not bilevel:
                bilevel = True
                warn(t("scan.bilevel", None, source=reading.source, page=reading.source_page))
            for change in drift.add(reading, told.streaks_mm, told.white):
                changes.append(change)
                warn(t("calibrate.drift.from", None, words=change.words(), source=sources[change.since - 1]))
        yield done


def _without_order(change: Change) -> dict[str, object]:
    """What of a change is kept: the log must not tell the order of scanning."""
    place = {} if change.at_mm is None else {"at_mm": round(change.at_mm, 1)}
    return {"kind": change.kind, "before": round(change.before, 3), "now": round(change.now, 3)} | place


def refuse_closed(folder: EventFolder, store: Store) -> None:
    """After the close no scan is taken. Raises RefusedError when every poll is closed."""
    closed = closed_polls(store)
    if closed and all(p.id in closed for p in folder.event.polls):
        raise RefusedError("day.closed")


def _counted(jobs: Iterator[engine.Job], planned: list[int]) -> Iterator[engine.Job]:
    for job in jobs:
        planned[0] += sum(item.last - item.first + 1 for item in job)
        yield job


def closed_polls(store: Store) -> set[str]:
    """Polls whose result is official."""
    return {poll for poll, closing in store.closings().items() if closing.closed}


def _single(file: intake.InputFile) -> bool:
    return file.path.lower().endswith(intake.IMAGES)


class _Stack:
    """The batch that pages go into. One nobody named is opened with its first new page: the same files scanned again
    leave no empty batch behind."""

    def __init__(self, store: Store, name: str | None, expected: int | None) -> None:
        batches = store.batches()
        taken = {b.name: b for b in batches}
        numbers = (f"batch-{n}" for n in count(len(batches) + 1))
        self.name = name or next(n for n in numbers if n not in taken)
        if self.name in taken and taken[self.name].withdrawn:
            raise UsageError("day.batch-withdrawn", batch=self.name)
        self._store, self.expected = store, expected
        self.batch = store.open_batch(self.name, expected) if name else None
        if self.batch is not None:
            self.expected = self.batch.expected

    def add(self, readings: list[PageReading]) -> None:
        """Keep pages in one transaction."""
        if readings and self.batch is None:
            self.batch = self._store.open_batch(self.name, self.expected)
        if readings and self.batch is not None:
            self._store.add_pages(self.batch, readings)


def _keep(
    folder: EventFolder,
    store: Store,
    stack: _Stack,
    results: Iterator[engine.Done],
    report: ScanReport,
    issued: frozenset[str],
    progress: Callable[[int], object],
) -> None:
    """Put readings into the store as they come; on Ctrl-C what is done is kept."""
    waiting: list[PageReading] = []
    closed = closed_polls(store)
    last = time.monotonic()
    try:
        for done in results:
            taken = [r for r in done.readings if r.poll not in closed]
            report.refused += [(r.source, r.source_page, r.poll) for r in done.readings if r.poll in closed]
            needed = {r.evidence for r in taken}
            keep_evidence(folder, (p for p in done.pictures if p.sha256 in needed))
            waiting += taken
            report.known += done.known
            report.colourless += done.colourless
            for reading in taken:
                _count(report, reading, issued)
            progress(len(done.readings) + done.known)
            if len(waiting) >= _COMMIT_PAGES or time.monotonic() - last > _COMMIT_SECONDS:
                stack.add(waiting)
                waiting, last = [], time.monotonic()
    except KeyboardInterrupt:
        report.interrupted = True
    stack.add(waiting)


def keep_evidence(folder: EventFolder, pictures: Iterable[Picture]) -> None:
    """Keep pictures of flagged pages under their digests; before their readings, so that none is missing."""
    for picture in pictures:
        path = folder.path / EVIDENCE / f"{picture.sha256}.jpg"
        if not path.exists():
            write_bytes(path, picture.jpeg)


def _count(report: ScanReport, reading: PageReading, issued: frozenset[str]) -> None:
    report.statuses[reading.status.value] += 1
    report.rehearsal += reading.rehearsal
    findings = set(reading.findings)
    if reading.status is not PageStatus.NOT_A_BALLOT and is_unknown(reading, issued):
        report.unissued.append((reading.source, reading.source_page))
        findings.add(Rule.UNKNOWN_CODE)
    report.flagged += needs_review(reading, findings)
    named = (reading.source, reading.source_page, reading.reason)
    if reading.status is PageStatus.UNREADABLE:
        report.unread.append(named)
    elif reading.status is PageStatus.NOT_A_BALLOT:
        report.strange.append(named)


def _batch_detail(store: Store, batch: Batch) -> dict[str, object]:
    """Counts of a batch and a digest over its sorted pages: the log must not tell the order of scanning."""
    digest, statuses = hashlib.sha256(), Counter[str]()
    for p in store.batch_readings(batch, rows=False):
        digest.update(f"{p.sha256} {p.source} {p.source_page}\n".encode())
        statuses[p.status.value] += 1
    pages = statuses.total()
    return {"pages": pages, "statuses": dict(sorted(statuses.items())), "digest": digest.hexdigest()}
