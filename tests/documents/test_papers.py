"""The other papers: report with its chart, announcement of turnout, sealing, labels, hand-over."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from paper_samples import TURNOUT, event, fonts, papers, person, tally, unknown
from test_minutes import pages

from ballot_scan.documents.chart import pictures, write_chart
from ballot_scan.documents.handover import write_handover
from ballot_scan.documents.papers import CountPapers
from ballot_scan.documents.report import write_report
from ballot_scan.documents.sealing import write_seal_label, write_sealing
from ballot_scan.documents.secrecy import secrecy_warnings
from ballot_scan.documents.turnout_notice import write_turnout_notice

WRITERS = (write_report, write_turnout_notice, write_sealing, write_seal_label, write_handover)
Writer = Callable[..., Path]


@pytest.mark.parametrize("write", WRITERS)
def test_each_paper_in_both_languages_and_styles(tmp_path: Path, write: Writer) -> None:
    for number, held in enumerate(
        (event(2), event(2, language="en"), event(2, style="state", team_name="Ban kiểm phiếu"))
    ):
        path = write(tmp_path / f"{number}.pdf", papers(2, held), fonts())
        text = " ".join(pages(path))
        assert "{" not in text
        assert b"/Helvetica" not in path.read_bytes()
        assert write(tmp_path / "again.pdf", papers(2, held), fonts()).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("write", WRITERS)
def test_provisional_and_rehearsal_on_every_page(tmp_path: Path, write: Writer) -> None:
    given = replace(unknown(2), rehearsal=True)
    for page in pages(write(tmp_path / "a.pdf", given, fonts())):
        assert "TẠM TÍNH" in page
        assert "THỬ" in page


def text_of(tmp_path: Path, write: Writer, given: CountPapers) -> str:
    return " ".join(pages(write(tmp_path / "a.pdf", given, fonts())))


def test_report(tmp_path: Path) -> None:
    text = text_of(tmp_path, write_report, papers(4))
    for mark in (
        "BÁO CÁO KẾT QUẢ PHIẾU TÍN NHIỆM",
        "(Đóng dấu treo)",
        "Nơi nhận:",
        "T/M TỔ KIỂM PHIẾU",
        "Biểu đồ",
        "53,19",
    ):
        assert mark in text
    assert "giữ bí mật" not in text
    state = event(1, style="state", team_name="Ban kiểm phiếu")
    assert "TM. BAN KIỂM PHIẾU" in text_of(tmp_path, write_report, papers(1, state))


def test_report_warns_before_a_table_that_tells_how_somebody_voted(tmp_path: Path) -> None:
    people = (person(0, 46, low=46, none=0), person(1, 46))
    text = text_of(tmp_path, write_report, papers(2, tallies=(tally(2, candidates=people),)))
    assert text.index("giữ bí mật lá phiếu") < text.index("Họ và tên")
    assert "Cả 46 phiếu hợp lệ đều ghi “tín nhiệm thấp” đối với: Nguyễn Thị Phương Thảo" in text


def test_secrecy_warnings() -> None:
    assert secrecy_warnings(tally(3), "vi") == ()
    alike = tally(1, candidates=(person(0, 46, low=46, none=0),))
    assert len(secrecy_warnings(alike, "en")) == 1
    few = tally(1, valid=2, invalid=0, ballots_read=2, candidates=(person(0, 2, low=1, none=0, base=2),))
    assert "2" in secrecy_warnings(few, "en")[0]
    assert secrecy_warnings(tally(0, valid=0, invalid=0), "vi") == ()


def test_turnout_is_told_before_any_result(tmp_path: Path) -> None:
    text = text_of(tmp_path, write_turnout_notice, papers(3, provisional=True))
    assert "bằng 97,92% số phiếu phát ra" in text
    assert "hợp lệ" not in text
    assert "7K2Q" not in text
    assert "TẠM TÍNH" not in text  # its own numbers are complete
    surplus = tally(1, turnout=replace(TURNOUT, collected=49))
    assert "không rút bớt phiếu" in text_of(tmp_path, write_turnout_notice, papers(1, tallies=(surplus,)))


def test_sealing_names_each_packet_in_figures_and_words(tmp_path: Path) -> None:
    text = text_of(tmp_path, write_sealing, papers(2, event(2, retention="5 năm")))
    for mark in (
        "BIÊN BẢN NIÊM PHONG",
        "bốn mươi sáu",
        "Phiếu không sử dụng",
        "bảy",
        "Lưu giữ: 5 năm.",
        "ảnh quét phiếu",
    ):
        assert mark in text
    nothing_spoiled = tally(2, turnout=replace(TURNOUT, spoiled=0, issued=47, unused=8))
    assert "Phiếu hỏng" not in text_of(tmp_path, write_sealing, papers(2, tallies=(nothing_spoiled,)))


def test_a_label_a_packet(tmp_path: Path) -> None:
    found = pages(write_seal_label(tmp_path / "a.pdf", papers(2), fonts()))
    assert len(found) == 6
    assert all("NIÊM PHONG" in page and f"Gói {number}/6" in page for number, page in enumerate(found, start=1))


def test_handover_leaves_the_receiver_open(tmp_path: Path) -> None:
    text = text_of(tmp_path, write_handover, papers(2))
    for mark in ("BÊN NHẬN", "BÊN GIAO", "ngày …… tháng …… năm 2018", "Phạm Thanh Bình", "thuộc Ban Tổ chức Tỉnh ủy"):
        assert mark in text


def test_chart_as_files_and_in_parts(tmp_path: Path) -> None:
    given = papers(2)
    for suffix, start in ((".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")):
        path = write_chart(tmp_path / f"chart{suffix}", given, given.tallies[0])
        assert path.read_bytes().startswith(start)
        assert write_chart(tmp_path / f"again{suffix}", given, given.tallies[0]).read_bytes() == path.read_bytes()
    assert len(pictures(papers(55), tally(55))) == 2
    assert pictures(given, tally(0)) == []
    assert pictures(given, tally(2, base=0)) == []
