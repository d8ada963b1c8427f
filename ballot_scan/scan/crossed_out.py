"""Marks that were crossed out, and left alone in their row or not: scribbled over, struck through, blacked out.

What somebody crossed out is no vote, and what somebody drew so by habit is one: people tell.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.records import Doubt
from ballot_scan.scan import specks
from ballot_scan.scan.boxes import Box, lone
from ballot_scan.scan.frames import RING_IN_PX, RING_OUT_PX
from ballot_scan.scan.profile import Profile
from ballot_scan.scan.region import PX_PER_MM

_OTHERS_TELL, _USUAL = 2, 0.3  # where more of a ballot's marks have lines through them its voter votes so
_SCRIBBLED, _SCRIBBLED_OUT = 0.38, 0.33  # of a box, and of its ink as much again outside
_SIDES_INSIDE, _SIDES_IN_ALL, _TWICE = 4.6, 8.6, 2.0  # strokes by its side, and by those of the others
_COVERED, _CROSSED = 0.53, 1.2  # of a box, and strokes that lines across and lines down meet both …
_LONGER, _MORE = 10.2, 2.5  # … of a cross drawn twice: its strokes are no longer, nor by those of the others
_BLACKED, _BLACKED_OUT, _FULL_SHARE = 0.93, 0.5, 0.3  # of a box, half as much outside; of the others hardly any filled
_STRUCK, _STRUCK_LINES = 0.28, 1.35  # of a box; lines that are met by lines across it
_BEYOND_MM, _FLAT = 1.0, 0.3  # a level line goes so far beyond both sides of its box; sine of how far it turns
_RISES = np.linspace(-0.18, 0.18, 13)  # of a line through a mark; by how much it shows, outside …
_SHOWN, _SHOWN_INSIDE, _AT_SIDE_MM = 0.8, 0.85, 0.6  # … and inside; how far beyond at least
_TWO, _LINES = 2, 4  # lines through a mark, at least; a broad one may be found twice
_APART = 1.8  # times a stroke's width lies between two of them
_DENSE = 0.57  # of a box that broad strokes or a filling cover: lines can be laid through anywhere
_BAND, _REST_MM, _REST_SHARE = 0.4, 1.6, 0.14  # half a line by strokes' width; what else there is
_LONG_MM, _NARROW_MM, _RATIO = 2.7, 1.5, 2.0  # standard deviation of ink along, across, and of the first by the other


def doubt(boxes: list[Box], profile: Profile, *, shades: bool) -> None:
    """Leave to people each row's only mark that may be one crossed out; ``shades``: the scan is not black and white, so
    that strokes can be told in what is drawn close. Changes ``boxes``."""
    alone = lone(boxes, marked=True)
    for box in alone:
        others = [other for other in alone if other is not box]
        over = shades and _is_scribbled_over(box, others)
        if over or _is_struck(box) or _is_blacked_out(box, others, profile):
            box.leave(Doubt.SCRIBBLED)


def doubt_the_lined_through(boxes: list[Box]) -> None:
    """Leave to people each row's only mark with level lines through it, unless its voter votes so.

    Changes ``boxes``.
    """
    alone = lone(boxes, marked=True)
    through = [box for box in alone if _is_lined_through(box)]
    if len(through) <= max(1, _USUAL * len(alone)):
        for box in through:
            box.leave(Doubt.SCRIBBLED)


def doubt_traces_beside(boxes: list[Box], profile: Profile) -> None:
    """A row's mark that fills its box, on a ballot whose others hardly do, may be one blacked out: a trace of ink in
    another box of the row is a doubt there, for it may be left of the mark that counts. Changes ``boxes``."""
    alone = lone(boxes, marked=True)
    full = [box for box in alone if box.coverage >= profile.struck_share]
    if len(alone) - len(full) < _OTHERS_TELL or len(full) > _FULL_SHARE * len(alone):
        return
    rows = {box.row for box in full}
    for box in boxes:
        if box.row in rows and box.state == "empty" and specks.loose_share(box) >= profile.trace_share:
            box.leave(Doubt.TRACE)


def _is_scribbled_over(box: Box, others: list[Box]) -> bool:
    """Whether a pen went to and fro over a mark and out of its box, on a ballot whose others are of a few strokes. Who
    fills boxes keeps within them."""
    if box.coverage < _SCRIBBLED or box.outside_share < _SCRIBBLED_OUT or len(others) < _OTHERS_TELL:
        return False
    sides, usually = _sides_long(box), float(np.median([_sides_long(other) for other in others]))
    inside = sides / (1 + box.outside_share)
    if inside < _SIDES_INSIDE or sides < max(_SIDES_IN_ALL, _TWICE * usually):
        return False
    twice = box.coverage < _COVERED and box.met[0] >= _CROSSED  # a cross drawn twice
    return not twice or sides >= max(_LONGER, _MORE * usually)


def _sides_long(box: Box) -> float:
    """How long all strokes of a mark are together, in sides of its box: a cross within it about three."""
    return box.pieces.area_px(box.whole) / max(box.width_px, 1.0) / max(box.side_px, 1.0)


def _is_struck(box: Box) -> bool:
    """Whether level lines go through a mark and out of its box on either side: a cross has its arms in the corners."""
    if box.coverage < _STRUCK or box.met[1] < _STRUCK_LINES:
        return False
    across, along, turn, _ = box.spread_mm
    if along < _LONG_MM or across >= _NARROW_MM or along < _RATIO * across or turn > _FLAT:
        return False
    x0, y0, x1, y1 = box.extent
    beyond = box.size_px[0] / 2 + _BEYOND_MM * PX_PER_MM
    return bool(x1 - x0 > y1 - y0 and x0 <= box.centre_px[0] - beyond and x1 >= box.centre_px[0] + beyond)


def _is_lined_through(box: Box) -> bool:
    """Whether nearly level lines run through a mark and a little beyond its box on both sides. One alone may be
    an arm of a cross."""
    x0, y0, x1, _ = box.extent
    (cx, cy), (half_x, half_y) = box.centre_px, box.size_px / 2
    xs = np.arange(x0, x1)
    far = np.abs(xs - cx)
    inside, beyond = far < half_x - RING_IN_PX, far > half_x + RING_OUT_PX
    left, right = beyond & (xs < cx), beyond & (xs > cx)
    if box.coverage >= _DENSE or min(np.count_nonzero(left), np.count_nonzero(right)) < _AT_SIDE_MM * PX_PER_MM:
        return False
    ink = box.ink.astype(np.uint8)
    off = xs - cx
    heights: list[float] = []
    half = max(1, round(_BAND * box.width_px) + 1)
    for _ in range(_LINES):
        line = _line_through(ink, (left, inside, right), off, (cy - half_y - y0, cy + half_y - y0))
        if line is None:
            break
        at, rise = line
        ends = [(k, round(at + rise * off[k])) for k in (0, len(xs) - 1)]
        cv2.line(ink, ends[0], ends[1], 0, 2 * half + 1)
        if all(abs(at - other) >= _APART * box.width_px for other in heights):  # a broad one is found again
            heights.append(at)
    rest = ink[:, inside] > 0
    if len(heights) < _TWO or np.count_nonzero(rest) < _REST_SHARE * np.count_nonzero(box.ink[:, inside]):
        return False
    return bool(np.ptp(np.flatnonzero(rest.any(axis=1))) >= _REST_MM * PX_PER_MM)


def _line_through(
    ink: NDArray[np.uint8], parts: tuple[NDArray[np.bool_], ...], off: NDArray[np.float64], between: tuple[float, float]
) -> tuple[float, float] | None:
    """Height at the box's middle and rise of the nearly level line that shows best in ``ink`` (h, w), if it does along
    nearly all of its ``parts``, (w,) each: to the left of the frame, inside, to the right. ``off`` (w,): from the
    box's middle."""
    high = len(ink)
    core, near = (how(ink, np.ones((3, 1), np.uint8)) > 0 for how in (cv2.erode, cv2.dilate))
    starts = np.arange(max(0, round(between[0])), min(high, round(between[1])))
    best, found = 0.0, None
    outside_left, inside, outside_right = parts
    for rise in _RISES:
        ys = np.rint(starts[:, None] + rise * off[None, :]).astype(int)
        there, at = (ys >= 0) & (ys < high), (np.clip(ys, 0, high - 1), np.arange(len(off)))
        shown = near[at] & there
        within = shown[:, inside].mean(axis=1)
        sides = [_next_to(shown[:, side], left) for side, left in ((outside_left, True), (outside_right, False))]
        amid = (core[at] & there).mean(axis=1)
        score = np.where((within >= _SHOWN_INSIDE) & (np.minimum(*sides) >= _SHOWN), amid, 0.0)
        if len(score) and score.max() > best:
            best, found = float(score.max()), (float(starts[score.argmax()]), float(rise))
    return found


def _next_to(shown: NDArray[np.bool_], left: bool) -> NDArray[np.float64]:
    """(lines,) the share of the first 0.6 mm beside the frame that shows."""
    reach = round(_AT_SIDE_MM * PX_PER_MM)
    part = shown[:, -reach:] if left else shown[:, :reach]
    return np.asarray(part.mean(axis=1))


def _is_blacked_out(box: Box, others: list[Box], profile: Profile) -> bool:
    """Whether a box is black all over, and a good part about it, on a ballot whose others hardly fill theirs."""
    if box.coverage < _BLACKED or box.outside_share < _BLACKED_OUT or len(others) < _OTHERS_TELL:
        return False
    return sum(other.coverage >= profile.struck_share for other in others) <= _FULL_SHARE * len(others)
