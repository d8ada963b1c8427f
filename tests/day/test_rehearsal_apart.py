"""Rehearsal ballots are never in the official count, nor official ones in the rehearsal."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest
from helpers.command import scan_tally
from helpers.records import hall, minutes, tally
from helpers.team import HEAD, SECRETARY, count_box

from ballot_scan.day.folder import open_folder
from ballot_scan.day.reviewing import decisions_file


@pytest.fixture(scope="session")
def both_hour(clean_hour: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve official ballots and four rehearsal ballots of the hall, all scanned."""
    event = Path(shutil.copytree(clean_hour, tmp_path_factory.mktemp("both") / "event"))
    assert scan_tally("rehearse", "--ballots", 4, "--seed", 5, "--hard", "--poll", "hall", event=event).code == 0
    scan_tally("scan", event / "rehearsal", "--batch", "trial", event=event)
    return event


@pytest.fixture
def both(both_hour: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(both_hour, tmp_path / "both"))


def test_each_count_holds_its_own_ballots(both: Path, clean: Path) -> None:
    assert hall(both) == hall(clean)
    code, official = tally(both)
    assert (code, official["result_code"]) == (0, tally(clean)[1]["result_code"])
    _, trial = tally(both, "--poll", "hall", "--rehearsal")
    (form,) = trial["polls"]
    assert form["rehearsal"] is True
    assert form["valid"] + form["invalid"] + form["pending_review"] <= 4
    assert trial["result_code"] != official["result_code"]
    assert "REHEARSAL" in scan_tally("tally", "--rehearsal", "--poll", "hall", event=both).out
    assert "REHEARSAL" not in scan_tally("tally", event=both).out


def test_the_rehearsal_counts_no_official_ballot(clean: Path) -> None:
    _, trial = tally(clean, "--poll", "hall", "--rehearsal")
    (form,) = trial["polls"]
    assert (form["rehearsal"], form["valid"], form["invalid"], form["pending_review"]) == (True, 0, 0, 0)


def test_a_rehearsal_page_that_waits_holds_up_nothing_official(both: Path) -> None:
    assert scan_tally("close", "--poll", "hall", event=both).code == 0
    assert "PROVISIONAL" not in minutes(both)
    assert "THỬ" not in minutes(both)


def test_decisions_on_rehearsal_ballots_are_none_of_the_result(
    printed_event: Path, plain_stack: Path, tmp_path: Path
) -> None:
    both = Path(shutil.copytree(printed_event, tmp_path / "decided" / "event"))
    assert scan_tally("rehearse", "--ballots", 30, "--poll", "hall", "--hard", event=both).code == 0
    assert scan_tally("scan", both / "rehearsal", event=both).code in (0, 3)
    for number, member in enumerate((HEAD, SECRETARY)):
        data = decisions_file(open_folder(both), "hall", member, lambda _, m: m.choices[0].verdict, "thử")
        assert b"THU-" in data
        file = both.parent / f"thu-{number}.json"
        file.write_bytes(data)
        assert scan_tally("decide", file, event=both).code == 0
    assert scan_tally("scan", plain_stack, event=both).code == 0
    count_box(both, 12)
    said = scan_tally("close", "--poll", "hall", event=both)  # no --team-confirms: nothing official was decided
    assert said.code == 0, said.everything
    assert "0 decision(s)" in said.out
    assert scan_tally("export", event=both).code == 0
    bundle = both / "export" / "hdnd-thu.zip"
    assert scan_tally("verify", bundle, "--allow-unsigned").code == 0
    with zipfile.ZipFile(bundle) as archive:
        assert b"THU-" not in archive.read("decisions.json") + archive.read("log.json")


def test_official_ballots_after_a_rehearsal_are_the_whole_result(
    printed_event: Path, plain_stack: Path, clean: Path, tmp_path: Path
) -> None:
    event = Path(shutil.copytree(printed_event, tmp_path / "other" / "event"))
    assert scan_tally("rehearse", "--ballots", 3, "--poll", "hall", event=event).code == 0
    assert scan_tally("scan", event / "rehearsal", event=event).code in (0, 3)
    assert hall(event)["rehearsal"] is True
    assert scan_tally("scan", plain_stack, event=event).code == 0
    count_box(event, 12)
    assert hall(event) == hall(clean)


def test_the_review_page_of_the_official_count_holds_no_rehearsal_ballot(both: Path) -> None:
    assert scan_tally("review", event=both).code == 0
    assert "THU-" not in (both / "review" / "index.html").read_text(encoding="utf-8")


def test_a_second_rehearsal_replaces_the_scans_of_the_first(printed_event: Path, tmp_path: Path) -> None:
    event = Path(shutil.copytree(printed_event, tmp_path / "twice" / "event"))
    for seed, ballots in ((1, 5), (2, 3)):
        assert scan_tally("rehearse", "--ballots", ballots, "--seed", seed, "--poll", "hall", event=event).code == 0
    assert len([p for p in (event / "rehearsal").iterdir() if p.suffix != ".csv"]) == 3
