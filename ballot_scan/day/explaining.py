"""Explain: what the reader saw on one page of one scan, drawn as a page of its own. Nothing is kept in the store."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from ballot_scan import text
from ballot_scan.day.book import form_book, paper_out
from ballot_scan.day.calibrating import PROFILE_FILE, scanner_profile
from ballot_scan.day.counting import load
from ballot_scan.day.folder import EXPLAINED, EventFolder, write_bytes, write_text
from ballot_scan.errors import InputError, UsageError
from ballot_scan.paper import fonts
from ballot_scan.records import PageReading, Rule
from ballot_scan.review.drawn import png
from ballot_scan.review.explained import About, Beyond, lines
from ballot_scan.review.explained import page as html_page
from ballot_scan.rules.rescans import compared
from ballot_scan.scan import engine, intake, pictures
from ballot_scan.scan.explain import see
from ballot_scan.scan.reader import FormBook

_LONGEST = 60  # characters of a file's name that are kept
_ABOUT_OTHERS = {Rule.DUPLICATE_BALLOT, Rule.MISSING_PAGE}


@dataclass(frozen=True, slots=True)
class Explained:
    """The page written, and the reading it explains."""

    path: Path
    reading: PageReading
    beyond: tuple[Beyond, ...] = ()  # what other pages of the event tell of it

    @property
    def of_page(self) -> tuple[Rule, ...]:
        """Findings on the page as a whole."""
        return (*self.reading.findings, *(found.rule for found in self.beyond))

    @property
    def flagged(self) -> int:
        """Rows flagged on this page."""
        return sum(bool(row.findings) for row in self.reading.rows)


def explain(folder: EventFolder, source: str, number: int, out: Path | None = None) -> Explained:
    """Read page ``number`` (from 1) of ``source`` again and draw what was seen into ``out`` or the event folder: as a
    picture where ``out`` ends in .png, else as an HTML page.

    ``source`` is looked for from the current folder, then from the event folder; it need not have been scanned.
    Raises UsageError for no such file or page and for an ``out`` that is neither, InputError for a page that cannot be
    opened.
    """
    if out is not None and out.suffix.lower() not in (".html", ".htm", ".png"):
        raise UsageError("explain.not-that", path=out)
    path = _found(folder, source)
    data, pages = _opened(path, source, number)
    book = _book(folder)
    page = _page(path, source, data, number, colour=book.seal)
    profile, file = scanner_profile(folder)
    bounds = file if file == PROFILE_FILE else text.t("explain.built-in")
    engine.prepare()
    sight = see(page.grey, book, profile, page.colour)
    digest = intake.page_digest(hashlib.sha256(data).hexdigest(), number, pages)
    poll, form = _names(folder, sight.reading)
    known, beyond = _beyond(folder, digest, sight.reading)
    about = About(source, number, pages, digest, poll, form, _levels(folder), bounds, known, beyond)
    target = out or _free(folder.path / EXPLAINED / f"{safe_name(path.stem)}-p{number}.html", digest)
    if target.suffix.lower() == ".png":
        font = fonts.choose(folder.event.head.font).files[0]
        return Explained(write_bytes(target, png(sight, lines(sight, profile, about), font)), sight.reading, beyond)
    return Explained(write_text(target, html_page(sight, profile, about)), sight.reading, beyond)


def _free(path: Path, digest: str) -> Path:
    """The place for a page's explanation: another name where that of another page, called alike, lies there."""
    try:
        mine = not path.exists() or digest in path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return path  # the writing will say what is wrong
    return path if mine else path.with_stem(f"{path.stem}-{digest[:6]}")


def _beyond(folder: EventFolder, digest: str, reading: PageReading) -> tuple[bool, tuple[Beyond, ...]]:
    """Whether the page was scanned into the event, and what its other pages tell of it."""
    count = load(folder)
    pages = {page.id: page for page in count.pages if not page.withdrawn}
    mine = {id for id, page in pages.items() if page.reading.sha256 == digest}
    rules = {rule for id in mine for rule in count.sorted.page_findings.get(id, ())} - set(reading.findings)
    rest = {id for ballot in count.ballots if mine & set(ballot.pages) for id in (*ballot.pages, *ballot.alike)} - mine
    others = tuple(f"{r.source} ({r.source_page})" for r in (pages[id].reading for id in sorted(rest)))
    scans = compared(pages[id].reading for id in (*sorted(mine)[:1], *sorted(rest)))
    note = scans.told if scans is not None else ""
    twice = Rule.DUPLICATE_BALLOT
    return bool(mine), tuple(
        Beyond(rule, others if rule in _ABOUT_OTHERS else (), note if rule is twice else "") for rule in sorted(rules)
    )


def _found(folder: EventFolder, source: str) -> Path:
    for path in (Path(source), folder.path / source):
        if path.is_dir():
            raise UsageError("explain.is-folder", path=source)
        if path.exists():
            return path
    raise UsageError("scan.no-such-path", path=source)


def _opened(path: Path, source: str, number: int) -> tuple[bytes, int]:
    """The file's bytes and how many pages it holds."""
    try:
        data = intake.read_bytes(str(path))
        pages = intake.count_pages(str(path), data)
    except InputError as error:
        raise InputError("explain.unreadable", path=source, page=number, why=error) from error
    if not 1 <= number <= pages:
        raise UsageError("explain.no-page", path=source, page=number, pages=pages)
    return data, pages


def _page(path: Path, source: str, data: bytes, number: int, *, colour: bool) -> pictures.Page:
    for _, page in intake.opened(str(path), data, number, number, colour=colour):
        if isinstance(page, InputError):
            raise InputError("explain.unreadable", path=source, page=number, why=page) from page
        return page
    raise UsageError("explain.no-page", path=source, page=number, pages=0)


def _book(folder: EventFolder) -> FormBook:
    """What a scan knows of the event's paper."""
    with folder.store() as store:
        out = paper_out(store)
        if not out.newest:
            raise UsageError("day.not-printed")
        return form_book(folder, out, store)


def _names(folder: EventFolder, reading: PageReading) -> tuple[str, str]:
    """Poll and form as people call them; "" where the page belongs to none."""
    for poll in folder.event.polls:
        for form in poll.forms:
            if (poll.id, form.id) == (reading.poll, reading.form):
                return poll.name, form.title or form.id
    return reading.poll, reading.form


def _levels(folder: EventFolder) -> dict[str, str]:
    vietnamese = text.language() == "vi"
    return {level.id: level.vi if vietnamese else level.en for level in folder.regulation.levels}


def safe_name(stem: str) -> str:
    """A file's name in lower case ASCII, valid everywhere; ``page`` where nothing of it is left."""
    plain = unicodedata.normalize("NFKD", stem.replace("đ", "d").replace("Đ", "D")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:_LONGEST].strip("-") or "page"
