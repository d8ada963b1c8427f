"""Doctor: prints, reads and tallies a sample in memory, and says what this machine lacks."""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ballot_scan import text


@dataclass(frozen=True, slots=True)
class Examined:
    """One part of the machine: ``found`` says what is there, ``remedy`` what to do where it is not good."""

    name: str
    good: bool
    needed: bool
    found: str
    remedy: str = ""


def examine(where: Path) -> list[Examined]:
    """Look at every part; nothing is written but a temporary store."""
    checks: list[Callable[[], Examined]] = [
        _opencv, _poppler, _font, lambda: _disk(where), _cores, _sample,
    ]  # fmt: skip
    return [_guarded(check) for check in checks]


def _guarded(check: Callable[[], Examined]) -> Examined:
    try:
        return check()
    except Exception as fault:  # a doctor reports, whatever is broken
        name = getattr(check, "__name__", "disk").strip("_").replace("<lambda>", "disk")
        return Examined(name, False, True, f"{type(fault).__name__}: {fault}", text.t("doctor.remedy.install"))


def _opencv() -> Examined:
    try:
        import cv2
    except ImportError as fault:
        return Examined("opencv", False, True, str(fault), text.t("doctor.remedy.opencv"))
    return Examined("opencv", True, True, cv2.__version__)


def _poppler() -> Examined:
    found = shutil.which("pdftoppm")
    return Examined("poppler", found is not None, False, found or "–", text.t("doctor.remedy.poppler"))


def _font() -> Examined:
    from ballot_scan.paper import fonts

    family = fonts.choose()
    good = not family.regular.startswith("DejaVu")
    return Examined("font", good, False, family.regular, text.t("doctor.remedy.font"))


def _disk(where: Path) -> Examined:
    free = shutil.disk_usage(where).free
    with tempfile.TemporaryFile(dir=where) as file:
        file.write(b"x")
    return Examined("disk", free > 2**30, True, f"{free / 2**30:.1f} GiB", text.t("doctor.remedy.disk"))


def _cores() -> Examined:
    from ballot_scan.scan.engine import usable_cores

    count = usable_cores()
    return Examined("cores", count >= 2, False, str(count), text.t("doctor.remedy.cores"))


def _sample() -> Examined:
    """Print three ballots of the sample event, fill them in, read them, compare."""
    import cv2

    from ballot_scan import data
    from ballot_scan.event.loading import parse_event
    from ballot_scan.event.regulation import effective_regulation
    from ballot_scan.paper import ballots, code, fonts, raster
    from ballot_scan.scan import reader

    event = parse_event(data.files("samples").joinpath("plan-55", "event.toml").read_bytes())
    poll = event.polls[1]
    composed = ballots.compose(event, poll, poll.forms[0], effective_regulation(event), fonts.choose())
    key, out = code.new_key(), io.BytesIO()
    codes = code.mint(3)
    ballots.write_pdf(out, composed, codes, key, rehearsal=True)
    book = reader.FormBook(event.head.id, (), (composed.layout,), key)
    per_mm, wrong = 200 / 25.4, 0
    levels = composed.layout.levels
    for number, page in enumerate(raster.render_pages(out.getvalue(), 200)):
        for row in composed.layout.pages[0].rows:
            x, y, w, h = (v * per_mm for v in row.boxes[number % len(levels)].rect_mm)
            for a, b in (((x + 9, y + 9), (x + w - 9, y + h - 9)), ((x + w - 9, y + 9), (x + 9, y + h - 9))):
                cv2.line(page, (round(a[0]), round(a[1])), (round(b[0]), round(b[1])), 60, 3, cv2.LINE_AA)
        reading = reader.read(page, book)
        expected = [levels[number % len(levels)]] * len(composed.layout.pages[0].rows)
        wrong += [r.reading for r in reading.rows] != expected
    found = text.t("doctor.sample-found", None, ballots=3, wrong=wrong)
    return Examined("sample", wrong == 0, True, found, text.t("doctor.remedy.install"))
