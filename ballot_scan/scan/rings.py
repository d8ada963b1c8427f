"""Rings that a cup left: pale, soft, and round as no hand draws. They are lifted off before marks are judged, and are
no writing.

A ring is looked for on the whole sheet, where nothing is printed, by circles through three pale places at a time
(RANSAC: Fischler and Bolles 1981); one counts whose line shows along most of a long arc.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.scan.circles import circle_through
from ballot_scan.scan.ink import COARSE_PX
from ballot_scan.scan.region import PX_PER_MM

Seen = Callable[[NDArray[np.float64]], NDArray[np.float64]]

_PALE = (0.05, 0.36)  # darkness of a ring, at 2 px/mm
_PALEST, _ACROSS_MM, _LOOKS = 0.27, 0.75, 13  # … and as it was scanned: a pen's fine line is as pale at 2 px/mm
_RADIUS_MM = (15.0, 60.0)
_RINGS, _TRIES, _TOLD = 5, 1500, 900  # looked for on one sheet; circles tried; places that tell them
_NEAR_MM, _OFF_MM = 0.6, 2.5  # of its line; beside it is paper
_STEP_MM, _ALONG_MM = 0.5, 10.0  # of the places looked at along a line, and over which they are taken together
_SHOWS, _SHARE, _ARC_MM = 0.035, 0.7, 60.0  # darker than beside, at so many of them, along so long an arc
_HIDDEN, _FEW = 0.25, 60
_HALF_MM, _FADES_MM = 2.0, 0.5  # of what is lifted off, which fades out at its sides
_ARC_PX = 4  # px/mm along an arc
_MEDIAN_MM, _MORE, _MOST = 8.0, 1.4, 0.36  # what of a line is usual along it, at most so much more than mostly


@dataclass(frozen=True, slots=True)
class Ring:
    """A ring's middle and radius, millimetres of the sheet."""

    x_mm: float
    y_mm: float
    radius_mm: float


def find(dark: NDArray[np.uint8], free: NDArray[np.uint8]) -> list[Ring]:
    """The rings on a sheet.

    ``dark`` (h, w) uint8: darkness of the sheet at 2 px/mm; ``free`` (h, w) uint8: 255 where nothing is printed.
    """
    pale = cv2.bitwise_and(cv2.inRange(dark, round(_PALE[0] * 255), round(_PALE[1] * 255)), free)
    chance, rings = np.random.default_rng(0), []
    for _ in range(_RINGS):
        points = (np.argwhere(pale > 0)[:, ::-1] + 0.5) / COARSE_PX
        if len(points) < _FEW:
            break
        circle = _most_round(points, chance)
        if circle is None:
            break
        middle, radius = _closer(points, *circle)
        if _RADIUS_MM[0] <= radius <= _RADIUS_MM[1] and _shows(dark, free, middle, radius):
            rings.append(Ring(float(middle[0]), float(middle[1]), radius))
        px = np.rint(middle * COARSE_PX - 0.5).astype(int).tolist()
        cv2.circle(pale, px, round(radius * COARSE_PX), 0, round(2 * _HALF_MM * COARSE_PX))
    return rings


def _most_round(points: NDArray[np.float64], chance: np.random.Generator) -> tuple[NDArray[np.float64], float] | None:
    """The circle through three of some ``points`` (n, 2), mm, that most others lie on; None where none is large."""
    told = points if len(points) <= _TOLD else points[chance.choice(len(points), _TOLD, replace=False)]
    a, b, c = (told[chance.integers(0, len(told), _TRIES)] for _ in range(3))
    (bx, by), (cx, cy) = (b - a).T, (c - a).T
    twice = 2 * (bx * cy - by * cx)
    with np.errstate(divide="ignore", invalid="ignore"):
        x = (cy * (bx**2 + by**2) - by * (cx**2 + cy**2)) / twice
        y = (bx * (cx**2 + cy**2) - cx * (bx**2 + by**2)) / twice
    radius = np.hypot(x, y)
    large = (radius >= _RADIUS_MM[0]) & (radius <= _RADIUS_MM[1])
    if not large.any():
        return None
    middles, radii = (a + np.column_stack([x, y]))[large], radius[large]
    off = np.abs(np.hypot(*(told[:, None, :] - middles).transpose(2, 0, 1)) - radii)
    best = int(((off <= _NEAR_MM).sum(axis=0) / radii).argmax())  # small ones are not passed over for their size
    return middles[best], float(radii[best])


def _closer(
    points: NDArray[np.float64], middle: NDArray[np.float64], radius: float
) -> tuple[NDArray[np.float64], float]:
    """The circle that the ``points`` (n, 2) near another lie nearest to."""
    for near in (2 * _NEAR_MM, _NEAR_MM, _NEAR_MM):
        on = points[np.abs(np.hypot(*(points - middle).T) - radius) <= near]
        if len(on) < _FEW:
            break
        middle, radius = circle_through(on)
    return middle, radius


def is_pale(ring: Ring, seen: Seen) -> bool:
    """Whether a ring is paler than a pen or a pencil draws, at its darkest across; ``seen`` tells the darkness (n,),
    0-1, of places of the sheet (n, 2), mm, as finely as it was scanned."""
    way, middle = _ways(ring.radius_mm), np.array([ring.x_mm, ring.y_mm])

    def at(off_mm: float) -> NDArray[np.float64]:
        return seen(middle + (ring.radius_mm + off_mm) * way)

    paper = (at(-_OFF_MM) + at(_OFF_MM)) / 2
    line = np.max([at(off) for off in np.linspace(-_ACROSS_MM, _ACROSS_MM, _LOOKS)], axis=0) - paper
    return bool(np.median(line[line >= _SHOWS]) <= _PALEST) if (line >= _SHOWS).any() else False


def _ways(radius_mm: float) -> NDArray[np.float64]:
    """(n, 2) directions from a circle's middle, a step apart along it."""
    count = round(2 * np.pi * radius_mm / _STEP_MM)
    turned = np.arange(count) * 2 * np.pi / count
    return np.column_stack([np.cos(turned), np.sin(turned)])


def _shows(dark: NDArray[np.uint8], free: NDArray[np.uint8], middle: NDArray[np.float64], radius: float) -> bool:
    """Whether a line shows along most of a long arc of a circle, print left out."""
    way = _ways(radius)

    def at(off_mm: float) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        xs, ys = np.rint((middle + (radius + off_mm) * way) * COARSE_PX - 0.5).astype(int).T
        there = (xs >= 0) & (ys >= 0) & (xs < dark.shape[1]) & (ys < dark.shape[0])
        xs, ys = np.where(there, xs, 0), np.where(there, ys, 0)
        return dark[ys, xs] / 255, there & (free[ys, xs] > 0)

    lines = [at(off) for off in (-_NEAR_MM, 0.0, _NEAR_MM)]
    beside = [at(off) for off in (-_OFF_MM, _OFF_MM)]
    line = np.max([value for value, _ in lines], axis=0)
    paper = np.max([np.where(open_, value, 0.0) for value, open_ in beside], axis=0)
    told = lines[1][1] & (beside[0][1] | beside[1][1])
    shown = told & (line - paper >= _SHOWS) & (line <= _PALE[1])
    window = np.ones(round(_ALONG_MM / _STEP_MM))
    seen, most = _around(shown, window), _around(told, window)
    hidden = most < _HIDDEN * len(window)  # print, or the sheet's edge, leaves too little of it
    return _longest((seen >= _SHARE * most) & ~hidden, hidden) * _STEP_MM >= _ARC_MM


def _around(values: NDArray[np.bool_], window: NDArray[np.float64]) -> NDArray[np.float64]:
    """Running sums about a circle."""
    half = len(window) // 2
    return np.convolve(np.concatenate([values[-half:], values, values[:half]]), window, "same")[half:-half]


def _longest(values: NDArray[np.bool_], unknown: NDArray[np.bool_]) -> int:
    """The most set values in one run about a circle that nothing but ``unknown`` ones interrupt."""
    twice = np.concatenate([values, values])
    ends = np.flatnonzero(~(twice | np.concatenate([unknown, unknown])))
    if not len(ends):
        return int(values.sum())
    held = np.concatenate([[0], np.cumsum(twice)])
    return int(np.diff(held[ends]).max(initial=0))


def about(rings: list[Ring], shape: tuple[int, ...], px_per_mm: int) -> NDArray[np.bool_]:
    """(h, w) of ``shape``: where rings lie on a sheet's picture."""
    out = np.zeros(shape, np.uint8)
    for ring in rings:
        middle = (round(ring.x_mm * px_per_mm - 0.5), round(ring.y_mm * px_per_mm - 0.5))
        cv2.circle(out, middle, round(ring.radius_mm * px_per_mm), 1, round(2 * _HALF_MM * px_per_mm))
    return out > 0


def lifted(dark: NDArray[np.uint8], rings: list[Ring], origin_mm: tuple[float, float]) -> NDArray[np.uint8]:
    """The darkness of a region, (h, w) uint8 at 8 px/mm from ``origin_mm`` on, less its rings.

    What is usual along an arc is the ring's; marks and frames, which cross it, stay.
    """
    for ring in rings:
        middle = ((ring.x_mm - origin_mm[0]) * PX_PER_MM - 0.5, (ring.y_mm - origin_mm[1]) * PX_PER_MM - 0.5)
        outer = (ring.radius_mm + _HALF_MM) * PX_PER_MM
        size = (round(outer), round(2 * np.pi * ring.radius_mm * _ARC_PX))
        how = cv2.INTER_LINEAR | cv2.WARP_FILL_OUTLIERS
        polar = np.asarray(cv2.warpPolar(dark, size, middle, outer, how), np.uint8)
        inner = size[0] - round(2 * _HALF_MM * PX_PER_MM)
        layer = np.zeros(polar.shape, np.uint8)
        layer[:, inner:] = _usual(polar[:, inner:])
        over = cv2.warpPolar(layer, dark.shape[::-1], middle, outer, how | cv2.WARP_INVERSE_MAP)
        left = cv2.subtract(dark, over).astype(np.float32) * (255 / (255 - over.astype(np.float32)))
        dark = np.asarray(np.minimum(np.rint(left), 255), np.uint8)
    return dark


def _usual(polar: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(n, r) the darkness that is usual along an arc: running medians along it, across it fading out at the sides."""
    half = round(_MEDIAN_MM * _ARC_PX / 2)
    round_ = np.concatenate([polar[-half:], polar, polar[:half]])
    windows = np.lib.stride_tricks.sliding_window_view(round_, 2 * half + 1, axis=0)[: len(polar)]
    usual = np.median(windows, axis=2)
    most = usual[usual.max(axis=1) > 0].max(axis=1)
    cap = min(_MORE * float(np.median(most)), _MOST * 255) if len(most) else 0.0
    width = polar.shape[1]
    fades = np.minimum(1.0, (np.minimum(np.arange(width), width - 1 - np.arange(width)) + 1) / (_FADES_MM * PX_PER_MM))
    return np.asarray(np.rint(np.minimum(usual, cap) * fades), np.uint8)
