"""Streaked: which columns of a page the scanner's dirt darkens, in the part that holds the boxes.

A column counts where it is on or beside a box, goes on past the boxes, stands still and reaches the sheet's edges: what
somebody drew down the boxes does not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ballot_scan.scan import ink, region, streaks
from ballot_scan.scan import registration as reg
from ballot_scan.scan.pictures import Grey
from ballot_scan.scan.sheet import Sheet

_STRIP_MM = 1.5
_RIMS_MM = ((1.5, 5.5), (-1.5, -5.5))  # within a sheet's upper and lower edge, where nothing is printed
_LEAST_MM = 80.0  # of the sheet: in less, a frame's sides and a mark's strokes are a good part of any window
_STREAK_MM = 3.5  # a streak further from every box is left alone


@dataclass(frozen=True)
class Columns:
    """What columns of a page lack to their neighbours: ``lack`` (60, w) uint8, see ``streaks.lacking``, of the part
    from ``x0`` on between the rows ``y0`` and ``y1``, page pixels."""

    lack: NDArray[np.uint8]
    x0: int
    y0: int
    y1: int

    def evened(self, grey: Grey) -> Grey:
        """A copy of the page in which these columns have what they lack."""
        return streaks.evened(grey, self.lack, self.x0, self.y0, self.y1)

    def bands(self, apart_px: int) -> list[streaks.Segment]:
        """These columns as bands of the page, see ``streaks.bands``."""
        found = streaks.bands(self.lack, self.y1 - self.y0, apart_px)
        return [(a + self.x0, b + self.y0, c + self.x0, d + self.y0) for a, b, c, d in found]


def columns(sheet: Sheet, blank: ink.Blank | None) -> Columns | None:
    """The scanner's streaks in the part of a page that holds the boxes; None where none is on or beside a box."""
    grey, straight, boxes = sheet.grey, sheet.straight, sheet.boxes
    x0, y0, x1, y1 = _part(grey, straight)
    tall_mm = straight.grey.shape[0] / region.PX_PER_MM
    if tall_mm < _LEAST_MM:
        y0, y1 = _reaching_on(sheet, y0, y1)
        tall_mm = (y1 - y0) / sheet.registration.px_per_mm
    if not streaks.suspected(_between_rows(grey, straight, x0, x1)):
        return None
    lack = streaks.lacking(grey[y0:y1, x0:x1])
    if lack is None:
        return None
    reach = _STREAK_MM * region.PX_PER_MM
    half = boxes.size_px / 2 + (reach, 0)
    near = straight.to_page(np.concatenate([boxes.centre_px - half, boxes.centre_px + half])) - (x0, y0)
    corners = near.reshape(2, -1, 2)
    height = y1 - y0
    if not streaks.touches(lack, corners.min(axis=0), corners.max(axis=0), height):
        return None
    lack = streaks.passing(lack, grey[:y0, x0:x1], grey[y1:, x0:x1], tall_mm)
    lack = streaks.unmoved(lack, grey[y0:y1, x0:x1])
    rims = _rims(sheet, blank, x0, x1) if blank is not None else []
    if len(rims) == len(_RIMS_MM):
        lack = streaks.reaching(lack, grey[y0:y1, x0:x1], rims)
    if not streaks.touches(lack, corners.min(axis=0), corners.max(axis=0), height):
        return None
    return Columns(lack, x0, y0, y1)


def _part(grey: Grey, straight: region.Region) -> tuple[int, int, int, int]:
    """x0, y0, x1, y1 of the part of a page that holds the boxes."""
    x0, y0, x1, y1 = region.extent_px(straight)
    return max(x0, 0), max(y0, 0), min(x1, grey.shape[1]), min(y1, grey.shape[0])


def _reaching_on(sheet: Sheet, y0: int, y1: int) -> tuple[int, int]:
    """The rows ``y0`` to ``y1`` of a page and as many more as the least takes: below a short ballot's table, where the
    paper is free, and above it where the picture ends."""
    height, least = sheet.grey.shape[0], round(_LEAST_MM * sheet.registration.px_per_mm)
    if sheet.straight.to_px[1, 1] > 0:
        last = min(max(y1, y0 + least), height)
        return max(min(y0, last - least), 0), last
    first = max(min(y0, y1 - least), 0)
    return first, min(max(y1, first + least), height)


def _rims(sheet: Sheet, blank: ink.Blank, x0: int, x1: int) -> list[Grey]:
    """Strips of the page just within the sheet's upper and lower edge, as far as they lie in the picture: (h, x1 - x0)
    each, column by column as far from the edge as the sheet lies."""
    high, wide = (side / ink.COARSE_PX for side in blank.printed.shape)
    columns = np.arange(x0, x1)
    found = []
    for near, far in _RIMS_MM:
        ends = [reg.project(sheet.registration.to_px, np.array([(0, v % high), (wide, v % high)])) for v in (near, far)]
        levels = [np.interp(columns, *np.array(sorted(end.tolist())).T) for end in ends]
        tops = np.rint(np.minimum(*levels)).astype(int)
        ys = tops + np.arange(max(1, round(float(np.abs(levels[0] - levels[1]).mean()))))[:, None]
        if ys.min() >= 0 and ys.max() < sheet.grey.shape[0]:
            found.append(np.ascontiguousarray(sheet.grey[ys, columns]))
    return found


def _between_rows(grey: Grey, straight: region.Region, x0: int, x1: int) -> list[Grey]:
    """Strips of the page 1.5 mm high, half way between the rows of boxes."""
    count = int(straight.row_of.max()) + 1
    tops = np.array([straight.boxes_px[straight.row_of == r, 1].min() for r in range(count)])
    height = float(straight.boxes_px[0, 3])
    middle = (tops[:-1] + height + tops[1:]) / 2
    points = np.column_stack([np.full(len(middle), straight.grey.shape[1] / 2), middle])
    half = max(1, round(_STRIP_MM / 2 * abs(straight.to_px[1, 1]) * region.PX_PER_MM))
    ys = np.round(straight.to_page(points)[:, 1]).astype(int) if len(points) else np.zeros(0, int)
    return [np.ascontiguousarray(grey[y - half : y + half, x0:x1]) for y in ys if half <= y < grey.shape[0] - half]


def short(sheet: Sheet) -> list[streaks.Segment]:
    """Short streaks in the part of a page that holds the boxes, page pixels."""
    x0, y0, x1, y1 = _part(sheet.grey, sheet.straight)
    found = streaks.standing(sheet.grey[y0:y1, x0:x1], sheet.registration.px_per_mm)
    return [(a + x0, b + y0, c + x0, d + y0) for a, b, c, d in found]
