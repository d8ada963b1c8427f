"""Regulation profiles: what a mark, a fault and a share mean, read from ``forms/regulations/*.toml``."""

from __future__ import annotations

import datetime as dt
import functools
import tomllib
from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict

from ballot_scan import data, text
from ballot_scan.errors import UsageError
from ballot_scan.event.model import Event
from ballot_scan.event.source import nearest, shown
from ballot_scan.records import Rule

#: Findings on one row; all others are about a page or a ballot.
ROW_RULES: frozenset[Rule] = frozenset(
    {
        Rule.BLANK_ROW,
        Rule.MULTIPLE_ROW,
        Rule.UNSURE_MARK,
        Rule.CORRECTED_ROW,
        Rule.MARK_OFF_BOX,
        Rule.NAME_STRUCK,
    }
)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Level(_Part):
    """A confidence level: ``id`` stands in files, ``vi`` and ``en`` over the columns."""

    id: str
    vi: str
    en: str


class Threshold(_Part):
    """``votes/base`` against ``numerator/denominator``, decided in integers."""

    level: str
    numerator: int
    denominator: int
    comparison: Literal["more", "at-least"]
    consequence_vi: str = ""
    consequence_en: str = ""
    clause: str = "unverified"

    def reached(self, votes: int, base: int) -> bool:
        """Whether ``votes`` of ``base`` reach it; never on rounded percentages."""
        left, right = self.denominator * votes, self.numerator * base
        return base > 0 and (left > right if self.comparison == "more" else left >= right)


class Effect(_Part):
    """What a finding means: it spoils the ``row``, the whole ``ballot``, or only ``people`` can say."""

    scope: Literal["row", "ballot", "people"]
    ground_vi: str = ""
    ground_en: str = ""
    clause: str = "unverified"


class Regulation(_Part):
    """One rule profile. Uncertain fields say ``unverified`` in their clause; notes name theirs in the text."""

    id: str
    title_vi: str
    title_en: str
    short_vi: str
    issued: str = ""
    in_force_from: str = ""  # ISO dates; "" where open or not known
    in_force_until: str = ""
    in_force_clause: str = "unverified"
    standing_vi: str = ""
    standing_en: str = ""
    levels: tuple[Level, ...]
    levels_clause: str = "unverified"
    base_rule: Literal["collected", "deputies", "valid"]
    base_clause: str = "unverified"
    first: Threshold | None = None
    second: Threshold | None = None
    quorum: tuple[int, int] | None = None
    quorum_clause: str = "unverified"
    effects: dict[str, Effect]  # by finding rule id
    instruction_vi: str = ""
    instruction_en: str = ""
    notes_vi: tuple[str, ...] = ()
    notes_en: tuple[str, ...] = ()

    def in_force(self, day: dt.date) -> bool:
        """Whether the profile's regulation was in force on ``day``, as far as its dates are known."""
        after = not self.in_force_from or dt.date.fromisoformat(self.in_force_from) <= day
        return after and (not self.in_force_until or day <= dt.date.fromisoformat(self.in_force_until))

    def title(self, lang: str | None = None) -> str:
        """The full title in ``lang`` (default: the language in use)."""
        return self.title_vi if (lang or text.language()) == "vi" else self.title_en

    def standing(self, lang: str | None = None) -> str:
        """What is known of its standing today; "" where nothing is to be said."""
        return self.standing_vi if (lang or text.language()) == "vi" else self.standing_en

    def notes(self, lang: str | None = None) -> tuple[str, ...]:
        """What the committee should know before it relies on the profile."""
        return self.notes_vi if (lang or text.language()) == "vi" else self.notes_en


@functools.cache
def known_regulations() -> tuple[str, ...]:
    """The ids of all profiles, sorted."""
    folder = data.files("forms").joinpath("regulations")
    return tuple(sorted(file.name[:-5] for file in folder.iterdir() if file.name.endswith(".toml")))


@functools.cache
def load_regulation(id: str) -> Regulation:
    """The profile ``id``. Raises UsageError, naming those known, where there is none of that id."""
    if id not in known_regulations():
        raise UsageError("event.no_regulation", value=shown(id), hint=regulation_hint(id))
    file = data.files("forms").joinpath("regulations", f"{id}.toml")
    return Regulation.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))


def regulation_hint(id: str) -> str:
    """How to mend an unknown regulation id: the one probably meant, else all that are known."""
    known = known_regulations()
    meant = nearest(id.replace("Đ", "D").replace("/", "-"), known)
    return text.t("event.meant_of", meant=meant, known=", ".join(known)) if meant else ", ".join(known)


def effective_regulation(event: Event) -> Regulation:
    """The event's profile with the scopes that its ``[rules]`` table sets.

    Some readings of a text are for the chair to settle (262-QĐ/TW, Khoản 7.2 against 7.3: the row or the ballot).
    Raises UsageError where the regulation is unknown.
    """
    regulation = load_regulation(event.head.regulation)
    if not event.rules:
        return regulation
    effects = dict(regulation.effects)
    for rule, scope in event.rules.items():
        effects[rule] = effects.get(rule, Effect(scope=scope)).model_copy(update={"scope": scope})
    return regulation.model_copy(update={"effects": effects})


def settable_rules() -> tuple[str, ...]:
    """The findings whose scope ``[rules]`` may set: all but the merely informative ones."""
    return tuple(rule.value for rule in Rule if rule is not Rule.SAME_FILE)


def scopes_of(rule: str) -> Iterable[str]:
    """The scopes that make sense for ``rule``: a finding on a page cannot spoil one row."""
    return ("row", "ballot", "people") if rule in ROW_RULES else ("ballot", "people")
