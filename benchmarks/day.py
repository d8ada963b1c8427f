"""Printing, export and verification at the sizes the figures name.

    python benchmarks/day.py

Prints ballots a second (2,000 of the sample's longest form, written to a file), bytes a page, and the seconds that
`export` and `verify` take for 500 ballots of 55 persons keyed by two operators, one row in a hundred doubtful.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rehearsed import SCAN_TALLY, many_rows

BALLOTS, PERSONS = 500, 55


def timed(folder: Path, *arguments: str) -> float:
    start = time.perf_counter()
    done = subprocess.run([*SCAN_TALLY, *arguments], cwd=folder, check=False, capture_output=True, text=True)
    if done.returncode not in (0, 3, 4):
        sys.exit(f"{arguments}: {done.stderr}")
    return time.perf_counter() - start


def printing(folder: Path) -> None:
    from ballot_scan.event.loading import load_event
    from ballot_scan.event.regulation import effective_regulation
    from ballot_scan.paper import ballots, code, fonts

    timed(folder.parent, "new", str(folder), "--sample", "plan-55")
    event = load_event(folder)
    poll = event.polls[1]
    composed = ballots.compose(event, poll, poll.forms[0], effective_regulation(event), fonts.choose())
    codes, key, target = code.mint(2000), code.new_key(), folder / "many.pdf"
    start = time.perf_counter()
    ballots.write_pdf(target, composed, codes, key, rehearsal=False)
    seconds = time.perf_counter() - start
    print(f"{len(codes) / seconds:10.0f}  ballots printed a second")
    print(f"{target.stat().st_size / len(codes):10.0f}  bytes a page")


def bundle(folder: Path) -> None:
    many_rows(folder, PERSONS)
    rng = random.Random(1)
    header = "ballot," + ",".join(f"p{i}" for i in range(1, PERSONS + 1))
    levels = ["high"] * 60 + ["medium"] * 30 + ["low"] * 9 + ["blank"]
    rows = [",".join([str(n), *(rng.choice(levels) for _ in range(PERSONS))]) for n in range(1, BALLOTS + 1)]
    (folder / "keyed.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    for operator in ("Lan", "Minh"):
        timed(folder, "key", "keyed.csv", "--poll", "p", "--form", "main", "--operator", operator)
    numbers = {
        "summoned": BALLOTS,
        "present": BALLOTS,
        "printed": BALLOTS,
        "issued": BALLOTS,
        "spoiled": 0,
        "unused": 0,
    }
    options = [word for name, n in {**numbers, "collected": BALLOTS}.items() for word in (f"--{name}", str(n))]
    timed(folder, "turnout", "--poll", "p", *options)
    timed(folder, "close", "--poll", "p")
    print(
        f"{timed(folder, 'export'):10.2f}  seconds: export of {BALLOTS} ballots of {PERSONS} persons, papers included"
    )
    print(f"{timed(folder, 'verify', 'export/bench.zip', '--allow-unsigned'):10.2f}  seconds: verify")


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        printing(Path(scratch) / "printing")
        bundle(Path(scratch) / "bundle")


if __name__ == "__main__":
    main()
