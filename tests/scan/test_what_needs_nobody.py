"""What lies on a ballot and needs nobody: what was rubbed out, a worn pen's gaps, an inked corner, a crease along the
headings. Beside each what looks like it, and must go to people."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from helpers.benchmarks import load
from helpers.reading import (
    CHOICES,
    LEVELS,
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
    sheet,
    stroke,
    zigzag,
)

from ballot_scan.paper.layout import Rect
from ballot_scan.records import PageReading, Rule
from ballot_scan.scan.reader import read

grid = load("accuracy_grid")

SCALE = 200 / 25.4
ROW = 6
OTHER = (CHOICES[ROW] + 1) % 3
PAGE = layout().pages[0]


def scanned(page: Picture, noise: float = 1.5, soft_px: float = 0.7, white: int = 246) -> PageReading:
    grain = np.random.default_rng(11).normal(0, noise, page.shape)
    soft = cv2.GaussianBlur(page, (0, 0), soft_px) * (white / 255)
    return read_sheet(np.clip(np.rint(soft + grain), 0, 255).astype(np.uint8))


# ---------------------------------------------------------------- rubbed out


def rubbed(page: Picture, row: int, level: int, ink: int) -> Picture:
    """A cross of which an eraser left so much, a little spread."""
    layer = np.full_like(page, 255)
    cross_at(layer, middle(row, level), size_mm=4.0, width_mm=0.5, ink=ink)
    return np.minimum(page, cv2.GaussianBlur(layer, (0, 0), 1.0)).astype(np.uint8)


@pytest.mark.parametrize("pen", ["ball pen", "gel pen", "marker"])
@pytest.mark.parametrize("ink", [248, 243])
def test_what_an_eraser_left_beside_a_plain_mark_needs_nobody(pen: str, ink: int) -> None:
    assert plain_and_right(scanned(rubbed(filled(**PENS[pen]), ROW, OTHER, ink)))


@pytest.mark.parametrize("pen", ["ball pen", "gel pen", "marker"])
@pytest.mark.parametrize("ink", [230, 215, 190])
def test_a_second_cross_as_dark_as_the_palest_pencil_does(pen: str, ink: int) -> None:
    assert doubtful_rows(scanned(rubbed(filled(**PENS[pen]), ROW, OTHER, ink))) == [ROW + 1]


def test_so_does_what_a_scanner_that_whitens_the_paper_made_as_pale() -> None:
    bright = np.minimum(rubbed(filled(**PENS["marker"]), ROW, OTHER, 225).astype(int) + 18, 255).astype(np.uint8)
    assert doubtful_rows(scanned(bright, white=255)) == [ROW + 1]


def test_so_does_what_was_rubbed_out_on_a_ballot_hardly_darker() -> None:
    assert ROW + 1 in doubtful_rows(scanned(rubbed(filled(width_mm=0.5, ink=190), ROW, OTHER, 243)))


@pytest.mark.parametrize("level", range(3))
def test_and_in_a_row_without_a_mark(level: int) -> None:
    assert doubtful_rows(scanned(rubbed(crosses(ROW), ROW, level, 238))) == [ROW + 1]


@pytest.mark.parametrize("tone", [230, 220])
def test_a_patch_over_a_box_is_no_rubbing(tone: int) -> None:
    page = filled()
    (x, y), r = middle(ROW, OTHER), 2.2
    a, b = ((round((x + s * r) * SCALE), round((y + s * r) * SCALE)) for s in (-1, 1))
    patch = np.full_like(page, 255)
    cv2.rectangle(patch, a, b, tone, -1)
    assert doubtful_rows(scanned(np.minimum(page, patch))) == [ROW + 1]


# ---------------------------------------------------------------- a worn pen


def worn(rows: range, ink: int, seed: int = 3) -> Picture:
    """Ticks by a fine ball pen that leaves gaps, in some rows of an unmarked ballot."""
    page, chance = sheet(), np.random.default_rng(seed)
    for row in rows:
        x, y = middle(row, CHOICES[row])
        turn, end = np.array([x - 0.9, y + 1.8]), np.array([x + 2.2, y - 2.2])
        skipped = chance.uniform(0.4, 0.6)
        gap = 0.8 / float(np.hypot(*(end - turn)))
        points = [np.array([x - 2.0, y + 0.4]), turn, turn + skipped * (end - turn)]
        for first, last in (*pairwise(points), (turn + (skipped + gap) * (end - turn), end)):
            stroke(page, (float(first[0]), float(first[1])), (float(last[0]), float(last[1])), 0.12, ink)
    return page


@pytest.mark.parametrize("ink", [45, 70, 90])
def test_a_ballot_wholly_by_a_worn_fine_pen_is_read(ink: int) -> None:
    assert plain_and_right(scanned(worn(range(ROWS), ink), soft_px=0.5))


@pytest.mark.parametrize("marked", [3, 5, 8])
@pytest.mark.parametrize("ink", [45, 70, 90])
def test_as_fine_broken_lines_in_fewer_rows_wait_for_people(marked: int, ink: int) -> None:
    assert doubtful_rows(scanned(worn(range(marked), ink), soft_px=0.5)) == list(range(1, marked + 1))


@pytest.mark.parametrize("ink", [120, 160])
def test_a_broken_hair_down_a_column_of_an_unmarked_ballot_is_no_vote(ink: int) -> None:
    page = sheet()
    (x0, y0), (x1, y1) = middle(0, 1), middle(ROWS - 1, 1)
    ts = np.linspace(-0.05, 1.05, 60)
    for n, (a, b) in enumerate(pairwise(ts)):
        if n % 5:
            start, end = ((x0 - 1.2 + 2.4 * t + (x1 - x0) * t, y0 + (y1 - y0) * t) for t in (a, b))
            stroke(page, start, end, 0.14, ink)
    reading = scanned(page)
    assert not any(row.reading in ("high", "medium", "low") and not row.findings for row in reading.rows)


# ---------------------------------------------------------------- an inked corner


def blot(page: Picture, marker: Rect, off_mm: tuple[float, float], tone: int) -> Picture:
    """Ink spilt over a marker and beyond it."""
    x, y, w, h = marker
    out = page.copy()
    for dx, dy, r in ((0.0, 0.0, 3.5), (*off_mm, 4.0), (0.6 * off_mm[0], 0.6 * off_mm[1], 4.2)):
        layer = np.full_like(page, 255)
        cv2.circle(
            layer, (round((x + w / 2 + dx) * SCALE), round((y + h / 2 + dy) * SCALE)), round(r * SCALE), tone, -1
        )
        out = np.minimum(out, layer)
    return out


@pytest.mark.parametrize("corner", range(4))
@pytest.mark.parametrize("tone", [30, 110])
def test_ink_spilt_over_a_corner_is_no_writing(corner: int, tone: int) -> None:
    marker = PAGE.fiducials[corner].rect_mm
    inward = (5.0 if marker[0] < 100 else -5.0, 4.0 if marker[1] < 150 else -4.0)
    reading = scanned(blot(filled(), marker, inward, tone))
    assert (reading.status.value, reading.findings, doubtful_rows(reading)) == ("read", (), [])


@pytest.mark.parametrize("width_mm", [2.0, 3.0])
def test_a_letter_by_a_broad_marker_there_is(width_mm: float) -> None:
    page = filled(**PENS["marker"])
    polyline(page, [(27.0, 17.0), (27.0, 11.0), (35.0, 17.0), (35.0, 11.0)], width_mm=width_mm, ink=8)
    assert Rule.EXTRA_WRITING in scanned(page).findings


@pytest.mark.parametrize("corner", range(4))
@pytest.mark.parametrize("spilt_mm", [0.0, 3.0, 6.0])
def test_a_word_beside_a_corner_is(corner: int, spilt_mm: float) -> None:
    marker = PAGE.fiducials[corner].rect_mm
    page = filled()
    if spilt_mm:
        page = blot(page, marker, (0.0, spilt_mm if marker[1] < 150 else -spilt_mm), 30)
    left, top = marker[0] < 100, marker[1] < 150
    x = marker[0] + (13 if top else 38) if left else marker[0] - 18  # beyond the code and the number beside it
    zigzag(page, x, marker[1] + (10 if top else 3), length=12, height=3)
    assert Rule.EXTRA_WRITING in scanned(page).findings


# ---------------------------------------------------------------- a crease along the headings


@pytest.mark.parametrize(
    ("condition", "seed"),
    [
        ("A4, 200 dpi, hard", 592_001_001),
        ("A4, 300 dpi, hard", 592_002_872),
        ("A4, 200 dpi, hard", 750_019_159),  # along a rule between two rows
    ],
)
def test_a_crease_along_the_headings_or_a_rule_is_no_writing(condition: str, seed: int) -> None:
    page = grid.simulated(grid.BY_NAME[condition], seed)
    assert "fold" in page.truth.scan.defects
    assert not page.truth.extra_writing
    assert read(grid.opened(page), grid.book(grid.BY_NAME[condition].ballot)).findings == ()


def test_a_line_of_print_on_a_bent_sheet_is_not_scribbled_over_because_others_cannot_be_found() -> None:
    cell = grid.BY_NAME["A5, 200 dpi, hard"]
    assert read(grid.opened(grid.simulated(cell, 750_007_456)), grid.book(cell.ballot)).findings == ()


@pytest.mark.parametrize("ink", [35, 91])
def test_a_pen_s_line_there_from_edge_to_edge_is(ink: int) -> None:
    page = filled()
    y = min(row.name_rect_mm[1] for row in PAGE.rows) - 5.0
    stroke(page, (5.0, y), (205.0, y + 0.7), 0.43, ink)
    zigzag(page, 5.0, y + 1.0, length=9, height=2, width_mm=0.3, ink=ink)
    assert Rule.EXTRA_WRITING in scanned(page).findings


def test_but_what_stands_in_one_margin_only_is() -> None:
    page = filled()
    zigzag(page, 5.0, min(row.name_rect_mm[1] for row in PAGE.rows) - 5.0, length=11, height=3)
    assert Rule.EXTRA_WRITING in scanned(page).findings


# ---------------------------------------------------------------- a cup's ring, a crease


def with_a_ring(page: Picture, x: float, y: float, radius_mm: float, tone: int) -> Picture:
    """The page with a ring that a cup left, soft and a little broader than a pen's stroke; ``x``, ``y``: its middle."""
    layer = np.full_like(page, 255)
    middle_px = (round(x * SCALE), round(y * SCALE))
    cv2.circle(layer, middle_px, round(radius_mm * SCALE), tone, round(0.9 * SCALE), cv2.LINE_AA)
    soft = cv2.GaussianBlur(layer, (0, 0), 1.5).astype(np.float64)
    return np.asarray(np.rint(page * soft / 255), np.uint8)


@pytest.mark.parametrize("pen", ["ball pen", "marker", "pencil"])
@pytest.mark.parametrize(("aside_mm", "radius_mm"), [(0.0, 25.0), (5.5, 25.0), (7.5, 40.0), (-20.0, 45.0)])
@pytest.mark.parametrize("tone", [200, 222])
def test_a_cup_s_ring_through_marks_and_empty_boxes_needs_nobody(
    aside_mm: float, radius_mm: float, tone: int, pen: str
) -> None:
    x, y = middle(ROW, 0)
    assert plain_and_right(scanned(with_a_ring(filled(**PENS[pen]), x + aside_mm + radius_mm, y, radius_mm, tone)))


def test_a_cup_s_ring_in_the_margin_is_no_writing() -> None:
    assert scanned(with_a_ring(filled(), 120.0, 255.0, 30.0, 195)).findings == ()


@pytest.mark.parametrize("level", range(3))
def test_it_hides_no_mark(level: int) -> None:
    for pen in PENS.values():
        x, y = middle(ROW, 0)
        page = crosses(ROW, **pen)
        cross_at(page, middle(ROW, level), **pen)
        reading = scanned(with_a_ring(page, x + 25.0, y, 25.0, 195))
        assert reading.rows[ROW].reading == LEVELS[level], pen


@pytest.mark.parametrize("pen", ["ball pen", "gel pen", "pencil"])
def test_a_circle_drawn_about_rows_does(pen: str) -> None:
    page = filled()
    x, y = middle(ROW, 1)
    polyline(page, [(x + 25 * np.cos(t), y + 25 * np.sin(t)) for t in np.linspace(0, 6.2, 60)], **PENS[pen])
    assert doubtful_rows(scanned(page))


@pytest.mark.parametrize("ink", [150, 185])
def test_a_pencil_s_curve_there_does(ink: int) -> None:
    page = filled(ink=60)
    x, y = middle(ROW, 0)
    polyline(page, [(x + 7.5 + 0.02 * t * t, y + t) for t in np.linspace(-9, 9, 19)], width_mm=0.5, ink=ink)
    assert set(doubtful_rows(scanned(page))) & {ROW, ROW + 1, ROW + 2}


@pytest.mark.parametrize("ink", [60, 150, 190])
def test_a_stroke_from_a_mark_out_of_what_is_looked_at_goes_to_people(ink: int) -> None:
    page = filled(ink=60)
    x, y = middle(0, CHOICES[0])
    polyline(page, [(x, y), (x - 4.0, y - 1.0), (x - 14.0, y + 1.0)], width_mm=0.45, ink=ink)
    assert doubtful_rows(scanned(page)) == [1]


def test_a_pale_line_through_a_mark_and_out_of_it_needs_nobody() -> None:
    page = filled(ink=60)
    x, y = middle(0, CHOICES[0])
    polyline(page, [(x + 2.0, y + 1.2), (x - 4.0, y - 0.8), (x - 14.0, y - 4.0)], width_mm=0.45, ink=222)
    assert plain_and_right(scanned(page))
