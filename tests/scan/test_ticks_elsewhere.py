"""A tick beside a name or on bare paper goes to people, whatever the pen; a hair that bends in a bow does not."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.reading import PENS, Picture, crosses, layout, polyline, read_sheet

from ballot_scan.records import Rule
from ballot_scan.scan.ticked import is_tick

NAMES = [row.name_rect_mm for row in layout().pages[0].rows]
FINE = {"a fine ball pen": {"width_mm": 0.3, "ink": 100}, "a worn one": {"width_mm": 0.35, "ink": 140}}
USED = {**FINE, **PENS}
TICK = [(0.0, 0.2), (1.2, 2.0), (3.9, -2.2)]


def ticked(page: Picture, at_mm: tuple[float, float], turned_deg: float = 0.0, **pen: float) -> Picture:
    a = np.radians(turned_deg)
    turn = np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])
    polyline(page, np.array(TICK) @ turn + at_mm, **pen)
    return page


@pytest.mark.parametrize("turned_deg", [-15.0, 0.0, 20.0])
@pytest.mark.parametrize(
    "place",
    [(NAMES[4][0] + NAMES[4][2] + 2.0, NAMES[4][1] + 1.5), (88.0, NAMES[6][1] + 2.0), (60.0, 265.0)],
    ids=["behind a name", "behind a position", "on bare paper"],
)
@pytest.mark.parametrize("pen", USED)
def test_a_tick_off_the_boxes_goes_to_people(pen: str, place: tuple[float, float], turned_deg: float) -> None:
    page = ticked(crosses(**USED[pen]), place, turned_deg, **USED[pen])
    assert read_sheet(page, 0.4).findings == (Rule.EXTRA_WRITING,)


@pytest.mark.parametrize("radius_mm", [1.8, 2.5, 4.0])
def test_a_hair_that_bends_in_a_bow_is_no_tick(radius_mm: float) -> None:
    angles = np.linspace(0, np.radians(110), 30)
    page = crosses()
    polyline(page, 80 + radius_mm * np.column_stack([np.cos(angles), 2 + np.sin(angles)]), width_mm=0.15, ink=80)
    assert read_sheet(page, 0.4).findings == ()


def told(*points: tuple[float, float], width_mm: float = 0.4, ink: int = 0) -> bool:
    page = np.full((200, 200), 255, np.uint8)
    polyline(page, points, width_mm=width_mm, ink=ink)
    ys, xs = np.nonzero(page < 200)
    here = np.s_[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    return is_tick(page[here] < 200, 255 - page[here], 200 / 25.4)


def test_its_form_is_two_arms_and_a_sharp_turn() -> None:
    assert told((5, 8), (7, 11), (11, 4))
    assert not told((5, 8), (7, 11), (11, 4), width_mm=0.13, ink=120)  # a hair
    assert not told((5, 5), (11, 5))  # a stroke
    assert not told((5, 5), (5, 11), (11, 11))  # a corner of print
    assert not told((5, 5), (7, 11), (9, 5), (11, 11))  # a zigzag
    assert not told((5, 5), (5.6, 6))  # a dot
    assert not is_tick(np.zeros((4, 4), np.bool_), np.zeros((4, 4), np.uint8), 4.0)
