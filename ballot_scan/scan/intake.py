"""Intake: paths become page images. Every page of every file is delivered or named as unreadable, none is lost.

A page's identity is the SHA-256 of its file (of the file's digest and the page's number where a file holds
several), so the same bytes are known again under any name.

Pages are grey. Where somebody asks for colour, a small colour picture comes beside the grey one, which stays the same
to the bit: marks are read alike whether or not an event asks for seals.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import math
import os
import warnings
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.errors import InputError, UsageError
from ballot_scan.text import in_use

Grey = NDArray[np.uint8]
Colour = NDArray[np.uint8]  # (h, w, 3), blue, green, red

IMAGES = (".jpg", ".jpeg", ".png")
TIFFS = (".tif", ".tiff")
ENDINGS = (*IMAGES, *TIFFS, ".pdf")
RENDER_DPI = 200
_PNG = b"\x89PNG\r\n\x1a\n"
_WITH_ALPHA = (b"\x03", b"\x04", b"\x06")  # colour types of PNG that may be transparent
_MAX_PIXELS = 120_000_000  # a page of A0 at 300 dpi is 140 million
_COVERS = 0.9  # share of a PDF page that its one picture must cover to stand for the page
_COLOUR_PX = 500  # the colour picture is the page halved until its long side would fall under so many pixels …
_COLOURLESS = 3  # … and is none where no pixel's channels differ by more: rounding in a JPEG of grey
_REDUCED = {
    1: cv2.IMREAD_COLOR, 2: cv2.IMREAD_REDUCED_COLOR_2, 4: cv2.IMREAD_REDUCED_COLOR_4, 8: cv2.IMREAD_REDUCED_COLOR_8,
}  # fmt: skip
_COLOUR_MODES = ("P", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr")  # of a TIFF, in Pillow's names


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """One page: ``grey`` (h, w) uint8; ``colour`` (h/k, w/k, 3) uint8 BGR, k 1, 2, 4 or 8: the same picture smaller,
    None where nobody asked for it or the scan has no colour."""

    grey: Grey
    colour: Colour | None = None


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
    """All page files under ``paths``, folders by name. Raises UsageError naming paths that do not exist, or folders
    that may not be looked into: pages in them would be missing, and nobody would know."""
    files: list[InputFile] = []
    others, missing = 0, []
    for given in paths:
        path = Path(given)
        if path.is_dir():
            _look_everywhere(path)
            there = (p for p in path.rglob("*") if p.is_file() or _leads_nowhere(p))
            inside = sorted(there, key=lambda p: p.relative_to(path).as_posix())
            pages = [p for p in inside if p.suffix.lower() in ENDINGS and not p.name.startswith(".") and not _deck(p)]
            files += [InputFile(str(p), p.as_posix()) for p in pages]
            others += len(inside) - len(pages)
        elif path.exists() or (_leads_nowhere(path) and path.suffix.lower() in ENDINGS):
            files.append(InputFile(str(path), path.as_posix()))
        else:
            missing.append(given)
    if missing:
        raise UsageError("scan.no-such-path", path=", ".join(missing))
    unique = {f.source: f for f in files}
    return Found(tuple(unique.values()), others)


def _look_everywhere(folder: Path) -> None:
    """Raises UsageError naming the folders under one that may not be looked into."""
    locked: list[OSError] = []
    deque(os.walk(folder, onerror=locked.append), maxlen=0)
    if locked:
        raise UsageError("scan.locked-folder", path=", ".join(str(fault.filename) for fault in locked))


def _leads_nowhere(path: Path) -> bool:
    """Whether a name in a folder is a link to what is not there: a page may be missing, so it is named."""
    return path.is_symlink() and not path.exists()


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
        raise _cannot_open(fault) from fault
    if not data:
        raise InputError("scan.empty-file")
    return data


def _cannot_open(fault: OSError) -> InputError:
    """Why a file cannot be opened. It is kept by its key, in no language, where it is one of the usual ones."""
    if isinstance(fault, PermissionError) and not in_use(fault):
        return InputError("scan.no-permission")
    if isinstance(fault, FileNotFoundError):
        return InputError("scan.gone")
    return InputError("scan.cannot-open", v0=fault.strerror or fault)


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
    for number, page in opened(path, data, first, last, colour=False):
        yield number, page.grey if isinstance(page, Page) else page


def opened(path: str, data: bytes, first: int, last: int, *, colour: bool) -> Iterator[tuple[int, Page | InputError]]:
    """The same pages, with ``colour`` beside the grey where it is asked for; the grey is the same either way."""
    if Path(path).suffix.lower() == ".pdf" or data[:5] == b"%PDF-":
        yield from _pdf_pages(path, data, first, last, colour)
    elif data[:4] in (b"II*\0", b"MM\0*"):
        yield from _tiff_pages(data, first, last, colour)
    else:
        try:
            grey = decode(data)
            yield 1, Page(grey, _decoded_colour(data, grey, 0) if colour else None)
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
    if data[:8] == _PNG and data[25:26] in _WITH_ALPHA:
        whole = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        if whole is not None and whole.dtype == np.uint8 and whole.ndim == 3 and whole.shape[2] == 4:
            return _on_white(np.asarray(whole, dtype=np.uint8))
    return np.asarray(grey, dtype=np.uint8)


def _smaller(shape: tuple[int, ...]) -> int:
    """How many times smaller than the page (1, 2, 4, 8) its colour picture is."""
    factor = 1
    while factor < 8 and max(shape[:2]) / (factor * 2) >= _COLOUR_PX:
        factor *= 2
    return factor


def _decoded_colour(data: bytes, grey: Grey, more_flags: int) -> Colour | None:
    """A JPEG or PNG once more, small and in colour: of a JPEG a third of what its colours cost in full."""
    try:
        colour = cv2.imdecode(np.frombuffer(data, np.uint8), _REDUCED[_smaller(grey.shape)] | more_flags)
    except cv2.error:
        return None
    return None if colour is None else _if_coloured(np.asarray(colour, dtype=np.uint8))


def _if_coloured(colour: Colour) -> Colour | None:
    """The picture, or None where it is grey."""
    blue, green, red = cv2.split(colour)
    differ = max(float(cv2.norm(a, b, cv2.NORM_INF)) for a, b in ((blue, green), (green, red), (blue, red)))
    return colour if differ > _COLOURLESS else None


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
    """How many pages; one more, which cannot be read, where the file ends before its pages do."""
    with _tiff(data):
        reached, whole = _directories(data)
        return max(1, reached + (not whole))


def _directories(data: bytes) -> tuple[int, bool]:
    """How many of a TIFF's directories, one a page, are there, and whether their chain comes to its end.

    TIFF 6.0, section 2: each holds a count, entries of 12 bytes and the place of the next, 0 in the last. Pillow tells
    no cut-off chain from an ended one.
    """
    order: Literal["little", "big"] = "little" if data[:1] == b"I" else "big"
    seen: set[int] = set()
    at = int.from_bytes(data[4:8], order)
    while at and at not in seen:
        end = at + 2 + 12 * int.from_bytes(data[at : at + 2], order)
        if len(data) < max(end, at + 2) + 4:
            return len(seen), False
        seen.add(at)
        at = int.from_bytes(data[end : end + 4], order)
    return len(seen), True


def _tiff_pages(data: bytes, first: int, last: int, colour: bool) -> Iterator[tuple[int, Page | InputError]]:
    reached, whole = _directories(data)
    for number in range(first, last + 1):
        try:
            if number > reached > 0 and not whole:
                raise InputError("scan.cut-off", v0=number)
            with _tiff(data) as picture:
                page = _tiff_page(picture, number, colour)
        except InputError as error:
            yield number, error
        else:
            yield number, page


def _eight_bits(picture: Any) -> Grey:
    """A picture of any mode as grey; deeper ones by their own white, transparent ones on white paper."""
    if picture.mode.startswith(("I", "F")):
        deep = np.nan_to_num(np.asarray(picture, dtype=np.float64))
        white = float(deep.max(initial=0.0))
        top = next((t for t in (1.0, 255.0, 4095.0, 65535.0) if white <= t), white)
        return np.clip(deep * (255.0 / top), 0, 255).astype(np.uint8)
    if "A" in picture.mode or "transparency" in picture.info:
        return _on_white(np.asarray(picture.convert("LA"), dtype=np.uint8))
    return np.asarray(picture.convert("L"), dtype=np.uint8)


def _on_white(with_alpha: NDArray[np.uint8]) -> Grey:
    """(h, w, 2 or 4) uint8 with its last channel for how much of it covers white paper, as grey."""
    colour, alpha = with_alpha[..., :-1], with_alpha[..., -1].astype(np.float32) / 255
    grey = colour[..., 0] if colour.shape[2] == 1 else cv2.cvtColor(np.ascontiguousarray(colour), cv2.COLOR_BGR2GRAY)
    return np.rint(255 - alpha * (255 - np.asarray(grey, np.float32))).astype(np.uint8)


def _tiff_page(picture: Any, number: int, colour: bool) -> Page:
    picture.seek(number - 1)
    coloured = _tiff_colour(picture) if colour and picture.mode in _COLOUR_MODES else None
    grey = _eight_bits(picture)
    dpi = picture.info.get("dpi", (1, 1))
    across, down = float(dpi[0] or 1), float(dpi[1] or 1)
    if max(across, down) / min(across, down) > 1.1:  # fax: fewer lines than columns an inch
        size = (grey.shape[1], round(grey.shape[0] * across / down))
        grey = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
    return Page(grey, coloured)


def _tiff_colour(picture: Any) -> Colour | None:
    small = picture.convert("RGB").reduce(_smaller((picture.height, picture.width)))
    return _if_coloured(np.ascontiguousarray(np.asarray(small, dtype=np.uint8)[:, :, ::-1]))


# ---------------------------------------------------------------- PDF


def _pdf(data: bytes) -> Any:
    import pypdfium2 as pdfium

    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError as fault:
        encrypted = "password" in str(fault).lower() or b"/Encrypt" in data[-4096:]
        raise InputError("scan.encrypted" if encrypted else "scan.broken-pdf") from fault


def _pdf_pages(path: str, data: bytes, first: int, last: int, colour: bool) -> Iterator[tuple[int, Page | InputError]]:
    document = _pdf(data)
    try:
        for number in range(first, last + 1):
            try:
                yield number, _pdf_page(path, document, number, colour)
            except InputError as error:
                yield number, error
            except Exception:  # a broken page of an otherwise good file
                yield number, InputError("scan.broken-pdf")
    finally:
        document.close()


def _pdf_page(path: str, document: Any, number: int, colour: bool) -> Page:
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
    coloured = _decoded_colour(data, np.asarray(grey, np.uint8), as_it_is) if colour else None
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
    dpi = min(dpi, math.sqrt(_MAX_PIXELS / max(1.0, width * height)) * 72)
    grey = _poppler(path, number, round(dpi), colour=False)
    by_pdfium = grey is None
    if grey is None:
        grey = _pdfium(page, dpi, colour=False)
    if not colour:
        return Page(grey)
    small = dpi / _smaller(grey.shape)
    coloured = _pdfium(page, small, colour=True) if by_pdfium else _poppler(path, number, round(small), colour=True)
    return Page(grey, None if coloured is None else _if_coloured(coloured))


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
