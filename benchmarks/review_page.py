"""The review page of 1,000 flagged ballots: its size without pictures, and how long a browser takes to open it.

    python benchmarks/review_page.py [--ballots 1000] [--people 55] [--keep FILE]

Three rows of each ballot are doubtful, one ballot in ten has a finding of its own too. Opening is measured with
Chromium where there is one, from its start to the page drawn (``--dump-dom``), less the same for an empty page.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "review"))

from review_samples import HEAD, SECOND, Sample

from ballot_scan.records import Rule
from ballot_scan.review.report import page

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def build(ballots: int, people: int) -> Sample:
    """A count with that many flagged ballots; every fourth has opinions already."""
    sample = Sample(people)
    doubts = (("blank", (Rule.BLANK_ROW,)), ("multiple", (Rule.MULTIPLE_ROW,)), ("unsure", (Rule.UNSURE_MARK,)))
    for n in range(ballots):
        rows = {(n * 7 + 13 * k) % people + 1: doubt for k, doubt in enumerate(doubts)}
        whole = (Rule.EXTRA_WRITING,) if n % 10 == 0 else ()
        ballot = sample.ballot(f"{n:05d}-BENCH", rows, *whole, poll=f"hall-{n % 2 + 1}", draw=False)
        if n % 4 == 0:
            for member in (HEAD, SECOND):
                sample.say(ballot, "", min(rows), "blank", member)
    return sample


def opened(browser: str, file: Path) -> float:
    """Seconds until the page is drawn and the browser gone again; the median of five."""
    times = []
    for _ in range(5):
        with tempfile.TemporaryDirectory() as profile:
            command = [
                browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
                "--disable-component-update", "--disable-sync", "--no-first-run", f"--user-data-dir={profile}",
                "--dump-dom", file.as_uri(),
            ]  # fmt: skip
            start = time.perf_counter()
            done = subprocess.run(command, capture_output=True, check=True, timeout=120)
            times.append(time.perf_counter() - start)
        if file.stat().st_size > 1000 and b'class="matter' not in done.stdout:
            raise SystemExit("the page drew no case")
    return statistics.median(times)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--ballots", type=int, default=1000)
    asked.add_argument("--people", type=int, default=55)
    asked.add_argument("--keep", type=Path)
    args = asked.parse_args()
    sample = build(args.ballots, args.people)
    start = time.perf_counter()
    cases = sample.cases()
    html = page(sample.event, cases, regulation=sample.regulation, layouts=sample.layouts, lang="vi")
    made = time.perf_counter() - start
    size = len(html.encode("utf-8"))
    print(f"flagged ballots {len(cases)}, persons on each {args.people}, matters {sum(len(c.matters) for c in cases)}")
    print(f"made in {made:.2f} s; size without pictures {size / 1e6:.2f} MB (to reach: < 3)")
    if args.keep:
        args.keep.parent.mkdir(parents=True, exist_ok=True)
        args.keep.write_text(html, encoding="utf-8")
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        print("opening was not measured: no Chromium here")
        return
    with tempfile.TemporaryDirectory() as folder:
        file, empty = Path(folder) / "index.html", Path(folder) / "empty.html"
        file.write_text(html, encoding="utf-8")
        empty.write_text("<!DOCTYPE html><title>empty</title>", encoding="utf-8")
        bare, whole = opened(browser, empty), opened(browser, file)
    print(f"opened in {whole - bare:.2f} s (to reach: <= 2; browser alone {bare:.2f} s)")


if __name__ == "__main__":
    main()
