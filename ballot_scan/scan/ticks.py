"""Ticks: where one turns, and whether it belongs to its box by that, however far its tail goes."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.scan.boxes import Box
from ballot_scan.scan.frames import RING_OUT_PX
from ballot_scan.scan.pieces import spread_px, strokes, strokes_by_line
from ballot_scan.scan.region import PX_PER_MM

_CROSSED = 1.25  # strokes that lines across and lines down meet both: they cross
_ARMS, _DEEP_MM, _FOOT_PX = 2, 3.0, 10  # how far a turn lies inside; the frame and what is taken out beside it
_POINTED, _MEET_PX = 1.4, 4  # the ink on a line where two arms meet, by that on lines across both
_CLOSES = 0.74  # the space between them half way down, by that where they begin: of an oval it is more
_FRAME_PX, _OPENS_PX = 16, 4  # how far apart arms end whose turn a frame hides; by how much more further up
_TURNED_INSIDE_MM, _TAIL_MM = 2.0, 0.45  # what lies inside of a tick that turns there, and its tail's spread across it
_WHOLE_TAIL_MM, _TAIL_MET = 0.42, 1.35  # the same of all its ink; strokes that lines across or down it meet
_DEEPER = 1.8  # strokes, that a turn reaches into its box
_RISING, _BELOW, _OPEN = 0.14, 1.1, 0.35  # one that turns below: of its ink inside, of a side, of its height two arms
_ROUND = 0.75  # of the way round its box: a ring
_BESIDE_PX, _CORE = 6, 0.5  # a tail that comes so near a box may end there; of a stroke's depth
_TWO, _CHANGES = 0.2, 3  # share of the lines across a tick that meet both its arms; how often that changes


def turns_inside(box: Box) -> bool:
    """Whether a tick has its turn in its box and leaves it by one straight tail, which reaches no other box, or by both
    its arms upwards, where they meet in a point well inside.

    Two arms of a mark beside the box are two pieces inside, or one stroke; neither turns there.
    """
    if not 1 <= len(box.attached) <= _ARMS or len(box.inside) != 1:
        return False
    if box.pieces.stats[box.inside[0], 2:4].max() < _TURNED_INSIDE_MM * PX_PER_MM or _reaches(box) > 1:
        return False
    if box.pieces.stats[box.inside[0], 2:4].min() < _DEEPER * box.width_px:
        return False  # two arms' ends of a broad pen, whose middle lies outside
    crossed = box.met[0] >= _CROSSED
    tails = [box.pieces.mask([k]) for k in box.attached]
    if crossed or any(spread_px(_thinned(tail))[0] >= _TAIL_MM * PX_PER_MM or _is_cross(tail) for tail in tails):
        return False
    ink = box.ink_inside
    if len(box.attached) == _ARMS:
        lowest = box.pieces.extent(box.inside)[3] > box.pieces.extent(box.attached)[3]
        return lowest and len(ink) >= _DEEP_MM * PX_PER_MM and (_ends_in_point(ink) or _ends_in_point(_thinned(ink)))
    return _has_turn(ink) or _has_turn(_thinned(ink))


def _is_cross(ink: NDArray[np.bool_]) -> bool:
    """Whether what seems to be a tail is two strokes that cross, one of them so fine that it is none of the tail's
    core."""
    return spread_px(ink)[0] >= _WHOLE_TAIL_MM * PX_PER_MM and max(strokes(ink), strokes(ink.T)) >= _TAIL_MET


def turns_below(box: Box) -> bool:
    """Whether a tick turns in a point right below its box, and its arms go up through it: its middle lies inside, a
    good part of its ink need not. What is round there, a ring, a hook, is none, nor what has more than two arms."""
    bounds = box.pieces.bounds
    if not box.attached or len(box.inside) > _ARMS or not _reach_foot(box):
        return False
    if box.pieces.ink[box.inside].sum() < _RISING * box.pieces.ink[box.whole].sum():
        return False
    x0, y0, x1, y1 = box.extent
    off = np.array([x0 + x1, y0 + y1]) / 2 - box.centre_px
    if (np.abs(off) > box.half_px).any() or y1 > box.centre_px[1] + _BELOW * box.size_px[1] or _reaches(box) > 1:
        return False
    lowest = max(box.attached, key=lambda k: bounds[k][3])
    aside = abs(_end_px(box, lowest, -1) - box.centre_px[0])
    if aside > box.half_px[0] or not _ends_in_point(box.pieces.mask([lowest])):
        return False
    return all(strokes_by_line(box.pieces.mask([k]))[-1] == 1 for k in box.inside) and not box.surrounds(
        box.attached, _ROUND
    )


def turns_in_frame(box: Box) -> bool:
    """Whether a mark's two pieces inside are the arms of a tick that turns where the frame's lower line hides it: they
    end there side by side, and further up are further apart."""
    if len(box.inside) != _ARMS or box.specks or not _reach_foot(box):
        return False
    tops, feet = (np.array([_end_px(box, k, i) for k in box.inside]) for i in (0, -1))
    apart = float(np.ptp(feet))
    return apart <= _FRAME_PX and float(np.ptp(tops)) >= apart + _OPENS_PX


def _reach_foot(box: Box) -> bool:
    """Whether all pieces inside reach down to the frame's lower line."""
    foot = box.centre_px[1] + box.size_px[1] / 2 - _FOOT_PX
    return all(box.pieces.bounds[k][3] >= foot for k in box.inside)


def _end_px(box: Box, k: int, line: int) -> float:
    """Where a piece ends, across: the middle of its first line (0) or its last (-1)."""
    return box.pieces.bounds[k][0] + float(np.flatnonzero(box.pieces.mask([k])[line]).mean())


def _ends_in_point(ink: NDArray[np.bool_]) -> bool:
    """Whether two strokes come down side by side for a good while and meet in a point where they end: what is round, or
    flat, is broad where they meet."""
    met = strokes_by_line(ink)
    two = met == 2
    changes = np.count_nonzero(two[1:] != two[:-1])
    if met.max() != 2 or two.mean() < _OPEN or two[-1] or changes > 2:
        return False
    across = ink.sum(axis=1)
    meet = int(np.flatnonzero(two)[-1]) + 1
    if float(across[meet : meet + _MEET_PX].mean()) > _POINTED * float(np.median(across[two])):
        return False
    between = (ink.shape[1] - ink.argmax(axis=1) - ink[:, ::-1].argmax(axis=1) - across)[two]
    return float(between[len(between) // 2]) <= _CLOSES * float(between[:_MEET_PX].mean())


def _reaches(box: Box) -> int:
    """How many boxes, its own among them, a mark's tail comes so close to that it may end there."""
    x0, y0, x1, y1 = box.pieces.extent(box.attached)
    half = box.usual.frames.size_px / 2 + RING_OUT_PX + _BESIDE_PX  # its end at a frame was taken out with the frame
    low = np.maximum(np.floor(box.usual.frames.centre_px - half), (x0, y0)).astype(int)
    high = np.minimum(np.ceil(box.usual.frames.centre_px + half) + 1, (x1, y1)).astype(int)
    low, high = low - (x0, y0), high - (x0, y0)
    tail = box.pieces.mask(box.attached)
    return sum(
        bool(tail[ya:yb, xa:xb].any()) for (xa, ya), (xb, yb) in zip(low, high, strict=True) if xa < xb and ya < yb
    )


def _thinned(ink: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The middle of strokes: the turn of a thick tick is hardly to be seen between its arms."""
    depth = cv2.distanceTransform(np.pad(ink, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    return np.asarray(depth > _CORE * depth.max(), np.bool_)


def _has_turn(ink: NDArray[np.bool_]) -> bool:
    """Whether two strokes join at one end: lines across them meet two of them for a while, and then one."""
    for lying in (ink, ink.T):
        count = strokes_by_line(lying)
        two = count[count > 0] == 2
        if count.max(initial=0) == 2 and two.mean() >= _TWO and np.count_nonzero(two[1:] != two[:-1]) <= _CHANGES:
            return True
    return False
