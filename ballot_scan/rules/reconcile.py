"""Reconciliation: turnout against itself and against the paper, as named equations."""

from __future__ import annotations

from ballot_scan.records import Equation, Turnout


def hand_equations(turnout: Turnout) -> tuple[Equation, ...]:
    """The hand-counted numbers among themselves.

    A ballot is either issued or unused; one issued came back into the box, came back spoiled or did not come back.
    """
    back = turnout.collected + turnout.spoiled
    return (
        Equation("printed-issued-unused", turnout.printed, turnout.issued + turnout.unused),
        Equation("issued-collected-spoiled", turnout.issued, back + max(0, turnout.not_returned)),
        Equation("present-within-summoned", max(turnout.present, turnout.summoned), turnout.summoned),
    )


def paper_equations(turnout: Turnout, ballots_read: int) -> tuple[Equation, ...]:
    """Hand-counted ballots against ballots read or keyed."""
    return (Equation("collected-read", turnout.collected, ballots_read),)


def surplus(turnout: Turnout) -> bool:
    """More ballots in the box than were issued: the box is void, no results and no override."""
    return turnout.collected > turnout.issued
