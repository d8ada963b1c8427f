"""Text as people's programs save it: any of the usual encodings, NFC, and safe to show in one line."""

from __future__ import annotations

import difflib
import json
import unicodedata
from collections.abc import Iterable

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class EncodingFault(ValueError):  # noqa: N818 - a fault of the file, told apart from errors shown to people
    """Bytes that are text in none of the encodings read. ``line`` counts from 1."""

    def __init__(self, line: int) -> None:
        self.line = line
        super().__init__(f"line {line}")


def _encoding(data: bytes) -> str:
    for bom, name in _BOMS:
        if data.startswith(bom):
            return name
    head = data[:64]
    if len(head) >= 2 and 0 in head:  # UTF-16 without BOM: every ASCII letter has a zero byte beside it
        if head[0] != 0 and head[1] == 0:
            return "utf-16-le"
        if head[0] == 0 and head[1] != 0:
            return "utf-16-be"
    return "utf-8"


def decode(data: bytes) -> str:
    """The text of a file saved as UTF-8 or UTF-16, with or without BOM; nothing else is changed.

    Raises EncodingFault where the bytes are neither.
    """
    try:
        return data.decode(_encoding(data))
    except UnicodeDecodeError as fault:
        raise EncodingFault(data.count(b"\n", 0, fault.start) + 1) from fault


def nfc(text: str) -> str:
    """Composed letters (NFC): the same name typed on Windows and macOS is the same text."""
    return unicodedata.normalize("NFC", text)


def clean(text: str) -> str:
    """A value as it is kept: NFC, runs of white space (line breaks too) one space, none at the ends."""
    return " ".join(nfc(text).split())


def has_controls(text: str) -> bool:
    """Whether ``text`` holds control characters or marks that turn the writing direction: nothing prints them."""
    return any(unicodedata.category(c) == "Cc" or c in _DIRECTION for c in text)


def fold(text: str) -> str:
    """What two spellings of one name share: NFC, case folded, white space collapsed, invisible marks dropped."""
    visible = "".join(c for c in nfc(text) if unicodedata.category(c) != "Cf")
    return clean(nfc(visible.casefold()))


def shown(value: object) -> str:
    """``value`` in quotes where it is text, shortened, without line breaks."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)
    return one_line(text if len(text) <= 70 else text[:67] + "…")


def one_line(text: str) -> str:
    """``text`` with every kind of line break turned into a space."""
    return " ".join(text.splitlines())


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """The word of ``known`` that ``word`` was probably meant to be; "" where none is near (``cutoff`` 0-1)."""
    plain = {k.casefold(): k for k in known}
    found = difflib.get_close_matches(word.casefold(), list(plain), n=1, cutoff=cutoff)
    return plain[found[0]] if found else ""
