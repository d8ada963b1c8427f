"""The picture of a calibration: the scan with what was measured drawn into it, and the verdict beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ballot_scan.paper.calibration_sheet import CalibrationSheet
from ballot_scan.paper.layout import Rect
from ballot_scan.scan.calibration_measure import Measured
from ballot_scan.scan.calibration_read import Placed
from ballot_scan.scan.lettered import Lettered
from ballot_scan.scan.pictures import Grey
from ballot_scan.scan.registration import corners_mm

_COLOURS = {"good": (24, 128, 56), "usable": (178, 106, 0), "not-usable": (190, 24, 30)}
_STATES = {"marked": (24, 128, 56), "empty": (30, 100, 200), "unsure": (178, 106, 0)}


@dataclass(frozen=True, slots=True)
class Words:
    """What stands beside the picture: a title, and lines with their level."""

    title: str
    lines: Sequence[tuple[str, str]]


def picture(grey: Grey, placed: Placed, sheet: CalibrationSheet, m: Measured, words: Words, font: Path) -> bytes:
    """A PNG: the outline of the sheet, markers, grey fields with their darkness, line pairs, boxes as they were
    read, streaks; beside it the verdict."""
    d = Lettered(grey, font)
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
        d.draw.line([(x, 4), (x, d.high - 4)], fill=_COLOURS["not-usable"], width=1)
        d.text(x, 2, f"{streak:.0f}", 14, _COLOURS["not-usable"], "ma")
    _panel(d, words)
    return d.png()


def _px(placed: Placed, rect: Rect) -> Any:
    return placed.registration.points_px(corners_mm(rect))


def _panel(d: Lettered, words: Words) -> None:
    y = d.told(30, words.title, 26, (20, 20, 20)) + 16
    for level, line in words.lines:
        y = d.told(y, line, 18, (30, 30, 30), _COLOURS[level]) + 8
