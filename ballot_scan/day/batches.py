"""Batches: a batch is one physical stack; it is listed, and taken back whole to be scanned again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from ballot_scan.day.folder import EventFolder
from ballot_scan.errors import RefusedError, UsageError
from ballot_scan.records import PageStatus, StoredPage
from ballot_scan.store import Batch, Store


@dataclass(frozen=True, slots=True)
class BatchReport:
    """One stack: pages expected and counted, by status; pages in = the sum of the statuses."""

    name: str
    expected: int | None
    statuses: dict[str, int]
    withdrawn: bool

    @property
    def pages(self) -> int:
        return sum(self.statuses.values())


def batches(folder: EventFolder) -> list[BatchReport]:
    """All batches, oldest first."""
    with folder.store() as store:
        pages = store.pages()
        return [_report(batch, pages) for batch in store.batches()]


def _report(batch: Batch, pages: list[StoredPage]) -> BatchReport:
    found = Counter(p.reading.status for p in pages if p.batch == batch.name)
    return BatchReport(batch.name, batch.expected, {s.value: found[s] for s in PageStatus}, batch.withdrawn)


def withdraw(folder: EventFolder, name: str, reason: str) -> BatchReport:
    """Take a batch back whole: its pages count no longer and can be scanned again; nothing is erased.

    Raises UsageError for an unknown batch or one withdrawn before, RefusedError where a poll it belongs to is closed.
    """
    with folder.store() as store:
        known = store.batches()
        batch = next((b for b in known if b.name == name), None)
        if batch is None:
            raise UsageError("day.no-batch", batch=name, known=", ".join(b.name for b in known) or "–")
        if batch.withdrawn:
            raise UsageError("day.withdrawn-before", batch=name)
        pages = store.pages()
        _refuse_if_closed(store, {p.reading.poll for p in pages if p.batch == name})
        store.withdraw(batch, reason)
        return _report(batch, pages)


def _refuse_if_closed(store: Store, polls: set[str]) -> None:
    """Pages of a closed poll stay; one that was placed in no poll is counted in none, closed or open."""
    closed = {poll for poll, closing in store.closings().items() if closing.closed}
    if closed & polls:
        raise RefusedError("day.closed-poll", poll=", ".join(sorted(closed & polls)))
