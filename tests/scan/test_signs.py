"""Signs that stand in a box as dark as a mark and are none go to people, with why; what looks like them and is a mark
is read: dashes, ditto marks, faces, filing holes, and lines that a pen drew under names."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from helpers.benchmarks import load
from helpers.reading import (
    CHOICES,
    PENS,
    ROWS,
    Picture,
    cross_at,
    crosses,
    doubtful_rows,
    filled,
    layout,
    middle,
    plain_and_right,
    polyline,
    read_sheet,
    stroke,
)

from ballot_scan.records import Doubt, PageReading, Rule
from ballot_scan.scan.reader import read

grid = load("accuracy_grid")

SCALE = 200 / 25.4
ROW = 6
LEVEL = CHOICES[ROW]
PENS_USED = ["ball pen", "gel pen", "pencil"]


def scanned(page: Picture) -> PageReading:
    grain = np.random.default_rng(5).normal(0, 1.5, page.shape)
    soft = cv2.GaussianBlur(page, (0, 0), 0.7) * (246 / 255)
    return read_sheet(np.clip(np.rint(soft + grain), 0, 255).astype(np.uint8))


def why(reading: PageReading, row: int = ROW) -> set[Doubt]:
    return {doubt for box in reading.rows[row].boxes for doubt in box.doubts}


def lines(page: Picture, pen: str, *strokes: tuple[tuple[float, float], tuple[float, float]]) -> Picture:
    """Strokes about the middle of the row's box, mm."""
    x, y = middle(ROW, LEVEL)
    for (xa, ya), (xb, yb) in strokes:
        stroke(page, (x + xa, y + ya), (x + xb, y + yb), **PENS[pen])
    return page


def ring(radius_mm: float, row: int = ROW) -> list[tuple[float, float]]:
    """Places on a circle about the middle of a row's box."""
    x, y = middle(row, CHOICES[row])
    return [(x + radius_mm * np.cos(t), y + radius_mm * np.sin(t)) for t in np.linspace(0, 2 * np.pi, 60)]


# ---------------------------------------------------------------- dashes


@pytest.mark.parametrize("pen", PENS_USED)
@pytest.mark.parametrize("rise", [-0.3, 0.0, 0.25])
@pytest.mark.parametrize("length", [3.6, 5.0])
def test_a_dash_in_a_box_goes_to_people(pen: str, rise: float, length: float) -> None:
    reading = scanned(lines(crosses(ROW, **PENS[pen]), pen, ((-length / 2, rise), (length / 2, -rise))))
    assert doubtful_rows(reading) == [ROW + 1]
    assert Doubt.LINE in why(reading)


@pytest.mark.parametrize("pen", PENS_USED)
@pytest.mark.parametrize("degrees", [25, 35, 60, -30])
def test_a_slash_is_a_mark(pen: str, degrees: float) -> None:
    dx, dy = 2.6 * np.cos(np.radians(degrees)), 2.6 * np.sin(np.radians(degrees))
    assert plain_and_right(scanned(lines(crosses(ROW, **PENS[pen]), pen, ((-dx, dy), (dx, -dy)))))


@pytest.mark.parametrize("pen", PENS_USED)
def test_a_flat_tick_is_a_mark(pen: str) -> None:
    page = lines(crosses(ROW, **PENS[pen]), pen, ((-2.4, -0.2), (-1.2, 1.0)), ((-1.2, 1.0), (2.6, -0.9)))
    assert plain_and_right(scanned(page))


@pytest.mark.parametrize("pen", PENS_USED)
@pytest.mark.parametrize("r", [2.1, 2.6])
def test_so_is_a_flatter_one(pen: str, r: float) -> None:
    turn, end = (-0.6 * r, 0.3 * r), (1.4 * r, -0.2 * r)
    assert plain_and_right(scanned(lines(crosses(ROW, **PENS[pen]), pen, ((-1.1 * r, -0.1 * r), turn), (turn, end))))


# ---------------------------------------------------------------- ditto marks


@pytest.mark.parametrize("pen", PENS_USED)
@pytest.mark.parametrize("lean", [0.0, 0.6])
@pytest.mark.parametrize("height", [1.9, 2.4])
def test_ditto_marks_go_to_people(pen: str, lean: float, height: float) -> None:
    up, down = lean / 2, height / 2
    page = lines(crosses(ROW, **PENS[pen]), pen, *(((a + up, -down), (a - up, down)) for a in (-0.6, 0.7)))
    reading = scanned(page)
    assert doubtful_rows(reading) == [ROW + 1]


@pytest.mark.parametrize("pen", PENS_USED)
@pytest.mark.parametrize("half", [1.3, 1.8, 2.2])
def test_so_does_a_sign_of_equality(pen: str, half: float) -> None:
    page = lines(crosses(ROW, **PENS[pen]), pen, *(((-half, y), (half, y + 0.3)) for y in (-0.6, 0.6)))
    assert doubtful_rows(scanned(page)) == [ROW + 1]


@pytest.mark.parametrize("pen", PENS_USED)
def test_so_does_one_whose_lines_waver(pen: str) -> None:
    wavering = [[(-1.8, y), (-0.9, y + 0.25), (0.1, y - 0.1), (1.0, y + 0.3), (1.9, y)] for y in (-0.7, 0.6)]
    page = lines(crosses(ROW, **PENS[pen]), pen, *(pair for line in wavering for pair in pairwise(line)))
    assert doubtful_rows(scanned(page)) == [ROW + 1]


def test_the_tip_of_a_crosss_arm_beyond_its_frame_is_no_second_stroke() -> None:
    cell = grid.BY_NAME["A4, 200 dpi, hard, four pages"]
    reading = read(grid.opened(grid.simulated(cell, 640000111)), grid.book(cell.ballot))
    assert [(row.reading, row.findings) for row in reading.rows if row.row == 44] == [("low", ())]


@pytest.mark.parametrize("pen", PENS_USED)
def test_a_double_slash_as_long_as_a_mark_is_one(pen: str) -> None:
    page = lines(crosses(ROW, **PENS[pen]), pen, *(((a + 1.3, -2.1), (a - 1.3, 2.1)) for a in (-0.6, 0.8)))
    assert plain_and_right(scanned(page))


# ---------------------------------------------------------------- faces


def face(page: Picture, pen: str, radius_mm: float) -> Picture:
    polyline(page, ring(radius_mm), **PENS[pen])
    r = radius_mm
    eyes = (((a, -0.35 * r), (a, -0.2 * r)) for a in (-0.38 * r, 0.38 * r))
    mouth = (((-0.4 * r, 0.3 * r), (0.0, 0.5 * r)), ((0.0, 0.5 * r), (0.4 * r, 0.3 * r)))
    return lines(page, pen, *eyes, *mouth)


@pytest.mark.parametrize("pen", ["ball pen", "gel pen"])
@pytest.mark.parametrize("radius", [2.0, 2.4])
def test_a_face_goes_to_people(pen: str, radius: float) -> None:
    reading = scanned(face(crosses(ROW, **PENS[pen]), pen, radius))
    assert doubtful_rows(reading) == [ROW + 1]
    assert why(reading) & {Doubt.SIGN, Doubt.GAPS}


@pytest.mark.parametrize("pen", PENS_USED)
@pytest.mark.parametrize("speck_mm", [0.0, 0.3, 0.5])
def test_a_circle_is_a_mark_whatever_speck_lies_in_it(pen: str, speck_mm: float) -> None:
    page = crosses(ROW, **PENS[pen])
    polyline(page, ring(2.1), **PENS[pen])
    if speck_mm:
        x, y = middle(ROW, LEVEL)
        cv2.circle(page, (round((x + 0.4) * SCALE * 16), round(y * SCALE * 16)), round(speck_mm * SCALE * 8), 40, -1,
                   cv2.LINE_AA, 4)  # fmt: skip
    assert plain_and_right(scanned(page))


@pytest.mark.parametrize("pen", ["ball pen", "gel pen"])
@pytest.mark.parametrize("within", ["dot", "cross", "tick"])
def test_a_circle_about_a_mark_or_a_dot_is_no_face(pen: str, within: str) -> None:
    page = crosses(*range(ROWS))
    for row in range(ROWS):
        x, y = middle(row, CHOICES[row])
        polyline(page, ring(2.3, row), **PENS[pen])
        if within == "dot":
            cv2.circle(page, (round(x * SCALE), round(y * SCALE)), round(0.5 * SCALE), 40, -1, cv2.LINE_AA)
        if within == "cross":
            cross_at(page, (x, y), size_mm=1.6, **PENS[pen])
        if within == "tick":
            polyline(page, [(x - 0.9, y - 0.1), (x - 0.3, y + 0.7), (x + 0.9, y - 0.8)], **PENS[pen])
    reading = scanned(page)
    assert not any(Doubt.SIGN in why(reading, row) for row in range(ROWS))


# ---------------------------------------------------------------- filing holes


def punched(page: Picture, off_mm: tuple[float, float], diameter_mm: float, bed: int) -> Picture:
    x, y = middle(ROW, LEVEL)
    at = round((x + off_mm[0]) * SCALE * 16), round((y + off_mm[1]) * SCALE * 16)
    cv2.circle(page, at, round(diameter_mm * SCALE * 8), bed, -1, cv2.LINE_AA, 4)
    return page


@pytest.mark.parametrize("pen", ["gel pen", "ball pen", "marker"])
@pytest.mark.parametrize("bed", [0, 60, 120])
@pytest.mark.parametrize("diameter", [5.0, 5.5, 6.0])
@pytest.mark.parametrize("off", [(0.0, 0.0), (0.8, -0.6)])
def test_a_hole_through_a_box_is_no_vote(pen: str, bed: int, diameter: float, off: tuple[float, float]) -> None:
    reading = scanned(punched(crosses(ROW, **PENS[pen]), off, diameter, bed))
    assert ROW + 1 in doubtful_rows(reading)
    assert reading.rows[ROW].reading not in ("high", "medium", "low")


@pytest.mark.parametrize("off", [(-1.4, 1.2), (1.6, 1.6)])
def test_nor_is_what_is_left_of_a_cross_beside_it(off: tuple[float, float]) -> None:
    assert ROW + 1 in doubtful_rows(scanned(punched(filled(**PENS["gel pen"]), off, 5.5, 0)))


@pytest.mark.parametrize("pen", ["ball pen", "marker"])
@pytest.mark.parametrize("unsteady_mm", [0.0, 0.06, 0.12, 0.2])
def test_who_fills_boxes_as_round_as_a_punch_is_understood(pen: str, unsteady_mm: float) -> None:
    page = crosses(*range(ROWS))
    for row in range(ROWS):
        x, y = middle(row, CHOICES[row])
        chance = np.random.default_rng(row)
        turns = np.linspace(0, 14 * np.pi, 260)
        knots = turns[::20]
        reach = np.linspace(0.2, 2.1, 260) + np.interp(turns, knots, chance.normal(0, unsteady_mm, len(knots)))
        polyline(page, [(x + r * np.cos(t), y + r * np.sin(t)) for r, t in zip(reach, turns, strict=True)], **PENS[pen])
    assert plain_and_right(scanned(page))


# ---------------------------------------------------------------- lines under names


@pytest.mark.parametrize("pen", ["ball pen", "gel pen"])
@pytest.mark.parametrize("drop", [0.0, 0.1])
@pytest.mark.parametrize("share", [0.8, 1.0])
def test_a_name_that_somebody_underlined_goes_to_people(pen: str, drop: float, share: float) -> None:
    page = filled(**PENS[pen])
    x, y, w, h = layout().pages[0].rows[ROW].name_rect_mm
    stroke(page, (x, y + h + 0.4), (x + share * w, y + h + 0.4 + drop), **PENS[pen])
    reading = scanned(page)
    assert reading.findings == (Rule.EXTRA_WRITING,)


@pytest.mark.parametrize("long_mm", [4.0, 6.0, 8.0])
def test_a_fibre_on_the_sheet_is_no_line(long_mm: float) -> None:
    """One of a centimetre looks as a pen's dash does, and waits."""
    page = filled(**PENS["gel pen"])
    stroke(page, (60.0, 230.0), (60.0 + long_mm, 230.0), width_mm=0.25, ink=70)
    assert plain_and_right(scanned(page))


# ---------------------------------------------------------------- letters


LETTERS = {  # strokes of a letter, mm, from its left foot
    "b": [[(0.0, -3.0), (0.05, 0.0)], [(0.0, -0.9), (0.6, -1.4), (1.1, -0.8), (0.7, -0.1), (0.05, -0.1)]],
    "o": [[(0.6, -1.5), (0.05, -0.9), (0.25, -0.1), (0.8, -0.1), (1.1, -0.8), (0.6, -1.5)]],
    "c": [[(1.0, -1.3), (0.5, -1.5), (0.05, -0.8), (0.4, -0.1), (1.0, -0.3)]],
    "a": [[(1.0, -1.4), (0.4, -1.5), (0.05, -0.7), (0.4, -0.1), (1.0, -0.5)], [(1.05, -1.5), (1.1, -0.0)]],
    "k": [[(0.0, -3.0), (0.05, 0.0)], [(1.0, -1.7), (0.1, -0.9), (1.0, 0.0)]],
}


@pytest.mark.parametrize(
    ("word", "size", "pen"),
    [("bo", 1.5, "ball pen"), ("ok", 1.4, "ball pen"), ("bo", 1.3, "gel pen"), ("ok", 1.5, "gel pen"),
     ("cao", 1.1, "gel pen")],
)  # fmt: skip
def test_a_word_in_a_box_is_no_mark(word: str, size: float, pen: str) -> None:
    page = crosses(ROW)
    x, y = middle(ROW, LEVEL)
    step = 1.1 * size + (0.6 if len(word) > 2 else 1.0)
    for i, letter in enumerate(word):
        left = x + (i - len(word) / 2) * step + 0.3
        for line in LETTERS[letter]:
            polyline(page, [(left + a * size, y + 0.7 * size + b * size) for a, b in line], **PENS[pen])
    reading = scanned(page)
    assert doubtful_rows(reading) == [ROW + 1]
    assert why(reading) == {Doubt.SIGN}


@pytest.mark.parametrize("gap_mm", [0.4, 0.8])
@pytest.mark.parametrize("pen", ["ball pen", "pencil"])
def test_a_circle_or_a_cross_that_a_worn_pen_drew_in_two_halves_is_no_word(gap_mm: float, pen: str) -> None:
    x, y = middle(ROW, LEVEL)
    page, half = crosses(ROW), gap_mm / 1.6
    for way in (-1, 1):
        turns = np.linspace(-np.pi / 2 + half, np.pi / 2 - half, 24)
        polyline(page, [(x + way * 1.6 * np.cos(t), y + 1.6 * np.sin(t)) for t in turns], **PENS[pen])
    assert Doubt.SIGN not in why(scanned(page))
    page = crosses(ROW)
    for way in (-1, 1):
        polyline(page, [(x + way * gap_mm / 2, y), (x + way * (gap_mm / 2 + 1.6), y + 1.9)], **PENS[pen])
        polyline(page, [(x + way * gap_mm / 2, y), (x + way * 1.9, y - 1.9)], **PENS[pen])
    assert Doubt.SIGN not in why(scanned(page))


CAPITALS = {  # strokes of a letter a millimetre wide and high, from its left foot
    "H": [[(0.0, -1.0), (0.05, 0.0)], [(0.9, -1.0), (0.95, 0.0)], [(0.0, -0.5), (0.9, -0.5)]],
    "N": [[(0.0, 0.0), (0.05, -1.0), (0.9, 0.0), (0.95, -1.0)]],
    "W": [[(0.0, -1.0), (0.25, 0.0), (0.5, -1.0), (0.75, 0.0), (1.0, -1.0)]],
}


def wave(page: Picture, row: int, pen: str, turns: int, high_mm: float, wide_mm: float) -> None:
    """A zigzag over a row's box."""
    x, y = middle(row, CHOICES[row])
    along = np.linspace(-wide_mm / 2, wide_mm / 2, 2 * turns + 1)
    polyline(page, [(x + a, y + high_mm / 2 * (-1) ** i) for i, a in enumerate(along)], **PENS[pen])


@pytest.mark.parametrize("pen", ["ball pen", "gel pen", "pencil"])
@pytest.mark.parametrize("turns", [3, 4])
@pytest.mark.parametrize("high_mm", [1.8, 2.6])
def test_a_wavy_line_over_a_box_goes_to_people(pen: str, turns: int, high_mm: float) -> None:
    page = crosses(ROW, **PENS[pen])
    wave(page, ROW, pen, turns, high_mm, wide_mm=2.2 * turns)
    reading = scanned(page)
    assert doubtful_rows(reading) == [ROW + 1]
    assert Doubt.SIGN in why(reading)


@pytest.mark.parametrize("pen", ["ball pen", "gel pen"])
@pytest.mark.parametrize(("turns", "high_mm", "wide_mm"), [(4, 3.0, 3.6), (3, 2.6, 5.5), (4, 2.6, 7.0)])
def test_who_votes_with_zigzags_in_most_rows_is_understood(
    pen: str, turns: int, high_mm: float, wide_mm: float
) -> None:
    page = crosses(*range(ROWS))
    for row in range(ROWS):
        wave(page, row, pen, turns, high_mm, wide_mm)
    assert plain_and_right(scanned(page))


def test_so_is_who_fills_boxes_and_in_one_of_them_ran_out_of_patience() -> None:
    page = crosses(*range(ROWS))
    for row in range(ROWS):
        wave(page, row, "gel pen", *((3, 2.6, 5.5) if row == ROW else (12, 4.0, 4.0)))
    assert plain_and_right(scanned(page))


@pytest.mark.parametrize(
    ("word", "pen"), [("HN", "gel pen"), ("NW", "gel pen"), ("NN", "gel pen"), ("NN", "ball pen"), ("NN", "pencil")]
)
def test_initials_whose_letters_touch_are_no_mark(word: str, pen: str) -> None:
    page = crosses(ROW, **PENS[pen])
    x, y = middle(ROW, LEVEL)
    for i, letter in enumerate(word):
        for line in CAPITALS[letter]:
            polyline(page, [(x + (i - 1 + a) * 2.4, y + 1.6 + b * 3.2) for a, b in line], **PENS[pen])
    reading = scanned(page)
    assert doubtful_rows(reading) == [ROW + 1]
    assert Doubt.SIGN in why(reading)


def query(page: Picture, pen: str, size: float, dot_mm: float) -> Picture:
    """A question mark in the row's box; its dot as far below."""
    x, y = middle(ROW, LEVEL)
    arc = [(0.8 * np.cos(t), -1.2 + 0.8 * np.sin(t)) for t in np.linspace(-np.pi, 0.35 * np.pi, 14)]
    bend = [*arc, (0.05, 0.0), (0.0, 0.7)]
    polyline(page, [(x + size * a, y + size * b) for a, b in bend], **PENS[pen])
    stroke(page, (x, y + size * 0.7 + dot_mm), (x + 0.02, y + size * 0.7 + dot_mm + 0.15), **PENS[pen])
    return page


@pytest.mark.parametrize("pen", ["ball pen", "gel pen", "pencil"])
@pytest.mark.parametrize(("size", "dot_mm"), [(0.8, 0.8), (1.0, 0.8)])
def test_a_question_mark_is_no_mark(pen: str, size: float, dot_mm: float) -> None:
    reading = scanned(query(crosses(ROW, **PENS[pen]), pen, size, dot_mm))
    assert doubtful_rows(reading) == [ROW + 1]
    assert why(reading) == {Doubt.SIGN}


@pytest.mark.parametrize("form", ["slash", "tick", "cross"])
@pytest.mark.parametrize("speck_mm", [0.2, 0.35])
def test_a_speck_beneath_a_mark_makes_no_question_of_it(form: str, speck_mm: float) -> None:
    x, y = middle(ROW, LEVEL)
    page = crosses(ROW)
    if form == "slash":
        polyline(page, [(x - 0.9, y + 1.2), (x + 1.1, y - 1.9)], **PENS["ball pen"])
    elif form == "tick":
        polyline(page, [(x - 1.2, y - 0.2), (x - 0.3, y + 1.2), (x + 1.4, y - 1.8)], **PENS["ball pen"])
    else:
        polyline(page, [(x - 1.5, y - 1.9), (x + 1.5, y + 1.1)], **PENS["ball pen"])
        polyline(page, [(x + 1.5, y - 1.9), (x - 1.5, y + 1.1)], **PENS["ball pen"])
    lowest = {"slash": x - 0.9, "tick": x - 0.3, "cross": x + 1.5}[form]
    cv2.circle(
        page, (round(lowest * SCALE), round((y + 1.9) * SCALE)), round(speck_mm * SCALE / 2), 60, -1, cv2.LINE_AA
    )
    assert Doubt.SIGN not in why(scanned(page))
