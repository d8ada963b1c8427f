"""Effects: what the decisions change in the tally, from the count as the machine would leave it and as it is now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ballot_scan.records import CandidateCount, FormTally, Tally

VALID_BALLOTS, INVALID_BALLOTS, PENDING_BALLOTS = "ballots-valid", "ballots-invalid", "ballots-pending"
NONE_MARKED, SEVERAL_MARKED, OTHER_INVALID, PENDING = "none", "several", "other", "pending"


@dataclass(frozen=True, slots=True)
class TallyChange:
    """One number that the decisions change. ``name`` is "" for a number of the whole form.

    ``what``: a level id, or one of the names above.
    """

    poll: str
    form: str
    name: str
    what: str
    before: int
    after: int


def tally_changes(before: Tally, after: Tally) -> tuple[TallyChange, ...]:
    """The numbers that differ between two tallies of the same forms, in the order of the ballots."""
    old = {(f.poll, f.form, f.rehearsal): f for f in before.forms}
    return tuple(
        change
        for form in after.forms
        if (was := old.get((form.poll, form.form, form.rehearsal))) is not None
        for change in _of_form(was, form)
    )


def _of_form(before: FormTally, after: FormTally) -> Iterator[TallyChange]:
    def changed(name: str, numbers: dict[str, tuple[int, int]]) -> Iterator[TallyChange]:
        for what, (was, now) in numbers.items():
            if was != now:
                yield TallyChange(after.poll, after.form, name, what, was, now)

    whole = {
        VALID_BALLOTS: (before.valid, after.valid),
        INVALID_BALLOTS: (before.invalid, after.invalid),
        PENDING_BALLOTS: (before.pending_review, after.pending_review),
    }
    yield from changed("", whole)
    people = {c.candidate: c for c in before.candidates}
    for person in after.candidates:
        was = people.get(person.candidate)
        if was is not None:
            yield from changed(person.name, _numbers(was, person))


def _numbers(before: CandidateCount, after: CandidateCount) -> dict[str, tuple[int, int]]:
    votes = {level.level: level.votes for level in before.levels}
    numbers = {level.level: (votes.get(level.level, 0), level.votes) for level in after.levels}
    numbers[NONE_MARKED] = (before.none_marked, after.none_marked)
    numbers[SEVERAL_MARKED] = (before.several_marked, after.several_marked)
    numbers[OTHER_INVALID] = (before.other_invalid, after.other_invalid)
    numbers[PENDING] = (before.pending, after.pending)
    return numbers
