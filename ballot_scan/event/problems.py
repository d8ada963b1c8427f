"""A problem of ``event.toml``: where it stands and what it says, in one line."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ballot_scan import text
from ballot_scan.event.places import Path, line_of
from ballot_scan.event.source import one_line

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_LABELS = ("id", "name", "group", "title")


@dataclass(frozen=True, slots=True)
class Problem:
    """``message`` about the key at ``path`` (list elements count from 0 here, from 1 in what is shown)."""

    path: Path
    message: str


def tables(value: Any) -> list[tuple[int, dict[str, Any]]]:
    """The tables of a list of tables with their numbers, whatever else stands there left out."""
    if not isinstance(value, (list, tuple)):
        return []
    return [(number, item) for number, item in enumerate(value) if isinstance(item, dict)]


def key_path(path: Path) -> str:
    """The path as its writer spells it, counted from 1: ``poll[2].form[1].candidate[3].id``."""
    out = ""
    for part in path:
        if isinstance(part, int):
            out += f"[{part + 1}]"
        else:
            spelled = part if _BARE_KEY.fullmatch(part) else json.dumps(part, ensure_ascii=False)
            out += f".{spelled}" if out else spelled
    return out


def _label(value: Any) -> str:
    if isinstance(value, dict):
        for key in _LABELS:
            if isinstance(value.get(key), str) and value[key]:
                return str(value[key])
    return ""


def _named(data: Any, path: Path) -> str:
    """Who the numbered parts of the path are, ``poll "x", form "main"``; or a word that they count from 1."""
    names: list[str] = []
    value: Any = data
    for number, part in enumerate(path):
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            break
        label = _label(value) if isinstance(part, int) else ""
        if label:
            names.append(f'{path[number - 1]} "{label}"')
    if names:
        return f" ({', '.join(names)})"
    return f" ({text.t('event.counted')})" if any(isinstance(part, int) for part in path) else ""


def render(problem: Problem, file: str, places: Mapping[Path, int], data: Any) -> str:
    """The line people read: ``event.toml:37: poll[2].date (poll "x"): what is wrong; how to mend``."""
    line = line_of(places, problem.path)
    where = file if line is None else f"{file}:{line}"
    what = f"{key_path(problem.path)}{_named(data, problem.path)}: " if problem.path else ""
    return one_line(f"{where}: {what}{problem.message}")
