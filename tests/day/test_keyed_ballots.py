"""Without a scanner: two operators key, what they keyed alike is people's reading, where they differ the row waits."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers.command import Said, assert_one_line, scan_tally
from helpers.small_event import HALL, table, turnout_options, write_event, write_keying

GOOD = [("1", ("high", "medium", "low")), ("2", ("blank", "multiple", "high")), ("3", ("low", "low", "low"))]


@pytest.fixture
def keyed_event(tmp_path: Path) -> Path:
    """An event with nothing printed: only event.toml is needed to key."""
    return write_event(tmp_path / "event")


def key(event: Path, file: Path, operator: str) -> Said:
    return scan_tally("key", file, "--poll", "hall", "--form", "main", "--operator", operator, event=event)


def tallied(event: Path) -> tuple[int, dict[str, object]]:
    file = event.parent / "t.json"
    code = scan_tally("tally", "--json", file, "--poll", "hall", event=event).code
    return code, json.loads(file.read_text(encoding="utf-8"))["polls"][0]


def test_the_first_keying_ends_well_and_waits_for_a_second(keyed_event: Path, tmp_path: Path) -> None:
    said = key(keyed_event, write_keying(tmp_path / "a.csv", HALL, GOOD), "Lan")
    assert said.code == 0
    assert "ZERO REPORT" in said.out
    assert "3 ballots wait for a second operator" in said.out
    code, poll = tallied(keyed_event)
    assert code == 4
    assert poll["pending_review"] == 3


def test_what_two_operators_keyed_alike_is_settled_blank_and_multiple_too(keyed_event: Path, tmp_path: Path) -> None:
    key(keyed_event, write_keying(tmp_path / "a.csv", HALL, GOOD), "Lan")
    said = key(keyed_event, write_keying(tmp_path / "b.csv", HALL, GOOD[::-1]), "Minh")
    assert said.code == 0
    assert "wait" not in said.out
    scan_tally("turnout", "--poll", "hall", *turnout_options(collected=3), event=keyed_event)
    code, poll = tallied(keyed_event)
    assert code == 0
    an, binh, _ = poll["candidates"]  # type: ignore[misc]
    assert (an["valid"], an["none_marked"], an["several_marked"]) == (2, 1, 0)
    assert (binh["valid"], binh["none_marked"], binh["several_marked"]) == (2, 0, 1)


def test_where_they_differ_the_row_waits(keyed_event: Path, tmp_path: Path) -> None:
    other = [*GOOD[:2], ("3", ("low", "medium", "low"))]
    key(keyed_event, write_keying(tmp_path / "a.csv", HALL, GOOD), "Lan")
    said = key(keyed_event, write_keying(tmp_path / "b.csv", HALL, other), "Minh")
    assert said.code == 0
    assert "1 ballots" in said.err
    assert "Lan, Minh" in said.err
    scan_tally("turnout", "--poll", "hall", *turnout_options(collected=3), event=keyed_event)
    code, poll = tallied(keyed_event)
    assert code == 4
    assert poll["pending_review"] == 1


def test_the_same_bytes_from_another_operator_are_another_keying(keyed_event: Path, tmp_path: Path) -> None:
    file = write_keying(tmp_path / "a.csv", HALL, GOOD)
    key(keyed_event, file, "Lan")
    again = key(keyed_event, file, "Lan")
    assert again.code == 0
    assert "nothing changed" in again.out
    assert "3 ballots wait" in again.out
    assert "wait" not in key(keyed_event, file, "Minh").out


@pytest.mark.parametrize("again", ["lan", " LAN "])
def test_one_operator_spelled_otherwise_is_no_second_one(keyed_event: Path, tmp_path: Path, again: str) -> None:
    file = write_keying(tmp_path / "a.csv", HALL, GOOD)
    key(keyed_event, file, "Lan")
    assert "3 ballots wait" in key(keyed_event, file, again).out


def test_a_ballot_that_one_operator_left_out_waits(keyed_event: Path, tmp_path: Path) -> None:
    key(keyed_event, write_keying(tmp_path / "a.csv", HALL, GOOD), "Lan")
    said = key(keyed_event, write_keying(tmp_path / "b.csv", HALL, GOOD[:2]), "Minh")
    assert "1 ballots wait for a second operator" in said.out


def test_a_later_file_of_the_same_operator_corrects_the_earlier(keyed_event: Path, tmp_path: Path) -> None:
    other = [*GOOD[:2], ("3", ("low", "medium", "low"))]
    key(keyed_event, write_keying(tmp_path / "a.csv", HALL, GOOD), "Lan")
    key(keyed_event, write_keying(tmp_path / "b.csv", HALL, other), "Minh")
    said = key(keyed_event, write_keying(tmp_path / "c.csv", HALL, GOOD), "Minh")
    assert said.code == 0
    assert said.err == ""


@pytest.mark.parametrize(
    "typed", [str, str.lower, lambda code: code.replace("-", ""), lambda code: code.replace("0", "o")]
)
def test_a_ballot_both_scanned_and_keyed_under_its_code_is_not_counted_twice(
    event: Path, plain_stack: Path, tmp_path: Path, typed: Callable[[str], str]
) -> None:
    assert scan_tally("scan", plain_stack / "trang-01.jpg", event=event).code == 0
    assert scan_tally("dump", tmp_path / "d", event=event).code == 0
    (page,) = table(tmp_path / "d" / "pages.csv")
    file = write_keying(tmp_path / "a.csv", HALL, [(typed(page["ballot"]), GOOD[0][1])])
    for operator in ("Lan", "Minh"):
        assert key(event, file, operator).code == 0
    code, poll = tallied(event)
    assert code == 4
    assert poll["valid"] == 0


@pytest.mark.parametrize(
    "data",
    [
        "ballot,an,binh,chi\n1,high,low,medium\n".encode("utf-8-sig"),
        "ballot,an,binh,chi\r\n1,high,low,medium\r\n".encode("utf-16"),
        "ballot,an,binh,chi\r\n1,high,low,medium\r\n".encode("utf-16-le"),
        b"ballot;an;binh;chi\r\n1;high;low;medium\r\n\r\n",
        b"chi\tbinh\tan\tballot\nmedium\tlow\thigh\t1\n",
        b"Ballot , an,binh,chi\n 1, High ,LOW,medium".replace(b"Ballot ", b"ballot "),
    ],
    ids=["bom", "utf-16", "utf-16-without-bom", "semicolons-crlf", "tabs-other-order", "spaces-capitals"],
)
def test_files_as_spreadsheets_save_them_are_taken(keyed_event: Path, tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "nhập liệu của Lan.csv"
    file.write_bytes(data)
    assert key(keyed_event, file, "Lan").code == 0
    assert scan_tally("dump", tmp_path / "d", event=keyed_event).code == 0
    keyed = table(tmp_path / "d" / "keyed.csv")
    assert {(r["ballot"], r["candidate"], r["reading"]) for r in keyed} == {
        ("1", "an", "high"), ("1", "binh", "low"), ("1", "chi", "medium")
    }  # fmt: skip


@pytest.mark.parametrize(
    ("data", "place", "word"),
    [
        (b"ballot,an,binh,chi\n1,high,low,medium\n2,high,yes,low\n", "a.csv:3", "yes"),
        (b"ballot,an,binh,chi\n1,high,low,medium\n\n2,high,unsure,low\n", "a.csv:4", "unsure"),
        (b"ballot,an,binh,chi\n1,high,,medium\n", "a.csv:2", "binh"),
        (b"ballot,an,binh,chi\n1,high,low\n", "a.csv:2", "cells"),
        (b"ballot,an,binh,chi\n,high,low,low\n", "a.csv:2", "ballot"),
        (b"ballot,an,binh,chi\n1,high,low,low\n1,high,low,low\n", "a.csv:3", "line 2"),
        (b"ballot,an,binh\n1,high,low\n", "a.csv:1", "chi"),
        (b"ballot,an,binh,chi,eva\n1,high,low,low,low\n", "a.csv:1", "eva"),
        (b"ballot,an,an,binh,chi\n1,high,low,low,low\n", "a.csv:1", "an"),
        (b"ballot,an,binh,chi\n", "a.csv", "no ballot"),
        (b"", "a.csv", "no ballot"),
        (b"\xff\xfe\x00", "a.csv", "table"),
        (b'ballot,an,binh,chi\n"1\n\xc3\xa9",high,low,low\n2,high,bad,low\n', "a.csv:4", "bad"),
        ("ballot,an,binh,chi\n1,high,low,th\xe1p\n".encode("latin-1"), "a.csv", "UTF-8"),
    ],
)
def test_a_refused_file_names_its_line_and_leaves_nothing(
    keyed_event: Path, tmp_path: Path, data: bytes, place: str, word: str
) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(data)
    assert_one_line(key(keyed_event, file, "Lan"), 2, place, word)
    assert scan_tally("dump", tmp_path / "d", event=keyed_event).code == 0
    assert not (tmp_path / "d" / "keyed.csv").exists()


def test_wrong_options_of_key_are_one_line(keyed_event: Path, tmp_path: Path) -> None:
    file = write_keying(tmp_path / "a.csv", HALL, GOOD)
    wrong = {
        "hal": ("key", file, "--poll", "hal", "--form", "main", "--operator", "Lan"),
        "mian": ("key", file, "--poll", "hall", "--form", "mian", "--operator", "Lan"),
        "--operator": ("key", file, "--poll", "hall", "--form", "main", "--operator", " "),
        "missing.csv": ("key", tmp_path / "missing.csv", "--poll", "hall", "--form", "main", "--operator", "Lan"),
    }
    for word, arguments in wrong.items():
        assert_one_line(scan_tally(*arguments, event=keyed_event), 2, word)
