"""A disk that fills up: the store's file may grow by a few pages only, as SQLite itself reports it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from ballot_scan.store import Store


class SmallDisk(Store):
    """A store on a disk with room for ``room`` more pages of 4 KiB: then "database or disk is full"."""

    room = 0

    def __init__(self, folder: Path, **arguments: Any) -> None:
        super().__init__(folder, **arguments)
        db: sqlite3.Connection = self._db
        used = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count = {used + self.room}")
