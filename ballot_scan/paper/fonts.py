"""Fonts of everything printed: a serif family that has every Vietnamese letter, embedded as a subset.

Chosen is the first that is installed and complete of Times New Roman, Liberation Serif 2, Tinos and DejaVu Serif
(which matplotlib brings along). A file is tested *before* reportlab sees it: missing letters raise nothing there,
and reportlab keeps faces by their internal name, so that two versions of one face would silently be one.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import io
import os
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ballot_scan.errors import UsageError

_MARKS = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")  # level, grave, acute, tilde, hook, dot below
_VOWELS = "aăâeêioôơuưy"
VIETNAMESE = frozenset(
    letter
    for base in _VOWELS + "đ"
    for mark in (_MARKS if base != "đ" else ("",))
    for case in (base, base.upper())
    if not (letter := unicodedata.normalize("NFC", case + mark)).isascii()
)  #: the 134 letters beyond ASCII

STYLES = ("regular", "bold", "italic", "bold_italic")
_FAMILIES: tuple[tuple[tuple[str, ...], ...], ...] = (  # names of the four files, one line a way of naming them
    (
        ("times.ttf", "timesbd.ttf", "timesi.ttf", "timesbi.ttf"),
        (
            "times_new_roman.ttf",
            "times_new_roman_bold.ttf",
            "times_new_roman_italic.ttf",
            "times_new_roman_bold_italic.ttf",
        ),
        (
            "times new roman.ttf",
            "times new roman bold.ttf",
            "times new roman italic.ttf",
            "times new roman bold italic.ttf",
        ),
    ),
    (
        (
            "liberationserif-regular.ttf",
            "liberationserif-bold.ttf",
            "liberationserif-italic.ttf",
            "liberationserif-bolditalic.ttf",
        ),
    ),
    (("tinos-regular.ttf", "tinos-bold.ttf", "tinos-italic.ttf", "tinos-bolditalic.ttf"),),
    (("dejavuserif.ttf", "dejavuserif-bold.ttf", "dejavuserif-italic.ttf", "dejavuserif-bolditalic.ttf"),),
)


@dataclass(frozen=True, slots=True)
class FontFamily:
    """Four faces registered in reportlab: the fields are the names to draw with. ``files``: in the same order."""

    name: str
    regular: str
    bold: str
    italic: str
    bold_italic: str
    files: tuple[Path, Path, Path, Path]

    def width_mm(self, words: str, face: str, size_pt: float) -> float:
        """Width of ``words`` set in ``face`` (a registered name) at ``size_pt``."""
        from reportlab.pdfbase import pdfmetrics

        return float(pdfmetrics.stringWidth(words, face, size_pt)) * MM_PER_PT

    def lacks(self, words: str) -> str:
        """The characters of ``words`` that a face of the family cannot print, each once, sorted."""
        needed = set(words) - {" "}
        return "".join(sorted(c for c in needed if any(ord(c) not in _facts(file).letters for file in self.files)))

    def ink_mm(self, words: str, face: str, size_pt: float) -> tuple[float, float, float, float]:
        """Where ``words`` leave ink: left, top, right, bottom in mm from the start of the baseline, y down.

        Empty text is the point (0, 0, 0, 0).
        """
        file = self.files[(self.regular, self.bold, self.italic, self.bold_italic).index(face)]
        return _ink(file, words, size_pt)


MM_PER_PT = 25.4 / 72


@dataclass(frozen=True, slots=True)
class _Facts:
    family: str
    style: str
    letters: frozenset[int]


def choose(preferred: str = "") -> FontFamily:
    """The family to print with: ``preferred`` (a family's name or a font file; ``[event] font``), else the first found.

    Raises UsageError in one line where the preferred font is not there or lacks Vietnamese letters.
    """
    return _preferred(preferred.strip()) if preferred.strip() else _first_complete()


@functools.cache
def _first_complete() -> FontFamily:
    installed = _installed()
    for family in _FAMILIES:
        for names in family:
            for first in installed.get(names[0], ()):  # several versions may be installed, each in its folder
                beside = (file for name in names for file in installed.get(name, ()) if file.parent == first.parent)
                files = list(beside)
                if len(files) == len(names) and all(_complete(file) for file in files):
                    return _register(files)
    raise UsageError("paper.no_font")


@functools.cache
def _preferred(wanted: str) -> FontFamily:
    path = Path(wanted).expanduser()
    if path.suffix.lower() in {".ttf", ".otf", ".ttc"} or path.is_file():
        if not path.is_file():
            raise UsageError("paper.font_not_found", font=wanted)
        files = _family_of(path)
    else:
        files = _named(wanted)
    for file in files:
        if not _usable(file):
            raise UsageError("paper.font_unusable", font=file.name)
        if not _complete(file):
            lacking = VIETNAMESE - {chr(c) for c in _facts(file).letters}
            raise UsageError("paper.font_incomplete", font=file.name, count=len(lacking), sample=min(lacking))
    return _register(files)


def _folders() -> Iterator[Path]:
    """Where fonts are installed on Windows, Linux and macOS; last, those that matplotlib brings."""
    for variable, below in (("WINDIR", "Fonts"), ("LOCALAPPDATA", "Microsoft/Windows/Fonts")):
        if os.environ.get(variable):
            yield Path(os.environ[variable]) / below
    data = os.environ.get("XDG_DATA_HOME", "~/.local/share")
    for folder in (f"{data}/fonts", "~/.fonts", "/usr/local/share/fonts", "/usr/share/fonts"):
        yield Path(folder).expanduser()
    for folder in ("~/Library/Fonts", "/Library/Fonts", "/System/Library/Fonts/Supplemental"):
        yield Path(folder).expanduser()
    found = importlib.util.find_spec("matplotlib")  # found, not imported: that would take 0.4 s
    for place in (found.submodule_search_locations or ()) if found else ():
        yield Path(place) / "mpl-data" / "fonts" / "ttf"


def _installed() -> dict[str, list[Path]]:
    """Font files by name in lower case; of equal names (Liberation 1.x and 2.x) all, in the order of the folders."""
    found: dict[str, list[Path]] = {}
    for folder in _folders():
        for root, _, names in os.walk(folder):
            for name in names:
                if name.lower().endswith(".ttf"):
                    found.setdefault(name.lower(), []).append(Path(root) / name)
    return found


@functools.cache
def _facts(file: Path) -> _Facts:
    from fontTools.ttLib import TTFont

    with file.open("rb") as stream, TTFont(stream, lazy=True, fontNumber=0) as font:
        names = font["name"]
        family = names.getDebugName(16) or names.getDebugName(1) or ""
        style = names.getDebugName(17) or names.getDebugName(2) or ""
        letters = frozenset(font.getBestCmap() or {}) if "glyf" in font else frozenset()
    return _Facts(family, style, letters)


def _usable(file: Path) -> bool:
    """Whether reportlab can embed it: TrueType outlines, one face a file."""
    try:
        return bool(_facts(file).letters) and file.suffix.lower() != ".ttc"
    except Exception:  # fontTools raises many kinds for a broken file; all mean the same here
        return False


def _complete(file: Path) -> bool:
    return _usable(file) and all(ord(letter) in _facts(file).letters for letter in VIETNAMESE)


def _slot(style: str) -> int | None:
    """0-3 for the four styles, None for others (Light, Condensed …)."""
    words = style.lower().replace("-", " ").replace("oblique", "italic").replace("bolditalic", "bold italic").split()
    plain = {frozenset({"regular"}): 0, frozenset({"book"}): 0, frozenset({"roman"}): 0, frozenset({"normal"}): 0}
    kinds = {frozenset({"bold"}): 1, frozenset({"italic"}): 2, frozenset({"bold", "italic"}): 3}
    return {**plain, **kinds}.get(frozenset(words))


def _named(family: str) -> list[Path]:
    """The four files of an installed family; a style that is not there is stood in for by the regular one."""
    key = "".join(c for c in family.lower() if c.isalnum())
    installed = [(name, file) for name, files in _installed().items() for file in files]
    alike = [file for name, file in installed if "".join(c for c in name if c.isalnum()).startswith(key[:5])]
    for files in (list(filter(_complete, alike)), alike, [file for _, file in installed]):
        slots = _slots(files, family)
        if slots:
            return [slots.get(i, slots[0]) for i in range(4)]
    raise UsageError("paper.font_not_found", font=family)


def _slots(files: Iterable[Path], family: str) -> dict[int, Path]:
    slots: dict[int, Path] = {}
    for file in files:
        if _usable(file) and _facts(file).family.casefold() == family.casefold():
            slot = _slot(_facts(file).style)
            if slot is not None:
                slots.setdefault(slot, file)
    return slots if 0 in slots else {}


def _family_of(path: Path) -> list[Path]:
    """The four files of the family that ``path`` belongs to, as far as they lie beside it."""
    if not _usable(path):
        return [path] * 4
    beside = [path, *sorted(p for p in path.parent.iterdir() if p.suffix.lower() == ".ttf" and p != path)]
    slots = _slots(beside, _facts(path).family)
    if _slot(_facts(path).style) != 0 or not slots:  # asked for by file: that very face leads
        return [path] * 4
    return [slots.get(i, path) for i in range(4)]


def _register(files: list[Path]) -> FontFamily:
    from reportlab.pdfbase import pdfmetrics

    names = [_register_face(file) for file in files]
    pdfmetrics.registerFontFamily(names[0], *names)
    regular, bold, italic, bold_italic = names
    return FontFamily(
        _facts(files[0]).family, regular, bold, italic, bold_italic, (files[0], files[1], files[2], files[3])
    )


@functools.cache
def _register_face(file: Path) -> str:
    """Register one file under a name of its own, whatever else carries its internal name; returns the name."""
    from reportlab.pdfbase import pdfmetrics, ttfonts

    tag = hashlib.sha256(str(file.resolve()).encode()).hexdigest()[:6]
    name = f"{file.stem}-{tag}"
    pdfmetrics.registerFont(ttfonts.TTFont(name, str(file)))
    if Path(pdfmetrics.getFont(name).face.filename) != file:  # another version of the face was there before
        font = ttfonts.TTFont(f"{name}-own", str(file))
        font.face.name = font.face.name + b"-" + tag.encode()
        pdfmetrics.registerFont(font)
        name = font.fontName
    return name


@functools.lru_cache(maxsize=8)
def _open(file: Path) -> tuple[Any, dict[int, str], dict[str, tuple[int, tuple[int, int, int, int] | None]]]:
    """A font kept open, its code → glyph, and a table glyph → (advance, ink box) that fills as it is asked."""
    from fontTools.ttLib import TTFont

    font = TTFont(io.BytesIO(file.read_bytes()), lazy=True)
    return font, dict(font.getBestCmap()), {}


def _ink(file: Path, words: str, size_pt: float) -> tuple[float, float, float, float]:
    font, cmap, table = _open(file)
    x, box = 0, None
    for letter in words:
        glyph = cmap.get(ord(letter), ".notdef")
        if glyph not in table:
            outline = font["glyf"][glyph]
            inked = outline.numberOfContours != 0
            bounds = (outline.xMin, outline.yMin, outline.xMax, outline.yMax) if inked else None
            table[glyph] = (font["hmtx"][glyph][0], bounds)
        advance, ink = table[glyph]
        if ink:
            left, bottom, right, top = x + ink[0], ink[1], x + ink[2], ink[3]
            box = (
                (left, bottom, right, top)
                if box is None
                else (min(box[0], left), min(box[1], bottom), max(box[2], right), max(box[3], top))
            )
        x += advance
    if box is None:
        return (0.0, 0.0, 0.0, 0.0)
    k = size_pt * MM_PER_PT / font["head"].unitsPerEm
    return (box[0] * k, -box[3] * k, box[2] * k, -box[1] * k)
