"""Black and white scans in halftone, as "photo" settings make them, are read as the grey scans they stand for."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from helpers.reading import CHOICES, Picture, book, crosses, middle, plain_and_right, stroke, turned
from PIL import Image

from ballot_scan.records import PageReading, Rule
from ballot_scan.scan.explain import see
from ballot_scan.scan.halftone import smoothed
from ballot_scan.scan.profile import DEFAULT
from ballot_scan.scan.reader import read

ROW = 4
PAPER = 244
BAYER = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]])


def diffused(grey: Picture) -> Picture:
    """Error diffusion after Floyd and Steinberg (Proc. SID 17(2), 1976)."""
    return np.where(np.asarray(Image.fromarray(grey).convert("1")), 255, 0).astype(np.uint8)


def ordered(grey: Picture) -> Picture:
    """Ordered dither after Bayer (IEEE ICC 1973)."""
    rows, columns = np.indices(grey.shape) % 4
    return np.where(grey > (BAYER[rows, columns] + 0.5) * 16, 255, 0).astype(np.uint8)


HALFTONES = {"error diffusion": diffused, "ordered dither": ordered}


def scanned(page: Picture, kind: str, dpi: int) -> PageReading:
    size = cv2.resize(turned(page, 0.4, grow=1.03), None, fx=dpi / 200, fy=dpi / 200, interpolation=cv2.INTER_AREA)
    toned = (np.asarray(size, np.float64) * PAPER / 255 + np.random.default_rng(5).normal(0, 2, size.shape)).clip(
        0, 255
    )
    return read(HALFTONES[kind](toned.astype(np.uint8)), book(blanks=True))


@pytest.mark.parametrize("kind", HALFTONES)
@pytest.mark.parametrize("dpi", [200, 300])
@pytest.mark.parametrize(("width_mm", "ink"), [(0.45, 60), (0.45, 110), (0.6, 30)])
def test_clear_marks_need_nobody(kind: str, dpi: int, width_mm: float, ink: int) -> None:
    reading = scanned(crosses(width_mm=width_mm, ink=ink), kind, dpi)
    assert plain_and_right(reading), (reading.reason, reading.findings, [row.findings for row in reading.rows])


@pytest.mark.parametrize("kind", HALFTONES)
@pytest.mark.parametrize("dpi", [200, 300])
def test_a_second_mark_in_pencil_and_a_pen_s_rest_go_to_people(kind: str, dpi: int) -> None:
    page = crosses(width_mm=0.45, ink=60)
    x, y = middle(ROW, (CHOICES[ROW] + 1) % 3)
    stroke(page, (x - 2.0, y - 2.0), (x + 2.0, y + 2.0), width_mm=0.5, ink=150)
    stroke(page, (x + 2.0, y - 2.0), (x - 2.0, y + 2.0), width_mm=0.5, ink=150)
    x, y = middle(ROW + 2, (CHOICES[ROW + 2] + 1) % 3)
    stroke(page, (x, y), (x + 0.3, y + 0.2), width_mm=0.7, ink=60)
    reading = scanned(page, kind, dpi)
    assert reading.rows[ROW].findings
    assert reading.rows[ROW + 2].findings


@pytest.mark.parametrize("noise", [0.004, 0.012, 0.02])
@pytest.mark.parametrize("dpi", [200, 300])
def test_a_noisy_black_and_white_scan_is_none(noise: float, dpi: int) -> None:
    """What a bound left of a pencil in it would be smoothed away."""
    page = crosses(width_mm=0.45, ink=60)
    small = cv2.resize(page, None, fx=dpi / 200, fy=dpi / 200, interpolation=cv2.INTER_AREA)
    rng = np.random.default_rng(2)
    noisy = np.where((small < 150) | (rng.random(small.shape) < noise), 0, 255).astype(np.uint8)
    assert smoothed(noisy, dpi / 25.4) is noisy


def test_a_picture_of_no_paper_is_none() -> None:
    for grey in (np.zeros((60, 60), np.uint8), np.full((41, 900), 255, np.uint8)):
        assert smoothed(grey, 8.0) is grey


def test_explain_shows_what_was_read_of_one() -> None:
    page = cv2.resize(turned(crosses(ink=60), 0.4, grow=1.03), None, fx=1.0, fy=1.0)
    sight = see(diffused((np.asarray(page, np.float64) * PAPER / 255).astype(np.uint8)), book(blanks=True), DEFAULT)
    assert sight.agrees
    assert {box.state for row in sight.rows for box in row.boxes} == {"marked", "empty"}


@pytest.mark.parametrize("kind", HALFTONES)
def test_writing_on_one_goes_to_people(kind: str) -> None:
    page = crosses(width_mm=0.45, ink=60)
    for n in range(6):
        stroke(page, (60.0 + 4 * n, 266.0), (62.0 + 4 * n, 272.0), width_mm=0.45, ink=60)
        stroke(page, (62.0 + 4 * n, 272.0), (64.0 + 4 * n, 266.0), width_mm=0.45, ink=60)
    assert Rule.EXTRA_WRITING in scanned(page, kind, 300).findings
