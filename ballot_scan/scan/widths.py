"""How wide lines are, where they are half as dark as at their darkest: a hair is narrower than a printed line.

Blur widens what is narrower than itself to about its own width, whatever it was: so a stroke is held against the boxes'
frames of the same page, lines of 0.25 mm, and no pen draws a pale line narrower than those.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.scan.frames import Frames

_REACH_PX = 8  # 1 mm either side of a frame's line
_ALONG_PX = 14  # of a side's middle, either way
_FRAMES = 12  # are enough to tell
_FINE = 3  # times as fine: half a pixel more or less would decide
_TENTHS = 10  # of a pixel
_SEEN = 30  # darkness (of 255) of a line that can be measured
_PEAK_SHARE = 0.85  # of a stroke's pixels are no darker than what counts as its darkest


def of_frames(dark: NDArray[np.uint8], frames: Frames) -> float:
    """Width (px) of the page's usual frame line, the median over the sides of a dozen frames found; 0 where none is.

    ``dark`` (h, w) uint8: darkness of the region.
    """
    there = np.flatnonzero(frames.found)
    some = there[:: max(1, len(there) // _FRAMES)]
    parts: list[NDArray[np.uint8]] = []  # each with its line upright
    for (x, y), (w, h) in zip(frames.centre_px[some], frames.size_px[some] / 2, strict=True):
        for dx, dy in ((-w, 0.0), (w, 0.0), (0.0, -h), (0.0, h)):
            across, along = (_REACH_PX, _ALONG_PX) if dx else (_ALONG_PX, _REACH_PX)
            left, top = round(x + dx) - across, round(y + dy) - along
            part = dark[max(top, 0) : top + 2 * along + 1, max(left, 0) : left + 2 * across + 1]
            if part.shape == (2 * along + 1, 2 * across + 1):
                parts.append(part if dx else part.T)
    if not parts:
        return 0.0
    lines = np.median(parts, axis=1)
    lines = lines[lines.max(axis=1) >= _SEEN]
    shown = _finer(lines) > lines.max(axis=1, keepdims=True) / 2
    return float(np.median(np.count_nonzero(shown, axis=1))) / _TENTHS if len(lines) else 0.0


def _finer(lines: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 10 (w - 1)) of (n, w): tenths of a pixel, between the pixels in proportion."""
    share = np.arange(_TENTHS) / _TENTHS
    between = lines[:, :-1, None] * (1 - share) + lines[:, 1:, None] * share
    return np.asarray(between.reshape(len(lines), -1))


def of_stroke(dark: NDArray[np.uint8], stroke: NDArray[np.bool_]) -> float:
    """Mean width (px) of the strokes under a mask: twice their area by their outline, at half of their darkest.

    ``dark`` (h, w) uint8; ``stroke`` (h, w): which pixels are theirs.
    """
    values = np.sort(dark[stroke])
    peak = float(values[int(len(values) * _PEAK_SHARE)]) if len(values) else 0.0
    near = cv2.dilate(_with_rim(stroke.astype(np.uint8)), np.ones((3, 3), np.uint8))
    part = cv2.multiply(_with_rim(dark), near)
    fine = cv2.resize(part, None, fx=_FINE, fy=_FINE, interpolation=cv2.INTER_CUBIC)
    solid = np.asarray(fine > peak / 2, dtype=np.uint8)
    outlines, _ = cv2.findContours(solid, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    around = sum(cv2.arcLength(line, True) for line in outlines)
    return 2 * float(np.count_nonzero(solid)) / max(around, 1.0) / _FINE


def _with_rim(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(h + 4, w + 4) of (h, w): nothing about it; ten times as fast as numpy's for pictures so small."""
    return np.asarray(cv2.copyMakeBorder(picture, 2, 2, 2, 2, cv2.BORDER_CONSTANT, value=0), np.uint8)
