"""ballot_scan: print, scan, judge and count confidence ballots (phiếu tín nhiệm)."""

__version__ = "0.1.0"
