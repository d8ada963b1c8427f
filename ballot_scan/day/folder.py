"""The event folder: what every step of the day stands on."""

from __future__ import annotations

import contextlib
import datetime as dt
import getpass
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ballot_scan.errors import RefusedError, UsageError
from ballot_scan.event.electorate import Voter, electorate_size, load_voters
from ballot_scan.event.loading import load_event
from ballot_scan.event.model import Event, Form, Poll
from ballot_scan.event.regulation import Regulation, effective_regulation
from ballot_scan.files import write_whole
from ballot_scan.paper import code
from ballot_scan.store import Store
from ballot_scan.text import system

KEY_FILE = "ballot.key"
# what the program writes into the event's folder, beside the store
BALLOTS, EVIDENCE, REVIEW, DOCUMENTS, EXPORT = "ballots", "evidence", "review", "documents", "export"
SCORES, EXPLAINED, CALIBRATION = "batches", "explain", "calibration.png"
_WRITTEN = (BALLOTS, EVIDENCE, REVIEW, DOCUMENTS, EXPORT, SCORES, EXPLAINED, CALIBRATION)
_SYNCHRONISED = ("onedrive", "dropbox", "google drive", "googledrive", "icloud drive", "nextcloud")
_REMOTE = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "afs", "davfs", "fuse.davfs2"}


def utc_now() -> str:
    """The time as the log writes it: UTC, seconds, ISO 8601."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def actor() -> str:
    """Who stands in the log: the account that runs the program."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"


@dataclass(frozen=True)
class EventFolder:
    """An event opened for work. Nothing is kept open: the store is opened for each step."""

    path: Path
    event: Event
    voters: tuple[Voter, ...]
    now: Callable[[], str] = utc_now

    @cached_property
    def regulation(self) -> Regulation:
        """The event's rule profile, with the event's own settings."""
        return effective_regulation(self.event)

    @property
    def written(self) -> tuple[Path, ...]:
        """Where the program itself puts pictures and papers of the event: none of them is a scan."""
        return tuple(self.path / name for name in _WRITTEN)

    @property
    def bundle(self) -> Path:
        """Where the event's bundle lies after ``export``."""
        return self.path / EXPORT / f"{self.event.head.id}.zip"

    def store(self) -> Store:
        """The event's store, opened."""
        return Store(self.path, now=self.now, actor=actor())

    def polls(self, poll: str | None) -> tuple[Poll, ...]:
        """The poll of this id, or all. Raises UsageError for an unknown id."""
        if poll is None:
            return self.event.polls
        found = tuple(p for p in self.event.polls if p.id == poll)
        if not found:
            raise UsageError("day.no-poll", poll=poll, known=", ".join(p.id for p in self.event.polls))
        return found

    def forms(self, poll: str | None, form: str | None) -> list[tuple[Poll, Form]]:
        """Polls and forms of these ids, or all. Raises UsageError where there is none."""
        found = [(p, f) for p in self.polls(poll) for f in p.forms if form is None or f.id == form]
        if not found:
            known = ", ".join(f.id for p in self.polls(poll) for f in p.forms)
            raise UsageError("day.no-form", form=form, known=known)
        return found

    def deputies(self, poll: Poll) -> int | None:
        """How many persons may vote in ``poll``; None where nobody said."""
        return electorate_size(self.event, poll, self.voters)

    def key(self) -> bytes:
        """The secret of the ballot codes, made at its first use, readable by its owner only.

        Raises UsageError where it is gone although ballots were printed with it: another one would make them unknown.
        """
        path = self.path / KEY_FILE
        try:
            return bytes.fromhex(path.read_text(encoding="ascii").strip())
        except FileNotFoundError as fault:
            with self.store() as store:
                if store.prints():
                    raise UsageError("day.broken-key", path=path, why=system(fault)) from fault
            return _make_key(path)
        except (OSError, ValueError) as fault:
            why = system(fault) if isinstance(fault, OSError) else fault
            raise UsageError("day.broken-key", path=path, why=why) from fault


def _make_key(path: Path) -> bytes:
    secret = code.new_key()
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secret.hex() + "\n")
    except OSError as fault:
        raise UsageError("day.cannot-write", path=path, why=system(fault)) from fault
    return secret


def open_folder(path: Path, now: Callable[[], str] = utc_now) -> EventFolder:
    """Open an event folder. Raises EventError for a wrong definition, RefusedError for a place no store is safe in."""
    refuse_unsafe_place(path)
    return EventFolder(path, load_event(path), load_voters(path), now)


def refuse_unsafe_place(path: Path) -> None:
    """Refuse network shares and synchronised folders: SQLite's file cannot be kept whole there."""
    resolved = path.resolve()
    parts = [p.lower() for p in resolved.parts]
    if any(part.startswith(_SYNCHRONISED) for part in parts):
        raise RefusedError("day.synchronised", path=path)
    if str(resolved).startswith("\\\\") or _file_system(resolved) in _REMOTE:
        raise RefusedError("day.network", path=path)


def _file_system(path: Path) -> str:
    """Type of the file system that holds ``path`` (Linux), or ""."""
    if sys.platform != "linux":
        return ""
    best, kind = "", ""
    try:
        mounts = Path("/proc/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) > 2:
            point = fields[1].replace("\\040", " ")
            if (str(path) + "/").startswith(point.rstrip("/") + "/") and len(point) >= len(best):
                best, kind = point, fields[2]
    return kind


def write_text(path: Path, content: str) -> Path:
    """Write a result file whole or not at all; one that is open elsewhere keeps its old content and is named."""
    return write_bytes(path, content.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> Path:
    """Write a result file whole or not at all. Raises UsageError naming it where that is not possible."""
    return write_whole(path, lambda spare: spare.write_bytes(content))


def make_folder(path: Path) -> Path:
    """The folder, made where it is missing. Raises UsageError naming it where that is not possible."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise UsageError("day.cannot-write", path=path, why=system(fault)) from fault
    return path


def discard(path: Path) -> None:
    """Remove a half-written file, where it came to be at all."""
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
