"""A mark that stands between two rows may be meant for either: none of them is counted as blank."""

from __future__ import annotations

import pytest
from helpers.reading import (
    PENS,
    Picture,
    cross_at,
    crosses,
    doubtful_rows,
    layout,
    middle,
    read_sheet,
    stroke,
)

ABOVE, BELOW = 4, 5  # rows from 0 that have no mark of their own
BOX = layout().pages[0].rows[ABOVE].boxes[1].rect_mm
X = middle(ABOVE, 1)[0]
TOP, FOOT = BOX[1] + BOX[3], layout().pages[0].rows[BELOW].boxes[1].rect_mm[1]  # of the gap


def doubted(page: Picture, degrees: float = 0.7) -> list[int]:
    return [row - 1 for row in doubtful_rows(read_sheet(page, degrees))]


@pytest.mark.parametrize("share", [0.38, 0.5, 0.62])
@pytest.mark.parametrize("size_mm", [3.0, 4.5, 6.5, 9.0])
@pytest.mark.parametrize("pen", PENS)
def test_a_cross_between_two_blank_rows_is_said_of_both(pen: str, size_mm: float, share: float) -> None:
    page = crosses(ABOVE, BELOW, **PENS[pen])
    cross_at(page, (X, TOP + share * (FOOT - TOP)), size_mm=size_mm, **PENS[pen])
    assert doubted(page) == [ABOVE, BELOW]


@pytest.mark.parametrize("degrees", [-1.5, 180.4])
def test_so_is_a_tick(degrees: float) -> None:
    page = crosses(ABOVE, BELOW)
    y = (TOP + FOOT) / 2
    stroke(page, (X - 1.5, y), (X, y + 2.0))
    stroke(page, (X, y + 2.0), (X + 2.5, y - 2.5))
    assert doubted(page, degrees) == [ABOVE, BELOW]


def test_so_is_one_whose_tip_lies_in_a_box() -> None:
    bold = {"width_mm": 0.8, "ink": 60}
    page = crosses(ABOVE, BELOW, **bold)
    cross_at(page, (X - 1.3, TOP + 0.54 * (FOOT - TOP)), size_mm=8.0, **bold)
    assert doubted(page) == [ABOVE, BELOW]
    page, x, y = crosses(ABOVE, BELOW), X - 1.0, TOP + 0.52 * (FOOT - TOP)
    for a, b in (((x - 2.6, y), (x - 0.9, y + 4.3)), ((x - 0.9, y + 4.3), (x + 3.4, y - 4.3))):
        stroke(page, a, b)
    assert doubted(page) == [ABOVE, BELOW]


@pytest.mark.parametrize(("own", "other"), [(ABOVE, BELOW), (BELOW, ABOVE)])
@pytest.mark.parametrize("size_mm", [3.0, 4.5, 6.5])
def test_where_one_of_the_rows_has_its_mark_the_blank_one_goes_to_people(own: int, other: int, size_mm: float) -> None:
    """Be the mark nearer to the one that has its own."""
    nearer = 0.42 if own == ABOVE else 0.58
    page = crosses(other)
    cross_at(page, (X, TOP + nearer * (FOOT - TOP)), size_mm=size_mm)
    assert other in doubted(page)
    assert set(doubted(page)) <= {own, other}


@pytest.mark.parametrize("size_mm", [3.0, 4.5])
def test_a_mark_close_below_its_box_says_nothing_of_the_next_row(size_mm: float) -> None:
    page = crosses(ABOVE, BELOW)
    cross_at(page, (X, TOP + 1.2), size_mm=size_mm)
    reading = read_sheet(page, 0.7)
    assert doubtful_rows(reading) == [ABOVE + 1]
    assert reading.rows[BELOW].reading == "blank"
