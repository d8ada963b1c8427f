"""Rubbed out: what an eraser left of a pencil beside a plain mark, a fibre of the paper, a smudge.

No pencil that is meant to be read draws so pale: of second crosses in pencil on hard scans, simulated by three hands,
the palest tells itself by 8 of 255 and a thirteenth of its row's mark, the usual one by 70 and a half.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ballot_scan.records import Doubt
from ballot_scan.scan import faint
from ballot_scan.scan.boxes import Box, lone

_PALEST, _SHARE, _DARKEST = 12.0, 0.07, 0.14  # lines (of 255), by their row's mark's, and ink at its darkest (0-1)
_COVERS = 8.0  # of 255: what is broader than a stroke
_MERE = {Doubt.TRACE, Doubt.FAINT_LINES, Doubt.PALE, Doubt.SMALL, Doubt.GAPS, Doubt.HAIR, Doubt.LINE, Doubt.HESITANT}


def clear(boxes: list[Box], lines: NDArray[np.uint8], broad: NDArray[np.uint8]) -> None:
    """A trace is nothing beside its row's plain mark where it is paler than any pencil's, and not a fourteenth as
    dark as that mark; but what covers a good part of a box, as a patch or the backing under a hole, may hide one.

    ``lines``, ``broad``: see ``faint.parted``. Changes ``boxes``.
    """
    marks = {mark.row: mark.at for mark in lone(boxes, marked=True)}
    beside = [box for box in boxes if box.row in marks and box.state == "unsure" and box.doubt in _MERE]
    traces = [box for box in beside if box.darkest < _DARKEST]
    empty = [box.at for box in boxes if box.state == "empty"]
    if not traces or len(empty) < faint.ENOUGH:
        return
    frames = boxes[0].usual.frames
    drawn, covers = faint.strengths(lines, frames), faint.strengths(broad, frames)
    drawn, covers = drawn - np.median(drawn[empty]), covers - np.median(covers[empty])
    for box in traces:
        if drawn[box.at] < min(_PALEST, _SHARE * drawn[marks[box.row]]) and covers[box.at] < _COVERS:
            box.clear()
