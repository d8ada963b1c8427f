"""Identity: the Data Matrix codes of a page, read from small patches or, where those fail, from the whole page."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from ballot_scan.paper import code
from ballot_scan.paper.layout import Rect
from ballot_scan.scan.registration import Grey, Registration, corners_mm

_MARGIN_MM = 3.0
_CELLS = 20  # a code of 28 characters
_CELL_PX = 8
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
        codes += found or _sampled(grey, registration, rect)
    return codes


def _sampled(grey: Grey, registration: Registration, rect: Rect) -> list[CodeFound]:
    """The code rebuilt from the middles of its cells, whose places the registered page tells.

    For pale, blurred or bloated print: each cell is the mean of its middle, black against several levels in turn;
    the code's own error correction (and our format) says whether the result is one.
    """
    x, y, w, _h = rect
    cell = w / _CELLS
    side = (_CELLS + 2) * _CELL_PX
    for dx, dy in _NUDGES:
        left, top = x - cell + dx * cell, y - cell + dy * cell
        step = cell / _CELL_PX
        to_mm = np.array([[step, 0, left + step / 2], [0, step, top + step / 2], [0, 0, 1]])
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        flat = cv2.warpPerspective(grey, registration.to_px @ to_mm, (side, side), flags=how, borderValue=255)
        blocks = np.asarray(flat, np.float32)[_CELL_PX:-_CELL_PX, _CELL_PX:-_CELL_PX]
        blocks = blocks.reshape(_CELLS, _CELL_PX, _CELLS, _CELL_PX)[:, 2:-2, :, 2:-2]
        level = blocks.mean(axis=(1, 3))
        low, high = np.percentile(level, (8, 92))
        for share in (0.5, 0.35, 0.65, 0.2):
            black = level < low + share * (high - low)
            found = [c for c in _read(_drawn(black)) if code.parse(c.text) is not None]
            if found:
                return [CodeFound(found[0].text, registration.points_px(corners_mm(rect)))]
    return []


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


def read_anywhere(grey: Grey) -> list[CodeFound]:
    """Codes of this software anywhere in the picture (slow: for pages whose markers are not enough)."""
    return [c for c in _read(np.ascontiguousarray(grey)) if code.parse(c.text) is not None]
