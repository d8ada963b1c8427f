"""Marks judged by their ballot's others: one voter holds one pen; what another pen drew, or none, is a doubt."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.records import Doubt
from ballot_scan.scan import notches, states, ticks
from ballot_scan.scan.boxes import SHADE_PALER, Box, lone, row_count
from ballot_scan.scan.profile import Profile
from ballot_scan.scan.region import PX_PER_MM

_STRIPE = 0.45  # a line so much paler than the row's mark is not of its pen
_HAIR_PALER, _HAIR_BY_FRAME, _HAIR_BY_MARK = 0.32, 0.82, 0.68  # a hair's darkness and width beside a mark
_SHADE_BELOW, _SHADE_COVERS, _SHADE_EDGE = 0.26, 0.45, 0.15  # of a box; what is drawn ends more steeply
_CLEARLY, _WHOLE = 0.42, np.array([1.2, 1.4])  # no rubbing leaves so much, in strokes that lines each way meet …
_FULL = 0.8  # … or fill so much of a box
_CORE, _UNBROKEN = 0.45, 0.9  # of its darkness: what is as dark hangs together, but for a tenth
_MANY, _PALEST = 5, np.array([0.95, 0.9])  # others; shares of the palest of them, at its darkest and on the whole
_MEAN_ALIKE = 0.85  # of the others' mean darkness
_PENCIL_ROWS, _GRAINS = 3, 2  # tell a pencil, if half of the rows are marked; more shreds than its others' are too many
_GAPS = 2  # marks with gaps on a ballot, at least
_ALIKE = np.array([0.15, 0.3])  # how far the looks of one pen's marks differ: of their shade, and of their width
_THIN_ROWS = 0.75  # of the rows that have one thin mark, or a sound one: they are no hairs
_PEN_MARKS = 2  # times the marks needed to tell a pen are enough to tell it
_THIN_MM = 0.8  # a hair's ink by its length, at most; its width by …
_THIN_FRAME, _THIN_SHARE = 0.95, 0.78  # … the frames' and the others' …
_THINNEST_FRAME, _THINNEST = 1.2, 0.7  # … or, where the others are broad, …
_THIN_BENT = 0.75  # … and where it bends, as a tick does, too
_WINDS_MM, _FINEST_FRAME = 0.55, 0.87  # a hair bends less; what bends so far and is no narrower than this is a tick
_WINDS_FAR_MM, _WINDS_SHARE = 0.7, 0.5  # … or how broad it is, if it bends further, by its length
_NEVER_ABOVE = 0.8  # no hair is so dark
_FEW_LINES, _LINES_TELL = 2, 3  # tell how wide a pen draws: what is no narrower than so many; whatever is narrower
_LINES, _NO_LINES = 0.35, 0.6  # of a box: what covers more is no line whose width could well, or at all, be told
_CORE_PX = 5  # a pencil's stroke is narrower, where it counts as ink
_BROAD_BELOW = 0.5  # what is so pale …
_BROADER, _BROAD_LEAST_PX, _BROAD_PX = 1.4, 4.4, 6.4  # … and so much broader than the others, or than any pencil, is …
_BROAD_OWN, _BROAD_ALIKE, _SHADE_ALIKE = 0.38, 1.2, 0.85  # what is as dark as enough others, and no broader: of theirs
_OWN_ROWS = 2  # others are enough where more than half of the rows are marked
_SHORT_MM, _SHORT_ALONG, _SHORT_WIDE = 3.6, 0.865, 0.03  # a stroke no longer, spread along itself by no more, a px …
_SHORT_SHARE, _SHORT_ALIKE, _TELL = 0.62, 0.5, 2  # … of width more, shorter than the others, or than others alike …
_SHORT_PALER, _SHORT_MORE = 0.86, 0.13  # … and, where it is so much paler than they are, by so much more
_DASH_MM, _DASH_RATIO = 2.8, 2.2  # a dash is so long, and so much longer than high; …
_DASH_BEYOND_MM, _DASH_SHARE = 3.0, 0.8  # … how far it leaves its box, and how far from its middle it lies
_TRACE = 0.003  # of a row's other boxes: no more ink lies in them beside a dash
_ABOUT_PX, _ON_SHARE = 6, 0.2  # of a line that goes on: aside, and at a fifth of its darkness …
_DASH_PX, _CREASE_PX = (3, 35), (24, 48)  # … to 4 mm beyond a dash, or from 3 to 6 mm beyond what lies in a box
_SPARSE, _APART, _SPARSE_TELL = 0.5, 0.1, 3  # of the others' ink; of its own beside its largest stroke; others to tell
_SOLID = 0.95  # of its hull
_REST_MM, _DOTS_SHARE = 2.3, 0.25  # a round dot so small; of the others so few are as small
_CURVED, _ROUND, _THICK = 1.25, 0.75, 0.08  # … straight by what lines meet, by its spread, and by that a px of width
_THICK_MM, _THICKER = 0.3, 0.03  # … or, where the pen is broad, by this and so much a px
_FILLED, _FILLED_BELOW = 0.5, 0.75  # … no pen's, unless it fills the box nearly as darkly as the others draw
_HATCHED, _HATCHED_HULL, _LINED = 0.27, 0.5, 0.11  # … or so much of it and of its hull, in lines


def _as_dark(some: list[Box], as_these: list[Box], profile: Profile) -> None:
    """Make marks of ``some`` that are hardly paler than ``as_these`` usually are, at their darkest. Changes them."""
    usual = float(np.median([box.darkest for box in as_these]))
    for box in some:
        if box.darkest >= profile.usual_share * usual:
            box.state = "marked"


def clear_stripes(boxes: list[Box]) -> None:
    """A pale line, upright or level, is nothing beside its row's plain mark, if that is much darker, for one voter
    holds one pen, and if it goes on beyond the box, as creases do and streaks, or is left of one that was evened out:
    what begins and ends at its box somebody may have drawn. Changes ``boxes``.
    """
    marks = {mark.row: mark.darkest for mark in lone(boxes, marked=True)}
    for box in boxes:
        pale = box.state == "unsure" and box.stripe and box.darkest < _STRIPE * marks.get(box.row, 0.0)
        if not pale:
            continue
        x0, y0, x1, y1 = extent = box.pieces.extent(box.inside)
        if (box.usual.evened and y1 - y0 > x1 - x0) or _goes_on(box, extent, _CREASE_PX):
            box.state = "empty"


def clear_hairs(boxes: list[Box]) -> None:
    """One line narrower and paler than its row's plain mark and than the printed lines is a hair: a second mark by the
    same pen is as broad, and another's is no narrower than print. Changes ``boxes``.
    """
    marks = {mark.row: mark for mark in lone(boxes, marked=True)}
    for box in boxes:
        mark = marks.get(box.row)
        if mark is None or mark.coverage >= _FILLED or box.state != "unsure" or box.doubt is not Doubt.HAIR:
            continue
        if box.shreds > 1 or box.darkest >= _HAIR_PALER * mark.darkest or box.met[1] >= _CURVED:
            continue
        width = box.width_px
        narrow = width < _HAIR_BY_FRAME * box.usual.frame_width_px
        if narrow and width < _HAIR_BY_MARK * mark.width_px:
            box.state = "empty"


def clear_shade(boxes: list[Box]) -> None:
    """Pale ink without a pen's edges is nothing beside its row's plain mark, if that is much darker: a stain's rim, or
    what shows through. What covers most of the box tells nothing by its edges. Changes ``boxes``.
    """
    marks = {mark.row: mark.darkest for mark in lone(boxes, marked=True)}
    for box in boxes:
        pale = box.darkest < min(_SHADE_BELOW, SHADE_PALER * marks.get(box.row, 0.0))
        if box.state == "unsure" and box.inside and pale and box.coverage < _SHADE_COVERS and box.edge() < _SHADE_EDGE:
            box.clear()


def by_their_pencil(boxes: list[Box], profile: Profile) -> None:
    """Judge weak marks by the page's others: what most rows look like is how its voter's pencil draws.

    Only rows with a single mark tell or are told: a weak mark counts where it is hardly paler than theirs usually are,
    and one that leaves its box where it is so on the whole. Marks of which nothing but grains shows do not tell.
    Changes ``boxes``.
    """
    alone = lone(boxes, marked=False)
    pale = [box for box in alone if box.weak or (box.state == "marked" and box.darkest < profile.usual_below)]
    inked = len({box.row for box in boxes if box.state != "empty"})
    told = any(not box.grainy for box in pale)  # ink set off from another sheet is in grains all over
    least = _PENCIL_ROWS if 2 * inked >= row_count(boxes) else profile.usual_rows
    if told and len(pale) >= max(least, inked / 2):
        usually = float(np.median([box.shreds for box in pale]))
        whole = [box for box in pale if not box.grainy or box.shreds <= _GRAINS * usually + 1]
        _as_dark(whole, pale, profile)
        out = [box for box in whole if box.attached]  # the darkest of it may lie there
        means = float(np.median([box.mean for box in pale])) if out else 0.0
        for box in out:
            if box.darkest >= profile.weak_above and box.mean >= _MEAN_ALIKE * means:
                box.state = "marked"


def by_their_gaps(boxes: list[Box], profile: Profile) -> None:
    """Judge marks with gaps by the page's others: a worn pen leaves gaps in more than one, and draws as darkly there.
    Who hatches boxes leaves them, too.

    Changes ``boxes``.
    """
    alone = lone(boxes, marked=False)
    broken = [box for box in alone if box.broken]
    marks = [box for box in alone if box.state == "marked" or box.broken]
    in_pieces = [box for box in marks if box.broken or len(box.inside) >= profile.shreds]
    if len(in_pieces) >= _GAPS and len(marks) >= profile.usual_rows:
        _as_dark(broken, marks, profile)


def by_their_pen(boxes: list[Box], profile: Profile) -> None:
    """Judge thin marks by the page's others: one as dark and as broad as most is of the same pen, and no hair. Where
    too few are sound, they tell each other, if nearly every row has one: hairs do not lie so. Then a worn pen's, which
    have gaps, are among them, and what it drew paler. Changes ``boxes``.
    """
    alone = lone(boxes, marked=False)
    marks, thin = [b for b in alone if b.state == "marked"], [b for b in alone if b.thin]
    worn = [b for b in alone if b.frail or (b.weak and b.doubt is Doubt.HAIR)]
    if len(marks) < profile.usual_rows and len(marks + thin + worn) >= _THIN_ROWS * row_count(boxes):
        thin = thin + worn
        marks = marks + thin
    if not thin or len(marks) < profile.usual_rows:
        return
    some = [_look(box) for box in marks[: _PEN_MARKS * profile.usual_rows]]
    like = np.median(some, axis=0) * profile.usual_share
    for box in thin:
        if (_look(box) >= like).all():
            box.state = "marked"


def by_their_dashes(boxes: list[Box], profile: Profile) -> None:
    """A level line that begins and ends at its box, alone in its row, is a dash that somebody votes with, where it is
    as dark and as broad as the ballot's others: a crease or a line through the row goes on. Changes ``boxes``.
    """
    alone = lone(boxes, marked=False)
    ink = np.bincount([box.row for box in boxes], [box.coverage for box in boxes])
    bare = [box for box in alone if ink[box.row] - box.coverage < _TRACE]  # of a pale line others keep a trace
    dashes = [box for box in bare if _is_dash(box, profile) and not _goes_on(box, box.extent, _DASH_PX)]
    drawn = dashes + [box for box in alone if box.state == "marked"]
    if not dashes or len(drawn) <= _TELL:
        return
    looks = np.array([_look(box) for box in drawn])
    for k, box in enumerate(dashes):
        if (looks[k] >= profile.usual_share * np.median(np.delete(looks, k, axis=0), axis=0)).all():
            box.state = "marked"


def _is_dash(box: Box, profile: Profile) -> bool:
    """Whether ink that was taken for a line is level, and begins and ends at its box."""
    if box.state != "unsure" or box.doubt is not Doubt.LINE or box.darkest < profile.marked_above:
        return False
    x0, y0, x1, y1 = box.extent
    (cx, cy), (half, _) = box.centre_px, box.size_px / 2
    level = x1 - x0 >= max(_DASH_MM * PX_PER_MM, _DASH_RATIO * (y1 - y0))
    reach = half + _DASH_BEYOND_MM * PX_PER_MM
    return bool(level and cx - reach <= x0 and x1 <= cx + reach and abs((y0 + y1) / 2 - cy) <= _DASH_SHARE * half)


def _goes_on(box: Box, extent: tuple[int, int, int, int], beyond_px: tuple[int, int]) -> bool:
    """Whether an upright or a level line goes on so far beyond one of its ends, be it too pale for ink."""
    x0, y0, x1, y1 = extent
    dark, (near, far) = box.usual.dark, beyond_px
    if y1 - y0 > x1 - x0:
        x0, y0, x1, y1, dark = y0, x0, y1, x1, dark.T
    rows = slice(max(0, y0 - _ABOUT_PX), y1 + _ABOUT_PX)
    for columns in (slice(max(0, x0 - far), max(0, x0 - near)), slice(x1 + near, x1 + far)):
        beyond = dark[rows, columns]
        if beyond.size:
            along = beyond.mean(axis=1)
            if float(along.max() - np.median(along)) >= _ON_SHARE * 255 * box.darkest:
                return True
    return False


def by_their_breadth(boxes: list[Box], profile: Profile) -> None:
    """Judge what may be a stain by the page's others: as dark and as broad as most is of the same broad pen.

    Changes ``boxes``.
    """
    alone = lone(boxes, marked=False)
    stains = [box for box in alone if box.stain]
    some = stains + [box for box in alone if box.state == "marked"]
    if not stains or len(some) <= profile.usual_rows:
        return
    looks = np.array([_look(box) for box in some])
    for k, box in enumerate(stains):
        usually = np.median(np.delete(looks, k, axis=0), axis=0)
        if (np.abs(looks[k] - usually) <= _ALIKE * usually).all():
            box.state = "marked"


def _look(box: Box) -> NDArray[np.float64]:
    """(2,) how dark a mark is on the whole (0-1), and how wide its strokes are (px)."""
    return np.array([box.mean, box.width_px])


def doubt_the_unlike(boxes: list[Box], profile: Profile) -> None:
    """A row's mark much paler than the ballot's others is a doubt: a pen that dried up, hesitation, or a hair. So is
    one paler than each of them and in more pieces than they usually are, where they are many.

    At its darkest, which is taken inside the box, and on the whole: a mark of which little lies inside is no paler.
    What was plainly drawn with another pen, see ``_is_whole``, is none. Changes ``boxes``.
    """
    alone = lone(boxes, marked=True)
    shades = np.array([(box.darkest, box.mean) for box in alone]).reshape(-1, 2)
    bounds = np.array([profile.unlike_share, profile.unlike_mean])
    may = (shades < bounds * shades.max(axis=0, initial=0.0)).all(axis=1)  # no median is above the most
    for k in np.flatnonzero(may):
        others = np.delete(shades, k, axis=0)
        if (shades[k] < bounds * np.median(others, axis=0)).all() and not _is_whole(alone[k]):
            alone[k].leave(Doubt.PALER)
    if len(alone) > _MANY:
        palest = int(shades[:, 1].argmin())
        usually = float(np.median([box.shreds for box in alone]))
        paler = (shades[palest] < _PALEST * np.delete(shades, palest, axis=0).min(axis=0)).all()
        if paler and alone[palest].shreds > usually and not ticks.turns_in_frame(alone[palest]):
            alone[palest].leave(Doubt.PALER)


def _is_whole(box: Box) -> bool:
    """Whether a mark, however pale beside the others, is strokes that cross or go round, or fill the box, in one piece
    and darker than a rubber leaves them: another pen drew it, and no doubtful hand."""
    if box.darkest < _CLEARLY or box.shreds > 1:
        return False
    if box.coverage >= _FULL and box.lined >= _LINED:
        return True
    x0, y0, x1, y1 = box.pieces.extent(box.inside)
    core = box.ink_inside & (box.usual.dark[y0:y1, x0:x1] >= _CORE * 255 * box.darkest)
    parts = cv2.connectedComponentsWithStats(core.astype(np.uint8), connectivity=8)[2][1:, cv2.CC_STAT_AREA]
    unbroken = parts.size and parts.max() >= _UNBROKEN * parts.sum()
    return bool(unbroken and (np.array(box.met) >= _WHOLE).all())


def doubt_the_short(boxes: list[Box]) -> None:
    """A row's mark that is one short straight stroke is a doubt where the ballot's others reach further: a pen that
    touched the paper, or a hand that stopped. So is a small round dot where hardly any of the others is one: where a
    pen rested. Who votes with dots has more of them. Changes ``boxes``.
    """
    alone = lone(boxes, marked=True)
    for box in (box for box in alone if box.reach_mm < _SHORT_MM):
        others = [other for other in alone if other is not box]
        if box.met[1] >= _CURVED or states.crosses(box):
            continue
        across, along = box.spread_mm[:2]
        if across >= _ROUND * along and box.reach_mm < _REST_MM:
            dots = sum(other.reach_mm < _REST_MM for other in others)
            if dots <= _DOTS_SHARE * len(others) and notches.solidity(box.ink) >= _SOLID:
                box.leave(Doubt.HESITANT)
            continue
        width = box.width_px
        straight = min(_ROUND * along, _THICK * width, _THICK_MM + _THICKER * width)
        blot = across < _ROUND * along and notches.solidity(box.ink) >= _SOLID  # of a pen that rested and slipped
        if along >= _SHORT_ALONG + _SHORT_WIDE * width or (across >= straight and not blot):
            continue
        if len(others) < _TELL:
            usually, share = np.inf, _SHORT_SHARE
        else:
            usually = float(np.median([other.reach_mm for other in others]))
            alike = float(np.median([other.met[1] for other in others])) < _CURVED
            paler = box.darkest < _SHORT_PALER * float(np.median([other.darkest for other in others]))
            share = (_SHORT_ALIKE if alike else _SHORT_SHARE) + _SHORT_MORE * paler
        if box.reach_mm < share * usually:
            box.leave(Doubt.HESITANT)


def doubt_the_sparse(boxes: list[Box]) -> None:
    """A row's mark that is in pieces and holds not half the ink of the ballot's others, which are whole, is a doubt: a
    pen that dried up. The arms of a tick that turns in its frame are one. Changes ``boxes``.
    """
    alone = lone(boxes, marked=True)
    inks = np.array([box.pieces.area_px(box.whole) for box in alone])
    shreds = np.array([box.shreds for box in alone])
    if len(alone) <= _SPARSE_TELL or np.median(shreds) > 1:
        return
    for k in np.flatnonzero((shreds > 1) & (inks <= _SPARSE * inks.max())):  # no median is above the most
        if inks[k] <= _SPARSE * np.median(np.delete(inks, k)) and states.apart(alone[k]) >= _APART:
            alone[k].leave(Doubt.GAPS)


def doubt_another_pen(boxes: list[Box], profile: Profile) -> None:
    """A row's mark whose strokes are not its ballot's pen's is a doubt: a line as thin as a hair where the others are
    broader, and what is broader than theirs but pale, as ink set off from another sheet. Changes ``boxes``."""
    alone = lone(boxes, marked=True)
    enough = profile.usual_rows if 2 * len(alone) <= row_count(boxes) else _OWN_ROWS

    def usually(these: list[Box]) -> float:
        """The median width; 0 where none tells."""
        some = these[: _PEN_MARKS * profile.usual_rows]
        return float(np.median([box.width_px for box in some])) if some else 0.0

    for box in alone:
        pale = box.darkest < _BROAD_BELOW and _may_be_broad(box)
        thin = box.darkest < _NEVER_ABOVE and box.by_length_mm < _THIN_MM and box.is_uncrossed
        if not pale and (not thin or box.width_px >= _THINNEST_FRAME * box.usual.frame_width_px):
            continue
        rest = [other for other in alone if other is not box]
        pen = usually(rest) if pale and len(rest) > 1 else 0.0
        if pale and box.width_px >= min(_BROAD_PX, max(_BROADER * pen, _BROAD_LEAST_PX) if pen else np.inf):
            shade = float(np.median([other.darkest for other in rest])) if rest else 0.0
            dark = box.darkest >= _SHADE_ALIKE * shade
            if not dark and pen >= _BROAD_PX:  # a fine line's soft edges make it paler on the whole
                dark = _no_paler(box, rest)
            alike = box.width_px <= _BROAD_ALIKE * pen and dark
            own = alike and box.darkest >= _BROAD_OWN and len(rest) >= enough
            filled = box.coverage >= _FILLED and (dark or box.darkest >= _FILLED_BELOW * shade)
            hatched = len(rest) >= enough and box.darkest >= _SHADE_ALIKE * shade and _is_laid_close(box)
            if not (own or filled or hatched):
                box.leave(Doubt.PALE if alike else Doubt.OTHER_PEN)
        elif thin:
            lines = [other for other in rest if other.coverage < _LINES]
            lines = lines or [other for other in rest if other.coverage < _NO_LINES]
            shades = [other.darkest for other in rest]
            if not lines and box.darkest < _SHADE_ALIKE * float(np.median(shades or [0.0])):
                lines = rest  # a line among boxes that were filled, and paler than they are
            if _may_be_hair(box, partial(usually, lines), len(lines)) and not states.crosses_on_frame(box):
                box.leave(Doubt.OTHER_PEN)


def _may_be_hair(box: Box, usually: Callable[[], float], lines: int) -> bool:
    """Whether a single line is thinner than its ballot's pen ``usually`` (px) draws, which so many other ``lines``
    tell. Where few or none do, the printed lines do."""
    straight = box.is_single
    by_frame = box.width_px / max(box.usual.frame_width_px, 1.0)
    if by_frame >= (_THINNEST_FRAME if straight else _THIN_FRAME):
        return False  # whatever the others draw
    across, along = box.spread_mm[:2]
    if (by_frame >= _FINEST_FRAME and across >= _WINDS_MM) or across >= max(_WINDS_FAR_MM, _WINDS_SHARE * along):
        return False
    pen = usually()
    few = lines < _FEW_LINES or (lines < _LINES_TELL and box.width_px < pen)
    thinner = box.width_px < (_THIN_SHARE if straight else _THIN_BENT) * pen or (straight and few)
    thinnest = straight and box.width_px < _THINNEST * pen
    return (thinner and by_frame < _THIN_FRAME) or (thinnest and by_frame < _THINNEST_FRAME)


def _no_paler(box: Box, others: list[Box]) -> bool:
    """Whether a mark is on the whole as dark as others usually are: at their darkest strokes lie upon each other."""
    usually = float(np.median([other.mean for other in others])) if others else 0.0
    return box.mean >= _MEAN_ALIKE * usually


def _is_laid_close(box: Box) -> bool:
    """Whether ink fills a good part of its box and of its hull, in lines: strokes laid close, as no spot nor stroke
    that was set off is. Two strokes that cross fill little of their hull."""
    ink = box.ink
    if box.coverage < _HATCHED or notches.solidity(ink) < _HATCHED_HULL:
        return False
    return box.lined >= _LINED


def _may_be_broad(box: Box) -> bool:
    """Whether any of the ink is broad at all: a quick look."""
    ink = box.ink.astype(np.uint8)
    return bool(cv2.erode(ink, np.ones((_CORE_PX, _CORE_PX), np.uint8), borderValue=0).any())
