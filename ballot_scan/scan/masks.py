"""Masks: what nobody may see of a page. Places for signatures and comments are painted over in every picture, kept or
shown; where such a place may be on a page and nobody can say where, all of it is blurred until no handwriting can be
read.
"""

from __future__ import annotations

import cv2
import numpy as np

from ballot_scan.paper.layout import FormLayout
from ballot_scan.records import PageStatus, Rule
from ballot_scan.scan import registration as reg
from ballot_scan.scan.pictures import Grey
from ballot_scan.scan.reader import FormBook, Read

MASK_GREY = 200
_MASK_MM, _MOST_MM = 2.0, 12.0  # masked around an area, and more where the sheet is less flat
_BLUR_MM, _BLUR_PX = 2.5, 28  # sigma, 2.4 mm at 300 dpi at least: writing is gone, markers and codes are still blots
_SHEET_MM = 297.0  # a page of which nothing is known is taken to be so long; what was cut off it is shorter


def any_hidden(book: FormBook) -> bool:
    """Whether any page of the event has such a place."""
    forms: tuple[FormLayout, ...] = (*book.layouts, *book.rehearsal_layouts)
    return any(page.private_rects_mm for form in forms for page in form.pages)


def must_blur(seen: Read, book: FormBook) -> bool:
    """Whether an area to be masked may be on the page while nobody can say where."""
    if seen.reading.status is PageStatus.READ:
        return False
    return any_hidden(book) or Rule.FOREIGN_BALLOT in seen.reading.findings


def blurred(grey: Grey) -> Grey:
    """The page with nothing on it that can be read."""
    sigma = max(_BLUR_PX, _BLUR_MM * max(grey.shape) / _SHEET_MM)
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), sigma), dtype=np.uint8)


def masked(grey: Grey, seen: Read) -> Grey:
    """The page with its signature and comment areas painted over."""
    if seen.registration is None or seen.page is None or not seen.page.private_rects_mm:
        return grey
    out = grey.copy()
    grow = min(_MASK_MM + 10 * seen.registration.residual_mm, _MOST_MM)
    for x, y, w, h in seen.page.private_rects_mm:
        corners = reg.corners_mm((x - grow, y - grow, w + 2 * grow, h + 2 * grow))
        cv2.fillConvexPoly(out, np.round(seen.registration.points_px(corners)).astype(np.int32), MASK_GREY)
    return out
