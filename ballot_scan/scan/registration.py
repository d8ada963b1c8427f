"""Registration: where the sheet lies in the picture, from its four ArUco markers.

Markers are found in the corners of a reduced picture, refined in the full one, and give a homography from paper
millimetres to page pixels. Any three suffice; two with the positions of the codes. A residual past the profile's
limit refuses the page: it is never sampled on hope.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.paper.layout import FiducialMark, Rect
from ballot_scan.scan.pictures import Grey

Matrix = NDArray[np.float64]

_WORKING_PX = 800  # the reduced picture keeps at least this many pixels on its long side
_PLACED = 3  # markers that tell where a sheet lies
_PAPER_PX, _TONER_PX = 31, 11  # of a reduced picture: wider than a marker; toner runs low over more
_FAINTEST = 20  # grey levels of print that is made as dark as any
_RIM_PX, _PAPER_SHARE = 8, 75  # laid about a reduced picture, of its usual paper: a percentile of its greys
_BOXES_TELL = 6  # fewer leave open how a sheet without one of its markers lies …
_BOXES_FIT_MM = 0.2  # … and so does a map that they are off by more; sheets at an angle or turned: under 0.05
_GOOD_FIT_MM = 0.06  # off by more, another marker may have been displaced, by ink or by a tear
_CORNER_SHARES = ((0.22, 0.17), (0.34, 0.26))  # of the short and the long side: where markers are looked for


@dataclass(frozen=True, slots=True)
class Marker:
    """One marker found: ``corners_px`` (4, 2) float32, clockwise from its own top left, page pixels."""

    id: int
    corners_px: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Registration:
    """Paper to picture: ``to_px`` (3, 3) maps millimetres to pixels; ``residual_mm`` is the fit's RMS error."""

    to_px: Matrix
    residual_mm: float
    markers: int
    mirrored: bool = False

    def points_px(self, points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map (N, 2) millimetres to (N, 2) pixels."""
        return project(self.to_px, points_mm)

    @property
    def px_per_mm(self) -> float:
        """Mean scale at the sheet's centre."""
        a = self.to_px
        return float(np.sqrt(abs(np.linalg.det(a[:2, :2]))))


def project(matrix: Matrix, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Apply a (3, 3) homography to (N, 2) points."""
    mapped = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    return np.asarray(mapped[:, :2] / mapped[:, 2:], dtype=np.float64)


@cache
def _detector(thorough: bool) -> cv2.aruco.ArucoDetector:
    parameters = cv2.aruco.DetectorParameters()
    # one window finds the markers of a fair scan at a third of the cost; the others are for the rest
    parameters.adaptiveThreshWinSizeMin = 5 if thorough else 15
    parameters.adaptiveThreshWinSizeMax = 25 if thorough else 15
    parameters.adaptiveThreshWinSizeStep = 10
    parameters.minMarkerPerimeterRate = 0.02
    parameters.errorCorrectionRate = 0.0  # 50 words of 16 bits: a corrected word may be a stranger's
    parameters.maxErroneousBitsInBorderRate = 0.12
    return cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50), parameters)


def reduced(grey: Grey) -> tuple[Grey, int]:
    """The picture halved until its long side would fall under 800 px, and the factor."""
    factor = 1
    while max(grey.shape) / (factor * 2) >= _WORKING_PX and factor < 16:
        half = (grey.shape[1] // 2, grey.shape[0] // 2)
        grey = grey[: 2 * half[1], : 2 * half[0]]  # an exact half is five times as fast
        grey = np.asarray(cv2.resize(grey, half, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        factor *= 2
    return grey, factor


def _detect(small: Grey, x0: int, y0: int, *, thorough: bool) -> list[Marker]:
    corners, ids, _ = _detector(thorough).detectMarkers(small)
    if ids is None or len(corners) == 0:
        return []
    offset = np.array([x0, y0], dtype=np.float32)
    found = zip(corners, np.ravel(ids), strict=True)
    return [Marker(int(i), np.asarray(c, np.float32).reshape(4, 2) + offset) for c, i in found if int(i) < 4]


def find_markers(small: Grey) -> list[Marker]:
    """Markers 0-3 in a reduced picture, one of each; see ``all_markers``."""
    return one_of_each(all_markers(small))


def all_markers(small: Grey) -> list[Marker]:
    """Markers 0-3 in a reduced picture: in its corners first, in all of it where some are missing there.

    More than one of an id may be there: of another sheet, or the same one found twice.
    """
    height, width = small.shape
    found: list[Marker] = []
    for thorough, share in zip((False, True), _CORNER_SHARES, strict=True):
        across, down = share if height >= width else share[::-1]
        w, h = int(width * across), int(height * down)
        if w < 24 or h < 24:
            return []
        found = []
        for y0 in (0, height - h):
            for x0 in (0, width - w):
                corner = np.ascontiguousarray(small[y0 : y0 + h, x0 : x0 + w])
                found += _detect(corner, x0, y0, thorough=thorough)
        if len({m.id for m in found}) == 4:
            return found
    return found + _detect(small, 0, 0, thorough=True)


def shows_two_sheets(small: Grey) -> bool:
    """Whether the whole of a reduced picture, not its corners alone, holds markers of two sheets."""
    return doubled(_detect(small, 0, 0, thorough=True))


def look_for_markers(grey: Grey, small: Grey, factor: int) -> tuple[list[Marker], int]:
    """All markers of a picture, and how many times smaller than ``grey`` the picture is whose pixels they count: its
    reduced one ``small``, or itself where fewer than two are seen in that. Where fewer than three are, toner may have
    run low in the others, or the picture end at them: they are looked for in print made as dark, and with paper laid
    about the picture, and count if they are two at least, and more."""
    found = all_markers(small)
    count = len({m.id for m in found})
    if count < _PLACED:
        for look in (_toned_markers, _at_the_rim):
            more = look(small)
            if len({m.id for m in more}) > max(count, 1):
                return more, factor
    if factor == 1 or count > 1:
        return found, factor
    closely = all_markers(grey)
    return (closely, 1) if len({m.id for m in closely}) > 1 else (found, factor)


def _at_the_rim(small: Grey) -> list[Marker]:
    """Markers of a picture that ends at them, hardly a pixel beyond, or less."""
    paper = int(np.percentile(small, _PAPER_SHARE))
    wider = cv2.copyMakeBorder(small, _RIM_PX, _RIM_PX, _RIM_PX, _RIM_PX, cv2.BORDER_CONSTANT, value=(paper,))
    return _detect(np.asarray(wider, np.uint8), -_RIM_PX, -_RIM_PX, thorough=True)


def _toned_markers(small: Grey) -> list[Marker]:
    """Markers of a picture whose print is made as dark in one place as in another, however palely it was printed."""
    paper = cv2.GaussianBlur(cv2.dilate(small, np.ones((_PAPER_PX, _PAPER_PX), np.uint8)), (0, 0), _PAPER_PX / 5)
    dark = cv2.subtract(paper, small)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_TONER_PX, _TONER_PX))
    most = cv2.GaussianBlur(cv2.dilate(cv2.blur(dark, (3, 3)), disc), (0, 0), _TONER_PX / 4)
    whole = cv2.divide(dark, np.maximum(most, _FAINTEST), scale=255)
    return all_markers(np.asarray(cv2.subtract(np.full_like(dark, 255), whole), dtype=np.uint8))


def markers_in(grey: Grey, small: Grey, factor: int) -> list[Marker]:
    """One marker of each id that a picture shows, refined on patches of it; see ``look_for_markers``."""
    found, at = look_for_markers(grey, small, factor)
    return refine(grey, one_of_each(found), at)


def doubled(found: list[Marker]) -> bool:
    """Whether two markers of one id lie in two places, nearly of one size: two sheets were fed as one."""
    for n, a in enumerate(found):
        for b in found[n + 1 :]:
            if a.id != b.id:
                continue
            sizes = sorted(float(cv2.contourArea(m.corners_px)) for m in (a, b))
            apart = float(np.hypot(*(a.corners_px.mean(axis=0) - b.corners_px.mean(axis=0))))
            if sizes[0] > 0.7 * sizes[1] and apart > 0.4 * np.sqrt(sizes[1]):
                return True
    return False


def one_of_each(found: list[Marker]) -> list[Marker]:
    """One marker of each id; of several with one id (another sheet in the picture) the largest."""
    best: dict[int, Marker] = {}
    for marker in found:
        size = cv2.contourArea(marker.corners_px)
        if marker.id not in best or size > cv2.contourArea(best[marker.id].corners_px) * 1.05:
            best[marker.id] = marker
    return [best[i] for i in sorted(best)]


def refine(grey: Grey, markers: list[Marker], factor: int) -> list[Marker]:
    """The same markers with corners to a fraction of a pixel in the full picture."""
    refined = []
    for marker in markers:
        corners: NDArray[np.float32] = np.asarray((marker.corners_px + 0.5) * factor - 0.5, np.float32)
        side = float(np.sqrt(max(cv2.contourArea(corners.astype(np.float32)), 1.0)))
        reach = max(2, round(side / 6 * 0.42))  # less than one module: inner cells stay outside the window
        margin = int(side * 0.25) + 2 * reach + 4
        x0, y0 = np.maximum(np.floor(corners.min(axis=0)).astype(int) - margin, 0)
        x1, y1 = np.ceil(corners.max(axis=0)).astype(int) + margin + 1
        patch = np.ascontiguousarray(grey[y0:y1, x0:x1])
        local = np.ascontiguousarray((corners - (x0, y0)).astype(np.float32).reshape(-1, 1, 2))
        inside = (local[:, 0] > reach + 1).all() and (local[:, 0] < np.array(patch.shape[::-1]) - reach - 2).all()
        if inside:
            criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_COUNT, 12, 0.03)
            sharp = cv2.cornerSubPix(patch, local.copy(), (reach, reach), (-1, -1), criteria)
            if np.abs(sharp - local).max() < max(2.5, 1.5 * factor):
                corners = np.asarray(sharp.reshape(4, 2) + np.array([x0, y0]), np.float32)
        refined.append(Marker(marker.id, corners))
    return refined


def corners_mm(rect: Rect) -> NDArray[np.float64]:
    """(4, 2) corners of a rect, clockwise from top left, millimetres."""
    x, y, w, h = rect
    return np.array([(x, y), (x + w, y), (x + w, y + h), (x, y + h)], dtype=np.float64)


def fit(
    markers: list[Marker],
    fiducials: tuple[FiducialMark, ...],
    extra: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None,
) -> Registration | None:
    """Least-squares map from the fiducials' corners (mm) to the markers' (px); None where too little was found.

    Four markers give a homography, three an affine map, two an affine map together with ``extra`` points
    ((N, 2) mm, (N, 2) px: the codes' corners).
    """
    on_paper = {f.id: corners_mm(f.rect_mm) for f in fiducials}
    known = [m for m in markers if m.id in on_paper]
    if len(known) < 2 or (len(known) == 2 and extra is None):
        return None
    mm = np.concatenate([on_paper[m.id] for m in known])
    px = np.concatenate([m.corners_px for m in known]).astype(np.float64)
    if extra is not None and len(known) < 4:
        mm, px = np.concatenate([mm, extra[0]]), np.concatenate([px, extra[1]])
    if len(known) == 4:
        found, _ = cv2.findHomography(mm, px, 0)
        if found is None:
            return None
        matrix = np.asarray(found, dtype=np.float64)
    else:
        design = np.column_stack([mm, np.ones(len(mm))])
        solution = np.linalg.lstsq(design, px, rcond=None)[0]
        matrix = np.vstack([solution.T, [0.0, 0.0, 1.0]])
    return measured(matrix, mm, px, len(known))


def measured(matrix: Matrix, mm: NDArray[np.float64], px: NDArray[np.float64], markers: int) -> Registration | None:
    """A registration with its residual; None for a map that folds, mirrors or bends the sheet beyond belief."""
    jacobian = matrix[:2, :2]
    scale = float(np.linalg.det(jacobian))
    if not np.isfinite(matrix).all() or scale <= 0.5:  # mirrored, or under 18 dpi
        return None
    error = project(matrix, mm) - px
    residual = float(np.sqrt((error**2).sum(axis=1).mean()) / np.sqrt(scale))
    return Registration(matrix, residual, markers)


def bow(markers: list[Marker], fiducials: tuple[FiducialMark, ...]) -> Bow | None:
    """The map of a sheet that turned while it was fed, from three markers or four; None where they are not enough.

    Along the feed the sheet's left edge is a cubic (its place and direction are known at both ends: the markers'
    own edges show how the sheet leaned there) and its rows turn linearly: pixel = a(y) + x b(y), with a of degree
    three and b of degree one in y, by least squares over the markers' corners.
    """
    mm, px = _corners(markers, fiducials)
    return bow_through(mm, px) if len(mm) >= 12 else None


def bow_through(mm: NDArray[np.float64], px: NDArray[np.float64]) -> Bow:
    """The same from any points (N, 2) on the sheet and in the picture; the first four are a marker's corners."""
    scale = 1 / np.abs(mm).max()
    solution = np.linalg.lstsq(_bow_terms(mm * scale), px, rcond=None)[0]
    found = Bow(np.asarray(solution, dtype=np.float64), scale, 0.0)
    error = found.points_px(mm) - px
    per_mm = np.sqrt(abs(cv2.contourArea(px[:4].astype(np.float32)) / cv2.contourArea(mm[:4].astype(np.float32))))
    return Bow(found.terms, scale, float(np.sqrt((error**2).sum(axis=1).mean()) / per_mm))


def by_boxes(
    markers: list[Marker],
    fiducials: tuple[FiducialMark, ...],
    boxes_mm: NDArray[np.float64],
    boxes_px: NDArray[np.float64],
) -> Bow | Registration | None:
    """How a sheet lies of which a marker is missing, from the others and its boxes' middles ((N, 2) mm, (N, 2) px).

    Markers alone leave open whether it turned while it was fed or is seen at an angle: the map that the boxes bear out;
    None where they bear out neither. A marker that ink or a tear displaced is left out where the others and the boxes
    agree without it.
    """
    if len(_corners(markers, fiducials)[0]) < 12 or len(boxes_mm) < _BOXES_TELL:
        return None
    bowed, flat = _maps(markers, fiducials, boxes_mm, boxes_px)
    best = bowed if flat is None or bowed.residual_mm < flat.residual_mm else flat
    if best.residual_mm > _GOOD_FIT_MM:  # of fewer points a bow tells nothing away from them
        fewer = ([m for m in markers if m is not out] for out in markers)
        some = [_maps(left, fiducials, boxes_mm, boxes_px)[1] for left in fewer]
        without = min((lies for lies in some if lies is not None), key=lambda lies: lies.residual_mm, default=best)
        if without.residual_mm <= min(_GOOD_FIT_MM, best.residual_mm / 2):
            return without
    return best if best.residual_mm <= _BOXES_FIT_MM else None  # not where a degenerate one is nan


def _maps(
    markers: list[Marker],
    fiducials: tuple[FiducialMark, ...],
    boxes_mm: NDArray[np.float64],
    boxes_px: NDArray[np.float64],
) -> tuple[Bow, Registration | None]:
    """Maps through markers and boxes: of a sheet that turned while it was fed, and of one seen at an angle."""
    corners_on_paper, corners = _corners(markers, fiducials)
    mm, px = np.concatenate([corners_on_paper, boxes_mm]), np.concatenate([corners, boxes_px])
    bowed, (matrix, _) = bow_through(mm, px), cv2.findHomography(mm, px, 0)
    flat = None if matrix is None else measured(np.asarray(matrix, np.float64), mm, px, len(corners) // 4)
    return bowed, flat


def _corners(
    markers: list[Marker], fiducials: tuple[FiducialMark, ...]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Corners of the markers that are printed, (4 n, 2) mm on the sheet and px in the picture."""
    on_paper = {f.id: corners_mm(f.rect_mm) for f in fiducials}
    known = [m for m in markers if m.id in on_paper]
    if not known:
        return np.zeros((0, 2)), np.zeros((0, 2))
    mm = np.concatenate([on_paper[m.id] for m in known])
    return mm, np.concatenate([m.corners_px for m in known]).astype(np.float64)


@dataclass(frozen=True, slots=True)
class Bow:
    """See ``bow``: ``terms`` (6, 2) for scaled coordinates, ``residual_mm`` as of a registration."""

    terms: Matrix
    scale: float
    residual_mm: float

    def points_px(self, points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map (N, 2) millimetres to (N, 2) pixels."""
        return np.asarray(_bow_terms(points_mm * self.scale) @ self.terms, dtype=np.float64)


def _bow_terms(points: NDArray[np.float64]) -> NDArray[np.float64]:
    x, y = points[:, 0], points[:, 1]
    return np.column_stack([np.ones_like(x), y, y**2, y**3, x, x * y])
