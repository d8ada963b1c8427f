"""Lookalikes: pages that look like scans of one sheet, where all ballots of a form carry one code.

Two pages may be one sheet when no row was read as two different things and their marks look alike: the mean, over the
boxes with ink on both, of the likeness of their pictures. Few marks cannot tell hands apart: with fewer than three
nothing is claimed, with fewer than six the bound is higher. The bounds stand where rescans of simulated sheets and
sheets of voters of one mind part (benchmarks/lookalikes.py); boxes filled in whole are the most alike.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ballot_scan.records import MULTIPLE, UNSURE, PageStatus, StoredPage
from ballot_scan.scan import fingerprint

ALIKE = 0.87  # mean likeness from which two pages are taken for one sheet …
ALIKE_FEW, FEW_BOXES = 0.92, 6  # … where fewer boxes than these have ink on both
LEAST_BOXES = 3  # with ink on both; fewer tell nothing
_SHARE = 0.67  # of the boxes with ink on either page, those that must have it on both
_BOXES_AT_ONCE = 20_000  # pictures of 1 KB unpacked at a time
_OPEN = frozenset({UNSURE, MULTIPLE})  # readings that another scan of the same sheet may not repeat

Boxes = dict[int, fingerprint.Cells]


class _Page:
    """One page with its marks; ``rows``: its readings, None where a second scan may read otherwise."""

    def __init__(self, stored: StoredPage) -> None:
        self.id = stored.id
        self.boxes: Boxes = fingerprint.boxes(stored.reading.fingerprint)
        self.rows = tuple(None if r.reading in _OPEN else r.reading for r in stored.reading.rows)

    def may_be(self, other: _Page) -> bool:
        """Whether no row was read as two different things."""
        return all(a is None or b is None or a == b for a, b in zip(self.rows, other.rows, strict=False))


def lookalikes(pages: Iterable[StoredPage]) -> dict[int, tuple[int, ...]]:
    """Page id → ids of the pages that look like scans of the same sheet, ascending; pages without any are left out."""
    forms: dict[tuple[str, str, bool, int], list[_Page]] = defaultdict(list)
    for page in pages:
        r = page.reading
        if r.status is PageStatus.READ and r.fingerprint:
            forms[(r.poll, r.form, r.rehearsal, r.page)].append(_Page(page))
    found: dict[int, set[int]] = defaultdict(set)
    for members in forms.values():
        for a, b in _pairs([m for m in members if len(m.boxes) >= LEAST_BOXES]):
            found[a].add(b)
            found[b].add(a)
    return {page: tuple(sorted(others)) for page, others in sorted(found.items())}


def _pairs(members: list[_Page]) -> Iterable[tuple[int, int]]:
    """Pairs of one form's pages that look alike. Pages read alike are compared with each other only."""
    buckets: dict[tuple[str | None, ...], list[_Page]] = defaultdict(list)
    for page in members:
        buckets[page.rows].append(page)
    for rows, bucket in buckets.items():
        if None not in rows:
            yield from _within(bucket)
    doubtful = [page for page in members if None in page.rows]
    plain = [page for page in members if None not in page.rows]
    for number, page in enumerate(doubtful, start=1):
        others = (*plain, *doubtful[number:])
        yield from _between([page], [p for p in others if page.may_be(p)])


def _within(bucket: list[_Page]) -> Iterable[tuple[int, int]]:
    size = _block(bucket)
    blocks = [bucket[i : i + size] for i in range(0, len(bucket), size)]
    for i, one in enumerate(blocks):
        for other in blocks[i:]:
            yield from ((a, b) for a, b in _between(one, other) if one is not other or a < b)


def _block(pages: list[_Page]) -> int:
    """How many pages are compared at a time."""
    return max(1, _BOXES_AT_ONCE // max((len(p.boxes) for p in pages), default=1))


def _between(ones: list[_Page], others: list[_Page]) -> Iterable[tuple[int, int]]:
    """Ids of the pairs that look alike."""
    size = _block(others)
    for start in range(0, len(others), size):
        block = others[start : start + size]
        mean, boxes = likeness([p.boxes for p in ones], [p.boxes for p in block])
        for i, j in np.argwhere(mean >= np.where(boxes < FEW_BOXES, ALIKE_FEW, ALIKE)):
            if ones[i].id != block[j].id:
                yield ones[i].id, block[j].id


def likeness(ones: list[Boxes], others: list[Boxes]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(n, m) twice: how alike two pages' marks are, -1 to 1 (-1: too few to tell); on how many boxes both have ink."""
    numbers = sorted({number for page in (*ones, *others) for number in page})
    place = {number: i for i, number in enumerate(numbers)}
    (a, there_a), (b, there_b) = _stacked(ones, place), _stacked(others, place)
    both = there_a @ there_b.T
    either = there_a.sum(axis=1)[:, None] + there_b.sum(axis=1)[None, :] - both
    mean = (a.reshape(len(ones), -1) @ b.reshape(len(others), -1).T) / np.maximum(both, 1)
    enough = (both >= LEAST_BOXES) & (both >= _SHARE * either)
    return np.asarray(np.where(enough, mean, -1.0), dtype=np.float32), both


def _stacked(pages: list[Boxes], place: dict[int, int]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(n, boxes, 256) units, zeros where a page has no ink, and (n, boxes) 1 where it has."""
    cells = np.zeros((len(pages), len(place), fingerprint.CELLS**2), dtype=np.uint8)
    there = np.zeros((len(pages), len(place)), dtype=np.float32)
    for i, page in enumerate(pages):
        for number, picture in page.items():
            cells[i, place[number]] = picture
            there[i, place[number]] = 1.0
    return fingerprint.unit(cells), there
