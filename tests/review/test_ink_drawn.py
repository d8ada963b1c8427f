"""Ink off the boxes is drawn over the picture of its page and named with its size, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from review_samples import Sample
from test_page_in_browser import BROWSER, dom

from ballot_scan.records import Rule
from ballot_scan.review.report import page

SAID = {
    "vi": ("Mực ngoài các ô", "chữ viết 22 × 6 mm", "tên bị gạch ở dòng 2, 50 × 5 mm"),
    "en": ("Ink off the boxes", "writing 22 × 6 mm", "name struck, row 2, 50 × 5 mm"),
}


@pytest.mark.skipif(BROWSER is None, reason="no Chromium here")
@pytest.mark.parametrize("lang", sorted(SAID))
def test_places_are_outlined_listed_and_enlarged(tmp_path: Path, lang: str) -> None:
    sample = Sample()
    sample.ballot("7K2QM-9XFD0", {2: ("high", (Rule.NAME_STRUCK,))}, Rule.EXTRA_WRITING)
    sample.ballot("8AAAA-11111", {1: ("blank", (Rule.BLANK_ROW,))})
    sample.keep_pictures(tmp_path / "evidence")
    file = tmp_path / "review" / "index.html"
    file.parent.mkdir()
    content = page(sample.event, sample.cases(), regulation=sample.regulation, layouts=sample.layouts, lang=lang)
    file.write_text(content, encoding="utf-8")
    document = dom(file, tmp_path / "profile")
    first, second = re.findall(r"<article.*?</article>", document, re.S)
    title, written, struck = SAID[lang]
    (listed,) = re.findall(r'<figcaption class="inks">(.*?)</figcaption>', first, re.S)
    assert re.sub(r"<[^>]+>", "", listed) == f"{title}A {written}B {struck}"
    (whole,) = re.findall(r'<figure class="page placed">(.*?)</figure>', first, re.S)
    outlined = re.findall(r'<g class="ink"><rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"', whole)
    assert [tuple(round(float(v), 1) for v in found) for found in outlined] == [
        (139.4, 30.2, 24.0, 7.7), (24.2, 78.2, 51.6, 6.6),
    ]  # fmt: skip
    assert f'aria-label="A: {written}"' in first, "the writing is enlarged beside its question"
    assert len(re.findall(r'class="ink( near)?"', first)) == 4, "on the page, and each once enlarged"
    assert 'class="ink"' not in second
    assert "inks" not in second
