"""Sample papers for the tests: no real person."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from ballot_scan.documents.numbers import share
from ballot_scan.documents.papers import CountPapers
from ballot_scan.event.model import Candidate, Event, EventHead, Form, Member, Poll, VoterGroup
from ballot_scan.event.regulation import Effect, Level, Regulation, Threshold
from ballot_scan.records import CandidateCount, FormTally, LevelCount, LogHead, Turnout


@dataclass(frozen=True)
class Family:
    regular: str
    bold: str
    italic: str
    bold_italic: str


def fonts() -> Family:
    """A family that is there on every machine: matplotlib brings it."""
    import matplotlib

    folder = matplotlib.get_data_path() + "/fonts/ttf/"
    names = {"regular": "", "bold": "-Bold", "italic": "-Italic", "bold_italic": "-BoldItalic"}
    for name in names.values():
        if f"DejaVuSerif{name}" not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(f"DejaVuSerif{name}", f"{folder}DejaVuSerif{name}.ttf"))
    return Family(**{key: f"DejaVuSerif{name}" for key, name in names.items()})


LEVELS = (
    Level(id="high", vi="Tín nhiệm cao", en="High confidence"),
    Level(id="medium", vi="Tín nhiệm", en="Confidence"),
    Level(id="low", vi="Tín nhiệm thấp", en="Low confidence"),
)


def regulation(**changes: Any) -> Regulation:
    values: dict[str, Any] = {
        "id": "96-qd-tw",
        "title_vi": "Quy định số 96-QĐ/TW ngày 02/02/2023 của Bộ Chính trị",
        "title_en": "Regulation 96-QĐ/TW of 2 February 2023 of the Politburo",
        "short_vi": "Quy định 96-QĐ/TW",
        "levels": LEVELS,
        "base_rule": "collected",
        "base_clause": "Điều 11",
        "first": Threshold(
            level="low",
            numerator=1,
            denominator=2,
            comparison="more",
            clause="Điều 12",
            consequence_vi="xem xét đưa ra khỏi quy hoạch",
            consequence_en="removed from the planning",
        ),
        "second": Threshold(level="low", numerator=2, denominator=3, comparison="at-least"),
        "quorum": (2, 3),
        "quorum_clause": "Điều 6",
        "effects": {
            "name-struck": Effect(scope="ballot", ground_vi="gạch tên người được lấy phiếu", ground_en="name struck")
        },
    }
    return Regulation(**{**values, **changes})


_FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Võ", "Đặng", "Bùi", "Đỗ")
_GIVEN = ("Thị Phương Thảo", "Văn Quý", "Hữu Nghĩa", "Ngọc Ánh", "Đức Thắng", "Minh Khuê", "Thúy Hằng")
POSITIONS = (
    "Phó Trưởng ban",
    "Ủy viên Ban Thường vụ Tỉnh ủy, Trưởng Ban Tổ chức Tỉnh ủy",
    "Tỉnh ủy viên, Bí thư Đảng ủy, Giám đốc Sở Nông nghiệp và Phát triển nông thôn kiêm Chánh Văn phòng Điều phối",
)


def person(number: int, valid: int, low: int = 1, none: int = 1, several: int = 0, base: int = 47) -> CandidateCount:
    medium = number % 5
    high = valid - medium - low - none - several
    votes = (high, medium, low)
    counts = tuple(LevelCount(level.id, vote, share(vote, base)) for level, vote in zip(LEVELS, votes, strict=True))
    threshold = "second" if 3 * low >= 2 * base else "first" if 2 * low > base else None
    name = f"{_FAMILY[number % 10]} {_GIVEN[number % 7]}"
    return CandidateCount(
        candidate=f"p{number}",
        name=name,
        position=POSITIONS[number % 3],
        valid=sum(votes),
        invalid=base - sum(votes),
        none_marked=none,
        several_marked=several,
        other_invalid=0,
        pending=0,
        levels=counts,
        threshold=threshold,
    )


TURNOUT = Turnout(summoned=50, present=48, printed=55, issued=48, spoiled=1, unused=7, collected=47)


def tally(persons: int, **changes: Any) -> FormTally:
    people = tuple(person(number, 46, low=25 if number == 2 else 1) for number in range(persons))
    values: dict[str, Any] = {
        "poll": "organ",
        "form": "main",
        "regulation": "96-qd-tw",
        "base": 47,
        "base_rule": "collected",
        "turnout": TURNOUT,
        "ballots_read": 47,
        "valid": 46,
        "invalid": 1,
        "pending_review": 0,
        "candidates": people,
        "invalid_grounds": (("name-struck", 1),),
    }
    return FormTally(**{**values, **changes})


def event(persons: int, members: int = 3, poll: dict[str, Any] | None = None, **head: Any) -> Event:
    values: dict[str, Any] = {
        "id": "plan",
        "title": "Lấy phiếu tín nhiệm giữa nhiệm kỳ 2015-2020 đối với lãnh đạo Ban Tổ chức Tỉnh ủy",
        "organ": "Ban Tổ chức Tỉnh ủy",
        "parent_organ": "Tỉnh ủy Quảng Ngãi",
        "plan": "55-KH/BTCTU",
        "basis": ("Quy định số 96-QĐ/TW ngày 02/02/2023 của Bộ Chính trị", "Công văn số 2923-CV/TU ngày 12/7/2018"),
        "regulation": "96-qd-tw",
    }
    team = [
        Member(name="Phạm Thanh Bình", role="head", office="Trưởng phòng Tổ chức cán bộ"),
        Member(name="Lê Thị Hồng", role="secretary", office="Chuyên viên Văn phòng"),
    ]
    team += [Member(name=f"Võ Văn {chr(65 + number)}", office="Chuyên viên") for number in range(members)]
    candidates = tuple(Candidate(id=f"p{number}", name=person(number, 46).name) for number in range(max(persons, 1)))
    place: dict[str, Any] = {
        "id": "organ",
        "name": "Hội nghị Ban Tổ chức Tỉnh ủy",
        "place": "Hội trường Ban Tổ chức Tỉnh ủy, thành phố Quảng Ngãi",
        "date": dt.date(2018, 10, 16),
        "chair": "Nguyễn Thanh Sơn",
        "member": tuple(team),
        "voters": (VoterGroup(group="Lãnh đạo Ban", count=5), VoterGroup(group="trưởng các phòng")),
        "form": (Form(candidate=candidates),),
    }
    return Event(event=EventHead(**{**values, **head}), poll=(Poll(**{**place, **(poll or {})}),))


def papers(persons: int = 4, happening: Event | None = None, **changes: Any) -> CountPapers:
    held = happening or event(persons)
    values: dict[str, Any] = {
        "event": held,
        "poll": held.polls[0],
        "regulation": regulation(),
        "tallies": (tally(persons),),
        "provisional": False,
        "rehearsal": False,
        "opened": "08:30",
        "closed": "10:05",
        "log": LogHead(12, "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
        "result_code": "7K2Q-M9XF-D0A1-B2C3",
        "batches": (("xap-1", 25), ("xap-2", 22)),
    }
    return CountPapers(**{**values, **changes})


def unknown(persons: int = 4) -> CountPapers:
    """Provisional: no turnout, three ballots waiting, nothing known of the hours."""
    waiting = tally(persons, turnout=None, pending_review=3, invalid=0, valid=46, ballots_read=49, base=49)
    blank = event(persons, members=0, poll={"place": "", "chair": "", "member": ()})
    return papers(persons, blank, tallies=(waiting,), provisional=True, opened=None, closed=None)
