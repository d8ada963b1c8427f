"""Commands that take ballots in: scan, key."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ballot_scan.cli.globals import given
from ballot_scan.errors import ExitCode
from ballot_scan.interrupts import only_noted
from ballot_scan.text import stored, t

if TYPE_CHECKING:
    from typer import Typer

    from ballot_scan.day.scanning import ScanReport
    from ballot_scan.records import LogHead


def register(app: Typer) -> None:
    """Add the commands of this module."""
    app.command("scan", help=t("cli.scan.help"), epilog=t("cli.scan.example"))(scan)
    app.command("key", help=t("cli.key.help"), epilog=t("cli.key.example"))(key)


def scan(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help=t("cli.scan.paths"))],
    batch: Annotated[str | None, typer.Option("--batch", metavar="NAME", help=t("cli.scan.batch"))] = None,
    expect: Annotated[int | None, typer.Option("--expect", min=0, metavar="N", help=t("cli.scan.expect"))] = None,
    workers: Annotated[int | None, typer.Option("--workers", min=1, metavar="N", help=t("cli.option.workers"))] = None,
) -> None:
    """scan-tally scan"""
    from ballot_scan.cli import show

    with only_noted():
        from ballot_scan.day import scanning
        from ballot_scan.day.folder import open_folder

    folder = open_folder(given.event)
    with show.progress(t("cli.scan.doing"), t("cli.unit.pages")) as update:
        report = scanning.scan(
            folder, paths, batch=batch, expected=expect, workers=workers, progress=update, warn=show.warn
        )
    _report(report)
    if report.refused:
        raise typer.Exit(ExitCode.REFUSED)
    if report.unread or report.interrupted:
        raise typer.Exit(ExitCode.SOME_UNREAD)


def _report(report: ScanReport) -> None:
    from ballot_scan.cli import show

    zero(report.zero)
    counts = {name.replace("-", "_"): report.statuses[name] for name in ("read", "unreadable", "not-a-ballot", "blank")}
    show.line(t("cli.scan.done", None, batch=report.batch, pages=report.pages, **counts))
    if not report.files:
        show.warn(t("cli.scan.nothing"))
    if report.known:
        show.line(t("cli.scan.known", None, count=report.known))
    if report.rehearsal:
        show.line(t("cli.scan.rehearsal", None, count=report.rehearsal))
    if report.flagged:
        show.line(t("cli.scan.flagged", None, count=report.flagged))
    if report.colourless:
        show.warn(t("cli.scan.colourless", None, count=report.colourless))
    if report.others:
        show.line(t("cli.scan.others", None, count=report.others))
    if report.expected is not None and report.expected != report.pages + report.known:
        values = {"expected": report.expected, "got": report.pages + report.known}
        show.warn(t("cli.scan.expected", None, **values))
    for source, page, reason in report.strange:
        show.line(t("cli.scan.page", None, source=source, page=page, reason=stored(reason)))
    for source, page in report.unissued:
        show.warn(t("cli.scan.unissued", None, source=source, page=page))
    for source, page, reason in report.unread:
        show.warn(t("cli.scan.page", None, source=source, page=page, reason=stored(reason)))
    for source, page, poll in report.refused:
        show.warn(t("cli.scan.refused", source=source, page=page, poll=poll))
    for line in report.near:
        show.line(line)
    if report.scores:
        show.written([report.scores, report.scores.with_suffix(".txt")])
    if report.unwritten:
        show.warn(report.unwritten)
    if report.interrupted:
        show.warn(t("cli.scan.interrupted", None, pages=report.pages))
    if report.head is not None:
        show.line(t("cli.log", None, length=report.head.length, head=report.head.sha256))


def zero(head: LogHead | None) -> None:
    """Show the zero report where this is the first intake of the event."""
    from ballot_scan.cli import show

    if head is not None:
        show.line(t("cli.zero", None, length=head.length, head=head.sha256))


def key(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help=t("cli.key.file"))],
    poll: Annotated[str, typer.Option("--poll", metavar="ID", help=t("cli.option.poll"))],
    form: Annotated[str, typer.Option("--form", metavar="ID", help=t("cli.option.form"))],
    operator: Annotated[str, typer.Option("--operator", metavar="NAME", help=t("cli.key.operator"))],
) -> None:
    """scan-tally key"""
    from ballot_scan.cli import show
    from ballot_scan.day import keying
    from ballot_scan.day.folder import open_folder

    report = keying.key(open_folder(given.event), file, poll, form, operator)
    zero(report.zero)
    show.line(t("cli.key.done" if report.new else "cli.key.known", None, count=report.ballots, operator=operator))
    if report.waiting:
        show.line(t("cli.key.waiting", None, count=report.waiting))
    if report.differing:
        show.warn(t("cli.key.differing", None, count=report.differing, operators=", ".join(report.operators)))
