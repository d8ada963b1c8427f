"""Take ballots apart: what leaves the room cannot be put together into somebody's ballot again.

With fifty-five names and three levels the pattern of one ballot is as good as a signature, so the rows of each person
leave in an order of their own, every row under a random id, and ballots as a list of their own under other random
ids. Decisions and open matters name those ids. The lists are sorted by id: random ids make that a random order, and
anybody can see that no other order is hidden in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from ballot_scan.export.contents import BundleContents
from ballot_scan.export.writing import listing
from ballot_scan.records import (
    Ballot,
    BallotOutcome,
    BallotRow,
    BallotState,
    Decision,
    FormTally,
    Opinion,
    RowKind,
    RowOutcome,
    Rule,
)

ROWS, BALLOTS, WHOLE = "ballot-rows/1", "ballot-list/1", "ballot-whole/1"
_COUNTED = (BallotState.VALID, BallotState.PENDING)
_SPOILING = {RowKind.NONE_MARKED: Rule.BLANK_ROW.value, RowKind.SEVERAL_MARKED: Rule.MULTIPLE_ROW.value}
_SHORTEST_KEY = 8  # a shorter ballot name (a running number of a keyed ballot) is no code
_WORDS = re.compile(r"[\w:-]+")

Record = dict[str, object]
Matter = tuple[str, str, str, str, int | None]
Digests = tuple[str, ...]  # of the pages or keyings that a ballot has


@dataclass(slots=True)
class Unlinked:
    """Files of the records, by name, and the decisions and open matters that point into them."""

    files: dict[str, bytes] = field(default_factory=dict)
    decisions: list[Record] = field(default_factory=list)
    open: list[Record] = field(default_factory=list)


def unlink(contents: BundleContents, token: Callable[[], str]) -> Unlinked:
    """The records of every form of the tally. ``token`` gives a fresh random id (hexadecimal) at each call.

    Raises ValueError where ballots and outcomes do not belong together.
    """
    work = _Work(contents, token)
    for form in contents.tally.forms:
        work.form(form)
    work.pages()
    return Unlinked(work.files, _by_id(work.decisions), _by_id(work.open))


def secret_words(contents: BundleContents) -> frozenset[str]:
    """Codes and digests that would lead to a ballot's paper or picture."""
    keys = {b.key for b in contents.ballots if len(b.key) >= _SHORTEST_KEY}
    keys |= {o.ballot_key for o in contents.opinions if len(o.ballot_key) >= _SHORTEST_KEY}
    digests = {d for b in contents.ballots for d in b.digests} | {d for o in contents.opinions for d in o.digests}
    return frozenset(keys | digests)


def names_a_ballot(text: str, secrets: frozenset[str]) -> bool:
    """Whether one of ``secrets`` stands in ``text``."""
    return any(word in secrets for word in _WORDS.findall(text))


class _Work:
    """One export under way: the ids given so far and the decisions not yet told."""

    def __init__(self, contents: BundleContents, token: Callable[[], str]) -> None:
        self._contents, self._token = contents, token
        self._ids: set[str] = set()
        self._secrets = secret_words(contents)
        self._decided: dict[tuple[Matter, Digests], Decision] = {
            ((d.poll, d.form, d.ballot_key, d.rule, d.row), d.digests): d for d in contents.decisions
        }
        self._said = _latest(contents.opinions)
        self.files: dict[str, bytes] = {}
        self.decisions: list[Record] = []
        self.open: list[Record] = []

    def _id(self) -> str:
        fresh = self._token()
        while fresh in self._ids:
            fresh = self._token()
        self._ids.add(fresh)
        return fresh

    # ------------------------------------------------------------ a form

    def form(self, form: FormTally) -> None:
        group = (form.poll, form.form, form.rehearsal)
        ballots = [b for b in self._contents.ballots if (b.poll, b.form, b.rehearsal) == group]
        outcomes = self._contents.outcomes.get(group, ())
        if [b.key for b in ballots] != [o.ballot_key for o in outcomes]:
            raise ValueError(f"{form.poll}/{form.form}: outcomes are not those of the ballots, in their order")
        rows: dict[str, list[Record]] = {c.candidate: [] for c in form.candidates}
        listed: list[Record] = []
        whole: list[Record] = []
        counted = 0
        for ballot, outcome in zip(ballots, outcomes, strict=True):
            counts = outcome.state in _COUNTED
            entry = self._ballot(ballot, outcome)
            own = self._rows(ballot, outcome, counts=counts)
            listed.append(entry)
            whole.append({"id": entry["id"], "rows": _linked(ballot, own)})
            counted += counts
            for candidate, row in own if counts else ():
                rows.setdefault(candidate, []).append(row)
        head = {"poll": form.poll, "form": form.form}
        missing = [{"candidate": c, "without_row": counted - len(own)} for c, own in rows.items()]
        self._file(form, "rows", {**head, "format": ROWS, "candidates": missing}, "rows", _flat(rows))
        self._file(form, "ballots", {**head, "format": BALLOTS}, "ballots", _by_id(listed))
        if self._contents.per_ballot:
            self._file(form, "whole", {**head, "format": WHOLE}, "ballots", _by_id(whole))

    def _file(self, form: FormTally, name: str, head: Record, key: str, items: Iterable[Record]) -> None:
        self.files[f"records/{form.poll}/{form.form}/{name}.json"] = listing(head, key, items)

    def _ballot(self, ballot: Ballot, outcome: BallotOutcome) -> Record:
        """One line of the list of ballots; it says nothing of single rows unless they spoil the whole ballot."""
        own = self._id()
        findings = [
            {"rule": f.value, "decision": self._settled(ballot, f.value, None, "ballot", own)} for f in ballot.findings
        ]
        spoiling: list[Record] = []
        by_rows = set(outcome.grounds) - {f.value for f in ballot.findings}
        if outcome.state is BallotState.INVALID and by_rows:
            for row, result in zip(ballot.rows, outcome.rows, strict=True):
                rule = _SPOILING.get(result.kind)
                if rule in by_rows:
                    spoiling.append({"rule": rule, "decision": self._settled(ballot, "", row.row, "spoiling-row", own)})
        return {
            "id": own,
            "state": outcome.state.value,
            "keyed": ballot.keyed,
            "waits_for_second": ballot.waits_for_second,
            "rows_wait": outcome.state is BallotState.PENDING and not self._waits_whole(ballot, outcome),
            "findings": findings,
            "spoiling_rows": sorted(spoiling, key=lambda s: (str(s["rule"]), str(s["decision"]))),
            "grounds": list(outcome.grounds),
        }

    def _rows(self, ballot: Ballot, outcome: BallotOutcome, *, counts: bool) -> list[tuple[str, Record]]:
        """The rows of one ballot; ids and decisions only where they count.

        All rows of a ballot that waits as a whole stand out as waiting, so they say nothing else: their readings side
        by side would be the ballot.
        """
        waits = self._waits_whole(ballot, outcome)
        return [
            (row.candidate, self._row(ballot, row, result, counts=counts, waits=waits))
            for row, result in zip(ballot.rows, outcome.rows, strict=True)
        ]

    def _row(self, ballot: Ballot, row: BallotRow, result: RowOutcome, *, counts: bool, waits: bool) -> Record:
        own = self._id() if counts else None
        return {
            "id": own,
            "reading": None if waits else row.reading,
            "findings": [] if waits else [f.value for f in row.findings],
            "keyed": ballot.keyed,
            "waits": waits,
            "decision": None if own is None or waits else self._settled(ballot, "", row.row, "row", own),
            "counts": result.kind.value,
            "level": result.level,
        }

    def _waits_whole(self, ballot: Ballot, outcome: BallotOutcome) -> bool:
        """Whether the ballot waits for a second operator or for a decision on the whole of it."""
        if outcome.state is not BallotState.PENDING:
            return False
        return ballot.waits_for_second or any(self._holding(ballot, f.value, None) is None for f in ballot.findings)

    # ------------------------------------------------------------ decisions

    def _settled(self, ballot: Ballot, rule: str, row: int | None, about: str, target: str) -> str | None:
        """The id of the decision that holds on one matter, now told; what stands undecided is told as open."""
        decision = self._holding(ballot, rule, row)
        if decision is not None:
            return self._tell(decision, about, target)
        matter = (ballot.poll, ballot.form, ballot.key, rule, row)
        said = list(self._said.get((matter, ballot.digests), {}).values())
        if said:
            self._tell_open(said, about, target)
        return None

    def _holding(self, ballot: Ballot, rule: str, row: int | None) -> Decision | None:
        """The decision on one matter, unless it is about other pages than the ballot has now."""
        return self._decided.get(((ballot.poll, ballot.form, ballot.key, rule, row), ballot.digests))

    def _tell(self, decision: Decision, about: str, target: str | None) -> str:
        own = self._id()
        self.decisions.append(
            {
                "id": own,
                "poll": decision.poll,
                "form": decision.form,
                "about": about,
                "target": target,
                "rule": decision.rule,
                "verdict": decision.verdict,
                "grounds": self._clean(decision.grounds),
                "members": sorted(decision.members),
            }
        )
        return own

    def _tell_open(self, said: list[Opinion], about: str, target: str | None) -> None:
        statements = [{"member": o.member, "verdict": o.verdict, "grounds": self._clean(o.grounds)} for o in said]
        first = said[0]
        self.open.append(
            {
                "id": self._id(),
                "poll": first.poll,
                "form": first.form,
                "about": about,
                "target": target,
                "rule": first.rule,
                "said": sorted(statements, key=lambda s: s["member"]),
            }
        )

    def pages(self) -> None:
        """Decisions on pages that are no ballot of the tally: they name nothing but their rule."""
        known = {(b.poll, b.form, b.key) for b in self._contents.ballots}
        for decision in self._decided.values():
            here = (decision.poll, decision.form, decision.ballot_key)
            if decision.ballot_key.startswith("page:") and decision.row is None and here not in known:
                self._tell(decision, "page", None)

    def _clean(self, text: str) -> str:
        """What a member wrote, without codes and digests of ballots."""
        return _WORDS.sub(lambda m: "[…]" if m[0] in self._secrets else m[0], text)


def _latest(opinions: Iterable[Opinion]) -> Mapping[tuple[Matter, Digests], Mapping[str, Opinion]]:
    """What each member last said on each matter, about the same pages."""
    said: dict[tuple[Matter, Digests], dict[str, Opinion]] = {}
    for opinion in opinions:
        said.setdefault((opinion.matter, opinion.digests), {})[opinion.member] = opinion
    return said


def _by_id(records: Iterable[Record]) -> list[Record]:
    return sorted(records, key=lambda r: str(r["id"]))


def _flat(rows: Mapping[str, list[Record]]) -> Iterable[Record]:
    """Person by person, each person's rows in the order of their ids."""
    for candidate, own in rows.items():
        for row in _by_id(own):
            yield {"candidate": candidate, **row}


def _linked(ballot: Ballot, own: list[tuple[str, Record]]) -> list[Record]:
    """The rows of one ballot as an audit sees them."""
    keep = ("id", "reading", "findings", "counts", "level")
    return [
        {"row": row.row, "candidate": candidate, **{k: record[k] for k in keep}}
        for row, (candidate, record) in zip(ballot.rows, own, strict=True)
    ]
