"""A batch watched: the histogram of its boxes around the bounds, and drift while it runs."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from ballot_scan import text
from ballot_scan.records import BoxReading, Doubt, PageReading, PageStatus, RowReading, Rule
from ballot_scan.scan.drift import Change, Drift
from ballot_scan.scan.histogram import EDGES, REASONS, bars, scores, summary, svg
from ballot_scan.scan.profile import DEFAULT

PLACES = (120.0, 143.0, 166.0)


def box(state: str, coverage: float, level: int = 0) -> BoxReading:
    x = PLACES[level] - 3.5
    return BoxReading("abc"[level], coverage, state, (x, 50.0, x + 7, 50.0, x + 7, 57.0, x, 57.0))


def page(*rows: tuple[BoxReading, ...], status: PageStatus = PageStatus.READ, flagged: bool = False) -> PageReading:
    found = (Rule.UNSURE_MARK,) if flagged else ()
    made = tuple(RowReading(i, f"p{i}", "a", boxes, found) for i, boxes in enumerate(rows, 1))
    return PageReading("x.jpg", 1, "", status, "hall", "main", "01234-56789", 1, rows=made)


CLEAN = (box("marked", 0.12), box("empty", 0.0, 1), box("empty", 0.001, 2))


def doubtful(level: int) -> PageReading:
    row = tuple(box("unsure", 0.02, i) if i == level else b for i, b in enumerate(CLEAN))
    return page(CLEAN, row, flagged=True)


# ---------------------------------------------------------------- histogram


def test_every_box_of_the_pages_read_is_counted_once() -> None:
    found = scores([page(CLEAN), page(CLEAN, CLEAN), page(CLEAN, status=PageStatus.UNREADABLE)], DEFAULT)
    assert found.boxes == 9
    assert (found.total("empty"), found.total("marked"), found.total("unsure")) == (6, 3, 0)
    assert found.counts["marked"][EDGES.index(12.0)] == 3


def test_a_bare_valley_at_the_bounds_says_nothing() -> None:
    assert summary(scores([page(CLEAN)] * 5, DEFAULT)) == ()
    assert summary(scores([], DEFAULT)) == ()


@pytest.mark.parametrize(
    ("odd", "near"),
    [
        (box("empty", 0.012), "empty"),
        (box("marked", 0.02), "marked"),
        (box("marked", 0.6), "struck"),
    ],
)
def test_what_lies_near_a_bound_is_two_lines(odd: BoxReading, near: str) -> None:
    text.use("en")
    found = scores([page((odd, *CLEAN[1:]))], DEFAULT)
    assert {k for k, n in found.near.items() if n} == {near}
    lines = summary(found)
    assert len(lines) == 2
    assert "boxes: 3" in lines[0]


def test_doubtful_boxes_are_told_by_what_made_them_so_and_never_as_near_a_bound_of_ink() -> None:
    text.use("en")
    whys = (Doubt.PALE, Doubt.PALE, Doubt.GAPS, Doubt.BESIDE, Doubt.HAIR, Doubt.GONE_OVER)
    rows = [(replace(box("unsure", 0.3), doubts=(why,)), *CLEAN[1:]) for why in whys]
    found = scores([page(*rows)], DEFAULT)
    assert found.reasons == {"pale": 2, "small": 1, "place": 1, "form": 1, "frame": 1}
    _, told = summary(found)
    assert "2 too pale (bound: 17 %" in told
    assert "near the bounds" not in told
    assert {why for kinds in REASONS.values() for why in kinds} == set(Doubt)


def test_few_doubtful_boxes_among_many_marked_ones_are_not_drawn_as_hardly_any() -> None:
    found = scores(
        [page((box("marked", 0.3), *CLEAN[1:]))] * 420 + [page((box("unsure", 0.3), *CLEAN[1:]))] * 129, DEFAULT
    )
    line = next(line for line in bars(found) if "?" in line and "#" in line)
    assert line.count("?") > line.count("#") / 2


def test_bars_and_picture_show_all_boxes_and_both_bounds() -> None:
    text.use("en")
    found = scores([page(CLEAN)] * 40 + [doubtful(1)], DEFAULT)
    lines = bars(found)
    assert sum(int(line.split("%")[1].split()[0]) for line in lines[1:]) == found.boxes
    assert [line.split("← ")[1][:8] for line in lines[1:] if "←" in line] == ["least ma", "blacked "]
    assert any("#" in line for line in lines[1:])
    picture = ET.fromstring(svg(found, 'Stack <1> & "co"'))  # noqa: S314 - our own
    assert picture.tag.endswith("svg")
    words = "".join(picture.itertext())
    assert 'Stack <1> & "co"' in words
    assert f"doubtful: {found.total('unsure')}" in words
    assert svg(found, "x") == svg(found, "x")


# ---------------------------------------------------------------- drift


def run(pages: list[PageReading], drift: Drift | None = None) -> list[tuple[int, Change]]:
    drift = drift or Drift()
    return [(n, change) for n, reading in enumerate(pages, 1) for change in drift.add(reading)]


def test_a_steady_batch_is_left_in_peace() -> None:
    steady = [doubtful(n % 3) if n % 10 == 0 else page(CLEAN, CLEAN) for n in range(600)]
    assert run(steady) == []
    assert run([page(CLEAN)] * 10 + [doubtful(1)] * 18) == [], "too few pages before to tell a change"


def test_doubtful_boxes_in_one_column_name_place_and_page() -> None:
    text.use("en")
    pages = [page(CLEAN, CLEAN)] * 120 + [doubtful(1) if n % 2 else page(CLEAN, CLEAN) for n in range(60)]
    ((at, change),) = run(pages)
    assert change.kind == "boxes"
    assert 121 <= change.since <= 123
    assert at <= 150, "told while the batch runs"
    assert change.at_mm == pytest.approx(143)
    assert "143 mm from the left" in change.words()
    assert "clean the glass" in change.words()


def test_a_great_change_is_told_after_few_pages() -> None:
    everywhere = page(tuple(box("unsure", 0.02, i) for i in range(3)), flagged=True)
    ((at, change),) = run([page(CLEAN)] * 20 + [everywhere] * 60)
    assert (change.kind, change.since) == ("flagged", 21)
    assert at <= 35


def test_doubt_everywhere_and_unreadable_pages_are_told_once() -> None:
    everywhere = page(tuple(box("unsure", 0.02, i) for i in range(3)), flagged=True)
    assert [c.kind for _, c in run([page(CLEAN)] * 120 + [everywhere] * 45)] == ["flagged"]
    broken = page(status=PageStatus.UNREADABLE)
    assert [c.kind for _, c in run([page(CLEAN)] * 120 + [broken] * 40)] == ["unread"]


def test_clean_backs_between_the_fronts_hide_no_streak() -> None:
    drift, told = Drift(), []
    for n in range(1, 81):
        back = n % 2 == 0
        sheet = page(status=PageStatus.BLANK) if back else page(CLEAN)
        told += [(n, c) for c in drift.add(sheet, (83.2,) if n > 20 and not back else ())]
    ((at, change),) = told
    assert (change.kind, change.since) == ("streak", 21)
    assert at <= 60


def test_a_streak_that_stays_is_told_with_its_place() -> None:
    drift, told = Drift(), []
    for n in range(1, 41):
        told += [(n, c) for c in drift.add(page(CLEAN), (83.2,) if n > 20 else ())]
    ((at, change),) = told
    assert (change.kind, change.since) == ("streak", 21)
    assert at <= 33
    for lang in text.LANGUAGES:
        text.use(lang)
        assert "83 mm" in change.words()
        assert "21" in change.words()


def test_a_lamp_that_fades_is_told_while_the_batch_runs() -> None:
    drift, told = Drift(), []
    for n in range(1, 37):
        told += [(n, c) for c in drift.add(page(CLEAN), (), 250 - 2.2 * n)]
    assert [c.kind for _, c in told] == ["lamp", "lamp"], "and again when it has faded as much once more"
    assert told[0][0] <= 22
    for lang in text.LANGUAGES:
        text.use(lang)
        assert str(told[0][1].since) in told[0][1].words()
    steady = Drift()
    assert not any(steady.add(page(CLEAN), (), 250 - n % 9) for n in range(300))


@pytest.mark.parametrize("left", [0.4, 0.6, 0.75, 0.85])
def test_a_lamp_that_drops_at_once_is_told_once_with_the_page_where_it_did(left: float) -> None:
    drift = Drift()
    whites = [245.0 + n % 3 for n in range(50)] + [245.0 * left + n % 3 for n in range(40)]
    told = [change for white in whites for change in drift.add(page(CLEAN), (), white)]
    assert [(c.kind, c.since) for c in told] == [("lamp", 51)]
    assert told[0].now == pytest.approx(left * 246 / 255, abs=0.02)


def test_blank_backs_and_strange_pages_do_not_count() -> None:
    backs = [page(status=PageStatus.BLANK), page(status=PageStatus.NOT_A_BALLOT)]
    assert run([page(CLEAN), *backs] * 200) == []
