"""The picture of a calibration: the scan with what was measured drawn into it, and the verdict beside it."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ballot_scan.paper.calibration_sheet import CalibrationSheet
from ballot_scan.paper.layout import Rect
from ballot_scan.scan.calibration_measure import Measured
from ballot_scan.scan.calibration_read import Placed
from ballot_scan.scan.registration import Grey, corners_mm

_HIGH_PX = 1500
_FRINGE_PX = 24  # room for what lies beyond the picture
_PANEL_PX = 620
_COLOURS = {"good": (24, 128, 56), "usable": (178, 106, 0), "not-usable": (190, 24, 30)}
_STATES = {"marked": (24, 128, 56), "empty": (30, 100, 200), "unsure": (178, 106, 0)}


@dataclass(frozen=True, slots=True)
class Words:
    """What stands beside the picture: a title, and lines with their level."""

    title: str
    lines: Sequence[tuple[str, str]]


class _Drawing:
    """Draws in pixels of the scan onto a smaller picture."""

    def __init__(self, grey: Grey, font: Path) -> None:
        from PIL import Image, ImageDraw, ImageFont

        self.scale = _HIGH_PX / grey.shape[0]
        size = (round(grey.shape[1] * self.scale), _HIGH_PX)
        small = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        width = size[0] + 2 * _FRINGE_PX + _PANEL_PX
        self.image: Any = Image.new("RGB", (width, _HIGH_PX + 2 * _FRINGE_PX), (246, 246, 244))
        self.image.paste(Image.fromarray(small).convert("RGB"), (_FRINGE_PX, _FRINGE_PX))
        self.draw: Any = ImageDraw.Draw(self.image)
        self.panel_x = size[0] + 2 * _FRINGE_PX + 8
        truetype: Any = ImageFont.truetype
        self._font: Callable[[int], Any] = lambda px: truetype(str(font), px)

    def at(self, point: Any) -> tuple[float, float]:
        return (float(point[0] + 0.5) * self.scale + _FRINGE_PX, float(point[1] + 0.5) * self.scale + _FRINGE_PX)

    def polygon(self, points: Any, colour: tuple[int, int, int], width: int = 2) -> None:
        placed = [self.at(p) for p in points]
        self.draw.line([*placed, placed[0]], fill=colour, width=width)

    def text(self, x: float, y: float, words: str, px: int, colour: tuple[int, int, int], anchor: str = "la") -> None:
        self.draw.text((x, y), words, font=self._font(px), fill=colour, anchor=anchor)

    def wrapped(self, x: float, y: float, words: str, px: int, colour: tuple[int, int, int], width: float) -> float:
        """Words in lines of at most ``width``; returns where the next line begins."""
        font, line = self._font(px), ""
        for word in words.split():
            longer = f"{line} {word}".strip()
            if line and font.getlength(longer) > width:
                self.text(x, y, line, px, colour)
                y, line = y + px * 1.3, word
            else:
                line = longer
        self.text(x, y, line, px, colour)
        return y + px * 1.3


def picture(grey: Grey, placed: Placed, sheet: CalibrationSheet, m: Measured, words: Words, font: Path) -> bytes:
    """A PNG: the outline of the sheet, markers, grey fields with their darkness, line pairs, boxes as they were
    read, streaks; beside it the verdict."""
    d = _Drawing(grey, font)
    width, height = sheet.page_size_mm
    d.polygon(_px(placed, (0, 0, width, height)), (200, 30, 160), 2)
    for marker in placed.markers:
        d.polygon(marker.corners_px, (24, 128, 56), 3)
    for rect in sheet.strips_mm:
        d.polygon(_px(placed, rect), (150, 190, 230), 1)
    tones = dict(m.tones)
    for field in sheet.fields:
        x, y, w, h = field.rect_mm
        middle = d.at(_px(placed, (x + w / 2, y + h / 2, 0, 0))[0])
        colour = (255, 255, 255) if field.percent > 50 else (10, 10, 10)
        d.text(*middle, f"{tones[field.percent] * 100:.0f}", 15, colour, "mm")
    for pair in sheet.pairs:
        seen = pair.width_mm >= m.resolved_mm[0 if pair.upright else 1] - 1e-9
        d.polygon(_px(placed, pair.rect_mm), _COLOURS["good" if seen else "not-usable"], 2)
    per_mm = float(np.mean(placed.px_per_mm))
    half = 4.4 * per_mm
    for x, y, state in m.boxes:
        corners = [(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)]
        d.polygon(corners, _STATES[state], 2)
    for streak in m.streaks_mm:
        x, _ = d.at((streak * per_mm, 0))
        d.draw.line([(x, 4), (x, _HIGH_PX + 2 * _FRINGE_PX - 4)], fill=_COLOURS["not-usable"], width=1)
        d.text(x, 2, f"{streak:.0f}", 14, _COLOURS["not-usable"], "ma")
    _panel(d, words)
    out = io.BytesIO()
    d.image.save(out, "PNG", optimize=False)
    return out.getvalue()


def _px(placed: Placed, rect: Rect) -> Any:
    return placed.registration.points_px(corners_mm(rect))


def _panel(d: _Drawing, words: Words) -> None:
    y = d.wrapped(d.panel_x, 30, words.title, 26, (20, 20, 20), _PANEL_PX - 30) + 16
    for level, line in words.lines:
        d.draw.ellipse([d.panel_x, y + 5, d.panel_x + 12, y + 17], fill=_COLOURS[level])
        y = d.wrapped(d.panel_x + 22, y, line, 18, (30, 30, 30), _PANEL_PX - 60) + 8
