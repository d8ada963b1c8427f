"""Evidence: the picture kept of a flagged page – straightened, and masked (``masks``)."""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from dataclasses import dataclass

import cv2
import numpy as np

from ballot_scan.records import INFORMATIVE, PageReading, PageStatus
from ballot_scan.scan import masks, pdfs
from ballot_scan.scan.pictures import Grey
from ballot_scan.scan.reader import FormBook, Read

DPI = 115
_QUALITY = 60
_UNPLACED_PX = 1200  # long side of the picture of a page that could not be placed
_JPEG = re.compile(rb"stream\r?\n(?=\xff\xd8\xff)")
_MOST_PIXELS = 120_000_000  # a page of A0 at 300 dpi is 140 million


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG and its SHA-256 (hex), under which it is kept."""

    sha256: str
    jpeg: bytes


def wanted(reading: PageReading) -> bool:
    """Whether people will want to see the page."""
    if reading.status is PageStatus.BLANK:
        return False
    doubtful = bool(set(reading.findings) - INFORMATIVE) or any(r.findings for r in reading.rows)
    return doubtful or reading.status is PageStatus.UNREADABLE


def picture(grey: Grey, seen: Read, book: FormBook) -> Picture:
    """The page as evidence.

    A placed page is straightened to its paper size at 115 dpi; areas where voters may sign or comment are masked
    (their ink is never stored). A page that could not be placed is only made smaller, and blurred where it may have
    such an area.
    """
    if masks.must_blur(seen, book):
        return _encoded(_reduced(masks.blurred(grey)))
    return _encoded(_straight(masks.masked(grey, seen), seen) if seen.registration is not None else _reduced(grey))


def glimpse(data: bytes, number: int = 1, pages: int = 1, *, blur: bool = False) -> Picture | None:
    """What is left of a broken picture, page ``number`` of its file, made smaller: people see which sheet it was. None
    where that is nothing. It is never read: what was cut off is grey there, as paper may be.

    Of a PDF only what a scanner puts there is looked for: a JPEG a page, in the order of the pages. ``pages``: how many
    it has, where more than one is known; with as many JPEGs alone each is its page's, and no other sheet is shown.
    ``blur``: a place that is masked may be on it.
    """
    from PIL import Image, ImageFile

    if pdfs.is_pdf(data):
        starts = [found.end() for found in _JPEG.finditer(data)]
        if number > len(starts) or (pages > 1 and pages != len(starts)):
            return None
        data, number = data[starts[number - 1] :], 1
    before = ImageFile.LOAD_TRUNCATED_IMAGES
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "TIFF")) as picture:
                picture.seek(number - 1)
                if picture.width * picture.height > _MOST_PIXELS:
                    return None
                left = np.asarray(picture.convert("L"), dtype=np.uint8)
    except Exception:  # Pillow raises many kinds for broken pictures
        return None
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before
    if left.std() == 0:
        return None
    return _encoded(_reduced(masks.blurred(left) if blur else left))


def _encoded(small: Grey) -> Picture:
    _, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    jpeg = data.tobytes()
    return Picture(hashlib.sha256(jpeg).hexdigest(), jpeg)


def _straight(grey: Grey, seen: Read) -> Grey:
    assert seen.registration is not None  # noqa: S101 - asked by the caller
    per_mm = DPI / 25.4
    width, height = (round(v * per_mm) for v in seen.size_mm)
    to_mm = np.diag([1 / per_mm, 1 / per_mm, 1.0])
    how = cv2.INTER_AREA | cv2.WARP_INVERSE_MAP
    flat = cv2.warpPerspective(
        grey,
        seen.registration.to_px @ to_mm,
        (width, height),
        flags=how,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=255,
    )
    return np.asarray(flat, dtype=np.uint8)


def _reduced(grey: Grey) -> Grey:
    factor = _UNPLACED_PX / max(grey.shape)
    if factor >= 1:
        return grey
    size = (max(1, round(grey.shape[1] * factor)), max(1, round(grey.shape[0] * factor)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
