"""A white sheet must scan white; freshly printed ballots are checked by the reader that will read them."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import reading
from numpy.typing import NDArray

from ballot_scan.rehearsal.scanner import Scan, scan_page
from ballot_scan.scan.calibration_blank import examine
from ballot_scan.scan.calibration_file import FileFacts
from ballot_scan.scan.calibration_proof import Proof, check
from ballot_scan.scan.profile import DEFAULT

Picture = NDArray[np.uint8]
A4 = (2339, 1654)
DPI = (200.0, 200.0)
K = 200 / 25.4


def white(**faults: object) -> Picture:
    sheet = np.full(A4, 255, np.uint8)
    return scan_page(sheet, Scan(**{"white": 240.0, **faults}), np.random.default_rng(3), dpi=200)  # type: ignore[arg-type]


def keys(page: Picture) -> list[str]:
    return [f.key for f in examine(page, DPI).findings()]


@pytest.mark.parametrize(
    "faults",
    [
        {},
        {"noise": 5.0},
        {"shade": 0.08},
        {"bed": 5.0, "margins_mm": (4.0, 4.0, 4.0, 4.0), "rotation_deg": 2.0},
        {"bed": 80.0, "margins_mm": (0.0, 12.0, 0.0, 12.0), "noise": 2.0},
        {"white": 290.0},
    ],
)
def test_a_white_sheet_is_white_whatever_lies_around_it(faults: dict[str, object]) -> None:
    assert keys(white(**faults)) == ["blank-white"]


def test_a_streak_has_its_place_from_the_left() -> None:
    page = white(noise=2.0)
    page[:, 652:655] -= 40
    (streak,) = examine(page, DPI).findings()
    assert (streak.key, dict(streak.values)) == ("blank-streak", {"mm": 83})


def test_specks_and_dark_cells_have_their_cell() -> None:
    page = white(noise=2.0)
    page[round(125 * K) : round(126 * K), round(53 * K) : round(54 * K)] = 120
    page[round(200 * K) : round(210 * K), round(150 * K) : round(160 * K)] -= 14
    seen = {f.key: dict(f.values) for f in examine(page, DPI).findings()}
    assert (seen["blank-speck"]["column"], seen["blank-speck"]["row"]) == (6, 13)
    assert (seen["blank-cell"]["left"], seen["blank-cell"]["top"]) == (150, 200)


@pytest.mark.parametrize(("across_mm", "down_mm"), [(5.0, 105.0), (204.0, 105.0), (105.0, 4.5), (105.0, 292.0)])
def test_dirt_near_the_sheets_edge_is_found(across_mm: float, down_mm: float) -> None:
    page = white(noise=2.0)
    page[round(down_mm * K) : round((down_mm + 1) * K), round(across_mm * K) : round((across_mm + 1) * K)] = 90
    assert keys(page) == ["blank-speck"]


def test_half_a_sheet_leaves_the_rest_of_the_glass_untold() -> None:
    page = white(noise=2.0)
    page[page.shape[0] // 2 :] = 20
    (part,) = examine(page, DPI).findings()
    assert part.key == "blank-part"
    assert 45 <= dict(part.values)["percent"] <= 50  # type: ignore[operator]


def test_dust_smaller_than_a_pens_rest_is_no_speck() -> None:
    page = white(noise=2.0)
    page[1000:1002, 700:702] = 100
    assert keys(page) == ["blank-white"]


@pytest.mark.parametrize("page", [reading.sheet(), np.zeros(A4, np.uint8)])
def test_a_printed_or_black_page_is_no_white_sheet(page: Picture) -> None:
    assert keys(page) == ["blank-printed"]


@pytest.mark.parametrize("size", [(1, 1), (3, 3), (2339, 2), (60, 60)])
def test_a_picture_too_small_for_a_sheet_is_none(size: tuple[int, int]) -> None:
    assert keys(np.full(size, 250, np.uint8)) == ["blank-printed"]


def test_lighting_that_falls_off_and_grain_are_told_in_a_line_each() -> None:
    falling = (white(noise=2.0) * np.linspace(1.0, 0.75, A4[0])[:, None]).astype(np.uint8)
    assert "shade-bad" in keys(falling)
    assert len(keys(falling)) <= 14
    rng = np.random.default_rng(5)
    grain = rng.normal(0, 1, (A4[0] // 4, A4[1] // 4)).repeat(4, 0).repeat(4, 1) * 22
    page = white()
    page[: grain.shape[0], : grain.shape[1]] = np.clip(page[: grain.shape[0], : grain.shape[1]] + grain, 0, 255)
    assert keys(page) == ["blank-grain"]


def test_grey_paper_is_told() -> None:
    assert keys(white(white=195.0)) == ["blank-grey"]


# ---------------------------------------------------------------- proof


def proof(page: Picture, **how: object) -> Proof:
    return check(page, FileFacts(DPI), reading.book(blanks=True), DEFAULT, **how)  # type: ignore[arg-type]


def told(page: Picture, **how: object) -> dict[str, str]:
    return {f.key: f.level for f in proof(page, **how).findings}


def through(page: Picture, **faults: object) -> Picture:
    return scan_page(page, Scan(**faults), np.random.default_rng(5), dpi=200)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "faults",
    [{}, {"noise": 4.0, "white": 240.0, "black": 30.0}, {"rotation_deg": 1.4}, {"blur_px": 1.0}, {"upside_down": True}],
)
def test_a_fresh_ballot_is_good_on_an_ordinary_scanner(faults: dict[str, object]) -> None:
    found = proof(through(reading.sheet(), **faults))
    assert [f.key for f in found.findings] == ["proof-good"]
    assert found.code == "01234-56789"


def test_a_ballot_printed_too_small_is_told_unless_the_scanner_is_known_to_make_it_so() -> None:
    page = through(reading.sheet(), scale_x=0.97, scale_y=0.97, margins_mm=(3.0, 4.0, 3.0, 4.0))
    assert told(page)["proof-scale"] == "not-usable"
    assert told(page, scanner_scale=(0.97, 0.97)) == {"proof-good": "good"}


def test_letter_paper_is_named() -> None:
    small = through(reading.sheet(), scale_x=0.94, scale_y=0.94)
    letter = np.full((2200, 1700), 255, np.uint8)
    letter[: small.shape[0], 60 : 60 + small.shape[1]] = small[:2200]
    (paper,) = [f for f in proof(letter).findings if f.key == "proof-paper"]
    assert dict(paper.values) == {"found": "Letter", "wanted": "A4"}


def test_pale_toner_scratches_and_streaks() -> None:
    pale = (255 - (255 - reading.sheet().astype(int)) * 0.4).astype(np.uint8)
    assert told(pale) == {"proof-toner": "not-usable"}
    x, _, w, _ = reading.layout().pages[0].rows[0].boxes[1].rect_mm
    scratched = reading.sheet()
    at = round((x + w / 2) * K)
    scratched[:, at : at + 3] = 255
    assert told(scratched) == {"proof-broken": "not-usable", "proof-scratch": "not-usable"}
    streaked = reading.sheet()
    streaked[:, 1100:1103] = np.minimum(streaked[:, 1100:1103], 150)
    assert "proof-streaks" in told(streaked)


@pytest.mark.parametrize("faults", [{}, {"noise": 5.0, "rotation_deg": -1.2}, {"blur_px": 1.0}])
def test_a_narrow_scratch_through_the_names_is_told_with_its_place(faults: dict[str, object]) -> None:
    along, level = reading.sheet(), reading.sheet()
    along[:, round(45 * K) : round(45 * K) + 3] = 255
    level[round(150 * K) : round(150 * K) + 3] = 255
    for page, key, place in ((along, "proof-scratch", "45"), (level, "proof-scratch-level", "150")):
        found = {f.key: dict(f.values) for f in proof(through(page, **faults)).findings}
        assert found[key] == {"places": place}


def test_scratched_and_lost_markers_are_told() -> None:
    marks = reading.layout().pages[0].fiducials
    x, y, w, h = (round(v * K) for v in marks[0].rect_mm)
    scratched, lost = reading.sheet(), reading.sheet()
    scratched[y : y + 3 * h // 4, x + w // 2 : x + w // 2 + 2] = 255
    lost[y : y + h, x : x + w] = 255
    for page in (scratched, lost):
        (finding,) = proof(page).findings
        assert (finding.key, dict(finding.values)) == ("proof-markers", {"damaged": 1, "markers": 4})


def test_grey_and_tinted_paper_are_told() -> None:
    page = (reading.sheet().astype(int) * 0.88).astype(np.uint8)
    assert told(page, scanner_white=250.0) == {"proof-grey": "usable"}
    assert told(reading.sheet(), scanner_white=250.0) == {"proof-good": "good"}
    colour = np.dstack([page] * 3)
    assert told(page, colour=colour) == {"proof-good": "good"}
    dark = (reading.sheet().astype(int) * 0.5).astype(np.uint8)
    assert told(dark) == {"proof-dark": "usable"}
    yellow = (colour * np.array([0.8, 1.0, 1.0])).astype(np.uint8)
    assert told(page, colour=yellow) == {"proof-tint": "usable"}


@pytest.mark.parametrize("row", [0, 1, 11])
def test_a_name_that_was_not_printed_is_told_with_its_place(row: int) -> None:
    page = reading.sheet()
    x, y, w, h = reading.layout().pages[0].rows[row].name_rect_mm
    page[round((y - 1) * K) : round((y + h + 1) * K), round((x - 1) * K) : round((x + w + 1) * K)] = 255
    (finding,) = proof(through(page, noise=2.0, rotation_deg=0.6)).findings
    assert finding.key == "proof-missing"
    assert dict(finding.values)["left"] == pytest.approx(x, abs=8)  # type: ignore[arg-type]
    assert dict(finding.values)["top"] == pytest.approx(y, abs=8)  # type: ignore[arg-type]


def test_a_lost_code_a_mark_and_another_page_are_told() -> None:
    one = reading.sheet()
    x, y, w, h = (round(v * K) for v in reading.layout().pages[0].code_rects_mm[0])
    one[y - 2 : y + h + 2, x - 2 : x + w + 2] = 255
    assert told(one) == {"proof-codes": "not-usable"}
    marked = reading.sheet()
    reading.cross(marked, 2, 1)
    (finding,) = proof(marked).findings
    assert (finding.key, dict(finding.values)) == ("proof-marked", {"rows": "3"})
    assert told(np.full(A4, 250, np.uint8)) == {"proof-blank": "not-usable"}
    assert told(reading.sheet("another")) == {"proof-unread": "not-usable"}
