"""Rehearse: invented voters and a simulated scanner produce rehearsal ballots (THỬ) with known truth."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from ballot_scan.day.folder import EventFolder, write_bytes
from ballot_scan.errors import UsageError
from ballot_scan.event.model import Form, Poll
from ballot_scan.paper import ballots, code, fonts, layout, raster
from ballot_scan.paper.layout import FormLayout
from ballot_scan.records import BallotCode
from ballot_scan.rehearsal.scanner import HARD as HARD_SCANS
from ballot_scan.rehearsal.scanner import ORDINARY as ORDINARY_SCANS
from ballot_scan.rehearsal.scanner import ScannerModel
from ballot_scan.rehearsal.sheets import Sheet, compose_sheet
from ballot_scan.rehearsal.simulate import SimulatedPage, simulate_page
from ballot_scan.rehearsal.truth import TruthRow, write_truth
from ballot_scan.rehearsal.voters import HARD as HARD_VOTERS
from ballot_scan.rehearsal.voters import ORDINARY as ORDINARY_VOTERS
from ballot_scan.rehearsal.voters import VoterModel
from ballot_scan.scan.engine import keep_buffers, usable_cores
from ballot_scan.scan.registration import Grey

FOLDER = "rehearsal"
_CHUNK = 8


@dataclass(frozen=True, slots=True)
class RehearsalReport:
    """Where the simulated scans and their truth lie."""

    folder: Path
    truth: Path
    ballots: int
    pages: int


@dataclass(frozen=True, slots=True)
class Paper:
    """One form ready to be simulated: its layout, the blank pages as pictures, and what its codes are made with."""

    layout: FormLayout
    blanks: tuple[Grey, ...]
    key: bytes
    dpi: int
    rehearsal: bool


@dataclass(frozen=True, slots=True)
class Hall:
    """Voters and scanner of a rehearsal."""

    voters: VoterModel
    scanner: ScannerModel
    seed: int


Task = tuple[int, tuple[str, ...]]  # index of the paper, ballots
Progress = Callable[[int, int], object]


def rehearse(
    folder: EventFolder,
    count: int,
    *,
    seed: int,
    poll: str | None = None,
    form: str | None = None,
    dpi: int = 200,
    hard: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
) -> RehearsalReport:
    """Simulate ``count`` rehearsal ballots, spread evenly over the forms chosen, into ``rehearsal/``.

    Equal seeds give equal files within one event: rehearsal codes are no secret, they come from the seed.
    """
    chosen = folder.forms(poll, form)[:count]
    hall = Hall(HARD_VOTERS if hard else ORDINARY_VOTERS, HARD_SCANS if hard else ORDINARY_SCANS, seed)
    papers = prepare(folder, chosen, dpi, rehearsal=True)
    codes = _seeded_codes(count, seed)
    tasks = _tasks(len(papers), codes)
    with folder.store() as store:
        for index, paper in enumerate(papers):
            mine = [b for i, part in tasks if i == index for b in part]
            text = layout.to_json(paper.layout)
            fresh = [b for b in mine if b not in store.issued_codes()]
            known = any(r.layout == text and r.rehearsal and r.form == paper.layout.form for r in store.prints())
            if fresh or not known:
                store.add_print(paper.layout.poll, paper.layout.form, rehearsal=True, layout=text, ballots=mine)
    target = folder.path / FOLDER
    rows, pages = save(simulate(papers, hall, tasks, workers), target, progress, planned=_planned(papers, tasks))
    return RehearsalReport(target, _write_truth(target, rows), count, pages)


def prepare(folder: EventFolder, forms: Iterable[tuple[Poll, Form]], dpi: int, *, rehearsal: bool) -> list[Paper]:
    """Compose the forms and rasterise their blank pages."""
    faces, key = fonts.choose(folder.event.head.font), folder.key()
    papers = []
    for poll, form in forms:
        composed = ballots.compose(folder.event, poll, form, folder.regulation, faces)
        blanks = tuple(raster.render_pages(ballots.blank_form_pdf(composed, rehearsal), dpi))
        papers.append(Paper(composed.layout, blanks, key, dpi, rehearsal))
    return papers


def _seeded_codes(count: int, seed: int) -> list[str]:
    rng = np.random.Generator(np.random.PCG64(seed))
    codes: dict[str, None] = {}
    while len(codes) < count:
        codes["".join(code.ALPHABET[i] for i in rng.integers(0, 32, 10))] = None
    return list(codes)


def _tasks(papers: int, codes: list[str]) -> list[Task]:
    tasks = []
    for index in range(papers):
        mine = codes[index::papers]
        tasks += [(index, tuple(mine[i : i + _CHUNK])) for i in range(0, len(mine), _CHUNK)]
    return tasks


def _planned(papers: list[Paper], tasks: list[Task]) -> int:
    return sum(len(part) * len(papers[index].blanks) for index, part in tasks)


def simulate(papers: list[Paper], hall: Hall, tasks: list[Task], workers: int | None) -> Iterator[SimulatedPage]:
    """Mark and scan every ballot, here or in worker processes; the order and the pages are the same."""
    count = workers or usable_cores()
    if count == 1 or len(tasks) <= 2:
        cv2.setNumThreads(1)
        for task in tasks:
            yield from _pages(papers, hall, task)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, mp_context=context, initializer=_start, initargs=(papers, hall)) as pool:
        todo, waiting = iter(tasks), deque(pool.submit(_work, t) for t in tasks[: count * 3])
        for _ in islice(todo, len(waiting)):
            pass
        while waiting:
            yield from waiting.popleft().result()
            more = next(todo, None)
            if more is not None:
                waiting.append(pool.submit(_work, more))


_state: list[tuple[list[Paper], Hall]] = []


def _start(papers: list[Paper], hall: Hall) -> None:
    cv2.setNumThreads(1)
    keep_buffers()
    _state[:] = [(papers, hall)]


def _work(task: Task) -> list[SimulatedPage]:
    papers, hall = _state[0]
    return [_light(page) for page in _pages(papers, hall, task)]


def _light(page: SimulatedPage) -> SimulatedPage:
    """Without the raw picture: only the file goes back to the parent."""
    return SimulatedPage(page.source, np.zeros((0, 0), np.uint8), page.data, page.rows, page.truth)


def _pages(papers: list[Paper], hall: Hall, task: Task) -> Iterator[SimulatedPage]:
    paper = papers[task[0]]
    form = paper.layout
    for ballot in task[1]:
        printed = BallotCode(paper.rehearsal, "", "", 1, ballot, "").printed
        for index, page in enumerate(form.pages):
            text = code.payload(
                paper.key, form.event, form.poll, form.form, page.page, ballot, rehearsal=paper.rehearsal
            )
            sheet = compose_sheet(paper.blanks[index], page, text, paper.dpi)
            yield simulate_page(Sheet(form, index, sheet, printed), hall.voters, hall.scanner, hall.seed)


def save(
    pages: Iterable[SimulatedPage], target: Path, progress: Progress | None, *, planned: int
) -> tuple[list[TruthRow], int]:
    """Write the files of simulated pages; returns the truth of their rows and how many pages there are."""
    rows: list[TruthRow] = []
    count = 0
    for page in pages:
        write_bytes(target / page.source, page.data)
        rows += page.rows
        count += 1
        if progress is not None:
            progress(1, planned)
    return rows, count


def _write_truth(target: Path, rows: list[TruthRow]) -> Path:
    """``truth.csv``: sources named as a scan of ``rehearsal`` from the event folder names them."""
    from dataclasses import replace

    path = target / "truth.csv"
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            write_truth(file, (replace(r, source=f"{FOLDER}/{r.source}") for r in rows))
    except OSError as fault:
        raise UsageError("day.cannot-write", path=path, why=fault.strerror or fault) from fault
    return path
