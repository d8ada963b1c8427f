"""Dump: the raw machine readings and what people made of them, as CSV for anyone's own check."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ballot_scan.day.counting import Count, load
from ballot_scan.day.folder import EventFolder, write_text
from ballot_scan.files import csv_text
from ballot_scan.records import PageReading, StoredPage

PAGES = (
    "source",
    "source_page",
    "sha256",
    "status",
    "poll",
    "form",
    "ballot",
    "page",
    "needs_review",
    "findings",
    "batch",
)
READINGS = (
    "source", "source_page", "poll", "form", "ballot", "page", "row", "candidate", "reading", "needs_review",
    "findings",
)  # fmt: skip
DECISIONS = ("poll", "form", "ballot", "row", "rule", "verdict", "grounds", "members")
KEYED = ("poll", "form", "operator", "ballot", "candidate", "reading")


def dump(folder: EventFolder, target: Path, *, withdrawn: bool = False) -> list[Path]:
    """Write ``pages.csv``, ``readings.csv``, ``decisions.csv`` (and ``keyed.csv`` where anything was keyed).

    Withdrawn pages are left out unless asked for; then a last column says which they are.
    """
    count = load(folder)
    pages = [p for p in count.pages if withdrawn or not p.withdrawn]
    pages.sort(key=lambda p: (p.reading.source, p.reading.source_page, p.id))
    levels = _levels(folder)
    extra = ("withdrawn",) if withdrawn else ()
    files = {
        "pages.csv": csv_text((*PAGES, *extra), (_page(p, count, withdrawn) for p in pages)),
        "readings.csv": csv_text((*READINGS, *levels, *extra), (r for p in pages for r in _rows(p, levels, withdrawn))),
        "decisions.csv": csv_text(DECISIONS, _decisions(count)),
    }
    if count.keyings:
        files["keyed.csv"] = csv_text(KEYED, _keyed(count))
    return [write_text(target / name, content) for name, content in files.items()]


def _levels(folder: EventFolder) -> tuple[str, ...]:
    return tuple(level.id for level in folder.regulation.levels)


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _page(page: StoredPage, count: Count, withdrawn: bool) -> list[object]:
    r = page.reading
    findings = count.sorted.page_findings.get(page.id, r.findings)
    line: list[object] = [r.source, r.source_page, r.sha256, r.status.value, r.poll, r.form, r.ballot, r.page or ""]
    line += [_flag(count.sorted.waits(page, rehearsing=count.rehearsing)), ";".join(sorted(findings)), page.batch]
    return [*line, _flag(page.withdrawn)] if withdrawn else line


def _rows(page: StoredPage, levels: tuple[str, ...], withdrawn: bool) -> Iterable[list[object]]:
    r: PageReading = page.reading
    for row in r.rows:
        coverage = {b.level: f"{b.coverage:.4f}" for b in row.boxes}
        line: list[object] = [r.source, r.source_page, r.poll, r.form, r.ballot, r.page, row.row, row.candidate]
        line += [row.reading, _flag(bool(row.findings)), ";".join(sorted(row.findings))]
        line += [coverage.get(level, "") for level in levels]
        yield [*line, _flag(page.withdrawn)] if withdrawn else line


def _decisions(count: Count) -> Iterable[list[object]]:
    for d in count.decisions:
        row = "" if d.row is None else d.row
        yield [d.poll, d.form, d.ballot_key, row, d.rule, d.verdict, d.grounds, "; ".join(d.members)]


def _keyed(count: Count) -> Iterable[list[object]]:
    for keying in count.keyings:
        for ballot in keying.ballots:
            for candidate, value in ballot.choices:
                yield [keying.poll, keying.form, keying.operator, ballot.label, candidate, value]
