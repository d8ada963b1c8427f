"""Marks over the form's own print: a title or an instruction struck through, a column's heading marked, a name or a
running number crossed or circled.

Print hides most of what is drawn over it, so that too little of it is left to be writing. As with struck names a quick
look over the whole page says which lines, headings and cells hold more ink than was printed; a close one asks whether a
line was struck, as a name is (``strikes``), or how much ink lies off the print of the headings, which a voter may mark
for whole columns, and of names and numbers.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.paper.layout import Rect
from ballot_scan.scan import holes, strikes, writing
from ballot_scan.scan.ink import BLANK_PX, COARSE_PX, Blank, line_means, straightened
from ballot_scan.scan.seal import Seal

_GROW_MM = 1.5  # about a line, or a heading, what was drawn over it is looked for
_MORE, _MOST = 0.01, 3  # mean darkness of a line above its print, and how many such lines are looked at, the worst
_INKED = 0.07  # of the gaps of a line that is struck; less a fold or a rule leaves
_SCRIBBLED, _MORE_INKED = 0.13, 4.0  # of the gaps of one that is scribbled over, and times those of its page's others
_SEAL_OFF_MM = 8.0  # how far from its place a seal is stamped
_MARGIN_MM, _ASIDE_MM = (4.0, 14.0), 2.0  # where a crease shows beside the print, and how far off a line's height …
_OFF_MM, _LEAST_MM = 1.5, 3.0  # so far beside the place; a shorter strip tells nothing
_CREASE = 0.04  # … by what mean darkness
_END_MM, _END_RATIO = 3.5, 2.5  # of a crease in a margin: no higher, and so much longer than high; a line, …
_PART_MM, _PART_RATIO = 2.0, 5.0  # … elsewhere
_END_LINE_MM, _END_PALER = 1.5, 0.7  # … so broad, and paler than the ballot's marks
_STREAK_PX = (10, 4)  # so long, and no broader: 2.5 mm, 1 mm
_INK, _SEEN_MM2 = 0.16, 0.5  # darkness of ink, and how much of it makes a heading worth a closer look
_CELL_MM2, _CELL_LEAST_MM2, _STANDS_OUT, _OTHERS = 0.75, 0.2, 4.0, 75  # … or a name, by what most of the others hold
_PIECE_MM2, _DRAWN_MM2 = 0.3, 1.5  # ink of a piece over a heading, and of all of them


def suspects(dark: NDArray[np.uint8], blank: Blank) -> list[Rect]:
    """Lines of print (mm) above the table that hold more ink than was printed, as the page's usual lines print.

    ``dark`` (h, w) uint8 at 2 px/mm: see ``ink.coarse``.
    """
    lines = blank.lines
    if not lines:
        return []
    seen, printed = line_means(dark, lines), blank.lines_printed
    above = seen - float(np.median(seen / printed)) * printed
    return [lines[k] for k in np.argsort(-above)[:_MOST] if above[k] > _MORE]


def struck(page: writing.Page, lines: list[Rect]) -> list[Rect]:
    """Which of some lines of print were struck, as a name is, or scribbled over. What lies under a seal is its ink."""
    looks = {rect: _look(page, rect) for rect in lines if page.seal is None or not _touches(page.seal, rect)}
    drawn = [rect for rect, line in looks.items() if line.struck and line.inked >= _INKED]
    may_be = [
        r for r, line in looks.items() if r not in drawn and line.inked >= _SCRIBBLED and not _may_be_sealed(page, r)
    ]
    if may_be:
        others = [looks.get(rect) or _look(page, rect) for rect in page.blank.lines if rect not in may_be]
        usual = float(np.median([line.inked for line in others if line.found] or [1.0]))
        drawn += [rect for rect in may_be if looks[rect].inked >= _MORE_INKED * usual]
    return [rect for rect in drawn if not all(in_margins(page, rect))]


def _look(page: writing.Page, rect: Rect) -> strikes.Name:
    """How a line of print looks; one that cannot be found under the ink is not told."""
    line = strikes.look(page.grey, page.to_page, page.blank.grey, rect, page.span, page.pen)
    return line if line.found else strikes.Name(struck=False, found=False)


def in_margins(page: writing.Page, rect: Rect, *, upright: bool = False, beside: bool = False) -> list[bool]:
    """Whether a line shows in the sheet's left and right margin at the height of a place, or ``upright`` in the upper
    and the lower one: a crease does. ``beside``: what the place itself takes of them left out; what goes through a
    margin shows in it."""
    return [_shows(strip) for strip in _margins(page, rect, upright=upright, beside=beside)]


def _shows(strip: NDArray[np.uint8]) -> bool:
    """Whether a line lies along a ``strip`` (h, w)."""
    if not strip.size:
        return True
    means = strip.mean(axis=1)
    return float(means.max() - np.median(means)) >= _CREASE * 255


def _margins(page: writing.Page, rect: Rect, *, upright: bool = False, beside: bool = False) -> list[NDArray[np.uint8]]:
    """(h, w) each: the darkness of the two margins at the height of a place, or ``upright`` above and below it, turned
    so that a line on from the place lies level; 0 where something is printed; empty where the place, ``beside`` which
    they are, leaves hardly any of them."""
    size_mm = np.array(page.blank.grey.shape[::-1]) / BLANK_PX
    across, along = (1, 0) if upright else (0, 1)
    found = []
    ends = (rect[across] - _OFF_MM, rect[across] + rect[across + 2] + _OFF_MM) if beside else (np.inf, -np.inf)
    near, far = _MARGIN_MM
    for start, end in (
        (near, min(far, ends[0])),
        (max(size_mm[across] - far, ends[1]), size_mm[across] - near),
    ):
        if end - start < _LEAST_MM:
            found.append(np.zeros((0, 0), np.uint8))
            continue
        corner, extent = np.zeros(2), np.zeros(2)
        corner[across], extent[across] = start, end - start
        corner[along], extent[along] = rect[along] - _ASIDE_MM, rect[along + 2] + 2 * _ASIDE_MM
        (x0, y0), (x1, y1) = (
            np.round(np.clip(v, 0, size_mm) * BLANK_PX).astype(int) for v in (corner, corner + extent)
        )
        bare = page.blank.bare[y0:y1, x0:x1]
        place, size = (float(x0) / BLANK_PX, float(y0) / BLANK_PX), (int(x1 - x0), int(y1 - y0))
        dark = straightened(page.grey, page.to_page, place, size, (BLANK_PX, BLANK_PX), page.span)
        strip = np.where(bare, dark, 0).astype(np.uint8)
        found.append(strip.T if upright else strip)
    return found


def is_part_of_crease(page: writing.Page, rect: Rect) -> bool:
    """Whether a place is level and narrow, in one of the sheet's side margins or a line, and of a pale straight line
    that shows in both margins at the same height: a crease along print or a rule, which hides the rest of it."""
    x, _, w, h = rect
    wide = page.blank.grey.shape[1] / BLANK_PX
    aside = x + w / 2 <= _MARGIN_MM[1] or x + w / 2 >= wide - _MARGIN_MM[1]
    end = aside and w >= _END_RATIO * h and h <= _END_MM
    if not end and (h > _PART_MM or w < _PART_RATIO * h):
        return False
    palest = _END_PALER * page.pen * 255
    return all(_shows(strip) and _is_line(strip, palest) for strip in _margins(page, rect))


def _is_line(strip: NDArray[np.uint8], palest: float) -> bool:
    """Whether what shows along a ``strip`` (h, w) is one narrow line, and paler than ``palest`` (of 255)."""
    means = strip.mean(axis=1)
    least = float(np.median(means))
    shown = means >= (least + float(means.max())) / 2
    narrow = int(np.ptp(np.flatnonzero(shown))) + 1 <= _END_LINE_MM * BLANK_PX
    return narrow and float(np.percentile(strip[shown], 90)) < palest


def may_be_marked(dark: NDArray[np.uint8], blank: Blank) -> bool:
    """Whether any ink seems to lie off the print of the columns' headings; ``dark`` as for ``suspects``."""
    here, beside = blank.beside_headings
    ink = cv2.threshold(cv2.bitwise_and(dark[here], beside), _INK * 255, 255, cv2.THRESH_BINARY)[1]
    return cv2.countNonZero(ink) >= _SEEN_MM2 * COARSE_PX**2


def marked_headings(page: writing.Page) -> list[Rect]:
    """The headings of the columns that were drawn upon: where ink lies off their print, specks left out. A crease
    through them is none. On crumpled paper each lies a little off the others: one is looked at alone before it is
    told."""
    headings = page.blank.headings
    left, top, right = headings[0][0], headings[0][1], headings[-1][0] + headings[-1][2]
    marked = _drawn_over(page, (left, top, right - left, headings[0][3]), headings)
    marked = [rect for rect in marked if _drawn_over(page, rect, (rect,))]
    if marked and any(in_margins(page, marked[0])):
        return []
    return [rect for rect in marked if not any(in_margins(page, rect, upright=True))]


def marked_cells(page: writing.Page, cells: list[Rect]) -> list[Rect]:
    """Which names and running numbers (mm, see ``suspect_cells``) were drawn upon: crossed, circled. A crease through
    one is none, nor is one thin line, which may be a hair."""
    return [
        cell
        for cell in cells
        if _drawn_over(page, cell, (cell,), thin=False)
        and not any(in_margins(page, cell, beside=True))
        and not any(in_margins(page, cell, upright=True))
    ]


def suspect_cells(dark: NDArray[np.uint8], blank: Blank) -> list[Rect]:
    """Names and running numbers of rows (mm) about whose print more ink lies than about those of the page's others.

    ``dark`` (h, w) uint8 at 2 px/mm: see ``ink.coarse``.
    """
    ink = cv2.threshold(cv2.bitwise_and(dark, blank.beside_print), _INK * 255, 1, cv2.THRESH_BINARY)[1]
    total = cv2.integral(ink)
    found = []
    for cells, (x0, y0, x1, y1) in blank.cells:
        inked = (total[y1, x1] - total[y0, x1] - total[y1, x0] + total[y0, x0]) / COARSE_PX**2
        for k in np.flatnonzero(inked >= _CELL_MM2):
            others = np.delete(inked, k)
            usual = float(np.percentile(others, _OTHERS)) if len(others) else 0.0
            if inked[k] >= _STANDS_OUT * max(usual, _CELL_LEAST_MM2):
                found.append(cells[k])
    return found


def _drawn_over(page: writing.Page, place: Rect, headings: tuple[Rect, ...], *, thin: bool = True) -> list[Rect]:
    """Which of the ``headings`` in a place hold enough ink off its print; ``thin``: be it one thin line, or as pale
    as what shows through."""
    off = writing.off_print(page, place)
    if off is None:
        return []
    ink = np.asarray(off.drawn > off.level * 255, np.uint8)
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8), borderValue=0)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    large = np.bincount(labels.ravel(), ink.ravel(), count) >= _PIECE_MM2 * BLANK_PX**2
    large[0] = False
    for k in np.flatnonzero(large):
        x, y, w, h = (int(v) for v in stats[k, :4])
        mine = labels[y : y + h, x : x + w] == k
        where = (off.origin[0] + x, off.origin[1] + y, w, h)
        large[k] = not _is_streak(mine, off.columns) and not holes.is_hole(mine, where, page.blank.grey.shape[::-1])
        if large[k] and not thin:
            behind, here = writing.behind_of(page, off), np.s_[y : y + h, x : x + w]
            large[k] = not writing.shows_through(off.drawn[here][mine], behind[here][mine])
    drawn = large[labels] & (ink > 0)
    if not thin and drawn.any() and writing.is_hair(drawn, off.drawn):
        return []
    return [rect for rect in headings if _area_mm2(drawn, off.origin, rect) >= _DRAWN_MM2]


def _is_streak(mine: NDArray[np.bool_], columns: writing.Columns | None) -> bool:
    """Whether a piece is a long narrow line along the scanner's columns."""
    if columns is None:
        return False
    upright, slope = columns
    ys, xs = np.nonzero(mine if upright else mine.T)
    return int(np.ptp(ys)) >= _STREAK_PX[0] and float(np.ptp(xs - slope * ys)) <= _STREAK_PX[1]


def _area_mm2(drawn: NDArray[np.bool_], origin: tuple[int, int], rect: Rect) -> float:
    """How much of what is ``drawn`` (h, w), from ``origin`` on, lies in and about a rect."""
    corner = np.array(rect[:2]) - _GROW_MM
    x0, y0 = np.maximum(np.round(corner * BLANK_PX).astype(int) - origin, 0)
    x1, y1 = np.round((corner + rect[2:] + 2 * _GROW_MM) * BLANK_PX).astype(int) - origin
    return float(np.count_nonzero(drawn[y0:y1, x0:x1])) / BLANK_PX**2


def _may_be_sealed(page: writing.Page, rect: Rect) -> bool:
    """Whether a line lies where a seal may, which a grey scan does not always tell from writing."""
    place = page.blank.page.seal_rect_mm
    if place is None:
        return False
    x, y, w, h = place
    return _touches(Seal(x + w / 2, y + h / 2, max(w, h) / 2 + _SEAL_OFF_MM), rect)


def _touches(found: Seal, rect: Rect) -> bool:
    """Whether a seal's ink may lie on a line."""
    centre = np.array([found.x_mm, found.y_mm])
    nearest = np.clip(centre, rect[:2], np.add(rect[:2], rect[2:]))
    return bool(np.hypot(*(nearest - centre)) <= found.radius_mm + _GROW_MM)
