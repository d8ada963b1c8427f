"""After the count: a consistent copy while the program runs, and the end of what must not be kept."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from ballot_scan.day.closing import two_members
from ballot_scan.day.counting import load, tallied
from ballot_scan.day.folder import BALLOTS, EVIDENCE, KEY_FILE, EventFolder, discard
from ballot_scan.errors import RefusedError, UsageError
from ballot_scan.export.verify import verify
from ballot_scan.store.store import FILE_NAME
from ballot_scan.text import system


def backup(folder: EventFolder, target: Path) -> Path:
    """Copy store, evidence, event definition, layouts and key into one zip, readable by its owner only.

    The store is copied by SQLite's own online backup, so the copy is whole while a scan runs. Raises UsageError
    where the target cannot be written; an older file there stays until the new one is whole.
    """
    if target.is_dir():
        target = target / f"{folder.event.head.id}-backup.zip"
    temporary = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(FILE_NAME, _store_copy(folder.path / FILE_NAME))
            for path in _beside_store(folder.path):
                archive.write(path, path.relative_to(folder.path).as_posix())
        temporary.replace(target)
    except (OSError, sqlite3.Error) as fault:
        discard(temporary)
        why = system(fault)
        raise UsageError("day.cannot-write", path=target, why=why) from fault
    with folder.store() as store:
        store.record("backup", file=target.name)
    return target


def _store_copy(path: Path) -> bytes:
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / FILE_NAME
        source, into = sqlite3.connect(path), sqlite3.connect(copy)
        try:
            source.backup(into)
        finally:
            source.close()
            into.close()
        return copy.read_bytes()


def _beside_store(folder: Path) -> list[Path]:
    single = [folder / name for name in ("event.toml", "voters.csv", KEY_FILE)]
    found = [p for p in single if p.is_file()]
    found += sorted((folder / BALLOTS).glob("*/*/layout.json"))
    return found + sorted((folder / EVIDENCE).glob("*.jpg"))


@dataclass(frozen=True, slots=True)
class Retired:
    """What was wiped, and how long the papers are to be kept (as the event says)."""

    pictures: int
    key: bool
    retention: str


def retire(folder: EventFolder, members: list[str], bundle: Path) -> Retired:
    """Wipe evidence pictures and the code key, with a record of it, once ``bundle`` verifies.

    Raises RefusedError while a poll is open, where the bundle does not verify or is another count's, or without two
    members who agree.
    """
    count = load(folder)
    still_open = [p.id for p in folder.event.polls if count.begun(p.id) and not count.closed(p.id)]
    if not any(count.closed(p.id) for p in folder.event.polls):
        still_open = [p.id for p in folder.event.polls]
    if still_open:
        raise RefusedError("day.retire-open", polls=", ".join(still_open))
    agreed = _two_of_any_team(folder, members)
    report = verify(bundle, allow_unsigned=True)
    result = tallied(folder, count).result_code
    if not report.ok:
        raise RefusedError("day.retire-bundle", path=bundle, why=report.line)
    if report.result_code != result:
        raise RefusedError("day.retire-other", path=bundle, bundle=report.result_code, event=result)
    if report.provisional:
        raise RefusedError("day.retire-provisional", path=bundle)
    pictures = sorted((folder.path / EVIDENCE).glob("*.jpg"))
    key = folder.path / KEY_FILE
    had_key = key.is_file()
    with folder.store() as store:
        store.record("retire", members=list(agreed), pictures=len(pictures), result_code=result)
        for path in [*pictures, *([key] if had_key else [])]:
            _wipe(path)
    return Retired(len(pictures), had_key, folder.event.head.retention)


def _two_of_any_team(folder: EventFolder, members: list[str]) -> tuple[str, str]:
    refused: RefusedError | None = None
    for poll in folder.event.polls:
        try:
            return two_members(poll, members)
        except RefusedError as error:
            refused = refused or error
    raise refused or RefusedError("day.two-members")


def _wipe(path: Path) -> None:
    """Overwrite, then remove; on journalling disks the overwriting is best effort, the removal is sure."""
    try:
        with path.open("r+b") as file:
            file.write(b"\0" * path.stat().st_size)
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
    except OSError as fault:
        raise UsageError("day.cannot-write", path=path, why=system(fault)) from fault
