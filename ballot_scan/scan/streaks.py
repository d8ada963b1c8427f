"""Streaks and bands: columns of the sensor that see darker than their neighbours, evened out before marks are judged.

Dirt on the glass or a sensor with its own gain for each column stands still while the sheet passes, so the column is
darker over a long stretch; print and handwriting are not: the boxes' frames take little more than half of any 40 mm. A
column's level is therefore the lightest fifth of a window of about 40 mm, and what it lacks to its neighbours is added.

Dirt that comes and goes leaves shorter streaks. They are looked for where a row seems doubtful: no hand keeps a line in
the same columns to a fifth of a pixel (``standing``).
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.scan.pictures import Grey

_STRETCHES = 60
_WINDOW = 16  # stretches
_STRIDE = 8
_STARTS = (*range(0, _STRETCHES - _WINDOW, _STRIDE), _STRETCHES - _WINDOW)
_ALIKE, _LONG_MM = 0.7, 90.0  # share of its most that a column lacks over such a length
_BEYOND, _BESIDE_PX = 4, 3  # grey levels that a column lacks off the table, too, there or one column beside
_PALE = 20  # who lacks no more is taken for the scanner's or a crease: a drawn line that pale leans out of its column
_LIGHTEST = 2  # of a window's stretches: what is dark in all but these is the column's own
_WIDEST_PX = 13
_STRIPS = 3
_WORTH = 8  # grey levels; less is far from ink and left alone
_BLIND = 70  # grey levels; a column that lacks more has seen nothing: it is bridged from its neighbours
_STANDS_MM = 12.0  # a streak is at least so long: no frame's side is
_BROADEST_MM, _LEAST_BROADEST_PX = 0.6, 4  # and at most so broad: dirt of a pen's width is left to people
_CROSSING_MM = 1.0  # what it crosses, a frame's line or a stroke, may hide so much of it
_BLACK = 100  # grey levels it lacks: paler ones are taken for bands, or left to people
_STILL_PX = 0.2  # how far its middle moves from each quarter of its length to the others
_QUARTERS = 4
_LEANS_PX, _BLACK_LEANS_PX = 1.0, 0.4  # a line that wanders so far is no column, a black one …
_CLEAN, _CLEAN_LEANS_PX = 20, 0.5  # … a pale one by its palest stretches: beside no frame's side
_FAR_PX = 2.0  # … and one that is darker than many others: their sides run into it
# of what it lacks a line that ends short of the edges lacks there at most, how far it wanders, and its soft rim
_SHORT, _STILL_ENDS_PX, _SOFT_PX = 0.35, 0.5, 3
_DARK, _DARKER, _FEW = 20, (60, 100, 150), 6  # … that lacks so much, or the first of these; of so few groups of columns
_BANDS, _ALONG = 12, 4  # of a sheet; grey levels that a column lacks in each

Segment = tuple[int, int, int, int]  # x0, y0, x1, y1 of a streak, pixels


def lacking(grey: Grey) -> NDArray[np.uint8] | None:
    """(60, w) uint8: grey levels that each column of (h, w) lacks to its neighbours, stretch by stretch; None: none."""
    lack = _levels_lacking(grey)
    if lack is None or int(lack.max()) < _WORTH:
        return None
    out = np.zeros((_STRETCHES, grey.shape[1]), np.uint8)
    for s, line in zip(_STARTS, lack, strict=True):
        np.maximum(out[s : s + _WINDOW], line, out=out[s : s + _WINDOW])
    return out


def _levels_lacking(grey: Grey) -> NDArray[np.uint8] | None:
    """(windows, w) uint8: the same window by window; None where the picture is too small to tell."""
    height, width = grey.shape
    step = height // _STRETCHES
    if step < 4 or width < 4 * _WIDEST_PX:
        return None
    means = _stretches(grey)
    at = _WINDOW - 1 - _LIGHTEST
    levels = np.stack([np.partition(means[s : s + _WINDOW], at, axis=0)[at] for s in _STARTS])
    return _short_of(levels)


def _short_of(levels: cv2.typing.MatLike) -> NDArray[np.uint8]:
    """(h, w) uint8: what each place of ``levels`` (h, w) uint8 lacks to its neighbours to the left and right."""
    envelope = cv2.morphologyEx(levels, cv2.MORPH_CLOSE, np.ones((1, _WIDEST_PX), np.uint8))
    return np.asarray(cv2.subtract(envelope, levels), dtype=np.uint8)


def _stretches(grey: Grey) -> NDArray[np.uint8]:
    """(60, w) uint8: the columns' means, stretch by stretch."""
    step = grey.shape[0] // _STRETCHES
    whole = grey[: step * _STRETCHES]
    return np.asarray(cv2.resize(whole, (grey.shape[1], _STRETCHES), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def passing(lack: NDArray[np.uint8], above: Grey, below: Grey, tall_mm: float) -> NDArray[np.uint8]:
    """The same, only of columns that lack something ``above`` or ``below`` (h, w each), too, where that can be seen,
    or that lack the same all along 90 mm; ``tall_mm``: how tall the part is.

    A line that somebody drew down a column of boxes ends with the table, and it leans; the scanner's does neither.
    """
    seen = [_levels_lacking(part) for part in (above, below)]
    told = [levels for levels in seen if levels is not None]
    if not told:
        return lack
    beyond = np.maximum.reduce([levels.max(axis=0) for levels in told])
    near = cv2.dilate(beyond[None, :], np.ones((1, _BESIDE_PX), np.uint8))
    alike = np.count_nonzero(lack >= np.maximum(_ALIKE * lack.max(axis=0), _WORTH), axis=0)
    upright = alike * tall_mm / _STRETCHES >= _LONG_MM
    kept = (near >= _BEYOND) | upright | (lack.max(axis=0) <= _PALE)
    return np.where(kept, lack, 0).astype(np.uint8)


def unmoved(lack: NDArray[np.uint8], grey: Grey) -> NDArray[np.uint8]:
    """The same without the few columns among which a dark line wanders: somebody drew it, or it is printed and the
    sheet lies at a slant; the scanner's own stand still. ``grey`` (h, w) uint8: the part that ``lack`` is of.

    Where many columns lack something they run into each other, and of those only the far darker ones can be told.
    """
    most = lack.max(axis=0)
    groups = _runs(np.flatnonzero(most >= _DARK))
    if 0 < len(groups) <= _FEW:
        blacks = [most[first:last].max() >= _BLACK for first, last in groups]
        bounds = [(_BLACK_LEANS_PX, None) if black else (_LEANS_PX, _CLEAN_LEANS_PX) for black in blacks]
        return _standing_still(lack, grey, groups, bounds)
    for dark in _DARKER if groups else ():
        groups = _runs(np.flatnonzero(most >= dark), _SOFT_PX)
        if 0 < len(groups) <= _FEW:
            return _standing_still(lack, grey, groups, [(_FAR_PX, _FAR_PX)] * len(groups))
    return lack


def reaching(lack: NDArray[np.uint8], grey: Grey, rims: list[Grey]) -> NDArray[np.uint8]:
    """The same without dark columns that end short of the sheet's edges and do not stand quite still: somebody drew
    them. ``grey`` (h, w) uint8: the part that ``lack`` is of; ``rims`` (h, w) uint8 each: what lies just within the
    edges; only where all of them are short a column is."""
    most = lack.max(axis=0)
    beyond = np.maximum.reduce([_short_of(cv2.reduce(rim, 0, cv2.REDUCE_AVG))[0] for rim in rims])
    near = cv2.dilate(beyond[None], np.ones((1, 2 * _BESIDE_PX - 1), np.uint8))[0]
    ending = _runs(np.flatnonzero((most >= _DARK) & (near < _SHORT * most)))
    return _standing_still(lack, grey, ending, [(_STILL_ENDS_PX, None)] * len(ending)) if ending else lack


def _standing_still(
    lack: NDArray[np.uint8], grey: Grey, groups: list[tuple[int, int]], bounds_px: Sequence[tuple[float, float | None]]
) -> NDArray[np.uint8]:
    """The same without those of some groups of columns, see ``_runs``, whose middle wanders by more than ``bounds_px``
    each: of all their stretches, and of the palest, None for columns that these do not help. ``grey`` (h, w) uint8: the
    part that ``lack`` is of."""
    shown = _short_of(_stretches(grey))
    kept = lack.copy()
    for (first, last), (most, of_palest) in zip(groups, bounds_px, strict=True):
        columns = lack[:, first:last]
        told = columns.max(axis=1) >= int(columns.max()) / 2
        line = shown[told, max(first - 1, 0) : last + 1]  # no further: a frame's side may lie there
        if _wanders_px(line) > most and (of_palest is None or _wanders_px(line, _CLEAN) > of_palest):
            kept[:, max(first - _SOFT_PX, 0) : last + _SOFT_PX] = 0
    return kept


def lacking_share(lack: NDArray[np.uint8]) -> float:
    """The share of columns, 0-1, that lack something worth making good."""
    return float((lack >= _WORTH).any(axis=0).mean())


def suspected(strips: list[Grey]) -> bool:
    """Whether some column is darker than its neighbours in several of the strips, which lie where nothing is printed.

    A cheap look between the rows of boxes; ``strips``: (h, w) uint8 each, all of one width.
    """
    if len(strips) < _STRIPS or min(strips[0].shape[1], min(len(s) for s in strips)) < 2:
        return True
    means = np.vstack([cv2.reduce(s, 0, cv2.REDUCE_AVG) for s in strips])
    dark = (_short_of(means) >= _WORTH).astype(np.uint8)
    return bool((dark.sum(axis=0) >= _STRIPS).any())


def bands(lack: NDArray[np.uint8], height: int, apart_px: int) -> list[Segment]:
    """Columns that lack something worth making good, each run as far down as it does, pixels from the part's corner;
    ``height`` of the part; runs that are hardly ``apart_px`` from each other are one."""
    step = height // _STRETCHES
    worth = (lack >= _WORTH).astype(np.uint8)
    near = cv2.morphologyEx(worth.max(axis=0)[None], cv2.MORPH_CLOSE, np.ones((1, apart_px), np.uint8))[0]
    found = []
    for first, last in _runs(np.flatnonzero(near)):
        down = np.flatnonzero(worth[:, first:last].any(axis=1))
        found.append((first, step * int(down[0]), last, step * (int(down[-1]) + 1)))
    return found


def touches(lack: NDArray[np.uint8], low: NDArray[np.float64], high: NDArray[np.float64], height: int) -> bool:
    """Whether any lacking column crosses one of the rects ``low``-``high`` (n, 2), pixels from the part's corner."""
    total = np.asarray(cv2.integral((lack >= _WORTH).astype(np.uint8)), np.int32)
    scale = np.array([1.0, _STRETCHES / height])
    limit = np.array([lack.shape[1], _STRETCHES])
    a = np.clip(np.floor(low * scale), 0, limit).astype(np.intp)
    b = np.clip(np.ceil(high * scale), 0, limit).astype(np.intp)
    found = total[b[:, 1], b[:, 0]] - total[a[:, 1], b[:, 0]] - total[b[:, 1], a[:, 0]] + total[a[:, 1], a[:, 0]]
    return bool((found > 0).any())


def evened(grey: Grey, lack: NDArray[np.uint8], x0: int, y0: int, y1: int) -> Grey:
    """A copy of the page in which rows ``y0`` to ``y1`` of the columns from ``x0`` on have what they lack."""
    clean = grey.copy()
    step = (y1 - y0) // _STRETCHES
    part = clean[y0:y1, x0 : x0 + lack.shape[1]]
    add = np.repeat(lack, step, axis=0)
    add = np.vstack([add, np.repeat(lack[-1:], part.shape[0] - len(add), axis=0)])
    part[:] = cv2.add(part, add)
    for first, last in _runs(np.flatnonzero((lack > _BLIND).any(axis=0))):
        blind = np.repeat((lack[:, first:last] > _BLIND).any(axis=1), step)
        _bridge(part, np.flatnonzero(blind), max(first - 2, 0), min(last + 1, part.shape[1] - 1))
    return clean


def all_along(small: Grey) -> list[float]:
    """Columns of (h, w) that are darker than their neighbours from top to bottom, pixels: the scanner's, for neither
    print nor a hand goes so far. ``small``: a reduced picture of the inside of a sheet."""
    if small.shape[0] < 4 * _BANDS or small.shape[1] < 2 * _WIDEST_PX:
        return []
    step = small.shape[0] // _BANDS
    bands = [cv2.reduce(small[k * step : (k + 1) * step], 0, cv2.REDUCE_AVG) for k in range(_BANDS)]
    means = np.asarray(np.vstack(bands), dtype=np.uint8)
    lack = _short_of(means).min(axis=0)
    return [(first + last - 1) / 2 for first, last in _runs(np.flatnonzero(lack >= _ALONG))]


def standing(grey: Grey, px_per_mm: float) -> list[Segment]:
    """Short black streaks of (h, w): dark lines that keep to the same columns all along."""
    tall = round(_STANDS_MM * px_per_mm)
    if grey.shape[0] < tall or grey.shape[1] < 2 * _WIDEST_PX:
        return []
    lack = _short_of(grey)
    black = cv2.threshold(lack, _BLACK, 255, cv2.THRESH_BINARY)[1]
    joined = cv2.morphologyEx(black, cv2.MORPH_CLOSE, np.ones((round(_CROSSING_MM * px_per_mm), 1), np.uint8))
    found = cv2.morphologyEx(joined, cv2.MORPH_OPEN, np.ones((tall, 1), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(found, connectivity=8)
    broadest = max(_BROADEST_MM * px_per_mm, _LEAST_BROADEST_PX)
    out: list[Segment] = []
    for x, y, w, h in (tuple(int(v) for v in s[:4]) for s in stats[1:count]):
        a, b = max(x - 2, 0), min(x + w + 2, grey.shape[1])
        if w <= broadest and _stands(lack[y : y + h, a:b]):
            out.append((a, y, b, y + h))
    return out


def _stands(lack: NDArray[np.uint8]) -> bool:
    """Whether the middle of a dark line, (h, w) grey levels it lacks, stays in its place all along."""
    return _wanders_px(lack) <= _STILL_PX


def _wanders_px(lack: NDArray[np.uint8], percentile: int = 50) -> float:
    """How far the middle of a dark line, (h, w) grey levels it lacks, moves from a quarter of its length to another;
    each quarter's profile is a ``percentile`` of its lines."""
    profiles = np.array([np.percentile(part, percentile, axis=0) for part in np.array_split(lack, _QUARTERS)])
    profiles = np.maximum(profiles - profiles.max(axis=1, keepdims=True) / 4, 0)
    middles = (profiles * np.arange(lack.shape[1])).sum(axis=1) / np.maximum(profiles.sum(axis=1), 1e-6)
    return float(np.ptp(middles))


def bridged(grey: Grey, segments: list[Segment]) -> Grey:
    """A copy of the page in which short streaks are filled from their neighbours."""
    clean = grey.copy()
    for x0, y0, x1, y1 in segments:
        _bridge(clean, np.arange(y0, y1), max(x0 - 1, 0), min(x1, grey.shape[1] - 1))
    return clean


def _bridge(part: Grey, rows: NDArray[np.intp], a: int, b: int) -> None:
    """Fill the columns from ``a`` to ``b`` of some rows from these two. Changes ``part``."""
    left, right = part[rows, a].astype(np.float32), part[rows, b].astype(np.float32)
    share = np.linspace(0, 1, b - a + 1, dtype=np.float32)[None, :]
    part[rows, a : b + 1] = (left[:, None] * (1 - share) + right[:, None] * share).astype(np.uint8)


def _runs(columns: NDArray[np.intp], apart_px: int = 0) -> list[tuple[int, int]]:
    """Neighbouring columns, or those no more than ``apart_px`` from each other, as (first, last), last excluded."""
    if not len(columns):
        return []
    gaps = np.flatnonzero(np.diff(columns) > 1 + apart_px)
    firsts, lasts = columns[np.append(0, gaps + 1)], columns[np.append(gaps, len(columns) - 1)] + 1
    return list(zip(firsts.tolist(), lasts.tolist(), strict=True))
