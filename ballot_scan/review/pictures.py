"""Pictures: where the boxes lie on the picture of a page, and which part of it shows one row enlarged.

Millimetres of the sheet, origin top left; the picture of a placed page is the whole sheet, so that a share of its
width is a share of the paper's.
"""

from __future__ import annotations

from collections.abc import Mapping

from ballot_scan.paper.layout import ContestRow, PageLayout, Rect
from ballot_scan.records import BoxReading, RowReading

DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_STEP_MM = 0.1  # half a pixel of the picture
_REACH = 31  # steps that one digit tells, either way
_STATES = {"empty": "e", "marked": "m", "unsure": "u"}
_AROUND_MM = 5.0  # shown around an enlarged row: good crosses reach 4 mm out of their box


def row_window(row: ContestRow) -> Rect:
    """The part of the sheet that shows one row with what reaches out of its boxes."""
    rects = [row.name_rect_mm, *(box.rect_mm for box in row.boxes)]
    left = min(x for x, _, _, _ in rects) - _AROUND_MM
    top = min(y for _, y, _, _ in rects) - _AROUND_MM
    right = max(x + w for x, _, w, _ in rects) + _AROUND_MM
    bottom = max(y + h for _, y, _, h in rects) + _AROUND_MM
    return (round(left, 1), round(top, 1), round(right - left, 1), round(bottom - top, 1))


def box_shifts(layout: PageLayout, rows: Mapping[int, RowReading]) -> str:
    """How far each printed box of a page was found from its place: two digits a box (x, y), in row order.

    A digit is its place in ``DIGITS`` less 31, in steps of 0.1 mm. Boxes that were not fitted have no shift.
    """
    return "".join(
        _digit(shift)
        for row in layout.rows
        for box in row.boxes
        for shift in _shift(box.rect_mm, _reading(rows.get(row.row), box.level))
    )


def box_states(layout: PageLayout, rows: Mapping[int, RowReading]) -> str:
    """What each box of a page was taken for, a letter a box in row order: e, m, u; ``-`` where it was not read."""
    return "".join(
        _STATES.get(found.state, "-") if (found := _reading(rows.get(row.row), box.level)) is not None else "-"
        for row in layout.rows
        for box in row.boxes
    )


def quad(box: BoxReading, rect: Rect) -> tuple[float, ...]:
    """The fitted frame's corners in millimetres, or those of the printed one where none was fitted."""
    if len(box.quad_mm) == 8:
        return tuple(round(v, 1) for v in box.quad_mm)
    x, y, w, h = rect
    return (x, y, x + w, y, x + w, y + h, x, y + h)


def _reading(row: RowReading | None, level: str) -> BoxReading | None:
    return None if row is None else next((box for box in row.boxes if box.level == level), None)


def _shift(rect: Rect, box: BoxReading | None) -> tuple[float, float]:
    if box is None or len(box.quad_mm) != 8:
        return (0.0, 0.0)
    x, y, w, h = rect
    return (sum(box.quad_mm[0::2]) / 4 - x - w / 2, sum(box.quad_mm[1::2]) / 4 - y - h / 2)


def _digit(shift_mm: float) -> str:
    steps = max(-_REACH, min(_REACH, round(shift_mm / _STEP_MM)))
    return DIGITS[steps + _REACH]
