"""Notches: how far and how often the outline of ink turns inwards: it tells a cross from a stroke, a tick or a blot."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Line = NDArray[np.bool_]

_PAD_PX = 2
_DEEP_PX, _DEEP = 1.6, 0.07  # 0.2 mm below the hull, and by the ink's extent
_OF_A_CROSS = 4
_WIDEST = 3.0  # radians from one to the next, as the middle sees them: they lie all around it
_SHARE = 0.9  # of the ink hangs together
_GRAIN_PX, _INK, _FAINTEST = 1.0, 0.4, 8  # blurred so, what is so dark to the ink's own 85th percentile (of 255) is ink
_OWN_SHARE, _DARK_SHARE = 0.7, 0.85
_BRIDGE_PX = 7  # more than a frame's line is broad
_ARMS, _ARM_PX = 3, 6  # a line cuts a cross in so many pieces, each so large, and what bends once in two
_WIDER, _RIM_SHARE = 2, 0.4  # times a line is taken to be a pixel broader, where so much of what is beside it is ink


def solidity(ink: NDArray[np.bool_]) -> float:
    """The share of its hull that the largest piece of ink (h, w) fills: a dot all of it, a cross about half."""
    outlines, _ = cv2.findContours(ink.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(outlines, key=cv2.contourArea)
    hull = cv2.contourArea(cv2.convexHull(outline))
    return float(cv2.contourArea(outline) / hull) if hull else 1.0


def is_cross(ink: NDArray[np.bool_]) -> bool:
    """Whether ink (h, w) hangs together and has an arm on each of four sides: its outline turns in between any two.

    A hair that bends once or twice, a hesitant stroke and what a pen's rest leaves have two such notches at most, and
    a loop three; those of a ragged edge are shallow, or lie on one side. Ink across a frame's line is two pieces.
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
    found = np.reshape(found, (-1, 4))
    least_px = max(_DEEP_PX, _DEEP * float(np.ptp(outline[:, 0], axis=0).max()))
    deep = outline[found[found[:, 3] >= 256 * least_px, 2], 0]
    if len(deep) < _OF_A_CROSS:
        return False
    ways = np.sort(np.arctan2(*(deep - np.argwhere(own)[:, ::-1].mean(axis=0)).T[::-1]))
    return bool(np.diff(ways, append=ways[0] + 2 * np.pi).max() < _WIDEST)


def is_cross_on_line(dark: NDArray[np.uint8], ink: NDArray[np.bool_], inside: NDArray[np.bool_], line: Line) -> bool:
    """Whether ``ink``, whose part ``inside`` lies in a box, is a cross, its middle perhaps on the frame's ``line``.

    All (h, w); ``dark`` uint8: where the ink was looked for about the line nothing of it is left. Here only the line
    itself is passed over, and what reaches it on both sides is joined across it.
    """
    soft = cv2.GaussianBlur(dark, (0, 0), _GRAIN_PX)
    level = max(_INK * float(np.percentile(soft[ink], 100 * _DARK_SHARE)), _FAINTEST)
    pad = _BRIDGE_PX
    for _ in range(_WIDER):
        wider = cv2.dilate(line.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        rim = soft[wider & ~line] >= level
        if not rim.size or rim.mean() < _RIM_SHARE:
            break
        line, pad = wider, pad + 2  # the line's own soft edge is no arm
    seen = (soft >= level) & ~line
    apart, arms = cv2.connectedComponents(seen.astype(np.uint8), connectivity=8)
    bridge = cv2.morphologyEx(np.pad(seen, pad).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((pad, pad), np.uint8))
    seen |= (bridge[pad:-pad, pad:-pad] > 0) & line
    count, labels = cv2.connectedComponents(seen.astype(np.uint8), connectivity=8)
    held = np.bincount(labels[inside], minlength=count)
    held[0] = 0
    whole = labels == int(held.argmax())
    joined = np.count_nonzero(np.bincount(arms[whole], minlength=apart)[1:] >= _ARM_PX)
    own = held.max() > _OWN_SHARE * np.count_nonzero(inside)
    return bool(own and joined >= _ARMS) and is_cross(whole)
