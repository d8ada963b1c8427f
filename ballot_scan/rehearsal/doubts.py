"""Marks that a person must see: each kind as a function that gives the strokes and what the voter meant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ballot_scan.paper.layout import ContestRow, Rect
from ballot_scan.records import BLANK, MULTIPLE
from ballot_scan.rehearsal import marks, pens, shapes
from ballot_scan.rehearsal.chance import around
from ballot_scan.rehearsal.pens import Pen, Stroke, drawn, moved, reach_mm

Strokes = tuple[Stroke, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """What a kind starts from: the row, the box meant (index), the voter's pen and a clear cross in that box."""

    rng: np.random.Generator
    row: ContestRow
    level: int
    pen: Pen
    own: Strokes

    @property
    def meant(self) -> str:
        return self.row.boxes[self.level].level

    @property
    def box(self) -> Rect:
        return self.row.boxes[self.level].rect_mm

    def another(self) -> int:
        """Index of any other box of the row."""
        return int((self.level + self.rng.integers(1, len(self.row.boxes))) % len(self.row.boxes))


@dataclass(frozen=True, slots=True, eq=False)
class Doubt:
    """``reading``: what was meant, as far as anybody can tell."""

    reading: str
    strokes: Strokes


Maker = Callable[[Case], Doubt]


def _pen_rest(c: Case) -> Doubt:
    """A clear mark, and a blot of 0.55-1.2 mm where the pen rested in another box."""
    size = c.rng.uniform(0.55, 1.2)
    x, y, w, h = c.row.boxes[c.another()].rect_mm
    place = np.array([c.rng.uniform(x + 1.2, x + w - 1.2), c.rng.uniform(y + 1.2, y + h - 1.2)])
    points = place + c.rng.normal(0, 0.05, (3, 2))
    pen = replace(c.pen, width_mm=size, grain=min(c.pen.grain, 0.1))
    return Doubt(c.meant, (*c.own, Stroke(points, np.full(3, size), pen)))


def _hesitant(c: Case) -> Doubt:
    """One hesitant stroke, hardly pressed, and nothing else."""
    light = pens.faint(c.rng, c.pen)
    strokes = drawn(c.rng, shapes.slash(c.rng, around(c.rng, 1.5, 3.0, 5.0)), marks.middle(c.box), light)
    return Doubt(c.meant, marks.fitted(strokes, c.box, marks.other_boxes(c.row, c.level), 2.0))


def _at(strokes: Strokes, place: tuple[float, float]) -> Strokes:
    x, y = pens.centre_mm(strokes)
    return moved(strokes, place[0] - x, place[1] - y)


def _between(c: Case) -> Doubt:
    """A cross about half way between two boxes."""
    first = min(c.level, len(c.row.boxes) - 2)
    a, b = (marks.middle(c.row.boxes[i].rect_mm) for i in (first, first + 1))
    share = c.rng.uniform(0.42, 0.58)
    return Doubt(BLANK, _at(c.own, (a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]) + c.rng.normal(0, 0.6))))


def _small(strokes: Strokes, limit_mm: float) -> Strokes:
    """No wider or higher than the limit."""
    left, top, right, bottom = reach_mm(strokes)
    factor = min(limit_mm / (right - left), limit_mm / (bottom - top), 1.0)
    return pens.shrunk(strokes, pens.centre_mm(strokes), factor, factor)


def _beside(c: Case) -> Doubt:
    """A cross whose middle lies 0.5-2 mm out of the frame: to the left, right, above or below."""
    x, y, w, h = c.box
    away, across = c.rng.uniform(0.5, 2.0), c.rng.uniform(0.3, 0.7)
    side = int(c.rng.integers(4))
    place = (
        (x - away, y + h * across),
        (x + w + away, y + h * across),
        (x + w * across, y - away),
        (x + w * across, y + h + away),
    )[side]
    strokes = _at(_small(c.own, 6.0 if side < 2 else 4.5), place)  # above and below, short of the next row
    mid = pens.middles_mm(strokes, crossed=True)
    (low_x, low_y), (high_x, high_y) = mid.min(axis=0).tolist(), mid.max(axis=0).tolist()
    short = (high_x - (x - 0.5), x + w + 0.5 - low_x, high_y - (y - 0.5), y + h + 0.5 - low_y)[side]
    push = max(short, 0.0)  # whatever may be called its middle is out of the frame
    return Doubt(c.meant, moved(strokes, *((-push, 0.0), (push, 0.0), (0.0, -push), (0.0, push))[side]))


def _through_row(c: Case) -> Doubt:
    """One line through all boxes of the row."""
    a, b = c.row.boxes[0].rect_mm, c.row.boxes[-1].rect_mm
    place = ((a[0] + b[0] + b[2]) / 2, a[1] + a[3] / 2 + c.rng.normal(0, 0.5))
    length = b[0] + b[2] - a[0] + c.rng.uniform(-3, 8)
    return Doubt(MULTIPLE, drawn(c.rng, shapes.line(c.rng, length, c.rng.normal(0, 1.0)), place, c.pen))


def _corrected(c: Case) -> Doubt:
    """A wrong choice blacked out, another box crossed."""
    box = c.row.boxes[c.another()].rect_mm
    wrong = drawn(c.rng, shapes.cross(c.rng, around(c.rng, 3, 5, 7)), marks.middle(box), c.pen)
    size, pitch = c.rng.uniform(0.85, 1.15), max(c.pen.width_mm * 1.1, 0.45)
    over = drawn(c.rng, shapes.scribble(c.rng, box[2] * size, box[3] * size, pitch), marks.middle(box), c.pen)
    return Doubt(c.meant, (*c.own, *wrong, *over))


def _second_pencil(c: Case) -> Doubt:
    """A clear mark, and a weak pencil cross in another box."""
    other = c.another()
    rect = c.row.boxes[other].rect_mm
    strokes = drawn(c.rng, shapes.cross(c.rng, around(c.rng, 2.5, 4.5, 7.0)), marks.middle(rect), pens.pencil(c.rng))
    return Doubt(MULTIPLE, (*c.own, *marks.fitted(strokes, rect, marks.other_boxes(c.row, other), 2.0)))


def _dry_pen(c: Case) -> Doubt:
    """A cross of a pen that skips most of its way."""
    spent = pens.dry(c.rng, c.pen)
    return Doubt(c.meant, tuple(replace(s, pen=spent) for s in c.own))


def _frame(c: Case) -> Doubt:
    """The printed frame of a box gone over by hand, and no mark inside."""
    _, _, w, h = c.box
    pen = replace(c.pen, width_mm=min(c.pen.width_mm, 0.8))
    return Doubt(c.meant, drawn(c.rng, shapes.outline(c.rng, w, h), marks.middle(c.box), pen))


def _erased(c: Case) -> Doubt:
    """A clear mark, and in another box the pale rest of a pencil mark that was rubbed out."""
    other = c.another()
    rect = c.row.boxes[other].rect_mm
    strokes = drawn(c.rng, shapes.cross(c.rng, around(c.rng, 3, 4.5, 6.5)), marks.middle(rect), pens.rubbed_out(c.rng))
    return Doubt(c.meant, (*c.own, *marks.fitted(strokes, rect, marks.other_boxes(c.row, other), 1.0)))


def _tail(c: Case) -> Doubt:
    """A tick whose tail runs on into the next box."""
    target = c.row.boxes[c.level + 1 if c.level + 1 < len(c.row.boxes) else c.level - 1].rect_mm
    (x, y), (tx, ty) = marks.middle(c.box), marks.middle(target)
    side = 1.0 if tx >= x else -1.0
    end = (tx - side * target[2] * c.rng.uniform(0.0, 0.3), ty + c.rng.uniform(-2.0, 1.0))
    bow = (x + tx) / 2, (y + ty) / 2 - 0.3 + c.rng.normal(0, 0.5)
    knots = [(x - side * 1.5, y - 0.5 + c.rng.normal(0, 0.4)), (x, y + 2.0), bow, end]
    return Doubt(c.meant, drawn(c.rng, [shapes.through(knots, 8)], (0.0, 0.0), c.pen))


#: Every doubtful kind by its name in ``truth.csv``.
KINDS: dict[str, Maker] = {
    "pen-rest": _pen_rest,
    "hesitant": _hesitant,
    "between-boxes": _between,
    "beside-box": _beside,
    "line-through-row": _through_row,
    "corrected": _corrected,
    "second-pencil-mark": _second_pencil,
    "dry-pen": _dry_pen,
    "frame-gone-over": _frame,
    "erased-pencil": _erased,
    "tail-into-next-box": _tail,
}
