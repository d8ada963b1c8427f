"""What is a mark, what is none, and what goes to people."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from helpers.reading import (
    CHOICES,
    LEVELS,
    ROWS,
    book,
    cross,
    filled,
    layout,
    middle,
    plain_and_right,
    readings,
    sheet,
    stroke,
    turned,
)

from ballot_scan.records import Doubt, PageReading, Rule

BOXES = layout().pages[0].rows
PER_MM = 200 / 25.4


def row(reading: PageReading, number: int) -> tuple[str, tuple[Rule, ...]]:
    return reading.rows[number].reading, reading.rows[number].findings


def dot(page: np.ndarray, at_mm: tuple[float, float], size_mm: float, ink: int = 60) -> None:
    drawn = np.full_like(page, 255)
    centre = tuple(round(v * PER_MM * 16) for v in at_mm)
    cv2.circle(drawn, centre, round(size_mm / 2 * PER_MM * 16), ink, -1, cv2.LINE_AA, 4)
    np.minimum(page, drawn, out=page)


def test_a_wholly_blank_ballot_reads_blank() -> None:
    reading = readings(sheet())
    assert [row(reading, i) for i in range(ROWS)] == [("blank", (Rule.BLANK_ROW,))] * ROWS


def test_a_wholly_filled_ballot_reads_multiple() -> None:
    page = sheet()
    for number in range(ROWS):
        for level in range(3):
            cross(page, number, level)
    reading = readings(page)
    assert [row(reading, i) for i in range(ROWS)] == [("multiple", (Rule.MULTIPLE_ROW,))] * ROWS


@pytest.mark.parametrize(
    "pen",
    [
        {"ink": 0, "width_mm": 1.0},
        {"ink": 110, "width_mm": 0.3},
        {"ink": 150, "width_mm": 0.4},
        {"ink": 40, "width_mm": 0.3, "size_mm": 3.0},
        {"ink": 90, "size_mm": 9.0},
    ],
    ids=["marker", "worn pen", "pencil", "small", "reaching out of the box"],
)
def test_every_usual_pen_is_read(pen: dict[str, float]) -> None:
    assert plain_and_right(readings(filled(**pen)))


@pytest.mark.parametrize("at", [(1.5, 0.0), (-2.0, 1.0), (0.0, -2.2), (2.4, 2.4)])
def test_a_mark_centred_inside_the_frame_is_plain_however_far_it_reaches(at: tuple[float, float]) -> None:
    page = sheet()
    for number, level in enumerate(CHOICES):
        cross(page, number, level, at=at, size_mm=5.5)
    assert plain_and_right(readings(page))


@pytest.mark.parametrize("at", [(5.0, 0.0), (0.0, 5.0), (-5.5, 0.0), (11.5, 0.0)])
def test_a_mark_centred_outside_every_frame_goes_to_people(at: tuple[float, float]) -> None:
    page = sheet()
    cross(page, 5, 1, at=at)
    reading = readings(page)
    assert {5, 6} & {i for i in range(ROWS) if reading.rows[i].reading != "blank"}
    for number in range(ROWS):
        assert reading.rows[number].findings


def test_a_scribbled_box_alone_in_its_row_is_a_mark() -> None:
    page = filled()
    x, y, w, h = (round(v * PER_MM) for v in BOXES[3].boxes[CHOICES[3]].rect_mm)
    page[y - 3 : y + h + 4, x - 2 : x + w + 5] = 40
    assert row(readings(page), 3) == (LEVELS[CHOICES[3]], ())


def test_a_blacked_out_box_beside_a_mark_is_a_correction_for_people() -> None:
    page = filled()
    x, y, w, h = (round(v * PER_MM) for v in BOXES[4].boxes[(CHOICES[4] + 1) % 3].rect_mm)
    page[y : y + h, x : x + w] = 40
    reading, findings = row(readings(page), 4)
    assert reading == "unsure"
    assert Rule.CORRECTED_ROW in findings


def test_a_second_weak_mark_beside_a_strong_one_goes_to_people() -> None:
    page = filled(ink=20, width_mm=0.7)
    cross(page, 7, (CHOICES[7] + 1) % 3, ink=165, width_mm=0.3)
    assert row(readings(page), 7)[1]


def test_a_pens_rest_of_half_a_millimetre_goes_to_people_and_a_speck_does_not() -> None:
    page = filled()
    x, y = middle(2, (CHOICES[2] + 1) % 3)
    dot(page, (x + 1, y), 0.7)
    x, y = middle(9, (CHOICES[9] + 1) % 3)
    dot(page, (x, y - 1), 0.3)
    reading = readings(page)
    assert Rule.UNSURE_MARK in row(reading, 2)[1]
    assert row(reading, 9) == (LEVELS[CHOICES[9]], ())


def test_a_line_through_the_row_goes_to_people() -> None:
    page = filled()
    (x0, y), (x1, _) = middle(6, 0), middle(6, 2)
    stroke(page, (x0 - 5, y + 0.5), (x1 + 5, y - 0.7))
    assert row(readings(page), 6)[1]


def test_a_cross_between_two_boxes_goes_to_people() -> None:
    page = sheet()
    (x0, y), (x1, _) = middle(1, 0), middle(1, 1)
    for s in (1, -1):
        stroke(page, ((x0 + x1) / 2 - 3, y - 3 * s), ((x0 + x1) / 2 + 3, y + 3 * s))
    reading, findings = row(readings(page), 1)
    assert reading == "unsure"
    assert Rule.MARK_OFF_BOX in findings


@pytest.mark.parametrize("ink", [60, 150])
def test_a_streak_of_the_scanner_over_empty_boxes_is_no_vote(ink: int) -> None:
    page = turned(sheet(), 0.5)
    column = round(middle(0, 1)[0] * PER_MM)
    page[:, column : column + 2] = ink
    reading = readings(page)
    assert [r.reading for r in reading.rows] == ["blank"] * ROWS


def test_a_streak_through_a_column_needs_no_person() -> None:
    page = turned(filled(), 0.5)
    column = round((middle(0, 2)[0] + 1.2) * PER_MM)
    page[:, column : column + 2] = 90
    assert plain_and_right(readings(page))


@pytest.mark.parametrize("upright", [True, False])
def test_a_crease_is_no_vote(upright: bool) -> None:
    page = sheet()
    x, y = middle(5, 1)
    if upright:
        stroke(page, (x - 1, 0), (x + 1.5, 297), width_mm=0.5, ink=150)
    else:
        stroke(page, (0, y + 1), (210, y - 1), width_mm=0.5, ink=150)
    reading = readings(page)
    assert not {r.reading for r in reading.rows} & set(LEVELS)


def test_show_through_and_shade_are_no_marks() -> None:
    page = filled().astype(np.float32)
    behind = np.ascontiguousarray(cv2.GaussianBlur(filled(), (0, 0), 3)[:, ::-1]).astype(np.float32)
    page *= 1 - 0.06 * (255 - behind) / 255
    page *= np.linspace(1.0, 0.86, page.shape[1])[None, :]
    assert plain_and_right(readings(page.astype(np.uint8)))


@pytest.mark.parametrize("sigma", [3.0, 8.0])
def test_grain_is_no_ink(sigma: float) -> None:
    rng = np.random.default_rng(7)
    noisy = np.clip(filled() + rng.normal(-2, sigma, filled().shape), 0, 255).astype(np.uint8)
    assert plain_and_right(readings(noisy))


def test_a_millimetre_of_soft_pencil_across_the_box_is_seen() -> None:
    """VVSG 2.0, 1.1.6-H: a line 1 mm wide across the target is detected – as a mark or for people, never as blank."""
    page = sheet()
    for number in range(ROWS):
        x, y = middle(number, 1)
        stroke(page, (x - 3, y + 2), (x + 3, y - 2), width_mm=1.0, ink=150)
    assert all(r.reading in ("medium", "unsure") for r in readings(page).rows)


def test_the_same_sheet_scanned_many_times_never_flips_between_vote_and_no_vote() -> None:
    page = sheet()
    for number in range(ROWS):
        cross(page, number, 1, ink=100 + 8 * number, width_mm=0.3, size_mm=3.2)
    seen: list[set[str]] = [set() for _ in range(ROWS)]
    for degrees in (-1.4, -0.7, 0.0, 0.35, 1.1):
        for shift in (0.0, 0.33, 0.71):
            moved = turned(page, degrees + shift / 50, 1 + shift / 100)
            for number, r in enumerate(readings(moved).rows):
                seen[number].add(r.reading)
    assert all(not ({"medium", "blank"} <= found) for found in seen)
    assert all("medium" in found for found in seen[:5])


def test_a_name_struck_out_is_found_and_no_other() -> None:
    page = filled()
    x, y, w, h = BOXES[4].name_rect_mm
    stroke(page, (x - 2, y + h * 0.55), (x + w + 2, y + h * 0.5))
    reading = readings(turned(page, 0.7), book(blanks=True))
    assert [i for i, r in enumerate(reading.rows) if Rule.NAME_STRUCK in r.findings] == [4]


def test_writing_off_the_boxes_goes_to_people_and_a_filing_hole_does_not() -> None:
    known = book(blanks=True)
    page = filled()
    cv2.circle(page, (round(8 * PER_MM), round(108 * PER_MM)), round(3 * PER_MM), 30, -1)
    cv2.circle(page, (round(8 * PER_MM), round(188 * PER_MM)), round(3 * PER_MM), 30, -1)
    assert plain_and_right(readings(page, known))
    x, y, _, _ = BOXES[2].name_rect_mm
    for i in range(5):  # a word beside the position
        stroke(page, (x + 70 + 4 * i, y + 1), (x + 72 + 4 * i, y + 6))
        stroke(page, (x + 72 + 4 * i, y + 6), (x + 74 + 4 * i, y + 1))
    assert readings(page, known).findings == (Rule.EXTRA_WRITING,)


# ---------------------------------------------------------------- the voter's own pencil


@pytest.mark.parametrize("ink", [190, 206, 214])
def test_a_pale_pencil_that_marked_every_row_is_read(ink: int) -> None:
    assert plain_and_right(readings(filled(width_mm=0.35, ink=ink)))


@pytest.mark.parametrize("ink", [150, 190, 214])
def test_the_same_pencil_in_one_row_of_a_ballot_in_ink_goes_to_people(ink: int) -> None:
    page = sheet()
    for row in range(12):
        cross(page, row, row % 3, **({"width_mm": 0.35, "ink": ink} if row == 5 else {}))
    assert [r.row for r in readings(page).rows if r.findings] == [6]


def test_a_mark_much_paler_than_the_pencil_of_its_ballot_goes_to_people() -> None:
    page = sheet()
    for row in range(12):
        cross(page, row, row % 3, width_mm=0.35, ink=220 if row == 5 else 170)
    assert [r.row for r in readings(page).rows if r.findings] == [6]


def pencil_filled(page: np.ndarray, row: int, level: int) -> None:
    """To and fro from side to side."""
    x, y = middle(row, level)
    ends = [(x - 2.9 + 0.5 * n, y + (2.9 if n % 2 else -2.9)) for n in range(12)]
    for a, b in pairwise(ends):
        stroke(page, a, b, width_mm=0.35, ink=110)


@pytest.mark.parametrize("what", ["cross", "circle", "filled"])
def test_whoever_takes_another_pen_for_one_row_and_draws_it_whole_needs_no_person(what: str) -> None:
    page = sheet()
    for row in range(12):
        if row != 5:
            cross(page, row, row % 3, ink=20, width_mm=0.6)
    if what == "cross":
        cross(page, 5, 2, ink=130)
    elif what == "circle":
        x, y = middle(5, 2)
        centre = (round(x * 200 / 25.4), round(y * 200 / 25.4))
        cv2.circle(page, centre, round(1.7 * 200 / 25.4), 130, 4, cv2.LINE_AA)
    else:
        pencil_filled(page, 5, 2)
    reading = readings(page)
    assert reading.rows[5].reading == "low"
    assert not any(r.findings for r in reading.rows)


@pytest.mark.parametrize("what", ["a stroke", "in pieces"])
def test_but_not_one_that_a_dry_pen_or_a_doubtful_hand_drew(what: str) -> None:
    page = sheet()
    for row in range(12):
        if row != 5:
            cross(page, row, row % 3, ink=20, width_mm=0.6)
    if what == "a stroke":
        x, y = middle(5, 2)
        stroke(page, (x - 1.6, y + 1.6), (x + 1.6, y - 1.6), ink=130)
    else:
        broken_cross(page, 5, 2, ink=130)
    assert [r.row for r in readings(page).rows if r.findings] == [6]


@pytest.mark.parametrize("rows", [2, 3, 5])
def test_where_the_pen_dries_up_the_pale_mark_goes_to_people_on_short_ballots_too(rows: int) -> None:
    page = sheet()
    for row in range(rows):
        cross(page, row, row % 3, ink=165 if row == rows - 1 else 60)
    assert [r.row for r in readings(page).rows if Rule.UNSURE_MARK in r.findings] == [rows]


def broken_cross(page: np.ndarray, row: int, level: int, ink: int) -> None:
    """A cross by a pen that runs dry: a piece of its second stroke lies off the rest."""
    x, y = middle(row, level)
    stroke(page, (x - 2.2, y - 2.2), (x + 2.2, y + 2.2), ink=ink)
    stroke(page, (x - 2.2, y + 2.2), (x + 0.2, y - 0.2), ink=ink)
    stroke(page, (x + 1.4, y - 1.4), (x + 2.2, y - 2.2), ink=ink)


@pytest.mark.parametrize("row", [0, 5, 11])
def test_the_one_mark_paler_than_each_of_the_others_goes_to_people_if_it_is_broken(row: int) -> None:
    page, whole = sheet(), sheet()
    for n in range(12):
        cross(whole, n, n % 3, ink=85 if n == row else 50 + 2 * (n % 5))
        if n == row:
            broken_cross(page, n, n % 3, ink=85)
        else:
            cross(page, n, n % 3, ink=50 + 2 * (n % 5))
    reading = readings(page)
    assert [r.row for r in reading.rows if r.findings] == [row + 1]
    assert Doubt.PALER in {why for box in reading.rows[row].boxes for why in box.doubts}
    assert not any(r.findings for r in readings(whole).rows)


def test_a_broken_mark_as_dark_as_the_others_needs_no_person() -> None:
    page = sheet()
    for n in range(12):
        if n == 5:
            broken_cross(page, n, n % 3, ink=60)
        else:
            cross(page, n, n % 3, ink=60)
    assert not any(r.findings for r in readings(page).rows)


def test_pressure_that_varies_needs_no_person() -> None:
    page = sheet()
    for row in range(12):
        cross(page, row, row % 3, ink=70 + 40 * (row % 2))
    assert not any(r.findings for r in readings(page).rows)


def test_a_box_whose_frame_was_erased_goes_to_people() -> None:
    page = filled()
    x, y, w, h = (round(v * PER_MM) for v in BOXES[4].boxes[(CHOICES[4] + 1) % 3].rect_mm)
    page[y - 6 : y + h + 6, x - 6 : x + w + 6] = 250
    assert [r.row for r in readings(page).rows if r.findings] == [5]


@pytest.mark.parametrize("ink", [150, 185])
@pytest.mark.parametrize("size_mm", [2.5, 3.0, 4.0])
def test_a_small_pale_cross_between_two_boxes_is_no_smudge(size_mm: float, ink: int) -> None:
    page = filled()
    for number in range(12):
        cross(page, number, 0, at=(11.5, 0.0), size_mm=size_mm, width_mm=0.45, ink=ink)
    page = np.asarray(cv2.GaussianBlur(page, (0, 0), 0.7), np.uint8)
    assert all(Rule.MARK_OFF_BOX in r.findings for r in readings(page).rows)


@pytest.mark.parametrize("tail_mm", [3.0, 6.0])
@pytest.mark.parametrize("ink", [60, 110, 135])
def test_a_tick_whose_turn_lies_on_the_frame_is_one_mark_with_a_speck_beside_it(tail_mm: float, ink: int) -> None:
    page = filled(width_mm=0.3, ink=ink)
    clean = sheet()
    x, y, w, h = (round(v * PER_MM) for v in BOXES[6].boxes[CHOICES[6]].rect_mm)
    page[y - 20 : y + h + 20, x - 20 : x + w + 20] = clean[y - 20 : y + h + 20, x - 20 : x + w + 20]
    (cx, cy), turn = middle(6, CHOICES[6]), 3.6
    stroke(page, (cx - 2.0, cy + 0.8), (cx - 0.6, cy + turn), width_mm=0.3, ink=ink)
    stroke(page, (cx - 0.6, cy + turn), (cx + 1.8, cy - tail_mm + 1.5), width_mm=0.3, ink=ink)
    dot(page, (cx + 2.0, cy - 1.0), 0.35, ink)
    assert plain_and_right(readings(page))


def test_two_pale_marks_in_a_row_are_never_made_good_by_the_others() -> None:
    page = sheet()
    for row in range(12):
        cross(page, row, row % 3, width_mm=0.35, ink=200)
    cross(page, 5, 0, width_mm=0.35, ink=200)
    assert [r.row for r in readings(page).rows if r.findings] == [6]


@pytest.mark.parametrize("ink", [228, 235])
def test_what_shines_through_in_every_row_is_no_pencil(ink: int) -> None:
    page = filled(width_mm=0.6, ink=ink)
    page = np.asarray(cv2.GaussianBlur(page, (0, 0), 1.2), np.uint8)
    assert not any(r.reading in LEVELS and not r.findings for r in readings(page).rows)


@pytest.mark.parametrize("size_mm", [0.3, 0.36])
def test_specks_in_a_row_without_a_mark_are_a_doubt_and_beside_a_mark_are_dust(size_mm: float) -> None:
    page = filled()
    x, y, w, h = (round(v * PER_MM) for v in BOXES[8].boxes[CHOICES[8]].rect_mm)
    page[y + 4 : y + h - 4, x + 4 : x + w - 4] = 255
    for row in (4, 8):
        x, y, w, h = BOXES[row].boxes[0].rect_mm
        for dx, dy in ((-1.2, -1.0), (0.4, 0.2)):
            centre = (round((x + w / 2 + dx) * PER_MM * 16), round((y + h / 2 + dy) * PER_MM * 16))
            cv2.circle(page, centre, round(size_mm / 2 * PER_MM * 16), 90, -1, cv2.LINE_AA, 4)
    assert [(r.row, r.reading) for r in readings(page).rows if r.findings] == [(9, "unsure")]


@pytest.mark.parametrize("reach_mm", [2.6, 2.9, 3.2, 3.6])
@pytest.mark.parametrize("ink", [30, 90])
def test_a_ballot_with_every_box_filled_to_its_frame_is_read(reach_mm: float, ink: int) -> None:
    page = sheet()
    for contest in BOXES:
        for x, y, w, h in (box.rect_mm for box in contest.boxes):
            for k in range(int(2 * reach_mm / 0.5) + 1):
                across = y + h / 2 - reach_mm + 0.5 * k
                stroke(page, (x + w / 2 - reach_mm, across), (x + w / 2 + reach_mm, across), 0.6, ink)
    page = turned(np.asarray(cv2.GaussianBlur(page, (0, 0), 0.6), np.uint8), 0.7)
    reading = readings(page, book(blanks=True))
    assert [(r.reading, Rule.MULTIPLE_ROW in r.findings) for r in reading.rows] == [("multiple", True)] * ROWS


@pytest.mark.parametrize("reach_mm", [2.9, 3.4])
def test_a_ballot_with_one_box_of_each_row_filled_to_its_frame_is_read(reach_mm: float) -> None:
    page = sheet()
    for row, level in enumerate(CHOICES):
        x, y, w, h = BOXES[row].boxes[level].rect_mm
        for k in range(int(2 * reach_mm / 0.5) + 1):
            across = y + h / 2 - reach_mm + 0.5 * k
            stroke(page, (x + w / 2 - reach_mm, across), (x + w / 2 + reach_mm, across), 0.6, 40)
    assert plain_and_right(readings(np.asarray(cv2.GaussianBlur(page, (0, 0), 0.6), np.uint8), book(blanks=True)))


@pytest.mark.parametrize("sides", [2, 3, 4])
@pytest.mark.parametrize(("width_mm", "ink"), [(0.4, 90), (0.5, 40), (0.6, 130)])
def test_a_frame_traced_on_its_line_goes_to_people(sides: int, width_mm: float, ink: int) -> None:
    page = filled()
    x, y, w, h = BOXES[6].boxes[2].rect_mm
    e = 0.125  # the middle of the printed line
    corners = [(x + e, y + e), (x + w - e, y + e), (x + w - e, y + h - e), (x + e, y + h - e), (x + e, y + e)]
    for a, b in list(pairwise(corners))[:sides]:
        stroke(page, a, b, width_mm, ink)
    for degrees in (0.0, 0.8):
        reading = readings(turned(np.asarray(cv2.GaussianBlur(page, (0, 0), 0.6), np.uint8), degrees))
        assert [r.row for r in reading.rows if r.findings] == [7]


def test_on_a_ballot_in_pale_pencil_ticks_whose_arms_leave_the_box_are_read_and_straight_lines_through_it_are_not() -> (
    None
):
    ticks, lines = (filled(width_mm=0.45, ink=195) for _ in range(2))
    clean = sheet()
    for row in (2, 7):
        x, y, w, h = (round(v * PER_MM) for v in BOXES[row].boxes[CHOICES[row]].rect_mm)
        for page in (ticks, lines):
            page[y - 20 : y + h + 20, x - 20 : x + w + 20] = clean[y - 20 : y + h + 20, x - 20 : x + w + 20]
        cx, cy = middle(row, CHOICES[row])
        for a, b in (((-4.6, 0.0), (-3.0, 4.4)), ((-3.0, 4.4), (4.6, -4.4))):
            stroke(ticks, (cx + a[0], cy + a[1]), (cx + b[0], cy + b[1]), width_mm=0.4, ink=207)
        stroke(lines, (cx - 4.8, cy + 3.6), (cx + 4.8, cy - 3.6), width_mm=0.4, ink=207)
    assert plain_and_right(readings(ticks))
    assert [r.row for r in readings(lines).rows if r.findings] == [3, 8]
