"""Hand-over record (biên bản bàn giao): sealed ballots and minutes go to the office that keeps them.

Regulations: the counted ballots are sealed and handed with the minutes to the office that keeps them. No official
model text was found; the paper names who gives, who receives, each packet with its count, the state of the seals.
"""

from __future__ import annotations

from pathlib import Path

from reportlab.platypus import Flowable, KeepTogether

from ballot_scan.documents import numbers, people
from ballot_scan.documents.heading import about, letterhead, open_date, sheet_for, title
from ballot_scan.documents.packets import packet_table
from ballot_scan.documents.papers import CountPapers
from ballot_scan.documents.sealing import code_lines, retention_lines
from ballot_scan.documents.style import Fonts, Sheet, save


def write_handover(path: Path, papers: CountPapers, fonts: Fonts) -> Path:
    """Write the hand-over record of one poll; hour, day and receiver are filled in by hand."""
    sheet = sheet_for(papers, fonts, "handover")
    return save(path, sheet, handover_story(sheet, papers))


def handover_story(sheet: Sheet, papers: CountPapers) -> list[Flowable]:
    blank = numbers.DOTS * 3
    givers = papers.members("head") + papers.members("secretary")
    given = [sheet.line("handover.person", name=member.name, office=member.office or numbers.DOTS) for member in givers]
    return [
        *letterhead(sheet, papers, papers.meeting, papers.team_name, day=open_date(sheet, papers)),
        *title(sheet, papers, "handover"),
        sheet.line(
            "handover.opening",
            hour=numbers.hour(None, sheet.lang),
            date=open_date(sheet, papers),
            place=blank,
            poll=about(papers.poll.name, sheet.lang),
            held=numbers.date(papers.poll.date, sheet.lang),
        ),
        sheet.head(1, "handover.part.giver"),
        sheet.line("handover.team", team=papers.team_name),
        *(given or [sheet.line("handover.person", name=blank, office=blank)]),
        sheet.head(2, "handover.part.receiver"),
        sheet.line("handover.office", office=blank, organ=papers.event.head.organ),
        sheet.line("handover.person", name=blank, office=blank),
        sheet.head(3, "handover.part.packets"),
        packet_table(sheet, papers),
        *code_lines(sheet, papers),
        sheet.line("handover.state", dots=numbers.DOTS * 4),
        KeepTogether([*retention_lines(sheet, papers), sheet.line("handover.copies"), *_signing(sheet, papers)]),
    ]


def _signing(sheet: Sheet, papers: CountPapers) -> list[Flowable]:
    head = tuple(member.name for member in papers.members("head")) or (numbers.DOTS * 2,)
    return people.pair(sheet, (sheet.t("handover.receiver"), (numbers.DOTS * 2,)), (sheet.t("handover.giver"), head))
