"""Checks of the records: rows and ballots hang together, nothing is linked, decisions answer findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from ballot_scan.export.reading import Bundle, Decided, FormKey, FormRecords, ListedBallot, Row
from ballot_scan.export.strict import Fault, Table, alike, shown

_STATES = ("valid", "invalid", "pending", "not-counted")
_SPOILING = {"blank-row": "none", "multiple-row": "several"}  # finding → what a row with it counts for
_OF_VERDICT = {"blank": "none", "multiple": "several", "invalid": "other"}


def _wrong(where: str, why: str) -> Fault:
    return Fault("export.fault.record", where=shown(where), why=why)


def check_records(bundle: Bundle) -> dict[str, object]:
    """Rows of each person are as many as ballots that count; what each counts for follows from what it says."""
    seen: set[str] = set()
    ballots = rows = 0
    for key, records in bundle.records.items():
        _check_ids(records, seen)
        _check_persons(bundle, key, records)
        for row in records.rows:
            _check_row(bundle, row)
        for ballot in records.ballots:
            _check_ballot(bundle, ballot)
        _check_pending(bundle, key, records)
        ballots += len(records.ballots)
        rows += len(records.rows)
    _check_pages(bundle)
    return {"ballots": ballots, "rows": rows}


def _check_pages(bundle: Bundle) -> None:
    """A ballot that was scanned has at least one page that was read."""
    pages = bundle.json("pages.json").table("pages")
    pages.keys_are(("read", "unreadable", "not-a-ballot", "blank"))
    counts = {status: pages.number(status) for status in pages.data}
    scanned = sum(not b.keyed for records in bundle.records.values() for b in records.ballots)
    if counts.get("read", 0) < scanned:
        raise Fault(
            "export.fault.differs", where="pages.json", what="read", told=counts.get("read", 0), counted=scanned
        )


def _check_ids(records: FormRecords, seen: set[str]) -> None:
    """No id twice; lists in the order of their random ids, which hides no other order."""
    for ids in ([b.id for b in records.ballots], [r.id for r in records.rows]):
        for own in ids:
            if own in seen:
                raise _wrong(own, "id ×2")
            seen.add(own)
    listed = [b.id for b in records.ballots]
    order = {candidate: n for n, candidate in enumerate(records.without_row)}
    apart = [(order.get(r.candidate, -1), r.id) for r in records.rows]
    if listed != sorted(listed) or apart != sorted(apart):
        raise Fault("export.fault.order")


def _check_persons(bundle: Bundle, key: FormKey, records: FormRecords) -> None:
    where = "/".join(key)
    persons = [candidate for candidate, _, _ in bundle.polls[key[0]].forms[key[1]]]
    if list(records.without_row) != persons:
        raise _wrong(where, "candidates")
    of_person = Counter(r.candidate for r in records.rows)
    if not of_person.keys() <= set(persons):
        raise _wrong(where, "candidates")
    counted = sum(b.counts for b in records.ballots)
    torn = sum(b.counts and any(rule == "missing-page" for rule, _ in b.findings) for b in records.ballots)
    for person in persons:
        without = records.without_row[person]
        if of_person[person] + without != counted or without > torn:
            raise Fault("export.fault.rows", where=f"{where} {person}", rows=of_person[person], ballots=counted)


def _check_row(bundle: Bundle, row: Row) -> None:
    """What the row counts for: the decision's verdict, else its plain reading; with a finding undecided it waits."""
    where = f"{row.candidate} {row.id}"
    if (row.counts == "level") != (row.level != "") or (row.level and row.level not in bundle.levels):
        raise _wrong(where, f"level {shown(row.level)}")
    if row.reading is not None and row.reading not in (*bundle.levels, "blank", "multiple", "unsure"):
        raise _wrong(where, f"reading {shown(row.reading)}")
    if row.waits:
        if (row.reading, row.findings, row.decision, row.counts) != (None, (), None, "pending"):
            raise _wrong(where, "waits")
    elif row.decision is not None:
        if not row.findings:
            raise Fault("export.fault.no-finding", where=where)
        _check_verdict(bundle.decisions, row.decision, "row", row.id, _verdict_of(row))
    elif row.findings:
        if row.counts != "pending":
            raise Fault("export.fault.undecided", where=where, findings=shown(", ".join(row.findings)))
    elif row.reading is None or _of_reading(row.reading) != (row.counts, row.level):
        raise _wrong(where, f"{shown(row.reading)} ≠ {shown(row.counts)} {shown(row.level)}")
    elif row.counts != "level" and not row.keyed:
        raise Fault("export.fault.unflagged", where=where, reading=row.reading)


def _of_reading(reading: str) -> tuple[str, str]:
    """What an undoubted reading counts for."""
    if reading in ("blank", "multiple"):
        return _OF_VERDICT[reading], ""
    return ("", "") if reading == "unsure" else ("level", reading)


def _verdict_of(row: Row) -> str:
    if row.counts == "level":
        return row.level
    return {kind: verdict for verdict, kind in _OF_VERDICT.items()}.get(row.counts, "?")


def _check_verdict(decisions: Mapping[str, Decided], own: str, about: str, target: str, *verdicts: str) -> None:
    found = decisions.get(own)
    if found is None or found.about != about or found.target != target:
        raise Fault("export.fault.no-decision", where=target, decision=shown(own))
    if found.verdict not in verdicts:
        raise Fault("export.fault.verdict", where=target, verdict=shown(found.verdict), counts=shown(verdicts[0]))


def _check_ballot(bundle: Bundle, ballot: ListedBallot) -> None:
    """The state of a ballot follows from the decisions on its findings and from what its rows say."""
    verdicts: dict[str, str | None] = {}
    for rule, own in ballot.findings:
        if rule in verdicts:
            raise _wrong(ballot.id, shown(rule))
        if own is not None:
            _check_verdict(bundle.decisions, own, "ballot", ballot.id, "valid", "invalid", "not-counted")
        verdicts[rule] = bundle.decisions[own].verdict if own is not None else None
    spoiled = [rule for rule, verdict in verdicts.items() if verdict == "invalid"]
    state, grounds = "valid", []
    if "not-counted" in verdicts.values():
        state = "not-counted"
    elif spoiled:
        state, grounds = "invalid", spoiled
    elif ballot.waits_for_second or None in verdicts.values():
        state = "pending"
    elif ballot.spoiling_rows:
        state, grounds = "invalid", [rule for rule in _SPOILING if rule in dict(ballot.spoiling_rows)]
    elif ballot.rows_wait:
        state = "pending"
    if ballot.state not in _STATES or ballot.state != state or list(ballot.grounds) != grounds:
        raise Fault("export.fault.state", where=ballot.id, state=shown(ballot.state), follows=state)
    if ballot.rows_wait and (state != "pending" or ballot.waits_for_second or None in verdicts.values()):
        raise _wrong(ballot.id, "rows_wait")
    _check_spoiling(bundle, ballot)


def _check_spoiling(bundle: Bundle, ballot: ListedBallot) -> None:
    for rule, own in ballot.spoiling_rows:
        if rule not in _SPOILING or bundle.scope(rule) != "ballot" or ballot.state != "invalid":
            raise _wrong(ballot.id, shown(rule))
        if own is not None:
            verdict = "blank" if rule == "blank-row" else "multiple"
            _check_verdict(bundle.decisions, own, "spoiling-row", ballot.id, verdict)
        elif not ballot.keyed:
            raise Fault("export.fault.undecided", where=ballot.id, findings=rule)


def _check_pending(bundle: Bundle, key: FormKey, records: FormRecords) -> None:
    """Rows that wait need ballots that wait; no row counts that would spoil its whole ballot."""
    where = "/".join(key)
    whole = sum(b.waits_whole for b in records.ballots)
    for_rows = sum(b.rows_wait for b in records.ballots)
    with_ballot = Counter(r.candidate for r in records.rows if r.waits)
    alone = Counter(r.candidate for r in records.rows if r.counts == "pending" and not r.waits)
    for person, without in records.without_row.items():
        if not whole - without <= with_ballot[person] <= whole or alone[person] > for_rows:
            raise Fault("export.fault.rows", where=f"{where} {person}", rows=with_ballot[person], ballots=whole)
    if sum(alone.values()) < for_rows:
        raise Fault("export.fault.rows", where=where, rows=sum(alone.values()), ballots=for_rows)
    for rule, kind in _SPOILING.items():
        if bundle.scope(rule) == "ballot" and any(r.counts == kind for r in records.rows):
            raise _wrong(where, rule)


# ---------------------------------------------------------------- decisions


def check_decisions(bundle: Bundle) -> dict[str, object]:
    """Each decision is by two members or more of that poll's team and settles one finding that the records show."""
    pointed = Counter(_references(bundle))
    for decided in bundle.decisions.values():
        _check_members(bundle, decided)
        if decided.about == "page":
            if decided.target is not None or decided.rule == "":
                raise _wrong(decided.id, "page")
        elif pointed[(decided.id, decided.about, decided.poll, decided.form, decided.rule)] != 1:
            raise Fault("export.fault.no-finding", where=decided.id)
    for own, *_ in pointed:
        if own not in bundle.decisions:
            raise Fault("export.fault.no-decision", where="records", decision=shown(own))
    waiting = _check_open(bundle)
    return {"count": len(bundle.decisions), "open": waiting}


def _references(bundle: Bundle) -> list[tuple[str, str, str, str, str]]:
    """Decision id, what it is about, poll, form and rule: everything that the records point at."""
    found = []
    for (poll, form), records in bundle.records.items():
        found += [(r.decision, "row", poll, form, "") for r in records.rows if r.decision is not None]
        for ballot in records.ballots:
            found += [(own, "ballot", poll, form, rule) for rule, own in ballot.findings if own is not None]
            found += [(own, "spoiling-row", poll, form, "") for _, own in ballot.spoiling_rows if own is not None]
    return found


def _team(bundle: Bundle, poll: str) -> set[str]:
    if poll in bundle.polls:
        return set(bundle.polls[poll].members)
    return {member for definition in bundle.polls.values() for member in definition.members}


def _check_members(bundle: Bundle, decided: Decided) -> None:
    members = {alike(m) for m in decided.members}
    if len(members) < 2 or len(members) != len(decided.members):
        raise Fault("export.fault.one-member", decision=decided.id)
    strangers = members - _team(bundle, decided.poll)
    if strangers:
        raise Fault("export.fault.stranger", decision=decided.id, name=shown(min(strangers)))


def _check_open(bundle: Bundle) -> int:
    """What members said of matters that still wait is by members of the team and names a record."""
    targets = {b.id for records in bundle.records.values() for b in records.ballots}
    targets |= {r.id for records in bundle.records.values() for r in records.rows}
    tables: list[Table] = bundle.json("decisions.json").tables("open")
    for table in tables:
        said = [alike(s.text("member")) for s in table.tables("said")]
        if table.text("target") not in targets or not said or len(set(said)) != len(said):
            raise table.fault("target")
        for stranger in set(said) - _team(bundle, table.text("poll")):
            raise Fault("export.fault.stranger", decision=shown(table.text("id")), name=shown(stranger))
    return len(tables)


def check_whole(bundle: Bundle) -> dict[str, object] | None:
    """Whole ballots, where an audit was ordered: each row is one of the records', each ballot one of the list.

    None where the records are unlinked.
    """
    linked = 0
    for key, records in bundle.records.items():
        name = f"records/{key[0]}/{key[1]}/whole.json"
        if (name in bundle.files) != bundle.manifest.per_ballot:
            raise Fault("export.fault.missing" if bundle.manifest.per_ballot else "export.fault.more", file=name)
        if name in bundle.files:
            linked += _check_linked(records, bundle.json(name))
    return {"count": linked} if bundle.manifest.per_ballot else None


def _check_linked(records: FormRecords, table: Table) -> int:
    rows = {r.id: r for r in records.rows}
    whole = {t.text("id"): t.tables("rows") for t in table.tables("ballots")}
    if list(whole) != [b.id for b in records.ballots]:
        raise table.fault("ballots")
    for ballot in records.ballots:
        waits = False
        for t in whole[ballot.id]:
            waits |= t.text("counts") == "pending"
            own = t.optional("id")
            if not ballot.counts and own is None:
                continue
            row = rows.pop(own or "", None)
            told = (t.text("candidate"), t.optional("reading"), t.texts("findings"), t.text("counts"), t.text("level"))
            if row is None or told != (row.candidate, row.reading, row.findings, row.counts, row.level):
                raise Fault("export.fault.record", where=shown(own), why=table.where)
            if not ballot.counts or row.waits != ballot.waits_whole:
                raise t.fault("id")
        if ballot.counts and waits != (ballot.state == "pending"):
            raise _wrong(ballot.id, "rows_wait")
    if rows:
        raise table.fault("rows")
    return len(whole)
