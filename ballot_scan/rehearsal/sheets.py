"""Printed sheets before anybody marks them: codes pasted onto a blank page; a plain page for trials."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from ballot_scan.paper.layout import CORNERS, Box, ContestRow, FiducialMark, FormLayout, PageLayout, Rect
from ballot_scan.rehearsal.chance import Grey


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """One printed page. ``page``: its index in ``layout.pages``, from 0; ``image``: (height, width) grey at the
    scanner's resolution, codes included; ``ballot``: the code as people read it."""

    layout: FormLayout
    page: int
    image: Grey
    ballot: str

    @property
    def page_layout(self) -> PageLayout:
        return self.layout.pages[self.page]

    @property
    def dpi(self) -> float:
        """Of ``image``, to the next whole number: a raster is whole pixels wide."""
        return float(round(self.image.shape[1] / self.layout.page_size_mm[0] * 25.4))


def _overlap(cells: int, start_px: float, size_px: float) -> tuple[int, NDArray[np.float32]]:
    """First pixel, and (pixels, cells) share of each pixel that each cell covers, along one axis."""
    first, last = int(np.floor(start_px)), int(np.ceil(start_px + size_px))
    pixel = np.arange(first, last, dtype=np.float32)[:, None]
    edge = start_px + size_px / cells * np.arange(cells, dtype=np.float32)[None, :]
    share = np.minimum(pixel + 1, edge + size_px / cells) - np.maximum(pixel, edge)
    return first, np.clip(share, 0, 1).astype(np.float32)


@functools.lru_cache(maxsize=256)
def _cells(payload: str) -> NDArray[np.float32]:
    """(n, n), 1 = black."""
    code = zxingcpp.create_barcode(payload, zxingcpp.BarcodeFormat.DataMatrix, force_square=True)
    picture = np.array(code.to_image(scale=1, add_quiet_zones=False))
    return np.asarray(picture == 0, dtype=np.float32)


def paint_cells(page: Grey, cells: NDArray[np.float32], rect_mm: Rect, dpi: float) -> None:
    """Blacken the cells (1 = black) into a rect of ``page`` (in place), each pixel by the share that is covered."""
    x, y, w, h = (v * dpi / 25.4 for v in rect_mm)
    top, rows = _overlap(cells.shape[0], y, h)
    left, columns = _overlap(cells.shape[1], x, w)
    ink = np.clip(rows @ cells @ columns.T, 0, 1)
    patch = page[top : top + ink.shape[0], left : left + ink.shape[1]]
    patch[:] = np.minimum(patch, (255 - 255 * ink[: patch.shape[0], : patch.shape[1]]).astype(np.uint8))


def compose_sheet(blank: Grey, page: PageLayout, payload: str, dpi: float) -> Grey:
    """A copy of the blank page (height, width; grey) with the Data Matrix of ``payload`` in each of its places."""
    sheet = blank.copy()
    for rect in page.code_rects_mm:
        paint_cells(sheet, _cells(payload), rect, dpi)
    return sheet


def plain_layout(rows: int = 12, pages: int = 1, paper: str = "A4") -> FormLayout:
    """A form of three levels, without any words: A4 with 23 mm, A5 with 18 mm between its boxes."""
    width, height, pitch = {"A4": (210.0, 297.0, 23.0), "A5": (148.0, 210.0, 18.0)}[paper]
    levels = ("high", "medium", "low")
    size, edge, code = 9.0, 9.0, 10.0
    right, low = width - edge - size, height - edge - size
    places = ((edge, edge), (right, edge), (right, low), (edge, low))
    first, step = 62.0, min((height - 90.0) / max(rows, 1), 18.0)

    def row(number: int, place: int) -> ContestRow:
        y = first + step * place
        boxes = (Box(v, (width - 15 - pitch * (2.5 - i) - 3.5, y, 7.0, 7.0)) for i, v in enumerate(levels))
        return ContestRow(number, f"person-{number}", f"Person {number}", (25.0, y + 1, 45.0, 5.0), tuple(boxes))

    return FormLayout(
        "trial", "trial", "trial", (width, height), levels,
        tuple(
            PageLayout(
                page=p + 1,
                fiducials=tuple(FiducialMark(i, CORNERS[i], (*xy, size, size)) for i, xy in enumerate(places)),
                code_rects_mm=((right - 4 - code, edge, code, code), (edge + size + 4, low - 1, code, code)),
                rows=tuple(row(p * rows + i + 1, i) for i in range(rows)),
                seal_rect_mm=(28.0, 22.0, 30.0, 30.0),
            )
            for p in range(pages)
        ),
    )  # fmt: skip


def plain_blank(layout: FormLayout, page: int, dpi: float) -> Grey:
    """Page ``page`` (index) as markers, frames of 0.25 mm and names: all that a reader needs to find its boxes."""
    scale = dpi / 25.4
    width, height = (round(v * scale) for v in layout.page_size_mm)
    sheet = np.full((height, width), 255, dtype=np.uint8)
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
    for mark in layout.pages[page].fiducials:
        picture = cv2.aruco.generateImageMarker(dictionary, mark.id, 6, borderBits=1)
        paint_cells(sheet, (np.asarray(picture) < 128).astype(np.float32), mark.rect_mm, dpi)
    solid, thick = np.ones((1, 1), dtype=np.float32), 0.25
    for row in layout.pages[page].rows:
        for box in row.boxes:
            x, y, w, h = box.rect_mm
            sides = ((x, y, w, thick), (x, y + h - thick, w, thick), (x, y, thick, h), (x + w - thick, y, thick, h))
            for side in sides:
                paint_cells(sheet, solid, side, dpi)
        x, y, w, h = row.name_rect_mm
        name = row.name.encode("ascii", "replace").decode()
        place = (round(x * scale), round((y + h * 0.8) * scale))
        cv2.putText(
            sheet, name, place, cv2.FONT_HERSHEY_SIMPLEX, scale * h / 36, 0, max(round(scale * 0.25), 1), cv2.LINE_AA
        )
    return sheet
