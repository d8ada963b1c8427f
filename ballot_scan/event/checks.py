"""What ``event.toml`` may not say (errors, found on the parsed data whatever its shape) and should say (warnings)."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterator
from typing import Any

from ballot_scan import text
from ballot_scan.event.model import Event, Poll
from ballot_scan.event.places import Path
from ballot_scan.event.problems import Problem, key_path, tables
from ballot_scan.event.regulation import (
    Regulation,
    known_regulations,
    regulation_hint,
    scopes_of,
    settable_rules,
)
from ballot_scan.event.schedule import date_problems
from ballot_scan.event.source import fold, nearest, shown

#: File names that Windows keeps for devices: ids become names of files and folders.
_DEVICES = {"con", "prn", "aux", "nul"} | {f"{device}{n}" for device in ("com", "lpt") for n in range(10)}
_TEAM_MIN, _TEAM_MAX = 3, 30  # the sizes of counting teams the software is made for


def errors(data: dict[str, Any]) -> list[Problem]:
    """Everything in the parsed file that its shape alone does not forbid."""
    found = [*_ids(data), *_groups(data), *_team_on_ballot(data), *date_problems(data)]
    head = data.get("event")
    if isinstance(head, dict):
        found += [*_regulation(head), *_timezone(head)]
    return found + list(_rules(data.get("rules")))


def _candidates(poll: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    for number, form in tables(poll.get("form")):
        for row, candidate in tables(form.get("candidate")):
            yield ("form", number, "candidate", row), candidate


def _id_problems(entries: list[tuple[Path, Any]]) -> Iterator[Problem]:
    """Ids of one list that stand there twice, or that no file may be named after."""
    first: dict[str, Path] = {}
    for path, value in entries:
        if not isinstance(value, str) or not value:
            continue
        if value in first:
            yield Problem(path, text.t("event.twice", value=shown(value), first=key_path(first[value])))
        elif value in _DEVICES:
            yield Problem(path, text.t("event.device", value=shown(value)))
        first.setdefault(value, path)


def _ids(data: dict[str, Any]) -> Iterator[Problem]:
    head = data.get("event")
    if isinstance(head, dict):
        yield from _id_problems([(("event", "id"), head.get("id"))])
    polls = tables(data.get("poll"))
    yield from _id_problems([(("poll", number, "id"), poll.get("id")) for number, poll in polls])
    for number, poll in polls:
        forms = tables(poll.get("form"))
        yield from _id_problems([(("poll", number, "form", f, "id"), form.get("id", "main")) for f, form in forms])
        for f, form in forms:
            where: Path = ("poll", number, "form", f, "candidate")
            rows = [((*where, row, "id"), person.get("id")) for row, person in tables(form.get("candidate"))]
            yield from _id_problems(rows)
            yield from (
                Problem(path, text.t("event.column_name", value=shown(value)))
                for path, value in rows
                if value == "ballot"  # the first column of keyed ballots
            )


def _groups(data: dict[str, Any]) -> Iterator[Problem]:
    for number, poll in tables(data.get("poll")):
        first: dict[str, Path] = {}
        for row, group in tables(poll.get("voters")):
            name, path = group.get("group"), ("poll", number, "voters", row, "group")
            if not isinstance(name, str) or not name:
                continue
            if fold(name) in first:
                yield Problem(path, text.t("event.twice", value=shown(name), first=key_path(first[fold(name)])))
            first.setdefault(fold(name), path)


def _team_on_ballot(data: dict[str, Any]) -> Iterator[Problem]:
    """Nobody on the counting team may be on the ballot (244-QĐ/TW, 190-QĐ/TW: the team concludes on ballots)."""
    for number, poll in tables(data.get("poll")):
        on_ballot = {
            fold(person["name"]): path for path, person in _candidates(poll) if isinstance(person.get("name"), str)
        }
        for row, member in tables(poll.get("member")):
            name = member.get("name")
            if isinstance(name, str) and name and fold(name) in on_ballot:
                other = key_path(("poll", number, *on_ballot[fold(name)]))
                yield Problem(
                    ("poll", number, "member", row, "name"), text.t("event.on_ballot", name=shown(name), other=other)
                )


def _regulation(head: dict[str, Any]) -> Iterator[Problem]:
    wanted = head.get("regulation")
    if not isinstance(wanted, str) or wanted in known_regulations():
        return
    if wanted:
        message = text.t("event.no_regulation", value=shown(wanted), hint=regulation_hint(wanted))
    else:
        message = text.t("event.regulation_empty", known=", ".join(known_regulations()))
    yield Problem(("event", "regulation"), message)


def _timezone(head: dict[str, Any]) -> Iterator[Problem]:
    wanted = head.get("timezone")
    if not isinstance(wanted, str):
        return
    try:
        zoneinfo.ZoneInfo(wanted)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        meant = nearest(wanted, zoneinfo.available_timezones(), 0.85) or "Asia/Ho_Chi_Minh"
        yield Problem(("event", "timezone"), text.t("event.no_timezone", value=shown(wanted), meant=meant))


def _rules(rules: Any) -> Iterator[Problem]:
    if not isinstance(rules, dict):
        return
    known = settable_rules()
    for rule, scope in rules.items():
        if rule not in known:
            meant = nearest(rule, known)
            hint = text.t("event.key_meant", meant=meant) if meant else text.t("event.key_known", keys=", ".join(known))
            yield Problem(("rules", rule), hint)
        elif scope == "row" and "row" not in scopes_of(rule):
            yield Problem(("rules", rule), text.t("event.no_row_rule", allowed='"ballot", "people"'))


def warnings(event: Event, regulation: Regulation, today: dt.date, named_groups: set[tuple[str, str]]) -> list[Problem]:
    """Optional parts that are missing and circumstances to know of. ``named_groups``: (poll, group) in voters.csv."""
    found = [
        Problem(("event", key), text.t(f"event.without.{key}"))
        for key in ("plan", "basis")
        if not getattr(event.head, key)
    ]
    for number, poll in enumerate(event.polls):
        found += _poll_warnings(("poll", number), poll, today, named_groups)
    found += _dates_apart(event)
    return found + list(_regulation_warnings(event, regulation))


def _poll_warnings(path: Path, poll: Poll, today: dt.date, named: set[tuple[str, str]]) -> Iterator[Problem]:
    if poll.date < today:
        yield Problem((*path, "date"), text.t("event.past", date=poll.date, today=today))
    for key in ("place", "chair", "voters"):
        if not getattr(poll, key):
            yield Problem((*path, key), text.t(f"event.without.{key}"))
    for number, group in enumerate(poll.voters):
        if group.count is None and (poll.id, group.group) not in named:
            yield Problem((*path, "voters", number, "count"), text.t("event.without.count", poll=poll.id))
    yield from _team_warnings((*path, "member"), poll)
    for number, form in enumerate(poll.forms):
        names = [fold(person.name) for person in form.candidates]
        for row, person in enumerate(form.candidates):
            where = (*path, "form", number, "candidate", row)
            if not person.position:
                yield Problem((*where, "position"), text.t("event.without.position"))
            if names.index(names[row]) < row:
                yield Problem((*where, "name"), text.t("event.same_candidate", name=shown(person.name)))


def _team_warnings(path: Path, poll: Poll) -> Iterator[Problem]:
    if not poll.members:
        yield Problem(path, text.t("event.without.member"))
        return
    for role in ("head", "secretary"):
        count = sum(member.role == role for member in poll.members)
        if count != 1:
            role_name = text.t(f"event.role.{role}")
            yield Problem(path, text.t("event.role_count", role=role_name, as_written=role, count=count))
    if not _TEAM_MIN <= len(poll.members) <= _TEAM_MAX:
        size = len(poll.members)
        yield Problem(path, text.t("event.team_size", count=size, least=_TEAM_MIN, most=_TEAM_MAX))
    names = [fold(member.name) for member in poll.members]
    for row, member in enumerate(poll.members):
        if names.index(names[row]) < row:
            yield Problem((*path, row, "name"), text.t("event.same_member", name=shown(member.name)))


def _dates_apart(event: Event) -> Iterator[Problem]:
    meeting, answers = event.schedule.meeting, event.schedule.answers_due
    if meeting and all(poll.date != meeting for poll in event.polls):
        yield Problem(("schedule", "meeting"), text.t("event.no_poll_then", date=meeting))
    for number, poll in enumerate(event.polls):
        if answers and poll.date < answers:
            yield Problem(("poll", number, "date"), text.t("event.before_answers", date=poll.date, answers=answers))


def _regulation_warnings(event: Event, regulation: Regulation) -> Iterator[Problem]:
    path: Path = ("event", "regulation")
    outside = [poll for poll in event.polls if not regulation.in_force(poll.date)]
    for poll in outside:
        span = f"{regulation.in_force_from or '…'} – {regulation.in_force_until or '…'}"
        yield Problem(path, text.t("event.not_in_force", id=regulation.id, date=poll.date, poll=poll.id, span=span))
    if regulation.standing() and (outside or not regulation.in_force_until):
        yield Problem(path, text.t("event.standing", standing=regulation.standing()))
    yield from (Problem(path, text.t("event.note", note=note)) for note in regulation.notes())
