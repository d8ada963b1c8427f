"""Level lines that somebody drew off the boxes: a name underlined, a line between two rows, one on bare paper.

``writing`` takes whatever is long and narrow, and not as dark as a broad pen's, for a crease, a streak or a hair. But
creases go on through the margins of the sheet and streaks along the scanner's columns, and hairs bend: a pen's line
begins and ends on the paper. As with writing, a quick look at the whole page says where a line may be, a close one
follows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.paper.layout import Rect
from ballot_scan.scan import holes, over_print, writing
from ballot_scan.scan.ink import BLANK_PX, COARSE_PX, LINE_PX, Blank

Dark = NDArray[np.uint8]

_MOST, _ASIDE_PX = 150, 4  # of 255: no darker place counts for more; paper so far above and below a line
_JOINED_PX, _LONG_PX, _FLAT = (9, 3), 6, 2.0  # gaps in a line; one so long at least, and so much longer than high
_PLACES = 8  # looked at closely on one page, the longest first
_AROUND_MM = 4.0  # beyond what ``writing`` looks at about a place
_FOLLOW_PX, _STEADY = 2, 0.7  # how far a line rises or falls from column to column, and how much of its way it keeps
_OPEN, _BARE_PX = 0.6, 12  # share of the places about a line that tell; 3 mm without ink end it
_ABOUT_PX = 4  # of a line's ink
_UNBROKEN = 0.9  # of its columns show it, where black and white breaks creases up
_LEAST_MM, _INK_MM = 9.0, 0.065  # its length, and how broad it were, if it were black
_BENT_MM, _LONG_MM = (0.2, 0.28), 20.0  # how far it strays, and a longer one


def suspects(dark: Dark, blank: Blank) -> list[Rect]:
    """Places (mm) along which a nearly level line seems to lie off the print, the longest first.

    ``dark`` (h, w) uint8 at 2 px/mm: see ``ink.coarse``.
    """
    seen = cv2.bitwise_and(cv2.min(dark, np.full_like(dark, _MOST)), blank.beside_print)
    beside = cv2.max(np.roll(seen, _ASIDE_PX, axis=0), np.roll(seen, -_ASIDE_PX, axis=0))
    narrow = cv2.dilate(cv2.subtract(seen, beside), np.ones((2, 1), np.uint8))
    shown = cv2.compare(cv2.blur(narrow, (LINE_PX, 1)), blank.least_of_a_line, cv2.CMP_GE)
    if not cv2.countNonZero(shown):
        return []
    joined = cv2.morphologyEx(shown, cv2.MORPH_CLOSE, np.ones(_JOINED_PX[::-1], np.uint8))
    stats = cv2.connectedComponentsWithStats(joined, connectivity=8)[2][1:, :4]
    long = stats[(stats[:, 2] >= _LONG_PX) & (stats[:, 2] >= _FLAT * stats[:, 3])] / COARSE_PX
    x, y, w, h = long[np.argsort(-long[:, 2])][:_PLACES].T
    return list(zip(x.tolist(), y.tolist(), w.tolist(), h.tolist(), strict=True))


def drawn(page: writing.Page, places: list[Rect]) -> list[Rect]:
    """The extents (mm) of the lines that a pen drew along some places."""
    alone = [place for place in places if _ends_before_margins(page, place)]  # sooner told than followed
    lines = [line for place in alone if (line := _followed(page, place)) is not None]
    return [line.rect_mm for line in lines if line.is_pens and _ends_before_margins(page, line.rect_mm)]


def _ends_before_margins(page: writing.Page, place: Rect) -> bool:
    """Whether what lies in a place goes on in neither of the sheet's side margins."""
    return not any(over_print.in_margins(page, place, beside=True))


class _At(NamedTuple):
    """A place of a line: its column and row, px of the place looked at."""

    x: int
    y: int


@dataclass(frozen=True)
class _Way:
    """One way along a line: where it is ``found``, how many columns ``told`` as far as it goes, and whether its end is
    seen on bare paper."""

    found: list[_At]
    told: int
    ended: bool


@dataclass(frozen=True)
class _Line:
    """A line followed from end to end: its extent, how far it strays from a straight one, how broad it were if it were
    black (mm), whether an end of it is seen on bare paper – the other may lie beside a box or under print – and whether
    it is a staple."""

    rect_mm: Rect
    bent_mm: float
    ink_mm: float
    ended: bool
    staple: bool

    @property
    def is_pens(self) -> bool:
        long = self.rect_mm[2]
        straight = self.bent_mm <= (_BENT_MM[0] if long < _LONG_MM else _BENT_MM[1])
        return long >= _LEAST_MM and straight and self.ended and self.ink_mm >= _INK_MM and not self.staple


def _followed(page: writing.Page, place: Rect) -> _Line | None:
    """The line in a place, followed both ways from where it is darkest; None where there is none, where it lies along
    the scanner's columns, or where it is but the dots that a black and white scan leaves of a crease."""
    x, y, w, h = place
    off = writing.off_print(page, (x - _AROUND_MM, y, w + 2 * _AROUND_MM, h), lines=True)
    if off is None or (off.columns is not None and not off.columns[0]):
        return None
    soft = np.asarray(cv2.GaussianBlur(off.drawn, (3, 3), 0), np.uint8)
    x0, y0, x1, y1 = (round(v * BLANK_PX) for v in (x, y, x + w, y + h))
    corner = (max(x0 - off.origin[0], 0), max(y0 - off.origin[1] - _FOLLOW_PX, 0))
    here = soft[corner[1] : max(y1 - off.origin[1] + _FOLLOW_PX, 0) + 1, corner[0] : max(x1 - off.origin[0], 0)]
    if not here.size:
        return None
    row, column = np.unravel_index(int(here.argmax()), here.shape)
    start = _At(corner[0] + int(column), corner[1] + int(row))
    left, right = (_follow(off, soft, start, way) for way in (-1, 1))
    found = sorted({*left.found, *right.found})
    if len(found) < _BARE_PX or (off.columns is None and len(found) < _UNBROKEN * (left.told + right.told)):
        return None
    xs, ys = np.array(found).T
    slope, offset = np.polyfit(xs, ys, 1)
    ink = [off.drawn[max(at.y - _ABOUT_PX, 0) : at.y + _ABOUT_PX + 1, at.x].sum() / 255 / BLANK_PX for at in found]
    low, high = (xs[0] + off.origin[0], ys.min() + off.origin[1]), (xs[-1] + off.origin[0], ys.max() + off.origin[1])
    (x_mm, y_mm), (w_mm, h_mm) = np.array(low) / BLANK_PX, (np.subtract(high, low) + 1) / BLANK_PX
    rect = (round(float(x_mm), 2), round(float(y_mm), 2), round(float(w_mm), 2), round(float(h_mm), 2))
    bent = float((ys - slope * xs - offset).std()) / BLANK_PX
    mine = np.zeros((int(np.ptp(ys)) + 1, int(np.ptp(xs)) + 1), np.bool_)
    mine[ys - ys.min(), xs - xs.min()] = True
    part, size = (int(low[0]), int(low[1]), mine.shape[1], mine.shape[0]), page.blank.grey.shape[::-1]
    return _Line(rect, bent, float(np.median(ink)), left.ended or right.ended, holes.is_staple(mine, part, size))


def _follow(off: writing.Off, soft: Dark, start: _At, way: int) -> _Way:
    """A line from ``start`` on, to the left (-1) or the right. Where print hides it, it is passed over."""
    found: list[_At] = []
    at, bare, told = float(start.y), 0, 0
    for x in range(start.x, -1 if way < 0 else soft.shape[1], way):
        low = max(round(at) - _FOLLOW_PX, 0)
        part = slice(low, round(at) + _FOLLOW_PX + 1)
        if off.where[part, x].mean() < _OPEN:
            continue
        told += 1
        darkest = int(soft[part, x].argmax())
        if soft[low + darkest, x] >= off.level * 255:
            found.append(_At(x, low + darkest))
            at, bare = _STEADY * at + (1 - _STEADY) * (low + darkest), 0
        else:
            bare += 1
            if bare == _BARE_PX:
                return _Way(found, told - bare, ended=True)
    return _Way(found, told - bare, ended=False)
