"""What an event folder holds, read from outside: its log, its tally, its papers, its dump."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pypdfium2

from helpers.command import scan_tally
from helpers.small_event import table


def log(event: Path) -> list[tuple[str, str, dict[str, Any]]]:
    """The log: event, outcome and detail of each entry."""
    db = sqlite3.connect(event / "tally.db")
    try:
        rows = db.execute("SELECT event, outcome, detail FROM log ORDER BY seq").fetchall()
    finally:
        db.close()
    return [(name, outcome, json.loads(detail)) for name, outcome, detail in rows]


def tally(event: Path, *options: object) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON of ``scan-tally tally``."""
    file = event.parent / "tally.json"
    code = scan_tally("tally", "--json", file, *options, event=event).code
    return code, json.loads(file.read_text(encoding="utf-8"))


def hall(event: Path) -> dict[str, Any]:
    """The hall's form in the tally."""
    found: dict[str, Any] = tally(event, "--poll", "hall")[1]["polls"][0]
    return found


def votes(event: Path, person: str) -> dict[str, int]:
    """One person's votes by level in the hall, with rows that are invalid."""
    (found,) = [c for c in hall(event)["candidates"] if c["candidate"] == person]
    levels = {level: v["votes"] for level, v in found["levels"].items()}
    return {**levels, "none": found["none_marked"], "several": found["several_marked"], "other": found["other_invalid"]}


def dumped(event: Path, name: str = "pages.csv", *options: object) -> list[dict[str, str]]:
    """One table of ``scan-tally dump``."""
    assert scan_tally("dump", event.parent / "dump", *options, event=event).code == 0
    return table(event.parent / "dump" / name)


def pdf_text(path: Path) -> str:
    """The text of a PDF, its spaces made single."""
    document = pypdfium2.PdfDocument(path)
    try:
        return " ".join(" ".join(page.get_textpage().get_text_range() for page in document).split())
    finally:
        document.close()


def minutes(event: Path, poll: str = "hall") -> str:
    """The minutes of a poll, written now."""
    assert scan_tally("documents", "--poll", poll, event=event).code == 0
    return pdf_text(event / "documents" / poll / "minutes.pdf")


def tree(folder: Path) -> set[str]:
    """Every file below a folder."""
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
