"""Count again from the records alone, by code that the tally never saw.

Everything is done in whole numbers: shares in hundredths of a percent, half up; thresholds by multiplying out.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ballot_scan.export.reading import Bundle, FormKey, FormRecords, Row
from ballot_scan.export.strict import Fault, Table

_BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford


@dataclass(frozen=True, slots=True)
class PersonCount:
    """One person's rows, counted. ``votes``: by level, in ballot order."""

    votes: Mapping[str, int]
    none: int
    several: int
    other: int
    pending: int
    rows: int


@dataclass(frozen=True, slots=True)
class FormCount:
    """One form's ballots and rows, counted. ``rows_of``: ballots that are valid or wait."""

    valid: int
    invalid: int
    pending: int
    rows_of: int
    persons: Mapping[str, PersonCount]

    @property
    def read(self) -> int:
        """Ballots in the box as far as read: all but those not counted at all."""
        return self.valid + self.invalid + self.pending


def count_form(records: FormRecords, candidates: Sequence[str], levels: Sequence[str]) -> FormCount:
    """Count one form's records."""
    states = Counter(b.state for b in records.ballots)
    apart: dict[str, list[Row]] = {candidate: [] for candidate in candidates}
    for row in records.rows:
        apart[row.candidate].append(row)
    return FormCount(
        states["valid"],
        states["invalid"],
        states["pending"],
        sum(b.counts for b in records.ballots),
        {candidate: _person(rows, levels) for candidate, rows in apart.items()},
    )


def _person(rows: Sequence[Row], levels: Sequence[str]) -> PersonCount:
    votes = Counter(r.level for r in rows if r.counts == "level")
    kinds = Counter(r.counts for r in rows)
    return PersonCount(
        {level: votes[level] for level in levels},
        kinds["none"],
        kinds["several"],
        kinds["other"],
        kinds["pending"],
        len(rows),
    )


def share(votes: int, base: int) -> str:
    """Percent with two decimals, half up; "" for base 0."""
    if base < 1:
        return ""
    hundredths = (votes * 20_000 + base) // (2 * base)
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def reached(limit: Table, votes: int, base: int) -> bool:
    """Whether ``votes`` of ``base`` reach a threshold of the regulation."""
    more = votes * limit.number("denominator") - base * limit.number("numerator")
    comparison = limit.text("comparison")
    if comparison not in ("more", "at-least"):
        raise limit.fault("comparison")
    return base > 0 and (more > 0 or (more == 0 and comparison == "at-least"))


def threshold(regulation: Table, votes: Mapping[str, int], base: int) -> str | None:
    """The highest threshold reached."""
    highest = None
    for name in ("first", "second"):
        limit = regulation.optional_table(name)
        if limit is not None and reached(limit, votes.get(limit.text("level"), 0), base):
            highest = name
    return highest


def base_of(bundle: Bundle, key: FormKey, count: FormCount) -> int:
    """What the percentages of one form are of, by the rule of the regulation."""
    poll = key[0]
    turnout, deputies = bundle.turnouts.get(poll, (None, None))
    rule = bundle.regulation.text("base_rule")
    if rule not in ("collected", "deputies", "valid"):
        raise bundle.regulation.fault("base_rule")
    if turnout is None:
        return count.read
    if rule == "valid":
        return count.valid
    if rule == "deputies":
        return deputies or turnout.number("summoned")
    return turnout.number("collected") if len(bundle.polls[poll].forms) == 1 else count.read


def code(bundle: Bundle, counts: Mapping[FormKey, FormCount]) -> str:
    """The result code of these forms: 80 bits of the SHA-256 over event and counts, in four groups of four."""
    regulation = bundle.regulation
    forms = []
    for (poll, form), count in counts.items():
        head = [
            poll, form, regulation.text("id"), base_of(bundle, (poll, form), count), regulation.text("base_rule"),
            count.valid, count.invalid, count.pending,
        ]  # fmt: skip
        persons: list[list[object]] = []
        for candidate in sorted(count.persons):
            p = count.persons[candidate]
            line: list[object] = [candidate, p.none, p.several, p.other, p.pending]
            for level, votes in p.votes.items():
                line += [level, votes]
            persons.append(line)
        forms.append((poll, form, [head, persons]))
    event = bundle.definition.table("event").text("id").strip()
    told = [event, [f[2] for f in sorted(forms, key=lambda f: f[:2])]]
    text = json.dumps(told, separators=(",", ":"), ensure_ascii=False)
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:10], "big")
    letters = ""
    for _ in range(16):
        number, digit = divmod(number, 32)
        letters = _BASE32[digit] + letters
    return "-".join((letters[:4], letters[4:8], letters[8:12], letters[12:]))


def differs(where: str, what: str, told: object, counted: object) -> None:
    """Raises Fault where what is told is not what was counted."""
    if type(told) is not type(counted) or told != counted:
        raise Fault("export.fault.differs", where=where, what=what, told=told, counted=counted)
