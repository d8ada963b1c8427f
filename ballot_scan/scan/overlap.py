"""Overlap: whether another sheet looks out from behind this one, where the picture goes on beyond the paper.

A double feed whose second sheet lies a centimetre or two off shows a piece of its corner markers there: a black bar as
broad as a marker, white on both of its sides. Shadows and the scanner's bed go on to the sides.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.paper.layout import FiducialMark, Rect
from ballot_scan.scan.pictures import Grey
from ballot_scan.scan.registration import Registration

_PX = 4  # px/mm at which the strip beyond the paper is looked at
_GRID = 24  # places across the sheet, and as many down, tell its grey
_BEYOND_MM = (0.5, 20.0)  # of the paper's end
_BESIDE_MM = 6.0  # of the marker's place
_LEAST_MM, _BROAD = 1.5, (0.8, 1.2)  # a bar so high, and so broad by the marker's side
_PAPER = 0.6  # of the strip's grey levels are paper, which is no darker than …
_LIGHT = 0.6  # … this, by the sheet's own …
_DARK = 0.5  # … and beside a bar, so broad, there is …
_FLANK_MM, _BARE = 2.0, 0.3  # … hardly anything so dark by the paper's grey


def looks_out(
    grey: Grey, registration: Registration, fiducials: tuple[FiducialMark, ...], size_mm: tuple[float, float]
) -> bool:
    """Whether a piece of another sheet's marker lies beyond an end of this sheet, ``size_mm`` wide and high, beside the
    places of these ``fiducials``."""
    points = registration.points_px(_strips(fiducials, size_mm).reshape(-1, 2)).reshape(-1, 3, 2)
    ends = points[:, :2].mean(axis=1)
    needed = ends + (points[:, 2] - points[:, 0]) * (2 * _LEAST_MM / (_BEYOND_MM[1] - _BEYOND_MM[0]))
    shown = ((needed >= 0) & (needed < np.array(grey.shape[::-1]))).all(axis=1)
    sides = np.repeat([f.rect_mm[2] for f in fiducials], 2)
    if not shown.any():
        return False
    least = _LIGHT * _paper(grey, registration, size_mm)
    return any(_bar(_strip(grey, points[n], float(sides[n])), float(sides[n]), least) for n in np.flatnonzero(shown))


def _paper(grey: Grey, registration: Registration, size_mm: tuple[float, float]) -> float:
    """The grey of the sheet's paper."""
    shares = (np.arange(_GRID) + 0.5) / _GRID
    places = np.column_stack([np.tile(shares, _GRID), np.repeat(shares, _GRID)]) * size_mm
    points = np.round(registration.points_px(places)).astype(np.intp)
    points = points[((points >= 0) & (points < np.array(grey.shape[::-1]))).all(axis=1)]
    return float(np.percentile(grey[points[:, 1], points[:, 0]], 100 * _PAPER)) if len(points) else 255.0


@cache
def _strips(fiducials: tuple[FiducialMark, ...], size_mm: tuple[float, float]) -> NDArray[np.float64]:
    """(2 n, 3, 2) millimetres: of the strips beyond the sheet's ends next to each marker, two corners at the end and
    the one far from it below the first; those above or below the sheet and those beside it in turn."""
    strips = []
    for fiducial in fiducials:
        for turned in (False, True):
            x, y, w, h = _turned(fiducial.rect_mm) if turned else fiducial.rect_mm
            end = size_mm[0] if turned else size_mm[1]
            near, far = (-v if y + h / 2 < end / 2 else end + v for v in _BEYOND_MM)
            corners = [(x - _BESIDE_MM, near), (x + w + _BESIDE_MM, near), (x - _BESIDE_MM, far)]
            strips.append([corner[::-1] if turned else corner for corner in corners])
    return np.array(strips, dtype=np.float64)


def _strip(grey: Grey, corners_px: NDArray[np.float64], side_mm: float) -> NDArray[np.uint8]:
    """(h, w) uint8: one strip, straightened, the sheet's end at its top; white beyond the picture."""
    width, height = side_mm + 2 * _BESIDE_MM, _BEYOND_MM[1] - _BEYOND_MM[0]
    size = (round(width * _PX), round(height * _PX))
    ends = np.array([(0, 0), (size[0], 0), (0, size[1])], np.float32)
    matrix = cv2.getAffineTransform(ends, corners_px.astype(np.float32))
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(grey, matrix, size, flags=how, borderValue=255), dtype=np.uint8)


def _turned(rect: Rect) -> Rect:
    x, y, w, h = rect
    return y, x, h, w


def _bar(strip: NDArray[np.uint8], side_mm: float, least: float) -> bool:
    """Whether a strip holds a black bar as broad as a marker, with paper on both sides, whose grey is ``least``."""
    paper = float(np.percentile(strip, 100 * _PAPER))
    if paper < least:
        return False  # the bed
    dark = (strip < _DARK * paper).astype(np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    for x, y, w, h, area in stats[1:count]:
        broad = _BROAD[0] <= w / (side_mm * _PX) <= _BROAD[1]
        if broad and h >= _LEAST_MM * _PX and area >= 0.4 * w * h and x > 0 and x + w < strip.shape[1]:
            flank = round(_FLANK_MM * _PX)
            beside = (dark[y : y + h, max(x - flank, 0) : x], dark[y : y + h, x + w : x + w + flank])
            if all(part.mean() <= _BARE for part in beside):
                return True
    return False
