"""Events and regulations to print in tests, and what is read out of printed files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ballot_scan.event.model import Event
from ballot_scan.event.regulation import Level, Regulation
from ballot_scan.paper import ballots

KEY = b"k" * 32
NAMES = ("Nguyễn Chín", "Trần Em", "Phạm Thanh Tùng", "Đặng Ngọc Quỳnh Như", "Y Thông Êban", "Công Huyền Tôn Nữ Ánh")
POSITIONS = ("Ủy viên Ban Thường vụ Tỉnh ủy, Trưởng Ban", "Phó Trưởng Ban", "Trưởng phòng, Chủ tịch Công đoàn", "")
LEVELS = (
    Level(id="high", vi="Tín nhiệm cao", en="High confidence"),
    Level(id="medium", vi="Tín nhiệm", en="Confidence"),
    Level(id="low", vi="Tín nhiệm thấp", en="Low confidence"),
)


def people(count: int) -> list[dict[str, str]]:
    return [
        {"id": f"c{i}", "name": NAMES[i % len(NAMES)], "position": POSITIONS[i % len(POSITIONS)]} for i in range(count)
    ]


def make_event(candidates: list[dict[str, str]], paper: str = "A4", title: str = "", **head: Any) -> Event:
    about = {
        "id": "thu", "title": "Lấy phiếu tín nhiệm giữa nhiệm kỳ", "organ": "Ban Tổ chức", "parent_organ": "Tỉnh ủy",
        "regulation": "test", **head,
    }  # fmt: skip
    form = {"id": "main", "title": title, "paper": paper, "candidate": candidates}
    poll = {"id": "ban", "name": "Hội nghị Ban", "place": "Ban Tổ chức Tỉnh ủy", "date": "2018-10-16", "form": [form]}
    criteria = [{"title": "Phẩm chất", "items": ["Trung thực", "Gương mẫu"]}, {"title": "Năng lực"}]
    return Event.model_validate({"event": about, "poll": [poll], "criteria": criteria})


def make_regulation(levels: tuple[Level, ...] = LEVELS) -> Regulation:
    effects = {
        "blank-row": {"scope": "row", "ground_vi": "không đánh dấu ô nào", "ground_en": "no box marked"},
        "extra-writing": {"scope": "ballot", "ground_vi": "ghi thêm trên phiếu", "ground_en": "something written"},
    }
    return Regulation.model_validate(
        {"id": "test", "title_vi": "Quy định thử", "title_en": "Test regulation", "short_vi": "QĐ thử",
         "levels": levels, "base_rule": "collected", "effects": effects}
    )  # fmt: skip


Compose = Callable[..., ballots.ComposedForm]


def text_of(pdf: bytes) -> str:
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    try:
        pages = []
        for page in document:
            text_page = page.get_textpage()
            pages.append(text_page.get_text_range())
            text_page.close()
            page.close()
        return "\n".join(pages)
    finally:
        document.close()
