"""Boxes while they are judged: the ink that each holds, how it looks, and what it is taken for so far."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.records import Doubt
from ballot_scan.scan import widths
from ballot_scan.scan.frames import RING_IN_PX, Frames
from ballot_scan.scan.pieces import Darkness, Pieces, strokes
from ballot_scan.scan.region import PX_PER_MM

_SINGLE = 1.12  # strokes that lines across and lines down an uncrossed straight one meet
_GRAIN_PX = 2.0
_GRAIN_REACH_PX = 10  # of the filter, and one for the slope
EDGE_PX, _TELL_PX = 3, 40  # ink's edge lies so near about it; fewer pixels are too few to tell
SHADE_PALER = 0.6  # of its row's mark: what is as pale may be shade, a stain, or show through
_STEEPEST, _MOST = 95, 70  # percentiles
_LINES_PX = 2.0  # lines by one another are narrower
_CENTRE_PX = 0.8  # a mark's centre within 0.1 mm of the frame is neither in nor out
_SECTORS = 24


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

    def edge(self, ink: NDArray[np.bool_], x0: int, y0: int, *, by_darkest: bool = False) -> float:
        """How steeply the darkness of ``ink`` (h, w), a mask with its corner at ``x0``, ``y0``, and within it of what
        lies about the ink, changes by the pixel at most: what was drawn has edges. By what most of the ink has, for it
        may be darker where strokes cross, or ``by_darkest`` of it. Infinite where there is too little to tell."""
        side = 2 * EDGE_PX + 1
        about = cv2.dilate(ink.astype(np.uint8), np.ones((side, side), np.uint8)) > 0
        if np.count_nonzero(about) < _TELL_PX:
            return np.inf
        high, wide = ink.shape
        soft, steep = self.smooth(x0, y0, x0 + wide, y0 + high)
        usual = np.percentile(soft[about], _STEEPEST) if by_darkest else np.percentile(soft[ink], _MOST)
        return float(np.percentile(steep[about], _STEEPEST) / max(float(usual), 1.0))


@dataclass(eq=False)
class Box:
    """One box while its page is judged.

    Its ink does not change once it is gathered: how it looks is worked out when that is asked for, and kept.
    """

    at: int  # which of the page's boxes it is …
    row: int  # … and of which row
    pieces: Pieces
    usual: Usual
    coverage: float = 0.0
    darkest: float = 0.0  # 0-1
    inside: list[int] = field(default_factory=list)  # labels of the pieces inside, specks left out …
    specks: list[int] = field(default_factory=list)  # … and those of the specks
    attached: list[int] = field(default_factory=list)  # labels outside that go on from inside
    shared: list[int] = field(default_factory=list)  # labels outside that also go on from a box of another row
    doubtful_share: bool = False  # one stroke through two rows: a long tail, or a mark between them
    sides: int = 0  # of the frame that the ink reaches
    weak: bool = False  # a mark by form and place, but pale, small or broken
    grainy: bool = False  # a weak one of which hardly more than the pencil's grain shows
    broken: bool = False  # a mark but for the gaps in it
    thin: bool = False  # a mark but for its lines, which are narrower than the printed ones
    frail: bool = False  # … and but for the gaps in them
    stain: bool = False  # a mark but for its breadth, as of a stain
    streak: bool = False  # its ink is what evening out left of a streak
    stripe: bool = False  # its ink is a pale line, upright or level, as no pen's beside a mark much darker
    state: str = "empty"
    doubt: Doubt = Doubt.TRACE  # why it is unsure, if it is

    def clear(self) -> None:
        """Take its ink for nothing; what goes on from it outside is to be judged as it lies."""
        self.state, self.attached = "empty", []
        for name, kept in vars(Box).items():
            if isinstance(kept, cached_property):
                vars(self).pop(name, None)

    def leave(self, why: Doubt) -> None:
        """Leave it to people."""
        self.state, self.doubt = "unsure", why

    @property
    def found(self) -> bool:
        """Whether its printed frame was found."""
        return bool(self.usual.frames.found[self.at])

    @property
    def centre_px(self) -> NDArray[np.float64]:
        return np.asarray(self.usual.frames.centre_px[self.at])

    @property
    def size_px(self) -> NDArray[np.float64]:
        return np.asarray(self.usual.frames.size_px[self.at])

    @property
    def half_px(self) -> NDArray[np.float64]:
        """(2,) how far from its middle, across and down, the centre of a mark may lie that is clearly inside."""
        return np.asarray(self.size_px / 2 - _CENTRE_PX)

    @property
    def side_px(self) -> float:
        """Mean side of what is looked at within its frame."""
        return float(self.size_px.mean()) - 2 * RING_IN_PX

    @property
    def whole(self) -> list[int]:
        """Labels of its ink and of what goes on from it outside."""
        return self.inside + self.attached

    @property
    def shreds(self) -> int:
        """How many pieces lie inside, specks too."""
        return len(self.inside) + len(self.specks)

    @cached_property
    def extent(self) -> tuple[int, int, int, int]:
        """x0, y0, x1, y1 of its whole ink, px."""
        return self.pieces.extent(self.whole)

    @cached_property
    def reach_mm(self) -> float:
        """The longer side of that."""
        return self.pieces.reach_mm(self.whole)

    @cached_property
    def ink(self) -> NDArray[np.bool_]:
        """(h, w) its whole ink, cut to its extent."""
        return self.pieces.mask(self.whole)

    @cached_property
    def ink_inside(self) -> NDArray[np.bool_]:
        """(h, w) its ink inside, cut to its extent; one empty place where there is none."""
        return self.pieces.mask(self.inside) if self.inside else np.zeros((1, 1), np.bool_)

    @cached_property
    def spread_mm(self) -> tuple[float, float, float, int]:
        """Of its whole ink, see ``Pieces``."""
        return self.pieces.spread_mm(self.whole)

    @cached_property
    def met(self) -> tuple[float, float]:
        """How many strokes lines across and lines down meet inside the box, fewer first: 2, 2 a cross; 1, 2 an
        angle."""
        low, high = sorted((strokes(self.ink_inside), strokes(self.ink_inside.T)))
        return low, high

    @property
    def is_single(self) -> bool:
        """Whether the ink inside the box is one straight stroke."""
        return self.met[1] < _SINGLE

    @property
    def is_uncrossed(self) -> bool:
        """Whether lines across it, or lines down, meet but one stroke."""
        return self.met[0] < _SINGLE

    @cached_property
    def mean(self) -> float:
        """Mean darkness, 0-1, of its whole ink."""
        return float(self.pieces.ink[self.whole].sum() / max(self.pieces.area_px(self.whole), 1))

    @cached_property
    def by_length_mm(self) -> float:
        """Its whole ink by its length, as if it were one line: a quick guess at its width."""
        x0, y0, x1, y1 = self.extent
        return float(self.pieces.area_px(self.whole) / np.hypot(x1 - x0, y1 - y0)) / PX_PER_MM

    def edge(self, *, by_darkest: bool = False) -> float:
        """How steeply its ink ends within the frame, see ``Usual``; the frame's own edges are not its. Of what covers
        the whole box nothing ends there."""
        x0, y0, x1, y1 = self.usual.frames.rects(self.usual.dark.shape, -2 * RING_IN_PX)[self.at]
        if x1 <= x0 or y1 <= y0:
            return np.inf
        ink = np.isin(self.pieces.labels[y0:y1, x0:x1], self.inside)
        return self.usual.edge(ink, int(x0), int(y0), by_darkest=by_darkest)

    @cached_property
    def lined(self) -> float:
        """By how much its ink goes up and down within a millimetre, inside its edges, as a share of its darkness: that
        of a blot hardly, that of strokes laid close by more."""
        x0, y0, x1, y1 = self.extent
        inner = cv2.erode(self.ink.astype(np.uint8), np.ones((5, 5), np.uint8), borderValue=0) > 0
        part = self.usual.dark[y0:y1, x0:x1].astype(np.float32)
        values = (part - cv2.GaussianBlur(part, (0, 0), _LINES_PX))[inner]
        return float(values.std() / max(float(part[inner].mean()), 1.0)) if values.size else 0.0

    @property
    def outside_share(self) -> float:
        """The ink that goes on outside by that inside, pixels."""
        return self.pieces.area_px(self.attached) / max(self.pieces.area_px(self.inside), 1)

    def surrounds(self, which: list[int], share: float) -> bool:
        """Whether some of its ink goes such a ``share`` of the way round its middle: a tick about it goes half."""
        xs, ys = self.pieces.points(which).T
        turned = np.arctan2(ys - self.centre_px[1], xs - self.centre_px[0])
        sectors = np.unique(np.floor((turned / (2 * np.pi) + 0.5) * _SECTORS).astype(np.intp) % _SECTORS)
        return len(sectors) >= share * _SECTORS

    @cached_property
    def width_px(self) -> float:
        """Mean width of the strokes of its whole ink."""
        x0, y0, x1, y1 = self.extent
        return widths.of_stroke(self.usual.dark[y0:y1, x0:x1], self.ink)


def owners_of(boxes: list[Box]) -> dict[int, list[Box]]:
    """Outside piece → the boxes it goes on from; more than one: a mark between boxes."""
    owners: dict[int, list[Box]] = {}
    for box in boxes:
        for k in box.attached:
            owners.setdefault(k, []).append(box)
    return owners


def lone(boxes: list[Box], *, marked: bool) -> list[Box]:
    """The boxes that are the only one of their row with any ink, or the only one ``marked``."""
    chosen = [box for box in boxes if (box.state == "marked" if marked else box.state != "empty")]
    rows = Counter(box.row for box in chosen)
    return [box for box in chosen if rows[box.row] == 1]


def row_count(boxes: list[Box]) -> int:
    """How many rows the boxes are in."""
    return 1 + max(box.row for box in boxes)
