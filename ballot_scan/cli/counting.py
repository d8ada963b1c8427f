"""Commands that count: turnout, tally, documents."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ballot_scan.cli.globals import given
from ballot_scan.errors import ExitCode
from ballot_scan.text import language, t

if TYPE_CHECKING:
    from typer import Typer

    from ballot_scan.records import FormTally, Tally

PollOption = Annotated[str | None, typer.Option("--poll", metavar="ID", help=t("cli.option.poll"))]


def register(app: Typer) -> None:
    """Add the commands of this module."""
    app.command("turnout", help=t("cli.turnout.help"), epilog=t("cli.turnout.example"))(turnout)
    app.command("tally", help=t("cli.tally.help"), epilog=t("cli.tally.example"))(tally)
    app.command("documents", help=t("cli.documents.help"), epilog=t("cli.documents.example"))(documents)


def _number(name: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(f"--{name}", min=0, metavar="N", help=t(f"cli.turnout.{name}"))
    return option


def turnout(
    poll: Annotated[str, typer.Option("--poll", metavar="ID", help=t("cli.option.poll"))],
    summoned: Annotated[int, _number("summoned")],
    present: Annotated[int, _number("present")],
    printed: Annotated[int, _number("printed")],
    issued: Annotated[int, _number("issued")],
    spoiled: Annotated[int, _number("spoiled")],
    unused: Annotated[int, _number("unused")],
    collected: Annotated[int, _number("collected")],
) -> None:
    """scan-tally turnout"""
    from ballot_scan.cli import show
    from ballot_scan.day import counting
    from ballot_scan.day.folder import open_folder
    from ballot_scan.records import Turnout

    numbers = Turnout(summoned, present, printed, issued, spoiled, unused, collected)
    equations = counting.turnout(open_folder(given.event), poll, numbers)
    show.line(t("cli.turnout.done", None, poll=poll, issued=issued, collected=collected))
    wrong = [e for e in equations if not e.holds]
    for e in wrong:
        show.warn(t(f"day.equation.{e.name}", None, form=poll, left=e.left, right=e.right))
    if numbers.not_returned > 0:
        show.line(t("cli.turnout.not_returned", None, count=numbers.not_returned))
    if wrong:
        raise typer.Exit(ExitCode.NOT_RECONCILED)


def tally(
    poll: PollOption = None,
    json_file: Annotated[Path | None, typer.Option("--json", metavar="FILE", help=t("cli.tally.json"))] = None,
    csv_file: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help=t("cli.tally.csv"))] = None,
    rehearsal: Annotated[bool, typer.Option("--rehearsal", help=t("cli.tally.rehearsal"))] = False,
) -> None:
    """scan-tally tally"""
    from ballot_scan.cli import show
    from ballot_scan.day import counting
    from ballot_scan.day.folder import open_folder

    folder = open_folder(given.event)
    result = counting.tallied(folder, counting.load(folder), poll=poll, rehearsal=rehearsal)
    show_tally(result)
    show.written(counting.write_files(result, json_file=json_file, csv_file=csv_file))
    if not result.final:
        raise typer.Exit(ExitCode.NOT_RECONCILED)


def show_tally(result: Tally) -> None:
    """The results table of each form, what still waits, and the result code."""
    from ballot_scan.cli import show

    for form in result.forms:
        _show_form(form, final=form.final)
    for blocked in result.blocked:
        show.warn(t("cli.tally.waits", None, what=blocked))
    if len(result.poll_codes) > 1:
        for poll, code in result.poll_codes:
            show.line(t("cli.tally.poll_code", poll=poll, code=code))
    key = "cli.tally.event_code" if len(result.poll_codes) > 1 else "cli.tally.code"
    show.line(t(key, code=result.result_code))


def _show_form(form: FormTally, *, final: bool) -> None:
    from ballot_scan.cli import show
    from ballot_scan.day.counting import level_names, secrecy

    title = f"{form.poll}/{form.form}"
    if form.rehearsal:
        title += "  " + t("cli.tally.rehearsal_mark")
    if not final:
        title += "  " + t("cli.tally.provisional")
    for warning in secrecy(form):
        show.warn(warning)
    header = [t("cli.tally.name"), t("cli.tally.valid"), t("cli.tally.invalid"), *level_names(form)]
    rows = []
    for c in form.candidates:
        mark = t(f"cli.tally.threshold.{c.threshold}") if c.threshold else ""
        cells = [f"{level.votes} ({_percent(level.percent)})" for level in c.levels]
        rows.append([f"{c.name} {mark}".strip(), str(c.valid), str(c.invalid), *cells])
    show.table(title, header, rows)
    values = {"base": form.base, "rule": t(f"cli.tally.base.{form.base_rule}"), "valid": form.valid}
    show.line(t("cli.tally.foot", None, invalid=form.invalid, pending=form.pending_review, **values))


def _percent(text: str) -> str:
    shown = text or "–"
    return (shown.replace(".", ",") if language() == "vi" else shown) + " %"


def documents(poll: PollOption = None) -> None:
    """scan-tally documents"""
    from ballot_scan.cli import show
    from ballot_scan.day import papers
    from ballot_scan.day.folder import open_folder

    for report in papers.write(open_folder(given.event), poll):
        show.written(report.files)
        if report.provisional:
            show.warn(t("cli.documents.provisional", None, poll=report.poll))
