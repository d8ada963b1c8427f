"""What somebody who had not seen the reader drew on its ballots: each kind that passed in silence, and each that was
sent to people though anybody could see what it meant."""

from __future__ import annotations

from functools import partial

import cv2
import numpy as np
import pytest
from helpers.benchmarks import load
from helpers.reading import (
    CHOICES,
    Picture,
    crosses,
    doubtful_rows,
    filled,
    middle,
    plain_and_right,
    polyline,
    read_sheet,
    sheet,
    stroke,
    turned,
)

from ballot_scan.records import Doubt, PageReading, Rule
from ballot_scan.scan.reader import read

grid = load("accuracy_grid")
SCALE = 200 / 25.4
ROW = 4
look = partial(read_sheet, soft_px=0.6)


def line(page: Picture, points: list[tuple[float, float]], about: tuple[float, float], **pen: float) -> None:
    polyline(page, [(about[0] + x, about[1] + y) for x, y in points], **pen)


def doubted(page: Picture) -> list[int]:
    return doubtful_rows(look(page))


# ---------------------------------------------------------------- not this ballot's pen


@pytest.mark.parametrize("tone", [60, 100, 130])
@pytest.mark.parametrize("bend_mm", [0.0, 0.8])
def test_a_dark_hair_much_thinner_than_the_ballot_s_pen_is_no_vote(tone: int, bend_mm: float) -> None:
    page = crosses(ROW, width_mm=0.55, ink=60)
    knots = np.add(middle(ROW, 1), [(-2.2, -2.0), (-0.8, -1.0 + bend_mm), (0.9, 0.4 + bend_mm), (2.4, 2.6)])
    cv2.polylines(page, [np.rint(knots * SCALE * 16).astype(np.int32)], False, tone, 2, cv2.LINE_AA, 4)
    assert doubted(page) == [ROW + 1]


@pytest.mark.parametrize("width_mm", [0.3, 0.45, 0.6])
def test_a_slash_by_the_ballot_s_own_pen_is_a_vote(width_mm: float) -> None:
    page = crosses(ROW, width_mm=width_mm, ink=60)
    line(page, [(-2.0, 2.2), (2.2, -2.0)], middle(ROW, CHOICES[ROW]), width_mm=width_mm, ink=60)
    assert plain_and_right(look(page))


@pytest.mark.parametrize("width_mm", [0.9, 1.3])
def test_small_crosses_by_one_grey_felt_tip_are_votes_and_a_drop_among_them_is_none(width_mm: float) -> None:
    page = crosses(ROW, width_mm=width_mm, ink=105, size_mm=3.0)
    x, y = middle(ROW, 1)
    cv2.circle(page, (round(x * SCALE), round(y * SCALE)), round(2.0 * SCALE), 105, -1, cv2.LINE_AA)
    assert doubted(page) == [ROW + 1]


@pytest.mark.parametrize(
    "strokes", [[[(-2.4, -2.0), (2.0, 2.2)], [(-2.2, 2.2), (2.2, -2.0)]], [[(-2.0, 2.4), (2.2, -2.6)]]]
)
def test_ink_set_off_from_a_marker_on_another_sheet_is_no_vote(strokes: list[list[tuple[float, float]]]) -> None:
    page = crosses(ROW, width_mm=0.45, ink=120)
    for points in strokes:
        line(page, points, middle(ROW, 1), width_mm=1.1, ink=165)
    assert doubted(page) == [ROW + 1]


@pytest.mark.parametrize("ends", [((-2.6, -2.6), (2.6, 2.6)), ((-3.2, 0.5), (3.2, -0.5)), ((-0.6, -3.2), (0.6, 3.2))])
@pytest.mark.parametrize("ink", [90, 120, 145])
def test_a_line_a_millimetre_wide_by_a_blunt_pencil_in_every_row_is_a_vote(
    ends: tuple[tuple[float, float], tuple[float, float]], ink: int
) -> None:
    page = sheet()
    for row, level in enumerate(CHOICES):
        line(page, list(ends), middle(row, level), width_mm=1.0, ink=ink)
    assert plain_and_right(look(page))


def short_ballot(rows: int, ink: int, width_mm: float) -> PageReading:
    """A ballot of few rows, a cross by one blunt pencil in each."""
    page = sheet(rows=rows)
    for row in range(rows):
        x, y = middle(row, CHOICES[row], rows=rows)
        for way in (1, -1):
            stroke(page, (x - 2.2, y - way * 2.2), (x + 2.2, y + way * 2.2), width_mm=width_mm, ink=ink)
    return look(page, rows=rows)


@pytest.mark.parametrize("rows", [3, 4])
@pytest.mark.parametrize("width_mm", [0.7, 0.9])
def test_on_a_ballot_of_few_rows_a_blunt_pencil_s_crosses_are_votes_too(rows: int, width_mm: float) -> None:
    assert [row.findings for row in short_ballot(rows, 145, width_mm).rows] == [()] * rows


def fine_slashes(rows: int, marked: int, ink: int, width_mm: float) -> list[int]:
    """Numbers of the rows that wait on a ballot whose first so many ``rows`` are ``marked`` by one fine line each."""
    page = sheet(rows=rows)
    for row in range(marked):
        line(
            page,
            [(-1.9, 2.1), (0.3, 0.4), (2.1, -2.2)],
            middle(row, CHOICES[row], rows=rows),
            width_mm=width_mm,
            ink=ink,
        )
    return doubtful_rows(look(page, rows=rows))


@pytest.mark.parametrize("rows", [4, 6, 9])
@pytest.mark.parametrize("ink", [30, 45, 60])
def test_lines_as_thin_as_hairs_in_every_row_are_of_a_fine_pen(rows: int, ink: int) -> None:
    assert fine_slashes(rows, rows, ink, 0.12) == []


@pytest.mark.parametrize(("rows", "marked"), [(1, 1), (2, 2), (3, 3), (4, 3), (6, 4), (8, 5)])
def test_too_few_of_them_are_hairs_for_all_anybody_knows(rows: int, marked: int) -> None:
    assert fine_slashes(rows, marked, 85, 0.12) == list(range(1, marked + 1))


def test_marks_that_are_all_alike_are_never_said_to_differ() -> None:
    for row in short_ballot(4, 190, 0.9).rows:
        assert row.reading == "unsure"
        assert all(Doubt.OTHER_PEN not in box.doubts for box in row.boxes)


def test_a_box_filled_in_pencil_on_a_ballot_in_pencil_is_a_vote() -> None:
    page = crosses(ROW, width_mm=0.5, ink=140)
    rising = [(-2.6 + 0.47 * i, -2.6 if i % 2 else 2.6) for i in range(12)]
    line(page, rising, middle(ROW, CHOICES[ROW]), width_mm=0.55, ink=140)
    assert plain_and_right(look(page))


@pytest.mark.parametrize(("ink", "pitch_mm"), [(150, 0.62), (150, 0.75), (170, 0.5), (185, 0.62)])
def test_a_box_hatched_in_grainy_pencil_is_a_vote_too(ink: int, pitch_mm: float) -> None:
    page, printed = crosses(ROW, width_mm=0.45, ink=ink), sheet()
    hatch = [(-2.0 + pitch_mm * i, -1.6 if i % 2 else 1.6) for i in range(int(4 / pitch_mm) + 1)]
    line(page, hatch, middle(ROW, CHOICES[ROW]), width_mm=0.45, ink=ink)
    grain = cv2.GaussianBlur(np.random.default_rng(5).random(page.shape), (0, 0), 1.0)
    grained = np.clip(page + 14 * (grain - grain.mean()) / grain.std(), 0, 250)
    drawn = (page < ink + 20) & (printed >= 200)
    assert plain_and_right(look(np.where(drawn, grained, page).astype(np.uint8)))


@pytest.mark.parametrize("spread_mm", [1.0, 1.1, 1.2])
@pytest.mark.parametrize(("ink", "peak"), [(130, 0.44), (145, 0.4), (160, 0.36)])
def test_a_soft_round_spot_is_no_box_hatched_in_pencil(spread_mm: float, ink: int, peak: float) -> None:
    page = crosses(ROW, width_mm=0.45, ink=ink)
    ys, xs = np.indices(page.shape)
    x, y = np.multiply(middle(ROW, 1), SCALE)
    spot = peak * np.exp(-((xs - x) ** 2 + (ys - y) ** 2) / (2 * (spread_mm * SCALE) ** 2))
    assert doubted((page * (1 - spot)).astype(np.uint8)) == [ROW + 1]


@pytest.mark.parametrize(("width_mm", "ink"), [(0.3, 60), (0.35, 75), (0.4, 85)])
@pytest.mark.parametrize("tone", [133, 140, 147])
def test_a_marker_s_cross_set_off_on_a_ballot_by_a_fine_pen_is_no_vote(width_mm: float, ink: int, tone: int) -> None:
    page, wet = crosses(ROW, width_mm=width_mm, ink=ink), np.full_like(sheet(), 255)
    for way in (1, -1):
        line(wet, [(-2.3, -2.3 * way), (2.3, 2.3 * way)], middle(ROW, 1), width_mm=1.5, ink=tone)
    assert doubted(np.minimum(page, cv2.GaussianBlur(wet, (0, 0), 1.2)).astype(np.uint8)) == [ROW + 1]


@pytest.mark.parametrize("mark", ["slash", "scribble"])
def test_single_strokes_of_a_felt_tip_whose_crossings_are_darker_are_its_ballot_s_own(mark: str) -> None:
    page = sheet()
    for row, level in enumerate(CHOICES):
        for way in (1, -1):
            ink = np.full_like(page, 255)
            line(ink, [(-2.4, -2.4 * way), (2.4, 2.4 * way)], middle(row, level), width_mm=1.15, ink=150)
            if row != ROW:
                page = np.asarray(cv2.multiply(page, ink, scale=1 / 255), np.uint8)
    strokes = {"slash": [(-2.6, 2.4), (2.4, -2.6)], "scribble": [(-3 + i, -2.5 if i % 2 else 2.5) for i in range(7)]}
    ink = np.full_like(page, 255)
    line(ink, strokes[mark], middle(ROW, CHOICES[ROW]), width_mm=1.15, ink=150)
    assert plain_and_right(look(np.asarray(cv2.multiply(page, ink, scale=1 / 255), np.uint8)))


def test_the_dashed_tail_of_the_row_below_is_no_vote() -> None:
    pen = {"width_mm": 0.4, "ink": 130}
    page = crosses(ROW, **pen)
    x, y = middle(ROW, 1)
    for top, bottom in ((-2.2, 4.0), (5.0, 5.9), (7.0, 8.2)):
        line(page, [(0.1, top), (0.1, bottom)], (x, y), **pen)
    assert ROW + 1 in doubted(page)


# ---------------------------------------------------------------- anybody sees what it means


@pytest.mark.parametrize("ink", [40, 75, 110])
@pytest.mark.parametrize("size_mm", [7.5, 9.5])
def test_large_crosses_by_a_coloured_felt_tip_are_votes(size_mm: float, ink: int) -> None:
    assert plain_and_right(look(crosses(width_mm=1.8, ink=ink, size_mm=size_mm)))


@pytest.mark.parametrize("row", [4, 5])  # in the middle box, and in the last one, from which it leaves the table
@pytest.mark.parametrize("tail", [(9.5, -3.6), (8.0, -5.5), (-9.5, -5.0), (8.0, -11.5)])  # … past the box above
@pytest.mark.parametrize(("width_mm", "ink"), [(0.4, 70), (0.45, 130), (0.9, 30), (1.3, 60)])
def test_a_tick_that_turns_in_its_box_is_a_vote_however_long_its_tail(
    row: int, tail: tuple[float, float], width_mm: float, ink: int
) -> None:
    page = crosses(row, width_mm=width_mm, ink=ink)
    side = 1 if tail[0] > 0 else -1
    short, turn = (-0.6 * side, -1.2), (0.4 * side, 1.0)
    line(page, [short, turn, tail], middle(row, CHOICES[row]), width_mm=width_mm, ink=ink)
    assert plain_and_right(look(page))


@pytest.mark.parametrize("inside_mm", [0.6, 1.6])
@pytest.mark.parametrize("ink", [60, 150, 190])
def test_a_tick_whose_tail_ends_in_the_next_box_goes_to_people(ink: int, inside_mm: float) -> None:
    page = crosses(ROW, width_mm=0.4, ink=ink)
    (x, _), (beside, _) = middle(ROW, 1), middle(ROW, 2)
    end = beside - 3.5 + inside_mm - x
    line(page, [(-1.5, -0.2), (-1.3, 1.9), (0.4, 1.9), (7.5, -1.6), (end, -1.2)], middle(ROW, 1), width_mm=0.4, ink=ink)
    assert doubted(page) == [ROW + 1]


@pytest.mark.parametrize("beside_mm", [6.5, 8.0])
def test_an_angle_beside_the_box_whose_arms_end_in_it_is_none(beside_mm: float) -> None:
    page = crosses(ROW, width_mm=0.45, ink=60)
    line(page, [(1.0, -1.8), (beside_mm, 0.2), (1.0, 2.0)], middle(ROW, 1), width_mm=0.45, ink=60)
    assert doubted(page) == [ROW + 1]


@pytest.mark.parametrize("loop", [[(1.0, -1.7), (1.5, -0.6), (0.9, 2.0)], [(0.3, -2.4), (1.5, 0.8), (1.2, 1.2)]])
@pytest.mark.parametrize(("width_mm", "ink"), [(0.35, 90), (0.4, 140), (0.6, 60)])
def test_a_cross_beside_the_box_drawn_without_lifting_the_pen_whose_loop_ends_in_it_goes_to_people(
    loop: list[tuple[float, float]], width_mm: float, ink: int
) -> None:
    """What lies inside turns once, as a tick does, and what goes on from it crosses itself."""
    page = crosses(ROW, width_mm=width_mm, ink=ink)
    x, y = middle(ROW, 1)
    line(page, [(-5.6, 2.2), *loop, (-5.4, -2.4)], (x - 3.3, y), width_mm=width_mm, ink=ink)
    assert doubted(page) == [ROW + 1]


# ---------------------------------------------------------------- one letter


LETTERS = {
    "X": [[(-1.3, -1.5), (1.3, 1.5)], [(1.3, -1.5), (-1.3, 1.5)]],
    "7": [[(-1.2, -1.6), (1.2, -1.6), (-0.3, 1.8)]],
    "H": [[(-1.1, -1.5), (-1.1, 1.5)], [(1.1, -1.5), (1.1, 1.5)], [(-1.1, 0.0), (1.1, 0.0)]],
    "v": [[(-1.4, -0.8), (-0.3, 1.4), (1.6, -1.6)]],
}


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize(("width_mm", "ink"), [(0.45, 80), (0.7, 40), (0.5, 140)])
@pytest.mark.parametrize("place", [(199.5, 170.0), (120.0, 131.0), (60.0, 280.0)])
def test_a_single_letter_off_the_boxes_goes_to_people(
    letter: str, width_mm: float, ink: int, place: tuple[float, float]
) -> None:
    page = crosses()
    for points in LETTERS[letter]:
        line(page, points, place, width_mm=width_mm, ink=ink)
    assert look(page).findings == (Rule.EXTRA_WRITING,)


@pytest.mark.parametrize("place", [(199.5, 170.0), (120.0, 131.0)])
def test_a_blot_and_a_hair_there_do_not(place: tuple[float, float]) -> None:
    page = crosses()
    x, y = (round(v * SCALE) for v in place)
    cv2.circle(page, (x, y - 60), 6, 60, -1, cv2.LINE_AA)
    knots = np.array([(x - 12, y), (x - 4, y + 8), (x + 6, y + 7), (x + 14, y + 18)])
    cv2.polylines(page, [knots.astype(np.int32)], False, 90, 1, cv2.LINE_AA)
    assert look(page).findings == ()


# ---------------------------------------------------------------- a worn pen


def dashed(page: Picture, row: int, level: int, ink: int) -> None:
    """A cross by a pen that leaves gaps."""
    for rise in (1, -1):
        for a, b in ((-2.4, -1.3), (-0.7, 0.5), (1.1, 2.3)):
            line(page, [(a, rise * a), (b, rise * b)], middle(row, level), width_mm=0.35, ink=ink)


@pytest.mark.parametrize("ink", [90, 140])
def test_gaps_that_a_worn_pen_left_in_mark_after_mark_need_no_person(ink: int) -> None:
    page = sheet()
    for row, level in enumerate(CHOICES):
        dashed(page, row, level, ink)
    assert plain_and_right(look(page))


def test_gaps_in_one_mark_of_a_ballot_are_a_doubt() -> None:
    page = crosses(ROW, width_mm=0.45, ink=60)
    dashed(page, ROW, 1, 140)
    assert doubted(page) == [ROW + 1]


@pytest.mark.parametrize("ink", [90, 140])
def test_two_marks_with_gaps_in_one_row_are_never_made_good(ink: int) -> None:
    page = sheet()
    for row, level in enumerate(CHOICES):
        dashed(page, row, level, ink)
    dashed(page, ROW, 2, ink)
    assert ROW + 1 in doubted(page)


@pytest.mark.parametrize(
    ("condition", "seed", "row"),
    [("A4, 200 dpi, ordinary, four pages", 490_022_577, 16), ("A4, 200 dpi, hard", 490_004_757, 2),
     ("A4, 200 dpi, hard", 490_035_491, 1), ("A5, 300 dpi, hard", 490_046_038, 4)],
)  # fmt: skip
def test_scraps_of_a_pen_as_dark_as_the_others_but_with_little_of_their_ink_are_a_doubt(
    condition: str, seed: int, row: int
) -> None:
    cell = grid.BY_NAME[condition]
    reading = read(grid.opened(grid.simulated(cell, seed)), grid.book(cell.ballot))
    assert row in doubtful_rows(reading)


@pytest.mark.parametrize("ink", [60, 120, 150])
def test_a_tick_that_turns_in_its_frame_is_no_scrap(ink: int) -> None:
    page = crosses(ROW, ink=ink)
    half = 3.4  # the frame's line
    line(page, [(-1.6, 1.4), (-0.6, half + 0.1), (1.0, 0.4)], middle(ROW, CHOICES[ROW]), width_mm=0.45, ink=ink)
    assert plain_and_right(look(page))


# ---------------------------------------------------------------- a hard pencil all over the ballot


SLASH = [[(-2.6, 2.9), (2.4, -2.7)]]
SHREDS = [
    [(-2.0, -2.2), (-0.9, -1.0)],
    [(-0.2, -0.2), (2.1, 2.2)],
    [(2.0, -2.1), (1.0, -1.0)],
    [(0.2, -0.2), (-2.1, 2.2)],
]


@pytest.mark.parametrize("strokes", [SLASH, SHREDS])
@pytest.mark.parametrize("ink", [190, 205])
def test_on_a_ballot_in_pale_pencil_a_slash_and_a_cross_with_gaps_are_votes(
    strokes: list[list[tuple[float, float]]], ink: int
) -> None:
    page = crosses(ROW, width_mm=0.45, ink=ink)
    for points in strokes:
        line(page, points, middle(ROW, CHOICES[ROW]), width_mm=0.45, ink=ink)
    assert plain_and_right(look(page))


@pytest.mark.parametrize("ink", [190, 205])
def test_on_such_a_ballot_a_long_line_through_a_box_is_none(ink: int) -> None:
    page = crosses(ROW, width_mm=0.45, ink=ink)
    line(page, [(-4.9, 3.6), (4.9, -3.6)], middle(ROW, CHOICES[ROW]), width_mm=0.45, ink=ink)
    assert doubted(page) == [ROW + 1]


# ---------------------------------------------------------------- a frame paler than the others


@pytest.mark.parametrize("degrees", [0.15, 0.3, 0.5])
def test_fine_frames_that_a_coarse_scan_drew_unevenly_are_no_doubt(degrees: float) -> None:
    """150 dpi, enlarged by the driver without smoothing: of each frame another part is lost."""
    page = turned(filled(), degrees)
    coarse = cv2.warpAffine(page, np.array([[0.75, 0, 0.3], [0, 0.75, 0.2]]), (1240, 1754), flags=cv2.INTER_NEAREST)
    large = cv2.resize(coarse, None, fx=4 / 3, fy=4 / 3, interpolation=cv2.INTER_NEAREST)
    assert plain_and_right(read_sheet(np.asarray(large, np.uint8)))


@pytest.mark.parametrize("left", [0.3, 0.5])
def test_correction_fluid_through_which_a_frame_shines_pale_goes_to_people(left: float) -> None:
    page = filled()
    x, y = middle(ROW, (CHOICES[ROW] + 1) % 3)
    part = np.s_[
        round((y - 4.5) * SCALE) : round((y + 4.5) * SCALE), round((x - 4.5) * SCALE) : round((x + 4.5) * SCALE)
    ]
    page[part] = 255 - (255 - page[part]) * left
    assert doubted(page) == [ROW + 1]


def test_so_it_does_where_most_frames_of_a_short_ballot_are_covered() -> None:
    page = sheet(rows=3)
    for row in range(3):
        for way in (1, -1):
            line(page, [(-2.2, -2.2 * way), (2.2, 2.2 * way)], middle(row, 0, rows=3), width_mm=0.45, ink=60)
        x, y = middle(row, 2, rows=3)
        left, top, right, bottom = (round(v * SCALE) for v in (x - 4.5, y - 4.5, x + 4.5, y + 4.5))
        page[top:bottom, left:right] = 255 - (255 - page[top:bottom, left:right]) * 0.5
    reading = look(page, rows=3)
    assert all(row.findings for row in reading.rows)
