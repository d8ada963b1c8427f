"""The demo: the whole day on the sample event, in a folder of its own, down to a bundle that verifies."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.command import Said, assert_one_line, process, scan_tally
from helpers.records import dumped, log, pdf_text, tally, tree

POLLS = 3
PAPERS = ("minutes", "report", "turnout", "sealing", "seal-label", "handover")


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Said, Path]]:
    """The demo walked once, thirty ballots a poll: of twelve once in hundreds of runs none was doubtful."""
    folder = tmp_path_factory.mktemp("demo") / "xem thử"
    yield scan_tally("demo", folder, "--ballots", 30), folder
    shutil.rmtree(folder.parent)


@pytest.fixture
def demo(walked: tuple[Said, Path]) -> Path:
    said, folder = walked
    assert said.code == 0, said.everything
    return folder


def test_it_leaves_everything_it_names(walked: tuple[Said, Path], demo: Path) -> None:
    named = [line.split("  – ")[0].strip() for line in walked[0].out.split("Open these:")[1].splitlines()]
    paths = [Path(p) for p in named if p]
    assert len(paths) >= 8
    for path in paths:
        assert path.exists(), path
    found = tree(demo)
    assert "review/index.html" in found
    for name in (
        "minutes.pdf",
        "report.pdf",
        "turnout.pdf",
        "sealing.pdf",
        "seal-label.pdf",
        "handover.pdf",
        "chart.png",
    ):
        assert sum(p.startswith("documents/") and p.endswith(f"/{name}") for p in found) == POLLS, name
    assert len(list((demo / "export").glob("*.zip"))) == 1


def test_every_poll_is_closed_and_nothing_is_provisional(demo: Path) -> None:
    code, result = tally(demo)
    assert (code, result["provisional"], len(result["polls"])) == (0, False, POLLS)
    assert [name for name, _, _ in log(demo)].count("closed") == POLLS
    for minutes in sorted((demo / "documents").glob("*/minutes.pdf")):
        text = pdf_text(minutes)
        assert "PROVISIONAL" not in text
        assert "14 giờ 30" in text
    status = scan_tally("status", event=demo)
    assert status.out.count("scan-tally verify export/") == POLLS


def test_doubtful_ballots_were_among_them_and_two_members_decided(demo: Path) -> None:
    decisions = dumped(demo, "decisions.csv")
    assert decisions
    assert all(len(d["members"].split("; ")) == 2 for d in decisions)
    assert {p["status"] for p in dumped(demo)} == {"read"}


def test_its_bundle_verifies_elsewhere(demo: Path, tmp_path: Path) -> None:
    (bundle,) = (demo / "export").glob("*.zip")
    shutil.copy(bundle, tmp_path / "b.zip")
    assert process("verify", "b.zip", "--allow-unsigned", cwd=tmp_path).code == 0


def test_its_result_codes_stand_on_screen_in_the_minutes_and_in_the_bundle(
    walked: tuple[Said, Path], demo: Path
) -> None:
    said = walked[0].out
    whole = said.split("result code of the whole event: ")[1].split()[0]
    assert tally(demo)[1]["result_code"] == whole
    (verified,) = [line for line in said.splitlines() if line.startswith("8. ")]
    assert whole in verified
    for folder in (demo / "documents").iterdir():
        code = said.split(f"result code of {folder.name}: ")[1].split()[0]
        assert code in pdf_text(folder / "minutes.pdf")


def test_a_folder_that_is_no_demo_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work", encoding="utf-8")
    for lang in ("vi", "en"):
        assert_one_line(scan_tally("demo", tmp_path / "mine", "--ballots", 4, lang=lang), 2, "mine")
    assert tree(tmp_path) == {"mine/thesis.txt"}


def test_a_file_is_no_folder_for_a_demo(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    assert_one_line(scan_tally("demo", tmp_path / "file", "--ballots", 4), 2, "file")


def test_an_earlier_demo_is_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    folder.mkdir()
    (folder / ".demo").write_text("demo\n", encoding="utf-8")
    (folder / "old.txt").write_text("of the demo before", encoding="utf-8")
    said = scan_tally("demo", folder, "--ballots", 4, lang="vi")
    assert said.code == 0, said.everything
    assert "Hãy mở xem" in said.out
    assert not (folder / "old.txt").exists()
