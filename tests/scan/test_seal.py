"""The seal in colour scans: found wherever it was stamped, asked for only where the event asks, never guessed."""

from __future__ import annotations

import functools
import itertools
from dataclasses import replace

import cv2
import numpy as np
import pytest
from helpers.reading import CHOICES, LEVELS, Picture, book, filled, layout, plain_and_right, sheet, stroke
from hypothesis import given, settings
from hypothesis import strategies as st

from ballot_scan.records import PageStatus, Rule
from ballot_scan.rehearsal import colour
from ballot_scan.rehearsal.chance import generator
from ballot_scan.rehearsal.conditions import Scan
from ballot_scan.rehearsal.scanner import encode_jpeg
from ballot_scan.rehearsal.stamp import Stamp
from ballot_scan.scan import intake, pictures, seal
from ballot_scan.scan.reader import FormBook, Read, look

PLACE = layout().pages[0].seal_rect_mm or (0.0, 0.0, 0.0, 0.0)
MIDDLE = (PLACE[0] + PLACE[2] / 2, PLACE[1] + PLACE[3] / 2)
DPI = 200


@functools.cache
def asking() -> FormBook:
    return replace(book(blanks=True), seal=True)


def scanned(
    stamp: Stamp | None, *, pen: str = "blue", marked: Picture | None = None, scan: Scan | None = None,
    light: colour.Light | None = None, quality: int = 80, seed: int = 1,
) -> pictures.Page:  # fmt: skip
    """A filled ballot, stamped and scanned in colour, as it comes in from a JPEG."""
    rng = generator(seed, "seal", 1, "test")
    coloured = colour.sheet_in_colour(sheet(), filled() if marked is None else marked, pen, stamp, DPI, rng)
    picture = colour.scan_in_colour(coloured, scan or Scan(), light or colour.Light(), rng, dpi=DPI)
    ((_, page),) = intake.opened("a.jpg", encode_jpeg(picture, quality), 1, 1, colour=True)
    assert isinstance(page, pictures.Page)
    return page


def seen(page: pictures.Page, known: FormBook | None = None) -> Read:
    return look(page.grey, known or asking(), colour=page.colour)


def at(dx: float = 0.0, dy: float = 0.0, **more: float) -> Stamp:
    return Stamp(MIDDLE[0] + dx, MIDDLE[1] + dy, **more)  # type: ignore[arg-type]


STAMPS = {
    "plain": at(),
    "small": at(diameter_mm=28.0),
    "large": at(diameter_mm=42.0),
    "tilted and shifted": at(6.0, -5.0, turn_deg=55.0),
    "over the organ's name": at(13.0, -6.0, turn_deg=-20.0),
    "shifted down": at(3.0, 14.0),
    "pale": at(ink=0.3),
    "half inked": at(leaning=0.9, leaning_deg=30.0),
    "dry": at(dry=0.5),
    "smeared": at(2.0, 2.0, smear_mm=0.45),
}


@pytest.mark.parametrize("name", sorted(STAMPS))
@pytest.mark.parametrize("quality", [45, 90])
def test_a_seal_is_found_and_disturbs_nothing(name: str, quality: int) -> None:
    reading = seen(scanned(STAMPS[name], quality=quality)).reading
    assert plain_and_right(reading)


def in_grey(page: pictures.Page) -> Read:
    return look(page.grey, book(blanks=True))


@pytest.mark.parametrize("name", sorted(STAMPS))
@pytest.mark.parametrize("turn_mm", [(4.0, 0.0), (-3.0, 4.5)])
def test_a_seal_beside_its_circle_is_no_writing_in_a_grey_scan(name: str, turn_mm: tuple[float, float]) -> None:
    stamp = STAMPS[name]
    moved = replace(stamp, x_mm=stamp.x_mm + turn_mm[0], y_mm=stamp.y_mm + turn_mm[1])
    assert plain_and_right(in_grey(scanned(moved)).reading)


def test_words_beside_a_seal_are_still_seen_in_a_grey_scan() -> None:
    page = filled()
    x, y = MIDDLE[0] + 32, MIDDLE[1] + 14
    for n in range(5):
        stroke(page, (x + 3 * n, y), (x + 3 * n + 2, y + 4), 0.5)
        stroke(page, (x + 3 * n + 2, y + 4), (x + 3 * n + 3, y), 0.5)
    for stamp in (None, at(5.0, 3.0)):
        assert in_grey(scanned(stamp, marked=page)).reading.findings == (Rule.EXTRA_WRITING,)


LIGHTS = {
    "yellow lamp": colour.Light((0.78, 0.94, 1.0), (0.3, -0.3), 2.5),
    "blue lamp": colour.Light((1.0, 0.93, 0.85), (-0.4, 0.4), 2.5),
    "pink paper": colour.Light((0.85, 0.8, 1.0)),
    "overexposed": colour.Light((1.15, 1.1, 1.05)),
}


@pytest.mark.parametrize("name", sorted(LIGHTS))
def test_the_light_and_the_paper_do_not_count(name: str) -> None:
    assert not seen(scanned(at(ink=0.7), light=LIGHTS[name])).reading.findings
    assert seen(scanned(None, light=LIGHTS[name])).reading.findings == (Rule.SEAL_MISSING,)


@pytest.mark.parametrize("turn", [0, 1, 2, 3])
def test_a_sheet_may_be_fed_any_way_round(turn: int) -> None:
    page = scanned(at(5.0, 4.0))
    assert page.colour is not None
    turned = [np.ascontiguousarray(np.rot90(p, turn)) for p in (page.grey, page.colour)]
    assert not look(turned[0], asking(), colour=turned[1]).reading.findings


def test_a_skewed_scan_on_a_dark_bed() -> None:
    scan = Scan(rotation_deg=3.0, bed=8.0, margins_mm=(8.0, 8.0, 8.0, 8.0), noise=5.0, blur_px=0.9)
    assert not seen(scanned(at(4.0, 4.0), scan=scan)).reading.findings
    assert seen(scanned(None, scan=scan)).reading.findings == (Rule.SEAL_MISSING,)


def scribbled(kind: str) -> Picture:
    """A pen's work where the seal belongs."""
    page = filled()
    x, y = MIDDLE
    if kind == "line":
        stroke(page, (x - 15, y - 4), (x + 14, y + 6), 1.2)
    elif kind == "cross":
        stroke(page, (x - 12, y - 12), (x + 12, y + 12), 1.0)
        stroke(page, (x - 12, y + 12), (x + 12, y - 12), 1.0)
    else:
        chance = np.random.default_rng(4)
        points = [(x + 15 * np.sin(2.3 * i) + chance.normal(), y + 13 * np.cos(3.7 * i)) for i in range(40)]
        for a, b in itertools.pairwise(points):
            stroke(page, a, b, 0.8)
    return page


@pytest.mark.parametrize("pen", ["red", "blue", "black"])
@pytest.mark.parametrize("kind", ["line", "cross", "scribble"])
def test_a_pen_is_no_seal(kind: str, pen: str) -> None:
    assert Rule.SEAL_MISSING in seen(scanned(None, pen=pen, marked=scribbled(kind))).reading.findings


@pytest.mark.parametrize("light", [(0.9, 0.2, 0.2), (0.15, 0.15, 0.15), (0.8, 0.3, 0.45)])
def test_a_blue_a_black_and_a_violet_seal_are_not_red(light: tuple[float, float, float]) -> None:
    stamp = replace(at(), light=light)
    assert Rule.SEAL_MISSING in seen(scanned(stamp)).reading.findings


def test_a_seal_far_from_its_place_is_none_there() -> None:
    assert Rule.SEAL_MISSING in seen(scanned(at(60.0, 60.0))).reading.findings


def test_a_grey_page_is_flagged_and_said_to_be_grey() -> None:
    data = cv2.imencode(".jpg", filled())[1].tobytes()
    ((_, page),) = intake.opened("a.jpg", data, 1, 1, colour=True)
    assert isinstance(page, pictures.Page)
    assert page.colour is None
    found = seen(page)
    assert found.reading.findings == (Rule.SEAL_MISSING,)
    assert found.scanner.colourless
    assert not seen(scanned(None)).scanner.colourless


def test_nothing_is_asked_for_by_default_or_where_there_is_no_place() -> None:
    page = scanned(None)
    assert not look(page.grey, book(), colour=page.colour).reading.findings
    form = layout()
    without = replace(form, pages=(replace(form.pages[0], seal_rect_mm=None),))
    known = replace(asking(), layouts=(without,), blanks={})
    found = look(page.grey, known, colour=page.colour)
    assert not found.reading.findings
    assert not found.scanner.colourless


def test_a_page_that_cannot_be_read_lacks_no_seal() -> None:
    page = scanned(None)
    without_boxes = page.grey.copy()
    without_boxes[700:2000, 900:] = 255
    reading = look(without_boxes, asking(), colour=page.colour).reading
    assert reading.status is PageStatus.UNREADABLE
    assert Rule.SEAL_MISSING not in reading.findings


def test_a_shifted_seal_is_no_writing_where_it_was_found_in_colour() -> None:
    page = scanned(at(-1.0, 15.0, diameter_mm=38.0))
    assert not seen(page).reading.findings
    assert not look(page.grey, replace(asking(), seal=False)).reading.findings


def test_writing_beside_a_seal_is_still_writing() -> None:
    marked = filled()
    for i in range(6):
        stroke(marked, (150 + 4 * i, 60), (153 + 4 * i, 66), 0.6)
        stroke(marked, (153 + 4 * i, 66), (154 + 4 * i, 60), 0.6)
    with_it, without = (seen(scanned(stamp, marked=marked)).reading.findings for stamp in (at(), None))
    assert Rule.EXTRA_WRITING in with_it
    assert Rule.EXTRA_WRITING in without


def test_rows_are_read_alike_whether_or_not_the_seal_is_looked_for() -> None:
    page = scanned(at(2.0, 3.0), scan=Scan(noise=4.0))
    assert seen(page).reading.rows == look(page.grey, book(blanks=True)).reading.rows
    assert [r.reading for r in seen(page).reading.rows] == [LEVELS[i] for i in CHOICES]


def test_where_it_was_found() -> None:
    page = scanned(at(4.0, -3.0, diameter_mm=35.0))
    registration = seen(page).registration
    assert page.colour is not None
    assert registration is not None
    found = seal.find(page.colour, page.grey.shape, registration.to_px, PLACE)
    assert found is not None
    assert np.hypot(found.x_mm - MIDDLE[0] - 4, found.y_mm - MIDDLE[1] + 3) < 1.0
    assert abs(found.radius_mm - 17.5) < 1.0


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1), height=st.integers(1, 400), width=st.integers(1, 400), low=st.integers(0, 255),
    scale=st.floats(0.01, 20.0), lean=st.floats(-0.01, 0.01), x=st.floats(-100, 400), y=st.floats(-100, 400),
)  # fmt: skip
def test_no_colour_picture_makes_it_raise(
    seed: int, height: int, width: int, low: int, scale: float, lean: float, x: float, y: float
) -> None:
    rng = np.random.default_rng(seed)
    picture = rng.integers(low, 256, (height, width, 3), dtype=np.uint8)
    picture = cv2.blur(picture, (1 + seed % 40, 1 + seed % 30)).reshape(height, width, 3)
    to_px = np.array([[scale, 0, x], [0, scale, y], [lean, 0, 1]])
    found = seal.find(picture, (height, width), to_px, (x, y, 34.0, 34.0))
    assert found is None or 11 <= found.radius_mm <= 24


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 255), st.integers(1, 60))
def test_no_colours_beside_a_ballot_make_the_reader_raise(seed: int, tone: int, coarse: int) -> None:
    rng = np.random.default_rng(seed)
    cells = rng.integers(tone, 256, (585 // coarse + 1, 414 // coarse + 1, 3), dtype=np.uint8)
    beside = np.ascontiguousarray(np.kron(cells, np.ones((coarse, coarse, 1), np.uint8))[:585, :414])
    reading = look(filled(), asking(), colour=beside).reading
    assert reading.status is PageStatus.READ
