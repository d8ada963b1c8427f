"""Filing holes and staples: what an office does to a sheet near its edges, and nobody wrote.

Pieces of ink are masks (h, w) at 4 px/mm, as ``writing`` finds them.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.scan.circles import circle_through
from ballot_scan.scan.ink import BLANK_PX
from ballot_scan.scan.pieces import axes, spread_px

Size = tuple[int, int]  # of the sheet, (w, h) in pixels
Part = tuple[int, int, int, int]  # of the sheet: x, y, w, h in pixels

HOLE_MM = 9.0  # a solid piece up to this size near the sheet's edge is a filing hole or what a staple left
_FINE_PX = BLANK_PX
_RING_MM = 4.5  # a filing hole's diameter, at least
_NEAR_EDGE_MM = 20.0
_RIM_MM, _RIM_WIDE_MM, _RIM_SHARE = 0.15, 0.4, 90  # a hole's rim strays so far from a circle and is half so wide, …
_CUT_RIM_MM = 0.3  # … a whole one so far where the sheet's edge, at which nobody looks, cuts it …
_RIM_DEG, _RIM_TURNS_DEG = 15, 90  # … but for a tenth, in steps of so many degrees, along a quarter of it at least
_SOLID, DISC_SHARE = 0.42, 0.8  # what fills so much of its place and of its hull is a disc or a blot …
_CUT_SHARE = 0.72  # … of its hull, where it is as wide as high
_DISC_MM = 4.2  # what holds a whole disc of this size is solid: no pen's writing is
_EVEN = 0.85  # of it is dark
_DISC_RIM_MM, _WEDGE_MM = 1.0, 4.0  # its soft edge; how far a tear's edge strays from the discs that fit into it
_BEYOND_MM = 8.0  # of the sheet's edge that is torn off
_DARK = 0.4  # of the bed seen through a hole
_STAPLE_MM = (5.0, 16.0)  # a staple is so long …
_CORNER_MM = (36.0, 26.0)  # … and lies so near to a corner, across and down …
_CUT_STAPLE_MM, _OUTER_MM = 2.5, 9.0  # … or outside of a marker, which with the paper's edge hides the rest
_FLAT_MM, _FLAT_SHARE = 0.6, 95  # … and nearly all of its ink no further from its line
_PART_MM, _BLOT = 0.5, 0.6  # standard deviation across half a hole, at least, or across a blot by that along it
_SECTORS = 8  # directions about a ring's middle


def solid(
    dark: NDArray[np.uint8], origin: tuple[int, int], size: Size, beyond: NDArray[np.bool_] | None = None
) -> NDArray[np.bool_]:
    """Where the bed shows in a part from ``origin`` on of a sheet of ``size`` (w, h), with the rims: through a filing
    hole near an edge, a solid disc no larger than one; and where the sheet is torn, what is solid and goes on beyond
    its edge, or, as large as a disc, out of the picture: ``beyond`` (h, w) tells what lies there."""
    out = np.zeros(dark.shape, np.bool_) if beyond is None else beyond
    ink = cv2.threshold(np.where(out, 255, dark).astype(np.uint8), _DARK * 255, 255, cv2.THRESH_BINARY)[1]
    closed = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8), borderValue=0)  # a bright streak's gap
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (round(_DISC_MM * _FINE_PX),) * 2)
    if not np.any(core := cv2.erode(closed, disc, borderValue=0)):
        return np.zeros(dark.shape, np.bool_)
    _, labels, stats, centroids = cv2.connectedComponentsWithStats(cv2.dilate(core, disc), connectivity=8)
    at = centroids + origin
    from_edge = np.minimum(at, np.array(size) - at).min(axis=1) / _FINE_PX
    holes = (stats[:, 2:4].max(axis=1) <= HOLE_MM * _FINE_PX) & (from_edge < _NEAR_EDGE_MM)
    even = np.bincount(labels.ravel(), ink.ravel() > 0) / np.maximum(stats[:, cv2.CC_STAT_AREA], 1)
    holes &= even >= _EVEN  # hatching shows more paper
    holes[0] = False
    bed = _goes_beyond(labels, len(stats), origin, size)
    bed &= np.bincount(labels.ravel(), ~out.ravel(), len(stats)) >= np.count_nonzero(disc)  # strokes at a cut hold less
    shown = holes[labels] | _reached(bed[labels] & ~out, closed)
    rim = 2 * round(_DISC_RIM_MM * _FINE_PX) + 1
    return np.asarray(cv2.dilate(shown.astype(np.uint8), np.ones((rim, rim), np.uint8)) > 0)


def _goes_beyond(labels: cv2.typing.MatLike, count: int, origin: tuple[int, int], size: Size) -> NDArray[np.bool_]:
    """(count,) which pieces go along an edge of the sheet and out beyond it, for longer than a pen's stroke does."""
    high, wide = labels.shape
    found = np.zeros(count, np.bool_)
    for axis, length in ((1, wide), (0, high)):
        for at in (-origin[1 - axis], size[1 - axis] - 1 - origin[1 - axis]):
            if 0 <= at < length:
                along = np.bincount(np.take(labels, at, axis=axis), minlength=count)
                found |= along >= _BEYOND_MM * _FINE_PX
    found[0] = False
    return found


def _reached(bed: NDArray[np.bool_], ink: cv2.typing.MatLike) -> NDArray[np.bool_]:
    """The bed with its wedges along a tear, which are narrower than a disc: what ink goes on from it, and not far."""
    side = 2 * round(_WEDGE_MM * _FINE_PX) + 1
    return np.asarray((cv2.dilate(bed.astype(np.uint8), np.ones((side, side), np.uint8)) > 0) & (ink > 0))


def is_hole(mine: NDArray[np.bool_], part: Part, size: Size) -> bool:
    """Whether a piece of ink in a ``part`` of a sheet is a filing hole near its edge: the bed seen through it, or its
    rim over a white bed. At the upper and lower edge, where people write, a rim must be round all about."""
    across, down = _from_edges(part, size)
    if min(across, down) >= _NEAR_EDGE_MM or max(part[2:]) > HOLE_MM * _FINE_PX:
        return False
    if _is_disc(mine) or _is_rim(mine, _RIM_MM):
        return True
    return _is_ring(mine) and (across < _NEAR_EDGE_MM or _is_rim(mine, _CUT_RIM_MM))


def is_staple(mine: NDArray[np.bool_], part: Part, size: Size) -> bool:
    """Whether a piece of ink in a ``part`` of a sheet is one short straight line in a corner, as a staple is."""
    across, down = _from_edges(part, size)
    long_mm = float(np.hypot(*part[2:])) / _FINE_PX
    least_mm = _CUT_STAPLE_MM if max(across, down) < _OUTER_MM else _STAPLE_MM[0]
    if across >= _CORNER_MM[0] or down >= _CORNER_MM[1] or not least_mm <= long_mm <= _STAPLE_MM[1]:
        return False
    ys, xs = np.nonzero(mine)
    _, _, (dx, dy) = axes(xs, ys)
    off = np.abs((xs - xs.mean()) * dy - (ys - ys.mean()) * dx)
    return bool(np.percentile(off, _FLAT_SHARE) <= _FLAT_MM * _FINE_PX)


def _from_edges(part: Part, size: Size) -> tuple[float, float]:
    """How far a part lies from the nearer edge of the sheet, across and down, mm."""
    x, y, w, h = part
    return min(x, size[0] - x - w) / _FINE_PX, min(y, size[1] - y - h) / _FINE_PX


def _is_disc(mine: NDArray[np.bool_]) -> bool:
    """Whether a piece is a solid disc, or the part of one that print or a streak left."""
    least = _CUT_SHARE if _is_round(mine) else DISC_SHARE  # a bold cross fills less of its hull
    if float(mine.mean()) <= _SOLID or hull_share(mine) <= least:
        return False
    across, along = spread_px(mine)[:2]
    return bool(across >= min(_PART_MM * _FINE_PX, _BLOT * along))  # a stroke is narrower


def _is_round(mine: NDArray[np.bool_]) -> bool:
    h, w = mine.shape
    return bool(min(h, w) > 0.75 * max(h, w) and min(h, w) >= _RING_MM * _FINE_PX)


def _is_ring(mine: NDArray[np.bool_]) -> bool:
    """Whether a piece as wide as high has ink all about its middle and none in it."""
    h, w = mine.shape
    if not _is_round(mine) or mine[h // 4 : h - h // 4, w // 4 : w - w // 4].any():
        return False
    ys, xs = np.nonzero(mine)
    sector = ((np.arctan2(ys - (h - 1) / 2, xs - (w - 1) / 2) / (2 * np.pi) + 0.5) * _SECTORS).astype(np.intp)
    return bool(len(np.unique(sector % _SECTORS)) == _SECTORS)


def hull_share(mine: NDArray[np.bool_]) -> float:
    """The share of its hull that a piece fills: a disc all of it, a letter much less."""
    outlines, _ = cv2.findContours(mine.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    hull = cv2.convexHull(np.concatenate(outlines))
    filled = cv2.fillConvexPoly(np.zeros(mine.shape, np.uint8), hull, 1)
    return float(np.count_nonzero(mine)) / max(int(np.count_nonzero(filled)), 1)


def _is_rim(mine: NDArray[np.bool_], most_mm: float) -> bool:
    """Whether a piece is part of a filing hole's rim, which a printed line runs through: an arc no hand draws so
    round."""
    points = np.argwhere(mine)[:, ::-1] / _FINE_PX
    middle, radius = circle_through(points)
    xs, ys = (points - middle).T
    off = np.hypot(xs, ys) - radius
    sector = np.floor(np.degrees(np.arctan2(ys, xs)) / _RIM_DEG).astype(np.intp) + 360 // _RIM_DEG
    held = np.bincount(sector)
    means = np.bincount(sector, off)[held > 0] / held[held > 0]
    small = _RING_MM / 2 <= radius <= HOLE_MM / 2
    even = (
        np.percentile(np.abs(means), _RIM_SHARE) <= most_mm and np.percentile(np.abs(off), _RIM_SHARE) <= _RIM_WIDE_MM
    )
    return bool(small and even and len(means) * _RIM_DEG >= _RIM_TURNS_DEG)
