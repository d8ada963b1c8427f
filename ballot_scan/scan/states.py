"""Box states: whether the ink of a box is a mark, nothing, or a doubt.

A piece inside a frame, together with the pieces that go on outside, is a mark when it is dark, long and centred inside
the frame; dirt when it is tiny or fades out; else a doubt.
"""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.records import Doubt
from ballot_scan.scan import hatching, notches, specks, ticks
from ballot_scan.scan.boxes import Box
from ballot_scan.scan.frames import RING_IN_PX
from ballot_scan.scan.pieces import Pieces
from ballot_scan.scan.profile import Profile
from ballot_scan.scan.region import PX_PER_MM

_THROUGH_MM, _LONE, _SLASH_MM = 16.0, 1.15, 9.6  # a line so long, and alone, passes through; a slash is shorter …
_STUB_MM, _STUB_ACROSS_MM, _STUB_RATIO, _STUB_TURN = 4.5, 0.25, 3.0, 0.06  # of a streak; sine of 3.5°
_PALEST, _PALER, _LONG_MM, _STRAIGHT_MM = 0.22, 0.35, 8.0, 0.23  # … as does a pale one from side to side of the box
_TURNED_MM = 0.7
_STAIN_DARKEST, _BROAD_PX, _BROAD_SHARE = 0.95, 13, 0.05  # 1.6 mm: only a marker draws so wide, and that is black
_DROP_DARKEST, _DROP_SHARE = 0.65, 0.7
_BAND_SINGLE = 1.3  # strokes that lines across it meet: a small cross is none
_BAND_DARKEST, _BAND_PX, _BAND_OFF_PX, _BAND_RATIO = 0.3, 10, 3, 1.5  # what is left of a streak beside a frame's line
_OVER_DARK, _OVER_MM, _OVER_TURN = 0.35, 2.2, 0.3  # of a stroke over the side; sine of 17°
_STRIPE_PEAK, _STRIPE_AT_SIDE, _STRIPE_PX = 0.35, 0.5, 6  # of a crease or a streak, 0.75 mm; paler than …
_STRIPE_PALE, _STRIPE_BROAD_PX, _STRIPE_RATIO = 0.22, 17, 2.0  # … this it shows through, and may be broader
_SPREAD, _EVEN = 0.5, 0.045  # share of the ink outside the box; a filling varies by 0.046 of its darkness and more
_LINED = 0.14  # ink that goes up and down by so much is strokes laid close: the spots a pen left have 0.06
_HULL_SHARE, _FRAME_PX = 0.6, 9  # a broad cross fills half of its hull; the frame's line cuts it
_HAIRS_OWN = 0.28  # no pencil that draws so thin is so dark
_CROSSED = 1.25  # strokes that lines across and lines down meet both: they cross
_BROKEN_MM = 3.0  # a shorter mark with gaps is left to people, too
_GRAINY_ABOVE, _GRAINY_MM, _GRAINY_SPREAD_MM = 0.12, 2.2, 0.3  # a pale mark in grains reaches so far, and so far across
_WEAK_MM = 2.5  # a shorter weak mark is left to people, whatever the page's others look like, unless it is in grains
SOLID = 0.30  # coverage from which a hidden frame is explained by the mark itself …
_HIDING, _BLACK = 0.2, 0.9  # … as it is by a black one that reaches it
_ABOUT_PX = 10  # about a mark, where its arms are looked for
_LINE_MIDDLE_MM, _LINE_SOFT_PX = 0.125, 0.7  # of a frame's line: how far it lies within, and its soft edge
_INSIDE = 0.28  # share of a mark's ink inside from which its extent may tell that it is centred there …
_HARDLY_INSIDE, _ROUND = 0.12, 0.75  # … and below which nothing does where it goes so far round the box
_RINGED, _ALL_ROUND = 0.35, 0.9  # … or where that outside does so nearly all the way
_TURN_PX = 14  # a tick's arms are no further apart where its turn hides in the frame
_SLACK_PX = 6  # of arms that lean, where the frame's line is taken out


def state_of(box: Box, profile: Profile) -> str:
    """What a box is by its ink: "empty", "marked" or "unsure".

    An unsure one is ``weak`` afterwards where it is a mark in form and place, only pale, ``grainy`` where of such a one
    little more than a pencil's grain shows, ``thin`` where it is one but for the width of its lines, ``broken`` where
    it is one but for the gaps in it, ``frail`` where it is but for both, ``stain`` where it is one but may be a stain,
    and a ``stripe`` where it is what a crease, a streak or a line on the other side draws; its ``doubt`` says why.
    Changes ``box``.
    """
    if not box.inside:
        if box.found and specks.are_dust(box, profile):
            return "empty"
        return _left(box, Doubt.TRACE if box.found else Doubt.NO_FRAME)  # it was covered or erased
    if box.darkest < profile.veil_below and box.found and box.edge(by_darkest=True) < profile.veil_edge:
        return "empty"  # it fades out on all sides, as shade, a smudge and a rubbing do; what was drawn has edges
    hidden = box.coverage >= SOLID or (box.sides and box.coverage >= _HIDING and box.darkest >= _BLACK)
    if not box.found and not hidden:
        return _left(box, Doubt.NO_FRAME)  # it is not where it must be, and no mark explains it
    band = box.usual.evened and _is_band_at_side(box) and not _is_drawn_over_side(box)
    box.streak = band and box.darkest < _BAND_DARKEST and not box.attached
    if box.streak:
        return "empty"
    if band:
        return _left(box, Doubt.LINE)  # what lies beyond the other side need not go on from it
    inside = box.pieces.stats[box.inside, cv2.CC_STAT_AREA].sum() / PX_PER_MM**2
    own = box.pieces.reach_mm(box.inside)
    whole = box.reach_mm
    if own < 1.0:
        return _left(box, Doubt.SMALL)
    drawn = _drawn(box, profile)
    if not (drawn and _centred(box)) and not ticks.turns_below(box):
        box.stripe = _is_stripe(box)
        return _left(box, Doubt.BESIDE if drawn else Doubt.LINE)
    if whole < _STUB_MM and box.met[1] < _LONE and _is_stub(box):
        return _left(box, Doubt.LINE)  # never a stripe: so short a one may be a second mark
    large = whole >= profile.mark_extent_mm and inside >= profile.mark_inside_mm2
    unbroken = _whole(box, _areas(box), profile)
    through = _is_pale_line(box)
    firm = large and not through and _firm(box, profile)
    thin = box.darkest < profile.hair_below and inside < profile.hair_mm2 and _is_hair(box, profile)
    sound = box.darkest >= profile.marked_above and unbroken and firm
    if _is_stain(box):
        box.stain = sound
        return _left(box, Doubt.STAIN)
    if sound and not thin:
        return "marked"
    shown = box.darkest >= profile.weak_above
    gaps = shown and firm and not unbroken and whole >= _BROKEN_MM
    box.broken = gaps and not thin
    if thin and box.darkest >= _HAIRS_OWN:
        box.thin, box.frail = sound, gaps
    elif shown and whole >= _WEAK_MM and (unbroken or box.darkest < profile.pencil_below):
        box.weak = not _passes(box) or whole < _SLASH_MM or _is_bent(box)
    elif _GRAINY_ABOVE <= box.darkest < profile.pencil_below:
        box.weak = box.grainy = _is_grainy(box)
    lacking = ((not thin, Doubt.HAIR), (not through, Doubt.LINE), (unbroken, Doubt.GAPS), (large, Doubt.SMALL))
    shade = Doubt.HESITANT if box.darkest >= profile.marked_above else Doubt.PALE
    return _left(box, next((why for fine, why in lacking if not fine), shade))


def _left(box: Box, why: Doubt) -> str:
    """The state of a box that is left to people. Changes ``box``."""
    box.doubt = why
    return "unsure"


def _is_band_at_side(box: Box) -> bool:
    """Whether ink is a narrow band upright along a side of the frame, where a streak hides from evening out."""
    x0, y0, x1, y1 = box.pieces.extent(box.inside)
    upright = x1 - x0 <= _BAND_PX and y1 - y0 >= _BAND_RATIO * (x1 - x0)
    return upright and box.met[1] < _BAND_SINGLE and _is_at_side(box)


def _is_drawn_over_side(box: Box) -> bool:
    """Whether such a band is but what lies inside of a dark stroke that slants over the side, or of a cross on it: a
    streak is upright."""
    if box.darkest < _OVER_DARK or box.reach_mm < _OVER_MM:
        return False
    return box.spread_mm[2] >= _OVER_TURN or crosses_on_frame(box)


def _is_at_side(box: Box) -> bool:
    """Whether ink lies along the left or the right side of the frame."""
    x0, _, x1, _ = box.pieces.extent(box.inside)
    low, high = box.centre_px[0] + np.array([-0.5, 0.5]) * box.size_px[0] + np.array([1, -1]) * RING_IN_PX
    return bool(min(x0 - low, high - x1) <= _BAND_OFF_PX)


def _is_stripe(box: Box) -> bool:
    """Whether ink is one narrow pale line, upright or level: what is left of a crease or a streak, or shows through."""
    x0, y0, x1, y1 = box.extent
    narrow, long = sorted((x1 - x0, y1 - y0))
    beside = box.usual.evened and y1 - y0 == long and _is_at_side(box)
    peak = float(box.pieces.peak[box.inside].max())
    widest = _STRIPE_BROAD_PX if peak < _STRIPE_PALE else _STRIPE_PX
    return peak < (_STRIPE_AT_SIDE if beside else _STRIPE_PEAK) and narrow <= widest and long >= _STRIPE_RATIO * narrow


def _drawn(box: Box, profile: Profile) -> bool:
    """Whether ink may be a mark by its form: no mere upright or level line, and no crease."""
    widest = int(box.pieces.stats[box.inside, 2:4].min(axis=1).max())
    dashes = box.whole + box.specks  # of a crease that a black and white scan broke up
    turns = bool(box.attached) and box.spread_mm[0] >= _TURNED_MM  # outside, as the arms of a tick or a cross do
    lines = (box.whole, dashes) if turns else (box.inside, box.whole, dashes)
    if widest < profile.line_mm * PX_PER_MM or any(_is_line(box.pieces, k, profile) for k in lines):
        return False
    return box.reach_mm < _THROUGH_MM or box.met[1] >= _LONE  # one line that only crosses the box: a crease


def _is_stub(box: Box) -> bool:
    """Whether ink is one short narrow line, upright or level, of what taking out a streak or a crease may leave."""
    across, along, turn, _ = box.spread_mm
    return across < _STUB_ACROSS_MM and along >= _STUB_RATIO * across and turn < _STUB_TURN


def _passes(box: Box) -> bool:
    """Whether ink is one line from side to side of its box, as a slanted crease draws it in row after row."""
    return box.sides > 1 and box.met[1] < _LONE


def _is_bent(box: Box) -> bool:
    """Whether a line spreads further than a straight one; the palest would have to turn as a tick does."""
    least = _TURNED_MM if box.darkest < _PALEST else _STRAIGHT_MM
    return box.spread_mm[0] >= least


def _is_grainy(box: Box) -> bool:
    """Whether ink is what a pale pencil's grain leaves of a cross or a tick: with its specks it reaches as far as one,
    and spreads as no single stroke does."""
    grain = specks.grain(box)
    return box.pieces.reach_mm(grain) >= _GRAINY_MM and box.pieces.spread_mm(grain)[0] >= _GRAINY_SPREAD_MM


def _is_pale_line(box: Box) -> bool:
    """Whether a line through the box is paler than any pen's, or as pale as a pencil's, long, and straight."""
    pale = box.darkest < (_PALER if box.reach_mm >= _LONG_MM else _PALEST)
    return pale and _passes(box) and not _is_bent(box)


def _is_stain(box: Box) -> bool:
    """Whether the ink is a stain or a drop: solid, and either spread beyond the box or without a stroke's unevenness.

    Nothing but ink as black as a marker's is drawn so; what somebody filled shows its strokes, or keeps to the box.
    """
    if box.darkest >= _STAIN_DARKEST or not (box.attached or box.coverage >= SOLID):
        return False
    areas = box.pieces.stats[:, cv2.CC_STAT_AREA]
    spread = areas[box.attached].sum() >= _SPREAD * areas[box.inside].sum()
    if not spread and box.coverage < SOLID:
        return False
    x0, y0, x1, y1 = box.pieces.extent(box.inside)
    own = box.ink_inside
    core = cv2.erode(own.astype(np.uint8), np.ones((_BROAD_PX, _BROAD_PX), np.uint8), borderValue=0) > 0
    if np.count_nonzero(core) <= _BROAD_SHARE * np.count_nonzero(own):
        return False
    if spread and (_is_crossed(box) or ticks.turns_inside(box)):
        return False
    values = box.usual.smooth(x0, y0, x1, y1)[0][core]
    drop = box.darkest < _DROP_DARKEST and box.coverage < _DROP_SHARE and values.std() < _EVEN * values.mean()
    return bool(spread or drop) and box.lined < _LINED


def _is_crossed(box: Box) -> bool:
    """Whether the ink is two strokes that cross: it fills little of its hull, as no stain does."""
    ink = box.ink.astype(np.uint8)
    whole = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((_FRAME_PX, _FRAME_PX), np.uint8), borderValue=0)
    return notches.solidity(whole > 0) < _HULL_SHARE


def _is_hair(box: Box, profile: Profile) -> bool:
    """Whether the ink is one pale line narrower than the printed ones, as hardly a pen's is."""
    if box.met[0] >= _CROSSED:
        return False
    narrow = box.width_px < box.usual.hair_px(profile.hair_width, profile.hair_width_mm)
    return narrow and not crosses_on_frame(box)


def _areas(box: Box) -> NDArray[np.int64]:
    """Areas (px²) of the strokes inside a box. The arms of a tick whose turn lies on the frame, or outside, are one."""
    s = box.pieces.stats[box.inside].astype(np.int64)
    if len(s) < 2 or box.sides == 0:
        return s[:, cv2.CC_STAT_AREA]
    half = box.size_px / 2 - RING_IN_PX - 1.5
    lo, hi = s[:, :2] - (box.centre_px - half), s[:, :2] + s[:, 2:4] - (box.centre_px + half)
    joined = np.arange(len(s))
    for axis in (0, 1):
        along = 1 - axis
        for touching, way in ((np.flatnonzero(lo[:, axis] <= 0), -1), (np.flatnonzero(hi[:, axis] >= 0), 1)):
            order = touching[np.argsort(s[touching, along])]
            for a, b in pairwise(order):
                gap = int(s[a, along] + s[a, along + 2]), int(s[b, along])
                side = box.centre_px[axis] + way * half[axis]
                if gap[1] - gap[0] <= _TURN_PX or _turns_beyond(box, axis, way, float(side), gap):
                    joined[joined == joined[b]] = joined[a]
    return np.bincount(joined, s[:, cv2.CC_STAT_AREA])[np.unique(joined)].astype(np.int64)


def apart(box: Box) -> float:
    """The share of a box's ink inside that lies beside its largest stroke; a tick's arms that meet are one."""
    strokes = _areas(box)
    return 1 - float(strokes.max()) / float(strokes.sum())


def _turns_beyond(box: Box, axis: int, way: int, side: float, gap: tuple[int, int]) -> bool:
    """Whether one stroke outside, beyond a ``side`` of the frame, reaches across the ``gap`` between two inside."""
    along = 1 - axis
    for k in box.attached:
        low, wide = box.pieces.stats[k, along], box.pieces.stats[k, along + 2]
        far = box.pieces.stats[k, axis] if way < 0 else box.pieces.stats[k, axis] + box.pieces.stats[k, axis + 2]
        if low <= gap[0] + _SLACK_PX and low + wide >= gap[1] - _SLACK_PX and way * (far - side) > _TURN_PX:
            return True
    return False


def _whole(box: Box, area: NDArray[np.int64], profile: Profile) -> bool:
    """Whether the ink hangs together as a drawn mark does, and is not scattered in shreds; ``area``: see ``_areas``."""
    shreds = len(area) + len(box.specks)
    if shreds >= profile.shreds:
        shreds -= specks.beside(box, area)
    divided = len(area) > 1 and float(area.max()) < profile.whole_share * float(area.sum())
    scattered = divided and not box.attached and box.darkest < profile.scattered_below
    pencil = box.darkest < profile.pencil_below  # its grain leaves gaps
    solid = box.darkest >= profile.solid_above and not (len(area) > 1 and area.max() < profile.solid_share * area.sum())
    shredded = shreds >= profile.shreds + pencil and (divided or not pencil) and not solid
    broken = shreds > 1 and float(area.max()) < profile.spent_share * float(area.sum())
    spent = broken and box.darkest < profile.spent_below and float(area.sum()) < profile.spent_mm2 * PX_PER_MM**2
    return not (shredded or scattered or spent) or hatching.is_hatched(box)


def _is_line(pieces: Pieces, which: list[int], profile: Profile) -> bool:
    """Whether ink is one upright or level line: a crease or a streak rather than a mark."""
    x0, y0, x1, y1 = pieces.extent(which)
    narrow, long = sorted((x1 - x0, y1 - y0))
    return narrow < profile.line_width_mm * PX_PER_MM and long >= profile.line_length_mm * PX_PER_MM


def _firm(box: Box, profile: Profile) -> bool:
    """Whether a pale mark was meant: one short pale stroke is hesitation, two that meet or cross are a mark."""
    pale = box.darkest < profile.firm_above and box.reach_mm < profile.firm_extent_mm
    single = box.darkest < profile.single_below and box.reach_mm < profile.single_extent_mm
    stub = box.darkest < profile.stub_below and box.reach_mm < profile.stub_extent_mm
    if not pale and not single and not stub:
        return True
    return box.met[1] >= (profile.strokes if pale or stub else profile.single_strokes) or crosses(box)


def crosses(box: Box) -> bool:
    """Whether the ink, with the little that may go on from it outside, is two strokes that cross, however small."""
    return notches.is_cross(box.ink)


def crosses_on_frame(box: Box) -> bool:
    """The same where their middle may lie on the line of the box's frame, of which a box's ink is kept clear."""
    high, wide = box.usual.dark.shape
    x0, y0, x1, y1 = box.extent
    left, top = max(x0 - _ABOUT_PX, 0), max(y0 - _ABOUT_PX, 0)
    here = (slice(top, min(y1 + _ABOUT_PX, high)), slice(left, min(x1 + _ABOUT_PX, wide)))
    labels = box.pieces.labels[here]
    ys, xs = np.ogrid[here]
    (cx, cy), (half_x, half_y) = box.centre_px, box.size_px / 2
    deep = np.minimum(half_x - np.abs(xs - cx), half_y - np.abs(ys - cy))  # within the frame's outer edge
    beside = box.usual.frame_width_px / 2 + _LINE_SOFT_PX
    line = np.abs(deep - PX_PER_MM * _LINE_MIDDLE_MM) <= beside
    return notches.is_cross_on_line(
        box.usual.dark[here], np.isin(labels, box.whole), np.isin(labels, box.inside), np.asarray(line, np.bool_)
    )


def _centred(box: Box) -> bool:
    """Whether the mark's centre of ink lies clearly inside the frame; a long tail of a tick does not move it out."""
    which = box.whole
    weight = box.pieces.ink[which]
    centre = (box.pieces.centroids[which] * weight[:, None]).sum(axis=0) / weight.sum()
    reach = box.half_px
    share = box.pieces.ink[box.inside].sum() / weight.sum()
    if share < _HARDLY_INSIDE and box.surrounds(box.whole, _ROUND):  # a ring about the box has its centre there
        return False
    if share < _RINGED and box.attached and box.surrounds(box.attached, _ALL_ROUND):  # … and one about a mark
        return False
    if (np.abs(centre - box.centre_px) <= reach).all():
        return True
    x0, y0, x1, y1 = box.extent
    if (np.abs(np.array([x0 + x1, y0 + y1]) / 2 - box.centre_px) <= reach).all() and share >= _INSIDE:
        return True
    return ticks.turns_inside(box)
