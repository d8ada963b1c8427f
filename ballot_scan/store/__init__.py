"""The event's one file, ``tally.db``: records are added, never changed."""

from ballot_scan.store.store import Batch, Closing, PrintRun, Store

__all__ = ["Batch", "Closing", "PrintRun", "Store"]
