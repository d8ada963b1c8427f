"""Struck names: a line that somebody drew through a printed name, told from the print by the gaps between its letters.

A name is straightened, laid over the blank form's to a quarter of a millimetre, and looked at along many nearly level
lines, but only where the blank form is white: there a drawn line is dark nearly everywhere, and nothing else is. What
the letters themselves look like – toner, blur, sharpening – does not matter. A zigzag or a scribble is no line: it inks
much more of the gaps than the page's other names show.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.paper.layout import Rect
from ballot_scan.scan.ink import BLANK_PX, ToPage, straightened, without_broad
from ballot_scan.scan.pictures import Grey

_DOWN_PX = 8  # px/mm down the straightened name; across, those of the blank form
_SEARCH_MM = (1.5, 5.0)  # how far a name is looked for about its place, and once more where that is not sure
_ALIKE = 0.55  # correlation with the blank name from which it is found
_SURE = 0.78  # … and from which it lies straight
_LEANS = np.linspace(-0.06, 0.06, 7)  # a name on paper that curls rises or falls by so much of its width
_WHITE = 0.16  # darkness of the blurred blank up to which a place is a gap
_LEAST_GAP = 7  # places (1.8 mm in all) that must tell, along one line
_SHARE = 0.4  # of a line's gaps this share may be lighter
_SPAN = 0.62  # of the name's width a line must cover
_STRUCK = 0.12  # darkness of a gap from which a line may pass there
_INKED, _INKED_MORE, _TELL = 0.15, 4.0, 3  # share of a name's gaps that a scribble inks, and times that of others
_BOTH = np.int32(1 << 12)  # more than a name is wide, px: two counts in one number
_BROAD_MM, _SMUDGE = 2.0, 0.4  # what is as broad both ways, and paler: shade, a smudge, a rubbing
_THROUGH_MM, _THROUGH, _THROUGH_PEN = 1.0, 0.15, 0.4  # what is as broad, and paler, also by the pen, shows through
_ON_CREASE_MM = 0.8
_SLOPES = np.linspace(-0.12, 0.12, 7)


@dataclass(frozen=True, slots=True)
class Name:
    """How a name looks: ``struck`` where some line through it is dark in nearly all gaps between its letters, or where
    it cannot be ``found``; ``inked``: the share of its gaps that are dark, 0-1."""

    struck: bool
    inked: float = 0.0
    found: bool = True

    @property
    def may_be_scribbled(self) -> bool:
        """Whether so much of its gaps is inked that the page's other names are to be asked."""
        return not self.struck and self.inked >= _INKED


def struck_among(names: dict[int, Name], others: dict[int, Name]) -> list[int]:
    """Of some names those that are struck, by a line or by a scribble; ``others``: the page's, these among them."""
    known = [name.inked for name in others.values() if name.found]
    usual = float(np.quantile(known, 0.25)) if len(known) >= _TELL else 1.0
    return [
        row
        for row, name in names.items()
        if name.struck or (name.may_be_scribbled and name.inked >= _INKED_MORE * usual)
    ]


def look(
    grey: Grey,
    to_page: ToPage,
    blank: Grey,
    name_mm: Rect,
    span: float,
    pen: float = 0.0,
    creases_mm: tuple[tuple[float, float], ...] = (),
) -> Name:
    """Look at a name.

    ``blank`` (h, w) uint8 is the blank page at 4 px/mm; ``name_mm`` the name's rect; ``span``: grey levels from paper
    to print; ``pen``: how dark (0-1) the ballot's marks are drawn, 0 if that is not known: what is much paler, and
    broader than a fine line, shows through from another sheet. On a sheet that turned while it was fed, or curls, the
    name lies further from its place. ``creases_mm``: level ones, y at the sheet's left edge and slope: what lies on
    them tells nothing.
    """
    x, y, w, h = (round(v * BLANK_PX) for v in name_mm)
    template = blank[max(y, 0) : y + h, max(x, 0) : x + w]
    if template.shape != (h, w) or min(h, w) < 8:
        return Name(struck=False, found=False)  # no name to speak of
    through = min(_THROUGH, _THROUGH_PEN * pen)
    near = Name(struck=True, found=False)
    for reach_mm in _SEARCH_MM:
        reach = round(reach_mm * BLANK_PX)
        origin, size = ((x - reach) / BLANK_PX, (y - reach) / BLANK_PX), (w + 2 * reach, 2 * (h + 2 * reach))
        seen = straightened(grey, to_page, origin, size, (BLANK_PX, _DOWN_PX), span)
        dark = without_broad(seen, round(_BROAD_MM * _DOWN_PX), round(_BROAD_MM * BLANK_PX), _SMUDGE)
        dark = without_broad(dark, round(_THROUGH_MM * _DOWN_PX), round(_THROUGH_MM * BLANK_PX), through)
        place, alike = _laid_over(dark, 255 - template)
        found = dark[place]
        if alike >= (_SURE if near.found else _ALIKE):
            open_ = _beside(creases_mm, origin, dark.shape)[place] if creases_mm else None
            line = _has_line(found, template, open_)
            line = line and (alike >= _SURE or _has_line(_leant(dark, template), template))
            near = Name(line, _inked(found, template))
        if alike >= _SURE:
            break  # else it may lie further off, and this be what it is hardly like
    return near


def _beside(
    creases_mm: tuple[tuple[float, float], ...], origin_mm: tuple[float, float], shape: tuple[int, ...]
) -> NDArray[np.bool_]:
    """(h, w) of ``shape``: what lies off the creases in the straightened place from ``origin_mm`` on."""
    ys = origin_mm[1] + (np.arange(shape[0])[:, None] + 0.5) / _DOWN_PX
    xs = origin_mm[0] + (np.arange(shape[1])[None, :] + 0.5) / BLANK_PX
    off = [np.abs(ys - (y + slope * xs)) > _ON_CREASE_MM for y, slope in creases_mm]
    return np.asarray(np.all(off, axis=0), np.bool_)


def _laid_over(dark: NDArray[np.uint8], template: NDArray[np.uint8]) -> tuple[tuple[slice, slice], float]:
    """Which part of ``dark`` the blank name fits best, of its height twice, and their correlation."""
    h, w = template.shape
    half = cv2.resize(dark, (dark.shape[1], dark.shape[0] // 2), interpolation=cv2.INTER_AREA)
    _, alike, _, (across, down) = cv2.minMaxLoc(cv2.matchTemplate(half, template, cv2.TM_CCOEFF_NORMED))
    return (slice(2 * down, 2 * (down + h)), slice(across, across + w)), float(alike)


def _leant(dark: NDArray[np.uint8], template: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The same part where the name leans, on paper that curls, as it fits the blank name best."""
    h, w = dark.shape
    leaning = []
    for rise in _LEANS:
        matrix = np.array([[1.0, 0.0, 0.0], [rise * _DOWN_PX / BLANK_PX, 1.0, -rise * _DOWN_PX / BLANK_PX * w / 2]])
        leaning.append(np.asarray(cv2.warpAffine(dark, matrix, (w, h), borderMode=cv2.BORDER_REPLICATE), np.uint8))
    fitted = [_laid_over(picture, 255 - template) for picture in leaning]
    best = max(range(len(leaning)), key=lambda k: fitted[k][1])
    return leaning[best][fitted[best][0]]


def _inked(dark: NDArray[np.uint8], template: NDArray[np.uint8]) -> float:
    """The share of the gaps between a name's letters that are dark, but for those at its upper and lower end."""
    h, _ = dark.shape
    gap, light = (part[h // 8 : h - h // 8] for part in _light_gaps(dark, template))
    gaps = int(np.count_nonzero(gap))
    return 1 - float(np.count_nonzero(light)) / gaps if gaps else 0.0


def _light_gaps(dark: NDArray[np.uint8], template: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(h, w) each: the gaps between a name's letters, and which places of them are light."""
    gap = _gaps(template.tobytes(), template.shape, dark.shape)
    return gap, gap & (cv2.blur(dark, (1, 3)) < _STRUCK * 255)


def _has_line(dark: NDArray[np.uint8], template: NDArray[np.uint8], open_: NDArray[np.bool_] | None = None) -> bool:
    """Whether nearly all gaps along some line are dark, in any of three stretches of the name; only ``open_`` (h, w)
    places tell, None: all."""
    h, w = dark.shape
    gap, light = _light_gaps(dark, template)
    if open_ is not None:
        gap, light = gap & open_, light & open_
    upto = _along(gap + light * _BOTH, _sheared(h, w))
    width = round(_SPAN * w)
    for first in (0, (w - width) // 2, w - width):
        met = upto[:, first + width] - upto[:, first]
        told, pale = met % _BOTH, met // _BOTH
        if ((told >= _LEAST_GAP) & (pale <= told * _SHARE)).any():
            return True
    return False


@lru_cache(maxsize=1024)
def _gaps(template: bytes, shape: tuple[int, ...], size: tuple[int, int]) -> NDArray[np.bool_]:
    """(h, w) of ``size``: the gaps between a blank name's letters; the same for all ballots of a form."""
    name = np.frombuffer(template, np.uint8).reshape(shape)
    print_ = cv2.resize(255 - name, size[::-1], interpolation=cv2.INTER_LINEAR)
    print_ = cv2.dilate(cv2.GaussianBlur(print_, (3, 7), 0), np.ones((3, 1), np.uint8))
    return np.asarray(print_ < _WHITE * 255)


def _along(places: NDArray[np.int32], rows: NDArray[np.intp]) -> NDArray[np.int32]:
    """(lines, w + 1): sums along each line up to each column; outside of the name is nothing."""
    h, w = places.shape
    with_outside = np.zeros((h + 1) * w, np.int32)
    with_outside[: h * w] = places.ravel()
    upto = np.zeros((len(rows), w + 1), np.int32)
    np.cumsum(with_outside[rows], axis=1, out=upto[:, 1:])
    return upto


@cache
def _sheared(h: int, w: int) -> NDArray[np.intp]:
    """(lines, w): where each nearly level line through the middle of a name is, counted row by row; h: outside."""
    starts = np.arange(h // 5, h - h // 5, 2)
    drop = np.round(_SLOPES[:, None] * _DOWN_PX / BLANK_PX * (np.arange(w) - w / 2)).astype(np.intp)
    rows = starts[None, :, None] + drop[:, None, :]
    return (np.where((rows >= 0) & (rows < h), rows, h) * w + np.arange(w)).reshape(-1, w)
