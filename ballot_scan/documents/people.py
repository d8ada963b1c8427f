"""The counting team in papers: who they are, and where they sign."""

from __future__ import annotations

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, Table

from ballot_scan.documents import numbers
from ballot_scan.documents.papers import CountPapers
from ballot_scan.documents.style import Markup, Sheet, table_style

_GRID_LIMIT = 6
_SIGN_MM = 20.0


def role_name(sheet: Sheet, papers: CountPapers, role: str) -> Markup:
    """``Tổ trưởng`` of a Tổ, ``Trưởng ban`` of a Ban; secretary and member are called so everywhere."""
    return sheet.t(f"role.head_{papers.team_kind}" if role == "head" else f"role.{role}")


def team_lines(sheet: Sheet, papers: CountPapers) -> list[Flowable]:
    """One numbered line a member: head, secretary, members; dots for a head or secretary not named."""
    lines: list[Markup] = []
    for role in ("head", "secretary", "member"):
        label = role_name(sheet, papers, role)
        for member in papers.members(role):
            office = f", {member.office}" if member.office else ""
            lines.append(sheet.t("team.line", name=sheet.bold(member.name), office=office, role=label))
        if role != "member" and not papers.members(role):
            lines.append(sheet.t("team.line", name=numbers.DOTS * 3, office="", role=label))
    return [sheet.p(Markup(f"{number}. {line}"), indent=10 * mm) for number, line in enumerate(lines, start=1)]


def signatures(sheet: Sheet, papers: CountPapers, ending: list[Flowable]) -> list[Flowable]:
    """Secretary and head side by side, then the members, then the chair of the meeting.

    ``ending``: the last sentences of the paper, kept on the page of the first signatures.
    """
    blank = (numbers.DOTS * 2,)
    secretary = tuple(member.name for member in papers.members("secretary")) or blank
    head = tuple(member.name for member in papers.members("head")) or blank
    both = _pair(sheet, [(sheet.t("role.secretary"), secretary), (role_name(sheet, papers, "head"), head)])
    parts: list[Flowable] = [KeepTogether([*ending, sheet.gap(3), both])]
    members = [member.name for member in papers.members("member")]
    if members:
        parts += _members(sheet, members)
    chair = _pair(sheet, [None, (sheet.t("role.chair"), (papers.poll.chair or blank[0],))])
    return [*parts, KeepTogether([sheet.gap(5), chair])]


def block(sheet: Sheet, label: Markup, names: tuple[str, ...]) -> list[Flowable]:
    """A place to sign: what the signer is, how to sign, room, the name under it."""
    parts: list[Flowable] = [
        sheet.p(label.upper(), face="bold", size=13, align="center", after=0),
        sheet.p(sheet.t("sign_here"), face="italic", size=11, align="center", after=0),
    ]
    for name in names:
        parts += [sheet.gap(_SIGN_MM), sheet.p(name, face="bold", size=13, align="center", after=0)]
    return parts


def _pair(sheet: Sheet, blocks: list[tuple[Markup, tuple[str, ...]] | None]) -> Table:
    cells = [block(sheet, *item) if item else [] for item in blocks]
    return _bare(sheet, [cells], len(cells))


def pair(
    sheet: Sheet, left: tuple[Markup, tuple[str, ...]] | None, right: tuple[Markup, tuple[str, ...]]
) -> list[Flowable]:
    """Two places to sign side by side."""
    return [sheet.gap(4), _pair(sheet, [left, right])]


def _bare(sheet: Sheet, rows: list[list[list[Flowable]]], columns: int) -> Table:
    table = Table(rows, colWidths=[sheet.width / columns] * columns)
    table.setStyle(
        table_style(
            sheet,
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 2),
                ("RIGHTPADDING", (0, 0), (-1, -1), 2),
                ("TOPPADDING", (0, 0), (-1, -1), 0),
            ],
        )
    )
    return table


def _members(sheet: Sheet, names: list[str]) -> list[Flowable]:
    """Up to six members sign in a grid; a larger team signs in a list."""
    heading = sheet.p(
        sheet.t("role.members").upper(), face="bold", size=13, align="center", before=16, after=0, keep=True
    )
    if len(names) > _GRID_LIMIT:
        return [heading, sheet.gap(1), _list(sheet, names)]
    columns = 2 if len(names) in (2, 4) else min(3, len(names))
    cells: list[list[Flowable]] = [
        [sheet.gap(_SIGN_MM), sheet.p(name, face="bold", size=13, align="center", after=0)] for name in names
    ]
    cells += [[] for _ in range(-len(cells) % columns)]
    rows = [cells[at : at + columns] for at in range(0, len(cells), columns)]
    how = sheet.p(sheet.t("sign_here"), face="italic", size=11, align="center", after=0)
    return [KeepTogether([heading, how, _bare(sheet, rows, columns)])]


def _list(sheet: Sheet, names: list[str]) -> Table:
    head = [sheet.cell(sheet.t(f"column.{name}"), "bold", "center") for name in ("number", "name", "signature")]
    rows: list[list[object]] = [list(head)]
    rows += [[sheet.cell(number, align="center"), sheet.cell(name), ""] for number, name in enumerate(names, start=1)]
    table = Table(
        rows,
        colWidths=[12 * mm, sheet.width * 0.5, sheet.width * 0.5 - 12 * mm],
        repeatRows=1,
        rowHeights=[None] + [11 * mm] * len(names),
    )
    table.setStyle(
        table_style(
            sheet,
            [
                ("GRID", (0, 0), (-1, -1), 0.5, "black"),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ],
        )
    )
    return table
