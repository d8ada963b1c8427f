"""The results as a picture: one stacked bar a person, readable in grey print.

Levels are told apart by hatching and grey, never by colour alone; votes stand in the bars and, all of them, in a
column at the right. The full bar is the base of the percentages; what is left of it is no level.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ballot_scan import text
from ballot_scan.documents import numbers
from ballot_scan.documents.papers import CountPapers
from ballot_scan.files import write_whole
from ballot_scan.records import CandidateCount, FormTally

PERSONS_PER_PICTURE = 30
_DPI = 200
_WIDTH_IN = 6.4
_ROW_IN, _EDGE_IN = 0.27, 0.95
_LOOK = (("#FFFFFF", "////"), ("#C8C8C8", ""), ("#6E6E6E", "xxxx"), ("#F0F0F0", "...."), ("#404040", ""))
_LABEL_FROM = 0.06
_NAME_LENGTH = 34


@dataclass(frozen=True, slots=True)
class Picture:
    """A rendered chart and its size in points."""

    data: bytes
    width: float
    height: float


def write_chart(path: Path, papers: CountPapers, tally: FormTally, font_file: str | None = None) -> Path:
    """The chart of one form as ``.png``, ``.svg`` or ``.pdf``; all persons in one picture."""
    kind = path.suffix.lower().lstrip(".") or "png"
    picture = _render(papers, tally, tally.candidates, font_file, kind)
    return write_whole(path, lambda spare: spare.write_bytes(picture.data), "documents.error.write")


def pictures(papers: CountPapers, tally: FormTally, font_file: str | None = None) -> list[Picture]:
    """PNG pictures for a paper, each with as many persons as a page holds, evenly."""
    persons = tally.candidates
    if not persons or tally.base <= 0:
        return []
    parts = -(-len(persons) // PERSONS_PER_PICTURE)
    each = -(-len(persons) // parts)
    return [
        _render(papers, tally, persons[at : at + each], font_file, "png", at) for at in range(0, len(persons), each)
    ]


def font_file_of(name: str) -> str | None:
    """The file of a registered reportlab face, so that chart and text share it."""
    from reportlab.pdfbase import pdfmetrics

    found = getattr(getattr(pdfmetrics.getFont(name), "face", None), "filename", None)
    return str(found) if found and Path(str(found)).is_file() else None


def _render(
    papers: CountPapers,
    tally: FormTally,
    persons: Sequence[CandidateCount],
    font_file: str | None,
    kind: str,
    before: int = 0,
) -> Picture:
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with rc_context({"svg.hashsalt": "ballot_scan", "hatch.linewidth": 0.5, "pdf.fonttype": 42}):
        height = _EDGE_IN + _ROW_IN * len(persons)
        figure = Figure(figsize=(_WIDTH_IN, height), dpi=_DPI)
        FigureCanvasAgg(figure)
        axes = figure.subplots()
        face = _face(font_file)
        _bars(axes, tally, persons, papers, face)
        _dress(axes, persons, papers, face, before)
        figure.subplots_adjust(left=0.33, right=0.83, top=1 - 0.42 / height, bottom=0.45 / height)
        out = io.BytesIO()
        figure.savefig(out, format=kind, metadata=_metadata(kind))
    return Picture(out.getvalue(), _WIDTH_IN * 72, height * 72)


def _metadata(kind: str) -> dict[str, Any]:
    """No dates and versions: equal numbers give equal bytes."""
    return {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind, {})


def _face(font_file: str | None) -> Any:
    from matplotlib.font_manager import FontProperties

    return FontProperties(fname=font_file) if font_file else FontProperties(family="DejaVu Serif")


def _sized(face: Any, points: float) -> Any:
    copy = face.copy()
    copy.set_size(points)
    return copy


def _bars(axes: Any, tally: FormTally, persons: Sequence[CandidateCount], papers: CountPapers, face: Any) -> None:
    """The stacked bars, their labels and the column of all votes."""
    base = max(tally.base, 1)
    rows = range(len(persons))
    starts = [0.0] * len(persons)
    for index, level in enumerate(persons[0].levels):
        shares = [person.levels[index].votes / base * 100 for person in persons]
        fill, hatch = _LOOK[index % len(_LOOK)]
        axes.barh(
            rows,
            shares,
            left=starts,
            height=0.62,
            color=fill,
            hatch=hatch,
            edgecolor="black",
            linewidth=0.5,
            label=papers.level_heading(level.level),
        )
        for row in rows:
            if shares[row] >= _LABEL_FROM * 100:
                axes.text(
                    starts[row] + shares[row] / 2,
                    row,
                    str(persons[row].levels[index].votes),
                    ha="center",
                    va="center_baseline",
                    fontproperties=_sized(face, 8),
                    parse_math=False,
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
                )
        starts = [start + wide for start, wide in zip(starts, shares, strict=True)]
    for row in rows:
        votes = " / ".join(numbers.grouped(level.votes, papers.lang) for level in persons[row].levels)
        axes.text(
            101.5, row, votes, ha="left", va="center_baseline", fontproperties=_sized(face, 8.5), parse_math=False
        )


def _dress(axes: Any, persons: Sequence[CandidateCount], papers: CountPapers, face: Any, before: int) -> None:
    """Names, scale and legend."""
    names = [f"{number}. {_short(person.name)}" for number, person in enumerate(persons, start=before + 1)]
    axes.set_yticks(range(len(persons)))
    axes.set_yticklabels(names, fontproperties=_sized(face, 9), parse_math=False)
    axes.set_ylim(len(persons) - 0.5, -0.5)
    axes.set_xlim(0, 100)
    ticks = (0, 25, 50, 75, 100)
    axes.set_xticks(ticks)
    axes.set_xticklabels([f"{tick}%" for tick in ticks], fontproperties=_sized(face, 8))
    axes.tick_params(length=2)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.set_xlabel(text.t("documents.chart.axis", papers.lang), fontproperties=_sized(face, 8.5), labelpad=2)
    axes.legend(
        loc="lower center",
        bbox_to_anchor=(0.4, 1.0),
        ncols=len(persons[0].levels),
        frameon=False,
        prop=_sized(face, 9),
        handlelength=1.8,
        borderaxespad=0.3,
    )


def _short(name: str) -> str:
    return name if len(name) <= _NAME_LENGTH else name[: _NAME_LENGTH - 1].rstrip() + "…"
