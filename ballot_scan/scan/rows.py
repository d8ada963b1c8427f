"""Rows of one page: streaks, creases and soft shade are taken out, then marks, names and writing are judged."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ballot_scan.paper.layout import PageLayout, Rect
from ballot_scan.records import WRITING, BoxReading, PageReading, PageStatus, RowReading, Rule
from ballot_scan.scan import (
    elsewhere,
    fingerprint,
    flattened,
    folds,
    frames,
    ink,
    marks,
    places,
    region,
    rings,
    streaked,
    streaks,
    veils,
)
from ballot_scan.scan import registration as reg
from ballot_scan.scan.marks import RowMarks
from ballot_scan.scan.pictures import Grey
from ballot_scan.scan.profile import Profile
from ballot_scan.scan.seal import Seal
from ballot_scan.scan.sheet import Sheet

_BANDED = 0.4  # of the columns lack something: of a pale mark evening them out may leave a trace
_CLIPPED = 254  # of 255: paper so white lies beyond what the scanner tells
_LINES = {Rule.MARK_OFF_BOX, Rule.UNSURE_MARK}  # what a short streak or a slanting crease may be taken for


@dataclass(frozen=True)
class Judged:
    """What a sheet shows. ``dark`` (h, w) uint8: the region's darkness as it was judged."""

    dark: NDArray[np.uint8]
    bilevel: bool  # the scan is black and white
    columns: streaked.Columns | None  # the scanner's streaks that were taken out
    short: list[streaks.Segment]  # … and the short ones among them, page pixels
    creases: list[folds.Line]  # in pixels of the region
    rows: list[RowMarks]
    struck: list[int]  # rows (numbers of the form) whose name is struck
    written: list[Rect]  # writing off the boxes, mm


def judge(sheet: Sheet, blank: ink.Blank | None, profile: Profile, found_seal: Seal | None = None) -> Judged:
    """Judge the rows of a sheet, and with its ``blank`` form what lies off the boxes.

    ``found_seal``: one that was found, wherever it stands: its ink is no writing.
    """
    columns = streaked.columns(sheet, blank)
    grey = columns.evened(sheet.grey) if columns is not None else sheet.grey
    seen = elsewhere.overview(sheet, blank) if blank is not None else None
    creases = [flattened.in_region(line, ink.COARSE_PX, sheet.straight) for line in seen.creases] if seen else []
    bilevel = region.is_bilevel(sheet.grey)
    banded = columns is not None and streaks.lacking_share(columns.lack) > _BANDED
    how = marks.Scan(
        unprinted=blank.unprinted_region if blank is not None else None,
        bilevel=bilevel,
        pure=bilevel and region.is_pure(sheet.grey),
        before=sheet.dark if columns is not None else None,
        banded=banded,
        least=profile.bilevel_share if bilevel else profile.dust_specks_share if banded else 1.0,
        clipped=sheet.paper >= _CLIPPED,
        step=frames.side_of_px(region.PX_PER_MM / sheet.registration.px_per_mm) if bilevel else 0.0,
    )
    dark = _without(creases, sheet, grey, bilevel=bilevel)
    judged = marks.judge(dark, sheet.boxes, sheet.straight.row_of, profile, how)
    if blank is not None and seen is not None and any(_LINES & set(row.findings) for row in judged):
        seen = elsewhere.slanted(blank, seen)
        if seen.slanting:
            creases += [flattened.in_region(line, ink.COARSE_PX, sheet.straight) for line in seen.slanting]
            dark = _without(creases, sheet, grey, bilevel=bilevel)
            judged = marks.judge(dark, sheet.boxes, sheet.straight.row_of, profile, how)
    ringed: list[rings.Ring] = []
    if seen is not None and any(_LINES & set(row.findings) for row in judged):
        ringed = seen.rings()
        if ringed:
            dark = rings.lifted(dark, ringed, sheet.straight.origin_mm)
            judged = marks.judge(dark, sheet.boxes, sheet.straight.row_of, profile, how)
    short: list[streaks.Segment] = []
    if any(_LINES & set(row.findings) for row in judged):
        short = streaked.short(sheet)
        if short:
            dark = _without(creases, sheet, streaks.bridged(grey, short), bilevel=bilevel)
            dark = rings.lifted(dark, ringed, sheet.straight.origin_mm)
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


def _without(creases: list[folds.Line], sheet: Sheet, grey: Grey, *, bilevel: bool) -> NDArray[np.uint8]:
    """(h, w) uint8: the region's darkness without its creases and veils, from a page whose streaks are taken out. A
    black and white scan has no veils."""
    dark = sheet.dark
    if grey is not sheet.grey:
        dark = region.darkness(region.again(grey, sheet.straight), sheet.white, sheet.factor, sheet.black)
    if creases:
        dark = flattened.clear(dark, creases, sheet.boxes)
    return dark if bilevel else veils.lifted(dark, sheet.boxes)


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


def _quads(straight: region.Region, boxes: frames.Frames, registration: reg.Registration) -> list[tuple[float, ...]]:
    """Fitted frame corners of every box, in millimetres of the sheet."""
    half = boxes.size_px / 2
    signs = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
    corners = boxes.centre_px[:, None, :] + half[:, None, :] * signs[None]
    in_page = straight.to_page(corners.reshape(-1, 2))
    to_mm = np.asarray(np.linalg.inv(registration.to_px), dtype=np.float64)
    mapped = np.round(reg.project(to_mm, in_page).reshape(-1, 8), 2)
    return [tuple(quad) for quad in mapped.tolist()]
