"""A result that cannot be written where it should: one line that names it, the older file untouched."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.command import assert_one_line, scan_tally


@pytest.mark.parametrize(
    ("command", "blocked"),
    [
        (("tally", "--json", "FOLDER/there/t.json"), "there"),
        (("tally", "--csv", "FOLDER/there/t.csv"), "there"),
        (("dump", "FOLDER/there"), "there"),
        (("backup", "FOLDER/there/b.zip"), "there"),
        (("review",), "review"),
        (("documents",), "documents"),
        (("export",), "export"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_file_where_a_folder_should_be(closed: Path, command: tuple[str, ...], blocked: str) -> None:
    (closed / blocked).write_bytes(b"a file of somebody")
    words = [word.replace("FOLDER", str(closed)) for word in command]
    assert_one_line(scan_tally(*words, event=closed), 2, blocked)
    assert (closed / blocked).read_bytes() == b"a file of somebody"


@pytest.mark.parametrize("name", ["minutes.pdf", "report.pdf", "chart.png"])
def test_a_paper_that_cannot_be_replaced(closed: Path, name: str) -> None:
    (closed / "documents" / "hall" / name).mkdir(parents=True)
    assert_one_line(scan_tally("documents", "--poll", "hall", event=closed), 2, name)
