"""The manuals are held to the program: their command lines run as written, and name what there is."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import typer.main
from helpers.command import scan_tally

from ballot_scan.cli.app import build
from ballot_scan.day import hall, reviewing
from ballot_scan.day.folder import open_folder, write_bytes
from ballot_scan.errors import ExitCode

ROOT = Path(__file__).resolve().parents[2]
MANUALS = ("README.md", "README.vi.md", "benchmarks/README.md", "CONTRIBUTING.md", "docs/architecture.md")
POLL = "ban-to-chuc"


def manual(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def block(name: str, mark: str) -> list[str]:
    """The lines of the command block that follows ``<!-- run: mark -->``."""
    (found,) = re.findall(rf"<!-- run: {mark} -->\n```(?:sh|console)\n(.*?)```", manual(name), re.S)
    return [line for line in found.splitlines() if line.strip()]


def mentioned(name: str) -> list[list[str]]:
    """Every ``scan-tally …`` of a manual, split into words: from code blocks and from inline code."""
    text = manual(name)
    fenced = [line for part in re.findall(r"```\w*\n(.*?)```", text, re.S) for line in part.splitlines()]
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"```\w*\n.*?```", "", text, flags=re.S))
    lines = [line.split("scan-tally ", 1)[1] for line in (*fenced, *inline) if "scan-tally " in line]
    return [shlex.split(line, comments=True) for line in lines]


@pytest.fixture(scope="module")
def options() -> dict[str, set[str]]:
    """Options by command; under "" those that stand before one."""
    group: Any = typer.main.get_command(build())
    everywhere = {o for p in group.params for o in p.opts} | {"--help", "-h"}
    return {"": everywhere} | {n: everywhere | {o for p in c.params for o in p.opts} for n, c in group.commands.items()}


def run_lines(lines: list[str], folder: Path, hands: dict[str, Callable[[], None]], patch: pytest.MonkeyPatch) -> None:
    """Run the lines one after another.

    ``hands`` does what a comment ``# by hand: <its first words>`` asks for, or what comes before a line.
    """
    patch.chdir(folder)
    for line in lines:
        if line.startswith("# by hand: "):
            asked = line.removeprefix("# by hand: ")
            (does,) = [do for words, do in hands.items() if asked.startswith(words)]
            does()
            continue
        words = shlex.split(line, comments=True)
        if not words:
            continue
        if words[0] == "cd":
            patch.chdir(Path.cwd() / words[1])
            continue
        assert words[0] == "scan-tally", line
        for start, do in hands.items():
            if line.startswith(start):
                do()
        ends = re.search(r"# (?:ends|kết thúc bằng mã) (\d)", line)
        said = scan_tally(*words[1:])
        assert said.code == (int(ends[1]) if ends else 0), f"{line}\n{said.everything}"


def test_the_try_of_the_readme_runs_as_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_lines(block("README.md", "try"), tmp_path, {}, monkeypatch)
    folder = tmp_path / "try"
    for made in ("rehearsal/truth.csv", "readings/readings.csv", "review/index.html", f"documents/{POLL}/minutes.pdf"):
        assert (folder / made).is_file(), made


def cast(poll: str, summoned: int, printed: int) -> hall.Voted:
    """Votes of one poll, scanned into ``scans/<poll>``; drawn again until a row is left blank or marked twice."""
    folder = open_folder(Path.cwd())
    (the_poll,) = folder.polls(poll)
    for seed in range(1, 50):
        shutil.rmtree(folder.path / "scans" / poll, ignore_errors=True)
        voted = hall.vote(folder, the_poll, summoned=summoned, printed=printed, seed=seed, workers=1)
        if {"blank", "multiple"} & set(voted.meant.values()):
            return voted
    raise AssertionError("no doubtful row in fifty halls")


def verdict(voted: hall.Voted, case: reviewing.Case, matter: reviewing.Matter) -> str:
    wanted = voted.meant.get((case.key, matter.row), "") if matter.row is not None else "valid"
    return wanted if matter.choice(wanted) is not None else matter.choices[0].verdict


def decide(voted: hall.Voted, names: list[str]) -> None:
    """Two members of the poll's team save their files under ``names``."""
    folder = open_folder(Path.cwd())
    (the_poll,) = folder.polls(voted.poll)
    for member, name in zip(the_poll.members, names, strict=False):
        data = reviewing.decisions_file(folder, voted.poll, member.name, partial(verdict, voted), "thấy rõ trên phiếu")
        write_bytes(folder.path / name, data)


def likewise(poll: str) -> None:
    """Another place of voting, by the same commands."""
    assert scan_tally("print", "--poll", poll, "--copies", 10).code == 0
    voted = cast(poll, 6, 10)
    numbers = voted.turnout
    line = ["turnout", "--poll", poll]
    for name in ("summoned", "present", "printed", "issued", "spoiled", "unused", "collected"):
        line += [f"--{name}", str(getattr(numbers, name))]
    assert scan_tally(*line).code == 0
    assert scan_tally("scan", f"scans/{poll}").code == 0
    decide(voted, ["one.json", "two.json"])
    assert scan_tally("decide", "one.json").code == 0
    assert scan_tally("decide", "two.json").code == 0
    assert scan_tally("close", "--poll", poll, "--team-confirms").code == 0


def test_the_day_of_the_readme_runs_as_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = block("README.md", "day")
    numbers = next(shlex.split(line) for line in lines if " turnout " in line)
    given = dict(zip(numbers[2::2], numbers[3::2], strict=True))
    files = [shlex.split(line)[2] for line in lines if line.startswith("scan-tally decide ")]
    voted: list[hall.Voted] = []

    def scanner() -> None:
        voted.append(cast(POLL, int(given["--summoned"]), int(given["--printed"])))
        assert {f"--{k}": str(getattr(voted[0].turnout, k)) for k in ("present", "issued", "spoiled", "collected")} == {
            k: given[k] for k in ("--present", "--issued", "--spoiled", "--collected")
        }

    hands: dict[str, Callable[[], None]] = {
        "print ballots.pdf": lambda: None,
        "turnout.pdf is read": lambda: None,
        "the scanner puts": scanner,
        "two members decide": lambda: decide(voted[0], files),
        "the other places": lambda: [likewise(poll) for poll in ("tinh-uy", "duc-pho")] and None,
    }
    run_lines(lines, tmp_path, hands, monkeypatch)
    folder = tmp_path / "vote"
    checked = scan_tally("verify", folder / "export" / "plan-55.zip", "--allow-unsigned")
    assert checked.code == 0
    assert "PROVISIONAL" not in checked.out
    assert not (folder / "ballot.key").exists()
    assert (tmp_path / "vote-backup.zip").is_file()


FILLED_IN = """\
[event]
id = "lay-phieu-2026"
title = "Lấy phiếu tín nhiệm giữa nhiệm kỳ"
organ = "Hội đồng nhân dân tỉnh"
regulation = "96-2023-QH15"

[[poll]]
id = "hoi-truong"
name = "Hội trường"
date = 2030-12-07
member = [{name = "Nguyễn Văn A", role = "head"}, {name = "Trần Thị B", role = "secretary"}]
voters = [{group = "Đại biểu", count = 50}]

[[poll.form]]
id = "main"
candidate = [{id = "mot", name = "Lê Một", position = "Chủ tịch"}, {id = "hai", name = "Lý Hai", position = "Ủy viên"}]
"""


def deck_through_the_scanner() -> None:
    """Every page of the decks as a picture in ``scans/``."""
    Path("scans").mkdir()
    for number, file in enumerate(sorted(Path("rehearsal").rglob("deck.pdf"))):
        document = pypdfium2.PdfDocument(file)
        for page in range(len(document)):
            document[page].render(scale=200 / 72).to_pil().convert("L").save(f"scans/{number}-{page}.jpg", quality=85)
        document.close()


def table_of_the_day() -> list[str]:
    """The operator's commands in the Vietnamese table of the day; the turnout has a block of its own."""
    part = manual("README.vi.md").split("## 2.", 1)[1].split("```", 1)[0]
    rows = [line for line in part.splitlines() if re.match(r"\| \d \|", line)]
    return [cell for row in rows for cell in re.findall(r"`(scan-tally [^`]+)`", row) if cell != "scan-tally turnout"]


def test_the_committees_manual_runs_as_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = re.findall(r"```sh\n(.*?)```", manual("README.vi.md"), re.S)
    before, turnout, after = "".join(blocks[:-2]), blocks[-2], blocks[-1]
    hands: dict[str, Callable[[], None]] = {
        "scan-tally check": lambda: Path("event.toml").write_text(FILLED_IN, encoding="utf-8") and None,
        "scan-tally scan scans --batch thu-1": deck_through_the_scanner,
    }
    run_lines(before.splitlines(), tmp_path, hands, monkeypatch)
    folder = tmp_path / "lay-phieu-2026"
    run_lines(turnout.splitlines(), folder, {}, monkeypatch)
    monkeypatch.chdir(folder)
    voted = cast("hoi-truong", 50, 55)
    (folder / "scans" / "hoi-truong").rename(folder / "scans-1")
    (folder / "scans").rmdir()
    (folder / "scans-1").rename(folder / "scans")
    for line in table_of_the_day():
        if "TỆP.json" in line:
            decide(voted, ["mot.json", "hai.json"])
            run_lines([line.replace("TỆP", name) for name in ("mot", "hai")], folder, {}, monkeypatch)
        else:
            run_lines([line], folder, {}, monkeypatch)
    run_lines(after.splitlines(), folder, {}, monkeypatch)
    assert (tmp_path / "sao-luu.zip").is_file()
    assert not (folder / "ballot.key").exists()


@pytest.mark.parametrize("name", MANUALS)
def test_every_command_and_option_of_a_manual_exists(name: str, options: dict[str, set[str]]) -> None:
    for words in mentioned(name):
        rest = words[2:] if words[0] in ("--event", "--lang") else words
        command = rest[0] if rest and not rest[0].startswith("-") else ""
        assert command in options, f"{name}: {words}"
        unknown = {w for w in words if w.startswith("--") and w not in options[command]}
        assert not unknown, f"{name}: {words}"


@pytest.mark.parametrize("name", ["README.md", "README.vi.md"])
def test_every_command_of_the_program_is_in_the_manual(name: str, options: dict[str, set[str]]) -> None:
    told = {word for words in mentioned(name) for word in words}
    assert not {c for c in options if c} - told


def test_the_exit_codes_of_the_readme_are_those_of_the_program() -> None:
    told = {int(code) for code in re.findall(r"^\| (\d) \|", manual("README.md"), re.M)}
    assert told == {int(code) for code in ExitCode}


@pytest.mark.parametrize("name", [*MANUALS, "CHANGELOG.md", "calibration/README.md"])
def test_links_and_pictures_of_a_manual_are_there(name: str) -> None:
    text = manual(name)
    targets = re.findall(r"\]\(([^)#\s]+)", text) + re.findall(r'src="([^"]+)"', text)
    missing = [t for t in targets if "://" not in t and not ((ROOT / name).parent / t).exists()]
    assert not missing
