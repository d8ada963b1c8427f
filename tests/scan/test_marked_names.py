"""A name or a running number that somebody crossed or circled goes to people, however little of it print leaves to be
seen; creases, filing holes and hairs there do not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from helpers.reading import (
    PENS,
    ROWS,
    Picture,
    book,
    cross_at,
    crosses,
    layout,
    middle,
    polyline,
    read_sheet,
    sheet,
    turned,
)

from ballot_scan.records import PageReading
from ballot_scan.scan.reader import read

NAMES = [row.name_rect_mm for row in layout().pages[0].rows]
FINE = {"a fine ball pen": {"width_mm": 0.3, "ink": 110}}
USED = {**FINE, **{name: pen for name, pen in PENS.items() if name != "pencil"}}
SCALE = 200 / 25.4


def told(reading: PageReading) -> bool:
    """Whether people see it, by the page or by one of its rows."""
    return bool(reading.findings) or any(row.findings for row in reading.rows)


def number(row: int) -> tuple[float, float]:
    """The middle of a row's running number, mm."""
    x, y, _, h = NAMES[row]
    return x - 5.7, y + h / 2


@pytest.mark.parametrize("row", [0, 5, ROWS - 1])
@pytest.mark.parametrize("pen", USED)
def test_a_number_circled_or_crossed_goes_to_people(pen: str, row: int) -> None:
    page, (x, y) = crosses(**USED[pen]), number(row)
    turns = np.linspace(0, 2 * np.pi, 40)
    polyline(page, np.column_stack([x + 2.3 * np.cos(turns), y + 3.5 * np.sin(turns)]), **USED[pen])
    assert told(read_sheet(page, 0.6))
    page = crosses(**USED[pen])
    cross_at(page, (x, y), size_mm=5.0, **USED[pen])
    assert told(read_sheet(page, 0.6))


@pytest.mark.parametrize("pen", USED)
def test_a_small_cross_on_a_name_goes_to_people(pen: str) -> None:
    x, y, w, h = NAMES[7]
    page = crosses(**USED[pen])
    cross_at(page, (x + 0.55 * w, y + h / 2), size_mm=6.5, **USED[pen])
    assert told(read_sheet(page, 0.6))


@pytest.mark.parametrize("rows", [1, 2])
def test_so_does_one_on_a_ballot_of_few(rows: int) -> None:
    x, y, _, h = layout(rows).pages[0].rows[0].name_rect_mm
    page = sheet(rows=rows)
    for row in range(rows):
        cross_at(page, middle(row, 0, rows=rows))
    assert not told(read(turned(page, 0.6), book(rows, blanks=True)))
    cross_at(page, (x - 5.7, y + h / 2), size_mm=5.0)
    assert told(read(turned(page, 0.6), book(rows, blanks=True)))


def creased(page: Picture, y_mm: float) -> Picture:
    polyline(page, [(0.0, y_mm), (210.0, y_mm + 0.7)], width_mm=0.5, ink=170)
    return np.asarray(cv2.GaussianBlur(page, (0, 0), 0.7), np.uint8)


@pytest.mark.parametrize("off_mm", [-1.5, 1.0, 3.0])
def test_a_crease_through_a_number_and_its_name_is_none(off_mm: float) -> None:
    assert not told(read_sheet(creased(crosses(), NAMES[6][1] + off_mm), 0.6))


def test_nor_is_a_filing_hole_beside_a_number() -> None:
    page, (x, y) = crosses(), number(5)
    cv2.circle(page, (round((x - 3.0) * SCALE), round((y + 3.0) * SCALE)), round(2.9 * SCALE), 30, -1, cv2.LINE_AA)
    assert not told(read_sheet(page, 0.6))
