"""Level lines drawn off the boxes by a fine or pale pen go to people: a name underlined, a line between rows or to the
boxes, one on bare paper. Creases, hairs and the scanner's streaks stay what they are."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from helpers.reading import PENS, ROWS, Picture, crease, crosses, layout, middle, polyline, read_sheet, stroke, turned

from ballot_scan.records import InkPlace, Rule

PAGE = layout().pages[0]
NAMES = [row.name_rect_mm for row in PAGE.rows]
BOX = PAGE.rows[0].boxes[0].rect_mm
FINE = {"a fine ball pen": {"width_mm": 0.3, "ink": 110}, "a pale one": {"width_mm": 0.4, "ink": 160}}
USED = {**FINE, **{name: pen for name, pen in PENS.items() if name != "marker"}}


def ruled(page: Picture, x_mm: float, y_mm: float, long_mm: float, **pen: float) -> None:
    """A line as a hand draws it: it rises a little, and wavers."""
    t = np.linspace(0, 1, 24)
    ys = y_mm - 0.4 * t + 0.15 * np.sin(7 * t)
    polyline(page, np.column_stack([x_mm + long_mm * t, ys]), **pen)


def scanned(page: Picture, degrees: float = 0.5) -> Picture:
    grain = np.random.default_rng(3).normal(0, 2.0, page.shape)
    soft = cv2.GaussianBlur(page, (0, 0), 0.6)
    return turned(np.clip(np.rint(soft + grain), 0, 255).astype(np.uint8), degrees, bed=255, grow=1.04)


def lines(page: Picture, degrees: float = 0.5) -> list[InkPlace]:
    """What was told of ink elsewhere."""
    reading = read_sheet(scanned(page, degrees))
    assert (reading.findings == (Rule.EXTRA_WRITING,)) == bool(reading.elsewhere)
    return list(reading.elsewhere)


@pytest.mark.parametrize("row", [0, 6, ROWS - 1])
@pytest.mark.parametrize("pen", USED)
def test_a_name_underlined_goes_to_people_and_tells_where(pen: str, row: int) -> None:
    page = crosses(**USED[pen])
    x, y, w, h = NAMES[row]
    ruled(page, x - 1.0, y + h + 1.0, min(w, 30.0), **USED[pen])
    (told,) = lines(page)
    assert abs(told.rect_mm[1] - (y + h)) < 2.5
    assert told.rect_mm[0] <= x + 4 <= told.rect_mm[0] + told.rect_mm[2]


WHERE = {
    "between two rows": (NAMES[4][0], (NAMES[4][1] + NAMES[5][1] + NAMES[5][3]) / 2 + 1.6, 42.0),
    "over the whole of a row": (18.0, NAMES[3][1] - 2.4, 104.0),
    "from the position to the boxes": (BOX[0] - 17.0, BOX[1] + 3.0, 16.0),
    "below the table": (40.0, PAGE.rows[-1].boxes[0].rect_mm[1] + 24.0, 60.0),
    "short, on bare paper": (90.0, PAGE.rows[-1].boxes[0].rect_mm[1] + 22.0, 12.0),
}


@pytest.mark.parametrize("degrees", [-1.5, 180.7])
@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("pen", USED)
def test_so_does_a_level_line_anywhere_off_the_boxes(pen: str, where: str, degrees: float) -> None:
    page = crosses(**USED[pen])
    ruled(page, *WHERE[where], **USED[pen])
    assert lines(page, degrees), where


@pytest.mark.parametrize("rows", [(4, 5), (ROWS - 2, ROWS - 1)])
@pytest.mark.parametrize("pen", ["a fine ball pen", "ball pen", "gel pen"])
def test_so_does_one_along_the_light_rule_between_two_rows(pen: str, rows: tuple[int, int]) -> None:
    page = crosses(**USED[pen])
    y_mm = sum(middle(row, 0)[1] for row in rows) / 2
    stroke(page, (NAMES[0][0], y_mm + 0.05), (NAMES[0][0] + 40.0, y_mm - 0.1), **USED[pen])
    assert lines(page)


@pytest.mark.parametrize("darker", [1.0, 2.5, 4.0])
def test_the_rules_themselves_are_none_however_dark_they_are_printed(darker: float) -> None:
    page = crosses().astype(np.float64)
    light = (page > 200) & (page < 250)
    page[light] = np.clip(255 - darker * (255 - page[light]), 0, 255)
    assert lines(page.astype(np.uint8)) == []


@pytest.mark.parametrize("ink", [120, 170, 200])
@pytest.mark.parametrize("y_mm", [NAMES[3][1] - 2.4, NAMES[6][1] + NAMES[6][3] + 1.0, 268.0, 20.0])
def test_a_crease_with_gaps_is_none(y_mm: float, ink: int) -> None:
    page = crosses()
    crease(page, y_mm, y_mm + 1.0, 0.35, ink)
    assert lines(page) == []


@pytest.mark.parametrize("radius_mm", [14.0, 30.0])
def test_nor_is_a_hair_that_bends(radius_mm: float) -> None:
    page = crosses()
    angles = np.linspace(-np.pi / 2 - 14 / radius_mm, -np.pi / 2 + 14 / radius_mm, 30)
    points = [(90 + radius_mm * np.cos(t), 262 - radius_mm - radius_mm * np.sin(t)) for t in angles]
    for a, b in pairwise(points):
        stroke(page, a, b, width_mm=0.12, ink=70)
    assert lines(page) == []


@pytest.mark.parametrize("long_mm", [25.0, 160.0])
def test_nor_is_a_short_streak_of_a_scanner_that_drew_the_sheet_in_sideways(long_mm: float) -> None:
    page = np.ascontiguousarray(np.rot90(scanned(crosses(), 0.6)))
    k = 200 / 25.4
    x, y = round(150 * k), round(120 * k)
    page[y : y + round(long_mm * k), x : x + 3] = 120
    reading = read_sheet(page)
    assert Rule.EXTRA_WRITING not in reading.findings


def test_plain_ballots_have_none_however_they_lie() -> None:
    for degrees in (-6.0, -0.3, 2.0, 180.0):
        assert lines(crosses(**PENS["pencil"]), degrees) == []
