"""Wrong usage in words: what typer says in English of options and arguments, in the language in use."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ballot_scan import text

if TYPE_CHECKING:
    from typer.exceptions import TyperException

_WHOLE = (  # what typer says of the usage as a whole, and the key of our words for it
    (r"No such command '(?P<name>.*)'", "cli.wrong.command"),
    (r"extra arguments?(?:\(s\))? \((?P<name>.*)\)", "cli.wrong.extra"),
)
_VALUES = (  # … and of one value
    (r"greater than or equal to (?P<bound>\S+)", "cli.wrong.least"),
    (r"less than or equal to (?P<bound>\S+)", "cli.wrong.most"),
    (r"valid integer", "cli.wrong.integer"),
    (r"valid number", "cli.wrong.number"),
)


def words(error: TyperException) -> str:
    """A wrong option or argument in one line; "" where typer has shown the help already."""
    kind, fault = type(error).__name__, _message(error)
    if kind == "NoSuchOption":
        near = ", ".join(sorted(getattr(error, "possibilities", None) or ()))
        name = getattr(error, "option_name", "")
        return text.t("cli.wrong.option-near" if near else "cli.wrong.option", None, name=name, near=near)
    if kind == "MissingParameter":
        return text.t("cli.wrong.missing", None, name=_named(error))
    if kind == "BadOptionUsage" and "requires an argument" in fault:
        return text.t("cli.wrong.without-value", None, name=getattr(error, "option_name", ""))
    if kind == "BadParameter":
        return text.t("cli.wrong.value", None, name=_named(error), why=_in_words(fault, _VALUES))
    return _in_words(fault, _WHOLE)


def _message(error: TyperException) -> str:
    return " ".join(str(getattr(error, "message", "")).split()).rstrip(".")


def _named(error: TyperException) -> str:
    """The name of the option or argument that an error is about."""
    parameter: Any = getattr(error, "param", None)
    hint = getattr(error, "param_hint", None) or (parameter.get_error_hint() if parameter is not None else "")
    return " / ".join(hint) if isinstance(hint, (list, tuple)) else str(hint).strip("'")


def _in_words(fault: str, known: tuple[tuple[str, str], ...]) -> str:
    """The words for what is known by its English; else that."""
    for pattern, key in known:
        if found := re.search(pattern, fault):
            return text.t(key, None, **found.groupdict())
    return fault
