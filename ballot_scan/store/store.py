"""Append and read the records of one event: SQLite in WAL mode, synchronous FULL, one file.

The store knows records and nothing else: who may write what, and when, is decided in ``day``.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ballot_scan.errors import UsageError
from ballot_scan.records import (
    BoxReading,
    Doubt,
    InkPlace,
    KeyedBallot,
    Keying,
    LogHead,
    Opinion,
    PageReading,
    PageStatus,
    RowReading,
    Rule,
    StoredPage,
    Turnout,
)
from ballot_scan.store import log
from ballot_scan.store.opening import opened
from ballot_scan.text import system

FILE_NAME = "tally.db"
_INSERT_PAGE = (
    "INSERT INTO pages (batch, source, source_page, sha256, status, poll, form, ballot, page, rehearsal, genuine, "
    "findings, reason, residual_mm, evidence, elsewhere, fingerprint) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)


@dataclass(frozen=True, slots=True)
class PrintRun:
    """One printing of one form: its layout (JSON text) and how many ballots got a code."""

    id: int
    poll: str
    form: str
    rehearsal: bool
    copies: int
    layout: str


@dataclass(frozen=True, slots=True)
class Batch:
    """One physical stack of sheets. ``expected``: pages announced, None where nobody said."""

    id: int
    name: str
    expected: int | None
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class Closing:
    """A close (or reopening) of one poll's count, with what was said at it."""

    poll: str
    closed: bool
    body: dict[str, object]


class Store:
    """One event's ``tally.db``. Use as a context manager; every write is one transaction with its log entry."""

    def __init__(self, folder: Path, *, now: Callable[[], str], actor: str) -> None:
        """Open (and create) the store in ``folder``. ``now`` gives UTC as text; ``actor`` stands in the log.

        Raises UsageError where the file cannot be opened, see ``opened``.
        """
        self.path = folder / FILE_NAME
        self._now, self._actor = now, actor
        self._db = opened(self.path)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction; a full disk or a lost share undoes it whole and is told in one line."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
        except (sqlite3.OperationalError, sqlite3.DatabaseError) as fault:
            raise UsageError("store.cannot-write", path=self.path, why=system(fault)) from fault

    # ------------------------------------------------------------ log

    def record(self, event: str, outcome: str = "ok", **detail: object) -> LogHead:
        """Add one log entry of its own."""
        with self._writing() as db:
            return self._append_log(db, event, outcome, detail)

    def _append_log(self, db: sqlite3.Connection, event: str, outcome: str, detail: dict[str, object]) -> LogHead:
        head = self._head(db)
        seq, utc = head.length + 1, self._now()
        text = json.dumps(detail, ensure_ascii=False, sort_keys=True, default=str)
        sha = log.digest(head.sha256, seq, utc, self._actor, event, outcome, text)
        db.execute(
            "INSERT INTO log VALUES (?,?,?,?,?,?,?,?)", (seq, utc, self._actor, event, outcome, text, head.sha256, sha)
        )
        return LogHead(seq, sha)

    @staticmethod
    def _head(db: sqlite3.Connection) -> LogHead:
        row = db.execute("SELECT seq, sha256 FROM log ORDER BY seq DESC LIMIT 1").fetchone()
        return LogHead(*row) if row else LogHead(0, log.GENESIS)

    def log_head(self) -> LogHead:
        """Length and head of the log."""
        return self._head(self._db)

    def log_entries(self) -> list[log.LogEntry]:
        """The whole log, oldest first."""
        return [log.LogEntry(*row) for row in self._db.execute("SELECT * FROM log ORDER BY seq")]

    # ------------------------------------------------------------ print

    def add_print(
        self, poll: str, form: str, *, rehearsal: bool, layout: str, ballots: Iterable[str], blank: bytes = b""
    ) -> PrintRun:
        """Keep the layout of a printing, its blank form (PDF, without codes) and the ballot codes issued with it."""
        codes = sorted(ballots)  # sorted: the file shows no order of minting
        with self._writing() as db:
            row = (poll, form, int(rehearsal), len(codes), layout, blank)
            sql = "INSERT INTO prints (poll, form, rehearsal, copies, layout, blank) VALUES (?,?,?,?,?,?)"
            run = PrintRun(int(db.execute(sql, row).lastrowid or 0), poll, form, rehearsal, len(codes), layout)
            db.executemany("INSERT OR IGNORE INTO codes VALUES (?,?)", ((code, run.id) for code in codes))
            kind = "rehearsal" if rehearsal else "official"
            self._append_log(db, "print", "ok", {"poll": poll, "form": form, "copies": len(codes), "kind": kind})
        return run

    def blank(self, run: PrintRun) -> bytes:
        """The blank form of a printing (PDF), b"" where none was kept."""
        found = self._db.execute("SELECT blank FROM prints WHERE id = ?", (run.id,)).fetchone()
        return bytes(found[0]) if found else b""

    def prints(self) -> list[PrintRun]:
        """All printings, oldest first."""
        rows = self._db.execute("SELECT id, poll, form, rehearsal, copies, layout FROM prints ORDER BY id")
        return [PrintRun(i, p, f, bool(r), c, text) for i, p, f, r, c, text in rows]

    def issued_codes(self) -> dict[str, int]:
        """Ballot code (ten characters) → id of the printing it was issued with."""
        return dict(self._db.execute("SELECT ballot, print FROM codes"))

    # ------------------------------------------------------------ scan

    def open_batch(self, name: str, expected: int | None) -> Batch:
        """The batch of this name, made where there is none: under one lock, for two scans may begin at once."""
        with self._writing() as db:
            found = next((b for b in self.batches() if b.name == name), None)
            if found is not None:
                return found
            cursor = db.execute("INSERT INTO batches (name, expected) VALUES (?,?)", (name, expected))
            self._append_log(db, "batch-opened", "ok", {"batch": name, "expected": expected})
            return Batch(int(cursor.lastrowid or 0), name, expected, False)

    def batches(self) -> list[Batch]:
        """All batches, oldest first."""
        rows = self._db.execute(
            "SELECT b.id, b.name, b.expected, w.id FROM batches b LEFT JOIN withdrawals w ON w.batch = b.id "
            "ORDER BY b.id"
        )
        return [Batch(i, name, expected, withdrawn is not None) for i, name, expected, withdrawn in rows]

    def add_pages(self, batch: Batch, readings: Iterable[PageReading]) -> None:
        """Add page readings in one transaction; no log entry a page: the log must not tell the order."""
        with self._writing() as db:
            for r in readings:
                values = (
                    batch.id, r.source, r.source_page, r.sha256, r.status.value, r.poll, r.form, r.ballot, r.page,
                    int(r.rehearsal), int(r.genuine), ";".join(r.findings), r.reason, r.residual_mm, r.evidence,
                    _places_text(r.elsewhere), r.fingerprint,
                )  # fmt: skip
                cursor = db.execute(_INSERT_PAGE, values)
                page = cursor.lastrowid
                db.executemany(
                    "INSERT INTO rows VALUES (?,?,?,?,?,?)",
                    ((page, x.row, x.candidate, x.reading, ";".join(x.findings), _boxes_text(x)) for x in r.rows),
                )

    def close_batch(self, batch: Batch, detail: dict[str, object]) -> LogHead:
        """Log the end of a batch; ``detail`` holds counts and the digest over its sorted pages."""
        with self._writing() as db:
            return self._append_log(db, "batch-scanned", "ok", {"batch": batch.name, **detail})

    def withdraw(self, batch: Batch, reason: str) -> None:
        """Take a batch back whole: a new entry, nothing is erased."""
        with self._writing() as db:
            db.execute("INSERT INTO withdrawals (batch) VALUES (?)", (batch.id,))
            self._append_log(db, "batch-withdrawn", "ok", {"batch": batch.name, "reason": reason})

    def has_official_ballots(self) -> bool:
        """Whether any official ballot was read (withdrawn ones too) or keyed."""
        read = "SELECT EXISTS (SELECT 1 FROM pages WHERE status = 'read' AND rehearsal = 0)"
        keyed = "SELECT EXISTS (SELECT 1 FROM keyings)"
        return any(bool(self._db.execute(sql).fetchone()[0]) for sql in (read, keyed))

    def known_pages(self) -> dict[tuple[str, int], set[str]]:
        """(source, source_page) → the digests read under that name, withdrawn batches left out."""
        known: dict[tuple[str, int], set[str]] = {}
        sql = "SELECT source, source_page, sha256 FROM pages WHERE batch NOT IN (SELECT batch FROM withdrawals)"
        for source, page, sha in self._db.execute(sql):
            known.setdefault((source, page), set()).add(sha)
        return known

    def pages(self) -> list[StoredPage]:
        """Every page ever fed, in the order of feeding, with its rows."""
        rows: dict[int, list[RowReading]] = {}
        for page, *row in self._db.execute("SELECT * FROM rows"):
            rows.setdefault(page, []).append(_row(row))
        gone = {b.id for b in self.batches() if b.withdrawn}
        names = {b.id: b.name for b in self.batches()}
        return [
            StoredPage(record[0], names[record[1]], _reading(record, rows.get(record[0], ())), record[1] in gone)
            for record in self._db.execute("SELECT * FROM pages ORDER BY id")
        ]

    def batch_readings(self, batch: Batch, *, rows: bool) -> Iterator[PageReading]:
        """The pages of one batch, one at a time, sorted by digest and name: the order of feeding does not show.

        Without ``rows`` their rows are left out.
        """
        order = "ORDER BY sha256 || ' ' || source || ' ' || source_page"
        for record in self._db.execute(f"SELECT * FROM pages WHERE batch = ? {order}", (batch.id,)):  # noqa: S608 - ours
            found = self._db.execute("SELECT * FROM rows WHERE page = ? ORDER BY row", (record[0],)) if rows else ()
            yield _reading(record, [_row(row[1:]) for row in found])

    # ------------------------------------------------------------ keying

    def add_keying(self, keying: Keying) -> bool:
        """Keep one operator's keying; False where the same bytes of the same operator are already kept."""
        body = json.dumps([[b.label, b.choices] for b in keying.ballots], ensure_ascii=False)
        with self._writing() as db:
            key = (keying.poll, keying.form, keying.operator, keying.sha256)
            found = db.execute("SELECT 1 FROM keyings WHERE poll=? AND form=? AND operator=? AND sha256=?", key)
            if found.fetchone():
                return False
            db.execute(
                "INSERT INTO keyings (poll, form, operator, sha256, source, ballots) VALUES (?,?,?,?,?,?)",
                (*key, keying.source, body),
            )
            detail: dict[str, object] = {"poll": keying.poll, "form": keying.form, "operator": keying.operator}
            # the salt keeps a detail that an export withholds from being guessed by its digest
            detail |= {"ballots": len(keying.ballots), "sha256": keying.sha256, "salt": secrets.token_hex(16)}
            self._append_log(db, "keyed", "ok", detail)
        return True

    def keyings(self) -> list[Keying]:
        """All keyings, oldest first."""
        rows = self._db.execute("SELECT poll, form, operator, sha256, source, ballots FROM keyings ORDER BY id")
        return [
            Keying(poll, form, operator, sha, source, tuple(
                KeyedBallot(label, tuple((c, v) for c, v in choices)) for label, choices in json.loads(body)
            ))
            for poll, form, operator, sha, source, body in rows
        ]  # fmt: skip

    # ------------------------------------------------------------ turnout

    def add_turnout(self, poll: str, turnout: Turnout) -> None:
        """Keep the hand-counted numbers of a poll; the newest entry stands."""
        with self._writing() as db:
            numbers = json.dumps(asdict(turnout))
            db.execute("INSERT INTO turnouts (poll, numbers) VALUES (?,?)", (poll, numbers))
            self._append_log(db, "turnout", "ok", {"poll": poll, **asdict(turnout)})

    def turnouts(self) -> dict[str, Turnout]:
        """The newest turnout of each poll."""
        rows = self._db.execute("SELECT poll, numbers FROM turnouts ORDER BY id")
        return {poll: Turnout(**json.loads(numbers)) for poll, numbers in rows}

    # ------------------------------------------------------------ decisions and closing

    def add_opinions(self, opinions: Iterable[Opinion]) -> None:
        """Keep what members said, all in one transaction; a later one supersedes, none is edited."""
        with self._writing() as db:
            for opinion in opinions:
                body = asdict(opinion)
                db.execute("INSERT INTO opinions (body) VALUES (?)", (json.dumps(body, ensure_ascii=False),))
                self._append_log(db, "opinion", "ok", {**body, "salt": secrets.token_hex(16)})

    def opinions(self) -> list[Opinion]:
        """Everything members said, oldest first."""
        found = []
        for (text,) in self._db.execute("SELECT body FROM opinions ORDER BY id"):
            body = json.loads(text)
            body["digests"] = tuple(body["digests"])
            found.append(Opinion(**body))
        return found

    def add_closing(self, closing: Closing) -> LogHead:
        """Close or reopen a poll's count."""
        with self._writing() as db:
            body = json.dumps(closing.body, ensure_ascii=False, sort_keys=True)
            db.execute("INSERT INTO closings (poll, closed, body) VALUES (?,?,?)", (closing.poll, closing.closed, body))
            event = "closed" if closing.closed else "reopened"
            return self._append_log(db, event, "ok", {"poll": closing.poll, **closing.body})

    def closings(self) -> dict[str, Closing]:
        """The newest closing or reopening of each poll."""
        rows = self._db.execute("SELECT poll, closed, body FROM closings ORDER BY id")
        return {poll: Closing(poll, bool(closed), json.loads(body)) for poll, closed, body in rows}


def _row(record: Sequence[Any]) -> RowReading:
    number, candidate, reading, findings, boxes = record
    return RowReading(number, candidate, reading, _boxes(boxes), _rules(findings))


def _reading(record: Sequence[Any], rows: Iterable[RowReading]) -> PageReading:
    (_, _, source, source_page, sha, status, poll, form, ballot, page) = record[:10]
    (rehearsal, genuine, findings, reason, residual_mm, evidence, elsewhere, fingerprint) = record[10:]
    return PageReading(
        source, source_page, sha, PageStatus(status), poll, form, ballot, page, bool(rehearsal), bool(genuine),
        tuple(rows), _rules(findings), reason, residual_mm, evidence, _places(elsewhere),
        bytes(fingerprint),
    )  # fmt: skip


def _rules(text: str) -> tuple[Rule, ...]:
    return tuple(Rule(name) for name in text.split(";") if name)


def _places_text(places: Iterable[InkPlace]) -> str:
    listed = [[p.kind, list(p.rect_mm), p.row] for p in places]
    return json.dumps(listed, separators=(",", ":")) if listed else ""


def _places(text: str) -> tuple[InkPlace, ...]:
    return tuple(InkPlace(kind, (x, y, w, h), row) for kind, (x, y, w, h), row in json.loads(text or "[]"))


def _boxes_text(row: RowReading) -> str:
    listed = [[b.level, round(b.coverage, 4), b.state, [round(v, 1) for v in b.quad_mm], *b.doubts] for b in row.boxes]
    return json.dumps(listed, separators=(",", ":"))


def _boxes(text: str) -> tuple[BoxReading, ...]:
    return tuple(
        BoxReading(level, coverage, state, tuple(quad), tuple(Doubt(why) for why in doubts))
        for level, coverage, state, quad, *doubts in json.loads(text)
    )
