"""The note that goes with a deck: one page for the committee, in the event's language."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ballot_scan.day.folder import EventFolder
from ballot_scan.event.model import Form, Poll
from ballot_scan.paper import fonts
from ballot_scan.rehearsal.deck import DeckBallot, Expected
from ballot_scan.text import t

if TYPE_CHECKING:
    from reportlab.platypus import Flowable

    from ballot_scan.documents.style import Sheet


def write_note(
    folder: EventFolder, poll: Poll, form: Form, deck: Iterable[DeckBallot], totals: Expected, target: Path
) -> Path:
    """Write ``deck-note.pdf`` into ``target``: what the deck is, what must be flagged, how to compare."""
    from ballot_scan.documents.style import Sheet, save

    lang = folder.event.head.language
    title, where = t("day.deck.note.title", lang), f"{poll.name} – {form.title or form.id}"
    banner = (t("documents.banner.rehearsal", lang),)
    sheet = Sheet(fonts.choose(folder.event.head.font), lang, title=title, foot=where, size=12.0, banner=banner)
    values = _values(folder, poll, form, totals, target)

    def step(part: str) -> Flowable:
        return sheet.p(t(f"day.deck.note.{part}", lang, **values), align="left", after=5)

    story = [
        sheet.p(title, face="bold", size=15, align="center", after=2),
        sheet.p(where, size=12, align="center", after=8),
        *(step(part) for part in ("print", "scan", "table")),
        _table(sheet, deck),
        sheet.gap(4),
        *(step(part) for part in ("totals", "compare", "differs")),
    ]
    return save(target / "deck-note.pdf", sheet, story)


def _values(folder: EventFolder, poll: Poll, form: Form, totals: Expected, target: Path) -> dict[str, object]:
    """What the sentences of the note are filled with."""
    vietnamese = folder.event.head.language == "vi"
    votes = {level.vi if vietnamese else level.en: level.id for level in folder.regulation.levels}
    sums = {name: sum(dict(p.levels)[level] for p in totals.people) for name, level in votes.items()}
    return {
        "ballots": totals.ballots,
        "pages": totals.pages,
        "each": totals.pages // totals.ballots,
        "flagged": totals.flagged,
        "invalid": totals.invalid,
        "sums": "; ".join(f"{name} {count}" for name, count in sums.items()),
        "none": sum(p.none_marked for p in totals.people),
        "several": sum(p.several_marked for p in totals.people),
        "poll": poll.id,
        "form": form.id,
        "folder": target.relative_to(folder.path).as_posix(),
    }


def _table(sheet: Sheet, deck: Iterable[DeckBallot]) -> Flowable:
    """A line a ballot: its code, its marks, what the machine must make of it."""
    from reportlab.lib.units import mm
    from reportlab.pdfbase.pdfmetrics import stringWidth
    from reportlab.platypus import Table

    from ballot_scan.documents.style import esc, table_style

    lang, deck = sheet.lang, tuple(deck)
    widest = max((stringWidth(ballot.printed, sheet.fonts.regular, 11) for ballot in deck), default=0)
    first = max(44 * mm, widest + 5 * mm)  # a code is read at a glance: never broken over two lines
    rows = [[sheet.bold(t(f"day.deck.note.{column}", lang)) for column in ("ballot", "marks", "must")]]
    for ballot in deck:
        must = t("day.deck.note.flagged" if ballot.flagged else "day.deck.note.plain", lang)
        said = sheet.bold(must) if ballot.flagged else esc(must)
        rows.append([esc(ballot.printed), esc(t(f"day.deck.note.kind.{ballot.kind}", lang)), said])
    cells = [[sheet.p(cell, size=11, align="left", after=0) for cell in row] for row in rows]
    look = table_style(sheet, [("GRID", (0, 0), (-1, -1), 0.4, "black"), ("VALIGN", (0, 0), (-1, -1), "MIDDLE")])
    return Table(cells, colWidths=[first, 56 * mm, sheet.width - first - 56 * mm], style=look, repeatRows=1)
