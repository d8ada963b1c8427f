"""Checks of the numbers: the tally against a recount, balance, turnout, result code."""

from __future__ import annotations

from collections.abc import Mapping

from ballot_scan.export.reading import Bundle, FormKey
from ballot_scan.export.recount import FormCount, base_of, code, count_form, differs, share, threshold
from ballot_scan.export.strict import Fault, Table, alike, shown

_HAND = ("summoned", "present", "printed", "issued", "spoiled", "unused", "collected")


def counts_of(bundle: Bundle) -> Mapping[FormKey, FormCount]:
    """All forms of the bundle, counted from the records."""
    return {
        (poll, form): count_form(records, [c for c, _, _ in bundle.polls[poll].forms[form]], bundle.levels)
        for (poll, form), records in bundle.records.items()
    }


def check_tally(bundle: Bundle) -> dict[str, object]:
    """Every number, share, base and threshold of the tally against the recount."""
    persons = 0
    for key, count in counts_of(bundle).items():
        where, told = "/".join(key), bundle.tallies[key]
        base = base_of(bundle, key, count)
        differs(where, "regulation", told.text("regulation"), bundle.regulation.text("id"))
        differs(where, "base_rule", told.text("base_rule"), bundle.regulation.text("base_rule"))
        differs(where, "base", told.number("base"), base)
        differs(where, "valid", told.number("valid"), count.valid)
        differs(where, "invalid", told.number("invalid"), count.invalid)
        differs(where, "pending_review", told.number("pending_review"), count.pending)
        _check_persons(bundle, key, told, count, base)
        persons += len(count.persons)
    return {"forms": len(bundle.tallies), "persons": persons}


def _check_persons(bundle: Bundle, key: FormKey, told: Table, count: FormCount, base: int) -> None:
    entries = told.tables("candidates")
    defined = bundle.polls[key[0]].forms[key[1]]
    names = [(alike(e.text("candidate")), alike(e.text("name")), alike(e.text("position"))) for e in entries]
    if names != list(defined):
        odd = next((n for n, d in zip(names, defined, strict=False) if n != d), len(names))
        raise Fault(
            "export.fault.differs", where="/".join(key), what="candidates", told=shown(odd), counted="event.toml"
        )
    for entry in entries:
        candidate = entry.text("candidate")
        person = count.persons[candidate]
        where = f"{'/'.join(key)} {candidate}"
        levels = entry.table("levels")
        differs(where, "levels", tuple(levels.data), bundle.levels)
        for level, votes in person.votes.items():
            differs(where, level, levels.table(level).number("votes"), votes)
            differs(where, f"{level} %", levels.table(level).text("percent"), share(votes, base))
        differs(where, "valid", entry.number("valid"), sum(person.votes.values()))
        differs(where, "invalid", entry.number("invalid"), person.none + person.several + person.other)
        differs(where, "none_marked", entry.number("none_marked"), person.none)
        differs(where, "several_marked", entry.number("several_marked"), person.several)
        differs(where, "other_invalid", entry.number("other_invalid"), person.other)
        differs(where, "threshold", entry.optional("threshold"), threshold(bundle.regulation, person.votes, base))


def check_balance(bundle: Bundle) -> dict[str, object]:
    """Per person: levels + none + several + other invalid + waiting = ballots that count, in the tally's own words."""
    persons = 0
    for key, count in counts_of(bundle).items():
        missing = bundle.records[key].without_row
        for entry in bundle.tallies[key].tables("candidates"):
            candidate = entry.text("candidate")
            levels = entry.table("levels")
            total = sum(levels.table(level).number("votes") for level in levels.data)
            total += sum(entry.number(kind) for kind in ("none_marked", "several_marked", "other_invalid"))
            total += count.persons[candidate].pending + missing[candidate]
            if total != count.rows_of:
                raise Fault(
                    "export.fault.balance", where=f"{'/'.join(key)} {candidate}", sum=total, ballots=count.rows_of
                )
            persons += 1
    return {"persons": persons}


def check_turnout(bundle: Bundle) -> dict[str, object]:
    """The hand-counted numbers among themselves, against the paper read, and as the tally repeats them."""
    counts = counts_of(bundle)
    reconciled = 0
    for poll, (numbers, _) in bundle.turnouts.items():
        for key, told in bundle.tallies.items():
            if key[0] == poll and told.table("turnout").data != ({} if numbers is None else numbers.data):
                raise Fault("export.fault.field", where="tally.json", field=f"{shown('/'.join(key))}: turnout")
        if numbers is None:
            continue
        numbers.keys_are(_HAND)
        n = {name: numbers.number(name) for name in _HAND}
        read = sum(count.read for key, count in counts.items() if key[0] == poll)
        sums = (
            ("printed = issued + unused", n["printed"], n["issued"] + n["unused"]),
            ("collected = ballots", n["collected"], read),
            ("issued ≥ collected + spoiled", max(n["issued"], n["collected"] + n["spoiled"]), n["issued"]),
            ("summoned ≥ present", max(n["summoned"], n["present"]), n["summoned"]),
        )
        for what, left, right in sums:
            if left != right:
                raise Fault("export.fault.sums", poll=shown(poll), what=what, left=left, right=right)
        reconciled += 1
    return {"count": reconciled, "polls": len(bundle.turnouts)}


def check_code(bundle: Bundle) -> dict[str, object]:
    """The result code of the recount, as manifest and tally tell it."""
    counted = code(bundle, counts_of(bundle))
    differs("manifest.json", "result_code", shown(bundle.manifest.result_code), counted)
    differs("tally.json", "result_code", shown(bundle.tally.text("result_code")), counted)
    return {"code": counted}


def code_of_poll(bundle: Bundle, poll: str) -> str:
    """The result code of one poll alone, as it was told at its close."""
    return code(bundle, {key: count for key, count in counts_of(bundle).items() if key[0] == poll})


def final(bundle: Bundle) -> bool:
    """Whether nothing waits: turnout is there for every poll and no ballot is pending. Sums have their own check."""
    pending = any(count.pending for count in counts_of(bundle).values())
    return not pending and all(numbers is not None for numbers, _ in bundle.turnouts.values())
