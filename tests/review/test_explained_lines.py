"""What the picture of ``explain`` says on its panel: the status, why rows wait, and the bounds, in either language."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from helpers.reading import LEVELS, book, crosses, middle, stroke

from ballot_scan import text
from ballot_scan.records import Rule
from ballot_scan.review.explained import About, Beyond, lines
from ballot_scan.scan.explain import Sight, see
from ballot_scan.scan.profile import DEFAULT

ROW = 4


@pytest.fixture(scope="module")
def sight() -> Sight:
    page = crosses(ROW)
    x, y = middle(ROW, 1)
    stroke(page, (x, y), (x + 0.7, y + 0.3))  # a pen's rest
    return see(page, book(blanks=True), DEFAULT)


@pytest.fixture(autouse=True)
def _same_language_after() -> Iterator[None]:
    before = text.language()
    yield
    text.use(before)


def said(sight: Sight, *beyond: Beyond) -> list[str]:
    about = About("a.jpg", 1, 1, "", "hall", "main", {level: level for level in LEVELS}, "built-in", beyond=beyond)
    return [line.words for line in lines(sight, DEFAULT, about)]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("vi", ("Đã đọc", "Dấu không rõ", "Ngưỡng: độ phủ 2,5 %", "Xét cả trang, không có gì nghi vấn.")),
        ("en", ("Read", "Unclear mark", "Bounds: coverage 2.5 %")),
    ],
)
def test_the_lines_name_the_status_the_reasons_and_the_bounds(
    sight: Sight, language: str, expected: tuple[str, ...]
) -> None:
    text.use(language)
    told = said(sight)
    for start in expected:
        assert any(start in line for line in told), told
    assert sum(line.startswith(f"{ROW + 1}.") for line in told) == 1, "the doubtful row, and no other"


def test_a_page_whose_code_was_seen_twice_is_not_called_plain(sight: Sight) -> None:
    text.use("en")
    told = said(sight, Beyond(Rule.DUPLICATE_BALLOT, ("b.jpg (1)",)))
    assert any("b.jpg (1)" in line for line in told)
    assert text.t("explain.page-plain") not in told


def legend(*styles: str) -> set[str]:
    return {text.t(f"explain.legend.{style}") for style in styles}


def test_the_legend_names_every_colour_that_is_drawn_and_no_other(sight: Sight) -> None:
    text.use("en")
    assert legend("marker", "code", "marked", "unsure", "empty") <= set(said(sight))
    assert not legend("lost", "ink", "printed", "frame") & set(said(sight))


def test_on_a_page_that_was_not_read_the_legend_tells_guesses_from_what_was_found() -> None:
    text.use("en")
    page = crosses()
    page[:260, :260] = 255  # a corner is gone …
    page = (220 - (255 - page.astype(int)) // 8).astype("uint8")  # … and the scan is too pale
    refused = see(page, book(blanks=True), DEFAULT)
    assert refused.reading.reason == "scan.contrast"
    assert legend("marker", "lost", "printed") <= set(said(refused))
    assert not legend("marked", "unsure", "empty", "frame") & set(said(refused))
