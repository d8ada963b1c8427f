"""The zero report: before the first page or keying, the log says that there is no ballot yet."""

from __future__ import annotations

from ballot_scan.day.folder import EventFolder
from ballot_scan.records import LogHead
from ballot_scan.store import Store

EVENT = "zero-report"


def zero_report(folder: EventFolder, store: Store) -> LogHead | None:
    """Write the zero report where no official ballot was read or keyed yet: the log's head then, else None.

    A rehearsal in the same folder does not use it up.
    """
    if store.has_official_ballots():
        return None
    return store.record(EVENT, ballots=0, polls=[p.id for p in folder.event.polls])
