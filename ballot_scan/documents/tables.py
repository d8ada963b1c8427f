"""The tables of results: one line per person, in the order of the ballot, with the balance anyone can check.

Regulations, documents, part 9: No | name | position | valid | invalid | per level votes and % ; the base of the
percentages stands under the table. Balance per person: all levels + none marked + several marked (+ otherwise
invalid, + waiting) = valid ballots.
"""

from __future__ import annotations

from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.platypus import CondPageBreak, Flowable, Paragraph, Table, TableStyle

from ballot_scan.documents import numbers
from ballot_scan.documents.papers import CountPapers, balance
from ballot_scan.documents.style import Markup, Sheet, table_style
from ballot_scan.event.regulation import Threshold
from ballot_scan.records import CandidateCount, FormTally

_CELL, _HEAD, _SMALL = 11.0, 9.5, 9.5
_NUMBER_MM, _VALID_MM, _VOTES_MM, _SHARE_MM = 8.0, 12.0, 10.5, 12.5
_PAD_PT = 1.5
_ROOM_MM = 60.0
_OWN_CLAUSE = ("điều", "khoản", "mục", "điểm", "article", "clause", "section")
_NAMES_MIN_MM = 55.0
_GREY = "#EFEFEF"


def page_size_for(papers: CountPapers) -> tuple[float, float]:
    """Portrait, unless the levels leave too little room for names and positions."""
    levels = max((len(tally.candidates[0].levels) for tally in papers.tallies if tally.candidates), default=0)
    left = 165 - _NUMBER_MM - 2 * _VALID_MM - levels * (_VOTES_MM + _SHARE_MM)
    chosen = A4 if left >= _NAMES_MIN_MM else landscape(A4)
    return (float(chosen[0]), float(chosen[1]))


def room_for_head() -> Flowable:
    """A heading begins a new page where the first lines of its table would not fit under it."""
    return CondPageBreak(_ROOM_MM * mm)


def results(sheet: Sheet, papers: CountPapers, tally: FormTally) -> list[Flowable]:
    """The table of one form, its foot and what the regulation's thresholds say of it."""
    if not tally.candidates:
        return []
    rows = _header(sheet, papers, tally)
    for number, person in enumerate(tally.candidates, start=1):
        rows += _person(sheet, number, person, tally)
    table = Table(rows, colWidths=_widths(sheet, tally), repeatRows=2)
    table.setStyle(_style(sheet, len(tally.candidates), len(tally.candidates[0].levels)))
    return [sheet.gap(1), table, *foot(sheet, papers, tally), *thresholds(sheet, papers, tally)]


def _widths(sheet: Sheet, tally: FormTally) -> list[float]:
    levels = len(tally.candidates[0].levels)
    fixed = [_VALID_MM, _VALID_MM] + [_VOTES_MM, _SHARE_MM] * levels
    rest = sheet.width / mm - _NUMBER_MM - sum(fixed)
    name = rest * 0.46
    return [width * mm for width in [_NUMBER_MM, name, rest - name, *fixed]]


def _cell(
    sheet: Sheet, content: object, face: str = "regular", align: str = "center", size: float = _CELL
) -> Paragraph:
    return sheet.p(content, face=face, size=size, align=align, after=0)


def fitting(sheet: Sheet, words: list[str], face: str, size: float, room_mm: float) -> float:
    """The largest size up to ``size`` at which each of ``words`` fits a column: faces differ in width."""
    widest = max(pdfmetrics.stringWidth(word, sheet.face(face), size) for word in words)
    return float(min(size, size * (room_mm * mm - 2 * _PAD_PT - 0.5) / widest))


def _header(sheet: Sheet, papers: CountPapers, tally: FormTally) -> list[list[object]]:
    """Two lines: levels over their votes and shares. Repeated on every page."""

    def cell(content: object) -> Paragraph:
        return _cell(sheet, content, "bold", size=size)

    narrow = [sheet.plain(f"column.{name}") for name in ("valid", "invalid", "votes", "share")]
    size = fitting(sheet, " ".join(narrow).split(), "bold", _HEAD, _VOTES_MM)

    top: list[object] = [cell(sheet.t(f"column.{name}")) for name in ("number", "name", "position", "valid", "invalid")]
    top[2] = sheet.lines(sheet.plain("column.position"), "bold", size, _widths(sheet, tally)[2] - 8)
    below: list[object] = [""] * 5
    for level in tally.candidates[0].levels:
        top += [cell(papers.level_heading(level.level)), ""]
        below += [cell(sheet.t("column.votes")), cell(sheet.t("column.share"))]
    return [top, below]


def _person(sheet: Sheet, number: int, person: CandidateCount, tally: FormTally) -> list[list[object]]:
    """A person's line and, under it, the person's balance."""
    size = fitting(sheet, ["100,00"], "regular", _CELL, _SHARE_MM)
    line: list[object] = [
        _cell(sheet, number),
        _cell(sheet, person.name, "bold", "left"),
        _cell(sheet, person.position, align="left"),
        _cell(sheet, numbers.grouped(person.valid, sheet.lang)),
        _cell(sheet, numbers.grouped(person.invalid, sheet.lang)),
    ]
    for level in person.levels:
        line.append(_cell(sheet, numbers.grouped(level.votes, sheet.lang), "bold"))
        line.append(_cell(sheet, numbers.percent(level.percent, sheet.lang, sign=False), size=size))
    text = _cell(sheet, balance_text(sheet, person, tally), "italic", "left", _SMALL)
    return [line, ["", text] + [""] * (len(line) - 2)]


def balance_text(sheet: Sheet, person: CandidateCount, tally: FormTally) -> Markup:
    """``19 + 2 + 25 + 01 không đánh dấu + … = 47 phiếu hợp lệ``; an inequality is shown as one."""
    parts = [numbers.grouped(level.votes, sheet.lang) for level in person.levels]
    for key, value in (("none", person.none_marked), ("several", person.several_marked)):
        parts.append(sheet.t(f"balance.{key}", count=numbers.grouped(value, sheet.lang)))
    for key, value in (("other", person.other_invalid), ("pending", person.pending)):
        if value:
            parts.append(sheet.t(f"balance.{key}", count=numbers.grouped(value, sheet.lang)))
    total = balance(person)
    shown = numbers.grouped(tally.valid, sheet.lang)
    if tally.pending_review and total > tally.valid:
        # Rows of ballots that wait as a whole show already; the ballots do not count as valid yet.
        return sheet.t("balance.waiting", sum=Markup(" + ".join(parts)), total=numbers.grouped(total, sheet.lang))
    sign = "=" if total == tally.valid else f"= {numbers.grouped(total, sheet.lang)} ≠"
    return sheet.t("balance.line", sum=Markup(" + ".join(parts)), sign=sign, valid=shown)


def _style(sheet: Sheet, persons: int, levels: int) -> TableStyle:
    commands: list[tuple[object, ...]] = [
        ("GRID", (0, 0), (-1, 1), 0.5, "black"),
        ("BACKGROUND", (0, 0), (-1, 1), _GREY),
        ("BOX", (0, 0), (-1, -1), 0.5, "black"),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LEFTPADDING", (0, 0), (-1, -1), _PAD_PT),
        ("RIGHTPADDING", (0, 0), (-1, -1), _PAD_PT),
        ("LEFTPADDING", (1, 2), (2, -1), 3),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
    ]
    commands += [("SPAN", (column, 0), (column, 1)) for column in range(5)]
    commands += [("SPAN", (5 + 2 * i, 0), (6 + 2 * i, 0)) for i in range(levels)]
    for person in range(persons):
        line = 2 + 2 * person
        commands += [
            ("SPAN", (0, line), (0, line + 1)),
            ("SPAN", (1, line + 1), (-1, line + 1)),
            ("NOSPLIT", (0, line), (-1, line + 1)),
            ("INNERGRID", (0, line), (-1, line), 0.5, "black"),
            ("LINEBELOW", (0, line + 1), (-1, line + 1), 0.5, "black"),
            ("LINEAFTER", (0, line), (0, line + 1), 0.5, "black"),
            ("LINEABOVE", (1, line + 1), (-1, line + 1), 0.25, "#888888"),
            ("TOPPADDING", (0, line + 1), (-1, line + 1), 0.5),
            ("BOTTOMPADDING", (0, line + 1), (-1, line + 1), 2.5),
        ]
    return table_style(sheet, commands)


def base_name(papers: CountPapers, tally: FormTally) -> str:
    """What the shares are shares of: ``read`` before the box is counted, ``form`` where a poll has several forms."""
    if tally.turnout is None:
        return "read"
    return "form" if tally.base_rule == "collected" and len(papers.tallies) > 1 else tally.base_rule


def base_words(sheet: Sheet, papers: CountPapers, tally: FormTally) -> Markup:
    """The base of the percentages in words."""
    return sheet.t(f"base.{base_name(papers, tally)}")


def clause(sheet: Sheet, papers: CountPapers, given: str) -> Markup:
    """`` (Điều 6, Quy định 96-QĐ/TW)``; nothing is cited that was not read: ``unverified`` leaves a place for it."""
    if not given or given == "unverified":
        return sheet.t("clause.unverified")
    if given == papers.regulation_number:
        return sheet.t("clause.given", clause=papers.regulation.short_vi)
    own = given.casefold().startswith(_OWN_CLAUSE) and papers.regulation_number not in given
    return sheet.t("clause.given", clause=f"{given}, {papers.regulation.short_vi}" if own else given)


def foot(sheet: Sheet, papers: CountPapers, tally: FormTally) -> list[Flowable]:
    """The base of the percentages, why shares need not add up, and what the balance line is."""
    key = {"deputies": "foot.base_deputies", "valid": "foot.base_valid"}.get(base_name(papers, tally), "foot.base")
    base = sheet.t(
        key,
        base=base_words(sheet, papers, tally),
        count=numbers.count(tally.base, sheet.lang),
        clause=clause(sheet, papers, papers.regulation.base_clause),
    )
    levels = " + ".join(papers.level_name(level.level) for level in tally.candidates[0].levels)
    return [
        sheet.p(base, face="italic", size=12, before=4, after=1),
        sheet.p(sheet.t("foot.balance", levels=levels), face="italic", size=12, after=4),
    ]


def thresholds(sheet: Sheet, papers: CountPapers, tally: FormTally) -> list[Flowable]:
    """Who reached which threshold of the regulation, and what it says of it. Nothing where it has none."""
    parts: list[Flowable] = []
    for name, threshold in (("first", papers.regulation.first), ("second", papers.regulation.second)):
        reached = [person.name for person in tally.candidates if person.threshold == name]
        if threshold is not None and reached:
            parts.append(sheet.body(_reached(sheet, papers, threshold, reached, tally)))
    known = [item for item in (papers.regulation.first, papers.regulation.second) if item is not None]
    if known and not parts:
        parts.append(sheet.body(sheet.t("threshold.none", rule=_rule(sheet, papers, known[0], tally))))
    return parts


def _rule(sheet: Sheet, papers: CountPapers, threshold: Threshold, tally: FormTally) -> Markup:
    fraction = f"{threshold.numerator}/{threshold.denominator}"
    key = "more" if threshold.comparison == "more" else "at_least"
    return sheet.t(
        f"threshold.{key}",
        level=papers.level_name(threshold.level),
        fraction=fraction,
        base=base_words(sheet, papers, tally),
    )


def _reached(sheet: Sheet, papers: CountPapers, threshold: Threshold, names: list[str], tally: FormTally) -> Markup:
    consequence = threshold.consequence_vi if sheet.lang == "vi" else threshold.consequence_en
    sentence = sheet.t(
        "threshold.reached",
        rule=_rule(sheet, papers, threshold, tally),
        clause=clause(sheet, papers, threshold.clause),
        count=numbers.count(len(names), sheet.lang),
        names=sheet.bold(", ".join(names)),
    )
    if not consequence:
        return sentence
    return Markup(f"{sentence} {sheet.t('threshold.consequence', consequence=consequence.rstrip('.'))}")
