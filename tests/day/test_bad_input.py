"""Bad input: each file and page gets its line and its reason, the others go on, nothing raises."""

from __future__ import annotations

import io
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from helpers.command import Said, assert_one_line, scan_tally
from helpers.paper_marker import Picture, jpeg, layout, marked, printed_pages, save
from helpers.small_event import PLAIN, table, turnout_options, write_event
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from ballot_scan.paper import raster

CHECKOUT = Path(__file__).resolve().parents[2]
REAL = CHECKOUT.parent / "shared" / "real"


def scanned(event: Path, *paths: Path) -> tuple[Said, list[dict[str, str]]]:
    """Scan ``paths``, check that the statuses add up to the pages, and return the lines of pages.csv."""
    said = scan_tally("scan", *paths, event=event)
    assert "Traceback" not in said.everything
    target = event.parent / "dump"
    assert scan_tally("dump", target, event=event).code == 0
    pages = table(target / "pages.csv")
    status = Counter(p["status"] for p in pages)
    assert set(status) <= {"read", "unreadable", "not-a-ballot", "blank"}
    summed = scan_tally("status", event=event).out
    assert (
        f"pages in {len(pages)} = {status['read']} read + {status['unreadable']} unreadable + "
        f"{status['not-a-ballot']} not a ballot + {status['blank']} blank"
    ) in summed
    return said, pages


def pdf_of(pictures: list[bytes], **options: object) -> bytes:
    """An A4 PDF of pictures, one a page, as scanners make it."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(210 * mm, 297 * mm), **options)
    for data in pictures:
        canvas.drawImage(ImageReader(io.BytesIO(data)), 0, 0, 210 * mm, 297 * mm)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def text_pdf(**options: object) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(210 * mm, 297 * mm), **options)
    canvas.drawString(100, 700, "Minutes of another meeting, typed and not scanned")
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def test_a_jpeg_cut_off_in_the_scanners_transfer_is_never_read_as_a_whole_page(
    event: Path, plain_pages: list[Picture], tmp_path: Path
) -> None:
    whole = jpeg(plain_pages[0])
    for share in (0.02, 0.3, 0.6, 0.9):
        (tmp_path / f"cut-{int(share * 100):02d}.jpg").write_bytes(whole[: int(len(whole) * share)])
    said, pages = scanned(event, *sorted(tmp_path.glob("cut-*.jpg")))
    assert said.code == 3
    for page in pages:
        assert page["status"] == "unreadable", page["source"]
        assert page["needs_review"] == "true"
        assert page["source"] in said.err


@pytest.mark.parametrize(
    ("name", "data", "word"),
    [
        ("rỗng.jpg", b"", "0 bytes"),
        ("rác.png", b"not a picture at all", "broken"),
        ("khóa.pdf", text_pdf(encrypt=StandardEncryption("secret", "owner")), "password"),
        ("hỏng.pdf", b"%PDF-1.4\nbroken", "damaged"),
        ("hỏng.tif", b"II*\0\xff\xff\xff\x7f", "broken"),
    ],
)
def test_a_file_that_cannot_be_read_has_one_line_and_its_reason(
    event: Path, plain_stack: Path, tmp_path: Path, name: str, data: bytes, word: str
) -> None:
    bad = tmp_path / name
    bad.write_bytes(data)
    said, pages = scanned(event, bad, plain_stack / "trang-01.jpg")
    assert said.code == 3
    (line,) = [p for p in pages if p["source"] == bad.as_posix()]
    assert (line["status"], line["source_page"], line["needs_review"]) == ("unreadable", "1", "true")
    (told,) = said.err.strip().splitlines()
    assert name in told
    assert word in told
    assert [p["status"] for p in pages if p["source"] != bad.as_posix()] == ["read"]  # the other one went on
    again, pages = scanned(event, bad)
    assert len(pages) == 2  # and fed again it adds nothing
    assert again.code in (0, 3)


def test_an_unreadable_page_keeps_the_count_provisional(event: Path, plain_stack: Path, tmp_path: Path) -> None:
    (tmp_path / "rỗng.jpg").write_bytes(b"")
    scan_tally("scan", plain_stack, tmp_path / "rỗng.jpg", event=event)
    scan_tally("turnout", "--poll", "hall", *turnout_options(collected=12), event=event)
    said = scan_tally("tally", event=event)
    assert said.code == 4
    assert "rỗng.jpg" in said.err


def test_a_page_scanned_again_under_the_same_name_lets_the_count_go_on(
    event: Path, plain_stack: Path, tmp_path: Path
) -> None:
    stack = tmp_path / "s"
    shutil.copytree(plain_stack, stack)
    good = (stack / "trang-05.jpg").read_bytes()
    (stack / "trang-05.jpg").write_bytes(good[:500])
    assert scan_tally("scan", stack, event=event).code == 3
    (stack / "trang-05.jpg").write_bytes(good)
    assert scan_tally("scan", stack, event=event).code == 0
    scan_tally("turnout", "--poll", "hall", *turnout_options(collected=12), event=event)
    assert scan_tally("tally", event=event).code == 0


def test_an_unread_page_still_stops_the_count_when_the_scanner_begins_to_number_again(
    event: Path, plain_stack: Path, tmp_path: Path
) -> None:
    stack = tmp_path / "s"
    stack.mkdir()
    for i, page in enumerate(sorted(plain_stack.iterdir())[:4], 1):
        shutil.copy(page, stack / f"img{i:03d}.jpg")
    (stack / "img003.jpg").write_bytes((stack / "img003.jpg").read_bytes()[:500])
    assert scan_tally("scan", stack, event=event).code == 3
    for i, page in enumerate(sorted(plain_stack.iterdir())[4:8], 1):
        shutil.copy(page, stack / f"img{i:03d}.jpg")
    assert scan_tally("scan", stack, event=event).code == 0
    scan_tally("turnout", "--poll", "hall", *turnout_options(collected=7), event=event)
    said = scan_tally("tally", event=event)
    assert said.code == 4
    assert "img003.jpg" in said.err


def test_a_page_scanned_again_waits_for_nobody_any_more(event: Path, plain_stack: Path, tmp_path: Path) -> None:
    stack = tmp_path / "s"
    stack.mkdir()
    page = stack / "trang-05.jpg"
    page.write_bytes((plain_stack / "trang-05.jpg").read_bytes()[:500])
    (waiting,) = scanned(event, stack)[1]
    assert waiting["needs_review"] == "true"
    shutil.copy(plain_stack / "trang-05.jpg", page)
    before, after = sorted(scanned(event, stack)[1], key=lambda line: line["status"], reverse=True)
    assert (before["status"], before["needs_review"]) == ("unreadable", "false")
    assert (after["status"], after["needs_review"]) == ("read", "false")


def test_of_a_page_cut_off_in_transfer_people_see_what_there_is(event: Path, plain_stack: Path, tmp_path: Path) -> None:
    whole = (plain_stack / "trang-05.jpg").read_bytes()
    (tmp_path / "cụt.jpg").write_bytes(whole[: len(whole) // 2])
    scanned(event, tmp_path / "cụt.jpg")
    (kept,) = (event / "evidence").iterdir()
    assert scan_tally("review", event=event).code == 0
    (page,) = (event / "review").glob("*.html")
    assert kept.stem in page.read_text(encoding="utf-8")
    with Image.open(kept) as picture:
        grey = np.asarray(picture.convert("L"))
    top, foot = grey[: len(grey) // 3], grey[-len(grey) // 4 :]
    assert top.std() > 20  # print
    assert foot.std() < 5  # nothing came through


def test_a_link_that_leads_nowhere_is_a_page_that_could_not_be_read(
    event: Path, plain_stack: Path, tmp_path: Path
) -> None:
    shutil.copytree(plain_stack, tmp_path / "s")
    link = tmp_path / "s" / "trang-99.jpg"
    try:
        link.symlink_to(tmp_path / "gone.jpg")
    except OSError:
        pytest.skip("links cannot be made here")
    said, pages = scanned(event, tmp_path / "s")
    assert said.code == 3
    assert "leads nowhere" in said.err
    assert [p["status"] for p in pages if p["source"].endswith("99.jpg")] == ["unreadable"]


def test_a_link_to_a_folder_that_is_not_there_is_no_page(event: Path, tmp_path: Path) -> None:
    link = tmp_path / "stick"
    try:
        link.symlink_to(tmp_path / "gone")
    except OSError:
        pytest.skip("links cannot be made here")
    assert_one_line(scan_tally("scan", str(link), event=event), 2, "stick")


def test_the_calibration_sheet_among_ballots_is_told_and_waits_for_nobody(
    event: Path, plain_pages: list[Picture], tmp_path: Path
) -> None:
    assert scan_tally("calibrate", "print", event=event).code == 0
    save(tmp_path / "s", [raster.render_pages((event / "calibration-sheet.pdf").read_bytes(), 200)[0]])
    said, (line,) = scanned(event, tmp_path / "s")
    assert said.code == 0, said.everything
    assert "the calibration sheet" in said.out
    assert (line["status"], line["needs_review"]) == ("not-a-ballot", "false")


@pytest.mark.parametrize(("mode", "compression"), [("L", "tiff_lzw"), ("1", "group4"), ("L", "jpeg")])
@pytest.mark.parametrize("share", [0.4, 0.6, 0.9])
def test_a_tiff_cut_off_in_the_middle_names_what_is_missing(
    event: Path, plain_pages: list[Picture], tmp_path: Path, mode: str, compression: str, share: float
) -> None:
    pictures = [Image.fromarray(np.where(p > 160, 255, 0).astype(np.uint8)).convert(mode) for p in plain_pages[:3]]
    file = tmp_path / "tập.tif"
    pictures[0].save(file, save_all=True, append_images=pictures[1:], compression=compression, dpi=(200, 200))
    whole = file.read_bytes()
    file.write_bytes(whole[: int(share * len(whole))])
    said, pages = scanned(event, file)
    assert said.code == 3
    assert "tập.tif" in said.err
    assert [p["status"] for p in pages][-1] == "unreadable"
    again, same = scanned(event, file)
    assert (again.code, same) == (0, pages)
    assert scan_tally("withdraw", "batch-1", "--reason", "tệp bị cắt cụt", event=event).code == 0
    file.write_bytes(whole)
    assert scan_tally("scan", file, "--batch", "lần hai", event=event).code == 0
    scan_tally("turnout", "--poll", "hall", *turnout_options(collected=3), event=event)
    assert scan_tally("tally", event=event).code == 0


def test_a_pdf_with_text_only_is_no_ballot(event: Path, tmp_path: Path) -> None:
    (tmp_path / "công văn.pdf").write_bytes(text_pdf())
    said, (page,) = scanned(event, tmp_path / "công văn.pdf")
    assert said.code == 0
    assert page["status"] == "not-a-ballot"
    assert "công văn.pdf" in said.out


def test_a_pdf_of_scanned_jpegs_is_read_page_by_page(event: Path, plain_pages: list[Picture], tmp_path: Path) -> None:
    file = tmp_path / "tập phiếu.pdf"
    file.write_bytes(pdf_of([jpeg(p) for p in plain_pages]))
    said, pages = scanned(event, file)
    assert said.code == 0, said.everything
    assert [(p["source_page"], p["status"]) for p in pages] == [(str(n), "read") for n in range(1, 13)]
    readings = table(event.parent / "dump" / "readings.csv")
    assert [tuple(r["reading"] for r in readings[i : i + 3]) for i in range(0, 36, 3)] == PLAIN
    again, pages = scanned(event, file)
    assert again.code == 0
    assert len(pages) == 12


@pytest.mark.parametrize(("mode", "compression"), [("L", "tiff_lzw"), ("1", "group4"), ("RGB", "tiff_adobe_deflate")])
def test_a_tiff_of_several_pages_is_read_page_by_page(
    event: Path, plain_pages: list[Picture], tmp_path: Path, mode: str, compression: str
) -> None:
    pictures = []
    for page in plain_pages[:3]:
        sharp = np.where(page > 160, 255, 0).astype(np.uint8) if mode == "1" else page
        pictures.append(Image.fromarray(sharp).convert(mode))
    file = tmp_path / f"{compression}.tif"
    pictures[0].save(file, save_all=True, append_images=pictures[1:], compression=compression, dpi=(200, 200))
    said, pages = scanned(event, file)
    assert said.code == 0, said.everything
    assert [(p["source_page"], p["status"], p["needs_review"]) for p in pages] == [
        (n, "read", "false") for n in ("1", "2", "3")
    ]
    readings = table(event.parent / "dump" / "readings.csv")
    assert [tuple(r["reading"] for r in readings[i : i + 3]) for i in range(0, 9, 3)] == PLAIN[:3]


def test_a_page_of_another_event_is_named_and_not_counted(event: Path, tmp_path: Path) -> None:
    other = write_event(tmp_path / "other" / "event", id="su-kien-khac")
    assert scan_tally("print", "--poll", "hall", "--copies", "1", event=other).code == 0
    page = marked(printed_pages(other, "hall")[0], layout(other, "hall")["pages"][0], ("high", "high", "high"))
    save(tmp_path / "s", [page])
    said, (line,) = scanned(event, tmp_path / "s")
    assert said.code == 0
    assert (line["status"], line["findings"]) == ("not-a-ballot", "foreign-ballot")
    assert "another event" in said.out
    scan_tally("turnout", "--poll", "hall", *turnout_options(collected=0), event=event)
    assert scan_tally("tally", "--poll", "hall", event=event).code == 4


def test_a_rehearsal_ballot_of_another_folder_is_named_and_holds_up_nothing(
    event: Path, plain_pages: list[Picture], tmp_path: Path
) -> None:
    other = write_event(tmp_path / "other" / "event", id="su-kien-khac")
    assert scan_tally("rehearse", "--ballots", "3", "--poll", "hall", event=other).code == 0
    save(tmp_path / "s", plain_pages)
    assert scan_tally("scan", str(tmp_path / "s"), event=event).code == 0
    said = scan_tally("scan", str(other / "rehearsal"), event=event)
    assert "another event" in said.out
    assert "wait for people" not in said.out
    scan_tally("turnout", "--poll", "hall", *turnout_options(collected=len(plain_pages)), event=event)
    told = scan_tally("tally", "--poll", "hall", event=event)
    assert told.code == 0, told.everything


def test_a_histogram_that_cannot_be_written_costs_nothing_else(
    event: Path, plain_pages: list[Picture], tmp_path: Path
) -> None:
    (event / "batches").write_bytes(b"a file of somebody")
    save(tmp_path / "s", plain_pages)
    said = scan_tally("scan", str(tmp_path / "s"), event=event)
    assert said.code == 0
    assert f"{len(plain_pages)} pages in" in said.out
    assert "ZERO REPORT" in said.out
    assert "batches" in said.everything
    assert (event / "batches").read_bytes() == b"a file of somebody"


def test_a_folder_without_scans_is_told(event: Path, tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    said = scan_tally("scan", str(tmp_path / "s"), event=event)
    assert said.code == 0
    assert "no scan lies there" in said.everything


def test_a_forged_ballot_of_the_same_event_id_waits(event: Path, tmp_path: Path) -> None:
    other = write_event(tmp_path / "other" / "event")  # the same id, another secret
    assert scan_tally("print", "--poll", "hall", "--copies", "1", event=other).code == 0
    page = marked(printed_pages(other, "hall")[0], layout(other, "hall")["pages"][0], ("high", "high", "high"))
    save(tmp_path / "s", [page])
    said, (line,) = scanned(event, tmp_path / "s")
    assert "1 pages wait for people" in said.out
    assert "trang-01.jpg: page 1: its code was never issued here" in said.everything
    assert "unknown-code" in line["findings"].split(";")
    assert line["needs_review"] == "true"


def test_blank_backs_are_told_apart(event: Path, plain_pages: list[Picture], tmp_path: Path) -> None:
    noise = np.random.default_rng(1).normal(244, 3, plain_pages[0].shape).clip(0, 255).astype(np.uint8)
    save(tmp_path / "s", [plain_pages[0], noise, np.full_like(noise, 255)])
    said, pages = scanned(event, tmp_path / "s")
    assert said.code == 0
    assert [(p["status"], p["needs_review"]) for p in pages] == [
        ("read", "false"),
        ("blank", "false"),
        ("blank", "false"),
    ]


def test_a_page_fed_upside_down_needs_no_person(event: Path, plain_pages: list[Picture], tmp_path: Path) -> None:
    turned = [np.ascontiguousarray(np.rot90(p, 2)) for p in plain_pages]
    save(tmp_path / "s", turned)
    said, pages = scanned(event, tmp_path / "s")
    assert said.code == 0
    assert {(p["status"], p["needs_review"]) for p in pages} == {("read", "false")}
    readings = table(event.parent / "dump" / "readings.csv")
    assert [tuple(r["reading"] for r in readings[i : i + 3]) for i in range(0, 36, 3)] == PLAIN


def test_names_with_vietnamese_letters_and_spaces_are_kept_as_given(
    event: Path, plain_pages: list[Picture], tmp_path: Path
) -> None:
    folder = tmp_path / "Phiếu đã quét (đợt 1)"
    save(folder, plain_pages[:2], "Phiếu số {} – Hội trường.JPG")
    (folder / "Ghi chú.txt").write_text("not a page", encoding="utf-8")
    said, pages = scanned(event, folder)
    assert said.code == 0
    assert [p["source"] for p in pages] == [f.as_posix() for f in sorted(folder.glob("*.JPG"))]
    assert "1 other files" in said.out


def test_a_path_that_does_not_exist_stops_before_anything_is_read(event: Path, plain_stack: Path) -> None:
    assert_one_line(scan_tally("scan", plain_stack, "không có.jpg", event=event), 2, "không có.jpg")
    assert scan_tally("dump", event.parent / "d", event=event).code == 0
    assert table(event.parent / "d" / "pages.csv") == []


def test_a_result_file_that_cannot_be_replaced_is_named_and_kept(event: Path, tmp_path: Path) -> None:
    taken = tmp_path / "t.json"
    (taken / "inside").mkdir(parents=True)  # a folder stands where the file should go
    said = scan_tally("tally", "--json", taken, event=event)
    assert said.code == 2
    assert said.err.strip().splitlines()[-1].startswith(f"{taken.as_posix()}: cannot be written")
    assert "Traceback" not in said.err
    assert (taken / "inside").is_dir()
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.skipif(not REAL.is_dir(), reason="the real scans lie beside the checkout only where it is developed")
def test_real_scans_of_other_systems_each_get_a_line_and_a_reason(event: Path) -> None:
    said, pages = scanned(event, REAL)
    files = [f for f in REAL.iterdir() if f.suffix != ".md"]
    assert len(files) == 10
    assert {p["source"] for p in pages} == {f.as_posix() for f in files}
    assert said.code in (0, 3)
    for page in pages:
        assert page["status"] != "read"
        assert f"{page['source']}: page {page['source_page']}: " in said.everything
