"""Faint lines: what a scan kept of a mark too pale to count as ink, in a box that seems empty.

A page's empty boxes are held against each other: what paper, noise and the scanner's bands draw in one of them they
draw in the others. Taken at 4 px/mm, where noise is half as strong, and without what is broader than a stroke, as
shade, smudges and show-through are. A dot is small, and what is left of a streak or a crease spreads along one axis
only; a second cross in pencil does neither, though nothing of it may be darker than the grain of the paper.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.scan.frames import RING_IN_PX, RING_OUT_PX, Frames
from ballot_scan.scan.pieces import axes
from ballot_scan.scan.region import quantiles

_HALF = 2
_WITHIN_PX = 2  # further in, or out, than the frame's print
_STROKE_PX = 5  # 1.25 mm: what is broader is no line
_LEVEL, _ABOVE = 0.98, 2  # share of the empty boxes' pixels that are no darker; grey levels more are a line's
_LEAST_PX = 26  # 1.6 mm²
_LEAST_BESIDE_PX = 14  # … where a speck of the same may stand beside it
_SPREAD_PX, _ACROSS_PX = 2.0, 1.2  # standard deviations along the axis of more spread and of less
_BEYOND_PX, _ASIDE_PX, _THERE = 10, 9, 0.6  # past the frame, so far, so near, and over so much of it
_SINGLE = 0.4  # spread of one line across by its spread along
ENOUGH = 6  # empty boxes to tell what is usual


def parted(dark: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """(h / 2, w / 2) uint8 each: what of the region's ``dark`` (h, w) uint8 is no broader than a stroke, at 4 px/mm,
    and what is."""
    half = cv2.resize(dark, (dark.shape[1] // _HALF, dark.shape[0] // _HALF), interpolation=cv2.INTER_AREA)
    broad = cv2.morphologyEx(half, cv2.MORPH_OPEN, np.ones((_STROKE_PX, _STROKE_PX), np.uint8))
    return np.asarray(cv2.subtract(half, broad), np.uint8), np.asarray(broad, np.uint8)


def lined(
    lines: NDArray[np.uint8],
    frames: Frames,
    empty: NDArray[np.bool_],
    speckled: NDArray[np.bool_],
    dots: NDArray[np.bool_] | None = None,
) -> NDArray[np.bool_]:
    """(n,) which of the ``empty`` (n,) boxes bear lines that the others do not; ``lines`` (h, w) uint8: see ``parted``.

    ``speckled`` (n,): those that hold a pale speck, too; fewer places of a line beside one are enough. ``dots`` (2h,
    2w): where round dust lies, of which no line is made.
    """
    found = np.zeros(len(empty), np.bool_)
    if np.count_nonzero(empty) < ENOUGH:
        return found
    shape = lines.shape[0] * _HALF, lines.shape[1] * _HALF
    outer = frames.rects(shape, RING_OUT_PX + _WITHIN_PX) // _HALF
    inner = _inner(frames, shape)
    parts = {int(i): lines[inner[i, 1] : inner[i, 3], inner[i, 0] : inner[i, 2]] for i in np.flatnonzero(empty)}
    values = np.concatenate([part.ravel() for part in parts.values()])
    if not len(values):
        return found
    level = quantiles(values, _LEVEL)[0] + _ABOVE
    for i, part in parts.items():
        line = part > level
        if dots is not None:
            x0, y0, x1, y1 = inner[i] * _HALF
            line &= ~dots[y0:y1:_HALF, x0:x1:_HALF]
        if np.count_nonzero(line) >= (_LEAST_BESIDE_PX if speckled[i] else _LEAST_PX):
            ys, xs = np.nonzero(line)
            across, along = sorted((float(xs.std()), float(ys.std())))
            spread = along >= _SPREAD_PX and across >= _ACROSS_PX
            found[i] = spread and not _runs_on(lines > level, xs + inner[i, 0], ys + inner[i, 1], outer[i])
    return found


def strengths(part_of_dark: NDArray[np.uint8], frames: Frames) -> NDArray[np.float64]:
    """(n,) how dark (of 255) the darkest in each box is, taken over as much of it as a small mark covers.

    ``part_of_dark`` (h, w) uint8: see ``parted``.
    """
    shape = part_of_dark.shape[0] * _HALF, part_of_dark.shape[1] * _HALF
    found = np.zeros(len(frames.centre_px))
    for i, (x0, y0, x1, y1) in enumerate(_inner(frames, shape)):
        part = part_of_dark[y0:y1, x0:x1].ravel()
        if part.size > _LEAST_PX:
            found[i] = np.partition(part, -_LEAST_PX)[-_LEAST_PX:].mean()
    return found


def _inner(frames: Frames, shape: tuple[int, int]) -> NDArray[np.intp]:
    """(n, 4) what lies within each frame's print, at 4 px/mm, of a region of this ``shape`` at 8."""
    inner = frames.rects(shape, -RING_IN_PX - _WITHIN_PX)
    return np.column_stack([-(-inner[:, :2] // _HALF), inner[:, 2:] // _HALF])


def _runs_on(lines: NDArray[np.bool_], xs: NDArray[np.intp], ys: NDArray[np.intp], outer: NDArray[np.intp]) -> bool:
    """Whether one line in a box, (n,) places of ``lines`` (h, w), runs on beyond its frame both ways, as a crease does.

    ``outer`` (4,): the frame's outer limits.
    """
    across, length, along = axes(xs, ys)
    if across > _SINGLE * length:
        return False  # two lines, or one that turns
    near = cv2.dilate(lines.astype(np.uint8), np.ones((_ASIDE_PX, _ASIDE_PX), np.uint8))
    far = np.hypot(outer[2] - outer[0], outer[3] - outer[1]) + _BEYOND_PX
    for way in (along, -along):
        places = np.array([xs.mean(), ys.mean()]) + np.arange(far)[:, None] * way
        beyond = ((places < outer[:2]) | (places > outer[2:])).any(axis=1)
        x, y = np.clip(np.round(places[beyond][:_BEYOND_PX]).astype(int), 0, np.array(lines.shape[::-1]) - 1).T
        if near[y, x].mean() < _THERE:
            return False
    return True
