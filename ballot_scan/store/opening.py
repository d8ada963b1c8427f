"""Opening ``tally.db``: to be written, or, where its folder may not be written, to be read alone."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from ballot_scan.errors import UsageError
from ballot_scan.store import schema
from ballot_scan.text import system


def opened(path: Path) -> sqlite3.Connection:
    """A connection to the store at ``path``, which is made where there is none and brought to the newest schema.

    In a folder that may not be written, as an auditor's copy, an existing store is opened to be read: any write to it
    fails. Raises UsageError where it cannot be opened, comes from a newer program, or may only be read and is of an
    older one, or was not closed whole.
    """
    alone = path.exists() and not os.access(path.parent, os.W_OK)
    try:
        return _to_be_read(path) if alone else _to_be_written(path)
    except sqlite3.Error as fault:
        raise UsageError("store.cannot-open", path=path, why=system(fault)) from fault
    except ValueError as fault:
        raise UsageError("store.newer", path=path, why=fault) from fault


def _to_be_written(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, timeout=30)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA foreign_keys = ON")
    schema.migrate(db)
    return db


def _to_be_read(path: Path) -> sqlite3.Connection:
    """SQLite keeps no files beside an immutable store, which WAL mode needs in any other."""
    left = path.with_name(path.name + "-wal")
    if left.exists() and left.stat().st_size:
        raise UsageError("store.unfinished", path=left)
    db = sqlite3.connect(path.resolve().as_uri() + "?mode=ro&immutable=1", uri=True, isolation_level=None)
    if schema.version(db) < schema.NEWEST:
        raise UsageError("store.older", path=path)
    schema.migrate(db)
    return db
