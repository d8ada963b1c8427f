"""Explain: one page looked at again, with everything the reader saw on the way kept and drawn.

The reading itself comes from ``reader.look``, as in a scan. What lies between picture and reading is found again with
the reader's own functions in the reader's own order; ``Sight.agrees`` tells that both came to the same.

What nobody may see is masked (``masks``); of a page that is blurred no rows are shown.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.paper.layout import PageLayout, Rect
from ballot_scan.records import Doubt, PageReading, PageStatus, RowReading
from ballot_scan.scan import folds, halftone, identity, marks, masks, reader, region, rows
from ballot_scan.scan import registration as reg
from ballot_scan.scan import sheet as sheets
from ballot_scan.scan.pictures import Colour, Grey
from ballot_scan.scan.profile import Profile
from ballot_scan.scan.reader import FormBook, Read

PAGE_PX = 1300  # long side of the picture of the whole page
ROW_MM = 4.2  # shown above and below a row's boxes
_NEAR_MM = 1.0  # streaks this close to each other are drawn as one band
_NO_FRAMES = ("scan.frames", "scan.outside")  # refusals after which the frames found are worth a look

Quad = tuple[tuple[float, float], ...]  # corners in pixels of the picture they are drawn on


@dataclass(frozen=True, slots=True)
class Shape:
    """Something on the picture of the whole page. ``state``: found or missing; of boxes, what they were taken for."""

    name: str
    state: str
    quad: Quad


@dataclass(frozen=True, slots=True)
class BoxSight:
    """One box: figures as judged; ``frame`` is found, backed (placed by its row) or lost. Rects in row pixels."""

    level: str
    state: str
    coverage: float
    darkest: float
    frame: str
    doubts: tuple[Doubt, ...]
    printed_px: Rect
    fitted_px: Rect


@dataclass(frozen=True, slots=True, eq=False)
class RowSight:
    """One row, straightened at 8 px/mm: ``scanned`` as it is, ``judged`` without streaks and creases, paper evened."""

    name: str
    reading: RowReading
    boxes: tuple[BoxSight, ...]
    scanned: Grey
    judged: Grey


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """What the reader saw of one page. Lists are empty, figures None, where it did not come so far."""

    reading: PageReading
    picture: Grey  # the whole page as scanned, masked and made smaller
    blurred: bool  # areas that must be masked could not be placed
    agrees: bool = True  # what was found again is what the reading says
    size_px: tuple[int, int] = (0, 0)
    markers: tuple[Shape, ...] = ()
    codes: tuple[Shape, ...] = ()  # name: the text read, "" where none could be
    boxes: tuple[Shape, ...] = ()
    streaks: tuple[Shape, ...] = ()  # name: millimetres across
    creases: tuple[Shape, ...] = ()  # name: upright or level; two corners only
    elsewhere: tuple[Shape, ...] = ()  # ink off the boxes, in the order of the reading
    rows: tuple[RowSight, ...] = ()
    dpi: float | None = None
    turn_deg: float | None = None
    bowed: bool = False  # the sheet turned while it was fed
    contrast: float | None = None  # grey levels between paper and print
    fitted_share: float | None = None


@dataclass(slots=True)
class _Drawn:
    """The picture of the whole page, and how its pixels are counted."""

    picture: Grey
    scale: float
    found: dict[str, list[Shape]] = field(default_factory=dict)

    def add(self, kind: str, name: str, state: str, points: NDArray[np.float64]) -> None:
        """A shape given by (n, 2) page pixels."""
        quad = tuple((round(float(x), 1), round(float(y), 1)) for x, y in (points + 0.5) * self.scale)
        self.found.setdefault(kind, []).append(Shape(name, state, quad))

    def all(self, kind: str) -> tuple[Shape, ...]:
        return tuple(self.found.get(kind, ()))


def see(grey: Grey, book: FormBook, profile: Profile, colour: Colour | None = None) -> Sight:
    """Look at one page as a scan does, and keep what was seen. Never raises for what a picture shows.

    ``colour``: see ``reader.look``.
    """
    seen = reader.look(grey, book, profile, colour)
    scanned, grey = grey, halftone.smoothed(grey, book.px_per_mm(grey))
    placed = seen.registration is not None and seen.page is not None
    blurred = masks.must_blur(seen, book)
    shown = masks.blurred(scanned) if blurred else masks.masked(scanned, seen)
    drawn = _reduced(shown)
    sight = Sight(seen.reading, drawn.picture, blurred, size_px=(grey.shape[1], grey.shape[0]))
    if min(grey.shape[:2]) < 40:
        return sight
    small, factor = reg.reduced(grey)
    markers = reg.markers_in(grey, small, factor)
    _draw_markers(drawn, markers, seen)
    _draw_codes(drawn, grey, seen)
    more = _inside(drawn, grey, shown, small, factor, markers, seen, book, profile) if placed else {}
    return _with(sight, drawn, more)


def _with(sight: Sight, drawn: _Drawn, more: dict[str, object]) -> Sight:
    lists = {kind: drawn.all(kind) for kind in ("markers", "codes", "boxes", "streaks", "creases", "elsewhere")}
    return replace(sight, **lists, **more)  # type: ignore[arg-type]


def _reduced(grey: Grey) -> _Drawn:
    scale = min(1.0, PAGE_PX / max(grey.shape))
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    return _Drawn(np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8), scale)


# ---------------------------------------------------------------- the whole page


def _draw_markers(drawn: _Drawn, markers: list[reg.Marker], seen: Read) -> None:
    """Those found where they are; those missing where they should be, if anybody can say."""
    there = {m.id for m in markers}
    for marker in markers:
        drawn.add("markers", str(marker.id), "found", marker.corners_px.astype(np.float64))
    for number in (i for i in range(4) if i not in there):
        points = np.zeros((0, 2))
        if seen.registration is not None and seen.page is not None:
            rect = next((f.rect_mm for f in seen.page.fiducials if f.id == number), None)
            points = seen.registration.points_px(reg.corners_mm(rect)) if rect else points
        drawn.add("markers", str(number), "missing", points)


def _draw_codes(drawn: _Drawn, grey: Grey, seen: Read) -> None:
    """Each printed code as read or not; anywhere on the page where the page has no place."""
    if seen.registration is None or seen.page is None:
        for code in identity.read_anywhere(grey):
            drawn.add("codes", code.text, "found", code.corners_px)
        return
    for rect in seen.page.code_rects_mm:
        found = identity.read_at(grey, seen.registration, (rect,))
        if found:
            drawn.add("codes", found[0].text, "found", found[0].corners_px)
        else:
            drawn.add("codes", "", "missing", seen.registration.points_px(reg.corners_mm(rect)))


def _inside(
    drawn: _Drawn,
    grey: Grey,
    shown: Grey,
    small: Grey,
    factor: int,
    markers: list[reg.Marker],
    seen: Read,
    book: FormBook,
    profile: Profile,
) -> dict[str, object]:
    """What the reader saw about the boxes: the sheet and its rows, laid and judged once more."""
    registration, page, reading = seen.registration, seen.page, seen.reading
    assert registration is not None  # noqa: S101 - asked by the caller
    assert page is not None  # noqa: S101
    black = sheets.print_black(grey, registration, page.fiducials, markers)
    found: dict[str, object] = {
        "dpi": registration.px_per_mm * 25.4,
        "turn_deg": math.degrees(math.atan2(registration.to_px[1, 0], registration.to_px[0, 0])),
        "contrast": region.paper_level(region.paper_white(small), factor, registration, page) - black,
    }
    if reading.status is not PageStatus.READ and reading.reason not in _NO_FRAMES:
        for row in page.rows:
            for box in row.boxes:
                drawn.add("boxes", box.level, "printed", registration.points_px(reg.corners_mm(box.rect_mm)))
        return found
    for ink_place in reading.elsewhere:
        corners = registration.points_px(reg.corners_mm(ink_place.rect_mm))
        drawn.add("elsewhere", str(ink_place.row or ""), ink_place.kind, corners)
    laid = sheets.lay(grey, small, factor, markers, registration, page, profile)
    sheet = laid.sheet if isinstance(laid, sheets.Refusal) else laid
    assert sheet is not None  # noqa: S101 - its frames were looked for
    straight, boxes = sheet.straight, sheet.boxes
    half = boxes.size_px / 2
    quads = boxes.centre_px[:, None] + half[:, None] * np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
    found |= {"bowed": sheet.bent, "fitted_share": boxes.found_share}
    if reading.status is not PageStatus.READ:
        for quad, there in zip(quads, boxes.found, strict=True):
            drawn.add("boxes", "", "frame" if there else "lost", straight.to_page(quad))
        return found
    judged = rows.judge(sheet, book.blank(reading), profile, seen.found_seal)
    _draw_streaks(drawn, judged, registration.px_per_mm)
    _draw_creases(drawn, straight, judged.creases)
    states = [box.state for row in judged.rows for box in row.boxes]
    for box, quad, state in zip((b for r in page.rows for b in r.boxes), quads, states, strict=True):
        drawn.add("boxes", box.level, state, straight.to_page(quad))
    found["agrees"] = states == [b.state for row in reading.rows for b in row.boxes]
    frame = ["found" if f else "backed" if b else "lost" for f, b in zip(boxes.found, boxes.backed, strict=True)]
    places = np.column_stack([boxes.centre_px - half, boxes.size_px])
    scanned = region.again(shown, straight).grey
    even = np.where(_veil(grey, seen, straight), masks.MASK_GREY, 255 - judged.dark).astype(np.uint8)
    found["rows"] = tuple(
        _row(page, number, reading.rows[number], row, straight, places, frame, scanned, even)
        for number, row in enumerate(judged.rows)
    )
    return found


def _veil(grey: Grey, seen: Read, straight: region.Region) -> NDArray[np.bool_]:
    """(h, w) of the region: where a masked area reaches into it."""
    if seen.page is None or not seen.page.private_rects_mm:
        return np.zeros(straight.grey.shape, dtype=bool)
    painted = masks.masked(np.full_like(grey, 255), seen)
    return np.asarray(region.again(painted, straight).grey < 240, dtype=bool)


def _draw_streaks(drawn: _Drawn, judged: rows.Judged, px_per_mm: float) -> None:
    """Columns that were evened out, neighbours as one band, and short streaks that were bridged."""
    apart = 2 * round(_NEAR_MM * px_per_mm / 2) + 1
    bands = judged.columns.bands(apart) if judged.columns is not None else []
    for left, top, right, bottom in [*judged.short, *bands]:
        corners = reg.corners_mm((left - 0.5, top - 0.5, right - left, bottom - top))
        drawn.add("streaks", f"{(right - left) / px_per_mm:.1f}", "removed", corners)


def _draw_creases(drawn: _Drawn, straight: region.Region, creases: list[folds.Line]) -> None:
    height, width = straight.grey.shape
    for offset, slope, upright in creases:
        t = np.array([0.0, height if upright else width])
        points = np.column_stack([offset + slope * t, t])
        points = points if upright else points[:, ::-1]
        drawn.add("creases", "upright" if upright else "level", "removed", straight.to_page(points))


# ---------------------------------------------------------------- rows


def _row(
    page: PageLayout,
    number: int,
    reading: RowReading,
    judged: marks.RowMarks,
    straight: region.Region,
    places: NDArray[np.float64],
    frame: list[str],
    scanned: Grey,
    even: Grey,
) -> RowSight:
    """One row cut out of the straightened region, with its boxes in the cut's own pixels."""
    mine = np.flatnonzero(straight.row_of == number)
    reach = ROW_MM * region.PX_PER_MM
    both = np.vstack([straight.boxes_px[mine], places[mine]])
    top = max(0, math.floor(both[:, 1].min() - reach))
    bottom = min(straight.grey.shape[0], math.ceil((both[:, 1] + both[:, 3]).max() + reach))
    contest = page.rows[number]
    boxes = tuple(
        BoxSight(
            box.level,
            mark.state,
            mark.coverage,
            mark.darkest,
            frame[i],
            mark.doubts,
            _rect(straight.boxes_px[i], top),
            _rect(places[i], top),
        )
        for box, mark, i in zip(contest.boxes, judged.boxes, mine, strict=True)
    )
    cut = slice(top, max(top + 1, bottom))
    return RowSight(contest.name, reading, boxes, scanned[cut], even[cut])


def _rect(place: NDArray[np.float64], top: int) -> Rect:
    """A rect of the region in the pixels of a cut that begins at ``top``; pixel centres become pixel areas."""
    x, y, w, h = (float(v) for v in place)
    return (round(x + 0.5, 1), round(y + 0.5 - top, 1), round(w, 1), round(h, 1))
