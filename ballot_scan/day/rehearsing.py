"""Rehearse: invented voters and a simulated scanner produce rehearsal ballots (THỬ) with known truth.

Or a deck: ballots printed with marks, to go through the real scanner, and what their count must come to.
"""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from ballot_scan.day.counting import load
from ballot_scan.day.deck_note import write_note
from ballot_scan.day.folder import EventFolder, write_bytes, write_text
from ballot_scan.errors import UsageError
from ballot_scan.event.model import Form, Poll
from ballot_scan.paper import ballots, code, fonts, layout, raster
from ballot_scan.paper.layout import FormLayout
from ballot_scan.records import BLANK, MULTIPLE, BallotCode, PageStatus, RowReading, Rule, StoredPage, code_of
from ballot_scan.rehearsal import deck as decks
from ballot_scan.rehearsal.scanner import HARD as HARD_SCANS
from ballot_scan.rehearsal.scanner import ORDINARY as ORDINARY_SCANS
from ballot_scan.rehearsal.scanner import ScannerModel
from ballot_scan.rehearsal.sheets import Sheet, compose_sheet
from ballot_scan.rehearsal.simulate import SimulatedPage, simulate_page
from ballot_scan.rehearsal.stamp import CAREFUL, CARELESS, StampModel
from ballot_scan.rehearsal.truth import TruthRow, read_truth, write_truth
from ballot_scan.rehearsal.voters import HARD as HARD_VOTERS
from ballot_scan.rehearsal.voters import ORDINARY as ORDINARY_VOTERS
from ballot_scan.rehearsal.voters import VoterModel
from ballot_scan.scan.engine import keep_buffers, usable_cores
from ballot_scan.scan.pictures import Grey
from ballot_scan.store import Store
from ballot_scan.text import system, t

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
    blank_pdf: bytes = b""


@dataclass(frozen=True, slots=True)
class Hall:
    """Voters and scanner of a rehearsal, and whoever stamps its ballots where seals are asked for."""

    voters: VoterModel
    scanner: ScannerModel
    seed: int
    stamps: StampModel | None = None


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
    stamps = (CARELESS if hard else CAREFUL) if folder.event.head.seal else None
    hall = Hall(HARD_VOTERS if hard else ORDINARY_VOTERS, HARD_SCANS if hard else ORDINARY_SCANS, seed, stamps)
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
                where = (paper.layout.poll, paper.layout.form)
                store.add_print(*where, rehearsal=True, layout=text, ballots=mine, blank=paper.blank_pdf)
    target = folder.path / FOLDER
    _clear(target)
    rows, pages = save(simulate(papers, hall, tasks, workers), target, progress, planned=_planned(papers, tasks))
    return RehearsalReport(target, _write_truth(target, rows), count, pages)


def prepare(folder: EventFolder, forms: Iterable[tuple[Poll, Form]], dpi: int, *, rehearsal: bool) -> list[Paper]:
    """Compose the forms and rasterise their blank pages."""
    faces, key = fonts.choose(folder.event.head.font), folder.key()
    papers = []
    for poll, form in forms:
        composed = ballots.compose(folder.event, poll, form, folder.regulation, faces)
        pdf = ballots.blank_form_pdf(composed, rehearsal)
        blanks = tuple(raster.render_pages(pdf, dpi))
        papers.append(Paper(composed.layout, blanks, key, dpi, rehearsal, pdf))
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
            yield simulate_page(Sheet(form, index, sheet, printed), hall.voters, hall.scanner, hall.seed, hall.stamps)


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


def _clear(target: Path) -> None:
    """Remove the scans of an earlier rehearsal, those that its truth names: two rehearsals never mix in one folder."""
    try:
        with (target / "truth.csv").open(encoding="utf-8", newline="") as file:
            old = {Path(row.source).name for row in read_truth(file)}
    except (OSError, ValueError, KeyError):
        return
    for name in old:
        (target / name).unlink(missing_ok=True)


def _write_truth(target: Path, rows: list[TruthRow]) -> Path:
    """``truth.csv``: sources named as a scan of ``rehearsal`` from the event folder names them."""
    path = target / "truth.csv"
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            write_truth(file, (replace(r, source=f"{FOLDER}/{r.source}") for r in rows))
    except OSError as fault:
        raise UsageError("day.cannot-write", path=path, why=system(fault)) from fault
    return path


# ---------------------------------------------------------------- the deck


@dataclass(frozen=True, slots=True)
class DeckReport:
    """A deck written. ``again``: with the codes of the deck that lay there, so that both are the same deck."""

    poll: str
    form: str
    files: tuple[Path, ...]
    ballots: int
    pages: int
    flagged: int
    again: bool


@dataclass(frozen=True, slots=True)
class DeckCheck:
    """A deck as read, against its plan: how many rows it has, and in words each that differs."""

    poll: str
    form: str
    rows: int
    differences: tuple[str, ...]


def make_deck(folder: EventFolder, poll: str | None = None, form: str | None = None) -> list[DeckReport]:
    """Write the pre-marked deck of each form chosen into ``rehearsal/deck/<poll>/<form>``; its codes are kept first.

    A deck that lies there and fits the form as it is now is written again with its own codes.
    """
    faces, key = fonts.choose(folder.event.head.font), folder.key()
    spoiling = _spoiling(folder)
    reports = []
    for the_poll, the_form in folder.forms(poll, form):
        composed = ballots.compose(folder.event, the_poll, the_form, folder.regulation, faces)
        target = _deck_folder(folder, the_poll, the_form)
        with folder.store() as store:
            codes, again = _deck_codes(store, composed, target)
        planned = decks.plan(composed.layout, codes)
        totals = decks.expected(composed.layout, planned, spoiling)
        pdf = BytesIO()
        ballots.write_pdf(pdf, composed, codes, key, rehearsal=True, marks=_pen_marks(planned))
        files = (
            write_bytes(target / "deck.pdf", pdf.getvalue()),
            write_text(target / "plan.csv", decks.plan_csv(planned)),
            write_text(target / "expected.json", decks.expected_json(composed.layout, totals)),
            write_text(target / "expected.csv", decks.expected_csv(composed.layout, totals)),
            write_note(folder, the_poll, the_form, planned, totals, target),
        )
        report = DeckReport(the_poll.id, the_form.id, files, totals.ballots, totals.pages, totals.flagged, again)
        reports.append(report)
    return reports


def _deck_folder(folder: EventFolder, poll: Poll, form: Form) -> Path:
    return folder.path / FOLDER / "deck" / poll.id / form.id


def _spoiling(folder: EventFolder) -> set[str]:
    """Readings of a row that spoil its whole ballot under the event's regulation."""
    effects = folder.regulation.effects
    rules = {BLANK: Rule.BLANK_ROW, MULTIPLE: Rule.MULTIPLE_ROW}
    return {reading for reading, rule in rules.items() if rule in effects and effects[rule].scope == "ballot"}


def _deck_codes(store: Store, composed: ballots.ComposedForm, target: Path) -> tuple[list[str], bool]:
    """The codes of the deck in ``target`` where it fits this layout, else fresh ones, kept in the store."""
    form = composed.layout
    text, count, issued = layout.to_json(form), len(decks.kinds(form)), store.issued_codes()
    fitting = {r.id for r in store.prints() if (r.rehearsal, r.layout) == (True, text)}
    try:
        lines = decks.read_plan((target / "plan.csv").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        lines = []
    codes = list(dict.fromkeys(code_of(line.ballot) for line in lines))
    if len(codes) == count and all(issued.get(c) in fitting for c in codes):
        return codes, True
    codes = code.mint(count, issued)
    blank = ballots.blank_form_pdf(composed, rehearsal=True)
    store.add_print(form.poll, form.form, rehearsal=True, layout=text, ballots=codes, blank=blank)
    return codes, False


def _pen_marks(planned: Iterable[decks.DeckBallot]) -> dict[tuple[str, int], list[ballots.PenStroke]]:
    marks: dict[tuple[str, int], list[ballots.PenStroke]] = {}
    for ballot in planned:
        for row in ballot.rows:
            strokes = [ballots.PenStroke(line, decks.PEN_MM, decks.PEN_GREY) for line in row.lines_mm]
            marks.setdefault((ballot.ballot, row.page), []).extend(strokes)
    return marks


def check_deck(folder: EventFolder, poll: str | None = None, form: str | None = None) -> list[DeckCheck]:
    """Compare what the machine read of the decks with their plans: plain rows plain, the others flagged.

    A deck comes out of the printer without seals: that one is missing is no difference.

    Forms without a deck are left out. Raises UsageError where there is none at all, or a plan cannot be read.
    """
    paths = [(p, f, _deck_folder(folder, p, f) / "plan.csv") for p, f in folder.forms(poll, form)]
    found = [(p, f, path) for p, f, path in paths if path.exists()]
    if not found:
        raise UsageError("day.deck.none", path=folder.path / FOLDER / "deck")
    count = load(folder)
    pages: dict[str, list[tuple[StoredPage, tuple[Rule, ...]]]] = {}
    for page in count.pages:
        findings = tuple(f for f in count.sorted.page_findings.get(page.id, ()) if f is not Rule.SEAL_MISSING)
        if not page.withdrawn and page.reading.status is PageStatus.READ and Rule.SAME_FILE not in findings:
            pages.setdefault(page.reading.ballot, []).append((page, findings))
    checks = []
    for the_poll, the_form, path in found:
        try:
            lines = decks.read_plan(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as fault:
            raise UsageError("day.deck.broken", path=path, why=fault) from fault
        checks.append(
            DeckCheck(
                the_poll.id, the_form.id, len(lines), tuple(_differences(f"{the_poll.id}/{the_form.id}", lines, pages))
            )
        )
    return checks


def _differences(
    form: str, lines: list[decks.PlanLine], pages: dict[str, list[tuple[StoredPage, tuple[Rule, ...]]]]
) -> Iterator[str]:
    """Where the readings of a deck leave its plan, in words."""
    if not any(line.ballot in pages for line in lines):
        yield t("day.deck.nothing", None, form=form)
        return
    for ballot in dict.fromkeys(line.ballot for line in lines):
        mine = pages.get(ballot, [])
        if not mine:
            yield t("day.deck.unread", None, ballot=ballot)
            continue
        for page, findings in mine:
            if findings:
                yield t("day.deck.page", None, ballot=ballot, page=page.reading.page, findings=_named(findings))
        rows: dict[int, list[RowReading]] = {}
        for page, _ in mine:
            for row in page.reading.rows:
                rows.setdefault(row.row, []).append(row)
        for line in (x for x in lines if x.ballot == ballot):
            where = {"ballot": ballot, "row": line.row, "candidate": line.candidate, "planned": line.reading}
            if line.row not in rows:
                yield t("day.deck.no-row", None, **where)
            for row in rows.get(line.row, []):
                if row.reading != line.reading:
                    yield t("day.deck.otherwise", None, read=row.reading, findings=_named(row.findings), **where)
                elif line.plain and row.findings:
                    yield t("day.deck.needless", None, findings=_named(row.findings), **where)
                elif not line.plain and not row.findings:
                    yield t("day.deck.silent", None, **where)


def _named(findings: Iterable[Rule]) -> str:
    return ", ".join(t(f"review.rule.{rule.value}.name") for rule in findings) or "–"
