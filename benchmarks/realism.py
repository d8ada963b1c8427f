"""Do simulated scans look like real ones? The same measures on both, and whether the real ones lie inside.

    python benchmarks/realism.py DIRECTORY [--pages N] [--seed S] [--sides FOLDER]

DIRECTORY holds scans of real paper (.jpg .jpeg .png, and .pdf of page images). Measures, on grey pictures:
paper – median grey of empty 64 px windows; noise – standard deviation there after a 6 px high-pass, bands taken out;
bands – standard deviation of column means there after the same; ink – grey that 1 % of the inked pixels fall below;
line – twice area by outline of what is inked, mm; edge – 10-90 % rise of strong edges, px. ``--sides`` writes crops of
simulated rows as pictures, to be looked at beside real ones.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from ballot_scan.rehearsal import scanner, voters
from ballot_scan.rehearsal.chance import Grey
from ballot_scan.rehearsal.sheets import Sheet, compose_sheet, plain_blank, plain_layout
from ballot_scan.rehearsal.simulate import simulate

MEASURES = ("paper", "noise", "bands", "ink", "line", "edge")
SUFFIXES = {".jpg", ".jpeg", ".png"}


def _windows(picture: Grey) -> list[Grey]:
    """Empty 64 px windows of the sheet."""
    height, width = picture.shape
    level = float(np.median(picture[picture > 150])) if (picture > 150).any() else 255.0
    found = []
    for y in range(64, height - 128, 64):
        for x in range(64, width - 128, 64):
            window = picture[y : y + 64, x : x + 64]
            if np.percentile(window, 1) > level - 45 and window.mean() < level + 12:
                found.append(window)
    return found


def _noise(windows: list[Grey]) -> tuple[float, float]:
    noise, bands = [], []
    for window in windows:
        values = window.astype(np.float32)
        high = values - cv2.GaussianBlur(values, (0, 0), 6)
        columns = high.mean(axis=0)
        bands.append(float(columns.std()))
        noise.append(float((high - columns).std()))
    return float(np.median(noise)), float(np.median(bands))


def _edge(picture: Grey, paper: float) -> float:
    """Median 10-90 % rise across upright edges of strong contrast, px."""
    values = picture.astype(np.int16)
    slope = np.abs(np.diff(values, axis=1))
    height = np.zeros_like(slope)
    span = 3
    height[:, span:-span] = np.abs(values[:, 2 * span + 1 :] - values[:, : -2 * span - 1])
    peak = cv2.dilate(slope, np.ones((1, 5), np.uint8))
    strong = (height > 0.55 * paper) & (slope == peak) & (slope > 20)
    return float(np.median(0.8 * height[strong] / slope[strong])) if strong.any() else float("nan")


def measure(picture: Grey, dpi: float) -> dict[str, float]:
    """The measures of one picture; nan where it has nothing to measure."""
    windows = _windows(picture)
    if len(windows) < 4:
        return {name: float("nan") for name in MEASURES}
    paper = float(np.median([np.median(w) for w in windows]))
    noise, bands = _noise(windows)
    inner = picture[picture.shape[0] // 8 : -picture.shape[0] // 8, picture.shape[1] // 8 : -picture.shape[1] // 8]
    inked = inner[inner < paper * 0.6]
    ink = float(np.percentile(inked, 1)) if inked.size else float("nan")
    mask = (inner < (paper + (0.0 if np.isnan(ink) else ink)) / 2).astype(np.uint8)
    widths = []
    for contour in cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)[0]:
        x, y, w, h = cv2.boundingRect(contour)
        size = max(w, h) / dpi * 25.4
        if 2.0 < size < 12.0:
            part = mask[y : y + h, x : x + w]
            outlines = cv2.findContours(part.copy(), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)[0]
            length = sum(cv2.arcLength(c, True) for c in outlines)
            widths.append(2 * float(part.sum()) / max(length, 1.0) / dpi * 25.4)
    line = float(np.median(widths)) if widths else float("nan")
    return {"paper": paper, "noise": noise, "bands": bands, "ink": ink, "line": line, "edge": _edge(inner, paper)}


def real(folder: Path) -> Iterator[tuple[str, Grey, float]]:
    """Name, picture and resolution of each scan; the resolution from its size, taken as a page 210-216 mm wide."""
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in SUFFIXES:
            picture = cv2.imdecode(np.fromfile(path, dtype=np.uint8), cv2.IMREAD_GRAYSCALE)
            if picture is not None:
                grey = np.asarray(picture, dtype=np.uint8)
                yield path.name, grey, min((150.0, 200.0, 300.0), key=lambda d: abs(d - min(grey.shape) / 8.4))
        elif path.suffix.lower() == ".pdf":
            import pypdfium2

            page = pypdfium2.PdfDocument(path)[0]
            yield path.name, np.asarray(page.render(scale=300 / 72, grayscale=True).to_numpy()).squeeze(), 300.0


def simulated(name: str, pages: int, seed: int, sides: Path | None) -> Iterator[dict[str, float]]:
    voter, scan = {"ordinary": (voters.ORDINARY, scanner.ORDINARY), "hard": (voters.HARD, scanner.HARD)}[name]
    layout = plain_layout(12)
    blank = plain_blank(layout, 0, 200)
    sheets = (
        Sheet(layout, 0, compose_sheet(blank, layout.pages[0], f"T{i:027d}", 200), f"THU-{i:05d}") for i in range(pages)
    )
    for number, page in enumerate(simulate(sheets, voter, scan, seed)):
        picture = np.asarray(cv2.imdecode(np.frombuffer(page.data, np.uint8), cv2.IMREAD_GRAYSCALE), dtype=np.uint8)
        if sides is not None and number < 6:
            crop = picture[450:1050, -700:]
            cv2.imencode(".png", crop)[1].tofile(sides / f"{name}-{number}.png")
        yield measure(picture, 200)


def _span(values: list[float]) -> tuple[float, float]:
    known = [v for v in values if not np.isnan(v)]
    return (min(known), max(known)) if known else (float("nan"), float("nan"))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--pages", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sides", type=Path)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    if options.sides:
        options.sides.mkdir(parents=True, exist_ok=True)
    print(f"{'':28}" + "".join(f"{m:>14}" for m in MEASURES))
    reals: list[dict[str, float]] = []
    for name, picture, dpi in real(options.directory) if options.directory.is_dir() else ():
        values = measure(picture, dpi)
        reals.append(values)
        print(f"{name[:27]:28}" + "".join(f"{values[m]:14.2f}" for m in MEASURES))
    models = {n: list(simulated(n, options.pages, options.seed, options.sides)) for n in ("ordinary", "hard")}
    for label, rows in [("real", reals), *models.items()]:
        spans = [_span([r[m] for r in rows]) for m in MEASURES]
        print(f"{label:28}" + "".join(f"{f'{low:.2f}-{high:.2f}':>14}" for low, high in spans))
    everything = [r for rows in models.values() for r in rows]
    print(f"{'real ones inside':28}", end="")
    for m in MEASURES:
        low, high = _span([r[m] for r in everything])
        known = [r[m] for r in reals if not np.isnan(r[m])]
        print(f"{f'{sum(low <= v <= high for v in known)} of {len(known)}':>14}", end="")
    print()


if __name__ == "__main__":
    main()
