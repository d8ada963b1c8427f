"""Short strokes are hesitation, dashes the votes of who votes with dashes: what a single stroke means is told by the
ballot's other marks."""

from __future__ import annotations

from itertools import pairwise

import pytest
from helpers.reading import (
    CHOICES,
    LEVELS,
    ROWS,
    Picture,
    book,
    cross,
    crosses,
    doubtful_rows,
    filled,
    middle,
    plain_and_right,
    read_sheet,
    readings,
    sheet,
    stroke,
)

from ballot_scan.records import Doubt, Rule

ROW = 5
HAIR = ((-1.8, -1.0), (-0.6, -0.4), (0.4, 0.3), (1.2, 1.3))  # mm from the middle of a box


def line(page: Picture, row: int, level: int, length_mm: float, rise: float = 0.0, **pen: float) -> None:
    """One straight stroke about the middle of a box; ``rise`` by its length."""
    x, y = middle(row, level)
    run = length_mm / 2 / (1 + rise**2) ** 0.5
    stroke(page, (x - run, y + rise * run), (x + run, y - rise * run), **pen)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("length_mm", "width_mm"), [(1.4, 0.35), (1.4, 0.5), (1.4, 1.0), (2.0, 0.5), (2.0, 1.0), (2.4, 0.35), (2.4, 0.5)]
)
@pytest.mark.parametrize("rise", [0.0, 0.7, 3.0])
def test_a_short_stroke_among_crosses_goes_to_people(width_mm: float, length_mm: float, rise: float) -> None:
    page = crosses(ROW, size_mm=6)
    line(page, ROW, 1, length_mm, rise, width_mm=width_mm)
    row = readings(page).rows[ROW]
    assert row.reading == "unsure"
    assert row.boxes[1].doubts[0] in (Doubt.HESITANT, Doubt.SMALL, Doubt.LINE)


@pytest.mark.parametrize("rise", [0.7, 1.0])
def test_who_votes_with_short_strokes_everywhere_is_understood(rise: float) -> None:
    page = sheet()
    for row, level in enumerate(CHOICES):
        line(page, row, level, 3.2, rise, width_mm=0.5)
    assert plain_and_right(readings(page))


def test_a_round_dot_of_two_millimetres_is_a_mark_among_crosses() -> None:
    page = crosses(ROW, size_mm=6)
    x, y = middle(ROW, 1)
    stroke(page, (x, y), (x + 0.05, y), 2.3)
    row = readings(page).rows[ROW]
    assert (row.reading, row.findings) == (LEVELS[1], ())


@pytest.mark.parametrize("size_mm", [1.2, 1.6])
def test_a_small_round_dot_among_crosses_is_where_a_pen_rested(size_mm: float) -> None:
    page = crosses(ROW, size_mm=6)
    x, y = middle(ROW, 1)
    stroke(page, (x, y), (x + 0.05, y), size_mm)
    assert readings(page).rows[ROW].findings


@pytest.mark.parametrize("others", [0, 1, 2])
def test_so_it_is_on_a_ballot_of_few_marks_or_none_besides(others: int) -> None:
    page = crosses(*range(others, 12), size_mm=6)
    x, y = middle(ROW, 1)
    stroke(page, (x, y), (x + 0.05, y), 1.4)
    assert set(readings(page).rows[ROW].findings) == {Rule.UNSURE_MARK}


@pytest.mark.parametrize("size_mm", [1.6, 2.0])
def test_who_votes_with_small_dots_everywhere_is_understood(size_mm: float) -> None:
    page = sheet()
    for row, level in enumerate(CHOICES):
        x, y = middle(row, level)
        stroke(page, (x, y), (x + 0.05, y), size_mm)
    assert plain_and_right(readings(page))


@pytest.mark.parametrize("length_mm", [3.5, 5.0, 8.0])
@pytest.mark.parametrize("rise", [0.0, 0.15])
def test_who_votes_with_dashes_is_understood(length_mm: float, rise: float) -> None:
    page = sheet()
    for row, level in enumerate(CHOICES):
        line(page, row, level, length_mm, rise)
    assert plain_and_right(readings(page))


def test_one_dash_on_a_ballot_of_crosses_goes_to_people() -> None:
    page = crosses(ROW, size_mm=6)
    line(page, ROW, CHOICES[ROW], 5.0)
    assert [r.row for r in readings(page).rows if r.findings] == [ROW + 1]


@pytest.mark.parametrize("draw", ["paler", "long", "row"])
def test_a_line_that_is_no_dash_of_this_pen_goes_to_people(draw: str) -> None:
    page = crosses(ROW, size_mm=6)
    if draw == "paler":
        line(page, ROW, 1, 5.0, ink=185)
    elif draw == "long":
        line(page, ROW, 1, 22.0)
    else:
        line(page, ROW, 1, 70.0)
    row = readings(page, book(blanks=True)).rows[ROW]
    assert Rule.UNSURE_MARK in row.findings
    assert row.reading == "unsure"


def test_dashes_in_two_boxes_of_a_row_are_two_marks() -> None:
    page = filled()
    line(page, ROW, (CHOICES[ROW] + 1) % 3, 5.0)
    assert readings(page).rows[ROW].reading in ("unsure", "multiple")
    assert len([r for r in readings(page).rows if r.findings]) == 1
    assert len(readings(page).rows) == ROWS


def test_a_cross_centred_below_its_box_is_no_vote_where_it_touches_the_next_rows() -> None:
    page = crosses(ROW, ROW + 1, size_mm=6)
    (x, y), (_, below) = middle(ROW, 1), middle(ROW + 1, 1)
    for s in (1, -1):
        stroke(page, (x - 3.0, y + 4.6 - s * 3.0), (x + 3.0, y + 4.6 + s * 3.0))
        stroke(page, (x - 3.0, below - s * 4.0), (x + 3.0, below + s * 4.0))
    stroke(page, (x + 3.0, y + 7.6), (x + 3.0, below - 4.0))
    row = readings(page).rows[ROW]
    assert Rule.UNSURE_MARK in row.findings or Rule.MARK_OFF_BOX in row.findings


@pytest.mark.parametrize(("ink", "width_mm", "plain"), [(205, 0.12, True), (120, 0.45, False), (170, 0.4, False)])
def test_a_hair_in_another_box_is_no_second_mark_but_a_pens_line_is(ink: int, width_mm: float, plain: bool) -> None:
    page = sheet()
    for row, level in enumerate(CHOICES):
        cross(page, row, level, size_mm=6, width_mm=0.6, ink=30)
    x, y = middle(ROW, (CHOICES[ROW] + 1) % 3)
    for a, b in pairwise(HAIR):
        stroke(page, (x + a[0], y + a[1]), (x + b[0], y + b[1]), width_mm, ink)
    row = readings(page).rows[ROW]
    assert (row.findings == ()) is plain
    assert row.reading == LEVELS[CHOICES[ROW]] or not plain


def slashes(but: int) -> Picture:
    page = sheet()
    for row, level in enumerate(CHOICES):
        if row != but:
            line(page, row, level, 5.4, 1.0, width_mm=0.5, ink=60)
    return page


def test_a_stroke_shorter_and_paler_than_a_ballot_s_slashes_goes_to_people() -> None:
    page = slashes(ROW)
    line(page, ROW, 1, 2.2, 0.7, width_mm=0.4, ink=115)
    row = readings(page).rows[ROW]
    assert (row.reading, row.boxes[1].doubts) == ("unsure", (Doubt.HESITANT,))


def test_a_shorter_slash_as_dark_as_its_ballot_s_others_is_a_vote() -> None:
    page = slashes(ROW)
    line(page, ROW, 1, 3.4, 1.0, width_mm=0.5, ink=60)
    assert readings(page).rows[ROW].reading == "medium"


@pytest.mark.parametrize("upright", [True, False])
@pytest.mark.parametrize(("ink", "width_mm"), [(140, 0.2), (180, 0.3), (206, 0.2), (206, 0.8)])
def test_a_straight_pale_line_that_ends_in_its_box_may_be_a_second_mark(
    ink: int, width_mm: float, upright: bool
) -> None:
    page = filled(ink=50)
    for row in range(0, ROWS, 2):
        x, y = middle(row, (CHOICES[row] + 1) % 3)
        across, down = (0.05, 2.5) if upright else (2.5, 0.05)
        stroke(page, (x - across, y - down), (x + across, y + down), width_mm=width_mm, ink=ink)
    assert doubtful_rows(read_sheet(page, soft_px=0.6)) == list(range(1, ROWS + 1, 2))


@pytest.mark.parametrize("upright", [True, False])
def test_one_that_goes_on_beyond_the_box_is_a_crease(upright: bool) -> None:
    page = filled(ink=50)
    x, y = middle(ROW, (CHOICES[ROW] + 1) % 3)
    across, down = (0.05, 9.0) if upright else (9.0, 0.05)
    stroke(page, (x - across, y - down), (x + across, y + down), width_mm=0.2, ink=206)
    row = read_sheet(page, soft_px=0.6).rows[ROW]
    assert (row.reading, row.findings) == (LEVELS[CHOICES[ROW]], ())
