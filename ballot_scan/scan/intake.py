"""Intake: paths become page images. Every page of every file is delivered or named as unreadable, none is lost.

A page's identity is the SHA-256 of its file (of the file's digest and the page's number where a file holds
several), so the same bytes are known again under any name.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import math
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.errors import InputError, UsageError

Grey = NDArray[np.uint8]

IMAGES = (".jpg", ".jpeg", ".png")
TIFFS = (".tif", ".tiff")
ENDINGS = (*IMAGES, *TIFFS, ".pdf")
RENDER_DPI = 200
_MAX_PIXELS = 120_000_000  # a page of A0 at 300 dpi is 140 million
_COVERS = 0.9  # share of a PDF page that its one picture must cover to stand for the page


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file to read: where it is, and its name as given (with ``/``), which is how results name it."""

    path: str
    source: str


@dataclass(frozen=True, slots=True)
class Found:
    """Files to read, in order, and how many others the folders held."""

    files: tuple[InputFile, ...]
    others: int


def find(paths: Iterable[str]) -> Found:
    """All page files under ``paths``, folders by name. Raises UsageError naming paths that do not exist."""
    files: list[InputFile] = []
    others, missing = 0, []
    for given in paths:
        path = Path(given)
        if path.is_dir():
            inside = sorted((p for p in path.rglob("*") if p.is_file()), key=lambda p: p.relative_to(path).as_posix())
            pages = [p for p in inside if p.suffix.lower() in ENDINGS and not p.name.startswith(".") and not _deck(p)]
            files += [InputFile(str(p), p.as_posix()) for p in pages]
            others += len(inside) - len(pages)
        elif path.exists():
            files.append(InputFile(str(path), path.as_posix()))
        else:
            missing.append(given)
    if missing:
        raise UsageError("scan.no-such-path", path=", ".join(missing))
    unique = {f.source: f for f in files}
    return Found(tuple(unique.values()), others)


def _deck(path: Path) -> bool:
    """Whether a file is a rehearsal deck to be printed: it lies beside its plan, and is no scan."""
    return path.name.startswith("deck") and (path.parent / "plan.csv").is_file()


def page_digest(file_digest: str, page: int, pages: int) -> str:
    """The SHA-256 (hex) by which a page is known."""
    return file_digest if pages == 1 else hashlib.sha256(f"{file_digest}:{page}".encode()).hexdigest()


def read_bytes(path: str) -> bytes:
    """The bytes of a file. Raises InputError where it cannot be opened or is empty."""
    try:
        data = Path(path).read_bytes()
    except OSError as fault:
        raise InputError("scan.cannot-open", v0=fault.strerror or fault) from fault
    if not data:
        raise InputError("scan.empty-file")
    return data


def count_pages(path: str, data: bytes) -> int:
    """How many pages a file holds. Raises InputError where it cannot be opened."""
    ending = Path(path).suffix.lower()
    if ending == ".pdf" or data[:5] == b"%PDF-":
        return len(_pdf(data))
    if data[:4] in (b"II*\0", b"MM\0*"):
        return _count_tiff(data)
    return 1


def pages(path: str, data: bytes, first: int, last: int) -> Iterator[tuple[int, Grey | InputError]]:
    """Pages ``first`` to ``last`` (from 1) as (number, grey (h, w) uint8), or the error that names why not."""
    if Path(path).suffix.lower() == ".pdf" or data[:5] == b"%PDF-":
        yield from _pdf_pages(path, data, first, last)
    elif data[:4] in (b"II*\0", b"MM\0*"):
        yield from _tiff_pages(data, first, last)
    else:
        try:
            yield 1, decode(data)
        except InputError as error:
            yield 1, error


def decode(data: bytes) -> Grey:
    """A JPEG or PNG as grey (h, w) uint8. Raises InputError for a broken or unknown picture."""
    try:
        grey = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    except cv2.error as fault:
        raise InputError("scan.broken-picture") from fault
    if grey is None:
        raise InputError("scan.broken-picture")
    return np.asarray(grey, dtype=np.uint8)


# ---------------------------------------------------------------- TIFF


@contextlib.contextmanager
def _tiff(data: bytes) -> Iterator[Any]:
    """The opened file. Pillow raises many kinds for broken ones, and warns on standard error of what it mends."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = 2 * _MAX_PIXELS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data)) as picture:
                yield picture
        except Exception as fault:
            raise InputError("scan.broken-picture") from fault


def _count_tiff(data: bytes) -> int:
    with _tiff(data) as picture:
        return max(1, int(getattr(picture, "n_frames", 1)))


def _tiff_pages(data: bytes, first: int, last: int) -> Iterator[tuple[int, Grey | InputError]]:
    for number in range(first, last + 1):
        try:
            with _tiff(data) as picture:
                page = _tiff_page(picture, number)
        except InputError as error:
            yield number, error
        else:
            yield number, page


def _tiff_page(picture: Any, number: int) -> Grey:
    picture.seek(number - 1)
    grey = np.asarray(picture.convert("L"), dtype=np.uint8)
    dpi = picture.info.get("dpi", (1, 1))
    across, down = float(dpi[0] or 1), float(dpi[1] or 1)
    if max(across, down) / min(across, down) > 1.1:  # fax: fewer lines than columns an inch
        size = (grey.shape[1], round(grey.shape[0] * across / down))
        grey = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
    return grey


# ---------------------------------------------------------------- PDF


def _pdf(data: bytes) -> Any:
    import pypdfium2 as pdfium

    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError as fault:
        encrypted = "password" in str(fault).lower() or b"/Encrypt" in data[-4096:]
        raise InputError("scan.encrypted" if encrypted else "scan.broken-pdf") from fault


def _pdf_pages(path: str, data: bytes, first: int, last: int) -> Iterator[tuple[int, Grey | InputError]]:
    document = _pdf(data)
    try:
        for number in range(first, last + 1):
            try:
                yield number, _pdf_page(path, document, number)
            except InputError as error:
                yield number, error
            except Exception:  # a broken page of an otherwise good file
                yield number, InputError("scan.broken-pdf")
    finally:
        document.close()


def _pdf_page(path: str, document: Any, number: int) -> Grey:
    page = document[number - 1]
    picture = _only_picture(page)
    embedded = _embedded_jpeg(page, picture) if picture is not None else None
    return embedded if embedded is not None else _rendered(path, page, number, picture)


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


def _embedded_jpeg(page: Any, picture: Any) -> Grey | None:
    filters = list(picture.get_filters())
    if not filters or filters[-1] != "DCTDecode" or set(filters[:-1]) - {"ASCII85Decode", "FlateDecode", "A85"}:
        return None
    data = bytes(picture.get_data(decode_simple=True))
    flags = cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION
    grey = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    if grey is None:
        raise InputError("scan.broken-picture")
    turns = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
    turn = turns.get(int(page.get_rotation()) % 360)
    return np.asarray(grey if turn is None else cv2.rotate(grey, turn), dtype=np.uint8)


def _rendered(path: str, page: Any, number: int, picture: Any | None) -> Grey:
    """Rasterised at the picture's own resolution, or 200 dpi: poppler first, else pdfium."""
    width, height = page.get_size()  # points of 1/72 inch
    dpi = float(RENDER_DPI)
    if picture is not None:
        across = picture.get_matrix().get()[0]
        dpi = min(600.0, max(100.0, picture.get_px_size()[0] / across * 72))
    dpi = min(dpi, math.sqrt(_MAX_PIXELS / max(1.0, width * height)) * 72)
    rendered = _poppler(path, number, round(dpi))
    if rendered is not None:
        return rendered
    bitmap = page.render(scale=dpi / 72, grayscale=True)
    grey = bitmap.to_numpy()
    return np.ascontiguousarray(grey.reshape(grey.shape[0], grey.shape[1], -1)[:, :, 0], dtype=np.uint8)


def _poppler(path: str, number: int, dpi: int) -> Grey | None:
    """One page by poppler's pdftoppm, or None where poppler is missing or gives up."""
    from pdf2image import convert_from_path
    from pdf2image.exceptions import PDFInfoNotInstalledError, PDFPageCountError, PDFSyntaxError

    try:
        found = convert_from_path(path, dpi=dpi, first_page=number, last_page=number, grayscale=True)
    except (PDFInfoNotInstalledError, PDFPageCountError, PDFSyntaxError, OSError, ValueError):
        return None
    return np.array(found[0].convert("L"), dtype=np.uint8) if found else None
