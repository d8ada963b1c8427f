"""What voters write with, and the strokes that it leaves.

Figures from 28 hand-filled forms (300 dpi, ordinary ball pens): strokes 0.30-0.57 mm wide, median 0.43; ink grey
74-123, median 91, on paper 255; one pencil at 150. Thin pens elsewhere: 0.23-0.29 mm; markers and hard drivers: 0.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ballot_scan.paper.layout import Rect
from ballot_scan.rehearsal.chance import Points, around
from ballot_scan.rehearsal.shapes import Lines

BALL, GEL, MARKER, PENCIL = "ball", "gel", "marker", "pencil"


@dataclass(frozen=True, slots=True)
class Pen:
    """``grey``: of a full stroke on white paper, 0-255. ``grain``: share of paper that shows through, 0-1.

    ``gaps``: share of the stroke's length that the pen skips. ``smear_mm``: spread by rubbing.
    """

    kind: str
    width_mm: float
    grey: float
    grain: float = 0.1
    gaps: float = 0.0
    smear_mm: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Stroke:
    """One stroke on the page. ``points_mm``: (n, 2) from the page's top left; ``widths_mm``: (n,) by pressure."""

    points_mm: Points
    widths_mm: NDArray[np.float64]
    pen: Pen


def ball(rng: np.random.Generator) -> Pen:
    return Pen(BALL, around(rng, 0.30, 0.43, 0.57), around(rng, 74, 91, 123), rng.uniform(0.05, 0.35))


def gel(rng: np.random.Generator) -> Pen:
    return Pen(GEL, around(rng, 0.23, 0.32, 0.55), around(rng, 10, 35, 70), rng.uniform(0.0, 0.1))


def marker(rng: np.random.Generator) -> Pen:
    return Pen(MARKER, around(rng, 0.7, 1.0, 1.5), around(rng, 0, 8, 20), rng.uniform(0.0, 0.05))


def pencil(rng: np.random.Generator) -> Pen:
    return Pen(PENCIL, around(rng, 0.30, 0.45, 0.70), around(rng, 120, 145, 170), rng.uniform(0.25, 0.5))


MAKERS = {BALL: ball, GEL: gel, MARKER: marker, PENCIL: pencil}


def faint(rng: np.random.Generator, pen: Pen) -> Pen:
    """The same pen, hardly pressed."""
    return replace(pen, width_mm=pen.width_mm * rng.uniform(0.5, 0.75), grey=rng.uniform(165, 205), grain=0.4)


def dry(rng: np.random.Generator, pen: Pen) -> Pen:
    """The same pen, running out: it skips most of its way."""
    return replace(pen, gaps=rng.uniform(0.5, 0.72), grey=max(pen.grey, rng.uniform(110, 150)), grain=0.35)


def rubbed_out(rng: np.random.Generator) -> Pen:
    """What an eraser leaves of a pencil line: pale, spread, still to be seen."""
    return Pen(PENCIL, rng.uniform(0.5, 0.8), rng.uniform(160, 195), 0.35, 0.15, rng.uniform(0.12, 0.3))


def drawn(rng: np.random.Generator, lines: Lines, middle_mm: tuple[float, float], pen: Pen) -> tuple[Stroke, ...]:
    """Lines about a middle as strokes of a pen; pressure swells and ebbs, and fades at the ends."""
    return tuple(_pressed(rng, points + np.asarray(middle_mm), pen) for points in lines)


def _pressed(rng: np.random.Generator, points: Points, pen: Pen) -> Stroke:
    n = len(points)
    t = np.linspace(0, 1, n)
    swing = 0.0 if pen.kind == MARKER else 0.10
    pressure = 1 + swing * np.sin(rng.uniform(2, 7) * t + rng.uniform(0, 6.3)) + rng.normal(0, 0.02, n)
    head, tail = rng.uniform(0.02, 0.12), rng.uniform(0.03, 0.22)
    taper = np.minimum(np.minimum(0.7 + 0.3 * t / head, 0.55 + 0.45 * (1 - t) / tail), 1.0)
    return Stroke(points, pen.width_mm * pressure * (1.0 if pen.kind == MARKER else taper), pen)


def reach_mm(strokes: tuple[Stroke, ...]) -> tuple[float, float, float, float]:
    """Left, top, right and bottom end of the ink."""
    low = np.min([(s.points_mm - s.widths_mm[:, None] / 2).min(axis=0) for s in strokes], axis=0)
    high = np.max([(s.points_mm + s.widths_mm[:, None] / 2).max(axis=0) for s in strokes], axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def centre_mm(strokes: tuple[Stroke, ...]) -> tuple[float, float]:
    """The middle of the ink: its points weighted by width and length."""
    total, moment = 0.0, np.zeros(2)
    for s in strokes:
        step = np.hypot(*np.diff(s.points_mm, axis=0).T) + 1e-6
        weight = step * (s.widths_mm[1:] + s.widths_mm[:-1]) / 2
        moment += (weight[:, None] * (s.points_mm[1:] + s.points_mm[:-1]) / 2).sum(axis=0)
        total += float(weight.sum())
    return float(moment[0] / total), float(moment[1] / total)


def crossing_mm(strokes: tuple[Stroke, ...]) -> tuple[float, float]:
    """Where the two strokes of a cross meet, or come nearest; of a joined one, its first and its last two fifths."""
    if len(strokes) > 1:
        a, b = strokes[0].points_mm, strokes[1].points_mm
    else:
        points = strokes[0].points_mm
        part = max(2 * len(points) // 5, 1)
        a, b = points[:part], points[-part:]
    fine = [
        np.stack([np.interp(np.linspace(0, len(p) - 1, 60), np.arange(len(p)), p[:, i]) for i in (0, 1)])
        for p in (a, b)
    ]
    apart = np.hypot(*(fine[0][:, :, None] - fine[1][:, None, :]))
    first, second = np.unravel_index(int(apart.argmin()), apart.shape)
    x, y = (fine[0][:, first] + fine[1][:, second]) / 2
    return float(x), float(y)


def middles_mm(strokes: tuple[Stroke, ...], crossed: bool) -> Points:
    """(2 or 3, 2): what may be called the middle of a mark: of its extent, of its ink, and where a cross crosses."""
    left, top, right, bottom = reach_mm(strokes)
    middles = [((left + right) / 2, (top + bottom) / 2), centre_mm(strokes)]
    return np.array([*middles, crossing_mm(strokes)] if crossed else middles)


def length_mm(strokes: tuple[Stroke, ...], rect: Rect) -> tuple[float, float]:
    """Length of the ink inside a rect, and in all."""
    low, high = np.array(rect[:2]), np.array(rect[:2]) + rect[2:]
    inside = total = 0.0
    for s in strokes:
        step = np.hypot(*np.diff(s.points_mm, axis=0).T)
        mid = (s.points_mm[1:] + s.points_mm[:-1]) / 2
        inside += float(step[((mid > low) & (mid < high)).all(axis=1)].sum())
        total += float(step.sum())
    return inside, total


def moved(strokes: tuple[Stroke, ...], dx: float, dy: float) -> tuple[Stroke, ...]:
    step = np.array((dx, dy))
    return tuple(replace(s, points_mm=s.points_mm + step) for s in strokes)


def shrunk(
    strokes: tuple[Stroke, ...], about_mm: tuple[float, float], factor_x: float, factor_y: float
) -> tuple[Stroke, ...]:
    """The same strokes, smaller about a point; the pen keeps its width."""
    about, factor = np.asarray(about_mm), np.asarray((factor_x, factor_y))
    return tuple(replace(s, points_mm=about + (s.points_mm - about) * factor) for s in strokes)
