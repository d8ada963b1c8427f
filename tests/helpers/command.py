"""The command ``scan-tally``, in this process or as a process of its own."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

from ballot_scan import text
from ballot_scan.cli import globals as shared
from ballot_scan.cli import main


@dataclass(frozen=True)
class Said:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def everything(self) -> str:
        return self.out + self.err


def scan_tally(*arguments: object, event: Path | None = None, lang: str = "en") -> Said:
    """Run the command in this process; language and options are put back afterwards."""
    out, err = io.StringIO(), io.StringIO()
    before = list(text._current)
    _reset()
    line = [str(a) for a in arguments]
    line += ["--event", str(event)] if event is not None else []
    line += ["--lang", lang] if lang else []
    code = -1
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main(line)
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        text._current[:] = before
        _reset()
    return Said(code, out.getvalue(), err.getvalue())


def _reset() -> None:
    fresh = shared.Globals()
    for field in fields(fresh):
        setattr(shared.given, field.name, getattr(fresh, field.name))


def line_of(*arguments: object, event: Path | None = None) -> list[str]:
    """The command as a process is started with it."""
    rest = [str(a) for a in arguments] + (["--event", str(event)] if event is not None else [])
    return [sys.executable, "-m", "ballot_scan", *rest]


def process(
    *arguments: object,
    event: Path | None = None,
    cwd: Path | None = None,
    lang: str = "en_US.UTF-8",
    before: Callable[[], None] | None = None,
) -> Said:
    """Run the command as a process of its own; ``before`` runs in it first (POSIX)."""
    done = subprocess.run(
        line_of(*arguments, event=event),
        capture_output=True,
        cwd=cwd,
        env={**os.environ, "LANG": lang, "LC_ALL": lang, "PYTHONIOENCODING": "utf-8"},
        preexec_fn=before,
        timeout=100,
    )
    return Said(done.returncode, done.stdout.decode(), done.stderr.decode())


def assert_one_line(said: Said, code: int, *words: str) -> None:
    """The command ended with ``code`` and one line on standard error that holds ``words``; never a traceback."""
    assert said.code == code, said.everything
    assert "Traceback" not in said.everything
    lines = said.err.strip().splitlines()
    assert len(lines) == 1, said.err
    for word in words:
        assert word in lines[0]
