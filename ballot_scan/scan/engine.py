"""The engine: jobs of pages through the reader, one after another or in worker processes, results in order.

Both ways yield the same readings in the same order. Memory stays flat: a bounded number of jobs is under way.
A worker that dies takes nothing with it: its pages are tried again alone, and one that kills its worker again is
named as unreadable.
"""

from __future__ import annotations

import ctypes
import gc
import hashlib
import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from pathlib import Path

import cv2

from ballot_scan.errors import InputError
from ballot_scan.interrupts import check, held_back, only_noted
from ballot_scan.records import PageReading, PageStatus
from ballot_scan.scan import evidence, intake, masks
from ballot_scan.scan.pictures import Grey
from ballot_scan.scan.profile import Profile
from ballot_scan.scan.reader import FormBook, Read, Scanner, look

CHUNK_PAGES = 8  # pages of one file in a job
CHUNK_FILES = 4  # files of one page in a job
_WINDOW = 4  # jobs under way for each worker


@dataclass(frozen=True, slots=True)
class Item:
    """Pages ``first`` to ``last`` of one file; ``last`` 0: all there are (a file of one page).

    ``known``: digests already kept under this name, which are not read again.
    """

    path: str
    source: str
    first: int
    last: int
    pages: int
    file_digest: str
    known: frozenset[str]


@dataclass(frozen=True, slots=True)
class Done:
    """What came of one job: readings in order, and how many pages were known already."""

    readings: tuple[PageReading, ...]
    known: int
    pictures: tuple[evidence.Picture, ...] = ()
    scanner: tuple[Scanner, ...] = ()  # what each of the readings' pages tells of the scanner

    @property
    def colourless(self) -> int:
        """Of how many pages the seal could not be seen because they have no colour."""
        return sum(told.colourless for told in self.scanner)


Job = tuple[Item, ...]


def plan(files: Iterable[intake.InputFile], known: dict[tuple[str, int], set[str]]) -> Iterator[Job]:
    """Cut files into jobs: big files into stretches, single pages into small heaps."""
    heap: list[Item] = []
    for file in files:
        seen = known.get((file.source, 1), set())
        if Path(file.path).suffix.lower() in intake.IMAGES:
            heap.append(Item(file.path, file.source, 1, 1, 1, "", frozenset(seen)))
        else:
            if heap:
                yield tuple(heap)
                heap = []
            yield from _stretches(file, known)
        if len(heap) == CHUNK_FILES:
            yield tuple(heap)
            heap = []
    if heap:
        yield tuple(heap)


def _stretches(file: intake.InputFile, known: dict[tuple[str, int], set[str]]) -> Iterator[Job]:
    try:
        data = intake.read_bytes(file.path)
        pages = intake.count_pages(file.path, data)
    except InputError:
        seen = frozenset(known.get((file.source, 1), set()))
        yield (Item(file.path, file.source, 1, 1, 1, "", seen),)  # the worker names what is wrong
        return
    digest = hashlib.sha256(data).hexdigest()
    for first in range(1, pages + 1, CHUNK_PAGES):
        last = min(pages, first + CHUNK_PAGES - 1)
        seen_here = frozenset(sha for n in range(first, last + 1) for sha in known.get((file.source, n), ()))
        yield (Item(file.path, file.source, first, last, pages, digest, seen_here),)


def do(job: Job, book: FormBook, profile: Profile) -> Done:
    """Read the pages of one job. Never raises for what a file holds."""
    readings: list[PageReading] = []
    told: list[Scanner] = []
    pictures: list[evidence.Picture] = []
    known = 0
    for item in job:
        for page in _item(item, book, profile, pictures):
            if page is None:
                known += 1
            else:
                readings.append(page[0])
                told.append(page[1])
    return Done(tuple(readings), known, tuple(pictures), tuple(told))


def _item(
    item: Item, book: FormBook, profile: Profile, pictures: list[evidence.Picture]
) -> Iterator[tuple[PageReading, Scanner] | None]:
    """Readings of one item's pages, and what they tell of the scanner; None for a page that is known already. Pictures
    for evidence are added to the list."""
    try:
        data = intake.read_bytes(item.path)
    except InputError as error:
        digest = hashlib.sha256(f"{item.source}\0{error.key}".encode()).hexdigest()
        yield None if digest in item.known else _unreadable(item, item.first, digest, error)
        return
    file_digest = item.file_digest or hashlib.sha256(data).hexdigest()
    digests = {n: intake.page_digest(file_digest, n, item.pages) for n in range(item.first, item.last + 1)}
    wanted = [n for n, digest in digests.items() if digest not in item.known]
    yield from (None for _ in range(len(digests) - len(wanted)))
    if not wanted:
        return
    left = dict.fromkeys(wanted)
    try:
        for number, page in intake.opened(item.path, data, wanted[0], wanted[-1], colour=book.seal):
            if number not in left:
                continue
            del left[number]
            if isinstance(page, InputError):
                yield _with_glimpse(_unreadable(item, number, digests[number], page), data, book, item.pages, pictures)
                continue
            seen = look(page.grey, book, profile, page.colour)
            reading = _with_evidence(page.grey, seen, book, pictures)
            yield replace(reading, source=item.source, source_page=number, sha256=digests[number]), seen.scanner
    except InputError as error:
        yield from (
            _with_glimpse(_unreadable(item, n, digests[n], error), data, book, item.pages, pictures) for n in left
        )


def _with_evidence(page: Grey, seen: Read, book: FormBook, pictures: list[evidence.Picture]) -> PageReading:
    """The reading, with the picture kept where people will want to see the page."""
    if not evidence.wanted(seen.reading):
        return seen.reading
    picture = evidence.picture(page, seen, book)
    pictures.append(picture)
    return replace(seen.reading, evidence=picture.sha256)


def _with_glimpse(
    told: tuple[PageReading, Scanner], data: bytes, book: FormBook, pages: int, pictures: list[evidence.Picture]
) -> tuple[PageReading, Scanner]:
    """The same, with what is left of a broken page, one of so many ``pages``, as its evidence."""
    picture = evidence.glimpse(data, told[0].source_page, pages, blur=masks.any_hidden(book))
    if picture is None:
        return told
    pictures.append(picture)
    return replace(told[0], evidence=picture.sha256), told[1]


def _unreadable(item: Item, number: int, digest: str, error: InputError) -> tuple[PageReading, Scanner]:
    why = "|".join([error.key, *(str(v) for v in error.values.values())])
    return PageReading(item.source, number, digest, PageStatus.UNREADABLE, reason=why), Scanner()


def picture_of(reading: PageReading, beside: Path, book: FormBook) -> evidence.Picture | None:
    """The evidence picture of a page read earlier, from its scan; None where that is gone or is another now.

    ``reading.source`` is looked for from the current folder and from ``beside``.
    """
    for path in (Path(reading.source), beside / reading.source):
        try:
            data = intake.read_bytes(str(path))
            pages = intake.count_pages(str(path), data)
            digest = intake.page_digest(hashlib.sha256(data).hexdigest(), reading.source_page, pages)
            if digest != reading.sha256:
                continue
            for _, page in intake.pages(str(path), data, reading.source_page, reading.source_page):
                if not isinstance(page, InputError):
                    return evidence.picture(page, look(page, book), book)
        except InputError:
            continue
    return None


# ---------------------------------------------------------------- where it runs

_worker: list[tuple[FormBook, Profile]] = []


def keep_buffers() -> None:
    """Let glibc keep freed page buffers: giving each back costs more than half of a decoding."""
    if sys.platform == "linux":
        try:
            libc = ctypes.CDLL("libc.so.6")
            libc.mallopt(-3, 1 << 28)
            libc.mallopt(-1, 1 << 28)
        except (OSError, AttributeError):
            pass  # another C library: slower, not wrong


def _start_worker(book: FormBook, profile: Profile) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent stops the work
    prepare()
    _worker[:] = [(book, profile)]


def prepare() -> None:
    """Set this process up for reading: one OpenCV thread, buffers kept, few garbage collections."""
    cv2.setNumThreads(1)
    gc.set_threshold(100_000, 20, 20)  # readings hold no cycles
    keep_buffers()


def _in_worker(job: Job) -> Done:
    book, profile = _worker[0]
    return do(job, book, profile)


def serial(jobs: Iterable[Job], book: FormBook, profile: Profile) -> Iterator[Done]:
    """Do the jobs here, one after another."""
    prepare()
    for job in jobs:
        yield do(job, book, profile)
        check()


def processes(jobs: Iterable[Job], book: FormBook, profile: Profile, workers: int) -> Iterator[Done]:
    """Do the jobs in ``workers`` spawned processes; results come in the order of the jobs.

    Ctrl-C is heard between results, as KeyboardInterrupt.
    """
    todo = iter(jobs)
    waiting: deque[tuple[Job, Future[Done]]] = deque()
    with only_noted():
        pool = _pool(workers, book, profile)
        try:
            while True:
                while len(waiting) < workers * _WINDOW and (job := next(todo, None)) is not None:
                    with held_back():
                        waiting.append((job, pool.submit(_in_worker, job)))
                if not waiting:
                    return
                job, future = waiting.popleft()
                try:
                    yield future.result()
                except BrokenProcessPool:
                    pool.shutdown(wait=False, cancel_futures=True)
                    for lost in [job, *(j for j, _ in waiting)]:
                        yield from _alone(lost, book, profile)
                    waiting.clear()
                    pool = _pool(workers, book, profile)
                check()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _pool(workers: int, book: FormBook, profile: Profile) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker, initargs=(book, profile))


def _alone(job: Job, book: FormBook, profile: Profile) -> Iterator[Done]:
    """Each item of a lost job in a process of its own; what kills that too is named, not read."""
    for item in job:
        with _pool(1, book, profile) as pool:
            try:
                with held_back():
                    future = pool.submit(_in_worker, (item,))
                yield future.result()
            except BrokenProcessPool:
                digest = item.file_digest or hashlib.sha256(intake.read_bytes(item.path)).hexdigest()
                error = InputError("scan.crashed")
                numbers = range(item.first, item.last + 1)
                pages = [_unreadable(item, n, intake.page_digest(digest, n, item.pages), error) for n in numbers]
                yield Done(tuple(reading for reading, _ in pages), 0, scanner=tuple(told for _, told in pages))


def usable_cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
