"""What a composed form promises: boxes, pages, places – for any names."""

from __future__ import annotations

import itertools
import unicodedata

import pytest
from ballot_samples import LEVELS, Compose
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ballot_scan.errors import UsageError
from ballot_scan.paper import fonts
from ballot_scan.paper.ballots import ComposedForm
from ballot_scan.paper.drawing import Frame, Line, Words
from ballot_scan.paper.layout import PageLayout, Rect, from_json, to_json

MARKER_QUIET_MM = 2.5
CROSS_REACH_MM = 4.0


def grown(rect: Rect, by_mm: float) -> Rect:
    x, y, w, h = rect
    return (x - by_mm, y - by_mm, w + 2 * by_mm, h + 2 * by_mm)


def overlap(a: Rect, b: Rect) -> bool:
    return a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]


def inside(a: Rect, b: Rect) -> bool:
    tolerance = 1e-6
    return (a[0] >= b[0] - tolerance and a[1] >= b[1] - tolerance
            and a[0] + a[2] <= b[0] + b[2] + tolerance and a[1] + a[3] <= b[1] + b[3] + tolerance)  # fmt: skip


def areas(page: PageLayout) -> list[Rect]:
    """Everything on a page that must lie apart."""
    named = [row.name_rect_mm for row in page.rows]
    boxes = [box.rect_mm for row in page.rows for box in row.boxes]
    single = [r for r in (page.seal_rect_mm, page.signature_rect_mm, page.comment_rect_mm) if r]
    return [*named, *boxes, *single, *page.code_rects_mm, *(f.rect_mm for f in page.fiducials)]


def check(composed: ComposedForm) -> None:
    """Every promise of the geometry."""
    width, height = composed.layout.page_size_mm
    sheet = (0.0, 0.0, width, height)
    for page in composed.layout.pages:
        for rect in areas(page):
            assert inside(rect, grown(sheet, -8.0))
        for a, b in itertools.combinations(areas(page), 2):
            assert not overlap(a, b)
        for fiducial in page.fiducials:
            assert not any(overlap(grown(fiducial.rect_mm, MARKER_QUIET_MM), r)
                           for r in areas(page) if r != fiducial.rect_mm)  # fmt: skip
        rows = [[box.rect_mm for box in row.boxes] for row in page.rows]
        for row in rows:
            assert all(r[2:] == pytest.approx((7.0, 7.0)) for r in row)
            assert len({round(r[1], 6) for r in row}) == 1
            assert all(b[0] - a[0] >= 14.0 for a, b in itertools.pairwise(row))
        assert all(b[0][1] - a[0][1] >= 13.0 for a, b in itertools.pairwise(rows))
        for row_layout in page.rows:
            name_right = row_layout.name_rect_mm[0] + row_layout.name_rect_mm[2]
            assert name_right <= row_layout.boxes[0].rect_mm[0] - CROSS_REACH_MM
    numbers = [row.row for page in composed.layout.pages for row in page.rows]
    assert numbers == list(range(1, len(numbers) + 1))


def test_twelve_persons_fit_on_a4_and_five_on_a5(compose: Compose) -> None:
    assert len(compose(12, "A4").layout.pages) == 1
    assert len(compose(5, "A5").layout.pages) == 1
    assert len(compose(5, "A5", signature_area=True).layout.pages) == 1


def test_two_line_names_leave_twelve_rows_on_a4(compose: Compose) -> None:
    person = {"name": "Nguyễn Phúc Hoàng Thị Thùy Dương", "position": "Phó Trưởng Ban"}
    long = [{"id": f"c{i}", **person} for i in range(12)]
    assert len(compose(long, "A4").layout.pages) == 1


def test_49_persons_run_evenly_over_a4_pages(compose: Compose) -> None:
    composed = compose(49, style="state")
    counts = [len(page.rows) for page in composed.layout.pages]
    assert sum(counts) == 49
    assert len(counts) <= 5
    assert max(counts) - min(counts) <= 3  # the first page has the longer heading
    check(composed)


@pytest.mark.parametrize("paper", ["A4", "A5"])
@pytest.mark.parametrize("count", [1, 2, 6, 13])
@pytest.mark.parametrize("extras", [{}, {"signature_area": True, "comment_area": True, "secrecy": "Mật"}])
def test_geometry_holds(compose: Compose, paper: str, count: int, extras: dict[str, object]) -> None:
    composed = compose(count, paper, **extras)
    check(composed)
    assert composed.layout.pages[0].seal_rect_mm is not None
    last = composed.layout.pages[-1]
    assert (last.signature_rect_mm is not None) == (last.comment_rect_mm is not None) == bool(extras)
    assert all(page.signature_rect_mm is None for page in composed.layout.pages[:-1])


def test_two_levels(compose: Compose) -> None:
    composed = compose(7, levels=LEVELS[1:], style="state", parent_organ="")
    check(composed)
    assert composed.layout.levels == ("medium", "low")
    assert [len(row.boxes) for row in composed.layout.pages[0].rows] == [2] * 7


def test_other_numbers_of_levels_are_refused(compose: Compose) -> None:
    with pytest.raises(UsageError, match="1"):
        compose(2, levels=LEVELS[:1])


def test_nothing_dark_is_printed_where_crosses_reach(compose: Compose) -> None:
    """No black line or letter within 4.4 mm of a box (half a line's width below 4.5); light hairlines may be."""
    for composed in (compose(12), compose(5, "A5"), compose(30, "A5", comment_area=True)):
        for drawn, page in zip(composed.pages, composed.layout.pages, strict=True):
            boxes = [box.rect_mm for row in page.rows for box in row.boxes]
            reach = [grown(box, 4.4) for box in boxes]
            for mark in drawn.marks:
                if isinstance(mark, Line) and mark.grey < 0.85:
                    x0, x1 = sorted((mark.x0_mm, mark.x1_mm))
                    y0, y1 = sorted((mark.y0_mm, mark.y1_mm))
                    assert not any(overlap((x0, y0, x1 - x0, y1 - y0), r) for r in reach)
                elif isinstance(mark, Frame) and mark.rect_mm not in boxes:
                    x, y, w, h = mark.rect_mm
                    sides = ((x, y, w, 0.0), (x, y + h, w, 0.0), (x, y, 0.0, h), (x + w, y, 0.0, h))
                    assert not any(overlap(side, r) for side in sides for r in reach)
                elif isinstance(mark, Words):
                    length = composed.fonts.width_mm(mark.words, mark.face, mark.size_pt)
                    left = mark.x_mm - {"left": 0.0, "centre": length / 2, "right": length}[mark.align]
                    assert not any(overlap((left, mark.y_mm - 2, length, 2), r) for r in reach)


def test_marks_of_rehearsal_ballots_keep_away_from_the_rows(compose: Compose) -> None:
    for composed in (compose(5, "A5"), compose(49)):
        for drawn, page in zip(composed.pages, composed.layout.pages, strict=True):
            first_box = min(row.boxes[0].rect_mm[1] for row in page.rows)
            assert drawn.rehearsal
            for mark in drawn.rehearsal:
                bottom = mark.y_mm if isinstance(mark, Words) else mark.rect_mm[1] + mark.rect_mm[3]  # type: ignore[union-attr]
                assert bottom < first_box - 10


def test_layout_json_keeps_the_layout(compose: Compose) -> None:
    layout = compose(14, comment_area=True).layout
    again = from_json(to_json(layout))
    assert to_json(again) == to_json(layout)
    assert [row.candidate for page in again.pages for row in page.rows] == [f"c{i}" for i in range(14)]
    assert (again.event, again.poll, again.form) == ("thu", "ban", "main")


def test_names_stand_in_the_layout_in_nfc(compose: Compose) -> None:
    decomposed = unicodedata.normalize("NFD", "Nguyễn Thị Ngọc Diễm")
    (row,) = compose([{"id": "a", "name": decomposed}]).layout.pages[0].rows
    assert row.name == "Nguyễn Thị Ngọc Diễm"


def test_names_that_cannot_be_printed_are_refused(compose: Compose) -> None:
    with pytest.raises(UsageError, match="日"):
        compose([{"id": "a", "name": "Nguyễn 日"}])
    with pytest.raises(UsageError, match="name"):
        compose([{"id": "a", "name": "\u200b"}])
    with pytest.raises(UsageError, match="main"):
        compose([{"id": "a", "name": "Xyz " * 2000}], "A5")


LETTERS = st.sampled_from(sorted(fonts.VIETNAMESE)) | st.characters(min_codepoint=32, max_codepoint=126)
NAMES = st.text(LETTERS, min_size=1, max_size=90).filter(lambda name: name.strip())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    written=st.lists(st.tuples(NAMES, st.text(LETTERS, max_size=160)), min_size=1, max_size=9),
    paper=st.sampled_from(["A4", "A5"]),
    title=st.text(LETTERS, max_size=120),
    organ=NAMES,
    style=st.sampled_from(["party", "state"]),
    area=st.booleans(),
)
def test_any_text_composes(
    compose: Compose, written: list[tuple[str, str]], paper: str, title: str, organ: str, style: str, area: bool
) -> None:
    candidates = [{"id": f"c{i}", "name": n, "position": p} for i, (n, p) in enumerate(written)]
    composed = compose(candidates, paper, title=title, organ=organ, style=style, comment_area=area)
    check(composed)
    printed = [row.name for page in composed.layout.pages for row in page.rows]
    assert printed == [" ".join(name.split()) for name, _ in written]
