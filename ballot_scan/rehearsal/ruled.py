"""Lines drawn over the table, through a row that has its mark or down a column: a voter who takes it all back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ballot_scan.paper.layout import PageLayout
from ballot_scan.rehearsal.chance import Points, pick
from ballot_scan.rehearsal.pens import MAKERS, Pen, Stroke, drawn
from ballot_scan.rehearsal.shapes import line

OVER_ROW, DOWN_COLUMN = "line-over-row", "line-down-column"
KINDS = (OVER_ROW, DOWN_COLUMN)

_EDGE_MM = 6.0  # a line over the whole sheet begins and ends so far from its edge, at least
_OWN_PEN = 0.8  # share of lines that the ballot's own pen draws
_RULER = 0.25  # … and that are drawn along a ruler


@dataclass(frozen=True, slots=True, eq=False)
class Ruled:
    """A line over some rows (indices of the page). ``kind``: ``OVER_ROW`` or ``DOWN_COLUMN``."""

    kind: str
    rows: tuple[int, ...]
    strokes: tuple[Stroke, ...]


def rule(
    page: PageLayout,
    size_mm: tuple[float, float],
    pen: Pen,
    pens: tuple[tuple[str, float], ...],
    rng: np.random.Generator,
) -> Ruled:
    """One line over a page, mostly by the voter's own ``pen``, else by one of the ``pens``: across one row (its boxes,
    from the name on, or the whole sheet) or down one column of boxes (some rows, or the whole sheet)."""
    pen = pen if rng.random() < _OWN_PEN else MAKERS[pick(rng, pens)](rng)
    return _down(page, size_mm, pen, rng) if rng.random() < 0.4 else _across(page, size_mm, pen, rng)


def _across(page: PageLayout, size_mm: tuple[float, float], pen: Pen, rng: np.random.Generator) -> Ruled:
    at = int(rng.integers(len(page.rows)))
    row = page.rows[at]
    first, last = row.boxes[0].rect_mm, row.boxes[-1].rect_mm
    ends = {
        "boxes": (first[0] - rng.uniform(0, 4), last[0] + last[2] + rng.uniform(0, 4)),
        "name": (row.name_rect_mm[0] + rng.uniform(0, 10), last[0] + last[2] + rng.uniform(-1, 4)),
        "sheet": (rng.uniform(_EDGE_MM, 12), size_mm[0] - rng.uniform(_EDGE_MM, 12)),
    }
    left, right = ends[pick(rng, (("boxes", 0.45), ("name", 0.35), ("sheet", 0.2)))]
    middle = first[1] + first[3] / 2 + rng.normal(0, 0.6)
    points = _points(rng, right - left, rng.normal(0, 1.0))
    points[:, 1] = np.clip(points[:, 1], -0.4 * first[3], 0.4 * first[3])
    return Ruled(OVER_ROW, (at,), drawn(rng, [points], ((left + right) / 2, middle), pen))


def _down(page: PageLayout, size_mm: tuple[float, float], pen: Pen, rng: np.random.Generator) -> Ruled:
    column = int(rng.integers(min(len(row.boxes) for row in page.rows)))
    boxes = [row.boxes[column].rect_mm for row in page.rows]
    whole = len(boxes) < 2 or rng.random() < 0.35
    start = 0 if whole else int(rng.integers(len(boxes) - 1))
    end = len(boxes) - 1 if whole else int(rng.integers(start + 1, len(boxes)))
    top, foot = boxes[start][1] - rng.uniform(0.5, 2.0), boxes[end][1] + boxes[end][3] + rng.uniform(0.5, 2.0)
    if whole and rng.random() < 0.5:
        top, foot = rng.uniform(_EDGE_MM, 12), size_mm[1] - rng.uniform(_EDGE_MM, 12)
    x, _, w, _ = boxes[start]
    points = _points(rng, foot - top, rng.normal(0, 1.0))[:, ::-1]
    points = np.column_stack([np.clip(points[:, 0], -0.4 * w, 0.4 * w), points[:, 1]])
    strokes = drawn(rng, [points], (x + w / 2 + rng.normal(0, 0.3), (top + foot) / 2), pen)
    return Ruled(DOWN_COLUMN, tuple(range(start, end + 1)), strokes)


def _points(rng: np.random.Generator, length: float, rise: float) -> Points:
    """A line to the right, free-hand or along a ruler."""
    points = line(rng, length, rise)[0]
    if rng.random() < _RULER:
        points[:, 1] = np.interp(points[:, 0], [-length / 2, length / 2], [rise / 2, -rise / 2])
    return points
