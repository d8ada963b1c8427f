"""Ballots of one to four persons: little of the page holds boxes; the paper below tells the scanner's streaks."""

from __future__ import annotations

import functools

import cv2
import numpy as np
import pytest
from helpers.reading import Picture, book, cross_at, form, middle, readings, sheet, stroke, turned

from ballot_scan.records import PageReading

PER_MM = 200 / 25.4
known = functools.cache(lambda rows: book(rows, "A5", blanks=True))


def boxes(rows: int, row: int) -> list[tuple[float, float, float, float]]:
    return [box.rect_mm for box in form("reading", rows, "A5").layout.pages[0].rows[row].boxes]


def crossed(rows: int) -> Picture:
    """A ballot with a clear cross in the first box of each row."""
    page = sheet(rows=rows, paper="A5")
    for row in range(rows):
        cross_at(page, middle(row, 0, "A5", rows), size_mm=4.4)
    return page


def streaked(page: Picture, *at_mm: float, lack: int = 70, wide_px: int = 2) -> Picture:
    """Columns that see so many grey levels darker, over the whole picture."""
    out = page.astype(np.int16)
    for x_mm in at_mm:
        x = round(x_mm * PER_MM)
        out[:, x : x + wide_px] -= lack
    return np.clip(out, 0, 255).astype(np.uint8)


def found(reading: PageReading) -> list[tuple[str, tuple[str, ...]]]:
    return [(row.reading, tuple(f.value for f in row.findings)) for row in reading.rows]


@pytest.mark.parametrize("rows", [1, 2, 3, 4])
@pytest.mark.parametrize("degrees", [-1.5, 1.5, 181.5])
@pytest.mark.parametrize("lack", [30, 60, 90])
def test_streaks_through_the_boxes_of_a_short_ballot_send_no_clear_row_to_people(
    rows: int, degrees: float, lack: int
) -> None:
    """The sheet lies at a slant, so that a streak is no upright line of it."""
    page = turned(crossed(rows), degrees, bed=235)
    x = boxes(rows, 0)[1][0]
    width = page.shape[1] / PER_MM
    at = [x + 2.0, x + 4.5, x + 9.0, x + 17.0, x + 21.0, x + 26.0]
    reading = readings(streaked(page, *(width - v if degrees > 90 else v for v in at), lack=lack), known(rows))
    assert reading.findings == ()
    assert found(reading) == [("high", ())] * rows


@pytest.mark.parametrize("rows", [1, 2])
@pytest.mark.parametrize("long_mm", [14, 30, 60, 100])
@pytest.mark.parametrize("lean_mm", [0.4, 1.5])
@pytest.mark.parametrize("ink", [60, 130])
def test_a_line_drawn_down_through_another_box_goes_to_people_streaks_or_none(
    rows: int, long_mm: float, lean_mm: float, ink: int
) -> None:
    x, y, w, h = boxes(rows, 0)[1]
    for streaks in ((), (x + 20.0, x + 23.0)):
        page = crossed(rows)
        start = y + h / 2 - min(long_mm / 2, 30)
        stroke(page, (x + 0.5 * w, start), (x + 0.5 * w + lean_mm, start + long_mm), ink=ink)
        page = cv2.GaussianBlur(page, (0, 0), 0.6).astype(np.uint8)
        assert found(readings(streaked(page, *streaks), known(rows)))[0][1] != ()
