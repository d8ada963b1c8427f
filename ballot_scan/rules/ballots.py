"""Ballots: pages and keyings put together into ballots, each with its findings.

A pure function of all pages and keyings of the event; the order of feeding matters only in that of two equal files
the later one is the copy.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ballot_scan.records import (
    INFORMATIVE,
    UNSURE,
    Ballot,
    BallotRow,
    PageReading,
    PageStatus,
    Rule,
    StoredPage,
    code_of,
)
from ballot_scan.rules.lookalikes import lookalikes

FormKey = tuple[str, str]  # poll, form


@dataclass(frozen=True, slots=True)
class Identity:
    """What the store knows of the paper: codes issued, pages a form has, and whether codes are unique."""

    issued: frozenset[str]
    pages_of: Mapping[FormKey, int]
    unique: bool = True


@dataclass(slots=True)
class Sorted:
    """Everything fed, sorted: ballots, and findings of each page (by page id); ``stopped``: pages that hold up;
    ``settled``: ids of those that do not any more, for their sheet was scanned again."""

    ballots: list[Ballot] = field(default_factory=list)
    page_findings: dict[int, tuple[Rule, ...]] = field(default_factory=dict)
    stopped: list[StoredPage] = field(default_factory=list)
    settled: set[int] = field(default_factory=set)

    def waits(self, page: StoredPage, *, rehearsing: bool) -> bool:
        """Whether a page still waits for people; in a rehearsal so do rehearsal ballots of elsewhere."""
        findings = self.page_findings.get(page.id, page.reading.findings)
        if page.id in self.settled:
            return False
        held = rehearsing and any(p.id == page.id for p in self.stopped)
        return held or needs_review(page.reading, findings)


def sort_pages(pages: Iterable[StoredPage], identity: Identity) -> Sorted:
    """Sort pages into ballots and find what concerns more than one page; withdrawn pages must be left out."""
    out = Sorted()
    every = list(pages)
    fresh = _without_copies(every, out)
    groups: dict[tuple[str, str, bool, str], list[StoredPage]] = defaultdict(list)
    for page in fresh:
        r = page.reading
        if r.status is PageStatus.READ:
            groups[(r.poll, r.form, r.rehearsal, ballot_key(r, identity))].append(page)
    alike = {} if identity.unique else lookalikes(fresh)
    for (poll, form, rehearsal, key), members in groups.items():
        findings = _of_ballot(members, identity, identity.pages_of.get((poll, form), 1))
        twins = tuple(sorted({other for p in members for other in alike.get(p.id, ())}))
        if twins:
            findings.add(Rule.DUPLICATE_BALLOT)
        for page in members:
            own = set(page.reading.findings) | findings
            out.page_findings[page.id] = tuple(sorted(own))
        rows = _rows(members)
        whole = {f for p in members for f in out.page_findings[p.id]} - INFORMATIVE
        out.ballots.append(
            Ballot(
                poll,
                form,
                key,
                rehearsal,
                rows,
                tuple(sorted(whole)),
                tuple(p.id for p in members),
                tuple(sorted({p.reading.sha256 for p in members})),
                alike=twins,
            )
        )
    _stopped(fresh, out, unique=identity.unique)
    return out


def ballot_key(reading: PageReading, identity: Identity) -> str:
    """The ballot's printed code, or a name from the page's bytes where paper tells nothing."""
    if reading.ballot and identity.unique:
        return reading.ballot
    return page_key(reading)


def page_key(reading: PageReading) -> str:
    """A name for a page that is no ballot, or a ballot without a code of its own."""
    return f"page:{reading.sha256[:16]}"


def _without_copies(pages: list[StoredPage], out: Sorted) -> list[StoredPage]:
    """Pages whose bytes were not fed before under another name; the copies get ``same-file``."""
    first: set[str] = set()
    fresh = []
    for page in pages:
        findings = page.reading.findings
        if page.reading.sha256 in first:
            findings = tuple(sorted({*findings, Rule.SAME_FILE}))
        else:
            fresh.append(page)
            first.add(page.reading.sha256)
        out.page_findings[page.id] = findings
    return fresh


def _of_ballot(members: list[StoredPage], identity: Identity, pages: int) -> set[Rule]:
    """Findings that concern the ballot as a whole."""
    findings: set[Rule] = set()
    first = members[0].reading
    if not first.ballot:
        return findings
    if any(is_unknown(p.reading, identity.issued) for p in members):
        findings.add(Rule.UNKNOWN_CODE)
    if not identity.unique:
        return findings
    numbers = [p.reading.page for p in members]
    if len(set(numbers)) < len(numbers):
        findings.add(Rule.DUPLICATE_BALLOT)
    if set(numbers) != set(range(1, pages + 1)):
        findings.add(Rule.MISSING_PAGE)
    return findings


def is_unknown(reading: PageReading, issued: frozenset[str]) -> bool:
    """Whether a page bears a code that was never ``issued``, or that somebody else made."""
    code = code_of(reading.ballot)
    return bool(code) and (not reading.genuine or code not in issued)


def _rows(members: list[StoredPage]) -> tuple[BallotRow, ...]:
    """The rows of a ballot. Where two scans of one page read a row differently, people say what it is."""
    rows: dict[int, BallotRow] = {}
    for page in members:
        for r in page.reading.rows:
            new = BallotRow(r.row, r.candidate, r.reading, r.findings)
            old = rows.setdefault(r.row, new)
            if old != new:
                findings = tuple(sorted({*old.findings, *new.findings, Rule.UNSURE_MARK}))
                rows[r.row] = replace(old, reading=UNSURE, findings=findings)
    return tuple(rows[n] for n in sorted(rows))


def _stopped(fresh: list[StoredPage], out: Sorted, *, unique: bool) -> None:
    """Pages that hold up a final result: unreadable ones not yet scanned again, and foreign ballots.

    Only a code of its own can tell that a ballot was scanned again under another name. The same name tells it where a
    ballot was read under it, that of the code if one is known, as long as names are not given anew to other sheets, as
    a scanner does that begins to number again.
    """
    read = [p.reading for p in fresh if p.reading.status is PageStatus.READ]
    read_codes = {(r.ballot, r.page) for r in read}
    sheets: dict[tuple[str, int], set[tuple[str, int]]] = defaultdict(set)
    for r in read:
        sheets[(r.source, r.source_page)].add((r.ballot, r.page) if unique and r.ballot else (r.sha256, r.page))
    renumbered = any(len(under_one_name) > 1 for under_one_name in sheets.values())
    newest = {(p.reading.source, p.reading.source_page): p for p in fresh}
    for page in fresh:
        r = page.reading
        if r.status is PageStatus.UNREADABLE:
            later = newest[(r.source, r.source_page)].reading
            same = not (unique and r.ballot) or (later.ballot, later.page) == (r.ballot, r.page)
            again = not renumbered and same and later.status is PageStatus.READ
            if again or (unique and r.ballot and (r.ballot, r.page) in read_codes):
                out.settled.add(page.id)
            else:
                out.stopped.append(page)
        elif Rule.FOREIGN_BALLOT in r.findings:
            out.stopped.append(page)


def needs_review(page: PageReading, findings: Iterable[Rule]) -> bool:
    """Whether a page waits for people: it could not be read, or something on it or its ballot is doubtful.

    A rehearsal ballot (THỬ) of another event or folder does not, but in a rehearsal, see ``Sorted.waits``.
    """
    if Rule.SAME_FILE in findings or (page.rehearsal and page.status is PageStatus.NOT_A_BALLOT):
        return False
    doubtful = bool(set(findings) - INFORMATIVE) or any(r.findings for r in page.rows)
    return doubtful or page.status is PageStatus.UNREADABLE


_AS_TYPED = str.maketrans("OIL", "011", "- ")  # Crockford base 32: what people read for 0 and 1


def _typed(code: str) -> str:
    """A printed code as it may be typed: small letters, without the hyphen, O for 0."""
    return code.upper().translate(_AS_TYPED)


def with_keyed_twins(ballots: Iterable[Ballot]) -> list[Ballot]:
    """A ballot both scanned and keyed under its printed code is one sheet counted twice: both wait for people."""
    every = list(ballots)
    scanned = {(b.poll, b.form, _typed(b.key)) for b in every if not b.keyed}
    twins = {(b.poll, b.form, _typed(b.key)) for b in every if b.keyed} & scanned
    return [
        replace(b, findings=tuple(sorted({*b.findings, Rule.DUPLICATE_BALLOT})))
        if (b.poll, b.form, _typed(b.key)) in twins
        else b
        for b in every
    ]
