"""Text measured and wrapped: what is written never runs out of its place, however long a name is."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from ballot_scan.paper.fonts import MM_PER_PT, FontFamily

LEADING = 1.16  # line distance in em
RISE = 0.92  # from a line's top to its baseline in em: room for capitals with two accents


def clean(words: str) -> str:
    """``words`` in NFC on one line: white space and control characters become single spaces, invisible ones go."""
    kept = []
    for letter in unicodedata.normalize("NFC", words):
        category = unicodedata.category(letter)
        if category in {"Cc", "Zs", "Zl", "Zp"}:
            kept.append(" ")
        elif category not in {"Cf", "Cs"}:
            kept.append(letter)
    return " ".join("".join(kept).split())


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of one face and size. ``width_mm``: the longest line's."""

    lines: tuple[str, ...]
    face: str
    size_pt: float
    width_mm: float

    @property
    def line_mm(self) -> float:
        return self.size_pt * LEADING * MM_PER_PT

    @property
    def height_mm(self) -> float:
        return len(self.lines) * self.line_mm

    def baseline_mm(self, index: int) -> float:
        """From the block's top to the baseline of line ``index``."""
        return index * self.line_mm + self.size_pt * RISE * MM_PER_PT


def _broken(fonts: FontFamily, word: str, face: str, size: float, width: float) -> list[str]:
    """A word too long for a line, cut where it is full; at least one letter a piece."""
    pieces, piece = [], ""
    for letter in word:
        if piece and fonts.width_mm(piece + letter, face, size) > width:
            pieces.append(piece)
            piece = ""
        piece += letter
    return [*pieces, piece]


def wrap(fonts: FontFamily, words: str, face: str, size_pt: float, width_mm: float) -> Block:
    """``words`` (cleaned) in lines of at most ``width_mm``; words that fit no line are cut."""
    space = fonts.width_mm(" ", face, size_pt)
    lines: list[str] = []
    line, used = "", 0.0
    for word in clean(words).split(" ") if clean(words) else []:
        length = fonts.width_mm(word, face, size_pt)
        if line and used + space + length <= width_mm:
            line, used = f"{line} {word}", used + space + length
            continue
        if line:
            lines.append(line)
        if length > width_mm:
            *full, word = _broken(fonts, word, face, size_pt, width_mm)
            lines += full
            length = fonts.width_mm(word, face, size_pt)
        line, used = word, length
    if line:
        lines.append(line)
    widest = max((fonts.width_mm(line, face, size_pt) for line in lines), default=0.0)
    return Block(tuple(lines), face, size_pt, widest)


def balanced(fonts: FontFamily, words: str, face: str, size_pt: float, width_mm: float) -> Block:
    """As ``wrap``, with lines of about equal length: for text set in the middle."""
    block = wrap(fonts, words, face, size_pt, width_mm)
    low, high = width_mm / 3, width_mm
    for _ in range(8 if len(block.lines) > 1 else 0):
        middle = (low + high) / 2
        narrower = wrap(fonts, words, face, size_pt, middle)
        if len(narrower.lines) == len(block.lines):
            block, high = narrower, middle
        else:
            low = middle
    return block


def whole_words(fonts: FontFamily, words: str, face: str, size_pt: float, width_mm: float) -> bool:
    """Whether no word of ``words`` is longer than a line."""
    return all(fonts.width_mm(word, face, size_pt) <= width_mm for word in clean(words).split(" "))


def fit(
    fonts: FontFamily, words: str, face: str, sizes_pt: Sequence[float], width_mm: float, height_mm: float
) -> Block:
    """The largest of ``sizes_pt`` (falling) at which ``words`` fit width and height uncut; else the smallest size.

    At the smallest size the block may be higher than ``height_mm``: the caller's place grows with it.
    """
    for size in sizes_pt:
        block = wrap(fonts, words, face, size, width_mm)
        if block.height_mm <= height_mm and whole_words(fonts, words, face, size, width_mm):
            return block
    return wrap(fonts, words, face, sizes_pt[-1], width_mm)
