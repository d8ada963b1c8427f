"""The hash chain of the log: each entry carries the SHA-256 of the one before.

``sha256 = SHA-256(previous ‖ canonical JSON of [seq, utc, actor, event, outcome, SHA-256(detail)])``. The detail goes
in by its own digest, so an entry whose detail must not leave the room (it names a ballot) can be shown without it and
the chain still verifies. A chain does not show a cut tail or a whole rewrite: its length and head are printed on paper.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One act: who did what when (UTC), and how it ended. ``detail`` never holds a ballot's order or a voter."""

    seq: int
    utc: str
    actor: str
    event: str
    outcome: str
    detail: str
    previous: str
    sha256: str


def detail_digest(detail: str) -> str:
    """The SHA-256 (hex) that stands for ``detail`` in its entry's digest."""
    return hashlib.sha256(detail.encode()).hexdigest()


def digest(previous: str, seq: int, utc: str, actor: str, event: str, outcome: str, detail: str) -> str:
    """The SHA-256 (hex) of one entry."""
    fields = [seq, utc, actor, event, outcome, detail_digest(detail)]
    body = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256((previous + body).encode()).hexdigest()


def first_break(entries: Iterable[LogEntry]) -> int | None:
    """The number of the first entry that does not follow from the one before, or None."""
    previous = GENESIS
    for number, entry in enumerate(entries, start=1):
        expected = digest(previous, number, entry.utc, entry.actor, entry.event, entry.outcome, entry.detail)
        if entry.seq != number or entry.previous != previous or entry.sha256 != expected:
            return number
        previous = entry.sha256
    return None
