"""Regulation profiles: levels, bases, thresholds and what each finding means."""

from __future__ import annotations

import datetime as dt

import pytest

from ballot_scan import text
from ballot_scan.errors import UsageError
from ballot_scan.event.model import Event
from ballot_scan.event.regulation import (
    Regulation,
    effective_regulation,
    known_regulations,
    load_regulation,
    settable_rules,
)
from ballot_scan.records import Rule

ALL = ("262-QD-TW", "85-2014-QH13", "96-2023-QH15", "96-QD-TW", "bo-phieu")


def event(**rules: str) -> Event:
    return Event.model_validate(
        {
            "event": {"id": "e", "title": "t", "organ": "o", "regulation": "262-QD-TW"},
            "rules": {rule.replace("_", "-"): scope for rule, scope in rules.items()},
            "poll": [
                {
                    "id": "p",
                    "name": "p",
                    "date": dt.date(2018, 10, 16),
                    "form": [{"candidate": [{"id": "a", "name": "A"}]}],
                }
            ],
        }
    )


def test_the_profiles_are_these() -> None:
    assert known_regulations() == ALL


def test_an_unknown_profile_names_those_there_are() -> None:
    with pytest.raises(UsageError) as caught:
        load_regulation("../262-QD-TW")
    assert all(known in str(caught.value) for known in ALL)


@pytest.mark.parametrize("name", ALL)
def test_every_profile_says_what_each_finding_means_in_both_languages(name: str) -> None:
    regulation = load_regulation(name)
    assert regulation.id == name
    assert set(regulation.effects) == set(settable_rules()) == {rule.value for rule in Rule} - {"same-file"}
    for effect in regulation.effects.values():
        assert effect.ground_vi
        assert effect.ground_en
        assert effect.clause
    assert regulation.instruction_vi
    assert regulation.instruction_en
    assert len(regulation.notes_vi) == len(regulation.notes_en)


@pytest.mark.parametrize("name", ALL)
def test_what_only_people_can_tell_is_left_to_them_everywhere(name: str) -> None:
    effects = load_regulation(name).effects
    for rule in ("unsure-mark", "corrected-row", "mark-off-box", "duplicate-ballot", "code-unreadable", "missing-page"):
        assert effects[rule].scope == "people"
        assert effects[rule].clause == "unverified"
    assert effects["unknown-code"].scope == effects["foreign-ballot"].scope == "ballot"


@pytest.mark.parametrize("name", ALL)
def test_an_empty_or_overmarked_row_spoils_that_row(name: str) -> None:
    effects = load_regulation(name).effects
    assert effects["blank-row"].scope == effects["multiple-row"].scope == "row"


@pytest.mark.parametrize(
    ("name", "levels", "base"),
    [
        ("262-QD-TW", ["high", "medium", "low"], "collected"),
        ("96-QD-TW", ["high", "medium", "low"], "collected"),
        ("85-2014-QH13", ["high", "medium", "low"], "deputies"),
        ("96-2023-QH15", ["high", "medium", "low"], "collected"),
        ("bo-phieu", ["confidence", "no-confidence"], "collected"),
    ],
)
def test_levels_and_bases_are_those_of_the_texts(name: str, levels: list[str], base: str) -> None:
    regulation = load_regulation(name)
    assert [level.id for level in regulation.levels] == levels
    assert regulation.base_rule == base


def _reached(regulation: Regulation, votes: int, base: int) -> tuple[bool, bool]:
    assert regulation.first is not None
    assert regulation.second is not None
    return regulation.first.reached(votes, base), regulation.second.reached(votes, base)


@pytest.mark.parametrize("name", ALL[:4])
def test_thresholds_hold_exactly_at_the_half_and_the_two_thirds(name: str) -> None:
    regulation = load_regulation(name)
    assert _reached(regulation, 24, 48) == (False, False)
    assert _reached(regulation, 25, 48) == (True, False)
    assert _reached(regulation, 31, 48) == (True, False)
    assert _reached(regulation, 32, 48) == (True, True)
    assert _reached(regulation, 0, 0) == (False, False)


def test_the_vote_of_confidence_has_one_threshold() -> None:
    regulation = load_regulation("bo-phieu")
    assert regulation.first is not None
    assert regulation.first.level == "no-confidence"
    assert regulation.second is None


def test_the_party_rules_succeed_each_other_without_a_gap() -> None:
    old, new = load_regulation("262-QD-TW"), load_regulation("96-QD-TW")
    day = dt.date(2014, 10, 8)
    assert not old.in_force(day - dt.timedelta(days=1))
    while day < dt.date(2023, 3, 1):
        assert old.in_force(day) != new.in_force(day)
        day += dt.timedelta(days=1)
    assert load_regulation("85-2014-QH13").in_force(dt.date(2023, 6, 30))
    assert load_regulation("96-2023-QH15").in_force(dt.date(2023, 7, 1))
    assert not load_regulation("85-2014-QH13").in_force(dt.date(2023, 7, 1))


def test_struck_names_spoil_the_ballot_by_the_party_rules_and_wait_for_people_elsewhere() -> None:
    scopes = {name: load_regulation(name).effects["name-struck"].scope for name in ALL}
    assert scopes == {
        "262-QD-TW": "ballot",
        "96-QD-TW": "ballot",
        "85-2014-QH13": "people",
        "96-2023-QH15": "people",
        "bo-phieu": "people",
    }


def test_titles_standing_and_notes_follow_the_language() -> None:
    regulation = load_regulation("262-QD-TW")
    text.use("vi")
    assert regulation.title().startswith("Quy định")
    assert "96-QĐ/TW" in regulation.standing()
    assert regulation.title("en").startswith("Regulation")
    assert regulation.notes("en") == regulation.notes_en


def test_the_chair_may_rule_on_the_scope_and_on_nothing_else() -> None:
    profile = load_regulation("262-QD-TW")
    assert effective_regulation(event()) == profile
    ruled = effective_regulation(event(blank_row="ballot", name_struck="row"))
    assert ruled.effects["blank-row"].scope == "ballot"
    assert ruled.effects["name-struck"].scope == "row"
    assert ruled.effects["name-struck"].ground_vi == profile.effects["name-struck"].ground_vi
    assert ruled.effects["multiple-row"] == profile.effects["multiple-row"]
    assert profile.effects["blank-row"].scope == "row"
