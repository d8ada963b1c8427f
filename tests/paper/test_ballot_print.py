"""The printed file: what a reader and a printer find in it."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp
from ballot_samples import KEY, Compose, text_of

from ballot_scan.errors import UsageError
from ballot_scan.paper import ballots, code, fonts
from ballot_scan.paper.raster import render_pages


def printed(composed: ballots.ComposedForm, ids: list[str], rehearsal: bool = False) -> bytes:
    stream = io.BytesIO()
    ballots.write_pdf(stream, composed, ids, KEY, rehearsal)
    return stream.getvalue()


def ink_box(picture: np.ndarray, rect_mm: tuple[float, ...], dpi: int, margin_mm: float) -> tuple[float, ...]:
    """Edges (left, top, right, bottom) in mm of the ink in a rect and a margin, to a part of a pixel by its grey."""
    k = dpi / 25.4
    x, y, w, h = rect_mm
    x0, y0 = round((x - margin_mm) * k), round((y - margin_mm) * k)
    x1, y1 = round((x + w + margin_mm) * k), round((y + h + margin_mm) * k)
    dark = (255 - picture[y0:y1, x0:x1].astype(float)) / 255
    dark[dark < 0.15] = 0  # hairlines of the table

    def edges(profile: np.ndarray) -> tuple[float, float]:
        inked = np.flatnonzero(profile > 0.01)
        first, last = inked[0], inked[-1]
        return float(first + 1 - min(1.0, profile[first])), float(last + min(1.0, profile[last]))

    left, right = edges(dark.max(axis=0))
    top, bottom = edges(dark.max(axis=1))
    return ((x0 + left) / k, (y0 + top) / k, (x0 + right) / k, (y0 + bottom) / k)


@pytest.mark.parametrize(("paper", "count"), [("A4", 12), ("A5", 5)])
def test_print_lies_where_the_layout_says(compose: Compose, paper: str, count: int) -> None:
    dpi = 600
    composed = compose(count, paper)
    (picture,) = render_pages(ballots.blank_form_pdf(composed), dpi)
    page = composed.layout.pages[0]
    for row in page.rows:
        for box in row.boxes:
            x, y, w, h = box.rect_mm
            assert ink_box(picture, box.rect_mm, dpi, 1.0) == pytest.approx((x, y, x + w, y + h), abs=0.05)
        x, y, w, h = row.name_rect_mm
        assert ink_box(picture, row.name_rect_mm, dpi, 0.15) == pytest.approx((x, y, x + w, y + h), abs=0.1)
    for fiducial in page.fiducials:
        x, y, w, h = fiducial.rect_mm
        assert ink_box(picture, fiducial.rect_mm, dpi, 2.4) == pytest.approx((x, y, x + w, y + h), abs=0.05)


def test_frames_are_thin_and_empty(compose: Compose) -> None:
    dpi = 600
    composed = compose(2)
    (picture,) = render_pages(ballots.blank_form_pdf(composed), dpi)
    k = dpi / 25.4
    for row in composed.layout.pages[0].rows:
        for x, y, w, h in (box.rect_mm for box in row.boxes):
            inside = picture[round((y + 0.35) * k) : round((y + h - 0.35) * k),
                             round((x + 0.35) * k) : round((x + w - 0.35) * k)]  # fmt: skip
            assert inside.min() == 255


@pytest.mark.parametrize(("paper", "count", "rehearsal"), [("A4", 30, False), ("A5", 5, True)])
def test_markers_and_codes_are_read_at_200_dpi(compose: Compose, paper: str, count: int, rehearsal: bool) -> None:
    dpi = 200
    composed = compose(count, paper)
    ids = code.mint(2)
    pictures = render_pages(printed(composed, ids, rehearsal), dpi)
    layout = composed.layout
    assert len(pictures) == 2 * len(layout.pages)
    detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50))
    order = [(ballot, page) for ballot in ids for page in layout.pages]  # pages of ballot 1, then of ballot 2
    for picture, (ballot, page) in zip(pictures, order, strict=True):
        corners, found, _ = detector.detectMarkers(picture)
        assert sorted(int(i) for i in np.ravel(found)) == [0, 1, 2, 3]
        for at, id in zip(corners, np.ravel(found), strict=True):
            x, y, w, h = page.fiducials[int(id)].rect_mm
            expected = np.array([(x, y), (x + w, y), (x + w, y + h), (x, y + h)])
            assert np.abs(at.reshape(4, 2) * 25.4 / dpi - expected).max() < 0.2
        payload = code.payload(KEY, layout.event, layout.poll, layout.form, page.page, ballot, rehearsal=rehearsal)
        for x, y, w, h in page.code_rects_mm:
            k = dpi / 25.4
            crop = picture[int((y - 1.5) * k) : int((y + h + 1.5) * k), int((x - 1.5) * k) : int((x + w + 1.5) * k)]
            read = zxingcpp.read_barcode(np.ascontiguousarray(crop), zxingcpp.BarcodeFormat.DataMatrix)
            assert read is not None
            assert read.text == payload


def test_what_voters_read(compose: Compose) -> None:
    composed = compose([{"id": "a", "name": "R&D <c>", "position": "a < b & <b>c</b>"}], "A5", comment_area=True)
    words = text_of(printed(composed, ["7K2QM9XFD0"]))
    for expected in ("ĐẢNG CỘNG SẢN VIỆT NAM", "PHIẾU TÍN NHIỆM", "BAN TỔ CHỨC", "R&D <c>", "a < b & <b>c</b>",
                     "7K2QM-9XFD0", "100 mm", "Trang 1/1", "Ý kiến khác", "16 tháng 10 năm 2018"):  # fmt: skip
        assert expected in words
    assert "THỬ" not in words
    assert "THU-" not in words


def test_state_style(compose: Compose) -> None:
    words = text_of(ballots.blank_form_pdf(compose(2, style="state")))
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in words
    assert "Độc lập - Tự do - Hạnh phúc" in words
    assert "ĐẢNG CỘNG SẢN" not in words


def test_english_ballots(compose: Compose) -> None:
    words = text_of(ballots.blank_form_pdf(compose(2, language="en")))
    assert "CONFIDENCE BALLOT" in words
    assert "High" in words


def test_rehearsal_ballots_say_so_on_every_page(compose: Compose) -> None:
    composed = compose(30)
    words = text_of(printed(composed, ["7K2QM9XFD0"], rehearsal=True))
    assert len(composed.pages) > 1
    assert words.count("THỬ") == len(composed.pages)
    assert words.count("THU-7K2QM-9XFD0") == len(composed.pages)


def test_headings_stand_on_every_page(compose: Compose) -> None:
    composed = compose(30)
    words = text_of(ballots.blank_form_pdf(composed))
    for heading in ("Họ và tên", "Chức vụ, đơn vị công tác", "100 mm", "TT"):
        assert words.count(heading) >= len(composed.pages)


def test_many_ballots_are_small_and_ask_for_no_scaling(compose: Compose) -> None:
    composed = compose(30)
    pdf = printed(composed, code.mint(60))
    assert len(pdf) / (60 * len(composed.pages)) <= 4096
    assert b"/PrintScaling /None" in pdf
    assert b"(vi-VN)" in pdf
    assert printed(composed, ["7K2QM9XFD0"]) == printed(composed, ["7K2QM9XFD0"])


def test_all_fonts_are_embedded(compose: Compose, tmp_path: Path) -> None:
    path = tmp_path / "phiếu" / "ballots.pdf"
    ballots.write_pdf(path, compose(3), code.mint(2), KEY, False)
    try:
        listed = subprocess.run(["pdffonts", path], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
    except FileNotFoundError:
        pytest.skip("poppler is not installed")
    assert listed
    assert all("DejaVuSerif" in line and line.split()[-5:-2] == ["yes", "yes", "yes"] for line in listed)


def test_the_blank_form_is_the_ballot_without_its_codes(compose: Compose) -> None:
    composed = compose(3)
    (blank,) = render_pages(ballots.blank_form_pdf(composed), 100)
    (full,) = render_pages(printed(composed, ["7K2QM9XFD0"]), 100)
    k = 100 / 25.4
    differs = np.argwhere(np.abs(blank.astype(int) - full) > 40) / k
    codes = composed.layout.pages[0].code_rects_mm
    text_x, text_y = composed.code_text_mm
    allowed = [*codes, (text_x - 1, text_y - 4, 40.0, 6.0)]
    for y, x in differs:
        assert any(a - 0.6 <= x <= a + w + 0.6 and b - 0.6 <= y <= b + h + 0.6 for a, b, w, h in allowed)
    for x, y, w, h in codes:
        assert blank[int(y * k) : int((y + h) * k), int(x * k) : int((x + w) * k)].min() == 255


def test_pieces_are_files_of_five_thousand() -> None:
    ids = [str(i) for i in range(12000)]
    assert [len(piece) for piece in ballots.pieces(ids)] == [5000, 5000, 2000]


def test_a_path_that_cannot_be_written_is_one_line(compose: Compose, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError) as raised:
        ballots.write_pdf(tmp_path / "file" / "ballots.pdf", compose(1), ["7K2QM9XFD0"], KEY, False)
    assert "\n" not in str(raised.value)


def test_the_rule_is_100_mm_long(compose: Compose) -> None:
    dpi = 600
    for paper in ("A4", "A5"):
        (picture,) = render_pages(ballots.blank_form_pdf(compose(1, paper)), dpi)
        runs = (picture[picture.shape[0] * 4 // 5 :] < 128).astype(np.uint8)
        longest = max(int(stats[2]) for stats in cv2.connectedComponentsWithStats(runs)[2][1:])
        assert longest * 25.4 / dpi == pytest.approx(100.2, abs=0.1)  # with half a line's width at each end


def test_preferred_family_is_used() -> None:
    assert fonts.choose("DejaVu Serif").name == "DejaVu Serif"
