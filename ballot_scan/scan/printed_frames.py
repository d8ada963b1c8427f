"""What became of the printed frames: paler than the ballot's others, or drawn over by somebody."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.records import Doubt
from ballot_scan.scan.boxes import Box
from ballot_scan.scan.frames import Frames
from ballot_scan.scan.pieces import Darkness, Rects, sums
from ballot_scan.scan.profile import Profile

_FADED = 0.7  # share of the ballot's usual frames' darkness …
_TAKEN = 0.94  # of its own darkness before columns were evened out
_FADED_MORE, _FADED_EVER, _FRAMES_TELL = 0.85, 0.5, 24  # … and of that of the palest tenth of so many; ever paler
_ALL_ROUND = 1.2  # every side so much darker than the ballot's usual ones was drawn along
_BESIDE, _SIDE, _SIDES = 1.11, 1.03, 3  # … or, about an empty box, by so much more than its row's, on so many sides
_UPPER, _SPREADS = 80, 2.5  # … and by so many times the spread of a coarse scan's frames, some of which are lost
_COVERED = 0.3  # of what is usual there: a quarter of a side that is paler is not there
_MARKED = 0.14  # of a box under ink
_DARKER, _ALL_ALONG, _CORNERS = 1.35, 0.77, 0.6  # a frame darker by so much along so much of it, and of its corners
_THERE = 100  # darkness (of 255) of a place of a line in black and white
_ROWS_NEAR, _FEWEST_NEAR, _LOWER = 3, 3, 0.25  # rows above and below that tell toner; so many at least; most of them
_SPARE = 0.05  # share of the frames besides those of one column that may be drawn over


@dataclass(frozen=True)
class Lines:
    """How dark the printed frames are: ``ring`` (n,) each on the whole; ``parts`` (n, 4, 8) the eighths of each side;
    ``sides`` (n, 4) the palest third of each; ``level`` (n,) the better of its level sides, or how whole that is where
    no shades tell. ``step``: see ``marks.Scan``. ``near`` (n,): the frames found of each one's own column, in the rows
    close above and below: where toner runs low they are printed as palely as it, while others are not. ``columns``: of
    boxes in a row."""

    ring: NDArray[np.float64]
    parts: NDArray[np.float64]
    sides: NDArray[np.float64]
    level: NDArray[np.float64]
    step: float
    near: list[list[int]]
    columns: int

    def usual(self, of: NDArray[np.float64], known: NDArray[np.bool_]) -> NDArray[np.float64]:
        """(n,) the median of ``of`` (n,) over the frames ``known``, or where those near are darker, what most of them
        reach: where toner runs low elsewhere they were not drawn over. So dark are those alone that are more than the
        boxes of one column, all of which somebody may have drawn over; and only shades tell toner."""
        usual = float(np.median(of[known]))
        if self.step:
            return np.full(len(of), usual)
        most = max(usual, float(np.quantile(of[known], max(0.0, 1 - 1 / self.columns - _SPARE))))
        return np.clip(self._lower(of), usual, most)

    @cached_property
    def _near_at(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """(n, k) which frames are ``near`` each, n for none; and how many."""
        count = np.array([len(near) for near in self.near], np.intp)
        at = np.full((len(self.near), max(1, count.max(initial=0))), len(self.near), np.intp)
        at[np.arange(at.shape[1]) < count[:, None]] = np.array([k for near in self.near for k in near], np.intp)
        return at, count

    def _lower(self, of: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,) the lower quartile of ``of`` (n,) over the frames near each, 0 where they are too few; all at once."""
        at_near, count = self._near_at
        values = np.append(of, np.inf)[at_near]
        values.sort(axis=1)
        enough = count >= _FEWEST_NEAR
        at = np.where(enough, _LOWER * (count - 1), 0.0)
        low = at.astype(np.intp)
        rows = np.arange(len(of))
        values[~enough] = 0.0
        first, second = values[rows, low], values[rows, np.minimum(low + 1, values.shape[1] - 1)]
        return np.asarray(first + (second - first) * (at - low))


def lines(dark: Darkness, boxes: list[Box], outer: Rects, inner: Rects, step: float) -> Lines:
    """Take the frames' darkness from that of the region, between their limits ``outer`` and ``inner`` (n, 4)."""
    total = np.asarray(cv2.integral(dark), np.int32)
    sides = _palest_thirds(total, outer, inner)
    level = _levels_kept(dark, outer, inner) if step else _better_level(sides)
    return Lines(_rings(total, outer, inner), _parts(total, outer, inner, 8), sides, level, step, *_near(boxes))


def levels(dark: Darkness, outer: Rects, inner: Rects, step: float) -> NDArray[np.float64]:
    """(n,) ``Lines.level`` alone."""
    if step:
        return _levels_kept(dark, outer, inner)
    total = np.asarray(cv2.integral(dark), np.int32)
    return _better_level(_palest_thirds(total, outer, inner))


def _near(boxes: list[Box]) -> tuple[list[list[int]], int]:
    """For each box those of its column, in the rows about its own, whose frames were found; and how many columns."""
    rows: dict[int, list[Box]] = {}
    for box in boxes:
        rows.setdefault(box.row, []).append(box)
    column_of = {box.at: column for row in rows.values() for column, box in enumerate(row)}
    near = [
        [
            other.at
            for row in range(box.row - _ROWS_NEAR, box.row + _ROWS_NEAR + 1)
            for other in rows.get(row, [])
            if row != box.row and column_of[other.at] == column_of[box.at] and other.found
        ]
        for box in boxes
    ]
    return near, max(len(row) for row in rows.values())


def doubt_the_faded(boxes: list[Box], lines: Lines, before: NDArray[np.float64] | None) -> None:
    """An empty box whose printed frame is much paler than the ballot's others is a doubt: what took the frame's ink
    away, evening out of columns above all, took a mark's, too. Where shades tell, and evening out took nothing of it by
    their ``level`` (n,) ``before``, it is a doubt only if it is also paler than the palest tenth of many, and than
    those near it: a scanner may draw fine lines unevenly, and toner runs low. Changes ``boxes``.
    """
    found = lines.level[[box.found for box in boxes]]
    usual = float(np.median(found)) if len(found) else 0.0
    uneven = usual
    if len(found) >= _FRAMES_TELL:
        uneven = max(_FADED_MORE * float(np.quantile(found, 0.1)), _FADED_EVER * usual)
    taken = np.zeros(len(boxes), np.bool_) if before is None else lines.level < _TAKEN * before
    for box in boxes:
        level, near = lines.level[box.at], lines.near[box.at]
        if box.state != "empty" or level >= _FADED * usual:
            continue
        if not lines.step and not taken[box.at]:
            low_toner = len(near) >= _FEWEST_NEAR and level >= _FADED * float(np.median(lines.level[near]))
            if level >= uneven or low_toner:
                continue
        box.leave(Doubt.FADED_FRAME)


def doubt_the_covered(boxes: list[Box], lines: Lines) -> None:
    """An empty box is a doubt of whose printed frame a quarter of a side is not there, as it is in frames of its column
    nearby: correction fluid took it, or an eraser, and maybe a mark with it. Where toner left a stripe out they lack it
    alike; where columns were evened out, or no shades tell, more takes parts of lines away. Changes ``boxes``."""
    known = [box.at for box in boxes if box.found]
    if lines.step or not known:
        return
    pairs = (lines.parts[:, :, 1:] + lines.parts[:, :, :-1]) / 2
    lacking = pairs < _COVERED * np.median(pairs[known], axis=0)
    for box in boxes:
        if not box.found or box.state != "empty" or box.usual.evened or not lacking[box.at].any():
            continue
        near = lines.near[box.at]
        usual = np.median(pairs[near], axis=0) if near else np.inf
        if (lacking[box.at] & (pairs[box.at] < _COVERED * usual)).any():
            box.leave(Doubt.FADED_FRAME)


def gone_over(lines: Lines, boxes: list[Box], frames: Frames, profile: Profile) -> NDArray[np.bool_]:
    """(n,) boxes whose frame somebody drew over: much darker than the page's usual one, two sides all along theirs, or
    somewhat all round.

    A mark that leaves the box crosses a side; it does not follow it through all its thirds. A round mark as large as
    its box, or a cross with an arm on a side, may: where shades tell it is none, if the frame is not dark nearly all
    along and in its corners, however dark it is on the whole.
    """
    known = frames.found if frames.found.any() else np.ones(len(lines.ring), np.bool_)
    sides, ring = lines.sides, lines.usual(lines.ring, known)
    by_side = np.column_stack([lines.usual(side, known) for side in sides.T])
    more = (sides - lines.step) / np.maximum(by_side, max(float(np.median(sides[known])), 1.0))
    traced = np.sort(more, axis=1)[:, -2] >= profile.traced
    if not lines.step:  # shades tell what a line drawn beside each side adds to it
        traced |= more.min(axis=1) >= _ALL_ROUND
        traced |= _beside_others(lines, boxes)
    darker = lines.ring > profile.gone_over * ring + 8 + lines.step
    over = darker | (traced & frames.found)
    if not lines.step:
        usual_part = np.median(lines.parts[known]) * ring / max(float(np.median(lines.ring[known])), 1.0)
        there = lines.parts >= _DARKER * np.maximum(usual_part, 1.0)[:, None, None]
        along, corners = there.mean(axis=(1, 2)), there[:, :, [0, -1]].mean(axis=(1, 2))
        square = (along >= _ALL_ALONG) & (corners >= _CORNERS)
        over &= square | (np.array([box.coverage for box in boxes]) < _MARKED)
    return np.asarray(over)


def _beside_others(lines: Lines, boxes: list[Box]) -> NDArray[np.bool_]:
    """(n,) empty boxes whose frame is somewhat darker than those of their row, and than the ballot's, on three sides or
    all: a fine or pale pen went over it. Where columns were evened out frames differ by as much, and where a coarse
    scan drew them unevenly."""
    over = np.zeros(len(boxes), np.bool_)
    rings = lines.ring[[box.at for box in boxes if box.found]]
    if not len(rings):
        return over
    usual, upper = np.percentile(rings, [50, _UPPER])
    least = max(_BESIDE * max(usual, 1.0), usual + _SPREADS * (upper - usual))
    for box in boxes:
        if box.state != "empty" or box.usual.evened or lines.ring[box.at] < least:
            continue
        others = [other.at for other in boxes if other.row == box.row and other is not box and other.found]
        if others and lines.ring[box.at] >= _BESIDE * lines.ring[others].max():
            over[box.at] = np.count_nonzero(lines.sides[box.at] >= _SIDE * lines.sides[others].max(axis=0)) >= _SIDES
    return over


def _rings(total: NDArray[np.int32], outer: Rects, inner: Rects) -> NDArray[np.float64]:
    """(n,) mean darkness of each printed frame, from the integral picture ``total`` of the region's darkness."""
    area = (outer[:, 2] - outer[:, 0]) * (outer[:, 3] - outer[:, 1])
    area = area - (inner[:, 2] - inner[:, 0]) * (inner[:, 3] - inner[:, 1])
    return np.asarray((sums(total, outer) - sums(total, inner)) / np.maximum(area, 1))


def _parts(total: NDArray[np.int32], outer: Rects, inner: Rects, count: int) -> NDArray[np.float64]:
    """(n, 4, count) mean darkness of so many equal parts of each frame's sides."""
    ox0, oy0, ox1, oy1 = outer.T
    ix0, iy0, ix1, iy1 = inner.T
    steps = np.arange(count + 1)[:, None]
    xs, ys = ix0 + (ix1 - ix0) * steps // count, iy0 + (iy1 - iy0) * steps // count
    strips = [(x0, x1, ys[t], ys[t + 1]) for x0, x1 in ((ox0, ix0), (ix1, ox1)) for t in range(count)]
    strips += [(xs[t], xs[t + 1], y0, y1) for y0, y1 in ((oy0, iy0), (iy1, oy1)) for t in range(count)]
    x0, x1, y0, y1 = (np.array([s[i] for s in strips]) for i in range(4))
    means = (total[y1, x1] - total[y0, x1] - total[y1, x0] + total[y0, x0]) / np.maximum((x1 - x0) * (y1 - y0), 1)
    return np.asarray(means.reshape(4, count, -1).transpose(2, 0, 1))


def _palest_thirds(total: NDArray[np.int32], outer: Rects, inner: Rects) -> NDArray[np.float64]:
    """(n, 4) how dark the palest third of each side is."""
    return np.asarray(_parts(total, outer, inner, 3).min(axis=2))


def _better_level(sides: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) the darker of each frame's level sides (n, 4)."""
    return np.asarray(sides[:, 2:].max(axis=1))


def _levels_kept(dark: Darkness, outer: Rects, inner: Rects) -> NDArray[np.float64]:
    """(n,) the share of a frame's better level side that is there at all, however fine its line, in its worst third."""
    kept = np.zeros(len(outer))
    for i, ((_, oy0, _, oy1), (ix0, iy0, ix1, iy1)) in enumerate(zip(outer, inner, strict=True)):
        for side in (dark[oy0:iy0, ix0:ix1], dark[iy1:oy1, ix0:ix1]):
            if side.size and side.shape[1] > 2:
                thirds = np.array_split(side.max(axis=0) >= _THERE, 3)
                kept[i] = max(kept[i], min(float(third.mean()) for third in thirds))
    return kept
