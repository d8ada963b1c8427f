"""Voters' hands and scanners' moods: one sheet marked by one voter, scanned as often as a test likes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from ballot_scan.paper.layout import PageLayout
from ballot_scan.rehearsal import marks, pens, scanner, voters
from ballot_scan.rehearsal.chance import generator
from ballot_scan.rehearsal.ink import draw_strokes

DPI = 200.0


def marked_by(voter: int, sheet: NDArray[Any], page: PageLayout, choices: Sequence[int | None]) -> NDArray[Any]:
    """A copy of a printed page with a cross in each row's chosen box (None: left empty), in this voter's hand."""
    rng = generator(3, f"voter {voter}", 1, "hand")
    pen, size, bias = pens.ball(rng), float(rng.uniform(0.7, 1.4)), tuple(rng.normal(0, 0.6, 2).tolist())
    image = sheet.copy()
    for row, level in zip(page.rows, choices, strict=True):
        if level is not None:
            strokes = marks.clear_mark(rng, "cross", row, level, pen, size, bias, voters.ORDINARY)
            draw_strokes(image, strokes, DPI, rng)
    return image


def scanned(image: NDArray[Any], time: int) -> bytes:
    """The sheet as an ordinary scanner delivers it at one time: turned, shifted, noisy, JPEG."""
    scan = scanner.draw_scan(replace(scanner.ORDINARY, dpi=DPI), generator(4, "scan", time, "how"))
    picture = scanner.scan_page(image, scan, generator(4, "scan", time, "picture"), dpi=DPI)
    return scanner.encode(picture, scan, DPI)[0]
