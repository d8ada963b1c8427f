"""What happens to a sheet before it lies in the scanner: weak toner, folds, rubbings, show-through, holes, torn edges.

Every function changes ``sheet`` (height, width; grey, 255 = paper) in place; ``scale`` is pixels per millimetre.
"""

from __future__ import annotations

import functools

import cv2
import numpy as np

from ballot_scan.rehearsal.chance import Grey
from ballot_scan.rehearsal.ink import cut, grain

_KNOT_MM, _ASIDE_MM = 30.0, 0.02  # of crumpled paper: how far apart it moves on its own, and by how much a grey level


@functools.cache
def _cloud() -> Grey:
    """(256, 256) soft noise that repeats at its edges."""
    rng = np.random.Generator(np.random.SFC64(7))
    rough = cv2.copyMakeBorder(rng.standard_normal((256, 256), dtype=np.float32), 64, 64, 64, 64, cv2.BORDER_WRAP)
    soft = sum(cv2.GaussianBlur(rough, (0, 0), s)[64:-64, 64:-64] * s for s in (2.0, 5.0, 13.0))
    return np.asarray(np.clip(128 + 55 * soft / np.std(soft), 0, 255), dtype=np.uint8)


def _darken(patch: Grey, factor: Grey) -> None:
    patch[:] = cv2.multiply(patch, factor, scale=1 / 255)


def weaken_print(sheet: Grey, strength: float, rng: np.random.Generator) -> None:
    """Toner that covers badly: print turns grey in clouds and breaks up in specks; before anybody marks the sheet."""
    height, width = sheet.shape
    cloud = cv2.resize(cut(_cloud(), height // 8 + 1, width // 8 + 1, rng), (width, height))
    floor = cv2.convertScaleAbs(cloud, alpha=strength * 0.75)
    holes = cut(grain(1.3, 3), height, width, rng)
    cut_off = 255 - int(110 * strength)
    lut = np.clip((np.arange(256) - cut_off) * 4, 0, 200).astype(np.uint8)
    np.maximum(sheet, cv2.max(floor, cv2.LUT(holes, lut)), out=sheet)


def show_through(sheet: Grey, behind: Grey, strength: float) -> None:
    """The marks of another page ``behind`` (same shape), mirrored and pale."""
    pale = cv2.convertScaleAbs(cv2.flip(behind, 1), alpha=strength, beta=255 * (1 - strength))
    _darken(sheet, np.asarray(cv2.blur(pale, (3, 3)), dtype=np.uint8))


def fold(sheet: Grey, scale: float, rng: np.random.Generator) -> None:
    """A crease right across: a thin line, dark where it throws a shadow, white where the toner has flaked off."""
    height, width = sheet.shape
    upright = rng.random() < 0.3
    along, across = (height, width) if upright else (width, height)
    place = rng.choice([1 / 3, 1 / 2, 2 / 3, rng.uniform(0.1, 0.9)]) * across + rng.normal(0, 3 * scale)
    rise = rng.normal(0, 1.5 * scale)
    half = int(4 + 0.8 * scale + abs(rise) / 2)
    low, high = max(int(place) - half, 0), min(int(place) + half, across)
    if high <= low:
        return
    view = sheet.T[low:high] if upright else sheet[low:high]
    mask = np.zeros((high - low, along), dtype=np.uint8)
    n = 24
    xs = np.linspace(0, along, n)
    ys = place - low + rise * (xs / along - 0.5) + rng.normal(0, 0.08 * scale, n)
    knots = np.rint(np.stack([xs, ys], axis=1) * 16).astype(np.int32)
    width_px = max(round(rng.uniform(0.12, 0.45) * scale), 1)
    cv2.polylines(mask, [knots], False, 255, width_px, cv2.LINE_AA, 4)
    flaked = cv2.multiply(mask, cut(grain(1.3, 4), high - low, along, rng), scale=rng.uniform(0.9, 1.6) / 255)
    strip = np.ascontiguousarray(view)
    np.maximum(strip, flaked, out=strip)  # flaked first: the crease opens the print …
    shadow = cv2.GaussianBlur(mask, (0, 0), max(0.12 * scale, 0.5))
    shadow = cv2.multiply(shadow, cut(_cloud(), high - low, along, rng), scale=1.5 / 255)
    _darken(strip, np.asarray(cv2.convertScaleAbs(shadow, alpha=-rng.uniform(0.08, 0.5), beta=255), dtype=np.uint8))
    view[:] = strip  # … then its shadow lies over it


def crumple(sheet: Grey, depth: float, scale: float, rng: np.random.Generator) -> None:
    """Soft shadows all over, as much handled paper throws them, ``depth`` in grey levels; and nothing lies quite where
    it was printed, the less so the deeper they are."""
    height, width = sheet.shape
    knots = (2, round(height / scale / _KNOT_MM) + 2, round(width / scale / _KNOT_MM) + 2)
    aside = rng.spawn(1)[0].normal(0, depth * _ASIDE_MM * scale, knots).astype(np.float32)
    across, down = (cv2.resize(part, (width, height), interpolation=cv2.INTER_CUBIC) for part in aside)
    across += np.arange(width, dtype=np.float32)
    down += np.arange(height, dtype=np.float32)[:, None]
    sheet[:] = cv2.remap(sheet, across, down, cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE)
    coarse = cv2.convertScaleAbs(cut(_cloud(), height // 6 + 1, width // 6 + 1, rng), alpha=-depth / 160, beta=255)
    _darken(sheet, np.asarray(cv2.resize(coarse, (width, height)), dtype=np.uint8))


def rub(sheet: Grey, scale: float, rng: np.random.Generator) -> None:
    """A smudge, as a hand leaves: 8-45 mm long, cloudy, ending nowhere in particular."""
    height, width = sheet.shape
    w, h = round(rng.uniform(8, 45) * scale), round(rng.uniform(5, 18) * scale)
    x, y = int(rng.integers(0, max(width - w, 1))), int(rng.integers(0, max(height - h, 1)))
    patch = sheet[y : y + h, x : x + w]
    h, w = patch.shape
    bell = np.outer(np.sin(np.linspace(0, np.pi, h)), np.sin(np.linspace(0, np.pi, w))).astype(np.float32)
    streaky = cv2.resize(cut(_cloud(), h // 3 + 1, w // 9 + 1, rng), (w, h)).astype(np.float32) / 255
    depth = rng.uniform(0.05, 0.28) * bell * streaky
    _darken(patch, (255 - 255 * depth).astype(np.uint8))


def punch(sheet: Grey, scale: float, bed: int) -> None:
    """Two filing holes, 80 mm apart, at the left edge: the bed is seen through them."""
    for offset in (-40, 40):
        centre = (round(12 * scale), round(sheet.shape[0] / 2 + offset * scale))
        cv2.circle(sheet, centre, round(2.9 * scale), bed, -1, cv2.LINE_AA)
        cv2.circle(sheet, centre, round(2.9 * scale), min(bed, 190), 1, cv2.LINE_AA)


def tear(sheet: Grey, size_mm: float, scale: float, bed: int, rng: np.random.Generator) -> None:
    """One corner gone, along a ragged line."""
    height, width = sheet.shape
    a, b = size_mm * scale, size_mm * scale * rng.uniform(0.6, 1.4)
    t = np.linspace(0, 1, 9)[:, None]
    rim = (1 - t) * (a, 0) + t * (0, b) + rng.normal(0, 0.5 * scale, (9, 2))
    points = np.concatenate([[(-9, -9), (a, -9)], rim, [(-9, b)]])
    if rng.random() < 0.5:
        points[:, 0] = width - 1 - points[:, 0]
    if rng.random() < 0.5:
        points[:, 1] = height - 1 - points[:, 1]
    outline = [np.rint(points).astype(np.int32)]
    cv2.fillPoly(sheet, outline, bed, cv2.LINE_AA)
    cv2.polylines(sheet, [outline[0][2:-1]], False, min(bed, 200), 1, cv2.LINE_AA)


def blot(sheet: Grey, size_mm: float, scale: float, rng: np.random.Generator) -> None:
    """Ink spilt over one corner marker."""
    height, width = sheet.shape
    x = rng.uniform(9, 18) * scale if rng.random() < 0.5 else width - rng.uniform(9, 18) * scale
    y = rng.uniform(9, 18) * scale if rng.random() < 0.5 else height - rng.uniform(9, 18) * scale
    angle = np.linspace(0, 2 * np.pi, 14)[:-1]
    radius = size_mm / 2 * scale * rng.uniform(0.6, 1.2, 13)
    points = np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], axis=1)
    cv2.fillPoly(sheet, [np.rint(points).astype(np.int32)], float(rng.uniform(10, 90)), cv2.LINE_AA)


def rim(sheet: Grey) -> None:
    """The edge of the paper: a faint shadow, as bright beds show it."""
    for edge in (sheet[:1], sheet[-1:], sheet[:, :1], sheet[:, -1:]):
        edge[:] = np.minimum(edge, 205)
