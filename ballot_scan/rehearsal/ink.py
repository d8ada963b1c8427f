"""Ink onto a page: strokes darken what is there, with the grain of pen and paper and soft edges between pixels."""

from __future__ import annotations

import functools
from collections.abc import Iterable

import cv2
import numpy as np

from ballot_scan.rehearsal.chance import Grey
from ballot_scan.rehearsal.pens import PENCIL, Stroke

_FINE_DPI = 800.0  # strokes are drawn at least this fine and then averaged down
_TILE = 1024


@functools.cache
def grain(spread: float, seed: int) -> Grey:
    """(1024, 1024) noise, values 0-255 equally frequent, clumps ``spread`` pixels wide; repeats at its edges."""
    rng = np.random.Generator(np.random.SFC64(seed))
    rough = rng.standard_normal((_TILE, _TILE), dtype=np.float32)
    padded = cv2.copyMakeBorder(rough, 32, 32, 32, 32, cv2.BORDER_WRAP)
    soft = cv2.GaussianBlur(padded, (0, 0), spread)[32:-32, 32:-32]
    soft = (soft - soft.mean()) / soft.std()
    levels: Grey = np.clip(128.0 * (1.0 + np.tanh(0.8 * soft)), 0, 255).astype(np.uint8)  # nearly the normal curve
    return levels


def cut(tile: Grey, height: int, width: int, rng: np.random.Generator) -> Grey:
    """A piece of a repeating tile, begun anywhere."""
    y, x = (int(v) for v in rng.integers(0, tile.shape[0], 2))
    if y + height <= tile.shape[0] and x + width <= tile.shape[1]:
        return tile[y : y + height, x : x + width]
    rows, columns = (y + height - 1) // tile.shape[0] + 1, (x + width - 1) // tile.shape[1] + 1
    return np.tile(tile, (rows, columns))[y : y + height, x : x + width]


def _mask(stroke: Stroke, origin: tuple[int, int], size: tuple[int, int], scale: float, fine: int) -> Grey:
    """Cover 0-255 of one stroke, drawn ``fine`` times finer than the page."""
    mask = np.zeros((size[1] * fine, size[0] * fine), dtype=np.uint8)
    shift = 3
    unit = scale * fine * (1 << shift)
    start = np.asarray(origin) * (fine << shift)
    points = np.rint(stroke.points_mm * unit - start).astype(np.int32).tolist()
    widths = np.maximum(np.rint(stroke.widths_mm * scale * fine), 1).astype(int).tolist()
    for a, b, width in zip(points, points[1:], widths[1:], strict=False):
        cv2.line(mask, a, b, 255, width, cv2.LINE_8, shift)
    return mask


def _textured(mask: Grey, stroke: Stroke, pixel_mm: float, rng: np.random.Generator) -> Grey:
    pen = stroke.pen
    height, width = mask.shape
    if pen.grain > 0:
        tooth = cut(grain(1.4 if pen.kind == PENCIL else 2.2, 1), height, width, rng)
        if pen.kind == PENCIL:  # the hollows of the paper stay white
            ramp = np.clip(np.arange(256) * 1.3 - 255 * (1.3 * pen.grain - 0.45), 90, 255).astype(np.uint8)
        else:
            ramp = (255 - pen.grain * np.linspace(255, 0, 256)).astype(np.uint8)
        mask = np.asarray(cv2.multiply(mask, cv2.LUT(tooth, ramp), scale=1 / 255), dtype=np.uint8)
    if pen.gaps > 0:
        clump = cut(grain(12.0, 2), height, width, rng)
        ramp = np.clip((np.arange(256) - 255 * pen.gaps) * 6, 0, 255).astype(np.uint8)
        mask = np.asarray(cv2.multiply(mask, cv2.LUT(clump, ramp), scale=1 / 255), dtype=np.uint8)
    if pen.smear_mm > 0:
        mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), pen.smear_mm / pixel_mm), dtype=np.uint8)
    return mask


def draw_strokes(page: Grey, strokes: Iterable[Stroke], dpi: float, rng: np.random.Generator) -> None:
    """Darken ``page`` (height, width; changed in place) by the strokes. Where strokes cross it is darker still."""
    scale = dpi / 25.4
    fine = max(int(np.ceil(_FINE_DPI / dpi)), 1)
    for stroke in strokes:
        margin = float(stroke.widths_mm.max()) / 2 + 3 * stroke.pen.smear_mm + 0.2
        low = np.floor((stroke.points_mm.min(axis=0) - margin) * scale).astype(int)
        high = np.ceil((stroke.points_mm.max(axis=0) + margin) * scale).astype(int)
        x0, y0 = np.maximum(low, 0).tolist()
        x1, y1 = np.minimum(high, page.shape[::-1]).tolist()
        if x1 <= x0 or y1 <= y0:
            continue
        mask = _textured(_mask(stroke, (x0, y0), (x1 - x0, y1 - y0), scale, fine), stroke, 1 / (scale * fine), rng)
        cover = cv2.resize(mask, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA)
        factor = cv2.convertScaleAbs(cover, alpha=stroke.pen.grey / 255 - 1, beta=255)
        patch = page[y0:y1, x0:x1]
        patch[:] = cv2.multiply(patch, factor, scale=1 / 255)
