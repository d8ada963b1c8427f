"""Rehearsed ballots of the sample event through the real commands: silent errors, needless flags, missed doubts.

    python benchmarks/rehearsed.py --ballots 1000 [--hard] [--rows 12] [--dpi 200] [--seed 1]

Prints counts, by kind of mark where something is off. Exit 1 where a silent error or a lost page was seen.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from ballot_scan.rehearsal import ruled
from ballot_scan.rehearsal.truth import TruthRow, read_truth

SCAN_TALLY = [sys.executable, "-m", "ballot_scan", "--lang", "en"]


def run(folder: Path, *arguments: str) -> None:
    done = subprocess.run([*SCAN_TALLY, *arguments], cwd=folder, check=False, capture_output=True, text=True)
    if done.returncode not in (0, 3):
        sys.exit(f"{arguments}: {done.stderr}")


def many_rows(folder: Path, rows: int) -> None:
    """An event with one poll and ``rows`` persons on its ballot."""
    people = "\n".join(
        f'[[poll.form.candidate]]\nid = "p{i}"\nname = "Nguyễn Văn {i}"\nposition = "Ủy viên"'
        for i in range(1, rows + 1)
    )
    folder.mkdir()
    (folder / "event.toml").write_text(
        '[event]\nid = "bench"\ntitle = "Thử"\norgan = "Ban"\nregulation = "262-QD-TW"\n'
        f'[[poll]]\nid = "p"\nname = "Hội nghị"\ndate = 2026-01-01\n[[poll.form]]\nid = "main"\n{people}\n',
        encoding="utf-8",
    )


def compare(truth: list[TruthRow], dump: Path) -> tuple[Counter[str], Counter[str], list[str]]:
    """Counts, kinds of what is off, and the sources with silent errors."""
    with (dump / "readings.csv").open(encoding="utf-8", newline="") as file:
        read = {(r["source"], int(r["row"])): r for r in csv.DictReader(file)}
    with (dump / "pages.csv").open(encoding="utf-8", newline="") as file:
        pages = {p["source"]: p for p in csv.DictReader(file)}
    counts: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    silent = []
    counts["pages fed"] = len({t.source for t in truth})
    counts["pages lost"] = len({t.source for t in truth} - set(pages))
    counts["pages unreadable"] = sum(p["status"] == "unreadable" for p in pages.values())
    counts["pages flagged"] = sum(p["needs_review"] == "true" for p in pages.values())
    over = {t.source for t in truth if t.kind in ruled.KINDS}  # such a page must go to people, for the line
    for t in truth:
        counts["rows"] += 1
        counts["doubtful rows"] += t.doubtful
        r = read.get((t.source, t.row))
        if r is None:
            counts["rows on pages given up"] += 1
            continue
        flagged = r["needs_review"] == "true" or pages[t.source]["findings"] != ""
        if not flagged and (t.doubtful or r["reading"] != t.reading):
            name = "silent errors" if r["reading"] != t.reading else "doubtful rows missed"
            counts[name] += 1
            kinds[f"{name}: {t.kind}"] += 1
            silent.append(f"{t.source} row {t.row}: {t.kind}, meant {t.reading}, read {r['reading']} [{t.scan}]")
        needless = r["findings"] != "" if t.source in over else flagged
        if needless and not t.doubtful:
            counts["clear rows flagged needlessly"] += 1
            kinds[f"needless: {t.kind} → {r['findings'] or pages[t.source]['findings']}"] += 1
    return counts, kinds, silent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ballots", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dpi", type=int, default=200)
    parser.add_argument("--rows", type=int, default=0, help="persons on the ballot; 0: the sample event")
    parser.add_argument("--hard", action="store_true")
    parser.add_argument("--keep", type=Path, help="folder to keep the event in")
    parser.add_argument("--list", type=int, default=20)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.keep or Path(scratch) / "event"
        if given.rows:
            many_rows(folder, given.rows)
        else:
            run(folder.parent, "new", str(folder), "--sample", "plan-55")
        hard = ["--hard"] if given.hard else []
        size = ["--ballots", str(given.ballots), "--seed", str(given.seed), "--dpi", str(given.dpi)]
        run(folder, "rehearse", *size, *hard)
        run(folder, "scan", "rehearsal")
        run(folder, "dump", "out")
        with (folder / "rehearsal" / "truth.csv").open(encoding="utf-8", newline="") as file:
            truth = read_truth(file)
        counts, kinds, silent = compare(truth, folder / "out")
    for name, count in counts.items():
        print(f"{count:8d}  {name}")
    clear = counts["rows"] - counts["doubtful rows"]
    print(f"{counts['silent errors']:8d}  silent errors of {3 * counts['rows']} box positions")
    print(f"  {counts['clear rows flagged needlessly'] / max(1, clear):.4%}  of clear rows flagged needlessly")
    for kind, count in kinds.most_common(given.list):
        print(f"{count:8d}  {kind}")
    for line in silent[: given.list]:
        print(" ", line)
    if counts["silent errors"] or counts["pages lost"]:
        sys.exit(1)


if __name__ == "__main__":
    main()
