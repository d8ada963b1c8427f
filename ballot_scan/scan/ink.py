"""Ink off the boxes: the registered page minus the blank form – names struck out, and writing anywhere else.

The blank form is what was printed, rendered at 4 px/mm. Print never lies exactly where it should, so ink counts as
written only where nothing is printed near it; a struck name shows as a line of added darkness across its letters.
Filing holes, creases, streaks, dust, hairs and the scanner's bed are not writing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.paper.layout import ContestRow, PageLayout, Rect
from ballot_scan.scan.registration import Grey, Registration
from ballot_scan.scan.seal import Seal

BLANK_DPI = 101.6
_BLANK_PX = 4  # px/mm of the blank form
_COARSE_PX = 2  # px/mm at which the whole page is looked at
_PRINT_MM = 1.6  # print is looked for this far from where it should be
_EDGE_MM = 7.0
_BOXES_MM = 4.8  # the boxes' surroundings are judged with the marks
_INK = 0.3  # darkness at 2 px/mm: a pen's stroke of 0.4 mm; bands, creases and smudges stay below
_WRITING_MM2 = 3.5  # ink of strokes that together are writing
_STROKE_MM = (1.4, 2.6)  # a written stroke is at least this wide and this long
_SEAL_MM = 2.0  # ink so far outside a seal's ring is still the seal's
_HOLE_MM = (3.5, 9.0)  # a filing hole's diameter
_STRUCK = 0.2  # darkness added along a line through a name, where few names tell the page's usual …
_STRUCK_LEAST = 0.11  # … else at least this, and well above the usual of the other names
_FEW = 4
_MORE = 0.012  # mean darkness of a name above its print and above what its neighbours have
_LINE = 4.0  # a piece so many times longer than wide, and narrow, is a crease or a streak
_LINE_MM = 2.6
_SLOPES = np.linspace(-0.12, 0.12, 9)

Place = Callable[[int, NDArray[np.float64]], NDArray[np.float64]]


@dataclass(frozen=True)
class Blank:
    """One page of the blank form: ``grey`` (h, w) uint8 at 4 px/mm, as printed."""

    grey: Grey
    page: PageLayout
    free_text_mm: tuple[Rect, ...] = ()  # what varies from ballot to ballot, e.g. the printed code

    @cached_property
    def printed(self) -> NDArray[np.uint8]:
        """(h, w) uint8 at 2 px/mm: darkness of the print, 255 black."""
        return np.asarray(255 - cv2.resize(self.grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)

    @cached_property
    def free(self) -> NDArray[np.uint8]:
        """(h, w) uint8 at 2 px/mm: 1 where any ink is somebody's writing."""
        return np.asarray(self.ignored == 0, dtype=np.uint8)

    @cached_property
    def ignored(self) -> NDArray[np.uint8]:
        """(h, w) uint8 at 2 px/mm: 255 where print, codes, boxes, seal, signature or the sheet's edge may be dark."""
        printed = np.asarray(self.printed > 20, dtype=np.uint8) * 255
        reach = 2 * round(_PRINT_MM * _COARSE_PX) + 1
        mask = np.asarray(cv2.dilate(printed, np.ones((reach, reach), np.uint8)), dtype=np.uint8)
        edge = round(_EDGE_MM * _COARSE_PX)
        mask[:edge] = mask[-edge:] = 255
        mask[:, :edge] = mask[:, -edge:] = 255
        for rect, grow in self._areas():
            x, y, w, h = rect
            a = [max(0, round((v - grow) * _COARSE_PX)) for v in (x, y)]
            b = [round((v + grow) * _COARSE_PX) for v in (x + w, y + h)]
            mask[a[1] : b[1], a[0] : b[0]] = 255
        return mask

    def _areas(self) -> Iterable[tuple[Rect, float]]:
        page = self.page
        yield from ((f.rect_mm, 3.0) for f in page.fiducials)
        yield from ((r, 2.0) for r in page.code_rects_mm)
        yield from ((r, 2.0) for r in self.free_text_mm)
        yield from ((r, 3.0) for r in (page.seal_rect_mm, page.signature_rect_mm, page.comment_rect_mm) if r)
        boxes = np.array([b.rect_mm for row in page.rows for b in row.boxes])
        x, y = boxes[:, 0].min(), boxes[:, 1].min()
        yield (float(x), float(y), float(boxes[:, 0].max() + 7 - x), float(boxes[:, 1].max() + 7 - y)), _BOXES_MM


def blank_of(grey: Grey, page: PageLayout) -> Blank:
    """A blank page; the code that people read stands to the right of the code at the foot."""
    foot = max(page.code_rects_mm, key=lambda r: r[1])
    x, y, w, h = foot
    return Blank(grey, page, ((x + w, y, 40.0, h),))


def coarse(
    small: Grey, factor: int, white: Grey, registration: Registration, blank: Blank, black: float
) -> NDArray[np.uint8]:
    """(h, w) uint8 at 2 px/mm: darkness of the whole registered page, 0 the local paper, 255 the print.

    ``small``: the page reduced by ``factor``; ``white``: its paper's white (see region.paper_white).
    """
    height, width = blank.ignored.shape
    k = 1 / _COARSE_PX
    to_mm = np.array([[k, 0, k / 2], [0, k, k / 2], [0, 0, 1]])
    to_small = np.diag([1 / factor, 1 / factor, 1.0]) @ registration.to_px @ to_mm
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    flat = cv2.warpPerspective(small, to_small, (width, height), flags=how, borderValue=255)
    # the paper's white changes slowly: an eighth of the places will do
    coarser = (max(2, width // 8), max(2, height // 8))
    wide = np.diag([width / coarser[0], height / coarser[1], 1.0])
    to_white = np.diag([1 / 8, 1 / 8, 1.0]) @ to_small @ wide
    level = cv2.warpPerspective(white, to_white, coarser, flags=how, borderMode=cv2.BORDER_REPLICATE)
    paper = cv2.resize(level, (width, height), interpolation=cv2.INTER_LINEAR)
    span = max(40.0, float(np.sort(level.ravel())[level.size // 2]) - black)
    return np.asarray(cv2.convertScaleAbs(cv2.subtract(paper, flat), alpha=255 / span), dtype=np.uint8)


def writing(dark: NDArray[np.uint8], blank: Blank, seal: Seal | None = None) -> list[Rect]:
    """Places (mm) of writing where nothing is printed; empty where there is none. ``dark``: see ``coarse``;
    ``seal``: a seal that was found, wherever it stands, is no writing."""
    ink = cv2.threshold(dark, _INK * 255, 1, cv2.THRESH_BINARY)[1]
    ink = cv2.bitwise_and(ink, blank.free)
    if seal is not None:
        centre = (round(seal.x_mm * _COARSE_PX), round(seal.y_mm * _COARSE_PX))
        cv2.circle(ink, centre, round((seal.radius_mm + _SEAL_MM) * _COARSE_PX), 0, -1)
    if cv2.countNonZero(ink) < _WRITING_MM2 * _COARSE_PX**2:
        return []
    return _strokes(np.asarray(ink, dtype=np.uint8), blank.ignored)


def suspects(dark: NDArray[np.uint8], blank: Blank) -> list[int]:
    """Rows whose name holds more ink than was printed, beyond what the page's other names do: worth a closer look.

    The mean over a name hardly minds where exactly it lies. Of few names every one is worth it.
    """
    rows = blank.page.rows
    if len(rows) < _FEW:
        return [r.row for r in rows]
    added = []
    for row in rows:
        x, y, w, h = (round(v * _COARSE_PX) for v in row.name_rect_mm)
        part = (slice(max(y - 1, 0), y + h + 1), slice(x, x + w))
        added.append(float(dark[part].mean() - blank.printed[part].mean()) / 255)
    usual = sorted(added)[(len(added) - 1) // 2]
    return [r.row for r, value in zip(rows, added, strict=True) if value - usual > _MORE]


def _strokes(ink: NDArray[np.uint8], mask: NDArray[np.uint8]) -> list[Rect]:
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    edge = round(_EDGE_MM * _COARSE_PX) + 1
    found, total = [], 0.0
    for x, y, w, h, area in np.asarray(stats[1:], dtype=np.int64):
        narrow, long = sorted((w / _COARSE_PX, h / _COARSE_PX))
        touches_edge = x <= edge or y <= edge or x + w >= mask.shape[1] - edge or y + h >= mask.shape[0] - edge
        hole = _HOLE_MM[0] <= narrow and long <= _HOLE_MM[1] and area > 0.6 * w * h
        line = narrow < _LINE_MM and long > _LINE * narrow
        if line or narrow < _STROKE_MM[0] or long < _STROKE_MM[1] or touches_edge or hole or long > 60:
            continue
        total += area / _COARSE_PX**2
        found.append((x / _COARSE_PX, y / _COARSE_PX, w / _COARSE_PX, h / _COARSE_PX))
    return found if total >= _WRITING_MM2 else []


def struck(grey: Grey, place: Place, blank: Blank, white: float, black: float, among: list[int]) -> list[int]:
    """Rows (numbers of the form) whose printed name is crossed out; only those in ``among`` are looked at.

    ``place`` maps a row's number and (N, 2) millimetres about its name to page pixels.
    """
    if not among:
        return []
    rows = blank.page.rows
    span = max(40.0, white - black)
    few = len(rows) < _FEW
    # of many names some that are no suspects tell what a line through a name of this page usually shows
    calm = [] if few else [r.row for r in rows if r.row not in among][:_FEW]
    added = {r.row: _line_through(grey, place, blank, r, white, span) for r in rows if r.row in (*among, *calm)}
    reference = calm if len(calm) == _FEW else ([] if few else list(added))
    usual = sorted(added[row] for row in reference)[len(reference) // 2] if reference else 0.0
    bound = _STRUCK if few else max(_STRUCK_LEAST, 2 * usual + 0.03)
    return [row for row in among if added[row] >= bound]


def _line_through(grey: Grey, place: Place, blank: Blank, row: ContestRow, white: float, span: float) -> float:
    """Darkness (0-1) added to the blank form along the darkest nearly level line through a name."""
    x, y, w, h = row.name_rect_mm
    size = (max(8, round(w * _BLANK_PX)), max(8, round(h * _BLANK_PX)))
    x0, y0 = round(x * _BLANK_PX), round(y * _BLANK_PX)
    corners = np.array([(0, 0), (size[0], 0), (0, size[1])], dtype=np.float32)
    in_mm = (corners.astype(np.float64) + np.array([x0 + 0.5, y0 + 0.5])) / _BLANK_PX
    to_page = cv2.getAffineTransform(corners, place(row.row, in_mm).astype(np.float32))
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    seen = cv2.warpAffine(grey, to_page, size, flags=how, borderMode=cv2.BORDER_CONSTANT, borderValue=255)
    printed = blank.grey[y0 : y0 + size[1], x0 : x0 + size[0]]
    if printed.shape != seen.shape:
        return 0.0
    now = cv2.blur(np.clip((white - seen.astype(np.float32)) / span, 0, 1), (3, 3))
    then = cv2.blur((255 - printed.astype(np.float32)) / 255, (3, 3))
    added = now - then
    if float(np.clip(added, 0, None).mean()) < 0.03:
        return 0.0
    return _darkest_line(added)


def _darkest_line(added: NDArray[np.float32]) -> float:
    height, width = added.shape
    columns = np.arange(width)
    best = 0.0
    for slope in _SLOPES:
        drop = np.round(slope * (columns - width / 2)).astype(int)
        rows = np.arange(height)[:, None] + drop[None, :]
        inside = (rows >= 0) & (rows < height)
        values = np.where(inside, added[np.clip(rows, 0, height - 1), columns[None, :]], 0.0)
        middle = values[height // 6 : height - height // 6]
        # the darker half of the line must carry it as well as the lighter: a stroke beside the name does not
        halves = np.minimum(middle[:, : width // 2].mean(axis=1), middle[:, width // 2 :].mean(axis=1))
        best = max(best, float(halves.max(initial=0.0)))
    return best
