"""The head of a paper: organ and number at the left, national or Party heading at the right, then its title."""

from __future__ import annotations

from dataclasses import replace

from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.platypus import Flowable, Table

from ballot_scan.documents import numbers
from ballot_scan.documents.papers import CountPapers
from ballot_scan.documents.style import Fonts, Markup, Sheet, balanced, rule_under, table_style


def sheet_for(papers: CountPapers, fonts: Fonts, kind: str) -> Sheet:
    """The sheet of one kind of paper (``minutes``, ``report`` …) with its banner and foot."""
    draft = Sheet(fonts, papers.lang)
    name = draft.plain(f"{kind}.name")
    where = f"{name} – {papers.poll.name}"
    foot = draft.plain("foot_code", name=name, code=papers.result_code) if papers.result_code else where
    return replace(draft, style=papers.event.head.style, title=where, banner=_banner(papers, draft), foot=foot)


def _banner(papers: CountPapers, sheet: Sheet) -> tuple[str, ...]:
    """What every page says where the paper is no official result."""
    lines = []
    if papers.rehearsal or any(tally.rehearsal for tally in papers.tallies):
        lines.append(sheet.plain("banner.rehearsal"))
    if papers.unofficial:
        lines.append(sheet.plain("banner.provisional", reasons="; ".join(papers.reasons())))
    return tuple(lines)


def letterhead(
    sheet: Sheet,
    papers: CountPapers,
    upper: str,
    body: str,
    number: Markup | None = None,
    stamp: Markup | None = None,
    day: str | None = None,
) -> list[Flowable]:
    """Both blocks side by side. ``upper``: the body above; ``body``: the one that issues the paper."""
    size = 14.0 if sheet.party else 13.0
    right = _right_party(sheet) if sheet.party else _right_state(sheet)
    dated = date_line(sheet, papers, day)
    right_width = _right_width(sheet, dated, size)
    right.append(sheet.p(dated, face="italic", size=size, align="center", before=4, after=0))
    room = sheet.width - right_width
    left = (_left_party if sheet.party else _left_state)(sheet, upper, body, room - 2)
    if number:
        left.append(sheet.p(number, size=size, align="center", after=0))
    if stamp:
        left.append(sheet.p(stamp, face="italic", size=12, align="center", after=0))
    if papers.event.head.secrecy:
        left += [sheet.gap(2), _secrecy(sheet, papers.event.head.secrecy)]
    return [_columns(sheet, left, right, room), sheet.gap(6)]


def _right_width(sheet: Sheet, dated: str, size: float) -> float:
    """What the right block needs on single lines, within reason: the rest is the left block's."""
    name, points = ("heading.party", _party_size(sheet)) if sheet.party else ("heading.state", 12.0)
    needed = max(
        pdfmetrics.stringWidth(sheet.plain(name), sheet.fonts.bold, points),
        pdfmetrics.stringWidth(dated, sheet.fonts.italic, size),
    )
    return float(min(needed + 6, sheet.width * 0.62))


def _columns(sheet: Sheet, left: list[Flowable], right: list[Flowable], room: float) -> Table:
    table = Table([[left, right]], colWidths=[room, sheet.width - room])
    table.setStyle(
        table_style(
            sheet,
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("ALIGN", (0, 0), (-1, -1), "CENTER"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 0),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
            ],
        )
    )
    return table


def _left_party(sheet: Sheet, upper: str, body: str, room: float) -> list[Flowable]:
    """Superior body capitals 14, issuing body capitals 14 bold, "*" under it (Hướng dẫn 36-HD/VPTW)."""
    parts: list[Flowable] = []
    if upper:
        parts.append(sheet.lines(upper.upper(), "regular", 14, room))
    parts.append(sheet.lines(body.upper(), "bold", 14, room))
    parts.append(sheet.p("*", size=14, align="center", after=0))
    return parts


def _left_state(sheet: Sheet, upper: str, body: str, room: float) -> list[Flowable]:
    """Superior body capitals 12–13, issuing body bold, a line a third to half as long (Nghị định 30/2020)."""
    parts: list[Flowable] = []
    if upper:
        parts.append(sheet.lines(upper.upper(), "regular", 12, room))
    parts.append(sheet.lines(body.upper(), "bold", 12, room))
    parts.append(rule_under(balanced(body.upper(), sheet.fonts.bold, 12, room)[-1], sheet.fonts.bold, 12, 0.4))
    return parts


def _party_size(sheet: Sheet) -> float:
    return 15.0 if sheet.lang == "vi" else 13.0  # the translated name is longer


def _right_party(sheet: Sheet) -> list[Flowable]:
    """The Party's name in capitals, 15 bold, a solid line of its length under it (Hướng dẫn 36-HD/VPTW)."""
    name = sheet.plain("heading.party")
    size = _party_size(sheet)
    return [
        sheet.p(name, face="bold", size=size, align="center", after=0),
        rule_under(name, sheet.fonts.bold, size),
    ]


def _right_state(sheet: Sheet) -> list[Flowable]:
    """Quốc hiệu 12–13 bold capitals, tiêu ngữ 13–14 bold with a line of its length (Nghị định 30/2020)."""
    motto = sheet.plain("heading.motto")
    return [
        sheet.p(sheet.t("heading.state"), face="bold", size=12, align="center", after=0),
        sheet.p(motto, face="bold", size=13, align="center", after=0),
        rule_under(motto, sheet.fonts.bold, 13),
    ]


def _secrecy(sheet: Sheet, marking: str) -> Table:
    """The secrecy marking in a frame, under the number."""
    table = Table(
        [[sheet.p(marking.upper(), face="bold", size=13, align="center", after=0)]],
        hAlign="CENTER",
        colWidths=[min(sheet.width * 0.35, (14 + 4 * len(marking)) * mm)],
    )
    table.setStyle(table_style(sheet, [("BOX", (0, 0), (-1, -1), 1, "black"), ("BOTTOMPADDING", (0, 0), (-1, -1), 5)]))
    return table


def date_line(sheet: Sheet, papers: CountPapers, day: str | None = None) -> Markup:
    """Place and date; dots for a place that cannot be told from the event."""
    shown = day or numbers.date(papers.poll.date, sheet.lang)
    return sheet.t("heading.date_line", place=papers.locality or numbers.DOTS, date=shown)


def open_date(sheet: Sheet, papers: CountPapers) -> str:
    """A date whose day and month are filled in by hand."""
    return sheet.plain("open_date", year=papers.poll.date.year)


def title(sheet: Sheet, papers: CountPapers, kind: str) -> list[Flowable]:
    """Type of paper in bold capitals 16, then what it is about, bold 14."""
    subject = about(papers.event.head.title, sheet.lang)
    parts: list[Flowable] = [
        sheet.p(sheet.t(f"{kind}.title"), face="bold", size=16, align="center", after=1),
        sheet.lines(subject, "bold", 14, sheet.width * 0.92),
    ]
    if sheet.party:
        parts.append(sheet.p("-----", size=14, align="center", after=6))
    else:
        parts += [rule_under("x" * 20, sheet.fonts.regular, 13), sheet.gap(2)]
    return parts


def about(event_title: str, lang: str) -> str:
    """The event's title as it reads on under the type of paper: in Vietnamese with a small first letter."""
    if lang == "vi" and event_title.startswith("Lấy phiếu"):
        return "lấy phiếu" + event_title.removeprefix("Lấy phiếu")
    return event_title
