"""Options every command takes, wherever they stand on the line: --event, --lang, --quiet, --debug."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(slots=True)
class Globals:
    """What was said for all commands. One per process, filled by ``take``."""

    event: Path = Path()
    lang: str | None = None
    quiet: bool = False
    debug: bool = False


given = Globals()


def take(arguments: list[str]) -> list[str]:
    """Fill ``given`` from ``arguments`` and return the rest; everything after ``--`` is left alone."""
    rest: list[str] = []
    items = iter(arguments)
    for item in items:
        name, equals, value = item.partition("=")
        if item == "--":
            rest.append(item)
            rest.extend(items)
        elif item in ("--quiet", "--debug"):
            setattr(given, item[2:], True)
        elif name in ("--event", "--lang"):
            found = value if equals else next(items, None)
            if found is None:
                rest.append(item)  # typer names the missing value
            elif name == "--event":
                given.event = Path(found)
            else:
                given.lang = found
        else:
            rest.append(item)
    return rest
