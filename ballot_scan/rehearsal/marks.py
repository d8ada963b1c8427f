"""Clear marks: the shapes, put where the rules for a clear mark hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import numpy as np

from ballot_scan.paper.layout import ContestRow, Rect
from ballot_scan.rehearsal import shapes
from ballot_scan.rehearsal.chance import around
from ballot_scan.rehearsal.pens import (
    MARKER,
    Pen,
    Stroke,
    centre_mm,
    drawn,
    length_mm,
    middles_mm,
    moved,
    reach_mm,
    shrunk,
)

INSET_MM = 0.35  # the middle of a clear mark lies at least this far inside the frame
INSIDE, INSIDE_MM = 0.4, 4.0  # of its ink's length, this share lies inside the frame, or this much
GUARD_MM = 0.5  # and its ink at least this far from any other box


class Reach(Protocol):
    """The part of a voter model that places marks."""

    @property
    def reach_mm(self) -> float: ...

    @property
    def spread_mm(self) -> float: ...


def middle(rect: Rect) -> tuple[float, float]:
    return rect[0] + rect[2] / 2, rect[1] + rect[3] / 2


def _lines(rng: np.random.Generator, kind: str, box: Rect, pen: Pen, size: float) -> shapes.Lines:
    w, h = box[2], box[3]
    room = max(min(w, h) - pen.width_mm, 1.0)
    if kind == "big-cross":
        return shapes.cross(rng, rng.uniform(8.0, w + 6.0), joined=rng.random() < 0.2)
    if kind == "small-cross":
        return shapes.cross(rng, rng.uniform(1.8, 2.8))
    if kind == "tick":
        return shapes.tick(rng, around(rng, 3.5, 6.0, 10.0) * size)
    if kind == "slash":
        return shapes.slash(rng, around(rng, 3.5, 6.0, 9.0) * size)
    if kind == "fill":
        return shapes.scribble(
            rng, w * rng.uniform(0.6, 0.95), h * rng.uniform(0.6, 0.95), max(pen.width_mm * 1.6, 0.7)
        )
    if kind == "circle-inside":
        return shapes.ring(rng, room * rng.uniform(0.45, 0.85), room * rng.uniform(0.45, 0.85))
    width = min(around(rng, 2.2, 5.0, 8.0) * size, 8.0)
    return shapes.cross(rng, width, joined=kind == "joined-cross", again=kind == "cross-again")


def _reach(box: Rect, others: list[Rect], reach_mm: float) -> float:
    """How far a mark may leave its box without coming near another."""
    gaps = [
        max(o[0] - box[0] - box[2], box[0] - o[0] - o[2], o[1] - box[1] - box[3], box[1] - o[1] - o[3]) for o in others
    ]
    return max(min([reach_mm, *(gap - GUARD_MM for gap in gaps)]), 0.0)


def fitted(
    strokes: tuple[Stroke, ...], box: Rect, others: list[Rect], reach_mm_: float, crossed: bool = False
) -> tuple[Stroke, ...]:
    """The strokes shrunk and moved as little as makes them a clear mark in ``box``. ``crossed``: they are a cross."""
    reach = _reach(box, others, reach_mm_)
    low = np.array([box[0] - reach, box[1] - reach])
    high = np.array([box[0] + box[2] + reach, box[1] + box[3] + reach])
    inset = min(INSET_MM, box[2] / 3, box[3] / 3)
    inner_low, inner_high = np.array(box[:2]) + inset, np.array(box[:2]) + box[2:] - inset
    for _ in range(8):
        extent = reach_mm(strokes)
        size, pen = np.array(extent[2:]) - extent[:2], strokes[0].pen.width_mm
        if (size > high - low).any():
            room = np.minimum((high - low - pen) / np.maximum(size - pen, 1e-3), 1.0) * 0.97
            strokes = shrunk(strokes, middle(box), *room.tolist())
            extent = reach_mm(strokes)
        lies = np.array([extent[:2], extent[2:]])
        strokes = moved(strokes, *(np.maximum(low - lies[0], 0) - np.maximum(lies[1] - high, 0)).tolist())
        middles = middles_mm(strokes, crossed)
        push = np.maximum(inner_low - middles.min(axis=0), 0) - np.maximum(middles.max(axis=0) - inner_high, 0)
        if not push.any():
            return strokes
        strokes = moved(strokes, *(push * 1.02).tolist())
        extent = reach_mm(strokes)
        if (np.array(extent[:2]) >= low).all() and (np.array(extent[2:]) <= high).all():
            return strokes
        strokes = shrunk(strokes, middle(box), 0.9, 0.9)
    return strokes


def other_boxes(row: ContestRow, level: int) -> list[Rect]:
    return [b.rect_mm for i, b in enumerate(row.boxes) if i != level]


def clear_mark(
    rng: np.random.Generator, kind: str, row: ContestRow, level: int, pen: Pen, size: float,
    bias_mm: tuple[float, float], model: Reach,
) -> tuple[Stroke, ...]:  # fmt: skip
    """A clear mark of a kind in box ``level`` (index) of the row."""
    box = row.boxes[level].rect_mm
    if pen.kind == MARKER and kind == "circle-inside":
        pen = replace(pen, width_mm=min(pen.width_mm, 0.9))
    x, y = middle(box)
    spread = model.spread_mm * (1.8 if kind == "off-centre" else 0.35 if kind in ("fill", "circle-inside") else 0.9)
    dx, dy = rng.normal(0, spread, 2).tolist()
    if kind not in ("fill", "circle-inside"):
        dx, dy = dx + bias_mm[0], dy + bias_mm[1]
    strokes = drawn(rng, _lines(rng, kind, box, pen, size), (x + dx, y + dy), pen)
    others, reach = other_boxes(row, level), 0.0 if kind == "circle-inside" else model.reach_mm
    crossed = kind not in ("tick", "slash", "fill", "circle-inside")
    for _ in range(12):
        strokes = fitted(strokes, box, others, reach, crossed)
        inside, total = length_mm(strokes, box)
        if inside >= min(INSIDE * total, INSIDE_MM):
            break
        cx, cy = centre_mm(strokes)
        strokes = moved(strokes, 0.25 * (x - cx), 0.25 * (y - cy))
    return fitted(strokes, box, others, reach, crossed)


def specks(rng: np.random.Generator, row: ContestRow) -> tuple[Stroke, ...]:
    """One to three specks of dirt below 0.45 mm, somewhere in the row's boxes."""
    strokes: list[Stroke] = []
    for _ in range(int(rng.integers(1, 4))):
        x, y, w, h = row.boxes[int(rng.integers(len(row.boxes)))].rect_mm
        size = rng.uniform(0.12, 0.40)
        place = np.array([rng.uniform(x + 0.7, x + w - 0.7), rng.uniform(y + 0.7, y + h - 0.7)])
        points = np.stack([place, place + rng.normal(0, 0.01, 2)])
        strokes.append(Stroke(points, np.full(2, size), Pen("speck", size, rng.uniform(30, 160))))
    return tuple(strokes)
