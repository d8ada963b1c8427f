"""A sheet scanned twice is flagged on every copy, voters of one mind are not; nothing is claimed of few marks."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import replace

import numpy as np
from helpers.hands import marked_by, scanned
from helpers.reading import ROWS, book, layout, sheet

from ballot_scan.records import UNSURE, PageReading, Rule, StoredPage
from ballot_scan.rules.ballots import Identity, needs_review, sort_pages
from ballot_scan.rules.lookalikes import lookalikes
from ballot_scan.scan import intake
from ballot_scan.scan.reader import read

SHARED = Identity(frozenset({"0123456789"}), {("p", "main"): 1}, unique=False)
CHOICES = tuple(i % 3 for i in range(ROWS))


@functools.cache
def reading(voter: int, time: int, marks: int = ROWS, *, shared: bool = True) -> PageReading:
    """One scan of one voter's sheet, with the same choices for every voter, in the first ``marks`` rows."""
    choices = [c if i < marks else None for i, c in enumerate(CHOICES)]
    data = scanned(marked_by(voter, sheet(), layout().pages[0], choices), time)
    ((_, grey),) = intake.pages("x.jpg", data, 1, 1)
    assert isinstance(grey, np.ndarray)
    name = f"{voter}-{time}"
    return replace(
        read(grey, replace(book(), fingerprints=shared)),
        source=f"{name}.jpg",
        sha256=hashlib.sha256(data).hexdigest(),
    )


def stored(*readings: PageReading) -> list[StoredPage]:
    return [StoredPage(n, "stack-1", r) for n, r in enumerate(readings, start=1)]


def test_a_sheet_scanned_twice_is_flagged_on_both_copies_and_each_names_the_other() -> None:
    pages = stored(reading(1, 1), reading(2, 2), reading(1, 3), reading(3, 4))
    out = sort_pages(pages, SHARED)
    assert [b.findings for b in out.ballots] == [
        (Rule.DUPLICATE_BALLOT,), (), (Rule.DUPLICATE_BALLOT,), (),
    ]  # fmt: skip
    assert [b.alike for b in out.ballots] == [(3,), (), (1,), ()]
    assert [needs_review(p.reading, out.page_findings[p.id]) for p in pages] == [True, False, True, False]
    assert len(out.ballots) == 4, "a finding takes no ballot out"


def test_three_copies_all_name_each_other() -> None:
    assert lookalikes(stored(reading(1, 1), reading(1, 3), reading(1, 5))) == {1: (2, 3), 2: (1, 3), 3: (1, 2)}


def test_voters_of_one_mind_are_not_taken_for_one_sheet() -> None:
    assert lookalikes(stored(*(reading(voter, 10 + voter) for voter in range(8)))) == {}


def test_three_marks_are_enough_and_two_are_not() -> None:
    three = [reading(1, 1, 3), reading(1, 2, 3), *(reading(voter, voter, 3) for voter in (2, 3, 4))]
    assert lookalikes(stored(*three)) == {1: (2,), 2: (1,)}
    assert lookalikes(stored(reading(1, 1, 2), reading(1, 2, 2))) == {}


def test_of_blank_sheets_nothing_is_claimed() -> None:
    blank = [reading(voter, voter, 0) for voter in range(3)]
    assert [r.fingerprint for r in blank] == [b"", b"", b""]
    assert lookalikes(stored(*blank)) == {}


def test_a_row_that_one_scan_could_not_tell_does_not_hide_the_copy_but_another_choice_does() -> None:
    first, second = reading(1, 1), reading(1, 3)
    rows = second.rows
    unsure = replace(second, rows=(replace(rows[0], reading=UNSURE), *rows[1:]))
    assert lookalikes(stored(first, unsure)) == {1: (2,), 2: (1,)}
    assert lookalikes(stored(unsure, first)) == {1: (2,), 2: (1,)}
    assert lookalikes(stored(unsure, replace(unsure, sha256="e" * 64))) == {1: (2,), 2: (1,)}
    other = "low" if rows[0].reading != "low" else "high"
    assert lookalikes(stored(first, replace(second, rows=(replace(rows[0], reading=other), *rows[1:])))) == {}


def test_another_form_or_a_rehearsal_is_another_sheet() -> None:
    first, second = reading(1, 1), reading(1, 3)
    assert lookalikes(stored(first, replace(second, form="other"))) == {}
    assert lookalikes(stored(first, replace(second, rehearsal=True))) == {}


def test_with_unique_codes_nothing_is_kept_or_compared() -> None:
    first, second = reading(1, 1, shared=False), reading(1, 1)
    assert first.fingerprint == b""
    assert replace(second, fingerprint=b"") == first
    unique = replace(SHARED, unique=True)
    again = replace(reading(1, 3), ballot="11111-22222")
    assert all(b.alike == () for b in sort_pages(stored(second, again), unique).ballots)
