"""Histogram of box scores: how much ink the boxes of a batch hold, and how many lie near the bounds.

A glance shows whether the bounds of ink fit: two hills, empty and marked, with a bare valley between them. Doubtful
boxes stand beside them, and are counted by what made them so: that is not always how much ink they hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from math import log10

from ballot_scan.records import Doubt, PageReading, PageStatus
from ballot_scan.scan.profile import Profile
from ballot_scan.text import number, t

STATES = ("empty", "unsure", "marked")
#: Coverage, in percent, where one bar ends and the next begins.
EDGES = (0.0, 0.2, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 18.0, 27.0, 40.0, 60.0, 80.0, 100.0)
_RING_MM = 0.625  # of a box's side is frame, on each end
_SIDE_MM = 7.0
#: What made a box doubtful, by the bounds concerned.
REASONS: dict[str, frozenset[Doubt]] = {
    "pale": frozenset({Doubt.PALE, Doubt.TRACE, Doubt.FAINT_LINES, Doubt.PALER, Doubt.BLACK_AND_WHITE}),
    "small": frozenset({Doubt.SMALL, Doubt.HESITANT, Doubt.GAPS}),
    "place": frozenset({Doubt.BESIDE, Doubt.TWO_BOXES, Doubt.TWO_ROWS, Doubt.GOES_ON}),
    "form": frozenset({Doubt.LINE, Doubt.HAIR, Doubt.STAIN, Doubt.OTHER_PEN, Doubt.SCRIBBLED, Doubt.SIGN, Doubt.HOLE}),
    "frame": frozenset({Doubt.NO_FRAME, Doubt.FADED_FRAME, Doubt.GONE_OVER}),
}
_COLOURS = {"empty": "#8aa4b8", "unsure": "#d9822b", "marked": "#2f5d3a"}


@dataclass(frozen=True, slots=True)
class Histogram:
    """Boxes by coverage and state. ``counts``: state → boxes in each interval of ``EDGES``.

    ``least``: coverage (percent) of the smallest mark; ``struck``: from which a box beside a mark is a blacked-out
    one. ``near``: empty boxes with half of ``least`` or more, marked ones with less than twice ``least``, marked ones
    within a tenth of ``struck``. ``reasons``: doubtful boxes by the kinds of ``REASONS``, each under the first that it
    has; ``pale``: darkness, percent of the print's, below which ink is too pale for a mark.
    """

    counts: dict[str, tuple[int, ...]]
    least: float
    struck: float
    near: dict[str, int]
    reasons: dict[str, int]
    pale: float

    @property
    def boxes(self) -> int:
        return sum(sum(c) for c in self.counts.values())

    def total(self, state: str) -> int:
        """Boxes in this state."""
        return sum(self.counts[state])


def scores(readings: Iterable[PageReading], profile: Profile) -> Histogram:
    """The histogram of all boxes of the pages read."""
    counts = {state: [0] * (len(EDGES) - 1) for state in STATES}
    near = dict.fromkeys(("empty", "marked", "struck"), 0)
    reasons = dict.fromkeys(REASONS, 0)
    least = struck = 0.0
    for reading in readings:
        if reading.status is not PageStatus.READ:
            continue
        for row in reading.rows:
            for box in row.boxes:
                if not least:
                    least, struck = _bounds(box.quad_mm, profile)
                percent = box.coverage * 100
                counts[box.state][_interval(percent)] += 1
                kind = next((kind for kind, doubts in REASONS.items() if doubts & set(box.doubts)), None)
                if kind is not None:
                    reasons[kind] += 1
                if box.state == "unsure":
                    continue
                if box.state == "empty":
                    near["empty"] += percent >= least / 2
                else:
                    near["marked"] += percent < least * 2
                    near["struck"] += abs(percent - struck) < struck / 10
    if not least:
        least, struck = _bounds((), profile)
    pale = profile.marked_above * 100
    return Histogram({state: tuple(c) for state, c in counts.items()}, least, struck, near, reasons, pale)


def _bounds(quad_mm: Sequence[float], profile: Profile) -> tuple[float, float]:
    side = (quad_mm[2] - quad_mm[0] + quad_mm[7] - quad_mm[1]) / 2 if len(quad_mm) == 8 else _SIDE_MM
    inside = max(side - 2 * _RING_MM, 1.0) ** 2
    return profile.mark_inside_mm2 / inside * 100, profile.struck_share * 100


def _interval(percent: float) -> int:
    for i, end in enumerate(EDGES[1:]):
        if percent < end:
            return i
    return len(EDGES) - 2


def summary(found: Histogram) -> tuple[str, ...]:
    """How many boxes there are, with a line for those near the bounds and one for the doubtful; none without such."""
    near, doubtful = any(found.near.values()), any(found.reasons.values()) or found.total("unsure")
    if not near and not doubtful:
        return ()
    lines = [t("calibrate.scores.boxes", None, boxes=found.boxes, **{state: found.total(state) for state in STATES})]
    if near:
        least, struck = number(found.least, ".1f"), f"{found.struck:.0f}"
        near_by = {f"near_{k}": v for k, v in found.near.items()}
        lines.append(t("calibrate.scores.near", None, least=least, struck=struck, **near_by))
    if any(found.reasons.values()):
        lines.append(t("calibrate.scores.reasons", None, bound=f"{found.pale:.0f}", **found.reasons))
    return tuple(lines)


def bars(found: Histogram, width: int = 24) -> tuple[str, ...]:
    """The histogram in text: a line an interval, and in it each state by the logarithm of its boxes."""
    most = _most(found)
    signs = {"empty": ".", "unsure": "?", "marked": "#"}
    names = {"least": found.least, "struck": found.struck}
    lines = [t("calibrate.scores.legend")]
    for i, (low, high) in enumerate(pairwise(EDGES)):
        counts = {state: found.counts[state][i] for state in STATES}
        drawn = "".join(signs[s] * round(width * _height(n) / most) for s, n in counts.items())
        bounds = "".join(
            " ← " + t(f"calibrate.scores.{name}", None, percent=number(at, ".1f"))
            for name, at in names.items()
            if low <= at < high
        )
        lines.append(f"{low:6.2f} – {high:6.2f} %{sum(counts.values()):9d}  {drawn}{bounds}")
    return tuple(lines)


def _most(found: Histogram) -> float:
    """The height of the highest bar."""
    return max(1.0, *(_height(n) for counts in found.counts.values() for n in counts))


def _height(n: int) -> float:
    return log10(n + 1)


# ---------------------------------------------------------------- SVG

_LEFT, _TOP, _WIDTH, _HEIGHT = 60.0, 60.0, 640.0, 240.0


def svg(found: Histogram, title: str) -> str:
    """The histogram as a picture: in each interval a bar a state, by the logarithm of its boxes; bounds as lines."""
    most = _most(found)
    step = _WIDTH / (len(EDGES) - 1)
    wide = (step - 2) / len(STATES)
    parts = [_text(_LEFT, 24, title, 15, "start", bold=True), *_legend(found), *_scale(most)]
    for k, state in enumerate(STATES):
        for i, n in enumerate(found.counts[state]):
            if n:
                x, high = _LEFT + i * step + 1 + k * wide, max(_HEIGHT * _height(n) / most, 1.5)
                top = _TOP + _HEIGHT - high
                parts.append(
                    f'<rect x="{x:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{high:.1f}" '
                    f'fill="{_COLOURS[state]}"><title>{n}</title></rect>'
                )
                parts.append(_text(x + wide / 2, top - 3, str(n), 7, "middle"))
    for i, edge in enumerate(EDGES):
        parts.append(_text(_LEFT + i * step, _TOP + _HEIGHT + 14, f"{edge:g}", 9, "middle"))
    parts.append(_text(_LEFT + _WIDTH / 2, _TOP + _HEIGHT + 32, t("calibrate.scores.axis"), 11, "middle"))
    for bound, key in ((found.least, "calibrate.scores.least"), (found.struck, "calibrate.scores.struck")):
        x = _LEFT + _along(bound) * step
        parts.append(
            f'<line x1="{x:.1f}" y1="{_TOP - 4:.1f}" x2="{x:.1f}" y2="{_TOP + _HEIGHT:.1f}" stroke="#b3261e" '
            f'stroke-dasharray="4 3"/>'
        )
        parts.append(_text(x, _TOP - 8, t(key, None, percent=number(bound, ".1f")), 10, "middle", colour="#b3261e"))
    if any(found.reasons.values()):
        said = t("calibrate.scores.reasons", None, bound=f"{found.pale:.0f}", **found.reasons)
        parts.append(_text(10, _TOP + _HEIGHT + 52, said, 9, "start"))
    size = f'width="{_LEFT + _WIDTH + 30:.0f}" height="{_TOP + _HEIGHT + 62:.0f}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif">'
    return "\n".join([head, '<rect width="100%" height="100%" fill="#ffffff"/>', *parts, "</svg>"]) + "\n"


def _along(percent: float) -> float:
    """Where a coverage lies on the axis, in intervals."""
    i = _interval(percent)
    return i + min(1.0, (percent - EDGES[i]) / (EDGES[i + 1] - EDGES[i]))


def _legend(found: Histogram) -> list[str]:
    parts, x = [], _LEFT + _WIDTH
    for state in reversed(STATES):
        words = f"{t(f'calibrate.scores.state.{state}')}: {found.total(state)}"
        x -= 7.0 * len(words) + 24
        parts.append(f'<rect x="{x:.1f}" y="13" width="11" height="11" fill="{_COLOURS[state]}"/>')
        parts.append(_text(x + 16, 23, words, 11, "start"))
    return parts


def _scale(most: float) -> list[str]:
    """Lines at 1, 10, 100 … boxes."""
    parts = []
    for power in range(int(most) + 1):
        y = _TOP + _HEIGHT * (1 - _height(10**power) / most)
        if y >= _TOP:
            parts.append(
                f'<line x1="{_LEFT:.1f}" y1="{y:.1f}" x2="{_LEFT + _WIDTH:.1f}" y2="{y:.1f}" stroke="#e3e3e3"/>'
            )
            parts.append(_text(_LEFT - 6, y + 3, f"{10**power}", 9, "end"))
    parts.append(f'<path d="M{_LEFT} {_TOP + _HEIGHT} h{_WIDTH}" stroke="#444" fill="none"/>')
    return parts


def _text(x: float, y: float, words: str, px: int, anchor: str, *, bold: bool = False, colour: str = "#222") -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{px}" text-anchor="{anchor}" fill="{colour}"{weight}>'
        f"{escape(words)}</text>"
    )
