"""A simple marker of paper: printed pages as pictures, crosses by ``layout.json``. Knows nothing of the reader."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.paper.raster import render_pages

DPI = 200
PER_MM = DPI / 25.4
INK = 80

Picture = NDArray[np.uint8]
#: One row as a voter fills it: a level id, "" for an empty row, or several level ids.
Choice = str | tuple[str, ...]


def printed_pages(event: Path, poll: str, form: str = "main") -> list[Picture]:
    """The printed ballots of one form as grey pictures."""
    return render_pages((event / "ballots" / poll / form / "ballots.pdf").read_bytes(), DPI)


def layout(event: Path, poll: str, form: str = "main") -> dict[str, Any]:
    """The form's ``layout.json``."""
    found: dict[str, Any] = json.loads((event / "ballots" / poll / form / "layout.json").read_text(encoding="utf-8"))
    return found


def cross(page: Picture, rect_mm: Sequence[float], size_mm: float = 4.5) -> None:
    """Two strokes of a pen, 0.45 mm wide, in the middle of a box."""
    x, y, w, h = rect_mm
    middle = np.array([x + w / 2, y + h / 2])
    for dx, dy in ((1, 1), (1, -1)):
        half = np.array([dx, dy]) * size_mm / 2
        a, b = ((middle - half) * PER_MM).round().astype(int), ((middle + half) * PER_MM).round().astype(int)
        cv2.line(page, a.tolist(), b.tolist(), INK, round(0.45 * PER_MM), cv2.LINE_AA)


def marked(page: Picture, page_layout: dict[str, Any], choices: Sequence[Choice]) -> Picture:
    """A copy of a printed page, its rows filled in."""
    filled = page.copy()
    for row, choice in zip(page_layout["rows"], choices, strict=True):
        wanted = (choice,) if isinstance(choice, str) else choice
        for box in row["boxes"]:
            if box["level"] in wanted:
                cross(filled, box["rect_mm"])
    return filled


def jpeg(page: Picture, quality: int = 80) -> bytes:
    """The page as an office scanner stores it."""
    done, data = cv2.imencode(".jpg", page, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert done
    return data.tobytes()


def save(folder: Path, pages: Iterable[Picture], name: str = "trang-{:02d}.jpg") -> list[Path]:
    """Each page as a JPEG file of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for number, page in enumerate(pages, start=1):
        files.append(folder / name.format(number))
        files[-1].write_bytes(jpeg(page))
    return files
