"""Vietnamese and English catalogues: every sentence people read.

Texts live in ``vi/*.toml`` and ``en/*.toml``, a file a room; the file's name is the first part of the dotted
key (``paper.title`` is ``title`` of ``paper.toml``). ``{name}`` fields are filled as by ``str.format``, and
fractions written with the comma of Vietnamese.
"""

from __future__ import annotations

import errno
import functools
import locale
import os
import re
import string
import tomllib
from importlib import resources
from typing import Any

LANGUAGES = ("vi", "en")
_current: list[str] = []
_SHARING = (32, 33)  # Windows' errors where another program has a file open, or a part of it locked
_FRACTION = re.compile(r"\d+\.\d+")


def _flatten(table: dict[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat.update(_flatten(value, f"{prefix}{key}."))
        else:
            flat[prefix + key] = str(value)
    return flat


@functools.cache
def catalogue(language: str) -> dict[str, str]:
    """All texts of ``language``, dotted key → text."""
    texts: dict[str, str] = {}
    for file in resources.files("ballot_scan.text").joinpath(language).iterdir():
        if file.name.endswith(".toml"):
            texts.update(_flatten(tomllib.loads(file.read_text(encoding="utf-8")), file.name[:-4]))
    return texts


def system_language() -> str:
    """The language of ``LC_ALL``, ``LANG`` or the system; English where it is neither of ours."""
    for name in ("LC_ALL", "LANG"):
        value = os.environ.get(name, "")
        if value and not value.upper().startswith(("C.", "C_", "POSIX")) and value != "C":
            return "vi" if value.lower().startswith("vi") else "en"
    try:
        code = locale.getlocale()[0] or ""
    except ValueError:
        code = ""
    return "vi" if code.lower().startswith("vi") else "en"


def use(language: str) -> None:
    """Set the language of what is shown from now on. Unknown codes fall back to English."""
    _current[:] = [language if language in LANGUAGES else "en"]


def language() -> str:
    """The language in use."""
    if not _current:
        use(system_language())
    return _current[0]


def number(value: float, spec: str, lang: str | None = None) -> str:
    """A number as ``format`` writes it, with the decimal comma where the language has one."""
    shown = format(value, spec)
    return shown.replace(".", ",") if (lang or language()) == "vi" else shown


class _Filler(string.Formatter):
    """``str.format``, but for the fractions of one language."""

    def __init__(self, lang: str) -> None:
        self._lang = lang

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, float):
            return number(value, format_spec, self._lang)
        return str(super().format_field(value, format_spec))


def t(key: str, lang: str | None = None, /, **values: object) -> str:
    """The text of ``key`` in ``lang`` (default: the language in use), its fields filled.

    Raises KeyError for a key that no catalogue has: a fault of the program, found by the tests.
    """
    chosen = lang or language()
    texts = catalogue(chosen)
    template = texts[key] if key in texts else catalogue("en")[key]
    return _Filler(chosen).vformat(template, (), values) if values else template


def system(fault: Exception) -> str:
    """Why the system, or SQLite, refused something, in the language in use; as it says it itself where it is rare."""
    name = getattr(fault, "sqlite_errorname", None) or errno.errorcode.get(getattr(fault, "errno", None) or 0, "")
    name = "EBUSY" if in_use(fault) else name
    texts = catalogue(language())
    plain = "_".join(name.split("_")[:2])  # SQLITE_IOERR of SQLITE_IOERR_WRITE
    known = texts.get(f"cli.system.{name}") or texts.get(f"cli.system.{plain}")
    return known or getattr(fault, "strerror", None) or str(fault)


def in_use(fault: Exception) -> bool:
    """Whether Windows refused something because another program has it open: it calls that a lack of permission."""
    return getattr(fault, "winerror", None) in _SHARING


def stored(reason: str, lang: str | None = None, /) -> str:
    """A stored text (its key, figures after ``|``, filled in as ``v0``, ``v1``, …) in words; "" where there is none.

    As it stands where no text fits it, as of a store that a later version wrote.
    """
    key, *figures = reason.split("|")
    values = [float(v) if _FRACTION.fullmatch(v) else v for v in figures]
    try:
        return t(key, lang, **{f"v{i}": v for i, v in enumerate(values)}) if key else ""
    except (KeyError, IndexError):
        return reason
