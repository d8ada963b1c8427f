"""Calibrate: the sheet printed and read back, a white sheet, freshly printed ballots; the scanner's profile kept.

Nothing here goes into the count; what was found stands in the log as the readiness of the scanner.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ballot_scan.day.folder import CALIBRATION, SCORES, EventFolder, write_bytes, write_text
from ballot_scan.errors import InputError, UsageError
from ballot_scan.records import PageReading, code_of
from ballot_scan.scan import histogram
from ballot_scan.scan.profile import DEFAULT, Profile, from_toml, measured_in, to_toml
from ballot_scan.text import stored, system, t

if TYPE_CHECKING:
    from ballot_scan.scan import pictures
    from ballot_scan.scan.calibrate import Finding
    from ballot_scan.scan.calibration_file import FileFacts

PROFILE_FILE = "scanner.toml"
SHEET_FILE = "calibration-sheet.pdf"

Progress = Callable[[int, int], object]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a verdict: ``level`` good, usable or not-usable; where it was seen; in words."""

    level: str
    words: str
    source: str = ""
    page: int = 0
    code: str = ""


@dataclass(frozen=True, slots=True)
class CalibrationReport:
    """What a calibration found. ``unread``: pages that were no such sheet, each with its reason in words."""

    verdict: str
    lines: tuple[Line, ...]
    unread: tuple[str, ...]
    pages: int
    files: tuple[Path, ...] = ()
    profile: Profile = DEFAULT

    @property
    def good_enough(self) -> bool:
        return self.verdict != "not-usable"


# ---------------------------------------------------------------- the profile in use


def scanner_profile(folder: EventFolder) -> tuple[Profile, str]:
    """The profile to read with, and its name: ``scanner.toml`` where the event has one, else ``built-in``.

    Raises UsageError, in one line with the key, for a file that cannot be used.
    """
    source = _source(folder)
    return (from_toml(source), PROFILE_FILE) if source is not None else (DEFAULT, "built-in")


def _source(folder: EventFolder) -> str | None:
    from ballot_scan.event.source import EncodingFault, decode

    path = folder.path / PROFILE_FILE
    try:
        return decode(path.read_bytes())
    except FileNotFoundError:
        return None
    except EncodingFault as fault:
        raise UsageError("calibrate.profile.encoding", line=fault.line) from fault
    except OSError as fault:
        raise UsageError("calibrate.profile.broken", why=system(fault)) from fault


def profile_words(profile: Profile) -> str:
    """The bounds that a calibration moves, in one line."""
    values = {"marked": profile.marked_above, "usual": DEFAULT.marked_above, "ink": profile.ink_least}
    return t("calibrate.read.profile", None, contrast=profile.contrast_floor, digest=profile.digest[:12], **values)


def _scanner(folder: EventFolder) -> tuple[tuple[float, float], float | None]:
    """The scanner's own scale and its grey level of white paper, as calibrated; 1 and None where that is unknown."""
    source = _source(folder)
    measured = measured_in(source) if source is not None else {}
    found, white = measured.get("scale_percent"), measured.get("white")
    usual = float(white) if isinstance(white, (int, float)) else None
    if isinstance(found, list) and len(found) == 2 and all(isinstance(v, (int, float)) for v in found):
        x, y = (min(max(float(v) / 100, 0.95), 1.05) for v in found)
        return (x, y), usual
    return (1.0, 1.0), usual


# ---------------------------------------------------------------- print, read


def print_sheet(folder: EventFolder, target: Path | None) -> Path:
    """Write the calibration sheet, in the event's language."""
    from ballot_scan.paper import fonts
    from ballot_scan.paper.calibration_sheet import calibration_pdf

    head = folder.event.head
    return write_bytes(target or folder.path / SHEET_FILE, calibration_pdf(fonts.choose(head.font), head.language))


def read_sheet(folder: EventFolder, paths: list[str]) -> CalibrationReport:
    """Measure scans of the calibration sheet; write ``scanner.toml`` where the scanner is usable, and the picture.

    Raises UsageError where no page is such a sheet, or where the scans differ in their resolution.
    """
    from ballot_scan.paper.calibration_sheet import sheet
    from ballot_scan.scan import calibrate
    from ballot_scan.scan.calibration_measure import measure
    from ballot_scan.scan.calibration_read import NotTheSheet

    measured, unread, pictured = [], [], None
    for source, page, image, file in _pages(paths):
        if isinstance(image, InputError):
            unread.append(t("calibrate.not.unread", None, source=source, page=page, why=image))
            continue
        try:
            one, placed = measure(image.grey, sheet(), file)
        except NotTheSheet as reason:
            values = {"source": source, "page": page, "found": reason.found}
            unread.append(t(f"calibrate.not.{reason.reason}", None, **values))
            continue
        measured.append(one)
        pictured = pictured or (image.grey, placed, one)
    if pictured is None:
        raise UsageError("calibrate.not.none") if not unread else UsageError("calibrate.not.first", why=unread[0])
    if apart := calibrate.differing(measured):
        raise UsageError("calibrate.not.differing", found=", ".join(str(dpi) for dpi in apart))
    worst = calibrate.worst(measured)
    findings = calibrate.judge(worst)
    verdict = calibrate.overall(findings)
    profile = calibrate.bounds(worst)
    lines = tuple(Line(f.level, _words(f)) for f in findings)
    files = [_draw(folder, *pictured, lines, verdict, len(measured))]
    if verdict != calibrate.NOT_USABLE:
        content = to_toml(profile, calibrate.table(worst, len(measured)), folder.now())
        files.insert(0, write_text(folder.path / PROFILE_FILE, content))
    _log(folder, "scanner-calibrated", verdict, scans=len(measured), profile=profile.digest, findings=_bad(findings))
    return CalibrationReport(verdict, lines, tuple(unread), len(measured), tuple(files), profile)


def _draw(
    folder: EventFolder,
    grey: pictures.Grey,
    placed: object,
    measured: object,
    lines: tuple[Line, ...],
    verdict: str,
    scans: int,
) -> Path:
    from ballot_scan.paper import fonts
    from ballot_scan.paper.calibration_sheet import sheet
    from ballot_scan.scan import calibration_picture

    title = t("calibrate.verdict.title", None, date=_date(folder), scans=scans)
    said = [(line.level, line.words) for line in lines] + [(verdict, t(f"calibrate.verdict.{verdict}"))]
    font = fonts.choose(folder.event.head.font).files[0]
    words = calibration_picture.Words(title, said)
    png = calibration_picture.picture(grey, placed, sheet(), measured, words, font)  # type: ignore[arg-type]
    return write_bytes(folder.path / CALIBRATION, png)


def _date(folder: EventFolder) -> str:
    return dt.datetime.fromisoformat(folder.now()).strftime("%d/%m/%Y %H:%M UTC")


# ---------------------------------------------------------------- white sheet, fresh ballots


def read_blank(folder: EventFolder, paths: list[str]) -> CalibrationReport:
    """Examine scans of a white sheet. Raises UsageError where there is no page."""
    from ballot_scan.scan import calibrate, calibration_blank

    lines, unread, pages = [], [], 0
    findings: list[Finding] = []
    for source, page, image, file in _pages(paths):
        if isinstance(image, InputError):
            unread.append(t("calibrate.not.unread", None, source=source, page=page, why=image))
            continue
        pages += 1
        found = calibration_blank.examine(image.grey, file.dpi).findings()
        findings += found
        lines += [Line(f.level, _words(f), source, page) for f in found]
    if not pages:
        raise UsageError("calibrate.not.first", why=unread[0])
    verdict = calibrate.overall(findings)
    _log(folder, "white-sheet-scanned", verdict, pages=pages, findings=_bad(findings))
    return CalibrationReport(verdict, tuple(lines), tuple(unread), pages)


def check_proof(folder: EventFolder, paths: list[str], progress: Progress | None = None) -> CalibrationReport:
    """Check freshly printed, unmarked ballots of this event; nothing is counted, no reading is kept.

    Raises UsageError where nothing was printed yet or there is no page.
    """
    from ballot_scan.day.book import form_book, paper_out
    from ballot_scan.scan import calibrate, calibration_proof

    profile, _ = scanner_profile(folder)
    scale, usual = _scanner(folder)
    with folder.store() as store:
        out = paper_out(store)
        if not out.newest:
            raise UsageError("day.not-printed")
        book = replace(form_book(folder, out, store), seal=False)  # they are not stamped yet
    lines, unread, pages = [], [], 0
    seen: dict[tuple[str, int], tuple[str, int]] = {}
    findings: list[Finding] = []
    for source, page, image, file in _pages(paths, colour=True):
        if isinstance(image, InputError):
            unread.append(t("calibrate.not.unread", None, source=source, page=page, why=image))
            continue
        pages += 1
        proof = calibration_proof.check(image.grey, file, book, profile, scale, usual, image.colour)
        found = [*proof.findings, *_issued(folder, proof.reading, out.issued, seen, source, page)]
        found = [f for f in found if f.key != "proof-good"] or found
        findings += found
        lines += [Line(f.level, _words(f), source, page, proof.code) for f in found]
        if progress is not None:
            progress(1, pages)
    if not pages:
        raise UsageError("calibrate.not.first", why=unread[0])
    verdict = calibrate.overall(findings)
    _log(folder, "print-checked", verdict, pages=pages, profile=profile.digest, findings=_bad(findings))
    return CalibrationReport(verdict, tuple(lines), tuple(unread), pages, profile=profile)


def _issued(
    folder: EventFolder,
    reading: PageReading,
    issued: frozenset[str],
    seen: dict[tuple[str, int], tuple[str, int]],
    source: str,
    number: int,
) -> Iterator[Finding]:
    """Codes that were never issued, and those that stand on two sheets (with codes of their own)."""
    from ballot_scan.scan.calibrate import NOT_USABLE, Finding

    code = code_of(reading.ballot)
    if not code or folder.event.head.codes == "shared" or reading.rehearsal:
        return
    if code not in issued and reading.genuine:
        yield Finding("proof-unknown", NOT_USABLE)
    if seen.setdefault((code, reading.page), (source, number)) != (source, number):
        yield Finding("proof-twice", NOT_USABLE)


# ---------------------------------------------------------------- pages, words, log


def _pages(
    paths: list[str], *, colour: bool = False
) -> Iterator[tuple[str, int, pictures.Page | InputError, FileFacts]]:
    """Every page under ``paths``: source, page from 1, its picture or what is wrong with it, facts of its file."""
    from ballot_scan.scan import engine, intake
    from ballot_scan.scan.calibration_file import FileFacts, facts

    engine.prepare()
    found = intake.find(paths)
    if not found.files:
        raise UsageError("calibrate.not.nothing", path=", ".join(paths))
    for file in found.files:
        try:
            content = intake.read_bytes(file.path)
            last = intake.count_pages(file.path, content)
            for number, image in intake.opened(file.path, content, 1, last, colour=colour):
                if isinstance(image, InputError):
                    yield file.source, number, image, FileFacts()
                else:
                    height, width = image.grey.shape
                    yield file.source, number, image, facts(file.path, content, number, (height, width))
        except InputError as error:
            yield file.source, 1, error, FileFacts()


def _words(finding: Finding) -> str:
    """A finding in the language in use; a reason of the reader is put into words too."""
    values = {name: stored(str(v)) if name == "why" else v for name, v in finding.values}
    return t(f"calibrate.find.{finding.key}", None, **values)


def _bad(findings: list[Finding]) -> list[str]:
    return sorted({f.key for f in findings if f.level != "good"})


def _log(folder: EventFolder, event: str, verdict: str, **detail: object) -> None:
    with folder.store() as store:
        store.record(event, "failed" if verdict == "not-usable" else "ok", verdict=verdict, **detail)


# ---------------------------------------------------------------- scores of a batch


def write_scores(folder: EventFolder, batch: str, found: histogram.Histogram) -> Path:
    """The histogram of a batch's box scores: ``batches/<name>-scores.svg`` and, in text, ``-scores.txt`` beside it."""
    title = t("calibrate.scores.title", None, batch=batch, boxes=found.boxes)
    path = folder.path / SCORES / f"{file_name(batch)}-scores.svg"
    write_text(path.with_suffix(".txt"), "\n".join((title, *histogram.bars(found), "")))
    return write_text(path, histogram.svg(found, title))


def file_name(batch: str) -> str:
    """A batch's name as a file may be called on every system: short, lower case, ASCII; told apart by a digest."""
    plain = unicodedata.normalize("NFKD", batch.lower().replace("đ", "d")).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40]
    if plain == batch and not re.fullmatch(r"con|prn|aux|nul|com\d|lpt\d", plain):
        return plain
    return f"{plain or 'batch'}-{hashlib.sha256(batch.encode()).hexdigest()[:6]}"
