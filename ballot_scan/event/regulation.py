"""Regulation profiles: what a mark, a fault and a share mean, read from ``forms/regulations/*.toml``."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


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
    """One rule profile. Uncertain fields say ``unverified`` in their clause."""

    id: str
    title_vi: str
    title_en: str
    short_vi: str
    issued: str = ""
    in_force_from: str = ""
    in_force_until: str = ""
    standing_vi: str = ""
    standing_en: str = ""
    levels: tuple[Level, ...]
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
