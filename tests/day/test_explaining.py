"""scan-tally explain: one page of one scan, drawn as a page that needs nothing else."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from html import unescape
from pathlib import Path

import cv2
import numpy as np
import pytest
from helpers.command import assert_one_line, scan_tally
from helpers.paper_marker import Picture, jpeg, layout
from helpers.small_event import write_event
from PIL import Image

from ballot_scan.day.explaining import safe_name
from ballot_scan.scan.profile import DEFAULT, limits, to_toml
from ballot_scan.text import catalogue


def explained(event: Path, source: object, number: int = 1, *options: object, lang: str = "en") -> str:
    out = event.parent / "page.html"
    said = scan_tally("explain", source, number, "--out", out, *options, event=event, lang=lang)
    assert said.code == 0, said.everything
    return out.read_text(encoding="utf-8")


def words(html: str) -> str:
    """What a reader of the page sees, in one line."""
    shown = re.sub(r"<[^>]+>", " ", re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL))
    return " ".join(unescape(shown).split())


def test_a_scan_is_explained_into_the_event_folder_without_being_scanned(event: Path, plain_stack: Path) -> None:
    said = scan_tally("explain", plain_stack / "trang-03.jpg", 1, event=event)
    assert said.code == 0, said.everything
    assert "Read; 0 of 3 rows flagged" in said.out
    assert (event / "explain" / "trang-03-p1.html").is_file()
    assert "trang-03-p1.html" in said.out
    assert scan_tally("dump", event.parent / "out", event=event).code == 0
    assert len((event.parent / "out" / "pages.csv").read_text(encoding="utf-8").splitlines()) == 1


def test_pages_of_two_folders_that_are_called_alike_are_both_explained(
    event: Path, plain_stack: Path, tmp_path: Path
) -> None:
    for folder, page in (("a", "trang-01.jpg"), ("b", "trang-02.jpg")):
        (tmp_path / folder).mkdir()
        shutil.copy(plain_stack / page, tmp_path / folder / "scan.jpg")
    for folder in ("a", "b", "a", "b"):
        assert scan_tally("explain", tmp_path / folder / "scan.jpg", 1, event=event).code == 0
    names = sorted(path.name for path in (event / "explain").iterdir())
    assert len(names) == 2
    assert "scan-p1.html" in names


def test_the_page_holds_its_pictures_and_loads_nothing(event: Path, plain_stack: Path) -> None:
    html = explained(event, plain_stack / "trang-01.jpg")
    links = re.findall(r'(?:href|src|url)\s*[=(]\s*"?([^"\s)]{1,40})', html)
    assert links
    assert all(link.startswith(("data:image/jpeg;base64,", "#row-")) for link in links)
    assert "<script" not in html
    assert "default-src &#39;none&#39;; img-src data:" in html
    assert html.count("<article") == 3
    assert html.count("data:image/jpeg;base64,") == 1 + 2 * 3
    assert not re.search(r'\sstyle="', html)  # the page's own policy would refuse it


@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        ("en", ("What the reader saw", "4 of 4 found", "Off a flat sheet", "Bounds in use", "Nguyễn Văn An")),
        ("vi", ("Máy đã thấy gì", "thấy 4 trên 4", "Lệch so với tờ phẳng", "Các ngưỡng đang dùng", "Nguyễn Văn An")),
    ],
)
def test_the_page_speaks_both_languages(event: Path, plain_stack: Path, lang: str, expected: tuple[str, ...]) -> None:
    html = explained(event, plain_stack / "trang-01.jpg", lang=lang)
    assert f'<html lang="{lang}">' in html
    for text in expected:
        assert text in words(html), text


def test_a_doubtful_row_is_explained_in_words_with_figures_of_each_box(event: Path, doubtful_stack: list[Path]) -> None:
    said = words(explained(event, doubtful_stack[0]))
    assert "1 of 3 rows flagged: 2. Trần Thị Bình" in said
    assert "The machine found no mark in any box of this row." in said
    said = words(explained(event, doubtful_stack[1]))
    assert "Several marked" in said
    assert said.count("dark, long enough and centred in its frame") == 4
    assert re.search(r"\d+\.\d %", said)


def test_an_unclear_mark_is_explained_by_what_is_unclear_about_it(event: Path, plain_pages: list[Picture]) -> None:
    x, y, w, h = layout(event, "hall")["pages"][0]["rows"][1]["boxes"][2]["rect_mm"]
    page = plain_pages[0].copy()
    cv2.circle(page, [round((v + s / 2) * page.shape[1] / 210) for v, s in ((x, w), (y, h))], 3, 60, -1)
    scan = event.parent / "rest.png"
    scan.write_bytes(cv2.imencode(".png", page)[1].tobytes())
    said = words(explained(event, scan))
    assert (
        said.count("too small for a mark: a pen that touched or rested on the paper") == 2
    )  # the row's finding, the box
    assert "or of an odd shape" not in said


def test_the_source_may_be_named_from_the_event_folder_and_be_a_page_of_a_file(
    event: Path, plain_pages: list[Picture], monkeypatch: pytest.MonkeyPatch
) -> None:
    (event / "scans").mkdir()
    first, *rest = [Image.fromarray(p) for p in plain_pages[:3]]
    first.save(event / "scans" / "Chồng số 1.tif", save_all=True, append_images=rest)
    monkeypatch.chdir(event.parent)
    said = scan_tally("explain", "scans/Chồng số 1.tif", 3, event=event)
    assert said.code == 0, said.everything
    assert (event / "explain" / "chong-so-1-p3.html").is_file()
    assert "page 3 of 3" in words((event / "explain" / "chong-so-1-p3.html").read_text(encoding="utf-8"))


def test_a_page_that_was_not_read_is_explained_by_what_was_found_and_what_was_missing(
    event: Path, plain_pages: list[Picture]
) -> None:
    scan = event.parent / "cut.jpg"
    scan.write_bytes(jpeg(np.ascontiguousarray(plain_pages[0][:, : plain_pages[0].shape[1] * 2 // 3])))
    said = words(explained(event, scan))
    assert "Not read" in said
    assert "2 of 4 found: top left, bottom left; missing: top right, bottom right" in said
    white = event.parent / "white.jpg"
    white.write_bytes(jpeg(np.full((1200, 850), 255, np.uint8)))
    said = words(explained(event, white))
    assert "Blank page" in said
    assert "0 of 4 found: –" in said


def test_wrong_sources_are_one_line(event: Path, plain_stack: Path, tmp_path: Path) -> None:
    scan = plain_stack / "trang-01.jpg"
    assert_one_line(scan_tally("explain", scan, 2, event=event), 2, "trang-01.jpg", "no page 2", "has 1")
    assert_one_line(scan_tally("explain", "nowhere.jpg", 1, event=event), 2, "nowhere.jpg")
    assert_one_line(scan_tally("explain", plain_stack, 1, event=event), 2, "folder")
    assert_one_line(scan_tally("explain", scan, 0, event=event), 2, "PAGE")
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff nothing more")
    assert_one_line(scan_tally("explain", broken, 1, event=event), 3, "broken.jpg", "page 1")
    broken.write_bytes(b"")
    assert_one_line(scan_tally("explain", broken, 1, event=event), 3, "broken.jpg", "empty")
    assert not (event / "explain").exists()


def test_only_pages_and_pictures_are_drawn(event: Path, plain_stack: Path, tmp_path: Path) -> None:
    out = tmp_path / "trang.gif"
    assert_one_line(scan_tally("explain", plain_stack, 1, "--out", out, event=event), 2, "trang.gif")
    assert not out.exists()


def test_the_page_is_judged_with_the_scanner_profile_of_the_event(event: Path, plain_stack: Path) -> None:
    scan = plain_stack / "trang-01.jpg"
    assert "Bounds in use (built-in)" in words(explained(event, scan))
    stern = replace(DEFAULT, marked_above=limits("marked_above")[1], firm_above=limits("firm_above")[1])
    (event / "scanner.toml").write_text(to_toml(stern, {}, "2030-12-01"), encoding="utf-8")
    said = words(explained(event, scan))
    assert "Bounds in use (scanner.toml)" in said
    assert f"marked_above {stern.marked_above:g}" in said
    assert catalogue("en")["calibrate.bound.marked_above"] in said


def test_the_command_has_help_with_an_example() -> None:
    said = scan_tally("explain", "--help")
    assert said.code == 0
    assert "Example: scan-tally explain" in " ".join(said.out.split())


def test_without_a_print_no_page_can_be_told(plain_stack: Path, tmp_path: Path) -> None:
    event = write_event(tmp_path / "fresh")
    assert_one_line(scan_tally("explain", plain_stack / "trang-01.jpg", 1, event=event), 2, "scan-tally print")


def test_text_of_a_file_name_is_never_markup(event: Path, plain_stack: Path, tmp_path: Path) -> None:
    scan = tmp_path / "a&b 'c'.jpg"
    scan.write_bytes((plain_stack / "trang-01.jpg").read_bytes())
    html = explained(event, scan)
    assert "a&amp;b" in html
    assert "a&b" not in html


def test_the_event_is_left_as_it_was(event: Path, plain_stack: Path) -> None:
    assert scan_tally("scan", plain_stack, event=event).code == 0
    before = scan_tally("status", event=event).out
    explained(event, plain_stack / "trang-01.jpg")
    assert scan_tally("status", event=event).out == before


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("Phiếu Đợt 2", "phieu-dot-2"), ("CON", "con"), ("..", "page"), ("a/b\\c:d", "a-b-c-d"), ("票", "page"),
        ("x" * 90, "x" * 60), ("ends. ", "ends"),
    ],
)  # fmt: skip
def test_file_names_are_safe_everywhere(stem: str, name: str) -> None:
    assert safe_name(stem) == name


@pytest.mark.parametrize("name", ["trang-01.jpg", "trang-02.jpg"])
def test_a_name_that_ends_in_png_gets_a_picture(
    event: Path, doubtful_stack: list[Path], tmp_path: Path, name: str
) -> None:
    out = tmp_path / "trang.png"
    said = scan_tally("explain", doubtful_stack[0].parent / name, 1, "--out", out, event=event)
    assert said.code == 0, said.everything
    with Image.open(out) as picture:
        assert picture.format == "PNG"
        drawn = np.asarray(picture.convert("RGB")).astype(int)
    coloured = drawn.max(axis=2) - drawn.min(axis=2) > 60
    assert coloured.sum() > 2000, "frames, markers and codes are outlined"


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_picture_says_beside_the_page_what_it_shows_and_why_rows_wait(
    event: Path, doubtful_stack: list[Path], tmp_path: Path, lang: str
) -> None:
    pictures = {}
    for name in ("trang-01.jpg", "trang-02.jpg"):
        out = tmp_path / f"{name}.png"
        said = scan_tally("explain", doubtful_stack[0].parent / name, 1, "--out", out, event=event, lang=lang)
        assert said.code == 0, said.everything
        with Image.open(out) as picture:
            pictures[name] = np.asarray(picture.convert("L"))
    for picture in pictures.values():
        panel = picture[:, -600:]
        assert (panel < 60).any(axis=1).sum() > 60, "several lines of letters"
