"""A page as a picture, grey and, where it is asked for, small and in colour; JPEG and PNG opened as such."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.errors import InputError

Grey = NDArray[np.uint8]
Colour = NDArray[np.uint8]  # (h, w, 3), blue, green, red

MAX_PIXELS = 120_000_000  # a page of A0 at 300 dpi is 140 million
PNG = b"\x89PNG\r\n\x1a\n"
_WITH_ALPHA = (b"\x03", b"\x04", b"\x06")  # colour types of PNG that may be transparent
_COLOUR_PX = 500  # the colour picture is the page halved until its long side would fall under so many pixels …
_COLOURLESS = 3  # … and is none where no pixel's channels differ by more: rounding in a JPEG of grey
_REDUCED = {
    1: cv2.IMREAD_COLOR, 2: cv2.IMREAD_REDUCED_COLOR_2, 4: cv2.IMREAD_REDUCED_COLOR_4, 8: cv2.IMREAD_REDUCED_COLOR_8,
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """One page: ``grey`` (h, w) uint8; ``colour`` (h/k, w/k, 3) uint8 BGR, k 1, 2, 4 or 8: the same picture smaller,
    None where nobody asked for it or the scan has no colour."""

    grey: Grey
    colour: Colour | None = None


def decode(data: bytes) -> Grey:
    """A JPEG or PNG as grey (h, w) uint8. Raises InputError for a broken or unknown picture."""
    try:
        grey = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    except cv2.error as fault:
        raise InputError("scan.broken-picture") from fault
    if grey is None:
        raise InputError("scan.broken-picture")
    if data.startswith(PNG) and data[25:26] in _WITH_ALPHA:
        whole = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        if whole is not None and whole.dtype == np.uint8 and whole.ndim == 3 and whole.shape[2] == 4:
            return on_white(np.asarray(whole, dtype=np.uint8))
    return np.asarray(grey, dtype=np.uint8)


def smaller(shape: tuple[int, ...]) -> int:
    """How many times smaller than the page (1, 2, 4, 8) its colour picture is."""
    factor = 1
    while factor < 8 and max(shape[:2]) / (factor * 2) >= _COLOUR_PX:
        factor *= 2
    return factor


def decoded_colour(data: bytes, grey: Grey, more_flags: int) -> Colour | None:
    """A JPEG or PNG once more, small and in colour: of a JPEG a third of what its colours cost in full."""
    try:
        colour = cv2.imdecode(np.frombuffer(data, np.uint8), _REDUCED[smaller(grey.shape)] | more_flags)
    except cv2.error:
        return None
    return None if colour is None else if_coloured(np.asarray(colour, dtype=np.uint8))


def if_coloured(colour: Colour) -> Colour | None:
    """The picture, or None where it is grey."""
    blue, green, red = cv2.split(colour)
    differ = max(float(cv2.norm(a, b, cv2.NORM_INF)) for a, b in ((blue, green), (green, red), (blue, red)))
    return colour if differ > _COLOURLESS else None


def on_white(with_alpha: NDArray[np.uint8]) -> Grey:
    """(h, w, 2 or 4) uint8 with its last channel for how much of it covers white paper, as grey."""
    colour, alpha = with_alpha[..., :-1], with_alpha[..., -1].astype(np.float32) / 255
    grey = colour[..., 0] if colour.shape[2] == 1 else cv2.cvtColor(np.ascontiguousarray(colour), cv2.COLOR_BGR2GRAY)
    return np.rint(255 - alpha * (255 - np.asarray(grey, np.float32))).astype(np.uint8)
