"""The application: language first, then the commands, then errors into exit codes – in this one place."""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from ballot_scan import interrupts, text
from ballot_scan.cli import globals as shared
from ballot_scan.cli.usage import words
from ballot_scan.errors import ExitCode, ScanTallyError

if TYPE_CHECKING:
    import typer
    from typer.exceptions import TyperException

#: Modules of commands, in the order of the day; each has ``register(app)``.
GROUPS = ("setup", "printing", "calibrating", "scanning", "deciding", "counting", "exporting", "looking")

_KEYBOARD = 130  # what typer makes of Ctrl-C


def build() -> typer.Typer:
    """The typer application in the language in use: help texts are fixed when the commands are registered."""
    import typer

    from ballot_scan.cli import helppages

    app = typer.Typer(
        name="scan-tally",
        help=text.t("cli.help"),
        epilog=text.t("cli.epilog"),
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @app.callback()
    def everywhere(
        event: str = typer.Option(".", "--event", metavar="DIR", help=text.t("cli.option.event")),
        lang: str = typer.Option("", "--lang", metavar="vi|en", help=text.t("cli.option.lang")),
        quiet: bool = typer.Option(False, "--quiet", help=text.t("cli.option.quiet")),
        debug: bool = typer.Option(False, "--debug", help=text.t("cli.option.debug")),
        version: bool = typer.Option(False, "--version", help=text.t("cli.option.version"), callback=_version),
    ) -> None:
        """Options for all commands; ``globals.take`` has read them already."""

    for group in GROUPS:
        import_module(f"ballot_scan.cli.{group}").register(app)
    helppages.speak(app)
    return app


def _version(wanted: bool) -> None:
    if wanted:
        import typer

        from ballot_scan import __version__

        typer.echo(f"scan-tally {__version__}")
        raise typer.Exit


def run(arguments: list[str] | None = None) -> NoReturn:
    """Run ``scan-tally``; always leaves through SystemExit with a code of ``errors.ExitCode``."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console with another code page never stops the work
    rest = shared.take(sys.argv[1:] if arguments is None else arguments)
    text.use(shared.given.lang or text.system_language())
    try:
        interrupts.check()
        if shared.given.lang is not None and shared.given.lang not in text.LANGUAGES:
            from ballot_scan.errors import UsageError

            raise UsageError("cli.no-language", value=shared.given.lang)
        with interrupts.only_noted():
            app = build()
        interrupts.check()
        ended = app(rest, prog_name="scan-tally", standalone_mode=False)
        if ended == _KEYBOARD:
            raise KeyboardInterrupt
        raise SystemExit(int(ended or ExitCode.OK))
    except ScanTallyError as error:
        _leave(str(error), error.exit_code)
    except KeyboardInterrupt:
        _stop()
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # rich and typer make a SystemExit of it
            _hang_up()
        raise
    except BrokenPipeError:
        _hang_up()
    except Exception as fault:
        from typer.exceptions import TyperException

        if isinstance(fault, TyperException):
            _leave(_usage(fault), ExitCode.USAGE)
        if interrupts.heard():
            _stop()
        if isinstance(fault, PermissionError) and fault.filename is not None:
            _leave(text.t("cli.no-permission", path=fault.filename), ExitCode.USAGE)
        _leave(text.t("cli.fault", kind=type(fault).__name__, why=fault), ExitCode.FAULT)


def _stop() -> NoReturn:
    """Ctrl-C was heard, and what was done is kept."""
    # where the source text of a dataclass that was loading was interrupted, CPython's -m ends by the signal, whatever
    # the exit code, unless another text was run to its end after it
    exec("")  # noqa: S102
    _leave(text.t("cli.interrupted"), ExitCode.SOME_UNREAD)


def _hang_up() -> NoReturn:
    """Whoever read the output has read enough (``… | head -1``): end well, and say nothing more."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, contextlib.suppress(OSError, ValueError):
        os.dup2(nowhere.fileno(), sys.stdout.fileno())  # what is still in its buffer goes nowhere at the exit
    raise SystemExit(int(ExitCode.OK)) from None


def _usage(error: TyperException) -> str:
    """A wrong option or argument in one line; "" where typer has shown the help already."""
    what = words(error)
    command = getattr(getattr(error, "ctx", None), "command_path", "scan-tally")
    return text.t("cli.usage", None, command=command, what=what) if what else ""


def _leave(message: str, code: ExitCode) -> NoReturn:
    if shared.given.debug:
        traceback.print_exc()
    if message:
        print(message, file=sys.stderr)
    raise SystemExit(int(code))
