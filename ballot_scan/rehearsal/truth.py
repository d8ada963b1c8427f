"""What was meant, beside what was scanned: ``truth.csv``, one line per row of each page."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from typing import Any, TextIO

from ballot_scan.rehearsal.conditions import Scan


@dataclass(frozen=True, slots=True)
class TruthRow:
    """One row of one page. ``ballot``: the printed code; ``reading``: a level id, ``blank`` or ``multiple``, as meant;
    ``doubtful``: a person must see it (so of every blank and multiple row); ``kind``: the mark, or what is odd;
    ``scan``: the scanner model and what was wrong with the scan (or that its seal is missing), joined by ``;``."""

    source: str
    source_page: int
    poll: str
    form: str
    ballot: str
    page: int
    row: int
    candidate: str
    reading: str
    doubtful: bool
    kind: str
    scan: str

    @property
    def clear(self) -> bool:
        """One plain mark: to be read without a person."""
        return not self.doubtful


@dataclass(frozen=True, slots=True)
class PageTruth:
    """What a page bears beside its rows' marks, and how it was scanned."""

    source: str
    ballot: str
    page: int
    extra_writing: bool
    signature: bool
    names_struck: tuple[int, ...]
    scan: Scan
    sealed: bool = False  # whether it was stamped; only where the rehearsal has seals


COLUMNS = tuple(f.name for f in fields(TruthRow))


def write_truth(out: TextIO, rows: Iterable[TruthRow]) -> int:
    """Write ``truth.csv`` (header, comma, ``true``/``false``); returns how many rows. Open ``out`` with newline=""."""
    table = csv.writer(out, lineterminator="\n")
    table.writerow(COLUMNS)
    count = 0
    for row in rows:
        table.writerow([str(v).lower() if isinstance(v, bool) else v for v in astuple(row)])
        count += 1
    return count


def _row(line: dict[str, str]) -> TruthRow:
    numbers = {name: int(line[name]) for name in ("source_page", "page", "row")}
    texts = {name: line[name] for name in COLUMNS if name not in numbers and name != "doubtful"}
    values: dict[str, Any] = {**texts, **numbers, "doubtful": line["doubtful"] == "true"}
    return TruthRow(**values)


def read_truth(source: TextIO) -> list[TruthRow]:
    """The rows of a ``truth.csv``."""
    return [_row(line) for line in csv.DictReader(source)]
