"""What leaves the room: one bundle, verified in another folder by a program that knows nothing of this event."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest
from helpers.command import Said, assert_one_line, process, scan_tally
from helpers.records import dumped, hall, log, tally
from helpers.team import both_decide, count_box

NAME = "hdnd-thu.zip"
SETTLED = {"binh:blank": "blank", "binh:multiple": "low"}


def export(event: Path, *options: str) -> Path:
    said = scan_tally("export", *options, event=event)
    assert said.code == 0, said.everything
    assert f"export/{NAME}" in said.out
    return event / "export" / NAME


def verify(file: Path, *options: str, lang: str = "en") -> Said:
    return scan_tally("verify", file, "--allow-unsigned", *options, lang=lang)


@pytest.fixture(scope="session")
def decided_hour(doubtful_hour: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two members decided, the hall is closed and exported."""
    event = Path(shutil.copytree(doubtful_hour, tmp_path_factory.mktemp("decided") / "event"))
    both_decide(event, SETTLED)
    assert scan_tally("close", "--poll", "hall", "--team-confirms", event=event).code == 0
    export(event)
    return event


@pytest.fixture
def decided(decided_hour: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(decided_hour, tmp_path / "event"))


def test_it_verifies_in_another_folder_as_a_process_without_an_event(decided: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "nơi khác"
    elsewhere.mkdir()
    shutil.copy(decided / "export" / NAME, elsewhere)
    shutil.rmtree(decided)
    good = process("verify", NAME, "--allow-unsigned", cwd=elsewhere)
    assert good.code == 0, good.everything
    assert "FAILED" not in good.out
    assert {p.name for p in elsewhere.iterdir()} == {NAME}  # verifying leaves nothing
    unsigned = process("verify", NAME, cwd=elsewhere, lang="vi_VN.UTF-8")
    assert unsigned.code == 4
    assert "SAI" in unsigned.out
    assert unsigned.err.strip().count("\n") == 0


def test_every_check_is_told_with_its_verdict(decided: Path) -> None:
    said = verify(decided / "export" / NAME)
    lines = said.out.splitlines()
    assert len([line for line in lines if line.startswith(("ok ", "skipped"))]) >= 8
    code = tally(decided)[1]["result_code"]
    assert code in lines[-1]


def test_the_bundle_tells_the_result_and_no_ballots_code(decided: Path) -> None:
    codes = {p["ballot"] for p in dumped(decided)} | {p["sha256"] for p in dumped(decided)}
    sources = {Path(p["source"]).name for p in dumped(decided)}
    with zipfile.ZipFile(decided / "export" / NAME) as bundle:
        names = set(bundle.namelist())
        every = b"\n".join(bundle.read(n) for n in names if not n.startswith("documents/")).decode()
        told = json.loads(bundle.read("tally.json"))
    assert {"manifest.json", "event.toml", "tally.json", "decisions.json", "log.json"} <= names
    assert {f"documents/hall/{n}.pdf" for n in ("minutes", "report", "turnout", "sealing", "handover")} <= names
    assert told == tally(decided)[1]
    assert not [word for word in codes | sources if word in every]


def test_whole_ballots_leave_only_when_an_audit_is_ordered(decided: Path) -> None:
    whole = "records/hall/main/whole.json"
    with zipfile.ZipFile(decided / "export" / NAME) as bundle:
        assert whole not in bundle.namelist()
    file = export(decided, "--per-ballot")
    with zipfile.ZipFile(file) as bundle:
        assert len(json.loads(bundle.read(whole))["ballots"]) == 5
    assert verify(file).code == 0


def test_a_second_export_moves_the_first_away_and_is_the_only_one_there(decided: Path) -> None:
    first = (decided / "export" / NAME).read_bytes()
    for older in (1, 2):
        export(decided)
        assert [p.name for p in (decided / "export").glob("*.zip")] == [NAME]
        assert len(list((decided / "export" / "old").glob("*.zip"))) == older
    kept = [p for p in (decided / "export" / "old").glob("*.zip") if p.read_bytes() == first]
    assert len(kept) == 1
    assert verify(kept[0]).code == 0
    assert verify(decided / "export" / NAME).code == 0


@pytest.mark.parametrize("at", [0.02, 0.3, 0.6, 0.97])
def test_one_byte_changed_is_found(decided: Path, at: float) -> None:
    file = decided / "export" / NAME
    data = bytearray(file.read_bytes())
    data[int(len(data) * at)] ^= 1
    file.write_bytes(data)
    said = verify(file)
    assert said.code == 4
    assert "Traceback" not in said.everything
    assert said.err.strip().count("\n") == 0


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_what_is_no_bundle_fails_and_what_is_no_file_is_wrong_usage(tmp_path: Path, lang: str) -> None:
    (tmp_path / "x.zip").write_bytes(b"no zip")
    assert verify(tmp_path / "x.zip", lang=lang).code == 4
    assert_one_line(verify(tmp_path / "absent.zip", lang=lang), 2, "absent.zip")
    assert_one_line(verify(tmp_path, lang=lang), 2)


def test_before_the_close_the_bundle_is_provisional_and_says_so(doubtful: Path) -> None:
    said = scan_tally("export", event=doubtful)
    assert said.code == 0
    assert "PROVISIONAL" in said.err
    checked = verify(doubtful / "export" / NAME)
    assert checked.code == 0
    assert "PROVISIONAL" in checked.out
    with zipfile.ZipFile(doubtful / "export" / NAME) as bundle:
        assert json.loads(bundle.read("manifest.json"))["provisional"] is True


def test_an_event_that_has_not_begun_can_be_exported_and_verified(event: Path) -> None:
    assert verify(export(event)).code == 0


def test_what_was_withdrawn_scanned_again_and_decided_again_verifies(
    doubtful: Path, doubtful_stack: list[Path], tmp_path: Path
) -> None:
    both_decide(doubtful, SETTLED)
    assert scan_tally("withdraw", "stack-1", event=doubtful).code == 0
    for page in doubtful_stack:
        (tmp_path / page.name).write_bytes(page.read_bytes() + b"\0")
    again = [tmp_path / page.name for page in doubtful_stack]
    assert scan_tally("scan", *again, "--batch", "stack-2", event=doubtful).code == 0
    assert verify(export(doubtful)).code == 0
    both_decide(doubtful, {**SETTLED, "binh:multiple": "multiple"})
    assert scan_tally("close", "--poll", "hall", "--team-confirms", event=doubtful).code == 0
    assert verify(export(doubtful)).code == 0


def test_decisions_that_differ_leave_as_open_and_verify(doubtful: Path) -> None:
    from helpers.team import HEAD, SECRETARY, decide

    assert decide(doubtful, HEAD, SETTLED).code == 0
    assert decide(doubtful, SECRETARY, {"binh:multiple": "multiple"}).code == 0
    file = export(doubtful)
    assert verify(file).code == 0
    with zipfile.ZipFile(file) as bundle:
        assert len(json.loads(bundle.read("decisions.json"))["open"]) == 2


def test_reopened_and_closed_again_the_bundle_verifies(decided: Path) -> None:
    members = ("--member", "Tổ trưởng", "--member", "Thư ký")
    assert scan_tally("reopen", "--poll", "hall", *members, "--reason", "đếm lại", event=decided).code == 0
    assert verify(export(decided)).code == 0
    count_box(decided, 5)
    assert scan_tally("close", "--poll", "hall", "--team-confirms", event=decided).code == 0
    assert verify(export(decided)).code == 0
    assert [name for name, _, _ in log(decided)].count("export") == 3


def test_equal_counts_have_equal_codes_whatever_the_order_of_scanning(
    printed_event: Path, doubtful_stack: list[Path], decided: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other" / "event"
    shutil.copytree(printed_event, other)
    for number, page in enumerate(reversed(doubtful_stack)):
        assert scan_tally("scan", page, "--batch", f"xấp {number}", event=other).code == 0
    count_box(other, 5)
    before = tally(other)[1]["result_code"]
    both_decide(other, SETTLED)
    assert before != tally(decided)[1]["result_code"]
    assert tally(other)[1]["result_code"] == tally(decided)[1]["result_code"]
    assert hall(other) == hall(decided)


def test_a_sheet_both_scanned_and_keyed_is_settled_on_each_side_and_verifies(clean: Path, tmp_path: Path) -> None:
    from helpers.small_event import HALL, write_keying
    from helpers.team import HEAD, SECRETARY

    from ballot_scan.day.folder import open_folder
    from ballot_scan.day.reviewing import Case, Matter, decisions_file

    code = dumped(clean)[0]["ballot"]
    file = write_keying(tmp_path / "a.csv", HALL, [(code, ("high", "high", "high"))])
    for operator in ("Lan", "Minh"):
        key = ("key", file, "--poll", "hall", "--form", "main", "--operator", operator)
        assert scan_tally(*key, event=clean).code == 0
    assert hall(clean)["pending_review"] == 2

    def verdict(case: Case, _: Matter) -> str:
        return "not-counted" if case.keyed else "valid"

    for member in (HEAD, SECRETARY):
        said = tmp_path / "said.json"
        said.write_bytes(decisions_file(open_folder(clean), "hall", member, verdict, "một tờ"))
        assert scan_tally("decide", said, event=clean).code == 0
    assert (hall(clean)["pending_review"], hall(clean)["valid"]) == (0, 12)
    assert scan_tally("close", "--poll", "hall", "--team-confirms", event=clean).code == 0
    checked = verify(export(clean))
    assert checked.code == 0, checked.everything
