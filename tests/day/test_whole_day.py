"""The committee's day by its commands: print, scan, count the box, tally, minutes; every page has its line."""

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter
from pathlib import Path

import pypdfium2
import pytest
from helpers.command import assert_one_line, process, scan_tally
from helpers.paper_marker import Picture, layout, marked, printed_pages, save
from helpers.small_event import ANNEX, HALL, LEVELS, PLAIN, table, turnout_options

PAGES = "source,source_page,sha256,status,poll,form,ballot,page,needs_review,findings,batch"
READINGS = "source,source_page,poll,form,ballot,page,row,candidate,reading,needs_review,findings,high,medium,low"


def dumped(event: Path, *options: str) -> Path:
    target = event.parent / f"dump-{len(list(event.parent.iterdir()))}"
    assert scan_tally("dump", target, *options, event=event).code == 0
    return target


def dump_bytes(event: Path) -> dict[str, bytes]:
    return {f.name: f.read_bytes() for f in sorted(dumped(event).iterdir())}


def tallied(event: Path, *options: object) -> tuple[int, dict[str, object]]:
    file = event.parent / "tally.json"
    code = scan_tally("tally", "--json", file, *options, event=event).code
    return code, json.loads(file.read_text(encoding="utf-8"))


def pdf_text(path: Path) -> list[str]:
    document = pypdfium2.PdfDocument(path)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


def test_a_new_event_is_made_checked_and_never_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / "su-kien"
    made = scan_tally("new", folder, "--sample", "plan-55")
    assert made.code == 0
    assert {p.name for p in folder.iterdir()} == {"event.toml", "voters.csv"}
    before = (folder / "event.toml").read_bytes()
    assert_one_line(scan_tally("new", folder), 2, "su-kien")
    assert (folder / "event.toml").read_bytes() == before
    checked = scan_tally("check", event=folder)
    assert checked.code == 0
    assert "warning" in checked.out  # its dates have passed
    copied = tmp_path / "su-kien-2"
    assert scan_tally("new", copied, "--from", folder).code == 0
    assert (copied / "event.toml").exists()
    assert_one_line(scan_tally("new", tmp_path / "x", "--sample", "no-such"), 2, "no-such", "plan-55")


def test_the_commented_template_says_what_is_missing(tmp_path: Path) -> None:
    assert scan_tally("new", tmp_path / "event").code == 0
    said = scan_tally("check", event=tmp_path / "event")
    assert said.code in (0, 2)
    assert "Traceback" not in said.everything
    assert said.everything.count("event.toml") >= 1


def test_unknown_keys_are_named_with_their_place_all_at_once(event: Path) -> None:
    text = (event / "event.toml").read_text(encoding="utf-8")
    wrong = text.replace("style =", "farbe = 1\nstyle =").replace('paper = "A4"', 'paper = "A4"\npapper = "A3"')
    (event / "event.toml").write_text(wrong, encoding="utf-8")
    for command in (("check",), ("print",), ("status",), ("tally",)):
        said = scan_tally(*command, event=event)
        assert said.code == 2, command
        assert "farbe" in said.err
        assert "papper" in said.err
        assert "event.toml:" in said.err
        assert "Traceback" not in said.everything


def test_printing_leaves_ballots_layout_and_guidance(printed_event: Path) -> None:
    for poll, copies in (("hall", 12), ("annex", 4)):
        files = {p.name for p in (printed_event / "ballots" / poll / "main").iterdir()}
        assert files == {"ballots.pdf", "layout.json", "guidance.pdf"}
        assert len(pdf_text(printed_event / "ballots" / poll / "main" / "ballots.pdf")) == copies
        found = layout(printed_event, poll)
        assert found["format"] == "ballot-layout/1"
        assert found["levels"] == list(LEVELS)
        assert [r["candidate"] for p in found["pages"] for r in p["rows"]] == list(HALL if poll == "hall" else ANNEX)


def test_nothing_is_scanned_before_anything_was_printed(printed_event: Path, tmp_path: Path, plain_stack: Path) -> None:
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    shutil.copy(printed_event / "event.toml", fresh)
    assert_one_line(scan_tally("scan", plain_stack, event=fresh), 2, "print")


def test_plain_marks_are_read_as_the_voters_made_them(event: Path, plain_stack: Path) -> None:
    said = scan_tally("scan", plain_stack, event=event)
    assert said.code == 0, said.everything
    assert "ZERO REPORT" in said.out
    assert "12 pages in = 12 read + 0 unreadable + 0 not a ballot + 0 blank" in said.out
    out = dumped(event)
    assert (out / "pages.csv").read_text(encoding="utf-8").splitlines()[0] == PAGES
    assert (out / "readings.csv").read_text(encoding="utf-8").splitlines()[0] == READINGS
    pages, readings = table(out / "pages.csv"), table(out / "readings.csv")
    assert [p["source"] for p in pages] == [f.as_posix() for f in sorted(plain_stack.iterdir())]
    assert {(p["status"], p["poll"], p["form"], p["page"]) for p in pages} == {("read", "hall", "main", "1")}
    assert {(p["needs_review"], p["findings"]) for p in pages} == {("false", "")}
    assert len({p["ballot"] for p in pages}) == 12
    assert len(readings) == 36
    read = [tuple(r["reading"] for r in readings[i : i + 3]) for i in range(0, 36, 3)]
    assert read == PLAIN
    for r in readings:
        inked = {level: float(r[level]) for level in LEVELS}
        assert all(0 <= v <= 1 for v in inked.values())
        assert max(inked, key=inked.__getitem__) == r["reading"]


def test_scan_says_the_zero_report_once(event: Path, plain_stack: Path) -> None:
    first, *others = sorted(plain_stack.iterdir())
    assert "ZERO REPORT" in scan_tally("scan", first, event=event).out
    assert "ZERO REPORT" not in scan_tally("scan", others[0], event=event).out


def test_a_clean_box_is_final_with_its_turnout_and_provisional_without(event: Path, plain_stack: Path) -> None:
    assert scan_tally("scan", plain_stack, event=event).code == 0
    code, before = tallied(event, "--csv", event.parent / "before.csv")
    assert code == 4
    assert before["provisional"] is True
    assert before["polls"][0]["base"] == 12  # type: ignore[index]
    assert {r["state"] for r in table(event.parent / "before.csv")} == {"PROVISIONAL"}
    assert scan_tally("turnout", "--poll", "hall", *turnout_options(collected=12), event=event).code == 0
    code, after = tallied(event, "--csv", event.parent / "after.csv")
    assert code == 0
    assert after["format"] == "tally/1"
    assert after["provisional"] is False
    (poll,) = after["polls"]  # type: ignore[misc]
    assert {k: poll[k] for k in ("poll", "form", "base", "base_rule", "valid", "invalid", "pending_review")} == {
        "poll": "hall", "form": "main", "base": 12, "base_rule": "collected", "valid": 12, "invalid": 0,
        "pending_review": 0,
    }  # fmt: skip
    for row, person in enumerate(poll["candidates"]):
        truth = Counter(ballot[row] for ballot in PLAIN)
        assert person["candidate"] == HALL[row]
        assert {level: v["votes"] for level, v in person["levels"].items()} == {x: truth[x] for x in LEVELS}
        assert (person["valid"], person["invalid"], person["none_marked"], person["several_marked"]) == (12, 0, 0, 0)
    assert {r["state"] for r in table(event.parent / "after.csv")} == {"final"}


def test_blank_and_double_rows_wait_for_people_and_nothing_is_final(
    event: Path, tmp_path: Path, hall_pages: list[Picture]
) -> None:
    page = layout(event, "hall")["pages"][0]
    choices = [("high", "", "low"), ("high", ("medium", "low"), "low"), ("high", "medium", "low")]
    save(tmp_path / "s", [marked(p, page, c) for p, c in zip(hall_pages, choices, strict=False)])
    assert scan_tally("scan", tmp_path / "s", event=event).code == 0
    out = dumped(event)
    readings = table(out / "readings.csv")
    doubtful = [(r["reading"], r["needs_review"], r["findings"]) for r in readings if r["candidate"] == "binh"]
    assert doubtful == [
        ("blank", "true", "blank-row"), ("multiple", "true", "multiple-row"), ("medium", "false", "")
    ]  # fmt: skip
    assert {r["needs_review"] for r in readings if r["candidate"] != "binh"} == {"false"}
    assert [p["needs_review"] for p in table(out / "pages.csv")] == ["true", "true", "false"]
    assert scan_tally("turnout", "--poll", "hall", *turnout_options(collected=3), event=event).code == 0
    code, result = tallied(event, "--csv", tmp_path / "t.csv")
    assert code == 4
    assert result["provisional"] is True
    assert result["polls"][0]["pending_review"] == 2  # type: ignore[index]
    assert {r["state"] for r in table(tmp_path / "t.csv")} == {"PROVISIONAL"}
    assert "PROVISIONAL" in scan_tally("tally", event=event).out
    assert scan_tally("documents", event=event).code == 0
    minutes = pdf_text(event / "documents" / "hall" / "minutes.pdf")
    assert all("PROVISIONAL" in page or "TẠM TÍNH" in page.upper() for page in minutes)
    assert (event / "evidence").is_dir()


def test_minutes_of_a_closed_count_do_not_say_provisional(event: Path, plain_stack: Path) -> None:
    assert scan_tally("scan", plain_stack, event=event).code == 0
    assert scan_tally("turnout", "--poll", "hall", *turnout_options(collected=12), event=event).code == 0
    assert scan_tally("tally", event=event).code == 0
    before = scan_tally("documents", "--poll", "hall", event=event)
    assert "PROVISIONAL" in before.err
    assert all("PROVISIONAL" in page for page in pdf_text(event / "documents" / "hall" / "minutes.pdf"))
    assert scan_tally("close", "--poll", "hall", event=event).code == 0
    said = scan_tally("documents", "--poll", "hall", event=event)
    assert (said.code, said.err) == (0, "")
    assert "minutes.pdf" in said.out
    text = " ".join(pdf_text(event / "documents" / "hall" / "minutes.pdf"))
    assert "PROVISIONAL" not in text
    assert "Nguyễn Văn An" in text
    code = scan_tally("tally", event=event).out.split("result code: ")[1].split()[0]
    assert code in text
    assert not (event / "documents" / "annex").exists()


def test_scanning_the_same_files_again_changes_nothing(event: Path, plain_stack: Path) -> None:
    assert scan_tally("scan", plain_stack, event=event).code == 0
    before = dump_bytes(event)
    again = scan_tally("scan", plain_stack, event=event)
    assert again.code == 0
    assert "12 pages are known from an earlier scan" in again.out
    assert dump_bytes(event) == before


def test_the_same_file_under_another_name_has_a_line_and_never_counts_twice(
    event: Path, plain_stack: Path, tmp_path: Path
) -> None:
    assert scan_tally("scan", plain_stack, event=event).code == 0
    copy = tmp_path / "bản sao.jpg"
    shutil.copy(plain_stack / "trang-01.jpg", copy)
    assert scan_tally("scan", copy, event=event).code == 0
    pages = table(dumped(event) / "pages.csv")
    assert len(pages) == 13
    (line,) = [p for p in pages if p["source"] == copy.as_posix()]
    assert (line["status"], line["findings"], line["needs_review"]) == ("read", "same-file", "false")
    assert scan_tally("turnout", "--poll", "hall", *turnout_options(collected=12), event=event).code == 0
    code, result = tallied(event)
    assert code == 0
    assert result["polls"][0]["valid"] == 12  # type: ignore[index]


def test_one_sheet_scanned_twice_waits_as_a_duplicate(event: Path, plain_pages: list[Picture], tmp_path: Path) -> None:
    again = plain_pages[0].copy()
    again[:3] = 254  # another scan of the same sheet: other bytes
    save(tmp_path / "s", [plain_pages[0], again, plain_pages[1]])
    assert scan_tally("scan", tmp_path / "s", event=event).code == 0
    pages = table(dumped(event) / "pages.csv")
    assert [p["findings"] for p in pages] == ["duplicate-ballot", "duplicate-ballot", ""]
    said = scan_tally("explain", tmp_path / "s" / "trang-01.jpg", 1, "--out", tmp_path / "page.html", event=event)
    assert said.code == 0, said.everything
    assert "the page as a whole: Same code twice" in said.out
    told = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "Same code twice" in told
    assert "trang-02.jpg (1)." in told
    assert "trang-03.jpg" not in told
    assert "Too few marks can be compared" in told  # three
    assert tallied(event)[1]["polls"][0]["pending_review"] == 1  # type: ignore[index]


def test_one_worker_and_two_workers_read_the_same(printed_event: Path, plain_stack: Path, tmp_path: Path) -> None:
    more = tmp_path / "more"
    shutil.copytree(plain_stack, more)
    shutil.copy(plain_stack / "trang-01.jpg", more / "trang-13.jpg")  # thirteen: enough to start workers
    found = []
    for workers in (1, 2):
        event = tmp_path / f"{workers}" / "event"
        shutil.copytree(printed_event, event)
        said = process("scan", more, "--workers", workers, event=event)
        assert said.code == 0, said.everything
        found.append(dump_bytes(event))
    assert found[0] == found[1]


def test_two_polls_are_told_apart_and_counted_apart(event: Path, plain_stack: Path, tmp_path: Path) -> None:
    page = layout(event, "annex")["pages"][0]
    small = [marked(p, page, ("low", "high")) for p in printed_pages(event, "annex")]
    save(tmp_path / "s", small, "annex-{}.jpg")
    assert scan_tally("scan", plain_stack, tmp_path / "s", event=event).code == 0
    for poll, collected in (("hall", 12), ("annex", 4)):
        assert scan_tally("turnout", "--poll", poll, *turnout_options(collected=collected), event=event).code == 0
    code, result = tallied(event)
    assert code == 0
    assert [(p["poll"], p["valid"]) for p in result["polls"]] == [("hall", 12), ("annex", 4)]  # type: ignore[attr-defined]
    dung = result["polls"][1]["candidates"][0]  # type: ignore[index]
    assert dung["levels"]["low"] == {"votes": 4, "percent": "100.00"}
    assert dung["threshold"] == "second"


def test_more_read_than_collected_does_not_reconcile(event: Path, plain_stack: Path) -> None:
    assert scan_tally("scan", plain_stack, event=event).code == 0
    options = turnout_options(collected=11, issued=12)
    assert scan_tally("turnout", "--poll", "hall", *options, event=event).code == 0
    said = scan_tally("tally", event=event)
    assert said.code == 4
    assert "11 ballots collected, but 12 read" in said.err
    assert scan_tally("turnout", "--poll", "hall", *turnout_options(collected=12), event=event).code == 0
    assert scan_tally("tally", event=event).code == 0  # a newer turnout stands


def test_the_result_code_does_not_depend_on_the_order_of_scanning(
    printed_event: Path, plain_stack: Path, tmp_path: Path
) -> None:
    codes = []
    for name, order in (("a", 1), ("b", -1)):
        event = tmp_path / name / "event"
        shutil.copytree(printed_event, event)
        for file in sorted(plain_stack.iterdir())[::order][::4]:
            assert scan_tally("scan", file, event=event).code == 0
        for file in sorted(plain_stack.iterdir())[::order]:
            assert scan_tally("scan", file, event=event).code == 0
        assert scan_tally("turnout", "--poll", "hall", *turnout_options(collected=12), event=event).code == 0
        codes.append(tallied(event)[1]["result_code"])
    assert codes[0] == codes[1]


def test_the_log_tells_no_order_of_scanning(event: Path, plain_stack: Path) -> None:
    import sqlite3

    assert scan_tally("scan", plain_stack, event=event).code == 0
    with sqlite3.connect(event / "tally.db") as db:
        details = " ".join(d for (d,) in db.execute("SELECT detail FROM log"))
    db.close()
    assert "trang-" not in details
    for page in table(dumped(event) / "pages.csv"):
        assert page["ballot"] not in details
        assert page["sha256"] not in details


def test_reprinting_a_changed_form_voids_the_ballots_printed_before(event: Path, plain_stack: Path) -> None:
    text = (event / "event.toml").read_text(encoding="utf-8")
    fourth = '  { id = "dao", name = "Đào Văn Dậu" },\n]\n\n[[poll]]'
    (event / "event.toml").write_text(text.replace("]\n\n[[poll]]", fourth, 1), encoding="utf-8")
    said = scan_tally("print", "--poll", "hall", event=event)
    assert said.code == 0
    assert "12 ballots printed before are void" in said.err
    assert scan_tally("scan", plain_stack / "trang-01.jpg", event=event).code in (0, 3)
    (page,) = table(dumped(event) / "pages.csv")
    assert page["needs_review"] == "true" or page["status"] != "read"


def test_discarding_removes_the_printed_order_and_nothing_else(event: Path, plain_stack: Path) -> None:
    assert scan_tally("print", "--discard", event=event).code == 0
    assert not list(event.rglob("ballots*.pdf"))
    assert (event / "ballots" / "hall" / "main" / "layout.json").exists()
    assert scan_tally("scan", plain_stack, event=event).code == 0


@pytest.mark.skipif(sys.platform == "win32", reason="file modes are those of POSIX")
def test_the_secret_of_the_codes_is_its_owners_only(printed_event: Path) -> None:
    assert (printed_event / "ballot.key").stat().st_mode & 0o077 == 0


def test_expected_pages_that_did_not_come_are_named(event: Path, plain_stack: Path) -> None:
    said = scan_tally("scan", plain_stack, "--batch", "xấp-1", "--expect", "13", event=event)
    assert said.code == 0
    assert "13 pages expected, 12 came in" in said.err
    assert {p["batch"] for p in table(dumped(event) / "pages.csv")} == {"xấp-1"}


def test_the_day_runs_as_processes_from_inside_the_event_folder(event: Path, plain_stack: Path) -> None:
    assert process("check", cwd=event).code == 0
    scanned = process("scan", plain_stack, cwd=event, lang="vi_VN.UTF-8")
    assert scanned.code == 0, scanned.everything
    assert "BÁO CÁO" in scanned.out.upper()
    counted = process("turnout", "--poll", "hall", *turnout_options(collected=12), cwd=event)
    assert counted.code == 0
    result = process("tally", "--json", "ket-qua/tally.json", cwd=event)
    assert result.code == 0
    assert (event / "ket-qua" / "tally.json").exists()
    assert process("documents", cwd=event).code == 0
    assert process("dump", "ra", cwd=event).code == 0
    assert {f.name for f in (event / "ra").iterdir()} == {"pages.csv", "readings.csv", "decisions.csv"}
    assert process("status", cwd=event, lang="vi_VN.UTF-8").code == 0
