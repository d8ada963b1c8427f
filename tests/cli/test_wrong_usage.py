"""Wrong usage is one line in the language in use, and the parts of a help page are headed in it, too."""

from __future__ import annotations

import pytest
from helpers.command import assert_one_line, scan_tally

WRONG = {
    ("frobnicate",): ("không có lệnh frobnicate", "there is no command frobnicate"),
    ("scan",): ("thiếu PATH...", "PATH... is missing"),
    ("scan", "x", "--workers", "0"): ("--workers: phải từ 1 trở lên", "--workers: must be 1 or more"),
    ("scan", "x", "--wrkers", "2"): ("không có tùy chọn --wrkers", "there is no option --wrkers"),
    ("tally", "--poll"): ("tùy chọn --poll cần một giá trị", "option --poll needs a value"),
    ("explain", "a.jpg", "two"): ("PAGE: phải là một số nguyên", "PAGE: must be a whole number"),
    ("status", "too", "much"): ("thừa đối số: too much", "too much: too much"),
}


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_wrong_usage_is_told_in_either_language(words: tuple[str, ...]) -> None:
    for lang, expected in zip(("vi", "en"), WRONG[words], strict=True):
        assert_one_line(scan_tally(*words, lang=lang), 2, expected)


def test_a_help_page_has_vietnamese_headings() -> None:
    shown = scan_tally("scan", "--help", lang="vi").out
    for heading in ("Đối số", "Tùy chọn", "bắt buộc"):
        assert heading in shown
    assert "Options" in scan_tally("scan", "--help", lang="en").out


@pytest.mark.parametrize("words", [("--help",), ("print", "--help"), ("calibrate", "print", "--help")], ids=" ".join)
def test_a_help_page_asks_for_no_value_where_an_option_takes_none(words: tuple[str, ...]) -> None:
    assert "bool" not in scan_tally(*words, lang="en").out


def test_a_group_called_without_a_command_shows_its_page_in_vietnamese() -> None:
    shown = scan_tally("calibrate", lang="vi")
    assert "Tùy chọn" in shown.out + shown.err
    assert "Options" not in shown.out + shown.err
