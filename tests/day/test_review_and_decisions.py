"""People decide: the review page, two members' files, and what becomes of a file that cannot stand."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers.command import assert_one_line, process, scan_tally
from helpers.records import dumped, hall, log, tally, votes
from helpers.team import HEAD, SECRETARY, both_decide, decide, file_of, resealed

SETTLED = {"binh:blank": "blank", "binh:multiple": "low"}


def page_of(event: Path) -> str:
    said = scan_tally("review", event=event)
    assert said.code == 0, said.everything
    assert "review/index.html" in said.out
    return (event / "review" / "index.html").read_text(encoding="utf-8")


def refused(event: Path, file: Path, code: int, *words: str) -> None:
    """Refused with its reason; nothing of it is taken: the log is as long as before."""
    before = log(event)
    assert_one_line(scan_tally("decide", file, event=event), code, *words)
    assert log(event) == before


# ---------------------------------------------------------------- the page


def test_every_flagged_ballot_stands_in_the_page_with_its_picture(doubtful: Path) -> None:
    page = page_of(doubtful)
    flagged = [p for p in dumped(doubtful) if p["needs_review"] == "true"]
    assert len(flagged) == 2
    for ballot in flagged:
        assert ballot["ballot"] in page
    pictures = {p.stem for p in (doubtful / "evidence").glob("*.jpg")}
    assert len(pictures & set(re.findall(r"[0-9a-f]{64}", page))) == 2
    plain = [p["ballot"] for p in dumped(doubtful) if p["needs_review"] == "false"]
    assert not any(code in page for code in plain)


def test_the_page_needs_no_network(doubtful: Path) -> None:
    page = page_of(doubtful).replace("http://www.w3.org/2000/svg", "")  # a name, no address
    assert not re.search(r"https?://|\bsrc=|@import|<link", page)
    assert re.search(r"default-src (&#39;|')none", page)


def test_a_count_without_doubt_has_a_page_that_says_so(clean: Path) -> None:
    assert "No ballot needs a conclusion" in page_of(clean)


def test_the_page_speaks_vietnamese(doubtful: Path) -> None:
    assert scan_tally("review", event=doubtful, lang="vi").code == 0
    assert '<html lang="vi"' in (doubtful / "review" / "index.html").read_text(encoding="utf-8")


# ---------------------------------------------------------------- two members


def test_what_two_members_conclude_alike_is_decided_and_changes_the_tally(doubtful: Path) -> None:
    assert hall(doubtful)["pending_review"] == 2
    first = decide(doubtful, HEAD, SETTLED)
    assert "2 decision(s) taken" in first.out
    assert hall(doubtful)["pending_review"] == 2  # one member alone concludes nothing
    second = decide(doubtful, SECRETARY, SETTLED)
    assert "0 ballot(s) wait" in second.out
    assert tally(doubtful)[0] == 0
    assert votes(doubtful, "binh") == {"high": 1, "medium": 1, "low": 2, "none": 1, "several": 0, "other": 0}
    page = page_of(doubtful)
    assert "The decisions change" in page  # before and after


def test_where_two_members_differ_the_row_waits_and_both_are_shown(doubtful: Path) -> None:
    assert decide(doubtful, HEAD, SETTLED, grounds="nét gạch chính ở ô thấp").code == 0
    said = decide(doubtful, SECRETARY, {**SETTLED, "binh:multiple": "multiple"}, grounds="hai dấu như nhau")
    assert "1 differ" in said.out
    assert tally(doubtful)[0] == 4
    assert hall(doubtful)["pending_review"] == 1
    page = page_of(doubtful)
    for words in (HEAD, SECRETARY, "nét gạch chính ở ô thấp", "hai dấu như nhau"):
        assert words in page
    # after talking it over, the secretary agrees
    assert decide(doubtful, SECRETARY, {"binh:multiple": "low"}).code == 0
    assert hall(doubtful)["pending_review"] == 0


def test_the_same_file_twice_adds_nothing(doubtful: Path) -> None:
    file = file_of(doubtful, HEAD, SETTLED)
    assert scan_tally("decide", file, event=doubtful).code == 0
    before = log(doubtful)
    again = scan_tally("decide", file, event=doubtful)
    assert again.code == 0
    assert "0 decision(s) taken, 2 known already" in again.out
    assert log(doubtful) == before


def test_a_members_later_file_supersedes_the_earlier_and_neither_is_edited(doubtful: Path) -> None:
    both_decide(doubtful, SETTLED)
    assert decide(doubtful, HEAD, {"binh:multiple": "multiple"}).code == 0
    assert hall(doubtful)["pending_review"] == 1  # they no longer agree
    assert decide(doubtful, SECRETARY, {"binh:multiple": "multiple"}).code == 0
    assert votes(doubtful, "binh")["several"] == 1
    said = [entry["verdict"] for event, _, entry in log(doubtful) if event == "opinion"]
    assert said.count("low") == 2
    assert said.count("multiple") == 2


def test_decisions_stand_in_the_dump_and_the_machines_readings_stay(doubtful: Path) -> None:
    before = dumped(doubtful, "readings.csv")
    both_decide(doubtful, SETTLED)
    rows = dumped(doubtful, "decisions.csv")
    assert {(r["row"], r["verdict"], r["members"]) for r in rows} == {
        ("2", "blank", f"{SECRETARY}; {HEAD}"), ("2", "low", f"{SECRETARY}; {HEAD}")
    }  # fmt: skip
    assert dumped(doubtful, "readings.csv") == before


def test_decide_runs_as_a_process_and_in_vietnamese(doubtful: Path) -> None:
    said = process("decide", file_of(doubtful, HEAD, SETTLED), cwd=doubtful, lang="vi_VN.UTF-8")
    assert said.code == 0, said.everything
    assert "2 kết luận" in said.out


# ---------------------------------------------------------------- refused, nothing half-taken


def test_somebody_who_is_not_on_the_team_is_refused(doubtful: Path) -> None:
    refused(doubtful, file_of(doubtful, "Khách mời", SETTLED), 5, "Khách mời", HEAD)


def test_a_file_of_another_event_is_refused(doubtful: Path) -> None:
    refused(doubtful, resealed(file_of(doubtful, HEAD, SETTLED), event="hdnd-khac"), 5, "hdnd-khac", "hdnd-thu")


def test_a_file_edited_by_hand_is_refused(doubtful: Path) -> None:
    file = file_of(doubtful, HEAD, SETTLED)
    file.write_text(file.read_text(encoding="utf-8").replace('"low"', '"high"'), encoding="utf-8")
    refused(doubtful, file, 5, "changed")


def test_one_decision_that_cannot_stand_takes_the_whole_file_with_it(doubtful: Path) -> None:
    file = file_of(doubtful, HEAD, SETTLED)
    entries = json.loads(file.read_text(encoding="utf-8"))["decisions"]
    entries[1]["row"] = 1  # a row that is plain
    refused(doubtful, resealed(file, decisions=entries), 5, entries[1]["ballot"])
    assert hall(doubtful)["pending_review"] == 2


def test_a_page_scanned_again_since_is_refused(doubtful: Path, doubtful_stack: list[Path], tmp_path: Path) -> None:
    file = file_of(doubtful, HEAD, SETTLED)
    assert scan_tally("withdraw", "stack-1", "--reason", "dính tờ", event=doubtful).code == 0
    again = tmp_path / "again"
    again.mkdir()
    for page in doubtful_stack:
        (again / page.name).write_bytes(page.read_bytes() + b"\0")  # another scan of the same sheets: other bytes
    assert scan_tally("scan", again, "--batch", "stack-2", event=doubtful).code == 0
    refused(doubtful, file, 5, "again since it was looked at")


def test_a_decision_does_not_hold_for_a_page_scanned_again(
    doubtful: Path, doubtful_stack: list[Path], tmp_path: Path
) -> None:
    both_decide(doubtful, SETTLED)
    assert hall(doubtful)["pending_review"] == 0
    assert scan_tally("withdraw", "stack-1", event=doubtful).code == 0
    for page in doubtful_stack:
        (tmp_path / page.name).write_bytes(page.read_bytes() + b"\0")
        assert scan_tally("scan", tmp_path / page.name, "--batch", "stack-2", event=doubtful).code == 0
    assert hall(doubtful)["pending_review"] == 2
    said = scan_tally("close", "--poll", "hall", event=doubtful)
    assert said.code == 4
    assert "decision(s) were made" not in said.err  # those were about other pages


def test_a_closed_poll_takes_no_decision(doubtful: Path) -> None:
    both_decide(doubtful, SETTLED)
    late = file_of(doubtful, HEAD, {"binh:multiple": "multiple"})
    assert scan_tally("close", "--poll", "hall", "--team-confirms", event=doubtful).code == 0
    refused(doubtful, late, 5, "hall", "closed")


@pytest.mark.parametrize("make", [Path.exists, lambda p: p.write_bytes(b"{"), lambda p: p.mkdir()])
def test_what_is_no_decisions_file_is_one_line(doubtful: Path, make: Callable[[Path], object]) -> None:
    file = doubtful.parent / "x.json"
    make(file)
    refused(doubtful, file, 2)


def test_a_vietnamese_file_name_and_a_copy_by_an_editor_are_taken(doubtful: Path, tmp_path: Path) -> None:
    file = tmp_path / "kết luận của Tổ trưởng.json"
    shutil.copy(file_of(doubtful, HEAD, SETTLED), file)
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    assert scan_tally("decide", file, event=doubtful).code == 0
