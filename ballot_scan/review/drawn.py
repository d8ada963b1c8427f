"""Drawn: what the reader saw of a page as one PNG, for where no browser is at hand."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ballot_scan.review.explained import Line
from ballot_scan.scan.explain import Quad, Shape, Sight
from ballot_scan.scan.lettered import Colour, Lettered
from ballot_scan.text import number

_COLOURS: dict[str, Colour] = {  # as in static/explain.css
    "marker": (163, 23, 143), "code": (0, 115, 122), "lost": (192, 24, 24), "streak": (122, 92, 0),
    "crease": (91, 43, 181), "ink": (214, 0, 111), "marked": (11, 107, 58), "unsure": (179, 84, 0),
    "empty": (22, 104, 199), "printed": (111, 120, 135), "frame": (68, 84, 107),
}  # fmt: skip
_WIDE = {"marked": 3, "unsure": 4, "empty": 1}
_BLACK: Colour = (24, 24, 24)


def png(sight: Sight, lines: Iterable[Line], font: Path) -> bytes:
    """The page with all that was found of it outlined, and each box's coverage; on a panel the ``lines`` said of it."""
    d = Lettered(sight.picture, font)
    for shapes, style in (
        (sight.streaks, "streak"), (sight.creases, "crease"), (sight.elsewhere, "ink"), (sight.codes, "code"),
        (sight.markers, "marker"), (sight.boxes, ""),
    ):  # fmt: skip
        for shape in shapes:
            _outline(d, shape, style)
    per_row = len(sight.boxes) // max(len(sight.rows), 1)
    for i, row in enumerate(sight.rows):
        mine = sight.boxes[i * per_row : (i + 1) * per_row]
        for shape, box in zip(mine, row.boxes, strict=False):
            _write(d, shape.quad, number(100 * box.coverage, ".1f") + " %", box.state)
    y = 30.0
    for line in lines:
        y = d.told(y, line.words, 22 if line.large else 16, _BLACK, _COLOURS.get(line.style)) + 8
    return d.png()


def _outline(d: Lettered, shape: Shape, style: str) -> None:
    if shape.quad:
        name = "lost" if shape.state == "missing" else style or shape.state
        d.polygon(shape.quad, _COLOURS.get(name, _COLOURS["lost"]), _WIDE.get(name, 2))


def _write(d: Lettered, quad: Quad, words: str, state: str) -> None:
    corners = np.array(quad)
    x, y = d.at((corners[:, 0].min(), corners[:, 1].max()))
    d.text(x, y + 3, words, 14, _COLOURS.get(state, _BLACK))
