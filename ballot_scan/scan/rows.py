"""Rows of one page: its scanner's streaks and its creases are taken out, then marks, names and writing are judged."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ballot_scan.paper.layout import PageLayout, Rect
from ballot_scan.records import WRITING, BoxReading, PageReading, PageStatus, RowReading, Rule
from ballot_scan.scan import elsewhere, fingerprint, folds, frames, ink, marks, places, region, streaks, veils
from ballot_scan.scan import registration as reg
from ballot_scan.scan.marks import RowMarks
from ballot_scan.scan.profile import Profile
from ballot_scan.scan.registration import Grey
from ballot_scan.scan.seal import Seal
from ballot_scan.scan.sheet import Sheet

_STRIP_MM = 1.5
_BANDED = 0.4  # of the columns lack something: of a pale mark evening them out may leave a trace
_SHORT = {Rule.MARK_OFF_BOX, Rule.UNSURE_MARK}  # what a short streak may be taken for
_RIMS_MM = ((1.5, 5.5), (-1.5, -5.5))  # within a sheet's upper and lower edge, where nothing is printed
_STREAK_MM = 3.5  # a streak further from every box is left alone


@dataclass(frozen=True)
class Columns:
    """What columns of a page lack to their neighbours: ``lack`` (60, w) uint8, see ``streaks.lacking``, of the part
    from ``x0`` on between the rows ``y0`` and ``y1``, page pixels."""

    lack: NDArray[np.uint8]
    x0: int
    y0: int
    y1: int

    def evened(self, grey: Grey) -> Grey:
        """A copy of the page in which these columns have what they lack."""
        return streaks.evened(grey, self.lack, self.x0, self.y0, self.y1)

    def bands(self, apart_px: int) -> list[streaks.Segment]:
        """These columns as bands of the page, see ``streaks.bands``."""
        found = streaks.bands(self.lack, self.y1 - self.y0, apart_px)
        return [(a + self.x0, b + self.y0, c + self.x0, d + self.y0) for a, b, c, d in found]


@dataclass(frozen=True)
class Judged:
    """What a sheet shows. ``dark`` (h, w) uint8: the region's darkness as it was judged."""

    dark: NDArray[np.uint8]
    bilevel: bool  # the scan is black and white
    columns: Columns | None  # the scanner's streaks that were taken out
    short: list[streaks.Segment]  # … and the short ones among them, page pixels
    creases: list[folds.Line]  # in pixels of the region
    rows: list[RowMarks]
    struck: list[int]  # rows (numbers of the form) whose name is struck
    written: list[Rect]  # writing off the boxes, mm


def judge(sheet: Sheet, blank: ink.Blank | None, profile: Profile, found_seal: Seal | None = None) -> Judged:
    """Judge the rows of a sheet, and with its ``blank`` form what lies off the boxes.

    ``found_seal``: one that was found, wherever it stands: its ink is no writing.
    """
    columns = _lacking(sheet, blank)
    grey = columns.evened(sheet.grey) if columns is not None else sheet.grey
    seen = elsewhere.overview(sheet, blank) if blank is not None else None
    creases = [folds.in_region(line, ink.COARSE_PX, sheet.straight) for line in seen.creases] if seen else []
    bilevel = region.is_bilevel(sheet.grey)
    banded = columns is not None and streaks.lacking_share(columns.lack) > _BANDED
    how = marks.Scan(
        unprinted=blank.unprinted_region if blank is not None else None,
        bilevel=bilevel,
        pure=bilevel and region.is_pure(sheet.grey),
        evened=columns is not None,
        banded=banded,
        least=profile.bilevel_share if bilevel else profile.dust_specks_share if banded else 1.0,
        step=frames.side_of_px(region.PX_PER_MM / sheet.registration.px_per_mm) if bilevel else 0.0,
    )
    dark = _without(creases, sheet, grey)
    dark = dark if bilevel else veils.lifted(dark, sheet.boxes)
    judged = marks.judge(dark, sheet.boxes, sheet.straight.row_of, profile, how)
    short: list[streaks.Segment] = []
    if any(_SHORT & set(row.findings) for row in judged):
        short = _standing(sheet)
        if short:
            dark = _without(creases, sheet, streaks.bridged(grey, short))
            dark = dark if bilevel else veils.lifted(dark, sheet.boxes)
            judged = marks.judge(dark, sheet.boxes, sheet.straight.row_of, profile, how)
    struck: list[int] = []
    written: list[Rect] = []
    if blank is not None and seen is not None:
        struck, written = elsewhere.find(sheet, blank, seen, _pen(judged), shades=not bilevel, found_seal=found_seal)
    return Judged(dark, bilevel, columns, short, creases, judged, struck, written)


def _pen(rows: list[RowMarks]) -> float:
    """How dark (0-1) the ballot's pen draws: its marks' median at their darkest, 0 where none is known."""
    drawn = [box.darkest for row in rows for box in row.boxes if box.state == "marked"]
    return float(np.median(drawn)) if drawn else 0.0


def _without(creases: list[folds.Line], sheet: Sheet, grey: Grey) -> NDArray[np.uint8]:
    """(h, w) uint8: the region's darkness without its creases, from a page whose streaks are taken out."""
    dark = sheet.dark
    if grey is not sheet.grey:
        dark = region.darkness(region.again(grey, sheet.straight), sheet.white, sheet.factor, sheet.black)
    return folds.clear(dark, creases, sheet.boxes) if creases else dark


def _standing(sheet: Sheet) -> list[streaks.Segment]:
    """Short streaks in the part of a page that holds the boxes, page pixels."""
    x0, y0, x1, y1 = _part(sheet.grey, sheet.straight)
    found = streaks.standing(sheet.grey[y0:y1, x0:x1], sheet.registration.px_per_mm)
    return [(a + x0, b + y0, c + x0, d + y0) for a, b, c, d in found]


def _part(grey: Grey, straight: region.Region) -> tuple[int, int, int, int]:
    """x0, y0, x1, y1 of the part of a page that holds the boxes."""
    x0, y0, x1, y1 = region.extent_px(straight)
    return max(x0, 0), max(y0, 0), min(x1, grey.shape[1]), min(y1, grey.shape[0])


def reading_of(
    sheet: Sheet, judged: Judged, page: PageLayout, named: PageReading, *, fingerprints: bool
) -> PageReading:
    """The reading of a judged sheet; ``named``: what is known of it already."""
    off_boxes = places.of(judged.written, judged.struck, page)
    quads = _quads(sheet.straight, sheet.boxes, sheet.registration)
    rows, at = [], 0
    for contest, row in zip(page.rows, judged.rows, strict=True):
        readings = tuple(
            BoxReading(box.level, mark.coverage, mark.state, quads[at + i], mark.doubts)
            for i, (box, mark) in enumerate(zip(contest.boxes, row.boxes, strict=True))
        )
        at += len(contest.boxes)
        reading = row.reading if row.marked is None else contest.boxes[row.marked].level
        doubts = {*row.findings, Rule.NAME_STRUCK} if contest.row in judged.struck else set(row.findings)
        rows.append(RowReading(contest.row, contest.candidate, reading, readings, tuple(sorted(doubts))))
    extra = any(place.kind == WRITING for place in off_boxes)
    findings = tuple(sorted({*named.findings, Rule.EXTRA_WRITING})) if extra else named.findings
    inked = [box.state != "empty" for row in judged.rows for box in row.boxes]
    looks = fingerprint.of(judged.dark, sheet.boxes, inked) if fingerprints else b""
    return replace(
        named,
        status=PageStatus.READ,
        findings=findings,
        rows=tuple(rows),
        residual_mm=round(sheet.registration.residual_mm, 3),
        elsewhere=off_boxes,
        fingerprint=looks,
    )


def _lacking(sheet: Sheet, blank: ink.Blank | None) -> Columns | None:
    """The scanner's streaks in the part of a page that holds the boxes; None where none is on or beside a box."""
    grey, straight, boxes = sheet.grey, sheet.straight, sheet.boxes
    x0, y0, x1, y1 = _part(grey, straight)
    if not streaks.suspected(_between_rows(grey, straight, x0, x1)):
        return None
    lack = streaks.lacking(grey[y0:y1, x0:x1])
    if lack is None:
        return None
    reach = _STREAK_MM * region.PX_PER_MM
    half = boxes.size_px / 2 + (reach, 0)
    near = straight.to_page(np.concatenate([boxes.centre_px - half, boxes.centre_px + half])) - (x0, y0)
    corners = near.reshape(2, -1, 2)
    height = y1 - y0
    if not streaks.touches(lack, corners.min(axis=0), corners.max(axis=0), height):
        return None
    lack = streaks.passing(lack, grey[:y0, x0:x1], grey[y1:, x0:x1], straight.grey.shape[0] / region.PX_PER_MM)
    lack = streaks.unmoved(lack, grey[y0:y1, x0:x1])
    rims = _rims(sheet, blank, x0, x1) if blank is not None else []
    if len(rims) == len(_RIMS_MM):
        lack = streaks.reaching(lack, grey[y0:y1, x0:x1], rims)
    if not streaks.touches(lack, corners.min(axis=0), corners.max(axis=0), height):
        return None
    return Columns(lack, x0, y0, y1)


def _rims(sheet: Sheet, blank: ink.Blank, x0: int, x1: int) -> list[Grey]:
    """Strips of the page just within the sheet's upper and lower edge, as far as they lie in the picture: (h, x1 - x0)
    each, column by column as far from the edge as the sheet lies."""
    high, wide = (side / ink.COARSE_PX for side in blank.printed.shape)
    columns = np.arange(x0, x1)
    found = []
    for near, far in _RIMS_MM:
        ends = [reg.project(sheet.registration.to_px, np.array([(0, v % high), (wide, v % high)])) for v in (near, far)]
        levels = [np.interp(columns, *np.array(sorted(end.tolist())).T) for end in ends]
        tops = np.rint(np.minimum(*levels)).astype(int)
        ys = tops + np.arange(max(1, round(float(np.abs(levels[0] - levels[1]).mean()))))[:, None]
        if ys.min() >= 0 and ys.max() < sheet.grey.shape[0]:
            found.append(np.ascontiguousarray(sheet.grey[ys, columns]))
    return found


def _between_rows(grey: Grey, straight: region.Region, x0: int, x1: int) -> list[Grey]:
    """Strips of the page 1.5 mm high, half way between the rows of boxes."""
    count = int(straight.row_of.max()) + 1
    tops = np.array([straight.boxes_px[straight.row_of == r, 1].min() for r in range(count)])
    height = float(straight.boxes_px[0, 3])
    middle = (tops[:-1] + height + tops[1:]) / 2
    points = np.column_stack([np.full(len(middle), straight.grey.shape[1] / 2), middle])
    half = max(1, round(_STRIP_MM / 2 * abs(straight.to_px[1, 1]) * region.PX_PER_MM))
    ys = np.round(straight.to_page(points)[:, 1]).astype(int) if len(points) else np.zeros(0, int)
    return [np.ascontiguousarray(grey[y - half : y + half, x0:x1]) for y in ys if half <= y < grey.shape[0] - half]


def _quads(straight: region.Region, boxes: frames.Frames, registration: reg.Registration) -> list[tuple[float, ...]]:
    """Fitted frame corners of every box, in millimetres of the sheet."""
    half = boxes.size_px / 2
    signs = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
    corners = boxes.centre_px[:, None, :] + half[:, None, :] * signs[None]
    in_page = straight.to_page(corners.reshape(-1, 2))
    to_mm = np.asarray(np.linalg.inv(registration.to_px), dtype=np.float64)
    mapped = np.round(reg.project(to_mm, in_page).reshape(-1, 8), 2)
    return [tuple(quad) for quad in mapped.tolist()]
