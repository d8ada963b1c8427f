"""A vote of confidence with two levels (bỏ phiếu tín nhiệm): two boxes a row, and no third that could outvote one."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from helpers.reading import KEY, Picture, cross_at, form, readings, sheet

from ballot_scan.paper.layout import FormLayout
from ballot_scan.records import PageReading
from ballot_scan.scan import frames
from ballot_scan.scan.reader import FormBook

ROWS = 10


def _form(rows: int) -> FormLayout:
    return form("reading", rows, "A4", "bo-phieu").layout


def blank(rows: int = ROWS) -> Picture:
    return sheet(rows=rows, regulation="bo-phieu")


def read(page: Picture, rows: int = ROWS) -> PageReading:
    return readings(page, FormBook("reading", (_form(rows),), (), KEY, {}))


def mark(page: Picture, row: int, level: int, rows: int = ROWS) -> None:
    x, y, w, h = _form(rows).pages[0].rows[row].boxes[level].rect_mm
    cross_at(page, (x + w / 2, y + h / 2))


def marked(rows: int) -> Picture:
    page = blank(rows)
    for row in range(rows):
        mark(page, row, row % 2, rows)
    return page


def found(reading: PageReading) -> list[tuple[str, tuple[str, ...]]]:
    return [(row.reading, tuple(f.value for f in row.findings)) for row in reading.rows]


def as_marked(rows: int) -> list[tuple[str, tuple[str, ...]]]:
    return [(("confidence", "no-confidence")[row % 2], ()) for row in range(rows)]


@pytest.mark.parametrize("rows", [1, 2, 3, ROWS])
def test_each_of_two_levels_is_read_on_long_and_short_ballots(rows: int) -> None:
    reading = read(marked(rows), rows)
    assert reading.findings == ()
    assert found(reading) == as_marked(rows)


def test_none_or_both_of_two_boxes_are_said() -> None:
    page = blank()
    for row in range(1, ROWS):
        for level in (0, 1):
            mark(page, row, level)
    assert found(read(page)) == [("blank", ("blank-row",))] + [("multiple", ("multiple-row",))] * (ROWS - 1)


@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize("off_px", [(0, -9), (0, 8), (-8, 0), (9, 0)])
def test_of_two_boxes_that_contradict_each_other_the_rows_about_tell_which_is_right(
    level: int, off_px: tuple[int, int]
) -> None:
    """A marker's strokes may look like a frame beside the printed one, which they cover; the other box is found."""
    places = np.array([(60.0 + 160 * c, 50.0 + 120 * r, 48.0, 48.0) for r in range(ROWS) for c in (0, 1)])
    dark = np.zeros((1300, 320), dtype=np.uint8)
    row_of = np.repeat(np.arange(ROWS), 2)
    for i, (x, y, w, h) in enumerate(places.astype(int)):
        dx, dy = off_px if i == 10 + level else (0, 0)
        cv2.rectangle(dark, (x + dx, y + dy), (x + dx + w - 1, y + dy + h - 1), 180, 2)
    fitted = frames.fit(dark, places, row_of)
    other = 11 - level
    assert fitted.found[other]
    assert np.abs(fitted.centre_px[other] - (places[other, :2] + 24)).max() < 1
