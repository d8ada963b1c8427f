"""Pages of a PDF: the one JPEG that a page is, as it is; any other page drawn, by poppler first, else by pdfium."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.errors import InputError
from ballot_scan.scan.pictures import MAX_PIXELS, Page, decoded_colour, if_coloured, smaller

RENDER_DPI = 200
_START = b"%PDF-"
_COVERS = 0.9  # share of a page that its one picture must cover to stand for the page


def is_pdf(data: bytes) -> bool:
    """Whether a file that begins so is a PDF."""
    return data.startswith(_START)


def count(data: bytes) -> int:
    """How many pages. Raises InputError where the file cannot be opened."""
    return len(_opened(data))


def pages(path: str, data: bytes, first: int, last: int, colour: bool) -> Iterator[tuple[int, Page | InputError]]:
    """Pages ``first`` to ``last`` (from 1) of the file at ``path``, each with its number, or the error that names why
    not. Raises InputError where the file cannot be opened."""
    document = _opened(data)
    try:
        for number in range(first, last + 1):
            try:
                yield number, _page(path, document, number, colour)
            except InputError as error:
                yield number, error
            except Exception:  # a broken page of an otherwise good file
                yield number, InputError("scan.broken-pdf")
    finally:
        document.close()


def _opened(data: bytes) -> Any:
    import pypdfium2 as pdfium

    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError as fault:
        encrypted = "password" in str(fault).lower() or b"/Encrypt" in data[-4096:]
        raise InputError("scan.encrypted" if encrypted else "scan.broken-pdf") from fault


def _page(path: str, document: Any, number: int, colour: bool) -> Page:
    page = document[number - 1]
    picture = _only_picture(page)
    embedded = _embedded_jpeg(page, picture, colour) if picture is not None else None
    return embedded if embedded is not None else _rendered(path, page, number, picture, colour)


def _only_picture(page: Any) -> Any | None:
    """The one picture that stands for the page: alone, upright and covering it; else None."""
    import pypdfium2.raw as raw

    pictures = list(page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3))
    if len(pictures) != 1:
        return None
    a, b, c, d, _, _ = pictures[0].get_matrix().get()
    width, height = page.get_size()
    if page.get_rotation() % 180:
        width, height = height, width
    upright = a > 0 and d > 0 and abs(b) + abs(c) < 0.01 * (a + d)
    return pictures[0] if upright and a * d >= _COVERS * width * height else None


def _embedded_jpeg(page: Any, picture: Any, colour: bool) -> Page | None:
    filters = list(picture.get_filters())
    if not filters or filters[-1] != "DCTDecode" or set(filters[:-1]) - {"ASCII85Decode", "FlateDecode", "A85"}:
        return None
    data = bytes(picture.get_data(decode_simple=True))
    as_it_is = cv2.IMREAD_IGNORE_ORIENTATION
    grey = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE | as_it_is)
    if grey is None:
        raise InputError("scan.broken-picture")
    coloured = decoded_colour(data, np.asarray(grey, np.uint8), as_it_is) if colour else None
    turns = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
    turn = turns.get(int(page.get_rotation()) % 360)
    return Page(_turned(grey, turn), None if coloured is None else _turned(coloured, turn))


def _turned(picture: Any, turn: int | None) -> NDArray[np.uint8]:
    return np.asarray(picture if turn is None else cv2.rotate(picture, turn), dtype=np.uint8)


def _rendered(path: str, page: Any, number: int, picture: Any | None, colour: bool) -> Page:
    """Rasterised at the picture's own resolution, or 200 dpi: poppler first, else pdfium. Colour is drawn by itself."""
    width, height = page.get_size()  # points of 1/72 inch
    dpi = float(RENDER_DPI)
    if picture is not None:
        across = picture.get_matrix().get()[0]
        dpi = min(600.0, max(100.0, picture.get_px_size()[0] / across * 72))
    dpi = min(dpi, math.sqrt(MAX_PIXELS / max(1.0, width * height)) * 72)
    grey = _poppler(path, number, round(dpi), colour=False)
    by_pdfium = grey is None
    if grey is None:
        grey = _pdfium(page, dpi, colour=False)
    if not colour:
        return Page(grey)
    small = dpi / smaller(grey.shape)
    coloured = _pdfium(page, small, colour=True) if by_pdfium else _poppler(path, number, round(small), colour=True)
    return Page(grey, None if coloured is None else if_coloured(coloured))


def _pdfium(page: Any, dpi: float, *, colour: bool) -> NDArray[np.uint8]:
    """One page by pdfium: grey (h, w), or BGR (h, w, 3)."""
    drawn = page.render(scale=dpi / 72, grayscale=not colour).to_numpy()
    channels = drawn.reshape(drawn.shape[0], drawn.shape[1], -1)
    return np.ascontiguousarray(channels[:, :, :3] if colour else channels[:, :, 0], dtype=np.uint8)


def _poppler(path: str, number: int, dpi: int, *, colour: bool) -> NDArray[np.uint8] | None:
    """One page by poppler's pdftoppm: grey (h, w), or BGR (h, w, 3); None where poppler is missing or gives up."""
    from pdf2image import convert_from_path
    from pdf2image.exceptions import PDFInfoNotInstalledError, PDFPageCountError, PDFSyntaxError

    try:
        found = convert_from_path(path, dpi=dpi, first_page=number, last_page=number, grayscale=not colour)
    except (PDFInfoNotInstalledError, PDFPageCountError, PDFSyntaxError, OSError, ValueError):
        return None
    if not found:
        return None
    if colour:
        return np.ascontiguousarray(np.asarray(found[0].convert("RGB"), dtype=np.uint8)[:, :, ::-1])
    return np.array(found[0].convert("L"), dtype=np.uint8)
