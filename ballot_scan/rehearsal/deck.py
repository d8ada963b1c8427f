"""The pre-marked deck: which rehearsal ballot gets which marks, and what its count must come to.

Ballots of crosses first, one a level: the levels turn over the rows, so that every box of the form is marked once.
Then one ballot filled with scribbles, one with ticks and one more with crosses – with these, three, two and one votes
fall on the levels of a row of three, so that exchanged columns show. Last a wholly blank ballot and one with two boxes
marked in every row, which must go to people. Everything here follows from the layout: nothing is read.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from ballot_scan.files import csv_text
from ballot_scan.paper.layout import ContestRow, FormLayout, Rect
from ballot_scan.records import BLANK, MULTIPLE, NOT_A_LEVEL, BallotCode

PEN_MM = 0.45
PEN_GREY = 0.28  # 0 black, 1 white: an ordinary ball pen
CROSS_MM = 4.5
CROSS, TICK, FILL, EMPTY, DOUBLE = "cross", "tick", "fill", "blank", "double"
FORMAT = "deck-expected/1"
PLAN_COLUMNS = ("ballot", "row", "candidate", "reading")

Point = tuple[float, float]
Polyline = tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class DeckRow:
    """One row of one ballot of the deck: ``reading`` is a level id, ``blank`` or ``multiple``."""

    page: int
    row: int
    candidate: str
    reading: str
    lines_mm: tuple[Polyline, ...]


@dataclass(frozen=True, slots=True)
class DeckBallot:
    """One ballot of the deck. ``ballot``: the ten characters of its code; ``kind``: what it is marked with."""

    ballot: str
    kind: str
    rows: tuple[DeckRow, ...]

    @property
    def printed(self) -> str:
        """The code as people read it."""
        return BallotCode(True, "", "", 1, self.ballot, "").printed

    @property
    def flagged(self) -> bool:
        """Whether it must go to people."""
        return any(row.reading in NOT_A_LEVEL for row in self.rows)


def kinds(layout: FormLayout) -> tuple[tuple[str, int], ...]:
    """The deck's ballots in order: what each is marked with, and the level (index) its first row begins with."""
    count = len(layout.levels)
    crosses = tuple((CROSS, level) for level in range(count))
    double = ((DOUBLE, 0),) if count > 1 else ()
    return (*crosses, (FILL, 0), (TICK, 0), (CROSS, 1 % count), (EMPTY, 0), *double)


def plan(layout: FormLayout, codes: Collection[str]) -> tuple[DeckBallot, ...]:
    """The deck with ``codes``, one for each of ``kinds``. Raises ValueError for another number of codes."""
    return tuple(
        DeckBallot(
            code,
            kind,
            tuple(_row(page.page, row, kind, start + row.row - 1) for page in layout.pages for row in page.rows),
        )
        for code, (kind, start) in zip(codes, kinds(layout), strict=True)
    )


def _row(page: int, row: ContestRow, kind: str, level: int) -> DeckRow:
    count = len(row.boxes)
    first = row.boxes[level % count]
    if kind == EMPTY:
        return DeckRow(page, row.row, row.candidate, BLANK, ())
    if kind == DOUBLE:
        both = (first, row.boxes[(level + 1) % count])
        lines = tuple(line for box in both for line in _cross(box.rect_mm))
        return DeckRow(page, row.row, row.candidate, MULTIPLE, lines)
    draw = {CROSS: _cross, TICK: _tick, FILL: _fill}[kind]
    return DeckRow(page, row.row, row.candidate, first.level, draw(first.rect_mm))


def _cross(box: Rect) -> tuple[Polyline, ...]:
    x, y, half = box[0] + box[2] / 2, box[1] + box[3] / 2, CROSS_MM / 2
    return ((x - half, y - half), (x + half, y + half)), ((x + half, y - half), (x - half, y + half))


def _tick(box: Rect) -> tuple[Polyline, ...]:
    x, y = box[0] + box[2] / 2, box[1] + box[3] / 2
    return (((x - 2.2, y + 0.1), (x - 0.6, y + 2.0), (x + 2.5, y - 2.2)),)


def _fill(box: Rect) -> tuple[Polyline, ...]:
    """To and fro over four fifths of the box, as somebody fills it."""
    left, top, width, height = box[0] + 0.1 * box[2], box[1] + 0.1 * box[3], 0.8 * box[2], 0.8 * box[3]
    turns = 2 * max(round(height / (1.6 * PEN_MM)), 2)
    return (tuple((left + width * (i % 2), top + height * i / turns) for i in range(turns + 1)),)


# ---------------------------------------------------------------- what the count must come to


@dataclass(frozen=True, slots=True)
class ExpectedPerson:
    candidate: str
    name: str
    levels: tuple[tuple[str, int], ...]
    none_marked: int
    several_marked: int


@dataclass(frozen=True, slots=True)
class Expected:
    """What the deck comes to once people have decided every flagged row as it is drawn. The votes a level stand
    before that: flagged ballots of the deck bear no plain row."""

    ballots: int
    pages: int
    flagged: int
    invalid: int
    people: tuple[ExpectedPerson, ...]


def expected(layout: FormLayout, deck: Collection[DeckBallot], spoiling: Collection[str] = ()) -> Expected:
    """Totals from the plan alone. ``spoiling``: readings of a row that make its whole ballot invalid."""
    spoiled = [b for b in deck if any(row.reading in spoiling for row in b.rows)]
    counts = Counter((row.candidate, row.reading) for b in deck if b not in spoiled for row in b.rows)
    people = tuple(
        ExpectedPerson(
            row.candidate,
            row.name,
            tuple((level, counts[row.candidate, level]) for level in layout.levels),
            counts[row.candidate, BLANK],
            counts[row.candidate, MULTIPLE],
        )
        for page in layout.pages
        for row in page.rows
    )
    flagged = sum(b.flagged for b in deck)
    return Expected(len(deck), len(deck) * len(layout.pages), flagged, len(spoiled), people)


def expected_json(layout: FormLayout, totals: Expected) -> str:
    """``expected.json``: its persons in the form of the tally's."""
    valid = totals.ballots - totals.invalid
    people = [
        {
            "candidate": p.candidate,
            "name": p.name,
            "valid": sum(votes for _, votes in p.levels),
            "invalid": p.none_marked + p.several_marked,
            "none_marked": p.none_marked,
            "several_marked": p.several_marked,
            "levels": {level: {"votes": votes} for level, votes in p.levels},
        }
        for p in totals.people
    ]
    head = {
        "format": FORMAT, "event": layout.event, "poll": layout.poll, "form": layout.form, "rehearsal": True,
        "ballots": totals.ballots, "pages": totals.pages, "flagged": totals.flagged, "valid": valid,
        "invalid": totals.invalid, "candidates": people,
    }  # fmt: skip
    return json.dumps(head, ensure_ascii=False, indent=1) + "\n"


def expected_csv(layout: FormLayout, totals: Expected) -> str:
    """``expected.csv``: a line a person."""
    header = ("poll", "form", "candidate", "name", *layout.levels, "none_marked", "several_marked", "ballots")
    return csv_text(
        header,
        (
            (layout.poll, layout.form, p.candidate, p.name, *(votes for _, votes in p.levels), p.none_marked,
             p.several_marked, totals.ballots)
            for p in totals.people
        ),
    )  # fmt: skip


# ---------------------------------------------------------------- plan.csv


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One line of ``plan.csv``; ``ballot`` is the printed code."""

    ballot: str
    row: int
    candidate: str
    reading: str

    @property
    def plain(self) -> bool:
        """To be read without a person."""
        return self.reading not in NOT_A_LEVEL


def plan_csv(deck: Iterable[DeckBallot]) -> str:
    """What each row of each ballot must be read as."""
    return csv_text(PLAN_COLUMNS, ((b.printed, row.row, row.candidate, row.reading) for b in deck for row in b.rows))


def read_plan(content: str) -> list[PlanLine]:
    """The lines of a ``plan.csv``. Raises ValueError where it is another file or was cut off."""
    table = csv.DictReader(io.StringIO(content.removeprefix("\ufeff"), newline=""))
    if tuple(table.fieldnames or ()) != PLAN_COLUMNS:
        raise ValueError(f"columns {', '.join(table.fieldnames or ())}; expected {', '.join(PLAN_COLUMNS)}")
    lines = []
    for number, line in enumerate(table, start=2):
        if not all(line.get(column) for column in PLAN_COLUMNS):
            raise ValueError(f"line {number}: a cell is missing")
        lines.append(PlanLine(line["ballot"], int(line["row"]), line["candidate"], line["reading"]))
    if not lines:
        raise ValueError("no line")
    return lines
