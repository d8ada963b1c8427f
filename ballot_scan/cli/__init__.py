"""The command ``scan-tally``: arguments in, one call to ``day``, what was written out."""

from __future__ import annotations

from ballot_scan import interrupts


def main(arguments: list[str] | None = None) -> None:
    """Run ``scan-tally`` (``app.run``); Ctrl-C is heard from here on, before anything else is loaded."""
    with interrupts.listening():
        with interrupts.only_noted():
            from ballot_scan.cli import app
        app.run(arguments)


__all__ = ["main"]
