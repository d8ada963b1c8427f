"""The guidance sheet for voters: principles, persons, criteria, how to mark, what spoils a row or a ballot.

One or two pages A4 in the style of the ballot. What a fault means stands as the regulation profile has it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path

from ballot_scan.event.model import Event, Form, Poll
from ballot_scan.event.regulation import Regulation
from ballot_scan.files import write_whole
from ballot_scan.paper import heading
from ballot_scan.paper.ballots import document
from ballot_scan.paper.drawing import Frame, Line, Mark, Words, block_marks, cross, draw
from ballot_scan.paper.fonts import MM_PER_PT, FontFamily
from ballot_scan.paper.heading import Setting
from ballot_scan.paper.sheet import SHEETS, TOP_MM
from ballot_scan.paper.typeset import clean, wrap
from ballot_scan.records import Rule

_LEFT_MM, _RIGHT_MM, _BOTTOM_MM = 25.0, 18.0, 277.0
_SIZES_PT = (13.0, 12.5, 12.0, 11.5, 11.0, 10.5, 10.0, 9.5)  # the largest that keeps to the pages wanted
_LIST_MOST = 12  # so many persons are listed one a line, more of them run on
_BOX_MM = 5.0
_PITCH_MM = 8.5
_PICTURE_MM = 34.0
_TOGETHER_MM = 95.0  # how to mark is told and shown on one page

#: what voters should know of, in this order; the rest are faults of scanning, not of marking
FAULTS: tuple[Rule, ...] = (
    Rule.BLANK_ROW,
    Rule.MULTIPLE_ROW,
    Rule.MARK_OFF_BOX,
    Rule.CORRECTED_ROW,
    Rule.NAME_STRUCK,
    Rule.EXTRA_WRITING,
    Rule.UNKNOWN_CODE,
)


@dataclass
class _Flow:
    """Blocks put one below the other, over pages."""

    setting: Setting
    size_pt: float
    pages: list[list[Mark]] = field(default_factory=lambda: [[]])
    y_mm: float = TOP_MM

    @property
    def width_mm(self) -> float:
        return self.setting.sheet.width_mm - _LEFT_MM - _RIGHT_MM

    @property
    def line_mm(self) -> float:
        return self.size_pt * 1.16 * MM_PER_PT

    def room(self, height_mm: float) -> None:
        """Begin a new page where ``height_mm`` does not fit any more."""
        if self.y_mm + height_mm > _BOTTOM_MM:
            self.pages.append([])
            self.y_mm = TOP_MM

    def part(self, number: int, key: str) -> None:
        """The heading of a part, kept with what follows."""
        self.room(self.line_mm * 4)
        words = f"{number}. {self.setting.t(f'guidance.part.{key}')}"
        self.y_mm += self.line_mm * 0.45
        self.text(words, self.setting.fonts.bold)

    def text(self, words: str, face: str = "", indent_mm: float = 0.0, bullet: str = "", after: float = 0.22,
             hang_mm: float = 4.5) -> None:  # fmt: skip
        """A paragraph, with a bullet in its indent; its lines may run over a page's end."""
        fonts = self.setting.fonts
        block = wrap(fonts, words, face or fonts.regular, self.size_pt, self.width_mm - indent_mm)
        if len(block.lines) <= 4:
            self.room(block.height_mm)
        for i, line in enumerate(block.lines):
            self.room(block.line_mm)
            baseline = self.y_mm + block.baseline_mm(0)
            if bullet and i == 0:
                hung = _LEFT_MM + indent_mm - hang_mm
                self.pages[-1].append(Words(hung, baseline, bullet, fonts.regular, self.size_pt))
            self.pages[-1].append(Words(_LEFT_MM + indent_mm, baseline, line, block.face, self.size_pt))
            self.y_mm += block.line_mm
        self.y_mm += self.line_mm * after

    def point(self, words: str) -> None:
        self.text(words, indent_mm=6.0, bullet="–")

    def table_head(self) -> None:
        """The headings of the table of examples."""
        fonts, width = self.setting.fonts, (self.width_mm - _PICTURE_MM - 6) / 2
        baseline = self.y_mm + self.line_mm * 0.95
        left = _LEFT_MM + _PICTURE_MM
        for x, key in ((_LEFT_MM + 2.0, "picture"), (left, "how"), (left + width + 4, "meaning")):
            words = self.setting.t(f"guidance.column.{key}")
            self.pages[-1].append(Words(x, baseline, words, fonts.bold, self.size_pt * 0.95))
        self.y_mm += self.line_mm * 1.4
        self.pages[-1].append(Line(_LEFT_MM, self.y_mm, _LEFT_MM + self.width_mm, self.y_mm, 0.25))

    def pictured(self, picture: Sequence[Mark], words: str, meaning: str) -> None:
        """A line of the table of examples: a picture made about (0, 0), what it shows, what it means."""
        fonts, left = self.setting.fonts, _LEFT_MM + _PICTURE_MM
        width = (self.width_mm - _PICTURE_MM - 6) / 2
        first = wrap(fonts, words, fonts.regular, self.size_pt, width)
        second = wrap(fonts, meaning, fonts.italic, self.size_pt, width)
        height = max(first.height_mm, second.height_mm, _BOX_MM + 1.0) + 2.0
        self.room(height)
        middle = self.y_mm + height / 2
        page = self.pages[-1]
        page += [_moved(mark, _LEFT_MM + 2.0, middle) for mark in picture]
        page += block_marks(first, left, middle - first.height_mm / 2)
        page += block_marks(second, left + width + 4, middle - second.height_mm / 2)
        self.y_mm += height
        end = _LEFT_MM + self.width_mm
        page.append(Line(_LEFT_MM, self.y_mm, end, self.y_mm, 0.15, 0.7))


def write_guidance(
    target: Path | str | os.PathLike[str],
    event: Event,
    poll: Poll,
    form: Form,
    regulation: Regulation,
    fonts: FontFamily,
) -> None:
    """Write the guidance sheet of one form as PDF.

    Two pages where its texts allow (never set below 9.5 pt). Raises UsageError where ``target`` cannot be written.
    """
    sheet = replace(SHEETS["A4"], side_mm=20.0)
    setting = Setting(event, poll, form, regulation, fonts, sheet)
    for wanted in (1, 2):
        for size in _SIZES_PT[: 6 if wanted == 1 else None]:
            flow = _Flow(setting, size)
            _fill(flow)
            if len(flow.pages) <= wanted:
                break
        if len(flow.pages) <= wanted:
            break
    buffer = BytesIO()
    title = setting.t("guidance.document", name=poll.name)
    canvas = document(buffer, sheet.size_mm, fonts.regular, setting.lang, title, event.head.organ)
    for number, marks in enumerate(flow.pages, 1):
        draw(canvas, sheet.height_mm, marks)
        label = setting.t("page", page=number, pages=len(flow.pages))
        draw(canvas, sheet.height_mm, [Words(sheet.width_mm / 2, 286.0, label, fonts.regular, 9.0, "centre")])
        canvas.showPage()
    canvas.save()
    write_whole(Path(target), lambda spare: spare.write_bytes(buffer.getvalue()), "paper.write")


def _fill(flow: _Flow) -> None:
    _head(flow)
    _principles(flow)
    _people(flow)
    number = 3
    if flow.setting.event.criteria:
        _criteria(flow, number)
        number += 1
    _marking(flow, number)
    _secrecy(flow, number + 1)


def _head(flow: _Flow) -> None:
    setting, fonts, sheet = flow.setting, flow.setting.fonts, flow.setting.sheet
    marks, left_end, right_end = heading.letterhead(setting)
    y = max(left_end, right_end) + 6.0
    place = clean(setting.poll.place) or clean(setting.poll.name)
    for words, face, size in (
        (setting.t("guidance.title"), fonts.bold, 15.0),
        (heading.subject(setting), fonts.bold, 13.0),
        (setting.event.head.title, fonts.italic, 12.0),
        (setting.t("place", place=place), fonts.italic, 12.0),
    ):
        block = setting.middle(words, face, size, flow.width_mm - 20)
        marks += block_marks(block, sheet.width_mm / 2, y, "centre")
        y += block.height_mm + 0.8
    flow.pages[-1] += marks
    flow.y_mm = y + 1.0


def _principles(flow: _Flow) -> None:
    setting = flow.setting
    flow.part(1, "principle")
    head = setting.event.head
    items = [clean(item) for item in head.basis] or [clean(setting.regulation.title(setting.lang))]
    if clean(head.plan):
        items.append(clean(head.plan))
    flow.point(setting.t("guidance.basis", items="; ".join(items)))
    for key in ("purpose", "own", "one"):
        flow.point(setting.t(f"guidance.principle.{key}"))


def _people(flow: _Flow) -> None:
    setting = flow.setting
    flow.part(2, "people")
    people = setting.form.candidates
    lines = [
        setting.t(f"guidance.people.{'one' if clean(p.position) else 'plain'}", name=clean(p.name),
                  position=clean(p.position))
        for p in people
    ]  # fmt: skip
    if len(people) > _LIST_MOST:
        flow.text("; ".join(f"{i}. {clean(p.name)}" for i, p in enumerate(people, 1)) + ".", indent_mm=6.0)
        return
    for i, line in enumerate(lines, 1):
        flow.text(line, indent_mm=6.0, bullet=f"{i}." if len(lines) > 1 else "–", after=0.1, hang_mm=6.0)


def _criteria(flow: _Flow, number: int) -> None:
    flow.part(number, "criteria")
    for letter, group in zip("abcdefghijklmnopqrstuvwxyz", flow.setting.event.criteria, strict=False):
        flow.room(flow.line_mm * 2)
        face = flow.setting.fonts.bold_italic
        flow.text(group.title, face, indent_mm=6.0, bullet=f"{letter})", after=0.1, hang_mm=6.0)
        for item in group.items:
            flow.text(item, indent_mm=10.0, bullet="–", after=0.08)


def _marking(flow: _Flow, number: int) -> None:
    setting, regulation = flow.setting, flow.setting.regulation
    flow.room(_TOGETHER_MM)
    flow.part(number, "marking")
    vietnamese = setting.lang == "vi"
    names = ", ".join((level.vi if vietnamese else level.en).lower() for level in regulation.levels)
    count = setting.t(f"count.{len(regulation.levels)}")
    flow.text(setting.t("guidance.marking.levels", count=count, levels=names))
    flow.text(heading.instruction(setting))
    flow.room(40)
    flow.pages[-1].append(Line(_LEFT_MM, flow.y_mm, _LEFT_MM + flow.width_mm, flow.y_mm, 0.15, 0.7))
    flow.table_head()
    right = setting.t("guidance.marking.right")
    flow.pictured(_picture(setting, None), right, setting.t("guidance.marking.counts"))
    for rule in FAULTS:
        effect = regulation.effects.get(rule.value)
        ground = clean((effect.ground_vi if vietnamese else effect.ground_en) if effect else "")
        if effect and ground:
            meaning = setting.t(f"guidance.scope.{effect.scope}", team=setting.event.head.team_name)
            flow.pictured(_picture(setting, rule), ground[:1].upper() + ground[1:], meaning)
    flow.y_mm += 1.0


def _secrecy(flow: _Flow, number: int) -> None:
    setting, head = flow.setting, flow.setting.event.head
    flow.part(number, "secrecy")
    keys = ["exchange", "sign" if head.signature_area else "nothing", f"code_{head.codes}", "fold"]
    if head.comment_area:
        keys.insert(2, "comment")
    for key in keys:
        flow.point(setting.t(f"guidance.secrecy.{key}", team=head.team_name))


# ---------------------------------------------------------------- pictures


def _picture(setting: Setting, rule: Rule | None) -> list[Mark]:
    """A small row of boxes marked rightly (None) or as ``rule`` names it; left middle at (0, 0)."""
    fonts, levels = setting.fonts, len(setting.regulation.levels)
    if rule is Rule.UNKNOWN_CODE:
        return [Words(0, 1.4, setting.t("guidance.picture_foreign"), fonts.italic, 11.0)]
    if rule in (Rule.NAME_STRUCK, Rule.EXTRA_WRITING):
        struck = rule is Rule.NAME_STRUCK
        words = setting.t("guidance.picture_name" if struck else "guidance.picture_writing")
        face = fonts.bold if struck else fonts.italic
        size = min(11.0, 11.0 * (_PICTURE_MM - 8) / fonts.width_mm(words, face, 11.0))
        marks: list[Mark] = [Words(0, 1.4, words, face, size)]
        end = fonts.width_mm(words, face, size)
        under = Line(-1, 0.4, end + 1, -0.2, 0.45) if struck else Line(0, 2.4, end, 2.2, 0.3)
        return [*marks, under]
    middles = [_BOX_MM / 2 + i * _PITCH_MM for i in range(levels)]
    row: list[Mark] = [Frame((x - _BOX_MM / 2, -_BOX_MM / 2, _BOX_MM, _BOX_MM), 0.25) for x in middles]
    last = middles[-1]
    if rule is None:
        row += cross(middles[1 if levels > 2 else 0], 0, _BOX_MM * 0.4)
    elif rule is Rule.MULTIPLE_ROW:
        row += cross(middles[0], 0, _BOX_MM * 0.4) + cross(last, 0, _BOX_MM * 0.4)
    elif rule is Rule.MARK_OFF_BOX:
        row += cross((middles[0] + middles[1]) / 2, 0, _BOX_MM * 0.33)
    elif rule is Rule.CORRECTED_ROW:
        row += cross(last, 0, _BOX_MM * 0.4)
        row += [Frame((middles[0] - _BOX_MM / 2, -_BOX_MM / 2, _BOX_MM, _BOX_MM), _BOX_MM / 2)]
    return row


def _moved(mark: Mark, x_mm: float, y_mm: float) -> Mark:
    """A mark of a picture, its origin put to a place on the page."""
    if isinstance(mark, Words):
        return replace(mark, x_mm=mark.x_mm + x_mm, y_mm=mark.y_mm + y_mm)
    if isinstance(mark, Line):
        return replace(
            mark, x0_mm=mark.x0_mm + x_mm, y0_mm=mark.y0_mm + y_mm, x1_mm=mark.x1_mm + x_mm, y1_mm=mark.y1_mm + y_mm
        )
    if isinstance(mark, Frame):
        x, y, w, h = mark.rect_mm
        return replace(mark, rect_mm=(x + x_mm, y + y_mm, w, h))
    raise TypeError(f"no picture is made of {type(mark).__name__}")
