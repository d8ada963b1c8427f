"""A batch is one physical stack: expected and counted, taken back whole, scanned again under another name."""

from __future__ import annotations

from pathlib import Path

from helpers.command import Said, assert_one_line, scan_tally
from helpers.records import dumped, hall, log


def rows(event: Path) -> dict[str, list[str]]:
    """The lines of ``batches`` by name: expected, pages in, read, unreadable, not a ballot, blank, note."""
    said = scan_tally("batches", event=event)
    assert said.code == 0
    cells = [[c.strip() for c in line.strip("│").split("│")] for line in said.out.splitlines() if line.startswith("│")]
    return {name: rest for name, *rest in cells}


def withdraw(event: Path, name: str) -> Said:
    return scan_tally("withdraw", name, "--reason", "hai tờ dính nhau", event=event)


def test_each_stack_is_listed_with_expected_and_counted_pages(clean: Path, plain_stack: Path, tmp_path: Path) -> None:
    assert rows(clean) == {"stack-1": ["–", "12", "12", "0", "0", "0", ""]}
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    one = plain_stack / "trang-01.jpg"  # read before
    said = scan_tally("scan", tmp_path / "broken.jpg", one, "--batch", "xấp 2", "--expect", 3, event=clean)
    assert said.code == 3
    assert "3 pages expected, 2 came in" in said.err
    assert rows(clean)["xấp 2"] == ["3", "1", "0", "1", "0", "0", "differs!"]


def test_a_withdrawn_stack_leaves_the_count_and_the_dump_but_is_not_erased(clean: Path) -> None:
    before = dumped(clean)
    said = withdraw(clean, "stack-1")
    assert said.code == 0
    assert "12 pages withdrawn" in said.out
    assert dumped(clean) == []
    assert dumped(clean, "readings.csv") == []
    assert hall(clean)["valid"] == 0
    assert rows(clean)["stack-1"][-1] == "withdrawn"
    everything = dumped(clean, "pages.csv", "--all")
    assert [{k: v for k, v in p.items() if k != "withdrawn"} for p in everything] == before
    assert {p["withdrawn"] for p in everything} == {"true"}
    assert {r["withdrawn"] for r in dumped(clean, "readings.csv", "--all")} == {"true"}
    assert ("batch-withdrawn", "ok", {"batch": "stack-1", "reason": "hai tờ dính nhau"}) in log(clean)


def test_it_can_be_scanned_again_under_another_name_only(clean: Path, plain_stack: Path) -> None:
    before = hall(clean)
    assert withdraw(clean, "stack-1").code == 0
    same = scan_tally("scan", plain_stack, "--batch", "stack-1", event=clean)
    assert_one_line(same, 2, "stack-1", "another name")
    again = scan_tally("scan", plain_stack, "--batch", "stack-1b", "--expect", 12, event=clean)
    assert again.code == 0
    assert "12 pages in = 12 read" in again.out
    assert hall(clean) == before
    assert {p["withdrawn"] for p in dumped(clean, "pages.csv", "--all")} == {"true", "false"}


def test_a_batch_that_is_not_there_or_was_withdrawn_is_one_line(clean: Path) -> None:
    assert_one_line(withdraw(clean, "stack-9"), 2, "stack-9", "stack-1")
    assert withdraw(clean, "stack-1").code == 0
    assert_one_line(withdraw(clean, "stack-1"), 2, "stack-1", "before")


def test_after_the_close_no_stack_of_the_poll_is_taken_back(closed: Path) -> None:
    before = log(closed), dumped(closed)
    assert_one_line(withdraw(closed, "stack-1"), 5, "hall", "closed")
    assert (log(closed), dumped(closed)) == before


def test_the_stack_of_a_poll_still_open_is_taken_back_whatever_lies_in_it(
    closed: Path, annex_stack: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"no picture")  # belongs to no poll that anybody could tell
    assert scan_tally("scan", *annex_stack, tmp_path / "broken.jpg", "--batch", "annex", event=closed).code == 3
    assert withdraw(closed, "annex").code == 0


def test_no_batch_yet_is_an_empty_list(event: Path) -> None:
    assert rows(event) == {}
