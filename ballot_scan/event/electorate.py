"""Who votes: ``voters.csv``, and how many ballots that makes. One person casts one ballot, whatever the offices."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ballot_scan import text
from ballot_scan.errors import EventError
from ballot_scan.event.model import Event, Poll
from ballot_scan.event.source import EncodingFault, clean, decode, fold, has_controls, nearest, one_line, shown

FILE = "voters.csv"
COLUMNS = ("poll", "group", "person", "name", "offices")
_REQUIRED = COLUMNS[:4]
_DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class Voter:
    """One line of ``voters.csv``: ``person`` (an id, any text) votes in ``poll`` as one of ``group``."""

    poll: str
    group: str
    person: str
    name: str
    offices: str = ""
    line: int = field(default=0, compare=False)


def _at(line: int, key: str, file: str = FILE, **values: object) -> str:
    return one_line(f"{file}:{line}: {text.t(key, None, **values)}")


def _rows(source: str, file: str) -> tuple[list[tuple[int, list[str]]], list[str]]:
    """The lines of a CSV text with their numbers, blank ones left out; or the fault that ends it."""
    lines = source.replace("\r\n", "\n").replace("\r", "\n")
    skipped = 0
    first = lines.partition("\n")[0].strip()
    delimiter = max(_DELIMITERS, key=first.count)
    if first.strip('"').lower() in {f"sep={d}" for d in ",;"}:  # Excel's own line
        delimiter, lines, skipped = first.strip('"')[-1], lines.partition("\n")[2], 1
    reader = csv.reader(io.StringIO(lines), delimiter=delimiter, strict=True)
    rows: list[tuple[int, list[str]]] = []
    start = skipped + 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((start, row))
            start = reader.line_num + skipped + 1
    except csv.Error as fault:
        return rows, [_at(start, "event.voters.broken", file, detail=fault)]
    return rows, []


def _header(line: int, cells: Sequence[str], file: str) -> tuple[list[str], list[str]]:
    """The columns that the first line names, and what is wrong with them."""
    names = [clean(cell).casefold() for cell in cells]
    problems = [
        _at(line, "event.voters.column", file, column=shown(name), known=", ".join(COLUMNS))
        for name in names
        if name and name not in COLUMNS
    ]
    problems += [_at(line, "event.voters.column_twice", file, column=name) for name in COLUMNS if names.count(name) > 1]
    missing = [name for name in _REQUIRED if name not in names]
    if missing:
        head = ",".join(COLUMNS)
        problems.append(_at(line, "event.voters.no_column", file, missing=", ".join(missing), header=head))
    return names, problems


def parse_voters(content: bytes, file: str = FILE) -> tuple[Voter, ...]:
    """The voters of the bytes of a ``voters.csv``: comma, semicolon or tab, UTF-8 or UTF-16, with or without BOM.

    Raises EventError with a line for each fault.
    """
    try:
        source = decode(content)
    except EncodingFault as fault:
        raise EventError([_at(fault.line, "event.encoding", file)]) from fault
    rows, problems = _rows(source, file)
    if not rows:
        raise EventError(problems or [_at(1, "event.voters.no_column", file, missing=", ".join(_REQUIRED),
                                          header=",".join(COLUMNS))])  # fmt: skip
    names, faults = _header(*rows[0], file)
    if faults:
        raise EventError(faults)
    voters: list[Voter] = []
    for line, cells in rows[1:]:
        values = {name: clean(cell) for name, cell in zip(names, cells, strict=False)}
        empty = [name for name in _REQUIRED if not values.get(name)]
        if len(cells) > len(names) and any(cell.strip() for cell in cells[len(names) :]):
            problems.append(_at(line, "event.voters.too_many", file, columns=len(names)))
        elif empty:
            problems.append(_at(line, "event.voters.empty", file, columns=", ".join(empty)))
        elif any(has_controls(value) for value in values.values()):
            problems.append(_at(line, "event.voters.control", file))
        else:
            poll, group, person, name, offices = (values.get(column, "") for column in COLUMNS)
            voters.append(Voter(poll, group, person, name, offices, line))
    if problems:
        raise EventError(problems)
    return tuple(voters)


def read_voters(path: Path) -> tuple[Voter, ...]:
    """The voters that ``path`` names. Raises EventError with file and line of each fault."""
    try:
        content = path.read_bytes()
    except OSError as fault:
        raise EventError([text.t("event.no_read", file=path, detail=text.system(fault))]) from fault
    return parse_voters(content, path.name)


def load_voters(folder: Path) -> tuple[Voter, ...]:
    """The voters of an event folder; none where it has no ``voters.csv``. Raises EventError as ``read_voters``."""
    path = folder / FILE
    return read_voters(path) if path.exists() else ()


def _hint(word: str, known: Sequence[str]) -> str:
    meant = nearest(word, known)
    listed = ", ".join(shown(k) for k in known) or "–"
    return text.t("event.meant_of", meant=shown(meant), known=listed) if meant else listed


def voter_errors(event: Event, voters: Iterable[Voter]) -> list[str]:
    """What in ``voters`` does not fit ``event``: one line each.

    Unknown polls and groups, one person under two names, one line twice, a group whose count says otherwise.
    """
    problems: list[str] = []
    groups = {poll.id: [g.group for g in poll.voters] for poll in event.polls}
    names: dict[tuple[str, str], Voter] = {}
    seen: dict[tuple[str, str, str], Voter] = {}
    members: dict[tuple[str, str], int] = {}
    for voter in voters:
        if voter.poll not in groups:
            hint = _hint(voter.poll, list(groups))
            problems.append(_at(voter.line, "event.voters.poll", poll=shown(voter.poll), hint=hint))
            continue
        if voter.group not in groups[voter.poll]:
            problems.append(
                _at(voter.line, "event.voters.group", group=shown(voter.group), poll=voter.poll,
                    hint=_hint(voter.group, groups[voter.poll]))
            )  # fmt: skip
            continue
        person = fold(voter.person)
        known = names.setdefault((voter.poll, person), voter)
        if fold(known.name) != fold(voter.name):
            problems.append(
                _at(voter.line, "event.voters.two_names", person=shown(voter.person), name=shown(voter.name),
                    other=shown(known.name), first=known.line)
            )  # fmt: skip
        place = (voter.poll, voter.group, person)
        if place in seen:
            problems.append(
                _at(voter.line, "event.voters.twice", person=shown(voter.person), group=shown(voter.group),
                    first=seen[place].line)
            )  # fmt: skip
            continue
        seen[place] = voter
        members[place[:2]] = members.get(place[:2], 0) + 1
    for poll in event.polls:
        for group in poll.voters:
            named = members.get((poll.id, group.group), 0)
            if named and group.count is not None and named != group.count:
                problems.append(
                    one_line(f"{FILE}: " + text.t("event.voters.count", group=shown(group.group), poll=poll.id,
                                                  count=group.count, named=named))
                )  # fmt: skip
    return problems


def voter_warnings(voters: Iterable[Voter]) -> list[str]:
    """One name under two person ids in a poll: perhaps one person, who would then get two ballots."""
    first: dict[tuple[str, str], Voter] = {}
    warnings: list[str] = []
    for voter in voters:
        other = first.setdefault((voter.poll, fold(voter.name)), voter)
        if fold(other.person) != fold(voter.person):
            warnings.append(
                _at(voter.line, "event.voters.same_name", name=shown(voter.name), person=shown(voter.person),
                    other=shown(other.person), first=other.line)
            )  # fmt: skip
    return warnings


def electorate_size(event: Event, poll: Poll, voters: Iterable[Voter]) -> int | None:
    """How many persons vote in ``poll``: those named, each once, and the counts of groups without names.

    A person in several groups gets one ballot (note 1 of the reference plan). None where a group has neither
    names nor a count, or the poll lists no groups: then nobody knows.
    """
    if poll not in event.polls:
        raise ValueError(f"poll {poll.id!r} is not of event {event.head.id!r}")
    if not poll.voters:
        return None
    persons: dict[str, set[str]] = {}
    for voter in voters:
        if voter.poll == poll.id:
            persons.setdefault(voter.group, set()).add(fold(voter.person))
    unnamed = [group for group in poll.voters if group.group not in persons]
    if any(group.count is None for group in unnamed):
        return None
    named = set().union(*(persons[group.group] for group in poll.voters if group.group in persons))
    return len(named) + sum(group.count or 0 for group in unnamed)


def ballots_due(event: Event, poll: Poll, voters: Iterable[Voter]) -> dict[str, int] | None:
    """Ballots to issue of each form of ``poll``: one of every form to every voter; None where voters are unknown."""
    size = electorate_size(event, poll, voters)
    return None if size is None else {form.id: size for form in poll.forms}
