"""Folds: creases that cross the whole sheet. ``flattened`` takes them out before marks are judged: a crease is no vote.

A crease is a straight, faint and often broken line from edge to edge. A line that somebody drew through a row ends
within the table; so a line counts as a crease only if it shows in every third of the sheet's width or height, and
towards the sheet's edges. A pen may go on to the edges, too; but it draws evenly, and darker than most creases are,
and does not go over both edges.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

There = Callable[[], NDArray[np.bool_]]
Line = tuple[float, float, bool]  # offset and slope in region pixels; True: upright (x = offset + slope * y)

_FAINTEST, DARKEST = 0.05, 0.62  # darkness of a crease, at 2 px/mm
_FOLDS = 2  # looked for each way
_ACROSS = 0.2  # share of the sheet's width or height along which a crease shows at least, print left out …
_SUPPORT = 0.4  # … of its places off the print …
_EACH = 0.25  # … and of those in each third of the sheet
_END_PX, _FEW_PX = 26, 6  # … and of those within 13 mm of the sheet's edges, where there are any
_RUN_PX, _BESIDE_PX = 8, (5, 6)  # 4 mm of a line; paper beside it, 2.5 to 3 mm off
# how dark a drawn line is, what of that its palest tenth has, and by what it varies
_DRAWN = ((0.25, 0.65, 0.25), (0.12, 0.8, 0.15))
# a line ends short of the edges where from 1.5 to 5.5 mm within it so little of its darkness is left
_RIM_PX, _SHORT_PX, _TOLD_ENDS, _SHORT = 3, 11, 5, 0.35
# a crease goes on to both edges, half as dark at least in the millimetre before the last half, in which the edge may
# lie; hardly any is so dark, nor does a pen go over both edges
_EDGE_PX, _LAST_PX, _GOES_ON, _PALER = 1, 2, 0.5, 0.36
LEVEL, _SLANTING = 0.042, 0.27  # a crease is looked for up to 2.4° off level or upright, or else up to 15°; …
_SLANTS_PALER = 0.25  # … so pale, as most pens do not draw, …
_BESIDE = 0.5  # … then of what shows of it at most so much shows beside it
_PARTS = 4
_CLOSE_PX = 4  # how far from where it was found a crease may lie on the sheet
TOLD_PX = 100  # places that tell it in a part


def across(dark: NDArray[np.uint8], free: NDArray[np.uint8], there: There) -> list[Line]:
    """Creases across a whole sheet, as lines in pixels of ``dark`` (h, w) uint8, darkness of the sheet at 2 px/mm.

    ``free`` (h, w) uint8: 255 where nothing is printed; only there a crease is looked for. ``there`` tells, (h, w),
    which places of the sheet lie in the picture. They are level or upright, or nearly so.
    """
    return _creases(dark, free, there, LEVEL, ())


def slanting(dark: NDArray[np.uint8], free: NDArray[np.uint8], there: There, found: Sequence[Line]) -> list[Line]:
    """Creases that slant more than those of ``across``, which were ``found``; one that does not stand out from what
    lies beside it is none."""
    return _creases(dark, free, there, _SLANTING, found)


def _creases(
    dark: NDArray[np.uint8], free: NDArray[np.uint8], there: There, rise: float, found: Sequence[Line]
) -> list[Line]:
    """Creases up to a slope of ``rise`` beside those that were ``found``."""
    seen = cv2.bitwise_and(cv2.inRange(dark, round(_FAINTEST * 255), round(DARKEST * 255)), free)
    lines: list[Line] = []
    for upright in (True, False):
        lying, open_ = (np.array(m.T if upright else m, np.uint8, order="C") for m in (seen, free))
        for offset, slope, _ in (line for line in found if line[2] == upright):
            _blank(lying, (offset, slope))
        for _ in range(_FOLDS):
            one = _across(lying, open_, rise)
            if one is None:
                break
            turned, known = (dark.T, there().T) if upright else (dark, there())
            line = _closer(turned, open_ > 0, one)
            told = rise <= LEVEL or _goes_over_both_edges(turned, open_ > 0, known, line)
            if told and not _is_drawn(turned, open_ > 0, known, line):
                lines.append((*line, upright))
            _blank(lying, one)
    return lines


def _blank(lying: NDArray[np.uint8], line: tuple[float, float]) -> None:
    """Take a nearly level line out of ``lying``. Changes it."""
    offset, slope = line
    cv2.line(lying, (0, round(offset)), (lying.shape[1], round(offset + slope * lying.shape[1])), 0, 5)


def _across(lying: NDArray[np.uint8], free: NDArray[np.uint8], rise: float) -> tuple[float, float] | None:
    """Offset and slope of the nearly level line that shows along most of its free places, in each third of them."""
    length = lying.shape[1]
    votes = round(_ACROSS * length)
    if not _worth_it(lying, votes, rise):
        return None
    turn = float(np.arctan(rise))
    found = cv2.HoughLines(lying, 1, np.radians(0.2), votes, min_theta=np.pi / 2 - turn, max_theta=np.pi / 2 + turn)
    if found is None:
        return None
    rho, theta = (float(v) for v in np.asarray(found, dtype=np.float64).reshape(-1, 2)[0])
    slope, offset = -np.cos(theta) / np.sin(theta), rho / np.sin(theta)
    xs = np.arange(length)
    ys = np.round(offset + slope * xs).astype(int)
    ok = (ys >= 1) & (ys < lying.shape[0] - 1)
    xs, ys = xs[ok], ys[ok]
    open_ = free[ys, xs] > 0
    xs, ys = xs[open_], ys[open_]
    shown = (lying[ys, xs] | lying[ys - 1, xs] | lying[ys + 1, xs]) > 0
    if rise > LEVEL and not _stands_out(lying, free, xs, ys, float(shown.mean()) if len(shown) else 0.0):
        return None
    thirds = np.array_split(shown, 3)
    even = len(shown) >= 0.25 * length and all(t.mean() >= _EACH for t in thirds)
    ends = (shown[xs < _END_PX], shown[xs >= length - _END_PX])
    through = all(len(end) < _FEW_PX or end.mean() >= _EACH for end in ends)
    return (offset, slope) if even and through and shown.mean() >= _SUPPORT else None


def _stands_out(
    lying: NDArray[np.uint8], free: NDArray[np.uint8], xs: NDArray[np.int64], ys: NDArray[np.int64], share: float
) -> bool:
    """Whether beside a line hardly as much shows as the ``share`` of it that does: through grain and streaks lines can
    be laid anywhere."""
    for way in (-1, 1):
        by = ys + way * max(_BESIDE_PX)
        ok = (by >= 1) & (by < lying.shape[0] - 1)
        by, at = by[ok], xs[ok]
        open_ = free[by, at] > 0
        by, at = by[open_], at[open_]
        if len(at) and float(((lying[by, at] | lying[by - 1, at] | lying[by + 1, at]) > 0).mean()) > _BESIDE * share:
            return False
    return True


def _closer(dark: NDArray[np.uint8], free: NDArray[np.bool_], found: tuple[float, float]) -> tuple[float, float]:
    """The same nearly level line where it is darkest on the whole, to a fraction of a pixel, as far as it is told."""
    strip, told = strip_along(dark, free, found, _CLOSE_PX)
    parts = [(a, b) for a, b in pairwise(parts_of(dark.shape[1])) if told[:, a:b].sum() >= TOLD_PX]
    if len(parts) < _PARTS - 1:
        return found
    at = np.array([_darkest(profile_of(strip[:, a:b], told[:, a:b])) for a, b in parts]) - _CLOSE_PX
    tilt, shift = np.polyfit([(a + b) / 2 for a, b in parts], at, 1)
    return found[0] + float(shift), found[1] + float(tilt)


def _is_drawn(
    dark: NDArray[np.uint8], free: NDArray[np.bool_], known: NDArray[np.bool_], line: tuple[float, float]
) -> bool:
    """Whether a nearly level line ends short of both edges of the sheet, as no crease does; or is as dark, and as
    evenly so from end to end, as a pen's, and does not go on through both edges, as a crease does."""
    xs, ys, over = _over_paper(dark, line)
    open_ = free[ys, xs]
    runs = np.count_nonzero(open_) // _RUN_PX
    if runs < _PARTS:
        return False
    means = over[open_][: runs * _RUN_PX].reshape(runs, _RUN_PX).mean(axis=1)
    usual = float(np.median(means))
    from_edges = [np.where(known[ys, xs], far, np.inf) for far in (xs, dark.shape[1] - 1 - xs)]
    rims = [over[(far >= _RIM_PX) & (far < _SHORT_PX)] for far in from_edges]
    if usual >= _FAINTEST and all(len(rim) >= _TOLD_ENDS and rim.mean() < _SHORT * usual for rim in rims):
        return True
    lasts = [over[(far >= _EDGE_PX) & (far < _EDGE_PX + _LAST_PX)] for far in from_edges]
    if usual < _PALER and all(len(last) == _LAST_PX and last.mean() >= _GOES_ON * usual for last in lasts):
        return False
    least, varies = float(np.percentile(means, 10)), float(means.std())
    return any(usual >= a and least >= b * usual and varies <= c * usual for a, b, c in _DRAWN)


def _goes_over_both_edges(
    dark: NDArray[np.uint8], free: NDArray[np.bool_], known: NDArray[np.bool_], line: tuple[float, float]
) -> bool:
    """Whether a line is paler than a pen's and shows to the left and the right edge of the sheet: whatever else slants
    may be somebody's. One of the edges may lie a little beyond the picture."""
    xs, ys, over = _over_paper(dark, line)
    open_ = free[ys, xs]
    usual = float(np.median(over[open_])) if open_.any() else 0.0
    if not _FAINTEST <= usual < _SLANTS_PALER:
        return False
    seen = 0
    for far in (xs, dark.shape[1] - 1 - xs):
        rim, last = (far >= _RIM_PX) & (far < _SHORT_PX), (far >= _EDGE_PX) & (far < _EDGE_PX + _LAST_PX)
        if np.count_nonzero(rim & known[ys, xs]) < _SHORT_PX - _RIM_PX or over[rim].mean() < _GOES_ON * usual:
            return False
        if np.count_nonzero(last & known[ys, xs]) == _LAST_PX:
            seen += 1
            if over[last].mean() < _GOES_ON * usual:
                return False
    return seen > 0


def _over_paper(
    dark: NDArray[np.uint8], line: tuple[float, float]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """The places of a nearly level line, x and y (n,) each, and how much darker (0-1) than the paper beside it is."""
    beside = max(_BESIDE_PX)
    xs = np.arange(dark.shape[1])
    ys = np.round(line[0] + line[1] * xs).astype(int)
    there = (ys >= beside) & (ys < dark.shape[0] - beside)
    xs, ys = xs[there], ys[there]
    paper = np.median([dark[ys + way * by, xs] for by in _BESIDE_PX for way in (-1, 1)], axis=0)
    shown = np.max([dark[ys + by, xs] for by in (-1, 0, 1)], axis=0)
    return xs, ys, np.maximum(shown - paper, 0) / 255


def _darkest(profile: NDArray[np.float64]) -> float:
    """Where a profile is highest: a parabola through three values."""
    i = int(np.clip(profile.argmax(), 1, len(profile) - 2))
    a, b, c = profile[i - 1 : i + 2]
    curve = a - 2 * b + c
    return i + float(np.clip((a - c) / (2 * curve), -1, 1)) if curve < 0 else float(i)


def strip_along(
    dark: NDArray[np.uint8], free: NDArray[np.bool_], line: tuple[float, float], reach_px: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(2 ``reach_px`` + 1, w) the darkness about a nearly level line, and where it is ``free``."""
    offset, slope = line
    matrix = np.array([[1.0, 0.0, 0.0], [slope, 1.0, offset - reach_px]])
    size = (dark.shape[1], 2 * reach_px + 1)
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    strip = cv2.warpAffine(np.minimum(dark, np.uint8(DARKEST * 255)), matrix, size, flags=how)
    told = cv2.warpAffine(free.astype(np.uint8), matrix, size, flags=how) > 0
    return strip.astype(np.float64), told


def parts_of(width: int) -> list[int]:
    """Where the parts of a line begin and end in which it is looked at."""
    return [int(v) for v in np.linspace(0, width, _PARTS + 1)]


def profile_of(strip: NDArray[np.float64], told: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(h,) mean darkness along a strip, where it is told."""
    return np.asarray((strip * told).sum(axis=1) / np.maximum(told.sum(axis=1), 1))


def _worth_it(lying: NDArray[np.uint8], votes: int, rise: float) -> bool:
    """Whether any band as high as a line may rise holds so many places at all: a tenth of the cost of looking."""
    rows = cv2.reduce(lying, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32F).ravel() / 255
    total = np.concatenate([[0.0], np.cumsum(rows)])
    high = min(len(rows), round(rise * lying.shape[1]) + 3)
    return bool((total[high:] - total[:-high]).max(initial=0.0) >= votes)
