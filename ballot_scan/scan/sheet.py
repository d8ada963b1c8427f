"""Sheet: one page whose form and place are known, laid straight, with every box fitted to its printed frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.paper.layout import FiducialMark, PageLayout
from ballot_scan.records import Rule
from ballot_scan.scan import frames, region, streaks
from ballot_scan.scan import registration as reg
from ballot_scan.scan.frames import RING_IN_PX, Frames
from ballot_scan.scan.pictures import Grey
from ballot_scan.scan.pieces import sums
from ballot_scan.scan.profile import Profile
from ballot_scan.scan.region import Region
from ballot_scan.scan.registration import Bow, Registration

_STILL_MM = 0.7  # rows shifted by more, or leaning by more than 0.6°, are straightened and fitted again
_STILL_LEAN = 0.01
_BOW_MM = 0.05  # markers off a flat sheet by more: the sheet may have turned while it was fed
_FILLED = 0.4  # mean darkness inside a frame from which a box is filled


@dataclass(frozen=True)
class Sheet:
    """One page as it was found: the picture, the same ``small`` by ``factor``, the paper's ``white`` about each place
    and its usual grey ``paper``, and the print's ``black``."""

    grey: Grey
    small: Grey
    factor: int
    white: Grey
    paper: float
    black: float
    registration: Registration
    lies: Bow | Registration | None  # how, where its markers alone do not tell: they, or they and its boxes
    straight: Region
    boxes: Frames
    dark: NDArray[np.uint8]  # (h, w) of the region, streaks and creases still in it

    @cached_property
    def span(self) -> float:
        """Grey levels from paper to print."""
        return max(40.0, self.paper - self.black)

    @cached_property
    def small_lack(self) -> NDArray[np.uint8] | None:
        """What columns of the small picture lack, see ``streaks.lacking``."""
        return streaks.lacking(self.small)

    @property
    def bent(self) -> bool:
        return self.straight.bent_at is not None


@dataclass(frozen=True)
class Refusal:
    """Why a page cannot be judged; ``sheet``: as far as it could be laid straight."""

    rule: Rule
    reason: str
    sheet: Sheet | None = None


def lay(
    grey: Grey,
    small: Grey,
    factor: int,
    markers: list[reg.Marker],
    registration: Registration,
    page: PageLayout,
    profile: Profile,
) -> Sheet | Refusal:
    """Straighten a page and fit its boxes. ``small``: the page reduced by ``factor``."""
    bow = bow_of(markers, registration, page)
    if (bow or registration).residual_mm > profile.residual_limit_mm:
        if reg.shows_two_sheets(small):  # some of the markers are of either
            return Refusal(Rule.POSSIBLE_DOUBLE_FEED, "scan.two-in-one")
        return Refusal(Rule.UNREGISTERED, f"scan.residual|{round(registration.residual_mm, 3):.2f}")
    white = region.paper_white(small)
    black = print_black(grey, registration, page.fiducials, markers)
    paper = region.paper_level(white, factor, registration, page)
    if paper - black < profile.contrast_floor:
        return Refusal(Rule.POOR_IMAGE, "scan.contrast")
    straight, boxes, dark = _fitted(grey, registration, bow, page, white, factor, black)
    lies: Bow | Registration | None = bow
    if registration.markers == 3 and registration.residual_mm > _BOW_MM:
        lies = _by_boxes(markers, page, straight, boxes) or bow
    sheet = Sheet(grey, small, factor, white, paper, black, registration, lies, straight, boxes, dark)
    if (_outside(straight.to_page(boxes.centre_px), grey.shape) & ~boxes.found).any():
        return Refusal(Rule.UNREGISTERED, "scan.outside", sheet)
    if boxes.found_share < profile.fitted_share and not _hidden(dark, boxes).all():
        return Refusal(Rule.UNREGISTERED, "scan.frames", sheet)
    return sheet


def _outside(points_px: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """(n,) which of some points (n, 2) lie beyond a picture of that shape."""
    return np.asarray(((points_px < 0) | (points_px >= (shape[1], shape[0]))).any(axis=1))


def _hidden(dark: NDArray[np.uint8], boxes: Frames) -> NDArray[np.bool_]:
    """(n,) boxes whose frame was found, or which are filled so far that nothing of it can be seen.

    A ballot filled box by box is read: its frames lie where the markers say, and what hides them is the marks.
    """
    inner = boxes.rects(dark.shape, -RING_IN_PX)
    area = (inner[:, 2] - inner[:, 0]) * (inner[:, 3] - inner[:, 1])
    inside = sums(np.asarray(cv2.integral(dark), np.int32), inner) / np.maximum(area, 1)
    return np.asarray(boxes.found | (inside >= _FILLED * 255))


def _by_boxes(
    markers: list[reg.Marker], page: PageLayout, straight: Region, boxes: Frames
) -> Bow | Registration | None:
    """How the sheet lies by its three markers and the boxes found; None where those do not tell."""
    nominal, _ = region.nominal_boxes(page)
    middles = nominal[:, :2] + nominal[:, 2:] / 2
    return reg.by_boxes(markers, page.fiducials, middles[boxes.found], straight.to_page(boxes.centre_px)[boxes.found])


def bow_of(markers: list[reg.Marker], registration: Registration, page: PageLayout) -> Bow | None:
    """How the sheet turned while it was fed, where its markers are off a flat sheet and turning explains it."""
    bow = reg.bow(markers, page.fiducials) if registration.residual_mm > _BOW_MM else None
    return bow if bow is not None and bow.residual_mm <= 0.6 * registration.residual_mm else None


def print_black(
    grey: Grey, registration: Registration, fiducials: tuple[FiducialMark, ...], markers: Sequence[reg.Marker]
) -> float:
    """Grey of the print: the median over the middle lines of the markers found."""
    places = []
    there = {m.id for m in markers}
    for fiducial in (f for f in fiducials if f.id in there):
        x, y, w, h = fiducial.rect_mm
        # the marker's border is black all round: its middle line is one twelfth inside
        places += [(x + w * t, y + h / 12) for t in (0.2, 0.4, 0.6, 0.8)] + [(x + w / 12, y + h * 0.5)]
    points = np.round(registration.points_px(np.array(places))).astype(int)
    points = points[((points >= 0) & (points < np.array(grey.shape[::-1]))).all(axis=1)]
    values = np.sort(grey[points[:, 1], points[:, 0]])
    return float(values[len(values) // 2]) if len(values) else 0.0


def _fitted(
    grey: Grey,
    registration: reg.Registration,
    bow: reg.Bow | None,
    page: PageLayout,
    white: Grey,
    factor: int,
    black: float,
) -> tuple[region.Region, frames.Frames, NDArray[np.uint8]]:
    """The straightened region, its fitted frames and its darkness; bent sheets are straightened until they lie."""
    flat = region.cut(grey, registration, page)
    nominal = flat.boxes_px[:, :2] + flat.boxes_px[:, 2:] / 2
    heights = np.array([nominal[flat.row_of == r, 1].mean() for r in range(int(flat.row_of.max()) + 1)])
    shift = np.zeros((len(heights), 5))
    best: tuple[region.Region, frames.Frames, NDArray[np.uint8]] | None = None
    if bow is not None:
        shift = region.shift_of(flat, bow.points_px, heights, nominal)
    for attempt in range(4):
        lies = flat if not shift.any() else region.bend(grey, flat, heights, shift)
        dark = region.darkness(lies, white, factor, black)
        fit = frames.fit(dark, lies.boxes_px, lies.row_of)
        if attempt == 0 and fit.found_share < 0.85:
            again = frames.fit(dark, lies.boxes_px, lies.row_of, frames.coarse(dark, lies.boxes_px, lies.row_of))
            fit = again if again.found_share > fit.found_share else fit
        if best is None or fit.found_share >= best[1].found_share:
            best = (lies, fit, dark)
        tells = fit.found & ~fit.aside
        off = frames.row_models(fit.centre_px, nominal, tells, lies.row_of)
        away = np.abs(fit.centre_px - nominal)[tells].max(initial=0.0)
        if away <= region.PX_PER_MM * _STILL_MM and np.abs(off[:, 2:4]).max() < _STILL_LEAN:
            break
        shift = shift + off
        shift[:, 4] = off[:, 4]
    assert best is not None  # noqa: S101 - the loop runs at least once
    return best
