"""Wherever and however the sheet lies in the picture, its boxes are found – or the page is refused by name."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from helpers.reading import (
    CHOICES,
    LEVELS,
    ROWS,
    Picture,
    book,
    filled,
    layout,
    moved,
    plain_and_right,
    readings,
    sheet,
    turned,
)

from ballot_scan.records import PageStatus, Rule
from ballot_scan.rehearsal.conditions import Scan
from ballot_scan.rehearsal.scanner import scan_page
from ballot_scan.scan import registration as reg
from ballot_scan.scan.calibration_file import FileFacts
from ballot_scan.scan.calibration_proof import check
from ballot_scan.scan.profile import DEFAULT


@pytest.mark.parametrize("dpi", [150, 200, 300, 400])
def test_any_usual_resolution_is_read(dpi: int) -> None:
    assert plain_and_right(readings(filled(dpi)))


@pytest.mark.parametrize("turn", [cv2.ROTATE_180, cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_90_COUNTERCLOCKWISE])
def test_upside_down_and_sideways_need_no_option(turn: int) -> None:
    assert plain_and_right(readings(np.asarray(cv2.rotate(filled(), turn), np.uint8)))


@pytest.mark.parametrize("degrees", [-10, -5, -1.5, 0.4, 3, 10])
def test_a_skewed_sheet_is_read(degrees: float) -> None:
    assert plain_and_right(readings(turned(filled(), degrees, grow=1.25)))


@pytest.mark.parametrize("scale", [0.98, 0.99, 1.01, 1.02])
def test_a_scanner_two_percent_off_is_read(scale: float) -> None:
    assert plain_and_right(readings(turned(filled(), 0.3, scale, grow=1.05)))


@pytest.mark.parametrize("bed", [0, 60, 255])
def test_a_sheet_shifted_on_a_larger_bed_is_read(bed: int) -> None:
    page = filled()
    shift = np.array([[1, 0, 118], [0, 1, 118]], dtype=np.float64)  # 15 mm
    assert plain_and_right(readings(moved(page, shift, (page.shape[1] + 240, page.shape[0] + 240), bed)))


@pytest.mark.parametrize("corner", range(4))
def test_any_three_markers_suffice(corner: int) -> None:
    page = turned(filled(), 0.8)
    height, width = page.shape
    y, x = (0 if corner < 2 else height - 190), (0 if corner in (0, 3) else width - 190)
    page[y : y + 190, x : x + 190] = 255  # a torn corner
    assert plain_and_right(readings(page))


def test_two_markers_and_a_code_suffice_on_a_flat_sheet() -> None:
    page = filled()
    height, width = page.shape
    page[:160, :160] = 255
    page[height - 160 :, width - 160 :] = 255
    assert plain_and_right(readings(page))


def test_a_sheet_without_its_markers_is_unreadable_and_keeps_its_name() -> None:
    page = filled()
    page[:160] = 255
    page[-160:, -160:] = 255
    reading = readings(page)
    assert reading.status == "unreadable"
    assert Rule.UNREGISTERED in reading.findings
    assert reading.ballot == "01234-56789"
    assert not reading.rows


def bent(page: np.ndarray, top_deg: float, bottom_deg: float, power: int = 1) -> np.ndarray:
    """A sheet that turned while it was fed: its rows lean differently at the top and at the bottom."""
    height, width = page.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    lean = np.radians(top_deg + (bottom_deg - top_deg) * (y / height) ** power)
    path = np.cumsum(np.tan(lean[:, 0]))
    source_x = x - (path - path.mean())[:, None] * -1
    source_y = y - np.tan(lean) * (x - width / 2)
    maps = source_x.astype(np.float32), source_y.astype(np.float32)
    return np.asarray(cv2.remap(page, *maps, cv2.INTER_LINEAR, borderValue=255), dtype=np.uint8)


@pytest.mark.parametrize("lean", [(-3.0, 1.0), (2.0, -1.5)])
def test_a_sheet_that_turned_while_it_was_fed_is_read(lean: tuple[float, float]) -> None:
    page = np.pad(filled(), 160, constant_values=255)
    assert plain_and_right(readings(bent(page, *lean)))


@pytest.mark.parametrize("lean", [(-3.0, 1.0), (-4.0, 1.0), (3.0, -1.0)])
def test_names_are_found_where_a_sheet_turned_faster_and_faster(lean: tuple[float, float]) -> None:
    page = np.pad(filled(), 160, constant_values=255)
    reading = readings(bent(page, *lean, power=2), book(blanks=True))
    assert plain_and_right(reading)
    assert reading.elsewhere == ()


@pytest.mark.parametrize("corner", [0, 1, 2, 3])
def test_print_is_no_writing_where_a_turned_sheet_lacks_a_corner(corner: int) -> None:
    page = filled()
    x, y, w, h = (round(v * 200 / 25.4) for v in layout().pages[0].fiducials[corner].rect_mm)
    page[y - 10 : y + h + 10, x - 10 : x + w + 10] = 255
    reading = readings(bent(np.pad(page, 160, constant_values=255), -3.0, 1.0), book(blanks=True))
    assert plain_and_right(reading)
    assert reading.elsewhere == ()


@pytest.mark.parametrize("corner", [0, 1, 2, 3])
def test_print_is_no_writing_where_a_sheet_seen_at_an_angle_lacks_a_corner(corner: int) -> None:
    page = filled()
    x, y, w, h = (round(v * 200 / 25.4) for v in layout().pages[0].fiducials[corner].rect_mm)
    page[y - 10 : y + h + 10, x - 10 : x + w + 10] = 255
    wide, high = page.shape[::-1]
    flat = np.array([(0, 0), (wide, 0), (wide, high), (0, high)], np.float32)
    seen = flat + np.array([(80, 96), (-32, 0), (0, -48), (0, 0)], np.float32)
    angled = cv2.warpPerspective(page, cv2.getPerspectiveTransform(flat, seen), (wide, high), borderValue=255)
    reading = readings(np.asarray(angled, np.uint8), book(blanks=True))
    assert plain_and_right(reading)
    assert reading.elsewhere == ()


@pytest.mark.parametrize("wave_mm", [0.3, 0.6])
def test_uneven_feed_is_taken_out_by_the_frames(wave_mm: float) -> None:
    page = filled()
    height, width = page.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    y += np.sin(y / height * 3 * np.pi).astype(np.float32) * wave_mm * 200 / 25.4
    wavy = np.asarray(cv2.remap(page, x, y, cv2.INTER_LINEAR, borderValue=255), dtype=np.uint8)
    assert plain_and_right(readings(wavy))


def shifted_box(page: np.ndarray, row: int, level: int, by_px: tuple[int, int]) -> np.ndarray:
    """The same, but one box and the paper about it lie so far from their place, as on a sheet that was crumpled."""
    x, y, w, h = (round(v * 200 / 25.4) for v in layout().pages[0].rows[row].boxes[level].rect_mm)
    out = page.copy()
    (dx, dy), about = by_px, 24
    here = page[y - about : y + h + about, x - about : x + w + about]
    out[y - about : y + h + about, x - about : x + w + about] = 255
    out[y - about + dy : y + h + about + dy, x - about + dx : x + w + about + dx] = here
    return out


@pytest.mark.parametrize("level", range(3))
@pytest.mark.parametrize("by_px", [(5, 0), (-5, 0), (0, 5), (0, -5), (4, 4)])
def test_on_a_crumpled_sheet_a_box_is_found_where_its_row_has_others_elsewhere(
    level: int, by_px: tuple[int, int]
) -> None:
    page = shifted_box(shifted_box(filled(), 4, level, by_px), 7, level, (-by_px[0], -by_px[1]))
    assert plain_and_right(readings(page))


@pytest.mark.parametrize("beyond_px", [2, 1, 0])
def test_two_markers_at_which_the_picture_ends_and_a_code_suffice(beyond_px: int) -> None:
    page = turned(filled(), -6.0, grow=1.25)
    upper, right, lower, left = (m.corners_px for m in reg.markers_in(page, *reg.reduced(page)))
    top, foot = int(upper[:, 1].min()) - beyond_px, int(lower[:, 1].max()) + 1 + beyond_px
    start, end = int(left[:, 0].mean()), int(right[:, 0].mean())  # the other two are cut through
    assert plain_and_right(readings(np.ascontiguousarray(page[top:foot, start:end])))


def test_a_mirrored_page_is_named_so() -> None:
    reading = readings(np.ascontiguousarray(filled()[:, ::-1]))
    assert (reading.status, reading.reason) == ("unreadable", "scan.mirrored")


def test_a_negative_is_named_so_and_no_lid_that_stood_open() -> None:
    reading = readings(np.asarray(255 - filled(), np.uint8))
    assert (reading.status, reading.reason) == ("unreadable", "scan.negative")


def test_a_page_whose_grid_does_not_fit_is_refused_not_read() -> None:
    page = filled()
    page[600:1500] = np.roll(page[600:1500], 60, axis=1)  # the table slid 7.6 mm: half a pitch and more
    for row, level in zip(readings(page).rows, CHOICES, strict=False):
        assert row.findings or row.reading == LEVELS[level]


def test_another_events_ballot_is_foreign_and_never_read() -> None:
    reading = readings(sheet("elsewhere"))
    assert reading.status == "not-a-ballot"
    assert reading.findings == (Rule.FOREIGN_BALLOT,)


def test_an_inked_code_is_replaced_by_the_other() -> None:
    page = filled()
    x, y, w, h = (round(v * 200 / 25.4) for v in book().layouts[0].pages[0].code_rects_mm[0])
    page[y : y + h // 2, x : x + w] = 0
    assert plain_and_right(readings(page))


def _worn_codes(page: Picture, degrees: float, dx_mm: float, dy_mm: float, seed: int) -> Picture:
    """Both codes turned and moved off their places, with a seventh of their toner gone in grains."""
    rng = np.random.default_rng(seed)
    for rect in book().layouts[0].pages[0].code_rects_mm:
        x, y, w, h = rect
        x0, y0, x1, y1 = (round(v * 200 / 25.4) for v in (x - 2, y - 2, x + w + 2, y + h + 2))
        matrix = cv2.getRotationMatrix2D(((x1 - x0) / 2, (y1 - y0) / 2), degrees, 1.0)
        matrix[:, 2] += np.array([dx_mm, dy_mm]) * 200 / 25.4
        part = cv2.warpAffine(page[y0:y1, x0:x1], matrix, (x1 - x0, y1 - y0), borderValue=255)
        grain = cv2.GaussianBlur(rng.random(part.shape).astype(np.float32), (0, 0), 0.7)
        part[grain > np.quantile(grain, 0.85)] = 255
        page[y0:y1, x0:x1] = cv2.GaussianBlur(part, (0, 0), 0.5)
    return page


@pytest.mark.parametrize(("degrees", "dx_mm", "dy_mm"), [(2.5, 0.6, -0.5), (4.0, 0.0, 0.9), (1.5, -0.9, 0.7)])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_codes_in_weak_toner_are_read_by_their_own_outline_on_a_sheet_that_turned(
    degrees: float, dx_mm: float, dy_mm: float, seed: int
) -> None:
    assert plain_and_right(readings(_worn_codes(filled(), degrees, dx_mm, dy_mm, seed)))


def test_without_any_code_the_only_form_is_read_and_flagged() -> None:
    page = filled()
    for rect in book().layouts[0].pages[0].code_rects_mm:
        x, y, w, h = (round(v * 200 / 25.4) for v in rect)
        page[y : y + h, x : x + w] = 255
    reading = readings(page)
    assert reading.status == "read"
    assert reading.findings == (Rule.CODE_UNREADABLE,)
    assert reading.ballot == ""
    assert len(reading.rows) == ROWS


def test_two_sheets_stuck_together_are_named() -> None:
    page, other = filled(), sheet("elsewhere")
    page[page.shape[0] // 2 :] = other[page.shape[0] // 2 :]
    reading = readings(page)
    assert reading.status == "unreadable"
    assert Rule.POSSIBLE_DOUBLE_FEED in reading.findings


def cut_off(seed: int) -> Picture:
    """A5, skewed, and cut by the scanner through its corners: the reduced picture shows one marker."""
    rng = np.random.default_rng(seed)
    turn = float(rng.uniform(4, 9) * rng.choice([-1, 1]))
    bed, noise, blur = float(rng.choice([5, 40, 255])), float(rng.uniform(0, 5)), float(rng.uniform(0, 1))
    faults = Scan(rotation_deg=turn, bed=bed, noise=noise, blur_px=blur)
    whole = scan_page(sheet(paper="A5", rows=5), faults, rng, dpi=200)
    left, top = (int(v) for v in rng.integers(0, 90, 2))
    foot, right = (size - int(rng.integers(0, 90)) for size in whole.shape)
    cut = np.ascontiguousarray(whole[top:foot, left:right])
    assert len(reg.find_markers(reg.reduced(cut)[0])) < 2
    return cut


@pytest.mark.parametrize(("high", "wide"), [(1.0, 0.72), (0.6, 1.0)])
def test_a_sheet_of_which_the_scan_cut_boxes_off_says_so(high: float, wide: float) -> None:
    page = filled()
    part = page[: round(high * page.shape[0]), : round(wide * page.shape[1])]
    reading = readings(np.ascontiguousarray(part), book(blanks=True))
    assert (reading.status, reading.reason) == (PageStatus.UNREADABLE, "scan.outside")


@pytest.mark.parametrize("rows_left", [11, 10, 9, 6])
def test_rows_that_the_scan_cut_off_are_not_left_to_people_who_cannot_see_them(rows_left: int) -> None:
    page = filled()
    _, y, _, high = layout().pages[0].rows[rows_left].boxes[0].rect_mm
    reading = readings(np.ascontiguousarray(page[: round((y + 0.4 * high) * 200 / 25.4)]), book(blanks=True))
    assert (reading.status, reading.reason) == (PageStatus.UNREADABLE, "scan.outside")


@pytest.mark.parametrize("seed", [208, 231, 323, 368])
def test_markers_that_only_the_full_picture_shows_are_found(seed: int) -> None:
    assert readings(cut_off(seed), book(5, "A5")).status is PageStatus.READ


@pytest.mark.parametrize("seed", [208, 231])
def test_the_proof_of_a_printed_ballot_sees_the_markers_that_the_reader_sees(seed: int) -> None:
    found = check(cut_off(seed), FileFacts((200.0, 200.0)), book(5, "A5", blanks=True), DEFAULT).findings
    damaged = [dict(f.values)["damaged"] for f in found if f.key == "proof-markers"]
    assert all(int(str(n)) <= 2 for n in damaged), damaged


@pytest.mark.parametrize("bed", [0, 30, 60])
def test_a_small_sheet_on_a_large_dark_bed_is_read(bed: int) -> None:
    small = sheet(paper="A5", rows=3)
    wide, high = round(297 * 200 / 25.4), round(420 * 200 / 25.4)
    shift = np.array([[1, 0, 700], [0, 1, 900]], dtype=np.float64)
    read = readings(moved(small, shift, (wide, high), bed), book(3, "A5"))
    assert read.status is PageStatus.READ
    assert [row.reading for row in read.rows] == ["blank"] * 3
