"""What a scan's file says beside its picture: resolution and JPEG quality. Nothing that is missing is guessed."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ballot_scan.scan import pdfs

#: The luminance table of the JPEG standard (annex K) in zigzag order, at quality 50.
_STANDARD = (
    16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61,
    60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77, 113,
    121, 112, 100, 120, 92, 101, 103, 99,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FileFacts:
    """``dpi``: pixels an inch across and down, as stated; None where the file is silent. ``jpeg_quality``: 1-100 as
    usual programs count it; None where the picture is no JPEG."""

    dpi: tuple[float, float] | None = None
    jpeg_quality: int | None = None


def facts(path: str, content: bytes, page: int = 1, shape: tuple[int, int] | None = None) -> FileFacts:
    """The facts of one page. ``shape``: height and width of its picture as read, which tells a PDF's resolution."""
    try:
        if Path(path).suffix.lower() == ".pdf" or pdfs.is_pdf(content):
            return _pdf(content, page, shape)
        return _picture(content, page)
    except Exception:  # a file that intake could read, whose other details are broken: nothing is known of them
        return FileFacts()


def _picture(content: bytes, page: int = 1) -> FileFacts:
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(io.BytesIO(content)) as picture:
            if page > 1:
                picture.seek(page - 1)
            stated = picture.info.get("dpi")
            unit = picture.info.get("jfif_unit", 1)
            tables: dict[int, Sequence[int]] = getattr(picture, "quantization", None) or {}
            fax = stated is not None and max(stated) / max(min(stated), 1) > 1.1
    dpi = (float(stated[0]), float(stated[1])) if stated and unit and not fax else None
    if fax and stated is not None:
        dpi = (float(stated[0]), float(stated[0]))  # intake has made the pixels square
    if dpi is not None and not (50 <= dpi[0] <= 2400 and 50 <= dpi[1] <= 2400):
        dpi = None  # 1 or 72: the usual words for "unknown"
    if dpi == (72.0, 72.0):
        dpi = None
    return FileFacts(dpi, jpeg_quality(tables[0]) if tables else None)


def jpeg_quality(table: Sequence[int]) -> int:
    """The quality that makes this luminance table out of the standard one: 50 leaves it as it is."""
    scale = sum(table) / sum(_STANDARD) * 100
    quality = 5000 / scale if scale > 100 else (200 - scale) / 2
    return max(1, min(100, round(quality)))


def _pdf(content: bytes, page: int, shape: tuple[int, int] | None) -> FileFacts:
    import pypdfium2 as pdfium
    import pypdfium2.raw as raw

    document: Any = pdfium.PdfDocument(content)
    try:
        sheet = document[page - 1]
        width, height = sheet.get_size()
        pictures = list(sheet.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3))
        if len(pictures) != 1:
            return FileFacts()
        a, _, _, d, _, _ = pictures[0].get_matrix().get()
        across, down = pictures[0].get_px_size()
        if sheet.get_rotation() % 180 or a <= 0 or d <= 0:
            a, d = width, height
            across, down = (shape[1], shape[0]) if shape else (across, down)
        filters = list(pictures[0].get_filters())
        quality = None
        if filters and filters[-1] == "DCTDecode":
            quality = _picture(bytes(pictures[0].get_data(decode_simple=True))).jpeg_quality
        return FileFacts((across / a * 72, down / d * 72), quality)
    finally:
        document.close()
