"""Announcement of turnout: what is told to the meeting before the count starts.

Regulations: the numbers of ballots issued and collected are reported to the meeting before counting begins. It
carries no result: nothing read or counted stands on it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from reportlab.platypus import Flowable, KeepTogether

from ballot_scan.documents import minutes, numbers, people
from ballot_scan.documents.heading import about, letterhead, sheet_for, title
from ballot_scan.documents.papers import CountPapers
from ballot_scan.documents.style import Fonts, Sheet, save


def write_turnout_notice(path: Path, papers: CountPapers, fonts: Fonts) -> Path:
    """Write the announcement of one poll; its banner only speaks of turnout and rehearsal, the count comes later."""
    sheet = turnout_sheet(papers, fonts)
    return save(path, sheet, turnout_story(sheet, papers))


def turnout_sheet(papers: CountPapers, fonts: Fonts) -> Sheet:
    """The sheet, without the count's result code; provisional where the box has not been counted."""
    early = replace(papers, result_code="")
    sheet = sheet_for(early, fonts, "turnout_notice")
    if papers.turnout is None or not papers.unofficial:
        return sheet
    keep = sheet.plain("banner.rehearsal")
    return replace(sheet, banner=tuple(line for line in sheet.banner if line == keep))


def turnout_story(sheet: Sheet, papers: CountPapers) -> list[Flowable]:
    turnout = papers.turnout
    parts: list[Flowable] = [
        *letterhead(sheet, papers, papers.meeting, papers.team_name),
        *title(sheet, papers, "turnout_notice"),
        sheet.line(
            "turnout_notice.opening",
            team=papers.team_name,
            poll=about(papers.poll.name, sheet.lang),
            place=papers.poll.place or numbers.DOTS * 3,
        ),
        *minutes.attendance(sheet, papers, 1),
        *minutes.ballots(sheet, papers, 2),
    ]
    if turnout and turnout.issued > 0:
        share = numbers.percent(numbers.share(turnout.collected, turnout.issued), sheet.lang)
        parts.append(sheet.line("turnout_notice.share", share=share))
    if turnout and turnout.collected > turnout.issued:
        parts.append(sheet.p(sheet.t("turnout_notice.surplus"), face="bold"))
    names = tuple(member.name for member in papers.members("head")) or (numbers.DOTS * 2,)
    signing = people.pair(sheet, None, (people.role_name(sheet, papers, "head"), names))
    return [*parts, KeepTogether([sheet.line("turnout_notice.next", team=papers.team_name), *signing])]
