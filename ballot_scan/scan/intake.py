"""Intake: paths become page images. Every page of every file is delivered or named as unreadable, none is lost.

A page's identity is the SHA-256 of its file (of the file's digest and the page's number where a file holds
several), so the same bytes are known again under any name.

Pages are grey. Where somebody asks for colour, a small colour picture comes beside the grey one, which stays the same
to the bit: marks are read alike whether or not an event asks for seals.
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ballot_scan.errors import InputError, UsageError
from ballot_scan.scan import pdfs, tiffs
from ballot_scan.scan.pictures import PNG, Grey, Page, decode, decoded_colour
from ballot_scan.text import in_use

IMAGES = (".jpg", ".jpeg", ".png")
TIFFS = (".tif", ".tiff")
ENDINGS = (*IMAGES, *TIFFS, ".pdf")
_TIFF, _JPEG = (b"II*\0", b"MM\0*"), b"\xff\xd8\xff"  # how files begin
_START = 12  # bytes of a file that tell what it is


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


def find(paths: Iterable[str], own: Iterable[Path] = ()) -> Found:
    """All page files under ``paths``: of folders those that their ending or their first bytes tell as such, by name,
    and none of what the program wrote itself, ``own`` files and folders. Raises UsageError naming paths that do not
    exist, or folders that may not be looked into: pages in them would be missing, and nobody would know."""
    written = {path.resolve() for path in own}
    files: list[InputFile] = []
    others, missing = 0, []
    for given in paths:
        path = Path(given)
        if path.is_dir():
            _look_everywhere(path)
            there = (p for p in path.rglob("*") if p.is_file() or _leads_nowhere(p))
            inside = sorted(there, key=lambda p: p.relative_to(path).as_posix())
            here = path.resolve()
            whole = ((p, here / p.relative_to(path)) for p in inside)
            not_ours = [p for p, at in whole if written.isdisjoint((at, *at.parents))]
            pages = [p for p in not_ours if not p.name.startswith(".") and not _deck(p) and _is_page(p)]
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


def _is_page(path: Path) -> bool:
    """Whether a file in a folder is one of pages: by its ending or, where that is another or none, by its content."""
    if path.suffix.lower() in ENDINGS:
        return True
    try:
        with path.open("rb") as file:
            start = file.read(_START)
    except OSError:
        return False
    known = start.startswith((*_TIFF, _JPEG, PNG)) or pdfs.is_pdf(start)
    return known or (start[:4], start[8:12]) == (b"RIFF", b"WEBP") or _is_bitmap(start)


def _is_bitmap(start: bytes) -> bool:
    """Whether a file begins as a Windows bitmap: text may begin with the same two letters, but has no zeros."""
    return start[:2] == b"BM" and start[6:10] == bytes(4)


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
    if ending == ".pdf" or pdfs.is_pdf(data):
        return pdfs.count(data)
    if data.startswith(_TIFF):
        return tiffs.count(data)
    return 1


def pages(path: str, data: bytes, first: int, last: int) -> Iterator[tuple[int, Grey | InputError]]:
    """Pages ``first`` to ``last`` (from 1) as (number, grey (h, w) uint8), or the error that names why not."""
    for number, page in opened(path, data, first, last, colour=False):
        yield number, page.grey if isinstance(page, Page) else page


def opened(path: str, data: bytes, first: int, last: int, *, colour: bool) -> Iterator[tuple[int, Page | InputError]]:
    """The same pages, with ``colour`` beside the grey where it is asked for; the grey is the same either way."""
    if Path(path).suffix.lower() == ".pdf" or pdfs.is_pdf(data):
        yield from pdfs.pages(path, data, first, last, colour)
    elif data.startswith(_TIFF):
        yield from tiffs.pages(data, first, last, colour)
    else:
        try:
            grey = decode(data)
            yield 1, Page(grey, decoded_colour(data, grey, 0) if colour else None)
        except InputError as error:
            yield 1, error
