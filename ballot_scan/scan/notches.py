"""Notches: how often the outline of ink turns inwards, by which a cross is told from a stroke, a tick or a blot."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_PAD_PX = 2
_DEEP_PX = 1.6  # 0.2 mm below the hull
_OF_A_CROSS = 4
_SHARE = 0.9  # of the ink hangs together


def is_cross(ink: NDArray[np.bool_]) -> bool:
    """Whether ink (h, w) hangs together and has an arm on each of four sides: its outline turns in between any two.

    A hair that bends, a hesitant stroke and what a pen's rest leaves have two such notches at most, a loop three.
    """
    closed = cv2.morphologyEx(np.pad(ink, _PAD_PX).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    outlines, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not outlines:
        return False
    outline = max(outlines, key=cv2.contourArea)
    own = np.zeros_like(closed)
    cv2.drawContours(own, [outline], -1, 1, cv2.FILLED)
    inner = slice(_PAD_PX, -_PAD_PX)
    if np.count_nonzero(own[inner, inner][ink]) < _SHARE * np.count_nonzero(ink):
        return False
    try:
        found = cv2.convexityDefects(outline, cv2.convexHull(outline, returnPoints=False))
    except cv2.error:  # the hull of an outline that touches itself
        return False
    if found is None:
        return False
    depth_px = np.reshape(found, (-1, 4))[:, 3] / 256
    return bool(np.count_nonzero(depth_px >= _DEEP_PX) >= _OF_A_CROSS)
