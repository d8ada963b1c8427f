"""A rehearsal: printed sheets are marked by invented voters and scanned by a simulated scanner, and the truth is kept.

Each page depends on (seed, ballot, page) only: not on the other pages, their order or the number of workers. A
voter's pen and habits are the same on all pages of one ballot. Where seals are asked for the pages are in colour, and
those with a place for the seal are stamped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ballot_scan.rehearsal import colour, paperwork, scanner, voters
from ballot_scan.rehearsal.chance import Grey, generator
from ballot_scan.rehearsal.ink import draw_strokes
from ballot_scan.rehearsal.scanner import Scan, ScannerModel
from ballot_scan.rehearsal.sheets import Sheet
from ballot_scan.rehearsal.stamp import StampModel, draw_stamp
from ballot_scan.rehearsal.truth import PageTruth, TruthRow
from ballot_scan.rehearsal.voters import PageVote, Voter, VoterModel


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedPage:
    """One scanned page. ``image``: (height, width) grey as the sensor gave it; ``data``: the file as written."""

    source: str
    image: Grey
    data: bytes
    rows: tuple[TruthRow, ...]
    truth: PageTruth


def file_name(ballot: str, page: int, suffix: str) -> str:
    """Lower case and the same for the same page, e.g. ``thu-7k2qm-9xfd0-p1.jpg``."""
    return f"{ballot.lower()}-p{page}{suffix}"


def vote(sheet: Sheet, model: VoterModel, seed: int) -> tuple[Voter, PageVote]:
    """The voter of the sheet's ballot, and what the voter does to this page."""
    page = sheet.page_layout
    voter = voters.invent_voter(sheet.layout, model, generator(seed, sheet.ballot, 0, "voter"))
    return voter, voters.vote_page(sheet.layout, page, voter, model, generator(seed, sheet.ballot, page.page, "marks"))


def mark_sheet(sheet: Sheet, voted: PageVote, seed: int, toner: float = 0.0) -> Grey:
    """The sheet (a copy) with the strokes on it, not yet scanned. ``toner``: weakness of its print, 0-1."""
    rng = generator(seed, sheet.ballot, sheet.page_layout.page, "ink")
    image = _printed(sheet, toner, rng)
    draw_strokes(image, voted.strokes, sheet.dpi, rng)
    return image


def _printed(sheet: Sheet, toner: float, rng: np.random.Generator) -> Grey:
    image = sheet.image.copy()
    if toner > 0:
        paperwork.weaken_print(image, toner, rng)
    return image


def _behind(sheet: Sheet, model: VoterModel, seed: int) -> Grey:
    """The other side: the marks of another voter on a white page."""
    white = np.full_like(sheet.image, 255)
    other = Sheet(sheet.layout, sheet.page, white, sheet.ballot + " behind")
    return mark_sheet(other, vote(other, model, seed)[1], seed)


def simulate_page(
    sheet: Sheet, voter_model: VoterModel, scanner_model: ScannerModel, seed: int, stamps: StampModel | None = None
) -> SimulatedPage:
    """One page, from print to file; with ``stamps`` in colour, and sealed where the page has a place for it."""
    page = sheet.page_layout
    model = replace(scanner_model, dpi=sheet.dpi)
    scan: Scan = scanner.draw_scan(model, generator(seed, sheet.ballot, page.page, "scan"))
    if stamps is not None:
        scan = replace(scan, threshold=0.0)  # no colour scan has two levels
    _, voted = vote(sheet, voter_model, seed)
    marked = mark_sheet(sheet, voted, seed, scan.toner)
    behind = _behind(sheet, voter_model, seed) if scan.show_through > 0 else None
    rng = generator(seed, sheet.ballot, page.page, "picture")
    sealed = False
    if stamps is None:
        image = scanner.scan_page(marked, scan, rng, dpi=sheet.dpi, behind=behind)
        data, suffix = scanner.encode(image, scan, sheet.dpi)
    else:
        picture, sealed = _in_colour(sheet, marked, scan, stamps, seed, rng, behind)
        image = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
        data, suffix = scanner.encode_jpeg(picture, scan.jpeg_quality), ".jpg"
    source = file_name(sheet.ballot, page.page, suffix)
    no_seal = stamps is not None and page.seal_rect_mm is not None and not sealed
    how = ";".join((scanner_model.name, *scan.defects, *(("no-seal",) if no_seal else ())))
    rows = tuple(
        TruthRow(
            source, 1, sheet.layout.poll, sheet.layout.form, sheet.ballot, page.page,
            r.row.row, r.row.candidate, r.reading, r.doubtful, r.kind, how,
        )
        for r in voted.rows
    )  # fmt: skip
    struck = tuple(r.row.row for r in voted.rows if r.kind == "name-struck")
    truth = PageTruth(source, sheet.ballot, page.page, voted.extra_writing, voted.signature, struck, scan, sealed)
    return SimulatedPage(source, image, data, rows, truth)


def _in_colour(
    sheet: Sheet, marked: Grey, scan: Scan, stamps: StampModel, seed: int, rng: np.random.Generator,
    behind: Grey | None,
) -> tuple[colour.Colour, bool]:  # fmt: skip
    """The marked sheet stamped and scanned in colour, and whether it was stamped."""
    page = sheet.page_layout
    chance = generator(seed, sheet.ballot, page.page, "seal")
    stamp = draw_stamp(stamps, page.seal_rect_mm, chance) if page.seal_rect_mm is not None else None
    light = colour.draw_light(generator(seed, sheet.ballot, page.page, "light"))
    printed = _printed(sheet, scan.toner, generator(seed, sheet.ballot, page.page, "ink"))
    coloured = colour.sheet_in_colour(printed, marked, light.pen, stamp, sheet.dpi, chance)
    return colour.scan_in_colour(coloured, scan, light, rng, dpi=sheet.dpi, behind=behind), stamp is not None


def simulate(
    sheets: Iterable[Sheet],
    voter_model: VoterModel,
    scanner_model: ScannerModel,
    seed: int,
    stamps: StampModel | None = None,
) -> Iterator[SimulatedPage]:
    """Every sheet marked and scanned, in the order given, one in memory at a time."""
    for sheet in sheets:
        yield simulate_page(sheet, voter_model, scanner_model, seed, stamps)
