"""The guidance sheet for voters."""

from __future__ import annotations

from pathlib import Path

import pytest
from ballot_samples import make_event, make_regulation, people, text_of

from ballot_scan.paper import fonts
from ballot_scan.paper.guidance import write_guidance
from ballot_scan.paper.raster import render_pages


@pytest.mark.parametrize(("language", "count"), [("vi", 1), ("vi", 5), ("vi", 49), ("en", 12)])
def test_guidance(tmp_path: Path, family: fonts.FontFamily, language: str, count: int) -> None:
    event = make_event(people(count), language=language, signature_area=count == 5)
    path = tmp_path / "form" / "guidance.pdf"
    write_guidance(path, event, event.polls[0], event.polls[0].forms[0], make_regulation(), family)
    pdf = path.read_bytes()
    words = text_of(pdf)
    assert 1 <= len(render_pages(pdf, 20)) <= 2
    for group in event.criteria:
        assert group.title in words
        assert all(item in words for item in group.items)
    joined = " ".join(words.split())
    assert "Nguyễn Chín" in joined
    assert ("không đánh dấu ô nào" in joined.lower()) == (language == "vi")
    assert ("cả phiếu không hợp lệ" if language == "vi" else "the whole ballot is invalid") in joined
    assert ("Chỗ ký tên" in joined) == (count == 5)


def test_rehearsed_names_are_printed_letter_for_letter(tmp_path: Path, family: fonts.FontFamily) -> None:
    event = make_event([{"id": "a", "name": "R&D <c>", "position": "<b>"}])
    write_guidance(tmp_path / "g.pdf", event, event.polls[0], event.polls[0].forms[0], make_regulation(), family)
    assert "R&D <c> – <b>" in text_of((tmp_path / "g.pdf").read_bytes())
