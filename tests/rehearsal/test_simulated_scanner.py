"""The simulated scanner: what its presets promise, and that no model makes it fail."""

from __future__ import annotations

from dataclasses import fields, replace

import cv2
import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from ballot_scan.rehearsal.chance import Grey, generator
from ballot_scan.rehearsal.scanner import HARD, ORDINARY, Scan, draw_scan, encode, encode_jpeg, scan_page
from ballot_scan.rehearsal.sheets import compose_sheet, plain_blank, plain_layout

LAYOUT = plain_layout(6, paper="A5")
DPI = 200
BLANK = plain_blank(LAYOUT, 0, DPI)
SHEET = compose_sheet(BLANK, LAYOUT.pages[0], "T" + "0" * 27, DPI)


def scanned(scan: Scan, sheet: Grey = SHEET) -> Grey:
    return scan_page(sheet, scan, generator(1, "x", 1, "scan"), dpi=DPI)


def corners(picture: Grey) -> dict[int, tuple[float, float]]:
    """Middle of each marker found, by id."""
    detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50))
    quads, ids, _ = detector.detectMarkers(picture)
    found = {} if ids is None else dict(zip(np.ravel(ids).tolist(), quads, strict=True))
    return {i: tuple(np.reshape(q, (4, 2)).mean(axis=0).tolist()) for i, q in found.items()}


def test_ordinary_scans_stay_within_what_ordinary_means() -> None:
    rng = generator(1, "many", 0, "scan")
    for _ in range(2000):
        scan = draw_scan(ORDINARY, rng)
        assert abs(scan.rotation_deg) <= 1.5
        assert 0.99 <= scan.scale_x <= 1.01
        assert 0.99 <= scan.scale_y <= 1.01
        assert 0 <= scan.noise <= 5
        assert scan.jpeg_quality >= 65
        assert scan.threshold == 0
        assert scan.lean_deg == (0.0, 0.0)
        assert set(scan.defects) <= {"show-through", "upside-down"}


def test_hard_scans_bring_every_defect() -> None:
    rng = generator(1, "many", 0, "scan")
    seen = {defect for _ in range(1500) for defect in draw_scan(HARD, rng).defects}
    assert {"streak", "fold", "dark-bed", "rubbing", "bilevel", "lean", "uneven-feed", "torn-corner", "hair"} <= seen
    assert {"punched", "inked-corner", "show-through", "weak-toner", "banded", "dirt", "crumpled"} <= seen


def test_a_rate_changes_without_changing_the_rest_of_the_scan() -> None:
    one = draw_scan(ORDINARY, generator(4, "b", 1, "scan"))
    other = draw_scan(replace(ORDINARY, streak_rate=1.0), generator(4, "b", 1, "scan"))
    assert other.streaks > 0
    assert replace(other, streaks=0) == one


def test_a_perfect_scan_is_the_sheet_itself() -> None:
    picture = scanned(Scan(blur_px=0.0))
    assert picture.shape == SHEET.shape
    assert np.array_equal(picture[2:-2, 2:-2], SHEET[2:-2, 2:-2])


@pytest.mark.parametrize("feed_mm", [0.0, 1e-9])
def test_both_ways_of_resampling_put_the_sheet_in_the_same_place(feed_mm: float) -> None:
    scan = Scan(rotation_deg=1.3, scale_x=1.01, scale_y=0.99, shift_mm=(1.0, -1.2), margins_mm=(2, 1, 0, 3))
    plain, fed = corners(scanned(scan)), corners(scanned(replace(scan, feed_mm=feed_mm)))
    assert plain.keys() == fed.keys() == {0, 1, 2, 3}
    for i in plain:
        assert np.hypot(*np.subtract(plain[i], fed[i])) < 0.3


def test_rotation_is_clockwise_and_scale_is_as_said() -> None:
    straight = corners(scanned(Scan()))
    turned = corners(scanned(Scan(rotation_deg=1.5)))
    across = np.subtract(turned[1], turned[0])
    assert np.rad2deg(np.arctan2(across[1], across[0])) == pytest.approx(1.5, abs=0.05)
    larger = corners(scanned(Scan(scale_x=1.01, scale_y=0.99)))
    assert (larger[1][0] - larger[0][0]) / (straight[1][0] - straight[0][0]) == pytest.approx(1.01, abs=0.001)
    assert (larger[3][1] - larger[0][1]) / (straight[3][1] - straight[0][1]) == pytest.approx(0.99, abs=0.001)


def test_upside_down_turns_the_sheet_by_half() -> None:
    assert np.array_equal(scanned(Scan(blur_px=0, upside_down=True))[2:-2, 2:-2], SHEET[::-1, ::-1][2:-2, 2:-2])


def test_a_sheet_that_turns_while_it_is_fed_leans_more_at_its_top() -> None:
    found = corners(scanned(Scan(lean_deg=(-3.0, 1.0), margins_mm=(8, 8, 8, 8))))
    top, bottom = np.subtract(found[1], found[0]), np.subtract(found[2], found[3])
    assert np.rad2deg(np.arctan2(top[1], top[0])) < -1.5
    assert np.rad2deg(np.arctan2(bottom[1], bottom[0])) > -0.2


def test_noise_bands_and_white_are_as_asked_for() -> None:
    white = np.full((600, 600), 255, dtype=np.uint8)
    picture = scanned(Scan(white=225.0, noise=4.0), white)[100:-100, 100:-100]
    assert picture.std() == pytest.approx(4.0, abs=0.4)
    assert np.median(picture) == pytest.approx(225, abs=1)
    assert np.median(scanned(Scan(white=280.0, noise=3.0), white)) == 255
    banded = scanned(Scan(white=225.0, bands=10.0), white)[100:-100, 100:-100]
    assert banded.mean(axis=0).std() > 4
    assert banded.std(axis=0).max() < 1


def test_the_codes_of_a_composed_sheet_can_be_read_in_both_places() -> None:
    payload = "T" + "0" * 27
    for x, y, w, h in LAYOUT.pages[0].code_rects_mm:
        x0, y0, x1, y1 = (round(v * DPI / 25.4) for v in (x - 2, y - 2, x + w + 2, y + h + 2))
        found = zxingcpp.read_barcode(np.ascontiguousarray(SHEET[y0:y1, x0:x1]), zxingcpp.BarcodeFormat.DataMatrix)
        assert found is not None
        assert found.text == payload
    assert BLANK is not SHEET
    assert (SHEET <= BLANK).all()


def test_jpeg_and_one_bit_files_give_the_picture_back() -> None:
    picture = scanned(Scan())
    again = cv2.imdecode(np.frombuffer(encode_jpeg(picture, 90), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert np.abs(again.astype(int) - picture).mean() < 3
    scan = Scan(threshold=180.0)
    data, suffix = encode(scanned(scan), scan, DPI)
    assert suffix == ".tif"
    assert len(data) < 60_000


spans = {
    "rotation_deg": (-10, 10), "scale_x": (0.95, 1.05), "scale_y": (0.95, 1.05), "keystone": (-0.02, 0.02),
    "feed_mm": (0, 3), "bed": (0, 255), "blur_px": (0, 3), "sharpen": (0, 3), "noise": (0, 20), "cloud": (0, 30),
    "white": (180, 300), "black": (0, 90), "gamma": (0.5, 2), "bands": (0, 30),
    "shade": (0, 0.4), "show_through": (0, 0.5),
    "torn_mm": (0, 60), "inked_mm": (0, 20), "threshold": (0, 255),
}  # fmt: skip
counts = {name: st.integers(0, 3) for name in ("specks", "streaks", "folds", "rubbings", "hairs", "dirt")}


def scans() -> st.SearchStrategy[Scan]:
    margin = st.floats(0, 20)
    return st.builds(
        Scan,
        **{name: st.just(0.0) | st.floats(*span) for name, span in spans.items() if span[0] <= 0},
        **{name: st.floats(*span) for name, span in spans.items() if span[0] > 0},
        **counts,
        upside_down=st.booleans(), punched=st.booleans(), shift_mm=st.tuples(st.floats(-9, 9), st.floats(-9, 9)),
        lean_deg=st.just((0.0, 0.0)) | st.tuples(st.floats(-4, 4), st.floats(-4, 4)),
        margins_mm=st.tuples(margin, margin, margin, margin),
    )  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(scan=scans(), size=st.tuples(st.integers(60, 700), st.integers(60, 700)), dpi=st.sampled_from([75, 200]))
def test_any_scan_of_any_sheet_gives_a_grey_picture_of_about_its_size(
    scan: Scan, size: tuple[int, int], dpi: int
) -> None:
    sheet = np.full(size, 255, dtype=np.uint8)
    sheet[20:40, 20:40] = 0
    before = sheet.copy()
    picture = scan_page(sheet, scan, generator(1, "x", 1, "scan"), dpi=dpi, behind=sheet)
    assert picture.dtype == np.uint8
    assert picture.ndim == 2
    room = 40 * dpi / 25.4 + 0.3 * max(size)
    assert all(0.94 * s - 1 <= p <= 1.06 * s + room for s, p in zip(size, picture.shape, strict=True))
    assert np.array_equal(sheet, before)


def test_every_number_of_a_scan_is_drawn_from_its_model() -> None:
    drawn = [draw_scan(HARD, generator(i, "x", 1, "scan")) for i in range(400)]
    for field in fields(Scan):
        assert len({getattr(scan, field.name) for scan in drawn}) > 1, field.name
