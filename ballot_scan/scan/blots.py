"""Blots: a corner that was inked, by a leaking pen or the duplicator. Its blob reaches beyond the marker, and is not
writing; what was written beside it stays."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.paper.layout import Rect
from ballot_scan.scan.ink import BLANK_PX

_INK = 0.2  # darkness
_CORE_MM = 4.0  # broader than the broadest stroke
_RIM_MM = 0.75  # about that core
_NEAR_MM = 6.0  # of a marker


def at_markers(dark: NDArray[np.uint8], origin: tuple[int, int], markers_mm: list[Rect]) -> NDArray[np.bool_]:
    """(h, w) where blots lie that reach a marker, in a place of the sheet from ``origin`` (x, y) on, at 4 px/mm.

    ``dark`` (h, w) uint8: its darkness, print and all.
    """
    near = np.zeros(dark.shape, np.uint8)
    for x, y, w, h in markers_mm:
        low = np.round((np.array([x, y]) - _NEAR_MM) * BLANK_PX).astype(int) - origin
        high = np.round((np.array([x + w, y + h]) + _NEAR_MM) * BLANK_PX).astype(int) - origin
        (x0, y0), (x1, y1) = np.maximum(low, 0), np.maximum(high, 0)
        near[y0:y1, x0:x1] = 1
    if not near.any():
        return near > 0
    ink = np.asarray(dark > _INK * 255, np.uint8)
    core = cv2.morphologyEx(ink, cv2.MORPH_OPEN, _disc(_CORE_MM / 2), borderValue=0)
    _, labels = cv2.connectedComponents(core, connectivity=8)
    reaching = np.unique(labels[(near > 0) & (labels > 0)])
    return cv2.dilate(np.isin(labels, reaching).astype(np.uint8), _disc(_RIM_MM)) > 0


def _disc(radius_mm: float) -> cv2.typing.MatLike:
    side = 2 * round(radius_mm * BLANK_PX) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
