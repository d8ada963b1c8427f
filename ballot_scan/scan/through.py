"""Through: a pale level line over a row that has its mark, told from a crease by where it ends.

A crease goes from edge to edge of the sheet, and what crumpling leaves ends anywhere, but seldom shows in every box of
a row and between them. What somebody drew through the row does, and ends beside the boxes.
"""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.records import Doubt
from ballot_scan.scan.boxes import Box, lone
from ballot_scan.scan.frames import RING_OUT_PX
from ballot_scan.scan.region import PX_PER_MM

_LEVEL = 0.05  # slope: 3°
_SLOPES, _ASIDE_PX = np.linspace(-0.02, 0.02, 9), range(-2, 3)  # from where the ink in the boxes puts the line
_BESIDE_PX = (-7, -6, -5, 5, 6, 7)  # paper about a line
_FRAME_PX = RING_OUT_PX + 4  # about a frame's side
_END_PX = (round(4.4 * PX_PER_MM), round(5.8 * PX_PER_MM))  # beyond the outermost frames, where a line may have ended
_SHOWS, _ENDED = 0.5, 0.25  # of its usual darkness: in and between the boxes, and beyond its end
_LEAST, _LEAST_WANDERING = 6.0, 20.0  # grey levels
_WANDER_PX = 4  # half a millimetre off its straight line
_PART_PX = 8  # columns that tell a part


def doubt(boxes: list[Box]) -> None:
    """Leave to people the empty boxes beside a row's only mark, if a pale line goes through all of them. Changes
    ``boxes``."""
    for mark in lone(boxes, marked=True):
        others = [box for box in boxes if box.row == mark.row and box is not mark]
        inked = all(box.state == "empty" and (box.inside or box.specks) for box in others)
        if others and inked and _is_drawn(mark, others):
            for box in others:
                box.leave(Doubt.LINE)


def _is_drawn(mark: Box, others: list[Box]) -> bool:
    """Whether a level line through the ink in the ``others`` of a row shows in and between all its boxes, but for its
    ``mark``, and ends beside them."""
    points = np.concatenate([box.pieces.points(_largest(box)) for box in others])
    if len(others) < 2 and np.ptp(points[:, 0]) < 2 * _PART_PX:
        return False
    slope, start = np.polyfit(points[:, 0], points[:, 1], 1)
    sides = _sides([mark, *others])
    parts = _parts(sides, mark)
    if abs(slope) > _LEVEL or not parts:
        return False
    columns = np.concatenate(parts)
    straight, levels = _along(mark.usual.dark, slope, start, columns)
    near, far = _END_PX
    ends = (slice(max(sides[0] - far, 0), max(sides[0] - near, 0)), slice(sides[-1] + near, sides[-1] + far))
    if _ends(straight, parts, ends, _LEAST):
        return True
    return _ends(_wandering(mark.usual.dark, levels), parts, ends, _LEAST_WANDERING)


def _ends(line: NDArray[np.float64], parts: list[NDArray[np.intp]], ends: tuple[slice, slice], least: float) -> bool:
    """Whether a line that shows by ``line`` (w,) is to be seen in all ``parts`` and not beyond one of its ``ends``."""
    shown = np.array([line[part].mean() for part in parts])
    usual = float(np.median(shown))
    if usual < least or shown.min() < _SHOWS * usual:
        return False
    return any(line[end].size and float(line[end].mean()) < _ENDED * usual for end in ends)


def _largest(box: Box) -> list[int]:
    """The label of the largest piece in a box."""
    return [max(box.inside or box.specks, key=lambda k: box.pieces.area_px([k]))]


def _sides(row: list[Box]) -> list[int]:
    """The frames' sides from left to right, px."""
    halves = ((box.centre_px[0], box.size_px[0] / 2) for box in row)
    return sorted(round(float(x)) for centre, half in halves for x in (centre - half, centre + half))


def _parts(sides: list[int], mark: Box) -> list[NDArray[np.intp]]:
    """Columns in each box and between two of them, without the frames' ``sides`` and the mark."""
    x0, _, x1, _ = mark.extent
    columns = (np.arange(a + _FRAME_PX, b - _FRAME_PX) for a, b in pairwise(sides))
    free = (part[(part < x0 - _FRAME_PX) | (part > x1 + _FRAME_PX)] for part in columns)
    return [part for part in free if len(part) >= _PART_PX]


def _along(
    dark: NDArray[np.uint8], slope: float, start: float, columns: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """(w,) by how much a line is darker than the paper beside it, column by column of ``dark`` (h, w) uint8, and (w,)
    where it lies: of those about ``start + slope * x`` the one that is darkest along ``columns``."""
    middle = columns.mean()
    tried = [(slope + d, start + aside - d * middle) for d in _SLOPES for aside in _ASIDE_PX]
    levels = [np.rint(b + a * columns).astype(np.intp) for a, b in tried]
    a, b = tried[int(np.argmax([_contrast(dark, at, columns).mean() for at in levels]))]
    levels = np.rint(b + a * np.arange(dark.shape[1])).astype(np.intp)
    return _contrast(dark, levels, np.arange(dark.shape[1])), levels


def _wandering(dark: NDArray[np.uint8], levels: NDArray[np.intp]) -> NDArray[np.float64]:
    """The same of a line that nobody ruled: it may lie a little above or below its ``levels`` (w,) in each place."""
    every = np.arange(dark.shape[1])
    near = np.array([_contrast(dark, levels + d, every) for d in range(-_WANDER_PX, _WANDER_PX + 1)])
    return np.asarray(cv2.blur(near, (_PART_PX + 1, 1)).max(axis=0), np.float64)


def _contrast(dark: NDArray[np.uint8], levels: NDArray[np.intp], columns: NDArray[np.intp]) -> NDArray[np.float64]:
    """(n,) by how much ``dark`` (h, w) is darker at ``levels`` (n,) of ``columns`` (n,) than beside it."""
    high = len(dark) - 1
    on = np.mean([dark[np.clip(levels + d, 0, high), columns] for d in (-1, 0, 1)], axis=0)
    beside = np.median([dark[np.clip(levels + d, 0, high), columns] for d in _BESIDE_PX], axis=0)
    return np.asarray(on - beside, np.float64)
