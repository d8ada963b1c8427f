"""What stands in a box as dark as a mark and is none: a dash, ditto marks, a face, writing (see ``letters``), the bed
seen through a filing hole.

Told by its form, and only these forms are. Who votes with dashes or zigzags, or fills boxes as round as a punch does,
does so in more rows than a few.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.records import Doubt
from ballot_scan.scan import letters
from ballot_scan.scan.boxes import Box
from ballot_scan.scan.circles import circle_through
from ballot_scan.scan.frames import RING_IN_PX, RING_OUT_PX
from ballot_scan.scan.letters import Parts
from ballot_scan.scan.pieces import LENGTH, axes, strokes
from ballot_scan.scan.region import PX_PER_MM

_USUAL, _HOLES = 0.5, 0.3  # of a ballot's marks: where more have the form, it is its voter's way to vote
_FILLED = 0.45  # of a box: a hand that fills one so draws zigzags in others
_CORE = 0.4  # of its darkest, where strokes lie that touch by their soft edges
_DASH_DEG, _DASH_RATIO, _DASH_BROAD, _DASH_MET = 10.0, 0.35, 0.36, 1.15  # a stroke so level, narrow and straight
_DITTO, _SLIM, _SINGLE, _TURN_DEG = 2, 0.45, 1.15, 25.0  # strokes side by side, each a single one …
_WAVERS = 0.22  # … or one that wavers, no broader
_DITTO_MM, _ALIKE, _APART_MM, _SHIFT = (1.0, 3.2), 0.5, 0.4, 0.7  # … of one length, shorter than a double slash's
_EQUALS_MM, _LEVEL_DEG = 6.0, 15.0  # … but where both are level, as of a sign of equality: nobody slashes so
_WITHIN, _FEATURES, _SMALL = 2, 2, 0.6  # outlines about one: an eye is within a face's outline, and smaller than that
_OPEN_MM, _HALF = 2.6, 0.5  # strokes are narrower
_HOLE_MM = (4.8, 6.6)  # a hole's diameter: 6 mm by ISO 838, 5.5 by many a punch
_RIM_PX = 40  # of a rim off the frame's line, at least
_RIM_MM, _FILLED_MM, _RIM_SHARE = 0.06, 0.25, 80  # so near to a circle lies so much of its rim, and of what hands fill
_ABOUT_PX = RING_IN_PX + RING_OUT_PX + 1  # of a hole's rim so much may lie where a box's ink is not gathered
_INNER_PX, _BED = 5, 0.03  # well within its rim it varies by no more of its darkness
_COVERED = 0.2  # of a box that a hole in it covers, at least


def doubt(boxes: list[Box]) -> None:
    """Leave to people what has a mark's darkness and place and another sign's form. Changes ``boxes``."""
    marked = [box for box in boxes if box.state == "marked"]
    dashes, discs = [box for box in marked if _is_dash(box)], {box.at: _off_disc_mm(box) for box in marked}
    cores = {box.at: _core(box) for box in marked}
    waves = [box for box in marked if letters.is_wave(cores[box.at], box.side_px)]
    filling = [box for box in marked if box in waves or box.coverage >= _FILLED]
    for why, found, alike in ((Doubt.LINE, dashes, dashes), (Doubt.SIGN, waves, filling)):
        if len(alike) <= _USUAL * len(marked):
            for box in found:
                box.leave(why)
    filled = sum(off <= _FILLED_MM for off in discs.values())
    for box in marked:
        if discs[box.at] <= _RIM_MM and filled <= max(1, _HOLES * len(marked)):
            box.leave(Doubt.HOLE)
        elif box.state == "marked" and _is_sign(box, cores[box.at]):
            box.leave(Doubt.SIGN)


def _is_dash(box: Box) -> bool:
    """Whether a mark is one level stroke, as who strikes out a space draws it, or who repeats what stands above."""
    if box.met[1] >= _DASH_MET:
        return False
    ys, xs = np.nonzero(box.ink)
    across, along, direction = axes(xs, ys)
    level = abs(direction[1]) <= np.sin(np.radians(_DASH_DEG))
    broad = len(xs) / (LENGTH * along)
    return bool(level and across < _DASH_RATIO * along and across < _DASH_BROAD * broad)


def _core(box: Box) -> NDArray[np.uint8]:
    """(h, w) uint8, 0 or 1: the darkest of a mark's ink and the specks about it."""
    x0, y0, x1, y1 = box.pieces.extent(mine := box.whole + box.specks)
    dark = box.usual.dark[y0:y1, x0:x1]
    return (box.pieces.mask(mine) & (dark > _CORE * 255 * box.darkest)).astype(np.uint8)


def _is_sign(box: Box, core: NDArray[np.uint8]) -> bool:
    """Whether a mark is ditto marks or letters, or ink stands free within a line that goes all about it, as the eyes of
    a face do. ``core``: see ``_core``."""
    outlines, tree = cv2.findContours(core, cv2.RETR_TREE, cv2.CHAIN_APPROX_NONE)
    if len(outlines) < _DITTO:  # one stroke, or strokes that meet and leave no space between
        return False
    above = np.asarray(tree, np.int32)[0, :, 3]
    if np.count_nonzero(above < 0) >= _DITTO:
        parts = Parts.of(core)
        free = not box.attached
        if _is_ditto(parts, free=free) or (free and (letters.are_letters(parts) or letters.is_query(parts))):
            return True
    return _is_face(core, outlines, above)


def _is_face(core: NDArray[np.uint8], outlines: Sequence[cv2.typing.MatLike], above: NDArray[np.int32]) -> bool:
    """Whether several small pieces stand within an outline: one alone is a speck, or a mark that was circled.
    ``above`` (n,): of each outline the one that it lies in, -1 for none."""
    if len(outlines) <= _WITHIN:
        return False
    first = np.where(above >= 0, above[above], -1)
    within = np.flatnonzero((first >= 0) & (above[first] < 0))
    pieces = [outlines[int(i)] for i in within if cv2.contourArea(outlines[int(i)]) >= letters.PART_PX]
    most = _SMALL * max(core.shape)
    return len(pieces) >= _FEATURES and all(max(cv2.boundingRect(piece)[2:]) <= most for piece in pieces)


def _is_ditto(parts: Parts, *, free: bool) -> bool:
    """Whether a mark is two short strokes side by side, and nothing else; ``free``: it lies within its box, so that
    neither is what its frame left of a cross."""
    if len(parts.found) != _DITTO:
        return False
    middles, ways, lengths = [], [], []
    for found in parts.found:
        part = parts.mask(found)
        ys, xs = np.nonzero(part)
        across, along, way = axes(xs, ys)
        met = max(strokes(part), strokes(part.T))
        if free and across <= _WAVERS * along:  # lines along it meet it twice
            met = strokes(part.T if abs(way[0]) > abs(way[1]) else part)
        if across > _SLIM * along or met >= _SINGLE:
            return False
        middles.append(np.array([found.x + xs.mean(), found.y + ys.mean()]))
        ways.append(way)
        lengths.append(LENGTH * along / PX_PER_MM)
    ways[1] = ways[1] * np.sign(ways[0] @ ways[1])
    shorter, longer = sorted(lengths)
    level = max(abs(way[1]) for way in ways) <= np.sin(np.radians(_LEVEL_DEG))
    short = _DITTO_MM[0] <= shorter and _ALIKE * longer <= shorter and longer <= (_EQUALS_MM if level else _DITTO_MM[1])
    if not short or ways[0] @ ways[1] < np.cos(np.radians(_TURN_DEG)):
        return False
    between, way = (middles[1] - middles[0]) / PX_PER_MM, (ways[0] + ways[1]) / np.linalg.norm(ways[0] + ways[1])
    aside = abs(between[0] * way[1] - between[1] * way[0])
    return bool(aside >= _APART_MM and abs(between @ way) <= _SHIFT * longer)


def _off_disc_mm(box: Box) -> float:
    """How far the rim of what fills a box strays from a filing hole's, mm: the scanner's bed shows through one rounder
    and more even than most hands fill. Infinite where nothing is so large, or so even."""
    if box.coverage < _COVERED:
        return np.inf
    x0, y0, x1, y1 = box.extent
    left, top = max(x0 - _ABOUT_PX, 0), max(y0 - _ABOUT_PX, 0)
    dark = box.usual.dark[top : y1 + _ABOUT_PX, left : x1 + _ABOUT_PX]
    solid = (dark > _HALF * 255 * box.darkest).astype(np.uint8)
    if cv2.distanceTransform(solid, cv2.DIST_L2, 3).max() < _OPEN_MM / 2 * PX_PER_MM:
        return np.inf
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (round(_OPEN_MM * PX_PER_MM),) * 2)
    solid = np.asarray(cv2.morphologyEx(solid, cv2.MORPH_OPEN, disc, borderValue=0), np.uint8)
    outlines, _ = cv2.findContours(solid, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    corner = np.array([left, top], np.float64)
    rims = [np.asarray(o[:, 0] + corner, np.float64) for o in outlines if _is_even(dark, o)]
    return min((_off_circle_mm(_off_frame(box, rim)) for rim in rims), default=np.inf)


def _off_frame(box: Box, rim: NDArray[np.float64]) -> NDArray[np.float64]:
    """The places of an outline (n, 2) at which the frame's printed line does not run into it."""
    deep = (box.size_px / 2 - np.abs(rim - box.centre_px)).min(axis=1)
    return np.asarray(rim[(deep < -RING_OUT_PX) | (deep > RING_IN_PX)])


def _off_circle_mm(rim: NDArray[np.float64]) -> float:
    """How far nearly all of an outline (n, 2) px strays from a circle of a hole's size at most."""
    if len(rim) < _RIM_PX:
        return np.inf
    middle, radius = circle_through(rim)
    least, most = _HOLE_MM
    if not least <= 2 * radius / PX_PER_MM <= most:
        return np.inf
    off = np.abs(np.hypot(*(rim - middle).T) - radius)
    return float(np.percentile(off, _RIM_SHARE)) / PX_PER_MM


def _is_even(dark: NDArray[np.uint8], outline: cv2.typing.MatLike) -> bool:
    """Whether nothing but one tone lies well within an outline."""
    side = 2 * _INNER_PX + 1
    disc = cv2.drawContours(np.zeros(dark.shape, np.uint8), [outline], -1, 1, -1)
    inner = dark[cv2.erode(disc, np.ones((side, side), np.uint8), borderValue=0) > 0]
    return bool(len(inner) and inner.std() <= _BED * inner.mean())
