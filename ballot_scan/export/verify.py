"""Verify a bundle on any machine: every check with its verdict, nothing taken on trust.

The numbers are counted again from the records by code of its own: this module and those it stands on know nothing of
the rooms that read, judge and count. What is wrong in the file is a check that fails, never an exception.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ballot_scan import text
from ballot_scan.errors import UsageError
from ballot_scan.export import archive, check_chain, check_event, check_numbers, check_records
from ballot_scan.export.manifest import Manifest, check_files, read_manifest
from ballot_scan.export.reading import Bundle
from ballot_scan.export.strict import Fault, shown

#: The checks in their order; one of the first five that fails leaves the others undone.
NAMES = (
    "archive", "container", "manifest", "files", "formats", "event", "layouts", "records", "whole", "decisions",
    "tally", "balance", "turnout", "log", "closing", "result-code", "documents", "unsigned",
)  # fmt: skip
_COUNTED = ("files", "formats")  # checks before the contents whose result is what they tell
_OPTIONAL = ("whole",)
_Told = dict[str, object] | None
_Result = TypeVar("_Result")
_BROKEN = (
    KeyError, TypeError, ValueError, IndexError, AttributeError, ArithmeticError, RecursionError, MemoryError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Check:
    """One check and its verdict. ``skipped``: not done, because one before failed or it was passed over as asked."""

    name: str
    ok: bool
    detail: str
    skipped: bool = False

    @property
    def title(self) -> str:
        """What was checked, in the language in use."""
        return text.t(f"export.check.{self.name}")


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """All checks of one bundle. ``provisional`` and ``result_code`` are as the manifest tells them, "" if unread."""

    checks: tuple[Check, ...]
    event: str = ""
    result_code: str = ""
    provisional: bool = True

    @property
    def ok(self) -> bool:
        """Whether every hash and number holds, and the signatures unless they were passed over."""
        return all(check.ok for check in self.checks)

    @property
    def first_failure(self) -> Check | None:
        """The first check that failed."""
        return next((check for check in self.checks if not check.ok), None)

    @property
    def line(self) -> str:
        """The outcome in one line."""
        failed = self.first_failure
        if failed is not None:
            return text.t("export.failed", None, check=failed.title, detail=failed.detail)
        key = "export.held-provisional" if self.provisional else "export.held"
        return text.t(key, None, count=len(self.checks), code=self.result_code)


def verify(path: Path, allow_unsigned: bool = False) -> VerifyReport:
    """Check the bundle at ``path``. ``allow_unsigned``: missing signatures are passed over, and said so.

    Raises UsageError only where ``path`` is no file that can be read.
    """
    work = _Work()
    data = _read(path)
    found = work.do("archive", lambda: archive.members(data))
    files = work.do("container", lambda: archive.unpack(data, found or []))
    manifest = work.do("manifest", lambda: read_manifest(files or {}))
    if manifest is not None and files is not None:
        work.told["manifest"] = check_event.summary(manifest)
        bundle = Bundle(files, manifest)
        work.do("files", lambda: {"count": check_files(manifest, files)})
        work.do("formats", lambda: {"count": bundle.check_formats()})
        if not work.failed:
            _check_contents(work, bundle)
            work.add(_signatures(bundle, allow_unsigned))
    return work.report(manifest)


def _read(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise UsageError("export.no-file", path=path)
        with path.open("rb") as stream:
            return stream.read(archive.MAX_FILE + 1)
    except OSError as fault:
        raise UsageError("export.cannot-read", path=path, why=text.system(fault)) from fault


def _check_contents(work: _Work, bundle: Bundle) -> None:
    """What the files say, each check apart from the others."""
    steps: tuple[tuple[str, Callable[[Bundle], _Told]], ...] = (
        ("event", check_event.check_event),
        ("layouts", check_event.check_layouts),
        ("records", check_records.check_records),
        ("whole", check_records.check_whole),
        ("decisions", check_records.check_decisions),
        ("tally", check_numbers.check_tally),
        ("balance", check_numbers.check_balance),
        ("turnout", check_numbers.check_turnout),
        ("log", check_chain.check_log),
        ("closing", check_chain.check_closing),
        ("result-code", check_numbers.check_code),
        ("documents", check_event.check_documents),
    )
    for name, step in steps:
        work.each(name, step, bundle)


def _signatures(bundle: Bundle, allow_unsigned: bool) -> Check:
    """The place of the signatures: none is understood yet, so none is taken for good."""
    if any(name.startswith("signatures/") for name in bundle.files):
        return Check("unsigned", allow_unsigned, text.t("export.signatures-unknown"), skipped=allow_unsigned)
    return Check("unsigned", allow_unsigned, text.t("export.unsigned"), skipped=allow_unsigned)


class _Work:
    """The checks done so far. After a failure of ``do`` the later ones are listed as not done."""

    def __init__(self) -> None:
        self.told: dict[str, dict[str, object]] = {}
        self.failed = False
        self._done: dict[str, Check] = {}

    def do(self, name: str, step: Callable[[], _Result]) -> _Result | None:
        """One check that the later ones stand on: its result, or None where it or one before failed."""
        if self.failed:
            return None
        try:
            result = step()
        except _BROKEN as fault:
            self.failed = True
            self.add(Check(name, False, _words(fault)))
            return None
        counts = result if isinstance(result, dict) and name in _COUNTED else {}
        self.told.setdefault(name, dict(counts))
        self.add(Check(name, True, ""))
        return result

    def each(self, name: str, step: Callable[[Bundle], _Told], bundle: Bundle) -> None:
        """One check that stands alone."""
        try:
            told = step(bundle)
        except _BROKEN as fault:
            self.add(Check(name, False, _words(fault)))
            return
        if told is not None:
            self.told[name] = told
            self.add(Check(name, True, ""))

    def add(self, check: Check) -> None:
        self._done[check.name] = check

    def report(self, manifest: Manifest | None) -> VerifyReport:
        """All checks in their order, those not done among them, with what those that hold found."""
        checks = []
        for name in NAMES:
            check = self._done.get(name)
            if check is None and (self.failed or name not in _OPTIONAL):
                check = Check(name, False, text.t("export.not-done"), skipped=True)
            elif check is not None and check.ok and not check.detail:
                check = Check(name, True, text.t(f"export.holds.{name}", None, **self.told.get(name, {})))
            if check is not None:
                checks.append(check)
        if manifest is None:
            return VerifyReport(tuple(checks))
        return VerifyReport(
            tuple(checks), shown(manifest.event), shown(manifest.result_code), provisional=manifest.provisional
        )


def _words(fault: BaseException) -> str:
    """What a fault says, in one line."""
    if isinstance(fault, (Fault, archive.ArchiveFault)):
        return text.t(fault.key, None, **{name: _value(value) for name, value in fault.values.items()})
    return text.t("export.fault.malformed", None, why=shown(f"{type(fault).__name__}: {fault}"))


def _value(value: object) -> object:
    return value if isinstance(value, int) else shown(value)
