"""What is sealed and handed over, packet by packet, with its count; shared by sealing record, labels and hand-over.

Packets: valid, invalid, unused and spoiled ballots, the copy of the minutes that goes with them, media with scans.
Regulations name no model text; the counts stand in figures and in words, unknown ones as dots.
"""

from __future__ import annotations

from dataclasses import dataclass

from reportlab.lib.units import mm
from reportlab.platypus import Table

from ballot_scan.documents import numbers
from ballot_scan.documents.papers import CountPapers
from ballot_scan.documents.style import Sheet, table_style


@dataclass(frozen=True, slots=True)
class Packet:
    """``key``: its texts in ``documents.packet``; ``pieces``: None where nobody has counted them."""

    key: str
    pieces: int | None


def packets(papers: CountPapers) -> tuple[Packet, ...]:
    """The packets of a poll in their order; one known to be empty is left out."""
    turnout = papers.turnout
    counted = not papers.unofficial
    everything = (
        Packet("valid", papers.valid if counted else None),
        Packet("invalid", papers.invalid if counted else None),
        Packet("unused", turnout.unused if turnout else None),
        Packet("spoiled", turnout.spoiled if turnout else None),
        Packet("minutes", 1),
        Packet("media", None),
    )
    return tuple(packet for packet in everything if packet.pieces != 0)


def packet_table(sheet: Sheet, papers: CountPapers) -> Table:
    """No | packet | unit | number | in words | remarks."""

    columns = ("number", "packet", "unit", "count", "words", "note")
    rows: list[list[object]] = [[sheet.cell(sheet.t(f"column.{name}"), "bold", "center") for name in columns]]
    for number, packet in enumerate(packets(papers), start=1):
        rows.append(
            [
                sheet.cell(number, align="center"),
                sheet.cell(sheet.t(f"packet.{packet.key}")),
                sheet.cell(sheet.t(f"packet.unit.{packet.key}"), align="center"),
                sheet.cell(_figure(sheet, packet), "bold", "center"),
                sheet.cell(numbers.words(packet.pieces, sheet.lang)),
                "",
            ]
        )
    widths = (9, 58, 15, 20, 38)
    table = Table(rows, colWidths=[*(width * mm for width in widths), sheet.width - sum(widths) * mm], repeatRows=1)
    table.setStyle(
        table_style(
            sheet,
            [
                ("GRID", (0, 0), (-1, -1), 0.5, "black"),
                ("BACKGROUND", (0, 0), (-1, 0), "#EFEFEF"),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                ("LEFTPADDING", (0, 0), (-1, -1), 3),
                ("RIGHTPADDING", (0, 0), (-1, -1), 3),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 5),
            ],
        )
    )
    return table


def _figure(sheet: Sheet, packet: Packet) -> str:
    return numbers.SHORT_DOTS if packet.pieces is None else numbers.count(packet.pieces, sheet.lang)
