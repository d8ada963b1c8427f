"""Folds: creases that cross the whole sheet. They are taken out before marks are judged, for a crease is no vote.

A crease is a straight, faint and often broken line from edge to edge. A line that somebody drew through a row ends
within the table; so a line counts as a crease only if it goes on outside the region of the boxes.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.scan.region import Region
from ballot_scan.scan.registration import Grey

Line = tuple[float, float, bool]  # offset and slope in region pixels; True: upright (x = offset + slope * y)

_REDUCED = 4
_FAINTEST, _DARKEST = 0.07, 0.62  # darkness of a crease
_SUPPORT = 0.42  # share of the line's length, within the region, that shows
_BEYOND = 0.4  # the same outside the region
_HALF_WIDTH_PX = 4  # 0.5 mm
_FOLDS = 2  # looked for each way across a whole sheet
_ACROSS = 0.22  # share of the sheet that a crease shows along, print left out …
_EACH = 0.3  # … and of each third of its free places


def find(dark: NDArray[np.uint8], straight: Region, grey: Grey) -> list[Line]:
    """Creases through the region of the boxes, as lines in region pixels. ``grey`` is the whole page."""
    mask = cv2.inRange(cv2.blur(dark, (3, 3)), round(_FAINTEST * 255), round(_DARKEST * 255))
    small = mask[: mask.shape[0] // _REDUCED * _REDUCED, : mask.shape[1] // _REDUCED * _REDUCED]
    for _ in range(2):  # exact halves are the fast way down
        small = cv2.resize(small, (small.shape[1] // 2, small.shape[0] // 2), interpolation=cv2.INTER_AREA)
    small = np.asarray(small > 60, dtype=np.uint8)
    lines = []
    for upright in (True, False):
        found = _strongest(np.ascontiguousarray(small.T if upright else small, dtype=np.uint8))
        if found is not None:
            line = (found[0] * _REDUCED + _REDUCED / 2, found[1], upright)
            if _goes_on(line, straight, grey):
                lines.append(line)
    return lines


def across(dark: NDArray[np.uint8], free: NDArray[np.uint8]) -> list[Line]:
    """Creases across a whole sheet, as lines in pixels of ``dark`` (h, w) uint8, darkness of the sheet at 2 px/mm.

    ``free`` (h, w) uint8: 255 where nothing is printed; only there a crease is believed.
    """
    seen = cv2.bitwise_and(cv2.inRange(dark, round(_FAINTEST * 255), round(_DARKEST * 255)), free)
    lines: list[Line] = []
    for upright in (True, False):
        lying, open_ = (np.ascontiguousarray(m.T if upright else m) for m in (seen, free))
        for _ in range(_FOLDS):
            found = _across(np.asarray(lying, np.uint8), np.asarray(open_, np.uint8))
            if found is None:
                break
            lines.append((*found, upright))
            a, b = (0, round(found[0])), (lying.shape[1], round(found[0] + found[1] * lying.shape[1]))
            cv2.line(lying, a, b, 0, 5)
    return lines


def _across(lying: NDArray[np.uint8], free: NDArray[np.uint8]) -> tuple[float, float] | None:
    """Offset and slope of the nearly level line that shows along most of its free places, in each third of them."""
    length = lying.shape[1]
    votes = round(_ACROSS * length)
    found = cv2.HoughLines(lying, 1, np.radians(0.2), votes, min_theta=np.radians(87.6), max_theta=np.radians(92.4))
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
    thirds = np.array_split(shown, 3)
    even = len(shown) >= 0.25 * length and all(t.mean() >= _EACH for t in thirds)
    return (offset, slope) if even and shown.mean() >= _SUPPORT else None


def _strongest(lying: NDArray[np.uint8]) -> tuple[float, float] | None:
    """Offset and slope of the nearly level line with the widest support, or None where none has enough."""
    length = lying.shape[1]
    votes = round(_SUPPORT * length)
    found = cv2.HoughLines(lying, 1, np.radians(0.2), votes, min_theta=np.radians(87.6), max_theta=np.radians(92.4))
    if found is None:
        return None
    rho, theta = (float(v) for v in np.asarray(found, dtype=np.float64).reshape(-1, 2)[0])
    slope, offset = -np.cos(theta) / np.sin(theta), rho / np.sin(theta)
    xs = np.arange(length)
    ys = np.round(offset + slope * xs).astype(int)
    ok = (ys >= 1) & (ys < lying.shape[0] - 1)
    # each stretch counts once, however thick the line is there
    shown = lying[ys[ok], xs[ok]] | lying[ys[ok] - 1, xs[ok]] | lying[ys[ok] + 1, xs[ok]]
    return (offset, slope) if shown.sum() >= _SUPPORT * length else None


def _goes_on(line: Line, straight: Region, grey: Grey) -> bool:
    """Whether the line shows outside the region as well, towards the sheet's edges."""
    offset, slope, upright = line
    height, width = straight.grey.shape
    end = height if upright else width
    reach = 45 * 8  # 45 mm beyond, as far as the sheet goes
    t = np.concatenate([np.arange(-reach, -24, 6), np.arange(end + 24, end + reach, 6)]).astype(np.float64)
    across = offset + slope * t
    shown, seen = 0, 0
    side = np.array([-10.0, -2.0, -1.0, 0.0, 1.0, 2.0, 10.0])
    points = np.stack([np.repeat(across[:, None], 7, 1) + side, np.repeat(t[:, None], 7, 1)], axis=-1)
    if not upright:
        points = points[..., ::-1]
    px = np.round(straight.to_page(points.reshape(-1, 2))).astype(int)
    ok = ((px >= 0) & (px < np.array(grey.shape[::-1]))).all(axis=1).reshape(-1, 7).all(axis=1)
    values = grey[np.clip(px[:, 1], 0, grey.shape[0] - 1), np.clip(px[:, 0], 0, grey.shape[1] - 1)]
    v = values.reshape(-1, 7)[ok].astype(int)
    flank = np.minimum(v[:, 0], v[:, 6])
    v, flank = v[flank > 120], flank[flank > 120]  # print beside it, or the scanner's bed, says nothing
    seen = len(v)
    shown = int((v[:, 1:6].min(axis=1) < flank - 14).sum())
    return seen >= 8 and shown >= _BEYOND * seen


def lifted(grey: Grey, ends_px: list[NDArray[np.float64]], half_px: float, paper: float, span: float) -> Grey:
    """A copy of a page in which creases are paper; ink darker than a crease stays. ``ends_px``: (2, 2) each."""
    out = grey.copy()
    for (ax, ay), (bx, by) in ends_px:
        band = np.zeros_like(grey)
        cv2.line(band, (round(ax), round(ay)), (round(bx), round(by)), 255, 2 * max(1, round(half_px)) + 1)
        where = (band > 0) & (grey < paper) & (grey > paper - _DARKEST * span)
        out[where] = round(paper)
    return out


def clear(dark: NDArray[np.uint8], lines: list[Line]) -> NDArray[np.uint8]:
    """The region's darkness without the creases; ink darker than a crease stays where it crosses one."""
    out = dark.copy()
    height, width = dark.shape
    band = np.zeros_like(dark)
    for offset, slope, upright in lines:
        end = height if upright else width
        a, b = (offset, 0.0), (offset + slope * end, float(end))
        if not upright:
            a, b = a[::-1], b[::-1]
        cv2.line(band, (round(a[0]), round(a[1])), (round(b[0]), round(b[1])), 255, 2 * _HALF_WIDTH_PX + 1)
    out[(band > 0) & (dark < _DARKEST * 255)] = 0
    return out
