"""A tick by its form alone: two straight arms that meet in a sharp turn, where ink has no box to be told by.

A hair bends too, but in a bow; letters turn more often.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

_WHOLE = 0.9  # of the ink is one piece: what is left beside misplaced print is several
_LONG_MM, _SHORT_MM, _RATIO = (2.9, 9.0), 0.9, 5.0  # its longer arm, its shorter one, and by how much that is shorter
_TURN_DEG, _LEVEL = (22.0, 108.0), 0.2  # between its arms; of a corner of print both are level or upright
_INK_MM = 0.1  # how broad its lines were, if they were black: a hair's are finer
_OFF_MM, _SHARE = 0.27, 96  # how far nearly all of its ink lies from the middle of its arms, beside half a stroke


def is_tick(ink: NDArray[np.bool_], dark: NDArray[np.uint8], px_per_mm: float) -> bool:
    """Whether ``ink`` (h, w), at so many pixels to the millimetre, is a tick; ``dark`` (h, w): how dark it is."""
    areas = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)[2][1:, cv2.CC_STAT_AREA]
    if not len(areas) or areas.max() < _WHOLE * areas.sum():
        return False
    ys, xs = np.nonzero(ink)
    points = np.column_stack([xs, ys]).astype(np.float64)
    hull = np.asarray(cv2.convexHull(points.astype(np.float32)), np.float64)[:, 0]
    if len(hull) < 3:
        return False
    apart = np.hypot(*(hull[:, None] - hull[None, :]).transpose(2, 0, 1))
    a, b = (hull[k] for k in np.unravel_index(int(apart.argmax()), apart.shape))
    off, way = hull - a, b - a
    c = hull[np.abs(off[:, 0] * way[1] - off[:, 1] * way[0]).argmax()]
    one, turn, other = min(((a, b, c), (a, c, b), (b, a, c)), key=lambda corners: _strays(points, *corners))
    ways, longs = [one - turn, other - turn], [float(np.hypot(*(end - turn))) / px_per_mm for end in (one, other)]
    shorter, longer = sorted(longs)
    if not (_LONG_MM[0] <= longer <= _LONG_MM[1] and shorter >= max(_SHORT_MM, longer / _RATIO)):
        return False
    arms = [arm / np.hypot(*arm) for arm in ways]
    between = float(np.degrees(np.arccos(np.clip(arms[0] @ arms[1], -1, 1))))
    leans = max(float(np.abs(arm).min()) for arm in arms) > _LEVEL
    if float(dark[ink].sum()) / 255 / px_per_mm**2 < _INK_MM * sum(longs):
        return False
    half_px = len(points) / sum(longs) / px_per_mm / 2
    near = _strays(points, one, turn, other) <= half_px + _OFF_MM * px_per_mm
    return leans and near and _TURN_DEG[0] <= between <= _TURN_DEG[1]


def _strays(points: Points, one: Points, turn: Points, other: Points) -> float:
    """How far nearly all points lie from the nearer one of two arms that meet at a turn."""
    return float(np.percentile(np.minimum(_from(points, turn, one), _from(points, turn, other)), _SHARE))


def _from(points: Points, a: Points, b: Points) -> NDArray[np.float64]:
    """(n,) how far points (n, 2) lie from the line between two."""
    way = b - a
    along = np.clip((points - a) @ way / max(float(way @ way), 1e-9), 0, 1)
    return np.asarray(np.hypot(*(points - a - along[:, None] * way).T))
