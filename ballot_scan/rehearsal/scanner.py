"""One scan: a printed and marked sheet becomes the picture that an office scanner delivers.

The sheet passes under a fixed line of sensors. For each line of the picture it has an angle, a place and a speed;
that alone gives skew, scale, uneven feed, a sheet that turns while it is fed, and keystone, in one resampling.
"""

from __future__ import annotations

import functools
import io

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.rehearsal import paperwork
from ballot_scan.rehearsal.chance import Grey
from ballot_scan.rehearsal.conditions import HARD, ORDINARY, Scan, ScannerModel, draw_scan

__all__ = ["HARD", "ORDINARY", "Scan", "ScannerModel", "draw_scan", "encode", "encode_g4", "encode_jpeg", "scan_page"]

_NOISE_UNIT = 24.0  # steps of the noise tile for one standard deviation


@functools.cache
def _noise() -> Grey:
    """(1024, 1024) noise about 128, standard deviation 24, slightly smeared as sensors do; repeats at its edges."""
    rng = np.random.Generator(np.random.SFC64(11))
    rough = rng.standard_normal((1024, 1024), dtype=np.float32)
    soft = cv2.GaussianBlur(cv2.copyMakeBorder(rough, 4, 4, 4, 4, cv2.BORDER_WRAP), (3, 3), 0.45)[4:-4, 4:-4]
    return np.asarray(np.clip(128.5 + _NOISE_UNIT * soft / soft.std(), 0, 255), dtype=np.uint8)


# ---------------------------------------------------------------- geometry


def _swing(length: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """(length,) a slow wave between -1 and 1: how far the feed is ahead or behind."""
    t = np.linspace(0, 2 * np.pi, length)
    wave = sum(rng.normal(0, 1 / k) * np.sin(k * t * rng.uniform(0.4, 0.7) + rng.uniform(0, 6.3)) for k in (1, 2, 3, 5))
    return np.asarray(wave / max(float(np.abs(wave).max()), 1e-9))


def _size(shape: tuple[int, ...], scan: Scan, scale: float) -> tuple[int, int]:
    """Width and height of the picture: the sheet, the margins, and as much more as a strong skew needs."""
    height, width = shape[0] * scan.scale_y, shape[1] * scan.scale_x
    turn = np.deg2rad(max(abs(scan.rotation_deg), *(abs(v + scan.rotation_deg) for v in scan.lean_deg)))
    extra = float(max(np.sin(turn) - np.sin(np.deg2rad(1.5)), 0.0))
    left, top, right, bottom = scan.margins_mm
    wide = width + extra * height + (left + right) * scale
    high = height + extra * width + (top + bottom) * scale
    return round(wide), round(high)


def _warp(sheet: Grey, scan: Scan, scale: float, rng: np.random.Generator) -> Grey:
    width, height = _size(sheet.shape, scan, scale)
    half_turn = 180.0 if scan.upside_down else 0.0
    left, top, right, bottom = scan.margins_mm
    mid_x = (width - 1) / 2 + (left - right) / 2 * scale + scan.shift_mm[0] * scale
    mid_y = (height - 1) / 2 + (top - bottom) / 2 * scale + scan.shift_mm[1] * scale
    source = ((sheet.shape[1] - 1) / 2, (sheet.shape[0] - 1) / 2)
    if scan.feed_mm == 0 and scan.keystone == 0 and scan.lean_deg == (0.0, 0.0):
        angle = np.deg2rad(-scan.rotation_deg + half_turn)
        c, s = float(np.cos(angle)), float(np.sin(angle))
        a = np.array([[c / scan.scale_x, -s / scan.scale_y], [s / scan.scale_x, c / scan.scale_y]])
        b = np.array(source) - a @ (mid_x, mid_y)
        matrix = np.column_stack([a, b])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        flat = cv2.warpAffine(sheet, matrix, (width, height), None, flags, cv2.BORDER_CONSTANT, scan.bed)
        return np.asarray(flat, dtype=np.uint8)
    y = np.arange(height) - mid_y
    share = y / height + 0.5
    lean = scan.lean_deg[0] + (scan.lean_deg[1] - scan.lean_deg[0]) * np.clip(share, 0, 1)
    angle = np.deg2rad(-(scan.rotation_deg + lean) + half_turn)
    cos, sin = np.cos(angle), np.sin(angle)
    step = np.stack([-sin, cos]) / scan.scale_y
    path = np.cumsum(step, axis=1) + scan.feed_mm * scale * _swing(height, rng) * np.stack([-sin, cos])
    path -= np.array([[np.interp(mid_y, np.arange(height), line)] for line in path])
    stretch = (1 + scan.keystone * (share - 0.5)) / scan.scale_x
    across = (np.arange(width) - mid_x).astype(np.float32)[None, :]
    map_x = across * (cos * stretch).astype(np.float32)[:, None]
    map_x += (path[0] + source[0]).astype(np.float32)[:, None]
    map_y = across * (sin * stretch).astype(np.float32)[:, None]
    map_y += (path[1] + source[1]).astype(np.float32)[:, None]
    picture = cv2.remap(sheet, map_x, map_y, cv2.INTER_LINEAR, None, cv2.BORDER_CONSTANT, scan.bed)
    return np.asarray(picture, dtype=np.uint8)


# ---------------------------------------------------------------- sensor


def _light(picture: Grey, scan: Scan, rng: np.random.Generator) -> Grey:
    """Columns with gains of their own, light lost to one side, streaks of dust along the feed."""
    height, width = picture.shape
    gain = np.ones(width)
    if scan.bands > 0:
        rough = rng.standard_normal(width)
        slow = np.convolve(rng.standard_normal(width + 30), np.ones(31) / 5.6, "valid")
        mixed = rough * np.clip(slow + 0.6, 0.1, 2.0) + 0.2 * slow
        gain -= np.clip(scan.bands / 245 * mixed / mixed.std() + 0.6 * scan.bands / 245, -0.15, 0.35)
    if scan.shade > 0:
        ramp = np.linspace(0, 1, width) if rng.random() < 0.5 else np.linspace(1, 0, width)
        gain -= scan.shade * ramp ** rng.uniform(1, 3)
    if scan.bands > 0 or scan.shade > 0:
        line = np.clip(gain * 240, 0, 255).astype(np.uint8)
        picture = np.asarray(cv2.multiply(picture, cv2.repeat(line[None, :], height, 1), scale=1 / 240), dtype=np.uint8)
    for _ in range(scan.streaks):
        x, wide = int(rng.integers(0, width - 6)), int(rng.integers(1, 5))
        first, last = (0, height) if rng.random() < 0.7 else sorted(rng.integers(0, height, 2).tolist())
        strip = picture[first:last, x : x + wide]
        if rng.random() < 0.75:
            strip[:] = cv2.convertScaleAbs(strip, alpha=rng.uniform(0.25, 0.92)) if strip.size else strip
        else:
            np.maximum(strip, int(rng.uniform(150, 255)), out=strip)
    return picture


def _dust(picture: Grey, scan: Scan, scale: float, rng: np.random.Generator) -> None:
    """Specks below 0.45 mm, dirt above, hairs; changes ``picture``."""
    height, width = picture.shape
    sizes = [rng.uniform(0.1, 0.38) for _ in range(scan.specks)] + [rng.uniform(0.5, 1.0) for _ in range(scan.dirt)]
    for size in sizes:
        radius = size * scale / 2
        centre = (int(rng.uniform(0, width) * 16), int(rng.uniform(0, height) * 16))
        axes = (max(int(radius * 16), 5), max(int(radius * rng.uniform(0.6, 1.0) * 16), 5))
        tone = float(rng.uniform(40, 220))
        cv2.ellipse(picture, centre, axes, rng.uniform(0, 180), 0, 360, tone, -1, cv2.LINE_AA, 4)
    for _ in range(scan.hairs):
        start = np.array([rng.uniform(0, width), rng.uniform(0, height)])
        turn = rng.uniform(0, 6.3) + np.cumsum(rng.normal(0, 0.35, 14))
        steps = np.stack([np.cos(turn), np.sin(turn)], axis=1) * rng.uniform(0.25, 0.7) * scale
        knots = np.rint((start + np.cumsum(steps, axis=0)) * 16).astype(np.int32)
        cv2.polylines(picture, [knots], False, float(rng.uniform(60, 170)), 1, cv2.LINE_AA, 4)


def _tone(scan: Scan) -> Grey:
    """(256,) grey of the sheet to grey of the picture."""
    return np.clip(np.rint(np.linspace(0, 1, 256) ** scan.gamma * scan.white), 0, 255).astype(np.uint8)


def add_noise(picture: Grey, sigma: float, rng: np.random.Generator) -> Grey:
    """A copy of a picture (height, width) with the sensor's noise of standard deviation ``sigma``."""
    height, width = picture.shape
    z = (np.arange(256) - 128) / _NOISE_UNIT * sigma
    tile = _noise()
    y, x = (int(v) for v in rng.integers(0, 1024, 2))
    for sign in (1, -1):
        part = np.roll(cv2.LUT(tile, np.clip(np.rint(z * sign), 0, 255).astype(np.uint8)), (y, x), (0, 1))
        full = cv2.repeat(part, height // 1024 + 1, width // 1024 + 1)[:height, :width]
        picture = np.asarray(cv2.add(picture, full) if sign > 0 else cv2.subtract(picture, full), dtype=np.uint8)
    return picture


def _soften(picture: Grey, sigma: float) -> Grey:
    side = 3 if sigma < 0.7 else 5 if sigma < 1.3 else 7
    return np.asarray(cv2.GaussianBlur(picture, (side, side), sigma), dtype=np.uint8)


def scan_page(sheet: Grey, scan: Scan, rng: np.random.Generator, *, dpi: float, behind: Grey | None = None) -> Grey:
    """The picture of a sheet (height, width; grey, marks drawn, not changed). ``behind``: the page that shines through.

    Returns grey uint8, (about height, about width): scale, margins and skew change the size. ``scan.toner`` is left
    to the printing (``paperwork.weaken_print``), ``scan.jpeg_quality`` to ``encode``.
    """
    scale = dpi / 25.4
    sheet = np.maximum(sheet, np.uint8(scan.black))  # a copy; toner and ink are never quite black, a bed may be
    if behind is not None and scan.show_through > 0:
        paperwork.show_through(sheet, behind, scan.show_through)
    if scan.cloud > 0:
        paperwork.crumple(sheet, scan.cloud, scale, rng)
    for _ in range(scan.rubbings):
        paperwork.rub(sheet, scale, rng)
    for _ in range(scan.folds):
        paperwork.fold(sheet, scale, rng)
    if scan.inked_mm > 0:
        paperwork.blot(sheet, scan.inked_mm, scale, rng)
    paperwork.rim(sheet)
    if scan.torn_mm > 0:
        paperwork.tear(sheet, scan.torn_mm, scale, round(scan.bed), rng)
    if scan.punched:
        paperwork.punch(sheet, scale, round(scan.bed))
    picture = _warp(sheet, scan, scale, rng)
    if scan.blur_px > 0:
        picture = _soften(picture, scan.blur_px)
    picture = _light(picture, scan, rng)
    _dust(picture, scan, scale, rng)
    picture = np.asarray(cv2.LUT(picture, _tone(scan)), dtype=np.uint8)
    if scan.sharpen > 0:
        soft = cv2.GaussianBlur(picture, (5, 5), 1.1)
        picture = np.asarray(cv2.addWeighted(picture, 1 + scan.sharpen, soft, -scan.sharpen, 0), dtype=np.uint8)
    if scan.noise >= 0.05:
        picture = add_noise(picture, scan.noise, rng)
    if scan.threshold > 0:
        picture = np.asarray(cv2.threshold(picture, scan.threshold, 255, cv2.THRESH_BINARY)[1], dtype=np.uint8)
    return picture


# ---------------------------------------------------------------- files


def encode_jpeg(picture: NDArray[np.uint8], quality: int) -> bytes:
    """A JPEG of a grey picture (height, width), or of one in colour (height, width, 3; BGR), its colours halved."""
    return bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1])


def encode_g4(picture: Grey, dpi: float) -> bytes:
    """A 1-bit TIFF with CCITT group 4."""
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(picture).convert("1").save(out, "TIFF", compression="group4", dpi=(dpi, dpi))
    return out.getvalue()


def encode(picture: Grey, scan: Scan, dpi: float) -> tuple[bytes, str]:
    """The file that the scanner writes, and the suffix of its name."""
    if scan.threshold > 0:
        return encode_g4(picture, dpi), ".tif"
    return encode_jpeg(picture, scan.jpeg_quality), ".jpg"
