"""Drawn: what the reader saw of a page as one PNG, for where no browser is at hand."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.scan.explain import Quad, Shape, Sight

_COLOURS = {  # blue, green, red: as in static/explain.css
    "marker": (143, 23, 163), "code": (122, 115, 0), "lost": (24, 24, 192), "streak": (0, 92, 122),
    "crease": (181, 43, 91), "ink": (111, 0, 214), "marked": (58, 107, 11), "unsure": (0, 84, 179),
    "empty": (199, 104, 22),
}  # fmt: skip
_WIDE = {"marked": 3, "unsure": 4, "empty": 1}
_TEXT, _TEXT_PX = cv2.FONT_HERSHEY_SIMPLEX, 0.45


def png(sight: Sight) -> bytes:
    """The page with markers, codes, fitted frames, streaks, creases and ink off the boxes; beside each box its coverage
    in percent, beside each flagged row its rules, on top the page's status and findings."""
    drawn = np.asarray(cv2.cvtColor(sight.picture, cv2.COLOR_GRAY2BGR), dtype=np.uint8)
    for shapes, style in (
        (sight.streaks, "streak"), (sight.creases, "crease"), (sight.elsewhere, "ink"), (sight.codes, "code"),
        (sight.markers, "marker"), (sight.boxes, ""),
    ):  # fmt: skip
        for shape in shapes:
            _outline(drawn, shape, style)
    per_row = len(sight.boxes) // max(len(sight.rows), 1)
    for i, row in enumerate(sight.rows):
        mine = sight.boxes[i * per_row : (i + 1) * per_row]
        for shape, box in zip(mine, row.boxes, strict=False):
            _write(drawn, shape.quad, f"{box.coverage:.1%}", box.state, below=True)
        if row.reading.findings and mine:
            _write(drawn, mine[0].quad, " ".join(rule.value for rule in row.reading.findings), "unsure", below=False)
    reading = sight.reading
    head = " ".join([reading.status.value, reading.ballot, *(rule.value for rule in reading.findings)])
    cv2.putText(drawn, head, (6, 16), _TEXT, _TEXT_PX, _COLOURS["lost"], 1, cv2.LINE_AA)
    return bytes(cv2.imencode(".png", drawn)[1].tobytes())


def _outline(drawn: NDArray[np.uint8], shape: Shape, style: str) -> None:
    if not shape.quad:
        return
    name = "lost" if shape.state == "missing" else style or shape.state
    points = np.rint(np.array(shape.quad)).astype(np.int32)
    cv2.polylines(drawn, [points], True, _COLOURS.get(name, _COLOURS["lost"]), _WIDE.get(name, 2), cv2.LINE_AA)


def _write(drawn: NDArray[np.uint8], quad: Quad, words: str, state: str, *, below: bool) -> None:
    corners = np.array(quad)
    x, top, foot = int(corners[:, 0].min()), int(corners[:, 1].min()), int(corners[:, 1].max())
    place = (x, foot + 14) if below else (x, max(12, top - 5))
    cv2.putText(drawn, words, place, _TEXT, _TEXT_PX, _COLOURS.get(state, (40, 40, 40)), 1, cv2.LINE_AA)
