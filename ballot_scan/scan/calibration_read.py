"""A scanned sheet found and placed: where it lies in the picture, its scale, its turn, what the scan cut off.

For the calibration sheet and for any printed page whose markers are known.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from ballot_scan.paper.calibration_sheet import CalibrationSheet
from ballot_scan.paper.layout import FiducialMark, Rect
from ballot_scan.scan import registration as reg
from ballot_scan.scan.pictures import Grey

SIDES = ("top", "right", "bottom", "left")
USUAL_DPI = (100, 150, 200, 240, 300, 400, 600, 1200)
_NEAR_DPI = 0.03  # a scan without stated resolution is taken for the usual one within 3 %

Floats = NDArray[np.float64]


class NotTheSheet(Exception):  # noqa: N818 - a result with its reason, not a fault
    """The picture is not a placed calibration sheet. ``reason``: text key after ``calibrate.not.``; ``found``:
    markers seen."""

    def __init__(self, reason: str, found: int = 0) -> None:
        self.reason, self.found = reason, found
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Placed:
    """A sheet in a picture. ``to_px`` of the registration maps millimetres to pixels.

    ``affine`` (2, 3): the least-squares flat map of the same; ``markers``: how many were found.
    """

    registration: reg.Registration
    affine: Floats
    markers: tuple[reg.Marker, ...]

    @property
    def px_per_mm(self) -> tuple[float, float]:
        """Pixels a millimetre of the sheet, along its width and its height."""
        a = self.affine[:, :2]
        return float(np.hypot(*a[:, 0])), float(np.hypot(*a[:, 1]))

    @property
    def turn_deg(self) -> float:
        """How far the sheet lies turned in the picture, clockwise as seen, -180 to 180."""
        return float(np.degrees(np.arctan2(self.affine[1, 0], self.affine[0, 0])))

    @property
    def skew_deg(self) -> float:
        """The turn from the nearest quarter: -45 to 45."""
        return (self.turn_deg + 45) % 90 - 45

    def missing_mm(self, shape: tuple[int, ...], size_mm: tuple[float, float]) -> dict[str, float]:
        """How much of the sheet lies beyond each side of the picture; negative: picture beyond the sheet."""
        width, height = size_mm
        corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float64)
        px = corners @ self.affine[:, :2].T + self.affine[:, 2]
        scale = float(np.mean(self.px_per_mm))
        x, y = np.sort(px[:, 0]), np.sort(px[:, 1])
        ends = {
            "top": -0.5 - y[:2].mean(),
            "right": x[2:].mean() - (shape[1] - 0.5),
            "bottom": y[2:].mean() - (shape[0] - 0.5),
            "left": -0.5 - x[:2].mean(),
        }
        return {side: float(v) / scale for side, v in ends.items()}

    def patch(self, grey: Grey, rect_mm: Rect, per_mm: float) -> Grey:
        """A rect of the sheet, straightened, ``per_mm`` pixels a millimetre; white beyond the picture."""
        x, y, w, h = rect_mm
        k = 1 / per_mm
        to_mm = np.array([[k, 0, x + k / 2], [0, k, y + k / 2], [0, 0, 1]])
        size = (max(1, round(w * per_mm)), max(1, round(h * per_mm)))
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        flat = cv2.warpPerspective(grey, self.registration.to_px @ to_mm, size, flags=how, borderValue=255)
        return np.asarray(flat, dtype=np.uint8)


def place(
    markers: list[reg.Marker],
    fiducials: tuple[FiducialMark, ...],
    extra: tuple[Floats, Floats] | None = None,
) -> Placed | None:
    """The sheet from its markers (and further points, mm and px); None where they are not enough."""
    registration = reg.fit(markers, fiducials, extra)
    if registration is None:
        return None
    on_paper = {f.id: reg.corners_mm(f.rect_mm) for f in fiducials}
    known = [m for m in markers if m.id in on_paper]
    mm = np.concatenate([on_paper[m.id] for m in known])
    px = np.concatenate([m.corners_px for m in known]).astype(np.float64)
    if extra is not None and len(known) < 3:
        mm, px = np.concatenate([mm, extra[0]]), np.concatenate([px, extra[1]])
    solution = np.linalg.lstsq(np.column_stack([mm, np.ones(len(mm))]), px, rcond=None)[0]
    return Placed(registration, np.asarray(solution.T, dtype=np.float64), tuple(known))


def find_sheet(grey: Grey, sheet: CalibrationSheet) -> Placed:
    """Find the calibration sheet in a picture, at any turn. Raises NotTheSheet with the reason."""
    if min(grey.shape[:2]) < 400:
        raise NotTheSheet("small")
    small, factor = reg.reduced(grey)
    markers = reg.markers_in(grey, small, factor)
    if len(markers) < 2:
        if reg.find_markers(np.ascontiguousarray(small[:, ::-1])):
            raise NotTheSheet("mirrored")
        raise NotTheSheet("markers", len(markers))
    codes = _codes(grey)
    mine = [corners for text, corners in codes if text == sheet.code]
    if not mine and codes:
        raise NotTheSheet("other")
    placed = place(markers, sheet.fiducials, _extra(markers, mine, sheet))
    if placed is None:
        raise NotTheSheet("markers", len(markers))
    if not mine and not _looks_like_it(grey, placed, sheet):
        raise NotTheSheet("other")
    return placed


def _codes(grey: Grey) -> list[tuple[str, Floats]]:
    """Data Matrix codes in the picture: text and corners (4, 2), clockwise from each one's own top left."""
    kind = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.DataMatrix)
    found = []
    for barcode in zxingcpp.read_barcodes(np.ascontiguousarray(grey), formats=kind):
        p = barcode.position
        points = [(c.x, c.y) for c in (p.top_left, p.top_right, p.bottom_right, p.bottom_left)]
        found.append((barcode.text, np.array(points, dtype=np.float64)))
    return found


def _extra(markers: list[reg.Marker], codes: list[Floats], sheet: CalibrationSheet) -> tuple[Floats, Floats] | None:
    """The codes' corners, each with the printed place that suits it best: needed where two markers are cut off."""
    if len(markers) > 2 or not codes:
        return None
    best: tuple[float, Floats, Floats] | None = None
    for px in codes:
        for rect in sheet.code_rects_mm:
            mm = reg.corners_mm(rect)
            fitted = reg.fit(markers, sheet.fiducials, (mm, px))
            if fitted is not None and (best is None or fitted.residual_mm < best[0]):
                best = (fitted.residual_mm, mm, px)
    return (best[1], best[2]) if best else None


def _looks_like_it(grey: Grey, placed: Placed, sheet: CalibrationSheet) -> bool:
    """Whether the darkest fields of the wedges are dark and the bare strips are not: the code may be torn off."""
    dark = [placed.patch(grey, f.rect_mm, 2).mean() for f in sheet.fields if f.percent >= 90]
    light = [placed.patch(grey, (x + 20, y + 2, 40, h - 4), 2).mean() for x, y, _, h in sheet.strips_mm]
    return float(np.median(light)) - float(np.median(dark)) > 40


def stated_or_usual(px_per_mm: tuple[float, float], stated: tuple[float, float] | None) -> tuple[float, float] | None:
    """Pixels an inch that the scan should have: as its file says, else the usual resolution next to what it has."""
    if stated is not None:
        return stated
    has = float(np.mean(px_per_mm)) * 25.4
    nearest = min(USUAL_DPI, key=lambda dpi: abs(dpi - has))
    return (float(nearest), float(nearest)) if abs(has / nearest - 1) <= _NEAR_DPI else None


def scales(placed: Placed, stated: tuple[float, float] | None) -> tuple[float, float] | None:
    """Scanned length by true length, along the sheet's width and height; None where no resolution is known."""
    dpi = stated_or_usual(placed.px_per_mm, stated)
    if dpi is None:
        return None
    quarter = round(placed.turn_deg / 90) % 2
    across, down = dpi[::-1] if quarter else dpi
    along, up = placed.px_per_mm
    return along * 25.4 / across, up * 25.4 / down
