"""What is put on a sheet, in millimetres from its top left corner, and how reportlab draws it.

Composing yields these marks as plain values; drawing only replays them. Greys: 0 black, 1 white.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from ballot_scan.paper.layout import Rect
from ballot_scan.paper.typeset import Block

MM = 72 / 25.4  # points
Dash = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text; ``x_mm`` is its left, middle or right by ``align``, ``y_mm`` its baseline."""

    x_mm: float
    y_mm: float
    words: str
    face: str
    size_pt: float
    align: Literal["left", "centre", "right"] = "left"
    grey: float = 0.0
    outline: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    x0_mm: float
    y0_mm: float
    x1_mm: float
    y1_mm: float
    width_mm: float = 0.2
    grey: float = 0.0
    dash_mm: Dash = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """A rectangle whose line lies inside ``rect_mm``: the rect is the printed outer edge."""

    rect_mm: Rect
    width_mm: float = 0.25
    grey: float = 0.0
    dash_mm: Dash = ()


@dataclass(frozen=True, slots=True)
class Ring:
    x_mm: float
    y_mm: float
    radius_mm: float
    width_mm: float = 0.25
    grey: float = 0.0
    dash_mm: Dash = ()


@dataclass(frozen=True, slots=True)
class Cells:
    """Black rectangles filled as one path, so that no seam shows between neighbours."""

    rects_mm: tuple[Rect, ...]


Mark = Words | Line | Frame | Ring | Cells


def block_marks(
    block: Block, x_mm: float, y_mm: float, align: Literal["left", "centre", "right"] = "left", grey: float = 0.0
) -> list[Words]:
    """The lines of a block whose top is at ``y_mm``."""
    return [
        Words(x_mm, y_mm + block.baseline_mm(i), line, block.face, block.size_pt, align, grey)
        for i, line in enumerate(block.lines)
    ]


def cross(x_mm: float, y_mm: float, reach_mm: float, width_mm: float = 0.45) -> list[Line]:
    """An X of two strokes about its middle."""
    r = reach_mm
    return [
        Line(x_mm - r, y_mm - r, x_mm + r, y_mm + r, width_mm),
        Line(x_mm - r, y_mm + r, x_mm + r, y_mm - r, width_mm),
    ]


def draw(canvas: Any, height_mm: float, marks: Iterable[Mark]) -> None:
    """Replay ``marks`` on a reportlab canvas whose page is ``height_mm`` high."""
    for mark in marks:
        if isinstance(mark, Words):
            _words(canvas, height_mm, mark)
        elif isinstance(mark, Cells):
            canvas.setFillGray(0)
            path = canvas.beginPath()
            for x, y, w, h in mark.rects_mm:
                path.rect(x * MM, (height_mm - y - h) * MM, w * MM, h * MM)
            canvas.drawPath(path, stroke=0, fill=1)
        else:
            canvas.setLineWidth(mark.width_mm * MM)
            canvas.setStrokeGray(mark.grey)
            canvas.setDash([d * MM for d in mark.dash_mm] if mark.dash_mm else [])
            _stroke(canvas, height_mm, mark)


def _words(canvas: Any, height_mm: float, mark: Words) -> None:
    x, y = mark.x_mm * MM, (height_mm - mark.y_mm) * MM
    canvas.setFont(mark.face, mark.size_pt)
    canvas.setFillGray(mark.grey)
    if mark.outline:
        canvas.setStrokeGray(mark.grey)
        canvas.setLineWidth(0.7)
        canvas.setDash([])
    write = {"left": canvas.drawString, "centre": canvas.drawCentredString, "right": canvas.drawRightString}
    write[mark.align](x, y, mark.words, mode=1 if mark.outline else None)


def _stroke(canvas: Any, height_mm: float, mark: Line | Frame | Ring) -> None:
    if isinstance(mark, Line):
        y0, y1 = height_mm - mark.y0_mm, height_mm - mark.y1_mm
        canvas.line(mark.x0_mm * MM, y0 * MM, mark.x1_mm * MM, y1 * MM)
    elif isinstance(mark, Ring):
        canvas.circle(mark.x_mm * MM, (height_mm - mark.y_mm) * MM, mark.radius_mm * MM, stroke=1, fill=0)
    else:
        x, y, w, h = mark.rect_mm
        inset = mark.width_mm / 2
        left, bottom = (x + inset) * MM, (height_mm - y - h + inset) * MM
        canvas.rect(left, bottom, (w - 2 * inset) * MM, (h - 2 * inset) * MM, stroke=1, fill=0)
