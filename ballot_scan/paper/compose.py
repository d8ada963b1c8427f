"""Composing a form: every page's marks and the layout that the reader finds the boxes by."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ballot_scan.errors import UsageError
from ballot_scan.event.model import Event, Form, Poll
from ballot_scan.event.regulation import Regulation
from ballot_scan.paper import code, heading
from ballot_scan.paper.drawing import Frame, Line, Mark, Words, block_marks
from ballot_scan.paper.fonts import FontFamily
from ballot_scan.paper.heading import Head, Setting
from ballot_scan.paper.layout import FormLayout, PageLayout, Rect
from ballot_scan.paper.sheet import SHEETS
from ballot_scan.paper.table import Columns, Row, columns, frame_mm, rows, spread, table

_AREA_GAP_MM = 3.0  # table to the areas below it
_AREA_GREY = 0.6


@dataclass(frozen=True, slots=True)
class ComposedPage:
    """The constant part of a page; ``rehearsal``: what rehearsal ballots carry besides."""

    marks: tuple[Mark, ...]
    rehearsal: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class ComposedForm:
    """A form ready to print. ``code_text_mm``: left end and baseline of the code that people read."""

    layout: FormLayout
    pages: tuple[ComposedPage, ...]
    fonts: FontFamily
    lang: str
    title: str
    organ: str
    code_text_mm: tuple[float, float]
    code_text_pt: float


def compose(event: Event, poll: Poll, form: Form, regulation: Regulation, fonts: FontFamily) -> ComposedForm:
    """Set one form: text measured, persons spread evenly over as few pages as they fit on.

    Raises UsageError in one line where a name or heading is longer than a page, where more pages are needed than
    a code can number, and where the font lacks a letter of the event's texts (a name is never printed with gaps).
    """
    setting = Setting(event, poll, form, regulation, fonts, SHEETS[form.paper])
    at = columns(setting)
    heads = (heading.first(setting), heading.following(setting))
    people, counts = _set_rows(setting, at, heads)
    rooms = _rooms(setting, at, heads, len(counts))
    pages: list[ComposedPage] = []
    layouts: list[PageLayout] = []
    done = 0
    for number, count in enumerate(counts, 1):
        mine = people[done : done + count]
        growth = _growth(setting, mine, rooms[number - 1])
        page, layout = _page(setting, at, mine, heads[number > 1], number, len(counts), growth)
        pages.append(page)
        layouts.append(layout)
        done += count
    sheet = setting.sheet
    levels = tuple(level.id for level in regulation.levels)
    title = setting.t("document", name=poll.name)
    composed = ComposedForm(
        layout=FormLayout(event.head.id, poll.id, form.id, sheet.size_mm, levels, tuple(layouts)),
        pages=tuple(pages), fonts=fonts, lang=setting.lang, title=title, organ=event.head.organ,
        code_text_mm=sheet.code_text_mm(), code_text_pt=sheet.small_pt,
    )  # fmt: skip
    _letters(composed)
    return composed


def _area_mm(setting: Setting) -> float:
    """Height of the signature and comment areas at the end of the form; 0 without."""
    head = setting.event.head
    if not (head.signature_area or head.comment_area):
        return 0.0
    return 26.0 if setting.sheet.columns else 15.0


def _rooms(setting: Setting, at: Columns, heads: tuple[Head, Head], pages: int) -> list[float]:
    """Height for rows on each of ``pages`` pages."""
    rooms = [setting.sheet.bottom_mm - heads[i > 0].bottom_mm - frame_mm(setting, at) for i in range(pages)]
    if _area_mm(setting):
        rooms[-1] -= _area_mm(setting) + _AREA_GAP_MM
    return rooms


def _counts(setting: Setting, at: Columns, people: list[Row], heads: tuple[Head, Head]) -> list[int]:
    """Rows on each page: fewest pages, then evenly."""
    heights = [row.height_mm for row in people]
    name = setting.form.id
    roomiest = max(_rooms(setting, at, heads, 2)) if not _area_mm(setting) else max(_rooms(setting, at, heads, 3))
    tallest = max(people, key=lambda row: row.height_mm)
    if min(_rooms(setting, at, heads, 2)) < setting.sheet.row_mm[0]:
        raise UsageError("paper.heading_too_long", form=name)
    if tallest.height_mm > roomiest:
        raise UsageError("paper.too_long", form=name, name=tallest.candidate.name[:40])
    least = max(1, int(sum(heights) // roomiest))
    for pages in range(least, min(len(people), code.MAX_PAGE) + 1):
        counts = spread(heights, _rooms(setting, at, heads, pages))
        if counts is not None:
            return counts
    if len(people) <= code.MAX_PAGE:
        raise UsageError("paper.too_long", form=name, name=tallest.candidate.name[:40])
    raise UsageError("paper.too_many_pages", form=name, count=len(people), most=code.MAX_PAGE)


def _set_rows(setting: Setting, at: Columns, heads: tuple[Head, Head]) -> tuple[list[Row], list[int]]:
    """The rows and how many stand on each page: as roomy as pages and evenness allow."""
    least, *roomier = setting.sheet.row_mm
    tight = rows(setting, at, least)
    counts = _counts(setting, at, tight, heads)
    for usual in reversed(roomier):
        people = rows(setting, at, usual)
        roomy = spread([row.height_mm for row in people], _rooms(setting, at, heads, len(counts)))
        if roomy is not None and min(roomy) >= min(counts):
            return people, roomy
    return tight, counts


def _growth(setting: Setting, page_rows: list[Row], room_mm: float) -> float:
    """How much higher than needed the rows of a page may be: up to the roomiest row, no more than 2 mm."""
    least = min(row.height_mm for row in page_rows)
    spare = (room_mm - sum(row.height_mm for row in page_rows)) / len(page_rows)
    return max(0.0, min(spare, setting.sheet.row_mm[-1] - least, 2.0))


def _page(
    setting: Setting, at: Columns, page_rows: list[Row], head: Head, number: int, pages: int, growth: float
) -> tuple[ComposedPage, PageLayout]:
    sheet = setting.sheet
    marks, contest, bottom = table(setting, at, page_rows, head.bottom_mm, growth)
    layout = PageLayout(
        page=number, fiducials=sheet.fiducials(), code_rects_mm=sheet.code_rects(), rows=tuple(contest),
        seal_rect_mm=head.seal_mm,
    )  # fmt: skip
    if number == pages and _area_mm(setting):
        more, comment, signature = _areas(setting, bottom + _AREA_GAP_MM)
        marks += more
        layout = replace(layout, comment_rect_mm=comment, signature_rect_mm=signature)
    marks += sheet.fixed_marks(setting.fonts, setting.lang, number, pages)
    return ComposedPage((*head.marks, *marks), head.rehearsal), layout


def _areas(setting: Setting, y: float) -> tuple[list[Mark], Rect | None, Rect | None]:
    """Comment area at the left, signature area at the right, or one of them over the whole width."""
    head, sheet, fonts, high = setting.event.head, setting.sheet, setting.fonts, _area_mm(setting)
    left, right = sheet.side_mm, sheet.right_mm
    edge = left + sheet.inner_mm * (0.6 if head.comment_area else 0.5)
    comment = (left, y, (edge - 3 if head.signature_area else right) - left, high) if head.comment_area else None
    signature = (edge, y, right - edge, high) if head.signature_area else None
    marks: list[Mark] = []
    for rect, key in ((comment, "comment"), (signature, "signature")):
        if rect is None:
            continue
        marks.append(Frame(rect, 0.25, _AREA_GREY))
        face = fonts.bold if key == "comment" else fonts.italic
        label = setting.middle(setting.t(key), face, sheet.body_pt * 0.85, rect[2] - 4, lines=1)
        if key == "comment":
            marks += block_marks(label, rect[0] + 2, y + 1)
            first, step = y + 1 + label.height_mm + 5.5, 6.5
            while first < y + high - 2.5:
                marks.append(Line(rect[0] + 2, first, rect[0] + rect[2] - 2, first, 0.2, _AREA_GREY, (0.3, 0.9)))
                first += step
        else:
            marks += block_marks(label, rect[0] + rect[2] / 2, y + 1, "centre")
    return marks, comment, signature


def _letters(composed: ComposedForm) -> None:
    """Refuse texts with letters that the font cannot print."""
    for page in composed.pages:
        for mark in page.marks:
            if isinstance(mark, Words) and (lacking := composed.fonts.lacks(mark.words)):
                raise UsageError(
                    "paper.letters_missing", font=composed.fonts.name, letters=" ".join(lacking), words=mark.words
                )
