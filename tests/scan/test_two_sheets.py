"""Two sheets in one picture, and sheets of other kinds: none is taken for the other, and none hides a ballot."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from helpers.reading import KEY, Picture, book, filled, form, layout, sheet, stroke, turned
from PIL import Image

from ballot_scan.paper import ballots, calibration_sheet, fonts, raster
from ballot_scan.paper.layout import FiducialMark, Rect
from ballot_scan.records import PageStatus, Rule
from ballot_scan.scan import evidence
from ballot_scan.scan import registration as reg
from ballot_scan.scan.reader import read

SCALE = 200 / 25.4
FIDUCIALS = tuple(
    FiducialMark(i, "DICT_4X4_50", rect)
    for i, rect in enumerate([(9.0, 9.0, 9.0, 9.0), (192.0, 9.0, 9.0, 9.0), (192.0, 279.0, 9.0, 9.0)])
)


def _calibration_sheet() -> Picture:
    return raster.render_pages(calibration_sheet.calibration_pdf(fonts.choose(), "vi"), 200)[0]


def _part(rect: Rect, more_mm: float) -> tuple[slice, slice]:
    x, y, w, h = rect
    return (
        slice(round((y - more_mm) * SCALE), round((y + h + more_mm) * SCALE)),
        slice(round((x - more_mm) * SCALE), round((x + w + more_mm) * SCALE)),
    )


def _without_codes(page: Picture, count: int) -> Picture:
    for rect in layout().pages[0].code_rects_mm[:count]:
        page[_part(rect, 0.5)] = 255
    return page


def test_two_small_sheets_side_by_side_are_said_to_be_two_and_not_one_that_is_creased() -> None:
    small = sheet(paper="A5", rows=3)
    high, wide = small.shape
    beside = np.full((high + 80, 2 * wide + 120), 255, np.uint8)
    for at, degrees in ((40, 1.0), (wide + 80, -1.0)):
        beside[40 : 40 + high, at : at + wide] = turned(small, degrees)
    reading = read(beside, book(3, "A5"))
    assert (reading.status, reading.reason) == (PageStatus.UNREADABLE, "scan.two-in-one")
    assert reading.findings == (Rule.POSSIBLE_DOUBLE_FEED,)


def test_the_calibration_sheet_is_told() -> None:
    assert read(_calibration_sheet(), book()).reason == "scan.calibration-sheet"


def test_a_code_of_the_calibration_sheet_on_a_ballot_whose_own_cannot_be_read_hides_no_ballot() -> None:
    page, piece = _without_codes(filled(), 2), calibration_sheet.sheet().code_rects_mm[0]
    strip = _calibration_sheet()[_part(piece, 1.5)]
    top, left = page.shape[0] // 2, page.shape[1] - strip.shape[1] - 60
    page[top : top + strip.shape[0], left : left + strip.shape[1]] = strip
    reading = read(page, book())
    assert reading.status is not PageStatus.NOT_A_BALLOT
    assert Rule.CODE_UNREADABLE in reading.findings


def test_a_calibration_sheet_over_half_a_ballot_hides_no_ballot() -> None:
    page, other = _without_codes(filled(), 1), _calibration_sheet()
    half = round(page.shape[0] * 0.45)
    page[-half:] = other[page.shape[0] - half : page.shape[0], : page.shape[1]]
    reading = read(page, book())
    assert reading.status is not PageStatus.NOT_A_BALLOT
    assert reading.findings


def test_a_rehearsal_ballot_of_another_event_over_a_ballot_is_a_double_feed_and_holds_up() -> None:
    out = io.BytesIO()
    ballots.write_pdf(out, form("other"), ["9999999999"], KEY, rehearsal=True)
    foreign, own = raster.render_pages(out.getvalue(), 200)[0], filled()
    high, wide = own.shape
    aside = round(25 * SCALE)
    both = np.full((high, wide + aside), 255, np.uint8)
    both[:, aside:] = own
    both[:, :wide] = foreign
    reading = read(both, book())
    assert (reading.status, reading.rehearsal) == (PageStatus.UNREADABLE, False)
    assert Rule.POSSIBLE_DOUBLE_FEED in reading.findings


def _markers() -> list[reg.Marker]:
    return [reg.Marker(f.id, (reg.corners_mm(f.rect_mm) * SCALE).astype(np.float32)) for f in FIDUCIALS]


def _boxes() -> np.ndarray:
    xs, ys = np.meshgrid([140.0, 155.0, 170.0], np.linspace(80, 230, 12))
    return np.column_stack([xs.ravel(), ys.ravel()])


def test_boxes_tell_how_a_sheet_lies_that_lacks_a_marker_and_are_not_believed_where_they_contradict_it() -> None:
    boxes = _boxes()
    found = reg.by_boxes(_markers(), FIDUCIALS, boxes, boxes * SCALE)
    assert found is not None
    assert found.residual_mm < 0.01
    slipped = boxes * SCALE
    slipped[18:, 1] += 13.6 * SCALE  # half of the rows taken for their neighbours
    assert reg.by_boxes(_markers(), FIDUCIALS, boxes, slipped) is None


@pytest.mark.parametrize("out", [0, 1, 2])
def test_a_marker_that_ink_displaced_is_left_out_where_boxes_and_the_others_agree(out: int) -> None:
    boxes, three = _boxes(), _markers()[:3]
    three[out] = reg.Marker(three[out].id, three[out].corners_px + np.float32(20.0))
    lies = reg.by_boxes(three, FIDUCIALS, boxes, boxes * SCALE)
    assert lies is not None
    names = np.array([(25.0, 100.0), (25.0, 240.0), (90.0, 160.0)])
    assert np.abs(lies.points_px(names) - names * SCALE).max() < 0.1


def test_a_broken_picture_is_looked_at_as_what_scanners_write_only() -> None:
    page = filled()
    stroke(page, (20, 20), (60, 60))
    for kind, seen in (("JPEG", True), ("PNG", True), ("TIFF", True), ("GIF", False), ("EPS", False), ("TGA", False)):
        out = io.BytesIO()
        Image.fromarray(cv2.resize(page, None, fx=0.3, fy=0.3)).save(out, kind)
        assert (evidence.glimpse(out.getvalue()[: len(out.getvalue()) * 2 // 3]) is not None) is seen, kind


def _pdf_of_scans(pages: int) -> tuple[bytes, list[np.ndarray]]:
    """A PDF as a scanner writes it, a JPEG a page, and the pages: each a sheet with a bar somewhere else."""
    shown = []
    for number in range(pages):
        page = np.full((1100, 800), 235, np.uint8)
        page[100 + 200 * number : 220 + 200 * number, 100:700] = 20
        shown.append(page)
    out = io.BytesIO()
    first, *others = (Image.fromarray(page) for page in shown)
    first.save(out, "PDF", save_all=True, append_images=others, resolution=100)
    return out.getvalue(), shown


@pytest.mark.parametrize("left", [0.45, 0.75, 0.97])
def test_of_a_pdf_that_was_cut_off_people_see_the_pages_that_are_there(left: float) -> None:
    data, shown = _pdf_of_scans(4)
    cut = data[: int(len(data) * left)]
    seen = [evidence.glimpse(cut, number) for number in range(1, 6)]
    there = [picture is not None for picture in seen]
    assert there[: max(1, int(4 * left))] == [True] * max(1, int(4 * left))
    assert not there[4]
    first = cv2.imdecode(np.frombuffer(seen[0].jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert np.abs(first.astype(int) - shown[0]).mean() < 3
    assert evidence.glimpse(b"%PDF-1.4 stream\nnothing of a picture") is None


def test_of_a_pdf_of_which_not_every_page_is_a_jpeg_no_other_sheet_is_shown() -> None:
    data, _ = _pdf_of_scans(4)
    assert evidence.glimpse(data, 3, pages=4) is not None
    assert evidence.glimpse(data, 3, pages=5) is None


def test_of_a_tiff_broken_in_its_middle_people_see_what_is_left() -> None:
    out = io.BytesIO()
    Image.fromarray(filled()).save(out, "TIFF")
    data = out.getvalue()
    assert evidence.glimpse(data[: len(data) // 2]) is not None
    assert evidence.glimpse(data[: len(data) // 2], 2) is None
