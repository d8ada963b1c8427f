"""Stray ink: marks beside the boxes, told from the table's rules, creases, streaks, smudges and hairs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ballot_scan.records import Doubt
from ballot_scan.scan import widths
from ballot_scan.scan.boxes import EDGE_PX, SHADE_PALER, Box, Usual, lone
from ballot_scan.scan.gathering import Gathered
from ballot_scan.scan.pieces import Pieces, Rects, axes
from ballot_scan.scan.profile import Profile
from ballot_scan.scan.region import PX_PER_MM

_RULE_PX = 112  # 14 mm: more than a row
_RULE_ACROSS_PX = 240  # 30 mm: a pen's line through a row falls into shorter pieces, at the boxes
_RULE_LEAN = 0.05  # such a rule may lean by 3°
_BORDER_RATIO, _BORDER_SHARE, _SIDE_PX = 3.0, 0.6, 3
_END_PX = 16  # the table's own rules, 6 mm from the boxes, are taken out with 0.5 mm about them
_NEAR_MM = 4.2  # how far from a box stray ink still belongs to its row
_RIGHT_MM = 6.5  # … and to the right of the last box, as far as the region goes
_EITHER_SIDE = 0.15  # of its height a mark between two rows reaches into either
_CREASE_DARKEST = 0.62
_CREASE_MM, _CREASE_RATIO, _CREASE_TURN = 0.25, 5.0, 0.06  # spread of what a crease left, by its length; sine of 3.5°
_WIDE_MM, _WIDE_LONG_PX, _WIDE_TURN = 0.36, 160, 0.03  # of a broad level one beside a mark: 20 mm long, or out of sight
_HAIR_DARKEST, _HAIR_SHARE, _HAIR_MM = 0.62, 0.8, 0.29  # beside the boxes of a row that has its mark
_PALER, _PALE_SHARE, _PALE_HAIR_MM = 0.42, 0.9, 0.34  # … and where it is so much paler than that mark
_SHADE, _SHADE_SHARE = 0.2, 0.4  # there, what is as pale as this and as to the mark is shade; …
_SOFT, _SOFT_PX, _SOFT_EDGE = 0.33, 6, 0.155  # … and up to this, if it reaches so far either way and has no edges
_LEFT_RATIO, _LEFT_TURN = 2.5, 0.08  # … and a line, level or upright, …
_LEFT_SHARE, _LEFT_BESIDE = 0.75, 0.6  # … paler than a mark that is as dark as a pen's is none
_ARM_GAP_MM, _ARM_SHARE, _ARM_IN_LINE = 3.0, 0.6, 0.85  # a mark's arm beyond a gap, smaller than it …
_ARM_SLIM, _ARM_ACROSS_MM = 0.5, 0.35  # … and a line: across it spreads less than letters do
_ENDS_MM2 = 0.2
_PARTED_MM2, _PARTED_PX = 0.15, 12  # less is enough where a stroke goes on inside: its largest piece tells its line …
_PARTED_ASIDE_MM, _PARTED_GAP_MM = 0.3, 1.5  # … so near to which, and beyond its end, the rest lies
_ENOUGH_PX = 300  # places of either to tell how far apart they are
_SMUDGE_MM, _SMUDGE_DARKEST = 0.8, 0.4  # a smudge is broad …
_VEIL_MM, _VEIL_DARKEST = 0.42, 0.28  # … or paler than a pencil's filling, and still broader than its strokes
_SOLID_SHARE = 0.68  # of the ellipse of its spread that a smudge fills; a small pale cross fills 0.55


def rows_with(found: Gathered, profile: Profile) -> set[int]:
    """Rows with a mark that belongs to no box."""
    pieces, outer = found.pieces, found.outer
    row_of = np.array([box.row for box in found.boxes])
    holders: dict[int, set[int]] = {}
    for box in found.boxes:
        for k in (*box.whole, *box.shared):
            holders.setdefault(k, set()).add(box.row)
    big = np.flatnonzero(
        (pieces.stats[:, 2:4].max(axis=1) >= profile.off_box_mm * PX_PER_MM)
        & (pieces.ink >= profile.off_box_mm2 * PX_PER_MM**2)
        & (pieces.peak >= profile.marked_above)
    )
    voted = {box.row: box for box in lone(found.boxes, marked=True)}
    middles = np.bincount(row_of, (outer[:, 1] + outer[:, 3]) / 2) / np.bincount(row_of)
    gaps = _between_rows(outer, row_of)
    near = max(_NEAR_MM * PX_PER_MM, float((gaps[:, 1] - gaps[:, 0]).max(initial=0.0)) / 2 + 1)
    rows: set[int] = set()
    for box in found.boxes:
        if box.state == "unsure" and box.attached:  # whatever of it lies in the box
            rows |= _shared(box.extent, gaps) - voted.keys()
    for k in (int(k) for k in big if k):
        if k in holders:
            if passed := _passed(pieces, k, middles) - holders[k]:
                rows |= passed | holders[k]  # one stroke through several rows
            continue
        if _is_rule(pieces, k, profile) or (pieces.peak[k] < _CREASE_DARKEST and _is_dirt(pieces, k)):
            continue
        x, y = pieces.centroids[k]
        dx = np.maximum(np.maximum(outer[:, 0] - x, x - outer[:, 2]), 0)
        dy = np.maximum(np.maximum(outer[:, 1] - y, y - outer[:, 3]), 0)
        nearest = int(np.hypot(dx, dy).argmin())
        between = outer[:, 0].min() <= x <= outer[:, 2].max()  # columns: nothing is printed among them
        row = int(row_of[nearest])
        aside = max(near, _RIGHT_MM * PX_PER_MM) if x > outer[:, 2].max() else near  # nothing is printed there
        beyond = y < outer[:, 1].min() or y > outer[:, 3].max()  # above the first row or below the last
        if (dy[nearest] <= near or beyond) and (between or dx[nearest] <= aside):
            passed = _passed(pieces, k, middles)
            vote = voted.get(row)
            mine = vote is not None and vote.at == nearest and passed <= {row}
            if vote is None or not _needs_nobody(vote, k, mine=mine):
                rows |= {row} | passed | (_shared(pieces.extent([k]), gaps) - voted.keys())
    return rows


def doubt_the_ends(found: Gathered, profile: Profile) -> None:
    """An empty box is a doubt where small pieces about its frame are together as much as a mark beside it: the ends of
    a cross on the frame's line, of which that and a streak took the rest, or a stroke that the frame parts at a corner.
    Changes the boxes."""
    pieces = found.pieces
    held = {k for box in found.boxes for k in (*box.whole, *box.shared)}
    small = pieces.stats[:, 2:4].max(axis=1) < profile.off_box_mm * PX_PER_MM
    small |= pieces.ink < profile.off_box_mm2 * PX_PER_MM**2  # either way ``rows_with`` passes them over
    for box, frame in zip(found.boxes, found.outer, strict=True):
        ends = [k for k in pieces.around(frame) if small[k] and k not in held] if box.state == "empty" else []
        if not ends or pieces.peak[ends].max() < profile.marked_above:
            continue
        parted = _goes_on_inside(box, ends)
        enough = _PARTED_MM2 if parted else _ENDS_MM2
        if pieces.reach_mm(ends + parted) < profile.off_box_mm:
            continue
        if pieces.ink[ends + parted].sum() >= enough * PX_PER_MM**2:
            box.leave(Doubt.BESIDE)


def _goes_on_inside(box: Box, ends: list[int]) -> list[int]:
    """The specks inside in the line of the largest of some pieces about a box's frame: a stroke over a corner, which
    the frame divides."""
    most = max(ends, key=lambda k: float(box.pieces.ink[k]))
    if not box.specks or box.pieces.stats[most, 4] < _PARTED_PX:
        return []
    on = box.pieces.in_line([most], _PARTED_ASIDE_MM * PX_PER_MM, _PARTED_GAP_MM * PX_PER_MM)
    return [k for k in box.specks if on[k]]


def _needs_nobody(mark: Box, k: int, *, mine: bool) -> bool:
    """Whether a stray piece is nothing in the row of a plain ``mark``, or an arm of it; ``mine``: nearest to it."""
    peak = float(mark.pieces.peak[mark.inside].max(initial=0.0))
    return _is_nothing_beside(mark.pieces, k, peak, mark.usual) or (mine and _is_an_arm_of(mark, k))


def _is_an_arm_of(box: Box, k: int) -> bool:
    """Whether a stray piece is a line that points at a mark near by, shorter than it: what a crease or a dry spot cut
    off from one of its arms."""
    arm, mark = box.pieces.points([k]), box.pieces.points(box.whole)
    if len(arm) > _ARM_SHARE * len(mark) or box.pieces.reach_mm([k]) > box.reach_mm:
        return False
    across, along, direction = axes(*arm.T)
    if across >= min(_ARM_SLIM * along, _ARM_ACROSS_MM * PX_PER_MM):
        return False
    some, of = (points[:: 1 + len(points) // _ENOUGH_PX] for points in (arm, mark))
    away = np.hypot(*(some[:, None, :] - of).transpose(2, 0, 1))
    nearest = np.unravel_index(away.argmin(), away.shape)
    way = arm.mean(axis=0) - of[nearest[1]]
    near = away[nearest] <= _ARM_GAP_MM * PX_PER_MM
    return bool(near and abs(way @ direction) >= _ARM_IN_LINE * np.hypot(*way))


def _is_nothing_beside(pieces: Pieces, k: int, mark: float, usual: Usual) -> bool:
    """Whether a stray piece needs nobody in a row that has its mark, whose darkest pixel is ``mark`` (0-1): a hair,
    shade, or what is left of a crease or a streak.
    """
    peak = float(pieces.peak[k])
    if peak < min(_SHADE, _SHADE_SHARE * mark):
        return True
    if peak < _LEFT_SHARE * mark and mark >= _LEFT_BESIDE:
        spread = pieces.spread_mm([k])
        if _is_crease(spread, _LEFT_RATIO, _LEFT_TURN) or _is_wide_crease(pieces, k, spread):
            return True
    soft = peak < min(_SOFT, SHADE_PALER * mark) and pieces.stats[k, 2:4].min() >= _SOFT_PX
    if soft and _edge_of(pieces, k, usual) < _SOFT_EDGE:
        return True
    share, most_mm = (_PALE_SHARE, _PALE_HAIR_MM) if peak < _PALER * mark else (_HAIR_SHARE, _HAIR_MM)
    return peak < _HAIR_DARKEST and _is_hair(pieces, k, usual, share, most_mm)


def _passed(pieces: Pieces, k: int, middles: NDArray[np.float64]) -> set[int]:
    """Rows through whose middle a piece runs."""
    top, height = int(pieces.stats[k, 1]), int(pieces.stats[k, 3])
    return {int(row) for row in np.flatnonzero((middles >= top) & (middles < top + height))}


def _is_rule(pieces: Pieces, k: int, profile: Profile) -> bool:
    """Whether a stray piece is a rule of the table or a streak: it runs through more than a row, or past two boxes,
    and out of the region. What somebody drew along several rows ends among them.

    The table's own border may lie at the region's side, and whole in the region where rows are few.
    """
    x, y, width, height = (int(v) for v in pieces.stats[k, :4])
    high, wide = pieces.labels.shape
    thin = profile.line_width_mm * PX_PER_MM
    at_side = (x <= _SIDE_PX or x + width >= wide - _SIDE_PX) and height > _BORDER_RATIO * width
    border = pieces.sparse(k) and (
        width > wide - _SIDE_PX or (width > _BORDER_SHARE * wide and height > _BORDER_SHARE * high)
    )
    ends = y > _END_PX and y + height < high - _END_PX
    upright = height > _RULE_PX and width < thin + _RULE_LEAN * height and not ends
    level = width > _RULE_ACROSS_PX and height < thin and (x <= _SIDE_PX or x + width >= wide - _SIDE_PX)
    sliver = (y <= _SIDE_PX or y + height >= high - _SIDE_PX) and height < thin and width > _BORDER_RATIO * height
    return at_side or border or upright or level or sliver


def _is_hair(pieces: Pieces, k: int, usual: Usual, share: float, most_mm: float) -> bool:
    """Whether a stray piece is narrower than a share of the printed lines: than 0.8 one pencil stroke in 500 is."""
    x, y, w, h = (int(v) for v in pieces.stats[k, :4])
    width = widths.of_stroke(usual.dark[y : y + h, x : x + w], pieces.labels[y : y + h, x : x + w] == k)
    return width < usual.hair_px(share, most_mm)


def _edge_of(pieces: Pieces, k: int, usual: Usual) -> float:
    """How steeply a stray piece ends, see ``Usual``."""
    high, wide = pieces.labels.shape
    x, y, w, h = (int(v) for v in pieces.stats[k, :4])
    x0, y0, x1, y1 = max(x - EDGE_PX, 0), max(y - EDGE_PX, 0), min(x + w + EDGE_PX, wide), min(y + h + EDGE_PX, high)
    return usual.edge(np.asarray(pieces.labels[y0:y1, x0:x1] == k, np.bool_), x0, y0)


def _is_dirt(pieces: Pieces, k: int) -> bool:
    """Whether a stray piece is what is left of a crease, level or upright, or a smudge: broad and pale."""
    spread = across, along, _, size = pieces.spread_mm([k])
    crease = _is_crease(spread, _CREASE_RATIO, _CREASE_TURN)
    broad = (across > _SMUDGE_MM and pieces.peak[k] < _SMUDGE_DARKEST) or (
        across > _VEIL_MM and pieces.peak[k] < _VEIL_DARKEST
    )
    smudge = broad and size > _SOLID_SHARE * np.pi * 4 * across * along * PX_PER_MM**2
    return bool(crease or smudge)


def _is_crease(spread: tuple[float, float, float, int], ratio: float, most_turn: float) -> bool:
    """Whether a piece of this ``spread`` is a narrow line, level or upright: so much longer, and turned no further."""
    across, along, turn, _ = spread
    return across < _CREASE_MM and along > ratio * across and turn < most_turn


def _is_wide_crease(pieces: Pieces, k: int, spread: tuple[float, float, float, int]) -> bool:
    """Whether a piece of this ``spread`` is a broad level line longer than what is drawn between two boxes, or one that
    runs out of the region."""
    across, _, turn, _ = spread
    x, _, width, height = (int(v) for v in pieces.stats[k, :4])
    runs_on = width >= _WIDE_LONG_PX or x <= _SIDE_PX or x + width >= pieces.labels.shape[1] - _SIDE_PX
    return width > 4 * height and runs_on and across < _WIDE_MM and turn < _WIDE_TURN


def _between_rows(outer: Rects, row_of: NDArray[np.intp]) -> NDArray[np.float64]:
    """(rows - 1, 2) where the gaps between each row of frames and the next begin and end, px down."""
    count = int(row_of.max()) + 1
    top = np.array([outer[row_of == r, 1].min() for r in range(count)], dtype=np.float64)
    bottom = np.array([outer[row_of == r, 3].max() for r in range(count)], dtype=np.float64)
    return np.column_stack([bottom[:-1], top[1:]])


def _shared(extent: tuple[int, int, int, int], gaps: NDArray[np.float64]) -> set[int]:
    """The two rows between which a mark off the boxes stands: its middle lies in their gap, and a good part of it on
    either side of the gap's middle. Nobody but people can say whose it is."""
    _, top, _, bottom = extent
    for row, (begin, end) in enumerate(gaps):
        share = ((begin + end) / 2 - top) / (bottom - top)
        if begin <= (top + bottom) / 2 <= end and _EITHER_SIDE <= share <= 1 - _EITHER_SIDE:
            return {row, row + 1}
    return set()
