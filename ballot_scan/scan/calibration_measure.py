"""What a scan of the calibration sheet tells of its scanner, as numbers. Pure functions over one picture."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.paper.calibration_sheet import CalibrationSheet, LinePairs
from ballot_scan.scan import frames, marks, region
from ballot_scan.scan import registration as reg
from ballot_scan.scan.calibration_columns import columns
from ballot_scan.scan.calibration_file import FileFacts
from ballot_scan.scan.calibration_read import Placed, find_sheet, scales
from ballot_scan.scan.pictures import Grey
from ballot_scan.scan.profile import DEFAULT
from ballot_scan.scan.sheet import print_black

Floats = NDArray[np.float64]

_FINE = 24  # pixels a millimetre where lines and edges are measured
_GRAIN_MM, _GRAIN_STEP_MM = 3.4, 5.0  # squares of bare paper in which grain is measured
_RESOLVED = 0.2  # of full contrast that is left of a line pair: seen as lines
_RING_PX, _DARKEST_PX = 6, 38  # of a frame at 8 px/mm, its blur included; 0.6 mm² (scan/gathering.py)
_NEAR_BOX_MM = 4.6  # what the reader looks at around a box


@dataclass(frozen=True, slots=True)
class MarkGrade:
    """Boxes with a printed cross of ``percent`` black (0: none): how the reader sees them, worst and best."""

    percent: int
    boxes: int
    marked: int
    empty: int
    coverage: tuple[float, float]  # least, most
    darkest: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Measured:
    """One scan measured. Greys 0 black to 255 white; darkness 0 local paper to 1 print; shares 0-1.

    ``scale``: scanned by true length along width and height (None: resolution unknown); ``missing_mm``: top, right,
    bottom, left of the picture, negative where it reaches beyond the sheet; ``tones``: printed percent → darkness;
    ``resolved_mm``: finest line pair seen, upright and level lines (inf: none).
    """

    shape: tuple[int, int]
    dpi: tuple[float, float]
    stated: bool
    scale: tuple[float, float] | None
    turn_deg: float
    skew_deg: float
    residual_mm: float
    feed_mm: float
    markers: int
    missing_mm: tuple[float, float, float, float]
    white: float
    black: float
    clipped: float
    noise: float
    shade: float
    bands: float | None
    streaks_mm: tuple[float, ...]
    tones: tuple[tuple[int, float], ...]
    resolved_mm: tuple[float, float]
    edge_mm: float
    bilevel: bool
    jpeg_quality: int | None
    ringing: float
    frames_found: float
    frame_strength: float
    grades: tuple[MarkGrade, ...]
    boxes: tuple[tuple[float, float, str], ...] = field(default=(), repr=False)  # middle in px, state: for the picture

    @property
    def contrast(self) -> float:
        return self.white - self.black

    def grade(self, percent: int) -> MarkGrade:
        """The boxes with crosses of ``percent`` black."""
        return next(g for g in self.grades if g.percent == percent)


def measure(grey: Grey, sheet: CalibrationSheet, file: FileFacts) -> tuple[Measured, Placed]:
    """Measure one scan (h, w) uint8 of the sheet. Raises NotTheSheet where it is not one."""
    placed = find_sheet(grey, sheet)
    places, greys = _bare(grey, placed, sheet)
    white = float(np.median(greys)) if len(greys) else 255.0
    black = print_black(grey, placed.registration, sheet.fiducials, placed.markers)
    span = max(white - black, 1.0)
    noise = _noise(grey, placed, places)
    bands, streaks = columns(grey, placed, sheet, noise)
    found, straight, judged, darkest = _boxes(grey, placed, sheet, black)
    along, up = placed.px_per_mm
    ends = placed.missing_mm(grey.shape, sheet.page_size_mm)
    levels = np.bincount(grey[::3, ::3].ravel(), minlength=256)
    measured = Measured(
        shape=(grey.shape[0], grey.shape[1]),
        dpi=(along * 25.4, up * 25.4),
        stated=file.dpi is not None,
        scale=scales(placed, file.dpi),
        turn_deg=placed.turn_deg,
        skew_deg=placed.skew_deg,
        residual_mm=placed.registration.residual_mm,
        feed_mm=_feed(placed, straight, found),
        markers=len(placed.markers),
        missing_mm=(ends["top"], ends["right"], ends["bottom"], ends["left"]),
        white=white,
        black=black,
        clipped=_clipped(grey, placed, places),
        noise=noise,
        shade=_shade(greys),
        bands=bands,
        streaks_mm=streaks,
        tones=_tones(grey, placed, sheet, white, span),
        resolved_mm=(
            _resolved(grey, placed, [p for p in sheet.pairs if p.upright], span),
            _resolved(grey, placed, [p for p in sheet.pairs if not p.upright], span),
        ),
        edge_mm=_edge(grey, placed, sheet),
        bilevel=float(np.sort(levels)[-2:].sum() / levels.sum()) > 0.999,
        jpeg_quality=file.jpeg_quality,
        ringing=_ringing(grey, placed, sheet),
        frames_found=found.found_share,
        frame_strength=float(np.median(found.strength)),
        grades=_grades(sheet, judged, darkest),
        boxes=_box_places(straight, found, judged),
    )
    return measured, placed


# ---------------------------------------------------------------- bare paper


def _inside(shape: tuple[int, ...], centre: Floats, half: int) -> bool:
    x, y = centre
    return bool(half <= x < shape[1] - half and half <= y < shape[0] - half)


def _half(placed: Placed) -> int:
    return max(4, round(_GRAIN_MM / 2 * float(np.mean(placed.px_per_mm))))


def _bare(grey: Grey, placed: Placed, sheet: CalibrationSheet) -> tuple[Floats, Floats]:
    """Squares of bare paper: their middles (n, 2) in px, and the median grey (n,) of each."""
    middles = []
    for x, y, w, h in sheet.strips_mm:
        for at in np.arange(x + _GRAIN_STEP_MM / 2, x + w - _GRAIN_STEP_MM / 2, _GRAIN_STEP_MM):
            if abs(at - sheet.cross.middle_mm[0]) > 5:
                middles.append((at, y + h / 2))
    px = placed.registration.points_px(np.array(middles))
    half = _half(placed)
    px = px[[_inside(grey.shape, p, half) for p in px]]
    return px, np.array([float(np.median(_square(grey, p, half))) for p in px])


def _square(grey: Grey, centre: Floats, half: int) -> Grey:
    x, y = np.round(centre).astype(int)
    return grey[y - half : y + half, x - half : x + half]


def _noise(grey: Grey, placed: Placed, places: Floats) -> float:
    """Standard deviation of grey between neighbouring pixels of bare paper, bands and shade taken out."""
    half, found = _half(placed), []
    for place in places:
        v = _square(grey, place, half).astype(np.float64)
        rest = v - v.mean(axis=0, keepdims=True) - v.mean(axis=1, keepdims=True) + v.mean()
        found.append((rest**2).sum() / ((v.shape[0] - 1) * (v.shape[1] - 1)))
    return float(np.sqrt(np.median(found))) if found else 0.0


def _clipped(grey: Grey, placed: Placed, places: Floats) -> float:
    """Share of bare paper that is white to the end: what lies above cannot be told any more."""
    half = _half(placed)
    shares = [float((_square(grey, p, half) >= 254).mean()) for p in places]
    return float(np.median(shares)) if shares else 0.0


def _shade(greys: Floats) -> float:
    """Grey levels between the lightest and the darkest part of the sheet's bare paper (parts of about 25 mm)."""
    if len(greys) < 10:
        return 0.0
    smooth = [float(np.median(greys[i : i + 5])) for i in range(len(greys) - 4)]
    return max(smooth) - min(smooth)


# ---------------------------------------------------------------- tones, lines, edges


def _tones(
    grey: Grey, placed: Placed, sheet: CalibrationSheet, white: float, span: float
) -> tuple[tuple[int, float], ...]:
    """Darkness of each printed grey, both wedges averaged."""
    found: dict[int, list[float]] = {}
    for f in sheet.fields:
        x, y, w, h = f.rect_mm
        inner = placed.patch(grey, (x + w / 4, y + h / 4, w / 2, h / 2), 8)
        found.setdefault(f.percent, []).append((white - float(inner.mean())) / span)
    return tuple((percent, float(np.mean(v))) for percent, v in sorted(found.items()))


def _resolved(grey: Grey, placed: Placed, pairs: list[LinePairs], span: float) -> float:
    """The finest lines of which a fifth of the contrast is left, and of all coarser ones; inf where none is."""
    finest = float("inf")
    for width in sorted({p.width_mm for p in pairs}, reverse=True):
        if min(_left_of(grey, placed, p, span) for p in pairs if p.width_mm == width) < _RESOLVED:
            break
        finest = width
    return finest


def _left_of(grey: Grey, placed: Placed, pair: LinePairs, span: float) -> float:
    """Share of full contrast left of a group of lines: its amplitude at the lines' own frequency."""
    x, y, w, h = pair.rect_mm
    inset = min(w, h) * 0.15
    patch = placed.patch(grey, (x + inset, y + inset, w - 2 * inset, h - 2 * inset), _FINE)
    profile = patch.mean(axis=0 if pair.upright else 1)
    period = 2 * pair.width_mm * _FINE
    n = int(int(len(profile) / period) * period)
    values = profile[:n] - profile[:n].mean()
    wave = np.exp(-2j * np.pi * np.arange(n) / period)
    return float(2 * abs((values * wave).mean()) / (2 / np.pi * span))


def _edge(grey: Grey, placed: Placed, sheet: CalibrationSheet) -> float:
    """Millimetres from 10 to 90 % of the step from paper to print: median over the outer edges of the markers."""
    widths = []
    there = {m.id for m in placed.markers}
    reach, along = 1.2, 0.7
    for mark in (f for f in sheet.fiducials if f.id in there):
        x, y, w, h = mark.rect_mm
        length, skip = w * along, w * (1 - along) / 2
        sides = [
            (placed.patch(grey, (x - reach, y + skip, 2 * reach, length), _FINE), 0),
            (placed.patch(grey, (x + w - reach, y + skip, 2 * reach, length), _FINE), 0),
            (placed.patch(grey, (x + skip, y - reach, length, 2 * reach), _FINE), 1),
            (placed.patch(grey, (x + skip, y + h - reach, length, 2 * reach), _FINE), 1),
        ]
        widths += [v for patch, axis in sides if (v := _rise(patch.mean(axis=axis))) is not None]
    return float(np.median(widths)) if widths else 0.0


def _rise(profile: Floats) -> float | None:
    n = len(profile) // 6
    if profile[:n].mean() > profile[-n:].mean():
        profile = profile[::-1]
    low, high = float(np.median(profile[:n])), float(np.median(profile[-n:]))
    if high - low < 20:
        return None
    share = (profile - low) / (high - low)
    first = np.flatnonzero(share >= 0.9)
    if not len(first):
        return None
    before = np.flatnonzero(share[: first[0] + 1] <= 0.1)
    return float(first[0] - before[-1]) / _FINE if len(before) else None


def _ringing(grey: Grey, placed: Placed, sheet: CalibrationSheet) -> float:
    """Grey levels of disturbance beside black print that bare paper does not have: compression by JPEG makes it."""
    per_mm, there = float(np.mean(placed.px_per_mm)), {m.id for m in placed.markers}
    near = []
    for mark in (f for f in sheet.fiducials if f.id in there):
        x, y, w, h = mark.rect_mm
        for rect in ((x, y - 1.1, w, 0.6), (x, y + h + 0.5, w, 0.6), (x - 1.1, y, 0.6, h), (x + w + 0.5, y, 0.6, h)):
            near.append(float(np.std(placed.patch(grey, rect, per_mm))))
    bare = [float(np.std(placed.patch(grey, (x + 30, y + 2, 9, 0.6), per_mm))) for x, y, _, _ in sheet.strips_mm]
    return float(np.sqrt(max(np.median(near) ** 2 - np.median(bare) ** 2, 0.0))) if near else 0.0


# ---------------------------------------------------------------- boxes, as the reader sees them


def _boxes(
    grey: Grey, placed: Placed, sheet: CalibrationSheet, black: float
) -> tuple[frames.Frames, region.Region, list[marks.RowMarks], Floats]:
    """The boxes fitted and judged by the reader's own functions and its default profile; how dark each is inside."""
    small, factor = reg.reduced(grey)
    straight = region.cut(grey, placed.registration, sheet.page())
    dark = region.darkness(straight, region.paper_white(small), factor, black)
    fitted = frames.fit(dark, straight.boxes_px, straight.row_of)
    if fitted.found_share < 0.85:
        again = frames.coarse(dark, straight.boxes_px, straight.row_of)
        second = frames.fit(dark, straight.boxes_px, straight.row_of, again)
        fitted = second if second.found_share > fitted.found_share else fitted
    only = _only_boxes(dark, straight, sheet)
    return fitted, straight, marks.judge(only, fitted, straight.row_of, DEFAULT), _darkest(dark, fitted)


def _darkest(dark: NDArray[np.uint8], fitted: frames.Frames) -> Floats:
    """(n,) mean darkness, 0-1, of the darkest 0.6 mm² inside each frame, as ``marked_above`` is compared with: also of
    boxes in which the reader sees no ink at all."""
    soft = np.asarray(cv2.GaussianBlur(dark, (3, 3), 0), dtype=np.float64) / 255
    half = fitted.size_px / 2 - _RING_PX
    lo, hi = np.round(fitted.centre_px - half).astype(int), np.round(fitted.centre_px + half).astype(int)
    found = []
    for (x0, y0), (x1, y1) in zip(np.maximum(lo, 0), hi, strict=True):
        values = np.sort(soft[y0:y1, x0:x1].ravel())
        found.append(float(values[-_DARKEST_PX:].mean()) if len(values) else 0.0)
    return np.array(found)


def _only_boxes(dark: NDArray[np.uint8], straight: region.Region, sheet: CalibrationSheet) -> NDArray[np.uint8]:
    """The darkness with bare paper wherever no box is near: wedges and lines are not ink beside a box."""
    x, y, _, h = sheet.strips_mm[1]
    k = region.PX_PER_MM
    left, top = round((x + 8 - straight.origin_mm[0]) * k), round((y + 1 - straight.origin_mm[1]) * k)
    tile = dark[top : top + round((h - 2) * k), left : left + round(60 * k)]
    rows, columns = -(-dark.shape[0] // tile.shape[0]), -(-dark.shape[1] // tile.shape[1])
    out: NDArray[np.uint8] = np.tile(tile, (rows, columns))[: dark.shape[0], : dark.shape[1]].copy()
    near = _NEAR_BOX_MM * k
    for bx, by, bw, bh in straight.boxes_px:
        x0, y0 = max(0, int(bx - near)), max(0, int(by - near))
        x1, y1 = int(bx + bw + near), int(by + bh + near)
        out[y0:y1, x0:x1] = dark[y0:y1, x0:x1]
    return out


def _feed(placed: Placed, straight: region.Region, found: frames.Frames) -> float:
    """How far boxes lie from where an evenly fed flat sheet has them, in mm: uneven feed, a bent sheet."""
    if not found.found.any():
        return 0.0
    px = straight.to_page(found.centre_px[found.found])
    nominal = (straight.boxes_px[:, :2] + straight.boxes_px[:, 2:] / 2)[found.found]
    mm = (nominal + 0.5) / region.PX_PER_MM + np.array(straight.origin_mm)
    flat = mm @ placed.affine[:, :2].T + placed.affine[:, 2]
    away = np.hypot(*(px - flat).T) / float(np.mean(placed.px_per_mm))
    return float(np.percentile(away, 95))


def _grades(sheet: CalibrationSheet, judged: list[marks.RowMarks], dark: Floats) -> tuple[MarkGrade, ...]:
    grades = []
    percents = np.array([row.mark for row in sheet.rows for _ in row.rects_mm])
    for percent in sorted({r.mark for r in sheet.rows}):
        boxes = [b for row, seen in zip(sheet.rows, judged, strict=True) if row.mark == percent for b in seen.boxes]
        coverage, darkest = [b.coverage for b in boxes], dark[percents == percent]
        marked, empty = (sum(b.state == s for b in boxes) for s in ("marked", "empty"))
        most = float(np.sort(darkest)[-3 if percent == 0 else -1])  # a speck in one or two boxes is not the scanner's
        ends = (min(coverage), max(coverage)), (float(darkest.min()), most)
        grades.append(MarkGrade(percent, len(boxes), marked, empty, *ends))
    return tuple(grades)


def _box_places(
    straight: region.Region, found: frames.Frames, judged: list[marks.RowMarks]
) -> tuple[tuple[float, float, str], ...]:
    px = straight.to_page(found.centre_px)
    states = [b.state for row in judged for b in row.boxes]
    return tuple((float(x), float(y), s) for (x, y), s in zip(px, states, strict=True))
