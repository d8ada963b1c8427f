"""Reader: one page image → one page reading. It never raises for what a picture shows, and never guesses.

A reading depends on the picture, the layouts, the code key and the profile, and on whether the event asks for seals:
never on other pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.paper import code
from ballot_scan.paper.layout import FormLayout, PageLayout, Rect
from ballot_scan.records import BallotCode, PageReading, PageStatus, Rule
from ballot_scan.scan import halftone, identity, ink, likeness, overlap, rows, seal, sheet, streaks
from ballot_scan.scan import registration as reg
from ballot_scan.scan.pictures import Colour, Grey
from ballot_scan.scan.profile import DEFAULT, Profile

_BLANK_INK = 0.0008  # share of dark cells up to which a page is blank
_SHEET_PX, _DARK, _GRAIN = 600, 90, 8  # a sheet's picture; dark all over; grain that half of a page's places show
_DARK_PAPER = 128  # a picture that is darker on the whole may be a negative
_BENT_MM = 0.1  # markers are off a flat sheet by more
_BEYOND_MM = 4.0  # of the sheet outside its markers, looked at for the scanner's streaks


@dataclass(frozen=True, slots=True)
class FormBook:
    """What the reader knows of the event: its layouts and the secret of its codes."""

    event: str
    layouts: tuple[FormLayout, ...]
    rehearsal_layouts: tuple[FormLayout, ...]
    key: bytes
    blanks: Mapping[tuple[str, str, int, bool], ink.Blank] = field(default_factory=dict)  # poll, form, page, rehearsal
    fingerprints: bool = False  # all ballots of a form carry one code: only their marks can tell a sheet scanned twice
    seal: bool = False  # whether a seal must stand on every page that has a place for it

    def page(self, found: BallotCode) -> tuple[FormLayout, PageLayout] | None:
        """The form and page that a code names, or None."""
        for form in self.rehearsal_layouts if found.rehearsal else self.layouts:
            if code.form_tag(form.event, form.poll, form.form) == found.form_tag:
                page = next((p for p in form.pages if p.page == found.page), None)
                return (form, page) if page else None
        return None

    def blank(self, named: PageReading) -> ink.Blank | None:
        """The blank form that a page, whose form is named, was printed from, where it is known."""
        return self.blanks.get((named.poll, named.form, named.page, named.rehearsal))

    def only_page(self) -> tuple[FormLayout, PageLayout] | None:
        """The one page that an official ballot can be, where the event has just one."""
        pages = [(form, page) for form in self.layouts for page in form.pages]
        return pages[0] if len(pages) == 1 else None

    def px_per_mm(self, grey: Grey) -> float:
        """About how large a picture is, if a sheet fills it: its long side by that of the forms."""
        sides = [max(form.page_size_mm) for form in (*self.layouts, *self.rehearsal_layouts)]
        return float(max(grey.shape) / max(sides, default=297.0))

    def templates(self) -> list[PageLayout]:
        """One page of each arrangement of markers and codes."""
        seen: dict[object, PageLayout] = {}
        for form in (*self.layouts, *self.rehearsal_layouts):
            for page in form.pages:
                seen.setdefault((page.fiducials, page.code_rects_mm), page)
        return list(seen.values())


@dataclass(frozen=True, slots=True)
class Seen:
    """Where a page lies: what registration and identity found, before a mark is read.

    ``template``: the page whose markers gave the registration.
    """

    registration: reg.Registration | None
    code: BallotCode | None
    text: str
    contradiction: bool = False  # the two codes of the sheet differ
    template: PageLayout | None = None


@dataclass(frozen=True, slots=True)
class Scanner:
    """What a page tells of the scanner: the paper's ``white`` (grey level), the columns that are dark all along,
    millimetres from the picture's left edge, whether it scans in black and white, and whether a seal was looked for in
    vain because the page has no colour; nothing where the page was not read."""

    white: float | None = None
    streaks_mm: tuple[float, ...] = ()
    bilevel: bool = False
    colourless: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """A reading, and where the sheet lies in the picture (None where that is unknown)."""

    reading: PageReading
    registration: reg.Registration | None = None
    page: PageLayout | None = None
    size_mm: tuple[float, float] = (0.0, 0.0)
    found_seal: seal.Seal | None = None
    scanner: Scanner = Scanner()


def read(grey: Grey, book: FormBook, profile: Profile = DEFAULT) -> PageReading:
    """Read one page: see ``look``."""
    return look(grey, book, profile).reading


def look(grey: Grey, book: FormBook, profile: Profile = DEFAULT, colour: Colour | None = None) -> Read:
    """Read one page.

    ``grey`` (h, w) uint8, any resolution from about 100 dpi, any turn. Source fields are left empty: the caller
    knows the file. Never raises for any content of a picture. ``colour`` (h', w', 3) uint8 BGR: the same page, of
    any size, looked at only for the seal, and only where the event asks for seals; without it none is found.
    """
    blank = PageReading("", 0, "", PageStatus.UNREADABLE)
    if min(grey.shape[:2]) < 40:
        return Read(replace(blank, status=PageStatus.NOT_A_BALLOT, reason="scan.too-small"))
    smooth = halftone.smoothed(grey, book.px_per_mm(grey))
    seen = _look_at(smooth, book, profile, colour, blank)
    return seen if smooth is grey else replace(seen, scanner=replace(seen.scanner, bilevel=True))


def _look_at(grey: Grey, book: FormBook, profile: Profile, colour: Colour | None, blank: PageReading) -> Read:
    small, factor = reg.reduced(grey)
    everything, at = reg.look_for_markers(grey, small, factor)
    found = reg.one_of_each(everything)
    if len(found) < 2:
        return Read(_without_markers(grey, small, factor, found, book, blank))
    markers = reg.refine(grey, found, at)
    seen = _look(grey, markers, book)
    if seen.contradiction:
        return Read(replace(blank, findings=(Rule.POSSIBLE_DOUBLE_FEED,), reason="scan.two-codes"))
    if seen.code is None:
        if not reg.doubled(everything) and identity.is_calibration_sheet(grey):
            return Read(replace(blank, status=PageStatus.NOT_A_BALLOT, reason="scan.calibration-sheet"))
        return _without_code(grey, small, factor, markers, book, profile, blank, colour)
    named = _named(blank, seen, book)
    if reg.doubled(everything):
        named = replace(named, findings=(Rule.POSSIBLE_DOUBLE_FEED,))
    place = book.page(seen.code)
    if seen.code.event_tag != code.event_tag(book.event) or place is None:
        if named.findings:  # the other sheet may be a ballot of this event
            both = (Rule.FOREIGN_BALLOT, Rule.POSSIBLE_DOUBLE_FEED)
            return Read(replace(blank, findings=both, reason="scan.two-sheets"))
        return Read(
            replace(named, status=PageStatus.NOT_A_BALLOT, findings=(Rule.FOREIGN_BALLOT,), reason="scan.foreign")
        )
    form, page = place
    registration = seen.registration
    if len(markers) < 3 or seen.template is None or seen.template.fiducials != page.fiducials:
        registration = reg.fit(markers, page.fiducials, _code_points(grey, markers, page, seen))
    if registration is not None and _looks_out(grey, registration, markers, page, form):
        named = replace(named, findings=(Rule.POSSIBLE_DOUBLE_FEED,))
    found_seal = _seal(colour, grey, registration, book, page)
    reading, told = _read_rows(grey, small, factor, markers, registration, book, page, profile, named, found_seal)
    return _sealed(Read(reading, registration, page, form.page_size_mm, scanner=told), book, found_seal, colour)


def _looks_out(
    grey: Grey, registration: reg.Registration, markers: list[reg.Marker], page: PageLayout, form: FormLayout
) -> bool:
    """Whether another sheet looks out. Where markers say that the sheet is bent, that is looked for beside those alone:
    where another should be is not known closely enough."""
    bent = registration.residual_mm > _BENT_MM
    there = tuple(f for f in page.fiducials if not bent or any(m.id == f.id for m in markers))
    return overlap.looks_out(grey, registration, there, form.page_size_mm)


def _seal(
    colour: Colour | None, grey: Grey, registration: reg.Registration | None, book: FormBook, page: PageLayout
) -> seal.Seal | None:
    if not book.seal or colour is None or registration is None or page.seal_rect_mm is None:
        return None
    return seal.find(colour, grey.shape, registration.to_px, page.seal_rect_mm)


def _sealed(seen: Read, book: FormBook, found: seal.Seal | None, colour: Colour | None) -> Read:
    """The same, with the finding where a page that was read lacks its seal."""
    seen = replace(seen, found_seal=found)
    asked = book.seal and seen.page is not None and seen.page.seal_rect_mm is not None
    if not asked or found is not None or seen.reading.status is not PageStatus.READ:
        return seen
    findings = tuple(sorted({*seen.reading.findings, Rule.SEAL_MISSING}))
    told = replace(seen.scanner, colourless=colour is None)
    return replace(seen, reading=replace(seen.reading, findings=findings), scanner=told)


def _named(blank: PageReading, seen: Seen, book: FormBook) -> PageReading:
    assert seen.code is not None  # noqa: S101 - the caller has asked
    place = book.page(seen.code)
    return replace(
        blank,
        poll=place[0].poll if place else "",
        form=place[0].form if place else "",
        ballot=seen.code.printed,
        page=seen.code.page,
        rehearsal=seen.code.rehearsal,
        genuine=code.genuine(book.key, seen.text),
    )


def _look(grey: Grey, markers: list[reg.Marker], book: FormBook) -> Seen:
    """Read the codes where some known arrangement of markers puts them, else anywhere on the page."""
    registration = None
    for template in book.templates():
        registration = reg.fit(markers, template.fiducials)
        if registration is None:
            continue
        texts = [c.text for c in identity.read_at(grey, registration, template.code_rects_mm)]
        if texts:
            return Seen(registration, code.parse(texts[0]), texts[0], len(set(texts)) > 1, template)
    anywhere = identity.read_anywhere(grey)
    texts = [c.text for c in anywhere]
    if not texts:
        return Seen(registration, None, "")
    return Seen(registration, code.parse(texts[0]), texts[0], len(set(texts)) > 1)


def _code_points(
    grey: Grey, markers: list[reg.Marker], page: PageLayout, seen: Seen
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Corners of the codes as further points, where markers are missing."""
    if len(markers) >= 3:
        return None
    mm: list[NDArray[np.float64]] = []
    px: list[NDArray[np.float64]] = []
    for found in identity.read_anywhere(grey):
        if found.text == seen.text:
            mm.append(reg.corners_mm(_nearest_rect(found, markers, page)))
            px.append(found.corners_px)
    return (np.concatenate(mm), np.concatenate(px)) if mm else None


def _nearest_rect(found: identity.CodeFound, markers: list[reg.Marker], page: PageLayout) -> Rect:
    """The printed code that lies, from the markers, as the found one does: least squares of the affine fit decides."""
    best, best_error = page.code_rects_mm[0], np.inf
    for rect in page.code_rects_mm:
        fitted = reg.fit(markers, page.fiducials, (reg.corners_mm(rect), found.corners_px))
        if fitted is not None and fitted.residual_mm < best_error:
            best, best_error = rect, fitted.residual_mm
    return best


def _without_markers(
    grey: Grey, small: Grey, factor: int, found: list[reg.Marker], book: FormBook, blank: PageReading
) -> PageReading:
    """Fewer than two markers: blank, no ballot at all, or a ballot that cannot be placed."""
    if not found and np.median(small) < _DARK_PAPER and reg.find_markers(np.asarray(255 - small, np.uint8)):
        return replace(blank, findings=(Rule.POOR_IMAGE,), reason="scan.negative")
    if not found and _is_nothing(grey, small):
        return replace(blank, findings=(Rule.POOR_IMAGE,), reason="scan.nothing")
    if not found and _is_blank(small):
        if likeness.like_a_form(small, factor, book.blanks.values()):
            return replace(blank, findings=(Rule.POOR_IMAGE,), reason="scan.faint")
        return replace(blank, status=PageStatus.BLANK, reason="scan.blank")
    if not found and reg.find_markers(np.ascontiguousarray(small[:, ::-1])):
        return replace(blank, findings=(Rule.UNREGISTERED,), reason="scan.mirrored")
    codes = identity.read_anywhere(grey)
    if not codes:
        if found:
            return replace(blank, findings=(Rule.UNREGISTERED,), reason=f"scan.markers|{len(found)}")
        if likeness.like_a_form(small, factor, book.blanks.values()):
            return replace(blank, findings=(Rule.UNREGISTERED,), reason="scan.like-a-ballot")
        return replace(blank, status=PageStatus.NOT_A_BALLOT, reason="scan.no-ballot")
    parsed = code.parse(codes[0].text)
    seen = Seen(None, parsed, codes[0].text)
    named = _named(blank, seen, book)
    assert parsed is not None  # noqa: S101 - read_anywhere returns well-formed codes only
    if parsed.event_tag != code.event_tag(book.event):
        return replace(named, status=PageStatus.NOT_A_BALLOT, findings=(Rule.FOREIGN_BALLOT,), reason="scan.foreign")
    return replace(named, findings=(Rule.UNREGISTERED,), reason=f"scan.markers|{len(found)}")


def _without_code(
    grey: Grey,
    small: Grey,
    factor: int,
    markers: list[reg.Marker],
    book: FormBook,
    profile: Profile,
    blank: PageReading,
    colour: Colour | None,
) -> Read:
    """Markers but no code: read only where the event has just one page that it can be."""
    only = book.only_page()
    named = replace(blank, findings=(Rule.CODE_UNREADABLE,), reason="scan.no-code")
    if only is None or len(markers) < 3:
        return Read(named)
    form, page = only
    registration = reg.fit(markers, page.fiducials)
    named = replace(named, poll=form.poll, form=form.form, page=page.page)
    found_seal = _seal(colour, grey, registration, book, page)
    reading, told = _read_rows(grey, small, factor, markers, registration, book, page, profile, named, found_seal)
    return _sealed(Read(reading, registration, page, form.page_size_mm, scanner=told), book, found_seal, colour)


def _is_nothing(grey: Grey, small: Grey) -> bool:
    """Whether a picture of a sheet's size is dark all over, or nothing but grain: of a sheet nothing was scanned."""
    if min(grey.shape) < _SHEET_PX:
        return False
    grain = float(np.median(cv2.absdiff(small, cv2.blur(small, (5, 5)))))
    return grain > _GRAIN or float(np.percentile(small, 95)) < _DARK


def _is_blank(small: Grey) -> bool:
    """Whether nothing is printed or written: few small cells are much darker than their surroundings."""
    cells = cv2.resize(small, (max(8, small.shape[1] // 4), max(8, small.shape[0] // 4)), interpolation=cv2.INTER_AREA)
    margin_y, margin_x = max(1, cells.shape[0] // 20), max(1, cells.shape[1] // 20)
    inner = cells[margin_y:-margin_y, margin_x:-margin_x]
    around = cv2.medianBlur(np.ascontiguousarray(inner), 21)
    dark = cv2.subtract(around, inner) > 45
    uniform = float(np.percentile(inner, 5)) > 70
    return bool(dark.mean() <= _BLANK_INK and uniform)


def _read_rows(
    grey: Grey,
    small: Grey,
    factor: int,
    markers: list[reg.Marker],
    registration: reg.Registration | None,
    book: FormBook,
    page: PageLayout,
    profile: Profile,
    named: PageReading,
    found_seal: seal.Seal | None,
) -> tuple[PageReading, Scanner]:
    """Lay a page straight whose form is known, and judge its rows."""
    if registration is None:
        return _refused(named, Rule.UNREGISTERED, "scan.markers|2"), Scanner()
    laid = sheet.lay(grey, small, factor, markers, registration, page, profile)
    if isinstance(laid, sheet.Refusal):
        refused = _refused(named, laid.rule, laid.reason)
        return replace(refused, residual_mm=round(registration.residual_mm, 3)), Scanner()
    blank = book.blank(named)
    judged = rows.judge(laid, blank, profile, found_seal)
    reading = rows.reading_of(laid, judged, page, named, fingerprints=book.fingerprints)
    along = () if judged.bilevel else _streaks_mm(small, factor, registration, page)
    return reading, Scanner(laid.paper, along, judged.bilevel)


def _streaks_mm(small: Grey, factor: int, registration: reg.Registration, page: PageLayout) -> tuple[float, ...]:
    """Where columns are dark all along the sheet, from the picture's left edge: that stands still, sheets do not."""
    corners = np.concatenate([reg.corners_mm(f.rect_mm) for f in page.fiducials])
    (left, top), (right, foot) = corners.min(axis=0) - _BEYOND_MM, corners.max(axis=0) + _BEYOND_MM
    sheet_px = reg.project(registration.to_px, reg.corners_mm((left, top, right - left, foot - top))) / factor
    xs, ys = np.sort(sheet_px[:, 0]), np.sort(sheet_px[:, 1])  # upright within the sheet, however it lies
    (x0, x1), (y0, y1) = (np.clip(np.rint(v[1:3]).astype(int), 0, None) for v in (xs, ys))
    mm = factor / registration.px_per_mm
    return tuple(round((x0 + x + 0.5) * mm, 1) for x in streaks.all_along(small[y0:y1, x0:x1]))


def _refused(named: PageReading, rule: Rule, reason: str) -> PageReading:
    findings = tuple(sorted({*named.findings, rule}))
    return replace(named, status=PageStatus.UNREADABLE, findings=findings, reason=reason)
