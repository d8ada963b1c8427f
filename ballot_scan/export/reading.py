"""The files of a bundle as typed records, for the checks. Shares nothing with what writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ballot_scan.export.archive import looks_like_zip
from ballot_scan.export.manifest import NAME, Manifest
from ballot_scan.export.strict import Fault, Table, alike, parse_json, parse_toml, shown

FormKey = tuple[str, str]
_ID = "[a-z0-9][a-z0-9-]{0,31}"
_RANDOM = re.compile(r"[0-9a-f]{16,64}")
_SINGLE = {
    "turnout.json": "ballot-turnout/1",
    "tally.json": "tally/1",
    "decisions.json": "ballot-decisions/1",
    "pages.json": "ballot-pages/1",
    "closings.json": "ballot-closings/1",
    "log.json": "ballot-log/1",
    "regulation.json": "ballot-regulation/1",
}
_OFFICE_FILES = (".docx", ".xlsx")
#: Every place that a file of a bundle may have; formats of the JSON ones.
_PLACES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(f"layouts/{_ID}/{_ID}\\.json"), "ballot-layout/1"),
    (re.compile(f"records/{_ID}/{_ID}/rows\\.json"), "ballot-rows/1"),
    (re.compile(f"records/{_ID}/{_ID}/ballots\\.json"), "ballot-list/1"),
    (re.compile(f"records/{_ID}/{_ID}/whole\\.json"), "ballot-whole/1"),
    (re.compile(f"documents/({_ID}/)?[^/]+"), ""),
    (re.compile("signatures/[^/]+"), ""),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of one person; which ballot it is of is not told."""

    id: str
    candidate: str
    reading: str | None
    findings: tuple[str, ...]
    keyed: bool
    waits: bool
    decision: str | None
    counts: str
    level: str


@dataclass(frozen=True, slots=True)
class ListedBallot:
    """One ballot; which rows are its own is not told. ``findings``: (rule, id of the decision or None)."""

    id: str
    state: str
    keyed: bool
    waits_for_second: bool
    rows_wait: bool
    findings: tuple[tuple[str, str | None], ...]
    spoiling_rows: tuple[tuple[str, str | None], ...]
    grounds: tuple[str, ...]

    @property
    def counts(self) -> bool:
        """Whether its rows are among the records."""
        return self.state in ("valid", "pending")

    @property
    def waits_whole(self) -> bool:
        """Whether it waits as a whole, and not for single rows."""
        return self.state == "pending" and not self.rows_wait


@dataclass(frozen=True, slots=True)
class Decided:
    id: str
    poll: str
    form: str
    about: str
    target: str | None
    rule: str
    verdict: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FormRecords:
    """The records of one form. ``without_row``: person → counted ballots that have no row for that person."""

    rows: tuple[Row, ...]
    without_row: Mapping[str, int]
    ballots: tuple[ListedBallot, ...]


@dataclass(frozen=True, slots=True)
class PollDefinition:
    """One poll as ``event.toml`` defines it: team members, and forms with (id, name, position) of each person."""

    members: tuple[str, ...]
    forms: Mapping[str, tuple[tuple[str, str, str], ...]]


@dataclass(frozen=True)
class Bundle:
    """The files of a bundle, parsed as they are first asked for. Every reading may raise Fault."""

    files: Mapping[str, bytes]
    manifest: Manifest
    parsed: dict[str, Table] = field(default_factory=dict)

    def json(self, name: str) -> Table:
        """A JSON file of the bundle, parsed once."""
        if name not in self.files:
            raise Fault("export.fault.missing", file=shown(name))
        if name not in self.parsed:
            self.parsed[name] = parse_json(self.files[name], name)
        return self.parsed[name]

    def check_formats(self) -> int:
        """Every file has a place of its own and, where it is JSON, a format known here."""
        for name in ("README.txt", "event.toml", *_SINGLE):
            if name not in self.files:
                raise Fault("export.fault.missing", file=name)
        for name, content in self.files.items():
            expected = _expected_format(name)
            if expected and self.json(name).text("format") != expected:
                raise Fault("export.fault.format", file=name, format=shown(self.json(name).text("format")))
            if looks_like_zip(content) and not name.endswith(_OFFICE_FILES):
                raise Fault("export.fault.nested", file=shown(name))
        return len(self.files)

    # ------------------------------------------------------------ event

    @cached_property
    def definition(self) -> Table:
        return parse_toml(self.files["event.toml"], "event.toml")

    @cached_property
    def polls(self) -> Mapping[str, PollDefinition]:
        """The polls of ``event.toml`` by id, names as they are compared."""
        found: dict[str, PollDefinition] = {}
        for poll in self.definition.tables("poll"):
            members = tuple(alike(m.text("name")) for m in poll.tables("member", absent=True))
            forms = {
                alike(form.text("id", "main")): tuple(
                    (alike(c.text("id")), alike(c.text("name")), alike(c.text("position", "")))
                    for c in form.tables("candidate")
                )
                for form in poll.tables("form")
            }
            found[alike(poll.text("id"))] = PollDefinition(members, forms)
        return found

    @cached_property
    def regulation(self) -> Table:
        return self.json("regulation.json")

    @cached_property
    def levels(self) -> tuple[str, ...]:
        """Level ids in ballot order."""
        return tuple(level.text("id") for level in self.regulation.tables("levels"))

    def scope(self, rule: str) -> str:
        """What a finding means by the regulation as used: ``row``, ``ballot``, ``people``; "" where it says nothing."""
        effects = self.regulation.table("effects")
        return effects.table(rule).text("scope") if rule in effects.data else ""

    # ------------------------------------------------------------ tally and records

    @cached_property
    def tally(self) -> Table:
        return self.json("tally.json")

    @cached_property
    def tallies(self) -> Mapping[FormKey, Table]:
        """The tally of each form, by poll and form."""
        found: dict[FormKey, Table] = {}
        for entry in self.tally.tables("polls"):
            key = (entry.text("poll"), entry.text("form"))
            if key in found:
                raise entry.fault("form")
            found[key] = entry
        return found

    @cached_property
    def records(self) -> Mapping[FormKey, FormRecords]:
        return {key: self._records(*key) for key in self.tallies}

    def _records(self, poll: str, form: str) -> FormRecords:
        place = f"records/{poll}/{form}"
        listed, apart = self.json(f"{place}/ballots.json"), self.json(f"{place}/rows.json")
        for table in (listed, apart):
            if (table.text("poll"), table.text("form")) != (poll, form):
                raise table.fault("form")
        without = {c.text("candidate"): c.number("without_row") for c in apart.tables("candidates")}
        return FormRecords(
            tuple(map(_row, apart.tables("rows"))), without, tuple(map(_ballot, listed.tables("ballots")))
        )

    @cached_property
    def decisions(self) -> Mapping[str, Decided]:
        found: dict[str, Decided] = {}
        for t in self.json("decisions.json").tables("decisions"):
            decided = Decided(
                random_id(t, "id"), t.text("poll"), t.text("form"), t.text("about"), t.optional("target"),
                t.text("rule"), t.text("verdict"), t.texts("members"),
            )  # fmt: skip
            t.text("grounds")
            if decided.id in found:
                raise t.fault("id")
            found[decided.id] = decided
        return found

    @cached_property
    def turnouts(self) -> Mapping[str, tuple[Table | None, int | None]]:
        """Poll → the hand-counted numbers (None: not given) and how many may vote (None: nobody said)."""
        found: dict[str, tuple[Table | None, int | None]] = {}
        for entry in self.json("turnout.json").tables("polls"):
            unknown = "deputies" in entry.data and entry.data["deputies"] is None
            deputies = None if unknown else entry.number("deputies")
            if entry.text("poll") in found:
                raise entry.fault("poll")
            found[entry.text("poll")] = (entry.optional_table("turnout"), deputies)
        return found


def _expected_format(name: str) -> str:
    """The format that a file must have, "" where it has none. Raises Fault for a place that no file has."""
    if name in _SINGLE:
        return _SINGLE[name]
    if name in ("README.txt", "event.toml", NAME):
        return ""
    for pattern, expected in _PLACES:
        if pattern.fullmatch(name):
            return expected
    raise Fault("export.fault.place", file=shown(name))


def random_id(table: Table, key: str) -> str:
    """An id that tells nothing. Raises Fault for any other."""
    value = table.text(key)
    if not _RANDOM.fullmatch(value):
        raise table.fault(key)
    return value


_ROW = ("id", "candidate", "reading", "findings", "keyed", "waits", "decision", "counts", "level")
_BALLOT = (
    "id", "state", "keyed", "waits_for_second", "rows_wait", "findings", "spoiling_rows", "grounds",
)  # fmt: skip


def _row(t: Table) -> Row:
    t.keys_are(_ROW)
    return Row(
        random_id(t, "id"), t.text("candidate"), t.optional("reading"), t.texts("findings"), t.flag("keyed"),
        t.flag("waits"), t.optional("decision"), t.text("counts"), t.text("level"),
    )  # fmt: skip


def _ballot(t: Table) -> ListedBallot:
    t.keys_are(_BALLOT)
    return ListedBallot(
        random_id(t, "id"), t.text("state"), t.flag("keyed"), t.flag("waits_for_second"), t.flag("rows_wait"),
        _pairs(t, "findings"), _pairs(t, "spoiling_rows"), t.texts("grounds"),
    )  # fmt: skip


def _pairs(t: Table, key: str) -> tuple[tuple[str, str | None], ...]:
    return tuple((item.text("rule"), item.optional("decision")) for item in t.tables(key))
