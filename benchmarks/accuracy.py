"""The reader's accuracy on rehearsed scans over a grid of conditions: silent errors, missed doubts, needless flags.

    python benchmarks/accuracy.py --positions 1549703          until so many box positions are read in all
    python benchmarks/accuracy.py --minutes 30                 for half an hour
    python benchmarks/accuracy.py --report                     the figures so far, also as calibration/accuracy.md
    python benchmarks/accuracy.py --page "A4, 200 dpi, hard" 1000123      one page again, into build/accuracy/pages/

Pages are simulated, written as the scanner writes them (JPEG, G4 TIFF), opened and read in memory, on all cores. Each
page has a seed of its own, from 260,000,000 on: none was used to build the reader. A finished stretch of pages is one
line of build/accuracy/<digest>.jsonl, so a run may be stopped at any time and goes on where it stopped; the digest is
of the program's sources, so that figures of two readers never mix. Exit 1 where a silent error was seen.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import json
import multiprocessing
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

sys.path.append(str(Path(__file__).resolve().parent))

from accuracy_grid import BY_NAME, GRID, SCHEDULE, Condition, book, composed, opened, simulated
from accuracy_report import report

import ballot_scan
from ballot_scan.paper.layout import ContestRow
from ballot_scan.records import INFORMATIVE, NOT_A_LEVEL, PageReading, PageStatus, RowReading, Rule
from ballot_scan.rehearsal import ruled
from ballot_scan.rehearsal.simulate import SimulatedPage
from ballot_scan.rehearsal.truth import TruthRow
from ballot_scan.scan import engine
from ballot_scan.scan.pictures import Grey
from ballot_scan.scan.reader import Read, look

HOME = Path(__file__).resolve().parent.parent
STATE = HOME / "build" / "accuracy"
REPORT = HOME / "calibration" / "accuracy.md"
FIRST_SEED = 770_000_000
CHUNK = 48  # pages of one line of the state file
POLITE = (signal.SIGINT, signal.SIGTERM)
PICTURES = 3  # of missed doubts, a chunk; silent errors have one each
DIRT = ("dirt", "fold", "hair", "streak")  # defects of a scan that lay dirt beside marks


# ---------------------------------------------------------------- what came of it


@dataclass(slots=True)
class Outcome:
    """Counts of one chunk, and what went wrong in it: seed, row, kind, meant, read, defects, picture."""

    counts: Counter[str] = field(default_factory=Counter)
    errors: list[dict[str, Any]] = field(default_factory=list)
    needless: list[dict[str, Any]] = field(default_factory=list)
    seconds: Counter[str] = field(default_factory=Counter)


def compare(page: SimulatedPage, reading: PageReading, seed: int, out: Outcome) -> list[dict[str, Any]]:
    """Count one page's truth against its reading; returns what a picture is wanted of."""
    counts, truth = out.counts, page.truth
    counts["pages"] += 1
    counts[f"page:{reading.status.value}"] += 1
    if reading.status is not PageStatus.READ:
        counts[f"given-up:{reading.reason.split('|')[0]}"] += 1
        counts["rows given up"] += len(page.rows)
        return []
    named = (reading.ballot, reading.page, reading.genuine)
    counts["misnamed"] += named != (truth.ballot, truth.page, True) and not reading.findings
    of_page = sorted(set(reading.findings) - INFORMATIVE)
    over = any(row.kind in ruled.KINDS for row in page.rows)
    odd_page = truth.extra_writing or bool(truth.names_struck) or over  # the page must go to people, for this
    counts["writing"] += truth.extra_writing
    counts["writing missed"] += truth.extra_writing and not of_page
    wrong = []
    for meant, read in zip(page.rows, reading.rows, strict=True):
        counts["rows"] += 1
        counts["positions"] += len(read.boxes)
        findings = sorted(read.findings) or ([] if odd_page and not meant.doubtful else of_page)
        found = _row(meant, read, findings, bool(read.findings or of_page), truth.scan.defects, counts)
        if found:
            entry = {"what": found, "seed": seed, "row": meant.row, "kind": meant.kind, "meant": meant.reading,
                     "read": read.reading, "findings": [f.value for f in findings],
                     "defects": list(truth.scan.defects)}  # fmt: skip
            (out.needless if found == "needless" else wrong).append(entry)
    return wrong


def _row(
    meant: TruthRow,
    read: RowReading,
    findings: list[Rule],
    flagged: bool,
    defects: tuple[str, ...],
    counts: Counter[str],
) -> str:
    """Count one row; what is wrong with it: silent, missed, needless or ""."""
    counts[f"kind:{meant.kind}"] += 1
    silent = not flagged and read.reading != meant.reading
    if silent:
        counts["silent"] += 1
        counts[f"silent:{meant.kind}"] += 1
    if meant.doubtful:
        counts["doubtful"] += 1
        counts["missed"] += not flagged
        counts[f"missed:{meant.kind}"] += not flagged
        return "silent" if silent else "" if flagged else "missed"
    dirty = [f"dirt:{d}" for d in DIRT if d in defects] + (["dirt:specks"] if meant.kind == "specks" else [])
    counts["clear"] += 1
    counts["clear, no dirt"] += not dirty
    counts.update(dirty)
    if not findings:
        return "silent" if silent else ""
    counts["needless"] += 1
    counts["needless, no dirt"] += not dirty
    counts.update(f"needless {d}" for d in dirty)
    counts[f"needless:{meant.kind} → {', '.join(f.value for f in findings)}"] += 1
    return "needless"


def chunk(number: int, pages: int = CHUNK, condition: Condition | None = None, save: Path | None = None) -> Outcome:
    """Simulate, read and compare the pages of one chunk; pictures of what went wrong go into ``save``."""
    condition = condition or SCHEDULE[number % len(SCHEDULE)]
    out = Outcome()
    first = FIRST_SEED + number * CHUNK
    for seed in range(first, first + pages):
        times = [time.process_time()]
        page = simulated(condition, seed)
        times.append(time.process_time())
        grey = opened(page)
        times.append(time.process_time())
        seen = look(grey, book(condition.ballot))
        times.append(time.process_time())
        for name, a, b in zip(("simulate", "decode", "read"), times[:-1], times[1:], strict=True):
            out.seconds[name] += b - a  # type: ignore[assignment]
        wrong = compare(page, seen.reading, seed, out)
        for entry in wrong:
            pictured = sum("picture" in e for e in out.errors)
            if save is not None and (entry["what"] == "silent" or pictured < PICTURES):
                entry["picture"] = keep(condition, page, grey, seen, entry, save)
        out.errors += wrong
    return out


# ---------------------------------------------------------------- pictures of what went wrong


def keep(condition: Condition, page: SimulatedPage, grey: Grey, seen: Read, entry: dict[str, Any], save: Path) -> str:
    """The row as a PNG and the whole page as it was scanned, into ``save``; returns the picture's name."""
    save.mkdir(parents=True, exist_ok=True)
    name = f"{entry['what']}-{_plain(condition.name)}-{entry['seed']}-r{entry['row']}"
    rows = {row.row: row for form_page in composed(condition.ballot).layout.pages for row in form_page.rows}
    cv2.imencode(".png", _cropped(grey, seen, rows[entry["row"]]))[1].tofile(save / f"{name}.png")
    (save / f"{name}{Path(page.source).suffix}").write_bytes(page.data)
    return f"{name}.png"


def _plain(name: str) -> str:
    return "-".join("".join(c if c.isalnum() else " " for c in name.lower()).split())


def _cropped(grey: Grey, seen: Read, row: ContestRow) -> Grey:
    """One row, straightened, with 5 mm around it, 8 px/mm."""
    if seen.registration is None:
        raise ValueError("a page without a place in the picture has no rows")
    rects = [row.name_rect_mm, *(b.rect_mm for b in row.boxes)]
    left, top = min(r[0] for r in rects) - 5, min(r[1] for r in rects) - 5
    size = (round((max(r[0] + r[2] for r in rects) + 5 - left) * 8), round((row.boxes[0].rect_mm[3] + 10) * 8))
    to_mm = np.array([[1 / 8, 0, left], [0, 1 / 8, top], [0, 0, 1]])
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpPerspective(grey, seen.registration.to_px @ to_mm, size, flags=how, borderValue=255))


# ---------------------------------------------------------------- the run


def sources_digest() -> str:
    """Of everything that a figure depends on: reader, simulator, paper, and this grid."""
    whole = hashlib.sha256(repr(GRID).encode())
    for room in ("scan", "rehearsal", "paper"):
        for path in sorted((Path(ballot_scan.__file__).parent / room).glob("*.py")):
            whole.update(path.name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n"))
    return whole.hexdigest()[:12]


def finished(state: Path) -> list[dict[str, Any]]:
    """The lines of a state file; one that was cut off when the run was stopped is left out."""
    lines = []
    with contextlib.suppress(FileNotFoundError):
        for text in state.read_text(encoding="utf-8").splitlines():
            with contextlib.suppress(json.JSONDecodeError):
                lines.append(json.loads(text))
    return lines


def line_of(number: int, out: Outcome) -> dict[str, Any]:
    first = FIRST_SEED + number * CHUNK
    return {
        "chunk": number, "condition": SCHEDULE[number % len(SCHEDULE)].name, "seeds": [first, first + CHUNK - 1],
        "counts": dict(sorted(out.counts.items())), "seconds": {k: round(v, 3) for k, v in out.seconds.items()},
        "errors": out.errors, "needless": out.needless,
    }  # fmt: skip


def results(
    numbers: Iterator[int], workers: int, save: Path, enough: Callable[[], bool], stop: threading.Event
) -> Iterator[tuple[int, Outcome]]:
    """Chunks as they are done, in any order, until there are enough or somebody stops it; none begun is thrown away.

    Pictures of what went wrong go into ``save``. Ctrl-C and a polite kill only set ``stop``: a pool that an exception
    leaves in the middle of its shutdown hangs.
    """
    context = multiprocessing.get_context("spawn")
    under_way: dict[Future[Outcome], int] = {}

    def fill() -> None:
        while len(under_way) < workers + 1:
            number = next(numbers)
            under_way[pool.submit(chunk, number, CHUNK, None, save)] = number

    before = {s: signal.signal(s, signal.SIG_IGN) for s in POLITE}  # so do the workers, which begin with the first fill
    try:
        with ProcessPoolExecutor(workers, mp_context=context, initializer=engine.prepare) as pool:
            fill()
            for s in POLITE:
                signal.signal(s, lambda *_: stop.set())
            while not stop.is_set() and not enough():
                for future in wait(under_way, timeout=0.5, return_when=FIRST_COMPLETED).done:
                    yield under_way.pop(future), future.result()
                fill()
            pool.shutdown(wait=True, cancel_futures=True)
            yield from ((n, future.result()) for future, n in under_way.items() if not future.cancelled())
    finally:
        for s, handler in before.items():
            signal.signal(s, handler)


def run(state: Path, positions: int, minutes: float, workers: int) -> None:
    """Add chunks to the state file until enough positions are read, time is up or somebody stops it."""
    lines = finished(state)
    done = {line["chunk"] for line in lines}
    read = sum(line["counts"].get("positions", 0) for line in lines)
    silent, stop = 0, threading.Event()
    until = time.monotonic() + minutes * 60 if minutes else float("inf")

    def enough() -> bool:
        return time.monotonic() > until or (positions > 0 and read >= positions)

    if enough():
        return
    state.parent.mkdir(parents=True, exist_ok=True)
    todo = (n for n in range(10**9) if n not in done)
    with state.open("a", encoding="utf-8") as file:
        if file.tell():
            file.write("\n")  # the last line may have been cut off
        for number, out in results(todo, workers, state.parent / "errors" / state.stem, enough, stop):
            file.write(json.dumps(line_of(number, out), ensure_ascii=False) + "\n")
            file.flush()
            read += out.counts["positions"]
            silent += out.counts["silent"]
            print(f"\r{read:,} positions, {silent} silent errors in this run ", end="", file=sys.stderr, flush=True)
    print("\nstopped; what was done is kept" if stop.is_set() else "", file=sys.stderr)


def throughput() -> str:
    """The speed of the whole command, as benchmarks/throughput.py prints it."""
    from throughput import ratio

    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        ratio(pages=200, rows=12, dpi=200, repeat=3, most_flagged=0.05)
    return said.getvalue()


def again(name: str, seed: int) -> None:
    """One page as it was scanned, and what it bears."""
    page = simulated(BY_NAME[name], seed)
    folder = STATE / "pages"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{_plain(name)}-{seed}{Path(page.source).suffix}"
    path.write_bytes(page.data)
    print(path, page.truth.scan, sep="\n")
    for row in page.rows:
        print(f"row {row.row}: {row.kind}, meant {row.reading}{', doubtful' * row.doubtful}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--positions", type=int, default=0, metavar="N", help="box positions in all, earlier runs too")
    parser.add_argument("--minutes", type=float, default=0, metavar="M", help="stop after so long")
    parser.add_argument("--workers", type=int, default=engine.usable_cores(), metavar="N")
    parser.add_argument("--report", action="store_true", help="write calibration/accuracy.md, with the throughput")
    parser.add_argument("--out", type=Path, default=REPORT, metavar="FILE", help="where the report goes")
    parser.add_argument("--page", nargs=2, metavar=("CONDITION", "SEED"), help="make one page again")
    given = parser.parse_args()
    if given.page:
        return again(given.page[0], int(given.page[1]))
    state = STATE / f"{sources_digest()}.jsonl"
    if given.positions or given.minutes:
        run(state, given.positions, given.minutes, given.workers)
    groups = {c.name: c.group for c in GRID}
    lines = finished(state)
    text = report(lines, groups, NOT_A_LEVEL, state.stem, throughput() if given.report else "")
    print(text)
    if given.report:
        given.out.write_text(text, encoding="utf-8")
    if any(line["counts"].get("silent") for line in lines):
        sys.exit(1)
    return None


if __name__ == "__main__":
    main()
