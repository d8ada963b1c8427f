"""Where a table tells how somebody voted: groups that are very small, or of one mind.

The secrecy of the ballot is the voters'. Where all of n ballots give a person the same level, everybody who voted
is known to have marked it; with three ballots or fewer each voter can work out much of the others. The tally and
the report say so before the figures are shown.
"""

from __future__ import annotations

from collections.abc import Mapping

from ballot_scan import text
from ballot_scan.documents import numbers
from ballot_scan.documents.papers import balance
from ballot_scan.records import FormTally

SMALL_GROUP = 3


def secrecy_warnings(
    tally: FormTally, lang: str | None = None, names: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """One line a reason, none where the table tells nothing of anybody.

    ``names``: level id → the name to show, the id where it is not given; ``lang``: default is the language in use.
    """
    chosen = lang or text.language()
    ballots = tally.valid + tally.invalid + tally.pending_review
    lines = []
    if 0 < ballots <= SMALL_GROUP:
        lines.append(text.t("documents.secrecy.small", chosen, count=numbers.count(ballots, chosen)))
    for level, persons in unanimous(tally).items():
        shown = (names or {}).get(level, level)
        lines.append(
            text.t(
                "documents.secrecy.unanimous",
                chosen,
                level=shown,
                persons="; ".join(persons),
                count=numbers.count(tally.valid, chosen),
            )
        )
    return tuple(lines)


def unanimous(tally: FormTally) -> dict[str, list[str]]:
    """Level → the persons to whom every ballot that counts gave that level, and nothing else stands for them."""
    found: dict[str, list[str]] = {}
    for person in tally.candidates:
        for level in person.levels:
            if level.votes > 0 and level.votes == balance(person):
                found.setdefault(level.level, []).append(person.name)
    return found
