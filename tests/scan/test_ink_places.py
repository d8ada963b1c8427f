"""Ink off the boxes has places: where it is and how large, on the reading and on the explained page."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers.reading import KEY, Picture, book, filled, layout, read_sheet, stroke, turned
from hypothesis import given
from hypothesis import strategies as st
from test_explain import signed, signed_form

from ballot_scan.paper import ballots, raster
from ballot_scan.records import WRITING, InkPlace, Rule
from ballot_scan.scan import ink, places
from ballot_scan.scan.explain import see
from ballot_scan.scan.profile import DEFAULT
from ballot_scan.scan.reader import FormBook, read

PAGE = layout().pages[0]
ROWS = PAGE.rows
Rect = tuple[float, float, float, float]


def word(page: Picture, x: float, y: float, letters: int = 5) -> Rect:
    """A word of zigzags from ``x``, ``y``; its ink's rect, line widths left out."""
    for i in range(letters):
        stroke(page, (x + 4 * i, y), (x + 2 + 4 * i, y + 5))
        stroke(page, (x + 2 + 4 * i, y + 5), (x + 4 + 4 * i, y))
    return (x, y, 4.0 * letters, 5.0)


def test_a_word_is_one_place_where_it_was_written() -> None:
    page = filled()
    x, y, _, _ = ROWS[2].name_rect_mm
    rect = word(page, x + 70, y + 1)
    reading = read_sheet(turned(page, 1.3, bed=70, grow=1.05))
    assert reading.findings == (Rule.EXTRA_WRITING,)
    (place,) = reading.elsewhere
    assert (place.kind, place.row) == ("writing", 0)
    assert place.rect_mm == pytest.approx(rect, abs=1.6)


def test_two_words_far_apart_are_two_places_in_reading_order() -> None:
    page = filled()
    x = ROWS[2].name_rect_mm[0]
    low, high = (word(page, x + 70, ROWS[n].name_rect_mm[1] + 1) for n in (6, 1))
    first, second = read_sheet(page).elsewhere
    assert first.rect_mm == pytest.approx(high, abs=1.6)
    assert second.rect_mm == pytest.approx(low, abs=1.6)


def test_a_struck_name_has_the_place_of_the_name_and_its_row() -> None:
    page = filled()
    x, y, w, h = ROWS[4].name_rect_mm
    stroke(page, (x - 2, y + h * 0.55), (x + w + 2, y + h * 0.5))
    reading = read_sheet(turned(page, 0.7))
    struck = [p for p in reading.elsewhere if p.kind == "name-struck"]
    assert [(p.row, p.rect_mm) for p in struck] == [(ROWS[4].row, pytest.approx((x, y, w, h), abs=0.06))]
    assert [r.row for r in reading.rows if Rule.NAME_STRUCK in r.findings] == [ROWS[4].row]


def test_a_plain_ballot_has_no_place() -> None:
    assert read_sheet(filled()).elsewhere == ()


def test_explain_draws_the_place_on_the_page_as_scanned() -> None:
    page = filled()
    x, y, _, _ = ROWS[2].name_rect_mm
    rect = word(page, x + 70, y + 1)
    sight = see(page, book(blanks=True), DEFAULT)
    (shape,) = sight.elsewhere
    corners = np.array(shape.quad) / (sight.picture.shape[1] / 210)
    assert shape.state == "writing"
    assert corners[0] == pytest.approx(rect[:2], abs=1.6)
    assert corners[2] == pytest.approx((rect[0] + rect[2], rect[1] + rect[3]), abs=1.6)


rects = st.tuples(
    st.floats(0, 200), st.floats(0, 280), st.floats(1.5, 30), st.floats(1.5, 12)
)  # fmt: skip


@given(st.lists(rects, min_size=1, max_size=12))
def test_every_stroke_lies_in_a_place_and_places_lie_apart(strokes: list[Rect]) -> None:
    found = places.of(strokes, (), PAGE)
    for x, y, w, h in strokes:
        assert any(
            p.rect_mm[0] <= x + 0.11
            and p.rect_mm[1] <= y + 0.11
            and p.rect_mm[0] + p.rect_mm[2] >= x + w - 0.11
            and p.rect_mm[1] + p.rect_mm[3] >= y + h - 0.11
            for p in found
        )
    assert places.of([p.rect_mm for p in found], (), PAGE) == found or len(found) > 1


def test_what_was_written_in_a_masked_place_is_left_out_and_never_framed() -> None:
    signed = replace(PAGE, signature_rect_mm=(120.0, 250.0, 60.0, 25.0))
    assert places.of([(130.0, 255.0, 30.0, 10.0)], (), signed) == ()
    beside = [(114.0, 255.0, 3.0, 8.0), (181.0, 255.0, 3.0, 8.0), (114.0, 246.0, 70.0, 2.0)]
    for place in places.of(beside, (), signed):
        x, y, w, h = place.rect_mm
        assert x + w <= 120 or x >= 180 or y + h <= 250 or y >= 275
    assert places.of([], [3], PAGE) == (InkPlace("name-struck", places.of([], [3], PAGE)[0].rect_mm, 3),)


def test_a_signature_in_its_place_is_no_ink_elsewhere() -> None:
    page, areas = signed()
    form = signed_form()
    (grey,) = raster.render_pages(ballots.blank_form_pdf(form), ink.BLANK_DPI)
    blanks = {("p", "main", 1, False): ink.blank_of(grey, form.layout.pages[0])}
    known = FormBook("signed", (form.layout,), (), KEY, blanks)
    assert read(page, known).elsewhere == ()
    y = areas[0][1]
    word(page, 20.0, y - 14.0)
    (place,) = (p for p in read(page, known).elsewhere if p.kind == WRITING)  # it goes over a name, too
    assert place.rect_mm[1] < y - 8
