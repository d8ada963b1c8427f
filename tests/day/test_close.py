"""The close: everything that blocks at once, what it writes, and what is refused from then on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from helpers.command import Said, assert_one_line, scan_tally
from helpers.records import dumped, hall, log, minutes, tally
from helpers.small_event import HALL, turnout_options, write_keying
from helpers.team import HEAD, SECRETARY, both_decide, count_box, decide

SETTLED = {"binh:blank": "blank", "binh:multiple": "low"}


def close(event: Path, *options: str, poll: str = "hall") -> Said:
    return scan_tally("close", "--poll", poll, *options, event=event)


def reopen(event: Path, *members: str, reason: str = "tìm thấy một xấp phiếu") -> Said:
    options = [word for m in members for word in ("--member", m)]
    return scan_tally("reopen", "--poll", "hall", *options, "--reason", reason, event=event)


# ---------------------------------------------------------------- what blocks


def test_all_that_blocks_is_named_at_once(printed_event: Path, doubtful_stack: list[Path], tmp_path: Path) -> None:
    event = tmp_path / "event"
    shutil.copytree(printed_event, event)
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    scan_tally("scan", *doubtful_stack, tmp_path / "broken.jpg", event=event)
    both_decide(event, {"binh:blank": "blank"})
    before = log(event)
    said = close(event)
    assert said.code == 4
    first, *lines = said.err.strip().splitlines()
    assert "hall" in first
    assert len(lines) == 4, said.err
    assert all(line.startswith("  - ") for line in lines)
    for word in ("turnout is missing", "1 ballot(s) wait", "broken.jpg", "--team-confirms"):
        assert sum(word in line for line in lines) == 1, word
    assert log(event) == before
    assert tally(event, "--poll", "hall")[1]["provisional"] is True


def test_numbers_that_do_not_reconcile_block(clean: Path) -> None:
    assert scan_tally("turnout", "--poll", "hall", *turnout_options(collected=11, issued=12), event=clean).code == 0
    said = close(clean)
    assert said.code == 4
    assert "11 ballots collected, but 12 read" in said.err


def test_decisions_ask_for_the_whole_team(doubtful: Path) -> None:
    both_decide(doubtful, SETTLED)
    said = close(doubtful)
    assert said.code == 4
    assert said.err.count("  - ") == 1
    assert "--team-confirms" in said.err
    assert close(doubtful, "--team-confirms").code == 0


def test_nothing_is_closed_before_anything_was_read(event: Path) -> None:
    said = close(event)
    assert said.code == 4
    assert "no ballot was read or keyed" in said.err


def test_wrong_words_are_one_line(clean: Path) -> None:
    assert_one_line(close(clean, poll="hal"), 2, "hal", "hall, annex")
    assert_one_line(close(clean, "--opened", "25:00"), 2, "--opened", "25:00")
    assert_one_line(close(clean, "--closed", "sáng"), 2, "--closed", "sáng")
    assert close(clean).code == 0
    assert_one_line(close(clean), 5, "hall", "already")


def test_a_rehearsal_is_never_closed_as_a_result(event: Path) -> None:
    assert scan_tally("rehearse", "--ballots", 3, "--poll", "hall", event=event).code == 0
    assert scan_tally("scan", event / "rehearsal", event=event).code == 0
    count_box(event, 3)
    assert_one_line(close(event), 5, "hall", "rehearsal")


def test_a_page_set_aside_that_nobody_can_place_asks_for_the_whole_team(clean: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    assert scan_tally("scan", tmp_path / "broken.jpg", event=clean).code == 3
    assert close(clean).code == 4
    for member in (HEAD, SECRETARY):
        assert decide(clean, member, {"poor-image:": "not-counted"}, poll="").code == 0
    said = close(clean)
    assert said.code == 4
    assert "--team-confirms" in said.err
    assert "broken.jpg" not in said.err
    assert close(clean, "--team-confirms").code == 0


# ---------------------------------------------------------------- what it writes


def test_the_close_shows_what_decisions_change(doubtful: Path) -> None:
    both_decide(doubtful, SETTLED)
    said = close(doubtful, "--team-confirms")
    assert said.code == 0
    lines = [line for line in said.out.splitlines() if "Trần Thị Bình" in line and "low" in line]
    assert [c.strip() for c in lines[0].strip("│").split("│")][2:] == ["1", "2"]
    assert "CLOSED" in said.out
    head = f"log: {len(log(doubtful))} entries"
    assert head in said.out


def test_what_decisions_change_is_shown_before_the_team_confirms(doubtful: Path) -> None:
    both_decide(doubtful, SETTLED)
    said = close(doubtful)
    assert said.code == 4
    assert "What decisions change in the tally" in said.out


def test_hours_remarks_and_the_teams_word_stand_in_the_minutes(doubtful: Path) -> None:
    both_decide(doubtful, SETTLED)
    words = ("--opened", "14:30", "--closed", "15h05", "--remark", "Không có khiếu nại", "--remark", "Mất điện 5 phút")
    assert close(doubtful, *words, "--team-confirms").code == 0
    text = minutes(doubtful)
    assert "14 giờ 30" in text
    assert "15 giờ 05" in text
    assert "Không có khiếu nại" in text
    assert "Mất điện 5 phút" in text
    assert "thống nhất kết luận" in text
    assert "PROVISIONAL" not in text


def test_one_result_code_stands_everywhere(clean: Path) -> None:
    shown = close(clean).out.split("result code: ")[1].split()[0]
    assert scan_tally("tally", "--poll", "hall", event=clean).out.split("result code: ")[1].split()[0] == shown
    assert tally(clean)[1]["result_code"] == shown
    assert shown in minutes(clean)
    said = scan_tally("export", event=clean)
    assert f"result code: {shown}" in said.out
    verified = scan_tally("verify", clean / "export" / "hdnd-thu.zip", "--allow-unsigned", event=clean)
    assert verified.code == 0
    assert shown in verified.out


def test_papers_written_again_later_are_those_that_were_signed(closed: Path, annex_stack: list[Path]) -> None:
    signed = minutes(closed)
    (closed.parent / "broken.jpg").write_bytes(b"no picture")
    assert scan_tally("scan", *annex_stack, closed.parent / "broken.jpg", event=closed).code == 3
    count_box(closed, 4, "annex")
    assert scan_tally("backup", closed.parent / "b.zip", event=closed).code == 0
    assert minutes(closed) == signed  # log head, code, nothing provisional


def test_the_day_of_one_poll_does_not_hold_up_a_closed_one(closed: Path, annex_stack: list[Path]) -> None:
    (closed.parent / "broken.jpg").write_bytes(b"no picture")
    assert scan_tally("scan", *annex_stack, closed.parent / "broken.jpg", event=closed).code == 3
    assert scan_tally("tally", "--poll", "hall", event=closed).code == 0
    said = close(closed, poll="annex")
    assert said.code == 4
    assert "broken.jpg" in said.err


# ---------------------------------------------------------------- afterwards nothing is taken


def test_turnout_and_keying_are_refused(closed: Path, tmp_path: Path) -> None:
    file = write_keying(tmp_path / "a.csv", HALL, [("1", ("high", "high", "high"))])
    before = log(closed), hall(closed)
    commands = (
        ("turnout", "--poll", "hall", *turnout_options(collected=11)),
        ("key", file, "--poll", "hall", "--form", "main", "--operator", "Lan"),
    )
    for command in commands:
        assert_one_line(scan_tally(*command, event=closed), 5, "closed")
    assert (log(closed), hall(closed)) == before


def test_a_scan_takes_the_pages_of_the_open_poll_and_names_the_others(
    closed: Path, annex_stack: list[Path], plain_stack: Path, tmp_path: Path
) -> None:
    late = tmp_path / "late.jpg"
    late.write_bytes((plain_stack / "trang-01.jpg").read_bytes() + b"\0")
    before = hall(closed)
    said = scan_tally("scan", *annex_stack, late, event=closed)
    assert said.code == 5
    assert "4 pages in = 4 read" in said.out
    assert said.err.count("\n") == 1
    assert f"{late.as_posix()}: page 1: not taken" in said.err
    assert "hall" in said.err
    assert hall(closed) == before
    assert {p["poll"] for p in dumped(closed) if "annex" in p["source"] or p["source"] == late.as_posix()} == {"annex"}
    assert "page 1" in scan_tally("scan", late, event=closed, lang="vi").err.replace("trang", "page")


def test_where_every_poll_is_closed_nothing_is_scanned(closed: Path, annex_stack: list[Path], tmp_path: Path) -> None:
    assert scan_tally("scan", *annex_stack, event=closed).code == 0
    count_box(closed, 4, "annex")
    assert close(closed, poll="annex").code == 0
    before = log(closed)
    assert_one_line(scan_tally("scan", annex_stack[0], event=closed), 5, "closed")
    assert log(closed) == before


# ---------------------------------------------------------------- opened again


@pytest.mark.parametrize(
    ("members", "word"), [((HEAD,), "two"), ((HEAD, HEAD), "two"), ((HEAD, "Khách"), "Khách"), ((), "--member")]
)
def test_reopening_needs_two_different_members(closed: Path, members: tuple[str, ...], word: str) -> None:
    before = log(closed)
    said = reopen(closed, *members)
    assert_one_line(said, 5 if members else 2, word)
    assert log(closed) == before


def test_reopening_needs_a_reason(closed: Path) -> None:
    assert_one_line(reopen(closed, HEAD, SECRETARY, reason="  "), 5, "reason")


def test_only_a_closed_poll_is_reopened(clean: Path) -> None:
    assert_one_line(reopen(clean, HEAD, SECRETARY), 5, "hall")


def test_a_reopened_count_goes_on_and_the_log_has_it(closed: Path, plain_stack: Path) -> None:
    assert reopen(closed, SECRETARY, HEAD).code == 0
    assert log(closed)[-1] == (
        "reopened", "ok", {"poll": "hall", "members": [SECRETARY, HEAD], "reason": "tìm thấy một xấp phiếu"}
    )  # fmt: skip
    assert "PROVISIONAL" in minutes(closed)
    count_box(closed, 12)
    assert scan_tally("scan", plain_stack, event=closed).code == 0
    assert close(closed).code == 0
    assert [name for name, _, _ in log(closed)].count("closed") == 2
