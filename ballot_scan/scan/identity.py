"""Identity: the Data Matrix codes of a page, read from small patches or, where those fail, from the whole page."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from ballot_scan.paper import code
from ballot_scan.paper.layout import Rect
from ballot_scan.scan.pictures import Grey
from ballot_scan.scan.registration import Registration, corners_mm

_MARGIN_MM = 3.0
_CELLS = 20  # a code of 28 characters
_CELL_PX = 8
_ASIDE = 6  # cells about a code in which its outline is looked for
_NUDGES = ((0.0, 0.0), (0.25, 0.0), (-0.25, 0.0), (0.0, 0.25), (0.0, -0.25))  # of a cell


@dataclass(frozen=True, slots=True)
class CodeFound:
    """A code's text and its corners (4, 2) in page pixels, clockwise from the code's own top left."""

    text: str
    corners_px: NDArray[np.float64]


def _read(patch: Grey) -> list[CodeFound]:
    found = []
    for barcode in zxingcpp.read_barcodes(patch, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.DataMatrix)):
        p = barcode.position
        points = [(c.x, c.y) for c in (p.top_left, p.top_right, p.bottom_right, p.bottom_left)]
        found.append(CodeFound(barcode.text, np.array(points, dtype=np.float64)))
    return found


def read_at(grey: Grey, registration: Registration, rects_mm: tuple[Rect, ...]) -> list[CodeFound]:
    """The codes at their places on the registered page; those that cannot be read are missing from the list."""
    codes = []
    for rect in rects_mm:
        x, y, w, h = rect
        around = (x - _MARGIN_MM, y - _MARGIN_MM, w + 2 * _MARGIN_MM, h + 2 * _MARGIN_MM)
        corners = registration.points_px(corners_mm(around))
        x0, y0 = np.maximum(np.floor(corners.min(axis=0)).astype(int), 0)
        x1, y1 = np.ceil(corners.max(axis=0)).astype(int) + 1
        patch = grey[y0:y1, x0:x1]
        if min(patch.shape) < 16:
            continue
        found = _second_looks(patch, (int(x0), int(y0)))
        codes += found or _sampled(grey, registration, rect) or _outlined(grey, registration, rect)
    return codes


def _sampled(grey: Grey, registration: Registration, rect: Rect) -> list[CodeFound]:
    """The code rebuilt from the middles of its cells, whose places the registered page tells."""
    x, y, w, _h = rect
    cell = w / _CELLS
    for dx, dy in _NUDGES:
        flat = _straight(grey, registration, (x + dx * cell, y + dy * cell), cell, _CELLS)
        if text := _rebuilt(flat):
            return [CodeFound(text, registration.points_px(corners_mm(rect)))]
    return []


def _outlined(grey: Grey, registration: Registration, rect: Rect) -> list[CodeFound]:
    """The same, where the code's own outline tells its place: on a sheet that turned while it was fed it may lie more
    than a cell off."""
    x, y, w, _h = rect
    cell = w / _CELLS
    left, top = x - _ASIDE * cell, y - _ASIDE * cell
    around = _straight(grey, registration, (left, top), cell, _CELLS + 2 * _ASIDE)
    side = _CELLS * _CELL_PX
    square = np.array([(0, 0), (side, 0), (side, side), (0, side)], np.float32) - 0.5
    for quad in _outlines(around):
        to_around = cv2.getPerspectiveTransform(square, quad)
        for dx, dy in _NUDGES:
            nudged = to_around @ np.array([[1, 0, dx * _CELL_PX], [0, 1, dy * _CELL_PX], [0, 0, 1]])
            how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            flat = cv2.warpPerspective(around, nudged, (side, side), flags=how, borderValue=255)
            if text := _rebuilt(np.asarray(flat, np.uint8)):
                corners = (quad.astype(np.float64) + 0.5) * cell / _CELL_PX + (left, top)
                return [CodeFound(text, registration.points_px(corners))]
    return []


def _straight(
    grey: Grey, registration: Registration, origin_mm: tuple[float, float], cell_mm: float, cells: int
) -> Grey:
    """A square of so many cells from ``origin_mm`` on, straightened, 8 px a cell."""
    step = cell_mm / _CELL_PX
    to_mm = np.array([[step, 0, origin_mm[0] + step / 2], [0, step, origin_mm[1] + step / 2], [0, 0, 1]])
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (cells * _CELL_PX,) * 2
    return np.asarray(cv2.warpPerspective(grey, registration.to_px @ to_mm, size, flags=how, borderValue=255), np.uint8)


def _outlines(around: Grey) -> list[NDArray[np.float32]]:
    """Where the corners (4, 2) of a code may lie, clockwise from its upper left: its outermost places, and the corners
    of the smallest rectangle about it; its print is closed over its light cells."""
    soft = cv2.GaussianBlur(around, (0, 0), 2.0)
    low, high = np.percentile(soft, (5, 95))
    ink = np.asarray(soft < (low + high) / 2, dtype=np.uint8)
    closed = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((2 * _CELL_PX + 1,) * 2, np.uint8), borderValue=0)
    solid = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((5 * _CELL_PX,) * 2, np.uint8), borderValue=0)
    outlines, _ = cv2.findContours(solid, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not outlines:
        return []
    outline = max(outlines, key=cv2.contourArea)
    found = []
    for points in (cv2.convexHull(outline).reshape(-1, 2), cv2.boxPoints(cv2.minAreaRect(outline))):
        total, apart = points.sum(axis=1), points[:, 0] - points[:, 1]
        corners = points[[total.argmin(), apart.argmax(), total.argmax(), apart.argmin()]].astype(np.float32)
        if cv2.contourArea(corners) > 0:
            found.append(corners)
    return found


def _rebuilt(flat: Grey) -> str:
    """The text of a straight code (160, 160), or nothing.

    For pale, blurred or bloated print: each cell is the mean of its middle, black against several levels in turn; the
    code's own error correction (and our format) says whether the result is one.
    """
    blocks = flat.astype(np.float32).reshape(_CELLS, _CELL_PX, _CELLS, _CELL_PX)[:, 2:-2, :, 2:-2]
    level = blocks.mean(axis=(1, 3))
    low, high = np.percentile(level, (8, 92))
    for share in (0.5, 0.35, 0.65, 0.2):
        for found in _read(_drawn(level < low + share * (high - low))):
            if code.parse(found.text) is not None:
                return found.text
    return ""


def _drawn(black: NDArray[np.bool_]) -> Grey:
    """A clean picture of a code's cells, 4 px each, with a quiet zone."""
    cells = np.pad(np.where(black, 0, 255).astype(np.uint8), 2, constant_values=255)
    return np.ascontiguousarray(np.kron(cells, np.ones((4, 4), np.uint8)))


def _second_looks(patch: Grey, origin: tuple[int, int]) -> list[CodeFound]:
    """Read a patch as it is; where that fails, smoothed, sharpened and enlarged."""
    for look in (_as_is, _smoothed, _enlarged):
        picture, scale = look(patch)
        found = [c for c in _read(np.ascontiguousarray(picture)) if code.parse(c.text) is not None]
        if found:
            return [CodeFound(c.text, c.corners_px / scale + origin) for c in found]
    return []


def _as_is(patch: Grey) -> tuple[Grey, float]:
    return patch, 1.0


def _smoothed(patch: Grey) -> tuple[Grey, float]:
    return np.asarray(cv2.GaussianBlur(patch, (0, 0), 1.0), dtype=np.uint8), 1.0


def _enlarged(patch: Grey) -> tuple[Grey, float]:
    larger = cv2.resize(patch, None, fx=2.0, fy=2.0, interpolation=cv2.INTER_CUBIC)
    return np.asarray(larger, dtype=np.uint8), 2.0


def is_calibration_sheet(grey: Grey) -> bool:
    """Whether a picture shows every code of the program's own calibration sheet, and nothing of a ballot's: part of one
    may lie over a ballot (slow: for pages without a ballot's code)."""
    from ballot_scan.paper.calibration_sheet import sheet  # loads what draws it

    printed = sheet()
    found = [c.text for c in _read(np.ascontiguousarray(grey))]
    return found.count(printed.code) == len(found) == len(printed.code_rects_mm)


def read_anywhere(grey: Grey) -> list[CodeFound]:
    """Codes of this software anywhere in the picture (slow: for pages whose markers are not enough)."""
    return [c for c in _read(np.ascontiguousarray(grey)) if code.parse(c.text) is not None]
