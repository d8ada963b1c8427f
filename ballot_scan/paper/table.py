"""The table of a ballot: rows measured, spread over pages, and drawn with their boxes.

Between and around the boxes are only light hairlines, so that whatever is dark near a box was put there by hand.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ballot_scan.errors import UsageError
from ballot_scan.event.model import Candidate
from ballot_scan.paper.drawing import Frame, Line, Mark, Words, block_marks
from ballot_scan.paper.fonts import MM_PER_PT
from ballot_scan.paper.heading import Setting
from ballot_scan.paper.layout import Box, ContestRow, Rect
from ballot_scan.paper.typeset import LEADING, Block, clean, fit, wrap

BOX_MM = 7.0
BOX_LINE_MM = 0.25
HAIR_GREY = 0.88
_HAIR_MM = 0.2
_EDGE_LINE_MM = 0.3
_PAD_MM = 2.0  # left and right of text in a cell
_ROW_PAD_MM = 0.5  # above and below text in a row
_END_MM = 1.6  # beyond the first and last row, to the table's black lines
_BETWEEN_MM = 0.9  # name to position, where they share a cell


@dataclass(frozen=True, slots=True)
class Row:
    """One person's cell texts and the height they need. ``position`` is None where there is none."""

    number: int
    candidate: Candidate
    name: Block
    position: Block | None
    height_mm: float


@dataclass(frozen=True, slots=True)
class Columns:
    """Left ends: of the numbers, the names, the positions (None: below the name), the first box column."""

    number_mm: float
    name_mm: float
    position_mm: float | None
    boxes_mm: float
    right_mm: float
    pitch_mm: float
    levels: int

    @property
    def name_width_mm(self) -> float:
        end = self.boxes_mm if self.position_mm is None else self.position_mm
        return end - self.name_mm - 2 * _PAD_MM

    @property
    def position_width_mm(self) -> float:
        start = self.name_mm if self.position_mm is None else self.position_mm
        return self.boxes_mm - start - 2 * _PAD_MM

    def box_middle_mm(self, level: int) -> float:
        return self.boxes_mm + (level + 0.5) * self.pitch_mm


def columns(setting: Setting) -> Columns:
    """The columns' places. Raises UsageError for a number of levels that no ballot has."""
    sheet, levels = setting.sheet, len(setting.regulation.levels)
    if levels not in sheet.pitch_mm:
        raise UsageError("paper.too_many_levels", regulation=setting.regulation.id, count=levels)
    pitch = sheet.pitch_mm[levels]
    boxes = sheet.right_mm - levels * pitch
    name = sheet.side_mm + sheet.number_mm
    own = sheet.columns and any(clean(c.position) for c in setting.form.candidates)
    position = name + (boxes - name) * 0.45 if own else None
    return Columns(sheet.side_mm, name, position, boxes, sheet.right_mm, pitch, levels)


def rows(setting: Setting, at: Columns, usual_mm: float) -> list[Row]:
    """Every person's row: text as large as fits the usual height, at the least size as high as it needs.

    Positions are set alike: at the size that two in three of them fit at, the others smaller.
    """
    people = setting.form.candidates
    drafts = [_row(setting, at, 0, person, usual_mm, setting.sheet.position_pt) for person in people]
    sizes = sorted(draft.position.size_pt for draft in drafts if draft.position)
    if sizes:
        common = sizes[len(sizes) // 3]
        allowed = tuple(size for size in setting.sheet.position_pt if size <= common)
        return [_row(setting, at, i + 1, person, usual_mm, allowed) for i, person in enumerate(people)]
    return [replace(draft, number=i + 1) for i, draft in enumerate(drafts)]


def _row(
    setting: Setting, at: Columns, number: int, person: Candidate, usual_mm: float, sizes: tuple[float, ...]
) -> Row:
    sheet, fonts = setting.sheet, setting.fonts
    room = usual_mm - 2 * _ROW_PAD_MM
    if not clean(person.name):
        raise UsageError("paper.name_blank", candidate=person.id)
    words = clean(person.position)
    stacked = bool(words) and at.position_mm is None
    name = fit(fonts, person.name, fonts.bold, sheet.name_pt, at.name_width_mm, room * (0.55 if stacked else 1))
    if not words:
        return Row(number, person, name, None, max(usual_mm, name.height_mm + 2 * _ROW_PAD_MM))
    left = room - name.height_mm - _BETWEEN_MM if stacked else room
    position = fit(fonts, words, fonts.regular, sizes, at.position_width_mm, left)
    high = name.height_mm + _BETWEEN_MM + position.height_mm if stacked else max(name.height_mm, position.height_mm)
    return Row(number, person, name, position, max(usual_mm, high + 2 * _ROW_PAD_MM))


# ---------------------------------------------------------------- over the pages


def frame_mm(setting: Setting, at: Columns) -> float:
    """Height of a table without its rows: the column headings and the ends."""
    return _headings_mm(setting, at) + 2 * _END_MM


def spread(heights: Sequence[float], rooms: Sequence[float]) -> list[int] | None:
    """How many rows stand on each page, as evenly as their heights allow; None where they do not fit.

    ``heights``: of the rows in order; ``rooms``: for rows on each page, all in mm. Every page gets a row.
    """
    n, pages = len(heights), len(rooms)
    ends = [0.0]
    for height in heights:
        ends.append(ends[-1] + height)
    worst = math.inf
    best = [[worst] * (n + 1) for _ in range(pages + 1)]  # least sum of squares: first i rows on k pages
    came = [[0] * (n + 1) for _ in range(pages + 1)]
    best[0][0] = 0.0
    for k in range(1, pages + 1):
        for i in range(k, n + 1):
            for j in range(i - 1, k - 2, -1):
                if ends[i] - ends[j] > rooms[k - 1] + 1e-9:
                    break
                cost = best[k - 1][j] + (i - j) ** 2
                if cost < best[k][i]:
                    best[k][i], came[k][i] = cost, j
    if best[pages][n] == worst:
        return None
    counts, i = [], n
    for k in range(pages, 0, -1):
        counts.append(i - came[k][i])
        i = came[k][i]
    return counts[::-1]


# ---------------------------------------------------------------- drawn


def _heading_blocks(setting: Setting, at: Columns) -> list[tuple[float, float, Block]]:
    """(left, width, text) of every column's heading."""
    size = setting.sheet.body_pt * 0.92
    levels = setting.regulation.levels
    names = [level.vi if setting.lang == "vi" else level.en for level in levels]
    alike = min(_heading(setting, name, size, at.pitch_mm - 1.6).size_pt for name in names)
    has_position = any(clean(c.position) for c in setting.form.candidates)
    if at.position_mm is not None:
        cells = [(at.name_mm, at.position_mm, setting.t("column.name")),
                 (at.position_mm, at.boxes_mm, setting.t("column.position"))]  # fmt: skip
    else:
        cells = [(at.name_mm, at.boxes_mm, setting.t("column.name_position" if has_position else "column.name"))]
    cells.insert(0, (at.number_mm, at.name_mm, setting.t("column.number")))
    blocks = [(left, right - left, _heading(setting, words, size, right - left - 1.6)) for left, right, words in cells]
    for i, name in enumerate(names):
        blocks.append((at.boxes_mm + i * at.pitch_mm, at.pitch_mm, _heading(setting, name, alike, at.pitch_mm - 1.6)))
    return blocks


def _heading(setting: Setting, words: str, size_pt: float, width_mm: float) -> Block:
    """A column's heading, in as few lines as its words allow: the first full, so that "Tín nhiệm" stays together."""
    sizes = tuple(size_pt * share for share in (1.0, 0.92, 0.84, 0.76, 0.68))
    return fit(setting.fonts, words, setting.fonts.bold, sizes, width_mm, 2.1 * size_pt * LEADING * MM_PER_PT)


def _headings_mm(setting: Setting, at: Columns) -> float:
    return max(block.height_mm for _, _, block in _heading_blocks(setting, at)) + 3.0


def table(
    setting: Setting, at: Columns, page_rows: Sequence[Row], top_mm: float, growth_mm: float
) -> tuple[list[Mark], list[ContestRow], float]:
    """Draw one page's table from ``top_mm``, each row higher by ``growth_mm``; returns marks, rows and its bottom."""
    first = top_mm + _headings_mm(setting, at)
    bottom = first + 2 * _END_MM + sum(row.height_mm + growth_mm for row in page_rows)
    marks = _grid(setting, at, top_mm, first, bottom)
    contest: list[ContestRow] = []
    y = first + _END_MM
    for i, row in enumerate(page_rows):
        if i:
            marks.append(Line(at.number_mm + 0.3, y, at.right_mm - 0.3, y, _HAIR_MM, HAIR_GREY))
        height = row.height_mm + growth_mm
        cell_marks, contest_row = _row_marks(setting, at, row, y + height / 2)
        marks += cell_marks
        contest.append(contest_row)
        y += height
    return marks, contest, bottom


def _grid(setting: Setting, at: Columns, top: float, first: float, bottom: float) -> list[Mark]:
    """Outer frame and headings in black, columns between the rows as hairlines."""
    blocks = _heading_blocks(setting, at)
    marks: list[Mark] = [
        Frame((at.number_mm, top, at.right_mm - at.number_mm, bottom - top), _EDGE_LINE_MM),
        Line(at.number_mm, first, at.right_mm, first, _EDGE_LINE_MM),
    ]
    for left, width, block in blocks:
        if left > at.number_mm:
            marks.append(Line(left, top, left, first, 0.2))
            marks.append(Line(left, first + 0.2, left, bottom - 0.3, _HAIR_MM, HAIR_GREY))
        y = top + (first - top - block.height_mm) / 2
        marks += block_marks(block, left + width / 2, y, "centre")
    return marks


def _row_marks(setting: Setting, at: Columns, row: Row, middle: float) -> tuple[list[Mark], ContestRow]:
    """One row about its ``middle``: number, name, position, boxes; with its place for the layout."""
    fonts = setting.fonts
    marks: list[Mark] = []
    name_top = middle - row.name.height_mm / 2
    if row.position is not None and at.position_mm is None:
        name_top = middle - (row.name.height_mm + _BETWEEN_MM + row.position.height_mm) / 2
        position_top, position_x = name_top + row.name.height_mm + _BETWEEN_MM, at.name_mm + _PAD_MM
    elif row.position is not None and at.position_mm is not None:
        position_top, position_x = middle - row.position.height_mm / 2, at.position_mm + _PAD_MM
    number = wrap(fonts, str(row.number), fonts.regular, setting.sheet.body_pt, 99)
    marks += block_marks(number, (at.number_mm + at.name_mm) / 2, middle - number.height_mm / 2, "centre")
    name_marks = block_marks(row.name, at.name_mm + _PAD_MM, name_top)
    marks += name_marks
    if row.position is not None:
        marks += block_marks(row.position, position_x, position_top)
    boxes = []
    for i, level in enumerate(setting.regulation.levels):
        rect = (at.box_middle_mm(i) - BOX_MM / 2, middle - BOX_MM / 2, BOX_MM, BOX_MM)
        marks.append(Frame(rect, BOX_LINE_MM))
        boxes.append(Box(level.id, rect))
    name_rect = _ink_rect(setting, name_marks)
    return marks, ContestRow(row.number, row.candidate.id, clean(row.candidate.name), name_rect, tuple(boxes))


def _ink_rect(setting: Setting, lines: Sequence[Words]) -> Rect:
    """The rectangle that the ink of left-aligned lines fills."""
    inks = [
        (m.x_mm + left, m.y_mm + top, m.x_mm + right, m.y_mm + bottom)
        for m in lines
        for left, top, right, bottom in [setting.fonts.ink_mm(m.words, m.face, m.size_pt)]
    ]
    x0, y0 = min(i[0] for i in inks), min(i[1] for i in inks)
    x1, y1 = max(i[2] for i in inks), max(i[3] for i in inks)
    return (x0, y0, x1 - x0, y1 - y0)
