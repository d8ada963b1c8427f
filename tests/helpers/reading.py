"""What the reader's tests stand on: one printed form of twelve rows, marked and distorted without the simulator."""

from __future__ import annotations

import functools
import io
from collections.abc import Iterable
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.event.model import Event
from ballot_scan.event.regulation import effective_regulation
from ballot_scan.paper import ballots, fonts, raster
from ballot_scan.paper.layout import FormLayout
from ballot_scan.records import PageReading, Rule
from ballot_scan.scan import ink
from ballot_scan.scan.reader import FormBook, read

Picture = NDArray[np.uint8]
KEY = bytes(range(32))
ROWS = 12
PENS = {
    "ball pen": {"width_mm": 0.43, "ink": 91},
    "gel pen": {"width_mm": 0.3, "ink": 35},
    "marker": {"width_mm": 1.0, "ink": 8},
    "pencil": {"width_mm": 0.45, "ink": 150},
}


def event(name: str = "reading", rows: int = ROWS, paper: str = "A4", regulation: str = "262-QD-TW") -> Event:
    people = [{"id": f"p{i}", "name": f"Nguyễn Văn {i}", "position": "Ủy viên"} for i in range(1, rows + 1)]
    poll = {"id": "p", "name": "Hội nghị", "date": "2026-05-01", "form": [{"paper": paper, "candidate": people}]}
    head = {"id": name, "title": "Thử máy đọc", "organ": "Ban Tổ chức", "regulation": regulation}
    return Event.model_validate({"event": head, "poll": [poll]})


@functools.cache
def form(
    name: str = "reading", rows: int = ROWS, paper: str = "A4", regulation: str = "262-QD-TW"
) -> ballots.ComposedForm:
    e = event(name, rows, paper, regulation)
    return ballots.compose(e, e.polls[0], e.polls[0].forms[0], effective_regulation(e), fonts.choose())


@functools.cache
def _printed(name: str, dpi: int, rows: int, paper: str, regulation: str) -> Picture:
    out = io.BytesIO()
    ballots.write_pdf(out, form(name, rows, paper, regulation), ["0123456789"], KEY, rehearsal=False)
    return raster.render_pages(out.getvalue(), dpi)[0]


def sheet(
    name: str = "reading", dpi: int = 200, rows: int = ROWS, paper: str = "A4", regulation: str = "262-QD-TW"
) -> Picture:
    """A fresh picture of the printed ballot."""
    return _printed(name, dpi, rows, paper, regulation).copy()


def layout(rows: int = ROWS, paper: str = "A4") -> FormLayout:
    return form("reading", rows, paper).layout


def book(rows: int = ROWS, paper: str = "A4", *, blanks: bool = False) -> FormBook:
    """What the reader knows; with ``blanks`` the blank form too, so that it looks for ink off the boxes."""
    known = {}
    if blanks:
        pdf = ballots.blank_form_pdf(form("reading", rows, paper))
        for page, picture in zip(layout(rows, paper).pages, raster.render_pages(pdf, ink.BLANK_DPI), strict=True):
            known[("p", "main", page.page, False)] = ink.blank_of(picture, page)
    return FormBook("reading", (layout(rows, paper),), (), KEY, known)


def middle(row: int, level: int, paper: str = "A4", rows: int = ROWS) -> tuple[float, float]:
    """The middle of a printed box (rows and levels from 0), mm."""
    x, y, w, h = layout(rows, paper).pages[0].rows[row].boxes[level].rect_mm
    return x + w / 2, y + h / 2


def stroke(page: Picture, a_mm: tuple[float, float], b_mm: tuple[float, float], width_mm: float = 0.45,
           ink: int = 85, dpi: int = 200) -> None:  # fmt: skip
    """One straight pen stroke, never lighter than what it crosses."""
    k = dpi / 25.4
    drawn = np.full_like(page, 255)
    shift = 4
    points = [tuple(round(v * k * 2**shift) for v in p) for p in (a_mm, b_mm)]
    cv2.line(drawn, points[0], points[1], ink, max(1, round(width_mm * k)), cv2.LINE_AA, shift)
    np.minimum(page, drawn, out=page)


def crease(page: Picture, y0_mm: float, y1_mm: float, width_mm: float, ink: int) -> None:
    """A crease from edge to edge, as dark as ``ink`` here and hardly to be seen there: an even line is a pen's."""
    chance = np.random.default_rng(5)
    ys = np.linspace(y0_mm, y1_mm, 36)
    for i, (a, b) in enumerate(pairwise(ys)):
        tone = round(ink + (240 - ink) * chance.uniform(0, 0.9))
        stroke(page, (6.0 * i, float(a)), (6.0 * i + 6.0, float(b)), width_mm, tone)


def cross(page: Picture, row: int, level: int, *, size_mm: float = 4.5, at: tuple[float, float] = (0.0, 0.0),
          dpi: int = 200, **pen: float) -> None:  # fmt: skip
    """A cross in a box (rows and levels from 0), its middle ``at`` mm from the box's middle."""
    x, y = middle(row, level)
    cross_at(page, (x + at[0], y + at[1]), size_mm=size_mm, dpi=dpi, **pen)


def cross_at(page: Picture, at_mm: tuple[float, float], *, size_mm: float = 4.5, dpi: int = 200, **pen: float) -> None:
    """A cross with its middle at a place of the sheet."""
    (x, y), r = at_mm, size_mm / 2
    for s in (1, -1):
        stroke(page, (x - r, y - s * r), (x + r, y + s * r), dpi=dpi, **pen)  # type: ignore[arg-type]


CHOICES = tuple(i % 3 for i in range(ROWS))
LEVELS = ("high", "medium", "low")


def crosses(*but: int, dpi: int = 200, **pen: float) -> Picture:
    """A ballot with one clear cross in every row ``but`` some (from 0), the levels in turn."""
    page = sheet(dpi=dpi)
    for row, level in enumerate(CHOICES):
        if row not in but:
            cross(page, row, level, dpi=dpi, **pen)  # type: ignore[arg-type]
    return page


def filled(dpi: int = 200, **pen: float) -> Picture:
    """A ballot with one clear cross in every row, the levels in turn."""
    return crosses(dpi=dpi, **pen)


def read_sheet(page: Picture, degrees: float | None = None, *, soft_px: float = 0.0, rows: int = ROWS,
               paper: str = "A4") -> PageReading:  # fmt: skip
    """The reading of a sheet by a reader that knows its blank form: as it is, or ``soft_px`` blurred; turned in a
    larger white picture, where ``degrees`` are given."""
    if soft_px:
        page = np.asarray(cv2.GaussianBlur(page, (0, 0), soft_px), np.uint8)
    if degrees is not None:
        page = turned(page, degrees, bed=255, grow=1.04)
    return read(page, book(rows, paper, blanks=True))


def doubtful_rows(reading: PageReading) -> list[int]:
    """Numbers (from 1) of the rows that are flagged for more than being blank."""
    return [row.row for row in reading.rows if set(row.findings) - {Rule.BLANK_ROW}]


def readings(page: Picture, known: FormBook | None = None) -> PageReading:
    return read(page, known or book())


def plain_and_right(reading: PageReading) -> bool:
    """Every row of ``filled`` read as marked, none flagged, nor the page."""
    rows = [(r.reading, r.findings) for r in reading.rows]
    return reading.status == "read" and not reading.findings and rows == [(LEVELS[i], ()) for i in CHOICES]


def moved(page: Picture, matrix: NDArray[np.float64], size: tuple[int, int] | None = None, bed: int = 255) -> Picture:
    """The page under an affine map (2, 3), on a scanner bed of grey ``bed``."""
    height, width = page.shape
    return np.asarray(cv2.warpAffine(page, matrix, size or (width, height), borderValue=bed), dtype=np.uint8)


def turned(page: Picture, degrees: float, scale: float = 1.0, bed: int = 255, grow: float = 1.0) -> Picture:
    height, width = page.shape
    size = (round(width * grow), round(height * grow))
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, scale)
    matrix[:, 2] += ((size[0] - width) / 2, (size[1] - height) / 2)
    return moved(page, matrix, size, bed)


def polyline(page: Picture, points: Iterable[Iterable[float]], **pen: float) -> None:
    """Strokes from each point (mm) to the next."""
    for (xa, ya), (xb, yb) in pairwise(points):
        stroke(page, (xa, ya), (xb, yb), **pen)  # type: ignore[arg-type]


def zigzag(page: Picture, x: float, y: float, length: float = 20, height: float = 4, **pen: float) -> None:
    """Something written, ``length`` mm from ``x``, ``y`` (its lower edge)."""
    step = 1.6
    polyline(page, [(x + i * step, y - height * (i % 2)) for i in range(int(length / step) + 1)], **pen)
