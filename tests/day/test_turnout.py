"""The hand-counted numbers are compared with each other, may be given again, and a surplus stops everything."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from helpers.command import assert_one_line, scan_tally
from helpers.small_event import turnout_options, write_event


@pytest.fixture
def unprinted(tmp_path: Path) -> Path:
    return write_event(tmp_path / "event")


def turnout(event: Path, **numbers: int):  # type: ignore[no-untyped-def]
    return scan_tally("turnout", "--poll", "hall", *turnout_options(**numbers), event=event)


def test_numbers_that_agree_are_kept(unprinted: Path) -> None:
    said = turnout(unprinted, collected=10, issued=12, printed=15, spoiled=1)
    assert said.code == 0
    assert "1 issued ballots were not returned" in said.out


def test_printed_unlike_issued_and_unused_does_not_reconcile_but_is_kept(unprinted: Path) -> None:
    said = turnout(unprinted, collected=10, issued=12, printed=15, unused=2)
    assert said.code == 4
    assert "printed 15, but issued + unused = 14" in said.err
    again = turnout(unprinted, collected=10, issued=12, printed=15)
    assert again.code == 0


def test_more_came_back_than_went_out(unprinted: Path) -> None:
    said = turnout(unprinted, collected=12, issued=12, spoiled=1)
    assert said.code == 4
    assert "collected + spoiled = 13" in said.err


def test_a_surplus_in_the_box_is_refused_and_nothing_is_kept_but_the_refusal(unprinted: Path) -> None:
    assert turnout(unprinted, collected=12, issued=12).code == 0
    assert_one_line(turnout(unprinted, collected=13, issued=12), 5, "13", "12", "void")
    with sqlite3.connect(unprinted / "tally.db") as db:
        assert db.execute("SELECT count(*) FROM turnouts").fetchone() == (1,)
        outcomes = [row[0] for row in db.execute("SELECT outcome FROM log WHERE event = 'turnout' ORDER BY seq")]
    db.close()
    assert outcomes == ["ok", "refused"]


def test_a_surplus_is_refused_in_vietnamese_too(unprinted: Path) -> None:
    options = turnout_options(collected=13, issued=12)
    said = scan_tally("turnout", "--poll", "hall", *options, event=unprinted, lang="vi")
    assert_one_line(said, 5, "13", "12")
    assert "phiếu" in said.err


@pytest.mark.parametrize("number", ["-1", "12.5", "mười"])
def test_what_is_no_number_of_ballots_is_one_line(unprinted: Path, number: str) -> None:
    options = turnout_options(collected=12)
    options[options.index("--present") + 1] = number
    said = scan_tally("turnout", "--poll", "hall", *options, event=unprinted)
    assert_one_line(said, 2, "--present")


def test_an_unknown_poll_is_named_with_those_known(unprinted: Path) -> None:
    said = scan_tally("turnout", "--poll", "hal", *turnout_options(collected=1), event=unprinted)
    assert_one_line(said, 2, "hal", "hall, annex")
