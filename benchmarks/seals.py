"""Seals in simulated colour scans: how many stamped ballots are found without one, how many unstamped ones with one.

Half of the scans are ordinary, half hard, all JPEG of quality 45-90. A red pen's work in the seal's place, which is no
seal, comes last. Prints one line for each kind.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import replace

import cv2
import numpy as np
from accuracy_grid import Condition, book, paper, simulated

from ballot_scan.errors import InputError
from ballot_scan.paper.layout import Rect
from ballot_scan.records import PageStatus, Rule
from ballot_scan.rehearsal import colour, scanner, voters
from ballot_scan.rehearsal.ink import draw_strokes
from ballot_scan.rehearsal.pens import Pen, Stroke
from ballot_scan.rehearsal.shapes import through
from ballot_scan.rehearsal.stamp import CAREFUL, CARELESS, StampModel
from ballot_scan.scan import intake
from ballot_scan.scan.reader import look

KINDS = {
    "well stamped": replace(CAREFUL, missing_rate=0.0),
    "badly stamped": replace(CARELESS, missing_rate=0.0),
    "unstamped": replace(CAREFUL, missing_rate=1.0),
}
PAPERS = (("A4", 200), ("A4", 300), ("A5", 200))
PENWORK = ("line", "zigzag", "tangle", "words", "spiral", "circle")


def scanners(seed: int) -> scanner.ScannerModel:
    """Ordinary and hard scans by turns."""
    return replace(scanner.HARD if seed % 2 else scanner.ORDINARY, jpeg_quality=(45.0, 90.0))


def sealed(data: bytes, kind: str) -> bool | None:
    """Whether a seal was found; None where the page could not be read."""
    ((_, page),) = intake.opened("page.jpg", data, 1, 1, colour=True)
    if isinstance(page, InputError):
        raise page
    reading = look(page.grey, replace(book(kind), seal=True), colour=page.colour).reading
    return Rule.SEAL_MISSING not in reading.findings if reading.status is PageStatus.READ else None


def stamped(kind: str, dpi: int, seed: int, stamps: StampModel) -> bytes:
    """One ballot, stamped by the model, as a file."""
    voter = voters.HARD if seed % 2 else voters.ORDINARY
    condition = Condition("seals", "hard", 1, kind, dpi, voter, scanners(seed))
    return simulated(condition, seed, stamps).data


def drawn(what: str, place: Rect, rng: np.random.Generator) -> list[np.ndarray]:
    """Lines of a pen (n, 2) in mm about the seal's place."""
    middle = np.array([place[0] + place[2] / 2, place[1] + place[3] / 2]) + rng.uniform(-4, 4, 2)
    reach, count = rng.uniform(10, 19), int(rng.integers(8, 40))
    along = np.linspace(-reach, reach, count)
    turns = np.linspace(0, (rng.uniform(1, 3) if what == "circle" else rng.uniform(2, 8)) * 2 * np.pi, 90)
    out = reach if what == "circle" else np.linspace(0.1, 1, 90) * reach
    match what:
        case "line":
            lines = [np.column_stack([along, along * rng.normal(0, 0.5)])]
        case "zigzag":
            lines = [np.column_stack([along, (np.arange(count) % 2 * 2 - 1) * reach * rng.uniform(0.4, 1)])]
        case "tangle":
            lines = [rng.normal(0, reach / 2, (count, 2))]
        case "words":
            lines = [np.column_stack([along, 7 * n - 10 + rng.uniform(-2.5, 2.5, count)]) for n in range(4)]
        case _:
            lines = [np.column_stack([out * np.cos(turns), out * np.sin(turns) * rng.uniform(0.7, 1)])]
    return [through(line + rng.normal(0, 0.6, line.shape) + middle) for line in lines]


def penned(what: str, seed: int) -> bytes:
    """An unstamped ballot with a red pen's work where the seal belongs, as a file."""
    form, (blank,) = paper("A4", 200)
    rng = np.random.default_rng(seed)
    place = form.pages[0].seal_rect_mm
    assert place is not None  # noqa: S101 - every first page has one
    pen = Pen("ball", rng.uniform(0.35, 1.5), rng.uniform(20, 110), 0.1)
    marked = blank.copy()
    strokes = [Stroke(line, np.full(len(line), pen.width_mm), pen) for line in drawn(what, place, rng)]
    draw_strokes(marked, strokes, 200, rng)
    scan, light = scanner.draw_scan(scanners(seed), rng), replace(colour.draw_light(rng), pen="red")
    sheet = colour.sheet_in_colour(blank, marked, light.pen, None, 200, rng)
    return scanner.encode_jpeg(colour.scan_in_colour(sheet, scan, light, rng, dpi=200), scan.jpeg_quality)


def main() -> None:
    """Print the counts."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pages", type=int, default=150, help="of each kind, paper and resolution")
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    cv2.setNumThreads(1)
    seeds = range(given.seed * 100_000, given.seed * 100_000 + given.pages)
    for name, stamps in KINDS.items():
        for kind, dpi in PAPERS:
            found = Counter(sealed(stamped(kind, dpi, seed, stamps), kind) for seed in seeds)
            print(
                f"{name}, {kind}, {dpi} dpi: {found[True]} seals found on {found[True] + found[False]} pages",
                flush=True,
            )
    for what in PENWORK:
        found = Counter(sealed(penned(what, seed), "A4") for seed in seeds)
        print(f"red pen, {what}: taken for a seal on {found[True]} of {found[True] + found[False]} pages", flush=True)


if __name__ == "__main__":
    main()
