"""What somebody draws over several rows, or above and below the table, is said of every row that it concerns."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from helpers.benchmarks import load
from helpers.reading import (
    CHOICES,
    PENS,
    ROWS,
    Picture,
    book,
    crease,
    cross,
    doubtful_rows,
    filled,
    layout,
    middle,
    read_sheet,
    sheet,
    stroke,
    turned,
)

from ballot_scan.records import Doubt, PageReading
from ballot_scan.rehearsal import ruled
from ballot_scan.scan.reader import read

BOXES = [[box.rect_mm for box in row.boxes] for row in layout().pages[0].rows]
ALL = list(range(1, ROWS + 1))
look = partial(read_sheet, degrees=0.7)


def drawn(page: Picture, a: tuple[float, float], b: tuple[float, float], sway_mm: float = 0.8, **pen: float) -> None:
    """A line as a hand draws it: it sways by up to ``sway_mm`` beside the straight one."""
    t = np.linspace(0, 1, 40)
    along = np.subtract(b, a)
    aside = np.array([-along[1], along[0]]) / np.hypot(*along)
    points = np.array(a) + t[:, None] * along + (np.sin(t * 7) * sway_mm)[:, None] * aside
    for p, q in pairwise(points):
        stroke(page, tuple(p), tuple(q), **pen)


@pytest.mark.parametrize("pen", PENS)
def test_a_large_cross_over_the_whole_table_is_said_of_every_row(pen: str) -> None:
    page = filled()
    (x0, y0), (x1, y1) = middle(0, 0), middle(ROWS - 1, 2)
    drawn(page, (x0 - 4, y0 - 4), (x1 + 4, y1 + 4), **PENS[pen])
    drawn(page, (x1 + 4, y0 - 4), (x0 - 4, y1 + 4), **PENS[pen])
    assert doubtful_rows(look(page)) == ALL


@pytest.mark.parametrize("sway_mm", [0.0, 0.8])
@pytest.mark.parametrize("pen", PENS)
def test_a_line_down_a_column_of_boxes_is_no_streak_of_the_scanner(pen: str, sway_mm: float) -> None:
    page = sheet()
    cross(page, 0, 1, **PENS[pen])
    (x0, y0), (x1, y1) = middle(0, 1), middle(ROWS - 1, 1)
    drawn(page, (x0, y0), (x1 + 0.4, y1 + 2), sway_mm, **PENS[pen])
    assert doubtful_rows(look(page))[-ROWS + 1 :] == ALL[1:]


@pytest.mark.parametrize("pen", PENS)
def test_on_a_small_sheet_lines_with_a_ruler_are_neither_streaks_nor_creases(pen: str) -> None:
    """Three rows on A5: the table takes most of the sheet's width, and a line down its boxes is short."""
    small = layout(3, "A5").pages[0]
    down, along = sheet(rows=3, paper="A5"), sheet(rows=3, paper="A5")
    boxes = [[box.rect_mm for box in row.boxes] for row in small.rows]
    stroke(down, (boxes[0][1][0] + 3, boxes[0][1][1]), (boxes[2][1][0] + 3.3, boxes[2][1][1] + 8), **PENS[pen])
    x, y, _, h = small.rows[1].name_rect_mm
    stroke(along, (x, y + h / 2), (boxes[1][2][0] + 10, boxes[1][2][1] + 3.5), **PENS[pen])
    known = book(3, "A5", blanks=True)
    assert doubtful_rows(read(turned(down, 0.7, bed=255, grow=1.04), known)) == [1, 2, 3]
    assert doubtful_rows(read(turned(along, 0.7, bed=255, grow=1.04), known)) == [2]


@pytest.mark.parametrize("pen", PENS)
def test_a_slash_through_a_box_that_ends_beside_the_next_row_s_is_said_of_both(pen: str) -> None:
    page = sheet()
    (x, y), (_, below) = middle(6, 2), middle(7, 2)
    stroke(page, (x + 4.5, y - 4.5), (x - 5, below + 2.5), **PENS[pen])
    assert doubtful_rows(look(page)) == [7, 8]


@pytest.mark.parametrize("pen", PENS)
def test_a_brace_beside_the_boxes_is_said_of_every_row_it_embraces(pen: str) -> None:
    page = sheet()
    cross(page, 0, 2, **PENS[pen])
    (x, y0), (_, y1) = middle(2, 2), middle(8, 2)
    drawn(page, (x + 6, y0), (x + 6, y1), 1.0, **PENS[pen])
    assert doubtful_rows(look(page)) == [3, 4, 5, 6, 7, 8, 9]


@pytest.mark.parametrize("pen", PENS)
@pytest.mark.parametrize("off_mm", [4.0, 5.5, 7.0, 8.5])
@pytest.mark.parametrize("row", [0, ROWS - 1])
def test_a_second_cross_above_the_first_row_or_below_the_last_goes_to_people(row: int, off_mm: float, pen: str) -> None:
    page = filled()
    level = (CHOICES[row] + 1) % 3
    cross(page, row, level, at=(0.0, (3.5 + off_mm) * (1 if row else -1)), **PENS[pen])
    reading = look(page)
    assert reading.findings or doubtful_rows(reading) == [row + 1]


@pytest.mark.parametrize("pen", PENS)
def test_a_line_that_begins_in_the_last_box_and_runs_on_out_of_sight_goes_to_people(pen: str) -> None:
    page = filled()
    row = next(row for row, choice in enumerate(CHOICES) if choice == 2)
    x, y = middle(row, 2)
    drawn(page, (x - 2, y + 2), (x + 2, y - 2), 0.0, **PENS[pen])
    drawn(page, (x + 2, y - 2), (x + 25, y - 3), **PENS[pen])
    assert doubtful_rows(look(page)) == [row + 1]


def test_a_streak_from_edge_to_edge_is_still_the_scanner_s() -> None:
    page = turned(filled(), 0.3, bed=255, grow=1.03)
    x = round(middle(3, 1)[0] * 200 / 25.4) + 30
    page[:, x : x + 3] = np.minimum(page[:, x : x + 3], 120)
    assert doubtful_rows(read_sheet(page)) == []


@pytest.mark.parametrize("aside_px", [-28, -22, 22, 28])
@pytest.mark.parametrize("tone", [110, 160])
def test_so_is_one_beside_the_side_of_a_column_of_frames_of_a_sheet_at_a_slant(aside_px: int, tone: int) -> None:
    assert doubtful_rows(read_sheet(beside_the_frames(0.15, aside_px, 3, tone))) == []


@pytest.mark.parametrize(("degrees", "aside_px"), [(0.1, 25), (0.2, -27), (0.2, -23), (0.2, 27), (0.3, 27), (0.4, -27)])
def test_so_is_a_pale_one_that_the_frames_sides_run_into(degrees: float, aside_px: int) -> None:
    assert doubtful_rows(read_sheet(beside_the_frames(degrees, aside_px, 4, 195))) == []


def beside_the_frames(degrees: float, aside_px: int, wide_px: int, tone: int) -> Picture:
    """A ballot at a slant, and a streak from edge to edge so far from the middle of a column of boxes."""
    page = turned(filled(), degrees, bed=255, grow=1.03)
    x = round(middle(3, 1)[0] * 200 / 25.4 + (page.shape[1] - sheet().shape[1]) / 2) + aside_px
    page[:, x : x + wide_px] = np.minimum(page[:, x : x + wide_px], tone)
    return page


@pytest.mark.parametrize("aside_mm", [0.0, 6.0])
def test_a_short_black_streak_needs_no_person_where_the_row_has_its_mark(aside_mm: float) -> None:
    page = filled()
    row = next(row for row, choice in enumerate(CHOICES[1:], 1) if choice == 0)
    x, y = (round(v * 200 / 25.4) for v in np.add(middle(row, 2), (aside_mm, 0.0)))
    page[y - 50 : y + 60, x : x + 3] = 20
    assert doubtful_rows(read_sheet(page)) == []


def test_a_black_line_as_broad_as_a_felt_pen_s_is_no_short_streak() -> None:
    page = filled()
    row = next(row for row, choice in enumerate(CHOICES[1:], 1) if choice == 0)
    x, y = (round(v * 200 / 25.4) for v in middle(row, 2))
    page[y - 50 : y + 60, x : x + 8] = 20
    assert row + 1 in doubtful_rows(read_sheet(page))


@pytest.mark.parametrize("lean_mm", [0.4, 1.0])
def test_a_line_that_leaves_its_column_by_ever_so_little_was_drawn(lean_mm: float) -> None:
    page = filled()
    x, y = np.add(middle(3, 1), (6.0, -8.0))
    stroke(page, (x, y), (x + lean_mm, y + 16.0), width_mm=0.4, ink=20)
    assert doubtful_rows(read_sheet(page))


# ---------------------------------------------------------------- over the whole sheet


DARK = {"ball pen": {"width_mm": 0.43, "ink": 91}, "red pen": {"width_mm": 0.4, "ink": 130}} | {
    pen: PENS[pen] for pen in ("gel pen", "marker", "pencil")
}


@pytest.mark.parametrize("sway_mm", [0.0, 0.3])
@pytest.mark.parametrize("pen", DARK)
def test_a_line_through_a_row_from_edge_to_edge_of_the_sheet_is_no_crease(pen: str, sway_mm: float) -> None:
    page = filled()
    _, y = middle(5, 1)
    drawn(page, (2.0, y + 0.3), (208.0, y + 0.9), sway_mm, **DARK[pen])
    assert 6 in doubtful_rows(look(page))


@pytest.mark.parametrize("ends_mm", [0.0, 1.5])
def test_an_even_line_that_goes_on_over_both_edges_of_the_sheet_is_a_crease_and_one_that_ends_there_is_not(
    ends_mm: float,
) -> None:
    page = filled()
    _, y = middle(5, 1)
    stroke(page, (ends_mm, y + 0.3), (210.0 - ends_mm, y + 0.9), 0.4, 175)
    assert (6 in doubtful_rows(look(page))) is (ends_mm > 0)


@pytest.mark.parametrize("lean_mm", [0.0, 1.2])
@pytest.mark.parametrize("pen", DARK)
def test_a_line_down_a_column_beside_the_rows_marks_is_said_of_every_row(pen: str, lean_mm: float) -> None:
    page = filled()
    (x, y0), (_, y1) = middle(0, 1), middle(ROWS - 1, 1)
    drawn(page, (x - 1.0, y0 - 2.0), (x - 1.0 + lean_mm, y1 + 2.0), 0.0, **DARK[pen])
    assert doubtful_rows(look(page)) == ALL


@pytest.mark.parametrize("pen", DARK)
def test_so_is_one_from_the_upper_to_the_lower_edge_of_the_sheet(pen: str) -> None:
    page = filled()
    x, _ = middle(0, 1)
    drawn(page, (x - 1.0, 3.0), (x + 0.6, 294.0), 0.0, **DARK[pen])
    assert doubtful_rows(look(page)) == ALL


# ---------------------------------------------------------------- rehearsed pages whose lines had passed

grid = load("accuracy_grid")


def ruled_page(condition: str, seed: int) -> tuple[PageReading, list[int]]:
    """A page with nothing doubtful on it but a line, read; and the rows (1-) that the line goes over."""
    cell = grid.BY_NAME[condition]
    plain = {"doubtful_rate": 0, "blank_rate": 0, "multiple_rate": 0, "strike_rate": 0, "extra_writing_rate": 0}
    page = grid.simulated(replace(cell, voter=replace(cell.voter, ruled_rate=1.0, **plain)), seed)
    return read(grid.opened(page), grid.book(cell.ballot)), [row.row for row in page.rows if row.kind in ruled.KINDS]


@pytest.mark.parametrize(
    ("condition", "seed"),
    [
        ("A4, 200 dpi, ordinary", 7_000_047),  # along a ruler in pencil, taken for a crease
        ("A4, 200 dpi, hard", 7_000_026),
        ("A4, 200 dpi, hard", 7_000_099),
        ("A5, 200 dpi, hard", 7_000_066),  # taken for the scanner's columns
        ("A5, 200 dpi, hard", 7_000_024),
        ("A5, 200 dpi, hard", 7_000_071),
    ],
)
def test_a_line_down_a_column_that_ends_short_of_the_edges_is_neither_a_crease_nor_the_scanner_s(
    condition: str, seed: int
) -> None:
    reading, over = ruled_page(condition, seed)
    assert set(over) <= set(doubtful_rows(reading))


@pytest.mark.parametrize(
    ("condition", "seed", "row"),
    [
        ("A4, 200 dpi, ordinary", 7_000_017, 7),
        ("A4, 200 dpi, ordinary", 7_000_018, 1),
        ("A4, 300 dpi, ordinary", 7_000_098, 11),
    ],
)
def test_a_line_from_mark_to_mark_down_a_column_is_said_of_both_rows(condition: str, seed: int, row: int) -> None:
    reading, over = ruled_page(condition, seed)
    assert {row, row + 1} <= set(over)
    for at in (row, row + 1):
        assert {doubt for box in reading.rows[at - 1].boxes for doubt in box.doubts} & {Doubt.TWO_ROWS, Doubt.LINE}


@pytest.mark.parametrize("pen", DARK)
@pytest.mark.parametrize("lean_mm", [-0.8, 0.5])
def test_a_ruled_line_that_an_arm_of_a_cross_runs_into_is_still_one(pen: str, lean_mm: float) -> None:
    page = sheet()
    for row in (3, 4, 7):
        cross(page, row, 1, **PENS["gel pen"])
    (x, above), (_, below) = middle(3, 1), middle(4, 1)
    stroke(page, (x + 1, above - 3), (x + 1 + lean_mm, below + 5), **DARK[pen])
    stroke(page, (x, below), (x - 2.5, below - 6.0), **PENS["gel pen"])  # beside the line …
    stroke(page, (x + 0.9 + lean_mm / 2, below - 5.0), (x - 2.5, below - 6.0), **PENS["gel pen"])  # … and into it
    found = doubtful_rows(look(page))
    assert {4, 5} <= set(found)
    assert 8 not in found


@pytest.mark.parametrize(
    ("condition", "seed"),
    [
        ("A4, 200 dpi, ordinary", 720_000_266),  # an arm of a mark runs into the line
        ("A4, 200 dpi, ordinary", 720_000_273),
        ("A4, 300 dpi, ordinary", 720_000_043),
        ("A5, 200 dpi, ordinary", 720_001_395),
        ("A4, 300 dpi, hard", 720_001_124),
        ("A4, 200 dpi, ordinary", 720_000_035),  # a pencil's line through all boxes of a row, taken for a crease's
        ("A5, 200 dpi, ordinary", 720_000_968),
        ("A5, 200 dpi, hard", 720_000_453),
        ("A5, 200 dpi, hard", 720_001_055),
    ],
)
def test_a_line_over_rows_is_said_of_the_rows_at_its_ends_too(condition: str, seed: int) -> None:
    reading, over = ruled_page(condition, seed)
    assert over
    assert set(over) <= set(doubtful_rows(reading))


@pytest.mark.parametrize("seed", [700_015_609, 700_030_035])
def test_a_pen_s_line_down_a_column_is_not_lost_among_the_bands_of_a_dirty_scanner(seed: int) -> None:
    cell = grid.BY_NAME["A5, 200 dpi, hard"]
    page = grid.simulated(cell, seed)
    over = [row.row for row in page.rows if row.kind == ruled.DOWN_COLUMN]
    assert len(over) >= 3
    assert set(over) <= set(doubtful_rows(read(grid.opened(page), grid.book(cell.ballot))))


@pytest.mark.parametrize("ends_mm", [1.5, 4.0])
@pytest.mark.parametrize("ink", [165, 185])
def test_a_pale_line_through_the_boxes_of_a_row_beside_its_dark_mark_was_drawn(ink: int, ends_mm: float) -> None:
    page = filled()
    row = 5
    (x0, y), (x1, _) = middle(row, 0), middle(row, 2)
    stroke(page, (x0 - 3 - ends_mm, y + 0.3), (x1 + 3 + ends_mm, y + 0.8), 0.4, ink)
    assert doubtful_rows(look(page)) == [row + 1]


@pytest.mark.parametrize("sway_mm", [0.3, 0.5])
@pytest.mark.parametrize("ink", [165, 185])
def test_so_was_one_that_nobody_ruled(ink: int, sway_mm: float) -> None:
    page = filled()
    row = 5
    (x0, y), (x1, _) = middle(row, 0), middle(row, 2)
    drawn(page, (x0 - 5, y + 0.4), (x1 + 5, y + 0.4), sway_mm, width_mm=0.4, ink=ink)
    assert doubtful_rows(look(page)) == [row + 1]


@pytest.mark.parametrize(
    ("condition", "seed", "row"),
    [
        ("A4, 200 dpi, hard", 750_011_995, 9),  # in pencil over a row of a banded scan, and not straight
        ("A5, 200 dpi, hard", 750_010_809, 5),  # in pencil down a column, as pale as a rule of the table
    ],
)
def test_a_line_over_boxes_is_no_crease_if_it_ends_beside_them_and_no_rule_of_the_table(
    condition: str, seed: int, row: int
) -> None:
    cell = grid.BY_NAME[condition]
    reading = read(grid.opened(grid.simulated(cell, seed)), grid.book(cell.ballot))
    assert row in doubtful_rows(reading)


def test_a_crease_on_a_scan_that_cut_the_sheet_s_edges_off_is_still_one() -> None:
    page = filled()
    _, y = middle(5, 1)
    crease(page, y + 1.2, y + 1.8, 0.4, 150)
    cut = round(6 / 25.4 * 200)
    assert doubtful_rows(read(np.ascontiguousarray(page[cut:-cut, cut:-cut]), book(blanks=True))) == []
