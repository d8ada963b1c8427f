"""The pre-marked deck: every box marked, blank and double rows among them, totals that follow from the plan alone."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest

from ballot_scan.paper.layout import FormLayout
from ballot_scan.records import BLANK, MULTIPLE, code_of
from ballot_scan.rehearsal import deck
from ballot_scan.rehearsal.sheets import plain_layout

LAYOUT = plain_layout(7, pages=2, paper="A5")
LEVELS = LAYOUT.levels
ROWS = [row for page in LAYOUT.pages for row in page.rows]


def planned(layout: FormLayout = LAYOUT) -> tuple[deck.DeckBallot, ...]:
    return deck.plan(layout, [f"CODE{i:06d}" for i in range(len(deck.kinds(layout)))])


def with_levels(count: int) -> FormLayout:
    pages = tuple(replace(p, rows=tuple(replace(r, boxes=r.boxes[:count]) for r in p.rows)) for p in LAYOUT.pages)
    return replace(LAYOUT, levels=LEVELS[:count], pages=pages)


def test_every_box_of_the_form_is_crossed_on_a_plain_ballot() -> None:
    crossed = {(r.row, r.reading) for b in planned() if b.kind == deck.CROSS for r in b.rows}
    assert crossed == {(row.row, level) for row in ROWS for level in LEVELS}


def test_every_ballot_has_every_row_with_its_page() -> None:
    where = [(page.page, row.row, row.candidate) for page in LAYOUT.pages for row in page.rows]
    for ballot in planned():
        assert [(r.page, r.row, r.candidate) for r in ballot.rows] == where
        assert ballot.printed == f"THU-{ballot.ballot[:5]}-{ballot.ballot[5:]}"
        assert code_of(ballot.printed) == ballot.ballot


def test_blank_and_double_ballots_alone_go_to_people() -> None:
    flagged = {b.kind: {r.reading for r in b.rows} for b in planned() if b.flagged}
    assert flagged == {deck.EMPTY: {BLANK}, deck.DOUBLE: {MULTIPLE}}
    assert {b.kind for b in planned()} == {deck.CROSS, deck.FILL, deck.TICK, deck.EMPTY, deck.DOUBLE}


def test_marks_lie_in_the_boxes_that_are_meant() -> None:
    boxes = {(row.row, box.level): box.rect_mm for row in ROWS for box in row.boxes}
    for ballot in planned():
        for row in ballot.rows:
            hit = set()
            for x, y in (point for line in row.lines_mm for point in line):
                inside = {
                    level
                    for (number, level), (left, top, w, h) in boxes.items()
                    if number == row.row and left + 0.5 <= x <= left + w - 0.5 and top + 0.5 <= y <= top + h - 0.5
                }
                assert len(inside) == 1
                hit |= inside
            if row.reading in LEVELS:
                assert hit == {row.reading}
            else:
                assert len(hit) == {BLANK: 0, MULTIPLE: 2}[row.reading]


def test_totals_tell_exchanged_columns_and_follow_from_the_plan() -> None:
    totals = deck.expected(LAYOUT, planned())
    assert (totals.ballots, totals.pages, totals.flagged, totals.invalid) == (8, 16, 2, 0)
    for person in totals.people:
        assert sorted(votes for _, votes in person.levels) == [1, 2, 3]
        assert (person.none_marked, person.several_marked) == (1, 1)
        assert sum(votes for _, votes in person.levels) + 2 == totals.ballots


def test_where_a_row_spoils_its_ballot_the_votes_stay_and_the_ballots_fall() -> None:
    by_row, by_ballot = (deck.expected(LAYOUT, planned(), spoils) for spoils in ((), {BLANK, MULTIPLE}))
    assert by_ballot.invalid == 2
    assert [p.levels for p in by_ballot.people] == [p.levels for p in by_row.people]
    assert all((p.none_marked, p.several_marked) == (0, 0) for p in by_ballot.people)
    assert json.loads(deck.expected_json(LAYOUT, by_ballot))["valid"] == 6


def test_files_say_the_same() -> None:
    totals = deck.expected(LAYOUT, planned())
    body = json.loads(deck.expected_json(LAYOUT, totals))
    assert (body["format"], body["rehearsal"], body["ballots"]) == ("deck-expected/1", True, 8)
    lines = list(csv.DictReader(io.StringIO(deck.expected_csv(LAYOUT, totals))))
    assert len(lines) == len(body["candidates"]) == len(ROWS)
    for line, person in zip(lines, body["candidates"], strict=True):
        assert line["candidate"] == person["candidate"]
        assert {level: {"votes": int(line[level])} for level in LEVELS} == person["levels"]
        assert person["valid"] == 6
        assert int(line["none_marked"]) + int(line["several_marked"]) == person["invalid"] == 2


@pytest.mark.parametrize(("levels", "ballots"), [(1, 5), (2, 7)])
def test_forms_with_fewer_levels(levels: int, ballots: int) -> None:
    made = planned(with_levels(levels))
    assert len(made) == ballots
    assert any(b.kind == deck.DOUBLE for b in made) == (levels > 1)
    readings = {(r.row, r.reading) for b in made for r in b.rows}
    assert readings >= {(row.row, level) for row in ROWS for level in LEVELS[:levels]}


def test_another_number_of_codes_is_no_deck() -> None:
    with pytest.raises(ValueError, match="zip"):
        deck.plan(LAYOUT, ["CODE000000"])


def test_the_plan_is_written_and_read_back() -> None:
    content = deck.plan_csv(planned())
    assert content.splitlines()[0] == "ballot,row,candidate,reading"
    lines = deck.read_plan("\ufeff" + content.replace("\n", "\r\n"))
    assert [(x.ballot, x.row, x.candidate, x.reading) for x in lines] == [
        (b.printed, r.row, r.candidate, r.reading) for b in planned() for r in b.rows
    ]
    assert sum(not x.plain for x in lines) == 2 * len(ROWS)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "a,b\n1,2\n",
        "ballot,row,candidate,reading\n",
        "ballot,row,candidate,reading\nTHU-1,x,an,high\n",
        "ballot,row,candidate,reading\nTHU-1,2\n",
    ],
)
def test_another_file_is_no_plan(content: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        deck.read_plan(content)
