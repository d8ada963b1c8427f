"""Voters mean one thing, and their ink says it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ballot_scan.paper.layout import Rect
from ballot_scan.rehearsal import doubts, ruled, voters
from ballot_scan.rehearsal.chance import Grey, generator
from ballot_scan.rehearsal.pens import middles_mm, reach_mm
from ballot_scan.rehearsal.sheets import Sheet, plain_blank, plain_layout
from ballot_scan.rehearsal.simulate import mark_sheet, vote
from ballot_scan.rehearsal.voters import HARD, ORDINARY, RowVote, VoterModel

DPI = 200
LAYOUTS = {"A4": plain_layout(12), "A5": plain_layout(6, paper="A5")}
BLANKS = {paper: plain_blank(layout, 0, DPI) for paper, layout in LAYOUTS.items()}
CLEAN = replace(ORDINARY, blank_rate=0.0, multiple_rate=0.0, speck_rate=0.0, doubtful_rate=0.0, ruled_rate=0.0)


def sheets(paper: str, count: int) -> list[Sheet]:
    return [Sheet(LAYOUTS[paper], 0, BLANKS[paper], f"THU-{paper}-{i}") for i in range(count)]


def rows(model: VoterModel, paper: str = "A4", count: int = 40, seed: int = 5) -> list[RowVote]:
    return [row for sheet in sheets(paper, count) for row in vote(sheet, model, seed)[1].rows]


def ink_mm2(marked: Grey, blank: Grey, rect: Rect) -> float:
    """Area that the marks darkened inside a frame, mm²."""
    x, y, w, h = (v * DPI / 25.4 for v in rect)
    part = np.s_[round(y) + 3 : round(y + h) - 3, round(x) + 3 : round(x + w) - 3]
    darker = blank[part].astype(int) - marked[part]
    return float((darker > 25).sum() * (25.4 / DPI) ** 2)


@pytest.mark.parametrize("paper", ["A4", "A5"])
@pytest.mark.parametrize("model", [CLEAN, replace(CLEAN, pens=HARD.pens, habit=0.0, spread_mm=1.6)])
def test_the_ink_of_a_clear_row_lies_in_the_box_meant_and_in_no_other(paper: str, model: VoterModel) -> None:
    for sheet in sheets(paper, 25):
        _, voted = vote(sheet, model, 5)
        marked = mark_sheet(sheet, voted, 5)
        for row in voted.rows:
            for box in row.row.boxes:
                area = ink_mm2(marked, sheet.image, box.rect_mm)
                assert (area > 0.3) if box.level == row.reading else (area == 0), (row.kind, box.level, area)


@pytest.mark.parametrize("kind", [kind for kind, _ in ORDINARY.clear_kinds])
def test_a_clear_mark_is_centred_in_its_frame_and_reaches_no_further_than_it_may(kind: str) -> None:
    model = replace(CLEAN, clear_kinds=((kind, 1.0),), spread_mm=2.0)
    for paper in LAYOUTS:
        for row in rows(model, paper, 25):
            x, y, w, h = next(b.rect_mm for b in row.row.boxes if b.level == row.reading)
            left, top, right, bottom = reach_mm(row.strokes)
            for mx, my in middles_mm(row.strokes, crossed="cross" in kind or kind == "off-centre"):
                assert x < mx < x + w
                assert y < my < y + h
            assert min(left - x, top - y) > -model.reach_mm - 0.05
            assert max(right - x - w, bottom - y - h) < model.reach_mm + 0.05


def test_a_blank_row_bears_no_ink_and_a_multiple_row_bears_it_in_two_boxes_or_more() -> None:
    for row in rows(replace(CLEAN, blank_rate=1.0), count=3):
        assert (row.reading, row.doubtful, row.strokes) == ("blank", True, ())
    for sheet in sheets("A4", 8):
        _, voted = vote(sheet, replace(CLEAN, multiple_rate=1.0), 5)
        marked = mark_sheet(sheet, voted, 5)
        for row in voted.rows:
            assert (row.reading, row.doubtful) == ("multiple", True)
            assert sum(ink_mm2(marked, sheet.image, b.rect_mm) > 0.3 for b in row.row.boxes) >= 2


@pytest.mark.parametrize("kind", doubts.KINDS)
def test_every_doubtful_kind_is_marked_so_and_leaves_the_other_rows_alone(kind: str) -> None:
    model = replace(CLEAN, doubtful_rate=0.3, doubtful_kinds=((kind, 1.0),))
    seen = 0
    for sheet in sheets("A4", 8):
        _, voted = vote(sheet, model, 9)
        marked = mark_sheet(sheet, voted, 9)
        for row in voted.rows:
            assert row.doubtful == (row.kind == kind)
            seen += row.doubtful
            if not row.doubtful:
                others = [b for b in row.row.boxes if b.level != row.reading]
                assert all(ink_mm2(marked, sheet.image, b.rect_mm) == 0 for b in others)
    assert seen > 10


@pytest.mark.parametrize("kind", ["beside-box", "between-boxes"])
def test_a_mark_off_its_box_has_its_middle_outside_every_frame(kind: str) -> None:
    for row in rows(replace(CLEAN, doubtful_rate=1.0, doubtful_kinds=((kind, 1.0),))):
        for mx, my in middles_mm(row.strokes, crossed=True):
            for box in row.row.boxes:
                x, y, w, h = box.rect_mm
                assert not (x - 0.3 < mx < x + w + 0.3 and y - 0.3 < my < y + h + 0.3)


def test_pen_rests_are_half_a_millimetre_and_more_and_specks_are_smaller_and_not_doubtful() -> None:
    for row in rows(replace(CLEAN, doubtful_rate=1.0, doubtful_kinds=(("pen-rest", 1.0),))):
        assert row.strokes[-1].widths_mm.min() >= 0.5
    for row in rows(replace(CLEAN, speck_rate=1.0)):
        assert not row.doubtful
        left, top, right, bottom = reach_mm(row.strokes[-1:])
        assert max(right - left, bottom - top) < 0.45


def test_rates_are_kept_and_no_doubt_comes_where_none_is_asked_for() -> None:
    many = rows(replace(ORDINARY, blank_rate=0.05, multiple_rate=0.05, doubtful_rate=0.1), count=150)
    share = {kind: sum(r.kind == kind for r in many) / len(many) for kind in ("blank", "multiple")}
    assert 0.03 < share["blank"] < 0.07
    assert 0.03 < share["multiple"] < 0.07
    assert 0.07 < sum(r.kind in doubts.KINDS for r in many) / len(many) < 0.13
    assert not any(r.doubtful for r in rows(CLEAN))


def test_sizes_widths_and_greys_are_those_measured_on_real_forms() -> None:
    ball = replace(CLEAN, pens=(("ball", 1.0),), clear_kinds=(("cross", 1.0),))
    wide, pens = [], []
    for sheet in sheets("A4", 120):
        voter, voted = vote(sheet, ball, 3)
        pens.append(voter.pen)
        for row in voted.rows:
            left, _, right, _ = reach_mm(row.strokes)
            wide.append(right - left)
    assert 4.3 < np.median(wide) < 5.9
    assert np.percentile(wide, 2) > 1.9
    assert np.percentile(wide, 98) < 9.5
    assert 0.40 < np.median([p.width_mm for p in pens]) < 0.46
    assert 86 < np.median([p.grey for p in pens]) < 97
    assert all(0.30 <= p.width_mm <= 0.57 and 74 <= p.grey <= 123 for p in pens)


def test_one_ordinary_voter_in_twenty_writes_in_pencil_and_keeps_the_pen_over_all_pages() -> None:
    rng = generator(1, "x", 0, "many")
    pens = [voters.invent_voter(LAYOUTS["A4"], ORDINARY, rng).pen.kind for _ in range(2000)]
    assert 0.035 < pens.count("pencil") / len(pens) < 0.065
    layout = plain_layout(4, pages=3)
    first, *others = (vote(Sheet(layout, p, BLANKS["A4"], "THU-1"), ORDINARY, 2)[0] for p in range(3))
    assert all(other == first for other in others)


def test_writing_signatures_and_struck_names_are_told_apart_from_marks() -> None:
    model = replace(CLEAN, extra_writing_rate=1.0, strike_rate=1.0)
    layout = replace(
        LAYOUTS["A4"], pages=(replace(LAYOUTS["A4"].pages[0], signature_rect_mm=(110.0, 20.0, 50.0, 25.0)),)
    )
    wrote = 0
    for i in range(10):
        sheet = Sheet(layout, 0, BLANKS["A4"], f"THU-{i}")
        _, voted = vote(sheet, model, 1)
        wrote += voted.extra_writing
        assert voted.signature
        assert all(r.kind == "name-struck" and r.doubtful for r in voted.rows)
        only_others = mark_sheet(sheet, replace(voted, rows=()), 1)
        boxes = [b.rect_mm for r in layout.pages[0].rows for b in r.boxes]
        assert all(ink_mm2(only_others, sheet.image, box) == 0 for box in boxes)
    assert wrote >= 8


def test_a_line_over_the_table_makes_every_row_doubtful_whose_boxes_it_crosses_and_no_other() -> None:
    seen = set()
    for paper in LAYOUTS:
        for sheet in sheets(paper, 30):
            _, without = vote(sheet, CLEAN, 7)
            _, voted = vote(sheet, replace(CLEAN, ruled_rate=1.0), 7)
            for row, as_before in zip(voted.rows, without.rows, strict=True):
                assert (row.reading, row.doubtful) == (as_before.reading, row.kind in ruled.KINDS)
            over = [row for row in voted.rows if row.doubtful]
            drawn = over[0].strokes[len(without.rows[voted.rows.index(over[0])].strokes) :]
            assert len(drawn) == 1
            alone = mark_sheet(sheet, replace(voted, rows=(replace(over[0], strokes=drawn),), other=()), 7)
            for row in voted.rows:
                crossed = sum(ink_mm2(alone, sheet.image, box.rect_mm) > 0.3 for box in row.row.boxes)
                assert (crossed > 0) == row.doubtful
                assert crossed == (
                    0 if not row.doubtful else 1 if row.kind == ruled.DOWN_COLUMN else len(row.row.boxes)
                )
            left, top, right, bottom = reach_mm(drawn)
            wide, high = LAYOUTS[paper].page_size_mm
            assert min(left, top, wide - right, high - bottom) > 4.5
            seen |= {row.kind for row in over}
    assert seen == set(ruled.KINDS)
