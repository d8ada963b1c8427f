"""Corners that are torn off or folded over: the shadow along such an edge runs from one side of the sheet to the next,
and nobody wrote it.
"""

from __future__ import annotations

from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.scan.ink import BLANK_PX, Blank, ToPage, straightened
from ballot_scan.scan.pictures import Grey

SIDE_MM = 50.0  # no larger corner is looked at
_INK = 0.07  # darkness: a shadow may be paler than any pen's line
_PRINT, _PRINT_MM = 0.12, 0.75  # print, and how far it may lie off its place
_RIM_MM, _SIDE_MM = 2.5, 6.5  # the sheet's own edge may show as far in; an edge of the corner reaches there …
_OFF_MM, _SLANT = 4.0, 0.8  # … no nearer to the corner itself, and lies so much further off at the sheet's side
_GAP_MM = 1.5  # of an edge, beside what print hides of it
_STRAYS_MM = 6.0  # a ragged edge from a straight one
_WIDE_MM, _SPOT = 1.5, 0.06  # of what is broader there is hardly any
_DETOURS = 1.6  # times as much line as an edge and the flap's other two have
_LINE_MM = 1.0
_FLAP_MM = 4.0  # the sides of a flap from where they should lie
_PRINTED, _PRINT_MM2, _SEEN = 0.6, 4.0, 0.4  # of so much print beyond the edge less than this is to be seen
_PALE = 0.5  # where nothing was printed beyond it: the shadow's darkness, at most
_SHRUNK = 0.85  # of the way from the corner to a straight edge; a ragged one lies nearer
_BESIDE_MM = 0.75


def edges(grey: Grey, to_page: ToPage, blank: Blank, span: float) -> NDArray[np.bool_]:
    """(h, w) at 4 px/mm of the sheet: where the edges of torn or folded corners, and of their flaps, cast a shadow.

    ``grey`` (h, w) uint8: the page; ``span``: grey levels from paper to print.
    """
    out = np.zeros(blank.grey.shape, np.bool_)
    high, wide = blank.grey.shape
    side = min(round(SIDE_MM * BLANK_PX), high // 2, wide // 2)
    for right, foot in product((False, True), repeat=2):
        x, y = right * (wide - side), foot * (high - side)
        seen = straightened(grey, to_page, (x / BLANK_PX, y / BLANK_PX), (side, side), (BLANK_PX, BLANK_PX), span)
        here = np.s_[y : y + side, x : x + side]
        turn = np.s_[:: -1 if foot else 1, :: -1 if right else 1]
        out[here] = _edge(seen[turn], 255 - blank.grey[here][turn])[turn]
    return out


def _edge(dark: NDArray[np.uint8], printed: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """(h, w) where the edge of one corner lies, which is turned to the upper left."""
    near = cv2.dilate(np.asarray(printed > _PRINT * 255, np.uint8), _square(2 * _PRINT_MM)) > 0
    shown = dark > _INK * 255
    hidden, rim = near.copy(), round(_RIM_MM * BLANK_PX)
    hidden[:rim] = hidden[:, :rim] = True
    ink = shown & ~hidden
    joined = cv2.morphologyEx((ink | near).astype(np.uint8), cv2.MORPH_CLOSE, _square(_GAP_MM), borderValue=0)
    _, labels = cv2.connectedComponents(joined, connectivity=8)
    labels[~ink] = 0
    band, off = round(_SIDE_MM * BLANK_PX), round(_OFF_MM * BLANK_PX)
    above, beside = labels[rim:band, off:], labels[off:, rim:band]
    none = np.zeros(ink.shape, np.bool_)
    for k in np.intersect1d(above[above > 0], beside[beside > 0]):
        nearest = np.array([np.nonzero(above == k)[1].min(), np.nonzero(beside == k)[0].min()])
        ends = off + nearest + _SLANT * band
        mine = (labels == k) & _along(ends, ink.shape)
        if _is_line(mine, ends) and _is_cut(dark, printed, mine, ends):
            flap = ink & _about_flap(ends, ink.shape)
            edge = mine | (shown & hidden & _along(ends, ink.shape))
            if _is_line(flap, ends):
                edge |= flap
            return np.asarray(cv2.dilate(edge.astype(np.uint8), _square(2 * _BESIDE_MM)) > 0)
    return none


def _along(ends: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """(h, w) about the straight edge between two ``ends``, px from the corner across and down."""
    ys, xs = np.indices(shape)
    off = (xs / ends[0] + ys / ends[1] - 1) / np.hypot(*(1 / ends))
    return np.asarray(np.abs(off) <= _STRAYS_MM * BLANK_PX)


def _is_line(mine: NDArray[np.bool_], ends: NDArray[np.float64]) -> bool:
    """Whether ink is narrow all along, and no more of it than an edge between two ``ends`` and a flap's sides hold."""
    area = int(np.count_nonzero(mine))
    broad = cv2.erode(mine.astype(np.uint8), _square(_WIDE_MM), borderValue=0)
    long_px = float(np.hypot(*ends) + ends.sum())
    return bool(np.count_nonzero(broad) <= _SPOT * area and area <= _DETOURS * long_px * _LINE_MM * BLANK_PX)


def _is_cut(
    dark: NDArray[np.uint8], printed: NDArray[np.uint8], mine: NDArray[np.bool_], ends: NDArray[np.float64]
) -> bool:
    """Whether what was printed beyond a line between two ``ends`` is not there; where nothing was, the line is pale."""
    ys, xs = np.indices(dark.shape)
    black = (xs / ends[0] + ys / ends[1] < _SHRUNK) & (printed > _PRINTED * 255)
    if np.count_nonzero(black) < _PRINT_MM2 * BLANK_PX**2:
        return bool(np.median(dark[mine]) <= _PALE * 255)
    return bool(dark[black].mean() <= _SEEN * 255)


def _about_flap(ends: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """(h, w) about the sides of a flap that was folded over between two ``ends``: the sheet's sides, mirrored."""
    (a, b), squares = ends, float((ends**2).sum())
    apex = 2 * a * b / squares * ends[::-1]
    sides = np.rint([(a, 0.0), apex, (0.0, b)]).astype(np.int32)
    about = cv2.polylines(np.zeros(shape, np.uint8), [sides], False, 1, round(2 * _FLAP_MM * BLANK_PX))
    return np.asarray(about > 0)


def _square(side_mm: float) -> NDArray[np.uint8]:
    side = round(side_mm * BLANK_PX) | 1
    return np.ones((side, side), np.uint8)
