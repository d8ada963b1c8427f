"""A box that somebody drew round, on its frame or close outside, is a doubt; what scanners and folds draw is not."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from helpers.reading import PENS, Picture, cross, crosses, doubtful_rows, layout, polyline, read_sheet, stroke

from ballot_scan.records import Doubt

ROW, LEVEL = 6, 2
X, Y, W, H = layout().pages[0].rows[ROW].boxes[LEVEL].rect_mm
look = partial(read_sheet, degrees=0.4, soft_px=0.5)


def drawn_round(page: Picture, away_mm: float, sway_mm: float, **pen: float) -> None:
    """A loop about the box, ``away_mm`` outside its frame, give or take ``sway_mm``."""
    chance = np.random.default_rng(7)
    left, top, right, foot = X - away_mm, Y - away_mm, X + W + away_mm, Y + H + away_mm
    corners = np.array([(left, top), (right, top), (right, foot), (left, foot), (left, top)])
    points = [a + (b - a) * share for a, b in pairwise(corners) for share in (0.0, 0.25, 0.5, 0.75)]
    points = [point + chance.normal(0, sway_mm, 2) for point in points]
    polyline(page, [*points, points[0]], **pen)


@pytest.mark.parametrize("away_mm", [0.0, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("marked", [True, False])
@pytest.mark.parametrize("pen", PENS)
def test_it_goes_to_people_whether_the_row_has_its_mark_or_not(pen: str, marked: bool, away_mm: float) -> None:
    page = crosses(ROW, **PENS[pen])
    if marked:
        cross(page, ROW, 0, **PENS[pen])
    drawn_round(page, away_mm, 0.15, **PENS[pen])
    assert ROW + 1 in doubtful_rows(look(page))


@pytest.mark.parametrize("radius_mm", [6.0, 6.6])
@pytest.mark.parametrize("size_mm", [4.5, 10.5])
@pytest.mark.parametrize("pen", PENS)
def test_a_mark_with_a_ring_about_its_box_does_too(pen: str, size_mm: float, radius_mm: float) -> None:
    page = crosses(ROW, **PENS[pen])
    cross(page, ROW, LEVEL, size_mm=size_mm, **PENS[pen])
    around = np.linspace(0, 2 * np.pi, 48)
    ring = np.column_stack([X + W / 2 + radius_mm * np.cos(around), Y + H / 2 + radius_mm * np.sin(around)])
    polyline(page, ring, **PENS[pen])
    assert doubtful_rows(look(page)) == [ROW + 1]


@pytest.mark.parametrize(("ink", "away_mm"), [(110, -0.05), (130, 0.0), (140, 0.05)])
def test_so_it_does_if_a_fine_pen_adds_little_to_each_side(ink: int, away_mm: float) -> None:
    page = crosses()
    drawn_round(page, away_mm, 0.03, width_mm=0.2, ink=ink)
    assert ROW + 1 in doubtful_rows(look(page))


@pytest.mark.parametrize("away_mm", [0.1, 0.4, 0.7])
@pytest.mark.parametrize("lines", [("level",), ("upright",), ("level", "upright")])
@pytest.mark.parametrize("ink", [130, 170])
def test_creases_along_a_frame_are_none(ink: int, lines: tuple[str, ...], away_mm: float) -> None:
    page = crosses()
    (width, height) = layout().page_size_mm
    if "level" in lines:
        stroke(page, (0.0, Y - away_mm), (width, Y - away_mm + 0.3), width_mm=0.25, ink=ink)
    if "upright" in lines:
        stroke(page, (X - away_mm, 0.0), (X - away_mm + 0.3, height), width_mm=0.25, ink=ink)
    assert not any(Doubt.GONE_OVER in box.doubts for row in look(page).rows for box in row.boxes)
