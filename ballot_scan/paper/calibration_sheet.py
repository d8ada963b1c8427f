"""The calibration sheet: greys, line pairs, boxes, marks and a scale, printed where ``calibration/sheet.toml`` says.

The same definition tells the reader (``scan/calibrate.py``) what lies where.
"""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ballot_scan import data, text
from ballot_scan.paper import markers
from ballot_scan.paper.ballots import document
from ballot_scan.paper.drawing import Cells, Frame, Line, Mark, Words, cross, draw
from ballot_scan.paper.fonts import FontFamily
from ballot_scan.paper.layout import Box, ContestRow, FiducialMark, PageLayout, Rect
from ballot_scan.paper.typeset import LEADING, wrap

FORMAT = "calibration-sheet/1"
_SMALL_PT = 6.5
_MM_PER_PT = 25.4 / 72


@dataclass(frozen=True, slots=True)
class Field:
    """One grey field of a wedge. ``percent`` of black."""

    percent: int
    rect_mm: Rect


@dataclass(frozen=True, slots=True)
class LinePairs:
    """One group of lines as wide as their gaps. ``upright``: the lines run along the sheet's height."""

    width_mm: float
    upright: bool
    rect_mm: Rect


@dataclass(frozen=True, slots=True)
class BoxRow:
    """Boxes in a row, each with a cross of ``mark`` percent of black; 0: empty."""

    mark: int
    rects_mm: tuple[Rect, ...]


@dataclass(frozen=True, slots=True)
class ScaleCross:
    middle_mm: tuple[float, float]
    high_mm: float
    wide_mm: float
    tick_mm: float
    line_mm: float


@dataclass(frozen=True, slots=True)
class SheetWords:
    text: str
    at_mm: tuple[float, float]
    size_pt: float
    align: Any
    bold: bool
    width_mm: float


@dataclass(frozen=True, slots=True)
class CalibrationSheet:
    """What lies where. ``strips_mm``: bare paper right across the sheet, crossed by the cross only."""

    page_size_mm: tuple[float, float]
    code: str
    fiducials: tuple[FiducialMark, ...]
    code_rects_mm: tuple[Rect, ...]
    cross: ScaleCross
    fields: tuple[Field, ...]
    pairs: tuple[LinePairs, ...]
    rows: tuple[BoxRow, ...]
    frame_line_mm: float
    mark_reach_mm: float
    mark_line_mm: float
    strips_mm: tuple[Rect, ...]
    words: tuple[SheetWords, ...]

    def page(self) -> PageLayout:
        """Markers, codes and boxes as a page of a ballot, for the reader's own functions."""
        rows = tuple(
            ContestRow(n, f"row-{n}", "", (0.0, 0.0, 0.0, 0.0), tuple(Box(str(i), r) for i, r in enumerate(v.rects_mm)))
            for n, v in enumerate(self.rows, start=1)
        )
        return PageLayout(1, self.fiducials, self.code_rects_mm, rows)


def _rect(values: Any) -> Rect:
    x, y, w, h = (float(v) for v in values)
    return (x, y, w, h)


def _fields(wedge: dict[str, Any]) -> list[Field]:
    (x, y), (w, h) = wedge["at_mm"], wedge["field_mm"]
    return [Field(int(p), (x + i * w, y, w, h)) for i, p in enumerate(wedge["percent"])]


def _pairs(block: dict[str, Any]) -> list[LinePairs]:
    (x, y), (w, h), pitch = block["at_mm"], block["group_mm"], block["pitch_mm"]
    upright = block["direction"] == "upright"
    return [LinePairs(float(v), upright, (x + i * pitch, y, w, h)) for i, v in enumerate(block["width_mm"])]


@functools.cache
def sheet() -> CalibrationSheet:
    """The sheet that comes with the program. Raises ValueError for a definition of another format."""
    raw = tomllib.loads(data.files("calibration").joinpath("sheet.toml").read_text(encoding="utf-8"))
    if raw["format"] != FORMAT:
        raise ValueError(f"calibration/sheet.toml: format {raw['format']!r}, expected {FORMAT!r}")
    boxes, side, limbs = raw["boxes"], float(raw["boxes"]["side_mm"]), raw["cross"]
    rows = [
        BoxRow(int(r["mark"]), tuple((float(x), float(r["y_mm"]), side, side) for x in r["x_mm"])) for r in boxes["row"]
    ]
    words = [
        SheetWords(
            w["text"],
            tuple(w["at_mm"]),
            float(w["size_pt"]),
            w["align"],
            bool(w.get("bold", False)),
            float(w.get("width_mm", 0)),
        )
        for w in raw["words"]
    ]
    return CalibrationSheet(
        page_size_mm=(float(raw["page_size_mm"][0]), float(raw["page_size_mm"][1])),
        code=str(raw["code"]),
        fiducials=tuple(FiducialMark(int(m["id"]), str(m["corner"]), _rect(m["rect_mm"])) for m in raw["marker"]),
        code_rects_mm=tuple(_rect(r) for r in raw["codes"]["rects_mm"]),
        cross=ScaleCross(
            (float(limbs["middle_mm"][0]), float(limbs["middle_mm"][1])),
            *(float(limbs[k]) for k in ("high_mm", "wide_mm", "tick_mm", "line_mm")),
        ),
        fields=tuple(f for w in raw["wedge"] for f in _fields(w)),
        pairs=tuple(p for b in raw["lines"] for p in _pairs(b)),
        rows=tuple(rows),
        frame_line_mm=float(boxes["line_mm"]),
        mark_reach_mm=float(boxes["cross_reach_mm"]),
        mark_line_mm=float(boxes["cross_line_mm"]),
        strips_mm=tuple(_rect(s["rect_mm"]) for s in raw["strip"]),
        words=tuple(words),
    )


# ---------------------------------------------------------------- drawing


def calibration_pdf(fonts: FontFamily, lang: str) -> bytes:
    """The sheet as a PDF of one page; equal arguments give equal bytes."""
    what = sheet()
    title = text.t("calibrate.sheet.title", lang)
    buffer = BytesIO()
    canvas = document(buffer, what.page_size_mm, fonts.regular, lang, title, "ballot_scan")
    draw(canvas, what.page_size_mm[1], _marks(what, fonts, lang))
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _marks(what: CalibrationSheet, fonts: FontFamily, lang: str) -> list[Mark]:
    marks: list[Mark] = [_cells(f.rect_mm, markers.aruco_cells(f.id)) for f in what.fiducials]
    marks += [_cells(rect, markers.code_cells(what.code)) for rect in what.code_rects_mm]
    marks += _cross(what.cross, fonts)
    for field in what.fields:
        marks += _field(field, fonts)
    for pair in what.pairs:
        marks += _group(pair, fonts, lang)
    for row in what.rows:
        marks += _boxes(what, row)
    for words in what.words:
        marks += _words(words, fonts, lang)
    return marks


def _cells(rect: Rect, cells: NDArray[np.bool_]) -> Cells:
    """The black cells of a marker or code, runs of one line joined."""
    x, y, w, _ = rect
    cell = w / len(cells)
    rects: list[Rect] = []
    for row, line in enumerate(cells):
        edges = np.flatnonzero(np.diff(np.concatenate([[False], line, [False]]).astype(np.int8)))
        for first, last in edges.reshape(-1, 2).tolist():
            rects.append((x + first * cell, y + row * cell, (last - first) * cell, cell))
    return Cells(tuple(rects))


def _cross(limbs: ScaleCross, fonts: FontFamily) -> list[Mark]:
    x, y = limbs.middle_mm
    marks: list[Mark] = [
        Line(x, y - limbs.high_mm / 2, x, y + limbs.high_mm / 2, limbs.line_mm),
        Line(x - limbs.wide_mm / 2, y, x + limbs.wide_mm / 2, y, limbs.line_mm),
    ]
    for n in range(round(limbs.high_mm / limbs.tick_mm) + 1):
        at = y - limbs.high_mm / 2 + n * limbs.tick_mm
        long = 2.2 if n % 5 == 0 else 1.1
        marks.append(Line(x - long, at, x + long, at, limbs.line_mm))
    for n in range(round(limbs.wide_mm / limbs.tick_mm) + 1):
        at = x - limbs.wide_mm / 2 + n * limbs.tick_mm
        long = 2.2 if n % 5 == 0 else 1.1
        marks.append(Line(at, y - long, at, y + long, limbs.line_mm))
    marks.append(Words(x, y - limbs.high_mm / 2 - 1.0, f"{limbs.high_mm:.0f} mm", fonts.regular, 8.0, "centre"))
    marks.append(Words(x + limbs.wide_mm / 2 + 1.5, y + 1.0, f"{limbs.wide_mm:.0f} mm", fonts.regular, 8.0))
    return marks


def _field(field: Field, fonts: FontFamily) -> list[Mark]:
    x, y, w, h = field.rect_mm
    marks: list[Mark] = []
    if field.percent:
        marks.append(Line(x, y + h / 2, x + w, y + h / 2, h, 1 - field.percent / 100))
    marks.append(Words(x + w / 2, y + h + 2.9, f"{field.percent}", fonts.regular, _SMALL_PT, "centre"))
    return marks


def _group(pair: LinePairs, fonts: FontFamily, lang: str) -> list[Mark]:
    x, y, w, h = pair.rect_mm
    rects: list[Rect] = []
    along = w if pair.upright else h
    for n in range(int(along / (2 * pair.width_mm) + 0.5)):
        at = 2 * n * pair.width_mm
        rects.append((x + at, y, pair.width_mm, h) if pair.upright else (x, y + at, w, pair.width_mm))
    marks: list[Mark] = [Cells(tuple(rects))]
    if not pair.upright:
        width = f"{pair.width_mm:.2f} mm".replace(".", "," if lang == "vi" else ".")
        marks.append(Words(x + w / 2, y + h + 2.9, width, fonts.regular, _SMALL_PT, "centre"))
    return marks


def _boxes(what: CalibrationSheet, row: BoxRow) -> list[Mark]:
    marks: list[Mark] = []
    for rect in row.rects_mm:
        marks.append(Frame(rect, what.frame_line_mm))
        if row.mark:
            x, y = rect[0] + rect[2] / 2, rect[1] + rect[3] / 2
            for stroke in cross(x, y, what.mark_reach_mm, what.mark_line_mm):
                ends = (stroke.x0_mm, stroke.y0_mm, stroke.x1_mm, stroke.y1_mm)
                marks.append(Line(*ends, what.mark_line_mm, 1 - row.mark / 100))
    return marks


def _words(words: SheetWords, fonts: FontFamily, lang: str) -> list[Mark]:
    said = text.t(f"calibrate.sheet.{words.text}", lang)
    face = fonts.bold if words.bold else fonts.regular
    x, y = words.at_mm
    if not words.width_mm:
        return [Words(x, y, said, face, words.size_pt, words.align)]
    lines = wrap(fonts, said, face, words.size_pt, words.width_mm).lines
    step = words.size_pt * LEADING * _MM_PER_PT
    return [Words(x, y + i * step, line, face, words.size_pt, words.align) for i, line in enumerate(lines)]
