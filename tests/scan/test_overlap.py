"""A double feed whose second sheet looks out from behind the first is named, however little of it shows."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.benchmarks import load
from helpers.reading import Picture, filled, layout, readings, sheet

from ballot_scan.records import Rule
from ballot_scan.scan.reader import read

K = 200 / 25.4
BEDS = (255, 130, 8)


def behind(shift_mm: float, bed: int, aside_mm: float = 0.0) -> Picture:
    """A ballot upon another one that lies so much further down, on a bed of that grey."""
    page, under = filled(), sheet()
    shift, aside = round(abs(shift_mm) * K), round(aside_mm * K)
    tall = np.full((page.shape[0] + shift, page.shape[1] + 2 * abs(aside)), bed, np.uint8)
    top, lower = (0, shift) if shift_mm > 0 else (shift, 0)
    left = abs(aside)
    tall[lower : lower + page.shape[0], left + aside : left + aside + page.shape[1]] = under
    tall[top : top + page.shape[0], left : left + page.shape[1]] = page
    return tall


@pytest.mark.parametrize("bed", BEDS)
@pytest.mark.parametrize("shift_mm", [11.0, 13.0, 15.0, 18.0, 24.0, -12.0, -16.0])
@pytest.mark.parametrize("aside_mm", [0.0, 2.0])
def test_a_second_sheet_that_looks_out_is_named(shift_mm: float, bed: int, aside_mm: float) -> None:
    assert Rule.POSSIBLE_DOUBLE_FEED in readings(behind(shift_mm, bed, aside_mm)).findings


@pytest.mark.parametrize("shift_mm", [13.0, 16.0])
def test_also_beside_the_sheet_where_it_is_fed_sideways(shift_mm: float) -> None:
    page, shift = filled(), round(shift_mm * K)
    wide = np.full((page.shape[0], page.shape[1] + shift), 255, np.uint8)
    wide[:, shift:] = sheet()
    wide[:, : page.shape[1]] = page
    assert Rule.POSSIBLE_DOUBLE_FEED in readings(wide).findings


@pytest.mark.parametrize("bed", BEDS)
@pytest.mark.parametrize("margins_mm", [(0, 0, 0, 25), (25, 3, 10, 0), (12, 12, 12, 12)])
def test_a_sheet_alone_in_a_larger_picture_is_not(bed: int, margins_mm: tuple[int, int, int, int]) -> None:
    left, top, right, foot = (round(v * K) for v in margins_mm)
    page = filled()
    larger = np.pad(page, ((top, foot), (left, right)), constant_values=bed)
    larger[top + page.shape[0] : top + page.shape[0] + 4] = 90  # the shadow of its edge
    assert readings(larger).findings == ()


@pytest.mark.parametrize("corners", [(3,), (2, 3)])
@pytest.mark.parametrize("shift_mm", [12.0, 15.0])
def test_also_where_the_sheet_in_front_lacks_markers(corners: tuple[int, ...], shift_mm: float) -> None:
    under, page = behind(shift_mm, 255), filled()
    for corner in corners:
        x, y, w, h = (round(v * K) for v in layout().pages[0].fiducials[corner].rect_mm)
        under[y - 8 : y + h + 8, x - 8 : x + w + 8] = 255
    assert under.shape[0] > page.shape[0]
    assert Rule.POSSIBLE_DOUBLE_FEED in readings(under).findings


grid = load("accuracy_grid")


@pytest.mark.parametrize("seed", [250_008_103, 250_018_625, 250_027_876, 250_015_329])
def test_nor_one_that_lies_askew_on_a_dark_bed_and_lacks_a_marker(seed: int) -> None:
    cell = grid.BY_NAME["A4, 200 dpi, hard"]
    found = read(grid.opened(grid.simulated(cell, seed)), grid.book(cell.ballot))
    assert Rule.POSSIBLE_DOUBLE_FEED not in found.findings
