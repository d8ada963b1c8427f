"""Frames as the printer left them: toner that runs low is nobody's pen; a round mark as large as its box is a mark."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from helpers.reading import (
    CHOICES,
    LEVELS,
    PENS,
    ROWS,
    Picture,
    book,
    cross,
    cross_at,
    crosses,
    doubtful_rows,
    layout,
    middle,
    plain_and_right,
    read_sheet,
    sheet,
    stroke,
    turned,
)

from ballot_scan.scan.reader import read

SCALE = 200 / 25.4
look = partial(read_sheet, degrees=0.5, soft_px=0.6)


def low_on_toner(page: Picture, at_mm: float, wide_mm: float, share: float) -> Picture:
    """The print paler by ``share`` about a line down the sheet, as a cartridge leaves it that is nearly used up."""
    xs = np.arange(page.shape[1]) / SCALE
    left = 1 - share * np.exp(-(((xs - at_mm) / wide_mm) ** 2) / 2)
    return np.asarray(np.rint(255 - (255 - page.astype(np.float64)) * left), np.uint8)


@pytest.mark.parametrize("share", [0.4, 0.6])
@pytest.mark.parametrize("column", [0, 1, 2])
def test_where_toner_runs_low_in_a_column_of_boxes_nothing_is_flagged(column: int, share: float) -> None:
    page = low_on_toner(sheet(), middle(0, column)[0] + 1.5, 6.0, share)
    for row, level in enumerate(CHOICES):
        cross(page, row, level)
    assert plain_and_right(look(page))


@pytest.mark.parametrize("columns_mm", [(14.0, 196.0), (10.0, 193.0)])
def test_a_sheet_whose_markers_fade_within_themselves_is_read(columns_mm: tuple[float, float]) -> None:
    page = sheet()
    for at_mm in columns_mm:
        page = low_on_toner(page, at_mm, 4.0, 0.85)
    for row, level in enumerate(CHOICES):
        cross(page, row, level)
    assert plain_and_right(look(page))


def drawn_over(page: Picture, row: int, level: int, **pen: float) -> None:
    x, y, w, h = layout().pages[0].rows[row].boxes[level].rect_mm
    for a, b in pairwise([(x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y)]):
        stroke(page, a, b, **pen)


def test_a_frame_drawn_over_on_such_a_sheet_goes_to_people() -> None:
    page = low_on_toner(sheet(), middle(0, 1)[0], 6.0, 0.5)
    drawn_over(page, 6, 1)
    for row, level in enumerate(CHOICES):
        if row != 6:
            cross(page, row, level)
    assert doubtful_rows(look(page)) == [7]


@pytest.mark.parametrize("rows", [range(4), range(8, 12), range(3, 10), range(12)])
@pytest.mark.parametrize("pen", ["ball pen", "gel pen", "pencil"])
def test_so_do_many_in_one_column_though_they_are_alike(pen: str, rows: range) -> None:
    page = crosses(*rows, **PENS[pen])
    for row in rows:
        drawn_over(page, row, 2, **PENS[pen])
        cross(page, row, 0, **PENS[pen])
    assert doubtful_rows(look(page)) == [row + 1 for row in rows]


def ring(page: Picture, row: int, half_mm: float, off_mm: tuple[float, float], **pen: float) -> None:
    """A circle ``off_mm`` from the middle of a row's box."""
    middle_mm = np.add(middle(row, CHOICES[row]), off_mm)
    turns = np.linspace(0, 2 * np.pi, 65)
    points = middle_mm + half_mm * np.column_stack([np.cos(turns), np.sin(turns)])
    for a, b in pairwise(points):
        stroke(page, tuple(a), tuple(b), **pen)


@pytest.mark.parametrize("off_mm", [(-0.4, -0.3), (0.5, 0.2)])
@pytest.mark.parametrize("half_mm", [3.1, 3.4])
@pytest.mark.parametrize("width_mm", [0.45, 0.55])
def test_a_circle_as_large_as_its_box_is_a_mark(width_mm: float, half_mm: float, off_mm: tuple[float, float]) -> None:
    rows = range(0, ROWS, 3)
    page = crosses(*rows, width_mm=width_mm, ink=50)
    for row in rows:
        ring(page, row, half_mm, off_mm, width_mm=width_mm, ink=50)
    assert plain_and_right(look(page))


@pytest.mark.parametrize(
    ("half_mm", "tilt", "off_mm"),
    [((3.9, 5.2), 0.5, (0.4, -0.4)), ((4.3, 5.8), 0.8, (0.9, 0.0)), ((5.2, 4.6), 0.5, (-0.3, 1.0))],
)
def test_an_oval_about_a_box_is_no_mark_in_it(
    half_mm: tuple[float, float], tilt: float, off_mm: tuple[float, float]
) -> None:
    """Though it has its middle there, and a corner of the box cuts it."""
    page = crosses(4)
    turns = np.linspace(0, 2 * np.pi, 65)
    oval = np.column_stack([half_mm[0] * np.cos(turns), half_mm[1] * np.sin(turns)])
    turn = np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])
    points = np.add(middle(4, CHOICES[4]), off_mm) + oval @ turn
    for a, b in pairwise(points):
        stroke(page, tuple(a), tuple(b), width_mm=0.6, ink=50)
    assert doubtful_rows(look(page)) == [5]


# ---------------------------------------------------------------- beside a mark


@pytest.mark.parametrize("side", ["top", "left", "foot"])
@pytest.mark.parametrize("share", [0.4, 0.7])
def test_an_empty_box_of_whose_frame_correction_fluid_took_a_part_goes_to_people(share: float, side: str) -> None:
    page = crosses()
    row, level = 6, (CHOICES[6] + 1) % 3
    x, y, w, h = layout().pages[0].rows[row].boxes[level].rect_mm
    places = {"top": (x + w / 2, y, share * w, 2.0), "left": (x, y + h / 2, 2.0, share * h)}
    places["foot"] = (x + w / 2, y + h, share * w, 2.0)
    cx, cy, wide, high = (v * SCALE for v in places[side])
    page[round(cy - high / 2) : round(cy + high / 2), round(cx - wide / 2) : round(cx + wide / 2)] = 252
    assert doubtful_rows(look(page)) == [row + 1]


@pytest.mark.parametrize("rows", [5, ROWS])
@pytest.mark.parametrize(("wide_mm", "share"), [(1.5, 0.78), (2.5, 0.74)])
@pytest.mark.parametrize("column", [0, 1])
def test_a_stripe_of_hardly_any_toner_down_a_column_covered_no_frame(
    column: int, wide_mm: float, share: float, rows: int
) -> None:
    page = low_on_toner(sheet(rows=rows), middle(0, column, rows=rows)[0] + 1.5, wide_mm, share)
    for row, level in enumerate(CHOICES[:rows]):
        cross_at(page, middle(row, level, rows=rows))
    reading = read(turned(page, 0.5), book(rows, blanks=True))
    assert [(row.reading, row.findings) for row in reading.rows] == [(LEVELS[level], ()) for level in CHOICES[:rows]]


@pytest.mark.parametrize("off_mm", [0.15, 0.3])
@pytest.mark.parametrize("pen", [{"width_mm": 0.35, "ink": 150}, {"width_mm": 0.3, "ink": 110}])
def test_a_frame_gone_over_a_little_off_its_line_beside_a_mark_goes_to_people(
    pen: dict[str, float], off_mm: float
) -> None:
    page = crosses(**pen)
    row, level = 6, (CHOICES[6] + 1) % 3
    x, y, w, h = layout().pages[0].rows[row].boxes[level].rect_mm
    corners = [(x - 0.1, y + off_mm), (x + w - 0.1, y + 0.1), (x + w - off_mm, y + h), (x + 0.1, y + h - off_mm)]
    for a, b in pairwise([*corners, corners[0]]):
        stroke(page, a, b, **pen)  # type: ignore[arg-type]
    assert doubtful_rows(look(page)) == [row + 1]
