"""Checks of the log and of the close: the chain holds, its heads are those told, what it says is what is told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from ballot_scan.export.check_numbers import code_of_poll, final
from ballot_scan.export.reading import Bundle
from ballot_scan.export.strict import Fault, Table, parse_json, shown

_START = "0" * 64
_WITHHELD = ("opinion", "keyed")


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def check_log(bundle: Bundle) -> dict[str, object]:
    """Each entry follows from the one before, and the heads told are heads of this chain.

    An entry's digest covers its detail by the detail's own digest, so one that was withheld holds too.
    """
    log = bundle.json("log.json")
    heads = [_START]
    for number, entry in enumerate(log.tables("entries"), start=1):
        detail = entry.optional("detail")
        own = entry.text("detail_sha256")
        fields = [number, *(entry.text(key) for key in ("utc", "actor", "event", "outcome")), own]
        expected = _sha(heads[-1] + json.dumps(fields, ensure_ascii=False, separators=(",", ":")))
        told = (entry.number("seq"), entry.text("previous"), entry.text("sha256"))
        if told != (number, heads[-1], expected) or (detail is not None and _sha(detail) != own):
            raise Fault("export.fault.chain", number=number)
        if detail is not None and entry.text("event") in _WITHHELD:
            raise Fault("export.fault.told", number=number)
        heads.append(expected)
    for head in (log.table("head"), *log.tables("heads")):
        length = head.number("length")
        if length >= len(heads) or heads[length] != head.text("sha256"):
            raise Fault("export.fault.head", where=shown(head.where), length=length)
    if log.table("head").number("length") != len(heads) - 1:
        raise Fault("export.fault.head", where="log.json", length=len(heads) - 1)
    _check_opinions(bundle, log)
    _check_turnout(bundle, log)
    return {"length": len(heads) - 1, "head": heads[-1][:16]}


def _check_opinions(bundle: Bundle, log: Table) -> None:
    """The log has an entry for everything that members must have said."""
    needed = sum(len(decided.members) for decided in bundle.decisions.values())
    needed += sum(len(matter.tables("said")) for matter in bundle.json("decisions.json").tables("open"))
    logged = sum(entry.text("event") == "opinion" for entry in log.tables("entries"))
    if logged < needed:
        raise Fault("export.fault.opinions", logged=logged, needed=needed)


def _last(log: Table, poll: str, events: tuple[str, ...]) -> tuple[str, Mapping[str, Any]] | None:
    """The last entry of these kinds on one poll: its kind and its detail."""
    for entry in reversed(log.tables("entries")):
        if entry.text("event") in events and entry.text("outcome") == "ok":
            detail = parse_json((entry.optional("detail") or "{}").encode(), entry.where)
            if detail.data.get("poll") == poll:
                return entry.text("event"), detail.data
    return None


def _check_turnout(bundle: Bundle, log: Table) -> None:
    for poll, (numbers, _) in bundle.turnouts.items():
        last = _last(log, poll, ("turnout",))
        told = None if numbers is None else {"poll": poll, **numbers.data}
        if (None if last is None else last[1]) != told:
            raise Fault("export.fault.not-logged", what="turnout.json", poll=shown(poll))


def check_closing(bundle: Bundle) -> dict[str, object]:
    """An official result was closed, the log says so, and the code told at the close is that of the recount."""
    log = bundle.json("log.json")
    closed: set[str] = set()
    told: dict[str, Table] = {}
    for closing in bundle.json("closings.json").tables("closings"):
        poll = closing.text("poll")
        if poll in told or poll not in bundle.turnouts:
            raise closing.fault("poll")
        told[poll] = closing
    for poll in bundle.turnouts:
        last = _last(log, poll, ("closed", "reopened"))
        entry = told.get(poll)
        if (last is None) != (entry is None):
            raise Fault("export.fault.not-logged", what="closings.json", poll=shown(poll))
        if last is None or entry is None:
            continue
        event = "closed" if entry.flag("closed") else "reopened"
        body = entry.table("body")
        if last != (event, {**body.data, "poll": poll}):
            raise Fault("export.fault.not-logged", what="closings.json", poll=shown(poll))
        if event == "closed":
            closed.add(poll)
            _check_code(bundle, poll, body)
    _check_state(bundle, closed)
    return {"closed": len(closed), "polls": len(bundle.turnouts)}


def _check_code(bundle: Bundle, poll: str, body: Table) -> None:
    if "result_code" in body.data:
        counted = code_of_poll(bundle, poll)
        if body.text("result_code") != counted:
            raise Fault(
                "export.fault.differs", where=shown(f"closings.json {poll}"), what="result_code",
                told=shown(body.text("result_code")), counted=counted,
            )  # fmt: skip


def _check_state(bundle: Bundle, closed: set[str]) -> None:
    """Official or PROVISIONAL: as the tally, the closings and the records say. A rehearsal is never official."""
    waits = bundle.tally.flag("provisional")
    if not bundle.manifest.provisional and any(told.flag("rehearsal") for told in bundle.tallies.values()):
        raise Fault("export.fault.not-final", file="manifest.json")
    if not waits and not final(bundle):
        raise Fault("export.fault.not-final", file="tally.json")
    if bundle.manifest.provisional != (waits or closed != set(bundle.turnouts)):
        raise Fault("export.fault.not-final", file="manifest.json")
