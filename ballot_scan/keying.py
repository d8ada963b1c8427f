"""Keying: ballots typed in where there is no scanner, by two operators who do not see each other's work."""

from __future__ import annotations

import csv
import hashlib
import io
import unicodedata
from collections.abc import Iterable, Iterator

from ballot_scan.errors import UsageError
from ballot_scan.event.source import decode
from ballot_scan.records import BLANK, MULTIPLE, UNSURE, Ballot, BallotRow, KeyedBallot, Keying, Rule


def parse(
    data: bytes,
    source: str,
    *,
    poll: str,
    form: str,
    operator: str,
    candidates: tuple[str, ...],
    levels: tuple[str, ...],
) -> Keying:
    """One operator's keyed CSV: ``ballot`` and a column a candidate id; cells level ids, ``blank``, ``multiple``.

    Raises UsageError naming file and line for what cannot stand; nothing is taken then.
    """
    try:
        text = unicodedata.normalize("NFC", decode(data).removeprefix("\ufeff"))
        rows = list(_numbered(text))
    except (ValueError, csv.Error) as fault:
        raise UsageError("keying.no-table", path=source, why=fault) from fault
    if not rows or not any(rows[0][1]):
        raise UsageError("keying.empty", path=source)
    header = rows[0][1]
    columns = _columns(header, source, candidates)
    ballots: list[KeyedBallot] = []
    seen: dict[str, int] = {}
    for line, cells in rows[1:]:
        if not any(c.strip() for c in cells):
            continue
        if len(cells) != len(header):
            raise UsageError("keying.cells", path=source, line=line, got=len(cells), expected=len(header))
        ballot = _ballot(cells, columns, source, line, candidates, levels)
        if ballot.label in seen:
            raise UsageError(
                "keying.twice", path=source, line=line, label=_quoted(ballot.label), first=seen[ballot.label]
            )
        seen[ballot.label] = line
        ballots.append(ballot)
    if not ballots:
        raise UsageError("keying.empty", path=source)
    return Keying(poll, form, operator, hashlib.sha256(data).hexdigest(), source, tuple(ballots))


def _numbered(text: str) -> Iterator[tuple[int, list[str]]]:
    """Records with the line they start in: a quoted cell may run over several lines."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    line = 1
    for cells in reader:
        yield line, cells
        line = reader.line_num + 1


def _delimiter(text: str) -> str:
    head = text.split("\n", 1)[0]
    return max(",;\t", key=head.count)


def _quoted(text: str) -> str:
    """What a file says, safe to show in one line."""
    visible = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return visible if len(visible) <= 70 else visible[:69] + "…"


def _columns(header: list[str], source: str, candidates: tuple[str, ...]) -> dict[str, int]:
    names = [name.strip() for name in header]
    wanted = ["ballot", *candidates]
    missing = [n for n in wanted if n not in names]
    unknown = [n for n in names if n not in wanted]
    double = sorted({n for n in names if names.count(n) > 1})
    if missing or unknown or double:
        raise UsageError(
            "keying.columns",
            path=source,
            missing=", ".join(missing) or "–",
            unknown=_quoted(", ".join(unknown + double)) or "–",
        )
    return {name: names.index(name) for name in wanted}


def _ballot(
    cells: list[str],
    columns: dict[str, int],
    source: str,
    line: int,
    candidates: tuple[str, ...],
    levels: tuple[str, ...],
) -> KeyedBallot:
    label = cells[columns["ballot"]].strip()
    if not label:
        raise UsageError("keying.no-label", path=source, line=line)
    allowed = (*levels, BLANK, MULTIPLE)
    choices = []
    for candidate in candidates:
        value = cells[columns[candidate]].strip().lower()
        if value not in allowed:
            raise UsageError(
                "keying.value",
                path=source,
                line=line,
                column=candidate,
                value=_quoted(value),
                allowed=", ".join(allowed),
            )
        choices.append((candidate, value))
    return KeyedBallot(label, tuple(choices))


def ballots(keyings: Iterable[Keying]) -> list[Ballot]:
    """Keyed ballots of all forms: settled where all operators keyed alike, waiting where they differ.

    A later keying of the same operator replaces that operator's ballots of the same label.
    """
    forms: dict[tuple[str, str], dict[str, dict[str, tuple[KeyedBallot, str]]]] = {}
    for keying in keyings:
        labels = forms.setdefault((keying.poll, keying.form), {})
        for ballot in keying.ballots:
            labels.setdefault(ballot.label, {})[keying.operator] = (ballot, keying.sha256)
    return [
        _compared(poll, form, label, list(operators.values()))
        for (poll, form), labels in forms.items()
        for label, operators in labels.items()
    ]


def _compared(poll: str, form: str, label: str, keyed: list[tuple[KeyedBallot, str]]) -> Ballot:
    versions = [ballot for ballot, _ in keyed]
    digests = tuple(sorted({digest for _, digest in keyed}))
    rows = []
    for number, (candidate, value) in enumerate(versions[0].choices, start=1):
        alike = all(dict(v.choices).get(candidate) == value for v in versions)
        if alike:
            rows.append(BallotRow(number, candidate, value, settled=len(versions) > 1))
        else:
            rows.append(BallotRow(number, candidate, UNSURE, (Rule.UNSURE_MARK,)))
    return Ballot(
        poll, form, label, False, tuple(rows), digests=digests, keyed=True, waits_for_second=len(versions) < 2
    )
