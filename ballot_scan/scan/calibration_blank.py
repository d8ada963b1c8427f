"""A white sheet must scan white: dark cells, specks and streaks of the glass, each with its place.

The sheet's edge and the scanner's bed around it are no dirt: what is dark from the picture's border inwards does not
count.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.scan import streaks
from ballot_scan.scan.calibrate import GOOD, NOT_USABLE, USABLE, Finding
from ballot_scan.scan.calibration_read import USUAL_DPI
from ballot_scan.scan.pictures import Grey

CELL_MM = 10.0
_EDGE_MM = 3.0  # of the paper's edge that may be grey
_COVERED = 0.75  # share of the picture that the sheet covers, at least
_DARKER = 7.0  # grey levels that a whole cell may lack to its surroundings
_SPECK = 28.0  # grey levels, and …
_SPECK_MM = 0.5  # … size from which a dot counts: the reader takes smaller ones for dirt
_STREAK = 8  # as in scan/streaks.py
_STREAK_SHARE = 0.3  # of the sheet's height
_WHITE, _WHITE_USABLE = 180.0, 210.0
_INK_MOST = 0.004  # share of dark area past which the sheet is no white sheet
_LEAST_PX = 100  # a picture with a shorter side is of no sheet
_SHADE, _SHADE_USABLE = 60.0, 32.0  # grey levels from the lightest fiftieth of the sheet to its darkest
_CELLS_TOLD, _GRAIN_SHARE = 12, 0.1  # so many cells are named one by one; specks in more of them than this are grain


@dataclass(frozen=True, slots=True)
class Cell:
    """A dark cell: its column and row, from 1; where it begins, mm from the left and the top of the picture."""

    column: int
    row: int
    left_mm: float
    top_mm: float
    lacks: float  # grey levels to its surroundings
    speck: bool  # a dot in it rather than all of it


@dataclass(frozen=True, slots=True)
class Blank:
    """A white sheet measured: its white, its dark cells, and streaks in mm from the picture's left edge."""

    white: float
    per_mm: float
    columns: int
    rows: int
    cells: tuple[Cell, ...]
    streaks_mm: tuple[float, ...]
    printed: bool  # no white sheet at all
    shade: float = 0.0  # grey levels by which the lighting falls off
    covered: float = 1.0  # share of the picture in which paper lies

    def findings(self) -> list[Finding]:
        """In words; an empty list never: a good sheet says so."""
        if self.printed:
            return [Finding("blank-printed", NOT_USABLE)]
        found = []
        if self.covered < _COVERED:
            found.append(Finding("blank-part", NOT_USABLE, (("percent", round(100 * self.covered)),)))
        if self.white < _WHITE_USABLE:
            level = USABLE if self.white >= _WHITE else NOT_USABLE
            found.append(Finding("blank-grey", level, (("white", round(self.white)),)))
        if self.shade > _SHADE_USABLE:
            level = USABLE if self.shade <= _SHADE else NOT_USABLE
            found.append(Finding("shade-bad", level, (("levels", round(self.shade)),)))
        found += [Finding("blank-streak", NOT_USABLE, (("mm", round(x)),)) for x in self.streaks_mm]
        named = self.cells
        specks = sum(cell.speck for cell in self.cells)
        if specks > _GRAIN_SHARE * self.columns * self.rows:
            found.append(Finding("blank-grain", NOT_USABLE, (("cells", specks),)))
            named = tuple(cell for cell in self.cells if not cell.speck)
        for cell in named[:_CELLS_TOLD]:
            values = (
                ("column", cell.column), ("row", cell.row), ("left", round(cell.left_mm)), ("top", round(cell.top_mm)),
                ("levels", round(cell.lacks)),
            )  # fmt: skip
            found.append(Finding("blank-speck" if cell.speck else "blank-cell", NOT_USABLE, values))
        if len(named) > _CELLS_TOLD:
            found.append(Finding("blank-more", NOT_USABLE, (("cells", len(named) - _CELLS_TOLD),)))
        return found or [
            Finding("blank-white", GOOD, (("white", round(self.white)), ("cells", self.columns * self.rows)))
        ]


def per_mm(shape: tuple[int, ...], stated: tuple[float, float] | None) -> float:
    """Pixels a millimetre: as the file says, else the usual resolution at which the picture is nearest to A4."""
    if stated is not None:
        return float(np.mean(stated)) / 25.4
    short, long = sorted(shape[:2])
    return min(USUAL_DPI, key=lambda dpi: abs(short / dpi * 25.4 - 210) + abs(long / dpi * 25.4 - 297)) / 25.4


def examine(grey: Grey, stated: tuple[float, float] | None) -> Blank:
    """Examine the scan (h, w) uint8 of a white sheet."""
    k = per_mm(grey.shape, stated)
    if min(grey.shape) < _LEAST_PX:
        return Blank(0.0, k, 0, 0, (), (), True)
    paper = _paper(grey, k)
    white = float(np.median(grey[paper])) if paper.any() else 0.0
    level = _level(grey, paper, k)
    lack = np.where(paper, level.astype(np.int16) - _soft(grey), 0)
    printed = white < 90 or float((lack > 60).mean()) > _INK_MOST or float(paper.mean()) < 0.2
    if printed:
        return Blank(white, k, 0, 0, (), (), True)
    places = _streaks(grey, paper, k)
    for x in places:  # named once, not again in every cell
        lack[:, max(0, int((x - 1) * k)) : int((x + 1) * k) + 1] = 0
    cells, columns, rows = _cells(lack, paper, k)
    return Blank(white, k, columns, rows, cells, places, False, _shade(level[paper]), float(paper.mean()))


def _shade(level: NDArray[np.uint8]) -> float:
    """By how many grey levels the paper's own white falls off over the sheet."""
    darkest, lightest = np.percentile(level[:: max(1, level.size // 100_000)], (2, 98))
    return float(lightest - darkest)


def _soft(grey: Grey) -> NDArray[np.int16]:
    return np.asarray(cv2.GaussianBlur(grey, (3, 3), 0), dtype=np.int16)


def _paper(grey: Grey, k: float) -> NDArray[np.bool_]:
    """Where the sheet is: all but what is dark from the border inwards, and a little of its edge.

    Thin lines are no edge: a streak reaches the border too.
    """
    step = max(1, round(k / 2))
    small = cv2.resize(grey, (grey.shape[1] // step, grey.shape[0] // step), interpolation=cv2.INTER_AREA)
    white = float(np.percentile(small, 75))
    dark = (small < 0.7 * white).astype(np.uint8)
    wide = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8), borderType=cv2.BORDER_REPLICATE)
    _, labels = cv2.connectedComponents(wide)
    border = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    bed = np.isin(labels, border[border > 0]).astype(np.uint8)
    bed = np.pad(bed, 1, constant_values=1)
    reach = 2 * max(1, round(_EDGE_MM * k / step)) + 1
    bed = np.asarray(cv2.dilate(bed, np.ones((reach, reach), np.uint8)), np.uint8)[1:-1, 1:-1]
    full = cv2.resize(bed, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_NEAREST)
    return np.asarray(np.asarray(full) == 0, dtype=np.bool_)


def _level(grey: Grey, paper: NDArray[np.bool_], k: float) -> Grey:
    """The paper's own white around each place: medians of cells of 10 mm, smoothed over five of them."""
    side = max(4, round(CELL_MM * k))
    rows, columns = -(-grey.shape[0] // side), -(-grey.shape[1] // side)
    usual = float(np.median(grey[paper])) if paper.any() else 255.0
    coarse = np.full((rows, columns), usual, np.float32)
    for r in range(rows):
        for c in range(columns):
            part = (slice(r * side, (r + 1) * side), slice(c * side, (c + 1) * side))
            mine = grey[part][paper[part]]
            if mine.size > 0.3 * side * side:
                coarse[r, c] = np.median(mine)
    smooth = cv2.medianBlur(coarse, 5)
    size = (columns * side, rows * side)
    full = cv2.resize(smooth, size, interpolation=cv2.INTER_LINEAR)[: grey.shape[0], : grey.shape[1]]
    return np.asarray(np.clip(full, 0, 255), dtype=np.uint8)


def _streaks(grey: Grey, paper: NDArray[np.bool_], k: float) -> tuple[float, ...]:
    """Places of columns that lack light over much of the sheet's height, mm from the picture's left edge."""
    rows, columns = np.flatnonzero(paper.mean(axis=1) > 0.5), np.flatnonzero(paper.mean(axis=0) > 0.5)
    if len(rows) < 100 or len(columns) < 100:
        return ()
    part = np.ascontiguousarray(grey[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    lack = streaks.lacking(part)
    if lack is None:
        return ()
    found = np.flatnonzero((lack >= _STREAK).mean(axis=0) >= _STREAK_SHARE)
    runs = np.split(found, np.flatnonzero(np.diff(found) > 3) + 1) if len(found) else []
    return tuple(round(float(run.mean() + columns[0]) / k, 1) for run in runs)


def _cells(lack: NDArray[np.int16], paper: NDArray[np.bool_], k: float) -> tuple[tuple[Cell, ...], int, int]:
    side = CELL_MM * k
    rows, columns = (math.ceil((v - 1) / side) for v in lack.shape)  # the last ones may be narrow
    specks = _specks(lack, k)
    found = []
    for r in range(rows):
        for c in range(columns):
            part = (slice(round(r * side), round((r + 1) * side)), slice(round(c * side), round((c + 1) * side)))
            mine = paper[part]
            if mine.size == 0 or mine.mean() < 0.25:
                continue
            whole = float(lack[part][mine].mean())
            speck = float(specks[part].max())
            if whole >= _DARKER or speck > 0:
                found.append(Cell(c + 1, r + 1, c * CELL_MM, r * CELL_MM, max(whole, speck), whole < _DARKER))
    return tuple(found), columns, rows


def _specks(lack: NDArray[np.int16], k: float) -> NDArray[np.int16]:
    """How much dots large enough to count lack, 0 elsewhere."""
    dark = (lack >= _SPECK / 2).astype(np.uint8)
    count, labels = cv2.connectedComponents(dark, connectivity=8)
    if count == 1:
        return np.zeros_like(lack)
    ys, xs = np.nonzero(dark)
    label, depth = labels[ys, xs], lack[ys, xs].astype(np.float64)
    total = np.bincount(label, depth, count)
    order = np.argsort(label, kind="stable")
    peak = np.zeros(count)
    peak[1:] = np.maximum.reduceat(depth[order], np.searchsorted(label[order], np.arange(1, count)))
    # a dot's size is that of one as dark all over as its darkest place: so the reader takes it too
    size = np.sqrt(4 / np.pi * total / np.maximum(peak, 1.0)) / k
    keep = (peak >= _SPECK) & (size >= _SPECK_MM)
    return np.where(keep[labels], lack, 0).astype(np.int16)
