"""Rescans: whether pages under one code are one sheet scanned twice, or a copy that bears other marks.

Two rows read as two levels tell it. Where none does, the ink coverage of the marked boxes tells, which every reading
keeps: on scans of one sheet it differs by a few percent, after what one scan is darker on the whole; between marks
drawn twice by a tenth to a half. The bounds stand where scans of simulated sheets part (benchmarks/lookalikes.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

import numpy as np

from ballot_scan.records import NOT_A_LEVEL, PageReading

SAME_BELOW, OTHER_ABOVE = 0.06, 0.18  # mean difference of the logarithms of coverage
LEAST_MARKS = 6  # fewer tell nothing
_LEAST = 0.001  # coverage, for its logarithm


class Sameness(StrEnum):
    """What pages under one code are."""

    ONE_SHEET = "one-sheet"  # as far as coverage tells: a copy marked much alike may look so, too
    OTHER_ROWS = "other-rows"  # rows are read as different levels
    OTHER_MARKS = "other-marks"  # read alike, drawn otherwise
    UNTOLD = "untold"  # neither alike nor otherwise
    FEW_MARKS = "few-marks"


@dataclass(frozen=True, slots=True)
class Compared:
    """``rows``: those read as different levels."""

    sameness: Sameness
    rows: tuple[int, ...] = ()

    @property
    def told(self) -> str:
        """What is to be said of it: a text key, with the rows after ``|``."""
        rows = ", ".join(str(row) for row in self.rows)
        return f"review.rescan.{self.sameness.value}" + (f"|{rows}" if rows else "")


def compared(readings: Iterable[PageReading]) -> Compared | None:
    """Compare the scans of each page of one ballot with each other; None where no page was scanned twice."""
    pages: dict[int, list[PageReading]] = defaultdict(list)
    for reading in readings:
        pages[reading.page].append(reading)
    pairs = [pair for scans in pages.values() for pair in combinations(scans, 2)]
    if not pairs:
        return None
    rows = tuple(sorted({row for pair in pairs for row in _differing(*pair)}))
    if rows:
        return Compared(Sameness.OTHER_ROWS, rows)
    told = [far for far in (apart_by(*pair) for pair in pairs) if far is not None]
    if any(far >= OTHER_ABOVE for far in told):
        return Compared(Sameness.OTHER_MARKS)
    if len(told) < len(pairs):
        return Compared(Sameness.FEW_MARKS)
    return Compared(Sameness.ONE_SHEET if max(told) <= SAME_BELOW else Sameness.UNTOLD)


def _differing(one: PageReading, other: PageReading) -> set[int]:
    """Rows read as two different levels; what one scan leaves open tells nothing."""
    levels = {row.row: row.reading for row in one.rows if row.reading not in NOT_A_LEVEL}
    return {
        row.row
        for row in other.rows
        if row.reading not in NOT_A_LEVEL and levels.get(row.row, row.reading) != row.reading
    }


def apart_by(one: PageReading, other: PageReading) -> float | None:
    """How far apart the coverage of boxes lies that are marked on both; None where too few are."""
    there = {(row.row, box.level): box.coverage for row in one.rows for box in row.boxes if box.state == "marked"}
    both = [
        (there[row.row, box.level], box.coverage)
        for row in other.rows
        for box in row.boxes
        if box.state == "marked" and (row.row, box.level) in there
    ]
    if len(both) < LEAST_MARKS:
        return None
    change = np.diff(np.log(np.maximum(both, _LEAST)), axis=1)
    return float(np.abs(change - np.median(change)).mean())
