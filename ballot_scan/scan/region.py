"""The region of the boxes, straightened: one picture of 8 px/mm that holds every box of a page and its surroundings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.paper.layout import PageLayout
from ballot_scan.scan.pictures import Grey
from ballot_scan.scan.registration import Matrix, Registration, corners_mm, project

PX_PER_MM = 8
MARGIN_MM = 6.0
_GRID_MM = 6.0
_FLAT_PX = 0.25
_BLACK, _WHITE = 24, 232  # greys that a black and white scan does not have …
_BETWEEN = 0.003  # … but for this share of its pixels
CELL_PX = 8  # cells of the reduced picture whose mean tells the paper's white
_LEVELS = 20  # places across a sheet, and down it, that tell its usual grey


@dataclass(frozen=True, slots=True)
class Region:
    """``grey`` (h, w) uint8 at 8 px/mm; ``to_px`` maps region pixels to page pixels; ``origin_mm`` its top left.

    ``boxes_px`` (n, 4) float64 holds the nominal outer frames x, y, w, h in region pixels, ``row_of`` (n,) the
    index of each box's row on the page, in layout order.
    """

    grey: Grey
    to_px: Matrix
    origin_mm: tuple[float, float]
    boxes_px: NDArray[np.float64]
    row_of: NDArray[np.intp]
    bent_at: NDArray[np.float64] | None = None  # see bend()
    bent_by: NDArray[np.float64] | None = None

    def to_page(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """(N, 2) region pixels → (N, 2) page pixels."""
        if self.bent_at is not None and self.bent_by is not None:
            dx, dy, lean, stretch, pivot = (np.interp(points[:, 1], self.bent_at, s) for s in self.bent_by.T)
            x = points[:, 0] - pivot
            points = points + np.column_stack([dx + stretch * x, dy + lean * x])
        return project(self.to_px, points)


def nominal_boxes(layout: PageLayout) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """All boxes of a page as (n, 4) x, y, w, h in millimetres, and each one's row index on the page."""
    rects = [box.rect_mm for row in layout.rows for box in row.boxes]
    rows = [i for i, row in enumerate(layout.rows) for _ in row.boxes]
    return np.array(rects, dtype=np.float64), np.array(rows, dtype=np.intp)


def extent_mm(layout: PageLayout) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the region on the sheet: all boxes and 6 mm about them."""
    boxes, _ = nominal_boxes(layout)
    low, high = boxes[:, :2].min(axis=0) - MARGIN_MM, (boxes[:, :2] + boxes[:, 2:]).max(axis=0) + MARGIN_MM
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def size_px(layout: PageLayout) -> tuple[int, int]:
    """Width and height of the region's picture."""
    left, top, right, bottom = extent_mm(layout)
    return round((right - left) * PX_PER_MM), round((bottom - top) * PX_PER_MM)


def cut(grey: Grey, registration: Registration, layout: PageLayout) -> Region:
    """Straighten the region of the boxes out of the page."""
    boxes_mm, row_of = nominal_boxes(layout)
    left, top, _, _ = extent_mm(layout)
    size = size_px(layout)
    # pixel centres: region pixel (i, j) shows the paper at origin + (i + 0.5) / 8 mm
    k = 1 / PX_PER_MM
    to_mm = np.array([[k, 0, left + k / 2], [0, k, top + k / 2], [0, 0, 1]])
    to_px = registration.to_px @ to_mm
    picture = flat(grey, to_px, size)
    boxes_px = (boxes_mm - (left, top, 0, 0)) * PX_PER_MM - (0.5, 0.5, 0, 0)
    return Region(picture, to_px, (left, top), boxes_px, row_of)


def flat(grey: Grey, to_px: Matrix, size: tuple[int, int]) -> Grey:
    """(h, w) uint8 of ``size`` (w, h): a picture straightened by the (3, 3) map of its pixels; white beyond it."""
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    affine = _affine(to_px, size)
    if affine is not None:  # a third faster
        picture = cv2.warpAffine(grey, affine, size, flags=how, borderMode=cv2.BORDER_CONSTANT, borderValue=255)
    else:
        picture = cv2.warpPerspective(grey, to_px, size, flags=how, borderMode=cv2.BORDER_CONSTANT, borderValue=255)
    return np.asarray(picture, dtype=np.uint8)


def _affine(to_px: Matrix, size: tuple[int, int]) -> Matrix | None:
    """The (2, 3) map that agrees with ``to_px`` to a quarter of a pixel all over; None where perspective shows."""
    w, h = size
    corners = project(to_px, np.array([(0, 0), (w, 0), (0, h), (w, h), (w / 2, h / 2)], dtype=np.float64))
    middle = corners[:4].mean(axis=0)
    step = np.array(
        [corners[1] - corners[0] + corners[3] - corners[2], corners[2] - corners[0] + corners[3] - corners[1]]
    )
    matrix = np.column_stack([step[0] / (2 * w), step[1] / (2 * h), middle])
    matrix[:, 2] -= matrix[:, :2] @ (w / 2, h / 2)
    there = np.array([(0, 0), (w, 0), (0, h), (w, h), (w / 2, h / 2)]) @ matrix[:, :2].T + matrix[:, 2]
    return matrix if float(np.abs(there - corners).max()) < _FLAT_PX else None


def again(grey: Grey, region: Region) -> Region:
    """The same region, as straight as it was made, out of another picture of the page."""
    if region.bent_at is not None and region.bent_by is not None:
        return bend(grey, region, region.bent_at, region.bent_by)
    return replace(region, grey=flat(grey, region.to_px, (region.grey.shape[1], region.grey.shape[0])))


def extent_px(region: Region) -> tuple[int, int, int, int]:
    """x0, y0, x1, y1 of the region on the page, in page pixels (may reach beyond the picture)."""
    height, width = region.grey.shape
    corners = region.to_page(np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float64))
    lo, hi = np.floor(corners.min(axis=0)).astype(int), np.ceil(corners.max(axis=0)).astype(int)
    return int(lo[0]), int(lo[1]), int(hi[0]), int(hi[1])


def bend(grey: Grey, region: Region, at_y: NDArray[np.float64], shift: NDArray[np.float64]) -> Region:
    """Straighten once more where the sheet turned or was fed unevenly.

    ``at_y`` (k,) are heights in region pixels, ``shift`` (k, 5) there: x shift, y shift, lean (y per x), stretch (x
    per x) and the abscissa about which they work; between heights they are interpolated. Boxes keep their places.
    """
    height, width = region.grey.shape
    ys = np.arange(height, dtype=np.float64)
    dx, dy, lean, stretch, pivot = (np.interp(ys, at_y, s)[:, None] for s in shift.T)
    xs = np.arange(width, dtype=np.float64)[None, :]
    gx = xs + dx + stretch * (xs - pivot)
    gy = ys[:, None] + dy + lean * (xs - pivot)
    m = region.to_px
    w = m[2, 0] * gx + m[2, 1] * gy + m[2, 2]
    map_x = ((m[0, 0] * gx + m[0, 1] * gy + m[0, 2]) / w).astype(np.float32)
    map_y = ((m[1, 0] * gx + m[1, 1] * gy + m[1, 2]) / w).astype(np.float32)
    picture = cv2.remap(grey, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=255)
    return replace(region, grey=np.asarray(picture, np.uint8), bent_at=at_y, bent_by=shift)


def shift_of(
    region: Region,
    to_page: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    at_y: NDArray[np.float64],
    nominal: NDArray[np.float64],
) -> NDArray[np.float64]:
    """(k, 5) shift for ``bend`` that makes the flat region follow another map ``to_page`` (mm → page pixels)."""
    left, right = float(nominal[:, 0].min()), float(nominal[:, 0].max())
    pivot = (left + right) / 2
    from_px = np.linalg.inv(region.to_px)
    k = len(at_y)
    xs = np.repeat([left, right, pivot], k)
    ys = np.tile(at_y, 3)
    mm = np.column_stack([xs + 0.5, ys + 0.5]) / PX_PER_MM + np.array(region.origin_mm)
    there = project(np.asarray(from_px, dtype=np.float64), to_page(mm)) - np.column_stack([xs, ys])
    one, two, middle = there[:k], there[k : 2 * k], there[2 * k :]
    lean = (two[:, 1] - one[:, 1]) / max(right - left, 1.0)
    stretch = (two[:, 0] - one[:, 0]) / max(right - left, 1.0)
    return np.column_stack([middle[:, 0], middle[:, 1], lean, stretch, np.full(k, pivot)])


def is_pure(grey: Grey) -> bool:
    """Whether a scan holds but two greys, as G4 does: every dot in it was on the paper, or in the scanner's noise."""
    sample = grey[::16, ::8]
    low, high = int(sample.min()), int(sample.max())
    return bool(((sample == low) | (sample == high)).all())


def is_bilevel(grey: Grey) -> bool:
    """Whether a scan knows black and white only; a JPEG of such a one too."""
    sample = grey[::16, ::8]
    between = np.count_nonzero((sample > _BLACK) & (sample < _WHITE))
    return bool(between < _BETWEEN * sample.size)


def paper_white(small: Grey) -> Grey:
    """The paper's white around every cell of the reduced picture (cells of 8 px): (h/8, w/8) uint8.

    The lightest cell mean of the neighbourhood: print, marks and streaks do not reach it.
    """
    cells = (max(1, small.shape[1] // CELL_PX), max(1, small.shape[0] // CELL_PX))
    means: cv2.typing.MatLike = small[: cells[1] * CELL_PX, : cells[0] * CELL_PX] if min(cells) > 1 else small
    for halving in (4, 2, 1):  # exact halves are the fast way down
        means = cv2.resize(means, (cells[0] * halving, cells[1] * halving), interpolation=cv2.INTER_AREA)
    lightest = cv2.dilate(means, np.ones((5, 5), np.uint8))
    return np.asarray(cv2.blur(lightest, (3, 3)), dtype=np.uint8)


def paper_level(white: Grey, factor: int, registration: Registration, page: PageLayout) -> float:
    """The usual grey of a sheet's paper: the median of the ``white`` about it (see ``paper_white``) between its
    markers, whatever the bed looks like, which may be most of the picture."""
    corners = np.concatenate([corners_mm(mark.rect_mm) for mark in page.fiducials])
    across, down = np.linspace(corners.min(axis=0), corners.max(axis=0), _LEVELS).T
    places = np.column_stack([np.tile(across, _LEVELS), np.repeat(down, _LEVELS)])
    cells = (registration.points_px(places) / (factor * CELL_PX)).astype(np.intp)
    there = cells[((cells >= 0) & (cells < white.shape[::-1])).all(axis=1)]
    return float(np.median(white[there[:, 1], there[:, 0]] if len(there) else white))


def ink_level(dark: NDArray[np.uint8], times: float, bounds: tuple[float, float]) -> float:
    """Darkness (0-1) from which a place is ink: well above its paper's grain, within ``bounds``.

    ``dark`` (n,) uint8: most of it is paper, so its median is the paper's darkness and the distance to the 84th
    percentile the spread; ink stands out by ``times`` that.
    """
    paper, spread = quantiles(dark, 0.5, 0.84)
    return float(np.clip((paper + times * (spread - paper)) / 255, *bounds))


def quantiles(values: NDArray[np.uint8], *shares: float) -> list[int]:
    """For each of some shares (0-1) the one of ``values`` (n,) above so many of them; counted, not sorted."""
    below = np.cumsum(np.bincount(values, minlength=256))
    return [int(np.searchsorted(below, share * below[-1], "right")) for share in shares]


def darkness(region: Region, white: Grey, factor: int, black: float) -> NDArray[np.uint8]:
    """Relative darkness (h, w) uint8 of the region: 0 the local paper, 255 the print of the markers."""
    height, width = region.grey.shape
    step = _GRID_MM * PX_PER_MM
    xs = np.linspace(0, width - 1, max(2, round(width / step)))
    ys = np.linspace(0, height - 1, max(2, round(height / step)))
    grid = np.column_stack([np.tile(xs, len(ys)), np.repeat(ys, len(xs))])
    cells = project(region.to_px, grid) / (factor * CELL_PX)
    cx = np.clip(cells[:, 0].astype(int), 0, white.shape[1] - 1)
    cy = np.clip(cells[:, 1].astype(int), 0, white.shape[0] - 1)
    level = white[cy, cx].reshape(len(ys), len(xs))
    paper = cv2.resize(level, (width, height), interpolation=cv2.INTER_LINEAR)
    span = max(20.0, float(np.median(level)) - black)
    return np.asarray(cv2.convertScaleAbs(cv2.subtract(paper, region.grey), alpha=255.0 / span), dtype=np.uint8)
