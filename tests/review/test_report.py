from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from importlib import resources
from typing import Any

import pytest
from review_samples import Sample, busy

from ballot_scan import text
from ballot_scan.event.regulation import known_regulations, load_regulation
from ballot_scan.records import Doubt, Rule
from ballot_scan.review.effects import TallyChange
from ballot_scan.review.report import SCRIPTS, page

CHANGES = [
    TallyChange("hall-1", "main", "", "ballots-invalid", 0, 1),
    TallyChange("hall-1", "main", "Người 1", "low", 3, 1),
]


def html(sample: Sample, lang: str = "vi") -> str:
    return page(
        sample.event, sample.cases(), regulation=sample.regulation, layouts=sample.layouts, changes=CHANGES, lang=lang
    )


def data_of(content: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', content, re.S)
    assert found
    loaded: dict[str, Any] = json.loads(found[1])
    return loaded


class Parsed(HTMLParser):
    """Every tag with its attributes, every style and script."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize("lang", text.LANGUAGES)
def test_the_page_speaks_one_language_and_has_every_text(lang: str) -> None:
    content = html(busy(), lang)
    assert f'<html lang="{lang}">' in content
    assert text.t("review.title", lang) in content
    script = "\n".join(_file(name) for name in SCRIPTS)
    wanted = set(re.findall(r'\bT\("([\w.-]+)"[,)]', script)) | {
        f"state.{s}" for s in ("waiting", "differing", "decided", "moot")
    }
    wanted |= {f"outcome.ballot.{s}" for s in ("valid", "invalid", "pending", "not-counted")}
    wanted |= {f"scope.{s}" for s in ("row", "ballot", "people")} | {f"box.{s}" for s in ("m", "u", "e", "none")}
    assert wanted <= data_of(content)["text"].keys()


def _file(name: str) -> str:
    return resources.files("ballot_scan.review").joinpath("static", name).read_text(encoding="utf-8")


def test_both_catalogues_have_the_same_texts_with_the_same_fields() -> None:
    def fields(lang: str) -> dict[str, set[str]]:
        texts = text.catalogue(lang).items()
        return {k: set(re.findall(r"\{(\w+)", v)) for k, v in texts if k.startswith("review.")}

    assert fields("vi") == fields("en")


def test_every_finding_has_its_words_and_the_regulations_ground_and_clause() -> None:
    rules = data_of(html(busy()))["rules"]
    assert set(rules) == {r.value for r in Rule}
    assert rules["extra-writing"]["clause"] == "262-QĐ/TW, Khoản 7.2"
    assert rules["extra-writing"]["ground"] == "phiếu có viết thêm tên người hoặc thông tin khác"
    assert rules["unsure-mark"]["clause"] == ""


@pytest.mark.parametrize("lang", text.LANGUAGES)
def test_an_unclear_mark_says_what_is_unclear_box_by_box(lang: str) -> None:
    data = data_of(html(busy(), lang))
    assert data["doubts"] == {d.value: text.t(f"review.doubt.{d.value}", lang) for d in Doubt}
    assert len(set(data["doubts"].values())) == len(Doubt)
    rows = [m for c in data["cases"] for m in c["m"] if "unsure-mark" in m["h"]]
    assert rows
    assert all(m["d"] == [["medium", "hesitant", "two-boxes"]] for m in rows)


@pytest.mark.parametrize("id", known_regulations())
def test_the_page_is_made_under_every_regulation(id: str) -> None:
    sample = busy()
    sample.regulation = load_regulation(id)
    made = page(sample.event, sample.cases(), regulation=sample.regulation, layouts=sample.layouts, lang="vi")
    assert load_regulation(id).short_vi in made


def test_nothing_is_fetched_and_only_the_pages_own_script_runs() -> None:
    content = html(busy())
    tags = Parsed(content).tags
    policy = next(a["content"] for t, a in tags if a.get("http-equiv") == "Content-Security-Policy") or ""
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        (inline,) = re.findall(rf"<{tag}>(.*?)</{tag}>", content, re.S)
        digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert not [(t, a) for t, a in tags if "src" in a or "style" in a or any(k.startswith("on") for k in a)]
    assert not [a for t, a in tags if t in ("link", "iframe", "object", "base", "form")]
    assert [a["href"] for t, a in tags if t == "a"] == ["#cases"]
    plain = re.sub(r"http://www\.w3\.org/2000/svg", "", content)
    assert not re.search(r"https?://|\bfetch\(|XMLHttp|import\(|type=.module|innerHTML|eval\(", plain)


def test_what_people_wrote_cannot_break_out_of_the_page() -> None:
    sample = busy()
    evil = "</script><script>alert(1)</script>\u2028<!--"
    sample.say(sample.ballots[3], "", 1, "low", "Đỗ Thị Thử", evil)
    head = sample.event.head.model_copy(update={"title": evil})
    sample.event = sample.event.model_copy(update={"head": head})
    content = html(sample)
    assert "alert(1)</script>" not in content
    assert content.count("<script") == 2
    assert any(evil in v for c in data_of(content)["cases"] for m in c["m"] for v in m.get("v", []))


def test_controls_have_labels_and_there_is_a_word_for_browsers_without_script() -> None:
    tags = Parsed(html(busy())).tags
    assert "noscript" in {t for t, _ in tags}
    assert len([t for t, _ in tags if t == "label"]) == len([t for t, _ in tags if t in ("select", "input")])


def test_what_the_decisions_change_stands_in_the_page_itself() -> None:
    content = html(busy())
    assert re.search(
        r"<td>Người 1</td><td>Tín nhiệm thấp</td><td [^>]*>3</td><td [^>]*>1</td><td [^>]*>−2</td>", content
    )


def test_equal_counts_give_equal_pages_and_another_opinion_another_digest() -> None:
    sample = busy()
    first = html(sample)
    assert first == html(busy())
    sample.say(sample.ballots[3], "", 1, "low", "Đỗ Thị Thử")
    assert data_of(first)["review"] != data_of(html(sample))["review"]


def test_a_page_with_nothing_to_decide_says_so() -> None:
    assert text.t("review.nothing", "vi") in html(Sample())


def test_no_order_of_feeding_and_no_time_is_told() -> None:
    keys = [c["k"] for c in data_of(html(busy()))["cases"]]
    assert keys[:-1] == sorted(keys[:-1])


def test_a_thousand_ballots_of_fifty_five_persons_stay_small() -> None:
    sample = Sample(55)
    for n in range(100):
        sample.ballot(
            f"{n:05d}-AAAAA", {n % 55 + 1: ("unsure", (Rule.UNSURE_MARK,)), 7: ("blank", (Rule.BLANK_ROW,))}, draw=False
        )
    empty = len(html(Sample(55)).encode())
    assert empty + 10 * (len(html(sample).encode()) - empty) < 3_000_000
