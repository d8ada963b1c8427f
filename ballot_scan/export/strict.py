"""Read what strangers may have written: JSON and TOML with every value's kind checked, faults told by name."""

from __future__ import annotations

import json
import math
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

MOST = 10**9  # no number of a bundle is larger
_Kind = TypeVar("_Kind", str, bool, list[Any], dict[str, Any])


class Fault(ValueError):  # noqa: N818 - a fault of the bundle, told by a check
    """Something that does not hold. ``key`` is the text key, ``values`` fill it."""

    def __init__(self, key: str, **values: object) -> None:
        self.key, self.values = key, values
        super().__init__(key)


def shown(value: object, most: int = 80) -> str:
    """``value`` fit for one line: no control characters, no broken letters, shortened."""
    raw = str(value)[: 4 * most].encode("utf-8", "replace").decode()
    line = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in raw)
    line = " ".join(line.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def alike(value: str) -> str:
    """A name as it is compared: NFC, runs of white space one space."""
    return " ".join(unicodedata.normalize("NFC", value).split())


@dataclass(frozen=True, slots=True)
class Table:
    """One JSON object or TOML table, with its place; every reading of a key checks the kind of its value."""

    data: dict[str, Any]
    where: str

    def fault(self, key: str) -> Fault:
        return Fault("export.fault.field", where=shown(self.where), field=shown(key))

    def _of(self, key: str, kind: type[_Kind]) -> _Kind:
        value = self.data.get(key)
        if type(value) is not kind:
            raise self.fault(key)
        return value

    def text(self, key: str, default: str | None = None) -> str:
        if default is not None and key not in self.data:
            return default
        return self._of(key, str)

    def flag(self, key: str) -> bool:
        return self._of(key, bool)

    def number(self, key: str) -> int:
        """A whole number from 0 to a thousand millions."""
        value = self.data.get(key)
        if type(value) is not int or not 0 <= value <= MOST:
            raise self.fault(key)
        return value

    def optional(self, key: str) -> str | None:
        """A text or null; the key must be there."""
        if key not in self.data:
            raise self.fault(key)
        return None if self.data[key] is None else self._of(key, str)

    def texts(self, key: str) -> tuple[str, ...]:
        found: list[Any] = self._of(key, list)
        if not all(type(item) is str for item in found):
            raise self.fault(key)
        return tuple(found)

    def table(self, key: str) -> Table:
        return Table(self._of(key, dict), f"{self.where}: {key}")

    def optional_table(self, key: str) -> Table | None:
        if key not in self.data:
            raise self.fault(key)
        return None if self.data[key] is None else self.table(key)

    def tables(self, key: str, *, absent: bool = False) -> list[Table]:
        """A list of tables; ``absent``: the key may be missing."""
        if absent and key not in self.data:
            return []
        found: list[Any] = self._of(key, list)
        if not all(type(item) is dict for item in found):
            raise self.fault(key)
        return [Table(item, f"{self.where}: {key} {number}") for number, item in enumerate(found, start=1)]

    def keys_are(self, allowed: Iterable[str]) -> None:
        """Raises Fault for a key that the format does not have."""
        for key in self.data.keys() - set(allowed):
            raise self.fault(key)


def parse_json(content: bytes, where: str) -> Table:
    """The JSON object in a file. Raises Fault: no UTF-8, no JSON, a key twice, no number, too deep, no object."""
    try:
        value = json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_once,
            parse_constant=_no_number,
            parse_float=_finite,
        )
    except (ValueError, RecursionError, MemoryError) as fault:
        raise Fault("export.fault.json", file=where, why=shown(fault)) from fault
    if type(value) is not dict:
        raise Fault("export.fault.json", file=where, why="{ }")
    return Table(value, where)


def parse_toml(content: bytes, where: str) -> Table:
    """The TOML document in a file. Raises Fault."""
    try:
        return Table(tomllib.loads(content.decode("utf-8-sig")), where)
    except (ValueError, RecursionError, MemoryError) as fault:
        raise Fault("export.fault.toml", file=where, why=shown(fault)) from fault


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice")
    return found


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(f"{digits[:20]} is no number")
    return value
