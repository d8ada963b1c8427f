"""Ink off the boxes of one page whose boxes are found: which names are struck, and where somebody wrote.

Puts the looks of ``ink``, ``strikes``, ``writing`` and ``over_print`` together: a quick one at the whole page, a close
one at what that suspects. Where the scanner's columns differ, they are evened out before anything is believed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.paper.layout import ContestRow, PageLayout, Rect
from ballot_scan.scan import (
    corners,
    flattened,
    folds,
    ink,
    over_print,
    places,
    region,
    rings,
    ruled,
    seal,
    streaks,
    strikes,
    writing,
)
from ballot_scan.scan.region import Region
from ballot_scan.scan.sheet import Sheet

_CREASE_MM = 0.6  # half the width in which a crease is taken out
_ON_CREASE_MM = 1.2  # from its line lies what is left of one at most
_ABOUT_MM = 2.0  # ink so near a name or a number is told with what was found there
_ALL_MARKERS, _FLAT_MM = 4, 0.15  # so many markers tell how a sheet lies, unless off a flat one by more
_THERE_PX = 2  # places of the sheet are looked up in the picture
_GRID_PX = 8  # of the picture of a bent sheet every eighth place is mapped, the rest lies between


@dataclass(frozen=True)
class Evened:
    """A page with the columns of its small picture evened out, its ``dark`` and its creases as in ``Overview``."""

    sheet: Sheet
    dark: NDArray[np.uint8]
    creases: list[folds.Line]


@dataclass(frozen=True)
class Overview:
    """The quick look at a page: ``dark`` (h, w) uint8 at 2 px/mm, see ``ink.coarse``; its creases, in its pixels, and
    those that slant, None where they were not looked for; ``there`` tells, (h, w), which places of the sheet lie in the
    picture, ``evened`` the same look with the columns evened out, None where none lacks anything; ``rings`` which cups'
    rings are on it."""

    to_page: ink.ToPage
    dark: NDArray[np.uint8]
    there: folds.There
    evened: Callable[[], Evened | None]
    rings: Callable[[], list[rings.Ring]]
    creases: list[folds.Line]
    slanting: list[folds.Line] | None = None


def overview(sheet: Sheet, blank: ink.Blank) -> Overview:
    """The quick look at a page. Where there seem to be creases columns are evened first: a column is no crease."""
    to_page = _to_page(sheet, blank.page)
    dark = _coarse(sheet, to_page, blank)
    there = cache(lambda: _there(sheet, to_page, dark.shape))  # asked for where there is a line
    evened = cache(lambda: _small_evened(sheet, to_page, blank, there))
    creases = folds.across(dark, blank.unprinted, there)
    even = evened() if any(upright for _, _, upright in creases) else None
    ringed = cache(lambda: _rings(sheet, to_page, dark, blank))
    return Overview(to_page, dark, there, evened, ringed, creases if even is None else even.creases)


def slanted(blank: ink.Blank, seen: Overview) -> Overview:
    """The same with the creases that slant, which takes as long as the look itself: for pages that show something."""
    if seen.slanting is not None:
        return seen
    even = seen.evened()
    dark = seen.dark if even is None else even.dark
    return replace(seen, slanting=folds.slanting(dark, blank.unprinted, seen.there, seen.creases))


def find(
    sheet: Sheet, blank: ink.Blank, seen: Overview, pen: float, *, shades: bool, found_seal: seal.Seal | None = None
) -> tuple[list[int], list[Rect]]:
    """Rows (numbers of the form) whose name is struck, and the extents (mm) of writing off the boxes.

    ``pen``: how dark (0-1) the ballot's marks are drawn, 0 if that is not known; ``shades``: the scan is not black and
    white.
    """
    names, found = _find(sheet, blank, seen, pen, shades, found_seal)
    if (names or found) and seen.slanting is None:
        seen = slanted(blank, seen)
        if seen.slanting:
            return _find(sheet, blank, seen, pen, shades, found_seal)
    return names, found


def _find(
    sheet: Sheet, blank: ink.Blank, seen: Overview, pen: float, shades: bool, found_seal: seal.Seal | None
) -> tuple[list[int], list[Rect]]:
    """The same, of a page less the creases that are known."""
    to_page, dark = seen.to_page, seen.dark
    page = writing.Page(sheet.grey, sheet.grey, to_page, blank, sheet.span, pen, shades, found_seal)
    written, names, lines = writing.places(dark, blank), ink.suspects(dark, blank), over_print.suspects(dark, blank)
    names, drawn = _struck(sheet, to_page, blank, names, pen), _over_print(page, dark, lines)
    if names:  # who strikes one may have struck more: beside several struck names none stands out
        names = _struck(sheet, to_page, blank, [r.row for r in blank.page.rows], pen)
    lined, cells = ruled.suspects(dark, blank), over_print.suspect_cells(dark, blank)
    if not written and not names and not drawn and not lined and not cells:
        return [], []
    even = seen.evened()
    creases = seen.creases
    if even is not None:
        sheet, dark, creases = even.sheet, even.dark, even.creases
        looks = (writing.places, ruled.suspects, over_print.suspect_cells)
        if not names and not drawn and not any(look(dark, blank) for look in looks):
            return [], []
        sheet = _large_evened(sheet)
    creases, unlifted = [*creases, *(seen.slanting or ())], sheet
    if creases:
        sheet = _lifted(sheet, to_page, creases, dark.shape)
        dark = _coarse(sheet, to_page, blank)
    if even is not None or creases:
        written, lined, before = writing.places(dark, blank), ruled.suspects(dark, blank), names
        cells = over_print.suspect_cells(dark, blank)
        names = _struck(sheet, to_page, blank, before, pen)
        if creases and len(names) < len(before):  # a crease that is lifted may take a line along it with it
            lost = [row for row in before if row not in names]
            names = sorted([*names, *_struck_beside(creases, unlifted, to_page, blank, lost, pen)])
    place_mm = blank.page.seal_rect_mm
    if (written or drawn or lined) and found_seal is None and place_mm is not None:
        found_seal = seal.find_grey(dark, blank.unprinted, place_mm)
    spared = _spared(page, seen) if written else None
    page = replace(page, grey=sheet.grey, seal=found_seal, spared=spared)
    inked = [rect for rect in (writing.strokes(page, place) for place in written) if rect is not None]
    ruled_lines = ruled.drawn(page, lined)
    if ruled_lines and spared is None:
        ruled_lines = ruled.drawn(replace(page, spared=_spared(page, seen)), lined)
    inked += [line for line in ruled_lines if not any(places.apart(line, rect) < 0 for rect in inked)]
    untold = [cell for cell in cells if not any(places.apart(cell, rect) < _ABOUT_MM for rect in inked)]
    marked = over_print.marked_cells(page, untold)
    inked = [rect for rect in inked if not any(_lies_on(line, rect) for line in creases)]
    found = [rect for rect in inked if not over_print.is_part_of_crease(page, rect)]
    drawn = [*(_over_print(page, dark, lines) if drawn else []), *marked]
    names_mm = [r.name_rect_mm for r in blank.page.rows if r.row in names]
    return names, [rect for rect in found + drawn if not _over(rect, names_mm)]


def _rings(sheet: Sheet, to_page: ink.ToPage, dark: NDArray[np.uint8], blank: ink.Blank) -> list[rings.Ring]:
    high, wide = sheet.grey.shape

    def seen(points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        xs, ys = np.rint(to_page(points_mm)).astype(int).T
        grey = sheet.grey[np.clip(ys, 0, high - 1), np.clip(xs, 0, wide - 1)]
        return np.asarray((sheet.paper - grey) / sheet.span, np.float64)

    return [ring for ring in rings.find(dark, blank.unprinted) if rings.is_pale(ring, seen)]


def _spared(page: writing.Page, seen: Overview) -> NDArray[np.bool_]:
    """(h, w) at 4 px/mm of the sheet: where edges of torn or folded corners lie, and rings that cups left."""
    edges = corners.edges(page.scanned, page.to_page, page.blank, page.span)
    return edges | rings.about(seen.rings(), edges.shape, ink.BLANK_PX)


def _over_print(page: writing.Page, dark: NDArray[np.uint8], lines: list[Rect]) -> list[Rect]:
    """Which of some ``lines`` of print are struck, and which headings of columns are marked."""
    return over_print.struck(page, lines) + (
        over_print.marked_headings(page) if over_print.may_be_marked(dark, page.blank) else []
    )


def _there(sheet: Sheet, to_page: ink.ToPage, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """(h, w) of ``shape``: which places of the sheet lie in the picture, to 1 mm."""
    high, wide = shape[0], shape[1]
    xs, ys = (np.minimum(np.arange(0, size, _THERE_PX) + _THERE_PX / 2, size - 1.0) for size in (wide, high))
    mm = np.column_stack([np.tile(xs, len(ys)), np.repeat(ys, len(xs))]) / ink.COARSE_PX
    px = to_page(mm)
    inside = ((px >= 0) & (px < np.array(sheet.grey.shape[::-1]))).all(axis=1).reshape(len(ys), len(xs))
    return np.repeat(np.repeat(inside, _THERE_PX, axis=0), _THERE_PX, axis=1)[:high, :wide]


def _struck(sheet: Sheet, to_page: ink.ToPage, blank: ink.Blank, among: list[int], pen: float) -> list[int]:
    """Of the rows ``among`` those whose name is struck; one that cannot be found under the ink over it is, too."""

    def looks(rows: Iterable[ContestRow]) -> dict[int, strikes.Name]:
        place = (sheet.grey, to_page, blank.grey)
        return {row.row: strikes.look(*place, row.name_rect_mm, sheet.span, pen) for row in rows}

    names = looks(row for row in blank.page.rows if row.row in among)
    others = names
    if any(name.may_be_scribbled for name in names.values()):
        others = names | looks(row for row in blank.page.rows if row.row not in among)
    return strikes.struck_among(names, others)


def _struck_beside(
    creases: list[folds.Line], sheet: Sheet, to_page: ink.ToPage, blank: ink.Blank, among: list[int], pen: float
) -> list[int]:
    """Of the rows ``among`` those whose name is struck by what lies off the level creases."""
    level = tuple((offset / ink.COARSE_PX, slope) for offset, slope, upright in creases if not upright)
    names = (row for row in blank.page.rows if row.row in among and level)
    place = (sheet.grey, to_page, blank.grey)
    looks = {row.row: strikes.look(*place, row.name_rect_mm, sheet.span, pen, level) for row in names}
    return [row for row, name in looks.items() if name.found and name.struck]


def _to_page(sheet: Sheet, page: PageLayout) -> ink.ToPage:
    """The map of the markers, moved as the rows of boxes lie off it."""
    flat = sheet.registration.markers == _ALL_MARKERS and sheet.registration.residual_mm <= _FLAT_MM
    mapped = (
        _by_region(sheet.straight)
        if sheet.bent and sheet.lies is None and not flat
        else (sheet.lies or sheet.registration).points_px
    )
    boxes_mm, row_of = region.nominal_boxes(page)
    centres = boxes_mm[:, :2] + boxes_mm[:, 2:] / 2
    moved = sheet.straight.to_page(sheet.boxes.centre_px) - mapped(centres)
    found = sheet.boxes.found
    weight = np.bincount(row_of, found)
    rows = weight > 0
    sums = np.column_stack([np.bincount(row_of, found * v) for v in (centres[:, 1], moved[:, 0], moved[:, 1])])
    means = sums[rows] / weight[rows, None]
    markers = [f.rect_mm[1] + f.rect_mm[3] / 2 for f in page.fiducials]
    at = np.array([min(markers), *means[:, 0], max(markers)])
    by = np.vstack([np.zeros(2), means[:, 1:], np.zeros(2)])

    def to_page(points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        y = points_mm[:, 1]
        return mapped(points_mm) + np.column_stack([np.interp(y, at, by[:, 0]), np.interp(y, at, by[:, 1])])

    return to_page


def _by_region(straight: Region) -> ink.ToPage:
    """The map of a bent sheet that its markers do not explain: as its boxes lie.

    How far rows are stretched is known among the boxes only, and is not carried on beyond them.
    """
    assert straight.bent_at is not None  # noqa: S101 - asked by the caller
    assert straight.bent_by is not None  # noqa: S101
    at, stretch = straight.bent_at, straight.bent_by[:, 3]
    centres = straight.boxes_px[:, 0] + straight.boxes_px[:, 2] / 2
    low, high = float(centres.min()), float(centres.max())

    def to_page(points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        px = (points_mm - np.array(straight.origin_mm)) * region.PX_PER_MM - 0.5
        beyond = px[:, 0] - np.clip(px[:, 0], low, high)
        by = np.interp(px[:, 1], at, stretch)
        return straight.to_page(px - np.column_stack([beyond * by / (1 + by), np.zeros(len(px))]))

    return to_page


def _lifted(sheet: Sheet, to_page: ink.ToPage, creases: list[folds.Line], shape: tuple[int, ...]) -> Sheet:
    """The same page without its creases, in both sizes."""
    ends, small_ends = [], []
    for offset, slope, upright in creases:
        end = float(shape[0] if upright else shape[1])
        a, b = (offset, 0.0), (offset + slope * end, end)
        px = to_page(np.array([a, b] if upright else [a[::-1], b[::-1]]) / ink.COARSE_PX)
        ends.append(px)
        small_ends.append(px / sheet.factor)
    half = _CREASE_MM * sheet.registration.px_per_mm
    grey = flattened.lifted(sheet.grey, ends, half, sheet.paper, sheet.span)
    return replace(
        sheet, grey=grey, small=flattened.lifted(sheet.small, small_ends, half / sheet.factor, sheet.paper, sheet.span)
    )


def _coarse(sheet: Sheet, to_page: ink.ToPage, blank: ink.Blank) -> NDArray[np.uint8]:
    if not sheet.bent:
        return ink.coarse(sheet.small, sheet.factor, sheet.white, sheet.registration, blank, sheet.black)
    height, width = blank.printed.shape
    xs, ys = np.arange(0, width + _GRID_PX, _GRID_PX), np.arange(0, height + _GRID_PX, _GRID_PX)
    mm = (np.column_stack([np.tile(xs, len(ys)), np.repeat(ys, len(xs))]) + _GRID_PX / 2) / ink.COARSE_PX
    mapped = ((to_page(mm) + 0.5) / sheet.factor - 0.5).reshape(len(ys), len(xs), 2).astype(np.float32)
    size = (len(xs) * _GRID_PX, len(ys) * _GRID_PX)
    fine = cv2.resize(mapped, size, interpolation=cv2.INTER_LINEAR)[:height, :width]
    x, y = fine[:, :, 0].copy(), fine[:, :, 1].copy()
    flat = cv2.remap(sheet.small, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=255)
    cell = np.float32(region.CELL_PX)
    paper = cv2.remap(sheet.white, x / cell, y / cell, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.convertScaleAbs(cv2.subtract(paper, flat), alpha=255 / sheet.span), dtype=np.uint8)


def _small_evened(sheet: Sheet, to_page: ink.ToPage, blank: ink.Blank, there: folds.There) -> Evened | None:
    """The same page with the columns of its small picture evened out; None where none of them lacks anything."""
    lack = sheet.small_lack
    if lack is None:
        return None
    small = streaks.evened(sheet.small, lack, 0, 0, sheet.small.shape[0])
    even = replace(sheet, small=small, white=region.paper_white(small))
    dark = _coarse(even, to_page, blank)
    return Evened(even, dark, folds.across(dark, blank.unprinted, there))


def _large_evened(sheet: Sheet) -> Sheet:
    """The same page with the columns of its large picture evened out."""
    lack = streaks.lacking(sheet.grey)
    if lack is None:
        return sheet
    return replace(sheet, grey=streaks.evened(sheet.grey, lack, 0, 0, sheet.grey.shape[0]))


def _lies_on(crease: folds.Line, rect: Rect) -> bool:
    """Whether a place is so narrow and lies so on a crease that it is what was left of it, darker than the rest."""
    offset, slope, upright = crease
    x, y, w, h = rect
    far = [
        across - (offset + slope * along * ink.COARSE_PX) / ink.COARSE_PX
        for across, along in (((a, b) if upright else (b, a)) for a in (x, x + w) for b in (y, y + h))
    ]
    return max(abs(v) for v in far) <= _ON_CREASE_MM


def _over(rect: Rect, names_mm: list[Rect]) -> bool:
    """Whether a place lies over a struck name, 2 mm about it: what was drawn there strikes it."""
    x, y, w, h = rect
    return any(a - 2 <= x and x + w <= a + c + 2 and b - 2 <= y and y + h <= b + d + 2 for a, b, c, d in names_mm)
