"""Sample cases for the review's tests: no real person, no scanner. Pictures are drawn from the layout itself."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ballot_scan.event.model import Candidate, Event, EventHead, Form, Member, Poll
from ballot_scan.event.regulation import Regulation, load_regulation
from ballot_scan.paper.layout import Box, ContestRow, FormLayout, PageLayout
from ballot_scan.records import (
    Ballot,
    BallotRow,
    BoxReading,
    Doubt,
    InkPlace,
    Opinion,
    PageReading,
    PageStatus,
    RowReading,
    Rule,
    StoredPage,
)
from ballot_scan.review import cases as room
from ballot_scan.rules.outcomes import decisions

LEVELS = ("high", "medium", "low")
PX_PER_MM = 130 / 25.4
HEAD, SECOND, THIRD = "Người Một", "Đỗ Thị Thử", "Thành viên B"


def regulation(**scopes: str) -> Regulation:
    found = load_regulation("262-QD-TW")
    effects = {
        k: v.model_copy(update={"scope": scopes.get(k.replace("-", "_"), v.scope)}) for k, v in found.effects.items()
    }
    return found.model_copy(update={"effects": effects})


def event(people: int = 4) -> Event:
    persons = tuple(
        Candidate(id=f"p{n}", name=f"Người được lấy phiếu {n}", position=f"Chức vụ {n}") for n in range(1, people + 1)
    )
    form = Form(id="main", title="Phiếu chung", candidate=persons)

    def poll(id: str, name: str, *members: str) -> Poll:
        return Poll(
            id=id, name=name, date=dt.date(2018, 10, 16), member=tuple(Member(name=m) for m in members), form=(form,)
        )

    head = EventHead(id="plan-55", title="Lấy phiếu tín nhiệm (mẫu)", organ="Ban Tổ chức", regulation="262-QD-TW")
    polls = (poll("hall-1", "Hội nghị 1", HEAD, SECOND, THIRD), poll("hall-2", "Hội nghị 2", "Trần C", SECOND))
    return Event(event=head, poll=polls)


def layout(poll: str = "hall-1", people: int = 4, per_page: int = 28) -> FormLayout:
    pages = []
    for first in range(1, people + 1, per_page):
        rows = []
        for place, n in enumerate(range(first, min(people, first + per_page - 1) + 1)):
            y = 60 + 8.5 * place if people > 12 else 60 + 18.0 * place
            boxes = tuple(Box(level, (120 + 25.0 * k, y, 7, 7)) for k, level in enumerate(LEVELS))
            rows.append(ContestRow(n, f"p{n}", f"Người được lấy phiếu {n}", (25, y + 1, 50, 5), boxes))
        pages.append(PageLayout(len(pages) + 1, (), (), tuple(rows)))
    return FormLayout("plan-55", poll, "main", (210, 297), LEVELS, tuple(pages))


def boxes(row: ContestRow, marked: str = "", unsure: str = "") -> tuple[BoxReading, ...]:
    found = []
    for box in row.boxes:
        x, y, w, h = box.rect_mm
        x, y = x + 0.3, y - 0.2
        frame = (x, y, x + w, y, x + w, y + h, x, y + h)
        state = "marked" if box.level in marked.split("+") else "unsure" if box.level in unsure.split("+") else "empty"
        coverage = {"marked": 0.1234, "unsure": 0.014, "empty": 0.002}[state]
        why = (Doubt.HESITANT, Doubt.TWO_BOXES) if state == "unsure" else ()
        found.append(BoxReading(box.level, coverage, state, frame, why))
    return tuple(found)


def row_reading(row: ContestRow, reading: str, findings: tuple[Rule, ...] = ()) -> RowReading:
    if reading == "multiple":
        return RowReading(row.row, row.candidate, reading, boxes(row, "high+low"), findings)
    if reading == "unsure":
        return RowReading(row.row, row.candidate, reading, boxes(row, "", "medium"), findings)
    return RowReading(row.row, row.candidate, reading, boxes(row, "" if reading == "blank" else reading), findings)


def picture(form: FormLayout, page: PageReading) -> bytes:
    """The page at 130 dpi with what its readings say drawn into it."""
    size = (round(form.page_size_mm[1] * PX_PER_MM), round(form.page_size_mm[0] * PX_PER_MM))
    image = np.full(size, 250, np.uint8)

    def at(x: float, y: float) -> tuple[int, int]:
        return round(x * PX_PER_MM), round(y * PX_PER_MM)

    for row in form.pages[page.page - 1].rows if page.rows else ():
        x, y, _, h = row.name_rect_mm
        cv2.putText(image, f"Row {row.row}", at(x, y + h), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 20, 2)
    for reading in page.rows:
        for box in reading.boxes:
            (x0, y0), (x1, y1) = box.quad_mm[0:2], box.quad_mm[4:6]
            cv2.rectangle(image, at(x0, y0), at(x1, y1), 60, 1)
            if box.state != "empty":
                ink = 40 if box.state == "marked" else 150
                cv2.line(image, at(x0 + 1, y0 + 1), at(x1 - 1, y1 - 1), ink, 3)
                cv2.line(image, at(x0 + 1, y1 - 1), at(x1 - 1, y0 + 1), ink, 3)
    for place in page.elsewhere:
        x, y, w, h = place.rect_mm
        waves = [at(x + w * t, y + h * (0.5 + 0.5 * np.sin(40 * t))) for t in np.linspace(0, 1, 90)]
        cv2.polylines(image, [np.array(waves)], False, 40, 2, cv2.LINE_AA)
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 60])[1].tobytes()


def _elsewhere(
    rows: tuple[RowReading, ...], findings: tuple[Rule, ...], layouts: dict[room.LayoutKey, FormLayout], poll: str
) -> tuple[InkPlace, ...]:
    """Where the ink is that such findings speak of."""
    if not rows:
        return ()
    names = {r.row: r.name_rect_mm for page in layouts[(poll, "main", False)].pages for r in page.rows}
    struck = [InkPlace("name-struck", names[r.row], r.row) for r in rows if Rule.NAME_STRUCK in r.findings]
    written = [InkPlace("writing", (140.2, 31.0, 22.4, 6.1))] if Rule.EXTRA_WRITING in findings else []
    return (*written, *struck)


class Sample:
    """A count in memory: pages are fed by ``ballot`` and ``stop``, opinions by ``say``."""

    def __init__(self, people: int = 4) -> None:
        self.event = event(people)
        self.layouts = {(p, "main", False): layout(p, people) for p in ("hall-1", "hall-2")}
        self.regulation = regulation()
        self.pages: list[StoredPage] = []
        self.stopped: list[StoredPage] = []
        self.ballots: list[Ballot] = []
        self.opinions: list[Opinion] = []
        self.pictures: dict[str, bytes] = {}

    def ballot(
        self,
        key: str,
        rows: dict[int, tuple[str, tuple[Rule, ...]]],
        *findings: Rule,
        poll: str = "hall-1",
        draw: bool = True,
    ) -> Ballot:
        """A scanned ballot; ``rows``: what differs from a plain "high"."""
        form = self.layouts[(poll, "main", False)]
        mine = []
        for paper in form.pages:
            readings = tuple(row_reading(r, *rows.get(r.row, ("high", ()))) for r in paper.rows)
            mine.append(self._page(f"tap-1/{key}-{paper.page}.jpg", poll, key, paper.page, readings, findings, draw))
        every = [r for p in mine for r in p.reading.rows]
        made = Ballot(
            poll, "main", key, False, tuple(BallotRow(r.row, r.candidate, r.reading, r.findings) for r in every),
            tuple(sorted(findings)), tuple(p.id for p in mine), tuple(sorted(p.reading.sha256 for p in mine)),
        )  # fmt: skip
        self.ballots.append(made)
        return made

    def _page(
        self,
        source: str,
        poll: str,
        key: str,
        number: int,
        rows: tuple[RowReading, ...],
        findings: tuple[Rule, ...],
        draw: bool,
    ) -> StoredPage:
        status = PageStatus.READ if rows else PageStatus.UNREADABLE
        sha = hashlib.sha256(source.encode()).hexdigest()
        reading = PageReading(
            source, 1, sha, status, poll, "main" if poll else "", key, number, rows=rows, findings=findings,
            elsewhere=_elsewhere(rows, findings, self.layouts, poll),
        )  # fmt: skip
        if draw:
            jpeg = picture(self.layouts[(poll or "hall-1", "main", False)], reading)
            evidence = hashlib.sha256(jpeg).hexdigest()
            self.pictures[evidence] = jpeg
        else:
            evidence = hashlib.sha256(b"picture " + source.encode()).hexdigest()
        stored = StoredPage(len(self.pages) + 1, "tap-1", replace(reading, evidence=evidence))
        self.pages.append(stored)
        return stored

    def stop(self, source: str, rule: Rule = Rule.UNREGISTERED, reason: str = "scan.markers|1") -> StoredPage:
        """A page that could not be read."""
        page = self._page(source, "", "", 0, (), (rule,), True)
        stored = replace(page, reading=replace(page.reading, reason=reason))
        self.pages[-1] = stored
        self.stopped.append(stored)
        return stored

    def say(self, ballot: Ballot, rule: str, row: int | None, verdict: str, member: str, grounds: str = "") -> None:
        self.opinions.append(
            Opinion(ballot.poll, ballot.form, ballot.key, rule, row, verdict, grounds, member, ballot.digests)
        )

    def cases(self, **changes: Any) -> tuple[room.Case, ...]:
        given: dict[str, Any] = {
            "ballots": self.ballots,
            "pages": self.pages,
            "stopped": self.stopped,
            "decisions": decisions(self.opinions),
            "opinions": self.opinions,
            "regulation": self.regulation,
            "layouts": self.layouts,
        }
        return room.cases(self.event, **{**given, **changes})

    def keep_pictures(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for sha, jpeg in self.pictures.items():
            (folder / f"{sha}.jpg").write_bytes(jpeg)


def busy() -> Sample:
    """Every kind of matter once: waiting, differing, decided, moot; a whole ballot, a row, a page."""
    sample = Sample()
    first = sample.ballot("7K2QM-9XFD0", {2: ("unsure", (Rule.UNSURE_MARK,)), 4: ("multiple", (Rule.MULTIPLE_ROW,))})
    second = sample.ballot("8AAAA-11111", {1: ("blank", (Rule.BLANK_ROW,))})
    third = sample.ballot("9BBBB-22222", {3: ("unsure", (Rule.UNSURE_MARK,))}, Rule.EXTRA_WRITING)
    sample.ballot("CCCCC-33333", {1: ("unsure", (Rule.MARK_OFF_BOX,))}, poll="hall-2")
    sample.ballot("EEEEE-55555", {})
    sample.stop("tap-1/scan-9.jpg")
    sample.say(first, "", 2, "medium", HEAD)
    sample.say(first, "", 2, "low", SECOND, "dấu kéo sang ô thấp")
    for member in (HEAD, SECOND):
        sample.say(second, "", 1, "blank", member)
        sample.say(third, Rule.EXTRA_WRITING.value, None, "invalid", member, "có viết tên người khác")
    return sample
