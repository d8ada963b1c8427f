"""The accuracy benchmark's grid of conditions, and its pages: each from a condition and a seed alone."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass, replace

from ballot_scan.errors import InputError
from ballot_scan.event.model import Event
from ballot_scan.event.regulation import effective_regulation
from ballot_scan.paper import ballots, code, fonts, raster
from ballot_scan.paper.layout import FormLayout
from ballot_scan.records import BallotCode
from ballot_scan.rehearsal import pens, scanner, voters
from ballot_scan.rehearsal.scanner import ScannerModel
from ballot_scan.rehearsal.sheets import Sheet, compose_sheet
from ballot_scan.rehearsal.simulate import SimulatedPage, simulate_page
from ballot_scan.rehearsal.stamp import StampModel
from ballot_scan.rehearsal.voters import VoterModel
from ballot_scan.scan import intake
from ballot_scan.scan.ink import BLANK_DPI, blank_of
from ballot_scan.scan.pictures import Grey
from ballot_scan.scan.reader import FormBook

KEY = bytes(range(32))


@dataclass(frozen=True, slots=True)
class Ballot:
    """What is printed: on which paper, how many persons, by which regulation, with short or long names and posts."""

    paper: str
    persons: int
    regulation: str = "262-QD-TW"
    long: bool = False


BALLOTS = {
    "A4": Ballot("A4", 12),
    "A5": Ballot("A5", 5),
    "two levels": Ballot("A4", 10, "bo-phieu"),
    "one person": Ballot("A5", 1),
    "four pages": Ballot("A4", 50, "96-2023-QH15", long=True),
}
NAMES = ("Nguyễn Thị Phương Thảo", "Hồ Đức", "Công Tằng Tôn Nữ Thị Hoàng Yến Nhi", "Lê Văn Bình", "Y Thông")
POSTS = ("Bí thư", "Phó Chủ tịch Hội đồng nhân dân tỉnh, Trưởng Ban Pháp chế kiêm Chánh Văn phòng", "Ủy viên", "")


@dataclass(frozen=True, slots=True)
class Condition:
    """One cell of the grid. ``group``: ordinary, hard (beyond an ordinary scan in any respect) or bilevel. ``ballot``
    is one of ``BALLOTS``."""

    name: str
    group: str
    weight: int
    ballot: str
    dpi: int
    voter: VoterModel
    scan: ScannerModel


def grid() -> tuple[Condition, ...]:
    """Every condition with its share of the chunks."""
    models = {"ordinary": (voters.ORDINARY, scanner.ORDINARY), "hard": (voters.HARD, scanner.HARD)}
    quality = {"ordinary": (65.0, 90.0), "hard": (45.0, 90.0)}
    cells = []
    for scans, (voter, model) in models.items():
        grey = replace(model, bilevel_rate=0.0, jpeg_quality=quality[scans])
        g4 = replace(model, bilevel_rate=1.0)
        for paper, dpi, weight in (("A4", 200, 6), ("A4", 300, 3), ("A5", 200, 3), ("A5", 300, 2)):
            cells.append(Condition(f"{paper}, {dpi} dpi, {scans}", scans, weight, paper, dpi, voter, grey))
        for pen in (pens.BALL, pens.GEL, pens.MARKER, pens.PENCIL):
            group = "hard" if pen == pens.PENCIL else scans  # ordinary: one row in twenty in pencil
            only = replace(voter, pens=((pen, 1.0),))
            cells.append(Condition(f"A4, 200 dpi, {scans}, {pen} only", group, 1, "A4", 200, only, grey))
        for ballot in ("two levels", "one person", "four pages"):
            name = f"{BALLOTS[ballot].paper}, 200 dpi, {scans}, {ballot}"
            cells.append(Condition(name, scans, 1, ballot, 200, voter, grey))
        for paper, dpi in (("A4", 200), ("A4", 300), ("A5", 200)):
            cells.append(Condition(f"{paper}, {dpi} dpi, {scans}, G4", "bilevel", 1, paper, dpi, voter, g4))
    voter, model = models["ordinary"]
    coarse = replace(model, jpeg_quality=(45.0, 64.0))
    for dpi in (200, 300):
        cells.append(Condition(f"A4, {dpi} dpi, ordinary, JPEG 45-64", "hard", 1, "A4", dpi, voter, coarse))
    return tuple(cells)


GRID = grid()
BY_NAME = {c.name: c for c in GRID}


def schedule() -> tuple[Condition, ...]:
    """The order of the chunks' conditions, repeated for ever: whenever a run stops, shares are nearly as weighted."""
    turns = sorted((((i + 0.5) / c.weight, n) for n, c in enumerate(GRID) for i in range(c.weight)))
    return tuple(GRID[n] for _, n in turns)


SCHEDULE = schedule()


# ---------------------------------------------------------------- one page


@functools.cache
def composed(name: str) -> ballots.ComposedForm:
    """The form of one of ``BALLOTS``."""
    ballot = BALLOTS[name]
    numbers = range(1, ballot.persons + 1)
    if ballot.long:
        shown = [(NAMES[i % len(NAMES)], POSTS[i % len(POSTS)]) for i in numbers]
    else:
        shown = [(f"Nguyễn Văn {i}", "Ủy viên") for i in numbers]
    people = [{"id": f"p{i}", "name": n, "position": post} for i, (n, post) in zip(numbers, shown, strict=True)]
    poll = {"id": "p", "name": "Hội nghị", "date": "2026-05-01", "form": [{"paper": ballot.paper, "candidate": people}]}
    head = {"id": "bench", "title": "Thử máy đọc", "organ": "Ban Tổ chức", "regulation": ballot.regulation}
    event = Event.model_validate({"event": head, "poll": [poll]})
    one, regulation = event.polls[0], effective_regulation(event)
    return ballots.compose(event, one, one.forms[0], regulation, fonts.choose())


@functools.cache
def paper(name: str, dpi: float) -> tuple[FormLayout, tuple[Grey, ...]]:
    """The layout of a ballot, and its blank pages as pictures."""
    pdf = ballots.blank_form_pdf(composed(name), False)
    return composed(name).layout, tuple(raster.render_pages(pdf, dpi))


@functools.cache
def book(name: str) -> FormBook:
    """What a scan knows of the paper."""
    form, pages = paper(name, BLANK_DPI)
    blanks = {(form.poll, form.form, p.page, False): blank_of(b, p) for p, b in zip(form.pages, pages, strict=True)}
    return FormBook(form.event, (form,), (), KEY, blanks)


def ballot_of(seed: int) -> str:
    """Ten characters that name the ballot of a seed."""
    return code.base32(hashlib.sha256(f"accuracy\0{seed}".encode()).digest(), 10)


def simulated(condition: Condition, seed: int, stamps: StampModel | None = None) -> SimulatedPage:
    """One page of a ballot, marked and scanned: of several the seed takes one. With ``stamps`` in colour, sealed."""
    form, blanks = paper(condition.ballot, condition.dpi)
    number = seed % len(form.pages)
    ballot, page = ballot_of(seed), form.pages[number]
    text = code.payload(KEY, form.event, form.poll, form.form, page.page, ballot, rehearsal=False)
    image = compose_sheet(blanks[number], page, text, condition.dpi)
    printed = BallotCode(False, "", "", page.page, ballot, "").printed
    return simulate_page(Sheet(form, number, image, printed), condition.voter, condition.scan, seed, stamps)


def opened(page: SimulatedPage) -> Grey:
    """The file as the reader gets it."""
    _, grey = next(iter(intake.pages(page.source, page.data, 1, 1)))
    if isinstance(grey, InputError):
        raise grey
    return grey
