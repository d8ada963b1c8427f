"""Marks: what the ink in and about the boxes says, row by row. It is found by ``gathering``, judged by ``states``."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.records import BLANK, MULTIPLE, UNSURE, Doubt, Rule
from ballot_scan.scan import (
    crossed_out,
    faint,
    others,
    printed_frames,
    rubbed,
    signs,
    specks,
    states,
    strays,
    through,
    ticks,
)
from ballot_scan.scan.boxes import Box, Usual, owners_of, row_count
from ballot_scan.scan.frames import Frames
from ballot_scan.scan.gathering import Gathered, gathered
from ballot_scan.scan.pieces import Darkness, Rects
from ballot_scan.scan.profile import Profile
from ballot_scan.scan.region import PX_PER_MM

_PALE = 0.2  # of a speck that a pencil may have left
_DOT = 20  # darkness (of 255) of a black pixel of 300 dpi, however the region's pixels lie upon it
_DOT_EDGE_PX = 3  # about a dot of dust, where it is paler than ink
_SHREDS = 5  # pieces of a mark in a black and white scan
_LEFT = 0.003  # of a box
_SINGLE_MM = 1.2  # the ink of a single stroke by its length, at most: no pen that leaves gaps is broader
_AT_SIDE_PX, _MOST_OF_IT = 12, 90  # ink so near to the region's side; …
_SHADOW, _SHADOW_SHARE = 0.24, 0.45  # … if it is so pale there, and to the mark, that is not of its pen
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

    ``unprinted``: see ``gathered``. ``bilevel``: it is black and white, and tells no shades; ``pure``: not even those
    of a JPEG. ``before``: its darkness as it was, where streaks were taken out of it; ``banded``: out of much of it,
    which may leave but a trace of a mark. ``least``: coverage from which an empty box is a doubt where it may have left
    but that. ``clipped``: its paper is as white as can be, so that what is pale may have been darker. ``step``: how
    much darker (of 255) a frame's side looks if its line is a pixel of the page broader, as it may be by chance; 0
    where shades make up for that.
    """

    unprinted: Darkness | None = None
    bilevel: bool = False
    pure: bool = False
    before: Darkness | None = None
    banded: bool = False
    least: float = 1.0
    clipped: bool = False
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
    found = gathered(Usual(soft, frames, scan.before is not None), row_of, profile, scan.unprinted)
    boxes = found.boxes
    _by_themselves(boxes, profile, scan)
    if scan.pure:
        _doubt_any_dot(boxes, dark, found.inner)
    _by_each_other(boxes, profile)
    _doubt_traces(boxes, profile)
    others.doubt_the_short(boxes)
    others.doubt_the_sparse(boxes)
    if scan.bilevel:
        _doubt_shreds(boxes)
    else:
        faint_lines, faint_broad = faint.parted(dark)
        _doubt_faint_lines(boxes, dark, faint_lines)
        others.doubt_the_unlike(boxes, profile)
        others.doubt_another_pen(boxes, profile)
    crossed_out.doubt(boxes, profile, shades=not scan.bilevel)
    signs.doubt(boxes)
    crossed_out.doubt_the_lined_through(boxes)
    _doubt_dashes(boxes, profile)
    if not scan.bilevel and not scan.clipped:
        rubbed.clear(boxes, faint_lines, faint_broad)
    lines = printed_frames.lines(dark, boxes, found.outer, found.inner, scan.step)
    before = None
    if scan.before is not None:
        before = printed_frames.levels(scan.before, found.outer, found.inner, scan.step)
    printed_frames.doubt_the_faded(boxes, lines, before)
    printed_frames.doubt_the_covered(boxes, lines)
    _doubt_what_goes_on(boxes)
    _doubt_what_is_left(boxes)
    strays.doubt_the_ends(found, profile)
    crossed_out.doubt_traces_beside(boxes, profile)
    return _rows(found, printed_frames.gone_over(lines, boxes, frames, profile), profile)


def _by_themselves(boxes: list[Box], profile: Profile, scan: Scan) -> None:
    """Judge each box by its own ink, and what is hardly any by its row's mark. Changes ``boxes``."""
    for box in boxes:
        if box.inside or box.coverage or not box.found:
            box.state = states.state_of(box, profile)
        pale = scan.banded and box.coverage >= profile.trace_share and specks.traces(box) > 0
        left = box.coverage >= scan.least and (scan.bilevel or specks.loose_share(box) >= scan.least)
        if box.state == "empty" and (left or pale) and not box.streak:
            box.leave(Doubt.TRACE)
    if not scan.bilevel:
        others.clear_stripes(boxes)
        others.clear_shade(boxes)
        others.clear_hairs(boxes)
        through.doubt(boxes)


def _by_each_other(boxes: list[Box], profile: Profile) -> None:
    """Judge what alone would be doubtful by the ballot's other marks. Changes ``boxes``."""
    others.by_their_pencil(boxes, profile)
    others.by_their_gaps(boxes, profile)
    others.by_their_pen(boxes, profile)
    others.by_their_dashes(boxes, profile)
    others.by_their_breadth(boxes, profile)


def _rows(found: Gathered, gone_over: NDArray[np.bool_], profile: Profile) -> list[RowMarks]:
    """Rows of boxes that are judged; ``gone_over`` (n,): whose frame somebody drew over."""
    owners, stray = owners_of(found.boxes), strays.rows_with(found, profile)
    rows = []
    for row in range(row_count(found.boxes)):
        mine = [box for box in found.boxes if box.row == row]
        doubts = [_doubts(box, owners, gone_over=bool(gone_over[box.at])) for box in mine]
        findings = {Rule.UNSURE_MARK} if any(doubts) else set()
        findings |= _several(mine, profile)
        if row in stray:
            findings.add(Rule.MARK_OFF_BOX)
        rows.append(_row(mine, doubts, findings))
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


def _doubt_faint_lines(boxes: list[Box], dark: Darkness, lines: Darkness) -> None:
    """Lines too pale for ink are a doubt where the ballot's other empty boxes have none. Changes ``boxes``."""
    pieces = boxes[0].pieces
    empty = np.array([box.state == "empty" and not box.inside for box in boxes])
    speckled = np.array([any(pieces.peak[k] < _PALE for k in box.specks) for box in boxes])
    dots = np.zeros(dark.shape, np.bool_)
    for k in {k for box in boxes if box.state == "empty" for k in box.specks if specks.is_dot(pieces, k)}:
        x, y, wide, high = pieces.stats[k, :4] + (-_DOT_EDGE_PX, -_DOT_EDGE_PX, 2 * _DOT_EDGE_PX, 2 * _DOT_EDGE_PX)
        dots[max(y, 0) : y + high, max(x, 0) : x + wide] = True
    for i in np.flatnonzero(faint.lined(lines, boxes[0].usual.frames, empty, speckled, dots)):
        boxes[i].leave(Doubt.FAINT_LINES)


def _doubt_traces(boxes: list[Box], profile: Profile) -> None:
    """In a row without any mark a trace of ink is a doubt that dust beside a mark is not. Changes ``boxes``."""
    inked = {box.row for box in boxes if box.state != "empty"}
    for box in boxes:
        if box.row not in inked and (box.inside or box.coverage >= profile.trace_share):
            box.leave(Doubt.TRACE)


def _doubt_what_goes_on(boxes: list[Box]) -> None:
    """A mark whose ink runs out of the region is a doubt: its middle may lie where nobody looks. A tick that turns in
    its box is none, nor is what a crease or a cup's ring goes on from. Changes ``boxes``."""
    for box in boxes:
        if box.state == "marked" and box.attached and _runs_out(box) and not ticks.turns_inside(box):
            box.leave(Doubt.GOES_ON)


def _runs_out(box: Box) -> bool:
    """Whether ink that goes on from a mark reaches the region's side and is there no paler than its pen may draw."""
    dark = box.usual.dark
    high, wide = dark.shape
    for k in box.attached:
        x0, y0, x1, y1 = box.pieces.extent([k])
        if min(x0, y0) > 1 and x1 < wide - 1 and y1 < high - 1:
            continue
        ys, xs = np.divmod(np.flatnonzero(box.pieces.labels[y0:y1, x0:x1] == k), x1 - x0)
        deep = np.minimum(np.minimum(xs + x0, wide - 1 - xs - x0), np.minimum(ys + y0, high - 1 - ys - y0))
        there = dark[y0:y1, x0:x1][ys, xs][deep <= _AT_SIDE_PX]
        if np.percentile(there, _MOST_OF_IT) > 255 * min(_SHADOW, _SHADOW_SHARE * box.darkest):
            return True
    return False


def _doubt_dashes(boxes: list[Box], profile: Profile) -> None:
    """A single straight stroke is a doubt where more ink goes on in its line: the tail of another row's tick, by a pen
    with gaps. Changes ``boxes``."""
    big = ~boxes[0].pieces.specks(profile)
    for box in boxes:
        if box.state != "marked" or len(box.inside) > 1:
            continue
        if box.by_length_mm >= _SINGLE_MM or not box.is_single:
            continue
        if (big & box.pieces.in_line(box.whole, _LINE_MM * PX_PER_MM, _GAP_MM * PX_PER_MM)).any():
            box.leave(Doubt.GOES_ON)


def _doubt_what_is_left(boxes: list[Box]) -> None:
    """On a ballot most of whose rows show no sound mark its pen hardly shows: the least trace of ink is a doubt.

    Changes ``boxes``.
    """
    marked = {box.row for box in boxes if box.state == "marked" and not box.grainy}
    if 2 * len(marked) > row_count(boxes):
        return
    for box in boxes:
        if box.state == "empty" and box.coverage >= _LEFT:
            box.leave(Doubt.TRACE)


def _doubts(box: Box, owners: dict[int, list[Box]], *, gone_over: bool) -> tuple[Doubt, ...]:
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
