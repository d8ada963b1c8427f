"""``event.toml`` and ``voters.csv`` of an event folder, read and checked: every problem with its place."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ballot_scan import text
from ballot_scan.errors import EventError
from ballot_scan.event import checks, shape
from ballot_scan.event.electorate import Voter, load_voters, voter_errors, voter_warnings
from ballot_scan.event.model import Event
from ballot_scan.event.places import Path as KeyPath
from ballot_scan.event.places import line_of, lines_of_keys
from ballot_scan.event.problems import Problem, render
from ballot_scan.event.regulation import load_regulation
from ballot_scan.event.source import EncodingFault, clean, decode, has_controls, nfc, one_line, shown

FILE = "event.toml"
_LINE = re.compile(r"\(at line (\d+), column (\d+)\)")


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What ``check`` found: one line each. ``event`` is None where ``event.toml`` itself has errors."""

    errors: tuple[str, ...]
    warnings: tuple[str, ...]
    event: Event | None


@dataclass(frozen=True, slots=True)
class _Parsed:
    """A file taken apart: the event or its problems, and what is needed to tell their places."""

    event: Event | None
    problems: tuple[str, ...]
    data: Mapping[str, Any] = field(default_factory=dict)
    places: Mapping[KeyPath, int] = field(default_factory=dict)

    def lines(self, problems: list[Problem]) -> tuple[str, ...]:
        """``problems`` as people read them, in the order of the file, each once."""
        at_end = max(self.places.values(), default=0) + 1
        ordered = sorted(problems, key=lambda p: line_of(self.places, p.path) or at_end)
        return tuple(dict.fromkeys(render(p, FILE, self.places, self.data) for p in ordered))


def _cleaned(value: Any, path: KeyPath, problems: list[Problem]) -> Any:
    """``value`` with all its text cleaned; characters that no paper can show are problems."""
    if isinstance(value, str):
        if has_controls(clean(value)):
            problems.append(Problem(path, text.t("event.control")))
        return clean(value)
    if isinstance(value, list):
        return [_cleaned(item, (*path, number), problems) for number, item in enumerate(value)]
    if isinstance(value, dict):
        return {nfc(k): _cleaned(item, (*path, nfc(k)), problems) for k, item in value.items()}
    return value


def _syntax(fault: ValueError, source: str) -> str:
    """The line for text that is not TOML: its number, what stands there, and what the parser says of it."""
    message = str(fault)
    found, lines = _LINE.search(message), source.split("\n")
    number = int(found[1]) if found else len(lines)
    there = shown(lines[number - 1].strip() if number <= len(lines) else "")
    detail = _LINE.sub("", message).replace("(at end of document)", "").strip()
    column = text.t("event.column", column=found[2]) if found else ""
    return one_line(f"{FILE}:{number}: " + text.t("event.syntax", there=there, detail=detail, column=column))


def _parse(content: bytes) -> _Parsed:
    try:
        source = nfc(decode(content))
    except EncodingFault as fault:
        return _Parsed(None, (f"{FILE}:{fault.line}: {text.t('event.encoding')}",))
    try:
        raw = tomllib.loads(source)
        problems: list[Problem] = []
        data = _cleaned(raw, (), problems)
    except RecursionError:
        return _Parsed(None, (f"{FILE}: {text.t('event.too_deep')}",))
    except ValueError as fault:  # TOMLDecodeError, or a number beyond what Python reads
        return _Parsed(None, (_syntax(fault, source),))
    parsed = _Parsed(None, (), data, lines_of_keys(source))
    known, unknown = shape.without_unknown_keys(data)
    event, misshapen = shape.validated(known)
    problems += [*unknown, *misshapen, *checks.errors(data)]
    problems = _one_a_key(problems)
    return _Parsed(None if problems else event, parsed.lines(problems), data, parsed.places)


def _one_a_key(problems: list[Problem]) -> list[Problem]:
    """The last problem of each key: what the content says is more helpful than what its type says."""
    return list({problem.path: problem for problem in problems}.values())


def _read(path: Path) -> bytes:
    """The bytes of ``path``. Raises EventError, with the way to set up an event, where there is no such file."""
    try:
        return path.read_bytes()
    except FileNotFoundError as fault:
        raise EventError([one_line(text.t("event.no_file", file=path))]) from fault
    except (OSError, ValueError) as fault:
        detail = text.system(fault)
        raise EventError([one_line(text.t("event.no_read", file=path, detail=detail))]) from fault


def parse_event(content: bytes) -> Event:
    """The event that the bytes of an ``event.toml`` define. Raises EventError with every problem in it."""
    parsed = _parse(content)
    if parsed.event is None:
        raise EventError(list(parsed.problems))
    return parsed.event


def load_event(folder: Path) -> Event:
    """The event of ``folder``, from its ``event.toml``.

    UTF-8 or UTF-16, with or without BOM, any line ends; all text is normalised to NFC. Raises EventError with one
    line for each problem: the key's path, its line, what is wrong and how to mend it.
    """
    return parse_event(_read(folder / FILE))


def check_event(folder: Path, today: dt.date) -> CheckResult:
    """Everything that is wrong in the folder's ``event.toml`` and ``voters.csv``, and what should be known.

    Raises nothing: what cannot be read is an error of the result.
    """
    errors: list[str] = []
    voters: tuple[Voter, ...] = ()
    try:
        parsed = _parse(_read(folder / FILE))
    except EventError as fault:
        return CheckResult(tuple(fault.problems), (), None)
    errors += parsed.problems
    try:
        voters = load_voters(folder)
    except EventError as fault:
        errors += fault.problems
    event = parsed.event
    if event is None:
        return CheckResult(tuple(errors), (), None)
    errors += voter_errors(event, voters)
    named = {(voter.poll, voter.group) for voter in voters}
    found = checks.warnings(event, load_regulation(event.head.regulation), today, named)
    return CheckResult(tuple(errors), (*parsed.lines(found), *voter_warnings(voters)), event)
