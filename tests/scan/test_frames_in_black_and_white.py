"""Frames in black and white scans: their lines are whole pixels broad, and which of them are broader is chance."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from helpers.reading import CHOICES, Picture, book, crosses, middle, plain_and_right, stroke, turned

from ballot_scan.records import Doubt, PageReading
from ballot_scan.scan.reader import read

ROW, OTHER = 4, (CHOICES[4] + 1) % 3
SIDE_MM = 3.4  # from the middle of a box to its frame's line


def look(page: Picture, dpi: int) -> PageReading:
    """The reading of a page, made for 200 dpi, that is scanned in black and white."""
    small = cv2.resize(page, None, fx=dpi / 200, fy=dpi / 200, interpolation=cv2.INTER_AREA)
    return read(np.where(small < 128, 0, 255).astype(np.uint8), book(12, blanks=True))


def go_over(page: Picture, points: list[tuple[float, float]], width_mm: float) -> None:
    x, y = middle(ROW, OTHER)
    for a, b in pairwise(points):
        stroke(page, (x + a[0], y + a[1]), (x + b[0], y + b[1]), width_mm=width_mm, ink=30)


@pytest.mark.parametrize("dpi", [150, 200, 300])
@pytest.mark.parametrize("degrees", [0.0, 0.2, 0.5, -0.8])
def test_lines_that_are_a_pixel_broader_by_chance_are_neither_gone_over_nor_faded(dpi: int, degrees: float) -> None:
    page = turned(crosses(width_mm=0.6, ink=30), degrees, grow=1.05)
    reading = look(page, dpi)
    assert plain_and_right(reading), [(row.row, [b.doubts for b in row.boxes]) for row in reading.rows if row.findings]


@pytest.mark.parametrize("dpi", [200, 300])
@pytest.mark.parametrize("width_mm", [0.5, 0.9])
def test_a_frame_that_a_pen_went_over_goes_to_people(dpi: int, width_mm: float) -> None:
    page = crosses(width_mm=0.6, ink=30)
    d = SIDE_MM
    go_over(page, [(-d - 0.1, -d), (d, -d + 0.1), (d, d), (-d, d + 0.1), (-d, -d)], width_mm)
    assert Doubt.GONE_OVER in look(page, dpi).rows[ROW].boxes[OTHER].doubts


@pytest.mark.parametrize("dpi", [150, 200, 300])
@pytest.mark.parametrize("left", [0.35, 0.5, 0.6])
def test_a_frame_of_which_parts_are_gone_where_others_are_whole_is_faded(dpi: int, left: float) -> None:
    """A mark lost where the frame was lost would be lost in silence."""
    page = crosses(width_mm=0.6, ink=30)
    x, y = middle(ROW, OTHER)
    scale = 200 / 25.4
    for side in (-SIDE_MM, SIDE_MM):
        at = round((y + side) * scale)
        for start in (-2.6, -0.8, 1.0):
            gap = slice(round((x + start) * scale), round((x + start + 1.8 * (1 - left)) * scale))
            page[at - 4 : at + 5, gap] = 255
    (doubt,) = look(page, dpi).rows[ROW].boxes[OTHER].doubts
    assert doubt in (Doubt.FADED_FRAME, Doubt.NO_FRAME)


def test_a_frame_that_is_nearly_gone_where_others_are_whole_goes_to_people() -> None:
    page = crosses(width_mm=0.6, ink=30)
    x, y = middle(ROW, OTHER)
    scale = 200 / 25.4
    for side in (-SIDE_MM, SIDE_MM):
        at = round((y + side) * scale)
        page[at - 4 : at + 5, round((x - 2.8) * scale) : round((x + 2.8) * scale)] = 255
    assert look(page, 200).rows[ROW].findings
