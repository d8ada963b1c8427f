"""Freshly printed, unmarked ballots checked before the day, by the reader that will read them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.paper.layout import PageLayout
from ballot_scan.records import BLANK, PageReading, PageStatus, Rule
from ballot_scan.scan import calibration_scratches, frames, identity, ink, region
from ballot_scan.scan import registration as reg
from ballot_scan.scan.calibrate import GOOD, NOT_USABLE, USABLE, Finding, graded, overall
from ballot_scan.scan.calibration_columns import against_surroundings, column_profile, middles
from ballot_scan.scan.calibration_file import FileFacts
from ballot_scan.scan.calibration_read import Placed, place, scales, stated_or_usual
from ballot_scan.scan.pictures import Colour, Grey
from ballot_scan.scan.profile import Profile
from ballot_scan.scan.reader import FormBook, look
from ballot_scan.scan.sheet import print_black

PAPERS = {"A4": (210.0, 297.0), "A5": (148.0, 210.0), "Letter": (215.9, 279.4), "Legal": (215.9, 355.6)}
_SIZE_MM = 3.0
_DARKER, _TINT = 14.0, 16.0  # grey levels of paper below white paper; between its channels
_BLACK = 75  # print as dark is black: where it stands out little, the paper is grey
_GAP = 0.3  # of a side's usual darkness: less is no print
_MARGIN_MM = (2.5, 7.5)  # of the paper's upper and lower edge: nothing is printed there
_STREAK = 10.0  # grey levels
_PLACE_MM, _PLACE_PRINT, _PLACE_LEFT = 8.0, 0.05, 0.35  # places looked at for print; how dense; what is left of it


@dataclass(frozen=True, slots=True)
class Proof:
    """One sheet checked. ``code``: its printed code, "" where it cannot be read."""

    code: str
    reading: PageReading
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> str:
        return overall(self.findings)


def check(
    grey: Grey,
    file: FileFacts,
    book: FormBook,
    profile: Profile,
    scanner_scale: tuple[float, float] = (1.0, 1.0),
    scanner_white: float | None = None,
    colour: Colour | None = None,
) -> Proof:
    """Check one page image. ``scanner_scale``, ``scanner_white``: the scanner's own scale and the grey level of white
    paper, from its calibration; 1 and None where unknown. ``colour`` (h, w, 3) uint8 BGR: the same page, of any size.
    """
    seen = look(grey, book, profile)
    reading, page = seen.reading, seen.page
    if reading.status is PageStatus.BLANK:
        return Proof("", reading, (Finding("proof-blank", NOT_USABLE),))
    if page is None:
        return Proof(reading.ballot, reading, (Finding("proof-unread", NOT_USABLE, (("why", reading.reason),)),))
    small, factor = reg.reduced(grey)
    markers = reg.markers_in(grey, small, factor)
    placed = place(markers, page.fiducials)
    found: list[Finding] = []
    damaged = len(page.fiducials) - len(markers) + len(calibration_scratches.in_markers(grey, markers))
    if damaged:
        found.append(Finding("proof-markers", NOT_USABLE, (("damaged", damaged), ("markers", len(page.fiducials)))))
    if reading.status is not PageStatus.READ:
        found.append(Finding("proof-unread", NOT_USABLE, (("why", reading.reason),)))
    if placed is not None:
        found += _size(grey, placed, file, seen.size_mm, scanner_scale)
        white = region.paper_white(small)
        paper = region.paper_level(white, factor, placed.registration, page)
        found += _tint(paper, scanner_white, colour)
        black = print_black(grey, placed.registration, page.fiducials, placed.markers)
        found += _print(grey, placed, page, white, factor, paper, black)
        found += _dark_streaks(grey, placed, seen.size_mm)
        found += _codes(grey, placed, page)
        blank = book.blank(reading)
        if blank is not None:
            fine, size = (ink.BLANK_PX, ink.BLANK_PX), (blank.grey.shape[1], blank.grey.shape[0])
            span = max(1.0, paper - black)
            shown = ink.straightened(grey, placed.registration.points_px, (0.0, 0.0), size, fine, span)
            found += _missing(blank, shown)
            found += _scratches(blank, shown)
    found += _boxes(reading)
    if not reading.genuine and reading.ballot:
        found.append(Finding("proof-forged", NOT_USABLE))
    return Proof(reading.ballot, reading, tuple(found) or (Finding("proof-good", GOOD),))


def _size(
    grey: Grey, placed: Placed, file: FileFacts, size_mm: tuple[float, float], scanner_scale: tuple[float, float]
) -> list[Finding]:
    """Scale of the print, and whether all of the right paper is in the picture."""
    found = []
    across = scales(placed, file.dpi)
    if across is not None:
        x, y = across[0] / scanner_scale[0], across[1] / scanner_scale[1]
        off = max(abs(x - 1), abs(y - 1))
        if off >= 0.0105:
            values = (("x", x * 100), ("y", y * 100), ("rule", 100 * x))
            found.append(Finding("proof-scale", graded(off, 0.0, 0.0155), values))
        other = _other_paper(grey, placed, file, size_mm)
        if other:
            return [*found, Finding("proof-paper", NOT_USABLE, (("found", other[0]), ("wanted", other[1])))]
    for side, missing in placed.missing_mm(grey.shape, size_mm).items():
        if missing >= 2.0:
            found.append(Finding(f"crop-{side}", graded(missing, 0.0, 6.6), (("mm", missing),)))
    return found


def _other_paper(grey: Grey, placed: Placed, file: FileFacts, size_mm: tuple[float, float]) -> tuple[str, str] | None:
    """The picture is as large as another usual paper and not as this one: its name and the right one's."""
    dpi = stated_or_usual(placed.px_per_mm, file.dpi) or (25.4 * float(np.mean(placed.px_per_mm)),)
    per_mm = float(np.mean(dpi)) / 25.4
    picture = sorted(v / per_mm for v in grey.shape[:2])
    wanted = sorted(size_mm)
    if all(abs(a - b) <= _SIZE_MM for a, b in zip(picture, wanted, strict=True)):
        return None
    name = next((n for n, s in PAPERS.items() if sorted(s) == wanted), "")
    for other, size in PAPERS.items():
        if other != name and all(abs(a - b) <= _SIZE_MM for a, b in zip(picture, sorted(size), strict=True)):
            return other, name or f"{size_mm[0]:.0f} × {size_mm[1]:.0f} mm"
    return None


def _print(
    grey: Grey, placed: Placed, page: PageLayout, white: Grey, factor: int, paper: float, black: float
) -> list[Finding]:
    """Toner: how black the markers are, how strong the frames; scratches: frames with gaps, streaks."""
    found = []
    if paper - black < 150:
        values = (("white", round(paper)), ("black", round(black)))
        key = "proof-toner" if black > _BLACK else "proof-dark"
        found.append(Finding(key, graded(black - paper, -150, -110), values))
    straight = region.cut(grey, placed.registration, page)
    dark = region.darkness(straight, white, factor, black)
    fitted = frames.fit(dark, straight.boxes_px, straight.row_of)
    usual = float(np.median(fitted.strength))
    if usual < 45:
        found.append(Finding("proof-frames", graded(-usual, -45, -25), (("percent", round(usual / 2.55)),)))
    broken = _broken(dark, fitted)
    rows = sorted({page.rows[r].row for r in straight.row_of[broken]})
    if rows:
        said = (("rows", ", ".join(str(r) for r in rows[:12])), ("boxes", int(broken.sum())))
        found.append(Finding("proof-broken", USABLE if broken.sum() <= 1 else NOT_USABLE, said))
    return found


def _broken(dark: NDArray[np.uint8], fitted: frames.Frames) -> NDArray[np.bool_]:
    """(n,) frames that were not found, or a side of which has a gap of 0.25 mm or more."""
    half = fitted.size_px / 2 - 1
    lo, hi = np.round(fitted.centre_px - half).astype(int), np.round(fitted.centre_px + half).astype(int)
    padded = np.pad(dark, 16)
    broken = ~fitted.found
    for i, ((x0, y0), (x1, y1)) in enumerate(zip(lo + 16, hi + 16, strict=True)):
        if x0 < 4 or y0 < 4 or x1 > padded.shape[1] - 4 or y1 > padded.shape[0] - 4:
            continue
        across, down = slice(x0 + 5, x1 - 4), slice(y0 + 5, y1 - 4)
        sides = [padded[y - 2 : y + 3, across].max(axis=0) for y in (y0, y1)]
        sides += [padded[down, x - 2 : x + 3].max(axis=1) for x in (x0, x1)]
        for side in sides:
            gap = side < _GAP * float(np.median(side))
            broken[i] |= bool((gap[:-1] & gap[1:]).any())
    return np.asarray(broken)


def _tint(white: float, scanner_white: float | None, colour: Colour | None) -> list[Finding]:
    """Grey or coloured paper: darker than what the scanner was calibrated with, or of no even colour."""
    found = []
    if scanner_white is not None and white < scanner_white - _DARKER:
        found.append(Finding("proof-grey", USABLE, (("white", round(white)), ("usual", round(scanner_white)))))
    if colour is not None:
        blue, green, red = (float(np.median(part)) for part in cv2.split(colour))  # most of a ballot is bare paper
        if max(blue, green, red) - min(blue, green, red) >= _TINT:
            found.append(Finding("proof-tint", USABLE))
    return found


def _scratches(blank: ink.Blank, seen: NDArray[np.uint8]) -> list[Finding]:
    """Pale lines through the print, along and across the sheet. ``seen``: its darkness, as the blank form's size."""
    printed = np.asarray(255 - blank.grey, np.uint8)
    found = []
    for key, rules, sheet in (("proof-scratch", printed, seen), ("proof-scratch-level", printed.T, seen.T)):
        places = calibration_scratches.across(np.ascontiguousarray(rules), np.ascontiguousarray(sheet))
        if places:
            said = ", ".join(f"{x / ink.BLANK_PX:.0f}" for x in places[:8])
            found.append(Finding(key, NOT_USABLE, (("places", said),)))
    return found


def _missing(blank: ink.Blank, seen: NDArray[np.uint8]) -> list[Finding]:
    """Print that is not there: places of 8 mm of the blank form that hold hardly any of their print's darkness.
    ``seen``: the sheet's darkness, as the blank form's size."""
    side = round(_PLACE_MM * ink.BLANK_PX)
    looked = np.where(blank.areas > 0, 0, 255 - blank.grey).astype(np.uint8)
    printed, shown = (cv2.blur(v, (side, side))[side // 2 :: side // 2, side // 2 :: side // 2] for v in (looked, seen))
    dense = printed > _PLACE_PRINT * 255
    if not dense.any():
        return []
    usual = float(np.median(shown[dense] / printed[dense]))
    lost = dense & (shown < _PLACE_LEFT * usual * printed)
    if not lost.any():
        return []
    tops, lefts = (_PLACE_MM / 2 * v for v in np.nonzero(lost))
    at = (("left", round(float(lefts.min()))), ("top", round(float(tops.min()))))
    extent = (("width", round(float(np.ptp(lefts)) + _PLACE_MM)), ("height", round(float(np.ptp(tops)) + _PLACE_MM)))
    return [Finding("proof-missing", NOT_USABLE, (*at, *extent))]


def _dark_streaks(grey: Grey, placed: Placed, size_mm: tuple[float, float]) -> list[Finding]:
    """Streaks along the feed: dark at the same column of the bare margins above and below what is printed."""
    width, height = size_mm
    per_mm = float(np.mean(placed.px_per_mm))
    lack = []
    for y in (_MARGIN_MM[0], height - _MARGIN_MM[1]):
        profile = column_profile(grey, placed, (8.0, y, width - 16.0, _MARGIN_MM[1] - _MARGIN_MM[0]))
        if profile is None:
            return []
        lack.append(-np.nan_to_num(against_surroundings(profile, round(5.0 * per_mm))))
    reach = np.ones(2 * max(1, round(0.6 * per_mm)) + 1)
    near = [np.convolve(v >= _STREAK, reach, "same") > 0 for v in lack]
    places = middles(np.flatnonzero((near[0] & (lack[1] >= _STREAK)) | (near[1] & (lack[0] >= _STREAK))))
    if not places:
        return []
    said = ", ".join(f"{x / per_mm:.0f}" for x in places[:8])
    return [Finding("proof-streaks", USABLE, (("places", said),))]


def _codes(grey: Grey, placed: Placed, page: PageLayout) -> list[Finding]:
    seen = sum(bool(identity.read_at(grey, placed.registration, (rect,))) for rect in page.code_rects_mm)
    if seen == len(page.code_rects_mm):
        return []
    return [Finding("proof-codes", NOT_USABLE, (("seen", seen), ("codes", len(page.code_rects_mm))))]


def _boxes(reading: PageReading) -> list[Finding]:
    """Boxes of an unmarked ballot are empty, and nothing is written on it."""
    found = []
    rows = [str(r.row) for r in reading.rows if r.reading != BLANK]
    if rows:
        found.append(Finding("proof-marked", NOT_USABLE, (("rows", ", ".join(rows[:12])),)))
    beside = [str(r.row) for r in reading.rows if r.reading == BLANK and set(r.findings) - {Rule.BLANK_ROW}]
    written = set(reading.findings) & {Rule.EXTRA_WRITING, Rule.NAME_STRUCK}
    if beside or written:
        found.append(Finding("proof-ink", NOT_USABLE, (("rows", ", ".join(beside[:12]) or "–"),)))
    return found
