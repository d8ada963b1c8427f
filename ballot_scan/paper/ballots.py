"""Ballots on paper: a composed form written as PDF, one code after the other.

What is the same on every ballot is drawn once a page, as a form XObject; a ballot adds its two codes as 1-bit
inline images and the code that people read.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from ballot_scan.files import write_whole
from ballot_scan.paper import code, markers
from ballot_scan.paper.compose import ComposedForm, ComposedPage, compose
from ballot_scan.paper.drawing import MM, draw
from ballot_scan.records import BallotCode

__all__ = ["PIECE", "ComposedForm", "ComposedPage", "PenStroke", "blank_form_pdf", "compose", "pieces", "write_pdf"]

PIECE = 5000  # ballots in one file at most


@dataclass(frozen=True, slots=True)
class PenStroke:
    """One stroke of a pen on a ballot that is printed marked: round at its ends and turns. Grey: 0 black, 1 white."""

    points_mm: Sequence[tuple[float, float]]
    width_mm: float
    grey: float


Marks = Mapping[tuple[str, int], Sequence[PenStroke]]  # (ballot, page) → what is drawn over that page


def pieces(ballots: Sequence[str], size: int = PIECE) -> Iterator[Sequence[str]]:
    """``ballots`` in runs of at most ``size``: one file each."""
    for start in range(0, len(ballots), size):
        yield ballots[start : start + size]


def write_pdf(
    target: BinaryIO | str | os.PathLike[str],
    composed: ComposedForm,
    ballots: Sequence[str],
    key: bytes,
    rehearsal: bool,
    marks: Marks | None = None,
) -> None:
    """Write ``ballots`` (ten characters each): the pages of the first, then of the second, and so on.

    ``key`` signs the codes; ``rehearsal`` ballots say THỬ in print and in their code; ``marks`` are drawn over them,
    on rehearsal ballots only (ValueError otherwise). A path gets the whole file or keeps the old one. Equal arguments
    give equal bytes. Raises UsageError where the path cannot be written.
    """
    if marks and not rehearsal:
        raise ValueError("only rehearsal ballots are printed marked")
    if isinstance(target, (str, os.PathLike)):
        buffer = BytesIO()
        write_pdf(buffer, composed, ballots, key, rehearsal, marks)
        write_whole(Path(target), lambda spare: spare.write_bytes(buffer.getvalue()), "paper.write")
        return
    canvas = _canvas(target, composed)
    names = _constant_parts(canvas, composed, rehearsal)
    layout, height = composed.layout, composed.layout.page_size_mm[1]
    x, y = composed.code_text_mm
    for ballot in ballots:
        printed = BallotCode(rehearsal, "", "", 1, ballot, "").printed
        for name, page in zip(names, layout.pages, strict=True):
            canvas.doForm(name)
            payload = code.payload(key, layout.event, layout.poll, layout.form, page.page, ballot, rehearsal=rehearsal)
            image = markers.inline_image(markers.code_cells(payload))
            for left, top, width, high in page.code_rects_mm:
                place = f"{width * MM:.3f} 0 0 {high * MM:.3f} {left * MM:.3f} {(height - top - high) * MM:.3f} cm"
                canvas._code.append(f"q {place} 0 g {image} Q")  # reportlab has no call for image masks
            canvas.setFont(composed.fonts.regular, composed.code_text_pt)
            canvas.drawString(x * MM, (height - y) * MM, printed)
            for stroke in (marks or {}).get((ballot, page.page), ()):
                _pen(canvas, height, stroke)
            canvas.showPage()
    canvas.save()


def _pen(canvas: Any, height_mm: float, stroke: PenStroke) -> None:
    canvas.setLineWidth(stroke.width_mm * MM)
    canvas.setStrokeGray(stroke.grey)
    canvas.setDash([])
    canvas.setLineCap(1)
    canvas.setLineJoin(1)
    path = canvas.beginPath()
    for number, (x, y) in enumerate(stroke.points_mm):
        (path.lineTo if number else path.moveTo)(x * MM, (height_mm - y) * MM)
    canvas.drawPath(path, stroke=1, fill=0)


def blank_form_pdf(composed: ComposedForm, rehearsal: bool = False) -> bytes:
    """The constant part of every page, without codes: what a scanned page is compared with."""
    buffer = BytesIO()
    canvas = _canvas(buffer, composed)
    for name in _constant_parts(canvas, composed, rehearsal):
        canvas.doForm(name)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _canvas(target: BinaryIO, composed: ComposedForm) -> Any:
    return document(target, composed.layout.page_size_mm, composed.fonts.regular, composed.lang, composed.title,
                    composed.organ)  # fmt: skip


def document(target: BinaryIO, size_mm: tuple[float, float], face: str, lang: str, title: str, author: str) -> Any:
    """A reportlab canvas: no scaling in print, language and title set, no font but embedded ones, equal bytes."""
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(
        target,
        pagesize=(size_mm[0] * MM, size_mm[1] * MM),
        initialFontName=face,
        invariant=1,
        pageCompression=1,
        lang="vi-VN" if lang == "vi" else "en-GB",
    )
    canvas.setTitle(title)
    canvas.setSubject(title)
    canvas.setAuthor(author)
    canvas.setCreator("ballot_scan")
    canvas.setViewerPreference("PrintScaling", "None")
    canvas.setViewerPreference("DisplayDocTitle", "true")
    return canvas


def _constant_parts(canvas: Any, composed: ComposedForm, rehearsal: bool) -> list[str]:
    """Draw the constant part of every page as a form XObject; returns their names."""
    width, height = composed.layout.page_size_mm
    names = []
    for number, page in enumerate(composed.pages, 1):
        names.append(f"page{number}")
        canvas.beginForm(names[-1], 0, 0, width * MM, height * MM)
        draw(canvas, height, (*page.marks, *(page.rehearsal if rehearsal else ())))
        canvas.endForm()
    return names
