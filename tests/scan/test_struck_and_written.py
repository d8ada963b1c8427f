"""Names crossed out and writing anywhere, over print too, reach people; holes, creases, stains and streaks do not."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from helpers.benchmarks import load
from helpers.reading import (
    PENS,
    Picture,
    book,
    crease,
    cross_at,
    crosses,
    filled,
    layout,
    read_sheet,
    stroke,
    turned,
    zigzag,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from ballot_scan.paper.layout import Rect
from ballot_scan.records import PageReading, Rule
from ballot_scan.scan import strikes
from ballot_scan.scan.ink import BLANK_PX
from ballot_scan.scan.reader import read

PAGE = layout().pages[0]
grid = load("accuracy_grid")
NAMES = [row.name_rect_mm for row in PAGE.rows]
SCALE = 200 / 25.4


def struck(reading: PageReading) -> list[int]:
    return [row.row for row in reading.rows if Rule.NAME_STRUCK in row.findings]


def strike(page: Picture, row: int, *, share: float = 0.8, rise_mm: float = 0.0, at: float = 0.5, **pen: float) -> None:
    """A line through a name (row from 0) over ``share`` of its width, through ``at`` of its height."""
    x, y, w, h = NAMES[row]
    left, right = x + w * (1 - share) / 2, x + w * (1 + share) / 2
    stroke(page, (left, y + h * at + rise_mm / 2), (right, y + h * at - rise_mm / 2), **pen)  # type: ignore[arg-type]


# ---------------------------------------------------------------- names


@pytest.mark.parametrize("pen", PENS)
def test_a_name_struck_with_any_pen_goes_to_people_and_no_other(pen: str) -> None:
    page = filled()
    strike(page, 4, **PENS[pen])
    strike(page, 9, rise_mm=1.5, **PENS[pen])
    assert struck(read_sheet(page)) == [5, 10]
    assert struck(read_sheet(turned(page, 1.2, bed=20, grow=1.05))) == [5, 10]


@pytest.mark.parametrize("pen", PENS)
@pytest.mark.parametrize("left", [(), (3,), (0, 5, 6, 11)])
def test_where_nearly_all_names_are_struck_each_is_found(pen: str, left: tuple[int, ...]) -> None:
    page = filled()
    rows = [row for row in range(len(NAMES)) if row not in left]
    for row in rows:
        strike(page, row, **PENS[pen])
    assert struck(read_sheet(page)) == [row + 1 for row in rows]


@pytest.mark.parametrize(
    ("condition", "seed", "row"),
    [
        ("A4, 300 dpi, hard", 750_003_563, 10),  # toner ran low, and names are unlike
        ("A4, 200 dpi, hard", 750_033_584, 7),  # a crease runs along the line, hardly more than a millimetre off it
    ],
)
def test_a_struck_name_of_a_rehearsed_page_that_was_missed_is_found(condition: str, seed: int, row: int) -> None:
    cell = grid.BY_NAME[condition]
    page = grid.simulated(cell, seed)
    assert struck(read(grid.opened(page), grid.book(cell.ballot))) == [row]


def test_no_name_of_a_plain_ballot_is_struck_however_it_was_scanned() -> None:
    for degrees, blur in ((0.0, 0.4), (1.4, 0.8), (-3.5, 1.1), (180.6, 0.6)):
        page = cv2.GaussianBlur(filled(), (0, 0), blur)
        reading = read_sheet(turned(np.asarray(page, np.uint8), degrees, bed=255, grow=1.08))
        assert (struck(reading), reading.findings) == ([], ())


def _scanned(page: Picture) -> Picture:
    """The page through an office scanner: turned, blurred, grey, with grain."""
    blurred = cv2.GaussianBlur(turned(page, -1.0, bed=255, grow=1.04), (0, 0), 0.7)
    grain = np.random.default_rng(3).normal(18, 3, blurred.shape)
    return np.clip(blurred * 0.9 + grain, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("high", [0.8, 1.2])
@pytest.mark.parametrize("waves", [3, 5, 8, 11])
@pytest.mark.parametrize(("width_mm", "ink"), [(0.25, 120), (0.35, 70)])
def test_a_name_struck_by_a_zigzag_is_struck_and_is_no_writing(
    width_mm: float, ink: int, waves: int, high: float
) -> None:
    page = filled()
    x, y, w, h = NAMES[4]
    points = [(x + w * n / (2 * waves), y + h * (0.5 + high * (n % 2 - 0.5))) for n in range(2 * waves + 1)]
    for a, b in pairwise(points):
        stroke(page, a, b, width_mm=width_mm, ink=ink)
    reading = read_sheet(page)
    assert (struck(reading), reading.findings) == ([5], ())


@pytest.mark.parametrize("pen", PENS)
def test_a_name_circled_goes_to_people(pen: str) -> None:
    page = filled()
    x, y, w, h = NAMES[4]
    t = np.linspace(0, 2 * np.pi, 60)
    points = np.column_stack([x + w * (0.3 + 0.33 * np.cos(t)), y + h * (0.5 + 0.6 * np.sin(t))])
    for a, b in pairwise(points):
        stroke(page, tuple(a), tuple(b), **PENS[pen])
    reading = read_sheet(_scanned(page))
    assert struck(reading) or reading.findings == (Rule.EXTRA_WRITING,)


@pytest.mark.parametrize("pen", PENS)
def test_a_cross_over_part_of_a_name_goes_to_people(pen: str) -> None:
    page = filled()
    x, y, _, h = NAMES[4]
    for up in (0, 1):
        stroke(page, (x + 8, y + up * h), (x + 14, y + (1 - up) * h), **PENS[pen])
    reading = read_sheet(_scanned(page))
    assert struck(reading) or reading.findings == (Rule.EXTRA_WRITING,)


def _smudged(page: Picture, row: int, tone: int) -> Picture:
    x, y, w, h = NAMES[row]
    soft = np.full(page.shape, 255, np.uint8)
    middle = (round((x + w * 0.4) * SCALE), round((y + h / 2) * SCALE))
    cv2.ellipse(soft, middle, (round(w / 3 * SCALE), round(0.8 * h * SCALE)), 5, 0, 360, tone, -1)
    return np.minimum(page, np.asarray(cv2.GaussianBlur(soft, (0, 0), 1.5 * SCALE), np.uint8))


@pytest.mark.parametrize("tone", [170, 200])
def test_a_smudge_over_a_name_strikes_it_not_and_hides_no_line_through_it(tone: int) -> None:
    page = _smudged(_smudged(filled(), 4, tone), 8, tone)
    strike(page, 8, **PENS["ball pen"])
    assert struck(read_sheet(page)) == [9]


def test_half_a_name_struck_is_struck() -> None:
    page = filled()
    x, y, w, h = NAMES[2]
    stroke(page, (x, y + h / 2), (x + 0.66 * w, y + h / 2))
    assert struck(read_sheet(page)) == [3]


def test_a_name_blacked_out_whole_is_struck() -> None:
    page = filled()
    x, y, w, h = (round(v * SCALE) for v in NAMES[6])
    page[y - 4 : y + h + 4, x - 4 : x + w + 4] = 40
    assert struck(read_sheet(page)) == [7]


@settings(max_examples=25, deadline=None)
@given(
    row=st.integers(0, 11),
    share=st.floats(0.72, 1.05),
    rise=st.floats(-2.0, 2.0),
    at=st.floats(0.4, 0.62),
    ink=st.integers(20, 130),
    turn=st.floats(-1.5, 1.5),
)
def test_wherever_the_line_runs_through_the_name(
    row: int, share: float, rise: float, at: float, ink: int, turn: float
) -> None:
    page = filled()
    strike(page, row, share=share, rise_mm=rise, at=at, ink=ink)
    assert struck(read_sheet(turned(page, turn, bed=255, grow=1.05))) == [row + 1]


@pytest.mark.parametrize("rise", [-0.055, 0.04, 0.055])
def test_names_on_paper_that_curls_are_not_struck_and_a_line_through_one_is_seen(rise: float) -> None:
    page = filled()
    strike(page, 7, **PENS["ball pen"])
    y, x = np.mgrid[0 : page.shape[0], 0 : page.shape[1]].astype(np.float32)
    y += np.float32(rise) * np.clip(x - 38 * np.float32(SCALE), -160, 160)
    curled = np.asarray(cv2.remap(page, x, y, cv2.INTER_LINEAR, borderValue=255), dtype=np.uint8)
    assert struck(read_sheet(curled)) == [8]


@pytest.mark.parametrize(("row", "at", "rise_mm"), [(3, 0.1, 0.0), (3, 0.28, 1.6), (3, 0.5, -1.2), (6, 0.73, 1.6)])
def test_a_crease_through_or_along_the_letters_strikes_no_name(row: int, at: float, rise_mm: float) -> None:
    """Ballots are folded: the crease is grey, and runs from edge to edge of the sheet."""
    page = filled()
    _, y, _, h = NAMES[row]
    for beside_mm in (0.0, 0.4):
        creased, level = page.copy(), y + at * h + beside_mm
        crease(creased, level - rise_mm / 2, level + rise_mm / 2, 0.4, 130)
        assert read_sheet(_scanned(creased)).rows[row].findings == ()


# ---------------------------------------------------------------- lines somebody drew

ANGLES = (2, 6, 10, -5, -12, 82, 86, 98, 0, 45)


def drawn_line(at_mm: tuple[float, float], degrees: float, long_mm: float, width_mm: float, ink: int) -> Picture:
    """A ballot and on it a line that a hand drew, which bends a little."""
    page = filled()
    t = np.linspace(-long_mm / 2, long_mm / 2, 40)
    off = 0.2 * np.sin(5.0 * t / long_mm + 1.0)
    a = np.radians(degrees)
    points = np.column_stack([at_mm[0] + t * np.cos(a) - off * np.sin(a), at_mm[1] - t * np.sin(a) - off * np.cos(a)])
    for b, c in pairwise(points):
        stroke(page, tuple(b), tuple(c), width_mm=width_mm, ink=ink)
    return np.asarray(cv2.GaussianBlur(page, (0, 0), 0.6), np.uint8)


@pytest.mark.parametrize("long_mm", [15.0, 38.0])
@pytest.mark.parametrize(("width_mm", "ink"), [(0.3, 40), (0.5, 40), (0.5, 120), (0.9, 40)])
def test_a_pen_s_line_beside_the_table_goes_to_people_at_any_slope(long_mm: float, width_mm: float, ink: int) -> None:
    for degrees in ANGLES:
        page = drawn_line((105.0, 270.0), degrees, long_mm, width_mm, ink)
        assert read_sheet(page).findings == (Rule.EXTRA_WRITING,), degrees


@pytest.mark.parametrize(("width_mm", "ink"), [(0.3, 40), (0.5, 40), (0.5, 120), (0.9, 40)])
def test_so_does_one_through_what_somebody_is(width_mm: float, ink: int) -> None:
    x, y, w, h = NAMES[4]
    for degrees in (-12, -8, -5, 5, 8, 12):  # one nearly level hides among the letters
        page = drawn_line((x + w + 30.0, y + h / 2), degrees, 30.0, width_mm, ink)
        assert read_sheet(page).findings == (Rule.EXTRA_WRITING,), degrees


@pytest.mark.parametrize("degrees", [-2.0, 0.0, 1.5])
@pytest.mark.parametrize("width_mm", [0.4, 0.7])
def test_a_black_streak_of_the_scanner_is_none_however_the_sheet_lies(degrees: float, width_mm: float) -> None:
    page = turned(filled(), degrees, bed=255, grow=1.05)
    page[:, round(62 * SCALE) : round((62 + width_mm) * SCALE)] = 30
    assert Rule.EXTRA_WRITING not in read_sheet(page).findings
    assert Rule.EXTRA_WRITING not in read_sheet(np.ascontiguousarray(np.rot90(page, 2))).findings


def test_a_hair_and_a_crease_are_no_pen_s_line() -> None:
    hair = drawn_line((105.0, 270.0), 30, 20.0, 0.1, 60)
    crease = drawn_line((105.0, 262.0), 1, 208.0, 0.5, 170)
    assert read_sheet(hair).findings == ()
    assert read_sheet(crease).findings == ()


# ---------------------------------------------------------------- writing


@pytest.mark.parametrize("pen", PENS)
@pytest.mark.parametrize(
    ("where", "place"),
    [
        ("over the title", (80.0, 52.0)),
        ("over the instructions", (60.0, 76.0)),
        ("over a position", (74.0, NAMES[3][1] + 4)),
        ("across a rule of the table", (74.0, NAMES[5][1] - 3)),
        ("in the lower margin", (60.0, 282.0)),
        ("above the code at the foot", (36.0, 281.0)),
    ],
)
def test_writing_is_seen_over_print_and_beside_it(pen: str, where: str, place: tuple[float, float]) -> None:
    page = filled()
    zigzag(page, *place, **PENS[pen])
    reading = read_sheet(turned(page, 0.8, bed=255, grow=1.05))
    assert reading.findings == (Rule.EXTRA_WRITING,), where
    assert struck(reading) == []


@pytest.mark.parametrize("pen", PENS)
def test_initials_over_the_code_as_people_read_it_are_seen_and_the_code_itself_is_no_writing(pen: str) -> None:
    page = filled()
    assert read_sheet(turned(page, 0.8, bed=255, grow=1.05)).findings == ()
    zigzag(page, 36.0, 289.5, height=8.0, **PENS[pen])
    assert read_sheet(turned(page, 0.8, bed=255, grow=1.05)).findings == (Rule.EXTRA_WRITING,)


def _covers(rect: Rect, x: float, y: float) -> bool:
    return rect[0] - 1 <= x <= rect[0] + rect[2] + 1 and rect[1] - 1 <= y <= rect[1] + rect[3] + 1


def test_the_place_told_is_where_it_was_written() -> None:
    page = filled()
    zigzag(page, 80.0, 52.0)
    (place,) = read_sheet(page).elsewhere
    assert all(_covers(place.rect_mm, x, 50.0) for x in (82.0, 90.0, 98.0))


@pytest.mark.parametrize("upright", [False, True])
def test_a_crease_from_edge_to_edge_is_no_writing_strikes_no_name_and_is_no_vote(upright: bool) -> None:
    page = filled()
    end = (210.0, 297.0)
    y = NAMES[3][1] + NAMES[3][3] / 2
    a, b = ((60.0, 0.0), (61.0, end[1])) if upright else ((0.0, y), (end[0], y + 0.6))
    stroke(page, a, b, width_mm=0.3, ink=190)
    reading = read_sheet(page)
    assert (struck(reading), reading.findings) == ([], ())
    assert [r.reading for r in reading.rows] == [r.reading for r in read_sheet(filled()).rows]


def test_stains_smudges_and_a_hair_are_no_writing() -> None:
    page = filled()
    soft = np.full(page.shape, 255, np.uint8)
    cv2.ellipse(soft, (round(80 * SCALE), round(60 * SCALE)), (90, 40), 10, 0, 360, 215, -1)
    page = np.minimum(page, np.asarray(cv2.GaussianBlur(soft, (0, 0), 12), np.uint8))
    points = np.array([(100, 190), (103, 191), (105, 193), (106, 196)], np.float64) * SCALE
    cv2.polylines(page, [np.rint(points).astype(np.int32)], False, 110, 1, cv2.LINE_AA)
    assert read_sheet(page).findings == ()


@pytest.mark.parametrize(
    "hair",
    [
        [(0, 0), (3, 0.6), (4, 3), (4.2, 6), (2.5, 9)],
        [(0, 0), (1.5, 2), (3.2, 2.6), (3.6, 4.6), (4.6, 7)],
        [(0, 0), (2, 2.5), (4.5, 4), (5, 7), (7, 9.5)],
    ],
)
def test_a_long_bent_hair_is_no_writing_and_a_word_as_thin_is(hair: list[tuple[float, float]]) -> None:
    page = filled()
    points = (np.array(hair) + np.array([100.0, 186.0])) * SCALE * 16
    cv2.polylines(page, [np.rint(points).astype(np.int32)], False, 20, 1, cv2.LINE_AA, 4)
    assert read_sheet(np.asarray(cv2.GaussianBlur(page, (0, 0), 0.9), np.uint8)).findings == ()
    zigzag(page, 95.0, 214.0, length=13, height=3, width_mm=0.1, ink=20)
    assert read_sheet(np.asarray(cv2.GaussianBlur(page, (0, 0), 0.9), np.uint8)).findings == (Rule.EXTRA_WRITING,)


@pytest.mark.parametrize("place", [(2.0, 0.0), (9.0, -5.0), (14.0, -5.0), (20.0, -3.0)])
@pytest.mark.parametrize("ink", [40, 90])
def test_a_hair_that_lies_across_a_name_is_no_writing_nor_does_it_strike_it(
    ink: int, place: tuple[float, float]
) -> None:
    page = filled()
    hair = np.array([(0.0, -5.6), (0.6, 0.0), (2.5, 6.3), (3.6, 9.8), (3.1, 12.6)])
    points = (hair + NAMES[6][:2] + place) * SCALE * 16
    cv2.polylines(page, [np.rint(points).astype(np.int32)], False, ink, 1, cv2.LINE_AA, 4)
    reading = read_sheet(np.asarray(cv2.GaussianBlur(page, (0, 0), 0.5), np.uint8))
    assert (reading.findings, struck(reading)) == ((), [])


def test_a_fine_line_with_gaps_across_the_table_is_still_writing() -> None:
    page = filled()
    for n in range(9):
        if n != 4:
            stroke(page, (30.0 + 6 * n, 235.0 - 5 * n), (34.6 + 6 * n, 231.1 - 5 * n), width_mm=0.25, ink=110)
    assert read_sheet(page).findings == (Rule.EXTRA_WRITING,)


@pytest.mark.parametrize("place", [(95.0, 200.0), (105.0, 92.0)])
def test_pale_pencil_writing_is_seen_where_the_paper_is_clean(place: tuple[float, float]) -> None:
    page = filled()
    zigzag(page, *place, length=13, height=3, width_mm=0.35, ink=205)
    assert Rule.EXTRA_WRITING in read_sheet(page).findings


def _with_a_marked_page_behind(page: Picture, shade: int, width_mm: float = 1.5, blur: float = 1.2) -> Picture:
    """Crosses drawn on the other side, as they shine through: pale and soft."""
    behind = np.full_like(page, 255)
    for x, y in ((70.0, 110.0), (72.0, 124.0), (70.0, 152.0), (71.0, 180.0)):
        for rise in (-3.0, 3.0):
            stroke(behind, (x - 2.5, y - rise), (x + 2.5, y + rise), width_mm=width_mm, ink=shade)
    return np.asarray(np.minimum(page, cv2.GaussianBlur(behind, (0, 0), blur)), np.uint8)


@pytest.mark.parametrize("shade", [205, 190])
def test_what_a_marker_drew_on_the_other_side_is_no_writing(shade: int) -> None:
    assert read_sheet(_with_a_marked_page_behind(filled(), shade)).findings == ()


@pytest.mark.parametrize("shade", [205, 212])
@pytest.mark.parametrize("width_mm", [0.6, 0.8])
def test_what_a_pen_drew_on_the_other_side_is_no_writing_but_a_pencil_s_word_is(shade: int, width_mm: float) -> None:
    page = _with_a_marked_page_behind(filled(), shade, width_mm, blur=0.8)
    assert read_sheet(page).findings == ()
    zigzag(page, 66.0, 200.0, length=13, height=3, width_mm=0.45, ink=180)
    assert read_sheet(page).findings == (Rule.EXTRA_WRITING,)


@pytest.mark.parametrize("width_mm", [0.8, 1.5])
@pytest.mark.parametrize("shade", [212, 218])
def test_a_line_of_the_other_side_strikes_no_name_and_a_pencil_s_does(shade: int, width_mm: float) -> None:
    page = filled(ink=40)
    behind = np.full_like(page, 255)
    for row in (3, 8):
        strike(behind, row, width_mm=width_mm, ink=shade)
    shines = np.minimum(page, cv2.GaussianBlur(behind, (0, 0), 1.2)).astype(np.uint8)
    assert struck(read_sheet(shines)) == []
    strike(shines, 5, width_mm=0.45, ink=185)
    assert struck(read_sheet(shines)) == [6]


@pytest.mark.parametrize(("width_mm", "ink"), [(0.25, 175), (0.25, 190), (0.4, 190), (0.4, 200)])
def test_a_fine_pale_line_strikes_a_name_though_the_ballot_s_pen_is_dark(width_mm: float, ink: int) -> None:
    page = crosses(width_mm=0.3, ink=35)
    for row in (2, 7):
        strike(page, row, width_mm=width_mm, ink=ink)
    assert struck(read_sheet(page, 0.5, soft_px=0.6)) == [3, 8]


def test_on_a_ballot_in_pale_pencil_as_pale_a_word_is_writing() -> None:
    page = filled(ink=192, width_mm=0.5)
    zigzag(page, 95.0, 200.0, length=13, height=3, width_mm=0.6, ink=214)
    assert Rule.EXTRA_WRITING in read_sheet(page).findings


# ---------------------------------------------------------------- the form's own lines


BLANK = book(blanks=True).blanks[next(iter(book(blanks=True).blanks))]


@pytest.mark.parametrize("pen", PENS)
@pytest.mark.parametrize("column", range(3))
def test_a_cross_on_a_column_s_heading_goes_to_people_and_tells_where(pen: str, column: int) -> None:
    page = filled()
    x, y, w, h = BLANK.headings[column]
    cross_at(page, (x + w / 2, y + h * 0.7), size_mm=5.0, **PENS[pen])
    reading = read_sheet(page, 0.8, soft_px=0.5)
    assert Rule.EXTRA_WRITING in reading.findings
    (left, top, wide, high) = reading.elsewhere[0].rect_mm
    assert left <= x + w / 2 <= left + wide
    assert top <= y + h * 0.7 <= top + high


@pytest.mark.parametrize("pen", PENS)
def test_any_line_of_print_above_the_table_that_is_struck_goes_to_people(pen: str) -> None:
    for line in BLANK.lines:
        x, y, w, h = line
        if w < 20 or h > 8:
            continue
        page = filled()
        stroke(page, (x + 1, y + h * 0.55), (x + w - 1, y + h * 0.5), **PENS[pen])
        assert Rule.EXTRA_WRITING in read_sheet(page, soft_px=0.5).findings, line


@pytest.mark.parametrize("ink", [80, 110])
@pytest.mark.parametrize("out_mm", [1.0, 8.0])
def test_a_title_crossed_out_by_two_long_flat_strokes_goes_to_people(ink: int, out_mm: float) -> None:
    """None of the strokes goes along the line, and each looks like a crease where it leaves it."""
    x, y, w, h = max(BLANK.lines, key=lambda line: line[3])
    page = filled()
    rise = 0.09 * (w + 2 * out_mm) / 2
    for way in (1, -1):
        a, b = (x - out_mm, y + h / 2 + way * rise), (x + w + out_mm, y + h / 2 - way * rise)
        stroke(page, a, b, width_mm=0.3, ink=ink)
    assert Rule.EXTRA_WRITING in read_sheet(page, 0.5, soft_px=0.6).findings


@pytest.mark.parametrize("seed", [750_004_279, 750_013_874, 750_024_080])
def test_headings_on_crumpled_paper_are_no_writing(seed: int) -> None:
    cell = grid.BY_NAME["A4, 200 dpi, hard"]
    assert read(grid.opened(grid.simulated(cell, seed)), grid.book(cell.ballot)).findings == ()


def test_headings_and_titles_alone_are_no_writing_however_weakly_they_are_printed() -> None:
    assert len(BLANK.headings) == 3
    assert len(BLANK.lines) >= 4
    for weak in (1.0, 0.7, 0.5):
        for degrees in (-1.5, 0.4, 180.7):
            page = np.asarray(255 - (255 - cv2.GaussianBlur(filled(), (0, 0), 0.7)) * weak, np.uint8)
            assert read_sheet(page, degrees).findings == (), (weak, degrees)


def name_at(at_mm: tuple[float, float], px_per_mm: int, *, struck: bool = False) -> Picture:
    """A name alone on white, 40 mm by 80, its foot at this place; ``struck``: with a line through it."""
    fine = np.full((40 * 16, 80 * 16), 255, np.uint8)
    foot = (round(at_mm[0] * 16), round(at_mm[1] * 16))
    cv2.putText(fine, "Nguyen Van Anh", foot, cv2.FONT_HERSHEY_COMPLEX, 1.7, 0, 4, cv2.LINE_AA)
    if struck:
        cv2.line(fine, (foot[0] - 8, foot[1] - 14), (foot[0] + 33 * 16, foot[1] - 18), 60, 7, cv2.LINE_AA)
    return np.asarray(cv2.resize(fine, (80 * px_per_mm, 40 * px_per_mm), interpolation=cv2.INTER_AREA), np.uint8)


@pytest.mark.parametrize("struck", [False, True])
@pytest.mark.parametrize("off_mm", [(2.0, 0.0), (3.0, 1.0), (-2.0, -1.0), (-3.0, 0.0), (0.0, 3.0)])
def test_a_name_that_lies_further_off_is_looked_for_before_it_is_called_struck(
    off_mm: tuple[float, float], struck: bool
) -> None:
    page = name_at((20.0 + off_mm[0], 20.0 + off_mm[1]), 8, struck=struck)
    blank = name_at((20.0, 20.0), BLANK_PX)
    name = strikes.look(page, lambda mm: np.asarray(mm * 8 - 0.5), blank, (19.0, 16.0, 35.0, 5.0), 255.0)
    assert name.struck is struck
