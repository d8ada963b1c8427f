"""Numbers, shares, dates and hours of official papers."""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballot_scan.documents import numbers


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_share_is_half_up_on_exact_numbers(part: int, whole: int) -> None:
    exact = (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    # Decimal division itself rounds at 28 digits: far from any tie these numbers can come near.
    assert numbers.share(part, whole) == f"{exact:.2f}"


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_vietnamese_differs_by_its_comma_only(part: int, whole: int) -> None:
    value = numbers.share(part, whole)
    assert numbers.percent(value, "vi").replace(",", ".") == numbers.percent(value, "en") == value + "%"


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (19, 47, "40,43%"),
        (2, 47, "4,26%"),
        (25, 47, "53,19%"),
        (437, 485, "90,10%"),
        (1, 800, "0,13%"),
        (14, 48, "29,17%"),
    ],
)
def test_published_shares(part: int, whole: int, shown: str) -> None:
    assert numbers.percent(numbers.share(part, whole), "vi") == shown


def test_no_base_has_no_share() -> None:
    assert numbers.share(0, 0) == ""
    assert numbers.percent("", "vi") == numbers.NO_SHARE


@pytest.mark.parametrize(
    ("day", "vi", "en"),
    [
        (dt.date(2018, 10, 16), "ngày 16 tháng 10 năm 2018", "16 October 2018"),
        (dt.date(2026, 2, 5), "ngày 05 tháng 02 năm 2026", "5 February 2026"),
        (dt.date(2026, 3, 5), "ngày 05 tháng 3 năm 2026", "5 March 2026"),
    ],
)
def test_dates(day: dt.date, vi: str, en: str) -> None:
    assert numbers.date(day, "vi") == vi
    assert numbers.date(day, "en") == en


def test_hours_and_counts() -> None:
    assert numbers.hour("08:05", "vi") == "08 giờ 05 phút"
    assert numbers.hour("08:05", "en") == "08:05"
    assert "…" in numbers.hour(None, "vi")
    assert numbers.count(3, "vi") == "03"
    assert numbers.count(0, "vi") == "0"
    assert numbers.count(None, "vi") == numbers.DOTS
    assert numbers.count(12345, "vi") == "12.345"
    assert numbers.count(12345, "en") == "12,345"


@pytest.mark.parametrize(
    ("number", "vi", "en"),
    [
        (0, "không", "zero"),
        (10, "mười", "ten"),
        (15, "mười lăm", "fifteen"),
        (21, "hai mươi mốt", "twenty-one"),
        (40, "bốn mươi", "forty"),
        (55, "năm mươi lăm", "fifty-five"),
        (105, "một trăm linh năm", "one hundred five"),
        (348, "ba trăm bốn mươi tám", "three hundred forty-eight"),
        (1005, "một nghìn không trăm linh năm", "one thousand five"),
        (2010, "hai nghìn không trăm mười", "two thousand ten"),
        (1_000_000, "một triệu", "one million"),
    ],
)
def test_words(number: int, vi: str, en: str) -> None:
    assert numbers.words(number, "vi") == vi
    assert numbers.words(number, "en") == en


@given(st.integers(0, 10**12))
def test_words_have_no_gaps_and_dots_stand_for_the_unknown(number: int) -> None:
    for lang in ("vi", "en"):
        shown = numbers.words(number, lang)
        assert shown
        assert "  " not in shown
        assert shown == shown.strip()
    assert numbers.words(None, "vi") == numbers.DOTS


@given(st.sets(st.integers(0, 10**6), min_size=2, max_size=2))
def test_different_numbers_read_differently(pair: set[int]) -> None:
    one, other = pair
    assert numbers.words(one, "vi") != numbers.words(other, "vi")
    assert numbers.words(one, "en") != numbers.words(other, "en")
