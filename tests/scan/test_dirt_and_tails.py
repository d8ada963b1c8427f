"""What an audit with marks that nobody had simulated found: each case that passed in silence is a test here."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from helpers.reading import (
    CHOICES,
    KEY,
    LEVELS,
    PENS,
    Picture,
    book,
    crease,
    cross,
    crosses,
    filled,
    form,
    layout,
    plain_and_right,
    read_sheet,
    sheet,
    stroke,
)
from helpers.reading import middle as centre
from PIL import Image

from ballot_scan.errors import InputError
from ballot_scan.paper import ballots, raster
from ballot_scan.records import PageReading, PageStatus, RowReading, Rule
from ballot_scan.scan import intake
from ballot_scan.scan.reader import read

SCALE = 200 / 25.4


def plain(row: RowReading) -> bool:
    return row.reading in LEVELS and not row.findings


def look(page: Picture, rows: int = 12, paper: str = "A4") -> PageReading:
    reading = read_sheet(page, soft_px=0.6, rows=rows, paper=paper)
    assert reading.status is PageStatus.READ
    return reading


# ---------------------------------------------------------------- one stroke, two rows


@pytest.mark.parametrize("inside_mm", [2.0, 3.0, 4.0, 5.0])
@pytest.mark.parametrize("ink", [50, 150])
def test_a_tick_whose_tail_ends_in_the_box_above_is_no_vote_there(inside_mm: float, ink: int) -> None:
    page = sheet()
    x, y = centre(4, 1)
    _, above = centre(3, 1)
    for a, b in (((x - 2.2, y - 0.3), (x - 0.6, y + 2)), ((x - 0.6, y + 2), (x + 1, above + 3.5 - inside_mm))):
        stroke(page, a, b, 0.5, ink)
    upper, own = look(page).rows[3:5]
    assert not plain(upper)
    assert not plain(own)


@pytest.mark.parametrize("size_mm", [12, 16, 20])
def test_a_cross_between_two_rows_is_no_vote_in_either(size_mm: float) -> None:
    page = sheet()
    (_, a), (_, b) = centre(3, 1), centre(4, 1)
    cross(page, 3, 1, size_mm=size_mm, at=(0.0, (b - a) / 2))
    assert not any(plain(row) for row in look(page).rows[3:5])


@pytest.mark.parametrize("length_mm", [12, 16, 18])
def test_one_slash_through_the_boxes_of_two_rows_is_no_vote_in_either(length_mm: float) -> None:
    page = sheet()
    (x, a), (_, b) = centre(3, 1), centre(4, 1)
    middle = (a + b) / 2
    stroke(page, (x + 1.5, middle - length_mm / 2), (x - 1.5, middle + length_mm / 2), 0.5, 60)
    assert not any(plain(row) for row in look(page).rows[3:5])


def test_two_crosses_whose_arms_touch_between_their_rows_stay_two_votes() -> None:
    (_, a), (_, b) = centre(0, 1), centre(1, 1)
    page = sheet()
    for row in (0, 1):
        cross(page, row, 1, size_mm=(b - a) + 0.4)
    rows = look(page).rows
    assert [row.reading for row in rows[:2]] == ["medium", "medium"]
    assert [row.findings for row in rows[:2]] == [(), ()]


@pytest.mark.parametrize("wide_mm", [5.0, 7.0])
def test_tall_crosses_whose_arms_touch_between_their_rows_stay_two_votes(wide_mm: float) -> None:
    page = sheet()
    for row in (0, 1):
        (x, y), half = centre(row, 1), (centre(1, 1)[1] - centre(0, 1)[1]) / 2 + 0.2
        for sign in (1, -1):
            stroke(page, (x - sign * wide_mm / 2, y - half), (x + sign * wide_mm / 2, y + half), 0.5, 60)
    rows = look(page).rows
    assert [(row.reading, row.findings) for row in rows[:2]] == [("medium", ()), ("medium", ())]


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("size_mm", [3, 6, 9])
def test_a_cross_midway_between_wide_rows_belongs_to_one_of_them(level: int, size_mm: float) -> None:
    few, paper = 3, "A4"
    out = io.BytesIO()
    ballots.write_pdf(out, form("reading", few, paper), ["0123456789"], KEY, rehearsal=False)
    page = raster.render_pages(out.getvalue(), 200)[0]
    boxes = [row.boxes for row in layout(few, paper).pages[0].rows]
    for row in range(few):
        x, y, w, h = boxes[row][0].rect_mm
        for sign in (1, -1):
            stroke(page, (x + 1.5, y + h / 2 - 2 * sign), (x + w - 1.5, y + h / 2 + 2 * sign))
    (x, a), (_, b) = centre(0, level, paper, few), centre(1, level, paper, few)
    middle, r = (a + b) / 2, size_mm / 2
    for sign in (1, -1):
        stroke(page, (x - r, middle - r * sign), (x + r, middle + r * sign))
    reading = look(page, few, paper)
    assert any(Rule.MARK_OFF_BOX in row.findings or Rule.UNSURE_MARK in row.findings for row in reading.rows[:2])


# ---------------------------------------------------------------- dirt in blank rows


@pytest.mark.parametrize("tone", [195, 210])
def test_a_coffee_ring_is_no_vote(tone: int) -> None:
    page = sheet()
    ring = np.full_like(page, 255)
    x, y = centre(5, 1)
    cv2.circle(ring, (round(x * SCALE), round((y + 8) * SCALE)), round(14 * SCALE), tone, round(4 * SCALE), cv2.LINE_AA)
    np.minimum(page, ring, out=page)
    assert not any(plain(row) for row in look(page).rows)


@pytest.mark.parametrize("degrees", [8.0, 20.0, 45.0, 70.0])
def test_a_slanted_crease_is_no_vote(degrees: float) -> None:
    page = sheet()
    x, y = centre(6, 1)
    dx, dy = np.cos(np.radians(degrees)) * 300, np.sin(np.radians(degrees)) * 300
    stroke(page, (x - dx, y - dy), (x + dx, y + dy), 0.3, 150)
    assert not any(plain(row) for row in look(page).rows)


# ---------------------------------------------------------------- sheets and files


@pytest.mark.parametrize("from_side_mm", [-0.8, -0.3, 0.0, 0.4, 0.9])
@pytest.mark.parametrize(("width_mm", "ink"), [(0.3, 130), (0.7, 160)])
def test_a_crease_along_the_side_of_a_row_of_boxes_is_no_mark(from_side_mm: float, width_mm: float, ink: int) -> None:
    page = filled()
    y = centre(5, 0)[1] + 2.75 + from_side_mm
    crease(page, y, y + 0.5, width_mm, ink)
    assert plain_and_right(look(page))


@pytest.mark.parametrize("fall_mm", [-40.0, -18.0, 12.0, 30.0, 48.0])
@pytest.mark.parametrize("ink", [165, 190])
def test_a_slanting_crease_from_edge_to_edge_leaves_the_rows_that_it_crosses_alone(fall_mm: float, ink: int) -> None:
    page = filled()
    x, y = centre(5, 0)
    y += 4.5  # beside a box it crosses, and through others
    crease(page, y - fall_mm * x / 210, y + fall_mm * (1 - x / 210), 0.35, ink)
    assert plain_and_right(look(page))


@pytest.mark.parametrize("fall_mm", [-30.0, 14.0])
@pytest.mark.parametrize("pen", ["ball pen", "gel pen", "pencil"])
def test_a_slanting_line_that_a_pen_drew_over_the_boxes_goes_to_people(fall_mm: float, pen: str) -> None:
    page = filled()
    x, y = centre(5, 1)
    ends = [(v, y + fall_mm * (v - x) / 210) for v in (4.0, 206.0)]
    stroke(page, ends[0], ends[1], **PENS[pen])
    reading = look(page)
    assert reading.rows[5].findings or reading.findings


@pytest.mark.parametrize("ends_mm", [(2.0, 30.0), (4.0, 4.0), (15.0, 8.0)])
@pytest.mark.parametrize("ink", [120, 150, 180])
def test_a_pale_one_that_ends_short_of_an_edge_of_the_sheet_does_so_too(ends_mm: tuple[float, float], ink: int) -> None:
    page = filled()
    (x, top), (_, foot) = centre(0, 1), centre(11, 1)
    lean = 20.0 / 297
    ends = [(x + lean * (y - (top + foot) / 2), y) for y in (ends_mm[0], 297.0 - ends_mm[1])]
    stroke(page, ends[0], ends[1], 0.35, ink)
    reading = look(page)
    assert [row for row in reading.rows if row.findings] or reading.findings


@pytest.mark.parametrize("fall_mm", [-35.0, 20.0])
@pytest.mark.parametrize("pen", ["ball pen", "gel pen"])
def test_a_stroke_along_a_slanting_crease_in_a_second_box_goes_to_people(fall_mm: float, pen: str) -> None:
    page = filled()
    x, y = centre(5, CHOICES[5] - 1)
    crease(page, y - fall_mm * x / 210, y + fall_mm * (1 - x / 210), 0.35, 185)
    stroke(page, (x - 1.6, y - fall_mm * 1.6 / 210), (x + 1.6, y + fall_mm * 1.6 / 210), **PENS[pen])
    assert look(page).rows[5].findings


@pytest.mark.parametrize("aside_mm", [-1.2, -0.5, 0.0, 0.6, 1.4])
@pytest.mark.parametrize("pen", ["ball pen", "gel pen", "pencil"])
def test_a_crease_through_a_mark_leaves_it_whole(aside_mm: float, pen: str) -> None:
    page = filled(**PENS[pen])
    y = centre(5, 0)[1] + aside_mm
    crease(page, y - 0.5, y + 0.5, 0.4, 175)
    assert plain_and_right(look(page))


def _hair(page: Picture, row: int, level: int, seed: int, tone: int) -> None:
    """A curled line as thin as the scanner can show, lying in a box."""
    rng = np.random.default_rng(seed)
    turn = rng.uniform(0, 6.3) + np.cumsum(rng.normal(0, 0.35, 14))
    steps = np.stack([np.cos(turn), np.sin(turn)], axis=1) * 0.45
    knots = np.cumsum(steps, axis=0)
    knots += np.array(centre(row, level)) - (knots.min(axis=0) + knots.max(axis=0)) / 2
    cv2.polylines(page, [np.rint(knots * SCALE * 16).astype(np.int32)], False, tone, 1, cv2.LINE_AA, 4)


@pytest.mark.parametrize("tone", [60, 110, 150])
@pytest.mark.parametrize("seed", range(6))
def test_a_hair_in_a_blank_box_is_no_vote(tone: int, seed: int) -> None:
    page = np.asarray(cv2.GaussianBlur(sheet(), (0, 0), 0.6), np.uint8)
    _hair(page, 2 * seed, seed % 3, seed, tone)
    _hair(page, 2 * seed + 1, seed % 3, seed + 50, tone)
    reading = read_sheet(page)
    assert not any(plain(row) for row in reading.rows)


@pytest.mark.parametrize("tone", [60, 90, 120])
@pytest.mark.parametrize("rise_mm", [0.5, 1.5, 2.5])
def test_a_long_curved_hair_over_a_blank_row_of_a_ballot_in_ink_is_no_vote(rise_mm: float, tone: int) -> None:
    page = sheet()
    for row in range(12):
        if row != 5:
            cross(page, row, row % 3)
    x, y = centre(5, 1)
    t = np.linspace(0, 1, 40)
    knots = np.column_stack([x - 6 + 12 * t, y + rise_mm * np.sin(4 * t + 1)])
    cv2.polylines(page, [np.rint(knots * SCALE * 16).astype(np.int32)], False, tone, 1, cv2.LINE_AA, 4)
    reading = read_sheet(page, soft_px=0.8)
    assert [row.row for row in reading.rows if not plain(row)] == [6]


@pytest.mark.parametrize(("width_mm", "ink"), [(0.25, 40), (0.3, 120), (0.45, 150)])
def test_a_thin_pen_and_a_pale_pencil_are_no_hairs(width_mm: float, ink: int) -> None:
    page = filled(width_mm=width_mm, ink=ink)
    assert plain_and_right(look(page))


@pytest.mark.parametrize("tone", [195, 210, 225])
def test_shade_and_smudges_in_a_box_are_no_doubt(tone: int) -> None:
    page = filled()
    soft = np.full(page.shape, 255, np.uint8)
    for row in range(0, 12, 2):
        x, y = centre(row, (row + 1) % 3)
        middle = (round(x * SCALE), round(y * SCALE))
        cv2.ellipse(soft, middle, (round(3.5 * SCALE), round(1.6 * SCALE)), 15, 0, 360, tone, -1)
    page = np.minimum(page, np.asarray(cv2.GaussianBlur(soft, (0, 0), 1.4 * SCALE), np.uint8))
    assert plain_and_right(look(page))


def test_a_pale_stroke_over_a_smudge_still_goes_to_people() -> None:
    page = filled()
    soft = np.full(page.shape, 255, np.uint8)
    x, y = centre(4, 0)
    middle = (round(x * SCALE), round(y * SCALE))
    cv2.ellipse(soft, middle, (round(3.5 * SCALE), round(1.6 * SCALE)), 15, 0, 360, 205, -1)
    page = np.minimum(page, np.asarray(cv2.GaussianBlur(soft, (0, 0), 1.4 * SCALE), np.uint8))
    stroke(page, (x - 1.5, y - 1.5), (x + 1.5, y + 1.5), 0.35, 170)
    assert [r.row for r in look(page).rows if r.findings] == [5]


@pytest.mark.parametrize("tone", [60, 100])
def test_a_hair_between_the_boxes_leaves_a_clear_row_alone_and_a_blank_one_not(tone: int) -> None:
    page = np.asarray(cv2.GaussianBlur(filled(), (0, 0), 0.6), np.uint8)
    x, y, w, h = (round(v * SCALE) for v in layout().pages[0].rows[8].boxes[CHOICES[8]].rect_mm)
    page[y + 4 : y + h - 4, x + 4 : x + w - 4] = 255
    for row in (4, 8):
        x, y = ((a + b) / 2 for a, b in zip(centre(row, 0), centre(row, 1), strict=True))
        points = np.array([(x - 1.5, y - 2), (x, y - 0.5), (x + 0.4, y + 1), (x - 0.4, y + 2.5)]) * SCALE * 16
        cv2.polylines(page, [np.rint(points).astype(np.int32)], False, tone, 1, cv2.LINE_AA, 4)
    assert [r.row for r in read_sheet(page).rows if Rule.MARK_OFF_BOX in r.findings] == [9]


@pytest.mark.parametrize("tone", [60, 120])
@pytest.mark.parametrize(
    ("a", "b", "seen"),
    [((0.0, -0.8), (0.0, 0.8), [9]), ((-1.2, 1.0), (1.2, 1.0), [9]), ((-0.5, -1.0), (0.5, 1.0), [5, 9])],
)
def test_what_a_crease_or_a_streak_left_between_the_boxes_leaves_a_clear_row_alone_and_a_blank_one_not(
    a: tuple[float, float], b: tuple[float, float], seen: list[int], tone: int
) -> None:
    page = filled(ink=10, width_mm=0.5)
    x, y, w, h = (round(v * SCALE) for v in layout().pages[0].rows[8].boxes[CHOICES[8]].rect_mm)
    page[y + 4 : y + h - 4, x + 4 : x + w - 4] = 255
    for row in (4, 8):
        (x0, y0), (x1, y1) = centre(row, 0), centre(row, 1)
        at = ((x0 + x1) / 2, (y0 + y1) / 2)
        stroke(page, (at[0] + a[0], at[1] + a[1]), (at[0] + b[0], at[1] + b[1]), 0.25, tone)
    assert [r.row for r in look(page).rows if Rule.MARK_OFF_BOX in r.findings] == seen  # a slanted one is a stroke


@pytest.mark.parametrize("tone", [110, 150, 190])
@pytest.mark.parametrize(("wide_mm", "high_mm"), [(38.0, 33.0), (2.0, 1.8)])
def test_a_stain_or_a_drop_is_no_vote(tone: int, wide_mm: float, high_mm: float) -> None:
    page = sheet()
    soft = np.full(page.shape, 255, np.uint8)
    x, y = centre(5, 1) if wide_mm < 10 else (150.0, 180.0)
    axes = (round(wide_mm * SCALE), round(high_mm * SCALE))
    cv2.ellipse(soft, (round(x * SCALE), round(y * SCALE)), axes, 20, 0, 360, tone, -1, cv2.LINE_AA)
    page = np.asarray(page.astype(np.int32) * soft // 255, np.uint8)
    assert not any(plain(row) for row in look(page).rows)


@pytest.mark.parametrize("ink", [40, 85, 120])
def test_a_box_filled_stroke_by_stroke_is_a_mark(ink: int) -> None:
    page = sheet()
    for row in range(12):
        x, y = centre(row, row % 3)
        for k in range(9):
            stroke(page, (x - 2.4, y - 2.4 + 0.6 * k), (x + 2.4, y - 2.2 + 0.6 * k), 0.45, ink)
    assert plain_and_right(look(page))


@pytest.mark.parametrize(("dx_mm", "dy_mm"), [(-1.6, 1.4), (-1.8, 0.6), (-2.2, 0.4)])
def test_strokes_laid_close_that_leave_their_box_are_a_mark_and_no_stain(dx_mm: float, dy_mm: float) -> None:
    page = crosses(5, ink=60)
    x, y = centre(5, CHOICES[5])
    for k in range(-4, 5):
        at = x + dx_mm + 0.48 * k, y + dy_mm + 0.44 * k
        stroke(page, (at[0] - 1.6, at[1] + 1.6), (at[0] + 1.6, at[1] - 1.6), 0.3, 90)
    assert plain_and_right(look(page))


@pytest.mark.parametrize(("a", "b"), [((110, 90), (205, 285)), ((40, 120), (210, 270))])
@pytest.mark.parametrize("tone", [150, 205])
def test_a_crease_across_the_sheet_at_any_slope_is_no_vote(a: tuple[int, int], b: tuple[int, int], tone: int) -> None:
    page = sheet()
    stroke(page, a, b, 0.35, tone)
    assert not any(plain(row) for row in look(page).rows)


@pytest.mark.parametrize("aside_mm", [4.0, 5.0, 6.0, 7.0])
def test_a_second_cross_to_the_right_of_the_last_box_goes_to_people(aside_mm: float) -> None:
    page = filled()
    cross(page, 4, 2, size_mm=4, at=(3.5 + aside_mm, 0.0))
    reading = look(page)
    assert [r.row for r in reading.rows if r.findings] == [5] or reading.findings == (Rule.EXTRA_WRITING,)


@pytest.mark.parametrize("tone", [195, 205, 212])
def test_pale_creases_through_box_after_box_are_no_pencil(tone: int) -> None:
    page = sheet()
    for level in range(3):
        x, top = centre(0, level)
        _, foot = centre(11, level)
        stroke(page, (x - 1.5, top - 8), (x + 1.5, foot + 8), 0.35, tone)
    assert not any(plain(row) for row in look(page).rows)


def test_specks_beside_a_dark_mark_do_not_make_it_doubtful() -> None:
    page = filled()
    for row in range(12):
        x, y = centre(row, row % 3)
        for dx, dy in ((2.2, 0.0), (-2.2, 0.3), (0.1, 2.3)):
            cv2.circle(page, (round((x + dx) * SCALE), round((y + dy) * SCALE)), 1, 60, -1, cv2.LINE_AA)
    assert plain_and_right(look(page))


@pytest.mark.parametrize("tone", [20, 90])
def test_dust_in_an_empty_box_beside_a_clear_mark_is_no_doubt(tone: int) -> None:
    page = filled()
    for row in range(12):
        x, y = centre(row, (row + 1) % 3)
        for dx, dy in ((1.9, 0.4), (-1.2, 1.3), (0.4, -1.8)):
            page[round((y + dy) * SCALE) :, round((x + dx) * SCALE) :][:2, :2] = tone
    assert plain_and_right(look(page))


def _in_the_next_box(page: Picture, a: tuple[float, float], b: tuple[float, float], width_mm: float, tone: int) -> None:
    """A stroke in row 4 (from 0), from ``a`` to ``b`` mm off the middle of the box beside the marked one."""
    x, y = centre(4, (CHOICES[4] + 1) % 3)
    stroke(page, (x + a[0], y + a[1]), (x + b[0], y + b[1]), width_mm, tone)


@pytest.mark.parametrize(
    ("a", "b"), [((-1.0, -2.6), (-1.0, 9.0)), ((-9.0, 0.8), (2.0, 0.8)), ((-1.0, -9.0), (-1.0, 9.0))]
)
def test_a_pale_upright_or_level_line_that_goes_on_is_nothing_beside_a_dark_mark_and_a_doubt_in_a_blank_row(
    a: tuple[float, float], b: tuple[float, float]
) -> None:
    page = filled()
    _in_the_next_box(page, a, b, 0.3, 205)
    assert plain_and_right(look(page))
    x, y, w, h = (round(v * SCALE) for v in layout().pages[0].rows[4].boxes[CHOICES[4]].rect_mm)
    page[y + 4 : y + h - 4, x + 4 : x + w - 4] = 255
    assert not plain(look(page).rows[4])


@pytest.mark.parametrize(("tone", "a", "b"), [(120, (-1.0, -2.4), (-1.0, 2.4)), (205, (-2.2, -2.0), (2.0, 2.2))])
def test_a_darker_line_and_a_slash_there_go_to_people(
    tone: int, a: tuple[float, float], b: tuple[float, float]
) -> None:
    page = filled()
    _in_the_next_box(page, a, b, 0.35, tone)
    assert [row.row for row in look(page).rows if row.findings] == [5]


@pytest.mark.parametrize(("tone", "width_mm"), [(190, 0.35), (200, 0.5), (208, 0.35)])
@pytest.mark.parametrize("length_mm", [2.4, 3.2])
def test_a_short_pale_dash_beside_a_dark_mark_goes_to_people(length_mm: float, tone: int, width_mm: float) -> None:
    page = filled(ink=40)
    _in_the_next_box(page, (-length_mm / 2, 0.0), (length_mm / 2, 0.0), width_mm, tone)
    soft = np.asarray(cv2.GaussianBlur(page, (0, 0), 0.6), np.uint8)
    assert [row.row for row in look(soft).rows if row.findings] == [5]


@pytest.mark.parametrize("degrees", range(0, 120, 20))
def test_three_round_dots_of_dust_are_no_faint_lines(degrees: int) -> None:
    page = filled()
    for row in range(0, 12, 3):
        x, y = centre(row, (row + 1) % 3)
        for tone, (dx, dy) in zip((60, 120, 130), ((-1.3, 0.8), (0.1, -1.4), (1.3, 0.7)), strict=True):
            turn = np.exp(1j * np.deg2rad(degrees)) * complex(dx, dy)
            at = (round((x + turn.real) * SCALE), round((y + turn.imag) * SCALE))
            cv2.circle(page, at, 1, tone, -1, cv2.LINE_AA)
    assert plain_and_right(look(np.asarray(cv2.GaussianBlur(page, (0, 0), 0.6), np.uint8)))


def _end(page: Picture, frame: tuple[float, float, float, float], at: float, length_mm: float, up: int) -> None:
    """A thin line outwards from the right side of a frame, ``at`` of its height, slanting up (-1) or down (1)."""
    x, y, w, h = frame
    along = length_mm * 0.7071
    stroke(page, (x + w + 0.35, y + h * at), (x + w + 0.35 + along, y + h * at + up * along), 0.15, 40)


@pytest.mark.parametrize("first_mm", [1.5, 1.9])
def test_the_ends_of_a_cross_on_a_frame_go_to_people_however_long_they_are(first_mm: float) -> None:
    page = filled(ink=40)
    frame = layout().pages[0].rows[5].boxes[(CHOICES[5] + 1) % 3].rect_mm
    _end(page, frame, 0.3, first_mm, -1)
    _end(page, frame, 0.7, 1.5, 1)
    soft = np.asarray(cv2.GaussianBlur(page, (0, 0), 0.6), np.uint8)
    assert [row.row for row in look(soft).rows if row.findings] == [6]


def test_a_second_sheet_that_sticks_out_with_its_markers_goes_to_people() -> None:
    page = filled()
    lower = sheet()
    both = np.full((page.shape[0] + round(30 * SCALE), page.shape[1]), 255, np.uint8)
    both[: page.shape[0]] = lower
    both[round(30 * SCALE) :] = page
    reading = read(both, book())
    assert Rule.POSSIBLE_DOUBLE_FEED in reading.findings


def _opened(name: str, picture: Image.Image, kind: str) -> Picture:
    out = io.BytesIO()
    picture.save(out, kind)
    ((_, grey),) = intake.pages(name, out.getvalue(), 1, 1)
    assert not isinstance(grey, InputError)
    return grey


def test_files_of_any_depth_and_transparent_ones_are_read_as_paper() -> None:
    page = filled()
    deep = Image.fromarray(page.astype(np.uint16) * 257)
    paper_through = np.dstack([np.zeros_like(page)] * 3 + [255 - page])
    light = np.dstack([np.zeros_like(page), 255 - page])
    opened = {
        "16 bit": _opened("a.tif", deep, "TIFF"),
        "float": _opened("a.tif", Image.fromarray(page.astype(np.float32) / 255), "TIFF"),
        "rgba png": _opened("a.png", Image.fromarray(paper_through), "PNG"),
        "grey and alpha png": _opened("a.png", Image.fromarray(light), "PNG"),
        "rgba tiff": _opened("a.tif", Image.fromarray(paper_through), "TIFF"),
    }
    for kind, grey in opened.items():
        assert int(np.abs(grey.astype(int) - page.astype(int)).max()) <= 2, kind


@pytest.mark.parametrize("ink", [60, 140])
def test_two_ends_of_a_cross_at_another_boxs_frame_go_to_people_and_a_dot_does_not(ink: int) -> None:
    page = filled()
    x, y = centre(4, (CHOICES[4] + 1) % 3)
    stroke(page, (x - 3.7, y + 1.2), (x - 4.3, y + 0.6), ink=ink)
    assert plain_and_right(look(page))
    stroke(page, (x - 3.7, y + 2.6), (x - 4.3, y + 3.2), ink=ink)
    assert [r.row for r in look(page).rows if r.findings] == [5]
