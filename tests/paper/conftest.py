"""Composed forms for the tests."""

from __future__ import annotations

from typing import Any

import pytest
from ballot_samples import LEVELS, Compose, make_event, make_regulation, people

from ballot_scan.event.regulation import Level
from ballot_scan.paper import ballots, fonts


@pytest.fixture(scope="session")
def family() -> fonts.FontFamily:
    """The font that any machine has: the tests do not depend on what is installed."""
    return fonts.choose("DejaVu Serif")


@pytest.fixture(scope="session")
def compose(family: fonts.FontFamily) -> Compose:
    """Compose the only form of an event of these candidates (a number or a list)."""

    def composed(
        candidates: int | list[dict[str, str]],
        paper: str = "A4",
        *,
        levels: tuple[Level, ...] = LEVELS,
        title: str = "",
        **head: Any,
    ) -> ballots.ComposedForm:
        listed = people(candidates) if isinstance(candidates, int) else candidates
        event = make_event(listed, paper, title, **head)
        poll = event.polls[0]
        return ballots.compose(event, poll, poll.forms[0], make_regulation(levels), family)

    return composed
