"""Tally: outcomes of ballots become the table of one form, with the regulation's base and integer thresholds."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from ballot_scan.event.model import Candidate
from ballot_scan.event.regulation import Regulation
from ballot_scan.paper.code import base32
from ballot_scan.records import (
    BallotOutcome,
    BallotState,
    CandidateCount,
    Equation,
    FormTally,
    LevelCount,
    RowKind,
    Tally,
    Turnout,
)

if TYPE_CHECKING:
    import pandas as pd

FORMAT = "tally/1"
_COUNTED = (BallotState.VALID, BallotState.PENDING)


def percent(votes: int, base: int) -> str:
    """Share in percent with two decimals, half up, with a point: ``percent(19, 47) == "40.43"``; "" for base 0."""
    if base <= 0:
        return ""
    return str((Decimal(votes * 100) / Decimal(base)).quantize(Decimal("0.01"), ROUND_HALF_UP))


def count_rows(outcomes: Sequence[BallotOutcome]) -> pd.DataFrame:
    """Rows of valid and waiting ballots: a line a candidate, a column a kind (a level id for level rows)."""
    import pandas as pd

    pairs = [
        (row.candidate, row.level if row.kind is RowKind.LEVEL else f"={row.kind.value}")
        for outcome in outcomes
        if outcome.state in _COUNTED
        for row in outcome.rows
    ]
    frame = pd.DataFrame(pairs, columns=["candidate", "kind"])
    return pd.crosstab(frame["candidate"], frame["kind"]) if len(frame) else pd.DataFrame()


def form_tally(
    *,
    poll: str,
    form: str,
    candidates: Sequence[Candidate],
    regulation: Regulation,
    outcomes: Sequence[BallotOutcome],
    turnout: Turnout | None,
    deputies: int | None,
    only_form: bool,
    equations: tuple[Equation, ...],
    rehearsal: bool,
) -> FormTally:
    """Count one form.

    Base of the percentages (``regulation.base_rule``): ballots collected, the poll's voters, or valid ballots; while
    turnout is missing the ballots read stand in, and the tally is provisional. Of several forms in one poll each has
    its own ballots as collected, because the turnout counts the box as a whole.
    """
    states = Counter(o.state for o in outcomes)
    read = states[BallotState.VALID] + states[BallotState.INVALID] + states[BallotState.PENDING]
    base = _base(regulation.base_rule, turnout, deputies, read, states[BallotState.VALID], only_form)
    table = count_rows(outcomes)
    grounds = Counter(g for o in outcomes if o.state is BallotState.INVALID for g in o.grounds[:1])
    return FormTally(
        poll=poll,
        form=form,
        regulation=regulation.id,
        base=base,
        base_rule=regulation.base_rule,
        turnout=turnout,
        ballots_read=read,
        valid=states[BallotState.VALID],
        invalid=states[BallotState.INVALID],
        pending_review=states[BallotState.PENDING],
        candidates=tuple(_candidate(c, table, regulation, base) for c in candidates),
        invalid_grounds=tuple(sorted(grounds.items())),
        equations=equations,
        rehearsal=rehearsal,
    )


def _base(rule: str, turnout: Turnout | None, deputies: int | None, read: int, valid: int, only_form: bool) -> int:
    if turnout is None:
        return read
    if rule == "valid":
        return valid
    if rule == "deputies":
        return deputies if deputies else turnout.summoned
    return turnout.collected if only_form else read


def _candidate(candidate: Candidate, table: pd.DataFrame, regulation: Regulation, base: int) -> CandidateCount:
    here = table.loc[candidate.id].to_dict() if candidate.id in table.index else {}
    votes = {level.id: int(here.get(level.id, 0)) for level in regulation.levels}
    none, several, other, pending = (
        int(here.get(f"={kind.value}", 0))
        for kind in (RowKind.NONE_MARKED, RowKind.SEVERAL_MARKED, RowKind.OTHER_INVALID, RowKind.PENDING)
    )
    return CandidateCount(
        candidate=candidate.id,
        name=candidate.name,
        position=candidate.position,
        valid=sum(votes.values()),
        invalid=none + several + other,
        none_marked=none,
        several_marked=several,
        other_invalid=other,
        pending=pending,
        levels=tuple(LevelCount(level, n, percent(n, base)) for level, n in votes.items()),
        threshold=_threshold(votes, base, regulation),
    )


def _threshold(votes: dict[str, int], base: int, regulation: Regulation) -> str | None:
    for name, threshold in (("second", regulation.second), ("first", regulation.first)):
        if threshold is not None and threshold.reached(votes.get(threshold.level, 0), base):
            return name
    return None


# ---------------------------------------------------------------- files


def as_json(tally: Tally) -> dict[str, object]:
    """The tally in the format ``tally/1``."""
    return {
        "format": FORMAT,
        "event": tally.event,
        "provisional": not tally.final,
        "result_code": tally.result_code,
        "poll_result_codes": dict(tally.poll_codes),
        "polls": [_form_json(f) for f in tally.forms],
    }


def _form_json(f: FormTally) -> dict[str, object]:
    t = f.turnout
    return {
        "poll": f.poll,
        "form": f.form,
        "regulation": f.regulation,
        "rehearsal": f.rehearsal,
        "base": f.base,
        "base_rule": f.base_rule,
        "turnout": {name: getattr(t, name) for name in Turnout.__slots__} if t is not None else {},
        "valid": f.valid,
        "invalid": f.invalid,
        "pending_review": f.pending_review,
        "candidates": [
            {
                "candidate": c.candidate,
                "name": c.name,
                "position": c.position,
                "valid": c.valid,
                "invalid": c.invalid,
                "none_marked": c.none_marked,
                "several_marked": c.several_marked,
                "other_invalid": c.other_invalid,
                "levels": {level.level: {"votes": level.votes, "percent": level.percent} for level in c.levels},
                "threshold": c.threshold,
            }
            for c in f.candidates
        ],
    }


def result_code(event: str, forms: Sequence[FormTally]) -> str:
    """A short code, equal wherever the counts agree, for comparing independent counts by reading it aloud.

    16 characters of Crockford base 32 in groups of four, from the SHA-256 over the canonical counts.
    """
    counts = sorted(
        [
            [f.poll, f.form, f.regulation, f.base, f.base_rule, f.valid, f.invalid, f.pending_review],
            sorted(
                [c.candidate, c.none_marked, c.several_marked, c.other_invalid, c.pending]
                + [v for level in c.levels for v in (level.level, level.votes)]
                for c in f.candidates
            ),
        ]
        for f in forms
    )
    body = json.dumps([event, counts], ensure_ascii=False, separators=(",", ":"))
    text = base32(hashlib.sha256(body.encode()).digest(), 16)
    return "-".join(text[i : i + 4] for i in range(0, 16, 4))
