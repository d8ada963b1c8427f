"""The simulated seal and the colour scan: what they draw, and that grey rehearsals stay as they were."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ballot_scan.rehearsal import colour, scanner, voters
from ballot_scan.rehearsal.chance import generator
from ballot_scan.rehearsal.sheets import Sheet, plain_blank, plain_layout
from ballot_scan.rehearsal.simulate import simulate_page
from ballot_scan.rehearsal.stamp import CAREFUL, CARELESS, Stamp, cover, draw_stamp

DPI = 100
PLACE = (28.0, 22.0, 30.0, 30.0)


def test_a_seal_lies_where_it_was_put_and_its_ink_is_red() -> None:
    stamp = Stamp(60.0, 50.0, 36.0)
    ink = cover(stamp, (600, 500), DPI, generator(1, "x", 1, "seal"))
    y, x = np.nonzero(ink > 60)
    assert abs((x.min() + x.max()) / 2 - 60 * DPI / 25.4) < 3
    assert abs((y.max() - y.min()) * 25.4 / DPI - 36) < 2
    white = np.full((600, 500), 255, np.uint8)
    sheet = colour.sheet_in_colour(white, white, "blue", stamp, DPI, generator(1, "x", 1, "seal"))
    blue, green, red = sheet[ink > 200].mean(axis=0)
    assert red > 1.8 * max(blue, green)
    assert (sheet[ink == 0] == 255).all()


def test_a_seal_over_the_papers_edge_is_cut_off_there() -> None:
    for x, y in ((-100.0, 0.0), (0.0, 0.0), (127.0, 152.0), (1e4, 1e4)):
        assert cover(Stamp(x, y), (600, 500), DPI, generator(1, "x", 1, "seal")).shape == (600, 500)


def test_seals_keep_to_their_model() -> None:
    drawn = [draw_stamp(CARELESS, PLACE, generator(seed, "x", 1, "seal")) for seed in range(300)]
    there = [s for s in drawn if s is not None]
    assert 10 <= len(drawn) - len(there) <= 60
    assert all(abs(s.x_mm - 43) <= 15 and abs(s.y_mm - 37) <= 15 for s in there)
    assert np.ptp([s.ink for s in there]) > 0.6


def test_the_channels_of_a_scan_show_one_sheet() -> None:
    sheet = np.repeat(plain_blank(plain_layout(), 0, DPI)[:, :, None], 3, axis=2)
    scan = scanner.draw_scan(replace(scanner.HARD, dpi=DPI), generator(3, "x", 1, "scan"))
    light = colour.Light((0.9, 1.0, 1.0), (0.3, -0.3), 2.0)
    picture = colour.scan_in_colour(sheet, scan, light, generator(3, "x", 1, "picture"), dpi=DPI)
    channels = [cv2.GaussianBlur(c, (0, 0), 1.0).astype(float).ravel() for c in cv2.split(picture)]
    assert np.corrcoef(channels).min() > 0.97
    assert not np.array_equal(picture[:, :, 0], picture[:, :, 2])


def test_a_page_is_the_same_again_and_says_whether_it_was_stamped() -> None:
    layout = plain_layout()
    sheets = [Sheet(layout, 0, plain_blank(layout, 0, DPI), f"0123-{n}") for n in range(6)]
    model = replace(CAREFUL, missing_rate=0.5)
    pages = [simulate_page(s, voters.ORDINARY, scanner.ORDINARY, 1, model) for s in sheets]
    again = [simulate_page(s, voters.ORDINARY, scanner.ORDINARY, 1, model) for s in sheets]
    assert [p.data for p in pages] == [p.data for p in again]
    assert {p.truth.sealed for p in pages} == {True, False}
    for page in pages:
        assert all(row.scan.endswith("no-seal") is not page.truth.sealed for row in page.rows)
        assert cv2.imdecode(np.frombuffer(page.data, np.uint8), cv2.IMREAD_UNCHANGED).ndim == 3


def test_without_a_place_for_it_no_seal_is_stamped_and_none_is_missing() -> None:
    layout = plain_layout()
    layout = replace(layout, pages=(replace(layout.pages[0], seal_rect_mm=None),))
    sheet = Sheet(layout, 0, plain_blank(layout, 0, DPI), "0123-1")
    page = simulate_page(sheet, voters.ORDINARY, scanner.ORDINARY, 1, replace(CAREFUL, missing_rate=0.0))
    assert not page.truth.sealed
    assert not any("no-seal" in row.scan for row in page.rows)
