"""Every error a user can meet, with its exit code.

An error is one line: what is wrong, where, how to mend it. Messages come from the catalogues in ``text``.
"""

from __future__ import annotations

from enum import IntEnum

from ballot_scan import text


class ExitCode(IntEnum):
    """The one list of exit codes (promised in the README)."""

    OK = 0
    FAULT = 1  # a fault of the program
    USAGE = 2  # wrong usage or event definition
    SOME_UNREAD = 3  # done, but some inputs could not be read; each is named
    NOT_RECONCILED = 4  # verification or reconciliation failed, or something waits for people
    REFUSED = 5  # refused by a rule


class ScanTallyError(Exception):
    """Base of all errors meant for people. ``key`` is the full key of a catalogue text, ``values`` fill it."""

    exit_code = ExitCode.FAULT

    def __init__(self, key: str, **values: object) -> None:
        self.key = key
        self.values = values
        super().__init__(key)

    def __str__(self) -> str:
        return text.t(self.key, None, **self.values)


class UsageError(ScanTallyError):
    """Wrong usage, or an event folder that cannot be worked in."""

    exit_code = ExitCode.USAGE


class EventError(ScanTallyError):
    """The event definition is wrong. ``problems``: one line each, with key path and remedy."""

    exit_code = ExitCode.USAGE

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("event.problems", count=len(problems))

    def __str__(self) -> str:
        return "\n".join(self.problems)


class InputError(ScanTallyError):
    """One input (file or page) could not be read; the others go on."""

    exit_code = ExitCode.SOME_UNREAD


class ReconcileError(ScanTallyError):
    """Numbers do not agree, or something waits for people."""

    exit_code = ExitCode.NOT_RECONCILED


class RefusedError(ScanTallyError):
    """Refused by a rule of the event, its regulation or the state of the count."""

    exit_code = ExitCode.REFUSED
