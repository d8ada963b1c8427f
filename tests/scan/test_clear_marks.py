"""Marks anybody would count that had gone to people: pale, small, at the frame, interrupted, or beside dust. And what
looks like them and still goes to people."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import cv2
import numpy as np
import pytest
from helpers.benchmarks import load
from helpers.reading import (
    CHOICES,
    LEVELS,
    PENS,
    Picture,
    cross,
    crosses,
    doubtful_rows,
    middle,
    plain_and_right,
    read_sheet,
    sheet,
    stroke,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ballot_scan.records import Doubt, Rule
from ballot_scan.scan import notches
from ballot_scan.scan.reader import read

ROW = 4
GRAINS = 0.42  # mm, a grain of pencil and the gap after it
Points = list[tuple[float, float]]
CROSS: list[Points] = [[(-2.0, -2.1), (2.1, 2.0)], [(2.0, -2.0), (-2.1, 2.1)]]
DABS: list[Points] = [
    [(-0.4, -0.2), (0.4, 0.3)],
    [(1.3, -1.6), (1.5, -1.9)],
    [(-1.3, -1.1), (-1.0, -0.8)],
    [(1.0, 0.9), (1.2, 1.2)],
    [(-0.7, 1.2), (-0.6, 1.1)],
]
look = partial(read_sheet, soft_px=0.6)


def line(page: Picture, points: Points, row: int, level: int, **pen: float) -> None:
    x, y = middle(row, level)
    for a, b in pairwise(points):
        stroke(page, (x + a[0], y + a[1]), (x + b[0], y + b[1]), **pen)  # type: ignore[arg-type]


def grainy(page: Picture, strokes: list[Points], row: int, level: int, ink: int, grain_mm: float = GRAINS) -> None:
    """Strokes of which every other grain took: what a hard pencil leaves on rough paper."""
    for (x0, y0), (x1, y1) in strokes:
        steps = int(np.hypot(x1 - x0, y1 - y0) / grain_mm)
        for n in range(0, steps, 2):
            a, b = n / steps, (n + 1) / steps
            piece = [(x0 + a * (x1 - x0), y0 + a * (y1 - y0)), (x0 + b * (x1 - x0), y0 + b * (y1 - y0))]
            line(page, piece, row, level, width_mm=0.3, ink=ink)


def dot(page: Picture, row: int, level: int, at_mm: tuple[float, float], size_mm: float, ink: int) -> None:
    x, y = middle(row, level)
    stroke(page, (x + at_mm[0], y + at_mm[1]), (x + at_mm[0] + 0.01, y + at_mm[1]), width_mm=size_mm, ink=ink)


# ---------------------------------------------------------------- a pencil of which only grains show


@pytest.mark.parametrize("ink", [182, 192])
def test_a_ballot_whose_crosses_are_all_grains_of_a_pale_pencil_is_read(ink: int) -> None:
    page = sheet()
    for row, level in enumerate(CHOICES):
        grainy(page, CROSS, row, level, ink)
    reading = look(page)
    right = sum(r.reading == r.boxes[c].level and not r.findings for r, c in zip(reading.rows, CHOICES, strict=True))
    assert right >= 10
    assert all(r.reading in (r.boxes[c].level, "unsure") for r, c in zip(reading.rows, CHOICES, strict=True))


def test_such_a_cross_on_a_ballot_in_ink_goes_to_people() -> None:
    page = crosses(ROW)
    grainy(page, CROSS, ROW, CHOICES[ROW], 185)
    assert look(page).rows[ROW].reading == "unsure"


def test_a_trace_in_another_box_of_such_a_ballot_goes_to_people() -> None:
    page = sheet()
    for row, level in enumerate(CHOICES):
        grainy(page, CROSS, row, level, 188)
    other = (CHOICES[ROW] + 1) % 3
    grainy(page, [[(-1.0, -1.2), (1.1, 1.0)]], ROW, other, 196)
    row = look(page).rows[ROW]
    assert row.reading == "unsure"
    assert row.boxes[other].doubts


def test_a_few_dabs_on_a_ballot_of_whole_pencil_crosses_go_to_people() -> None:
    page = crosses(ROW, width_mm=0.45, ink=178)
    for dab in DABS:
        line(page, dab, ROW, CHOICES[ROW], width_mm=0.3, ink=178)
    assert look(page).rows[ROW].reading == "unsure"


# ---------------------------------------------------------------- small crosses


@pytest.mark.parametrize("ink", [150, 165])
def test_a_small_grey_cross_is_no_hesitation(ink: int) -> None:
    page = crosses(ROW, ink=ink)
    line(page, [(-1.0, -1.1), (1.0, 0.9)], ROW, CHOICES[ROW], width_mm=0.35, ink=ink)
    line(page, [(1.0, -1.0), (-1.1, 1.0)], ROW, CHOICES[ROW], width_mm=0.35, ink=ink)
    assert plain_and_right(look(page))


@pytest.mark.parametrize("turn", [0.0, 0.3, 0.8])
def test_a_small_cross_by_a_marker_is_no_short_stroke(turn: float) -> None:
    page = crosses(ROW, width_mm=1.0, ink=0, size_mm=6)
    for angle in (turn, turn + 1.4):
        x, y = 1.15 * np.cos(angle), 1.15 * np.sin(angle)
        line(page, [(-x, -y), (x, y)], ROW, CHOICES[ROW], width_mm=1.0, ink=0)
    assert plain_and_right(look(page))


@pytest.mark.parametrize("width_mm", [0.35, 0.7, 1.0])
def test_one_short_stroke_by_the_same_pen_is(width_mm: float) -> None:
    page = crosses(ROW, width_mm=width_mm, ink=20, size_mm=6)
    line(page, [(-0.9, -0.8), (0.9, 0.8)], ROW, CHOICES[ROW], width_mm=width_mm, ink=20)
    box = look(page).rows[ROW].boxes[CHOICES[ROW]]
    assert (box.state, box.doubts) == ("unsure", (Doubt.HESITANT,))


def arms(angles: list[float], length: float = 14.0, width: int = 3) -> NDArray[np.bool_]:
    """Lines from the middle of a picture at the ``angles`` (radians)."""
    page = np.zeros((48, 48), np.uint8)
    for angle in angles:
        end = np.rint((24 + length * np.cos(angle), 24 + length * np.sin(angle))).astype(int)
        cv2.line(page, (24, 24), (int(end[0]), int(end[1])), 1, width)
    return page > 0


@given(st.floats(0, np.pi), st.floats(0.9, np.pi - 0.9), st.floats(10, 20), st.integers(2, 3))
@settings(max_examples=150, deadline=None)
def test_two_strokes_that_cross_are_a_cross_however_they_lie(
    turn: float, between: float, length: float, width: int
) -> None:
    four = [turn, turn + np.pi, turn + between, turn + between + np.pi]
    assert notches.is_cross(arms(four, length, width))


@given(st.floats(0, 2 * np.pi), st.floats(0.3, np.pi), st.floats(4, 20), st.integers(1, 7))
@settings(max_examples=150, deadline=None)
def test_a_stroke_and_a_tick_are_none(turn: float, between: float, length: float, width: int) -> None:
    assert not notches.is_cross(arms([turn, turn + np.pi], length, width))
    assert not notches.is_cross(arms([turn, turn + between], length, width))


@given(st.floats(0, np.pi), st.floats(10, 20), st.lists(st.integers(0, 20), min_size=4, max_size=8))
@settings(max_examples=100, deadline=None)
def test_a_stroke_with_a_ragged_side_is_none(turn: float, length: float, bites: list[int]) -> None:
    page = arms([turn, turn + np.pi], length, 5).astype(np.uint8)
    along = np.array([np.cos(turn), np.sin(turn)])
    for n in bites:
        x, y = np.rint(24 + along * (n - 10) + 3.0 * np.array([-along[1], along[0]])).astype(int)
        cv2.circle(page, (int(x), int(y)), 2, 0, cv2.FILLED)
    assert not notches.is_cross(page > 0)


@pytest.mark.parametrize("bends", [1, 2])
def test_a_hair_that_bends_is_none(bends: int) -> None:
    page = np.zeros((60, 60), np.uint8)
    x = np.linspace(6, 54, 80)
    points = np.column_stack([x, 30 + 12 * np.sin((x - 6) / 48 * np.pi * bends)])
    cv2.polylines(page, [np.rint(points).astype(np.int32)], False, 1, 2)
    assert not notches.is_cross(page > 0)


def test_no_ink_and_scattered_ink_are_none() -> None:
    assert not notches.is_cross(np.zeros((5, 5), np.bool_))
    two = np.zeros((48, 60), np.bool_)
    two[:, :20], two[:, 40:] = arms([0, 1.5, 3.1, 4.6])[:, 14:34], arms([0.2])[:, 14:34]
    assert not notches.is_cross(two)


# ---------------------------------------------------------------- a cross on the frame's line


def on_line(mark: NDArray[np.bool_], at: int, *, level: bool, shade: int = 180, soft_px: float = 0.0) -> bool:
    """Whether a mark is a cross where a printed line, black and 2 px broad, runs over it; of the mark what lies on one
    side of the line, 4 px from it, is inside a box, and what lies within 4 px of it is not known to be its ink."""
    places = np.arange(mark.shape[0])[:, None] if level else np.arange(mark.shape[1])[None, :]
    away = np.broadcast_to(places - at, mark.shape)
    dark = np.asarray(cv2.GaussianBlur(np.where(mark, shade, 0).astype(np.uint8), (3, 3), 0), np.uint8)
    dark[(away >= -1) & (away <= 0)] = 240
    if soft_px:
        dark = np.asarray(cv2.GaussianBlur(dark, (0, 0), soft_px), np.uint8)
    ink = mark & (np.abs(away) >= 4)
    return notches.is_cross_on_line(dark, ink, ink & (away > 0), (away >= -2) & (away <= 1))


@pytest.mark.parametrize("level", [False, True])
@pytest.mark.parametrize("at", [20, 21])
@pytest.mark.parametrize("turn", [0.7, 0.8, 0.9])
@pytest.mark.parametrize("length", [14, 18])
def test_a_cross_over_a_frames_line_is_one(turn: float, length: float, at: int, level: bool) -> None:
    assert on_line(arms([turn, turn + 1.57, turn + 3.14, turn + 4.71], length, 3), at, level=level)


@given(st.floats(0, 2 * np.pi), st.floats(0.3, 2.5), st.floats(9, 18), st.integers(2, 4), st.integers(16, 32))
@settings(max_examples=150, deadline=None)
def test_a_stroke_and_a_tick_over_a_frames_line_are_none(
    turn: float, between: float, length: float, width: int, at: int
) -> None:
    for mark in (arms([turn, turn + np.pi], length, width), arms([turn, turn + between], length, width)):
        away = np.abs(np.arange(48) - at)
        if (mark[:, away >= 4].any()) and mark[:, at + 4 :].any():
            assert not on_line(mark, at, level=False)


@given(
    st.floats(0.6, 2.5), st.floats(0.3, 2.5), st.integers(1, 3), st.integers(60, 160), st.sampled_from([0.6, 0.9, 1.2])
)
@settings(max_examples=150, deadline=None)
def test_a_pale_line_over_a_frame_whose_edge_is_soft_is_none(
    turn: float, between: float, width: int, shade: int, soft_px: float
) -> None:
    """The frame's own edge, as dark as a pale line is, makes no arms of it."""
    for mark in (arms([turn, turn + np.pi], 14, width), arms([turn, turn + between], 14, width)):
        if (mark & (np.arange(48)[:, None] >= 28)).any():
            assert not on_line(mark, 24, level=True, shade=shade, soft_px=soft_px)


def test_a_small_cross_on_the_corner_of_its_box_is_read() -> None:
    """Its middle lies on the frame: inside is one short arm, which was taken for a hair."""
    page = crosses(ROW, ink=85, width_mm=0.45)
    cross(page, ROW, CHOICES[ROW], size_mm=2.2, at=(3.1, -3.1), ink=85, width_mm=0.3)
    row = look(page).rows[ROW]
    assert (row.reading, row.findings) == (LEVELS[CHOICES[ROW]], ())


@pytest.mark.parametrize("off", [(0.3, -3.9), (-0.5, 3.9), (3.9, 0.2), (-3.9, 0.4)])
@pytest.mark.parametrize("size_mm", [2.6, 3.0])
def test_a_broad_cross_whose_middle_lies_beside_its_box_goes_to_people(
    off: tuple[float, float], size_mm: float
) -> None:
    page = crosses(6, **PENS["marker"])
    cross(page, 6, 1, size_mm=size_mm, at=off, **PENS["marker"])
    assert doubtful_rows(read_sheet(page, 0.6)) == [7]


@pytest.mark.parametrize("at", [(3.1, -3.1), (-3.1, 3.1), (3.3, 0.5)])
def test_a_hair_over_the_frame_is_not(at: tuple[float, float]) -> None:
    page = crosses(ROW, ink=85, width_mm=0.45)
    line(page, [(at[0] - 1.4, at[1] - 1.2), at, (at[0] + 0.9, at[1] + 1.5)], ROW, 2, width_mm=0.13, ink=120)
    assert look(page).rows[ROW].findings


# ---------------------------------------------------------------- one line among other marks


def fills(but: int, ink: int) -> Picture:
    """A ballot whose boxes are filled in every row but one (from 0)."""
    page = sheet()
    for row, level in enumerate(CHOICES):
        for n in range(-5, 6) if row != but else ():
            line(page, [(-2.4, n * 0.45), (2.4, n * 0.45 + 0.2)], row, level, width_mm=0.5, ink=ink)
    return page


def test_a_slash_on_a_ballot_whose_other_boxes_are_filled_is_a_vote() -> None:
    page = fills(ROW, 95)
    line(page, [(-1.8, 2.0), (2.0, -1.9)], ROW, CHOICES[ROW], width_mm=0.4, ink=95)
    assert plain_and_right(look(page))


def test_a_paler_thin_line_on_such_a_ballot_goes_to_people() -> None:
    page = fills(ROW, 60)
    line(page, [(-1.8, 2.0), (2.0, -1.9)], ROW, CHOICES[ROW], width_mm=0.25, ink=140)
    assert look(page).rows[ROW].reading == "unsure"


# ---------------------------------------------------------------- dust beside a mark, and arms beyond a gap


@pytest.mark.parametrize("ink", [60, 110, 150])
def test_three_grains_of_dust_in_another_box_are_nothing(ink: int) -> None:
    page = crosses()
    other = (CHOICES[ROW] + 1) % 3
    for at in ((-1.6, -1.4), (0.4, -1.8), (1.3, 1.5)):
        dot(page, ROW, other, at, 0.15, ink)
    assert plain_and_right(look(page))


@pytest.mark.parametrize("ink", [110, 170])
def test_dust_beside_a_whole_mark_is_no_gap_in_it(ink: int) -> None:
    page = crosses(ink=110)
    for at in ((-2.1, 0.2), (0.1, 2.0)):
        dot(page, ROW, CHOICES[ROW], at, 0.15, ink)
    assert plain_and_right(look(page))


def test_a_tick_that_turns_below_its_box_is_one_stroke() -> None:
    page = crosses(ROW, ink=110)
    line(page, [(-2.2, -1.5), (-0.6, 3.4), (2.3, -2.4)], ROW, CHOICES[ROW], width_mm=0.4, ink=110)
    dot(page, ROW, CHOICES[ROW], (0.1, -1.5), 0.3, 170)
    reading = look(page)
    assert plain_and_right(reading), reading.rows[ROW]


TICKS = {
    "turns right below its box": [(-2.8, 2.3), (0.0, 6.6), (5.4, -1.8)],
    "turns below, and rises by its corner": [(-4.2, 0.4), (-0.6, 6.8), (5.9, -2.5)],
    "turns below, with a long tail": [(-5.2, -0.5), (0.4, 6.2), (6.7, -7.5)],
    "turns inside and leaves by both arms": [(-4.0, -4.8), (-1.6, 0.8), (4.6, -6.4)],
}


@pytest.mark.parametrize("pen", [{"width_mm": 0.35, "ink": 60}, {"width_mm": 0.6, "ink": 110}])
@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("how", TICKS)
def test_a_tick_through_its_box_is_a_vote_wherever_it_turns(how: str, level: int, pen: dict[str, float]) -> None:
    page = crosses(ROW, **pen)
    line(page, TICKS[how], ROW, level, **pen)
    row = look(page).rows[ROW]
    assert (row.reading, row.findings) == (LEVELS[level], ())


BESIDE = {
    "a tick far below": [(-2.6, 3.8), (-0.4, 8.6), (3.0, 1.6)],
    "a tick between two boxes": [(4.0, 1.0), (7.6, 5.6), (12.0, -2.0)],
    "a cross on the frame below": [(-2.6, 1.0), (2.6, 7.6)],
    "a bracket from above": [(-1.5, -8.5), (-1.5, -1.5), (1.5, -1.5), (1.5, -8.5)],
    "a loop half inside": [(-2.4, 0.4), (-2.4, 6.6), (2.4, 6.6), (2.4, 0.4), (-2.4, 0.4)],
}


@pytest.mark.parametrize("how", BESIDE)
def test_what_only_looks_like_such_a_tick_goes_to_people(how: str) -> None:
    page = crosses(ROW, ink=60)
    line(page, BESIDE[how], ROW, 1, width_mm=0.45, ink=60)
    if "cross" in how:
        line(page, [(2.6, 1.0), (-2.6, 7.6)], ROW, 1, width_mm=0.45, ink=60)
    assert look(page).rows[ROW].findings


def test_strokes_side_by_side_paler_than_a_ballot_s_crosses_go_to_people() -> None:
    """They end at its frame, and had seemed to be one tick that turns there."""
    page = crosses(ROW, width_mm=0.35, ink=85)
    for k in (-1, 0, 1):
        line(page, [(1.4 * k - 0.5, 4.5), (1.4 * k + 0.5, -4.5)], ROW, 1, width_mm=0.35, ink=110)
    assert look(page).rows[ROW].reading == "unsure"


@pytest.mark.parametrize("gap_mm", [0.8, 2.0])
def test_the_arms_of_a_cross_beyond_a_gap_are_its_own(gap_mm: float) -> None:
    page = crosses(ROW, ink=110)
    x = 1.8
    for way in (1, -1):
        line(page, [(-x, -way * x), (x, way * x)], ROW, CHOICES[ROW], width_mm=0.4, ink=110)
        near, far = x + 0.7 * gap_mm, x + 0.7 * gap_mm + 2.0
        line(page, [(near, way * near), (far, way * far)], ROW, CHOICES[ROW], width_mm=0.4, ink=110)
    assert plain_and_right(look(page))


def test_a_stroke_beside_another_box_of_that_row_goes_to_people() -> None:
    page = crosses()
    line(page, [(4.0, -2.0), (6.0, 2.0)], ROW, (CHOICES[ROW] + 1) % 3, width_mm=0.4, ink=110)
    assert look(page).rows[ROW].findings


@pytest.mark.parametrize(
    "points",
    [
        [(-5.4, 0.2), (-4.0, -2.2)],  # across the way to the mark
        [(-5.5, -1.0), (-6.0, 12.0)],  # as far as the next row
        [(-6.8, 0.0), (-8.4, 0.0)],  # too far away
    ],
)
def test_what_somebody_drew_beside_a_marked_box_is_no_arm_of_its_cross(points: Points) -> None:
    page = crosses(ROW, width_mm=0.4, ink=110)
    line(page, [(-1.8, -1.8), (1.8, 1.8)], ROW, 2, width_mm=0.4, ink=110)
    line(page, [(1.8, -1.8), (-1.8, 1.8)], ROW, 2, width_mm=0.4, ink=110)
    assert look(page).rows[ROW].reading == "low"
    line(page, points, ROW, 2, width_mm=0.4, ink=110)
    assert look(page).rows[ROW].findings


def test_a_word_beside_a_blacked_out_box_is_no_arm_of_what_fills_it() -> None:
    page = crosses(ROW, width_mm=0.5, ink=60)
    for k in range(12):
        line(page, [(-3.0 + 0.5 * k, 3.2), (-2.6 + 0.5 * k, -3.2)], ROW, 0, width_mm=0.6, ink=60)
    assert look(page).rows[ROW].reading == "high"
    letters = [(5.0 + 0.45 * k, (0.4, -0.6)[k % 2] - 0.6 * (k == 3)) for k in range(10)]  # run into each other
    line(page, letters, ROW, 0, width_mm=0.5, ink=60)
    assert Rule.MARK_OFF_BOX in look(page).rows[ROW].findings


@pytest.mark.parametrize("ink", [110, 125, 140])
def test_a_pencil_s_dash_between_boxes_of_a_row_marked_in_pencil_goes_to_people(ink: int) -> None:
    page = crosses(width_mm=0.65, ink=ink)
    line(page, [(7.5, 0.1), (15.5, 0.0)], ROW, 0, width_mm=0.65, ink=ink)
    assert look(page).rows[ROW].findings


@pytest.mark.parametrize(("ink", "width_mm"), [(150, 0.6), (170, 0.6), (150, 0.9)])
@pytest.mark.parametrize("turn", [0, 1])
def test_a_second_mark_in_pencil_beside_another_box_goes_to_people(ink: int, width_mm: float, turn: int) -> None:
    page = crosses(width_mm=0.6, ink=30)
    strokes: list[Points] = [[(9.5, -2.0), (13.5, 2.0)], [(13.5, -2.0), (9.5, 2.0)]]
    for points in strokes if not turn else [[(9.5, 0.0), (10.8, 2.0), (13.5, -2.2)]]:
        line(page, points, ROW, 0, width_mm=width_mm, ink=ink)
    assert look(page).rows[ROW].findings


@pytest.mark.parametrize("lean", [0.3, 0.6])
def test_a_leaning_dash_in_pencil_beside_another_box_goes_to_people(lean: float) -> None:
    page = crosses(width_mm=0.6, ink=30)
    line(page, [(8.5, 0.0), (14.5, lean)], ROW, 0, width_mm=0.5, ink=145)
    assert look(page).rows[ROW].findings


@pytest.mark.parametrize(("ink", "rows"), [(208, [2, 5, 8]), (214, [2, 5, 8]), (214, [1, 2, 4, 6, 8, 10])])
def test_pale_grains_in_some_rows_of_an_empty_ballot_are_no_votes(ink: int, rows: list[int]) -> None:
    """As ink that was set off from another sheet leaves them."""
    page = sheet()
    for row in rows:
        grainy(page, CROSS, row, 1, ink)
    assert {look(page).rows[row].reading for row in rows} == {"unsure"}


def test_a_black_mark_that_hides_its_frame_s_line_is_plain() -> None:
    page = crosses(ROW, width_mm=0.9, ink=0)
    line(page, [(-2.6, -2.4), (1.6, -0.2)], ROW, CHOICES[ROW], width_mm=0.9, ink=0)
    line(page, [(2.0, -3.2), (-1.4, 1.0)], ROW, CHOICES[ROW], width_mm=0.9, ink=0)
    assert plain_and_right(look(page))


# ---------------------------------------------------------------- rehearsed pages whose rows had waited

grid = load("accuracy_grid")


@pytest.mark.parametrize(
    ("condition", "seed", "rows"),
    [
        ("A5, 200 dpi, ordinary", 230_000_154, [4]),  # grains of a pale cross
        ("A4, 200 dpi, ordinary, pencil only", 230_011_415, [11, 12]),
        ("A4, 300 dpi, ordinary", 230_000_581, [1, 10]),  # pencil crosses whose middle lies outside
        ("A4, 200 dpi, ordinary", 230_004_139, [9, 10]),  # small pencil crosses
        ("A4, 300 dpi, ordinary", 230_019_596, [5]),  # small crosses by a marker
        ("A4, 200 dpi, ordinary, marker only", 230_005_024, [4]),
        ("A4, 200 dpi, ordinary", 230_044_847, [6]),  # a small cross
        ("A5, 200 dpi, ordinary", 230_010_708, [4]),  # a slash among filled boxes
        ("A5, 200 dpi, ordinary", 230_011_217, [1, 3, 5]),  # slashes where few rows tell a pen
        ("A5, 200 dpi, ordinary", 230_007_000, [5]),  # a tick that turns below its box
        ("A5, 300 dpi, ordinary", 230_014_388, [4]),  # dust beside a whole cross
        ("A4, 200 dpi, ordinary", 230_007_883, [8]),  # dust in another box
        ("A5, 200 dpi, ordinary", 230_012_830, [1]),
        ("A5, 200 dpi, ordinary", 230_006_517, [5]),  # crosses whose middle lies on the frame's line
        ("A5, 200 dpi, ordinary", 230_027_633, [3]),
        ("A4, 300 dpi, ordinary", 230_002_211, [4]),  # a marker that hides the frame
        ("A4, 200 dpi, ordinary, marker only", 230_007_130, [4]),
        ("A4, 200 dpi, ordinary", 650_023_910, [9]),  # ticks that turn below their boxes
        ("A4, 200 dpi, ordinary", 650_036_507, [1]),
        ("A4, 200 dpi, ordinary, gel only", 650_043_959, [11]),
        ("A4, 200 dpi, ordinary", 650_013_964, [3]),  # one whose turn hides in the frame, and paler than the others
        ("A4, 200 dpi, ordinary", 650_047_556, [6]),  # crosses drawn twice
        ("A4, 200 dpi, ordinary, ball only", 650_031_879, [8]),
        ("A4, 200 dpi, hard", 750_000_567, [2]),  # a tick over a side of its box on a scan with bands
        ("A4, 300 dpi, hard", 750_001_176, [8]),  # crosses there
        ("A4, 200 dpi, hard", 750_001_908, [11]),
        ("A4, 200 dpi, hard", 750_002_942, [8]),  # ticks and crosses of which a narrow part lies inside
        ("A4, 300 dpi, hard", 750_000_198, [2]),
    ],
)
def test_a_clear_mark_of_a_rehearsed_page_needs_nobody(condition: str, seed: int, rows: list[int]) -> None:
    cell = grid.BY_NAME[condition]
    page = grid.simulated(cell, seed)
    reading = read(grid.opened(page), grid.book(cell.ballot))
    for row in rows:
        assert (reading.rows[row - 1].reading, reading.rows[row - 1].findings) == (page.rows[row - 1].reading, ())
