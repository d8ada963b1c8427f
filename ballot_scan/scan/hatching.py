"""Hatching: a box filled by strokes side by side, few of which touch. A pen with gaps leaves a cross in pieces as well,
but those lie in two lines."""

from __future__ import annotations

import numpy as np

from ballot_scan.scan.boxes import Box
from ballot_scan.scan.pieces import LENGTH, axes
from ballot_scan.scan.region import PX_PER_MM

_DARKEST, _PIECES, _STROKES = 0.3, 3, 3.2  # as lines across them meet on average: four, of which some are shorter
_SINGLE, _SLIM, _LONG = 2, 0.3, 0.42  # single strokes; their spread across by that along; of a box's side …
_USUALLY = 0.55  # … and of most: tally marks are shorter
_JOINED, _TURN_DEG = 0.65, 25.0  # of a box's side, what several are together; from their usual direction
_LEANS_DEG = 6.0  # off upright; streaks do not
_SHARE = 0.9  # of its ink


def is_hatched(box: Box) -> bool:
    """Whether a box's ink is strokes side by side. Streaks are none: they go through both of its level sides, and what
    evening out leaves of them stands upright."""
    if len(box.inside) < _PIECES or box.darkest < _DARKEST or box.met[1] < _STROKES:
        return False
    side = box.side_px
    top, foot = box.centre_px[1] + np.array([-0.5, 0.5]) * side
    bounds = box.pieces.bounds
    if sum(bounds[k][1] <= top + 1 and bounds[k][3] >= foot - 1 for k in box.inside) > 1:
        return False
    single, lengths, joined, told = [], [], [], 0
    for points in (box.pieces.points([k]) for k in box.inside):
        if len(points) < PX_PER_MM:
            continue
        across, along, way = axes(*points.T)
        length = LENGTH * along / side
        if across <= _SLIM * along and length >= _LONG:
            single.append(way)
            lengths.append(length)
        elif length >= _JOINED:
            joined.append(way)
        else:
            continue
        told += len(points)
    if len(single) < _SINGLE or told < _SHARE * box.pieces.area_px(box.inside) or np.median(lengths) < _USUALLY:
        return False
    usual = np.median([way if way @ single[0] >= 0 else -way for way in single], axis=0)
    usual /= np.hypot(*usual)
    turned = np.abs(np.array(single + joined) @ usual) < np.cos(np.radians(_TURN_DEG))
    leans = abs(usual[0]) >= np.sin(np.radians(_LEANS_DEG))
    return not turned.any() and bool(leans or not box.usual.evened)
