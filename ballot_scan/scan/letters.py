"""Letters and waves: what was written into a box where a mark is asked for, told by how its strokes lie.

Only what no mark looks like: letters apart from each other, a question mark with its dot, and strokes side by side in
such a number that no cross has them, however often its lines were drawn. Figures, and two letters that touch, are not
told from crosses whose lines hang together.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.scan.pieces import axes, strokes
from ballot_scan.scan.region import PX_PER_MM

PART_PX = 5  # smaller parts are grain
_COUNT, _HIGH_MM, _OF_INK, _SINGLE = (2, 4), 1.5, 0.85, 1.15  # so many letters, so high, with so much of the ink …
_AS_HIGH, _AS_MUCH = 0.5, 0.2  # … each so high and with so much ink by the largest, …
_OVER, _BESIDE, _MET = 0.34, 0.6, (1.15, 1.25)  # … hardly over one another, and one no stroke or arc
_SIDE_BY_SIDE, _BY_DOWN = 3.0, 1.5  # a line across meets as many strokes, and by so much more than one down
_LOW = 0.7  # of a box's side: strokes side by side that are higher fill it
_STEM, _STEM_ASIDE, _ARC_WIDE, _ARC_BY_STEM = 0.75, 0.3, 0.3, 0.7  # of a question mark's height or arc
_DOT, _DOT_BELOW_PX, _DOT_BELOW = 0.4, -1, 0.45  # of it: the dot's size, how far below it stands
_QUERY = (2, 3)  # parts: the line, the dot, and one that may be a grain
_DOT_INK, _DOT_PX, _REST = 0.042, 8, 0.1  # of its ink: less is a speck, or a grain of pencil; what else there is
_ONE_LINE, _BENT, _TURNS = 1.4, 0.2, 1.2  # strokes across it, its spread by its length, strokes down


class Part(NamedTuple):
    """Ink that hangs together: its ``label``, its extent and its area, pixels."""

    label: int
    x: int
    y: int
    wide: int
    high: int
    area: int


@dataclass(frozen=True)
class Parts:
    """What a mark's ink falls into: ``found``, each marked by its label in ``labels`` (h, w) int32."""

    labels: NDArray[np.int32]
    found: list[Part]

    @classmethod
    def of(cls, core: NDArray[np.uint8]) -> Parts:
        """Of the darkest of a mark, (h, w) uint8 0 or 1."""
        count, labels, stats, _ = cv2.connectedComponentsWithStats(core, connectivity=8)
        parts = [Part(k, *stats[k].tolist()) for k in range(1, count)]
        return cls(np.asarray(labels, np.int32), [part for part in parts if part.area >= PART_PX])

    def mask(self, part: Part) -> NDArray[np.bool_]:
        """(h, w) bool: where one of them lies, within its own extent."""
        there = self.labels[part.y : part.y + part.high, part.x : part.x + part.wide]
        return np.asarray(there == part.label)


def are_letters(parts: Parts) -> bool:
    """Whether ink is a few parts about as high that stand side by side, not each of them a stroke or an arc: letters of
    a word. Parts of a broken mark lie above one another, or are such."""
    if not parts.found:
        return False
    high, most = max(part.high for part in parts.found), max(part.area for part in parts.found)
    found = [part for part in parts.found if part.high >= _AS_HIGH * high and part.area >= _AS_MUCH * most]
    rest = sum(part.area for part in found) < _OF_INK * sum(part.area for part in parts.found)
    if not _COUNT[0] <= len(found) <= _COUNT[1] or high < _HIGH_MM * PX_PER_MM or rest:
        return False
    found.sort(key=lambda part: part.x)
    for a, b in pairwise(found):
        over = a.x + a.wide - b.x
        beside = min(a.y + a.high, b.y + b.high) - max(a.y, b.y)
        if over > _OVER * min(a.wide, b.wide) or beside < _BESIDE * min(a.high, b.high):
            return False
    shapes = [parts.mask(part) for part in found]
    met = [sorted((strokes(shape), strokes(shape.T))) for shape in shapes]
    single = sum(more < _SINGLE for _, more in met)  # strokes side by side, some of which touch, fill a box
    return 2 * single <= len(met) and any(few >= _MET[0] and more >= _MET[1] for few, more in met)


def is_query(parts: Parts) -> bool:
    """Whether ink is a question mark: one bent line that ends below in a stem, and a dot beneath. A slash or a tick
    with a speck beneath is none."""
    if not _QUERY[0] <= len(parts.found) <= _QUERY[1]:
        return False
    line, dot, *rest = sorted(parts.found, key=lambda part: -part.area)
    high, below = line.high, dot.y - line.y - line.high
    if high < _HIGH_MM * PX_PER_MM or max(dot.wide, dot.high) > _DOT * high:
        return False
    if not _DOT_BELOW_PX <= below <= _DOT_BELOW * high or dot.area < max(_DOT_INK * line.area, _DOT_PX):
        return False
    shape = parts.mask(line)
    stem = np.nonzero(shape[int(_STEM * high) :])[1]
    arc = np.ptp(np.nonzero(shape[: high // 2])[1]) + 1
    aside = abs(line.x + stem.mean() - dot.x - dot.wide / 2)
    if aside > _STEM_ASIDE * high or arc < _ARC_WIDE * high or np.ptp(stem) + 1 > _ARC_BY_STEM * arc:
        return False
    if sum(part.area for part in rest) > _REST * line.area:
        return False
    across, along, _ = axes(*np.nonzero(shape)[::-1])
    return strokes(shape) <= _ONE_LINE and across >= _BENT * along and strokes(shape.T) >= _TURNS


def is_wave(core: NDArray[np.uint8], side_px: float) -> bool:
    """Whether a line across the darkest of a mark, (h, w) uint8 0 or 1, meets stroke beside stroke, and one down it
    hardly more than one: a wavy line, or letters. What is nearly as high as a box, of ``side_px``, hatches it."""
    ink = core > 0
    met = strokes(ink)
    if met < _SIDE_BY_SIDE or met < _BY_DOWN * strokes(ink.T):
        return False
    return bool(np.ptp(np.flatnonzero(ink.any(axis=1))) < _LOW * side_px)
