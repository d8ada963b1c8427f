"""Outcomes: what a row and a ballot count for, by regulation and decisions. Recomputed every time, never stored."""

from __future__ import annotations

from collections.abc import Iterable

from ballot_scan.event.regulation import Regulation
from ballot_scan.records import (
    BLANK,
    MULTIPLE,
    Ballot,
    BallotOutcome,
    BallotRow,
    BallotState,
    Decision,
    Opinion,
    RowKind,
    RowOutcome,
    Rule,
)

_KINDS = {BLANK: RowKind.NONE_MARKED, MULTIPLE: RowKind.SEVERAL_MARKED, "invalid": RowKind.OTHER_INVALID}


def decisions(opinions: Iterable[Opinion]) -> tuple[Decision, ...]:
    """What two members or more concluded alike, from everything members said.

    Of one member's opinions on a matter the latest stands; where the latest of several members differ nothing is
    decided. Opinions about other pages (the sheet was scanned again) are another matter.
    """
    matters: dict[tuple[object, ...], dict[str, Opinion]] = {}
    for o in opinions:
        matters.setdefault((*o.matter, o.digests), {})[o.member] = o
    found = []
    for said in matters.values():
        latest = list(said.values())
        if len(latest) >= 2 and len({o.verdict for o in latest}) == 1:
            first, members = latest[0], tuple(sorted(said))
            grounds = "; ".join(dict.fromkeys(o.grounds for o in latest if o.grounds))
            where = (first.poll, first.form, first.ballot_key, first.rule, first.row)
            found.append(Decision(*where, first.verdict, grounds, members, first.digests))
    return tuple(found)


class Settled:
    """The decisions that stand, looked up by ballot; one about other pages than the ballot has now does not hold."""

    def __init__(self, decisions: Iterable[Decision]) -> None:
        self._by_matter = {(d.poll, d.form, d.ballot_key, d.rule, d.row, d.digests): d for d in decisions}

    def of_row(self, ballot: Ballot, row: int) -> Decision | None:
        """The decision on one row."""
        return self._holding(ballot, "", row)

    def of_ballot(self, ballot: Ballot, rule: Rule) -> Decision | None:
        """The decision on one finding of the whole ballot."""
        return self._holding(ballot, rule.value, None)

    def _holding(self, ballot: Ballot, rule: str, row: int | None) -> Decision | None:
        return self._by_matter.get((ballot.poll, ballot.form, ballot.key, rule, row, ballot.digests))


def outcome(ballot: Ballot, settled: Settled, regulation: Regulation) -> BallotOutcome:
    """What one ballot counts for.

    Findings on the whole ballot are settled one by one: any ``not-counted`` takes it out, any ``invalid`` spoils it.
    While one of them waits, every row waits with it. A row that the regulation lets spoil the whole ballot does so
    once it is settled.
    """
    rows = tuple(_row(ballot, row, settled) for row in ballot.rows)

    def result(state: BallotState, *grounds: str) -> BallotOutcome:
        return BallotOutcome(ballot.poll, ballot.form, ballot.key, state, rows, tuple(grounds))

    verdicts = {rule: settled.of_ballot(ballot, rule) for rule in ballot.findings}
    if any(d is not None and d.verdict == "not-counted" for d in verdicts.values()):
        return result(BallotState.NOT_COUNTED)
    spoiled = [rule.value for rule, d in verdicts.items() if d is not None and d.verdict == "invalid"]
    if spoiled:
        return result(BallotState.INVALID, *spoiled)
    if ballot.waits_for_second or any(d is None for d in verdicts.values()):
        waiting = tuple(RowOutcome(row.candidate, RowKind.PENDING) for row in rows)
        return BallotOutcome(ballot.poll, ballot.form, ballot.key, BallotState.PENDING, waiting)
    by_row = _spoiling_rows(rows, regulation)
    if by_row:
        return result(BallotState.INVALID, *by_row)
    if any(r.kind is RowKind.PENDING for r in rows):
        return result(BallotState.PENDING)
    return result(BallotState.VALID)


def _row(ballot: Ballot, row: BallotRow, settled: Settled) -> RowOutcome:
    decision = settled.of_row(ballot, row.row)
    if decision is not None:
        verdict = decision.verdict
    elif row.findings or ballot.waits_for_second:
        return RowOutcome(row.candidate, RowKind.PENDING)
    else:
        verdict = row.reading
    kind = _KINDS.get(verdict, RowKind.LEVEL)
    return RowOutcome(row.candidate, kind, verdict if kind is RowKind.LEVEL else "")


def _spoiling_rows(rows: tuple[RowOutcome, ...], regulation: Regulation) -> list[str]:
    """Rules of settled rows that the regulation lets spoil the whole ballot."""
    rules = {RowKind.NONE_MARKED: Rule.BLANK_ROW, RowKind.SEVERAL_MARKED: Rule.MULTIPLE_ROW}
    found = []
    for kind, rule in rules.items():
        effect = regulation.effects.get(rule.value)
        if effect is not None and effect.scope == "ballot" and any(r.kind is kind for r in rows):
            found.append(rule.value)
    return found
