"""No page image, of any content, makes the reader raise; what is no ballot is never read as one."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from helpers.reading import book, filled, layout, readings, turned
from hypothesis import given, settings
from hypothesis import strategies as st

from ballot_scan.records import PageStatus


@pytest.mark.parametrize("grey", [0, 128, 255])
@pytest.mark.parametrize("size", [(1, 1), (30, 500), (60, 60), (1200, 900), (3508, 2480)])
def test_plain_pictures(grey: int, size: tuple[int, int]) -> None:
    reading = readings(np.full(size, grey, np.uint8))
    black_sheet = grey == 0 and min(size) > 100
    assert (reading.status is PageStatus.UNREADABLE) == black_sheet
    assert not reading.rows


@pytest.mark.parametrize("spread", [30, 90])
def test_a_sheet_of_which_only_grain_was_scanned_waits_for_people(spread: int) -> None:
    page = np.clip(np.random.default_rng(3).normal(150, spread, (2339, 1654)), 0, 255).astype(np.uint8)
    reading = readings(page)
    assert (reading.status, reading.reason) == (PageStatus.UNREADABLE, "scan.nothing")


def test_a_blank_back_is_blank_even_with_specks_grain_and_a_dark_bed() -> None:
    rng = np.random.default_rng(1)
    page = np.clip(rng.normal(246, 4, (2339, 1654)), 0, 255).astype(np.uint8)
    page[rng.integers(0, 2339, 30), rng.integers(0, 1654, 30)] = 60
    page[:, :25] = 10
    assert readings(page).status is PageStatus.BLANK


def test_a_page_of_writing_is_not_blank() -> None:
    page = np.full((2339, 1654), 250, np.uint8)
    for line in range(12):
        cv2.putText(page, "Bien ban kiem phieu tin nhiem", (150, 300 + 120 * line), 0, 2, 40, 3)
    assert readings(page).status is PageStatus.NOT_A_BALLOT


def _without_corners(page: np.ndarray) -> np.ndarray:
    """A ballot whose markers and codes are gone."""
    k = 200 / 25.4
    form = layout().pages[0]
    for x, y, w, h in (*(f.rect_mm for f in form.fiducials), *form.code_rects_mm):
        page[round((y - 1) * k) : round((y + h + 1) * k), round((x - 1) * k) : round((x + w + 1) * k)] = 255
    return page


@pytest.mark.parametrize("degrees", [0.0, 2.5, 180.0, 177.0])
def test_a_ballot_that_lost_its_markers_and_codes_waits_for_people(degrees: float) -> None:
    reading = readings(turned(_without_corners(filled()), degrees), book(blanks=True))
    assert (reading.status, reading.reason) == (PageStatus.UNREADABLE, "scan.like-a-ballot")


@pytest.mark.parametrize(("blur", "pale"), [(16.0, 1.0), (1.0, 0.1), (8.0, 0.3)])
def test_a_ballot_out_of_focus_or_washed_out_is_no_blank_page(blur: float, pale: float) -> None:
    soft = cv2.GaussianBlur(filled(), (0, 0), blur).astype(np.float64)
    page = np.clip(255 - (255 - soft) * pale, 0, 255).astype(np.uint8)
    assert readings(page, book(blanks=True)).status is PageStatus.UNREADABLE


@pytest.mark.parametrize("pale", [0.08, 0.15, 0.3])
def test_a_back_through_which_its_ballot_shines_waits_for_nobody(pale: float) -> None:
    soft = cv2.GaussianBlur(filled(), (0, 0), 2.0).astype(np.float64)[:, ::-1]
    page = np.clip(255 - (255 - soft) * pale, 0, 255).astype(np.uint8)
    reading = readings(np.ascontiguousarray(page), book(blanks=True))
    assert reading.status is not PageStatus.UNREADABLE or reading.reason == "scan.mirrored"


@pytest.mark.parametrize("degrees", [-0.3, 0.2, 180.3])
@pytest.mark.parametrize(("pale", "soft_px"), [(0.05, 4.0), (0.07, 6.0), (0.1, 5.0)])
def test_so_does_the_back_of_a_ballot_of_an_event_with_several_forms(
    pale: float, soft_px: float, degrees: float
) -> None:
    several = book(blanks=True)
    for n, rows in enumerate((1, 2, 4, 5)):
        more = book(rows, blanks=True).blanks
        several = replace(several, blanks={**several.blanks, **{(f"q{n}", *key[1:]): v for key, v in more.items()}})
    soft = cv2.GaussianBlur(turned(filled(), degrees), (0, 0), soft_px).astype(np.float64)[:, ::-1]
    grain = np.random.default_rng(2).normal(0, 1.5, soft.shape)
    page = np.clip(250 - (255 - soft) * pale + grain, 0, 255).astype(np.uint8)
    assert readings(np.ascontiguousarray(page), several).status is PageStatus.BLANK


def test_a_letter_and_a_blank_page_wait_for_nobody_either() -> None:
    page = np.full((2339, 1654), 250, np.uint8)
    assert readings(page, book(blanks=True)).status is PageStatus.BLANK
    for line in range(12):
        cv2.putText(page, "Bien ban kiem phieu tin nhiem", (150, 300 + 120 * line), 0, 2, 40, 3)
    assert readings(page, book(blanks=True)).status is PageStatus.NOT_A_BALLOT


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), height=st.integers(41, 1500), width=st.integers(41, 1500))
def test_noise(seed: int, height: int, width: int) -> None:
    page = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    assert not readings(page).rows


@settings(max_examples=40, deadline=None)
@given(
    top=st.integers(0, 1200), left=st.integers(0, 900), height=st.integers(50, 2339), width=st.integers(50, 1654),
    degrees=st.floats(-180, 180), invert=st.booleans(),
)  # fmt: skip
def test_parts_of_ballots(top: int, left: int, height: int, width: int, degrees: float, invert: bool) -> None:
    page = turned(filled(), degrees)[top : top + height, left : left + width]
    page = np.ascontiguousarray(255 - page if invert else page)
    reading = readings(page)
    right = {f"p{i + 1}": level for i, level in enumerate(("high", "medium", "low") * 4)}
    for row in reading.rows:  # whatever could be read plainly was read right
        assert row.findings or reading.findings or row.reading == right[row.candidate]


@settings(max_examples=25, deadline=None)
@given(
    x=st.integers(0, 1600),
    y=st.integers(0, 2300),
    w=st.integers(5, 700),
    h=st.integers(5, 700),
    grey=st.integers(0, 255),
)
def test_anything_laid_over_the_sheet(x: int, y: int, w: int, h: int, grey: int) -> None:
    page = filled()
    page[y : y + h, x : x + w] = grey
    reading = readings(page)
    right = {f"p{i + 1}": level for i, level in enumerate(("high", "medium", "low") * 4)}
    for row in reading.rows:
        assert row.findings or reading.findings or row.reading == right[row.candidate]
