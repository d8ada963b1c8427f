"""What a bundle is made from, gathered by the day from the event folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ballot_scan.event.regulation import Regulation
from ballot_scan.records import Ballot, BallotOutcome, Decision, LogHead, Opinion, Tally, Turnout
from ballot_scan.store.log import LogEntry
from ballot_scan.store.store import Closing


@dataclass(frozen=True, slots=True)
class BundleContents:
    """Everything the bundle tells, still linked; ``bundle_files`` takes the links out.

    ``voters.csv``, ballot codes, page digests and names of scanned files never leave: voters are not a part of it,
    and of ballots and opinions only what ``unlink`` lets through.
    """

    event_toml: bytes  # the file as it stands in the event folder
    regulation: Regulation  # as used: with the scopes that the event sets
    layouts: Mapping[tuple[str, str], str]  # (poll, form) → text of layout.json; none where nothing was printed
    turnouts: Mapping[str, Turnout]  # by poll
    deputies: Mapping[str, int | None]  # by poll: how many may vote, None where nobody said
    tally: Tally  # of all polls that have begun, with its result code
    ballots: tuple[Ballot, ...]  # of the whole event, scanned and keyed
    outcomes: Mapping[tuple[str, str, bool], tuple[BallotOutcome, ...]]  # poll, form, rehearsal; in order of ballots
    decisions: tuple[Decision, ...]
    opinions: tuple[Opinion, ...]  # all, oldest first
    pages: Mapping[str, int]  # pages by status
    log: tuple[LogEntry, ...]  # the whole log
    heads: Mapping[str, LogHead] = field(default_factory=dict)  # what stands on papers: name → head, e.g. "opening"
    closings: Mapping[str, Closing] = field(default_factory=dict)  # the newest of each poll
    documents: Mapping[str, bytes] = field(default_factory=dict)  # "<poll>/minutes.pdf" → bytes
    per_ballot: bool = False  # an audit was ordered: whole ballots with their rows linked

    @property
    def provisional(self) -> bool:
        """Whether the result is not official: something waits, or a poll of the tally is not closed."""
        polls = {f.poll for f in self.tally.forms}
        return not self.tally.final or any(p not in self.closings or not self.closings[p].closed for p in polls)
