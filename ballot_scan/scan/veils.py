"""Veils: rubbings, smudges, rings of stains and shadows, broad and soft, are lifted off before ink is looked for.

What is left where everything narrower than any stroke is taken away (an opening, at 2 px/mm) is either a veil or a
filling. A veil has no edges: it comes and goes over millimetres. What was drawn has them, and keeps to its box.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.scan.frames import Frames

_COARSE = 4  # of the region's pixels to one: 2 px/mm
_STROKE_PX = 5  # 2.5 mm: broader than any stroke
_SOFT_PX = 1.0
_RIM, _LEAST, _DARKEST = 0.03, 0.06, 0.45  # where it ends; how dark its darkest place is
# for what reaches 5 mm or 10 mm: how much of its darkness comes in half a millimetre, on the whole and anywhere; of a
# filling's a quarter and more does
_SOFT = ((10, 0.2, 0.26), (20, 0.23, 0.31))
_IN_BOX, _ABOUT_PX = 0.5, 8  # of a filling, or of what was rubbed out, so much lies in one box and 1 mm about it
_ABOUT_VEIL_PX = 3
# within 2 mm of a box so many places so steep, of their darkness and of what it changes about them, are of an edge
_EDGE_PX, _NEAR_PX, _STEP, _EDGE, _ABOUT_EDGE_PX = 6, 4, 0.015, 0.25, 9
_MORE = 1.3  # an opening lays a veil's ridge lower than it is, by so much at most; so may it lie in a box


def lifted(dark: NDArray[np.uint8], boxes: Frames) -> NDArray[np.uint8]:
    """The darkness of a region, (h, w) uint8, without its veils; the same array where there is none.

    What is black under a veil stays so: the darkness left is held against the paper's white that is left.
    """
    size = (dark.shape[1] // _COARSE, dark.shape[0] // _COARSE)
    if min(size) < _STROKE_PX:
        return dark
    small = np.asarray(cv2.resize(dark, size, interpolation=cv2.INTER_AREA), np.uint8)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_STROKE_PX, _STROKE_PX))
    broad = cv2.morphologyEx(small, cv2.MORPH_OPEN, disc)
    if broad.max() < _LEAST * 255:
        return dark
    veil = _veils(small, np.asarray(cv2.GaussianBlur(broad, (0, 0), _SOFT_PX), np.uint8), boxes)
    if veil is None:
        return dark
    over = cv2.resize(veil, dark.shape[::-1], interpolation=cv2.INTER_LINEAR)
    left = cv2.subtract(dark, over).astype(np.float32) * (255 / (255 - over.astype(np.float32)))
    return np.asarray(np.minimum(np.rint(left), 255), np.uint8)


def _veils(small: NDArray[np.uint8], broad: NDArray[np.uint8], boxes: Frames) -> NDArray[np.uint8] | None:
    """(h, w) how dark the veils are; None where there is none. ``small`` (h, w): the darkness at 2 px/mm; ``broad``:
    what is left of it without strokes."""
    seen = np.asarray(broad >= _RIM * 255, np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(seen, connectivity=4)
    reach = stats[:, 2:4].max(axis=1)
    reach[0] = 0
    if reach.max() < _SOFT[0][0]:
        return None
    steep = np.hypot(*(cv2.Sobel(broad, cv2.CV_32F, dx, 1 - dx, scale=1 / 8) for dx in (1, 0)))
    about = boxes.rects((broad.shape[0] * _COARSE, broad.shape[1] * _COARSE), _ABOUT_PX) // _COARSE
    held = np.zeros(count)
    for x0, y0, x1, y1 in about:
        np.maximum(held, np.bincount(labels[y0:y1, x0:x1].ravel(), minlength=count), out=held)
    may_be = (reach >= _SOFT[0][0]) & (held < _IN_BOX * stats[:, cv2.CC_STAT_AREA])
    owned = ((k, labels == k) for k in np.flatnonzero(may_be))
    chosen = [k for k, own in owned if _is_veil(broad[own], steep[own], int(reach[k]))]
    if not chosen:
        return None
    where = cv2.dilate(np.isin(labels, chosen).astype(np.uint8), np.ones((2 * _ABOUT_VEIL_PX + 1,) * 2, np.uint8))
    veil = np.minimum(cv2.medianBlur(small, _STROKE_PX), cv2.convertScaleAbs(broad, alpha=_MORE)) * where
    changes = cv2.morphologyEx(broad, cv2.MORPH_GRADIENT, np.ones((_ABOUT_EDGE_PX, _ABOUT_EDGE_PX), np.uint8))
    edges = (veil > 0) & (steep > _STEP * 255) & (steep > _EDGE * changes)
    return _no_more_inside(np.asarray(veil, np.uint8), edges, about)


def _is_veil(dark: NDArray[np.uint8], steep: NDArray[np.float32], reach_px: int) -> bool:
    """Whether ink of which ``dark`` (n,) is left and so ``steep`` (n,) is pale and soft, for what reaches so far."""
    peak, usual, most = float(dark.max()), float(np.percentile(steep, 95)), float(steep.max())
    soft = any(reach_px >= least and usual <= a * peak and most <= b * peak for least, a, b in _SOFT)
    return soft and _LEAST * 255 <= peak <= _DARKEST * 255


def _no_more_inside(
    veil: NDArray[np.uint8], edges: NDArray[np.bool_], about: NDArray[np.intp]
) -> NDArray[np.uint8] | None:
    """The same, in each box hardly darker than beyond two of its sides, for a filling may lie under a veil, and not in
    one with ``edges`` (h, w) of what was drawn; None where nothing is left of it. Changes ``veil``."""
    for x0, y0, x1, y1 in about:
        inside = veil[y0:y1, x0:x1]
        if inside.any():
            near = edges[max(0, y0 - _NEAR_PX) : y1 + _NEAR_PX, max(0, x0 - _NEAR_PX) : x1 + _NEAR_PX]
            sides = sorted(int(side.max()) for side in (inside[0], inside[-1], inside[:, 0], inside[:, -1]))
            most = 0 if np.count_nonzero(near) >= _EDGE_PX else min(round(_MORE * sides[-2]), 255)
            np.minimum(inside, most, out=inside)
    return veil if veil.any() else None
