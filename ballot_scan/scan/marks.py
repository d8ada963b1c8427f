"""Marks: what the ink in and about the boxes says, row by row. The ink is that of ``pieces``, judged by ``states``."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.records import BLANK, MULTIPLE, UNSURE, Doubt, Rule
from ballot_scan.scan import faint, others, specks, states, strays
from ballot_scan.scan.frames import Frames
from ballot_scan.scan.gathering import gathered
from ballot_scan.scan.pieces import (
    Box,
    Darkness,
    Pieces,
    Rects,
    Usual,
    by_length_mm,
    extent,
    in_line,
    is_single,
    owners_of,
    sums,
)  # fmt: skip
from ballot_scan.scan.profile import Profile
from ballot_scan.scan.region import PX_PER_MM

_FADED = 0.7  # share of the ballot's usual frames' darkness …
_FADED_MORE, _FADED_EVER, _FRAMES_TELL = 0.85, 0.5, 24  # … and of that of the palest tenth of so many; ever paler
_PALE = 0.2  # of a speck that a pencil may have left
_THERE = 100  # darkness (of 255) of a place of a line in black and white
_DOT = 20  # darkness (of 255) of a black pixel of 300 dpi, however the region's pixels lie upon it
_DOT_EDGE_PX = 3  # about a dot of dust, where it is paler than ink
_SHREDS = 5  # pieces of a mark in a black and white scan
_LEFT = 0.003  # of a box
_SINGLE_MM = 1.2  # the ink of a single stroke by its length, at most: no pen that leaves gaps is broader
_LINE_MM, _GAP_MM = 0.5, 3.0  # a dash in its line: how far aside, and how far beyond its end


@dataclass(frozen=True, slots=True)
class BoxMark:
    """One box judged: ``state`` empty, marked or unsure; ``coverage`` 0-1 of the inside; ``darkest`` 0-1."""

    state: str
    coverage: float
    darkest: float
    doubts: tuple[Doubt, ...] = ()  # why it is left to people


@dataclass(frozen=True, slots=True)
class RowMarks:
    """One row judged: the index of the marked box, or blank, multiple, unsure; findings say why it is doubtful."""

    marked: int | None
    reading: str  # "" where ``marked`` names the box
    boxes: tuple[BoxMark, ...]
    findings: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Scan:
    """What is known of a scan before its marks are judged.

    ``unprinted``: see ``gathered``. ``bilevel``: it is black and white, and tells no shades; ``pure``: not even
    those of a JPEG. ``evened``: streaks were taken out of it; ``banded``: out of much of it, which may leave but a
    trace of a mark. ``least``: coverage from which an empty box is a doubt where it may have left but that. ``step``:
    how much darker (of 255) a frame's side looks if its line is a pixel of the page broader, as it may be by chance; 0
    where shades make up for that.
    """

    unprinted: Darkness | None = None
    bilevel: bool = False
    pure: bool = False
    evened: bool = False
    banded: bool = False
    least: float = 1.0
    step: float = 0.0


PLAIN = Scan()


def judge(
    dark: Darkness, frames: Frames, row_of: NDArray[np.intp], profile: Profile, scan: Scan = PLAIN
) -> list[RowMarks]:
    """Judge every row of a page.

    ``dark`` (h, w) uint8: darkness of the region at 8 px/mm; ``frames``: the fitted boxes; ``row_of`` (n,): each
    box's row index.
    """
    soft = np.asarray(cv2.GaussianBlur(dark, (3, 3), 0), dtype=np.uint8)
    found = gathered(soft, frames, row_of, profile, scan.unprinted)
    pieces, boxes = found.pieces, found.boxes
    usual = Usual(soft, frames, scan.evened)
    owners = owners_of(boxes)
    for i, box in enumerate(boxes):
        if box.pieces or box.coverage or not frames.found[i]:
            box.state = states.state_of(box, pieces, frames, i, profile, usual)
        pale = (
            scan.banded and box.coverage >= profile.trace_share and specks.traces(box, pieces, evened=scan.evened) > 0
        )
        left = box.coverage >= scan.least and (scan.bilevel or specks.loose_share(box, pieces) >= scan.least)
        if box.state == "empty" and (left or pale) and not box.streak:
            box.leave(Doubt.TRACE)
    if not scan.bilevel:
        others.clear_stripes(boxes, row_of)
        others.clear_hairs(boxes, pieces, row_of, usual)
    if scan.pure:
        _doubt_any_dot(boxes, dark, found.inner)
    others.by_their_pencil(boxes, pieces, row_of, profile)
    others.by_their_gaps(boxes, row_of, profile)
    others.by_their_pen(boxes, pieces, row_of, profile, usual)
    others.by_their_dashes(boxes, pieces, row_of, frames, profile, usual)
    others.by_their_breadth(boxes, pieces, row_of, profile, usual)
    _doubt_traces(boxes, row_of, profile)
    others.doubt_the_short(boxes, pieces, row_of, usual)
    if scan.bilevel:
        _doubt_shreds(boxes)
    else:
        _doubt_faint_lines(boxes, pieces, dark, frames)
        others.doubt_the_unlike(boxes, pieces, row_of, profile)
        others.doubt_another_pen(boxes, pieces, row_of, profile, usual)
    _doubt_dashes(boxes, pieces, profile)
    total = np.asarray(cv2.integral(dark), np.int32)
    ring = _rings(total, found.outer, found.inner)
    sides = _sides(total, found.outer, found.inner)
    level = _levels_kept(dark, found.outer, found.inner) if scan.step else sides[:, 2:].max(axis=1)
    _doubt_the_faded(boxes, level, frames, any_paler=bool(scan.step) or scan.evened)
    _doubt_what_goes_on(boxes, pieces, frames)
    _doubt_what_is_left(boxes, row_of)
    strays.doubt_the_ends(boxes, pieces, found.outer, profile)
    others.doubt_the_blacked_out(boxes, pieces, row_of, profile)
    gone_over = _gone_over(ring, sides, frames, profile, scan.step)
    stray = strays.rows_with(pieces, boxes, found.outer, row_of, profile, usual)
    rows = []
    for row in range(int(row_of.max()) + 1):
        mine = [int(i) for i in np.flatnonzero(row_of == row)]
        doubts = [_doubts(boxes[i], owners, gone_over=bool(gone_over[i])) for i in mine]
        findings = {Rule.UNSURE_MARK} if any(doubts) else set()
        findings |= _several([boxes[i] for i in mine], profile)
        if row in stray:
            findings.add(Rule.MARK_OFF_BOX)
        rows.append(_row([boxes[i] for i in mine], doubts, findings))
    return rows


def _doubt_any_dot(boxes: list[Box], dark: Darkness, inner: Rects) -> None:
    """In a black and white scan one dot may be all that is left of a pencil's cross. Changes ``boxes``."""
    for box, (x0, y0, x1, y1) in zip(boxes, inner, strict=True):
        if box.state == "empty" and int(dark[y0:y1, x0:x1].max(initial=0)) >= _DOT:
            box.leave(Doubt.BLACK_AND_WHITE)


def _doubt_shreds(boxes: list[Box]) -> None:
    """A mark that a black and white scan broke into many pieces may be dots of dirt, or blacked out in pencil: it tells
    no shades. Changes ``boxes``."""
    for box in boxes:
        if box.state == "marked" and box.shreds >= _SHREDS:
            box.leave(Doubt.BLACK_AND_WHITE)


def _doubt_faint_lines(boxes: list[Box], pieces: Pieces, dark: Darkness, frames: Frames) -> None:
    """Lines too pale for ink are a doubt where the ballot's other empty boxes have none. Changes ``boxes``."""
    empty = np.array([box.state == "empty" and not box.pieces for box in boxes])
    speckled = np.array([any(pieces.peak[k] < _PALE for k in box.specks) for box in boxes])
    dots = np.zeros(dark.shape, np.bool_)
    for k in {k for box in boxes if box.state == "empty" for k in box.specks if specks.is_dot(pieces, k)}:
        x, y, wide, high = pieces.stats[k, :4] + (-_DOT_EDGE_PX, -_DOT_EDGE_PX, 2 * _DOT_EDGE_PX, 2 * _DOT_EDGE_PX)
        dots[max(y, 0) : y + high, max(x, 0) : x + wide] = True
    for i in np.flatnonzero(faint.lined(dark, frames, empty, speckled, dots)):
        boxes[i].leave(Doubt.FAINT_LINES)


def _doubt_traces(boxes: list[Box], row_of: NDArray[np.intp], profile: Profile) -> None:
    """In a row without any mark a trace of ink is a doubt that dust beside a mark is not. Changes ``boxes``."""
    blank = np.bincount(row_of, [box.state != "empty" for box in boxes]) == 0
    for box, row in zip(boxes, row_of, strict=True):
        if blank[row] and (box.pieces or box.coverage >= profile.trace_share):
            box.leave(Doubt.TRACE)


def _rings(total: NDArray[np.int32], outer: Rects, inner: Rects) -> NDArray[np.float64]:
    """(n,) mean darkness of each printed frame, from the integral picture ``total`` of the region's darkness."""
    area = (outer[:, 2] - outer[:, 0]) * (outer[:, 3] - outer[:, 1])
    area = area - (inner[:, 2] - inner[:, 0]) * (inner[:, 3] - inner[:, 1])
    return np.asarray((sums(total, outer) - sums(total, inner)) / np.maximum(area, 1))


def _doubt_the_faded(boxes: list[Box], ring: NDArray[np.float64], frames: Frames, *, any_paler: bool) -> None:
    """An empty box whose printed frame is much paler than the ballot's others is a doubt: what took the frame's ink
    away, evening out of columns above all, took a mark's, too. ``ring`` (n,): how dark the better of its level sides
    is, or how whole where no shades tell. Where neither columns were evened out nor shades are missing
    (``any_paler``), it is paler than the palest tenth of many, too: a scanner may draw fine lines unevenly. Changes
    ``boxes``.
    """
    usual = float(np.median(ring[frames.found])) if frames.found.any() else 0.0
    bound = _FADED * usual
    if not any_paler and np.count_nonzero(frames.found) >= _FRAMES_TELL:
        uneven = _FADED_MORE * float(np.quantile(ring[frames.found], 0.1))
        bound = min(bound, max(uneven, _FADED_EVER * usual))
    for i in np.flatnonzero(ring < bound):
        if boxes[i].state == "empty":
            boxes[i].leave(Doubt.FADED_FRAME)


def _doubt_what_goes_on(boxes: list[Box], pieces: Pieces, frames: Frames) -> None:
    """A mark whose ink runs out of the region is a doubt: its middle may lie where nobody looks. A tick that turns in
    its box is none. Changes ``boxes``."""
    high, wide = pieces.labels.shape
    for box in boxes:
        if box.state == "marked" and box.attached:
            x0, y0, x1, y1 = extent(box.attached, pieces)
            out = min(x0, y0) <= 1 or x1 >= wide - 1 or y1 >= high - 1
            if out and not states.turns_inside(box, pieces, frames):
                box.leave(Doubt.GOES_ON)


def _doubt_dashes(boxes: list[Box], pieces: Pieces, profile: Profile) -> None:
    """A single straight stroke is a doubt where more ink goes on in its line: the tail of another row's tick, by a pen
    with gaps. Changes ``boxes``."""
    big = ~pieces.specks(profile)
    for box in boxes:
        if box.state != "marked" or len(box.pieces) > 1:
            continue
        if by_length_mm(box, pieces) >= _SINGLE_MM or not is_single(box, pieces):
            continue
        if (big & in_line(box.whole, pieces, _LINE_MM * PX_PER_MM, _GAP_MM * PX_PER_MM)).any():
            box.leave(Doubt.GOES_ON)


def _doubt_what_is_left(boxes: list[Box], row_of: NDArray[np.intp]) -> None:
    """On a ballot most of whose rows show no sound mark its pen hardly shows: the least trace of ink is a doubt.

    Changes ``boxes``.
    """
    marked = np.bincount(row_of, [box.state == "marked" and not box.grainy for box in boxes]) > 0
    if 2 * np.count_nonzero(marked) > len(marked):
        return
    for box in boxes:
        if box.state == "empty" and box.coverage >= _LEFT:
            box.leave(Doubt.TRACE)


def _gone_over(
    ring: NDArray[np.float64], sides: NDArray[np.float64], frames: Frames, profile: Profile, step: float
) -> NDArray[np.bool_]:
    """(n,) boxes whose frame somebody drew over: much darker than the page's usual one, or two sides all along theirs.

    A mark that leaves the box crosses a side; it does not follow it through all its thirds. ``step``: see ``Scan``.
    """
    known = frames.found if frames.found.any() else np.ones(len(ring), np.bool_)
    traced = np.sort(sides, axis=1)[:, -2] >= profile.traced * max(float(np.median(sides[known])), 1.0) + step
    return np.asarray((ring > profile.gone_over * np.median(ring[known]) + 8 + step) | (traced & frames.found))


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


def _doubts(box: Box, owners: dict[int, list[int]], *, gone_over: bool) -> tuple[Doubt, ...]:
    """Why a box is left to people, if it is; ``owners``: boxes that hold a piece."""
    doubts = [box.doubt] if box.state == "unsure" else []
    if any(len(owners[k]) > 1 for k in box.attached):
        doubts.append(Doubt.TWO_BOXES)
    if gone_over and box.coverage < states.SOLID:
        doubts.append(Doubt.GONE_OVER)
    if box.doubtful_share:
        doubts.append(Doubt.TWO_ROWS)
    return tuple(doubts)


def _several(boxes: list[Box], profile: Profile) -> set[Rule]:
    """What is to be said of a row in which more than one box is marked."""
    marked = [box for box in boxes if box.state == "marked"]
    if len(marked) < 2:
        return set()
    struck = sum(box.coverage >= profile.struck_share for box in marked)
    return {Rule.CORRECTED_ROW if 0 < struck < len(marked) else Rule.MULTIPLE_ROW}


def _row(boxes: list[Box], doubts: list[tuple[Doubt, ...]], findings: set[Rule]) -> RowMarks:
    marked = [i for i, b in enumerate(boxes) if b.state == "marked"]
    unsure = any(b.state == "unsure" for b in boxes)
    judged = tuple(
        BoxMark(b.state, round(b.coverage, 4), round(b.darkest, 4), why) for b, why in zip(boxes, doubts, strict=True)
    )
    if Rule.CORRECTED_ROW in findings:
        reading, only = UNSURE, None
    elif len(marked) >= 2:
        reading, only = MULTIPLE, None
    elif unsure or (not marked and findings):
        reading, only = UNSURE, None
    elif marked:
        reading, only = "", marked[0]
    else:
        reading, only = BLANK, None
        findings = findings | {Rule.BLANK_ROW}
    return RowMarks(only, reading, judged, tuple(sorted(findings)))
