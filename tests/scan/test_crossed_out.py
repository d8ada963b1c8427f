"""A mark that somebody scribbled over and left alone in its row is no plain vote; a box filled, or a bold cross, is."""

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
