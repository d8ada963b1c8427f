"""Places of ink off the boxes, as people are shown them: strokes of one word together, names by their row."""

from __future__ import annotations

from collections.abc import Iterable

from ballot_scan.paper.layout import PageLayout, Rect
from ballot_scan.records import NAME_STRUCK, WRITING, InkPlace

_NEAR_MM = 4.0  # strokes this close to each other are one place: the gap between two words
_STEP_MM = 0.1


def of(writing: Iterable[Rect], struck: Iterable[int], page: PageLayout) -> tuple[InkPlace, ...]:
    """Places in reading order, struck names last. ``writing``: strokes (mm); ``struck``: rows of the form.

    What lies within a place for a signature or a comment is nobody's business and left out.
    """
    masked = page.private_rects_mm
    words = _together([r for r in writing if not any(_covers(m, r) for m in masked)], masked)
    found = [InkPlace(WRITING, _rounded(r)) for r in sorted(words, key=lambda r: (r[1], r[0]))]
    names = {row.row: row.name_rect_mm for row in page.rows}
    return (*found, *(InkPlace(NAME_STRUCK, _rounded(names[n]), n) for n in sorted(struck)))


def _together(rects: list[Rect], masked: list[Rect]) -> list[Rect]:
    """Neighbours as one; two that only a masked place lies between stay apart."""
    left = list(rects)
    done: list[Rect] = []
    while left:
        one = left.pop()
        for other in left:
            both = _around(one, other)
            if apart(one, other) <= _NEAR_MM and not any(_meet(both, m) for m in masked):
                left.remove(other)
                left.append(both)
                break
        else:
            done.append(one)
    return done


def _around(a: Rect, b: Rect) -> Rect:
    x, y = min(a[0], b[0]), min(a[1], b[1])
    return (x, y, max(a[0] + a[2], b[0] + b[2]) - x, max(a[1] + a[3], b[1] + b[3]) - y)


def apart(a: Rect, b: Rect) -> float:
    """The wider of the gaps across and down; below 0 where they meet."""
    across = max(a[0], b[0]) - min(a[0] + a[2], b[0] + b[2])
    down = max(a[1], b[1]) - min(a[1] + a[3], b[1] + b[3])
    return max(across, down)


def _meet(a: Rect, b: Rect) -> bool:
    return apart(a, b) < 0


def _covers(outer: Rect, inner: Rect) -> bool:
    (x, y, w, h), (a, b, c, d) = outer, inner
    return x <= a and y <= b and a + c <= x + w and b + d <= y + h


def _rounded(rect: Rect) -> Rect:
    x, y, w, h = (round(round(v / _STEP_MM) * _STEP_MM, 1) for v in rect)
    return (x, y, w, h)
