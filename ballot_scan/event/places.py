"""Which line of a TOML text a key stands on: what ``tomllib`` does not tell."""

from __future__ import annotations

import contextlib
import tomllib
from collections.abc import Mapping

Path = tuple[str | int, ...]
_BARE_ENDS = ",]}\n#"


def lines_of_keys(source: str) -> dict[Path, int]:
    """Every key, table and list element of ``source`` → its line, counted from 1; list elements count from 0.

    ``source`` is TOML that ``tomllib`` accepts. Of any other text, what stands before the first fault is found.
    """
    finder = _Finder(source.replace("\r\n", "\n"))
    with contextlib.suppress(IndexError, ValueError, KeyError, RecursionError):  # fewer places, no harm
        finder.run()
    return finder.places


def line_of(places: Mapping[Path, int], path: Path) -> int | None:
    """The line of ``path``, or of the nearest part around it that stands in the file."""
    for length in range(len(path), 0, -1):
        if path[:length] in places:
            return places[path[:length]]
    return None


class _Finder:
    """Walks over TOML statement by statement. Knows strings, lists and inline tables; judges nothing."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.places: dict[Path, int] = {}
        self.lengths: dict[Path, int] = {}  # lists of tables seen so far
        self._line, self._counted = 1, 0

    def line(self) -> int:
        self._line += self.text.count("\n", self._counted, self.at)
        self._counted = self.at
        return self._line

    def here(self, path: Path) -> None:
        self.places.setdefault(path, self.line())

    def blank(self, newlines: bool = True) -> None:
        """Skip white space, and comments and line ends where they may stand."""
        while self.at < len(self.text):
            char = self.text[self.at]
            if char in " \t" or (newlines and char == "\n"):
                self.at += 1
            elif char == "#" and newlines:
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            else:
                return

    def run(self) -> None:
        table: Path = ()
        self.blank()
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table)
            self.blank()

    def header(self) -> Path:
        line_start, double = self.at, self.text.startswith("[[", self.at)
        self.at += 2 if double else 1
        parts = self.key()
        self.at = self.text.index("]", self.at) + (2 if double else 1)
        path: Path = ()
        for number, part in enumerate(parts):
            path += (part,)
            if double and number == len(parts) - 1:
                self.lengths[path] = self.lengths.get(path, 0) + 1
            if path in self.lengths:
                path += (self.lengths[path] - 1,)
        self.at, end = line_start, self.at
        self.here(path[:-1])
        self.here(path)
        self.at = end
        return path

    def key(self) -> list[str]:
        parts: list[str] = []
        while True:
            self.blank(newlines=False)
            start = self.at
            if self.text[start] in "\"'":
                self.string()
                parts.append(next(iter(tomllib.loads(self.text[start : self.at] + "=1"))))
            else:
                while self.text[self.at].isalnum() or self.text[self.at] in "_-":
                    self.at += 1
                parts.append(self.text[start : self.at])
            self.blank(newlines=False)
            if self.text[self.at] != ".":
                return parts
            self.at += 1

    def pair(self, table: Path) -> None:
        start = self.at
        parts = self.key()
        end = self.at
        self.at = start
        path = table
        for part in parts:
            path += (part,)
            self.here(path)
        self.at = self.text.index("=", end) + 1
        self.blank(newlines=False)
        self.value(path)

    def value(self, path: Path) -> None:
        char = self.text[self.at]
        if char in "\"'":
            self.string()
        elif char == "[":
            self.items(path)
        elif char == "{":
            self.inline_table(path)
        else:
            start = self.at
            while self.at < len(self.text) and self.text[self.at] not in _BARE_ENDS:
                self.at += 1
            if self.at == start:
                raise ValueError("no value")

    def string(self) -> None:
        mark = self.text[self.at]
        long = self.text.startswith(mark * 3, self.at)
        close = mark * 3 if long else mark
        self.at += len(close)
        while not self.text.startswith(close, self.at):
            self.at += 2 if mark == '"' and self.text[self.at] == "\\" else 1
            if self.at >= len(self.text):
                raise IndexError("open string")
        self.at += len(close)
        while long and self.at < len(self.text) and self.text[self.at] == mark:  # up to two quotes before the close
            self.at += 1

    def items(self, path: Path) -> None:
        self.at += 1
        number = 0
        self.blank()
        while self.text[self.at] != "]":
            self.here((*path, number))
            self.value((*path, number))
            number += 1
            self.blank()
            if self.text[self.at] == ",":
                self.at += 1
                self.blank()
        self.at += 1

    def inline_table(self, path: Path) -> None:
        self.at += 1
        self.blank()
        while self.text[self.at] != "}":
            self.pair(path)
            self.blank()
            if self.text[self.at] == ",":
                self.at += 1
                self.blank()
        self.at += 1
