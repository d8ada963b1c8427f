"""Commands that make paper: print, rehearse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ballot_scan.cli.globals import given
from ballot_scan.errors import ExitCode
from ballot_scan.text import t

if TYPE_CHECKING:
    from typer import Typer

PollOption = Annotated[str | None, typer.Option("--poll", metavar="ID", help=t("cli.option.poll"))]
FormOption = Annotated[str | None, typer.Option("--form", metavar="ID", help=t("cli.option.form"))]


def register(app: Typer) -> None:
    """Add the commands of this module."""
    app.command("print", help=t("cli.print.help"), epilog=t("cli.print.example"))(print_)
    app.command("rehearse", help=t("cli.rehearse.help"), epilog=t("cli.rehearse.example"))(rehearse)


def print_(
    poll: PollOption = None,
    form: FormOption = None,
    copies: Annotated[int | None, typer.Option("--copies", min=1, metavar="N", help=t("cli.print.copies"))] = None,
    split: Annotated[bool, typer.Option("--split", help=t("cli.print.split"))] = False,
    discard: Annotated[bool, typer.Option("--discard", help=t("cli.print.discard"))] = False,
) -> None:
    """scan-tally print"""
    from ballot_scan.cli import show
    from ballot_scan.day import printing
    from ballot_scan.day.folder import open_folder

    folder = open_folder(given.event)
    if discard:
        for path in printing.discard(folder, poll, form):
            show.line(t("cli.print.discarded", None, path=path.as_posix()))
        return
    with show.progress(t("cli.print.doing"), t("cli.unit.ballots")) as update:
        reports = printing.print_ballots(folder, poll, form, copies=copies, split=split, progress=update)
    for report in reports:
        show.written(report.files)
        values = {"copies": report.copies, "pages": report.pages, "form": f"{report.poll}/{report.form}"}
        show.line(t("cli.print.done", None, **values))
        if report.guessed:
            show.warn(t("cli.print.guessed", None, form=f"{report.poll}/{report.form}"))
        if report.void:
            show.warn(t("cli.print.void", None, form=f"{report.poll}/{report.form}", count=report.void))
        if report.before:
            show.line(
                t("cli.print.more", None, form=f"{report.poll}/{report.form}", count=report.before + report.copies)
            )
        if report.shared:
            show.line(t("cli.print.shared", None, form=f"{report.poll}/{report.form}"))
    show.line(t("cli.print.shuffle"))


def rehearse(
    ballots: Annotated[
        int | None, typer.Option("--ballots", min=1, metavar="N", help=t("cli.rehearse.ballots"))
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, metavar="S", help=t("cli.rehearse.seed"))] = 1,
    poll: PollOption = None,
    form: FormOption = None,
    dpi: Annotated[int, typer.Option("--dpi", min=100, max=600, help=t("cli.rehearse.dpi"))] = 200,
    hard: Annotated[bool, typer.Option("--hard", help=t("cli.rehearse.hard"))] = False,
    workers: Annotated[int | None, typer.Option("--workers", min=1, metavar="N", help=t("cli.option.workers"))] = None,
    deck: Annotated[bool, typer.Option("--deck", help=t("cli.rehearse.deck"))] = False,
    check: Annotated[bool, typer.Option("--check", help=t("cli.rehearse.check"))] = False,
) -> None:
    """scan-tally rehearse"""
    from ballot_scan.cli import show
    from ballot_scan.errors import UsageError

    if deck:
        if ballots is not None:
            show.warn(t("cli.rehearse.unused"))
        (_check_deck if check else _make_deck)(poll, form)
        return
    if check:
        raise UsageError("cli.rehearse.check_alone")
    if ballots is None:
        raise UsageError("cli.rehearse.no_ballots")
    from ballot_scan.day import rehearsing
    from ballot_scan.day.folder import open_folder

    folder = open_folder(given.event)
    with show.progress(t("cli.rehearse.doing"), t("cli.unit.pages")) as update:
        report = rehearsing.rehearse(
            folder, ballots, seed=seed, poll=poll, form=form, dpi=dpi, hard=hard, workers=workers, progress=update
        )
    show.written([report.truth])
    show.line(t("cli.rehearse.done", None, pages=report.pages, ballots=report.ballots, folder=report.folder.as_posix()))


def _make_deck(poll: str | None, form: str | None) -> None:
    from ballot_scan.cli import show
    from ballot_scan.day import rehearsing
    from ballot_scan.day.folder import open_folder

    for report in rehearsing.make_deck(open_folder(given.event), poll, form):
        name = f"{report.poll}/{report.form}"
        show.written(report.files)
        values = {"ballots": report.ballots, "pages": report.pages, "flagged": report.flagged}
        show.line(t("cli.rehearse.deck_done", None, form=name, **values))
        if report.again:
            show.line(t("cli.rehearse.deck_again", None, form=name))


def _check_deck(poll: str | None, form: str | None) -> None:
    from ballot_scan.cli import show
    from ballot_scan.day import rehearsing
    from ballot_scan.day.folder import open_folder

    differing = False
    for report in rehearsing.check_deck(open_folder(given.event), poll, form):
        name, count = f"{report.poll}/{report.form}", len(report.differences)
        for difference in report.differences:
            show.warn(difference)
        differing = differing or count > 0
        if count:
            show.warn(t("cli.rehearse.check_bad", None, form=name, count=count, rows=report.rows))
        else:
            show.line(t("cli.rehearse.check_good", None, form=name, rows=report.rows))
    if differing:
        raise typer.Exit(ExitCode.NOT_RECONCILED)
