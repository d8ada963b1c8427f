"""Commands of what leaves the room: export, verify, backup, retire."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ballot_scan.cli.globals import given
from ballot_scan.errors import ExitCode
from ballot_scan.text import t

if TYPE_CHECKING:
    from typer import Typer


def register(app: Typer) -> None:
    """Add the commands of this module."""
    app.command("export", help=t("cli.export.help"), epilog=t("cli.export.example"))(export)
    app.command("verify", help=t("cli.verify.help"), epilog=t("cli.verify.example"))(verify)
    app.command("backup", help=t("cli.backup.help"), epilog=t("cli.backup.example"))(backup)
    app.command("retire", help=t("cli.retire.help"), epilog=t("cli.retire.example"))(retire)


def export(
    per_ballot: Annotated[bool, typer.Option("--per-ballot", help=t("cli.export.per_ballot"))] = False,
) -> None:
    """scan-tally export"""
    from ballot_scan.cli import show
    from ballot_scan.day import exporting
    from ballot_scan.day.folder import open_folder

    report = exporting.export(open_folder(given.event), per_ballot=per_ballot)
    if report.moved is not None:
        show.line(t("cli.export.moved", path=report.moved.as_posix()))
    show.written([report.path])
    show.line(t("cli.tally.code", code=report.result_code))
    if report.provisional:
        show.warn(t("cli.export.provisional"))


def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help=t("cli.verify.file"))],
    allow_unsigned: Annotated[bool, typer.Option("--allow-unsigned", help=t("cli.verify.unsigned"))] = False,
) -> None:
    """scan-tally verify"""
    from ballot_scan.cli import show
    from ballot_scan.day import exporting

    report = exporting.check(file, allow_unsigned=allow_unsigned)
    for check in report.checks:
        mark = "skipped" if check.skipped else "ok" if check.ok else "failed"
        show.line(f"{t('cli.verify.' + mark)}  {check.title}" + (f": {check.detail}" if check.detail else ""))
    if report.ok:
        show.line(report.line)
    else:
        show.warn(report.line)
        raise typer.Exit(ExitCode.NOT_RECONCILED)


def backup(file: Annotated[Path, typer.Argument(metavar="FILE", help=t("cli.backup.file"))]) -> None:
    """scan-tally backup"""
    from ballot_scan.cli import show
    from ballot_scan.day import keeping
    from ballot_scan.day.folder import open_folder

    show.written([keeping.backup(open_folder(given.event), file)])
    show.line(t("cli.backup.done"))


def retire(
    member: Annotated[list[str], typer.Option("--member", metavar="NAME", help=t("cli.option.member"))],
    bundle: Annotated[Path | None, typer.Option("--bundle", metavar="FILE.zip", help=t("cli.retire.bundle"))] = None,
) -> None:
    """scan-tally retire"""
    from ballot_scan.cli import show
    from ballot_scan.day import keeping
    from ballot_scan.day.folder import open_folder

    folder = open_folder(given.event)
    report = keeping.retire(folder, member, bundle or folder.bundle)
    show.line(t("cli.retire.done", pictures=report.pictures, key=t("cli.retire.key") if report.key else "–"))
    if report.retention:
        show.line(t("cli.retire.retention", retention=report.retention))
