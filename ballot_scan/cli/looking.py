"""Commands that look: status, explain, dump, demo."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ballot_scan.cli.globals import given
from ballot_scan.text import t

if TYPE_CHECKING:
    from typer import Typer


def register(app: Typer) -> None:
    """Add the commands of this module."""
    app.command("status", help=t("cli.status.help"), epilog=t("cli.status.example"))(status)
    app.command("explain", help=t("explain.help"), epilog=t("explain.example"))(explain)
    app.command("dump", help=t("cli.dump.help"), epilog=t("cli.dump.example"))(dump)
    app.command("demo", help=t("cli.demo.help"), epilog=t("cli.demo.example"))(demo)


def status() -> None:
    """scan-tally status"""
    from ballot_scan.cli import show
    from ballot_scan.day import status as day
    from ballot_scan.day.folder import open_folder

    found = day.status(open_folder(given.event))
    show.line(found.event)
    for poll in found.polls:
        rows = [[t(f"cli.status.step.{s.name}"), t(f"cli.status.state.{s.state}"), s.note] for s in poll.steps]
        show.table(f"{poll.poll}: {poll.name}", [t("cli.status.step.title"), "", ""], rows, right=9)
        show.line(t("cli.status.next", command=poll.next) if poll.next else t("cli.status.complete"))
    total = sum(found.pages.values())
    counts = {name.replace("-", "_"): n for name, n in found.pages.items()}
    show.line(t("cli.status.pages", None, pages=total, **counts))
    if found.rehearsal_pages:
        show.line(t("cli.scan.rehearsal", None, count=found.rehearsal_pages))
    if found.shared:
        show.line(t("cli.status.shared"))
    if found.not_comparable:
        show.warn(t("cli.status.not_comparable", None, count=found.not_comparable))
    show.line(t("cli.log", None, length=found.head.length, head=found.head.sha256))


def explain(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help=t("explain.source"))],
    page: Annotated[int, typer.Argument(metavar="PAGE", min=1, help=t("explain.number"))],
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help=t("explain.out"))] = None,
) -> None:
    """scan-tally explain"""
    from ballot_scan.cli import show
    from ballot_scan.day import explaining
    from ballot_scan.day.folder import open_folder

    found = explaining.explain(open_folder(given.event), source, page, out)
    status = t(f"explain.status.{found.reading.status.value}")
    counts = {"flagged": found.flagged, "rows": len(found.reading.rows)}
    show.line(t("explain.said", source=source, page=page, status=status, **counts))
    if found.of_page:
        show.line(
            t("explain.of-page", findings=", ".join(t(f"review.rule.{rule.value}.name") for rule in found.of_page))
        )
    show.written([found.path])


def dump(
    target: Annotated[Path, typer.Argument(metavar="DIR", help=t("cli.dump.dir"))],
    everything: Annotated[bool, typer.Option("--all", help=t("cli.dump.all"))] = False,
) -> None:
    """scan-tally dump"""
    from ballot_scan.cli import show
    from ballot_scan.day import dumping
    from ballot_scan.day.folder import open_folder

    show.written(dumping.dump(open_folder(given.event), target, withdrawn=everything))


def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=t("cli.demo.dir"))] = Path("build/demo"),
    ballots: Annotated[int | None, typer.Option("--ballots", min=4, metavar="N", help=t("cli.demo.ballots"))] = None,
) -> None:
    """scan-tally demo"""
    from ballot_scan import demo as the_day
    from ballot_scan.cli import show
    from ballot_scan.cli.counting import show_tally

    report = the_day.run(folder, per_poll=ballots, say=show.line)
    show_tally(report.tally)
    show.line(t("cli.demo.open"))
    for path, what in report.open:
        show.line(f"  {path.as_posix()}  – {what}")
