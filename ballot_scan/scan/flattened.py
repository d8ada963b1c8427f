"""Flattened: a page without its creases, in its picture and in the region of the boxes. ``folds`` finds them."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.scan.folds import DARKEST, LEVEL, TOLD_PX, Line, parts_of, profile_of, strip_along
from ballot_scan.scan.frames import LINE_PX, RING_IN_PX, RING_OUT_PX, Frames
from ballot_scan.scan.pictures import Grey
from ballot_scan.scan.region import PX_PER_MM, Region

_BESIDE_PX = 2  # what comes in from beside a crease …
_REACHES_PX = 3  # … or so far beyond its darkest half
_OFF_BOX_PX = 8  # from a box on marks are rare, and a crease is seen as it is: at its darkest, …
_OWN, _ABOVE = 95, 0.12  # … but for a twentieth; what is so much darker still is a stroke across it
_STROKE = 0.17  # what comes across a crease is at least so dark
_HALF_WIDTH_PX, _WIDEST_PX = 4, 8  # 0.5 to 1 mm in the region of the boxes
_REACH_PX = 12  # how far from its line a crease is looked for there
_RIM = 0.2  # of its darkest, from which a place belongs to it


def lifted(grey: Grey, ends_px: list[NDArray[np.float64]], half_px: float, paper: float, span: float) -> Grey:
    """A copy of a page in which creases are paper; ink darker than a crease stays. ``ends_px``: (2, 2) each."""
    out = grey.copy()
    for (ax, ay), (bx, by) in ends_px:
        band = np.zeros_like(grey)
        cv2.line(band, (round(ax), round(ay)), (round(bx), round(by)), 255, 2 * max(1, round(half_px)) + 1)
        where = (band > 0) & (grey < paper) & (grey > paper - DARKEST * span)
        out[where] = round(paper)
    return out


def in_region(line: Line, per_mm: float, straight: Region) -> Line:
    """A line of the whole sheet at ``per_mm`` px/mm in pixels of the region of the boxes."""
    offset, slope, upright = line
    left, top = straight.origin_mm
    across, along = (left, top) if upright else (top, left)
    # pixel centres: sheet mm = (px + 0.5) / per_mm, region px = (mm - origin) * 8 - 0.5
    start = (along + 0.5 / PX_PER_MM) * per_mm - 0.5  # of the sheet's pixels, where the region's first lies
    at = (offset + slope * start + 0.5) / per_mm
    return ((at - across) * PX_PER_MM - 0.5, slope, upright)


def clear(dark: NDArray[np.uint8], lines: list[Line], boxes: Frames) -> NDArray[np.uint8]:
    """The region's darkness without the creases; ink darker than a crease stays, a paler stroke is carried across.

    What the crease covered is made good from its two sides (Telea, J. Graphics Tools 9(1), 2004). The frames of the
    boxes stay as they are, and nothing is made good from them.
    """
    frames, kept = boxes.lines(dark.shape, RING_OUT_PX, RING_IN_PX), boxes.lines(dark.shape, 1, LINE_PX)
    about = boxes.lines(dark.shape, _OFF_BOX_PX, max(dark.shape))
    band = np.zeros_like(dark)
    for line in lines:
        settled, half = _settled(dark, line, frames)
        _cover(band, dark, about, settled, half)
    without = np.where(frames, 0, dark).astype(np.uint8)
    filled = np.asarray(cv2.inpaint(without, band, 3, cv2.INPAINT_TELEA), dtype=np.uint8)
    filled = np.minimum(filled, dark)
    filled[(band > 0) & (filled < _STROKE * 255)] = 0  # the crease's own soft rim
    return np.where(kept | (band > 0) & (dark >= DARKEST * 255), dark, filled).astype(np.uint8)


def _cover(band: NDArray[np.uint8], dark: NDArray[np.uint8], about: NDArray[np.bool_], line: Line, half: int) -> None:
    """Mark in ``band`` where a crease lies, but for strokes across it: what comes in from beside it, and is so much
    darker than it is away from the boxes. ``about``: the boxes and what is near them. Changes ``band``."""
    offset, slope, upright = line
    lying, near, out = (m.T if upright else m for m in (dark, about, band))
    xs = np.arange(lying.shape[1])
    ys = np.round(offset + slope * xs).astype(int) + np.arange(-half - _BESIDE_PX, half + _BESIDE_PX + 1)[:, None]
    there = (ys >= 0) & (ys < lying.shape[0])
    ys = np.clip(ys, 0, lying.shape[0] - 1)
    strip = np.where(there, lying[ys, xs], 0)
    away = ~near[ys, xs].any(axis=0)
    ink = np.zeros(strip.shape, np.bool_)
    if np.count_nonzero(away) >= TOLD_PX:
        own = np.percentile(strip[:, away], _OWN, axis=1, keepdims=True).astype(np.float32)
        own = np.asarray(cv2.dilate(own, np.ones((3, 1), np.uint8)))
        ink = strip >= np.clip(own + _ABOVE * 255, _STROKE * 255, DARKEST * 255)
        if abs(slope) <= LEVEL:  # one that slants may lie on what somebody drew, and leaves whatever is darker
            labels = cv2.connectedComponents(ink.astype(np.uint8), connectivity=8)[1]
            beside = (
                np.abs(np.arange(len(own)) - own.argmax()) > np.count_nonzero(own >= own.max() / 2) / 2 + _REACHES_PX
            )
            ink &= np.isin(labels, np.unique(labels[beside]))
    creased = there & ~ink
    creased[:_BESIDE_PX] = creased[-_BESIDE_PX:] = False
    out[ys[creased], np.broadcast_to(xs, ys.shape)[creased]] = 255


def _settled(dark: NDArray[np.uint8], line: Line, frames: NDArray[np.bool_]) -> tuple[Line, int]:
    """The same line where it shows best in the region, and half the width (px) in which it does."""
    offset, slope, upright = line
    lying, open_ = (dark.T, ~frames.T) if upright else (dark, ~frames)
    strip, told = strip_along(lying, open_, (offset, slope), _REACH_PX)
    parts = list(pairwise(parts_of(lying.shape[1])))
    profiles = [profile_of(strip[:, a:b], told[:, a:b]) for a, b in parts]
    at = np.array([int(p.argmax()) for p in profiles]) - _REACH_PX
    tilt, shift = np.polyfit([(a + b) / 2 for a, b in parts], at, 1)
    moved = np.array(
        [
            np.interp(np.arange(-_REACH_PX, _REACH_PX + 1) + k, np.arange(-_REACH_PX, _REACH_PX + 1), p)
            for p, k in zip(profiles, at, strict=True)
        ]
    ).mean(axis=0)
    above = moved > moved.min() + _RIM * (moved.max() - moved.min())
    half = 1
    while half < _WIDEST_PX and above[_REACH_PX - half] and above[_REACH_PX + half]:
        half += 1
    return (offset + shift, slope + tilt, upright), max(_HALF_WIDTH_PX, half + 1)
