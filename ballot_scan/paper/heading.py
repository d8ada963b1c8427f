"""The head of a ballot page: organ and national or Party heading, the place of the seal, title and instruction.

Party style after Hướng dẫn 36-HD/VPTW (2018), State style after Nghị định 30/2020/NĐ-CP.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ballot_scan import text
from ballot_scan.event.model import Event, Form, Poll
from ballot_scan.event.regulation import Regulation
from ballot_scan.paper.drawing import Frame, Line, Mark, Ring, Words, block_marks, cross
from ballot_scan.paper.fonts import MM_PER_PT, FontFamily
from ballot_scan.paper.layout import Rect
from ballot_scan.paper.sheet import TOP_MM, Sheet
from ballot_scan.paper.typeset import Block, balanced, clean, fit, wrap

_SEAL_GREY = 0.55
# pictures of a right row and two wrong ones; the right one leans to no level: its X is in the middle or alone
_THREE = ((False, True, False), (False, False, False), (True, False, True))
_TWO = ((True,), (False, False), (True, True))
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Head:
    """A page's head: what is drawn, what only rehearsal ballots carry, where it ends, where the seal belongs."""

    marks: tuple[Mark, ...]
    rehearsal: tuple[Mark, ...]
    bottom_mm: float
    seal_mm: Rect | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """Everything that the parts of one form are set from."""

    event: Event
    poll: Poll
    form: Form
    regulation: Regulation
    fonts: FontFamily
    sheet: Sheet

    @property
    def lang(self) -> str:
        return self.event.head.language

    @property
    def party(self) -> bool:
        return self.event.head.style == "party"

    def t(self, key: str, **values: object) -> str:
        return text.t(f"paper.{key}", self.lang, **values)

    def middle(self, words: str, face: str, size_pt: float, width_mm: float, lines: int = 3) -> Block:
        """Text to be set in the middle, smaller where it would take more than ``lines`` lines; never below 7 pt."""
        for size in (size_pt, size_pt * 0.92, size_pt * 0.84, size_pt * 0.76, max(7.0, size_pt * 0.68)):
            block = balanced(self.fonts, words, face, size, width_mm)
            if len(block.lines) <= lines and block.width_mm <= width_mm:
                break
        return block


def subject(setting: Setting) -> str:
    """Whom the ballot is on: the form's title without the words that the title line says already, or derived."""
    title = clean(setting.form.title)
    for words in (setting.t("title"), setting.t("title").replace("PHIẾU ", "PHIẾU LẤY Ý KIẾN ")):
        if title.casefold().startswith(words.casefold()):
            title = title[len(words) :].strip(" -–:,")
    if title:
        return title
    people = setting.form.candidates
    kind = ("party" if setting.party else "state") + ("_one" if len(people) == 1 else "_many")
    return setting.t(f"for.{kind}", name=clean(people[0].name), count=f"{len(people):02d}")


def date_line(setting: Setting) -> str:
    """The day of the vote as it stands under the heading."""
    day = setting.poll.date
    if setting.lang == "en":
        return setting.t("date", day=day.day, month=_MONTHS[day.month - 1], year=day.year)
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)  # days under 10, months 1 and 2 take a nought
    return setting.t("date", day=f"{day.day:02d}", month=month, year=day.year)


def _organ(setting: Setting, x: float, width: float, y: float) -> tuple[list[Mark], float]:
    """The organ's block about ``x``: the body above, the issuing body in bold, then ``*`` or a short line."""
    head, fonts, size = setting.event.head, setting.fonts, setting.sheet.heading_pt
    marks: list[Mark] = []
    for words, face in ((head.parent_organ, fonts.regular), (head.organ, fonts.bold)):
        if clean(words):
            block = setting.middle(words.upper(), face, size, width)
            marks += block_marks(block, x, y, "centre")
            y += block.height_mm
            length = block.width_mm
    if setting.party:
        star = wrap(fonts, "*", fonts.regular, size, width)
        marks += block_marks(star, x, y, "centre")
        return marks, y + star.height_mm * 0.8
    half = min(length, width) * 0.2
    marks.append(Line(x - half, y + 1.0, x + half, y + 1.0, 0.25))
    return marks, y + 2.0


def _national(setting: Setting, x: float, width: float, y: float) -> tuple[list[Mark], float]:
    """The Party's or the State's heading, underlined, then the day; a secrecy marking in a frame below."""
    fonts, size = setting.fonts, setting.sheet.heading_pt
    marks: list[Mark] = []
    if setting.party:
        lines = [(setting.t("head.party"), size * 1.06)]
    else:
        lines = [(setting.t("head.state"), size), (setting.t("head.motto"), size * 1.04)]
    for words, points in lines:
        block = setting.middle(words, fonts.bold, points, width, lines=1)
        marks += block_marks(block, x, y, "centre")
        y += block.height_mm
    half = block.width_mm / 2
    marks.append(Line(x - half, y + 0.7, x + half, y + 0.7, 0.25))
    day = setting.middle(date_line(setting), fonts.italic, size * 0.98, width, lines=1)
    y += 2.6
    marks += block_marks(day, x, y, "centre")
    y += day.height_mm
    if clean(setting.event.head.secrecy):
        secret = setting.middle(setting.event.head.secrecy.upper(), fonts.bold, size, width * 0.7, lines=2)
        y += 2.0
        wide = secret.width_mm + 5
        marks.append(Frame((x - wide / 2, y, wide, secret.height_mm + 1.6), 0.35))
        marks += block_marks(secret, x, y + 0.8, "centre")
        y += secret.height_mm + 1.6
    return marks, y


def letterhead(setting: Setting) -> tuple[list[Mark], float, float]:
    """Both blocks side by side; returns marks and where the left and the right one end."""
    sheet = setting.sheet
    left = sheet.inner_mm * 0.46
    right = sheet.inner_mm - left - 4
    organ, left_end = _organ(setting, sheet.side_mm + left / 2, left, TOP_MM)
    national, right_end = _national(setting, sheet.right_mm - right / 2, right, TOP_MM)
    return organ + national, left_end, right_end


def _seal(setting: Setting, organ_end: float) -> tuple[list[Mark], Rect]:
    """The dotted circle at the upper left, hung over the end of the organ's block."""
    sheet = setting.sheet
    radius = sheet.seal_mm / 2
    x, y = sheet.side_mm + 1.0 + radius, max(organ_end - sheet.heading_pt * 0.75, TOP_MM) + radius
    label = setting.middle(setting.t("seal"), setting.fonts.italic, 8.0, sheet.seal_mm * 0.8, lines=1)
    marks: list[Mark] = [Ring(x, y, radius, 0.3, _SEAL_GREY, (0.35, 1.0))]
    marks += block_marks(label, x, y + radius * 0.1, "centre", _SEAL_GREY)
    return marks, (x - radius, y - radius, sheet.seal_mm, sheet.seal_mm)


def _rehearsal(setting: Setting, x: float, y: float, wide: float, size_pt: float) -> list[Mark]:
    """THỬ in outlined letters in a frame: on rehearsal ballots only, in the head, far from every box."""
    fonts = setting.fonts
    note = setting.middle(setting.t("rehearsal_note"), fonts.italic, max(7.0, size_pt * 0.26), wide - 4, lines=2)
    letters = size_pt * MM_PER_PT
    high = letters * 1.34 + note.height_mm
    marks: list[Mark] = [Frame((x - wide / 2, y, wide, high), 0.5, 0.25)]
    word = setting.t("rehearsal_word")
    marks.append(Words(x, y + letters * 1.12, word, fonts.bold, size_pt, "centre", 0.25, outline=True))
    return marks + list(block_marks(note, x, y + letters * 1.24, "centre", 0.25))


def _example(x: float, y: float, side: float, marked: Sequence[bool]) -> list[Mark]:
    """Small boxes in a row, some with an X: a picture of a row."""
    marks: list[Mark] = []
    for i, is_marked in enumerate(marked):
        left = x + i * side * 1.45
        marks.append(Frame((left, y, side, side), 0.2))
        if is_marked:
            marks += cross(left + side / 2, y + side / 2, side * 0.42, 0.4)
    return marks


def examples(setting: Setting, y: float, size_pt: float) -> tuple[list[Mark], float]:
    """Pictures of a right row and of two wrong ones, in the middle of the line at ``y``; returns their bottom."""
    fonts, sheet, levels = setting.fonts, setting.sheet, len(setting.regulation.levels)
    one, none, two = _TWO if levels == 2 else _THREE
    side = size_pt * 0.36
    row = (levels - 1) * side * 1.45 + side
    short = (levels - len(one)) * side * 1.45
    right, wrong = setting.t("right") + ":", setting.t("wrong") + ":"
    gap, between = 2.0, 5.0
    wide = [fonts.width_mm(words, fonts.bold, size_pt) for words in (right, wrong)]
    x = sheet.width_mm / 2 - (sum(wide) + 3 * row - short + 2 * gap + 3 * between) / 2
    baseline = y + side * 0.5 + size_pt * 0.33 * MM_PER_PT
    marks: list[Mark] = [Words(x, baseline, right, fonts.bold, size_pt)]
    marks += _example(x + wide[0] + gap, y, side, one)
    x += wide[0] + gap + row - short + 2 * between
    marks.append(Words(x, baseline, wrong, fonts.bold, size_pt))
    marks += _example(x + wide[1] + gap, y, side, none)
    marks += _example(x + wide[1] + gap + row + between, y, side, two)
    return marks, y + side


def instruction(setting: Setting) -> str:
    """How to mark: in the regulation profile's words, else our own; names the areas where there are any."""
    regulation = setting.regulation
    given = regulation.instruction_vi if setting.lang == "vi" else regulation.instruction_en
    count = setting.t(f"count.{len(regulation.levels)}")
    words = clean(given) or setting.t("instruction.main", levels=count)
    head = setting.event.head
    if head.signature_area or head.comment_area:
        words += " " + setting.t("instruction.areas")
    return words


def first(setting: Setting) -> Head:
    """The head of page 1."""
    sheet, fonts = setting.sheet, setting.fonts
    marks, left_end, right_end = letterhead(setting)
    seal_marks, seal = _seal(setting, left_end)
    centre, beside = sheet.width_mm / 2, sheet.side_mm + sheet.seal_mm + 4.0
    width = sheet.width_mm - 2 * beside
    y = max(left_end, right_end) + (6.0 if sheet.columns else 4.5)
    top = y
    body = sheet.body_pt
    place = clean(setting.poll.place) or clean(setting.poll.name)
    for words, face, size, gap in (
        (setting.t("title"), fonts.bold, sheet.title_pt, 1.0),
        (subject(setting), fonts.bold, body * 1.08, 1.6),
        (setting.event.head.title, fonts.italic, body * 0.92, 0.6),
        (setting.t("place", place=place), fonts.italic, body * 0.92, 0.0),
    ):
        block = setting.middle(words, face, size, width, lines=1 if face == fonts.bold and size > body * 1.2 else 3)
        marks += block_marks(block, centre, y, "centre")
        y += block.height_mm + gap
    y = max(y, seal[1] + seal[3]) + 3.0
    sizes = (body, body * 0.95, body * 0.9)
    told = fit(fonts, instruction(setting), fonts.regular, sizes, sheet.inner_mm, body * 1.4)
    marks += block_marks(told, sheet.side_mm, y)
    y += told.height_mm + 1.6
    pictures, y = examples(setting, y, body * 0.92)
    wide = sheet.seal_mm * 0.86
    rehearsal = _rehearsal(setting, sheet.right_mm - wide / 2, top, wide, sheet.title_pt * 1.5)
    return Head((*seal_marks, *marks, *pictures), tuple(rehearsal), y + 3.0, seal)


def following(setting: Setting) -> Head:
    """The head of every later page: organ, title, whom it is on, and the instruction in short."""
    sheet, fonts, body = setting.sheet, setting.fonts, setting.sheet.body_pt
    wide = sheet.seal_mm * 0.7
    width = sheet.inner_mm - 2 * wide - 4
    centre, y = sheet.width_mm / 2, TOP_MM
    marks: list[Mark] = []
    for words, face, size, gap in (
        (setting.event.head.organ.upper(), fonts.regular, body * 0.85, 0.8),
        (setting.t("title_more"), fonts.bold, body * 1.1, 0.4),
        (subject(setting), fonts.bold, body * 0.95, 0.8),
        (setting.t("instruction.short"), fonts.italic, body * 0.92, 0.0),
    ):
        block = setting.middle(words, face, size, width, lines=2)
        marks += block_marks(block, centre, y, "centre")
        y += block.height_mm + gap
    rehearsal = _rehearsal(setting, sheet.right_mm - wide / 2, TOP_MM, wide, sheet.title_pt)
    return Head(tuple(marks), tuple(rehearsal), y + 2.5)
