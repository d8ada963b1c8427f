"""Commands that try scanner and print before the day: calibrate print, read, blank, proof."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ballot_scan.cli.globals import given
from ballot_scan.errors import ExitCode
from ballot_scan.text import t

if TYPE_CHECKING:
    from ballot_scan.day.calibrating import CalibrationReport

Scans = Annotated[list[str], typer.Argument(metavar="SCAN...", help=t("calibrate.cli.scans"))]


def register(app: typer.Typer) -> None:
    """Add the commands of this module, as a group of their own."""
    group = typer.Typer(
        help=t("calibrate.cli.help"),
        epilog=t("calibrate.cli.example"),
        no_args_is_help=True,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    group.command("print", help=t("calibrate.cli.print.help"), epilog=t("calibrate.cli.print.example"))(print_)
    group.command("read", help=t("calibrate.cli.read.help"), epilog=t("calibrate.cli.read.example"))(read)
    group.command("blank", help=t("calibrate.cli.blank.help"), epilog=t("calibrate.cli.blank.example"))(blank)
    group.command("proof", help=t("calibrate.cli.proof.help"), epilog=t("calibrate.cli.proof.example"))(proof)
    app.add_typer(group, name="calibrate")


def print_(
    file: Annotated[Path | None, typer.Argument(metavar="FILE.pdf", help=t("calibrate.cli.print.file"))] = None,
) -> None:
    """scan-tally calibrate print"""
    from ballot_scan.cli import show
    from ballot_scan.day import calibrating
    from ballot_scan.day.folder import open_folder

    show.written([calibrating.print_sheet(open_folder(given.event), file)])
    show.line(t("calibrate.cli.print.done"))


def read(scans: Scans) -> None:
    """scan-tally calibrate read"""
    from ballot_scan.cli import show
    from ballot_scan.day import calibrating
    from ballot_scan.day.folder import open_folder

    report = calibrating.read_sheet(open_folder(given.event), scans)
    for line in report.lines:
        show.line(t(f"calibrate.mark.{line.level}") + line.words)
    show.written(report.files)
    if report.good_enough:
        show.line(calibrating.profile_words(report.profile))
    _end(report, t(f"calibrate.verdict.{report.verdict}"))


def blank(scans: Scans) -> None:
    """scan-tally calibrate blank"""
    from ballot_scan.cli import show
    from ballot_scan.day import calibrating
    from ballot_scan.day.folder import open_folder

    report = calibrating.read_blank(open_folder(given.event), scans)
    for line in report.lines:
        where = t("calibrate.read.scan", None, source=line.source, page=line.page) + ": "
        show.line(t(f"calibrate.mark.{line.level}") + where + line.words)
    _end(report, t(f"calibrate.blank.{report.verdict}"))


def proof(scans: Scans) -> None:
    """scan-tally calibrate proof"""
    from ballot_scan.cli import show
    from ballot_scan.day import calibrating
    from ballot_scan.day.folder import open_folder

    folder = open_folder(given.event)
    with show.progress(t("calibrate.cli.proof.doing"), t("cli.unit.pages")) as update:
        report = calibrating.check_proof(folder, scans, update)
    for line in report.lines:
        if line.level != "good":
            code = line.code or t("calibrate.proof.no-code")
            values = {"source": line.source, "page": line.page, "code": code, "finding": line.words}
            show.line(t(f"calibrate.mark.{line.level}") + t("calibrate.proof.line", None, **values))
    bad = {(b.source, b.page): b.code or f"{b.source}:{b.page}" for b in report.lines if b.level == "not-usable"}
    if bad:
        codes = ", ".join(dict.fromkeys(bad.values()))
        _end(report, t("calibrate.proof.some", None, sheets=report.pages, bad=len(bad), codes=codes))
    verdict = "calibrate.proof.good" if report.verdict == "good" else "calibrate.proof.usable"
    _end(report, t(verdict, None, sheets=report.pages))


def _end(report: CalibrationReport, verdict: str) -> None:
    """Say the verdict and what could not be read; leave with its code where it is not 0."""
    from ballot_scan.cli import show

    for line in report.unread:
        show.warn(line)
    if not report.good_enough:
        show.warn(verdict)
        raise typer.Exit(ExitCode.REFUSED)
    show.line(verdict)
    if report.unread:
        raise typer.Exit(ExitCode.SOME_UNREAD)
