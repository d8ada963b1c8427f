"""The accuracy benchmark's report: counts of all chunks as tables in Markdown, each share with its upper bound."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np

GROUPS = ("ordinary", "hard", "bilevel")
GOALS = (1_549_703, 10_000_000)
_SHOWN = 40

Line = Mapping[str, Any]


def upper_bound(hits: int, trials: int, confidence: float = 0.95) -> float:
    """The one-sided upper bound of a share after ``hits`` of ``trials`` (Clopper and Pearson).

    The share at which so few hits or fewer would be seen with a probability of only 1 - ``confidence``; for no hits
    nearly 3 / ``trials`` (the rule of three).
    """
    if hits >= trials:
        return 1.0
    left = 1.0 - confidence
    if hits == 0:
        return -math.expm1(math.log(left) / trials)
    k = np.arange(hits + 1, dtype=np.float64)
    # logarithms of the binomial coefficients, from one to the next
    ways = np.concatenate([[0.0], np.cumsum(np.log((trials - k[:-1]) / (k[:-1] + 1)))])
    low, high = hits / trials, 1.0
    for _ in range(80):
        share = (low + high) / 2
        terms = ways + k * math.log(share) + (trials - k) * math.log1p(-share)
        top = float(terms.max())
        likely = top + math.log(float(np.exp(terms - top).sum()))
        low, high = (share, high) if likely > math.log(left) else (low, share)
        if high - low < 1e-13:
            break
    return high


def percent(hits: int, trials: int) -> str:
    """A share and its bound in per cent, e.g. ``0.013 % (< 0.019 %)``."""
    if not trials:
        return "–"
    return f"{hits / trials:.3%} (< {upper_bound(hits, trials):.3%})".replace("%", " %")


def count(hits: int, trials: int) -> str:
    """A rare count of many and its bound, e.g. ``0 of 1,549,703 (< 1.9e-06)``."""
    return f"{hits:,} of {trials:,} (< {upper_bound(hits, trials):.1e})" if trials else "–"


def table(header: Collection[str], rows: Iterable[Collection[str]]) -> str:
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def sums(lines: Iterable[Line], names: Mapping[str, str]) -> dict[str, Counter[str]]:
    """Counts of all chunks, added up by what ``names`` calls their condition."""
    found: dict[str, Counter[str]] = {}
    for line in lines:
        found.setdefault(names[line["condition"]], Counter()).update(line["counts"])
    return found


def _all(groups: Iterable[tuple[str, Counter[str]]]) -> Counter[str]:
    """Every group's counts added up, zeros kept."""
    every: Counter[str] = Counter()
    for _, counts in groups:
        every.update(counts)
    return every


def _starting(counts: Counter[str], start: str) -> list[tuple[str, int]]:
    """What comes after ``start`` in the names of counts, most frequent first."""
    return sorted(((k[len(start) :], n) for k, n in counts.items() if k.startswith(start)), key=lambda kn: -kn[1])


def report(lines: list[Line], groups: Mapping[str, str], not_a_level: Collection[str], digest: str, speed: str) -> str:
    """The whole report. ``groups``: condition → group; ``not_a_level``: kinds of rows without one mark."""
    by_group, by_name = sums(lines, groups), sums(lines, {n: n for n in groups})
    ordered = [(g, by_group[g]) for g in GROUPS if g in by_group]
    parts = [
        _head(lines, by_group, digest),
        "## By group\n\nOrdinary: skew up to 1.5°, scale within 1 %, JPEG 65-90, noise up to 5, one row in twenty in "
        "pencil or less. Hard: beyond any of these, and streaks, folds, dark beds, rubbings. Bilevel: G4, black and "
        "white only, of which pale marks may be lost before the reader sees them; counted apart.\n",
        _main_table(ordered),
        "## By condition\n",
        _main_table([(n, by_name[n]) for n in groups if n in by_name]),
        "## Clear rows sent to people\n",
        _needless(ordered),
        "## Doubtful rows, and rows without one mark\n\nMissed: neither the row nor its page was flagged.\n",
        _kinds(ordered, not_a_level),
        "## Pages\n",
        _pages(ordered),
        "## What went wrong, one by one\n",
        _errors(lines, digest),
        "## Speed\n",
        _speed(lines, speed),
    ]
    return "\n".join(parts)


def _head(lines: list[Line], by_group: Mapping[str, Counter[str]], digest: str) -> str:
    grey = by_group.get("ordinary", Counter()) + by_group.get("hard", Counter())
    g4 = by_group.get("bilevel", Counter())
    seeds = [s for line in lines for s in line["seeds"]]
    return (
        "# Accuracy of the reader\n\n"
        "Rehearsed scans (simulated paper, voters and scanners; no physical scanner) read in memory by the reader "
        "that `scan-tally scan` uses, against what was meant. Bounds are one-sided 95 % upper bounds (Clopper-Pearson)."
        "\nA *silent error* is a row that was read otherwise than the voter meant while neither it nor its page was "
        "flagged. Made by `benchmarks/accuracy.py`; it resumes.\n\n"
        f"- sources {digest}, {len(lines):,} chunks, seeds {min(seeds, default=0):,} to {max(seeds, default=0):,}\n"
        f"- **grey scans: {grey['silent']} silent errors in {grey['positions']:,} box positions** "
        f"(rate below {upper_bound(grey['silent'], max(1, grey['positions'])):.1e})\n"
        f"- G4 scans: {g4['silent']} silent errors in {g4['positions']:,} box positions "
        f"(rate below {upper_bound(g4['silent'], max(1, g4['positions'])):.1e})\n"
    )


def _main_table(counts: Iterable[tuple[str, Counter[str]]]) -> str:
    header = (
        "",
        "pages",
        "positions",
        "silent errors",
        "doubtful rows missed",
        "clear rows flagged",
        "unreadable pages",
    )
    return table(
        header,
        [
            (
                name, f"{c['pages']:,}", f"{c['positions']:,}", count(c["silent"], c["positions"]),
                count(c["missed"], c["doubtful"]), percent(c["needless"], c["clear"]),
                percent(c["page:unreadable"], c["pages"]),
            )
            for name, c in counts
        ],
    )  # fmt: skip


def _needless(groups: list[tuple[str, Counter[str]]]) -> str:
    names = [g for g, _ in groups]
    rows = [("all clear rows", *(percent(c["needless"], c["clear"]) for _, c in groups))]
    rows += [("no dirt on the sheet", *(percent(c["needless, no dirt"], c["clear, no dirt"]) for _, c in groups))]
    for dirt in ("specks", "dirt", "fold", "hair", "streak"):
        where = "specks beside the mark" if dirt == "specks" else f"{dirt} on the page"
        rows.append((where, *(percent(c[f"needless dirt:{dirt}"], c[f"dirt:{dirt}"]) for _, c in groups)))
    every = _all(groups)
    kinds = _starting(every, "needless:")[:_SHOWN]
    why = [(k, *(f"{c[f'needless:{k}']:,}" for _, c in groups)) for k, _ in kinds]
    return table(("", *names), rows) + "\n" + table(("mark → finding", *names), why)


def _kinds(groups: list[tuple[str, Counter[str]]], not_a_level: Collection[str]) -> str:
    every = _all(groups)
    kinds = sorted(k for k, _ in _starting(every, "missed:"))
    kinds = [k for k in kinds if k not in not_a_level] + [k for k in kinds if k in not_a_level]
    rows = [(k, *(count(c[f"missed:{k}"], c[f"kind:{k}"]) for _, c in groups)) for k in kinds]
    clear = sorted(k for k, _ in _starting(every, "kind:") if k not in kinds)
    silent = [(k, *(count(c[f"silent:{k}"], c[f"kind:{k}"]) for _, c in groups)) for k in clear]
    names = [g for g, _ in groups]
    return (
        table(("missed, of rows", *names), rows)
        + "\nSilent errors by kind of clear mark:\n\n"
        + table(("silent, of rows", *names), silent)
    )


def _pages(groups: list[tuple[str, Counter[str]]]) -> str:
    """Every page has one status; those taken for blank or for no ballot would be lost, those misnamed miscounted."""
    names = [g for g, _ in groups]
    rows = [("read", *(f"{c['page:read']:,} of {c['pages']:,}" for _, c in groups))]
    rows += [
        (s.replace("-", " "), *(percent(c[f"page:{s}"], c["pages"]) for _, c in groups))
        for s in ("unreadable", "blank", "not-a-ballot")
    ]
    rows.append(("read under another ballot's name", *(count(c["misnamed"], c["pages"]) for _, c in groups)))
    rows.append(("writing elsewhere, missed", *(count(c["writing missed"], c["writing"]) for _, c in groups)))
    every = _all(groups)
    rows += [
        (f"given up: {reason}", *(f"{c[f'given-up:{reason}']:,}" for _, c in groups))
        for reason, _ in _starting(every, "given-up:")
    ]
    return table(("", *names), rows)


def _errors(lines: list[Line], digest: str) -> str:
    found = [(line["condition"], e) for line in lines for e in line["errors"]]
    found.sort(key=lambda ce: (ce[1]["what"] != "silent", ce[0], ce[1]["seed"]))
    silent = sum(e["what"] == "silent" for _, e in found)
    if not found:
        return "Nothing.\n"
    shown = found[: max(_SHOWN, silent)]
    rows = [
        (
            e["what"], name, f"{e['seed']} row {e['row']}", e["kind"], e["meant"], e["read"], ", ".join(e["defects"]),
            f"build/accuracy/errors/{digest}/{e['picture']}" if "picture" in e else "",
        )
        for name, e in shown
    ]  # fmt: skip
    header = ("", "condition", "seed", "kind", "meant", "read", "defects of the scan", "picture")
    more = f"\n… and {len(found) - len(shown):,} doubtful rows missed.\n" if len(found) > len(shown) else ""
    return table(header, rows) + more


def _speed(lines: list[Line], whole: str) -> str:
    seconds: Counter[str] = Counter()
    pages = positions = 0
    for line in lines:
        seconds.update(line["seconds"])
        pages += line["counts"].get("pages", 0)
        positions += line["counts"].get("positions", 0)
    total = sum(seconds.values())
    if not pages or not positions:
        return "Nothing was read.\n"
    each = {name: spent / pages * 1000 for name, spent in seconds.items()}
    text = (
        f"CPU a page: simulated {each['simulate']:.1f} ms, decoded {each['decode']:.1f} ms, "
        f"read {each['read']:.1f} ms; {pages / total:.1f} pages a second and core.\n"
    )
    for goal in GOALS:
        hours = goal * total / positions / 3600
        text += f"{goal:,} positions take {hours:.1f} hours of one core.\n"
    return text + (f"\nThe whole command:\n\n```\n{whole.strip()}\n```\n" if whole else "")
