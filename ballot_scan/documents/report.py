"""The result report (báo cáo kết quả phiếu tín nhiệm), after the form annexed to 96-QĐ/TW as far as it was seen.

Left: the organ and the place of its seal; right: place and date; the team and the hours it worked; members and
present; issued, collected, valid, invalid; the table per person; a chart; to whom it goes; who signs.
"""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

from reportlab.platypus import Flowable, Image, KeepTogether, Table

from ballot_scan.documents import chart, minutes, numbers, people, tables
from ballot_scan.documents.heading import about, letterhead, sheet_for, title
from ballot_scan.documents.papers import CountPapers
from ballot_scan.documents.secrecy import secrecy_warnings
from ballot_scan.documents.style import Fonts, Markup, Sheet, save, table_style
from ballot_scan.records import FormTally


def write_report(path: Path, papers: CountPapers, fonts: Fonts) -> Path:
    """Write the result report of one poll."""
    minutes.require_balance(papers)
    sheet = replace(sheet_for(papers, fonts, "report"), page_size=tables.page_size_for(papers))
    return save(path, sheet, report_story(sheet, papers))


def report_story(sheet: Sheet, papers: CountPapers) -> list[Flowable]:
    head = papers.event.head
    kind = "number_party" if sheet.party else "number_state"
    return [
        *letterhead(
            sheet,
            papers,
            head.parent_organ,
            head.organ,
            number=sheet.t(f"heading.{kind}", kind="BC"),
            stamp=sheet.t("heading.stamp"),
        ),
        *title(sheet, papers, "report"),
        *_opening(sheet, papers),
        *minutes.attendance(sheet, papers, 1),
        *_ballots(sheet, papers),
        *_results(sheet, papers),
        *_remarks(sheet, papers),
        KeepTogether([*minutes.binding(sheet, papers), *_signing(sheet, papers)]),
    ]


def _opening(sheet: Sheet, papers: CountPapers) -> list[Flowable]:
    """On what it stands, who counted, where and from when to when."""
    basis = [sheet.body(line) for line in minutes.basis_lines(sheet, papers)]
    told = sheet.line(
        "report.opening",
        team=papers.team_name,
        date=numbers.date(papers.poll.date, sheet.lang),
        place=papers.poll.place or numbers.DOTS * 3,
        opened=numbers.hour(papers.opened, sheet.lang),
        closed=numbers.hour(papers.closed, sheet.lang),
        poll=about(papers.poll.name, sheet.lang),
        members=numbers.count(len(papers.poll.members) or None, sheet.lang),
    )
    return [*basis, told]


def _ballots(sheet: Sheet, papers: CountPapers) -> list[Flowable]:
    turnout = papers.turnout
    parts: list[Flowable] = [sheet.head(2, "report.part.ballots")]
    for key in ("issued", "collected"):
        parts.append(minutes.ballot_line(sheet, f"ballots.{key}", getattr(turnout, key) if turnout else None))
    return parts + minutes.validity_lines(sheet, papers)


def _results(sheet: Sheet, papers: CountPapers) -> list[Flowable]:
    """A table and a chart for each form; before them, where the figures tell how somebody voted."""
    parts: list[Flowable] = [tables.room_for_head(), sheet.head(3, "report.part.results")]
    for tally in papers.tallies:
        if len(papers.tallies) > 1:
            parts += [tables.room_for_head(), minutes.form_heading(sheet, papers, tally)]
        parts += _secrecy(sheet, papers, tally)
        parts += tables.results(sheet, papers, tally)
        parts += _chart(sheet, papers, tally)
    if not papers.tallies:
        parts.append(sheet.line("minutes.nothing_read"))
    return parts


def _secrecy(sheet: Sheet, papers: CountPapers, tally: FormTally) -> list[Flowable]:
    names = {level.level: papers.level_name(level.level) for person in tally.candidates[:1] for level in person.levels}
    warnings = secrecy_warnings(tally, sheet.lang, names)
    if not warnings:
        return []
    cells: list[Flowable] = [sheet.p(sheet.t("secrecy.head"), face="bold", size=11, align="left", after=1)]
    cells += [sheet.p(line, size=11, align="left", after=1) for line in warnings]
    table = Table([[cells]], colWidths=[sheet.width])
    table.setStyle(table_style(sheet, [("BOX", (0, 0), (-1, -1), 1, "black"), ("BOTTOMPADDING", (0, 0), (-1, -1), 5)]))
    return [sheet.gap(1), table, sheet.gap(2)]


def _chart(sheet: Sheet, papers: CountPapers, tally: FormTally) -> list[Flowable]:
    caption = sheet.p(
        sheet.t("chart.caption", base=tables.base_words(sheet, papers, tally)),
        face="italic",
        size=12,
        align="center",
        before=4,
        after=2,
    )
    parts: list[Flowable] = []
    for picture in chart.pictures(papers, tally, chart.font_file_of(sheet.fonts.regular)):
        scale = min(1.0, sheet.width / picture.width)
        image = Image(io.BytesIO(picture.data), picture.width * scale, picture.height * scale)
        parts.append(KeepTogether([caption, image]))
    return parts


def _remarks(sheet: Sheet, papers: CountPapers) -> list[Flowable]:
    lines = [Markup(f"- {sheet.t('plain', line=remark)}") for remark in papers.remarks]
    return [sheet.head(4, "minutes.part.remarks"), *(sheet.body(line) for line in lines or [sheet.t("minutes.none")])]


def _signing(sheet: Sheet, papers: CountPapers) -> list[Flowable]:
    """Left, to whom it goes; right, the head for the team ("T/M" in Party papers, "TM." in State papers)."""
    goes = [papers.event.head.parent_organ] if papers.event.head.parent_organ else []
    goes += [sheet.plain("report.to_meeting"), sheet.plain("report.to_archive")]
    left: list[Flowable] = [sheet.p(sheet.t("report.goes_to"), face="bold_italic", size=12, align="left", after=1)]
    last = len(goes) - 1
    left += [
        sheet.p(f"- {name}{'.' if at == last else ';'}", size=11, align="left", after=0) for at, name in enumerate(goes)
    ]
    behalf = sheet.plain("report.behalf_party" if sheet.party else "report.behalf_state", team=papers.team_name.upper())
    right: list[Flowable] = [sheet.p(behalf, face="bold", size=13, align="center", after=0)]
    names = tuple(member.name for member in papers.members("head")) or (numbers.DOTS * 2,)
    right += people.block(sheet, people.role_name(sheet, papers, "head"), names)
    table = Table([[left, right]], colWidths=[sheet.width * 0.45, sheet.width * 0.55])
    table.setStyle(table_style(sheet, [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)]))
    return [sheet.gap(4), table]
