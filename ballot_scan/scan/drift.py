"""Drift: a batch watched while it runs. What changed in the last pages against those before is the scanner's doing.

Knows only the readings as they come, in the order of feeding; costs a few additions a page.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ballot_scan.records import INFORMATIVE, PageReading, PageStatus
from ballot_scan.text import t

WINDOWS = (15, 50)  # pages looked at against all before, at least as many: few show a great change early
_EVERY = 5  # pages between two looks
_RISE = 3.0  # times as often as before, …
_SIGMA = 4.0  # … and so many standard deviations: not by chance
_LEAST = 0.16  # share of the window from which it is worth a stop
_STREAK_PAGES = 12  # a streak at one place in so many of the last 15 pages
_STREAK_WINDOW = 15
_STREAK_MM = 1.0
_AT_ONCE = 0.5  # of what the paper darkened by, from one page to the next: the lamp dropped
_LAMP_PAGES, _FADED = 10, 0.9  # the paper's white in the last pages, as a share of that in the first


@dataclass(frozen=True, slots=True)
class Change:
    """What changed: ``kind`` flagged, unread, boxes (in one column of boxes), streak or lamp; since which page of this
    scan, from 1; shares of pages before and now, or of full white; ``at_mm``: place from the left edge."""

    kind: str
    since: int
    before: float
    now: float
    at_mm: float | None = None

    def words(self) -> str:
        """One line: since when, what, what to do."""
        values: dict[str, object] = {"page": self.since, "before": f"{self.before:.0%}", "now": f"{self.now:.0%}"}
        if self.at_mm is not None:
            values["mm"] = round(self.at_mm)
        return t(f"calibrate.drift.{self.kind}", None, **values)


@dataclass(slots=True)
class _Share:
    """How often something happens: in the last pages, few and many, and before them."""

    pages: list[int] = field(default_factory=list)
    hits: list[int] = field(default_factory=lambda: [0])  # among the first n pages
    told: bool = False

    def add(self, page: int, hit: bool) -> None:
        self.pages.append(page)
        self.hits.append(self.hits[-1] + hit)

    def changed(self) -> tuple[int, float, float] | None:
        """(since page, share before, share now) where it became much more frequent; told once until it calms down."""
        shares = [(window, *self._shares(window)) for window in WINDOWS if len(self.pages) >= 2 * window]
        risen = next((share for share in shares if self._risen(*share)), None)
        if risen is None:
            self.told = self.told and any(now > 2 * before for _, before, now in shares)
            return None
        if self.told:
            return None
        self.told = True
        window, before, now = risen
        since = next(i for i in range(len(self.pages) - window, len(self.pages)) if self.hits[i + 1] > self.hits[i])
        return self.pages[since], before, now

    def _shares(self, window: int) -> tuple[float, float]:
        """Before the last ``window`` pages, and in them."""
        before = self.hits[-1 - window]
        return before / (len(self.pages) - window), (self.hits[-1] - before) / window

    def _risen(self, window: int, before: float, now: float) -> bool:
        pages = len(self.pages)
        pooled = (self.hits[-1] + 1) / (pages + 2)
        sigma = (pooled * (1 - pooled) * (1 / window + 1 / (pages - window))) ** 0.5
        return now >= _LEAST and now >= _RISE * before and now - before >= _SIGMA * sigma


class Drift:
    """Watches readings in the order of feeding; ``add`` returns what changed, mostly nothing."""

    def __init__(self) -> None:
        self._pages = 0
        self._flagged, self._unread = _Share(), _Share()
        self._columns: dict[tuple[str, int], _Share] = {}  # form, box column
        self._places: dict[tuple[str, int], float] = {}
        self._streaks: deque[tuple[int, Sequence[float]]] = deque(maxlen=_STREAK_WINDOW)  # page, and where
        self._streaks_told: list[float] = []
        self._first_whites: list[float] = []
        self._whites: deque[float] = deque(maxlen=_LAMP_PAGES)

    def add(self, reading: PageReading, streaks_mm: Sequence[float] = (), white: float | None = None) -> list[Change]:
        """Take one page; ``streaks_mm``: columns that lack light on it, ``white``: its paper's grey level, where the
        reader tells."""
        self._pages += 1
        page = self._pages
        found = self._streak(page, streaks_mm) if reading.status is not PageStatus.BLANK else []
        if white is not None:
            found += self._lamp(page, white)
        if reading.status in (PageStatus.BLANK, PageStatus.NOT_A_BALLOT):
            return found
        read = reading.status is PageStatus.READ
        self._unread.add(page, not read)
        if read:
            doubtful = any(r.findings for r in reading.rows) or bool(set(reading.findings) - INFORMATIVE)
            self._flagged.add(page, doubtful)
            self._boxes(page, reading)
        if page % _EVERY == 0:
            found += self._look()
        return found

    def _boxes(self, page: int, reading: PageReading) -> None:
        """Which columns of boxes hold a doubtful box on this page."""
        form = f"{reading.poll}/{reading.form}"
        doubtful: set[int] = set()
        width = 0
        for row in reading.rows:
            width = max(width, len(row.boxes))
            doubtful.update(i for i, box in enumerate(row.boxes) if box.state == "unsure")
        for i in range(width):
            key = (form, i)
            if key not in self._places:
                quad = reading.rows[0].boxes[i].quad_mm if i < len(reading.rows[0].boxes) else ()
                self._places[key] = sum(quad[::2]) / 4 if len(quad) == 8 else 0.0
                self._columns[key] = _Share()
            self._columns[key].add(page, i in doubtful)

    def _look(self) -> list[Change]:
        found = []
        risen = [(key, change) for key, share in self._columns.items() if (change := share.changed())]
        alone = risen and len(risen) < len({i for _, i in self._columns})
        if alone:
            found += [Change("boxes", *change, at_mm=self._places[key]) for key, change in risen]
        if (change := self._flagged.changed()) and not alone:
            found.append(Change("flagged", *change))
        if change := self._unread.changed():
            found.append(Change("unread", *change))
        return found

    def _lamp(self, page: int, white: float) -> list[Change]:
        """Paper that has become darker since the first pages; told anew where it has again."""
        self._whites.append(white)
        if len(self._first_whites) < _LAMP_PAGES:
            self._first_whites.append(white)
            return []
        before, now = (sum(some) / len(some) for some in (self._first_whites, self._whites))
        if now >= _FADED * before:
            return []
        whites = list(self._whites)
        falls = [(one - other, i) for i, (one, other) in enumerate(pairwise(whites), 1)]
        fall, since = max(falls)
        if fall < _AT_ONCE * (before - min(whites)):
            since = 0  # it faded
        now = sum(whites[since:]) / len(whites[since:])
        self._first_whites = [now] * _LAMP_PAGES if since else whites
        return [Change("lamp", page - len(whites) + 1 + since, before / 255, now / 255)]

    def _streak(self, page: int, streaks_mm: Sequence[float]) -> list[Change]:
        """A streak at one place in nearly all of the last pages, blank backs left out: another sensor sees those."""
        self._streaks.append((page, tuple(streaks_mm)))
        if len(self._streaks) < _STREAK_WINDOW:
            return []
        found = []
        for x in streaks_mm:
            if any(abs(x - told) <= 2 * _STREAK_MM for told in self._streaks_told):
                continue
            hits = [n for n, places in self._streaks if any(abs(x - other) <= _STREAK_MM for other in places)]
            if len(hits) >= _STREAK_PAGES:
                self._streaks_told.append(x)
                found.append(Change("streak", hits[0], 0.0, len(hits) / len(self._streaks), at_mm=x))
        return found
