"""A round red seal as an organ stamps it: rings, a star, letters along the ring; never inked quite alike twice.

Sizes are about those of organs' seals, no clause prescribes one for ballots. What the reader looks for is unknown here.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.paper.layout import Rect
from ballot_scan.rehearsal.chance import Grey, Range, between
from ballot_scan.rehearsal.ink import cut, grain

_FINE = 3  # drawn so many times finer than the page, then averaged down
_SHIFT = 4  # binary places of the points that OpenCV draws


@dataclass(frozen=True, slots=True)
class StampModel:
    """Ranges (least, greatest), drawn uniformly; rates are shares of ballots, 0-1.

    ``ink``: share of the light that full ink takes; ``leaning``: how much less one side of the seal has; ``dry``:
    share of the ink that the pad did not give; ``red``, ``green``, ``blue``: light that full ink lets through, 0-1.
    """

    missing_rate: float = 0.02
    diameter_mm: Range = (30.0, 38.0)
    shift_mm: float = 6.0  # from the middle of its place, at most, across and down
    turn_deg: Range = (-40.0, 40.0)
    ink: Range = (0.5, 1.0)
    leaning: Range = (0.0, 0.5)
    dry: Range = (0.0, 0.35)
    smear_mm: Range = (0.0, 0.25)
    red: Range = (0.72, 0.95)
    green: Range = (0.1, 0.42)
    blue: Range = (0.12, 0.5)


CAREFUL = StampModel()
CARELESS = StampModel(
    missing_rate=0.1, shift_mm=15.0, turn_deg=(-180.0, 180.0), ink=(0.2, 1.0), leaning=(0.0, 1.0), dry=(0.1, 0.6),
    smear_mm=(0.0, 0.45),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stamp:
    """One seal as stamped; as in ``StampModel``, drawn. ``light``: what full ink lets through, blue, green, red."""

    x_mm: float
    y_mm: float
    diameter_mm: float = 36.0
    turn_deg: float = 0.0
    ink: float = 1.0
    leaning: float = 0.0
    leaning_deg: float = 0.0
    dry: float = 0.0
    smear_mm: float = 0.1
    light: tuple[float, float, float] = (0.25, 0.2, 0.85)


def draw_stamp(model: StampModel, place_mm: Rect, rng: np.random.Generator) -> Stamp | None:
    """One seal by the model; None on a ballot that got none."""
    missing = rng.random() < model.missing_rate
    x, y, w, h = place_mm
    off = rng.uniform(-model.shift_mm, model.shift_mm, 2)
    stamp = Stamp(
        x + w / 2 + float(off[0]), y + h / 2 + float(off[1]), between(rng, model.diameter_mm),
        between(rng, model.turn_deg), between(rng, model.ink), between(rng, model.leaning), rng.uniform(0, 360),
        between(rng, model.dry), between(rng, model.smear_mm),
        (between(rng, model.blue), between(rng, model.green), between(rng, model.red)),
    )  # fmt: skip
    return None if missing else stamp


def cover(stamp: Stamp, shape: tuple[int, ...], dpi: float, rng: np.random.Generator) -> Grey:
    """(height, width) uint8: how much of full ink, 0-255, lies on each pixel of a page of that shape."""
    scale = dpi / 25.4
    half = int(np.ceil((stamp.diameter_mm / 2 + 2) * scale))
    cx, cy = round(stamp.x_mm * scale), round(stamp.y_mm * scale)
    face = _face(stamp, half, scale, rng)
    sheet = np.zeros(shape[:2], dtype=np.uint8)
    x0, y0 = max(cx - half, 0), max(cy - half, 0)
    x1, y1 = min(cx + half, shape[1]), min(cy + half, shape[0])
    if x1 > x0 and y1 > y0:
        sheet[y0:y1, x0:x1] = face[y0 - cy + half : y1 - cy + half, x0 - cx + half : x1 - cx + half]
    return sheet


def _face(stamp: Stamp, half: int, scale: float, rng: np.random.Generator) -> Grey:
    """(2 half, 2 half) what the seal leaves."""
    unit, side = scale * _FINE, 2 * half * _FINE
    lines = _lines(stamp, side / 2, unit, rng)
    if stamp.smear_mm > 0.02:
        lines = np.asarray(cv2.GaussianBlur(lines, (0, 0), stamp.smear_mm * unit), dtype=np.uint8)
    small = cv2.resize(lines, (2 * half, 2 * half), interpolation=cv2.INTER_AREA)
    ink = np.asarray(small, dtype=np.float32) * np.float32(stamp.ink)
    turn = np.deg2rad(stamp.leaning_deg)
    y, x = np.mgrid[-half:half, -half:half].astype(np.float32) / np.float32(stamp.diameter_mm / 2 * scale)
    ink *= np.clip(
        1 - stamp.leaning * (0.5 + 0.7 * (x * np.float32(np.cos(turn)) + y * np.float32(np.sin(turn)))), 0, 1
    )
    for spread, deep in ((1.2, 0.5), (9.0, 1.0)):  # the paper's tooth; places where the pad was dry
        tile = cut(grain(spread, round(spread * 10)), 2 * half, 2 * half, rng).astype(np.float32) / 255
        ink *= np.clip(1 - deep * np.clip((stamp.dry - tile) * 4 + 0.15, 0, 1), 0, 1)
    return np.asarray(np.clip(ink, 0, 255), dtype=np.uint8)


def _lines(stamp: Stamp, middle: float, unit: float, rng: np.random.Generator) -> Grey:
    """The cut face: two rings, a star, letters between the rings and in two lines below the star. 255: inked."""
    face = np.zeros((int(2 * middle), int(2 * middle)), dtype=np.uint8)
    radius, turn = stamp.diameter_mm / 2, np.deg2rad(stamp.turn_deg)
    inner = radius * rng.uniform(0.6, 0.72)
    for r, wide in ((radius - 0.5, rng.uniform(0.7, 1.2)), (inner, rng.uniform(0.25, 0.5))):
        centre = (round(middle * 2**_SHIFT), round(middle * 2**_SHIFT))
        cv2.circle(face, centre, round(r * unit * 2**_SHIFT), 255, max(1, round(wide * unit)), cv2.LINE_AA, _SHIFT)
    tips = np.deg2rad(np.arange(10) * 36 - 90) + turn
    reach = np.where(np.arange(10) % 2 == 0, 0.36, 0.14) * radius
    star = np.column_stack([np.cos(tips), np.sin(tips)]) * reach[:, None] * unit + middle
    cv2.fillPoly(face, [np.rint(star).astype(np.int32)], 255, cv2.LINE_AA)
    letter = (radius - 1.2 - inner) * 0.62
    at = 0.0
    while at < 2 * np.pi * (1 - 0.8 / radius):
        if rng.random() < 0.82:  # else the gap between two words
            angle = turn + at
            out = np.array([np.cos(angle), np.sin(angle)])
            _letter(face, out * (inner + radius - 1.2) / 2, out, letter, middle, unit, rng)
        at += letter * 0.95 / radius
    down = np.array([-np.sin(turn), np.cos(turn)])
    for line in (0.3, 0.45):
        for step in np.arange(-0.38, 0.38, 0.11) * radius:
            place = down * line * radius + np.array([down[1], -down[0]]) * step
            _letter(face, place, -down, letter * 0.6, middle, unit, rng)
    return face


def _letter(
    face: Grey, place: NDArray[np.float64], up: NDArray[np.float64], high: float, middle: float, unit: float,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """Two or three bars, as letters have, about a place in mm from the middle; ``up``: a letter's upward direction."""
    across = np.array([-up[1], up[0]])
    for _ in range(int(rng.integers(2, 4))):
        ends = rng.choice([-0.5, 0.0, 0.5], (2, 2)) * (high * 0.7, high)
        a, b = (np.rint((place + across * e[0] + up * e[1]) * unit + middle).astype(int).tolist() for e in ends)
        cv2.line(face, a, b, 255, max(1, round(0.35 * unit)), cv2.LINE_AA)
