"""Two scans under one code: one sheet that was scanned twice, or a copy that bears other marks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import cv2
import numpy as np
import pytest
from helpers.hands import marked_by, scanned
from helpers.reading import CHOICES, layout, readings, sheet
from hypothesis import given, settings
from hypothesis import strategies as st

from ballot_scan.records import PageReading
from ballot_scan.rules.rescans import Compared, Sameness, compared


@cache
def scan(voter: int, time: int, choices: Sequence[int | None] = CHOICES) -> PageReading:
    """The sheet as this voter marked it, read from its scan at a time."""
    data = scanned(marked_by(voter, sheet(), layout().pages[0], choices), time)
    return readings(np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE), np.uint8))


@pytest.mark.parametrize("voter", range(6))
def test_one_sheet_scanned_twice_is_told_as_one(voter: int) -> None:
    assert compared([scan(voter, 1), scan(voter, 2)]) == Compared(Sameness.ONE_SHEET)


@pytest.mark.parametrize("voter", range(6))
def test_the_same_rows_by_another_hand_are_not_one_sheet(voter: int) -> None:
    found = compared([scan(voter, 1), scan(voter + 1, 1)])
    assert found is not None
    assert found.sameness in (Sameness.OTHER_MARKS, Sameness.UNTOLD)


def test_most_copies_marked_anew_are_told() -> None:
    told = [compared([scan(a, 1), scan(b, 1)]) for a in range(7) for b in range(a)]
    assert sum(found == Compared(Sameness.OTHER_MARKS) for found in told) > len(told) / 2


def test_a_copy_with_other_votes_names_the_rows() -> None:
    changed = (*CHOICES[:-1], (CHOICES[-1] + 1) % 3)
    rows = (len(CHOICES),)
    assert compared([scan(1, 1), scan(1, 2, changed)]) == Compared(Sameness.OTHER_ROWS, rows)
    assert compared([scan(1, 1), scan(1, 2), scan(1, 3, changed)]) == Compared(Sameness.OTHER_ROWS, rows)


def test_marks_that_cover_their_boxes_neither_alike_nor_otherwise_are_never_said_to_be_too_few() -> None:
    found = [compared([scan(a, 1), scan(b, 1)]) for a in range(7) for b in range(a)]
    assert {one.sameness for one in found if one} <= {Sameness.OTHER_MARKS, Sameness.UNTOLD, Sameness.ONE_SHEET}


def test_few_marks_tell_nothing_and_one_scan_has_nothing_to_be_compared_with() -> None:
    few = (*CHOICES[:5], *(None for _ in CHOICES[5:]))
    assert compared([scan(1, 1, few), scan(1, 2, few)]) == Compared(Sameness.FEW_MARKS)
    assert compared([scan(1, 1)]) is None
    assert compared([]) is None


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 2)), min_size=2, max_size=4, unique=True))
def test_the_order_of_scans_tells_nothing(which: list[tuple[int, int]]) -> None:
    pages = [scan(voter, time) for voter, time in which]
    assert compared(pages) == compared(reversed(pages))
