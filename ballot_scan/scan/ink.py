"""The blank form as a picture, and the quick look at a whole page beside it.

The blank form is what was printed, rendered at 4 px/mm. Print never lies exactly where it should, so this look only
says where there may be more ink than was printed: ``strikes`` and ``writing`` look closely.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.paper.layout import PageLayout, Rect
from ballot_scan.scan import region
from ballot_scan.scan.pictures import Grey
from ballot_scan.scan.registration import Registration

ToPage = Callable[[NDArray[np.float64]], NDArray[np.float64]]  # millimetres of the sheet → page pixels

BLANK_DPI = 101.6
BLANK_PX = 4  # px/mm of the blank form
COARSE_PX = 2  # px/mm at which the whole page is looked at
BLOCK_PX = 8  # 4 mm: print may lie a little off its place and still in its block
LINE_PX = 16  # 8 mm: so much of a drawn line is looked at together
_PRINT_PX = 5  # print is looked for 1 mm from where it should be
_EDGE_MM = 3.5
_RIM_MM = 5.0  # creases are looked for nearer to the sheet's edge than writing
_STRAY_MM = 5.0  # marks reach so far out of their boxes
_BOXES_MM = 4.8  # the boxes' surroundings are judged with the marks
_CODE_TEXT_MM = (28.0, 6.4, 3.0)  # the code as people read it, and the rim below it: how far below the code's edge
_BESIDE_CODE_MM = 5.5  # where print is laid by little of it, the code may reach so far
_FEW = 4
_PRINT = 60  # of 255: darkness from which a place of the blank form is printed
_TABLE_PX = (80, 40)  # print so long across, or down, is a rule of the table
_LETTERS_PX = 13  # letters and words further apart are two lines' …
_LINE_PX, _HIGH_PX = 32, (6, 32)  # … of which each is so long, and so high
_ABOUT_HEAD_MM, _HARDLY = 1.5, 8  # marks reach so far out of a heading; of 255: darkness of hardly any print
_RULE_SHARE = 0.6  # of the sheet's width, that a rule of the table takes
_BLACK_PRINT = 90  # of 255: the table's light rules are paler
_RULE_MM, _FRAME_MM = 0.5, 1.0  # how far print may lie off its place; how far about a box its frame may
_PRINTED_BLOCK = 0.03  # mean darkness of a block from which print fills it
_BARE = 200  # of 255: no print
_NEAR_PRINT = 20  # of 255: darkness of print that is darker than the light rules of the table
_LINE, _TELLING = 0.09, 0.62  # darkness of a drawn line, at 2 px/mm; share of its places that must tell
_NUMBER_MM, _ABOUT_NAME_MM = (9.5, 7.0), 1.2  # left of its name a row's number begins, and how wide; looked at about
_NAMES = 1.03  # names print by a few percent darker or paler than the rest
_MORE = 0.003  # mean darkness of a name above its print, as the page's usual names print


def _cover(mask: NDArray[np.uint8], rect_mm: Rect, grow_mm: float) -> None:
    """Set a rect, grown on all sides, in a mask at 4 px/mm. Changes ``mask``."""
    x, y, w, h = rect_mm
    x0, y0 = (max(0, round((v - grow_mm) * BLANK_PX)) for v in (x, y))
    x1, y1 = (round((v + grow_mm) * BLANK_PX) for v in (x + w, y + h))
    mask[y0:y1, x0:x1] = 255


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
    def areas(self) -> NDArray[np.uint8]:
        """(h, w) uint8 at 4 px/mm: 255 where ink is none of the writing: codes, boxes, seal, signature, the edge."""
        mask = np.zeros(self.grey.shape, np.uint8)
        edge = round(_EDGE_MM * BLANK_PX)
        mask[:edge] = mask[-edge:] = 255
        mask[:, :edge] = mask[:, -edge:] = 255
        for rect, grow in self._areas():
            _cover(mask, rect, grow)
        return mask

    @cached_property
    def behind(self) -> NDArray[np.uint8]:
        """(h, w) uint8 at 4 px/mm: 255 where the marks of such a form on the sheet's other side, or behind it, lie."""
        mask = np.zeros(self.grey.shape, np.uint8)
        for row in self.page.rows:
            for box in row.boxes:
                _cover(mask, box.rect_mm, _STRAY_MM)
        return np.asarray(cv2.flip(mask, 1), np.uint8)

    @cached_property
    def looked_at(self) -> NDArray[np.uint8]:
        """(h, w) uint8 at 2 px/mm: 255 outside of ``areas``."""
        size = self.printed.shape[::-1]
        return np.asarray(255 - cv2.resize(self.areas, size, interpolation=cv2.INTER_NEAREST), np.uint8)

    @cached_property
    def looked_at_print(self) -> NDArray[np.uint8]:
        """(h, w) uint8 at 2 px/mm: ``printed``, outside of ``areas``."""
        return np.asarray(cv2.bitwise_and(self.printed, self.looked_at), dtype=np.uint8)

    @cached_property
    def names(self) -> list[tuple[slice, slice]]:
        """Where each row's name is printed, in pixels at 2 px/mm."""
        rects = [[round(v * COARSE_PX) for v in row.name_rect_mm] for row in self.page.rows]
        return [(slice(max(y - 1, 0), y + h + 1), slice(x, x + w)) for x, y, w, h in rects]

    @cached_property
    def cells(self) -> tuple[tuple[list[Rect], NDArray[np.intp]], ...]:
        """The rows' names, and their running numbers to the left of them (mm), and where each lies, (4, n): x0, y0, x1,
        y1 in pixels at 2 px/mm, with what lies close about it."""
        names = [row.name_rect_mm for row in self.page.rows]
        numbers = [(x - _NUMBER_MM[0], y - 1.0, _NUMBER_MM[1], h + 2.0) for x, y, w, h in names]
        high, wide = self.printed.shape
        most = np.array([[wide], [high], [wide], [high]])
        return tuple((cells, _within(cells, _ABOUT_NAME_MM, most)) for cells in (names, numbers))

    @cached_property
    def names_printed(self) -> list[float]:
        """How dark each name is printed, 0.001-1."""
        return [max(float(self.printed[part].mean()) / 255, 1e-3) for part in self.names]

    @cached_property
    def lines(self) -> tuple[Rect, ...]:
        """The lines of print above the table (mm): titles, instructions."""
        printed = self._print()
        for shape in ((1, _TABLE_PX[0]), (_TABLE_PX[1], 1)):
            rules = cv2.morphologyEx(printed, cv2.MORPH_OPEN, np.ones(shape, np.uint8))
            printed[cv2.dilate(rules, np.ones((3, 3), np.uint8)) > 0] = 0
        printed[self.areas > 0] = 0
        printed[round(self._heading_mm[0] * BLANK_PX) :] = 0
        joined = cv2.morphologyEx(printed, cv2.MORPH_CLOSE, np.ones((1, _LETTERS_PX), np.uint8))
        found = cv2.connectedComponentsWithStats(joined, connectivity=8)[2][1:, :4]
        wide, high = found[:, 2], found[:, 3]
        text = found[(wide >= _LINE_PX) & (high >= _HIGH_PX[0]) & (high <= _HIGH_PX[1])] / BLANK_PX
        return tuple((float(x) - 0.5, float(y) - 0.5, float(w) + 1.0, float(h) + 1.0) for x, y, w, h in text)

    @cached_property
    def headings(self) -> tuple[Rect, ...]:
        """The headings of the columns of boxes (mm), each as wide as they stand apart."""
        top, foot = self._heading_mm
        middles = sorted({round(box.rect_mm[0] + box.rect_mm[2] / 2, 2) for box in self.page.rows[0].boxes})
        apart = min(np.diff(middles), default=2 * _STRAY_MM)
        return tuple((float(x - apart / 2), top, float(apart), foot - top) for x in middles)

    @cached_property
    def beside_headings(self) -> tuple[tuple[slice, slice], NDArray[np.uint8]]:
        """Where the row of headings lies in a picture of 2 px/mm, and (h, w) uint8 of that part: 255 off its print."""
        (x, y, _, h), (last, _, w, _) = self.headings[0], self.headings[-1]
        low = [max(0, round((v - _ABOUT_HEAD_MM) * COARSE_PX)) for v in (x, y)]
        high = [round((v + _ABOUT_HEAD_MM) * COARSE_PX) for v in (last + w, y + h)]
        here = (slice(low[1], high[1]), slice(low[0], high[0]))
        near = cv2.dilate(self.printed, np.ones((3, 3), np.uint8))[here] >= _HARDLY
        return here, np.where(near, 0, self.looked_at[here]).astype(np.uint8)

    @cached_property
    def _heading_mm(self) -> tuple[float, float]:
        """Between which heights the row of headings stands: those of the last rules through the table above its first
        row."""
        first = min(row.name_rect_mm[1] for row in self.page.rows)
        through = self._print()[: round((first + 1.0) * BLANK_PX)].sum(axis=1) > _RULE_SHARE * self.grey.shape[1]
        rules = np.flatnonzero(through)
        starts = rules[np.diff(rules, prepend=-9) > 1] / BLANK_PX
        return (float(starts[-2]), float(starts[-1])) if len(starts) > 1 else (first, first)

    def _print(self) -> NDArray[np.uint8]:
        return np.asarray(255 - self.grey > _PRINT, np.uint8)

    @cached_property
    def lines_printed(self) -> NDArray[np.float64]:
        """(n,) how dark each of ``lines`` is printed, 0.001-1."""
        return np.maximum(line_means(self.printed, self.lines), 1e-3)

    @cached_property
    def printed_blocks(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Means of the print by blocks (see ``blocks``), and how much they may change where it lies half a mm off."""
        here = blocks(self.looked_at_print)
        slack = np.zeros_like(here)
        for axis, step in ((0, 1), (0, -1), (1, 1), (1, -1)):
            moved = cv2.bitwise_and(np.roll(self.printed, step, axis), self.looked_at)
            slack = np.maximum(slack, blocks(moved) - here)
        return here, slack

    @cached_property
    def unprinted_region(self) -> NDArray[np.uint8]:
        """(h, w) uint8 of the region of the boxes, 8 px/mm: 0 on black print beside the boxes and 0.5 mm about it."""
        left, top, _, _ = region.extent_mm(self.page)
        k = BLANK_PX / region.PX_PER_MM
        matrix = np.array([[k, 0, left * BLANK_PX + k / 2 - 0.5], [0, k, top * BLANK_PX + k / 2 - 0.5]])
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        printed = cv2.warpAffine(255 - self.grey, matrix, region.size_px(self.page), flags=how, borderValue=0)
        free = np.where(printed >= _BLACK_PRINT, 0, 255).astype(np.uint8)
        side = 2 * round(_RULE_MM * region.PX_PER_MM) + 1
        free = np.asarray(cv2.erode(free, np.ones((side, side), np.uint8), borderValue=255), np.uint8)
        for x, y, w, h in region.nominal_boxes(self.page)[0]:
            a = [max(0, round((v - _FRAME_MM) * region.PX_PER_MM)) for v in (x - left, y - top)]
            b = [round((v + _FRAME_MM) * region.PX_PER_MM) for v in (x + w - left, y + h - top)]
            free[a[1] : b[1], a[0] : b[0]] = 255
        return free

    @cached_property
    def beside_table(self) -> NDArray[np.bool_]:
        """Which blocks (see ``blocks``) hold print above or below the rows of the table."""
        held = self.printed_blocks[0] > _PRINTED_BLOCK
        names = np.array([row.name_rect_mm for row in self.page.rows])
        top, bottom = names[:, 1].min(), (names[:, 1] + names[:, 3]).max()
        per_mm = COARSE_PX / BLOCK_PX
        held[int(top * per_mm) : int(bottom * per_mm) + 1] = False
        return held

    @cached_property
    def unprinted(self) -> NDArray[np.uint8]:
        """(h, w) uint8 at 2 px/mm: 255 where nothing is printed within 1 mm, and no light rule within half of one."""
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_PRINT_PX, _PRINT_PX))
        near = (cv2.dilate(self.printed, disc) >= 20) | (cv2.dilate(self.printed, np.ones((3, 3), np.uint8)) >= 3)
        edge = round(_RIM_MM * COARSE_PX)
        near[:edge] = near[-edge:] = near[:, :edge] = near[:, -edge:] = True
        return np.where(near, 0, 255).astype(np.uint8)

    @cached_property
    def bare(self) -> NDArray[np.bool_]:
        """(h, w) at 4 px/mm: where nothing is printed within half a millimetre, outside of ``areas``: codes differ from
        ballot to ballot."""
        return np.asarray((cv2.erode(self.grey, np.ones((5, 5), np.uint8)) > _BARE) & (self.areas == 0), np.bool_)

    @cached_property
    def beside_print(self) -> NDArray[np.uint8]:
        """(h, w) uint8 at 2 px/mm: 255 where nothing is printed within half a millimetre, outside of ``areas``."""
        near = cv2.dilate(self.printed, np.ones((3, 3), np.uint8)) >= _NEAR_PRINT
        return np.where(near, 0, self.looked_at).astype(np.uint8)

    @cached_property
    def least_of_a_line(self) -> NDArray[np.uint8]:
        """(h, w) uint8 at 2 px/mm: how dark ``LINE_PX`` along a level line are on the mean, print counted as bare, if
        one is drawn there; 255 where most of them are printed."""
        bare = cv2.blur(self.beside_print, (LINE_PX, 1)) / np.float32(255)
        return np.where(bare >= _TELLING, np.rint(_LINE * 255 * bare), 255).astype(np.uint8)

    @cached_property
    def free(self) -> NDArray[np.uint8]:
        """(h, w) uint8 at 2 px/mm: ``unprinted``, outside of ``areas``."""
        return np.asarray(cv2.bitwise_and(self.unprinted, self.looked_at), dtype=np.uint8)

    def _areas(self) -> Iterable[tuple[Rect, float]]:
        page = self.page
        yield from ((f.rect_mm, 3.0) for f in page.fiducials)
        yield from ((r, 2.0) for r in page.code_rects_mm)
        yield from ((r, 0.0) for r in self.free_text_mm)
        yield from ((r, 3.0) for r in (page.seal_rect_mm, page.signature_rect_mm, page.comment_rect_mm) if r)
        boxes = np.array([b.rect_mm for row in page.rows for b in row.boxes])
        x, y = boxes[:, 0].min(), boxes[:, 1].min()
        yield (float(x), float(y), float(boxes[:, 0].max() + 7 - x), float(boxes[:, 1].max() + 7 - y)), _BOXES_MM


def _within(cells: list[Rect], grow_mm: float, most: NDArray[np.intp]) -> NDArray[np.intp]:
    """(4, n) x0, y0, x1, y1 of some places, grown, in pixels at 2 px/mm, up to ``most`` (4, 1)."""
    corners = [(x - grow_mm, y - grow_mm, x + w + grow_mm, y + h + grow_mm) for x, y, w, h in cells]
    return np.asarray(np.clip(np.rint(np.array(corners).T * COARSE_PX), 0, most), np.intp)


def line_means(dark: NDArray[np.uint8], lines: tuple[Rect, ...]) -> NDArray[np.float64]:
    """(n,) mean darkness, 0-1, of some lines in a picture of the page at 2 px/mm."""
    total = cv2.integral(dark)
    left, top, wide, high = np.array(lines).reshape(-1, 4).T
    x0, y0 = (np.maximum(np.round(v * COARSE_PX).astype(int), 0) for v in (left, top))
    x1 = np.minimum(np.round((left + wide) * COARSE_PX).astype(int) + 1, dark.shape[1])
    y1 = np.minimum(np.round((top + high) * COARSE_PX).astype(int) + 1, dark.shape[0])
    sums = total[y1, x1] - total[y0, x1] - total[y1, x0] + total[y0, x0]
    return np.asarray(sums / ((x1 - x0) * (y1 - y0)) / 255)


def blocks(picture: cv2.typing.MatLike) -> NDArray[np.float32]:
    """Means (0-1) of whole blocks, by exact halves: four times as fast as in one step."""
    height, width = (v // BLOCK_PX for v in picture.shape)
    part = picture[: height * BLOCK_PX, : width * BLOCK_PX]
    for halving in (4, 2, 1):
        part = cv2.resize(part, (width * halving, height * halving), interpolation=cv2.INTER_AREA)
    return np.asarray(part, dtype=np.float32) / np.float32(255)


def blank_of(grey: Grey, page: PageLayout) -> Blank:
    """A blank page; the code that people read stands to the right of the code at the foot."""
    foot = max(page.code_rects_mm, key=lambda r: r[1])
    x, y, w, h = foot
    long, high, below = _CODE_TEXT_MM
    return Blank(grey, page, ((x + w, y + h + below - high, long, high), (x + w, y, _BESIDE_CODE_MM, h)))


def coarse(
    small: Grey, factor: int, white: Grey, registration: Registration, blank: Blank, black: float
) -> NDArray[np.uint8]:
    """(h, w) uint8 at 2 px/mm: darkness of the whole registered page, 0 the local paper, 255 the print.

    ``small``: the page reduced by ``factor``; ``white``: its paper's white (see region.paper_white).
    """
    height, width = blank.printed.shape
    k = 1 / COARSE_PX
    to_mm = np.array([[k, 0, k / 2], [0, k, k / 2], [0, 0, 1]])
    to_small = np.diag([1 / factor, 1 / factor, 1.0]) @ registration.to_px @ to_mm
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    flat = region.flat(small, to_small, (width, height))
    # the paper's white changes slowly: an eighth of the places will do
    coarser = (max(2, width // 8), max(2, height // 8))
    wide = np.diag([width / coarser[0], height / coarser[1], 1.0])
    to_white = np.diag([1 / 8, 1 / 8, 1.0]) @ to_small @ wide
    level = cv2.warpPerspective(white, to_white, coarser, flags=how, borderMode=cv2.BORDER_REPLICATE)
    paper = cv2.resize(level, (width, height), interpolation=cv2.INTER_LINEAR)
    span = max(40.0, float(np.sort(level.ravel())[level.size // 2]) - black)
    return np.asarray(cv2.convertScaleAbs(cv2.subtract(paper, flat), alpha=255 / span), dtype=np.uint8)


def straightened(
    grey: Grey,
    to_page: ToPage,
    origin_mm: tuple[float, float],
    size: tuple[int, int],
    fine: tuple[int, int],
    span: float,
) -> NDArray[np.uint8]:
    """(h, w) uint8 of ``size`` (w, h): darkness of a place of the sheet, ``fine`` px/mm across and down.

    0 is the place's own paper (its lightest fifth begins there), 255 the print, ``span`` grey levels darker.
    """
    matrix = _place(to_page, origin_mm, size, fine)
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    seen = cv2.warpAffine(grey, matrix, size, flags=how, borderMode=cv2.BORDER_CONSTANT, borderValue=255)
    paper = np.partition(seen.ravel(), seen.size * 4 // 5)[seen.size * 4 // 5]
    lighter = cv2.subtract(np.full_like(seen, paper), seen)
    return np.asarray(cv2.convertScaleAbs(lighter, alpha=255 / span), dtype=np.uint8)


def outside(
    grey: Grey, to_page: ToPage, origin_mm: tuple[float, float], size: tuple[int, int], fine: tuple[int, int]
) -> NDArray[np.bool_]:
    """(h, w) of ``size`` (w, h): which pixels of what ``straightened`` shows lie out of the picture ``grey``."""
    (a, b, c), (d, e, f) = _place(to_page, origin_mm, size, fine)
    xs, ys = np.arange(size[0]), np.arange(size[1])[:, None]
    high, wide = grey.shape
    x, y = a * xs + b * ys + c, d * xs + e * ys + f
    return np.asarray((x < 0) | (y < 0) | (x > wide - 1) | (y > high - 1))


def _place(
    to_page: ToPage, origin_mm: tuple[float, float], size: tuple[int, int], fine: tuple[int, int]
) -> NDArray[np.float64]:
    """(2, 3) the map from a place's pixels, ``fine`` px/mm across and down, to the page's."""
    corners = np.array([(0, 0), (size[0], 0), (0, size[1])], dtype=np.float32)
    in_mm = (corners.astype(np.float64) + 0.5) / fine + np.array(origin_mm)
    return np.asarray(cv2.getAffineTransform(corners, to_page(in_mm).astype(np.float32)), np.float64)


def without_broad(
    dark: NDArray[np.uint8], high_px: int, wide_px: int, most: float, seen: NDArray[np.uint8] | None = None
) -> NDArray[np.uint8]:
    """The same less what is paler than ``most`` (0-1) and fills ``high_px`` by ``wide_px``: no line of a pen.

    ``seen`` (h, w) uint8: the darkness in which that is looked for; None: in ``dark`` itself.
    """
    broad = cv2.morphologyEx(dark if seen is None else seen, cv2.MORPH_OPEN, np.ones((high_px, wide_px), np.uint8))
    return np.where(broad < most * 255, cv2.subtract(dark, broad), dark).astype(np.uint8)


def _toner(dark: NDArray[np.uint8], blank: Blank) -> float:
    """How dark the print beside the table is, by what the blank form has there."""
    printed, beside = blank.printed_blocks[0], blank.beside_table
    whole = float(printed[beside].sum())
    return float(blocks(cv2.bitwise_and(dark, blank.looked_at))[beside].sum()) / whole if whole else np.inf


def suspects(dark: NDArray[np.uint8], blank: Blank) -> list[int]:
    """Rows whose name holds more ink than was printed, beyond what the page's other names do: worth a closer look.

    The mean over a name hardly minds where exactly it lies. Of few names every one is worth it. Where most names hold
    more than the rest of the print, most may be struck, and the rest of the print tells what is usual.
    """
    rows = blank.page.rows
    if len(rows) < _FEW:
        return [r.row for r in rows]
    means = [
        (float(dark[part].mean()) / 255, printed)
        for part, printed in zip(blank.names, blank.names_printed, strict=True)
    ]
    usual = sorted(seen / printed for seen, printed in means)[(len(rows) - 1) // 2]  # toner and scanner, name by name
    usual = min(usual, _NAMES * _toner(dark, blank))
    above = [seen - usual * printed for seen, printed in means]
    spread = max(0.0, -sorted(above)[len(rows) // 4])  # where toner runs low names differ by more than ink adds
    return [r.row for r, more in zip(rows, above, strict=True) if more > _MORE - 2 * spread]
