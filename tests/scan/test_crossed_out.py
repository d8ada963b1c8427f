"""A mark that somebody crossed out and left alone in its row is no plain vote; a box filled, or a bold cross, is."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import pytest
from helpers.reading import (
    LEVELS,
    PENS,
    Picture,
    cross,
    crosses,
    middle,
    plain_and_right,
    read_sheet,
    stroke,
)

from ballot_scan.records import Doubt

ROW = 7
LEVEL = ROW % 3
FINE = {name: pen for name, pen in PENS.items() if name != "marker"}
look = partial(read_sheet, degrees=0.6)


def to_and_fro(page: Picture, wide_mm: float, high_mm: float, pitch_mm: float, **pen: float) -> None:
    """Strokes up and down over the box, ``pitch_mm`` apart."""
    x, y = middle(ROW, LEVEL)
    count = round(wide_mm / pitch_mm)
    points = [(x - wide_mm / 2 + i * pitch_mm, y + (-1) ** i * high_mm / 2) for i in range(count + 1)]
    for a, b in pairwise(points):
        stroke(page, a, b, **pen)


@pytest.mark.parametrize("degrees", [-1.2, 180.6])
@pytest.mark.parametrize("pitch_mm", [0.85, 1.0])
@pytest.mark.parametrize("pen", FINE)
def test_a_cross_scribbled_over_and_out_of_its_box_goes_to_people(pen: str, pitch_mm: float, degrees: float) -> None:
    page = crosses(**FINE[pen])
    to_and_fro(page, 9.0, 10.0, pitch_mm, **FINE[pen])
    row = look(page, degrees=degrees).rows[ROW]
    assert row.reading == "unsure"
    assert Doubt.SCRIBBLED in row.boxes[LEVEL].doubts


@pytest.mark.parametrize("size_mm", [4.0, 6.0])
@pytest.mark.parametrize("apart_mm", [1.2, 2.4])
@pytest.mark.parametrize("pen", FINE)
def test_a_cross_struck_by_two_level_lines_goes_to_people(pen: str, apart_mm: float, size_mm: float) -> None:
    page = crosses(ROW, **FINE[pen])
    cross(page, ROW, LEVEL, size_mm=size_mm, **FINE[pen])
    x, y = middle(ROW, LEVEL)
    for off in (-apart_mm / 2, apart_mm / 2):
        stroke(page, (x - 6.0, y + off), (x + 6.2, y + off + 0.4), **FINE[pen])
    row = look(page).rows[ROW]
    assert row.reading == "unsure"
    assert row.boxes[LEVEL].doubts


TICK, SLASH = [(-1.6, -0.4), (-0.5, 1.8), (1.9, -2.0)], [(-1.6, -1.9), (1.5, 1.8)]
STRUCK = {"a tick, twice": (TICK, (-0.7, 0.8)), "a slash, twice": (SLASH, (-0.7, 0.8))}


@pytest.mark.parametrize("how", STRUCK)
@pytest.mark.parametrize(("left", "right"), [(4.7, 4.9), (4.6, 6.0)])
@pytest.mark.parametrize("pen", FINE)
def test_so_does_a_lighter_mark_struck_by_lines_that_reach_little_beyond_the_box(
    pen: str, left: float, right: float, how: str
) -> None:
    page = crosses(ROW, **FINE[pen])
    x, y = middle(ROW, LEVEL)
    for a, b in pairwise([(x + dx, y + dy) for dx, dy in STRUCK[how][0]]):
        stroke(page, a, b, **FINE[pen])
    for off in STRUCK[how][1]:
        stroke(page, (x - left, y + off + 0.3), (x + right, y + off - 0.2), **FINE[pen])
    row = look(page).rows[ROW]
    assert row.reading == "unsure"
    assert row.boxes[LEVEL].doubts


@pytest.mark.parametrize("pen", FINE)
def test_a_cross_or_a_tick_with_one_long_arm_is_a_vote(pen: str) -> None:
    page = crosses(ROW, 1, **FINE[pen])
    for row, strokes in (
        (ROW, [[(-4.6, -1.5), (4.4, 1.4)], [(-2.0, 2.1), (1.9, -2.2)]]),
        (1, [[(-1.4, 0.2), (-0.6, 1.6), (6.2, -2.6)]]),
    ):
        x, y = middle(row, row % 3)
        for line in strokes:
            for a, b in pairwise([(x + dx, y + dy) for dx, dy in line]):
                stroke(page, a, b, **FINE[pen])
    assert plain_and_right(look(page))


@pytest.mark.parametrize("width_mm", [0.45, 0.9])
def test_wide_flat_crosses_are_votes(width_mm: float) -> None:
    page = crosses(*range(0, 12, 2), width_mm=width_mm)
    for row in range(0, 12, 2):
        x, y = middle(row, row % 3)
        for rise in (-2.8, 2.8):
            stroke(page, (x - 5.2, y - rise), (x + 5.2, y + rise), width_mm=width_mm)
    assert plain_and_right(look(page))


def test_a_box_blacked_out_far_beyond_its_frame_goes_to_people() -> None:
    page = crosses(ROW)
    to_and_fro(page, 9.5, 9.0, 0.5, width_mm=0.9, ink=0)
    row = look(page).rows[ROW]
    assert row.reading == "unsure"
    assert Doubt.SCRIBBLED in row.boxes[LEVEL].doubts


FILLED = {"to its frame": (4.4, 4.4, 0.5), "in haste, and a little beyond it": (5.6, 6.6, 0.8)}


@pytest.mark.parametrize("how", FILLED)
@pytest.mark.parametrize("pen", FINE)
def test_a_box_filled_on_a_ballot_of_crosses_is_a_vote(pen: str, how: str) -> None:
    page = crosses(ROW, **FINE[pen])
    to_and_fro(page, *FILLED[how], **FINE[pen])
    row = look(page).rows[ROW]
    assert (row.reading, row.findings) == (LEVELS[LEVEL], ())


@pytest.mark.parametrize("size_mm", [6.0, 7.5])
@pytest.mark.parametrize("pen", [name for name in PENS if name != "pencil"])
def test_large_crosses_and_one_drawn_twice_are_votes(pen: str, size_mm: float) -> None:
    page = crosses(ROW, **PENS[pen])
    cross(page, ROW, LEVEL, size_mm=size_mm, **PENS[pen])
    cross(page, ROW, LEVEL, size_mm=size_mm * 0.9, at=(0.3, 0.2), **PENS[pen])
    assert plain_and_right(look(page))


def test_who_draws_every_mark_so_votes_so() -> None:
    page = crosses(*range(12))
    for row in range(12):
        x, y = middle(row, row % 3)
        points = [(x - 3.2 + i * 0.8, y + (-1) ** i * 3.2) for i in range(9)]
        for a, b in pairwise(points):
            stroke(page, a, b)
    assert plain_and_right(look(page))
