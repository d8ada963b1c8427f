"""The seal: whether a red round seal was stamped in or near its place, in a colour scan.

Red is what takes green and blue from the light and leaves red, measured against the paper beside it: a yellow lamp,
tinted paper, black print and blue pens do not count. What is red is a seal where its outline follows one circle of a
seal's size to half a millimetre, nearly clean outside, with ink within: a pen's lines, words and scribbles do not, a
circle drawn with care may. Seals of organs are round; no size is prescribed for the ballot, so the bounds are wide.
Half-inked, faint, tilted and shifted seals are found; what is hardly there goes to people.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.paper.layout import Rect
from ballot_scan.scan.circles import circle_through
from ballot_scan.scan.pictures import Colour
from ballot_scan.scan.registration import Matrix

_PX = 2  # px/mm at which the seal is looked at
_AROUND_MM = 26.0  # looked at beyond the seal's place: a seal shifted by 15 mm, and paper beside it
_SHIFT_MM = 19.0  # the seal's centre from the place's centre, at most
_RADIUS_MM = (11.0, 24.0)  # of the outer ring
_RED = (0.02, 0.07)  # bounds of the least redness (see redness) of ink …
_PALEST = 0.05  # darkness of ink, in a scan without colour
_GRAIN = 3.0  # … which is so many times the usual redness of the paper's grain
_SHARP = 0.45  # share of the strongest ink's redness at which a seal's outline is sharp
_HUE = 0.3  # redness of red ink is at least this share of what it takes from the light
_NOT_VIOLET = 0.05  # … and blue loses more than red, by at least this share of what green loses
_INK_MM2 = 25.0  # a seal has at least so much red …
_WITHIN_MM2 = 5.0  # … and so much of it this far inside its ring
_WITHIN_MM = 3.0
_RING_MM = 0.5  # the outline may leave the circle by so much
_OUTSIDE_MM = (0.75, 5.0)  # beyond the ring, where a seal leaves no ink
_ROUND = 0.33  # least share of the directions in which the outline is on the circle …
_SOILED = 0.1  # … and the greatest in which it is outside
_DIRECTIONS = 90
_TRIALS = 400  # circles tried through three points of the outline


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal found: the centre and radius of its outer ring in millimetres of the sheet."""

    x_mm: float
    y_mm: float
    radius_mm: float


def find(colour: Colour, page_shape: tuple[int, ...], to_px: Matrix, place_mm: Rect) -> Seal | None:
    """The seal in or near its place; None where there is none.

    ``colour`` (h, w, 3) uint8 BGR: the page, of any size; ``page_shape``: (height, width, ...) of the page that
    ``to_px`` (3, 3; millimetres to pixels) belongs to; ``place_mm``: the place printed for the seal.
    """
    scale = np.diag([colour.shape[1] / page_shape[1], colour.shape[0] / page_shape[0], 1.0])
    x, y = place_mm[0] - _AROUND_MM, place_mm[1] - _AROUND_MM
    size = (round((place_mm[2] + 2 * _AROUND_MM) * _PX), round((place_mm[3] + 2 * _AROUND_MM) * _PX))
    k = 1 / _PX
    to_mm = np.array([[k, 0, x + k / 2], [0, k, y + k / 2], [0, 0, 1]])
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])  # pixel centres, in both pictures
    to_colour = np.linalg.inv(half) @ scale @ half @ to_px @ to_mm
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    flat = cv2.warpPerspective(colour, to_colour, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
    much = redness(np.asarray(flat, dtype=np.uint8))
    return _ring(much, much, np.array([(size[0] - 1) / 2, (size[1] - 1) / 2]), (x, y))


def find_grey(dark: NDArray[np.uint8], free: NDArray[np.uint8], place_mm: Rect) -> Seal | None:
    """The same without colour, by its round outline alone: so that a seal beside its circle is not taken for writing.

    ``dark`` (h, w) uint8 at 2 px/mm from the sheet's corner: 0 paper, 255 print; ``free``: 255 where none is printed.
    A circle as large as a seal's that somebody draws there is taken for one, too.
    """
    left, top = (max(0, round((v - _AROUND_MM) * _PX)) for v in place_mm[:2])
    right, foot = (round((place_mm[i] + place_mm[i + 2] + _AROUND_MM) * _PX) for i in (0, 1))
    part = (slice(top, foot), slice(left, right))
    much = np.where(free[part] > 0, dark[part], 0).astype(np.float32) / np.float32(255)
    middle = np.array([place_mm[0] + place_mm[2] / 2, place_mm[1] + place_mm[3] / 2]) * _PX - (left, top)
    inked = np.where(much > _PALEST, much, 0).astype(np.float32)
    return _ring(much, inked, middle, (left / _PX, top / _PX))


def _ring(
    much: NDArray[np.float32],
    inked: NDArray[np.float32],
    middle: NDArray[np.float64],
    origin_mm: tuple[float, float],
) -> Seal | None:
    """The seal in a picture (h, w) of how much ink lies where, 0 to 1, which begins at ``origin_mm``. ``inked`` tells
    the levels tried, ``middle`` (2,) is that of the printed place, in pixels."""
    for level in _levels(inked):
        mask = _cleaned(much >= level)
        circle = _circle(mask, middle) if np.count_nonzero(mask) >= _INK_MM2 * _PX**2 else None
        if circle is not None and _is_seal(mask, circle):
            cx, cy, radius = circle
            x, y = (float(start + (at + 0.5) / _PX) for start, at in zip(origin_mm, (cx, cy), strict=True))
            return Seal(x, y, float(radius / _PX))
    return None


def redness(picture: Colour) -> NDArray[np.float32]:
    """(h, w) float32, 0 to 1: the share of the paper's light lost in green less that lost in red; 0 where the loss is
    of another hue, and in black. ``picture``: (h, w, 3) uint8 BGR.

    Blue needs only lose more than red: where a bluish lamp overexposes the paper, pale red ink looks pink.
    """
    lost = 1 - picture.astype(np.float32) / _paper(picture)
    blue, green, red = (lost[:, :, index] for index in range(3))
    surplus, most = green - red, np.maximum(blue, green)
    is_red = (surplus >= _HUE * most) & (blue - red >= _NOT_VIOLET * green)
    return np.where(is_red, np.maximum(surplus, 0), 0).astype(np.float32)


def _paper(picture: Colour) -> NDArray[np.float32]:
    """(3,) the paper's blue, green and red: the median over the lighter part of the picture.

    Light is told by green: red ink, black print and pens are all dark in it.
    """
    pixels = picture.reshape(-1, 3)
    green = pixels[:, 1]
    bright = pixels[green >= np.percentile(green, 55)]
    return np.asarray(np.maximum(np.median(bright, axis=0), 1.0), dtype=np.float32)


def _levels(red: NDArray[np.float32]) -> tuple[float, ...]:
    """The redness from which ink is looked for: a share of the strongest ink's, where the outline of a well inked
    seal is sharp; then the least that stands out of the grain which the paper of this scan has anyhow."""
    there = red[red > 0]
    if len(there) < _INK_MM2 * _PX**2:
        return ()
    least = float(np.clip(_GRAIN * np.median(there), *_RED))
    strongest = float(np.partition(there, -round(_INK_MM2 * _PX**2))[-round(_INK_MM2 * _PX**2)])
    return (_SHARP * strongest, least) if _SHARP * strongest > 1.2 * least else (least,)


def _cleaned(red: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """(h, w) uint8, 1 where ink is red, without specks and fringes of black print: pieces under 0.8 mm²."""
    mask = red.astype(np.uint8)
    joined = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    keep = stats[:, cv2.CC_STAT_AREA] >= 0.8 * _PX**2
    keep[0] = False
    return np.asarray(mask * keep[labels].astype(np.uint8), dtype=np.uint8)


# ---------------------------------------------------------------- the outline


def _circle(red: NDArray[np.uint8], middle: NDArray[np.float64]) -> tuple[float, float, float] | None:
    """Centre and radius, in pixels, of the circle that most of the outline follows; None where none is a seal's.
    ``middle`` (2,) of the place printed for it."""
    outline = _outline(red)
    if len(outline) < 3:
        return None
    a, b, c = (outline[np.minimum((share * len(outline)).astype(int), len(outline) - 1)] for share in _triples())
    circles = _through(a, b, c)
    with np.errstate(invalid="ignore"):
        fits = (circles[:, 2] >= _RADIUS_MM[0] * _PX) & (circles[:, 2] <= _RADIUS_MM[1] * _PX)
        fits &= np.hypot(circles[:, 0] - middle[0], circles[:, 1] - middle[1]) <= _SHIFT_MM * _PX
    circles = circles[fits]
    if not len(circles):
        return None
    near = _off(outline, circles) <= 2 * _RING_MM * _PX
    best = outline[near[int(near.sum(axis=1).argmax())]]
    if len(best) < 3:
        return None
    (x, y), radius = circle_through(best)
    return (float(x), float(y), radius) if radius > 0 else None


def _outline(red: NDArray[np.uint8]) -> NDArray[np.float64]:
    """(n, 2) x, y: the red furthest from the middle of the red, in each direction that has any."""
    y, x = np.nonzero(red)
    if not len(x):
        return np.zeros((0, 2))
    dx, dy = x - np.median(x), y - np.median(y)
    sector = _sector(dx, dy)
    order = np.lexsort((np.hypot(dx, dy), sector))
    last = np.append(np.diff(sector[order]) > 0, True)
    return np.asarray(np.column_stack([x, y])[order][last], dtype=np.float64)


@cache
def _triples() -> tuple[NDArray[np.float64], ...]:
    """Three (_TRIALS,) places on an outline, as shares of it; always the same."""
    shares = np.random.Generator(np.random.PCG64(0)).random((3, _TRIALS))
    return tuple(shares)


def _through(a: NDArray[np.float64], b: NDArray[np.float64], c: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 3) centre and radius of the circles through three (n, 2) points; not finite where they lie on a line."""
    b, c = b - a, c - a
    twice = 2 * (b[:, 0] * c[:, 1] - b[:, 1] * c[:, 0])
    bb, cc = (b**2).sum(axis=1), (c**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        x = (c[:, 1] * bb - b[:, 1] * cc) / twice
        y = (b[:, 0] * cc - c[:, 0] * bb) / twice
    return np.column_stack([x + a[:, 0], y + a[:, 1], np.hypot(x, y)])


def _off(points: NDArray[np.float64], circles: NDArray[np.float64]) -> NDArray[np.float64]:
    """(circles, points) how far each point lies from each circle, in pixels."""
    away = points[None, :, :] - circles[:, None, :2]
    return np.asarray(np.abs(np.hypot(away[:, :, 0], away[:, :, 1]) - circles[:, 2:]), dtype=np.float64)


def _is_seal(red: NDArray[np.uint8], circle: tuple[float, float, float]) -> bool:
    """Whether the outline follows the circle in enough directions, nearly nowhere outside, and ink lies within."""
    cx, cy, radius = circle
    if not _RADIUS_MM[0] * _PX <= radius <= _RADIUS_MM[1] * _PX:
        return False
    y, x = np.nonzero(red)
    away = (np.hypot(x - cx, y - cy) - radius) / _PX
    if np.count_nonzero(away <= -_WITHIN_MM) < _WITHIN_MM2 * _PX**2:
        return False
    sector = _sector(x - cx, y - cy)
    outermost = np.full(_DIRECTIONS, -np.inf)
    near = away <= _OUTSIDE_MM[1]
    np.maximum.at(outermost, sector[near], away[near])
    on_it, outside = np.abs(outermost) <= _RING_MM, outermost > _OUTSIDE_MM[0]
    return bool(on_it.mean() >= _ROUND and outside.mean() <= _SOILED)


def _sector(dx: NDArray[np.floating], dy: NDArray[np.floating]) -> NDArray[np.intp]:
    """(n,) which of the directions, from 0, each point lies in."""
    return np.asarray((np.arctan2(dy, dx) / (2 * np.pi) + 0.5) * _DIRECTIONS, dtype=np.intp) % _DIRECTIONS
