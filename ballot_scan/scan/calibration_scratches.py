"""Scratches of the drum: pale lines right through what is printed, told by the table's rules and by the markers.

A scratch along the feed takes a piece out of each rule that it crosses, at one place of all. Print that lies a little
off its place does not: the rules are straight and go on.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.scan import registration as reg
from ballot_scan.scan.pictures import Grey

_RULE, _LONG = 8, 0.5  # darkness (of 255) of a printed rule, and share of the form's extent that it has
_REACH_PX = 2  # a rule may lie so far off its place, at 4 px/mm
_AROUND_PX = 4
_LEAST_RULES = 3
_LACKS, _SIGMA = 0.5, 5.0  # share of the rules' darkness that a scratch takes; and it is not the scan's grain
_MOST, _SHOWN = 5, 0.5  # of a rule that shows, all but 5 % are at least half as dark as usual
_END_PX = 8  # of a rule, not looked at
_MARKER_PX, _RIM_PX, _LIGHT = 60, 3, 0.04  # a marker's picture; its cells' edges; share of its black that is light

Shade = NDArray[np.uint8]


def across(printed: Shade, seen: Shade) -> list[float]:
    """Columns (pixels) at which the level rules of a form have gaps. ``printed``, ``seen``: (h, w) darkness of the
    blank form and of the sheet; transposed, the rows at which upright rules have."""
    lines = _rules(printed)
    crossed = _off_rules(printed, lines)
    there = np.array([_along(seen, crossed, *line) for line in lines]).reshape(-1, printed.shape[1])
    there = there[[_is_shown(profile) for profile in there]]
    many = (~np.isnan(there)).sum(axis=0) >= _LEAST_RULES
    if not many.any():
        return []
    level = np.nanmedian(there[:, many], axis=0)
    spread = 1.4826 * float(np.median(np.abs(level - 1)))
    gaps = np.flatnonzero(many)[level < 1 - max(_LACKS, _SIGMA * spread)]
    runs = np.split(gaps, np.flatnonzero(np.diff(gaps) > 3) + 1) if len(gaps) else []
    return [float(run.mean()) + 0.5 for run in runs]


def _along(seen: Shade, crossed: NDArray[np.bool_], y: int, x0: int, x1: int) -> NDArray[np.float64]:
    """(w,) how dark a rule is along its length, 1 usual; NaN where it does not run or something crosses it."""
    rows = slice(max(0, y - _REACH_PX - _AROUND_PX), y + _REACH_PX + _AROUND_PX + 1)
    strip = seen[rows, x0:x1].astype(np.float64)
    amount = np.maximum(strip[_AROUND_PX:-_AROUND_PX] - np.median(strip, axis=0), 0).sum(axis=0)
    profile = np.full(seen.shape[1], np.nan)
    profile[x0:x1] = np.where(crossed[rows, x0:x1].any(axis=0), np.nan, amount / max(float(np.median(amount)), 1.0))
    return profile


def _is_shown(profile: NDArray[np.float64]) -> bool:
    """Whether a rule stands out of the grain all along: a pale one may be lost to a light scan."""
    known = profile[~np.isnan(profile)]
    return bool(known.size and float(np.percentile(known, _MOST)) >= _SHOWN)


def _rules(printed: Shade) -> list[tuple[int, int, int]]:
    """Level rules of the form: y of the middle, first and last column."""
    dark = (printed > _RULE).astype(np.uint8)
    long = round(_LONG * printed.shape[1])
    lines = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((1, long), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(lines, connectivity=8)
    return [
        (int(y + h // 2), int(x) + _END_PX, int(x + w) - _END_PX)
        for x, y, w, h in (stats[i, :4] for i in range(1, count))
        if h <= 2 * _REACH_PX
    ]


def _off_rules(printed: Shade, lines: list[tuple[int, int, int]]) -> NDArray[np.bool_]:
    """(h, w) where something else than these rules is printed, and about it."""
    rest = (printed > _RULE).astype(np.uint8)
    for y, x0, x1 in lines:
        rest[y - _REACH_PX : y + _REACH_PX + 1, x0:x1] = 0
    return np.asarray(cv2.dilate(rest, np.ones((1, 4 * _AROUND_PX + 1), np.uint8)) > 0, np.bool_)


def in_markers(grey: Grey, markers: Iterable[reg.Marker]) -> list[int]:
    """Ids of the markers whose black has light places."""
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
    size = _MARKER_PX - 1
    square = np.array([(0, 0), (size, 0), (size, size), (0, size)], np.float32)
    bad = []
    for marker in markers:
        ideal = cv2.aruco.generateImageMarker(dictionary, marker.id, _MARKER_PX)
        kernel = np.ones((2 * _RIM_PX + 1, 2 * _RIM_PX + 1), np.uint8)
        black = cv2.dilate(ideal, kernel, borderValue=255) == 0
        white = cv2.erode(ideal, kernel, borderValue=0) == 255
        matrix = cv2.getPerspectiveTransform(marker.corners_px.astype(np.float32), square)
        seen = cv2.warpPerspective(grey, matrix, (_MARKER_PX, _MARKER_PX), flags=cv2.INTER_AREA)
        middle = (float(np.median(seen[black])) + float(np.median(seen[white]))) / 2
        if float((seen[black] > middle).mean()) >= _LIGHT:
            bad.append(marker.id)
    return bad
