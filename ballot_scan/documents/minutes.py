"""The counting minutes (biên bản kiểm phiếu), in the order of their twelve parts.

1 heading · 2 title · 3 opened · 4 basis · 5 counting team · 6 attendance · 7 ballots · 8 valid and invalid ·
9 table · 10 remarks · 11 copies and close · 12 signatures. Parts 10 and the foot note about erasures use the
set words of the prescribed forms ("Không có"; state form of 2021). What is not known stands as dots, to be
filled in by hand.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Table

from ballot_scan import text
from ballot_scan.documents import numbers, people, tables
from ballot_scan.documents.heading import about, letterhead, sheet_for, title
from ballot_scan.documents.papers import CountPapers, balance
from ballot_scan.documents.style import Fonts, Markup, Sheet, save, table_style
from ballot_scan.errors import ReconcileError
from ballot_scan.records import FormTally, Turnout

_NAMED_COPIES = 3


def write_minutes(path: Path, papers: CountPapers, fonts: Fonts) -> Path:
    """Write the minutes of one poll. Official minutes whose numbers disagree with each other are refused."""
    require_balance(papers)
    sheet = replace(sheet_for(papers, fonts, "minutes"), page_size=tables.page_size_for(papers))
    return save(path, sheet, minutes_story(sheet, papers))


def require_balance(papers: CountPapers) -> None:
    """No paper that claims to be final carries a person whose marks do not add up to the valid ballots."""
    if papers.unofficial:
        return
    for tally in papers.tallies:
        for person in tally.candidates:
            if balance(person) != tally.valid:
                raise ReconcileError(
                    "documents.error.balance",
                    name=person.name,
                    form=tally.form,
                    total=balance(person),
                    valid=tally.valid,
                )


def minutes_story(sheet: Sheet, papers: CountPapers) -> list[Flowable]:
    """The twelve parts, in order."""
    return [
        *letterhead(sheet, papers, papers.meeting, papers.team_name),
        *title(sheet, papers, "minutes"),
        *_opened(sheet, papers),
        *_basis(sheet, papers),
        *_team(sheet, papers),
        *attendance(sheet, papers, 4),
        *ballots(sheet, papers, 5),
        *_validity(sheet, papers),
        *_tables(sheet, papers),
        *_remarks(sheet, papers),
        *_close(sheet, papers),
        *binding(sheet, papers),
        *people.signatures(sheet, papers, _ending(sheet, papers)),
    ]


def _opened(sheet: Sheet, papers: CountPapers) -> list[Flowable]:
    """Part 3: hour, day, place; who is in the chair."""
    return [
        sheet.head(1, "minutes.part.opened"),
        sheet.line(
            "minutes.opened",
            hour=numbers.hour(papers.opened, sheet.lang),
            date=numbers.date(papers.poll.date, sheet.lang),
            place=papers.poll.place or numbers.DOTS * 3,
            team=papers.team_name,
            poll=about(papers.poll.name, sheet.lang),
        ),
        sheet.line("minutes.chair", chair=papers.poll.chair or numbers.DOTS * 3),
    ]


def _basis(sheet: Sheet, papers: CountPapers) -> list[Flowable]:
    """Part 4: the regulation, what else the event stands on, its plan."""
    return [
        sheet.head(2, "minutes.part.basis"),
        *(sheet.body(Markup(f"- {line}")) for line in basis_lines(sheet, papers)),
    ]


def basis_lines(sheet: Sheet, papers: CountPapers) -> list[Markup]:
    """One line a document; the regulation is not said twice."""
    head = papers.event.head
    named = [item.strip().rstrip(";.") for item in head.basis]
    if not any(papers.regulation_number and papers.regulation_number in item for item in named):
        own = papers.regulation.title_vi if sheet.lang == "vi" else papers.regulation.title_en
        named.insert(0, own.strip().rstrip(";."))
    lines = [sheet.t("basis.line", item=_bare_basis(item)) for item in named]
    if head.plan:
        key = "basis.plan_number" if head.plan[:1].isdigit() else "basis.line"
        lines.append(sheet.t(key, item=_bare_basis(head.plan.strip().rstrip(";."))))
    return [Markup(f"{line}{'.' if line is lines[-1] else ';'}") for line in lines]


def _bare_basis(item: str) -> str:
    """Without an own "Căn cứ" at its beginning: the line brings one."""
    for start in ("căn cứ ", "pursuant to "):
        if item.casefold().startswith(start):
            return item[len(start) :]
    return item


def _team(sheet: Sheet, papers: CountPapers) -> list[Flowable]:
    """Part 5."""
    known = len(papers.poll.members) or None
    return [
        sheet.head(3, "minutes.part.team"),
        sheet.line("team.intro", team=papers.team_name, count=numbers.count(known, sheet.lang)),
        *people.team_lines(sheet, papers),
    ]


def attendance(sheet: Sheet, papers: CountPapers, number: int) -> list[Flowable]:
    """Part 6: summoned, present, absent, and the quorum where the regulation has one."""
    turnout = papers.turnout
    absent = turnout.summoned - turnout.present if turnout else None
    parts: list[Flowable] = [sheet.head(number, "minutes.part.attendance")]
    if papers.poll.voters:
        groups = [_group(sheet, item.group, item.count) for item in papers.poll.voters]
        parts.append(sheet.line("minutes.voters", groups=Markup("; ".join(groups))))
    parts.append(
        sheet.line(
            "minutes.attendance",
            summoned=_persons(sheet, turnout.summoned if turnout else None),
            present=_persons(sheet, turnout.present if turnout else None),
            absent=_persons(sheet, absent),
        )
    )
    if turnout and papers.regulation.quorum:
        parts.append(_quorum(sheet, papers, turnout, papers.regulation.quorum))
    return parts


def _group(sheet: Sheet, group: str, members: int | None) -> Markup:
    return (
        sheet.t("minutes.group", group=group, count=numbers.count(members, sheet.lang))
        if members
        else sheet.t("minutes.group_open", group=group)
    )


def _persons(sheet: Sheet, number: int | None) -> Markup:
    return sheet.bold(numbers.count(number, sheet.lang))


def _quorum(sheet: Sheet, papers: CountPapers, turnout: Turnout, quorum: tuple[int, int]) -> Flowable:
    """Present against the quorum, in integers."""
    met = quorum[1] * turnout.present >= quorum[0] * turnout.summoned
    return sheet.line(
        "minutes.quorum_met" if met else "minutes.quorum_missed",
        fraction=f"{quorum[0]}/{quorum[1]}",
        share=numbers.percent(numbers.share(turnout.present, turnout.summoned), sheet.lang),
        clause=tables.clause(sheet, papers, papers.regulation.quorum_clause),
    )


def ballots(sheet: Sheet, papers: CountPapers, number: int) -> list[Flowable]:
    """Part 7: printed, issued, unused, spoiled and returned, collected, with their sums."""
    turnout = papers.turnout
    parts: list[Flowable] = [sheet.head(number, "minutes.part.ballots")]
    for key in ("printed", "issued", "unused", "spoiled", "collected"):
        parts.append(
            ballot_line(sheet, f"ballots.{key}", getattr(turnout, key) if turnout else None, keep=key == "collected")
        )
    if turnout:
        if turnout.not_returned:
            parts.append(ballot_line(sheet, "ballots.not_returned", turnout.not_returned, keep=True))
        parts.append(_check(sheet, turnout))
    return parts


def ballot_line(sheet: Sheet, key: str, number: int | None, share: Markup | str = "", keep: bool = False) -> Flowable:
    """``- Số phiếu phát ra: 47 phiếu``, with its share of the collected ballots where it has one."""
    line = sheet.t("ballots.line", what=sheet.t(key), count=_persons(sheet, number), share=share)
    return sheet.p(line, indent=10 * mm, after=1.5, keep=keep)


def _check(sheet: Sheet, turnout: Turnout) -> Flowable:
    """The two sums of the box, as they come out, right or wrong."""
    printed = turnout.issued + turnout.unused
    issued = turnout.collected + turnout.spoiled + turnout.not_returned
    return sheet.p(
        sheet.t(
            "ballots.check",
            printed=turnout.printed,
            issued=turnout.issued,
            unused=turnout.unused,
            sign="=" if printed == turnout.printed else "≠",
            collected=turnout.collected,
            spoiled=turnout.spoiled,
            missing=turnout.not_returned,
            sign_issued="=" if issued == turnout.issued else "≠",
        ),
        face="italic",
        size=12,
        indent=10 * mm,
        before=2,
    )


def form_heading(sheet: Sheet, papers: CountPapers, tally: FormTally) -> Flowable:
    """Names the form where a poll has several."""
    return sheet.p(sheet.t("form", title=papers.form_title(tally)), face="bold", indent=10 * mm, keep=True)


def _validity(sheet: Sheet, papers: CountPapers) -> list[Flowable]:
    """Part 8: valid, invalid and why; who concluded on doubtful ballots."""
    return [sheet.head(6, "minutes.part.validity"), *validity_lines(sheet, papers), *conclusion(sheet, papers)]


def validity_lines(sheet: Sheet, papers: CountPapers) -> list[Flowable]:
    """Valid and invalid ballots of each form."""
    if not papers.tallies:
        return [ballot_line(sheet, "ballots.valid", None), ballot_line(sheet, "ballots.invalid", None)]
    parts: list[Flowable] = []
    for tally in papers.tallies:
        if len(papers.tallies) > 1:
            parts.append(form_heading(sheet, papers, tally))
        parts += _form_validity(sheet, papers, tally)
    return parts


def _form_validity(sheet: Sheet, papers: CountPapers, tally: FormTally) -> list[Flowable]:
    parts = [
        ballot_line(sheet, f"ballots.{key}", number, of_ballots(sheet, papers, tally, number))
        for key, number in (("valid", tally.valid), ("invalid", tally.invalid))
    ]
    for ground, number in tally.invalid_grounds:
        line = sheet.t("ballots.ground", ground=ground_text(papers, ground), count=numbers.count(number, sheet.lang))
        parts.append(sheet.p(line, indent=15 * mm, after=1.5))
    if tally.pending_review:
        parts.append(ballot_line(sheet, "ballots.pending", tally.pending_review))
    return parts


def of_ballots(sheet: Sheet, papers: CountPapers, tally: FormTally, number: int) -> Markup:
    """Share of the ballots collected; of those read while the box has not been counted, or holds several forms."""
    whole, key = tally.ballots_read, "read"
    if tally.turnout and len(papers.tallies) == 1:
        whole, key = tally.turnout.collected, "collected"
    elif tally.turnout:
        key = "form"
    if whole <= 0:
        return Markup("")
    share = numbers.percent(numbers.share(number, whole), sheet.lang)
    return sheet.t("ballots.share", share=share, base=sheet.t(f"base.{key}"))


def ground_text(papers: CountPapers, ground: str) -> str:
    """The ground of an invalid ballot in the regulation's words, where it is the name of a rule."""
    effect = papers.regulation.effects.get(ground)
    worded = (effect.ground_vi if papers.lang == "vi" else effect.ground_en) if effect else ""
    key = f"documents.ground.{ground}"
    if worded or key not in text.catalogue(papers.lang):
        return worded or ground
    return text.t(key, papers.lang)


def conclusion(sheet: Sheet, papers: CountPapers) -> list[Flowable]:
    """Doubtful ballots are decided by the whole team, not by one person and not by a machine."""
    if not papers.decisions_count:
        return []
    key = "minutes.confirmed" if papers.team_confirms else "minutes.unconfirmed"
    lines: list[Flowable] = [
        sheet.line(key, team=papers.team_name, count=numbers.count(papers.decisions_count, sheet.lang))
    ]
    return lines + [
        sheet.p(Markup(f"+ {sheet.t('plain', line=line)}"), indent=15 * mm, after=1.5) for line in papers.decisions
    ]


def _tables(sheet: Sheet, papers: CountPapers) -> list[Flowable]:
    """Part 9: a table for each form."""
    parts: list[Flowable] = [tables.room_for_head(), sheet.head(7, "minutes.part.table")]
    for tally in papers.tallies:
        if len(papers.tallies) > 1:
            parts += [tables.room_for_head(), form_heading(sheet, papers, tally)]
        parts += tables.results(sheet, papers, tally)
    if not papers.tallies:
        parts.append(sheet.line("minutes.nothing_read"))
    return parts


def _remarks(sheet: Sheet, papers: CountPapers) -> list[Flowable]:
    """Part 10: "Không có" where nothing was said."""
    lines = [Markup(f"- {sheet.t('plain', line=remark)}") for remark in papers.remarks]
    return [sheet.head(8, "minutes.part.remarks"), *(sheet.body(line) for line in lines or [sheet.t("minutes.none")])]


def _close(sheet: Sheet, papers: CountPapers) -> list[Flowable]:
    """Part 11: the hour, the number of copies and where each goes."""
    copies = papers.event.head.minutes_copies
    places = [
        sheet.t(f"minutes.copy.{number}", organ=papers.event.head.organ)
        for number in range(1, min(copies, _NAMED_COPIES) + 1)
    ]
    if copies > _NAMED_COPIES:
        places.append(sheet.t("minutes.copy.more", count=numbers.count(copies - _NAMED_COPIES, sheet.lang)))
    return [
        sheet.head(9, "minutes.part.close"),
        sheet.line("minutes.closed", hour=numbers.hour(papers.closed, sheet.lang)),
        sheet.line(
            "minutes.copies", count=sheet.bold(numbers.count(copies, sheet.lang)), places=Markup("; ".join(places))
        ),
    ]


def _ending(sheet: Sheet, papers: CountPapers) -> list[Flowable]:
    """Read out and agreed; the prescribed note that nothing may be erased."""
    return [
        sheet.line("minutes.read_out", team=papers.team_name),
        sheet.p(sheet.t("minutes.no_erasure"), face="bold_italic", size=13, indent=10 * mm, before=2),
    ]


def binding(sheet: Sheet, papers: CountPapers) -> list[Flowable]:
    """What binds the paper with the file: result code, length and head of the log, the stacks that were read."""
    lines = []
    if papers.result_code:
        lines.append(sheet.t("binding.code", code=sheet.bold(papers.result_code)))
    if papers.log:
        lines.append(
            sheet.t("binding.log", length=numbers.grouped(papers.log.length, sheet.lang), head=papers.log.sha256)
        )
    if papers.batches:
        stacks = "; ".join(sheet.plain("binding.stack", name=name, sheets=sheets) for name, sheets in papers.batches)
        lines.append(sheet.t("binding.batches", count=numbers.count(len(papers.batches), sheet.lang), stacks=stacks))
    if not lines:
        return []
    cells: list[Flowable] = [sheet.p(sheet.t("binding.head"), face="bold", size=10, align="left", after=1)]
    cells += [sheet.p(line, size=10, align="left", after=1) for line in lines]
    table = Table([[cells]], colWidths=[sheet.width])
    table.setStyle(
        table_style(sheet, [("BOX", (0, 0), (-1, -1), 0.5, "black"), ("BOTTOMPADDING", (0, 0), (-1, -1), 5)])
    )
    return [sheet.gap(2), table, sheet.gap(3)]
