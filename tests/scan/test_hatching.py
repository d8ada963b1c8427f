"""A box filled by strokes that touch nowhere is filled; a scanner's lines and a dry pen's cross are no such
strokes."""

from __future__ import annotations

from functools import partial

import pytest
from helpers.reading import LEVELS, PENS, Picture, crosses, middle, plain_and_right, read_sheet, stroke

from ballot_scan.records import Doubt

ROW = 5
LEVEL = ROW % 3
HANDS = {name: {"width_mm": 0.25, "ink": pen["ink"]} for name, pen in PENS.items() if name != "marker"}
look = partial(read_sheet, degrees=0.4, soft_px=0.5)


def strokes(
    page: Picture, count: int, lean_mm: float, *, level: bool = False, high_mm: float = 4.4, **pen: float
) -> None:
    """Strokes side by side in the row's box, from 2.3 mm left of its middle to 2.3 mm right of it, or turned."""
    x, y = middle(ROW, LEVEL)
    for n in range(count):
        aside, far = -2.3 + 4.6 * n / (count - 1), high_mm / 2 - 0.15 * (n % 3)
        ends = [(aside - lean_mm / 2, far), (aside + lean_mm / 2, -far)]
        a, b = [(v, u) for u, v in ends] if level else ends
        stroke(page, (x + a[0], y + a[1]), (x + b[0], y + b[1]), **pen)


@pytest.mark.parametrize("lean_mm", [0.5, 1.4])
@pytest.mark.parametrize("level", [False, True])
@pytest.mark.parametrize("pen", HANDS)
def test_a_hatched_box_is_a_vote(pen: str, level: bool, lean_mm: float) -> None:
    page = crosses(ROW, **HANDS[pen])
    strokes(page, 5, lean_mm, level=level, **HANDS[pen])
    row = look(page).rows[ROW]
    assert (row.reading, row.findings) == (LEVELS[LEVEL], ())


@pytest.mark.parametrize("joined", [0, 2, 4])
def test_so_it_is_if_some_of_its_strokes_touch(joined: int) -> None:
    page = crosses(ROW)
    strokes(page, 6, 0.8, width_mm=0.25)
    x, y = middle(ROW, LEVEL)
    aside = -2.3 + 4.6 * joined / 5
    stroke(page, (x + aside - 0.4, y + 2.0), (x + aside + 1.0, y + 1.9), width_mm=0.25)
    assert plain_and_right(look(page))


def test_streaks_through_a_box_are_none() -> None:
    page = crosses(ROW)
    x, y = middle(ROW, LEVEL)
    for n in range(5):
        stroke(page, (x - 2.2 + 1.1 * n, y - 60), (x - 2.2 + 1.1 * n, y + 60), width_mm=0.13, ink=140)
    row = look(page).rows[ROW]
    assert row.reading == "blank" or row.findings


@pytest.mark.parametrize("count", [2, 3])
def test_two_or_three_strokes_apart_are_none(count: int) -> None:
    page = crosses(ROW)
    strokes(page, count, 0.6, width_mm=0.25)
    assert look(page).rows[ROW].reading == "unsure"


def test_a_cross_that_a_dry_pen_left_in_pieces_is_none() -> None:
    page = crosses(ROW)
    x, y = middle(ROW, LEVEL)
    for s in (1, -1):
        for a, b in ((-2.3, -1.7), (-0.7, -0.5), (0.6, 0.8), (1.7, 2.3)):
            stroke(page, (x + a, y + s * a), (x + b, y + s * b), width_mm=0.25, ink=120)
    row = look(page).rows[ROW]
    assert row.reading == "unsure"
    assert Doubt.GAPS in row.boxes[LEVEL].doubts


@pytest.mark.parametrize("high_mm", [2.0, 2.4])
def test_tally_marks_are_none(high_mm: float) -> None:
    page = crosses(ROW)
    strokes(page, 4, 0.6, high_mm=high_mm, width_mm=0.25)
    assert look(page).rows[ROW].reading == "unsure"


def test_who_hatches_every_box_is_read_where_some_strokes_are_fewer() -> None:
    page = crosses(*range(12))
    for row in range(12):
        x, y = middle(row, row % 3)
        count = 3 if row == ROW else 4
        for n in range(count):
            aside = -2.2 + 4.4 * n / (count - 1)
            stroke(page, (x + aside - 0.4, y + 2.2), (x + aside + 0.4, y - 2.2), width_mm=0.25)
    assert plain_and_right(look(page))
