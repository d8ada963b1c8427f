"""Voters: what each of them means, row by row, and the strokes by which they say it.

A mark is *clear* when the middle of its ink, of its extent and, of a cross, where its strokes cross lie inside the
frame of one box, with two fifths of its length or 4 mm, and no ink lies in another; it may reach up to 4 mm out of
its box. Everything else is doubtful: a person must see it.

Sizes, widths and greys follow 28 hand-filled forms (300 dpi): crosses 2-8 mm wide, median 5,
not in the middle of the box; strokes 0.30-0.57 mm, median 0.43; ink grey 74-123, median 91; pencil 150.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ballot_scan.paper.layout import ContestRow, FormLayout, PageLayout
from ballot_scan.records import BLANK, MULTIPLE
from ballot_scan.rehearsal import doubts, marks, ruled
from ballot_scan.rehearsal.chance import pick
from ballot_scan.rehearsal.pens import BALL, GEL, MAKERS, MARKER, PENCIL, Pen, Stroke, drawn, moved, reach_mm
from ballot_scan.rehearsal.shapes import line, writing

Weights = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class VoterModel:
    """How voters behave. Rates are shares 0-1 of rows, those of ``strike``, ``extra_writing``, ``ruled`` (a line over
    the table) and ``scribble`` of rows, pages, pages and signature areas; weights need not add up to 1."""

    name: str = "ordinary"
    pens: Weights = ((BALL, 0.80), (GEL, 0.08), (MARKER, 0.07), (PENCIL, 0.05))
    clear_kinds: Weights = (
        ("cross", 0.60), ("joined-cross", 0.08), ("cross-again", 0.04), ("off-centre", 0.05), ("tick", 0.09),
        ("slash", 0.04), ("fill", 0.03), ("circle-inside", 0.02), ("big-cross", 0.03), ("small-cross", 0.02),
    )  # fmt: skip
    habit: float = 0.8  # share of a voter's marks that are of the voter's own kind
    reach_mm: float = 4.0  # how far a clear mark may reach out of its box
    spread_mm: float = 0.9  # standard deviation of a mark's middle about the box's middle
    blank_rate: float = 0.005
    multiple_rate: float = 0.005
    speck_rate: float = 0.01
    doubtful_rate: float = 0.004
    doubtful_kinds: Weights = tuple((kind, 1.0) for kind in doubts.KINDS)
    strike_rate: float = 0.0
    extra_writing_rate: float = 0.0
    ruled_rate: float = 0.002
    scribble_rate: float = 1.0


ORDINARY = VoterModel()
HARD = VoterModel(
    name="hard",
    pens=((BALL, 0.60), (GEL, 0.12), (MARKER, 0.13), (PENCIL, 0.15)),
    habit=0.5, spread_mm=1.3, blank_rate=0.01, multiple_rate=0.01, speck_rate=0.05, doubtful_rate=0.03,
    strike_rate=0.002, extra_writing_rate=0.01, ruled_rate=0.02,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Voter:
    """One voter: a pen for all pages of the ballot, a favourite kind of mark, sizes, a leaning to some levels."""

    pen: Pen
    kind: str
    size: float  # of this voter's marks, as a share of the usual
    bias_mm: tuple[float, float]
    leaning: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class RowVote:
    """One row as voted. ``reading``: what the voter meant: a level id, ``blank`` or ``multiple``.

    ``doubtful``: a person must see it; true of every blank and multiple row too. ``kind``: the mark, or what is odd.
    """

    row: ContestRow
    reading: str
    doubtful: bool
    kind: str
    strokes: tuple[Stroke, ...]


@dataclass(frozen=True, slots=True, eq=False)
class PageVote:
    """One page as voted. ``other``: strokes that belong to no row."""

    rows: tuple[RowVote, ...]
    other: tuple[Stroke, ...]
    extra_writing: bool
    signature: bool

    @property
    def strokes(self) -> tuple[Stroke, ...]:
        return tuple(s for row in self.rows for s in row.strokes) + self.other


def invent_voter(layout: FormLayout, model: VoterModel, rng: np.random.Generator) -> Voter:
    return Voter(
        pen=MAKERS[pick(rng, model.pens)](rng),
        kind=pick(rng, model.clear_kinds),
        size=float(np.clip(np.exp(rng.normal(0, 0.18)), 0.6, 1.6)),
        bias_mm=(float(rng.normal(0, model.spread_mm * 0.5)), float(rng.normal(0, model.spread_mm * 0.5))),
        leaning=tuple(rng.dirichlet(np.linspace(2.0, 0.8, len(layout.levels))).tolist()),
    )


def _clear(row: ContestRow, voter: Voter, model: VoterModel, rng: np.random.Generator) -> RowVote:
    level = int(rng.choice(len(row.boxes), p=_leaning(row, voter)))
    kind = voter.kind if rng.random() < model.habit else pick(rng, model.clear_kinds)
    strokes = marks.clear_mark(rng, kind, row, level, voter.pen, voter.size, voter.bias_mm, model)
    label = f"pencil-{kind}" if voter.pen.kind == PENCIL else kind
    if rng.random() < model.speck_rate:
        label, strokes = "specks", (*strokes, *marks.specks(rng, row))
    return RowVote(row, row.boxes[level].level, False, label, strokes)


def _leaning(row: ContestRow, voter: Voter) -> list[float] | None:
    return list(voter.leaning) if len(voter.leaning) == len(row.boxes) else None


def _multiple(row: ContestRow, voter: Voter, model: VoterModel, rng: np.random.Generator) -> RowVote:
    count = 2 if len(row.boxes) == 2 or rng.random() < 0.85 else 3
    chosen = rng.permutation(len(row.boxes))[:count].tolist()
    strokes = tuple(
        s
        for level in chosen
        for s in marks.clear_mark(rng, voter.kind, row, level, voter.pen, voter.size, voter.bias_mm, model)
    )
    return RowVote(row, MULTIPLE, True, MULTIPLE, strokes)


def _doubtful(row: ContestRow, voter: Voter, model: VoterModel, rng: np.random.Generator) -> RowVote:
    kind = pick(rng, model.doubtful_kinds)
    level = int(rng.choice(len(row.boxes), p=_leaning(row, voter)))
    own = marks.clear_mark(rng, "cross", row, level, voter.pen, voter.size, voter.bias_mm, model)
    doubt = doubts.KINDS[kind](doubts.Case(rng, row, level, voter.pen, own))
    return RowVote(row, doubt.reading, True, kind, doubt.strokes)


def _vote_row(row: ContestRow, voter: Voter, model: VoterModel, rng: np.random.Generator) -> RowVote:
    u = rng.random()
    if u < model.blank_rate:
        return RowVote(row, BLANK, True, BLANK, ())
    u -= model.blank_rate
    if u < model.multiple_rate and len(row.boxes) > 1:
        return _multiple(row, voter, model, rng)
    u -= model.multiple_rate
    if 0 <= u < model.doubtful_rate and len(row.boxes) > 1:
        return _doubtful(row, voter, model, rng)
    vote = _clear(row, voter, model, rng)
    if rng.random() < model.strike_rate:
        x, y, w, h = row.name_rect_mm
        struck = drawn(
            rng, line(rng, w * rng.uniform(0.7, 1.05), rng.normal(0, 0.6)), (x + w / 2, y + h / 2), voter.pen
        )
        return RowVote(row, vote.reading, True, "name-struck", (*vote.strokes, *struck))
    return vote


def _free_place(
    page: PageLayout, size_mm: tuple[float, float], strokes: tuple[Stroke, ...], rng: np.random.Generator
) -> tuple[Stroke, ...]:
    """The strokes, moved to where no box, code, marker, seal, signature or comment area is near; () where none is."""
    kept = [(b.rect_mm, 4.5) for r in page.rows for b in r.boxes] + [(f.rect_mm, 3.0) for f in page.fiducials]
    kept += [(r, 3.0) for r in page.code_rects_mm]
    kept += [(r, 2.0) for r in (page.seal_rect_mm, page.signature_rect_mm, page.comment_rect_mm) if r]
    left, top, right, bottom = reach_mm(strokes)
    for _ in range(60):
        x, y = rng.uniform(12, size_mm[0] - 12), rng.uniform(12, size_mm[1] - 12)
        if left + x < 8 or right + x > size_mm[0] - 8 or top + y < 8 or bottom + y > size_mm[1] - 8:
            continue
        if all(
            left + x > r[0] + r[2] + g or right + x < r[0] - g or top + y > r[1] + r[3] + g or bottom + y < r[1] - g
            for r, g in kept
        ):
            return moved(strokes, x, y)
    return ()


def vote_page(
    layout: FormLayout, page: PageLayout, voter: Voter, model: VoterModel, rng: np.random.Generator
) -> PageVote:
    """All that one voter does to one page."""
    rows = tuple(_vote_row(row, voter, model, rng) for row in page.rows)
    extra: tuple[Stroke, ...] = ()
    if rng.random() < model.extra_writing_rate:
        for length in (rng.uniform(15, 45), 12.0, 8.0):
            words = drawn(rng, writing(rng, length, rng.uniform(3, 6)), (0.0, 0.0), voter.pen)
            extra = extra or _free_place(page, layout.page_size_mm, words, rng)
    signed: tuple[Stroke, ...] = ()
    if page.signature_rect_mm is not None and rng.random() < model.scribble_rate:
        x, y, w, h = page.signature_rect_mm
        name = writing(rng, min(w * 0.7, 45), min(h * 0.6, 14))
        signed = drawn(rng, name, (x + w / 2, y + h / 2), voter.pen)
    return PageVote(_ruled(layout, page, rows, voter, model, rng), (*extra, *signed), bool(extra), bool(signed))


def _ruled(
    layout: FormLayout,
    page: PageLayout,
    rows: tuple[RowVote, ...],
    voter: Voter,
    model: VoterModel,
    rng: np.random.Generator,
) -> tuple[RowVote, ...]:
    """The rows, now and then with a line over some of them: those are doubtful, whatever was meant."""
    if rng.random() >= model.ruled_rate:
        return rows
    drawn_over = ruled.rule(page, layout.page_size_mm, voter.pen, model.pens, rng)
    touched = list(rows)
    for n, at in enumerate(drawn_over.rows):
        line_too = drawn_over.strokes if n == 0 else ()
        was = rows[at]
        touched[at] = replace(was, doubtful=True, kind=drawn_over.kind, strokes=(*was.strokes, *line_too))
    return tuple(touched)
