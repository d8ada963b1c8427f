"""Pages of a TIFF: how many, and each of them; one that the file was cut off before is named."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator
from typing import Any, Literal

import cv2
import numpy as np

from ballot_scan.errors import InputError
from ballot_scan.scan.pictures import MAX_PIXELS, Colour, Grey, Page, if_coloured, on_white, smaller

_COLOUR_MODES = ("P", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr")  # in Pillow's names


def count(data: bytes) -> int:
    """How many pages; one more, which cannot be read, where the file ends before its pages do. Raises InputError where
    the file cannot be opened."""
    with _opened(data):
        reached, whole = _directories(data)
        return max(1, reached + (not whole))


def pages(data: bytes, first: int, last: int, colour: bool) -> Iterator[tuple[int, Page | InputError]]:
    """Pages ``first`` to ``last`` (from 1), each with its number, or the error that names why not."""
    reached, whole = _directories(data)
    for number in range(first, last + 1):
        try:
            if number > reached > 0 and not whole:
                raise InputError("scan.cut-off", v0=number)
            with _opened(data) as picture:
                page = _page(picture, number, colour)
        except InputError as error:
            yield number, error
        else:
            yield number, page


@contextlib.contextmanager
def _opened(data: bytes) -> Iterator[Any]:
    """The opened file. Pillow raises many kinds for broken ones, and warns on standard error of what it mends."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = 2 * MAX_PIXELS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data)) as picture:
                yield picture
        except Exception as fault:
            raise InputError("scan.broken-picture") from fault


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


def _page(picture: Any, number: int, colour: bool) -> Page:
    picture.seek(number - 1)
    coloured = _coloured(picture) if colour and picture.mode in _COLOUR_MODES else None
    grey = _eight_bits(picture)
    dpi = picture.info.get("dpi", (1, 1))
    across, down = float(dpi[0] or 1), float(dpi[1] or 1)
    if max(across, down) / min(across, down) > 1.1:  # fax: fewer lines than columns an inch
        size = (grey.shape[1], round(grey.shape[0] * across / down))
        grey = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
    return Page(grey, coloured)


def _eight_bits(picture: Any) -> Grey:
    """A picture of any mode as grey; deeper ones by their own white, transparent ones on white paper."""
    if picture.mode.startswith(("I", "F")):
        deep = np.nan_to_num(np.asarray(picture, dtype=np.float64))
        white = float(deep.max(initial=0.0))
        top = next((t for t in (1.0, 255.0, 4095.0, 65535.0) if white <= t), white)
        return np.clip(deep * (255.0 / top), 0, 255).astype(np.uint8)
    if "A" in picture.mode or "transparency" in picture.info:
        return on_white(np.asarray(picture.convert("LA"), dtype=np.uint8))
    return np.asarray(picture.convert("L"), dtype=np.uint8)


def _coloured(picture: Any) -> Colour | None:
    small = picture.convert("RGB").reduce(smaller((picture.height, picture.width)))
    return if_coloured(np.ascontiguousarray(np.asarray(small, dtype=np.uint8)[:, :, ::-1]))
