"""Gathering: the connected ink of the region of the boxes, and which of it belongs to which box.

Ink is taken against the local paper and the print of the markers; the table's rules and the frames are taken out at
their fitted places; what remains falls into connected pieces.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.scan.boxes import Box, Usual, owners_of
from ballot_scan.scan.frames import RING_IN_PX, RING_OUT_PX
from ballot_scan.scan.pieces import Darkness, Pieces, Rects
from ballot_scan.scan.profile import Profile
from ballot_scan.scan.region import ink_level

_DARKEST_PX = 38  # 0.6 mm²
_LOST_PX = 2.0  # so much less of a box is looked at where its frame was not found
_FAINT = 0.25  # the table's rules are printed in 12 % grey
_RULE_SHARE = 0.55  # of the region's height or width
_CROSSING, _BENT, _ARMS = 1.3, 1.25, 3
_LINE_OUT_PX = RING_IN_PX + RING_OUT_PX
_BETWEEN_PX, _UNBROKEN = 16, 0.9  # between two rows at least; share of it that a line shows along …
_UPRIGHT, _SLOPES, _STRAIGHT_PX = 0.35, 29, 1.5  # … its slope, of which so many are tried, and how far it bends
_BROAD = 1.6  # times as broad as its strokes mostly are
_ACROSS_PX = 6  # the line of a frame, taken out 1 mm wide
_GRAIN = 5.0  # times the spread of the paper's darkness that ink stands out


@dataclass(frozen=True)
class Gathered:
    """The ink of a region: its connected ``pieces``, the ``boxes`` they belong to, which are judged one after another,
    and the frames' ``outer`` and ``inner`` limits (n, 4)."""

    pieces: Pieces
    boxes: list[Box]
    outer: Rects
    inner: Rects


def gathered(usual: Usual, row_of: NDArray[np.intp], profile: Profile, unprinted: Darkness | None = None) -> Gathered:
    """Find the ink of a region and give each box its own, by the region's slightly blurred darkness and frames.

    ``row_of`` (n,): each box's row; ``unprinted`` (h, w) uint8: 0 where the form has print of its own, 255 elsewhere;
    None: not known.
    """
    soft, frames = usual.dark, usual.frames
    outer = frames.rects(soft.shape, RING_OUT_PX)
    inner = frames.rects(soft.shape, -RING_IN_PX, np.where(frames.found, 0.0, _LOST_PX))
    level = ink_level(soft[::5, ::5].ravel(), _GRAIN, (profile.ink_least, profile.ink_most))
    ink = np.asarray(cv2.threshold(soft, level * 255, 255, cv2.THRESH_BINARY)[1], dtype=np.uint8)
    if unprinted is not None:
        cv2.bitwise_and(ink, unprinted, dst=ink)
    _take_rules_out(ink, soft, inner)
    _take_frames_out(ink, outer, inner)
    ink = np.asarray(cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)), dtype=np.uint8)
    pieces = _connected(ink, soft)
    specks = pieces.specks(profile)
    boxes = [Box(i, int(row), pieces, usual) for i, row in enumerate(row_of)]
    for box, count in zip(boxes, _inked(ink, inner), strict=True):
        if count:
            _gather(box, count, specks, outer[box.at], inner[box.at])
    _part(boxes, inner)
    return Gathered(pieces, boxes, outer, inner)


def _take_rules_out(ink: Darkness, soft: Darkness, inner: Rects) -> None:
    """Clear the table's light rules: faint columns and rows of the straightened region that run through all of it. None
    is printed through a box. Changes ``ink``."""
    faint = cv2.inRange(soft, 1 + round(0.06 * 255), round(_FAINT * 255))
    for axis in (0, 1):
        share = cv2.reduce(faint, axis, cv2.REDUCE_AVG, dtype=cv2.CV_32F).ravel() / 255
        for at in np.flatnonzero(share > _RULE_SHARE):
            if ((inner[:, axis] <= at) & (at < inner[:, axis + 2])).any():
                continue
            line = (slice(None), slice(max(at - 1, 0), at + 2)) if axis == 0 else (slice(max(at - 1, 0), at + 2),)
            ink[line][soft[line] <= _FAINT * 255] = 0


def _take_frames_out(ink: Darkness, outer: Rects, inner: Rects) -> None:
    for (ox0, oy0, ox1, oy1), (ix0, iy0, ix1, iy1) in zip(outer, inner, strict=True):
        inside = ink[iy0:iy1, ix0:ix1].copy()
        ink[oy0:oy1, ox0:ox1] = 0
        ink[iy0:iy1, ix0:ix1] = inside


def _connected(ink: Darkness, soft: Darkness) -> Pieces:
    """Connected pieces of the ink. OpenCV's own statistics cost three times as much: ink is sparse."""
    count, labels = cv2.connectedComponents(ink, connectivity=8)
    points = np.flatnonzero(ink > 0)  # a third of what OpenCV's own takes
    if not len(points):
        return Pieces(
            np.asarray(labels, np.int32), np.zeros((1, 5), np.int32), np.zeros((1, 2)), np.zeros(1), np.zeros(1)
        )
    ys, xs = np.divmod(points, ink.shape[1])
    label = labels.ravel()[points].astype(np.uint16 if count < 65536 else np.int32)
    order = np.argsort(label, kind="stable")
    first = np.searchsorted(label[order], np.arange(1, count))
    stats, centroids, total = np.zeros((count, 5), np.int32), np.zeros((count, 2)), np.zeros(count)
    area = np.bincount(label, minlength=count)
    stats[:, cv2.CC_STAT_AREA] = area
    for axis, values in enumerate((xs, ys)):
        along = values[order]
        low, high = np.minimum.reduceat(along, first), np.maximum.reduceat(along, first)
        stats[1:, axis], stats[1:, axis + 2] = low, high - low + 1
        centroids[:, axis] = np.bincount(label, values, count) / np.maximum(area, 1)
    dark = soft.ravel()[points].astype(np.float64) / 255
    total[:] = np.bincount(label, dark, count)
    peak = np.zeros(count)
    peak[1:] = np.maximum.reduceat(dark[order], first)
    return Pieces(np.asarray(labels, np.int32), stats, centroids, total, peak)


def _inked(ink: Darkness, inner: Rects) -> list[int]:
    """How many pixels inside each frame are ink."""
    parts = (ink[y0:y1, x0:x1] for x0, y0, x1, y1 in inner.tolist())
    return [cv2.countNonZero(part) if part.size else 0 for part in parts]


def _gather(box: Box, count: int, specks: NDArray[np.bool_], outer: NDArray[np.intp], inner: NDArray[np.intp]) -> None:
    """Give a box its ink: pieces inside, those that go on outside, coverage and darkness. Changes ``box``."""
    pieces = box.pieces
    x0, y0, x1, y1 = inner.tolist()
    box.coverage = float(count) / ((x1 - x0) * (y1 - y0))
    values = box.usual.dark[y0:y1, x0:x1].ravel()
    darkest = min(_DARKEST_PX, values.size)
    box.darkest = int(np.partition(values, -darkest)[-darkest:].sum()) / darkest / 255
    found = np.flatnonzero(np.bincount(pieces.labels[y0:y1, x0:x1].ravel()))
    box.inside = [int(k) for k in found if not specks[k]]
    box.specks = [int(k) for k in found if k and specks[k]]
    if box.inside:
        xa, ya, xb, yb = pieces.extent(box.inside)
        box.sides = (xa <= x0) + (ya <= y0) + (xb >= x1) + (yb >= y1)
    if box.sides:
        box.attached = [k for k in pieces.around(outer) if not specks[k] or _goes_on(box, k, inner)]


def _goes_on(box: Box, k: int, inner: NDArray[np.intp]) -> bool:
    """Whether a speck outside lies across the frame's line from where ink inside reaches it: the end of a short arm."""
    x0, y0, x1, y1 = inner
    part = box.pieces.labels[y0:y1, x0:x1]
    left, top, wide, high = (int(v) for v in box.pieces.stats[k, :4])
    sides = (
        (left + wide <= x0, part[:, 0], y0, top, high),
        (left >= x1, part[:, -1], y0, top, high),
        (top + high <= y0, part[0], x0, left, wide),
        (top >= y1, part[-1], x0, left, wide),
    )
    for beyond, edge, start, first, length in sides:
        if beyond:
            at = np.flatnonzero(np.isin(edge, box.inside)) + start
            if ((at >= first - _ACROSS_PX) & (at < first + length + _ACROSS_PX)).any():
                return True
    return False


def _part(boxes: list[Box], inner: Rects) -> None:
    """Marks of two rows whose arms touch between them: the shared piece belongs to neither.

    Told apart so are only marks that are whole in their own boxes: one at least crosses itself there, and none is a
    single stroke nor arms that meet nowhere inside, as of a cross on the frame; or what hangs together inside reaches
    each frame three times. Anything else is one stroke through two rows.
    """
    for k, owners in owners_of(boxes).items():
        if len({box.row for box in owners}) == 1:
            continue
        frames = inner[[box.at for box in owners]]
        whole = all(_arms(box, frame) >= _ARMS for box, frame in zip(owners, frames, strict=True))
        low, high = np.array([box.met for box in owners]).T
        crossed = low.max() >= _CROSSING and high.min() >= _BENT
        beside = np.array([len(box.inside) > 1 for box in owners]) & (low < _CROSSING)
        apart = (crossed and not beside.any()) or whole
        doubtful = not apart or _joins(owners[0].pieces.labels == k, frames)
        for box in owners:
            box.attached.remove(k)
            box.shared.append(k)
            box.doubtful_share |= doubtful


def _joins(ink: NDArray[np.bool_], inner: Rects) -> bool:
    """Whether ``ink`` (h, w) goes straight down from one of some boxes to the next below it: a line drawn from row to
    row. Arms of crosses that touch lean, or bend where they meet."""
    order = np.argsort(inner[:, 1])
    return any(
        _goes_straight_down(ink[above[3] + _LINE_OUT_PX : below[1] - _LINE_OUT_PX])
        for above, below in pairwise(inner[order])
    )


def _goes_straight_down(ink: NDArray[np.bool_]) -> bool:
    """Whether some upright straight line lies in ``ink`` (h, w) nearly all along: amid its strokes, or within what is
    broader where an arm of a mark runs into it."""
    height, width = ink.shape
    if height < _BETWEEN_PX or ink.any(axis=1).mean() < _UNBROKEN:
        return False
    bounded = np.pad(ink, ((0, 0), (1, 1))).astype(np.int8)
    starts, ends = (np.argwhere(np.diff(bounded, axis=1) == step) for step in (1, -1))
    ys, first, last = starts[:, 0], starts[:, 1], ends[:, 1] - 1
    broad = last - first + 1 > _BROAD * np.median(last - first + 1)
    low = np.where(broad, first, (first + last) / 2 - _STRAIGHT_PX)
    high = np.where(broad, last, (first + last) / 2 + _STRAIGHT_PX)
    for slope in np.linspace(-_UPRIGHT, _UPRIGHT, _SLOPES):
        at = np.arange(width)[:, None] + slope * (ys - height / 2)
        on = (at >= low) & (at <= high)
        along = np.zeros((width, height), np.bool_)
        where, which = np.nonzero(on)
        along[where, ys[which]] = True
        if along.mean(axis=1).max() >= _UNBROKEN:
            return True
    return False


def _arms(box: Box, inner: NDArray[np.intp]) -> int:
    """How many times the largest piece inside a box reaches its frame: a cross that leaves it on all sides four."""
    x0, y0, x1, y1 = inner
    largest = max(box.inside, key=lambda k: box.pieces.area_px([k]))
    own = box.pieces.labels[y0:y1, x0:x1] == largest
    around = np.concatenate([own[0], own[1:, -1], own[-1, -2::-1], own[-2:0:-1, 0]])
    return int(np.count_nonzero(around & ~np.roll(around, 1)))
