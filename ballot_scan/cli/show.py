"""What commands show: tables, lists, written files, progress."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from ballot_scan.cli.globals import given
from ballot_scan.text import t


def console() -> Console:
    """The console of results (standard output); wide where it is no terminal, so that nothing is cut."""
    return Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 200)


def line(message: str, style: str = "") -> None:
    """One line of text, never read as markup."""
    console().print(escape(message), style=style or None)


def warn(message: str) -> None:
    """One line on standard error."""
    print(message, file=sys.stderr)


def written(paths: Iterable[Path]) -> None:
    """Name the files that were written."""
    for path in paths:
        line(t("cli.written", None, path=path.as_posix()))


def table(title: str, header: list[str], rows: Iterable[list[str]], *, right: int = 1) -> None:
    """A table; columns from number ``right`` on are set right."""
    out = Table(title=escape(title) if title else None, title_justify="left", header_style="bold")
    for i, name in enumerate(header):
        out.add_column(escape(name), justify="right" if i >= right else "left")
    for row in rows:
        out.add_row(*(escape(cell) for cell in row))
    console().print(out)


class _Rate(TextColumn):
    def __init__(self, unit: str) -> None:
        super().__init__("{task.fields[rate]} " + unit)


@contextmanager
def progress(what: str, unit: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar with rate and time left; yields ``update(done, planned)``. Silent when piped or --quiet."""
    silent = given.quiet or not sys.stderr.isatty()
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(unit), TimeRemainingColumn(),
        console=Console(stderr=True), disable=silent, transient=True,
    )  # fmt: skip
    with bar:
        task = bar.add_task(escape(what), total=None, rate="")

        def update(done: int, planned: int) -> None:
            bar.advance(task, done)
            speed = bar.tasks[0].speed
            bar.update(task, total=planned, rate=f"{speed:.0f}/s" if speed else "")

        yield update
