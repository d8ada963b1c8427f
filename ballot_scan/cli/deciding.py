"""Commands of people's decisions and the close: review, decide, batches, withdraw, close, reopen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ballot_scan.cli.globals import given
from ballot_scan.text import language, t

if TYPE_CHECKING:
    from typer import Typer

    from ballot_scan.day.batches import BatchReport


def register(app: Typer) -> None:
    """Add the commands of this module."""
    app.command("review", help=t("cli.review.help"), epilog=t("cli.review.example"))(review)
    app.command("decide", help=t("cli.decide.help"), epilog=t("cli.decide.example"))(decide)
    app.command("batches", help=t("cli.batches.help"), epilog=t("cli.batches.example"))(batches)
    app.command("withdraw", help=t("cli.withdraw.help"), epilog=t("cli.withdraw.example"))(withdraw)
    app.command("close", help=t("cli.close.help"), epilog=t("cli.close.example"))(close)
    app.command("reopen", help=t("cli.reopen.help"), epilog=t("cli.reopen.example"))(reopen)


def review() -> None:
    """scan-tally review"""
    from ballot_scan.cli import show
    from ballot_scan.day import reviewing
    from ballot_scan.day.folder import open_folder

    report = reviewing.review(open_folder(given.event), language())
    show.written([report.path])
    show.line(t("cli.review.done", cases=report.cases, waiting=report.waiting, differing=report.differing))


def decide(file: Annotated[Path, typer.Argument(metavar="FILE.json", help=t("cli.decide.file"))]) -> None:
    """scan-tally decide"""
    from ballot_scan.cli import show
    from ballot_scan.day import reviewing
    from ballot_scan.day.folder import open_folder

    report = reviewing.decide(open_folder(given.event), file)
    show.line(t("cli.decide.done", member=report.member, taken=report.taken, known=report.known))
    show.line(t("cli.decide.left", decided=report.decided, waiting=report.waiting, differing=report.differing))


def batches() -> None:
    """scan-tally batches"""
    from ballot_scan.cli import show
    from ballot_scan.day import batches as day
    from ballot_scan.day.folder import open_folder

    header = [
        t(f"cli.batches.{name}") for name in ("name", "expected", "pages", "read", "unreadable", "other", "blank")
    ]
    show.table("", [*header, ""], [_batch_row(b) for b in day.batches(open_folder(given.event))])


def _batch_row(batch: BatchReport) -> list[str]:
    s = batch.statuses
    numbers = [batch.pages, s["read"], s["unreadable"], s["not-a-ballot"], s["blank"]]
    differs = batch.expected is not None and batch.expected != batch.pages
    note = t("cli.batches.withdrawn") if batch.withdrawn else t("cli.batches.differs") if differs else ""
    expected = "–" if batch.expected is None else str(batch.expected)
    return [batch.name, expected, *(str(n) for n in numbers), note]


def withdraw(
    batch: Annotated[str, typer.Argument(metavar="BATCH", help=t("cli.withdraw.batch"))],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help=t("cli.withdraw.reason"))] = "",
) -> None:
    """scan-tally withdraw"""
    from ballot_scan.cli import show
    from ballot_scan.day import batches as day
    from ballot_scan.day.folder import open_folder

    report = day.withdraw(open_folder(given.event), batch, reason)
    show.line(t("cli.withdraw.done", batch=report.name, pages=report.pages))


def close(
    poll: Annotated[str, typer.Option("--poll", metavar="ID", help=t("cli.option.poll"))],
    opened: Annotated[str | None, typer.Option("--opened", metavar="HH:MM", help=t("cli.close.opened"))] = None,
    closed: Annotated[str | None, typer.Option("--closed", metavar="HH:MM", help=t("cli.close.closed"))] = None,
    remark: Annotated[list[str] | None, typer.Option("--remark", metavar="TEXT", help=t("cli.close.remark"))] = None,
    team_confirms: Annotated[bool, typer.Option("--team-confirms", help=t("cli.close.confirms"))] = False,
) -> None:
    """scan-tally close"""
    from ballot_scan.cli import show
    from ballot_scan.cli.counting import show_tally
    from ballot_scan.day import closing
    from ballot_scan.day.folder import open_folder

    folder = open_folder(given.event)
    show_changes(closing.effect(folder, poll))
    report = closing.close(
        folder, poll, opened=opened, closed=closed, remarks=tuple(remark or ()), team_confirms=team_confirms
    )
    show_tally(report.tally)
    show.line(t("cli.close.done", poll=poll, decisions=report.decisions))
    show.line(t("cli.log", length=report.head.length, head=report.head.sha256))


def show_changes(changes: tuple[object, ...]) -> None:
    """What decisions change in the tally, before it is closed."""
    from ballot_scan.cli import show
    from ballot_scan.day.closing import Change

    rows = [[c.name, c.level, str(c.before), str(c.after)] for c in changes if isinstance(c, Change)]
    if rows:
        header = [t("cli.tally.name"), t("cli.close.level"), t("cli.close.before"), t("cli.close.after")]
        show.table(t("cli.close.changes"), header, rows, right=2)


def reopen(
    poll: Annotated[str, typer.Option("--poll", metavar="ID", help=t("cli.option.poll"))],
    member: Annotated[list[str], typer.Option("--member", metavar="NAME", help=t("cli.option.member"))],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help=t("cli.reopen.reason"))],
) -> None:
    """scan-tally reopen"""
    from ballot_scan.cli import show
    from ballot_scan.day import closing
    from ballot_scan.day.folder import open_folder

    head = closing.reopen(open_folder(given.event), poll, members=member, reason=reason)
    show.line(t("cli.reopen.done", poll=poll))
    show.line(t("cli.log", length=head.length, head=head.sha256))
