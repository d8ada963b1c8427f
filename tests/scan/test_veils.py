"""A rubbing, a ring or a soft shadow over a marked ballot needs nobody; what was drawn under it is still seen."""

from __future__ import annotations

from functools import partial

import cv2
import numpy as np
import pytest
from helpers.reading import (
    CHOICES,
    LEVELS,
    PENS,
    Picture,
    cross,
    cross_at,
    crosses,
    doubtful_rows,
    filled,
    middle,
    plain_and_right,
    read_sheet,
    stroke,
)

from ballot_scan.records import Rule

SCALE = 200 / 25.4
OVER = [1, 4, 7, 10]  # rows (from 0) that a veil is drawn over
look = partial(read_sheet, soft_px=0.6)


def shaded(page: Picture, shade: np.ndarray) -> Picture:
    """The page under a ``shade`` (h, w), 0-1 of the light that it takes."""
    return np.asarray(np.rint(page * (1 - shade)), np.uint8)


def rubbed(page: Picture, at_mm: tuple[float, float], spread_mm: tuple[float, float], peak: float) -> Picture:
    """A rubbing: darkest in its middle, fading out by ``spread_mm`` (standard deviations across and down)."""
    ys, xs = np.mgrid[: page.shape[0], : page.shape[1]] / SCALE
    away = ((xs - at_mm[0]) / spread_mm[0]) ** 2 + ((ys - at_mm[1]) / spread_mm[1]) ** 2
    return shaded(page, peak * np.exp(-away / 2))


def ringed(page: Picture, at_mm: tuple[float, float], radius_mm: float, peak: float) -> Picture:
    """A cup's ring, 2.5 mm broad."""
    ring = np.zeros(page.shape, np.float32)
    middle_px = (round(at_mm[0] * SCALE), round(at_mm[1] * SCALE))
    cv2.circle(ring, middle_px, round(radius_mm * SCALE), peak, round(2.5 * SCALE), cv2.LINE_AA)
    return shaded(page, cv2.GaussianBlur(ring, (0, 0), 0.6 * SCALE))


def filling(page: Picture, row: int, level: int, ink: int) -> None:
    """A box filled in pencil, stroke beside stroke."""
    x, y = middle(row, level)
    for dy in np.arange(-2.2, 2.3, 0.45):
        stroke(page, (x - 2.2, y + dy), (x + 2.2, y + dy - 0.3), 0.55, ink)


@pytest.mark.parametrize("peak", [0.15, 0.25])
@pytest.mark.parametrize("spread_mm", [(6.0, 2.0), (12.0, 3.0), (5.0, 5.0)])
@pytest.mark.parametrize("aside_mm", [0.0, 5.0])
def test_a_rubbing_over_or_beside_clear_marks_needs_nobody(
    spread_mm: tuple[float, float], peak: float, aside_mm: float
) -> None:
    page = filled(ink=60)
    for row in OVER:
        x, y = middle(row, (CHOICES[row] + 1) % 3)
        page = rubbed(page, (x + aside_mm, y + 1), spread_mm, peak)
    assert plain_and_right(look(page))


@pytest.mark.parametrize("peak", [0.15, 0.22])
@pytest.mark.parametrize("ink", [40, 90])
def test_so_does_a_cup_s_ring(peak: float, ink: int) -> None:
    x, y = middle(5, 1)
    assert plain_and_right(look(ringed(filled(ink=ink), (x - 3, y + 4), 34.0, peak)))


@pytest.mark.parametrize("peak", [0.0, 0.15, 0.3])
@pytest.mark.parametrize("tone", [150, 185])
def test_a_box_filled_in_pencil_under_a_rubbing_is_never_empty(tone: int, peak: float) -> None:
    """Beside a mark it makes two; alone it is its row's mark, or people see it."""
    page = crosses(4, ink=60)
    for row in (1, 4):
        level = (CHOICES[row] + 1) % 3
        filling(page, row, level, tone)
        page = rubbed(page, middle(row, level), (7.0, 2.5), peak)
    two, alone = (look(page).rows[row] for row in (1, 4))
    assert two.findings
    seen = alone.findings and Rule.BLANK_ROW not in alone.findings
    assert seen or alone.reading == LEVELS[(CHOICES[4] + 1) % 3]


@pytest.mark.parametrize("peak", [0.15, 0.3])
@pytest.mark.parametrize("tone", [120, 170])
def test_a_second_mark_in_pencil_under_a_rubbing_goes_to_people(tone: int, peak: float) -> None:
    page = filled(ink=60)
    for row in OVER:
        level = (CHOICES[row] + 1) % 3
        cross(page, row, level, width_mm=0.5, ink=tone)
        page = rubbed(page, middle(row, level), (8.0, 2.5), peak)
    assert [row.row - 1 for row in look(page).rows if row.findings] == OVER


def shown_through(page: Picture, places: list[tuple[float, float]], peak: float, soft_mm: float) -> Picture:
    """A marker's crosses on the other side, at some places (mm), blurred by the paper."""
    behind = np.full(page.shape, 255, np.uint8)
    for place in places:
        cross_at(behind, place, size_mm=7.0, width_mm=0.9, ink=0)
    through = cv2.GaussianBlur(1 - behind.astype(np.float32) / 255, (0, 0), soft_mm * SCALE)
    return shaded(page, peak * through / through.max())


@pytest.mark.parametrize(
    ("off_mm", "peak", "soft_mm"),
    [((8.5, 0.0), 0.28, 0.45), ((8.5, 0.0), 0.28, 0.6), ((7.5, -2.0), 0.22, 0.45), ((0.0, 0.0), 0.16, 0.6)],
)
def test_crosses_of_the_other_side_beside_a_box_or_in_it_are_no_marks(
    off_mm: tuple[float, float], peak: float, soft_mm: float
) -> None:
    empty = [middle(row, (CHOICES[row] + 1) % 3) for row in OVER]
    places = [(x + off_mm[0], y + off_mm[1]) for x, y in empty]
    assert plain_and_right(look(shown_through(filled(), places, peak, soft_mm)))


@pytest.mark.parametrize(("width_mm", "ink"), [(2.5, 222), (4.0, 208)])
@pytest.mark.parametrize("soft_px", [0.0, 1.2])
def test_a_broad_pale_pen_s_over_a_whole_box_is_a_doubt(soft_px: float, width_mm: float, ink: int) -> None:
    page = filled(**PENS["ball pen"])
    for row in OVER:
        cross_at(page, middle(row, (CHOICES[row] + 1) % 3), size_mm=8.5, width_mm=width_mm, ink=ink)
    assert doubtful_rows(read_sheet(page, soft_px=soft_px)) == [row + 1 for row in OVER]


@pytest.mark.parametrize("ink", [207, 214])
def test_so_is_a_cross_beside_a_box_that_is_darker_where_its_strokes_cross(ink: int) -> None:
    page = filled(**PENS["ball pen"])
    for row in OVER:
        x, y = middle(row, (CHOICES[row] + 1) % 3)
        for s in (1, -1):
            layer = np.full(page.shape, 255, np.uint8)
            stroke(layer, (x + 6.5, y - 2 * s), (x + 10.5, y + 2 * s), 0.9, ink)
            page = np.rint(page * (layer / 255.0)).astype(np.uint8)
    assert doubtful_rows(look(page)) == [row + 1 for row in OVER]


@pytest.mark.parametrize("off_mm", [(8.5, 0.0), (0.0, 0.0)])
@pytest.mark.parametrize(("width_mm", "ink"), [(0.5, 195), (0.8, 185), (1.0, 195)])
def test_but_a_pale_pen_s_are(off_mm: tuple[float, float], width_mm: float, ink: int) -> None:
    page = filled()
    for row in OVER:
        x, y = middle(row, (CHOICES[row] + 1) % 3)
        cross_at(page, (x + off_mm[0], y + off_mm[1]), size_mm=7.0, width_mm=width_mm, ink=ink)
    assert doubtful_rows(look(page)) == [row + 1 for row in OVER]
