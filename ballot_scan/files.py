"""Result files: written whole or not at all. A file that is open elsewhere keeps its old content and is named."""

from __future__ import annotations

import contextlib
import csv
import io
import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from ballot_scan.errors import UsageError
from ballot_scan.text import system


def write_whole(path: Path, fill: Callable[[Path], object], refused: str = "day.cannot-write") -> Path:
    """Let ``fill`` write a file beside ``path``, then put it there; the folder is made where it is missing.

    Raises UsageError (``refused``: key of its text) naming ``path`` where that is not possible; the old file stays.
    """
    spare: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".", suffix=path.suffix + ".part", dir=path.parent)
        os.close(handle)
        spare = Path(name)
        fill(spare)
        _allow_reading(spare)
        spare.replace(path)
    except OSError as fault:
        why = system(fault)
        raise UsageError(refused, path=path, why=why, reason=why) from fault
    finally:
        if spare is not None:
            with contextlib.suppress(OSError):
                spare.unlink(missing_ok=True)
    return path


def csv_text(header: Iterable[object], rows: Iterable[Iterable[object]]) -> str:
    """A table as CSV (RFC 4180, but lines end in a single line feed): ``header``, then a line a row."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def _allow_reading(spare: Path) -> None:
    """A temporary file is its owner's alone; a result follows the folder's custom."""
    mask = os.umask(0)
    os.umask(mask)
    spare.chmod(0o666 & ~mask)
