"""Writing off the boxes: strokes where the blank form has none, over its print as well as beside it.

Two looks. The first, over the whole page at 2 px/mm, asks where more ink lies than was printed: it must be quick, and
may suspect a smudge or a hole. The second straightens such a place at 4 px/mm, lays the blank form over it to a quarter
of a millimetre and asks whether what is left are strokes. Filing holes, staples, creases, streaks, smudges, dust and
hairs are not writing.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.paper.layout import Rect
from ballot_scan.scan import blots, holes, ticked, widths
from ballot_scan.scan.ink import (
    BLANK_PX,
    BLOCK_PX,
    COARSE_PX,
    Blank,
    ToPage,
    blocks,
    outside,
    straightened,
    without_broad,
)
from ballot_scan.scan.pictures import Grey
from ballot_scan.scan.pieces import axes, spread_px
from ballot_scan.scan.pieces import strokes as strokes_met
from ballot_scan.scan.region import ink_level
from ballot_scan.scan.seal import Seal

Dark = NDArray[np.uint8]
Columns = tuple[bool, float]  # upright or level in a place, and how far aside they run for a step along

_WINDOW = (3, 2)  # blocks looked at together
_EXCESS = 0.022  # mean darkness of a window above its print
_INK = (0.09, 0.16)  # darkness of a stroke, by the paper's grain: pencil is 0.2 and more, blurred it shows less
_GRAIN = 9.0  # times the spread of the paper's darkness that a stroke stands out
_FREE_MM2 = 1.2  # ink in a window where nothing is printed
_PLACES = 10  # looked at closely on one page, the darkest first
_FINE_PX = BLANK_PX  # px/mm of the close look
_AROUND_MM = 6.0
_SEARCH_PX = 6  # 1.5 mm: how far the print may lie from where it should …
_FAR_PX = 20  # … and on a sheet that turned while it was fed, if a marker is missing
_ALIKE = 0.35  # correlation from which print beside or under a seal is found
_PLAIN = 8.0  # of 255: where the print's darkness varies less, there is none to be laid by
_PRINTED = 0.12
_RULE, _RULE_PX = 0.02, 5  # darkness of a light rule, which no print lies beside
_OVER_RULE, _OVER_RULES, _UNDRAWN = 0.3, 2.2, 20  # a line drawn along one is so dark, or by the palest fifth of rules
_BROAD_PX = 9  # 2.25 mm: what is as broad as this in both directions, and pale, is a smudge
_SMUDGE = 0.4
_THROUGH_PX, _THROUGH = 5, 0.3  # 1.25 mm: what is as broad and paler shows through from the other side
_PEAK, _PEAK_PX = 1.5, 12  # times the least darkness of a stroke: the mean of its darkest 0.75 mm²
_BEHIND, _BEHIND_PEN = 0.215, 0.5  # what is paler than this, and than half as dark as the ballot's marks, …
_BEHIND_DARK, _BEHIND_THERE = 90, 0.7  # … but for a tenth of it, is a mark of the other side where those lie
_STROKE_MM = (1.0, 2.0)  # a piece of writing is at least this wide and this long, …
_STROKE_MM2 = 0.6  # … holds this much ink, …
_LINE = (2.6, 4.0)  # … and is no narrow line, four times longer than wide: creases and streaks are
_LINE_MM = 5.0  # a piece longer than this that keeps so near to a straight line is one, too …
_STRAIGHT_MM, _STRAIGHT_RATIO = 0.5, 5.0  # … standard deviation across it, and how many times that is along it
_PEN_MM, _BENT_MM = 0.5, 0.3  # a pen's stroke, blurred, is so wide; a straight one strays no further from its line
_RULED_LINE_MM = 15.0  # what is narrower than writing is a pen's line under it if it is so long: a fibre is shorter
_PARALLEL = 0.025  # to the scanner's columns
_PENS_MM, _PENS_DARK, _PENS_INK_MM = 5.0, 0.44, 0.23  # a line so long, and dark, is drawn, if black it were so broad
WRITING_MM2 = 3.6  # ink of such pieces at one place from which it is writing; a hair has less
_SIGN_MM2, _SIGN_SHAPE = 1.4, 0.4  # a letter alone holds so much ink, is no narrower than this share of its length, …
_SIGN_WIDE_MM, _SIGN_DARK, _SIGN_FILL = 0.35, 0.35, 0.25  # … so broadly and darkly drawn, filling so much of its place
_ONE_LINE, _BENT_ONCE = 1.15, 1.9  # strokes that lines across and lines down a hair meet
_HAIRS_PARTS, _HAIRS_MM = 3, 15.0  # pieces of one hair, and how far it reaches then
_RULED = 0.78  # share of a place's height or width, off the print, along which a crease or a streak shows
_RULED_RISE = 0.09  # … at up to 5° off upright or level
_SLOPES = np.linspace(-_RULED_RISE, _RULED_RISE, 13)
_RULED_MM = 0.5  # half the width in which it is taken out
_MOST_HIDDEN = 0.4
_SEAL_MM = 2.0  # ink so far outside a seal's ring is still the seal's


def places(dark: Dark, blank: Blank) -> list[Rect]:
    """Where more ink may lie than was printed: blocks of 12 by 8 mm (x, y, w, h), the worst first.

    ``dark`` (h, w) uint8 at 2 px/mm: see ``ink.coarse``.
    """
    seen, (printed, slack) = blocks(cv2.bitwise_and(dark, blank.looked_at)), blank.printed_blocks
    dense = printed > 0.05
    usual = float(np.median(seen[dense] / printed[dense])) if dense.any() else 1.0
    excess = cv2.blur(seen - usual * printed - slack, _WINDOW)
    level = ink_level(dark[::2, ::2][blank.free[::2, ::2] > 0], _GRAIN, _INK)
    ink = cv2.threshold(cv2.bitwise_and(dark, blank.free), level * 255, 255, cv2.THRESH_BINARY)[1]
    one = (BLOCK_PX / COARSE_PX) ** 2 * _WINDOW[0] * _WINDOW[1]
    score = np.maximum(excess / _EXCESS, cv2.blur(blocks(ink), _WINDOW) * one / _FREE_MM2)
    found: list[tuple[int, int]] = []
    ys, xs = np.nonzero(score > 1)
    for i in np.argsort(-score[ys, xs]):
        y, x = int(ys[i]), int(xs[i])
        if all(abs(y - b) > 1 or abs(x - a) > 1 for b, a in found):
            found.append((y, x))
            if len(found) == _PLACES:
                break
    side = BLOCK_PX / COARSE_PX
    return [((x - 1) * side, (y - 1) * side, _WINDOW[0] * side, _WINDOW[1] * side) for y, x in found]


@dataclass(frozen=True)
class Page:
    """A page on which somebody may have written.

    ``scanned``: the page before its streaks and creases were taken out of ``grey``, and with them parts of a filing
    hole; ``span``: grey levels from paper to print; ``pen``: how dark (0-1) the ballot's marks are drawn, 0 if that is
    not known; ``shades``: it is not black and white; ``seal``: one that was found, whose ink is none of the writing;
    ``spared`` (h, w) at 4 px/mm: where ink is none, be it as broad as a pen's; None: not known.
    """

    grey: Grey
    scanned: Grey
    to_page: ToPage
    blank: Blank
    span: float
    pen: float
    shades: bool
    seal: Seal | None = None
    spared: NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class Off:
    """A place looked at closely.

    ``drawn`` (h, w) uint8: its darkness ``where`` nothing is printed, (h, w), less creases and streaks; ``origin``: x,
    y of its corner on the page, at 4 px/mm; ``level``: the least darkness (0-1) of ink; ``printed``: the share that
    print takes; ``columns``: how the scanner's lie in it, None where no shades tell.
    """

    drawn: Dark
    where: NDArray[np.bool_]
    origin: tuple[int, int]
    level: float
    printed: float
    columns: Columns | None


def off_print(page: Page, place: Rect, *, lines: bool = False) -> Off | None:
    """What lies off the print in and about a place, with its ``lines``, those drawn along a light rule too, or without
    creases and streaks; None at the sheet's edge, where there is too little of it."""
    blank, to_page = page.blank, page.to_page
    high, wide = blank.grey.shape
    x0, y0 = (max(_SEARCH_PX, round((v - _AROUND_MM) * _FINE_PX)) for v in place[:2])
    x1 = min(wide - _SEARCH_PX, round((place[0] + place[2] + _AROUND_MM) * _FINE_PX))
    y1 = min(high - _SEARCH_PX, round((place[1] + place[3] + _AROUND_MM) * _FINE_PX))
    printed = 255 - blank.grey[y0:y1, x0:x1]
    if min(printed.shape) < 2 * _BROAD_PX:
        return None
    dark, (x, y) = _laid(page, printed, (x0, y0), _SEARCH_PX)
    spilt = blots.at_markers(dark, (x, y), [f.rect_mm for f in blank.page.fiducials])
    dark = without_broad(dark, _BROAD_PX, _BROAD_PX, _SMUDGE)
    soft = np.asarray(cv2.GaussianBlur(dark, (3, 3), 0), np.uint8)
    dark = without_broad(dark, _THROUGH_PX, _THROUGH_PX, _THROUGH, soft)
    thick = cv2.dilate(cv2.GaussianBlur(printed, (3, 3), 0), np.ones((3, 3), np.uint8))
    where = (thick <= _PRINTED * 255) & (blank.areas[y0:y1, x0:x1] == 0)
    where &= ~_holes(page, (x, y), dark.shape) & ~spilt
    if page.spared is not None:
        ys, xs = (
            np.clip(np.arange(size) + at, 0, most - 1)
            for at, size, most in zip((y, x), dark.shape, (high, wide), strict=True)
        )
        where &= ~page.spared[np.ix_(ys, xs)]
    level = ink_level(dark[where], _GRAIN, _INK)
    light = cv2.dilate(thick, np.ones((_RULE_PX, _RULE_PX), np.uint8)) <= _PRINTED * 255
    rules = light & (thick > _RULE * 255)
    if lines and page.shades and rules.any():
        least = max(_OVER_RULE, _OVER_RULES * float(np.percentile(dark[rules], _UNDRAWN)) / 255)
        dark = np.where(rules & (dark < least * 255), 0, dark).astype(np.uint8)
    else:
        where &= ~rules
    columns = _columns(to_page, place) if page.shades else None
    drawn = np.where(where, dark, 0).astype(np.uint8)
    if not lines:
        drawn = _without_lines(drawn, where, level, columns)
    _take_seal_out(drawn, page.seal, (x, y))
    return Off(drawn, where, (x0, y0), level, float((thick > _PRINTED * 255).mean()), columns)


def strokes(page: Page, place: Rect) -> Rect | None:
    """The extent (mm) of writing in and about a place, or None."""
    off = off_print(page, place)
    if off is None:
        return None
    hidden = min(_MOST_HIDDEN, 2.0 * off.printed)  # print hides part of what is written
    return _written(off, page.blank.grey.shape[::-1], behind_of(page, off), WRITING_MM2 * (1 - hidden))


def behind_of(page: Page, off: Off) -> NDArray[np.float64]:
    """(h, w) how dark (of 255) marks of the other side are in a place at most, 0 where none lies."""
    (x0, y0), (h, w) = off.origin, off.drawn.shape
    dark = np.float64(min(_BEHIND, _BEHIND_PEN * page.pen))
    return np.asarray(page.blank.behind[y0 : y0 + h, x0 : x0 + w] * dark, np.float64)


def shows_through(ink: Dark, behind: NDArray[np.float64]) -> bool:
    """Whether ink (n,) is as pale as marks of the other side, and lies where those do; ``behind`` (n,)."""
    return bool(np.percentile(ink, _BEHIND_DARK) < behind.max() and (behind > 0).mean() >= _BEHIND_THERE)


def _take_seal_out(dark: Dark, found: Seal | None, origin: tuple[int, int]) -> None:
    """Clear a seal's ink from the place from ``origin`` on. Changes ``dark``."""
    if found is not None:
        centre = (round(found.x_mm * _FINE_PX) - origin[0], round(found.y_mm * _FINE_PX) - origin[1])
        cv2.circle(dark, centre, round((found.radius_mm + _SEAL_MM) * _FINE_PX), 0, -1)


def _laid(page: Page, printed: Grey, origin: tuple[int, int], search: int) -> tuple[Dark, tuple[int, int]]:
    """(h, w) darkness of the place from ``origin`` on, moved to where its print lies over ``printed`` (h, w), and where
    on the page that is.

    It is looked for ``search`` px away, and where it seems to lie at that distance or beyond, further off. Filing holes
    are darker than any print and tell nothing; under a seal, or where the sheet is torn, hardly anything of it may be
    seen: then it lies where it should.
    """
    high, wide = page.blank.grey.shape
    size = (printed.shape[1] + 2 * search, printed.shape[0] + 2 * search)
    corner = ((origin[0] - search) / _FINE_PX, (origin[1] - search) / _FINE_PX)
    dark = straightened(page.grey, page.to_page, corner, size, (_FINE_PX, _FINE_PX), page.span)
    down = across = search
    if float(printed.std()) > _PLAIN:
        begin = (origin[0] - search, origin[1] - search)
        shown = np.where(holes.solid(dark, begin, (wide, high)), 0, dark).astype(np.uint8)
        alike, (across, down) = _found_at(shown, printed)
        without = shown.copy()
        _take_seal_out(without, page.seal, begin)
        if not np.array_equal(without, shown):  # print is found with the seal over it, or beside it, or hardly at all
            alike, (across, down) = max((alike, (across, down)), _found_at(without, printed))
        if alike < _ALIKE and not np.array_equal(without, dark):
            across = down = search
    if search < _FAR_PX and not (0 < across < 2 * search and 0 < down < 2 * search):
        return _laid(page, printed, origin, _FAR_PX)
    found = dark[down : down + printed.shape[0], across : across + printed.shape[1]]
    return found, (origin[0] + across - search, origin[1] + down - search)


def _found_at(shown: Dark, printed: Grey) -> tuple[float, tuple[int, int]]:
    """How much alike the print and the part of a picture are that is most so, and where that is, px across and down."""
    _, alike, _, (across, down) = cv2.minMaxLoc(cv2.matchTemplate(shown, printed, cv2.TM_CCOEFF_NORMED))
    return float(alike), (int(across), int(down))


def _holes(page: Page, origin: tuple[int, int], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """(h, w) where filing holes lie in the place from ``origin`` on, also those that lie there in part."""
    (x, y), (h, w), around = origin, shape, round(holes.HOLE_MM * _FINE_PX)
    high, wide = page.blank.grey.shape
    begin = (x - around, y - around)
    corner = (begin[0] / _FINE_PX, begin[1] / _FINE_PX)
    size = (w + 2 * around, h + 2 * around)
    dark = straightened(page.scanned, page.to_page, corner, size, (_FINE_PX, _FINE_PX), page.span)
    beyond = outside(page.scanned, page.to_page, corner, size, (_FINE_PX, _FINE_PX))
    return holes.solid(dark, begin, (wide, high), beyond)[around : around + h, around : around + w]


def _columns(to_page: ToPage, place: Rect) -> Columns:
    """How the scanner's columns, along which its streaks run, lie in a place."""
    x, y, _, _ = place
    corner, across, down = to_page(np.array([(x, y), (x + 10.0, y), (x, y + 10.0)]))
    (a, _b), (c, d) = across - corner, down - corner
    upright = abs(d) >= abs(c)  # of the sheet as it was fed
    return (True, float(-c / a)) if upright else (False, float(-a / c))


def _without_lines(left: Dark, off_print: NDArray[np.bool_], level: float, columns: Columns | None) -> Dark:
    """The same without straight lines, near to upright or level, through the whole of the place: creases, streaks.

    What a pen drew stays, where shades tell it; along the scanner's ``columns`` a streak may be as dark. None: they do
    not.
    """
    out = left.copy()
    half = round(_RULED_MM * _FINE_PX)
    for upright in (True, False):
        ink, open_ = ((m if upright else m.T) for m in (left > level * 255, off_print))
        near = cv2.dilate(np.ascontiguousarray(ink, dtype=np.uint8), np.ones((1, 3), np.uint8))
        h, w = ink.shape
        both = np.dstack([open_, open_ & (near > 0)]).astype(np.uint8)
        for slope, (xs, ys) in zip(_SLOPES, _sheared(h, w), strict=True):
            lying = cv2.remap(both, xs, ys, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
            told, shown = cv2.reduce(lying, 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S)[0].T
            lines = (shown > _RULED * told) & (told > h / 4)
            for at in np.flatnonzero(lines):
                ends = [(at + round(slope * (y - h / 2)), y) for y in (0, h - 1)]
                a, b = ends if upright else [p[::-1] for p in ends]
                streak = columns is None or (columns[0] == upright and abs(slope - columns[1]) <= _PARALLEL)
                if not streak:
                    band = cv2.line(np.zeros_like(left), a, b, 1, 2 * half + 1) > 0
                    if _is_pens(left[band & off_print], float(told[at])):
                        continue
                cv2.line(out, a, b, 0, 2 * half + 1)
    return out


@functools.lru_cache(maxsize=8)
def _sheared(h: int, w: int) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """For each slope the maps, (h, w) each, after which what lies along it stands upright in a picture (h, w)."""
    ys = np.arange(h, dtype=np.float64)[:, None]
    upright = np.broadcast_to(ys, (h, w)).astype(np.float32)
    return [((np.round(slope * (ys - h / 2)) + np.arange(w)).astype(np.float32), upright) for slope in _SLOPES]


def _is_pens(ink: Dark, long_px: float) -> bool:
    """Whether a line's ink (n,) is as dark, and as much by its length, as a pen's: creases are paler, hairs finer."""
    if long_px < _PENS_MM * _FINE_PX:
        return False
    return bool(_peak(ink) >= _PENS_DARK and ink.sum() / 255 >= _PENS_INK_MM * _FINE_PX * long_px)


def _along(mine: NDArray[np.bool_], columns: Columns) -> bool:
    """Whether a piece runs along the scanner's columns."""
    ys, xs = np.nonzero(mine)
    if len(xs) < 3:
        return True
    dx, dy = axes(xs, ys)[2]
    one, other = (dx, dy) if columns[0] else (dy, dx)
    return bool(abs(one - columns[1] * other) <= _PARALLEL)


def _peak(ink: Dark) -> float:
    """The mean (0-1) of the darkest places of a piece."""
    return float(np.sort(ink)[-_PEAK_PX:].mean()) / 255


def _is_sign(mine: NDArray[np.bool_], left: Dark) -> bool:
    """Whether a dark piece alone is a letter, a figure or a tick: as broad as a pen's stroke, and neither a blot nor a
    hair, which is narrower and fills less of its place."""
    broad = widths.of_stroke(left, mine) >= _SIGN_WIDE_MM * _FINE_PX
    return broad and float(mine.mean()) >= _SIGN_FILL and holes.hull_share(mine) <= holes.DISC_SHARE


def is_hair(mine: NDArray[np.bool_], left: Dark) -> bool:
    """Whether ink is one thin line that bends but once and never meets itself, however print or a gap divides it:
    whoever writes turns more often, and letters stand side by side."""
    fewer, more = sorted((strokes_met(mine), strokes_met(mine.T)))
    return fewer < _ONE_LINE and more < _BENT_ONCE and widths.of_stroke(left, mine) < _SIGN_WIDE_MM * _FINE_PX


def _is_bow(mine: NDArray[np.bool_], width_mm: float) -> bool:
    """Whether a long piece is as broad as a pen's stroke and bent, as of a circle about a name: no crease, no hair."""
    return width_mm >= _PEN_MM and spread_px(mine)[0] >= _BENT_MM * _FINE_PX


def _is_straight(mine: NDArray[np.bool_]) -> bool:
    """Whether a piece is one straight line at any slope: a crease or a streak, for a pen's writing turns."""
    minor, major = (spread / _FINE_PX for spread in spread_px(mine)[:2])
    return minor < _BENT_MM or (minor < _STRAIGHT_MM and major > _STRAIGHT_RATIO * minor)


def _written(off: Off, size: tuple[int, int], behind: NDArray[np.float64], enough_mm2: float) -> Rect | None:
    """The extent (mm) of what lies ``off`` the print in pieces that are strokes, where they hold ``enough_mm2`` of ink
    together. ``size``: the sheet's (w, h); ``behind`` (h, w): how dark (of 255) is what shows through there."""
    left, origin, level, columns = off.drawn, off.origin, off.level, off.columns
    ink = np.asarray(cv2.threshold(left, level * 255, 1, cv2.THRESH_BINARY)[1], dtype=np.uint8)
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8), borderValue=0)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    areas = np.bincount(labels.ravel(), ink.ravel(), count) / _FINE_PX**2
    counted: list[int] = []
    ticks = 0
    total, low, high = 0.0, np.array([np.inf, np.inf]), np.array([-np.inf, -np.inf])
    for i in range(1, count):
        x, y, w, h = (int(v) for v in stats[i, :4])
        narrow, long = sorted((w / _FINE_PX, h / _FINE_PX))
        thin = narrow < _STROKE_MM[0]
        if areas[i] < _STROKE_MM2 or long < (_RULED_LINE_MM if thin else _STROKE_MM[1]):
            continue
        mine = (labels[y : y + h, x : x + w] == i) & (ink[y : y + h, x : x + w] > 0)
        part = left[y : y + h, x : x + w]
        drawn = not thin and _is_bow(mine, float(areas[i]) / long)
        if not drawn and columns is not None and not _along(mine, columns):
            drawn = _is_pens(part[mine], float(np.hypot(w, h)))
        if narrow < _LINE[0] and long > _LINE[1] * narrow and not drawn:
            continue
        where = (origin[0] + x, origin[1] + y, w, h)
        if holes.is_hole(mine, where, size):
            continue
        if long > _LINE_MM and not drawn and _is_straight(mine):
            continue
        peak = _peak(part[mine])
        if peak < _PEAK * level or shows_through(part[mine], behind[y : y + h, x : x + w][mine]):
            continue
        counted.append(i)
        letter = peak >= _SIGN_DARK and areas[i] >= _SIGN_MM2 and narrow >= _SIGN_SHAPE * long
        tick = ticked.is_tick(mine, part, _FINE_PX)
        ticks += tick
        sign = tick or (letter and _is_sign(mine, part))
        total += max(float(areas[i]), enough_mm2) if sign else float(areas[i])
        low, high = np.minimum(low, (x, y)), np.maximum(high, (x + w, y + h))
    if total < enough_mm2:
        return None
    (x, y), (w, h) = low.astype(int).tolist(), (high - low).astype(int).tolist()
    here = (slice(y, y + h), slice(x, x + w))
    written = np.isin(labels[here], counted) & (ink[here] > 0)
    if len(counted) == 1 and holes.is_staple(written, (origin[0] + x, origin[1] + y, w, h), size):
        return None
    apart = len(counted) > 1 and float(np.hypot(w, h)) > _HAIRS_MM * _FINE_PX  # a pen's line is longer
    if not ticks and len(counted) <= _HAIRS_PARTS and not apart and is_hair(written, left[here]):
        return None
    (left_mm, top_mm), (w_mm, h_mm) = (low + np.array(origin)) / _FINE_PX, (high - low) / _FINE_PX
    return round(float(left_mm), 2), round(float(top_mm), 2), round(float(w_mm), 2), round(float(h_mm), 2)
