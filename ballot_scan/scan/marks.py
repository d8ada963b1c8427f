"""Marks: what ink in and about the boxes says, box by box and row by row.

Ink is taken against the local paper and the print of the markers; frames are taken out at their fitted places;
what remains falls into connected pieces. A piece inside a frame, together with the pieces that go on outside,
is a mark when it is dark, long and centred inside the frame; dirt when it is tiny; else a doubt.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.records import BLANK, MULTIPLE, UNSURE, Rule
from ballot_scan.scan import widths
from ballot_scan.scan.frames import RING_IN_PX, RING_OUT_PX, Frames
from ballot_scan.scan.profile import Profile
from ballot_scan.scan.region import PX_PER_MM

Darkness = NDArray[np.uint8]
Rects = NDArray[np.intp]

_DARKEST_PX = 38  # 0.6 mm²
_FAINT = 0.25  # the table's rules are printed in 12 % grey
_RULE_PX = 112  # 14 mm: more than a row
_RULE_ACROSS_PX = 240  # 30 mm: a pen's line through a row falls into shorter pieces, at the boxes
_RULE_LEAN = 0.05  # such a rule may lean by 3°
_BORDER_RATIO, _BORDER_SHARE, _SPARSE, _SIDE_PX = 3.0, 0.6, 0.2, 3
_RULE_SHARE = 0.55  # of the region's height or width
_CROSSING, _BENT = 1.3, 1.25
_THROUGH_MM, _LONE = 16.0, 1.15  # a line so long, and alone, passes through
_STAIN_DARKEST, _BROAD_PX, _BROAD_SHARE = 0.3, 13, 0.1  # no pen but a marker draws 1.6 mm wide, and that is black
_WEAK_MM = 2.5  # a shorter weak mark is left to people, whatever the page's others look like
_SOLID = 0.30  # coverage from which a hidden frame is explained by the mark itself
_NEAR_MM = 4.2  # how far from a box stray ink still belongs to its row
_CREASE_DARKEST = 0.62
_CREASE_MM, _CREASE_TURN = 0.25, 0.06  # standard deviation across what a crease left; sine of 3.5°
_HAIR_DARKEST, _HAIR_SHARE, _HAIR_MM = 0.62, 0.8, 0.29  # beside the boxes of a row that has its mark
_GRAIN_PX = 2.0
_VEIL_PX = 40  # fewer pixels are too few to tell
_SMUDGE_MM, _SMUDGE_DARKEST = 0.8, 0.4  # a smudge is broad …
_VEIL_MM, _VEIL_DARKEST = 0.42, 0.28  # … or paler than a pencil's filling, and still broader than its strokes
_CENTRE_PX = 0.8  # a mark's centre within 0.1 mm of the frame is neither in nor out


@dataclass(slots=True, eq=False)
class _Box:
    """Ink of one box while it is gathered."""

    coverage: float = 0.0
    darkest: float = 0.0  # 0-1
    pieces: list[int] = field(default_factory=list)  # labels inside, specks left out
    attached: list[int] = field(default_factory=list)  # labels outside that go on from inside
    shared: list[int] = field(default_factory=list)  # labels outside that also go on from a box of another row
    doubtful_share: bool = False  # one stroke through two rows: a long tail, or a mark between them
    shreds: int = 0  # pieces inside, specks too
    thin: bool = False  # marked, but a pale line narrower than the printed ones
    weak: bool = False  # a mark by form and place, but pale, small or broken
    state: str = "empty"


@dataclass(frozen=True)
class _Usual:
    """What a page's marks are held against: its ``dark`` (h, w) uint8, and how wide the lines of its frames are."""

    dark: Darkness
    frames: Frames

    @cached_property
    def frame_width_px(self) -> float:
        return widths.of_frames(self.dark, self.frames)

    @cached_property
    def smooth(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(h, w) each: the darkness without its grain, and how steeply that changes from pixel to pixel."""
        soft = cv2.GaussianBlur(self.dark.astype(np.float32), (0, 0), _GRAIN_PX)
        across, down = (cv2.Sobel(soft, cv2.CV_32F, dx, 1 - dx, scale=1 / 8) for dx in (1, 0))
        return np.asarray(soft, np.float32), np.hypot(across, down)


@dataclass(frozen=True, slots=True)
class BoxMark:
    """One box judged: ``state`` empty, marked or unsure; ``coverage`` 0-1 of the inside; ``darkest`` 0-1."""

    state: str
    coverage: float
    darkest: float


@dataclass(frozen=True, slots=True)
class RowMarks:
    """One row judged: the index of the marked box, or blank, multiple, unsure; findings say why it is doubtful."""

    marked: int | None
    reading: str  # "" where ``marked`` names the box
    boxes: tuple[BoxMark, ...]
    findings: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class _Pieces:
    labels: NDArray[np.int32]
    stats: NDArray[np.int32]
    centroids: NDArray[np.float64]
    ink: NDArray[np.float64]  # darkness summed, px² of full black
    peak: NDArray[np.float64]  # darkest pixel, 0-1

    def sparse(self, k: int) -> bool:
        """Whether a piece covers hardly any of its extent: lines about a wide space."""
        _, _, width, height, area = self.stats[k]
        return bool(area < _SPARSE * width * height)

    def specks(self, profile: Profile) -> NDArray[np.bool_]:
        """(n,) which pieces are dirt: hardly any ink, or a dot smaller than a pen's rest, however black."""
        ink = self.ink / PX_PER_MM**2
        size = np.sqrt(4 / np.pi * ink / np.maximum(self.peak, 0.05))
        found = (ink < profile.speck_mm2) | (size < profile.speck_mm)
        found[0] = True
        return np.asarray(found)


def judge(
    dark: Darkness, frames: Frames, row_of: NDArray[np.intp], profile: Profile, *, bilevel: bool = False
) -> list[RowMarks]:
    """Judge every row of a page.

    ``dark`` (h, w) uint8: darkness of the region at 8 px/mm; ``frames``: the fitted boxes; ``row_of`` (n,): each
    box's row index. ``bilevel``: the scan is black and white, and a pale mark may have left but specks.
    """
    soft = np.asarray(cv2.GaussianBlur(dark, (3, 3), 0), dtype=np.uint8)
    doubtful_place = np.where(frames.found, 0.0, 2.0)
    outer = frames.rects(dark.shape, RING_OUT_PX)
    inner = frames.rects(dark.shape, -RING_IN_PX, doubtful_place)
    level = _ink_level(soft, profile)
    ink = np.asarray(cv2.threshold(soft, level * 255, 255, cv2.THRESH_BINARY)[1], dtype=np.uint8)
    _take_rules_out(ink, soft)
    _take_frames_out(ink, outer, inner)
    ink = np.asarray(cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)), dtype=np.uint8)
    pieces = _pieces(ink, soft)
    specks = pieces.specks(profile)
    counts = _inked(ink, inner)
    usual = _Usual(soft, frames)
    boxes = [
        _gather(soft, counts[i], pieces, specks, outer[i], inner[i]) if counts[i] else _Box()
        for i in range(len(row_of))
    ]
    _part(boxes, row_of, pieces)
    owners = _owners(boxes)
    for i, box in enumerate(boxes):
        if box.pieces or box.coverage or not frames.found[i]:
            box.state = _state(box, pieces, frames, i, profile, usual)
        if bilevel and box.state == "empty" and box.coverage >= profile.bilevel_share:
            box.state = "unsure"
    if not bilevel:
        _by_their_pencil(boxes, row_of, profile)
    gone_over = _gone_over(dark, outer, inner, frames, profile)
    stray = _stray(pieces, boxes, outer, row_of, profile, usual)
    rows = []
    for row in range(int(row_of.max()) + 1):
        mine = [int(i) for i in np.flatnonzero(row_of == row)]
        findings = _row_doubts(mine, boxes, owners, gone_over, profile)
        if row in stray:
            findings.add(Rule.MARK_OFF_BOX)
        rows.append(_row([boxes[i] for i in mine], findings))
    return rows


def _ink_level(soft: Darkness, profile: Profile) -> float:
    """Darkness from which a pixel is ink on this page: well above its paper's grain, within the profile's bounds.

    Most of the region is paper: its median, and the distance to the 84th percentile as its spread.
    """
    below = np.cumsum(np.bincount(soft[::5, ::5].ravel(), minlength=256))
    paper, spread = (float(np.searchsorted(below, share * below[-1], "right")) for share in (0.5, 0.84))
    return float(np.clip((paper + 5 * (spread - paper)) / 255, profile.ink_least, profile.ink_most))


def _take_rules_out(ink: Darkness, soft: Darkness) -> None:
    """Clear the table's light rules: faint columns and rows of the straightened region that run through all of it."""
    faint = cv2.inRange(soft, 1 + round(0.06 * 255), round(_FAINT * 255))
    for axis in (0, 1):
        share = cv2.reduce(faint, axis, cv2.REDUCE_AVG, dtype=cv2.CV_32F).ravel() / 255
        for at in np.flatnonzero(share > _RULE_SHARE):
            line = (slice(None), slice(max(at - 1, 0), at + 2)) if axis == 0 else (slice(max(at - 1, 0), at + 2),)
            ink[line][soft[line] <= _FAINT * 255] = 0


def _take_frames_out(ink: Darkness, outer: Rects, inner: Rects) -> None:
    for (ox0, oy0, ox1, oy1), (ix0, iy0, ix1, iy1) in zip(outer, inner, strict=True):
        inside = ink[iy0:iy1, ix0:ix1].copy()
        ink[oy0:oy1, ox0:ox1] = 0
        ink[iy0:iy1, ix0:ix1] = inside


def _pieces(ink: Darkness, soft: Darkness) -> _Pieces:
    """Connected pieces of the ink. OpenCV's own statistics cost three times as much: ink is sparse."""
    count, labels = cv2.connectedComponents(ink, connectivity=8)
    points = cv2.findNonZero(ink)
    if points is None:
        return _Pieces(
            np.asarray(labels, np.int32), np.zeros((1, 5), np.int32), np.zeros((1, 2)), np.zeros(1), np.zeros(1)
        )
    xs, ys = np.asarray(points, np.int32).reshape(-1, 2).T
    label = labels[ys, xs].astype(np.uint16 if count < 65536 else np.int32)
    order = np.argsort(label, kind="stable")
    first = np.searchsorted(label[order], np.arange(1, count))
    stats, centroids, total = np.zeros((count, 5), np.int32), np.zeros((count, 2)), np.zeros(count)
    area = np.bincount(label, minlength=count)
    stats[:, cv2.CC_STAT_AREA] = area
    for axis, values in enumerate((xs, ys)):
        along = values[order]
        low, high = np.minimum.reduceat(along, first), np.maximum.reduceat(along, first)
        stats[1:, axis], stats[1:, axis + 2] = low, high - low + 1
        centroids[:, axis] = np.bincount(label, values, count) / np.maximum(area, 1)
    dark = soft[ys, xs].astype(np.float64) / 255
    total[:] = np.bincount(label, dark, count)
    peak = np.zeros(count)
    peak[1:] = np.maximum.reduceat(dark[order], first)
    return _Pieces(np.asarray(labels, np.int32), stats, centroids, total, peak)


def _sums(total: NDArray[np.int32], rects: Rects) -> NDArray[np.int64]:
    """(n,) sums inside rects, from an integral picture."""
    x0, y0, x1, y1 = rects.T
    return np.asarray(total[y1, x1] - total[y0, x1] - total[y1, x0] + total[y0, x0], dtype=np.int64)


def _inked(ink: Darkness, inner: Rects) -> NDArray[np.int64]:
    """(n,) how many pixels inside each frame are ink."""
    return _sums(np.asarray(cv2.integral(ink), np.int32), inner) // 255


def _gather(
    soft: Darkness,
    count: int,
    pieces: _Pieces,
    specks: NDArray[np.bool_],
    outer: NDArray[np.intp],
    inner: NDArray[np.intp],
) -> _Box:
    """The ink of one box: pieces inside, those that go on outside, coverage and darkness."""
    x0, y0, x1, y1 = inner
    box = _Box(coverage=float(count) / int((x1 - x0) * (y1 - y0)))
    values = soft[y0:y1, x0:x1].ravel()
    darkest = min(_DARKEST_PX, values.size)
    box.darkest = float(np.partition(values, -darkest)[-darkest:].mean()) / 255
    found = np.flatnonzero(np.bincount(pieces.labels[y0:y1, x0:x1].ravel()))
    box.shreds = len(found) - 1
    box.pieces = [int(k) for k in found if not specks[k]]
    s = pieces.stats[box.pieces]
    if ((s[:, 0] <= x0) | (s[:, 1] <= y0) | (s[:, 0] + s[:, 2] >= x1) | (s[:, 1] + s[:, 3] >= y1)).any():
        box.attached = [k for k in _around(pieces, outer) if not specks[k]]
    return box


def _around(pieces: _Pieces, outer: NDArray[np.intp]) -> list[int]:
    """Labels of the pieces that touch the outside of a frame."""
    x0, y0, x1, y1 = outer
    labels = pieces.labels
    height, width = labels.shape
    xa, xb, ya, yb = max(x0 - 1, 0), min(x1 + 1, width), max(y0 - 1, 0), min(y1 + 1, height)
    lines = [labels[ya, xa:xb], labels[yb - 1, xa:xb], labels[ya:yb, xa], labels[ya:yb, xb - 1]]
    return [int(k) for k in np.flatnonzero(np.bincount(np.concatenate(lines))) if k]


def _part(boxes: list[_Box], row_of: NDArray[np.intp], pieces: _Pieces) -> None:
    """Marks of two rows whose arms touch between them: the shared piece belongs to neither.

    Told apart so are only marks that are whole in their own boxes: one at least crosses itself there, and none is a
    single stroke. Anything else is one stroke through two rows.
    """
    for k, owners in _owners(boxes).items():
        if len({int(row_of[i]) for i in owners}) > 1:
            met = [_met(boxes[i], pieces) for i in owners]
            doubtful = max(low for low, _ in met) < _CROSSING or min(high for _, high in met) < _BENT
            for i in owners:
                boxes[i].attached.remove(k)
                boxes[i].shared.append(k)
                boxes[i].doubtful_share |= doubtful


def _met(box: _Box, pieces: _Pieces) -> tuple[float, float]:
    """How many strokes lines across and lines down meet inside the box, fewer first: 2, 2 a cross; 1, 2 an angle."""
    if not box.pieces:
        return 0.0, 0.0
    inside = _inside(box, pieces)
    low, high = sorted((_strokes(inside), _strokes(inside.T)))
    return low, high


def _inside(box: _Box, pieces: _Pieces) -> NDArray[np.bool_]:
    """The box's own ink, cut to its extent."""
    x0, y0, x1, y1 = _extent(box, pieces)
    return np.isin(pieces.labels[y0:y1, x0:x1], box.pieces)


def _extent(box: _Box, pieces: _Pieces) -> tuple[int, int, int, int]:
    s = pieces.stats[box.pieces]
    (x0, y0), (x1, y1) = s[:, :2].min(axis=0), (s[:, :2] + s[:, 2:4]).max(axis=0)
    return int(x0), int(y0), int(x1), int(y1)


def _owners(boxes: list[_Box]) -> dict[int, list[int]]:
    """Outside piece → the boxes it goes on from; more than one: a mark between boxes."""
    owners: dict[int, list[int]] = {}
    for i, box in enumerate(boxes):
        for k in box.attached:
            owners.setdefault(k, []).append(i)
    return owners


def _state(box: _Box, pieces: _Pieces, frames: Frames, i: int, profile: Profile, usual: _Usual) -> str:
    if not box.pieces:
        scattered = box.shreds >= profile.dust_specks and box.coverage >= profile.dust_specks_share
        clean = box.coverage < profile.dust_share and not scattered
        return "empty" if clean and (frames.found[i] or frames.backed[i]) else "unsure"
    if box.darkest < profile.veil_below and frames.found[i] and _is_veil(box, pieces, usual, i, profile):
        return "empty"
    if not frames.found[i] and box.coverage < _SOLID:
        return "unsure"  # the frame is not where it must be, and no mark explains it
    inside = pieces.stats[box.pieces, cv2.CC_STAT_AREA].sum() / PX_PER_MM**2
    own = _extent_mm(pieces, box.pieces)
    whole = _extent_mm(pieces, box.pieces + box.attached)
    if own < 1.0 or not _drawn(box, pieces, whole, profile) or not _centred(box, pieces, frames, i):
        return "unsure"
    large = whole >= profile.mark_extent_mm and inside >= profile.mark_inside_mm2
    unbroken = _whole(box, pieces, profile)
    if box.darkest >= profile.marked_above and large and unbroken and _firm(box, pieces, whole, profile):
        if box.darkest < profile.hair_below and inside < profile.hair_mm2:
            box.thin = _is_thin(box, pieces, usual, profile)
        return "marked"
    box.weak = unbroken and whole >= _WEAK_MM
    return "unsure"


def _is_veil(box: _Box, pieces: _Pieces, usual: _Usual, i: int, profile: Profile) -> bool:
    """Whether pale ink fades out on all sides, as shade, a smudge and a rubbing do; what was drawn has edges."""
    x0, y0, x1, y1 = usual.frames.rects(usual.dark.shape, -2 * RING_IN_PX)[i]  # the frame's own edges are not its
    if x1 <= x0 or y1 <= y0:
        return False
    part = np.isin(pieces.labels[y0:y1, x0:x1], box.pieces).astype(np.uint8)
    where = cv2.dilate(part, np.ones((7, 7), np.uint8)) > 0
    if np.count_nonzero(where) < _VEIL_PX:
        return False
    soft, steep = (np.percentile(values[y0:y1, x0:x1][where], 95) for values in usual.smooth)
    return bool(steep < profile.veil_edge * soft)


def _drawn(box: _Box, pieces: _Pieces, whole_mm: float, profile: Profile) -> bool:
    """Whether ink may be a mark by its form: no mere upright or level line, and no crease or stain."""
    widest = int(pieces.stats[box.pieces, 2:4].min(axis=1).max())
    if widest < profile.line_mm * PX_PER_MM or _is_line(pieces.stats[box.pieces], profile):
        return False
    return not ((whole_mm >= _THROUGH_MM or box.darkest < _STAIN_DARKEST) and _is_stain(box, pieces, whole_mm))


def _is_stain(box: _Box, pieces: _Pieces, whole_mm: float) -> bool:
    """Whether the ink is one line that only passes through the box – a slanted crease – or a broad pale stain."""
    inside = _inside(box, pieces)
    if whole_mm >= _THROUGH_MM and max(_strokes(inside), _strokes(inside.T)) < _LONE:
        return True
    core = cv2.erode(inside.astype(np.uint8), np.ones((_BROAD_PX, _BROAD_PX), np.uint8), borderValue=0)
    return bool(box.darkest < _STAIN_DARKEST and np.count_nonzero(core) > _BROAD_SHARE * np.count_nonzero(inside))


def _by_their_pencil(boxes: list[_Box], row_of: NDArray[np.intp], profile: Profile) -> None:
    """Judge weak and thin marks by the page's others: what most rows look like is how its voter's pencil draws.

    Only rows with a single mark tell or are told. A weak mark counts where it is hardly paler than the usual one of
    theirs; a thin one, which may be a hair, only there too. Changes ``boxes``.
    """
    inked = [i for i, box in enumerate(boxes) if box.state != "empty"]
    rows = np.bincount(row_of[inked], minlength=1)
    pale = [
        boxes[i]
        for i in inked
        if rows[row_of[i]] == 1
        and (boxes[i].weak or (boxes[i].state == "marked" and boxes[i].darkest < profile.usual_below))
    ]
    pencilled = len(pale) >= profile.usual_rows and 2 * len(pale) >= np.count_nonzero(rows)
    least = profile.usual_share * float(np.median([box.darkest for box in pale])) if pencilled else 2.0
    alike = [box for box in pale if box.darkest >= least]
    for box in boxes:
        if box.thin and box not in alike:
            box.state = "unsure"
    for box in alike:
        box.state = "marked"


def _is_thin(box: _Box, pieces: _Pieces, usual: _Usual, profile: Profile) -> bool:
    """Whether the ink is a pale line narrower than the printed ones, as hardly a pen's is."""
    x0, y0, x1, y1 = _extent(box, pieces)
    stroke = np.isin(pieces.labels[y0:y1, x0:x1], box.pieces)
    width = widths.of_stroke(usual.dark[y0:y1, x0:x1], stroke)
    return width < min(profile.hair_width * usual.frame_width_px, profile.hair_width_mm * PX_PER_MM)


def _whole(box: _Box, pieces: _Pieces, profile: Profile) -> bool:
    """Whether the ink hangs together as a drawn mark does, and is not scattered in shreds."""
    area = pieces.stats[box.pieces, cv2.CC_STAT_AREA]
    divided = len(area) > 1 and float(area.max()) < profile.whole_share * float(area.sum())
    scattered = divided and not box.attached and box.darkest < profile.scattered_below
    pencil = box.darkest < profile.pencil_below  # its grain leaves gaps
    solid = box.darkest >= profile.solid_above and not (len(area) > 1 and area.max() < profile.solid_share * area.sum())
    shredded = box.shreds >= profile.shreds + pencil and (divided or not pencil) and not solid
    broken = box.shreds > 1 and float(area.max()) < profile.spent_share * float(area.sum())
    spent = broken and box.darkest < profile.spent_below and float(area.sum()) < profile.spent_mm2 * PX_PER_MM**2
    return not shredded and not scattered and not spent


def _is_line(stats: NDArray[np.int32], profile: Profile) -> bool:
    """Whether the ink in a box is one upright or level line: a crease or a streak rather than a mark."""
    width = (stats[:, 0] + stats[:, 2]).max() - stats[:, 0].min()
    height = (stats[:, 1] + stats[:, 3]).max() - stats[:, 1].min()
    narrow, long = sorted((int(width), int(height)))
    return narrow < profile.line_width_mm * PX_PER_MM and long >= profile.line_length_mm * PX_PER_MM


def _firm(box: _Box, pieces: _Pieces, whole_mm: float, profile: Profile) -> bool:
    """Whether a pale mark was meant: one short pale stroke is hesitation, two that meet or cross are a mark."""
    pale = box.darkest < profile.firm_above and whole_mm < profile.firm_extent_mm
    single = box.darkest < profile.single_below and whole_mm < profile.single_extent_mm
    stub = box.darkest < profile.stub_below and whole_mm < profile.stub_extent_mm
    if not pale and not single and not stub:
        return True
    inside = _inside(box, pieces)
    return max(_strokes(inside), _strokes(inside.T)) >= (profile.strokes if pale or stub else profile.single_strokes)


def _strokes(inside: NDArray[np.bool_]) -> float:
    """How many strokes a line across the mark meets on average: one stroke gives 1, a cross nearly 2."""
    starts = inside.copy()
    starts[:, 1:] &= ~inside[:, :-1]
    met = starts.sum(axis=1)
    return float(met[met > 0].mean()) if met.any() else 0.0


def _extent_mm(pieces: _Pieces, which: list[int]) -> float:
    s = pieces.stats[which]
    width = (s[:, 0] + s[:, 2]).max() - s[:, 0].min()
    height = (s[:, 1] + s[:, 3]).max() - s[:, 1].min()
    return float(max(width, height)) / PX_PER_MM


def _centred(box: _Box, pieces: _Pieces, frames: Frames, i: int) -> bool:
    """Whether the mark's centre of ink lies clearly inside the frame; a long tail of a tick does not move it out."""
    which = box.pieces + box.attached
    weight = pieces.ink[which]
    centre = (pieces.centroids[which] * weight[:, None]).sum(axis=0) / weight.sum()
    reach = frames.size_px[i] / 2 - _CENTRE_PX
    if (np.abs(centre - frames.centre_px[i]) <= reach).all():
        return True
    s = pieces.stats[which]
    lo, hi = s[:, :2].min(axis=0), (s[:, :2] + s[:, 2:4]).max(axis=0)
    share = pieces.ink[box.pieces].sum() / weight.sum()
    return bool((np.abs((lo + hi) / 2 - frames.centre_px[i]) <= reach).all() and share >= 0.4)


def _gone_over(dark: Darkness, outer: Rects, inner: Rects, frames: Frames, profile: Profile) -> list[bool]:
    """Boxes whose frame is much darker than the page's usual frame: somebody drew over it."""
    total = np.asarray(cv2.integral(dark), np.int32)
    area = (outer[:, 2] - outer[:, 0]) * (outer[:, 3] - outer[:, 1])
    area = area - (inner[:, 2] - inner[:, 0]) * (inner[:, 3] - inner[:, 1])
    ring = (_sums(total, outer) - _sums(total, inner)) / np.maximum(area, 1)
    usual = float(np.median(ring[frames.found])) if frames.found.any() else float(np.median(ring))
    return [bool(v > profile.gone_over * usual + 8) for v in ring]


def _stray(
    pieces: _Pieces, boxes: list[_Box], outer: Rects, row_of: NDArray[np.intp], profile: Profile, usual: _Usual
) -> set[int]:
    """Rows with a mark that belongs to no box."""
    taken = {k for box in boxes for k in (*box.pieces, *box.attached, *box.shared)}
    big = np.flatnonzero(
        (pieces.stats[:, 2:4].max(axis=1) >= profile.off_box_mm * PX_PER_MM)
        & (pieces.ink >= profile.off_box_mm2 * PX_PER_MM**2)
        & (pieces.peak >= profile.marked_above)
    )
    voted = np.bincount(row_of, [box.state == "marked" for box in boxes]) == 1
    rows = set()
    near = max(_NEAR_MM * PX_PER_MM, _between_rows(outer, row_of) / 2 + 1)
    for k in big:
        if k == 0 or int(k) in taken or _is_rule(pieces, int(k), profile):
            continue
        if pieces.peak[k] < _CREASE_DARKEST and _is_dirt(pieces, int(k)):
            continue
        x, y = pieces.centroids[k]
        dx = np.maximum(np.maximum(outer[:, 0] - x, x - outer[:, 2]), 0)
        dy = np.maximum(np.maximum(outer[:, 1] - y, y - outer[:, 3]), 0)
        nearest = int(np.hypot(dx, dy).argmin())
        between = outer[:, 0].min() <= x <= outer[:, 2].max()  # columns: nothing is printed among them
        row = int(row_of[nearest])
        if dy[nearest] <= near and (between or dx[nearest] <= near):
            hair = voted[row] and pieces.peak[k] < _HAIR_DARKEST and _is_hair(pieces, int(k), usual)
            rows |= set() if hair else {row}
    return rows


def _is_rule(pieces: _Pieces, k: int, profile: Profile) -> bool:
    """Whether a stray piece is a rule of the table or a streak: it runs through more than a row, or past two boxes.

    The table's own border may lie at the region's side, and whole in the region where rows are few.
    """
    x, _, width, height = (int(v) for v in pieces.stats[k, :4])
    high, wide = pieces.labels.shape
    thin = profile.line_width_mm * PX_PER_MM
    at_side = (x <= _SIDE_PX or x + width >= wide - _SIDE_PX) and height > _BORDER_RATIO * width
    border = pieces.sparse(k) and (
        width > wide - _SIDE_PX or (width > _BORDER_SHARE * wide and height > _BORDER_SHARE * high)
    )
    upright = height > _RULE_PX and width < thin + _RULE_LEAN * height
    level = width > _RULE_ACROSS_PX and height < thin
    return at_side or border or upright or level


def _is_hair(pieces: _Pieces, k: int, usual: _Usual) -> bool:
    """Whether a stray piece is much narrower than the printed lines: one pencil stroke in 500 is."""
    x, y, w, h = (int(v) for v in pieces.stats[k, :4])
    width = widths.of_stroke(usual.dark[y : y + h, x : x + w], pieces.labels[y : y + h, x : x + w] == k)
    return width < min(_HAIR_SHARE * usual.frame_width_px, _HAIR_MM * PX_PER_MM)


def _is_dirt(pieces: _Pieces, k: int) -> bool:
    """Whether a stray piece is what is left of a crease, level or upright, or a smudge: broad and pale."""
    x, y, w, h = (int(v) for v in pieces.stats[k, :4])
    ys, xs = np.nonzero(pieces.labels[y : y + h, x : x + w] == k)
    values, vectors = np.linalg.eigh(np.cov(np.vstack([xs, ys]))) if len(xs) > 2 else (np.zeros(2), np.eye(2))
    across, along = np.sqrt(np.maximum(values, 0.0)) / PX_PER_MM
    turn = float(np.abs(vectors[:, 1]).min())  # sine of the angle to level or upright
    crease = across < _CREASE_MM and along > 5 * across and turn < _CREASE_TURN
    broad = (across > _SMUDGE_MM and pieces.peak[k] < _SMUDGE_DARKEST) or (
        across > _VEIL_MM and pieces.peak[k] < _VEIL_DARKEST
    )
    smudge = broad and len(xs) > 0.5 * np.pi * 4 * np.sqrt(max(float(values[0] * values[1]), 0.0))
    return bool(crease or smudge)


def _between_rows(outer: Rects, row_of: NDArray[np.intp]) -> float:
    """The widest gap between two rows of frames, px: every place in it belongs to one of them."""
    count = int(row_of.max()) + 1
    top = np.array([outer[row_of == r, 1].min() for r in range(count)], dtype=np.float64)
    bottom = np.array([outer[row_of == r, 3].max() for r in range(count)], dtype=np.float64)
    return float((top[1:] - bottom[:-1]).max(initial=0.0))


def _row_doubts(
    mine: list[int], boxes: list[_Box], owners: dict[int, list[int]], gone_over: list[bool], profile: Profile
) -> set[Rule]:
    findings: set[Rule] = set()
    for i in mine:
        box = boxes[i]
        if box.state == "unsure":
            findings.add(Rule.UNSURE_MARK)
        if any(len(owners[k]) > 1 for k in box.attached):
            findings.add(Rule.UNSURE_MARK)
        if gone_over[i] and box.coverage < _SOLID:
            findings.add(Rule.UNSURE_MARK)
        if box.doubtful_share:
            findings.add(Rule.UNSURE_MARK)
    marked = [boxes[i] for i in mine if boxes[i].state == "marked"]
    struck = [b for b in marked if b.coverage >= profile.struck_share]
    if len(marked) >= 2:
        findings.add(Rule.CORRECTED_ROW if 0 < len(struck) < len(marked) else Rule.MULTIPLE_ROW)
    return findings


def _row(boxes: list[_Box], findings: set[Rule]) -> RowMarks:
    marked = [i for i, b in enumerate(boxes) if b.state == "marked"]
    unsure = any(b.state == "unsure" for b in boxes)
    judged = tuple(BoxMark(b.state, round(b.coverage, 4), round(b.darkest, 4)) for b in boxes)
    if Rule.CORRECTED_ROW in findings:
        reading, only = UNSURE, None
    elif len(marked) >= 2:
        reading, only = MULTIPLE, None
    elif unsure or (not marked and findings):
        reading, only = UNSURE, None
    elif marked:
        reading, only = "", marked[0]
    else:
        reading, only = BLANK, None
        findings = findings | {Rule.BLANK_ROW}
    return RowMarks(only, reading, judged, tuple(sorted(findings)))
