"""The command ``scan-tally``: arguments in, one call to ``day``, what was written out."""

from ballot_scan.cli.app import main

__all__ = ["main"]
