"""Box frames: each box is fitted to its own printed frame, which takes out what the flat sheet does not explain.

A frame's sides are found in profiles that marks cannot fake: along a side the profile takes a low rank of four
stretches, so that a stroke crossing the side's direction never looks like a side. Fits are repeated until they
stand still; a box whose frame is not found keeps the place its neighbours predict, and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.scan.region import PX_PER_MM

Darkness = NDArray[np.uint8]
Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]

RING_OUT_PX = 3  # 0.3 mm of blur outside the frame
RING_IN_PX = 5  # the line (0.25 mm) and 0.35 mm of blur inside it
LINE_PX = 3  # the line itself, with the least of blur
_EDGE_PX = 8  # beyond the search: room for the ridge filter
_SIDE_FLOOR = 10.0  # darkness (of 255) a frame's side must rise above both its flanks
_AGREE_PX = 3.2  # 0.4 mm: boxes of one row agree with each other
_PAIR = 2  # boxes of a row of a vote with two levels
_NEIGHBOURS, _UNLIKE = 5, 0.015  # rows of a sheet that turns while fed differ by up to 0.006 each
_CORNER_PX = 2.0  # 0.25 mm: the same where only two sides of a frame are seen
_AS_STRONG, _AS_LARGE_PX = 0.75, 2.0  # all four sides by the usual one's strength, and as far apart as printed


@dataclass(frozen=True, slots=True)
class Frames:
    """Fitted frames: ``centre_px`` (n, 2) and ``size_px`` (n, 2) in region pixels; ``found`` (n,) bool.

    ``strength`` (n, 4): how far left, right, top and bottom side rise above their flanks, 0-255.
    """

    centre_px: Floats
    size_px: Floats
    found: NDArray[np.bool_]
    strength: Floats
    backed: NDArray[np.bool_]  # not found itself perhaps, but placed by found boxes of its own row
    aside: NDArray[np.bool_]  # found, but not where its row says: of how the row lies it tells nothing

    @property
    def found_share(self) -> float:
        return float(self.found.mean())

    def rects(self, shape: tuple[int, ...], grow: float, shrink: Floats | float = 0.0) -> NDArray[np.intp]:
        """(n, 4) x0, y0, x1, y1 of the frames grown by ``grow`` px, shrunk by ``shrink`` (n,), cut to the region."""
        half = self.size_px / 2 + grow - np.reshape(shrink, (-1, 1))
        lo = np.round(self.centre_px - half + 0.5).astype(np.intp)
        hi = np.round(self.centre_px + half + 0.5).astype(np.intp)
        limit = np.array(shape[::-1])
        return np.column_stack([np.clip(lo, 0, limit), np.clip(hi, 0, limit)])

    def lines(self, shape: tuple[int, ...], out_px: int, in_px: int) -> NDArray[np.bool_]:
        """(h, w) of the region: the frames' lines, from ``out_px`` outside of them to ``in_px`` inside."""
        mask = np.zeros(shape, np.bool_)
        for (ox0, oy0, ox1, oy1), (ix0, iy0, ix1, iy1) in zip(
            self.rects(shape, out_px), self.rects(shape, -in_px), strict=True
        ):
            inside = mask[iy0:iy1, ix0:ix1].copy()
            mask[oy0:oy1, ox0:ox1] = True
            mask[iy0:iy1, ix0:ix1] = inside
        return mask


def side_of_px(broad_px: float) -> float:
    """How dark (of 255) the strip about a frame's side is on the whole where nothing but a line so broad is black."""
    return 255 * broad_px / (RING_OUT_PX + RING_IN_PX)


def _stack(dark: Darkness, centres: NDArray[np.intp], half: int) -> NDArray[np.uint8]:
    """(n, 2*half+1, 2*half+1) patches about integer centres; the region's margin is repeated outwards."""
    pad = max(0, half - int(centres.min()) + 1, int((centres - np.array(dark.shape[::-1])).max()) + half + 2)
    if pad:
        dark = np.asarray(cv2.copyMakeBorder(dark, pad, pad, pad, pad, cv2.BORDER_REPLICATE), dtype=np.uint8)
    out = np.empty((len(centres), 2 * half + 1, 2 * half + 1), np.uint8)
    for i, (x, y) in enumerate(centres + pad):
        out[i] = dark[y - half : y + half + 1, x - half : x + half + 1]
    return out


@cache
def _stretches(width: int, band: int) -> NDArray[np.float32]:
    """(4, width) weights of the means over four stretches of the middle ``2*band`` places."""
    weights = np.zeros((4, width), np.float32)
    each = band // 2
    for i in range(4):
        first = width // 2 - band + i * each
        weights[i, first : first + each] = 1 / each
    return weights


def _profiles(patches: NDArray[np.uint8], band: int) -> tuple[Floats, Floats]:
    """(n, width) profiles across and down: of four stretches along the side the second lightest."""
    weights = _stretches(patches.shape[1], band)
    dark = patches.astype(np.float32)
    return _second_lightest(*np.moveaxis(weights @ dark, 1, 0)), _second_lightest(*np.moveaxis(dark @ weights.T, 2, 0))


def _second_lightest(a: Floats32, b: Floats32, c: Floats32, d: Floats32) -> Floats:
    """Of four values each the second lowest, without sorting: the higher of two lows, unless a high is lower."""
    lows = np.maximum(np.minimum(a, b), np.minimum(c, d))
    highs = np.minimum(np.maximum(a, b), np.maximum(c, d))
    return np.minimum(lows, highs).astype(np.float64)


def _ridge(profile: Floats) -> Floats:
    """How far each place of a profile rises above both flanks 0.5 mm away."""
    smooth = profile.copy()
    smooth[:, 1:-1] = (profile[:, :-2] + profile[:, 1:-1] + profile[:, 2:]) / 3
    ridge = np.zeros_like(smooth)
    near, far = 4, 6  # of two places on a flank the lighter one: a streak beside a side does not hide it
    left = np.minimum(smooth[:, far - near : -far - near], smooth[:, : -2 * far])
    right = np.minimum(smooth[:, far + near : smooth.shape[1] - far + near], smooth[:, 2 * far :])
    ridge[:, far:-far] = smooth[:, far:-far] - np.maximum(left, right)
    return ridge


def _pair(ridge: Floats, length_px: float, search: int) -> tuple[Floats, Floats, Floats]:
    """Best pair of sides ``length_px`` apart: (n,) centre offset, (n,) distance, (n, 2) strengths."""
    n, width = ridge.shape
    middle = width // 2
    best = np.full(n, -1e9)
    offset, distance = np.zeros(n), np.full(n, length_px)
    strengths = np.zeros((n, 2))
    rows = np.arange(n)
    for gap in range(round(length_px) - 1, round(length_px) + 2):
        first = middle - gap // 2 - search + np.arange(2 * search + 1)
        a, b = ridge[:, first], ridge[:, first + gap]
        lean = np.abs(np.arange(-search, search + 1)) * 0.15
        score = np.minimum(a, 40) + np.minimum(b, 40) + np.minimum(a, b) * 0.5 - lean
        at = score.argmax(axis=1)
        better = score[rows, at] > best + 0.01
        best = np.where(better, score[rows, at], best)
        left = first[at]
        offset = np.where(better, left + gap / 2 - middle, offset)
        distance = np.where(better, gap, distance)
        strengths = np.where(better[:, None], np.column_stack([a[rows, at], b[rows, at]]), strengths)
    sub = [_subpixel(ridge, np.round(middle + offset + sign * distance / 2).astype(int)) for sign in (-1, 1)]
    return offset + (sub[0] + sub[1]) / 2, distance + sub[1] - sub[0], strengths


def _subpixel(ridge: Floats, at: NDArray[np.intp]) -> Floats:
    """Parabola through three values about ``at``: shift in -0.5 … 0.5."""
    at = np.clip(at, 1, ridge.shape[1] - 2)
    rows = np.arange(len(ridge))
    a, b, c = ridge[rows, at - 1], ridge[rows, at], ridge[rows, at + 1]
    curve = a - 2 * b + c
    shift = np.where(curve < -1e-6, 0.5 * (a - c) / np.where(curve < -1e-6, curve, -1.0), 0.0)
    return np.clip(shift, -0.5, 0.5)


def _fit(dark: Darkness, centres: Floats, side_px: float, search: int, band: int) -> Frames:
    """One fit of every box about ``centres``."""
    whole = np.round(centres).astype(np.intp)
    half = round(side_px / 2) + search + _EDGE_PX
    patches = _stack(dark, whole, half)
    offset, distance, strengths = _pair(_ridge(np.concatenate(_profiles(patches, band))), side_px, search)
    n = len(whole)
    dx, dy, wx, wy = offset[:n], offset[n:], distance[:n], distance[n:]
    strength = np.column_stack([strengths[:n], strengths[n:]])
    floor = max(_SIDE_FLOOR, 0.3 * _median(strength.ravel()))
    strong = strength >= floor
    found = (strong.sum(axis=1) >= 3) & (np.abs(dx) < search - 0.5) & (np.abs(dy) < search - 0.5)
    # with one side hidden the pair's distance is trusted as printed, so both ends of it still agree
    return Frames(
        whole.astype(np.float64) + np.column_stack([dx, dy]),
        np.column_stack([wx, wy]),
        found,
        strength,
        backed=found,
        aside=np.zeros(n, np.bool_),
    )


def row_models(centres: Floats, nominal: Floats, found: NDArray[np.bool_], row_of: NDArray[np.intp]) -> Floats:
    """(rows, 5) shift of each row: x, y, lean, stretch, pivot (see region.bend); from the boxes found.

    A row whose boxes do not tell its lean and stretch takes the usual ones; one without a box found, or of two that
    contradict each other, takes its neighbours' shift.
    """
    count = int(row_of.max()) + 1
    shift = np.empty((count, 5))
    error = centres - nominal
    pivot = float(nominal[:, 0].mean())
    x = nominal[:, 0] - pivot
    weight = np.bincount(row_of, found, count)
    safe = np.maximum(weight, 1)
    dx = x - (np.bincount(row_of, found * x, count) / safe)[row_of]
    spread = np.bincount(row_of, found * dx**2, count)
    told = spread > (0.2 * np.ptp(x)) ** 2
    for column, axis in ((2, 1), (3, 0)):
        slope = np.bincount(row_of, found * dx * error[:, axis], count) / np.where(told, spread, 1.0)
        usual = _median(slope[told]) if told.any() else 0.0
        shift[:, column] = _smooth(np.where(told, slope, usual))
    rest = error - np.column_stack([shift[row_of, 3] * x, shift[row_of, 2] * x])
    known = np.flatnonzero(weight)
    parted = _parted(rest, row_of, weight)
    if parted.any() and not parted[known].all():
        known = np.flatnonzero((weight > 0) & ~parted)
    for i in (0, 1):
        middle = _row_medians(rest[:, i], found, row_of, count)
        shift[:, i] = np.interp(np.arange(count), known, middle[known]) if len(known) else 0.0
    shift[:, 4] = pivot
    return shift


def _parted(errors: Floats, row_of: NDArray[np.intp], found: NDArray[np.number[Any]]) -> NDArray[np.bool_]:
    """(rows,) whether a row has two boxes, both of them ``found``, and no place does for both: a broad mark was taken
    for a frame's side, and nothing in the row tells whose. Among three the middle one tells."""
    pairs: NDArray[np.bool_] = (np.bincount(row_of, minlength=len(found)) == _PAIR) & (found == _PAIR)
    if pairs.any():
        lowest, highest = np.full((len(found), 2), np.inf), np.full((len(found), 2), -np.inf)
        np.minimum.at(lowest, row_of, errors)
        np.maximum.at(highest, row_of, errors)
        pairs &= (highest - lowest).max(axis=1) >= 2 * _AGREE_PX
    return pairs


def _smooth(slopes: Floats) -> Floats:
    """The rows' slopes, but of a row unlike its neighbours theirs: a broad mark there was taken for a frame's side."""
    if len(slopes) < _NEIGHBOURS or float(np.ptp(slopes)) <= _UNLIKE:
        return slopes
    padded = np.pad(slopes, _NEIGHBOURS // 2, mode="reflect")
    local = np.median(np.lib.stride_tricks.sliding_window_view(padded, _NEIGHBOURS), axis=1)
    return np.where(np.abs(slopes - local) > _UNLIKE, local, slopes)


def _median(values: Floats) -> float:
    """The median without numpy's overhead for tiny arrays."""
    ordered = np.sort(values)
    n = len(ordered)
    return float(ordered[(n - 1) // 2] + ordered[n // 2]) / 2


def _row_medians(values: Floats, found: NDArray[np.bool_], row_of: NDArray[np.intp], count: int) -> Floats:
    """(count,) median of each row's found values; rows without one are 0."""
    order = np.lexsort((values, ~found, row_of))
    start = np.searchsorted(row_of[order], np.arange(count))
    weight = np.bincount(row_of, found, count).astype(np.intp)
    low = order[np.minimum(start + np.maximum(weight - 1, 0) // 2, len(order) - 1)]
    high = order[np.minimum(start + weight // 2 - (weight % 2 == 0) * 0, len(order) - 1)]
    middle = (values[low] + values[np.where(weight % 2 == 0, high, low)]) / 2
    return np.where(weight > 0, middle, 0.0)


def predicted(nominal: Floats, shift: Floats, row_of: NDArray[np.intp]) -> Floats:
    """(n, 2) centres that the rows' shifts predict."""
    s = shift[row_of]
    x = nominal[:, 0] - s[:, 4]
    return nominal + np.column_stack([s[:, 0] + s[:, 3] * x, s[:, 1] + s[:, 2] * x])


def fit(dark: Darkness, boxes_px: Floats, row_of: NDArray[np.intp], start: Floats | None = None) -> Frames:
    """Fit every box to its frame, repeated until the fits stand still.

    ``dark`` (h, w) uint8 darkness of the region; ``boxes_px`` (n, 4) nominal outer frames. A box counts as found
    when three sides at least are seen, its row agrees with it, and a second fit about the first one's place finds
    the same place. Of a crumpled sheet a frame that is whole may lie further off than its row says.
    """
    nominal = boxes_px[:, :2] + boxes_px[:, 2:] / 2
    side = _median(boxes_px[:, 2:].ravel()) - 0.25 * PX_PER_MM  # between the lines' middles
    first = _fit(dark, nominal if start is None else start, side, search=11, band=14)
    shift = row_models(first.centre_px, nominal, first.found, row_of)
    expected = predicted(nominal, shift, row_of)
    agrees = first.found & (np.abs(first.centre_px - expected).max(axis=1) < _AGREE_PX)
    aside = _whole(first, side) & ~agrees
    places = np.where((agrees | aside)[:, None], first.centre_px, expected)
    second = _fit(dark, places, side, search=4, band=20)
    still = np.abs(second.centre_px - places).max(axis=1) < 1.3
    found = second.found & still
    shift = row_models(second.centre_px, nominal, found & ~aside, row_of)
    expected = predicted(nominal, shift, row_of)
    agrees = np.abs(second.centre_px - expected).max(axis=1) < _AGREE_PX
    found &= agrees | _whole(second, side)
    aside = found & ~agrees
    size, strength = second.size_px, second.strength
    lost = np.flatnonzero(~found & (np.bincount(row_of, found)[row_of] >= 1))
    if len(lost):
        # a mark may hide two sides, or look like one; two others, where the row's other boxes say, will do
        third = _fit(dark, expected[lost], side, search=2, band=20)
        seen = third.strength >= max(_SIDE_FLOOR, 0.3 * _median(strength.ravel()))
        corner = seen[:, :2].any(axis=1) & seen[:, 2:].any(axis=1)
        there = corner & (np.abs(third.centre_px - expected[lost]).max(axis=1) < _CORNER_PX)
        found[lost[there]] = True
        second.centre_px[lost[there]] = third.centre_px[there]
        size[lost[there]], strength[lost[there]] = third.size_px[there], third.strength[there]
    centre = np.where(found[:, None], second.centre_px, expected)
    size = np.where(found[:, None], size, side) + 0.25 * PX_PER_MM
    rows = np.zeros(int(row_of.max()) + 1, dtype=bool)
    rows[row_of[found]] = True
    return Frames(centre, size, found, strength, rows[row_of], aside)


def _whole(fitted: Frames, side_px: float) -> NDArray[np.bool_]:
    """(n,) frames found all four sides of which stand out as the page's usual ones do, as far apart as was printed: no
    mark looks so."""
    usual = _median(fitted.strength.ravel())
    strong = (fitted.strength >= max(_SIDE_FLOOR, _AS_STRONG * usual)).all(axis=1)
    return fitted.found & strong & (np.abs(fitted.size_px - side_px) <= _AS_LARGE_PX).all(axis=1)


def coarse(dark: Darkness, boxes_px: Floats, row_of: NDArray[np.intp], reach_mm: float = 5.0) -> Floats:
    """(n, 2) centres found row by row at half scale within ``reach_mm``: for sheets that turned while fed.

    The row's frames are correlated as one picture; less than half the pitch of boxes, so no box is taken for
    its neighbour.
    """
    half = np.asarray(cv2.pyrDown(np.minimum(dark, 140)), dtype=np.float32)
    nominal = boxes_px[:, :2] + boxes_px[:, 2:] / 2
    centres = nominal.copy()
    reach = int(reach_mm * PX_PER_MM / 2)
    previous = np.zeros(2)
    for row in range(int(row_of.max()) + 1):
        mine = np.flatnonzero(row_of == row)
        template, origin = _row_template(boxes_px[mine] / 2)
        x0, y0 = np.round(origin + previous / 2).astype(int) - reach
        padded = cv2.copyMakeBorder(half, 60, 60, 60, 60, cv2.BORDER_REPLICATE)
        h, w = template.shape
        window = padded[y0 + 60 : y0 + 60 + h + 2 * reach, x0 + 60 : x0 + 60 + w + 2 * reach]
        if window.shape[0] <= h or window.shape[1] <= w:
            continue
        score = cv2.matchTemplate(window, template, cv2.TM_CCOEFF_NORMED)
        _, best, _, (bx, by) = cv2.minMaxLoc(score)
        if best > 0.25:
            previous = previous + np.array([bx - reach, by - reach]) * 2.0
        centres[mine] = nominal[mine] + previous
    return centres


def _row_template(boxes_half_px: Floats) -> tuple[NDArray[np.float32], Floats]:
    """A picture of a row's frames at half scale, and its top left corner."""
    origin = np.floor(boxes_half_px[:, :2].min(axis=0)) - 2
    extent = np.ceil((boxes_half_px[:, :2] + boxes_half_px[:, 2:]).max(axis=0)) + 3 - origin
    picture = np.zeros((int(extent[1]), int(extent[0])), np.float32)
    for x, y, w, h in boxes_half_px:
        a = (round(x - origin[0]), round(y - origin[1]))
        cv2.rectangle(picture, a, (a[0] + round(w) - 1, a[1] + round(h) - 1), 200.0, 1)
    return np.asarray(cv2.GaussianBlur(picture, (3, 3), 0), dtype=np.float32), origin
