"""Intake: every page of every file is delivered or named, whatever the bytes are; folders by name."""

from __future__ import annotations

import io
import random
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image
from reportlab.lib.pagesizes import A5
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from ballot_scan.errors import InputError, UsageError
from ballot_scan.scan import intake, pictures

PICTURE = np.random.default_rng(7).integers(0, 255, (300, 210), dtype=np.uint8)


def encoded(ending: str) -> bytes:
    done, data = cv2.imencode(ending, PICTURE)
    assert done
    return data.tobytes()


def tiff(pages: int, mode: str = "L", compression: str = "tiff_lzw", **options: object) -> bytes:
    out = io.BytesIO()
    pictures = [Image.fromarray(np.roll(PICTURE, n)).convert(mode) for n in range(pages)]
    pictures[0].save(out, "TIFF", save_all=True, append_images=pictures[1:], compression=compression, **options)
    return out.getvalue()


def pdf(pages: int, picture: bytes | None = None, turn: int = 0) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A5)
    for _ in range(pages):
        if picture is None:
            canvas.drawString(100, 100, "text")
        else:
            canvas.drawImage(ImageReader(io.BytesIO(picture)), 0, 0, *A5)
        canvas.setPageRotation(turn)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


FILES = {
    "a.jpg": encoded(".jpg"),
    "a.png": encoded(".png"),
    "lzw.tif": tiff(2),
    "g4.tif": tiff(2, "1", "group4"),
    "text.pdf": pdf(2),
    "picture.pdf": pdf(1, encoded(".jpg")),
}


def every_page(name: str, data: bytes) -> list[tuple[int, object]]:
    """All pages, or the one error that names why the file cannot be opened."""
    try:
        count = intake.count_pages(name, data)
        in_colour = [page for _, page in intake.opened(name, data, 1, count, colour=True)]
        found = list(intake.pages(name, data, 1, count))
    except InputError as error:
        return [(1, error)]
    for (_, grey), page in zip(found, in_colour, strict=True):  # asking for colour loses and gains no page
        assert isinstance(page, InputError) if isinstance(grey, InputError) else isinstance(page, pictures.Page)
    return found  # type: ignore[return-value]


@given(st.sampled_from(sorted(FILES)), st.randoms(use_true_random=False), st.booleans())
@settings(max_examples=150)
@example("hỏng.tif", random.Random(0), False)
def test_broken_bytes_are_named_and_never_raise(name: str, chance: random.Random, cut: bool) -> None:
    data = bytearray(FILES.get(name, b"II*\0\xff\xff\xff\x7f"))
    for _ in range(chance.randint(1, 8)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    if cut:
        del data[chance.randrange(len(data)) :]
    found = every_page(name, bytes(data))
    assert [number for number, _ in found] == list(range(1, len(found) + 1))
    for _, page in found:
        if isinstance(page, InputError):
            assert page.key.startswith("scan.")
        else:
            assert isinstance(page, np.ndarray)
            assert page.dtype == np.uint8
            assert page.ndim == 2


@given(st.binary(max_size=200), st.sampled_from(intake.ENDINGS))
def test_any_bytes_under_any_ending_are_one_unread_page(data: bytes, ending: str) -> None:
    ((number, page),) = every_page("x" + ending, data)
    assert number == 1
    assert isinstance(page, InputError)


@pytest.mark.parametrize("ending", [".jpg", ".png"])
@pytest.mark.parametrize("lost", [1, 2, 20, 1000])
def test_a_picture_that_lost_its_end_is_never_half_a_page(ending: str, lost: int) -> None:
    ((_, page),) = every_page("a" + ending, encoded(ending)[:-lost])
    assert isinstance(page, InputError)


@pytest.mark.parametrize("name", ["a.png", "lzw.tif"])
def test_lossless_files_come_in_bit_for_bit(name: str) -> None:
    found = every_page(name, FILES[name])
    assert [number for number, _ in found] == ([1, 2] if name == "lzw.tif" else [1])
    assert np.array_equal(found[0][1], PICTURE)  # type: ignore[arg-type]


def test_a_fax_with_fewer_lines_than_columns_an_inch_is_stretched() -> None:
    data = tiff(1, "1", "group4", dpi=(204, 98))
    ((_, page),) = every_page("fax.tif", data)
    assert isinstance(page, np.ndarray)
    assert page.shape[1] == 210
    assert abs(page.shape[0] - 300 * 204 / 98) < 3


def test_a_pdf_of_one_jpeg_gives_the_scanners_own_pixels() -> None:
    ((_, page),) = every_page("picture.pdf", FILES["picture.pdf"])
    assert np.array_equal(page, pictures.decode(FILES["a.jpg"]))  # type: ignore[arg-type]


@pytest.mark.parametrize(("turn", "times"), [(90, 3), (180, 2), (270, 1)])
def test_a_turned_pdf_page_is_turned_as_it_is_shown(turn: int, times: int) -> None:
    ((_, page),) = every_page("a.pdf", pdf(1, FILES["a.jpg"], turn))
    assert np.array_equal(page, np.rot90(pictures.decode(FILES["a.jpg"]), times))  # type: ignore[arg-type]


def test_without_poppler_pdfium_draws_the_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "chữ.pdf"
    file.write_bytes(FILES["text.pdf"])
    by_poppler = every_page(str(file), FILES["text.pdf"])
    monkeypatch.setenv("PATH", "")
    by_pdfium = every_page(str(file), FILES["text.pdf"])
    for (_, a), (_, b) in zip(by_poppler, by_pdfium, strict=True):
        assert isinstance(a, np.ndarray)
        assert isinstance(b, np.ndarray)
        assert np.abs(np.subtract(a.shape, b.shape)).max() <= 1
        assert a.min() < 100 > b.min()


def test_a_picture_of_another_kind_under_a_wrong_ending_is_still_read() -> None:
    ((_, page),) = every_page("a.jpg", FILES["a.png"])
    assert np.array_equal(page, PICTURE)  # type: ignore[arg-type]
    assert len(every_page("a.jpg", FILES["lzw.tif"])) == 2


def coloured(ending: str = "", *, size: tuple[int, int] = (2339, 1654)) -> bytes:
    """A white page with a red square at the upper left, as JPEG, PNG, TIFF or a PDF of one or two pictures."""
    picture = np.full((*size, 3), 250, np.uint8)
    picture[: size[0] // 4, : size[1] // 4] = (60, 40, 200)
    if ending == ".tif":
        out = io.BytesIO()
        Image.fromarray(np.ascontiguousarray(picture[:, :, ::-1])).save(out, "TIFF", compression="tiff_lzw")
        return out.getvalue()
    data = cv2.imencode(ending if ending in (".jpg", ".png") else ".jpg", picture)[1].tobytes()
    if ending == ".pdf":
        return pdf(1, data)
    if ending == "drawn.pdf":
        out = io.BytesIO()
        canvas = Canvas(out, pagesize=A5)
        canvas.setFillColorRGB(0.8, 0.16, 0.24)
        canvas.rect(0, A5[1] * 3 / 4, A5[0] / 4, A5[1] / 4, stroke=0, fill=1)
        canvas.save()
        return out.getvalue()
    return data


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif", "a.pdf", "drawn.pdf"])
def test_colour_comes_beside_a_grey_that_stays_the_same(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_bytes(coloured(name if name == "drawn.pdf" else file.suffix))
    ((_, grey),) = every_page(str(file), file.read_bytes())
    ((_, page),) = intake.opened(str(file), file.read_bytes(), 1, 1, colour=True)
    ((_, plain),) = intake.opened(str(file), file.read_bytes(), 1, 1, colour=False)
    assert isinstance(page, pictures.Page)
    assert isinstance(plain, pictures.Page)
    assert plain.colour is None
    assert np.array_equal(page.grey, grey)  # type: ignore[arg-type]
    assert np.array_equal(plain.grey, grey)  # type: ignore[arg-type]
    assert page.colour is not None
    height, width = page.colour.shape[:2]
    assert 500 <= max(height, width) < 1000
    assert abs(height / width - page.grey.shape[0] / page.grey.shape[1]) < 0.01
    blue, green, red = page.colour[height // 8, width // 8].astype(int)
    assert red > 150 > 100 > max(blue, green)
    assert page.colour[height // 2, width // 2].min() > 240


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_colour_is_turned_with_its_page(turn: int) -> None:
    ((_, page),) = intake.opened("a.pdf", pdf(1, coloured(), turn), 1, 1, colour=True)
    assert isinstance(page, pictures.Page)
    assert page.colour is not None
    small = cv2.resize(page.grey, page.colour.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(small.astype(int) - cv2.cvtColor(page.colour, cv2.COLOR_BGR2GRAY)).mean() < 3


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "lzw.tif", "g4.tif", "picture.pdf", "text.pdf"])
def test_grey_files_have_no_colour(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_bytes(FILES[name])
    page = next(intake.opened(str(file), FILES[name], 1, 1, colour=True))[1]
    assert isinstance(page, pictures.Page)
    assert page.colour is None


def test_folders_come_by_name_and_other_files_are_counted(tmp_path: Path) -> None:
    for name in ("b.JPG", "a.tiff", "c/đ.pdf", "x.txt", ".ẩn.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    found = intake.find([str(tmp_path), str(tmp_path / "b.JPG")])
    assert [f.source for f in found.files] == [(tmp_path / n).as_posix() for n in ("a.tiff", "b.JPG", "c/đ.pdf")]
    assert found.others == 2


@pytest.mark.parametrize("name", ["a.jfif", "a.JPE", "không-đuôi", "a.webp", "a.bmp", "a.dat"])
def test_in_a_folder_a_page_is_known_by_its_first_bytes_too(name: str, tmp_path: Path) -> None:
    kind = {".webp": ".webp", ".bmp": ".bmp", ".dat": ".png"}.get(Path(name).suffix, ".jpg")
    (tmp_path / name).write_bytes(cv2.imencode(kind, np.full((50, 40), 200, np.uint8))[1].tobytes())
    (tmp_path / "BM thư.txt").write_text("BM gửi văn phòng")
    found = intake.find([str(tmp_path)])
    assert [Path(f.source).name for f in found.files] == [name]
    assert found.others == 1
    (file,) = found.files
    ((_, page),) = intake.pages(file.path, intake.read_bytes(file.path), 1, 1)
    assert isinstance(page, np.ndarray)


@pytest.mark.parametrize("given", [".", "ballots", "ballots/p"])
def test_what_the_program_wrote_itself_is_no_scan(given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ballots/p/ballots.pdf", "scans/ballots/1.jpg", "calibration.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    found = intake.find([given], [tmp_path / "ballots", tmp_path / "calibration.png"])
    assert [f.source for f in found.files] == (["scans/ballots/1.jpg"] if given == "." else [])
    assert found.others == (2 if given == "." else 1)
    (named,) = intake.find(["ballots/p/ballots.pdf"], [tmp_path / "ballots"]).files
    assert named.source == "ballots/p/ballots.pdf", "a file that somebody names is taken"


def test_paths_that_do_not_exist_are_named_all_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        intake.find([str(tmp_path), "không.jpg", "có.jpg"])
    assert "không.jpg, có.jpg" in str(refused.value)


def test_a_page_is_known_by_its_bytes() -> None:
    assert intake.page_digest("f" * 64, 1, 1) == "f" * 64
    assert len({intake.page_digest("f" * 64, n, 3) for n in (1, 2, 3)} | {"f" * 64}) == 4
