"""How papers look: Party style (Hướng dẫn 36-HD/VPTW, 2018) and State style (Nghị định 30/2020/NĐ-CP).

Both: A4, a Times-like face, margins top 20, bottom 20, left 30, right 15 mm, body 14 pt (State 13–14). Text of
users is never read as markup: every value goes through ``esc``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from xml.sax.saxutils import escape

from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, TableStyle

from ballot_scan import text
from ballot_scan.files import write_whole

TOP_MM, BOTTOM_MM, LEFT_MM, RIGHT_MM = 20.0, 20.0, 30.0, 15.0
_ALIGN = {"left": TA_LEFT, "center": TA_CENTER, "right": TA_RIGHT, "justify": TA_JUSTIFY}
_BANNER_PT = 10.5
_BANNER_LINES = 3


class Fonts(Protocol):
    """Registered reportlab font names of one family."""

    @property
    def regular(self) -> str: ...
    @property
    def bold(self) -> str: ...
    @property
    def italic(self) -> str: ...
    @property
    def bold_italic(self) -> str: ...


class Markup(str):
    """Text that may carry markup: already escaped."""

    __slots__ = ()


def esc(value: object) -> Markup:
    """``value`` as text that a paragraph prints letter for letter, in NFC."""
    if isinstance(value, Markup):
        return value
    return Markup(escape(unicodedata.normalize("NFC", str(value))))


@dataclass(frozen=True)
class Sheet:
    """One paper being written: its faces, language and style, and the banner and foot of every page."""

    fonts: Fonts
    lang: str
    style: str = "party"  # "party" | "state"
    title: str = ""
    banner: tuple[str, ...] = ()
    foot: str = ""
    page_size: tuple[float, float] = A4
    size: float = 14.0

    @property
    def party(self) -> bool:
        return self.style == "party"

    @property
    def width(self) -> float:
        """Width between the margins, points."""
        return float(self.page_size[0] - (LEFT_MM + RIGHT_MM) * mm)

    def face(self, face: str) -> str:
        return str(getattr(self.fonts, face))

    def t(self, key: str, **values: object) -> Markup:
        """A text of this room, its values escaped."""
        return Markup(text.t(f"documents.{key}", self.lang, **{name: esc(value) for name, value in values.items()}))

    def plain(self, key: str, **values: object) -> str:
        """A text of this room as it is drawn, without markup."""
        return unicodedata.normalize("NFC", text.t(f"documents.{key}", self.lang, **values))

    def bold(self, value: object) -> Markup:
        return Markup(f'<font name="{self.fonts.bold}">{esc(value)}</font>')

    def cell(self, content: object, face: str = "regular", align: str = "left") -> Paragraph:
        """A cell of a table: a paragraph of 12 points without space after it."""
        return self.p(content, face=face, size=12, align=align, after=0)

    def p(
        self,
        content: object,
        face: str = "regular",
        size: float | None = None,
        align: str = "justify",
        before: float = 0,
        after: float = 3,
        indent: float = 0,
        hang: float = 0,
        keep: bool = False,
    ) -> Paragraph:
        """A paragraph. ``indent``: of its first line; ``hang``: of its other lines, points."""
        points = size or self.size
        content = esc(content)
        if align == "justify" and "……" in content:  # justified, dots would tear the words apart
            align = "left"
        style = ParagraphStyle(
            "text",
            fontName=self.face(face),
            bulletFontName=self.fonts.regular,
            fontSize=points,
            leading=round(points * 1.25, 2),
            alignment=_ALIGN[align],
            spaceBefore=before,
            spaceAfter=after,
            firstLineIndent=indent,
            leftIndent=hang,
            keepWithNext=int(keep),
            allowWidows=0,
            allowOrphans=0,
        )
        return Paragraph(content, style)

    def lines(self, content: str, face: str, size: float, room: float, after: float = 0) -> Paragraph:
        """A centred heading, broken into lines of about the same length instead of one long and one short."""
        parts = balanced(content, self.face(face), size, room)
        return self.p(Markup("<br/>".join(esc(part) for part in parts)), face, size, "center", after=after)

    def line(self, key: str, **values: object) -> Paragraph:
        """A body paragraph of the catalogue, first line set in by 10 mm."""
        return self.p(self.t(key, **values), indent=10 * mm)

    def body(self, content: object) -> Paragraph:
        return self.p(content, indent=10 * mm)

    def head(self, number: int, key: str) -> Paragraph:
        """The heading of a numbered part."""
        return self.p(
            Markup(f"{number}. {self.t(key)}"), face="bold", align="left", before=6, indent=10 * mm, keep=True
        )

    def gap(self, height_mm: float) -> Spacer:
        return Spacer(1, height_mm * mm)


class TextRule(Flowable):  # type: ignore[misc]
    """A centred solid line, as long as the text above it or a part of it."""

    def __init__(self, length: float, weight: float = 0.8, above: float = 1.5, below: float = 4.0) -> None:
        super().__init__()
        self.length, self.weight, self.above, self.below = length, weight, above, below
        self._room = 0.0

    def wrap(self, room: float, _height: float) -> tuple[float, float]:
        self._room = room
        return room, self.above + self.below

    def draw(self) -> None:
        length = min(self.length, self._room)
        left = (self._room - length) / 2
        self.canv.setLineWidth(self.weight)
        self.canv.line(left, self.below, left + length, self.below)


def rule_under(value: str, font: str, size: float, part: float = 1.0) -> TextRule:
    """The line under a heading: ``part`` of the length of ``value``."""
    return TextRule(pdfmetrics.stringWidth(value, font, size) * part)


def table_style(sheet: Sheet, commands: Sequence[tuple[Any, ...]]) -> TableStyle:
    """A table's look, with an embedded face for every cell: reportlab sets Helvetica even where nothing is drawn."""
    return TableStyle([("FONTNAME", (0, 0), (-1, -1), sheet.fonts.regular), *commands])


def balanced(content: str, font: str, size: float, room: float) -> list[str]:
    """``content`` in as few lines as fit, the longest as short as possible; unbreakable spaces hold."""

    def wrapped(width: float) -> list[str]:
        lines = [""]
        for word in re.split(r"[ \n\t]+", unicodedata.normalize("NFC", content).strip()):
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and pdfmetrics.stringWidth(longer, font, size) > width:
                lines.append(word)
            else:
                lines[-1] = longer
        return lines

    best = wrapped(room)
    for step in range(1, 40):
        tried = wrapped(room * (1 - step / 60))
        if len(tried) > len(best):
            break
        best = tried
    return best


def save(path: Path, sheet: Sheet, story: Sequence[Flowable]) -> Path:
    """Write the paper whole or not at all: an older file stays where the new one cannot be put in its place."""
    return write_whole(path, lambda spare: _build(spare, sheet, story), "documents.error.write")


def _build(path: Path, sheet: Sheet, story: Sequence[Flowable]) -> None:
    document = SimpleDocTemplate(
        str(path),
        pagesize=sheet.page_size,
        topMargin=TOP_MM * mm,
        bottomMargin=BOTTOM_MM * mm,
        leftMargin=LEFT_MM * mm,
        rightMargin=RIGHT_MM * mm,
        title=sheet.title,
        lang=sheet.lang,
        author="",
        subject="",
        creator="ballot_scan",
        producer="ballot_scan",
        invariant=1,
        initialFontName=sheet.fonts.regular,
    )
    # The frame's own padding would add to the margins.
    document.leftMargin -= 6
    document.rightMargin -= 6
    document.topMargin -= 6
    document.bottomMargin -= 6
    document.build(list(story), canvasmaker=_numbered(sheet))


def _numbered(sheet: Sheet) -> type[Canvas]:
    """A canvas that knows the number of pages when it draws the foot, and draws the banner on each."""

    class NumberedCanvas(Canvas):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._kept: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802 - reportlab's name
            self._kept.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            for number, state in enumerate(self._kept, start=1):
                self.__dict__.update(state)
                _draw_edges(self, sheet, number, len(self._kept))
                super().showPage()
            super().save()

    return NumberedCanvas


def _draw_edges(canvas: Canvas, sheet: Sheet, number: int, pages: int) -> None:
    """Banner (provisional, rehearsal) at the head, name and page number at the foot."""
    width, height = sheet.page_size
    left, right = LEFT_MM * mm, width - RIGHT_MM * mm
    y = height - 8 * mm
    for line in _banner_lines(sheet, right - left):
        canvas.setFont(sheet.fonts.bold, _BANNER_PT)
        canvas.drawCentredString((left + right) / 2, y, line)
        y -= _BANNER_PT * 1.2
    canvas.setLineWidth(0.4)
    canvas.line(left, BOTTOM_MM * mm - 11, right, BOTTOM_MM * mm - 11)
    canvas.setFont(sheet.fonts.regular, 9)
    canvas.drawString(left, BOTTOM_MM * mm - 22, sheet.foot)
    canvas.drawRightString(right, BOTTOM_MM * mm - 22, sheet.plain("page", number=number, pages=pages))


def _banner_lines(sheet: Sheet, room: float) -> list[str]:
    """The banner's lines, wrapped to the room there is."""
    lines = [line for part in sheet.banner for line in balanced(part, sheet.fonts.bold, _BANNER_PT, room)]
    return lines[:_BANNER_LINES]
