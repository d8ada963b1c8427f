"""A scan in colour: the sheet as it is in blue, green and red light, each seen by the same scanner at the same time.

The three pictures share the sheet's place, feed, streaks and dust; each has its own light (a cast), its own noise, and
lies a little off along the feed, which fringes the print. JPEG then keeps colours at half the resolution.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.rehearsal import scanner
from ballot_scan.rehearsal.chance import Grey, Range, between
from ballot_scan.rehearsal.conditions import Scan
from ballot_scan.rehearsal.stamp import Stamp, cover

Colour = NDArray[np.uint8]  # (height, width, 3), blue, green, red

PENS = {"blue": (0.25, 0.9, 1.6), "black": (1.0, 1.0, 1.0), "red": (1.3, 1.3, 0.15)}  # darkness by light, of grey's


@dataclass(frozen=True, slots=True)
class Light:
    """How a colour scan differs between blue, green and red. ``gains``: of paper's white; ``fringe_px``: how far blue
    and red lie off green along the feed; ``noise``: standard deviation of each channel's own; ``pen``: see ``PENS``."""

    gains: tuple[float, float, float] = (1.0, 1.0, 1.0)
    fringe_px: tuple[float, float] = (0.0, 0.0)
    noise: float = 1.5
    pen: str = "blue"


def draw_light(rng: np.random.Generator, cast: Range = (0.86, 1.0), fringe: Range = (-0.4, 0.4)) -> Light:
    """Lamps are yellowish, bluish or plain; pens mostly blue."""
    gains = sorted(between(rng, cast) for _ in range(3))
    kind = rng.random()
    blue, green, red = gains if kind < 0.6 else gains[::-1] if kind < 0.8 else [gains[1]] * 3
    pen = "blue" if rng.random() < 0.75 else "black"
    return Light((blue, green, red), (between(rng, fringe), between(rng, fringe)), between(rng, (0.3, 3.0)), pen)


def sheet_in_colour(
    printed: Grey, marked: Grey, pen: str, stamp: Stamp | None, dpi: float, rng: np.random.Generator
) -> Colour:
    """(height, width, 3) the sheet: ``printed`` (height, width; grey) is black in any light; what ``marked`` adds has
    the pen's colour; the seal is red."""
    added = np.minimum(marked.astype(np.float32) + 1, printed.astype(np.float32) + 1) / (printed.astype(np.float32) + 1)
    ink = cover(stamp, printed.shape, dpi, rng).astype(np.float32) / 255 if stamp is not None else np.float32(0)
    channels = []
    for index, strength in enumerate(PENS[pen]):
        through = printed.astype(np.float32) * added ** np.float32(strength)
        if stamp is not None:
            through *= 1 - ink * np.float32(1 - stamp.light[index])
        channels.append(np.rint(np.clip(through, 0, 255)).astype(np.uint8))
    return np.asarray(cv2.merge(channels), dtype=np.uint8)


def scan_in_colour(
    sheet: Colour, scan: Scan, light: Light, rng: np.random.Generator, *, dpi: float, behind: Grey | None = None
) -> Colour:
    """The picture of a sheet (height, width, 3; not changed): see ``scanner.scan_page``. Never of two levels."""
    state = rng.bit_generator.state
    channels = []
    for index, gain in enumerate(light.gains):
        rng.bit_generator.state = state  # one sheet, one pass: the same place, feed, streaks and dust
        mine = replace(scan, white=scan.white * gain, threshold=0.0)
        seen = scanner.scan_page(np.ascontiguousarray(sheet[:, :, index]), mine, rng, dpi=dpi, behind=behind)
        channels.append(_shifted(seen, light.fringe_px[index // 2] if index != 1 else 0.0))
    own = [scanner.add_noise(channel, light.noise, rng) if light.noise >= 0.05 else channel for channel in channels]
    return np.asarray(cv2.merge(own), dtype=np.uint8)


def _shifted(picture: Grey, by_px: float) -> Grey:
    if abs(by_px) < 0.02:
        return picture
    matrix = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, by_px]])
    size = (picture.shape[1], picture.shape[0])
    moved = cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, dtype=np.uint8)
