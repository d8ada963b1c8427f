"""The whole `scan` command against bare decoding of the same files, as a ratio of CPU time; and memory by pages.

    python benchmarks/throughput.py [--pages 400] [--rows 12] [--dpi 200] [--repeat 3] [--flagged 0.05]
    python benchmarks/throughput.py --memory 200,2000

The yardstick decodes every file to grey with cv2.imdecode, one OpenCV thread, buffers kept (glibc's mallopt), files
read beforehand; the command is `scan-tally scan FOLDER --workers 1`, start-up and store included, on a fresh store. Of
the pages that wait for people only so many are scanned that they are one in twenty (``--flagged 1``: all). Both count
user and system time of their own process; pairs alternate, the median ratio is printed.
"""

from __future__ import annotations

import argparse
import csv
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from rehearsed import many_rows, run

SCAN = [sys.executable, "-m", "ballot_scan", "--quiet", "--lang", "en", "scan", "rehearsal", "--workers", "1"]
DECODE = """
import sys, time, pathlib, cv2, numpy as np
from ballot_scan.scan.engine import prepare
prepare()
files = [np.fromfile(p, np.uint8) for p in sorted(pathlib.Path("rehearsal").glob("*.jpg"))]
start = time.process_time()
for data in files:
    cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
print(time.process_time() - start, len(files))
"""


def cpu_seconds(command: list[str], folder: Path) -> tuple[float, int]:
    """User and system seconds of a command, and its peak memory in KiB (children of this process so far)."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    if done.returncode not in (0, 3):
        sys.exit(done.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, after.ru_maxrss


def fresh_store(folder: Path, keep: Path) -> None:
    for name in ("tally.db", "tally.db-wal", "tally.db-shm"):
        (folder / name).unlink(missing_ok=True)
        if (keep / name).exists():
            shutil.copy(keep / name, folder / name)
    shutil.rmtree(folder / "evidence", ignore_errors=True)


def prepared(folder: Path, pages: int, rows: int, dpi: int) -> Path:
    if rows:
        many_rows(folder, rows)
    else:
        run(folder.parent, "new", str(folder), "--sample", "plan-55")
    run(folder, "rehearse", "--ballots", str(pages), "--dpi", str(dpi))
    keep = folder / "store-before"
    keep.mkdir()
    for path in folder.glob("tally.db*"):
        shutil.copy(path, keep / path.name)
    return keep


def flagged(folder: Path, keep: Path) -> list[Path]:
    """The pages that wait for people, found by a scan of all of them."""
    cpu_seconds(SCAN, folder)
    run(folder, "dump", "dump")
    with (folder / "dump" / "pages.csv").open(encoding="utf-8", newline="") as file:
        found = [folder / line["source"] for line in csv.DictReader(file) if line["needs_review"] == "true"]
    fresh_store(folder, keep)
    return found


def ratio(pages: int, rows: int, dpi: int, repeat: int, most_flagged: float) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "event"
        keep = prepared(folder, pages, rows, dpi)
        waiting = flagged(folder, keep)
        kept = round(most_flagged / max(1 - most_flagged, 1e-9) * (pages - len(waiting)))
        for page in waiting[kept:]:
            page.unlink()
        ratios, scans, decodes = [], [], []
        for _ in range(repeat):
            out = subprocess.run(
                [sys.executable, "-c", DECODE], cwd=folder, check=True, capture_output=True, text=True
            ).stdout.split()
            decode, count = float(out[0]), int(out[1])
            fresh_store(folder, keep)
            scan, _ = cpu_seconds(SCAN, folder)
            ratios.append(decode / scan)
            scans.append(scan / count * 1000)
            decodes.append(decode / count * 1000)
        what = f"{rows} rows" if rows else "the sample event"
        print(
            f"{count} pages of {what} at {dpi} dpi, grey JPEG, one process; {min(kept, len(waiting))} wait for people"
        )
        print(f"  cv2.imdecode alone   {statistics.median(decodes):6.2f} ms CPU a page")
        print(f"  whole scan command   {statistics.median(scans):6.2f} ms CPU a page")
        print(
            f"  ratio                {statistics.median(ratios):6.3f}  (min {min(ratios):.3f}, max {max(ratios):.3f})"
        )


def memory(sizes: list[int]) -> None:
    """Peak memory of `scan`, each size in a process of its own."""
    for pages in sizes:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "event"
            prepared(folder, pages, 12, 200)
            code = (
                "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=False, capture_output=True);"
                "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
            )
            out = subprocess.run(
                [sys.executable, "-c", code, *SCAN], cwd=folder, check=True, capture_output=True, text=True
            )
            print(f"{pages:6d} pages: peak {int(out.stdout) / 1024:.0f} MiB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=400)
    parser.add_argument("--rows", type=int, default=12, help="persons on the ballot; 0: the sample event")
    parser.add_argument("--dpi", type=int, default=200)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--flagged", type=float, default=0.05, help="share of pages that may wait for people")
    parser.add_argument("--memory", default="", help="sizes, e.g. 200,2000")
    given = parser.parse_args()
    if given.memory:
        memory([int(n) for n in given.memory.split(",")])
    else:
        ratio(given.pages, given.rows, given.dpi, given.repeat, given.flagged)


if __name__ == "__main__":
    main()
