"""A scan with letters: what was found is drawn onto a smaller picture of it, and told on a panel beside it."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ballot_scan.scan.pictures import Grey

Colour = tuple[int, int, int]

_HIGH_PX, _WIDE_PX = 1500, 2400
_GROUND: Colour = (246, 246, 244)
_FRINGE_PX = 24  # room for what lies beyond the picture
_PANEL_PX = 620


class Lettered:
    """Draws in pixels of the scan ``grey`` (h, w) uint8; letters are those of the ``font`` file."""

    def __init__(self, grey: Grey, font: Path) -> None:
        from PIL import Image, ImageDraw, ImageFont

        self.scale = min(_HIGH_PX / grey.shape[0], _WIDE_PX / grey.shape[1])
        size = (max(1, round(grey.shape[1] * self.scale)), max(1, round(grey.shape[0] * self.scale)))
        small = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        width = size[0] + 2 * _FRINGE_PX + _PANEL_PX
        self.image: Any = Image.new("RGB", (width, _HIGH_PX + 2 * _FRINGE_PX), _GROUND)
        self.image.paste(Image.fromarray(small).convert("RGB"), (_FRINGE_PX, _FRINGE_PX))
        self.draw: Any = ImageDraw.Draw(self.image)
        self.panel_x = size[0] + 2 * _FRINGE_PX + 8
        truetype: Any = ImageFont.truetype
        self._font: Callable[[int], Any] = lambda px: truetype(str(font), px)

    @property
    def high(self) -> int:
        """Pixels from the top of the picture to its foot."""
        return _HIGH_PX + 2 * _FRINGE_PX

    def at(self, point: Any) -> tuple[float, float]:
        """Where a pixel of the scan lies."""
        return (float(point[0] + 0.5) * self.scale + _FRINGE_PX, float(point[1] + 0.5) * self.scale + _FRINGE_PX)

    def polygon(self, points: Any, colour: Colour, width: int = 2) -> None:
        """The outline of an area of the scan."""
        placed = [self.at(p) for p in points]
        self.draw.line([*placed, placed[0]], fill=colour, width=width)

    def text(self, x: float, y: float, words: str, px: int, colour: Colour, anchor: str = "la") -> None:
        self.draw.text((x, y), words, font=self._font(px), fill=colour, anchor=anchor)

    def wrapped(self, x: float, y: float, words: str, px: int, colour: Colour, width: float) -> float:
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

    def told(self, y: float, words: str, px: int, colour: Colour, mark: Colour | None = None) -> float:
        """Words on the panel, behind a dot where they have a ``mark``; returns where the next line begins."""
        aside = 22 if mark is not None else 0
        self._make_room(y + px * 1.3 * (2 + 1.2 * self._font(px).getlength(words) / (_PANEL_PX - 30 - aside)))
        if mark is not None:
            self.draw.ellipse([self.panel_x, y + 5, self.panel_x + 12, y + 17], fill=mark)
        return self.wrapped(self.panel_x + aside, y, words, px, colour, _PANEL_PX - 30 - aside)

    def _make_room(self, y: float) -> None:
        """Make the picture longer where the panel is full."""
        from PIL import Image, ImageDraw

        if y > self.image.height:
            longer = Image.new("RGB", (self.image.width, round(y) + _FRINGE_PX), _GROUND)
            longer.paste(self.image, (0, 0))
            self.image, self.draw = longer, ImageDraw.Draw(longer)

    def png(self) -> bytes:
        """The whole as a PNG."""
        out = io.BytesIO()
        self.image.save(out, "PNG", optimize=False)
        return out.getvalue()
