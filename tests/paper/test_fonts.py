"""Which font is printed with."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from reportlab.pdfbase import pdfmetrics

from ballot_scan.errors import UsageError
from ballot_scan.paper import fonts


@pytest.fixture
def dejavu() -> Path:
    return fonts.choose("DejaVu Serif").files[0]


def without(source: Path, target: Path, letters: str) -> Path:
    """A copy of a font that lacks ``letters``, under the same internal name."""
    with TTFont(source) as font:
        for table in font["cmap"].tables:
            for letter in letters:
                table.cmap.pop(ord(letter), None)
        font.save(target)
    return target


def test_vietnamese_has_134_letters_beyond_ascii() -> None:
    assert len(fonts.VIETNAMESE) == 134


def test_some_font_with_every_vietnamese_letter_is_always_there() -> None:
    family = fonts.choose()
    for file in family.files:
        with TTFont(file, lazy=True) as font:
            assert {ord(letter) for letter in fonts.VIETNAMESE} <= set(font.getBestCmap())
    assert family.lacks("Nguyễn Ánh") == ""
    assert set(family.lacks("Nguyễn 日本")) == set("日本")


def test_a_font_file_can_be_preferred(dejavu: Path) -> None:
    family = fonts.choose(str(dejavu))
    assert family.files == fonts.choose("DejaVu Serif").files  # its bold and italic lie beside it


def test_a_font_that_lacks_letters_is_refused_in_one_line(dejavu: Path, tmp_path: Path) -> None:
    poor = without(dejavu, tmp_path / "poor.ttf", "ễƠ")
    with pytest.raises(UsageError, match=r"poor\.ttf.*2.*") as raised:
        fonts.choose(str(poor))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("wanted", ["No Such Family", "/no/such/file.ttf"])
def test_a_font_that_is_not_there_is_refused(wanted: str) -> None:
    with pytest.raises(UsageError, match="uch"):
        fonts.choose(wanted)


def test_a_file_that_is_no_font_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.ttf").write_bytes(b"no font")
    with pytest.raises(UsageError, match=r"x\.ttf"):
        fonts.choose(str(tmp_path / "x.ttf"))


def test_another_version_of_a_face_is_printed_with_its_own_file(dejavu: Path, tmp_path: Path) -> None:
    """reportlab keeps faces by their internal name; the first one registered would print for both."""
    fonts.choose("DejaVu Serif")
    other = Path(shutil.copy(dejavu, tmp_path / "other.ttf"))
    family = fonts.choose(str(other))
    assert Path(pdfmetrics.getFont(family.regular).face.filename) == other


def test_an_older_version_beside_a_complete_one_is_passed_over(
    dejavu: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = tmp_path / "a-old", tmp_path / "b-new"
    for folder in (old, new):
        folder.mkdir()
        for style in ("Regular", "Bold", "Italic", "BoldItalic"):
            shutil.copy(dejavu, folder / f"Tinos-{style}.ttf")
    without(dejavu, old / "Tinos-Regular.ttf", "ễ")
    monkeypatch.setattr(fonts, "_folders", lambda: iter([tmp_path]))
    fonts._first_complete.cache_clear()
    try:
        assert {file.parent for file in fonts.choose().files} == {new}
    finally:
        fonts._first_complete.cache_clear()


def test_ink_of_words_is_measured() -> None:
    family = fonts.choose("DejaVu Serif")
    left, top, right, bottom = family.ink_mm("Ệp", family.bold, 12)
    assert left >= 0
    assert top < -3.5  # circumflex above, dot and descender below the baseline
    assert bottom > 0.5
    assert right <= family.width_mm("Ệp", family.bold, 12) + 0.2
    assert family.ink_mm(" ", family.bold, 12) == (0, 0, 0, 0)
