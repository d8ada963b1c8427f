"""The sensor's columns: bands and streaks along the feed, seen in strips of bare paper right across a sheet."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ballot_scan.paper.calibration_sheet import CalibrationSheet
from ballot_scan.paper.layout import Rect
from ballot_scan.scan.calibration_read import Placed
from ballot_scan.scan.pictures import Grey

Floats = NDArray[np.float64]

_STREAK = 8.0  # grey levels that a column lacks or exceeds: reader and this agree (scan/streaks.py)
_STREAKS_MOST = 12
_WIDE_MM = 5.0  # columns are compared with their surroundings of this width


def columns(
    grey: Grey, placed: Placed, sheet: CalibrationSheet, noise: float
) -> tuple[float | None, tuple[float, ...]]:
    """Bands (standard deviation of grey between columns; None for a sheet fed sideways) and the places of streaks,
    in mm from the picture's left edge."""
    profiles = [p for strip in sheet.strips_mm if (p := column_profile(grey, placed, strip)) is not None]
    if len(profiles) < 2:
        return None, ()
    per_mm = float(np.mean(placed.px_per_mm))
    rows = max(1, round(4.0 * per_mm))
    rough = np.stack([against_surroundings(p, round(_WIDE_MM * per_mm)) for p in profiles])
    known = (~np.isnan(rough)).sum(axis=0) >= 2
    if known.sum() < 50:
        return None, ()
    level = np.where(known, _median_of(rough), 0.0)
    usual = 1.4826 * float(np.median(np.abs(level[known])))
    streak = max(_STREAK, 5 * usual)
    where = middles(np.flatnonzero(known & (np.abs(level) >= streak)))
    if len(where) > _STREAKS_MOST:
        where, streak = [], np.inf  # not dirt in places, but a sensor uneven all over: bands
    even = level[known & (np.abs(level) < streak)]
    variance = float(np.var(even)) - noise**2 / rows / len(profiles) * 1.3
    return float(np.sqrt(max(variance, 0.0))), tuple(round(x / per_mm, 1) for x in where)


def _median_of(stacked: Floats) -> Floats:
    """Column medians without NaN; 0 where all are."""
    out = np.zeros(stacked.shape[1])
    some = ~np.isnan(stacked).all(axis=0)
    out[some] = np.nanmedian(stacked[:, some], axis=0)
    return out


def middles(places: NDArray[np.intp]) -> list[float]:
    """Middles of runs of neighbouring places (gaps up to 3 belong together)."""
    if not len(places):
        return []
    return [float(run.mean()) for run in np.split(places, np.flatnonzero(np.diff(places) > 3) + 1)]


def column_profile(grey: Grey, placed: Placed, strip: Rect) -> Floats | None:
    """(w,) mean grey of each column of the picture within the strip; NaN beyond it; None where it runs upright."""
    x, y, w, h = strip
    ends = placed.registration.points_px(np.array([(x, y + h / 2), (x + w, y + h / 2)]))
    (ax, ay), (bx, by) = ends[np.argsort(ends[:, 0])]
    if abs(bx - ax) < 4 * abs(by - ay):
        return None
    columns = np.arange(max(0, int(np.ceil(ax))), min(grey.shape[1], int(bx)))
    if len(columns) < 100:
        return None
    half = round(2.0 * float(np.mean(placed.px_per_mm)))
    middle = np.round(ay + (columns - ax) * (by - ay) / (bx - ax)).astype(int)
    rows = middle[None, :] + np.arange(-half, half + 1)[:, None]
    if rows.min() < 0 or rows.max() >= grey.shape[0]:
        return None
    profile = np.full(grey.shape[1], np.nan)
    profile[columns] = grey[rows, columns[None, :]].mean(axis=0)
    return profile


def against_surroundings(profile: Floats, width: int) -> Floats:
    """The profile without what changes slowly: minus the median of ``width`` columns."""
    known = np.flatnonzero(~np.isnan(profile))
    out = np.full(len(profile), np.nan)
    inner = profile[known[0] : known[-1] + 1]
    width += 1 - width % 2
    padded = np.pad(inner, width // 2, mode="edge")
    slow = np.median(np.lib.stride_tricks.sliding_window_view(padded, width), axis=1)
    out[known[0] : known[-1] + 1] = inner - slow
    return out
