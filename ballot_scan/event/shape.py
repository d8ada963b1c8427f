"""The shape of ``event.toml``: which keys stand where, and what kind of value each takes."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from pydantic import BaseModel, ValidationError

from ballot_scan import text
from ballot_scan.event.model import (
    Candidate,
    CriteriaGroup,
    Event,
    EventHead,
    Form,
    Member,
    Poll,
    Schedule,
    VoterGroup,
)
from ballot_scan.event.places import Path
from ballot_scan.event.problems import Problem
from ballot_scan.event.source import nearest, shown

_Where = tuple[str, ...]

_TABLES: dict[_Where, type[BaseModel]] = {
    (): Event,
    ("event",): EventHead,
    ("schedule",): Schedule,
    ("criteria",): CriteriaGroup,
    ("poll",): Poll,
    ("poll", "member"): Member,
    ("poll", "voters"): VoterGroup,
    ("poll", "form"): Form,
    ("poll", "form", "candidate"): Candidate,
}
_SINGLE = {("event",), ("schedule",), ("rules",)}  # written [name]; the other tables are written [[name]]

#: What a missing key would look like.
_EXAMPLES: dict[_Where, str] = {
    ("event",): "[event]",
    ("event", "id"): 'id = "bo-phieu-2026"',
    ("event", "title"): 'title = "…"',
    ("event", "organ"): 'organ = "…"',
    ("event", "regulation"): 'regulation = "96-QD-TW"',
    ("poll",): "[[poll]]",
    ("poll", "id"): 'id = "hoi-nghi"',
    ("poll", "name"): 'name = "…"',
    ("poll", "date"): "date = 2026-10-16",
    ("poll", "form"): "[[poll.form]]",
    ("poll", "member", "name"): 'name = "…"',
    ("poll", "voters", "group"): 'group = "…"',
    ("poll", "form", "candidate"): "[[poll.form.candidate]]",
    ("poll", "form", "candidate", "id"): 'id = "nguyen-van-a"',
    ("poll", "form", "candidate", "name"): 'name = "…"',
    ("criteria", "title"): 'title = "…"',
}
_VIETNAMESE_DATE = re.compile(r"\s*(\d{1,2})[./-](\d{1,2})[./-](\d{4})\s*")


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _header(where: _Where) -> str:
    return f"[{'.'.join(where)}]" if where in _SINGLE else f"[[{'.'.join(where)}]]"


def _unknown(key: str, where: _Where) -> str:
    """What to do about an unknown key: its likely spelling, the table it belongs to, or the keys there are."""
    here = _keys(_TABLES[where])
    homes = [other for other, model in _TABLES.items() if other and other != where and key in _keys(model)]
    meant = nearest(key, here)
    if homes and not (meant and meant.casefold() == key.casefold()):
        return text.t("event.key_elsewhere", tables=", ".join(_header(home) for home in homes))
    if meant:
        return text.t("event.key_meant", meant=meant)
    return text.t("event.key_known", keys=", ".join(here))


def without_unknown_keys(data: Any) -> tuple[Any, list[Problem]]:
    """``data`` with lists as tuples and no key that the contract does not know, and a problem for each of those."""
    problems: list[Problem] = []

    def walk(value: Any, where: _Where, path: Path) -> Any:
        if isinstance(value, list):
            return tuple(walk(item, where, (*path, number)) for number, item in enumerate(value))
        if isinstance(value, dict) and where in _TABLES:
            known = _keys(_TABLES[where])
            problems.extend(Problem((*path, key), _unknown(key, where)) for key in value if key not in known)
            return {k: walk(v, (*where, k), (*path, k)) for k, v in value.items() if k in known}
        return value

    return walk(data, (), ()), problems


def _not_a_date(value: Any) -> str:
    """A date as text, with a time or as a number: the line as it should be."""
    if isinstance(value, dt.datetime):
        return text.t("event.date_with_time", example=value.date().isoformat())
    if isinstance(value, str):
        found = _VIETNAMESE_DATE.fullmatch(value)
        try:
            day = dt.date(int(found[3]), int(found[2]), int(found[1])) if found else dt.date.fromisoformat(value)
        except ValueError:
            return text.t("event.not_date", value=shown(value), example="2026-10-16")
        return text.t("event.date_in_quotes", value=shown(value), example=day.isoformat())
    return text.t("event.not_date", value=shown(value), example="2026-10-16")


def _message(error: Any, where: _Where) -> str:
    """The sentence for one of pydantic's errors on the key ``where``."""
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    if kind == "missing":
        return text.t("event.missing", example=_EXAMPLES.get(where, f"{where[-1]} = …"))
    if kind == "string_too_short" or (kind == "string_pattern_mismatch" and value == ""):
        return text.t("event.empty", example=_EXAMPLES.get(where, f'{where[-1]} = "…"'))
    if kind == "too_short":
        return text.t("event.empty_list", example=_EXAMPLES.get(where, _header(where)))
    if kind == "string_pattern_mismatch":
        return text.t("event.bad_id", value=shown(value))
    if kind == "literal_error":
        return text.t("event.choice", value=shown(value), allowed=str(context.get("expected", "")).replace("'", '"'))
    if kind in {"greater_than_equal", "less_than_equal"}:
        return text.t("event.range", value=shown(value), limit=context.get("ge", context.get("le", "")))
    if kind.startswith("date"):
        return _not_a_date(value)
    if kind.startswith("model") or kind == "dict_type":
        return text.t("event.not_table", header=_header(where))
    if kind == "tuple_type":
        example = _header(where) if where in _TABLES else f'{where[-1]} = ["…", "…"]'
        return text.t("event.not_list", example=example)
    key = {"string_type": "event.not_text", "int_type": "event.not_number", "bool_type": "event.not_bool"}.get(kind)
    if key:
        return text.t(key, value=shown(value) if not isinstance(value, (dict, tuple)) else "…")
    return text.t("event.other", detail=error["msg"])


def validated(data: Any) -> tuple[Event | None, list[Problem]]:
    """The event, or a problem for each value of the wrong kind. ``data`` comes from ``without_unknown_keys``."""
    try:
        return Event.model_validate(data, strict=True), []
    except ValidationError as fault:
        problems = []
        for error in fault.errors(include_url=False):
            if error["type"] == "too_short" and error["input"]:
                continue  # pydantic counts sound items only; the unsound ones have problems of their own
            path = tuple(error["loc"])
            where = tuple(part for part in path if isinstance(part, str))
            problems.append(Problem(path, _message(error, where)))
        return None, problems
