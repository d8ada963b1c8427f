"""After the count: a whole copy while the program runs, and the end of pictures and key."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from helpers.command import Said, assert_one_line, line_of, scan_tally
from helpers.records import hall, log, tally, tree
from helpers.team import HEAD, SECRETARY, both_decide

from ballot_scan.store import Store
from ballot_scan.store.log import first_break

SETTLED = {"binh:blank": "blank", "binh:multiple": "low"}


def retire(event: Path, *options: object) -> Said:
    return scan_tally("retire", *options, event=event)


def members(*names: str) -> list[str]:
    return [word for name in names for word in ("--member", name)]


# ---------------------------------------------------------------- backup


def restored(file: Path, target: Path) -> Path:
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        archive.extractall(target)
    return target


def test_a_backup_restored_in_a_new_folder_gives_the_same_tally(doubtful: Path, tmp_path: Path) -> None:
    both_decide(doubtful, {"binh:blank": "blank"})
    said = scan_tally("backup", tmp_path / "usb" / "sao lưu.zip", event=doubtful)
    assert said.code == 0
    assert "sao lưu.zip" in said.out
    other = restored(tmp_path / "usb" / "sao lưu.zip", tmp_path / "other")
    assert tally(other) == tally(doubtful)
    assert {p for p in tree(other) if "evidence" in p} == {p for p in tree(doubtful) if "evidence" in p}
    assert scan_tally("review", event=other).code == 0
    assert not [p for p in tree(tmp_path / "usb") if p.endswith(".part")]


def test_the_restored_count_goes_on(doubtful: Path, doubtful_stack: list[Path], tmp_path: Path) -> None:
    assert scan_tally("backup", tmp_path / "b.zip", event=doubtful).code == 0
    other = restored(tmp_path / "b.zip", tmp_path / "other")
    both_decide(other, SETTLED)
    assert "5 pages are known from an earlier scan" in scan_tally("scan", doubtful_stack[0].parent, event=other).out
    assert scan_tally("close", "--poll", "hall", "--team-confirms", event=other).code == 0
    assert scan_tally("print", "--poll", "hall", "--copies", 1, event=other).code == 0


@pytest.mark.skipif(sys.platform == "win32", reason="file modes are those of POSIX")
def test_the_backup_is_its_owners_only(doubtful: Path, tmp_path: Path) -> None:
    file = tmp_path / "b.zip"
    file.write_bytes(b"an older one")
    file.chmod(0o644)
    assert scan_tally("backup", file, event=doubtful).code == 0
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_backup_into_a_folder_gets_the_events_name(doubtful: Path, tmp_path: Path) -> None:
    assert scan_tally("backup", tmp_path, event=doubtful).code == 0
    assert (tmp_path / "hdnd-thu-backup.zip").is_file()


def test_a_backup_while_a_scan_runs_is_whole(event: Path, plain_stack: Path, tmp_path: Path) -> None:
    for round_ in range(6):  # enough pages that the scan is still busy
        shutil.copytree(plain_stack, tmp_path / "scans" / str(round_))
        for page in (tmp_path / "scans" / str(round_)).iterdir():
            page.write_bytes(page.read_bytes() + bytes(round_ + 1))
    stacks = sorted((tmp_path / "scans").iterdir())
    with subprocess.Popen(
        line_of("scan", *stacks, "--workers", 2, event=event), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as scan:
        files = []
        while scan.poll() is None and len(files) < 20:
            files.append(tmp_path / f"b{len(files)}.zip")
            assert scan_tally("backup", files[-1], event=event).code == 0
        _, err = scan.communicate(timeout=100)
        assert scan.returncode == 0, err.decode()
    assert files
    for number, file in enumerate(files):
        other = restored(file, tmp_path / f"other{number}")
        db = sqlite3.connect(other / "tally.db")
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert (
            db.execute("SELECT count(*) FROM pages WHERE status = 'read'").fetchone()[0] * 3
            == (db.execute("SELECT count(*) FROM rows").fetchone()[0])
        )
        db.close()
        with Store(other, now=lambda: "", actor="") as store:
            assert first_break(store.log_entries()) is None
        for picture in (other / "evidence").glob("*.jpg") if (other / "evidence").is_dir() else ():
            assert hashlib.sha256(picture.read_bytes()).hexdigest() == picture.stem


def test_a_place_that_cannot_be_written_is_one_line_and_the_older_backup_stays(doubtful: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    before = log(doubtful)
    assert_one_line(scan_tally("backup", tmp_path / "file" / "b.zip", event=doubtful), 2, "b.zip")
    assert log(doubtful) == before


def test_a_lost_key_is_never_replaced_by_another(event: Path, plain_stack: Path) -> None:
    (event / "ballot.key").unlink()
    for command in (("scan", plain_stack), ("print", "--copies", 1), ("rehearse", "--ballots", 1)):
        assert_one_line(scan_tally(*command, event=event), 2, "ballot.key", "backup")
    assert not (event / "ballot.key").exists()


# ---------------------------------------------------------------- retire


@pytest.fixture(scope="session")
def handed_over_hour(doubtful_hour: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    event = Path(shutil.copytree(doubtful_hour, tmp_path_factory.mktemp("handed") / "event"))
    both_decide(event, SETTLED)
    assert scan_tally("close", "--poll", "hall", "--team-confirms", event=event).code == 0
    assert scan_tally("export", event=event).code == 0
    return event


@pytest.fixture
def handed_over(handed_over_hour: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(handed_over_hour, tmp_path / "event"))


def kept(event: Path) -> None:
    """Nothing was wiped."""
    assert list((event / "evidence").glob("*.jpg"))
    assert (event / "ballot.key").is_file()
    assert "retire" not in [name for name, _, _ in log(event)]


def test_two_members_retire_what_must_not_be_kept(handed_over: Path) -> None:
    before = tally(handed_over)
    pictures = len(list((handed_over / "evidence").glob("*.jpg")))
    said = retire(handed_over, *members(HEAD, SECRETARY))
    assert said.code == 0, said.everything
    assert f"wiped: {pictures} evidence picture(s)" in said.out
    assert not list((handed_over / "evidence").glob("*"))
    assert not (handed_over / "ballot.key").exists()
    name, outcome, detail = log(handed_over)[-1]
    assert (name, outcome, detail["members"], detail["pictures"]) == ("retire", "ok", [HEAD, SECRETARY], pictures)
    assert tally(handed_over) == before
    status = scan_tally("status", event=handed_over)
    assert "nothing is left to do" in status.out


def test_after_retiring_looking_makes_no_new_key(handed_over: Path) -> None:
    assert retire(handed_over, *members(HEAD, SECRETARY)).code == 0
    for command in (("tally",), ("status",), ("documents",), ("export",), ("review",), ("dump", handed_over / "d")):
        said = scan_tally(*command, event=handed_over)
        assert said.code == 0, (command, said.everything)
    assert not (handed_over / "ballot.key").exists()
    assert not list((handed_over / "evidence").glob("*"))
    assert scan_tally("verify", handed_over / "export" / "hdnd-thu.zip", "--allow-unsigned").code == 0


def test_nothing_is_retired_while_a_count_is_open(doubtful: Path) -> None:
    assert scan_tally("export", event=doubtful).code == 0
    assert_one_line(retire(doubtful, *members(HEAD, SECRETARY)), 5, "hall", "open")
    kept(doubtful)


@pytest.mark.parametrize("names", [(HEAD,), (HEAD, HEAD), (HEAD, "Khách"), ("Khách", "Khác")])
def test_nothing_is_retired_without_two_members(handed_over: Path, names: tuple[str, ...]) -> None:
    assert_one_line(retire(handed_over, *members(*names)), 5)
    kept(handed_over)


def test_nothing_is_retired_without_the_bundle_that_verifies(handed_over: Path, closed_hour: Path) -> None:
    file = handed_over / "export" / "hdnd-thu.zip"
    good = file.read_bytes()
    other = Path(shutil.copytree(closed_hour, handed_over.parent / "other"))
    assert scan_tally("export", event=other).code == 0
    wrong = other / "export" / "hdnd-thu.zip"
    both = members(HEAD, SECRETARY)
    assert_one_line(retire(handed_over, *both, "--bundle", wrong), 5, "result code")
    file.write_bytes(good[:-40] + b"\0" + good[-39:])
    assert_one_line(retire(handed_over, *both), 5, "does not verify")
    file.unlink()
    assert_one_line(retire(handed_over, *both), 2, "hdnd-thu.zip")
    kept(handed_over)
    (handed_over.parent / "ok.zip").write_bytes(good)
    assert retire(handed_over, *both, "--bundle", handed_over.parent / "ok.zip").code == 0


def test_nothing_is_retired_before_the_count_began(event: Path) -> None:
    assert scan_tally("export", event=event).code == 0
    said = retire(event, *members(HEAD, SECRETARY))
    assert said.code == 5
    assert (event / "ballot.key").is_file()


def test_a_provisional_bundle_of_the_same_numbers_does_not_retire(doubtful: Path) -> None:
    both_decide(doubtful, SETTLED)
    assert scan_tally("export", event=doubtful).code == 0  # before the close
    assert scan_tally("close", "--poll", "hall", "--team-confirms", event=doubtful).code == 0
    assert_one_line(retire(doubtful, *members(HEAD, SECRETARY)), 5)
    kept(doubtful)
    assert hall(doubtful)["pending_review"] == 0
