"""Pieces of ink: what they are, which of them a box holds, and how they look: how far they reach and spread, how dark
they are, how many strokes they have."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.records import Doubt
from ballot_scan.scan import widths
from ballot_scan.scan.frames import Frames
from ballot_scan.scan.profile import Profile
from ballot_scan.scan.region import PX_PER_MM

Darkness = NDArray[np.uint8]
Rects = NDArray[np.intp]

_SPARSE = 0.2
SINGLE = 1.12  # strokes that lines across and lines down an uncrossed straight one meet
_SPREAD_PX, _SPREAD_PX2, _PALE = 10, 29, 0.3  # 1.25 mm, 0.45 mm²: no dot
_GRAIN_PX = 2.0
_GRAIN_REACH_PX = 10  # of the filter, and one for the slope


@dataclass(slots=True, eq=False)
class Box:
    """Ink of one box while it is gathered."""

    coverage: float = 0.0
    darkest: float = 0.0  # 0-1
    pieces: list[int] = field(default_factory=list)  # labels inside, specks left out …
    specks: list[int] = field(default_factory=list)  # … and those of the specks
    attached: list[int] = field(default_factory=list)  # labels outside that go on from inside
    shared: list[int] = field(default_factory=list)  # labels outside that also go on from a box of another row
    crossings: tuple[float, float] | None = None  # what ``met`` found
    doubtful_share: bool = False  # one stroke through two rows: a long tail, or a mark between them
    sides: int = 0  # of the frame that the ink reaches
    weak: bool = False  # a mark by form and place, but pale, small or broken
    grainy: bool = False  # a weak one of which hardly more than the pencil's grain shows
    broken: bool = False  # a mark but for the gaps in it
    thin: bool = False  # a mark but for its lines, which are narrower than the printed ones
    stain: bool = False  # a mark but for its breadth, as of a stain
    streak: bool = False  # its ink is what evening out left of a streak
    stripe: bool = False  # its ink is a pale line, upright or level, as no pen's beside a mark much darker
    state: str = "empty"
    doubt: Doubt = Doubt.TRACE  # why it is unsure, if it is

    def leave(self, why: Doubt) -> None:
        """Leave it to people."""
        self.state, self.doubt = "unsure", why

    @property
    def whole(self) -> list[int]:
        """Labels of its ink and of what goes on from it outside."""
        return self.pieces + self.attached

    @property
    def shreds(self) -> int:
        """How many pieces lie inside, specks too."""
        return len(self.pieces) + len(self.specks)


@dataclass(frozen=True)
class Usual:
    """What a page's marks are held against: its ``dark`` (h, w) uint8, and how wide the lines of its frames are.

    ``evened``: the scanner's streaks were evened out in it, which may leave something of them along a frame's line.
    """

    dark: Darkness
    frames: Frames
    evened: bool = False

    @cached_property
    def frame_width_px(self) -> float:
        return widths.of_frames(self.dark, self.frames)

    def hair_px(self, share: float, most_mm: float) -> float:
        """Width from which a line is no hair: a share of the frames' lines, at most so wide."""
        return min(share * self.frame_width_px, most_mm * PX_PER_MM)

    def smooth(self, x0: int, y0: int, x1: int, y1: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(y1 - y0, x1 - x0) each: the darkness there without its grain, and how steeply it changes by the pixel."""
        left, top = max(x0 - _GRAIN_REACH_PX, 0), max(y0 - _GRAIN_REACH_PX, 0)
        part = self.dark[top : y1 + _GRAIN_REACH_PX, left : x1 + _GRAIN_REACH_PX].astype(np.float32)
        soft = cv2.GaussianBlur(part, (0, 0), _GRAIN_PX)
        across, down = (cv2.Sobel(soft, cv2.CV_32F, dx, 1 - dx, scale=1 / 8) for dx in (1, 0))
        here = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
        return np.asarray(soft[here], np.float32), np.hypot(across[here], down[here])


@dataclass(frozen=True)
class Pieces:
    labels: NDArray[np.int32]
    stats: NDArray[np.int32]
    centroids: NDArray[np.float64]
    ink: NDArray[np.float64]  # darkness summed, px² of full black
    peak: NDArray[np.float64]  # darkest pixel, 0-1

    @cached_property
    def bounds(self) -> list[list[int]]:
        """x0, y0, x1, y1 of each piece: asked for so often that arrays are too slow."""
        low = self.stats[:, :2]
        return np.column_stack([low, low + self.stats[:, 2:4]]).tolist()  # type: ignore[no-any-return]

    def sparse(self, k: int) -> bool:
        """Whether a piece covers hardly any of its extent: lines about a wide space."""
        _, _, width, height, area = self.stats[k]
        return bool(area < _SPARSE * width * height)

    def specks(self, profile: Profile) -> NDArray[np.bool_]:
        """(n,) which pieces are dirt: hardly any ink, or a dot smaller than a pen's rest, however black.

        What is pale and spreads further than a dot is none: it is what a scan kept of a pale mark.
        """
        ink = self.ink / PX_PER_MM**2
        size = np.sqrt(4 / np.pi * ink / np.maximum(self.peak, 0.05))
        spread = (self.stats[:, 2:4].max(axis=1) >= _SPREAD_PX) & (self.stats[:, cv2.CC_STAT_AREA] >= _SPREAD_PX2)
        found = ((ink < profile.speck_mm2) | (size < profile.speck_mm)) & ~(spread & (self.peak < _PALE))
        found[0] = True
        return np.asarray(found)


def sums(total: NDArray[np.int32], rects: Rects) -> NDArray[np.int64]:
    """(n,) sums inside rects, from an integral picture."""
    x0, y0, x1, y1 = rects.T
    return np.asarray(total[y1, x1] - total[y0, x1] - total[y1, x0] + total[y0, x0], dtype=np.int64)


def around(pieces: Pieces, outer: NDArray[np.intp]) -> list[int]:
    """Labels of the pieces that touch the outside of a frame."""
    x0, y0, x1, y1 = outer.tolist()
    labels = pieces.labels
    height, width = labels.shape
    xa, xb, ya, yb = max(x0 - 1, 0), min(x1 + 1, width), max(y0 - 1, 0), min(y1 + 1, height)
    found = {*labels[ya, xa:xb].tolist(), *labels[yb - 1, xa:xb].tolist()}
    found.update(labels[ya:yb, xa].tolist(), labels[ya:yb, xb - 1].tolist())
    return sorted(found - {0})


def met(box: Box, pieces: Pieces) -> tuple[float, float]:
    """How many strokes lines across and lines down meet inside the box, fewer first: 2, 2 a cross; 1, 2 an angle."""
    if box.crossings is None:
        own = ink_of(box.pieces, pieces) if box.pieces else np.zeros((1, 1), np.bool_)
        low, high = sorted((strokes(own), strokes(own.T)))
        box.crossings = low, high
    return box.crossings


def is_single(box: Box, pieces: Pieces) -> bool:
    """Whether the ink inside the box is one straight stroke."""
    return met(box, pieces)[1] < SINGLE


def by_length_mm(box: Box, pieces: Pieces) -> float:
    """The ink of a mark by its length, as if it were one line: a quick guess at its width."""
    x0, y0, x1, y1 = extent(box.whole, pieces)
    area = sum(int(pieces.stats[k, cv2.CC_STAT_AREA]) for k in box.whole)
    return float(area / np.hypot(x1 - x0, y1 - y0)) / PX_PER_MM


def ink_of(which: list[int], pieces: Pieces) -> NDArray[np.bool_]:
    """The ink of some pieces, cut to their extent."""
    x0, y0, x1, y1 = extent(which, pieces)
    labels = pieces.labels[y0:y1, x0:x1]
    found = labels == which[0]
    for k in which[1:]:  # few: np.isin takes several times as long
        found |= labels == k
    return np.asarray(found, np.bool_)


def points_of(which: list[int], pieces: Pieces) -> NDArray[np.intp]:
    """(n, 2) where the ink of some pieces lies: x, y of each pixel."""
    return np.argwhere(ink_of(which, pieces))[:, ::-1] + extent(which, pieces)[:2]


def extent(which: list[int], pieces: Pieces) -> tuple[int, int, int, int]:
    """x0, y0, x1, y1 of some pieces together, px."""
    bounds = pieces.bounds
    x0, y0, x1, y1 = bounds[which[0]]
    for k in which[1:]:
        xa, ya, xb, yb = bounds[k]
        x0, y0, x1, y1 = min(x0, xa), min(y0, ya), max(x1, xb), max(y1, yb)
    return x0, y0, x1, y1


def owners_of(boxes: list[Box]) -> dict[int, list[int]]:
    """Outside piece → the boxes it goes on from; more than one: a mark between boxes."""
    owners: dict[int, list[int]] = {}
    for i, box in enumerate(boxes):
        for k in box.attached:
            owners.setdefault(k, []).append(i)
    return owners


def strokes(inside: NDArray[np.bool_]) -> float:
    """How many strokes a line across the mark meets on average: one stroke gives 1, a cross nearly 2."""
    starts = np.count_nonzero(inside[:, 0]) + np.count_nonzero(inside[:, 1:] > inside[:, :-1])
    lines = np.count_nonzero(inside.any(axis=1))
    return starts / lines if lines else 0.0


def mean_of(pieces: Pieces, box: Box) -> float:
    """Mean darkness, 0-1, of a box's ink and of what goes on from it outside."""
    return float(pieces.ink[box.whole].sum() / max(pieces.stats[box.whole, cv2.CC_STAT_AREA].sum(), 1))


def spread_mm(pieces: Pieces, which: list[int]) -> tuple[float, float, float, int]:
    """Spread of pieces across and along their main direction (standard deviations, mm), its sine, and their pixels.

    The sine is that of the angle to level or upright, whichever is nearer.
    """
    across, along, turn, size = spread_px(ink_of(which, pieces))
    return across / PX_PER_MM, along / PX_PER_MM, turn, size


def spread_px(mask: NDArray[np.bool_]) -> tuple[float, float, float, int]:
    """The same of the places set in any mask (h, w), in its pixels; fewer than three spread nowhere."""
    ys, xs = np.nonzero(mask)
    if len(xs) < 3:
        return 0.0, 0.0, 0.0, len(xs)
    across, along, direction = axes(xs, ys)
    return across, along, float(np.abs(direction).min()), len(xs)


def axes(xs: NDArray[np.intp], ys: NDArray[np.intp]) -> tuple[float, float, NDArray[np.float64]]:
    """Spread of three places or more across and along their main direction, and that direction (2,), of length 1."""
    values, vectors = np.linalg.eigh(np.cov(np.vstack([xs, ys])))
    across, along = np.sqrt(np.maximum(values, 0.0))
    return float(across), float(along), np.asarray(vectors[:, 1])


def in_line(which: list[int], pieces: Pieces, aside_px: float, beyond_px: float) -> NDArray[np.bool_]:
    """(n,) the other pieces whose middle lies in the line of a straight stroke, and not far beyond its ends."""
    points = points_of(which, pieces)
    middle = points.mean(axis=0)
    _, _, along = axes(*points.T)
    half = float(np.abs((points - middle) @ along).max())
    away = pieces.centroids - middle
    on, off = np.abs(away @ along), np.abs(away[:, 0] * along[1] - away[:, 1] * along[0])
    found = (off < aside_px) & (on > half) & (on < half + beyond_px)
    found[which] = False
    return np.asarray(found)


def extent_mm(pieces: Pieces, which: list[int]) -> float:
    """The longer side of the extent of some pieces."""
    x0, y0, x1, y1 = extent(which, pieces)
    return max(x1 - x0, y1 - y0) / PX_PER_MM
