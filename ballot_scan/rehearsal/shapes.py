"""The lines of human marks, in millimetres about their own middle: polylines (n, 2), x right, y down.

Shapes follow what 28 hand-filled forms show: strokes bend, overshoot and miss each other, the two strokes of a
cross are often joined (a loop or an open triangle remains), some are gone over twice.
"""

from __future__ import annotations

import numpy as np

from ballot_scan.rehearsal.chance import Points

Lines = list[Points]


def through(knots: Points | list[tuple[float, float]], steps: int = 6) -> Points:
    """A smooth curve through the knots (Catmull-Rom), ``steps`` points a piece."""
    k = np.asarray(knots, dtype=np.float64)
    p = np.concatenate([2 * k[:1] - k[1:2], k, 2 * k[-1:] - k[-2:-1]])
    t = np.arange(steps)[None, :, None] / steps
    a, b, c, d = (p[i : len(p) - 3 + i, None, :] for i in range(4))
    curve = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    return np.concatenate([curve.reshape(-1, 2), k[-1:]])


def _stroke(rng: np.random.Generator, start: tuple[float, float], end: tuple[float, float], size: float) -> Points:
    """One hasty stroke: ends off their aim, a bend, a wobble, now and then a hook where the pen comes or leaves."""
    a = np.asarray(start) + rng.normal(0, 0.07 * size, 2)
    b = np.asarray(end) + rng.normal(0, 0.09 * size, 2)
    along = b - a
    across = np.array([-along[1], along[0]])
    bend = rng.normal(0, 0.055)
    t = np.linspace(0, 1, 5)
    sway = bend * 4 * t * (1 - t) + rng.normal(0, 0.012, 5)
    knots = a + t[:, None] * along + sway[:, None] * across
    if rng.random() < 0.18:
        knots = np.concatenate([knots[:1] + rng.normal(0, 0.09 * size, (1, 2)), knots])
    if rng.random() < 0.18:
        knots = np.concatenate([knots, knots[-1:] + rng.normal(0, 0.10 * size, (1, 2))])
    return through(knots, 4)


def _wide(lines: Lines, size: float) -> Lines:
    """The same lines, ``size`` wide: bends and missed aims have made them wider."""
    xs = np.concatenate([points[:, 0] for points in lines])
    factor = size / max(float(np.ptp(xs)), 0.3 * size)
    return [points * (factor, 0.35 + 0.65 * factor) for points in lines]


def cross(rng: np.random.Generator, size: float, joined: bool = False, again: bool = False) -> Lines:
    """Two strokes, ``size`` wide, mostly taller than wide; joined by a loop, or one of them gone over."""
    w, h = size / 2, size / 2 * rng.uniform(0.8, 1.45)
    lean = rng.normal(0, 0.12) * size
    first = _stroke(rng, (-w + lean, -h), (w - lean, h), size)
    second = _stroke(rng, (w + lean, -h), (-w - lean, h), size)
    if rng.random() < 0.25:
        second = second[::-1]
    if joined:
        turn = (first[-1] + second[0]) / 2 + rng.normal(0, 0.12, 2) * size
        loop = through(np.stack([first[-1], turn, second[0]]), 5)[1:-1]
        return _wide([np.concatenate([first, loop, second])], size)
    lines = [first, second]
    if again:
        lines.append(_stroke(rng, tuple(first[0]), tuple(first[-1]), size))
    return _wide(lines, size)


def tick(rng: np.random.Generator, size: float) -> Lines:
    """A short stroke down, a long one up to the right."""
    w, h = size / 2, size / 2 * rng.uniform(0.7, 1.1)
    low = (-0.25 * w + rng.normal(0, 0.1 * size), h)
    knots = [
        (-w, rng.normal(-0.05, 0.15) * h),
        (-0.6 * w, 0.45 * h),
        low,
        (0.35 * w + rng.normal(0, 0.05 * size), -0.1 * h),
        (w, -h + rng.normal(0, 0.1 * size)),
    ]
    return [through(knots, 5)]


def slash(rng: np.random.Generator, size: float) -> Lines:
    """One stroke from corner to corner."""
    w, h = size / 2 * rng.uniform(0.6, 1.0), size / 2
    return [_stroke(rng, (w, -h), (-w, h), size) if rng.random() < 0.8 else _stroke(rng, (-w, -h), (w, h), size)]


def scribble(rng: np.random.Generator, width: float, height: float, pitch: float) -> Lines:
    """To and fro across a rectangle, the lines ``pitch`` apart: a box filled."""
    turns = max(int(height / pitch), 3)
    y = np.linspace(-height / 2, height / 2, 2 * turns) + rng.normal(0, 0.15 * pitch, 2 * turns)
    x = np.where(np.arange(2 * turns) % 2 == 0, -width / 2, width / 2) + rng.normal(0, 0.06 * width, 2 * turns)
    slant = rng.uniform(-0.9, 0.9)
    knots = np.stack([x * np.cos(slant) - y * np.sin(slant), x * np.sin(slant) + y * np.cos(slant)], axis=1)
    return [through(knots, 4)]


def ring(rng: np.random.Generator, width: float, height: float) -> Lines:
    """A circle that does not quite close."""
    start, turn = rng.uniform(0, 2 * np.pi), 2 * np.pi * rng.uniform(0.92, 1.15)
    angle = start + np.linspace(0, turn, 12)
    swell = 1 + np.cumsum(rng.normal(0, 0.025, 12))
    return [through(np.stack([np.cos(angle) * swell * width / 2, np.sin(angle) * swell * height / 2], axis=1), 3)]


def outline(rng: np.random.Generator, width: float, height: float) -> Lines:
    """A rectangle drawn by hand: a printed frame gone over."""
    corner = np.array(
        [(-1, -1), (0, -1), (1, -1), (1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1)], dtype=np.float64
    )
    return [through(corner * (width / 2, height / 2) + rng.normal(0, 0.14, (9, 2)), 5)]


def dot(rng: np.random.Generator, diameter: float) -> Lines:
    """Where a pen rested: a tiny knot, ``diameter`` less the pen's width across."""
    return [through(rng.normal(0, 0.22 * diameter, (5, 2)), 3)]


def line(rng: np.random.Generator, length: float, rise: float = 0.0) -> Lines:
    """A long free-hand line to the right."""
    knots = np.linspace((-length / 2, rise / 2), (length / 2, -rise / 2), max(int(length / 9), 4))
    knots[:, 1] += np.cumsum(rng.normal(0, 0.22, len(knots)))
    knots[:, 1] -= knots[:, 1].mean()
    return [through(knots, 5)]


def writing(rng: np.random.Generator, length: float, height: float) -> Lines:
    """A few joined letters that nobody can read, ``length`` wide: a signature or a remark."""
    lines: Lines = []
    x = -length / 2
    while x < length / 2:
        word = min(rng.uniform(0.25, 0.6) * length, length / 2 - x)
        n = max(int(word / (0.28 * height)), 3)
        xs = np.linspace(x, x + word, n) + rng.normal(0, 0.08 * height, n)
        ys = np.where(np.arange(n) % 2 == 0, 0.28, -0.22) * height + rng.normal(0, 0.14 * height, n)
        ys[rng.random(n) < 0.15] -= 0.35 * height
        lines.append(through(np.stack([xs, ys], axis=1), 5))
        x += word + 0.5 * height
    return lines
