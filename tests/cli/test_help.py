"""The command line: help with an example for every command, both languages, slow libraries only where needed."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
from helpers.command import assert_one_line, process, scan_tally

COMMANDS = (
    "new", "check", "print", "rehearse", "turnout", "scan", "key", "tally", "documents", "dump", "status", "doctor",
    "demo", "review", "decide", "batches", "withdraw", "close", "reopen", "export", "verify", "backup", "retire",
)  # fmt: skip
SLOW = ("pandas", "cv2", "matplotlib", "reportlab", "numpy", "pydantic", "PIL", "pypdfium2", "zxingcpp")


def test_help_names_every_command_of_the_day() -> None:
    said = scan_tally("--help")
    assert said.code == 0
    for command in COMMANDS:
        assert f" {command} " in said.out, command


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    said = scan_tally(command, "--help")
    assert said.code == 0
    assert f"Usage: scan-tally {command}" in said.out
    assert "Example: scan-tally" in " ".join(said.out.split()), said.out
    assert scan_tally(command, "-h").out == said.out


def test_help_loads_none_of_the_slow_libraries() -> None:
    program = (
        "import sys\nfrom ballot_scan.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit as end:\n    assert end.code == 0\n"
        f"print('LOADED', [name for name in {SLOW!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.decode(errors="replace").splitlines()[-1] == "LOADED []"


@pytest.mark.parametrize(("options", "locale"), [((), "vi_VN.UTF-8"), (("--lang", "vi"), "en_US.UTF-8")])
def test_vietnamese_comes_from_the_option_or_the_environment(options: tuple[str, ...], locale: str) -> None:
    said = process(*options, "tally", "--help", lang=locale)
    assert said.code == 0
    assert "Ví dụ" in said.out
    assert "Cách dùng: scan-tally tally [TÙY CHỌN]" in said.out
    for english in ("Example", "Usage", "OPTIONS", "Show this message"):
        assert english not in said.out


def test_the_option_wins_over_the_environment() -> None:
    assert "Example" in process("--lang=en", "tally", "--help", lang="vi_VN.UTF-8").out


def test_a_console_with_another_code_page_never_stops_the_work() -> None:
    import os

    done = subprocess.run(
        [sys.executable, "-m", "ballot_scan", "--lang", "vi", "--help"],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "cp437"},
    )
    assert done.returncode == 0
    assert b"scan-tally" in done.stdout
    assert b"Traceback" not in done.stderr


def test_version() -> None:
    from ballot_scan import __version__

    said = scan_tally("--version")
    assert (said.code, said.out.strip()) == (0, f"scan-tally {__version__}")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("frob",), "frob"),
        (("tally", "--frob"), "--frob"),
        (("turnout", "--poll", "x"), "--summoned"),
        (("scan",), "PATH"),
        (("print", "--copies", "0"), "--copies"),
        (("print", "--copies", "many"), "--copies"),
        (("status", "--event"), "--event"),
        (("--event", "nowhere", "status"), "nowhere"),
        (("--event", "nowhere", "scan", "x.jpg"), "nowhere"),
        (("--event", "nowhere", "check"), "nowhere"),
    ],
)
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_wrong_usage_is_one_line_with_the_command_to_look_at(arguments: tuple[str, ...], word: str, lang: str) -> None:
    said = scan_tally("--lang", lang, *arguments, lang="")
    assert said.code == 2
    lines = [line for line in said.err.strip().splitlines() if word in line]
    assert len(lines) == 1, said.everything
    assert "Traceback" not in said.everything
    assert "╭" not in said.everything


def test_an_unknown_language_is_one_line() -> None:
    assert_one_line(scan_tally("status", lang="fr"), 2, "fr", "vi")


def test_options_for_all_commands_may_stand_anywhere() -> None:
    for line in (("--event", "nowhere", "status"), ("status", "--event", "nowhere"), ("status", "--event=nowhere")):
        assert_one_line(scan_tally(*line), 2, "nowhere")


def test_debug_shows_the_trace_and_still_the_one_line() -> None:
    said = scan_tally("--debug", "--event", "nowhere", "status")
    assert said.code == 2
    assert "Traceback" in said.err
    assert "nowhere" in said.err.strip().splitlines()[-1]


def test_a_fault_of_the_program_is_one_line_with_code_one(monkeypatch: pytest.MonkeyPatch) -> None:
    from ballot_scan.day import setup

    def broken(*_: object) -> None:
        raise ZeroDivisionError("a hidden fault")

    monkeypatch.setattr(setup, "check", broken)
    assert_one_line(scan_tally("check"), 1, "ZeroDivisionError", "a hidden fault", "--debug")


def test_ctrl_c_outside_of_a_scan_is_one_line_with_a_code_of_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    from ballot_scan.day import setup

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(setup, "check", stopped)
    assert_one_line(scan_tally("check"), 3, "kept")


@pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX")
@pytest.mark.usefixtures("hears_ctrl_c")
def test_ctrl_c_that_a_library_turned_into_an_error_of_its_own_is_still_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    from ballot_scan.day import setup

    def broken(*_: object) -> None:
        raise ZeroDivisionError("a hidden fault")

    def loading(*_: object, **__: object) -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise ImportError("the extension was not initialized") from None

    monkeypatch.setattr(setup, "check", loading)
    assert scan_tally("check").code == 3
    monkeypatch.setattr(setup, "check", broken)
    assert scan_tally("check").code == 1  # and the next command knows nothing of it
