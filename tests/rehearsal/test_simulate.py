"""A rehearsal as a whole: each page depends on its seed, ballot and page alone, and its truth is complete."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np

from ballot_scan.rehearsal import scanner, voters
from ballot_scan.rehearsal.sheets import Sheet, compose_sheet, plain_blank, plain_layout
from ballot_scan.rehearsal.simulate import SimulatedPage, simulate, simulate_page
from ballot_scan.rehearsal.truth import COLUMNS, read_truth, write_truth

DPI = 100
LAYOUT = plain_layout(4, pages=2, paper="A5")


def sheets(count: int = 4) -> list[Sheet]:
    blanks = [plain_blank(LAYOUT, p, DPI) for p in range(2)]
    return [
        Sheet(LAYOUT, p, compose_sheet(blanks[p], LAYOUT.pages[p], f"T{i:025d}{p:02d}", DPI), f"THU-AAAAA-{i:05d}")
        for i in range(count)
        for p in range(2)
    ]


def run(order: list[Sheet], seed: int = 1) -> dict[str, SimulatedPage]:
    return {page.source: page for page in simulate(order, voters.HARD, scanner.HARD, seed)}


def test_the_same_seed_gives_the_same_bytes_in_any_order_and_for_any_part() -> None:
    whole, back, part = run(sheets()), run(sheets()[::-1]), run(sheets()[3:5])
    assert len(whole) == 8
    for source, page in whole.items():
        assert back[source].data == page.data
        assert back[source].rows == page.rows
        assert back[source].truth == page.truth
    for source, page in part.items():
        assert whole[source].data == page.data


def test_another_seed_ballot_or_page_gives_another_picture() -> None:
    grey = replace(scanner.HARD, bilevel_rate=0.0)
    one, two = ({p.source: p for p in simulate(sheets(), voters.HARD, grey, seed)} for seed in (1, 2))
    assert all(one[source].data != page.data for source, page in two.items())
    assert len({page.data for page in one.values()}) == len(one)


def test_the_sheet_given_is_not_changed() -> None:
    sheet = sheets(1)[0]
    before = sheet.image.copy()
    simulate_page(sheet, voters.HARD, scanner.HARD, 3)
    assert np.array_equal(sheet.image, before)


def test_every_row_of_every_page_has_its_line_of_truth() -> None:
    for sheet, page in zip(sheets(), simulate(sheets(), voters.ORDINARY, scanner.ORDINARY, 1), strict=True):
        layout = sheet.page_layout
        assert [r.row for r in page.rows] == [r.row for r in layout.rows]
        assert [r.candidate for r in page.rows] == [r.candidate for r in layout.rows]
        for row in page.rows:
            assert row.reading in {*LAYOUT.levels, "blank", "multiple"}
            assert (row.ballot, row.page, row.source, row.source_page) == (sheet.ballot, layout.page, page.source, 1)
            assert row.doubtful or row.reading in LAYOUT.levels
            assert row.scan.split(";")[0] == "ordinary"


def test_truth_is_written_and_read_back() -> None:
    rows = [row for page in simulate(sheets(), voters.HARD, scanner.HARD, 1) for row in page.rows]
    out = io.StringIO()
    assert write_truth(out, rows) == len(rows)
    lines = out.getvalue().split("\n")
    assert lines[0] == "source,source_page,poll,form,ballot,page,row,candidate,reading,doubtful,kind,scan"
    assert lines[0] == ",".join(COLUMNS)
    assert read_truth(io.StringIO(out.getvalue())) == rows


def test_a_one_bit_scanner_writes_tiff() -> None:
    model = replace(scanner.HARD, bilevel_rate=1.0)
    page = simulate_page(sheets(1)[0], voters.ORDINARY, model, 1)
    assert page.source.endswith(".tif")
    assert set(np.unique(page.image).tolist()) <= {0, 255}
    assert page.data[:2] in (b"II", b"MM")


def test_marks_of_the_other_side_shine_through() -> None:
    quiet = replace(
        scanner.ORDINARY, noise=(0.0, 0.0), specks=(0.0, 0.0), band_rate=0.0, shade_rate=0.0, toner_rate=0.0,
        sharpen_rate=0.0, white=(250.0, 250.0), show_through=(0.2, 0.2),
    )  # fmt: skip
    sheet = sheets(1)[0]
    plain, through = (
        simulate_page(sheet, voters.ORDINARY, replace(quiet, show_through_rate=rate), 1).image.astype(int)
        for rate in (0.0, 1.0)
    )
    difference = plain - through
    assert difference.max() > 15
    assert (difference > 8).sum() > 100
