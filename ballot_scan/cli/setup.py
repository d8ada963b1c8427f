"""Commands that set an event up: new, check, doctor."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ballot_scan.cli.globals import given
from ballot_scan.errors import ExitCode
from ballot_scan.text import language, t

if TYPE_CHECKING:
    from typer import Typer


def register(app: Typer) -> None:
    """Add the commands of this module."""
    app.command("new", help=t("cli.new.help"), epilog=t("cli.new.example"))(new)
    app.command("check", help=t("cli.check.help"), epilog=t("cli.check.example"))(check)
    app.command("doctor", help=t("cli.doctor.help"), epilog=t("cli.doctor.example"))(doctor)


def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=t("cli.new.dir"))],
    sample: Annotated[str | None, typer.Option("--sample", metavar="NAME", help=t("cli.new.sample"))] = None,
    old: Annotated[Path | None, typer.Option("--from", metavar="DIR", help=t("cli.new.from"))] = None,
) -> None:
    """scan-tally new"""
    from ballot_scan.cli import show
    from ballot_scan.day import setup
    from ballot_scan.errors import UsageError

    if sample is not None and old is not None:
        raise UsageError("cli.new.both")
    show.written(setup.new_event(folder, sample=sample, copy=old, language=language()))
    show.line(t("cli.new.next", None, folder=folder.as_posix(), shown=shlex.quote(folder.as_posix())))


def check() -> None:
    """scan-tally check"""
    import datetime as dt

    from ballot_scan.cli import show
    from ballot_scan.day import setup

    result = setup.check(given.event, dt.datetime.now().astimezone().date())
    for problem in result.errors:
        show.warn(t("cli.check.error", None, problem=problem))
    for problem in result.warnings:
        show.line(t("cli.check.warning", None, problem=problem))
    if result.errors:
        show.warn(t("cli.check.count", None, errors=len(result.errors), warnings=len(result.warnings)))
        raise typer.Exit(ExitCode.USAGE)
    show.line(t("cli.check.good", None, warnings=len(result.warnings)))


def doctor() -> None:
    """scan-tally doctor"""
    from ballot_scan.cli import show
    from ballot_scan.day import doctor as day

    found = day.examine(Path.cwd())
    for item in found:
        mark = t("cli.doctor.ok") if item.good else t("cli.doctor.bad" if item.needed else "cli.doctor.without")
        show.line(f"{mark}  {t('doctor.' + item.name)}: {item.found}")
        if not item.good:
            show.line(f"    {item.remedy}")
    if any(item.needed and not item.good for item in found):
        raise typer.Exit(ExitCode.FAULT)
