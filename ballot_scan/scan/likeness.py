"""Likeness: whether a page without markers and codes looks like one of the forms all the same.

A ballot that is washed out, out of focus or has lost its corners must not pass as a blank back or as somebody else's
letter. At 2.5 mm a cell neither skew nor focus matters much: simulated ballots on hard scans correlate with their
blank form by 0.26 and more, other forms and letters by 0.2 and less; a back through which a ballot shines is mirrored.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.scan.ink import BLANK_PX, Blank
from ballot_scan.scan.pictures import Grey

Cells = NDArray[np.float32]

_CELL_MM = 2.5
_EDGE_MM = 12.0  # of the form that may be cut off
_ROOM = 8  # cells that the sheet may lie off its place
_ALIKE = 0.235
_FAINT, _FEW, _RIM = 3.0, 0.02, 3  # grey levels and share of cells, off the rim, under which a page is blank paper
_LEAST = 8  # cells a page has each way, however small its picture
_DARK = 60.0  # grey levels from which one cell is as dark as another
_DPI = (100, 150, 200, 300, 400, 600)
_SMALLEST, _LARGEST = 0.55, 1.3  # of the picture's width that a sheet may have


def like_a_form(small: Grey, factor: int, forms: Iterable[Blank]) -> bool:
    """Whether a page shows one of ``forms``, upright or upside down, and no mirrored one better. ``small``: the page
    reduced by ``factor``."""
    plain = mirrored = 0.0
    for form in forms:
        template = _cells(form.grey, BLANK_PX)
        edge = round(_EDGE_MM / _CELL_MM)
        inner = template[edge:-edge, edge:-edge]
        inner = np.minimum(inner * (_DARK / max(float(inner.max()), 1.0)), _DARK)
        for per_mm in _scales(small, factor, form):
            cells = _cells(small, per_mm)
            if float((cells[_RIM:-_RIM, _RIM:-_RIM] >= _FAINT).mean()) < _FEW:
                return False  # blank paper: most backs
            plain = max(plain, _correlation(cells, inner))
            mirrored = max(mirrored, _correlation(cells[:, ::-1], inner))
    return plain >= max(_ALIKE, mirrored)


def _scales(small: Grey, factor: int, form: Blank) -> list[float]:
    """Pixels per mm that the page may have: nobody knows its resolution, for its markers are not seen."""
    high, wide = (v / BLANK_PX for v in form.grey.shape)
    fits = {small.shape[1] / wide, small.shape[0] / high, *(dpi / 25.4 / factor for dpi in _DPI)}
    shares = [(v, wide * v / small.shape[1], high * v / small.shape[0]) for v in sorted(fits)]
    return [v for v, w, h in shares if _SMALLEST <= w <= _LARGEST and h <= _LARGEST]


def _cells(grey: Grey, per_mm: float) -> Cells:
    """Grey levels by which each cell of 2.5 mm is darker than the paper about it."""
    size = (
        max(_LEAST, round(grey.shape[1] / per_mm / _CELL_MM)),
        max(_LEAST, round(grey.shape[0] / per_mm / _CELL_MM)),
    )
    means = cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    paper = cv2.GaussianBlur(cv2.dilate(means, np.ones((5, 5), np.uint8)), (0, 0), 3)
    return np.asarray(np.maximum(paper - means, 0), dtype=np.float32)


def _correlation(cells: Cells, form: Cells) -> float:
    """The best correlation of the form with the page, upright or upside down."""
    room = [max(_ROOM, f - c + 1) for f, c in zip(form.shape, cells.shape, strict=True)]
    page = cv2.copyMakeBorder(np.minimum(cells, _DARK), room[0], room[0], room[1], room[1], cv2.BORDER_CONSTANT)
    upside_down = np.ascontiguousarray(form[::-1, ::-1])
    return max(float(cv2.matchTemplate(page, f, cv2.TM_CCOEFF_NORMED).max()) for f in (form, upside_down))
