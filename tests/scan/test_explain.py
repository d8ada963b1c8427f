"""Explain: what is drawn is what the reader saw, for any picture; signatures and comments are never shown."""

from __future__ import annotations

import functools
import io
from dataclasses import replace

import cv2
import numpy as np
import pytest
from helpers.reading import CHOICES, KEY, LEVELS, Picture, book, cross, event, filled, layout, sheet, stroke, turned

from ballot_scan.event.model import Event
from ballot_scan.event.regulation import effective_regulation
from ballot_scan.paper import ballots, fonts, raster
from ballot_scan.records import PageStatus
from ballot_scan.rehearsal import scanner, voters
from ballot_scan.rehearsal.sheets import Sheet
from ballot_scan.rehearsal.simulate import simulate_page
from ballot_scan.scan import evidence, intake
from ballot_scan.scan.explain import Sight, see
from ballot_scan.scan.profile import DEFAULT
from ballot_scan.scan.reader import FormBook, look, read


def seen(page: Picture, known: FormBook | None = None) -> Sight:
    return see(page, known or book(), DEFAULT)


def test_a_plain_page_shows_its_markers_codes_boxes_and_rows() -> None:
    sight = seen(turned(filled(), 1.2, bed=60, grow=1.05))
    assert sight.agrees
    assert sight.reading.status is PageStatus.READ
    assert [(m.name, m.state) for m in sight.markers] == [(str(i), "found") for i in range(4)]
    assert [c.state for c in sight.codes] == ["found", "found"]
    assert {c.name[12:22] for c in sight.codes} == {"0123456789"}
    assert len(sight.boxes) == 36
    assert [[b.level for b in row.boxes if b.state == "marked"] for row in sight.rows] == [[LEVELS[i]] for i in CHOICES]
    assert sight.turn_deg == pytest.approx(-1.2, abs=0.05)
    assert sight.dpi == pytest.approx(200, abs=1)
    assert sight.fitted_share == 1.0


def test_a_fitted_box_lies_on_its_printed_frame_in_the_row_and_on_the_page() -> None:
    sight = seen(sheet())
    per_px = sight.picture.shape[1] / 210
    for row, contest in zip(sight.rows, layout().pages[0].rows, strict=True):
        for box, printed in zip(row.boxes, contest.boxes, strict=True):
            x, y, w, h = box.fitted_px
            assert (w, h) == pytest.approx((7 * 8, 7 * 8), abs=1.5)
            line = row.scanned[round(y + h / 2), round(x) : round(x) + 3]
            assert line.min() < 120, "the frame's left side is there"
            assert box.frame == "found"
            assert printed.level == box.level
    first = np.array(sight.boxes[0].quad)[0] / per_px
    assert first == pytest.approx(layout().pages[0].rows[0].boxes[0].rect_mm[:2], abs=0.25)


@pytest.mark.parametrize("seed", range(8))
def test_what_is_drawn_is_what_the_scan_reads(seed: int) -> None:
    model = scanner.HARD if seed % 4 else scanner.ORDINARY
    page = simulate_page(Sheet(layout(), 0, sheet(), f"0123-{seed}"), voters.HARD, model, seed)
    ((_, grey),) = intake.pages(page.source, page.data, 1, 1)
    assert isinstance(grey, np.ndarray)
    sight, reading = seen(grey), read(grey, book())
    assert sight.reading == reading
    assert sight.agrees
    assert [r.reading for r in sight.rows] == list(reading.rows)
    for row in sight.rows:
        drawn = [(b.level, b.state, b.coverage) for b in row.boxes]
        assert drawn == [(b.level, b.state, b.coverage) for b in row.reading.boxes]
        assert row.scanned.shape == row.judged.shape


def test_a_missing_marker_is_drawn_where_it_should_be() -> None:
    page = filled()
    page[:200, :200] = 255
    sight = seen(page)
    missing = {m.name: np.array(m.quad) for m in sight.markers if m.state == "missing"}
    assert list(missing) == ["0"]
    x, y, w, h = layout().pages[0].fiducials[0].rect_mm
    middle = missing["0"].mean(axis=0) / (sight.picture.shape[1] / 210)
    assert middle == pytest.approx((x + w / 2, y + h / 2), abs=0.5)


def test_an_unread_code_is_drawn_where_it_is_printed() -> None:
    page = filled()
    x, y, w, h = (round(v * 200 / 25.4) for v in layout().pages[0].code_rects_mm[0])
    page[y : y + h, x : x + w] = 255
    assert [(c.name == "", c.state) for c in seen(page).codes] == [(True, "missing"), (False, "found")]


def test_streaks_and_creases_that_were_taken_out_are_shown() -> None:
    page = filled()
    x, _, w, _ = layout().pages[0].rows[0].boxes[1].rect_mm
    column = round((x + w / 2) * 200 / 25.4)
    page[:, column : column + 3] = np.minimum(page[:, column : column + 3], 150)
    sight = seen(page)
    assert sight.streaks or sight.creases
    across = [np.array(s.quad)[:, 0] / sight.picture.shape[1] * 210 for s in (*sight.streaks, *sight.creases)]
    assert any(low.min() - 1 < x + w / 2 < low.max() + 1 for low in across)


@pytest.mark.parametrize(
    "page",
    [
        np.full((2339, 1654), 255, np.uint8),
        np.zeros((900, 700), np.uint8),
        np.full((30, 30), 255, np.uint8),
        np.full((41, 3000), 128, np.uint8),
        np.random.default_rng(1).integers(0, 256, (700, 500), dtype=np.uint8),
        np.ascontiguousarray(sheet()[:, ::-1]),
        sheet()[:1200].copy(),
        sheet("another"),
        cv2.resize(sheet(), (420, 594), interpolation=cv2.INTER_AREA),
        cv2.addWeighted(sheet(), 0.1, np.full_like(sheet(), 255), 0.9, 0),
    ],
    ids=["white", "black", "tiny", "strip", "noise", "mirrored", "half", "foreign", "coarse", "pale"],
)
def test_any_picture_can_be_explained(page: Picture) -> None:
    sight = seen(page)
    assert sight.reading == read(page, book())
    assert sight.agrees
    assert bool(sight.rows) == (sight.reading.status is PageStatus.READ)
    assert max(sight.picture.shape) <= 1300


# ---------------------------------------------------------------- what is never shown


@functools.cache
def signed_form() -> ballots.ComposedForm:
    plain = event("signed", rows=8).model_dump(mode="json", by_alias=True, exclude_none=True)
    plain["event"] |= {"signature_area": True, "comment_area": True}
    e = Event.model_validate(plain)
    return ballots.compose(e, e.polls[0], e.polls[0].forms[0], effective_regulation(e), fonts.choose())


def signed_book() -> FormBook:
    return FormBook("signed", (signed_form().layout,), (), KEY)


def signed() -> tuple[Picture, list[tuple[float, float, float, float]]]:
    """A ballot with thick writing in its signature and comment area, and where those are."""
    out = io.BytesIO()
    ballots.write_pdf(out, signed_form(), ["0123456789"], KEY, rehearsal=False)
    page = raster.render_pages(out.getvalue(), 200)[0].copy()
    one = signed_form().layout.pages[0]
    areas = [r for r in (one.signature_rect_mm, one.comment_rect_mm) if r is not None]
    assert len(areas) == 2
    for x, y, w, h in areas:
        for share in (0.2, 0.5, 0.8):
            stroke(page, (x + 2, y + h * share), (x + w - 2, y + h * (1 - share)), width_mm=0.8, ink=0)
    return page, areas


def contrast(sight: Sight, rect_mm: tuple[float, float, float, float]) -> int:
    """Grey levels between the lightest and the darkest place of an area of the picture."""
    x, y, w, h = (round(v * sight.picture.shape[1] / 210) for v in rect_mm)
    part = sight.picture[y : y + h, x : x + w]
    return int(part.max()) - int(part.min())


def test_signature_and_comment_are_painted_over() -> None:
    page, areas = signed()
    sight = seen(page, signed_book())
    assert sight.reading.status is PageStatus.READ
    assert not sight.blurred
    assert [contrast(sight, area) for area in areas] == [0, 0]


def test_rows_are_masked_where_an_area_reaches_into_them() -> None:
    page, _ = signed()
    known = signed_book()
    form = known.layouts[0]
    x, y, w, h = form.pages[0].rows[-1].boxes[0].rect_mm
    near = (x - 5, y + h + 1, w + 40, 3.5)
    one = replace(form, pages=(replace(form.pages[0], signature_rect_mm=near),))
    stroke(page, (x, y + h + 3), (x + 15, y + h + 3), ink=0)
    row = seen(page, FormBook("signed", (one,), (), KEY)).rows[-1]
    for picture in (row.scanned, row.judged):
        assert np.ptp(picture[-16:-4, 40:200].astype(int)) == 0


def test_a_page_without_a_place_is_blurred_where_somebody_may_have_signed() -> None:
    page, areas = signed()
    for number in range(4):  # no marker is left
        x, y, w, h = (round(v * 200 / 25.4) for v in signed_form().layout.pages[0].fiducials[number].rect_mm)
        page[y - 9 : y + h + 9, x - 9 : x + w + 9] = 255
    sight = seen(page, signed_book())
    assert sight.reading.status is PageStatus.UNREADABLE
    assert sight.blurred
    assert sight.rows == ()
    assert max(contrast(sight, area) for area in areas) < 110  # of 255: no stroke can be followed
    assert not seen(filled()[:900].copy()).blurred


def kept(data: bytes) -> Picture:
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return np.asarray(picture, np.uint8)


def spoilt(page: Picture, how: str) -> Picture:
    """The page so that it cannot be read."""
    if how == "mirrored":
        return np.ascontiguousarray(page[:, ::-1])
    if how == "cut":
        return np.ascontiguousarray(page[: page.shape[0] * 3 // 4, : page.shape[1] // 2])
    out = page.copy()
    form = signed_form().layout.pages[0]
    for rect in [f.rect_mm for f in form.fiducials] if how == "markers" else list(form.code_rects_mm):
        x, y, w, h = (round(v * 200 / 25.4) for v in rect)
        out[y - 9 : y + h + 9, x - 9 : x + w + 9] = 255
    return out


def busiest(picture: Picture) -> float:
    """The most that neighbouring places of a picture differ by, 1 mm apart on the sheet."""
    step = max(1, round(max(picture.shape) / 297))
    return float(np.percentile(np.abs(np.diff(picture[::step].astype(int), axis=0)), 99.9))


@pytest.mark.parametrize("how", ["mirrored", "cut", "markers"])
def test_no_signature_is_kept_of_a_page_that_was_not_read(how: str) -> None:
    page, _ = signed()
    bad = spoilt(page, how)
    read = look(bad, signed_book())
    assert read.reading.status is not PageStatus.READ
    assert busiest(bad) > 200
    assert busiest(kept(evidence.picture(bad, read, signed_book()).jpeg)) < 60
    whole = cv2.imencode(".jpg", page)[1].tobytes()
    left = evidence.glimpse(whole[: len(whole) * 2 // 3], blur=True)
    assert left is not None
    assert busiest(kept(left.jpeg)) < 60


def test_of_a_page_that_was_read_places_to_sign_are_kept_painted_over_and_its_marks_as_they_are() -> None:
    page, areas = signed()
    read = look(page, signed_book())
    picture = kept(evidence.picture(page, read, signed_book()).jpeg)
    for x, y, w, h in areas:
        k = picture.shape[1] / 210
        part = picture[round((y + 1) * k) : round((y + h - 1) * k), round((x + 1) * k) : round((x + w - 1) * k)]
        assert int(part.max()) - int(part.min()) < 20
    assert busiest(picture) > 100


def test_a_ballot_of_another_event_is_blurred() -> None:
    assert seen(sheet("another")).blurred


def test_a_cross_reaching_far_out_is_inside_the_row_shown() -> None:
    page = sheet()
    cross(page, 3, 1, size_mm=9.0)
    row = seen(page).rows[3]
    (box,) = [b for b in row.boxes if b.state != "empty"]
    _, y, _, h = box.fitted_px
    assert y >= 4 * 8
    assert row.scanned.shape[0] - (y + h) >= 4 * 8


def test_a_short_black_streak_that_was_taken_out_is_drawn_where_it_lay() -> None:
    page = filled()
    row = CHOICES.index(0, 1)
    x, y, w, h = layout().pages[0].rows[row].boxes[2].rect_mm
    left, middle = (round(v * 200 / 25.4) for v in (x + w / 2, y + h / 2))
    page[middle - 50 : middle + 60, left : left + 3] = 20
    sight = seen(page, book(blanks=True))
    (streak,) = sight.streaks
    xs, ys = np.array(streak.quad).T * page.shape[0] / sight.picture.shape[0]
    assert xs.min() <= left + 1 <= left + 2 <= xs.max()
    assert abs(ys.min() - (middle - 50)) < 5
    assert abs(ys.max() - (middle + 60)) < 5
    assert sight.agrees
