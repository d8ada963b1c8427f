"""Sheets scanned twice, and sheets of voters of one mind: how well their marks tell them apart.

    python benchmarks/lookalikes.py [--voters 160] [--seed 11]

Every voter marks one sheet with the same twelve choices; each sheet is scanned three times as ordinary scanners do
and twice as hard ones do. All pairs of scans are compared by three, six and twelve of their rows. A miss is a pair of
scans of one sheet that is not called alike, a false alarm a pair of two sheets that is.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from helpers.reading import book, layout, sheet

from ballot_scan.records import PageReading
from ballot_scan.rehearsal import marks, scanner, voters
from ballot_scan.rehearsal.chance import Grey, generator, pick
from ballot_scan.rehearsal.ink import draw_strokes
from ballot_scan.rehearsal.sheets import Sheet
from ballot_scan.rules.lookalikes import ALIKE, ALIKE_FEW, Boxes, likeness
from ballot_scan.rules.rescans import Sameness, compared
from ballot_scan.scan import fingerprint, intake
from ballot_scan.scan.reader import read

SCANS = (*(scanner.ORDINARY,) * 3, *(scanner.HARD,) * 2)
GROUPS = (3, 6, 12)
BOUNDS = (0.84, ALIKE, 0.90, ALIKE_FEW, 0.94)


def marked(paper: Sheet, seed: int) -> Grey:
    """The sheet with one clear mark in every row, the levels in turn, in the hand of its own voter."""
    model = voters.ORDINARY
    voter = voters.invent_voter(paper.layout, model, generator(seed, paper.ballot, 0, "voter"))
    rng = generator(seed, paper.ballot, 1, "marks")
    image = paper.image.copy()
    for number, row in enumerate(paper.page_layout.rows):
        kind = voter.kind if rng.random() < model.habit else pick(rng, model.clear_kinds)
        strokes = marks.clear_mark(rng, kind, row, number % 3, voter.pen, voter.size, voter.bias_mm, model)
        draw_strokes(image, strokes, paper.dpi, rng)
    return image


def scans(count: int, seed: int) -> tuple[list[tuple[int, bool]], list[Boxes], list[PageReading], int]:
    """Each scan read: voter and whether it is a hard one; the boxes of its fingerprint; its reading; how many were not
    read."""
    known = replace(book(), fingerprints=True)
    who, found, pages, lost = [], [], [], 0
    for voter in range(count):
        paper = Sheet(layout(), 0, sheet(), f"voter-{voter}")
        image = marked(paper, seed)
        for number, kind in enumerate(SCANS):
            scan = scanner.draw_scan(replace(kind, dpi=paper.dpi), generator(seed, paper.ballot, number, "scan"))
            picture = scanner.scan_page(image, scan, generator(seed, paper.ballot, number, "picture"), dpi=paper.dpi)
            data, suffix = scanner.encode(picture, scan, paper.dpi)
            ((_, grey),) = intake.pages("scan" + suffix, data, 1, 1)
            page = read(grey, known) if isinstance(grey, np.ndarray) else None
            looks = page.fingerprint if page is not None else b""
            lost += not looks
            if page is not None and looks:
                pages.append(page)
                who.append((voter, kind is scanner.HARD))
                found.append(fingerprint.boxes(looks))
    return who, found, pages, lost


def compare(who: list[tuple[int, bool]], found: list[Boxes]) -> None:
    """Print, by number of rows compared, pairs, misses and false alarms."""
    one, other = np.triu_indices(len(found), 1)
    voter, hard = np.array([v for v, _ in who]), np.array([h for _, h in who])
    same = voter[one] == voter[other]
    ordinary = ~(hard[one] | hard[other])
    for rows in GROUPS:
        parts = []
        for first in range(0, 12 - rows + 1, rows):
            kept = range(3 * first, 3 * (first + rows))
            cut = [{n: cells for n, cells in page.items() if n in kept} for page in found]
            parts.append(likeness(cut, cut)[0][one, other])
        alike = np.array(parts)
        sorts = (("ordinary", same & ordinary), ("hard", same & ~ordinary), ("two voters", ~same))
        print(f"{rows} rows:", ", ".join(f"{alike[:, which].size} pairs {name}" for name, which in sorts))
        for bound in BOUNDS:
            easy, hard_ones, false = ((alike[:, which] >= bound).sum() for _, which in sorts)
            missed = ((alike[:, which].size - seen) for (_, which), seen in zip(sorts, (easy, hard_ones), strict=False))
            print(f"  bound {bound:.2f}: missed {', '.join(map(str, missed))}; false {false}")


def by_coverage(who: list[tuple[int, bool]], pages: list[PageReading]) -> None:
    """Print what is said of two scans under one code by the coverage of their marked boxes."""
    print("by coverage:", *Sameness)
    for rows in (6, 12):
        cut = [replace(page, rows=page.rows[:rows]) for page in pages]
        told: dict[str, Counter[Sameness]] = defaultdict(Counter)
        for (a, one), (b, other) in combinations(zip(who, cut, strict=True), 2):
            name = "two voters" if a[0] != b[0] else "hard" if a[1] or b[1] else "ordinary"
            found = compared([one, other])
            if found is not None:
                told[name][found.sameness] += 1
        for name, counts in told.items():
            print(f"  {rows} rows, {name}:", ", ".join(f"{counts[kind]} {kind}" for kind in Sameness))


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--voters", type=int, default=160)
    asked.add_argument("--seed", type=int, default=11)
    args = asked.parse_args()
    cv2.setNumThreads(1)
    who, found, pages, lost = scans(args.voters, args.seed)
    sizes = [len(boxes) for boxes in found]
    print(f"{args.voters} sheets, {len(found)} scans read, {lost} not; boxes with ink {min(sizes)}-{max(sizes)}")
    compare(who, found)
    by_coverage(who, pages)


if __name__ == "__main__":
    main()
