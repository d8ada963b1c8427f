"""The counting minutes: twelve parts in order, sums that anyone can check, nothing invented."""

import re
from dataclasses import replace
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from paper_samples import TURNOUT, event, fonts, papers, person, regulation, tally, unknown

from ballot_scan.documents import style
from ballot_scan.documents.minutes import write_minutes
from ballot_scan.documents.papers import CountPapers
from ballot_scan.errors import ReconcileError, UsageError
from ballot_scan.event.model import Candidate, Form


def pages(path: Path) -> list[str]:
    """The text of each page, its white space made single."""
    document = pdfium.PdfDocument(path)
    try:
        return [" ".join(page.get_textpage().get_text_range().split()) for page in document]
    finally:
        document.close()


def written(tmp_path: Path, given: CountPapers) -> list[str]:
    return pages(write_minutes(tmp_path / "minutes.pdf", given, fonts()))


def test_twelve_parts_in_order(tmp_path: Path) -> None:
    text = " ".join(written(tmp_path, papers(4)))
    marks = [
        "TỔ KIỂM PHIẾU",
        "BIÊN BẢN KIỂM PHIẾU",
        "Hồi 08 giờ 30 phút, ngày 16 tháng 10 năm 2018",
        "Căn cứ Quy định số 96-QĐ/TW",
        "Phạm Thanh Bình",
        "Tổng số triệu tập: 50 người; có mặt: 48 người; vắng mặt: 02 người",
        "Số phiếu in: 55",
        "Số phiếu hợp lệ: 46",
        "Họ và tên",
        "Không có.",
        "lập thành 03 bản",
        "THƯ KÝ",
        "CHỦ TRÌ HỘI NGHỊ",
    ]
    places = [text.index(mark) for mark in marks]
    assert places == sorted(places)
    for mark in ("10 giờ 05 phút", "Nhất thiết không được tẩy xóa trên biên bản.", "Căn cứ Kế hoạch số 55-KH/BTCTU"):
        assert mark in text
    assert text.count("96-QĐ/TW ngày 02/02/2023") == 1  # the regulation is not said twice
    assert "ĐẢNG CỘNG SẢN VIỆT NAM" in text
    assert "TẠM TÍNH" not in text
    assert "THỬ" not in text


def test_numbers_of_the_box_and_their_check(tmp_path: Path) -> None:
    text = " ".join(written(tmp_path, papers(1)))
    for line in (
        "phát ra: 48 phiếu",
        "không sử dụng: 07 phiếu",
        "nộp lại, đã đổi: 01 phiếu",
        "thu về: 47 phiếu",
        "in 55 = phát ra 48 + không sử dụng 7",
        "46 phiếu, bằng 97,87% tổng số phiếu thu về",
        "01 phiếu, bằng 2,13% tổng số phiếu thu về",
        "+ gạch tên người được lấy phiếu: 01 phiếu",
    ):
        assert line in text


def test_balance_of_every_person_adds_up(tmp_path: Path) -> None:
    text = " ".join(written(tmp_path, papers(55)))
    found = re.findall(
        r"Đối chiếu: (\d+) \+ (\d+) \+ (\d+) \+ (\d+) không .*? \+ (\d+) đánh .*? = (\d+) phiếu hợp lệ", text
    )
    assert len(found) == 55
    assert all(sum(map(int, line[:5])) == int(line[5]) == 46 for line in found)


def test_header_stands_on_every_page_of_the_table(tmp_path: Path) -> None:
    found = [page for page in written(tmp_path, papers(55)) if "phiếu hợp lệ" in page and "Đối chiếu: 4" in page]
    assert len(found) > 3
    assert all("Họ và tên" in page and "Tín nhiệm thấp" in page and "Tỷ lệ %" in page for page in found)


def test_a_person_and_the_balance_are_not_parted(tmp_path: Path) -> None:
    people = tuple(replace(person(number, 46), name=f"Người số-{number:02d}") for number in range(55))
    for page in written(tmp_path, papers(55, tallies=(tally(55, candidates=people),))):
        assert len(re.findall(r"số-\d\d", page)) == len(re.findall(r"Đối chiếu: \d+ \+", page))


@pytest.mark.parametrize("members", range(7))
def test_a_heading_is_not_parted_from_its_table(tmp_path: Path, members: int) -> None:
    found = written(tmp_path, papers(9, event(9, members=members)))
    assert [page for page in found if "7. Kết quả kiểm phiếu" in page and "Đối chiếu: 4" in page]


def test_shares_and_base(tmp_path: Path) -> None:
    text = " ".join(written(tmp_path, papers(4)))
    assert "93,62" in text
    assert "53,19" in text
    assert "tính trên tổng số phiếu thu về: 47 phiếu (Điều 11, Quy định 96-QĐ/TW)" in text
    deputies = tally(1, base=58, base_rule="deputies")
    text = " ".join(written(tmp_path, papers(1, tallies=(deputies,))))
    assert "tính trên tổng số đại biểu: 58 đại biểu" in text


def test_thresholds_come_from_the_regulation(tmp_path: Path) -> None:
    text = " ".join(written(tmp_path, papers(4)))
    assert (
        "01 người có số phiếu “tín nhiệm thấp” quá 1/2 tổng số phiếu thu về (Điều 12, Quy định 96-QĐ/TW): Lê Hữu Nghĩa"
        in text
    )
    assert "xem xét đưa ra khỏi quy hoạch" in text
    text = " ".join(written(tmp_path, papers(2)))
    assert "Không có người nào có số phiếu “tín nhiệm thấp”" in text
    text = " ".join(written(tmp_path, papers(4, regulation=regulation(first=None, second=None))))
    assert "người có số phiếu" not in text
    high = tally(1, candidates=(person(0, 46, low=40),))
    text = " ".join(written(tmp_path, papers(1, tallies=(high,))))
    assert "từ 2/3 tổng số phiếu thu về trở lên (điều khoản viện dẫn: ……" in text  # unverified: a place, no clause


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Điều 11", "(Điều 11, Quy định 96-QĐ/TW)"),
        ("96-QĐ/TW", "(Quy định 96-QĐ/TW)"),
        ("96-QĐ/TW, Điều 6", "(96-QĐ/TW, Điều 6)"),
        ("TT 45/2015/TT-BCA, Điều 11.2", "(TT 45/2015/TT-BCA, Điều 11.2)"),
        ("unverified", "(điều khoản viện dẫn: ……"),
    ],
)
def test_clauses_are_cited_as_they_were_read(tmp_path: Path, given: str, shown: str) -> None:
    assert f"47 phiếu {shown}" in " ".join(written(tmp_path, papers(1, regulation=regulation(base_clause=given))))


def test_unknown_stands_as_dots_and_every_page_says_provisional(tmp_path: Path) -> None:
    found = written(tmp_path, unknown(30))
    text = " ".join(found)
    assert len(found) > 2
    assert all("TẠM TÍNH – PROVISIONAL" in page and "còn 3 phiếu chờ kết luận" in page for page in found)
    for line in (
        "Hồi …… giờ …… phút",
        "tại …",
        "Chủ trì hội nghị: …",
        "Số phiếu phát ra: …",
        "triệu tập: …",
        "– Tổ trưởng",
    ):
        assert line in text
    assert "số phiếu đã đọc (tạm tính): 49" in text
    early = replace(unknown(1), tallies=(tally(1, turnout=None, base=49, base_rule="deputies"),))
    assert "tính trên số phiếu đã đọc (tạm tính): 49 phiếu" in " ".join(written(tmp_path, early))


def test_a_paper_is_never_more_certain_than_its_count(tmp_path: Path) -> None:
    waiting = papers(1, tallies=(tally(1, pending_review=1, valid=46, invalid=0),), provisional=False)
    assert all("TẠM TÍNH" in page for page in written(tmp_path, waiting))
    assert all("TẠM TÍNH" in page for page in written(tmp_path, papers(1, tallies=())))


def test_rehearsal_on_every_page(tmp_path: Path) -> None:
    assert all("THỬ – REHEARSAL" in page for page in written(tmp_path, papers(9, rehearsal=True)))


def test_pages_are_numbered_and_carry_the_result_code(tmp_path: Path) -> None:
    found = written(tmp_path, papers(20))
    for number, page in enumerate(found, start=1):
        assert f"Trang {number}/{len(found)}" in page
        assert "7K2Q-M9XF-D0A1-B2C3" in page
    text = " ".join(found)
    assert "12 mục" in text
    assert "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" in text.replace(" ", "")
    assert "xap-1 (25 tờ)" in text


def test_names_and_remarks_are_printed_letter_for_letter(tmp_path: Path) -> None:
    odd = replace(person(0, 46), name="R&D <c> Ngu\u0079\u1ec5n", position="<b>Phòng & Ban")
    given = papers(1, tallies=(tally(1, candidates=(odd,)),), remarks=("Ông <i>A</i> & bà B", "Cha\u0302n"))
    text = " ".join(written(tmp_path, given))
    assert "R&D <c> Nguyễn" in text
    assert "<b>Phòng & Ban" in text
    assert "Ông <i>A</i> & bà B" in text
    assert "Chân" in text  # NFC
    assert "Không có." not in text


@pytest.mark.parametrize(("copies", "shown"), [(1, "01"), (3, "03"), (5, "05"), (12, "12")])
def test_copies(tmp_path: Path, copies: int, shown: str) -> None:
    text = " ".join(written(tmp_path, papers(1, event(1, minutes_copies=copies))))
    assert f"lập thành {shown} bản" in text
    assert ("bản gửi ……" in text) == (copies > 3)


def test_the_whole_team_concludes(tmp_path: Path) -> None:
    decided = {"decisions_count": 3, "decisions": ("Phiếu 7K2QM, dòng 2: tín nhiệm",)}
    text = " ".join(written(tmp_path, papers(1, **decided, team_confirms=True)))
    assert "Toàn thể Tổ kiểm phiếu" in text
    assert "Phiếu 7K2QM, dòng 2" in text
    text = " ".join(written(tmp_path, papers(1, **decided, team_confirms=False)))
    assert "chưa được toàn thể Tổ kiểm phiếu xác nhận" in text
    assert "phải xem xét" not in " ".join(written(tmp_path, papers(1)))


def test_several_forms_have_a_table_each(tmp_path: Path) -> None:
    forms = tuple(
        Form(id=name, title=f"Nhóm {name}", candidate=(Candidate(id=name, name=name),)) for name in ("mot", "hai")
    )
    held = event(1, poll={"form": forms})
    text = " ".join(written(tmp_path, papers(1, held, tallies=(tally(1, form="mot"), tally(2, form="hai")))))
    assert text.count("Mẫu phiếu: Nhóm mot") == text.count("Mẫu phiếu: Nhóm hai") == 2
    assert text.count("Họ và tên") == 2
    assert "bằng 97,87% tổng số phiếu thu về theo mẫu này" in text


def test_quorum_is_decided_in_whole_numbers(tmp_path: Path) -> None:
    missed = tally(1, turnout=replace(TURNOUT, summoned=72, present=47))
    assert "chưa đủ điều kiện" in " ".join(written(tmp_path, papers(1, tallies=(missed,))))
    met = tally(1, turnout=replace(TURNOUT, summoned=72, present=48))
    assert ", đủ điều kiện" in " ".join(written(tmp_path, papers(1, tallies=(met,))))


def test_state_style_and_secrecy_marking(tmp_path: Path) -> None:
    held = event(2, style="state", team_name="Ban kiểm phiếu", secrecy="Mật", poll={"name": "Kỳ họp thứ 16"})
    first = written(tmp_path, papers(2, held))[0]
    for mark in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "MẬT",
        "KỲ HỌP THỨ 16",
        "Trưởng ban",
    ):
        assert mark in first
    assert "ĐẢNG CỘNG SẢN" not in first


def test_english(tmp_path: Path) -> None:
    text = " ".join(written(tmp_path, papers(4, event(4, language="en"))))
    for mark in (
        "COUNTING MINUTES",
        "97.87%",
        "Page 1/",
        "Nothing may be erased",
        "53.19",
        "16 October 2018",
        "in 3 copies",
    ):
        assert mark in text
    assert "Tỷ lệ" not in text


def test_numbers_that_disagree_are_refused_but_shown_while_provisional(tmp_path: Path) -> None:
    wrong = tally(1, candidates=(replace(person(0, 46), none_marked=9),))
    with pytest.raises(ReconcileError, match="54"):
        write_minutes(tmp_path / "minutes.pdf", papers(1, tallies=(wrong,)), fonts())
    assert not (tmp_path / "minutes.pdf").exists()
    text = " ".join(written(tmp_path, papers(1, tallies=(wrong,), provisional=True)))
    assert "= 54 ≠ 46 phiếu hợp lệ" in text


def test_large_team_signs_in_a_list(tmp_path: Path) -> None:
    text = " ".join(written(tmp_path, papers(1, event(1, members=20))))
    assert "Ký tên" in text
    assert "gồm 22 người" in text


def test_equal_input_gives_equal_bytes(tmp_path: Path) -> None:
    one = write_minutes(tmp_path / "a.pdf", papers(4), fonts()).read_bytes()
    assert write_minutes(tmp_path / "b.pdf", papers(4), fonts()).read_bytes() == one


def test_only_embedded_fonts_and_language_is_named(tmp_path: Path) -> None:
    data = write_minutes(tmp_path / "a.pdf", papers(4, event(4, members=20)), fonts()).read_bytes()
    assert b"/Helvetica" not in data
    assert b"/FontFile2" in data
    assert b"/Lang (vi)" in data


def test_an_older_file_stays_where_writing_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "minutes.pdf"
    path.write_bytes(b"old")

    def refuse(_self: Path, _target: Path) -> None:
        raise PermissionError(13, "in use")

    monkeypatch.setattr(style.Path, "replace", refuse)
    with pytest.raises(UsageError, match=r"minutes\.pdf"):
        write_minutes(path, papers(1), fonts())
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
