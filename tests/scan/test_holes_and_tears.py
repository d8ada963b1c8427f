"""Near a sheet's edges: filing holes, staples and tears are no writing, and what somebody writes beside them is."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from helpers.benchmarks import load
from helpers.reading import PENS, Picture, filled, polyline, read_sheet, stroke, turned, zigzag

from ballot_scan.records import Rule
from ballot_scan.scan.reader import read

grid = load("accuracy_grid")
SCALE = 200 / 25.4


@pytest.mark.parametrize(
    "holes",
    [((12.0, 106.0), (12.0, 186.0)), ((198.5, 106.0), (198.5, 186.0)), ((65.0, 10.0), (145.0, 10.0)), ((65.0, 287.0),)],
)
@pytest.mark.parametrize("bed", [0, 20, 70, 255])
def test_filing_holes_at_any_edge_over_any_bed_are_no_writing(bed: int, holes: tuple[tuple[float, float], ...]) -> None:
    page = filled()
    for x, y in holes:
        centre = (round(x * SCALE), round(y * SCALE))
        cv2.circle(page, centre, round(2.9 * SCALE), bed, -1, cv2.LINE_AA)
        cv2.circle(page, centre, round(2.9 * SCALE), min(bed, 190), 1, cv2.LINE_AA)
    assert read_sheet(page).findings == ()


@pytest.mark.parametrize("y", [70.0, 125.0])
def test_a_filing_hole_through_print_or_on_the_edge_of_the_table_is_no_writing(y: float) -> None:
    page = filled()
    stroke(page, (10.3, 95.0), (10.6, 200.0), width_mm=0.3, ink=120)  # a crease along the table's edge
    cv2.circle(page, (round(11.5 * SCALE), round(y * SCALE)), round(2.9 * SCALE), 20, -1, cv2.LINE_AA)
    assert read_sheet(page).findings == ()


@pytest.mark.parametrize("y", [112.0, 142.0])
def test_the_rim_of_a_filing_hole_that_the_table_s_side_runs_through_is_no_writing(y: float) -> None:
    page = filled()
    side = 10.0 + 2.0
    cv2.circle(page, (round((side + 0.6) * SCALE), round(y * SCALE)), round(2.9 * SCALE), 150, 2, cv2.LINE_AA)
    assert read_sheet(page).findings == ()


@pytest.mark.parametrize(
    ("condition", "seed"),
    [
        ("A4, 200 dpi, hard", 260_005_964),  # creases, which are taken out of the page, cross it
        ("A5, 300 dpi, hard", 250_025_787),
        ("A5, 300 dpi, hard", 250_041_935),  # a bright streak runs through it
        ("A5, 200 dpi, hard", 250_008_698),  # it lies at the end of what is looked at
    ],
)
def test_a_filing_hole_of_which_lines_or_a_border_take_a_part_is_no_writing(condition: str, seed: int) -> None:
    cell = grid.BY_NAME[condition]
    assert Rule.EXTRA_WRITING not in read(grid.opened(grid.simulated(cell, seed)), grid.book(cell.ballot)).findings


def with_a_corner_torn(corner: tuple[int, int], bed: int, seed: int) -> Picture:
    """A marked ballot of which a corner (0 or 1 across, and down) is torn off along a ragged line."""
    page = filled()
    high, wide = page.shape
    chance = np.random.default_rng(seed)
    far = np.array([chance.uniform(11, 22), chance.uniform(24, 48)]) * SCALE
    along = np.linspace(0, 1, 7)[:, None]
    edge = far * np.hstack([1 - along, along]) + chance.normal(0, 6, (7, 2))
    from_corner = np.vstack([np.zeros((1, 2)), edge])
    tear = np.rint(np.abs(np.multiply(corner, (wide - 1, high - 1)) - from_corner)).astype(np.int32)
    return np.asarray(cv2.fillPoly(page, [tear], bed, cv2.LINE_AA), np.uint8)


@pytest.mark.parametrize("bed", [20, 75, 130])
@pytest.mark.parametrize("corner", [(0, 0), (1, 0), (0, 1), (1, 1)])
def test_the_bed_off_a_torn_corner_is_no_writing(corner: tuple[int, int], bed: int) -> None:
    for seed in range(8):
        reading = read_sheet(turned(with_a_corner_torn(corner, bed, seed), 0.6, bed=bed, grow=1.05))
        assert Rule.EXTRA_WRITING not in reading.findings, seed


@pytest.mark.parametrize("bed", [20, 130])
@pytest.mark.parametrize("corner", [(0, 0), (1, 0), (0, 1), (1, 1)])
def test_nor_is_it_where_the_scan_cuts_the_sheet(corner: tuple[int, int], bed: int) -> None:
    for seed in range(6):
        torn = with_a_corner_torn(corner, bed, seed)
        cut = round((2.0 + 0.4 * seed) * SCALE)
        assert Rule.EXTRA_WRITING not in read_sheet(torn[cut:-cut, cut:-cut]).findings, seed


@pytest.mark.parametrize("gap_mm", [-1.5, -0.5, 0.3, 1.0])
@pytest.mark.parametrize("pen", ["ball pen", "marker"])
def test_a_word_that_the_cut_goes_through_is_writing(pen: str, gap_mm: float) -> None:
    page = filled()
    zigzag(page, 20.0, 297.0 - 5.0 - gap_mm, 14, 4, **PENS[pen])
    assert read_sheet(page[: -round(5.0 * SCALE)]).findings == (Rule.EXTRA_WRITING,)


@pytest.mark.parametrize("off_mm", [1.0, 2.5])
def test_but_initials_beside_the_cut_are(off_mm: float) -> None:
    page = filled()
    cut = round(3.0 * SCALE)
    for n in range(4):
        x = 210.0 - 3.0 - off_mm - 3.0 * n
        stroke(page, (x, 150.0), (x - 2.4, 158.0), width_mm=0.6, ink=60)
        stroke(page, (x - 2.4, 150.0), (x, 158.0), width_mm=0.6, ink=60)
    assert Rule.EXTRA_WRITING in read_sheet(page[cut:-cut, cut:-cut]).findings


@pytest.mark.parametrize(
    ("condition", "seed"),
    [("A4, 200 dpi, hard, marker only", 480006184), ("A4, 200 dpi, hard, ball only", 490003662),
     ("A5, 200 dpi, hard", 490009846), ("A5, 300 dpi, hard", 490012445)],
)  # fmt: skip
def test_print_is_no_writing_where_a_corner_is_inked_and_the_sheet_was_fed_unevenly(condition: str, seed: int) -> None:
    cell = grid.BY_NAME[condition]
    reading = read(grid.opened(grid.simulated(cell, seed)), grid.book(cell.ballot))
    assert reading.elsewhere == ()


@pytest.mark.parametrize("side_mm", [6.5, 7.5])
def test_a_hatched_spot_near_the_edge_is_no_filing_hole(side_mm: float) -> None:
    page = filled()
    for n in range(round(side_mm / 0.9) + 1):
        x = 12.0 - side_mm / 2 + 0.9 * n
        stroke(page, (x, 266.0), (x + 0.2, 266.0 + side_mm), width_mm=0.4, ink=60)
    assert read_sheet(page).findings == (Rule.EXTRA_WRITING,)


def test_writing_beside_a_filing_hole_is_still_seen() -> None:
    page = filled()
    cv2.circle(page, (round(11.5 * SCALE), round(186 * SCALE)), round(2.9 * SCALE), 20, -1, cv2.LINE_AA)
    zigzag(page, 13.0, 186.0, **PENS["ball pen"])
    assert read_sheet(page).findings == (Rule.EXTRA_WRITING,)


@pytest.mark.parametrize("place", [(3.8, 130.0), (203.4, 180.0), (100.0, 290.2), (150.0, 3.9)])
def test_initials_close_to_the_edge_of_the_sheet_are_writing(place: tuple[float, float]) -> None:
    page = filled()
    x, y = place
    polyline(page, [(x, y), (x + 0.2, y + 2.7), (x + 1.4, y + 2.5)], width_mm=0.4, ink=60)
    polyline(page, [(x + 1.5, y + 0.3), (x + 3.0, y + 0.1)], width_mm=0.4, ink=60)
    polyline(page, [(x + 2.2, y + 0.2), (x + 2.3, y + 2.8)], width_mm=0.4, ink=60)
    assert read_sheet(turned(page, 0.5, bed=60, grow=1.05)).findings == (Rule.EXTRA_WRITING,)


@pytest.mark.parametrize("rise_mm", [-3.0, 0.4, 5.0])
@pytest.mark.parametrize(("x", "y"), [(24.0, 11.0), (26.0, 20.0)])
def test_a_staple_in_a_corner_is_no_writing(x: float, y: float, rise_mm: float) -> None:
    page = filled()
    stroke(page, (x, y), (x + 9.0, y - rise_mm), width_mm=0.7, ink=40)
    assert read_sheet(page).findings == ()


@pytest.mark.parametrize("upright", [False, True])
@pytest.mark.parametrize("corner", range(4))
def test_a_staple_beside_a_marker_that_hides_half_of_it_is_no_writing(corner: int, upright: bool) -> None:
    page = filled()
    points = np.array([(5.5, 4.5), (12.0, 7.5)])
    points = points[:, ::-1] if upright else points
    right, foot = corner in (1, 2), corner in (2, 3)
    points = np.abs(points - (210.0 * right, 297.0 * foot))
    stroke(page, *(tuple(p) for p in points.tolist()), width_mm=0.8, ink=60)
    assert read_sheet(page).findings == ()


WORDS = {  # what somebody may write near an edge or a corner, as lines (mm)
    "a longer line": [[(40.0, 14.0), (66.0, 17.0)]],
    "two strokes in a corner": [[(24.0, 18.0), (30.0, 10.0)], [(28.0, 18.0), (34.0, 10.0)]],
    "a tick in a corner": [[(24.0, 12.5), (26.0, 15.0), (33.0, 7.5)]],
    "tallies in a corner": [[(24 + 3.5 * i, 17.0), (25 + 3.5 * i, 11.0)] for i in range(4)],
    "1111 at the top": [[(100 + 3.5 * i, 17.0), (101 + 3.5 * i, 11.0)] for i in range(4)],
    "111 at the foot": [[(80 + 3.5 * i, 292.0), (81 + 3.5 * i, 286.5)] for i in range(3)],
    "dashes at the top": [[(100 + 8 * i, 15.0), (105 + 8 * i, 13.8)] for i in range(3)],
    "a tick outside a marker": [[(5.0, 5.0), (6.0, 7.0), (8.5, 4.0)]],
    "an L at the top": [[(100.0, 11.0), (100.0, 17.0), (105.5, 17.0)]],
}


@pytest.mark.parametrize("width_mm", [0.5, 0.8])
@pytest.mark.parametrize("what", WORDS)
def test_what_somebody_writes_there_is_writing(what: str, width_mm: float) -> None:
    page = filled()
    for points in WORDS[what]:
        polyline(page, points, width_mm=width_mm, ink=60)
    assert read_sheet(page).findings == (Rule.EXTRA_WRITING,)


def with_a_shadowed_edge(page: Picture, corner: tuple[int, int], edge_mm: list[tuple[float, float]], ink: int) -> None:
    """White beyond a corner (0 or 1 across, and down) that is torn or folded, and its edge's shadow, a pale line."""
    high, wide = page.shape
    far = np.array([(0.0, 0.0), *edge_mm]) * SCALE
    points = np.rint(np.abs(np.multiply(corner, (wide - 1, high - 1)) - far)).astype(np.int32)
    cv2.fillPoly(page, [points], 255, cv2.LINE_AA)
    cv2.polylines(page, [points[1:]], False, ink, round(0.6 * SCALE), cv2.LINE_AA)


CORNERS = [(0, 0), (1, 0), (0, 1), (1, 1)]


@pytest.mark.parametrize("ink", [150, 210])
@pytest.mark.parametrize("size_mm", [14.0, 24.0, 38.0])
@pytest.mark.parametrize("corner", CORNERS)
def test_the_shadow_along_a_torn_corner_is_no_writing(corner: tuple[int, int], size_mm: float, ink: int) -> None:
    for seed in range(4):
        chance = np.random.default_rng(seed)
        along = np.linspace(0, 1, 9)[:, None]
        far = np.array([size_mm, size_mm * chance.uniform(0.7, 1.1)])
        edge = far * np.hstack([1 - along, along]) + np.vstack([[0, 0], chance.normal(0, 0.8, (7, 2)), [0, 0]])
        page = filled()
        with_a_shadowed_edge(page, corner, edge.tolist(), ink)
        assert Rule.EXTRA_WRITING not in read_sheet(turned(page, 0.6, bed=255, grow=1.03)).findings, seed


@pytest.mark.parametrize("size_mm", [16.0, 22.0, 34.0])
@pytest.mark.parametrize("corner", CORNERS)
def test_a_folded_corner_is_no_writing(corner: tuple[int, int], size_mm: float) -> None:
    page = filled()
    high, wide = page.shape
    flap = np.array([(size_mm, 0.0), (size_mm, size_mm), (0.0, size_mm)]) * SCALE
    points = np.rint(np.abs(np.multiply(corner, (wide - 1, high - 1)) - flap)).astype(np.int32)
    cv2.fillPoly(page, [points], 246, cv2.LINE_AA)
    cv2.polylines(page, [points], False, 195, round(0.5 * SCALE), cv2.LINE_AA)
    with_a_shadowed_edge(page, corner, [(size_mm, 0.0), (0.0, size_mm)], 150)
    assert Rule.EXTRA_WRITING not in read_sheet(turned(page, -0.4, bed=255, grow=1.03)).findings


@pytest.mark.parametrize("corner", CORNERS)
def test_a_line_across_a_corner_that_is_there_is_writing(corner: tuple[int, int]) -> None:
    page = filled()
    high, wide = page.shape
    a, b = (np.abs(np.multiply(corner, (wide, high)) / SCALE - p) for p in ((34.0, 2.0), (2.0, 34.0)))
    polyline(page, [tuple(a), tuple((a + b) / 2 + 1.5), tuple(b)], width_mm=0.6, ink=60)
    assert Rule.EXTRA_WRITING in read_sheet(page).findings


@pytest.mark.parametrize("corner", CORNERS)
def test_nor_does_a_torn_corner_hide_what_is_written_beside_it(corner: tuple[int, int]) -> None:
    page = filled()
    with_a_shadowed_edge(page, corner, [(26.0, 0.0), (14.0, 13.0), (0.0, 28.0)], 180)
    x, y = np.abs(np.multiply(corner, (210.0 - 14.0, 297.0 - 4.0)) - (24.0, 16.0))
    zigzag(page, float(x), float(y), **PENS["ball pen"])
    assert Rule.EXTRA_WRITING in read_sheet(turned(page, 0.4, bed=255, grow=1.03)).findings
