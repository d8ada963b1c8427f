"""The recount's own arithmetic against published figures and against the tally's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballot_scan import tally
from ballot_scan.export.recount import reached, share
from ballot_scan.export.strict import Fault, Table


@pytest.mark.parametrize(
    ("votes", "base", "expected"),
    [(19, 47, "40.43"), (2, 47, "4.26"), (25, 47, "53.19"), (437, 485, "90.10"), (4, 485, "0.82"), (49, 58, "84.48"),
     (1, 800, "0.13"), (0, 5, "0.00"), (5, 5, "100.00"), (3, 0, "")],
)  # fmt: skip
def test_published_shares(votes: int, base: int, expected: str) -> None:
    assert share(votes, base) == expected


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_shares_are_those_of_the_tally(votes: int, base: int) -> None:
    assert share(votes, base) == tally.percent(votes, base)


@pytest.mark.parametrize(
    ("comparison", "votes", "base", "expected"),
    [("more", 32, 48, False), ("at-least", 32, 48, True), ("more", 33, 48, True), ("at-least", 31, 48, False),
     ("at-least", 0, 0, False)],
)  # fmt: skip
def test_thresholds_in_whole_numbers(comparison: str, votes: int, base: int, expected: bool) -> None:
    limit = Table({"numerator": 2, "denominator": 3, "comparison": comparison}, "second")
    assert reached(limit, votes, base) is expected


def test_a_comparison_nobody_knows_is_a_fault() -> None:
    with pytest.raises(Fault):
        reached(Table({"numerator": 1, "denominator": 2, "comparison": "about"}, "first"), 1, 2)
