"""The store: only ever added to, whole or not at all, and its log shows every edit."""

# ruff: noqa: S608 - names of tables are the test's own
from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from pathlib import Path
from threading import Barrier

import pytest
from helpers.small_disk import SmallDisk
from hypothesis import given
from hypothesis import strategies as st

from ballot_scan.errors import UsageError
from ballot_scan.records import BoxReading, Doubt, InkPlace, Keying, PageReading, PageStatus, RowReading, Rule, Turnout
from ballot_scan.store import Batch, Store, schema
from ballot_scan.store.log import GENESIS, LogEntry, digest, first_break

NOW = "2030-12-07T08:00:00Z"
READING = PageReading(
    "xấp/trang 1.jpg", 1, "a" * 64, PageStatus.READ, "hall", "main", "AAAAA-00001", 1, genuine=True,
    rows=(RowReading(1, "an", "blank", (BoxReading("high", 0.25, "empty", (1.0, 2.0)),), (Rule.BLANK_ROW,)),
          RowReading(2, "binh", "unsure", (BoxReading("low", 0.5, "unsure", (1.0,), (Doubt.SMALL, Doubt.GONE_OVER)),))),
    residual_mm=0.02,
    elsewhere=(InkPlace("writing", (20.0, 31.5, 22.4, 6.0)), InkPlace("name-struck", (1.0, 2.0, 3.0, 4.0), 1)),
    fingerprint=b"\x01\x00\xff",
)  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path, now=lambda: NOW, actor="lan") as opened:
        yield opened


def chain(details: list[str]) -> list[LogEntry]:
    entries: list[LogEntry] = []
    previous = GENESIS
    for seq, detail in enumerate(details, start=1):
        sha = digest(previous, seq, NOW, "lan", "event", "ok", detail)
        entries.append(LogEntry(seq, NOW, "lan", "event", "ok", detail, previous, sha))
        previous = sha
    return entries


logs = st.lists(st.text(max_size=12), min_size=1, max_size=8).map(chain)


@given(logs)
def test_an_untouched_log_has_no_break(entries: list[LogEntry]) -> None:
    assert first_break(entries) is None


@given(logs, st.data())
def test_any_single_edit_of_any_entry_is_found_at_its_place(entries: list[LogEntry], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(entries) - 1))
    field = data.draw(st.sampled_from([f.name for f in fields(LogEntry)]))
    old = getattr(entries[at], field)
    new = data.draw((st.integers() if field == "seq" else st.text(max_size=70)).filter(lambda v: v != old))
    entries[at] = replace(entries[at], **{field: new})
    assert first_break(entries) == at + 1


@given(logs, st.data())
def test_an_entry_taken_out_put_in_or_moved_is_found(entries: list[LogEntry], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(entries) - 1))
    doubled = [*entries[: at + 1], *entries[at:]]
    assert first_break(doubled) == at + 2
    without = [*entries[:at], *entries[at + 1 :]]
    assert first_break(without) == (at + 1 if at < len(entries) - 1 else None)  # a cut tail shows on paper only


def test_what_goes_in_comes_out(store: Store) -> None:
    batch = store.open_batch("xấp 1", 12)
    store.add_pages(batch, [READING])
    (page,) = store.pages()
    assert page.reading == READING
    assert (page.batch, page.withdrawn) == ("xấp 1", False)
    assert store.batches() == [Batch(batch.id, "xấp 1", 12, False)]
    assert store.known_pages() == {("xấp/trang 1.jpg", 1): {"a" * 64}}


def test_every_act_adds_to_the_chain(store: Store) -> None:
    numbers = Turnout(3, 3, 3, 3, 0, 0, 3)
    store.record("zero-report", ballots=0)
    batch = store.open_batch("b", None)
    store.add_turnout("hall", numbers)
    store.withdraw(batch, "giấy kẹt")
    head = store.record("end")
    entries = store.log_entries()
    assert [e.event for e in entries] == ["zero-report", "batch-opened", "turnout", "batch-withdrawn", "end"]
    assert first_break(entries) is None
    assert (head.length, head.sha256) == (5, entries[-1].sha256) == (store.log_head().length, store.log_head().sha256)


KEYS = {
    "log": "seq", "prints": "id", "codes": "ballot", "batches": "name", "pages": "source, source_page, sha256, batch",
    "rows": "page, row", "turnouts": "id", "withdrawals": "batch", "keyings": "poll, form, operator, sha256",
}  # fmt: skip


@pytest.mark.parametrize("table", sorted(KEYS))
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE", "REPLACE", "REPLACE under another id"])
def test_records_are_only_added(store: Store, tmp_path: Path, table: str, verb: str) -> None:
    store.add_print("hall", "main", rehearsal=False, layout="{}", ballots=["AAAAA00001"])
    batch = store.open_batch("b", None)
    store.add_pages(batch, [READING])
    store.withdraw(batch, "askew")
    store.add_turnout("hall", Turnout(3, 3, 3, 3, 0, 0, 3))
    store.add_keying(Keying("hall", "main", "Lan", "c" * 64, "a.csv", ()))
    with contextlib.closing(sqlite3.connect(tmp_path / "tally.db")) as db:
        columns = [name for (name,) in db.execute("SELECT name FROM pragma_table_info(?)", (table,))]
        before = db.execute(f"SELECT * FROM {table}").fetchall()
        assert before
        others = [c for c in columns if c not in ("id", "seq")]
        names = ", ".join(columns if verb == "REPLACE" else others)
        sql = {
            "UPDATE": f"UPDATE {table} SET {columns[-1]} = {columns[-1]}",
            "DELETE": f"DELETE FROM {table}",
        }.get(verb, f"INSERT OR REPLACE INTO {table} ({names}) SELECT {names} FROM {table}")
        if KEYS[table] in ("id", "seq") and verb == "REPLACE under another id":
            db.execute(sql)  # a new record beside the old one: added, not replaced
            assert db.execute(f"SELECT * FROM {table}").fetchall()[: len(before)] == before
            return
        if table == "codes" and "REPLACE" in verb:
            db.execute(sql)  # a code known already is left as it is
        else:
            with pytest.raises(sqlite3.IntegrityError, match="only added"):
                db.execute(sql)
        assert db.execute(f"SELECT * FROM {table}").fetchall() == before


def test_a_withdrawn_batch_stays_but_can_be_scanned_again(store: Store) -> None:
    first = store.open_batch("first", None)
    store.add_pages(first, [READING])
    store.withdraw(first, "fed askew")
    assert store.known_pages() == {}
    store.add_pages(store.open_batch("second", None), [READING])
    assert [(p.batch, p.withdrawn) for p in store.pages()] == [("first", True), ("second", False)]


def test_a_batch_that_fails_half_way_leaves_nothing_of_its_transaction(store: Store) -> None:
    batch = store.open_batch("b", None)
    with pytest.raises(UsageError):
        store.add_pages(batch, [READING, READING])  # the same page twice breaks a rule of the file
    assert store.pages() == []
    store.add_pages(batch, [READING])
    assert len(store.pages()) == 1


def test_a_full_disk_undoes_the_transaction_and_room_lets_it_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [replace(READING, source=f"{n}.jpg", sha256=f"{n:064x}") for n in range(200)]
    with Store(tmp_path, now=lambda: NOW, actor="lan") as roomy:
        batch = roomy.open_batch("b", None)
    monkeypatch.setattr(SmallDisk, "room", 3)
    with SmallDisk(tmp_path, now=lambda: NOW, actor="lan") as small:
        small.add_pages(batch, many[:1])
        with pytest.raises(UsageError, match="full"):
            small.add_pages(batch, many[1:])
        assert len(small.pages()) == 1
    with Store(tmp_path, now=lambda: NOW, actor="lan") as roomy:
        roomy.add_pages(batch, many[1:])
        assert len(roomy.pages()) == 200
        assert first_break(roomy.log_entries()) is None


def test_the_file_is_kept_as_the_design_promises(store: Store, tmp_path: Path) -> None:
    store.record("x")
    with contextlib.closing(sqlite3.connect(tmp_path / "tally.db")) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert store._db.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL


def old_file(folder: Path, version: int) -> None:
    """A file as that version of the schema left it, with one page of one row."""
    with contextlib.closing(sqlite3.connect(folder / "tally.db")) as db:
        db.executescript(f"BEGIN;{''.join(schema.MIGRATIONS[:version])}PRAGMA user_version = {version};COMMIT;")
        db.execute("INSERT INTO batches VALUES (1, 'xấp 1', 12)")
        columns = (
            "id, batch, source, source_page, sha256, status, poll, form, ballot, page, rehearsal, genuine, findings, "
            "reason, residual_mm, evidence"
        )
        page = (
            1, 1, READING.source, 1, READING.sha256, "read", "hall", "main", READING.ballot, 1, 0, 1, "", "", 0.02, ""
        )  # fmt: skip
        db.execute(f"INSERT INTO pages ({columns}) VALUES ({','.join('?' * len(page))})", page)
        boxes = '[["high",0.25,"empty",[1.0,2.0]]]'
        db.execute("INSERT INTO rows VALUES (1, 1, 'an', 'blank', 'blank-row', ?)", (boxes,))
        db.commit()


@pytest.mark.parametrize("version", range(1, len(schema.MIGRATIONS)))
def test_an_old_file_is_brought_up_to_date_and_stays_closed_to_edits(tmp_path: Path, version: int) -> None:
    old_file(tmp_path, version)
    before = replace(READING, rows=READING.rows[:1], elsewhere=(), fingerprint=b"")
    with Store(tmp_path, now=lambda: NOW, actor="lan") as opened:
        assert [p.reading for p in opened.pages()] == [before]
        opened.add_pages(opened.open_batch("xấp 2", None), [READING])
        assert [p.reading for p in opened.pages()] == [before, READING]
    with contextlib.closing(sqlite3.connect(tmp_path / "tally.db")) as db:
        assert schema.version(db) == len(schema.MIGRATIONS)
        for sql in (
            "UPDATE pages SET elsewhere = ''",
            "DELETE FROM pages",
            "INSERT OR REPLACE INTO pages SELECT * FROM pages",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="only added"):
                db.execute(sql)
    with Store(tmp_path, now=lambda: NOW, actor="lan") as again:
        assert len(again.pages()) == 2


def test_a_batch_that_several_scans_open_at_once_is_one(tmp_path: Path) -> None:
    names = [f"batch-{n}" for n in range(25)]
    start = Barrier(4)

    def opened(_: int) -> list[Batch]:
        with Store(tmp_path, now=lambda: NOW, actor="lan") as mine:
            start.wait()
            return [mine.open_batch(name, None) for name in names]

    with Store(tmp_path, now=lambda: NOW, actor="lan") as store, ThreadPoolExecutor(4) as several:
        found = list(several.map(opened, range(4)))
        assert [b.name for b in store.batches()] == names
        assert all(each == store.batches() for each in found)
