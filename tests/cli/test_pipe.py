"""Output that nobody reads to its end is no fault of the program."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.command import line_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")


@pytest.mark.parametrize("command", [("status",), ("--help",), ("tally",), ("tally", "--help"), ("dump", "out")])
def test_a_reader_that_has_enough_ends_the_command_quietly(printed_event: Path, tmp_path: Path, command: str) -> None:
    (tmp_path / "event.toml").write_bytes((printed_event / "event.toml").read_bytes())
    reader, writer = os.pipe()
    os.close(reader)  # whoever should read has gone
    done = subprocess.run(line_of(*command), stdout=writer, stderr=subprocess.PIPE, cwd=tmp_path, timeout=60)
    os.close(writer)
    assert (done.returncode, done.stderr.decode()) == (0, "")


def test_the_first_line_is_all_that_head_wants(printed_event: Path) -> None:
    first = subprocess.Popen(
        line_of("--lang", "en", "status"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=printed_event
    )
    assert first.stdout is not None
    assert first.stderr is not None
    assert first.stdout.readline().decode().startswith("Lấy phiếu tín nhiệm")
    first.stdout.close()
    assert first.stderr.read() == b""
    first.stderr.close()
    assert first.wait(60) == 0
