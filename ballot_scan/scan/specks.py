"""Specks in a box: dust that is nothing, and what may be left of a pencil or of a pen with gaps."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.scan.boxes import Box
from ballot_scan.scan.pieces import Pieces, spread_px
from ballot_scan.scan.profile import Profile
from ballot_scan.scan.region import PX_PER_MM

_PALE, _TRACES, _TRACE_SHARE = 0.27, 2, 0.014  # specks so pale, over so much of a box, are left of a pencil
_DOT_ABOVE, _ROUND, _DOTS, _DOTS_MORE = 0.19, 0.7, 3, 1.4  # so few round ones, not so pale, may cover so much more
_THREAD_PX = (2, 9)  # width and length of what is left of a streak
_DARK, _AWAY_MM = 0.3, 1.2  # specks so dark, and so far from a mark, are none of it
_MARK_PX, _BESIDE_SHARE = 224, 0.07  # 3.5 mm²: a mark of that, and ink beside it by its own


def traces(box: Box) -> int:
    """How many of a box's specks are so pale that they may be left of a pencil. Dust is darker, or round and not so
    pale; what is left of a streak where it was ``evened`` out is a thread upright."""
    pale = (k for k in box.specks if box.pieces.peak[k] < _PALE)
    return sum(not is_dot(box.pieces, k) and not (box.usual.evened and _is_thread(box.pieces, k)) for k in pale)


def are_dust(box: Box, profile: Profile) -> bool:
    """Whether the specks of a box without other ink are dust: few, and not left of a pencil."""
    if box.shreds >= profile.dust_specks and box.coverage >= profile.dust_specks_share:
        return False
    if box.coverage >= _TRACE_SHARE and traces(box) >= _TRACES:
        return False
    if box.coverage < profile.dust_share:
        return True
    few = len(box.specks) <= _DOTS and box.coverage < _DOTS_MORE * profile.dust_share
    return few and all(is_dot(box.pieces, k) for k in box.specks)


def beside(box: Box, area: NDArray[np.int64]) -> int:
    """How many of a box's specks are none of its mark, whose strokes have the areas ``area`` (px²).

    They are dark and lie well off it, where a pen with gaps leaves its own in its line; or all of them, where the mark
    is one large piece and they hardly anything.
    """
    if not box.specks:
        return 0
    if len(area) == 1 and area[0] >= _MARK_PX:
        ink_px = int(box.pieces.stats[box.specks, cv2.CC_STAT_AREA].sum())
        if ink_px < _BESIDE_SHARE * area[0]:
            return len(box.specks)
    dark = [k for k in box.specks if box.pieces.peak[k] >= _DARK]
    if not dark:
        return 0
    mark = box.pieces.points(box.inside)
    away = np.hypot(*(box.pieces.centroids[dark, None, :] - mark).transpose(2, 0, 1)).min(axis=1)
    return int(np.count_nonzero(away >= _AWAY_MM * PX_PER_MM))


def loose_share(box: Box) -> float:
    """The coverage of a box by ink that is no dot of dust as dark as no pencil's grain."""
    dots = [k for k in box.specks if box.pieces.peak[k] >= _PALE and is_dot(box.pieces, k)]
    if not dots:
        return box.coverage
    area = box.pieces.stats[:, cv2.CC_STAT_AREA]
    return box.coverage * (1 - float(area[dots].sum() / area[box.inside + box.specks].sum()))


def grain(box: Box) -> list[int]:
    """Labels of a box's ink with those of its specks that may be a pencil's grain."""
    return box.whole + [k for k in box.specks if box.pieces.peak[k] < _DARK]


def is_dot(pieces: Pieces, k: int) -> bool:
    """Whether a speck is round, and dark enough for dust."""
    if pieces.peak[k] < _DOT_ABOVE:
        return False
    across, along = spread_px(pieces.mask([k]))[:2]
    return across >= _ROUND * along


def _is_thread(pieces: Pieces, k: int) -> bool:
    """Whether a speck is upright and one or two pixels wide."""
    wide, high = pieces.stats[k, 2:4]
    return bool(wide <= _THREAD_PX[0] and high >= _THREAD_PX[1])
