"""Sealing record (biên bản niêm phong) and the labels of the sealed packets.

No official model text was found; facts it must carry: time, place, people; what is sealed, packet by packet, with
counts; state of the seals; who keeps it; signatures.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from reportlab.lib.pagesizes import A5, landscape
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, PageBreak, Table

from ballot_scan.documents import numbers, people
from ballot_scan.documents.heading import about, letterhead, sheet_for, title
from ballot_scan.documents.packets import Packet, packet_table, packets
from ballot_scan.documents.papers import CountPapers
from ballot_scan.documents.style import Fonts, Markup, Sheet, save, table_style


def write_sealing(path: Path, papers: CountPapers, fonts: Fonts) -> Path:
    """Write the sealing record of one poll."""
    sheet = sheet_for(papers, fonts, "sealing")
    return save(path, sheet, sealing_story(sheet, papers))


def sealing_story(sheet: Sheet, papers: CountPapers) -> list[Flowable]:
    ending: list[Flowable] = [
        sheet.line("sealing.agreed", count=numbers.count(papers.event.head.minutes_copies, sheet.lang))
    ]
    return [
        *letterhead(sheet, papers, papers.meeting, papers.team_name),
        *title(sheet, papers, "sealing"),
        sheet.line(
            "sealing.opening",
            hour=numbers.hour(None, sheet.lang),
            date=numbers.date(papers.poll.date, sheet.lang),
            place=papers.poll.place or numbers.DOTS * 3,
            team=papers.team_name,
            poll=about(papers.poll.name, sheet.lang),
        ),
        sheet.head(1, "sealing.part.people"),
        *people.team_lines(sheet, papers),
        sheet.line("sealing.witness", chair=papers.poll.chair or numbers.DOTS * 3),
        sheet.head(2, "sealing.part.packets"),
        packet_table(sheet, papers),
        *code_lines(sheet, papers),
        sheet.head(3, "sealing.part.seals"),
        sheet.line("sealing.seals", seal=papers.event.head.seal_organ or papers.event.head.organ),
        sheet.line("sealing.state", dots=numbers.DOTS * 4),
        *retention_lines(sheet, papers),
        *people.signatures(sheet, papers, ending),
    ]


def code_lines(sheet: Sheet, papers: CountPapers) -> list[Flowable]:
    """The result code that names the count these packets belong to."""
    if not papers.result_code:
        return []
    return [sheet.p(sheet.t("binding.code", code=sheet.bold(papers.result_code)), size=12, before=4)]


def retention_lines(sheet: Sheet, papers: CountPapers) -> list[Flowable]:
    kept = papers.event.head.retention.rstrip(".")
    return [sheet.line("sealing.retention", retention=kept)] if kept else []


def write_seal_label(path: Path, papers: CountPapers, fonts: Fonts) -> Path:
    """Write the labels, an A5 sheet a packet, to be glued over the closure and signed across."""
    a5 = landscape(A5)
    sheet = replace(sheet_for(papers, fonts, "seal_label"), page_size=(float(a5[0]), float(a5[1])))
    story: list[Flowable] = []
    parcels = packets(papers)
    for number, packet in enumerate(parcels, start=1):
        story += [PageBreak()] if story else []
        story += _label(sheet, papers, packet, number, len(parcels))
    return save(path, sheet, story)


def _label(sheet: Sheet, papers: CountPapers, packet: Packet, number: int, of: int) -> list[Flowable]:
    head = papers.event.head
    room = sheet.width - 24
    pieces = numbers.DOTS if packet.pieces is None else numbers.count(packet.pieces, sheet.lang)
    unit = sheet.t(f"packet.unit.{packet.key}")
    cells: list[Flowable] = [
        sheet.lines(head.organ.upper(), "regular", 12, room),
        sheet.lines(papers.team_name.upper(), "bold", 12, room, after=5),
        sheet.p(sheet.t("seal_label.title"), face="bold", size=32, align="center", after=4),
        sheet.lines(sheet.plain(f"packet.{packet.key}"), "bold", 20, room, after=4),
        sheet.p(Markup(f"{sheet.bold(pieces)} {unit}"), size=24, align="center", after=4),
        sheet.lines(papers.poll.name, "regular", 13, room, after=1),
        sheet.p(
            sheet.t(
                "seal_label.where",
                date=numbers.date(papers.poll.date, sheet.lang),
                place=papers.poll.place or numbers.DOTS,
            ),
            size=12,
            align="center",
            after=1,
        ),
        sheet.p(sheet.t("seal_label.packet", number=number, of=of), size=12, align="center", after=3),
        _strip(sheet, papers),
    ]
    table = Table([[cells]], colWidths=[sheet.width])
    table.setStyle(
        table_style(
            sheet,
            [
                ("BOX", (0, 0), (-1, -1), 2, "black"),
                ("TOPPADDING", (0, 0), (-1, -1), 6),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 6),
            ],
        )
    )
    return [table]


def _strip(sheet: Sheet, papers: CountPapers) -> Table:
    """Where those who sealed sign across the edge."""
    labels = (sheet.t("role.secretary"), people.role_name(sheet, papers, "head"), sheet.t("role.chair"))
    cells = [sheet.p(label, face="italic", size=11, align="center", after=0) for label in labels]
    table = Table([cells], colWidths=[(sheet.width - 16) / 3] * 3, rowHeights=[26 * mm])
    table.setStyle(table_style(sheet, [("GRID", (0, 0), (-1, -1), 0.5, "black"), ("VALIGN", (0, 0), (-1, -1), "TOP")]))
    return table
