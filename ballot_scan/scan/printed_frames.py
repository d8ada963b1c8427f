"""What became of the printed frames: paler than the ballot's others, or drawn over by somebody."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.records import Doubt
from ballot_scan.scan.boxes import Box
from ballot_scan.scan.frames import Frames
from ballot_scan.scan.pieces import Darkness, Rects, sums
from ballot_scan.scan.profile import Profile

_FADED = 0.7  # share of the ballot's usual frames' darkness …
_FADED_MORE, _FADED_EVER, _FRAMES_TELL = 0.85, 0.5, 24  # … and of that of the palest tenth of so many; ever paler
_ALL_ROUND = 1.2  # every side so much darker than the ballot's usual ones was drawn along
_THERE = 100  # darkness (of 255) of a place of a line in black and white


@dataclass(frozen=True)
class Lines:
    """How dark the printed frames are: ``ring`` (n,) each on the whole; ``sides`` (n, 4) the palest third of each side;
    ``level`` (n,) the better of its level sides, or how whole that is where no shades tell. ``step``: see
    ``marks.Scan``."""

    ring: NDArray[np.float64]
    sides: NDArray[np.float64]
    level: NDArray[np.float64]
    step: float


def lines(dark: Darkness, outer: Rects, inner: Rects, step: float) -> Lines:
    """Take the frames' darkness from that of the region, between their limits ``outer`` and ``inner`` (n, 4)."""
    total = np.asarray(cv2.integral(dark), np.int32)
    sides = _sides(total, outer, inner)
    level = _levels_kept(dark, outer, inner) if step else sides[:, 2:].max(axis=1)
    return Lines(_rings(total, outer, inner), sides, level, step)


def doubt_the_faded(boxes: list[Box], lines: Lines, *, any_paler: bool) -> None:
    """An empty box whose printed frame is much paler than the ballot's others is a doubt: what took the frame's ink
    away, evening out of columns above all, took a mark's, too. Where neither columns were evened out nor shades are
    missing (``any_paler``), it is paler than the palest tenth of many, too: a scanner may draw fine lines unevenly.
    Changes ``boxes``.
    """
    found = lines.level[[box.found for box in boxes]]
    usual = float(np.median(found)) if len(found) else 0.0
    bound = _FADED * usual
    if not any_paler and len(found) >= _FRAMES_TELL:
        uneven = _FADED_MORE * float(np.quantile(found, 0.1))
        bound = min(bound, max(uneven, _FADED_EVER * usual))
    for box in boxes:
        if box.state == "empty" and lines.level[box.at] < bound:
            box.leave(Doubt.FADED_FRAME)


def gone_over(lines: Lines, frames: Frames, profile: Profile) -> NDArray[np.bool_]:
    """(n,) boxes whose frame somebody drew over: much darker than the page's usual one, two sides all along theirs, or
    somewhat all round.

    A mark that leaves the box crosses a side; it does not follow it through all its thirds.
    """
    known = frames.found if frames.found.any() else np.ones(len(lines.ring), np.bool_)
    usual_side = max(float(np.median(lines.sides[known])), 1.0)
    traced = np.sort(lines.sides, axis=1)[:, -2] >= profile.traced * usual_side + lines.step
    if not lines.step:  # shades tell what a line drawn beside each side adds to it
        traced |= lines.sides.min(axis=1) >= _ALL_ROUND * usual_side
    darker = lines.ring > profile.gone_over * np.median(lines.ring[known]) + 8 + lines.step
    return np.asarray(darker | (traced & frames.found))


def _rings(total: NDArray[np.int32], outer: Rects, inner: Rects) -> NDArray[np.float64]:
    """(n,) mean darkness of each printed frame, from the integral picture ``total`` of the region's darkness."""
    area = (outer[:, 2] - outer[:, 0]) * (outer[:, 3] - outer[:, 1])
    area = area - (inner[:, 2] - inner[:, 0]) * (inner[:, 3] - inner[:, 1])
    return np.asarray((sums(total, outer) - sums(total, inner)) / np.maximum(area, 1))


def _sides(total: NDArray[np.int32], outer: Rects, inner: Rects) -> NDArray[np.float64]:
    """(n, 4) mean darkness of each frame's sides, of their palest thirds."""
    ox0, oy0, ox1, oy1 = outer.T
    ix0, iy0, ix1, iy1 = inner.T
    thirds = np.arange(4)[:, None]
    xs, ys = ix0 + (ix1 - ix0) * thirds // 3, iy0 + (iy1 - iy0) * thirds // 3
    strips = [(x0, x1, ys[t], ys[t + 1]) for x0, x1 in ((ox0, ix0), (ix1, ox1)) for t in range(3)]
    strips += [(xs[t], xs[t + 1], y0, y1) for y0, y1 in ((oy0, iy0), (iy1, oy1)) for t in range(3)]
    x0, x1, y0, y1 = (np.array([s[i] for s in strips]) for i in range(4))
    means = (total[y1, x1] - total[y0, x1] - total[y1, x0] + total[y0, x0]) / np.maximum((x1 - x0) * (y1 - y0), 1)
    return np.asarray(means.reshape(4, 3, -1).min(axis=1).T)


def _levels_kept(dark: Darkness, outer: Rects, inner: Rects) -> NDArray[np.float64]:
    """(n,) the share of a frame's better level side that is there at all, however fine its line, in its worst third."""
    kept = np.zeros(len(outer))
    for i, ((_, oy0, _, oy1), (ix0, iy0, ix1, iy1)) in enumerate(zip(outer, inner, strict=True)):
        for side in (dark[oy0:iy0, ix0:ix1], dark[iy1:oy1, ix0:ix1]):
            if side.size and side.shape[1] > 2:
                thirds = np.array_split(side.max(axis=0) >= _THERE, 3)
                kept[i] = max(kept[i], min(float(third.mean()) for third in thirds))
    return kept
