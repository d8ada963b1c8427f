"""Killed, stopped, out of disk or without access: the store stays whole, and the next run goes on where it stopped."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from helpers.command import assert_one_line, line_of, process, scan_tally
from helpers.paper_marker import Picture
from helpers.small_disk import SmallDisk
from helpers.small_event import HALL, table, turnout_options, write_keying

from ballot_scan.day import folder as event_folder
from ballot_scan.scan import engine
from ballot_scan.store import Store
from ballot_scan.store.log import first_break

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and file modes are those of POSIX")


@pytest.fixture(scope="session")
def long_stack(tmp_path_factory: pytest.TempPathFactory, plain_stack: Path) -> Path:
    """160 pages: the twelve plain ones, each under many names with bytes of its own."""
    folder = tmp_path_factory.mktemp("long") / "scans"
    folder.mkdir()
    twelve = [f.read_bytes() for f in sorted(plain_stack.iterdir())]
    for number in range(160):
        # a comment after the end of the picture: other bytes, the same page
        (folder / f"{number:03d}.jpg").write_bytes(twelve[number % 12] + f"#{number // 12}".encode())
    return folder


def sources(event: Path) -> list[str]:
    target = event.parent / "dump"
    assert scan_tally("dump", target, event=event).code == 0
    return [p["source"] for p in table(target / "pages.csv")]


def is_whole(event: Path) -> bool:
    """SQLite's own check and the chain of the log."""
    with contextlib.closing(sqlite3.connect(event / "tally.db")) as db:
        sound: bool = db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with Store(event, now=lambda: "", actor="") as store:
        return sound and first_break(store.log_entries()) is None


def stored_pages(event: Path) -> int:
    with contextlib.closing(sqlite3.connect(event / "tally.db")) as db:
        return int(db.execute("SELECT count(*) FROM pages").fetchone()[0])


def start(event: Path, *arguments: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        line_of(*arguments, event=event),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "LANG": "en_US.UTF-8", "LC_ALL": "en_US.UTF-8"},
        start_new_session=True,
        preexec_fn=_hear_ctrl_c,
    )


def _hear_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_for_pages(event: Path, running: subprocess.Popen[bytes]) -> None:
    """Until the first pages are in the store."""
    for _ in range(2000):
        if stored_pages(event) or running.poll() is not None:
            return
        time.sleep(0.005)
    raise AssertionError("no page came into the store")


@posix
@pytest.mark.parametrize("workers", [1, 2])
def test_killed_in_the_middle_the_next_run_goes_on_and_no_page_is_there_twice(
    event: Path, long_stack: Path, workers: int
) -> None:
    running = start(event, "scan", long_stack, "--workers", workers)
    wait_for_pages(event, running)
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate()
    assert running.returncode == -signal.SIGKILL
    assert 0 < stored_pages(event) < 160
    assert is_whole(event)
    said = process("scan", long_stack, "--workers", 2, event=event)
    assert said.code == 0, said.everything
    found = sources(event)
    assert len(found) == len(set(found)) == 160
    assert is_whole(event)


@posix
@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_keeps_what_was_read_and_the_next_run_goes_on(event: Path, long_stack: Path, workers: int) -> None:
    running = start(event, "scan", long_stack, "--workers", workers)
    wait_for_pages(event, running)
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does: the workers hear it too
    out, err = (text.decode() for text in running.communicate(timeout=60))
    assert running.returncode == 3, out + err
    assert "Traceback" not in out + err
    assert "goes on" in err
    kept = stored_pages(event)
    assert 0 < kept < 160
    assert is_whole(event)
    said = process("scan", long_stack, event=event)
    assert said.code == 0
    assert f"{kept} pages are known from an earlier scan" in said.out
    found = sources(event)
    assert len(found) == len(set(found)) == 160


#: How Python's own start begins to tell of a Ctrl-C: it gives up, or drops it and goes on.
_GIVEN_UP = ("Fatal Python error: init_", "Could not import runpy module")
_DROPPED = ("Exception ignored in", "Error processing line")


def _before_the_program(code: int, err: str) -> bool:
    """Whether Python itself was still starting, where nothing of ours can hear it."""
    return (
        code == -signal.SIGINT or (code == 1 and err.startswith(_GIVEN_UP)) or (code == 0 and err.startswith(_DROPPED))
    )


@posix
@pytest.mark.parametrize("moment", [0.05, 0.15, 0.3])
def test_ctrl_c_at_any_moment_ends_with_a_code_of_the_list_and_no_trace(
    event: Path, long_stack: Path, moment: float
) -> None:
    running = start(event, "scan", long_stack, "--workers", 2)
    time.sleep(moment)
    running.send_signal(signal.SIGINT)
    out, err = (text.decode() for text in running.communicate(timeout=60))
    if not _before_the_program(running.returncode, err):
        assert running.returncode == 3, out + err
        assert "Traceback" not in err
    assert not list(event.glob("tally.db-journal"))
    assert scan_tally("status", event=event).code == 0


_PRESSED_WHILE_A_LIBRARY_LOADS = """
import signal, sys
from ballot_scan.cli import main
from ballot_scan.day import folder

folder.open_folder = lambda *_: exec("signal.raise_signal(signal.SIGINT)", {"signal": signal})
main(["status"])
"""


@posix
def test_ctrl_c_while_a_library_loads_ends_with_the_code_that_is_promised(tmp_path: Path) -> None:
    """CPython's ``-m`` ends by the signal, whatever it is told, where the source text of a dataclass was stopped."""
    (tmp_path / "pressed.py").write_text(_PRESSED_WHILE_A_LIBRARY_LOADS, encoding="utf-8")
    line = [sys.executable, "-m", "pressed"]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, preexec_fn=_hear_ctrl_c, timeout=60)
    assert done.returncode == 3, done.stdout + done.stderr


class _Dropping:
    """Ctrl-C at a moment when Python drops what is raised."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


@posix
@pytest.mark.usefixtures("hears_ctrl_c")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_ctrl_c_that_python_drops_stops_the_scan_all_the_same(
    event: Path, long_stack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = engine.do

    def do_and_drop(*job: Any) -> engine.Done:
        _Dropping()
        return done(*job)

    monkeypatch.setattr(engine, "do", do_and_drop)
    said = scan_tally("scan", long_stack, "--workers", "1", event=event)
    assert said.code == 3, said.everything
    assert "goes on" in said.err
    assert 0 < stored_pages(event) < 160
    monkeypatch.undo()
    assert scan_tally("scan", long_stack, "--workers", "2", event=event).code == 0
    assert len(sources(event)) == 160


def test_a_full_disk_in_the_middle_of_a_batch_is_one_line_and_the_next_run_goes_on(
    event: Path, long_stack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SmallDisk, "room", 6)
    monkeypatch.setattr(event_folder, "Store", SmallDisk)
    said = scan_tally("scan", long_stack, "--workers", "1", event=event)
    assert_one_line(said, 2, "tally.db", "full", "free some space")
    monkeypatch.undo()
    assert stored_pages(event) < 160
    assert is_whole(event)
    again = scan_tally("scan", long_stack, "--workers", "1", event=event)
    assert again.code == 0, again.everything
    found = sources(event)
    assert len(found) == len(set(found)) == 160


@posix
def test_a_file_system_that_takes_no_more_is_one_line_and_the_store_stays_whole(event: Path, long_stack: Path) -> None:
    import resource

    limit = (event / "tally.db").stat().st_size

    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    said = process("scan", long_stack, "--workers", 1, event=event, before=little_room)
    assert_one_line(said, 2, "tally.db")
    assert is_whole(event)
    assert process("scan", long_stack, event=event).code == 0
    assert len(sources(event)) == 160


def _obey_file_modes() -> None:
    """Root ignores file modes unless it gives up that right."""
    if os.geteuid() == 0:
        drop, override, search = 24, 1, 2  # PR_CAPBSET_DROP; CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        libc = ctypes.CDLL(None, use_errno=True)
        assert libc.prctl(drop, override, 0, 0, 0) == 0
        assert libc.prctl(drop, search, 0, 0, 0) == 0


@posix
@pytest.mark.skipif(sys.platform != "linux", reason="root's rights are those of Linux")
def test_a_read_only_event_folder_is_one_line_and_stays_as_it_was(
    event: Path, plain_stack: Path, tmp_path: Path
) -> None:
    file = write_keying(tmp_path / "a.csv", HALL, [("1", ("high", "high", "low"))])
    before = {p: p.read_bytes() for p in event.rglob("*") if p.is_file()}
    for path in (event, *event.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    (event / "ballot.key").chmod(0o400)
    commands = {
        "scan": ("scan", plain_stack),
        "key": ("key", file, "--poll", "hall", "--form", "main", "--operator", "Lan"),
        "turnout": ("turnout", "--poll", "hall", *turnout_options(collected=12)),
        "print": ("print",),
    }
    try:
        for name, arguments in commands.items():
            said = process(*arguments, event=event, before=_obey_file_modes)
            assert said.code == 2, (name, said.everything)
            assert_one_line(said, 2, "tally.db", "writ")
    finally:
        for path in (event, *event.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
    assert {p: p.read_bytes() for p in event.rglob("*") if p.is_file()} == before


def test_a_store_of_a_newer_program_is_left_alone(event: Path) -> None:
    with contextlib.closing(sqlite3.connect(event / "tally.db")) as db:
        db.execute("PRAGMA user_version = 9999")
    for command in (("status",), ("tally",), ("dump", event / "d")):
        assert_one_line(scan_tally(*command, event=event), 2, "tally.db", "newer")


def test_a_damaged_store_is_one_line(event: Path) -> None:
    (event / "tally.db").write_bytes(b"this is no database, but long enough to be looked at" * 100)
    assert_one_line(scan_tally("status", event=event), 2, "tally.db")


def test_a_lost_secret_of_the_codes_is_never_replaced_silently(event: Path, plain_stack: Path) -> None:
    (event / "ballot.key").write_text("not hexadecimal\n", encoding="ascii")
    assert_one_line(scan_tally("scan", plain_stack, event=event), 2, "ballot.key", "backup")


def test_two_scans_at_once_lose_nothing_and_count_nothing_twice(
    event: Path, long_stack: Path, plain_pages: list[Picture], tmp_path: Path
) -> None:
    other = tmp_path / "other"
    shutil.copytree(long_stack, other)
    both = [start(event, "scan", folder, "--workers", 1) for folder in (long_stack, other)]
    for running in both:
        out, err = running.communicate(timeout=100)
        assert running.returncode == 0, (out + err).decode()
    found = sources(event)
    assert len(found) == len(set(found)) == 320
    assert is_whole(event)
    target = tmp_path / "t.json"
    scan_tally("tally", "--json", target, event=event)
    poll = json.loads(target.read_text(encoding="utf-8"))["polls"][0]
    assert poll["valid"] + poll["pending_review"] == 12


@posix
@pytest.mark.skipif(sys.platform != "linux", reason="root's rights are those of Linux")
def test_a_folder_that_may_not_be_looked_into_is_named_and_nothing_is_scanned_without_it(
    event: Path, plain_stack: Path, tmp_path: Path
) -> None:
    top = tmp_path / "top"
    shutil.copytree(plain_stack, top / "tập-1")
    shutil.copytree(plain_stack, top / "tập-2")
    (top / "tập-2").chmod(0)
    try:
        said = process("scan", top, event=event, before=_obey_file_modes)
        assert_one_line(said, 2, "tập-2")
        assert sources(event) == []
        for command in ("scan", "explain"):
            one = process(command, top / "tập-2" / "trang-01.jpg", *([1] * (command == "explain")), event=event,
                          before=_obey_file_modes)  # fmt: skip
            assert_one_line(one, 2, "tập-2")
    finally:
        (top / "tập-2").chmod(0o755)
    assert process("scan", top, event=event).code in (0, 3)


@posix
@pytest.mark.skipif(sys.platform != "linux", reason="root's rights are those of Linux")
def test_an_auditor_s_read_only_copy_tells_all_that_the_folder_itself_does(
    event: Path, plain_stack: Path, tmp_path: Path
) -> None:
    assert scan_tally("scan", plain_stack, event=event).code in (0, 3)
    commands = {"status": ("status",), "dump": ("dump", tmp_path / "dumped")}
    copy = tmp_path / "copy"
    shutil.copytree(event, copy)
    told = process("status", event=event)
    for path in (*copy.rglob("*"), copy):
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = {p: p.read_bytes() for p in copy.rglob("*") if p.is_file()}
    try:
        here = {name: process(*line, event=copy, before=_obey_file_modes) for name, line in commands.items()}
        assert (here["status"].code, here["status"].out) == (told.code, told.out.replace(str(event), str(copy)))
        assert here["dump"].code == 0
        assert len((tmp_path / "dumped" / "pages.csv").read_text(encoding="utf-8").splitlines()) > 1
        assert {p: p.read_bytes() for p in copy.rglob("*") if p.is_file()} == before
    finally:
        for path in (copy, *copy.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)


@posix
@pytest.mark.skipif(sys.platform != "linux", reason="root's rights are those of Linux")
def test_a_read_only_store_that_was_not_closed_whole_is_never_read_in_part(event: Path, plain_stack: Path) -> None:
    assert scan_tally("scan", plain_stack, event=event).code in (0, 3)
    (event / "tally.db-wal").write_bytes(b"pages that are not in the file yet")
    event.chmod(0o555)
    try:
        said = process("status", event=event, before=_obey_file_modes)
        assert_one_line(said, 2, "tally.db-wal", "copy")
    finally:
        event.chmod(0o755)
