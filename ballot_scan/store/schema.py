"""Numbered migrations of ``tally.db``; a change and its number land in one transaction."""

from __future__ import annotations

import sqlite3

_TABLES = """
CREATE TABLE log (seq INTEGER PRIMARY KEY, utc TEXT NOT NULL, actor TEXT NOT NULL, event TEXT NOT NULL,
    outcome TEXT NOT NULL, detail TEXT NOT NULL, previous TEXT NOT NULL, sha256 TEXT NOT NULL);
CREATE TABLE prints (id INTEGER PRIMARY KEY, poll TEXT NOT NULL, form TEXT NOT NULL, rehearsal INTEGER NOT NULL,
    copies INTEGER NOT NULL, layout TEXT NOT NULL, blank BLOB NOT NULL);
CREATE TABLE codes (ballot TEXT PRIMARY KEY, print INTEGER NOT NULL REFERENCES prints) WITHOUT ROWID;
CREATE TABLE batches (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, expected INTEGER);
CREATE TABLE pages (id INTEGER PRIMARY KEY, batch INTEGER NOT NULL REFERENCES batches, source TEXT NOT NULL,
    source_page INTEGER NOT NULL, sha256 TEXT NOT NULL, status TEXT NOT NULL, poll TEXT NOT NULL, form TEXT NOT NULL,
    ballot TEXT NOT NULL, page INTEGER NOT NULL, rehearsal INTEGER NOT NULL, genuine INTEGER NOT NULL,
    findings TEXT NOT NULL, reason TEXT NOT NULL, residual_mm REAL, evidence TEXT NOT NULL,
    UNIQUE (source, source_page, sha256, batch));
CREATE TABLE rows (page INTEGER NOT NULL REFERENCES pages, row INTEGER NOT NULL, candidate TEXT NOT NULL,
    reading TEXT NOT NULL, findings TEXT NOT NULL, boxes TEXT NOT NULL, PRIMARY KEY (page, row)) WITHOUT ROWID;
CREATE TABLE withdrawals (id INTEGER PRIMARY KEY, batch INTEGER NOT NULL UNIQUE REFERENCES batches);
CREATE TABLE keyings (id INTEGER PRIMARY KEY, poll TEXT NOT NULL, form TEXT NOT NULL, operator TEXT NOT NULL,
    source TEXT NOT NULL, sha256 TEXT NOT NULL, ballots TEXT NOT NULL, UNIQUE (poll, form, operator, sha256));
CREATE TABLE turnouts (id INTEGER PRIMARY KEY, poll TEXT NOT NULL, numbers TEXT NOT NULL);
CREATE TABLE opinions (id INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE closings (id INTEGER PRIMARY KEY, poll TEXT NOT NULL, closed INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX pages_by_sha ON pages (sha256);
"""

_APPEND_ONLY = ("log", "prints", "batches", "pages", "withdrawals", "keyings", "turnouts", "opinions", "closings")

#: Every key by which INSERT OR REPLACE could put one record over another.
_KEYS = (
    *((table, ("seq",) if table == "log" else ("id",)) for table in _APPEND_ONLY),
    ("batches", ("name",)),
    ("pages", ("source", "source_page", "sha256", "batch")),
    ("withdrawals", ("batch",)),
    ("keyings", ("poll", "form", "operator", "sha256")),
    ("codes", ("ballot",)),
    ("rows", ("page", "row")),
)


def _guards() -> str:
    """Triggers that refuse UPDATE, DELETE and an INSERT over an existing key (INSERT OR REPLACE)."""
    text = ""
    for table in (*_APPEND_ONLY, "codes", "rows"):
        for verb in ("UPDATE", "DELETE"):
            text += (
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table}: records are only added'); END;\n"
            )
    for number, (table, columns) in enumerate(_KEYS):
        same = " AND ".join(f"{c} = NEW.{c}" for c in columns)
        # a code known already is left as it is (a shared one is issued many times)
        refusal = "IGNORE" if table == "codes" else f"ABORT, '{table}: records are only added'"
        text += (
            f"CREATE TRIGGER {table}_no_replace_{number} BEFORE INSERT ON {table} "  # noqa: S608 - names of ours
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) BEGIN SELECT RAISE({refusal}); END;\n"
        )
    return text


#: Ink off the boxes: places as JSON, "" where there are none (and of pages read before it was kept).
_ELSEWHERE = "ALTER TABLE pages ADD COLUMN elsewhere TEXT NOT NULL DEFAULT '';"

#: What the marks of a page look like; empty where codes are unique (and of pages read before it was kept).
_FINGERPRINT = "ALTER TABLE pages ADD COLUMN fingerprint BLOB NOT NULL DEFAULT x'';"

MIGRATIONS: tuple[str, ...] = (_TABLES + _guards(), _ELSEWHERE, _FINGERPRINT)

NEWEST = len(MIGRATIONS)


def version(db: sqlite3.Connection) -> int:
    """The number of the last migration that the file has seen."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def migrate(db: sqlite3.Connection) -> None:
    """Bring the file to the newest schema. A file from a newer program raises ValueError."""
    seen = version(db)
    if seen > NEWEST:
        raise ValueError(f"schema {seen}, this program knows {NEWEST}")
    for number in range(seen + 1, NEWEST + 1):
        db.executescript(f"BEGIN IMMEDIATE;\n{MIGRATIONS[number - 1]}\nPRAGMA user_version = {number};\nCOMMIT;")
