"""Doubtful, therefore to people with its reason: each unclear mark says what is unclear about it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from helpers.reading import ROWS, Picture, book, cross, filled, layout, middle, readings, sheet, stroke
from hypothesis import given, settings
from hypothesis import strategies as st

from ballot_scan.records import Doubt, PageReading, Rule
from ballot_scan.rehearsal import scanner, voters
from ballot_scan.rehearsal.sheets import Sheet
from ballot_scan.rehearsal.simulate import simulate_page
from ballot_scan.scan import intake

ROW = 4
Draw = Callable[[Picture], None]


def beside(level: int, x: float, y: float = 0.0) -> tuple[float, float]:
    """A place ``x``, ``y`` mm off the middle of a box of the row."""
    cx, cy = middle(ROW, level)
    return cx + x, cy + y


def rest(page: Picture) -> None:
    stroke(page, beside(2, 1.0, 0.5), beside(2, 1.1, 0.5), 0.7)


def touch(page: Picture) -> None:
    stroke(page, beside(2, -1.3, 1.3), beside(2, 1.3, -1.3), 0.35, 190)


def through(page: Picture) -> None:
    stroke(page, beside(0, -6), beside(2, 6))


def on_the_frame(page: Picture) -> None:
    cross(page, ROW, 2, at=(3.6, 0.0), size_mm=4)


def into_both(page: Picture) -> None:
    stroke(page, beside(1, -2, -1.5), beside(1, 2, 1.5))
    stroke(page, beside(1, -2, 1.5), beside(2, 1.5, -1))


def two_rows(page: Picture) -> None:
    (x, y), (_, below) = middle(ROW, 2), middle(ROW + 1, 2)
    stroke(page, (x - 2, y - 1.5), (x + 2, below + 1.5))


def traced(page: Picture) -> None:
    x, y, w, h = layout().pages[0].rows[ROW].boxes[2].rect_mm
    corners = [(x, y), (x + w, y), (x + w, y + h), (x, y + h)]
    for a, b in zip(corners, corners[1:] + corners[:1], strict=True):
        stroke(page, a, b, 0.7)


def paler(page: Picture) -> None:
    cross(page, ROW, 1, ink=190)


@pytest.mark.parametrize(
    ("draw", "without_mark", "why"),
    [
        (rest, False, {Doubt.SMALL}),
        (touch, True, {Doubt.HESITANT, Doubt.PALE}),
        (through, False, {Doubt.LINE, Doubt.TWO_BOXES}),
        (on_the_frame, True, {Doubt.BESIDE}),
        (into_both, True, {Doubt.TWO_BOXES}),
        (two_rows, True, {Doubt.TWO_ROWS, Doubt.LINE}),
        (traced, False, {Doubt.GONE_OVER}),
        (paler, True, {Doubt.PALER, Doubt.PALE}),
    ],
)
def test_an_unclear_mark_says_what_is_unclear(draw: Draw, without_mark: bool, why: set[Doubt]) -> None:
    page = sheet()
    for row in range(ROWS):
        if not (without_mark and row in (ROW, ROW + (draw is two_rows))):
            cross(page, row, row % 2)
    draw(page)
    row = readings(page).rows[ROW]
    assert Rule.UNSURE_MARK in row.findings
    told = {doubt for box in row.boxes for doubt in box.doubts}
    assert told & why, told


def test_a_clear_ballot_has_no_doubts() -> None:
    assert not [box.doubts for row in readings(filled()).rows for box in row.boxes if box.doubts]


@cache
def hard_page(seed: int) -> PageReading:
    form = layout()
    page = simulate_page(Sheet(form, 0, sheet(), "AAAAA-00000"), voters.HARD, scanner.HARD, seed)
    _, image = next(iter(intake.pages(page.source, page.data, 1, 1)))
    assert isinstance(image, np.ndarray)
    return readings(image, book(blanks=True))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_no_row_is_unclear_without_a_reason_and_none_has_one_that_is_not(seed: int) -> None:
    for row in hard_page(seed).rows:
        assert (Rule.UNSURE_MARK in row.findings) == any(box.doubts for box in row.boxes)
        assert all(box.doubts for box in row.boxes if box.state == "unsure")
