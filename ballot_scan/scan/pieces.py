"""Pieces of ink: what they are, and how some of them look together: how far they reach and spread, how many strokes
they have."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.scan.profile import Profile
from ballot_scan.scan.region import PX_PER_MM

Darkness = NDArray[np.uint8]
Rects = NDArray[np.intp]

_SPARSE = 0.2
LENGTH = float(np.sqrt(12))  # of a stroke, by the standard deviation along it
_SPREAD_PX, _SPREAD_PX2, _PALE = 10, 29, 0.3  # 1.25 mm, 0.45 mm²: no dot


@dataclass(frozen=True)
class Pieces:
    """The connected pieces of a page's ink, each with its label; 0 is the paper.

    ``labels`` (h, w) int32; of each piece ``stats`` (n, 5) int32 as OpenCV gives them, and its middle, ``centroids``
    (n, 2). Where labels are asked for, they are of one piece or more.
    """

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

    def extent(self, which: list[int]) -> tuple[int, int, int, int]:
        """x0, y0, x1, y1 of some pieces together, px."""
        x0, y0, x1, y1 = self.bounds[which[0]]
        for k in which[1:]:
            xa, ya, xb, yb = self.bounds[k]
            x0, y0, x1, y1 = min(x0, xa), min(y0, ya), max(x1, xb), max(y1, yb)
        return x0, y0, x1, y1

    def reach_mm(self, which: list[int]) -> float:
        """The longer side of the extent of some pieces."""
        x0, y0, x1, y1 = self.extent(which)
        return max(x1 - x0, y1 - y0) / PX_PER_MM

    def area_px(self, which: list[int]) -> int:
        """The pixels of some pieces."""
        return sum(int(self.stats[k, cv2.CC_STAT_AREA]) for k in which)

    def mask(self, which: list[int]) -> NDArray[np.bool_]:
        """(h, w) the places of some pieces, cut to their extent."""
        x0, y0, x1, y1 = self.extent(which)
        labels = self.labels[y0:y1, x0:x1]
        found = labels == which[0]
        for k in which[1:]:  # few: np.isin takes several times as long
            found |= labels == k
        return np.asarray(found, np.bool_)

    def points(self, which: list[int]) -> NDArray[np.intp]:
        """(n, 2) where the ink of some pieces lies: x, y of each pixel."""
        return np.argwhere(self.mask(which))[:, ::-1] + self.extent(which)[:2]

    def spread_mm(self, which: list[int]) -> tuple[float, float, float, int]:
        """Spread of some pieces across and along their main direction (standard deviations, mm), its sine, and their
        pixels. The sine is that of the angle to level or upright, whichever is nearer."""
        across, along, turn, size = spread_px(self.mask(which))
        return across / PX_PER_MM, along / PX_PER_MM, turn, size

    def around(self, outer: NDArray[np.intp]) -> list[int]:
        """Labels of the pieces that touch the outside of a frame."""
        x0, y0, x1, y1 = outer.tolist()
        labels = self.labels
        height, width = labels.shape
        xa, xb, ya, yb = max(x0 - 1, 0), min(x1 + 1, width), max(y0 - 1, 0), min(y1 + 1, height)
        found = {*labels[ya, xa:xb].tolist(), *labels[yb - 1, xa:xb].tolist()}
        found.update(labels[ya:yb, xa].tolist(), labels[ya:yb, xb - 1].tolist())
        return sorted(found - {0})

    def in_line(self, which: list[int], aside_px: float, beyond_px: float) -> NDArray[np.bool_]:
        """(n,) the other pieces whose middle lies in the line of a straight stroke, and not far beyond its ends."""
        points = self.points(which)
        middle = points.mean(axis=0)
        _, _, along = axes(*points.T)
        half = float(np.abs((points - middle) @ along).max())
        away = self.centroids - middle
        on, off = np.abs(away @ along), np.abs(away[:, 0] * along[1] - away[:, 1] * along[0])
        found = (off < aside_px) & (on > half) & (on < half + beyond_px)
        found[which] = False
        return np.asarray(found)


def sums(total: NDArray[np.int32], rects: Rects) -> NDArray[np.int64]:
    """(n,) sums inside rects, from an integral picture."""
    x0, y0, x1, y1 = rects.T
    return np.asarray(total[y1, x1] - total[y0, x1] - total[y1, x0] + total[y0, x0], dtype=np.int64)


def strokes_by_line(ink: NDArray[np.bool_]) -> NDArray[np.intp]:
    """(h,) how many strokes each line across ``ink`` (h, w) meets."""
    return np.asarray((ink[:, 1:] > ink[:, :-1]).sum(axis=1) + ink[:, 0], np.intp)


def strokes(inside: NDArray[np.bool_]) -> float:
    """How many strokes a line across the mark meets on average: one stroke gives 1, a cross nearly 2."""
    starts = np.count_nonzero(inside[:, 0]) + np.count_nonzero(inside[:, 1:] > inside[:, :-1])
    lines = np.count_nonzero(inside.any(axis=1))
    return starts / lines if lines else 0.0  # asked so often that counting line by line is too slow


def spread_px(mask: NDArray[np.bool_]) -> tuple[float, float, float, int]:
    """Spread of the places set in a mask (h, w), in its pixels, as of pieces; fewer than three spread nowhere."""
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
