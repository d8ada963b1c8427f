"""Letters and waves: what was written into a box where a mark is asked for, told by how its strokes lie.

Only what no mark looks like: letters apart from each other, a question mark with its dot, and strokes side by side in
such a number that no cross has them, however often its lines were drawn. Figures, and two letters that touch, are not
told from crosses whose lines hang together.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.scan.pieces import axes, strokes
from ballot_scan.scan.region import PX_PER_MM

_PART_PX = 5  # smaller parts are grain
_COUNT, _HIGH_MM, _OF_INK, _SINGLE = (2, 4), 1.5, 0.85, 1.15  # so many letters, so high, with so much of the ink …
_AS_HIGH, _AS_MUCH = 0.5, 0.2  # … each so high and with so much ink by the largest, …
_OVER, _BESIDE, _MET = 0.34, 0.6, (1.15, 1.25)  # … hardly over one another, and one no stroke or arc
_SIDE_BY_SIDE, _BY_DOWN = 3.0, 1.5  # a line across meets as many strokes, and by so much more than one down
_LOW = 0.7  # of a box's side: strokes side by side that are higher fill it
_STEM, _STEM_ASIDE, _ARC_WIDE, _ARC_BY_STEM = 0.75, 0.3, 0.3, 0.7  # of a question mark's height or arc
_DOT, _DOT_BELOW, _REST = 0.4, (-1.0, 0.45), 0.1  # of it: the dot's size, how far below it stands, what else there is
_DOT_INK, _DOT_PX = 0.042, 8  # of its ink: less is a speck, or a grain that a pencil left
_ONE_LINE, _BENT, _TURNS = 1.4, 0.2, 1.2  # strokes across it, its spread by its length, strokes down


@dataclass(frozen=True)
class Parts:
    """What a mark's ink falls into. ``labels`` (h, w) int32; ``found``: of each part its label, then x, y, width,
    height and area, pixels."""

    labels: NDArray[np.int32]
    found: list[tuple[int, int, int, int, int, int]]

    @classmethod
    def of(cls, core: NDArray[np.uint8]) -> Parts:
        """Of the darkest of a mark, (h, w) uint8 0 or 1."""
        count, labels, stats, _ = cv2.connectedComponentsWithStats(core, connectivity=8)
        found = [(k, *(int(v) for v in stats[k])) for k in range(1, count) if stats[k, cv2.CC_STAT_AREA] >= _PART_PX]
        return cls(np.asarray(labels, np.int32), found)  # type: ignore[arg-type]

    def mask(self, part: tuple[int, int, int, int, int, int]) -> NDArray[np.bool_]:
        """(h, w) bool: where one of them lies, within its own extent."""
        label, x, y, w, h, _ = part
        return np.asarray(self.labels[y : y + h, x : x + w] == label)


def are_letters(parts: Parts) -> bool:
    """Whether ink is a few parts about as high that stand side by side, not each of them a stroke or an arc: letters of
    a word. Parts of a broken mark lie above one another, or are such."""
    if not parts.found:
        return False
    high, most = (max(part[k] for part in parts.found) for k in (4, 5))
    found = [part for part in parts.found if part[4] >= _AS_HIGH * high and part[5] >= _AS_MUCH * most]
    rest = sum(part[5] for part in found) < _OF_INK * sum(part[5] for part in parts.found)
    if not _COUNT[0] <= len(found) <= _COUNT[1] or high < _HIGH_MM * PX_PER_MM or rest:
        return False
    found.sort(key=lambda part: part[1])
    for (_, x, y, w, h, _), (_, x2, y2, w2, h2, _) in pairwise(found):
        if x + w - x2 > _OVER * min(w, w2) or min(y + h, y2 + h2) - max(y, y2) < _BESIDE * min(h, h2):
            return False
    shapes = [parts.mask(part) for part in found]
    met = [sorted((strokes(shape), strokes(shape.T))) for shape in shapes]
    single = sum(more < _SINGLE for _, more in met)  # strokes side by side, some of which touch, fill a box
    return 2 * single <= len(met) and any(few >= _MET[0] and more >= _MET[1] for few, more in met)


def is_query(parts: Parts) -> bool:
    """Whether ink is a question mark: one bent line that ends below in a stem, and a dot beneath. A slash or a tick
    with a speck beneath is none."""
    if not _COUNT[0] <= len(parts.found) < _COUNT[1]:
        return False
    line, dot, *rest = sorted(parts.found, key=lambda part: -part[5])
    _, x, y, _, high, ink = line
    below = (dot[2] - y - high) / high
    if high < _HIGH_MM * PX_PER_MM or max(dot[3:5]) > _DOT * high or sum(part[5] for part in rest) > _REST * ink:
        return False
    if not _DOT_BELOW[0] / high <= below <= _DOT_BELOW[1] or dot[5] < max(_DOT_INK * ink, _DOT_PX):
        return False
    shape = parts.mask(line)
    stem = np.nonzero(shape[int(_STEM * high) :])[1]
    arc = np.ptp(np.nonzero(shape[: high // 2])[1]) + 1
    aside = abs(x + stem.mean() - dot[1] - dot[3] / 2)
    if aside > _STEM_ASIDE * high or arc < _ARC_WIDE * high or np.ptp(stem) + 1 > _ARC_BY_STEM * arc:
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
