"""The accuracy benchmark: a small cut of it, its bounds, and that it goes on where it was stopped."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from helpers.benchmarks import load

from ballot_scan.records import PageStatus, Rule

accuracy_report = load("accuracy_report")
grid = load("accuracy_grid")
accuracy = load("accuracy")
upper_bound = accuracy_report.upper_bound


# ---------------------------------------------------------------- the cut


@pytest.mark.parametrize(
    ("condition", "number", "pages", "needless"),
    [("A4, 200 dpi, ordinary", 0, 60, 0.005), ("A4, 200 dpi, hard", 2, 30, 0.06)],
)
def test_a_cut_of_the_benchmark_has_no_silent_error_and_accounts_for_every_page(
    condition: str, number: int, pages: int, needless: float
) -> None:
    out = accuracy.chunk(number, pages, accuracy.BY_NAME[condition], None)
    counts = out.counts
    assert [e for e in out.errors if e["what"] == "silent"] == []
    assert counts["silent"] == counts["misnamed"] == 0
    statuses = {k: n for k, n in counts.items() if k.startswith("page:")}
    assert sum(statuses.values()) == counts["pages"] == pages
    assert statuses.keys() <= {"page:read", "page:unreadable"}  # none taken for blank, or for no ballot
    assert counts["rows"] + counts["rows given up"] == 12 * pages
    assert counts["positions"] == 3 * counts["rows"]
    assert counts["clear"] + counts["doubtful"] == counts["rows"]
    assert counts["page:read"] >= 0.93 * pages
    assert counts["needless"] <= needless * counts["clear"]
    assert counts["missed"] - counts["missed:name-struck"] <= 1


@pytest.mark.parametrize("shape", ["two levels", "one person", "four pages"])
@pytest.mark.parametrize("scans", ["ordinary", "hard"])
def test_ballots_of_other_shapes_are_read_page_by_page(shape: str, scans: str) -> None:
    (condition,) = [c for c in accuracy.GRID if c.ballot == shape and c.group == scans]
    counts = accuracy.chunk(0, 12, condition, None).counts
    form = grid.composed(shape).layout
    seeds = range(accuracy.FIRST_SEED, accuracy.FIRST_SEED + 12)
    rows = [len(form.pages[seed % len(form.pages)].rows) for seed in seeds]
    assert counts["silent"] == counts["misnamed"] == 0
    assert counts["page:read"] >= 11
    assert counts["rows"] + counts["rows given up"] == sum(rows)
    assert counts["positions"] == counts["rows"] * len(form.pages[0].rows[0].boxes)


# ---------------------------------------------------------------- what is counted


def page_and_reading() -> tuple[Any, Any]:
    condition = accuracy.BY_NAME["A5, 200 dpi, ordinary"]
    for seed in range(accuracy.FIRST_SEED, accuracy.FIRST_SEED + 20):
        page = accuracy.simulated(condition, seed)
        reading = accuracy.look(accuracy.opened(page), accuracy.book("A5")).reading
        if not any(r.doubtful for r in page.rows) and not any(r.findings for r in reading.rows):
            return page, reading
    raise AssertionError("no plain page among twenty")


def counted(page: Any, reading: Any) -> tuple[Any, list[dict[str, Any]]]:
    out = accuracy.Outcome()
    return out, accuracy.compare(page, reading, 1, out)


def test_a_row_read_wrong_and_flagged_nowhere_is_a_silent_error() -> None:
    page, reading = page_and_reading()
    first = reading.rows[0]
    other = next(b.level for b in first.boxes if b.level != first.reading)
    wrong = replace(reading, rows=(replace(first, reading=other), *reading.rows[1:]))
    out, found = counted(page, wrong)
    assert out.counts["silent"] == 1
    assert [(e["what"], e["row"], e["read"]) for e in found] == [("silent", 1, other)]
    flagged = replace(wrong, findings=(Rule.POOR_IMAGE,))
    assert counted(page, flagged)[0].counts["silent"] == 0


def test_a_doubtful_row_that_reaches_nobody_is_missed_and_a_clear_one_that_does_is_needless() -> None:
    page, reading = page_and_reading()
    assert counted(page, reading)[0].counts["needless"] == 0
    doubtful = replace(page.rows[1], doubtful=True, kind="pen-rest")
    odd = replace(page, rows=(page.rows[0], doubtful, *page.rows[2:]))
    out, found = counted(odd, reading)
    assert (out.counts["missed"], out.counts["missed:pen-rest"], out.counts["silent"]) == (1, 1, 0)
    assert [e["what"] for e in found] == ["missed"]
    first = replace(reading.rows[0], findings=(Rule.UNSURE_MARK,))
    out, _ = counted(page, replace(reading, rows=(first, *reading.rows[1:])))
    assert out.counts["needless"] == 1


def test_a_page_that_was_not_read_is_counted_by_its_reason() -> None:
    page, reading = page_and_reading()
    refused = replace(reading, status=PageStatus.UNREADABLE, rows=(), reason="scan.residual|0.71")
    counts = counted(page, refused)[0].counts
    assert counts == {"pages": 1, "page:unreadable": 1, "given-up:scan.residual": 1, "rows given up": 5}


# ---------------------------------------------------------------- the grid and the state


def test_every_condition_has_its_share_and_seeds_of_its_own() -> None:
    names = [c.name for c in accuracy.SCHEDULE]
    assert len(set(names)) == len(accuracy.GRID) == len(accuracy.BY_NAME)
    assert all(names.count(c.name) == c.weight for c in accuracy.GRID)
    assert {c.group for c in accuracy.GRID} == set(accuracy_report.GROUPS)
    assert all(bool(c.scan.bilevel_rate) == (c.group == "bilevel") for c in accuracy.GRID)
    ballots = {grid.ballot_of(s) for s in range(accuracy.FIRST_SEED, accuracy.FIRST_SEED + 2000)}
    assert len(ballots) == 2000


def test_a_run_goes_on_where_it_stopped_and_a_torn_line_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made: list[int] = []

    def results(numbers: Any, workers: int, save: Path, enough: Any, stop: Any) -> Any:
        for number in numbers:
            if enough():
                return
            made.append(number)
            out = accuracy.Outcome()
            out.counts.update(pages=48, positions=1728)
            out.seconds.update(simulate=1, decode=1, read=1)
            yield number, out

    monkeypatch.setattr(accuracy, "results", results)
    state = tmp_path / "state.jsonl"
    accuracy.run(state, positions=3 * 1728, minutes=0, workers=1)
    with state.open("a", encoding="utf-8") as file:
        file.write('{"chunk": 3, "cond')
    accuracy.run(state, positions=5 * 1728, minutes=0, workers=1)
    assert made == [0, 1, 2, 3, 4]
    lines = accuracy.finished(state)
    assert [line["chunk"] for line in lines] == [0, 1, 2, 3, 4]
    assert lines[1]["seeds"] == [accuracy.FIRST_SEED + 48, accuracy.FIRST_SEED + 95]
    accuracy.run(state, positions=5 * 1728, minutes=0, workers=1)
    assert len(made) == 5


# ---------------------------------------------------------------- the report


@pytest.mark.parametrize(("hits", "trials"), [(0, 10), (1, 10), (3, 40), (9, 10), (17, 200), (60, 100)])
def test_the_upper_bound_is_the_share_at_which_so_few_hits_have_one_chance_in_twenty(hits: int, trials: int) -> None:
    p = upper_bound(hits, trials)
    likely = sum(math.comb(trials, k) * p**k * (1 - p) ** (trials - k) for k in range(hits + 1))
    assert likely == pytest.approx(0.05, rel=1e-6)


def test_the_upper_bound_follows_the_rule_of_three_and_stays_a_share() -> None:
    assert upper_bound(0, 1_549_703) == pytest.approx(3 / 1_549_703, rel=0.002)
    assert upper_bound(0, 100) == pytest.approx(0.029513, abs=1e-6)
    assert upper_bound(10, 10) == 1.0
    assert 0.001 < upper_bound(10_000, 10_000_000) < 0.00102
    assert upper_bound(0, 100, 0.99) > upper_bound(0, 100)


def test_the_report_tells_silent_errors_of_grey_scans_apart_from_bilevel_ones() -> None:
    def line(number: int, name: str, **counts: int) -> dict[str, Any]:
        entry = {"what": "silent", "seed": 7, "row": 2, "kind": "pencil-cross", "meant": "low", "read": "blank",
                 "defects": ["bilevel"], "picture": "silent-7-r2.png"}  # fmt: skip
        seconds = {"simulate": 1.0, "decode": 0.2, "read": 0.5}
        return {"chunk": number, "condition": name, "seeds": [1, 2], "seconds": seconds,
                "counts": {"pages": 48, "page:read": 48, "positions": 1000, **counts},
                "errors": [entry] * counts.get("silent", 0)}  # fmt: skip

    groups = {c.name: c.group for c in accuracy.GRID}
    lines = [line(0, "A4, 200 dpi, ordinary"), line(1, "A4, 200 dpi, hard, G4", silent=1)]
    text = accuracy_report.report(json.loads(json.dumps(lines)), groups, {"blank", "multiple"}, "abc", "ratio 0.4")
    assert "grey scans: 0 silent errors in 1,000 box positions" in text
    assert "G4 scans: 1 silent errors in 1,000 box positions" in text
    assert "build/accuracy/errors/abc/silent-7-r2.png" in text
    assert "ratio 0.4" in text
    assert accuracy_report.report([], groups, (), "abc", "").startswith("# Accuracy")
