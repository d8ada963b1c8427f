"""Help pages in the language in use, down to the words that typer itself puts on them: heads of parts, usage line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup

from ballot_scan import text

if TYPE_CHECKING:
    from typer.core import TyperOption


def speak(app: typer.Typer) -> None:
    """Have the pages of an application, its commands and groups begin and end in the language in use."""
    app.info.cls = _Group
    app.info.subcommand_metavar = text.t("cli.part.some-command")
    for command in app.registered_commands:
        command.cls = _Command
        command.options_metavar = text.t("cli.part.some-options")
    for group in app.registered_groups:
        if group.typer_instance is not None:
            speak(group.typer_instance)


def _prepared(command: TyperCommand | TyperGroup) -> None:
    """Have typer head the parts of a page in the language in use, and ask for no value where an option takes none."""
    from typer import rich_utils  # slow to load, and only a page needs it

    rich_utils.ARGUMENTS_PANEL_TITLE = text.t("cli.part.arguments")
    rich_utils.OPTIONS_PANEL_TITLE = text.t("cli.part.options")
    rich_utils.COMMANDS_PANEL_TITLE = text.t("cli.part.commands")
    rich_utils.DEFAULT_STRING = f"[{text.t('cli.part.default')}: {{}}]"
    rich_utils.REQUIRED_LONG_STRING = f"[{text.t('cli.part.required')}]"
    for param in command.params:
        if getattr(param, "is_flag", False):
            param.metavar = ""  # typer writes <bool>


class _Command(TyperCommand):
    def format_help(self, ctx: Any, formatter: Any) -> None:
        _prepared(self)
        super().format_help(ctx, formatter)

    def get_usage(self, ctx: Any) -> str:
        return _in_words(super().get_usage(ctx))

    def get_help_option(self, ctx: Any) -> TyperOption | None:
        return _explained(super().get_help_option(ctx))


class _Group(TyperGroup):
    def format_help(self, ctx: Any, formatter: Any) -> None:
        _prepared(self)
        super().format_help(ctx, formatter)

    def get_usage(self, ctx: Any) -> str:
        self.options_metavar = text.t("cli.part.some-options")
        return _in_words(super().get_usage(ctx))

    def get_help_option(self, ctx: Any) -> TyperOption | None:
        return _explained(super().get_help_option(ctx))


def _in_words(usage: str) -> str:
    return f"{text.t('cli.part.usage')}: {usage.removeprefix('Usage: ')}"


def _explained(option: TyperOption | None) -> TyperOption | None:
    if option is not None:
        option.help, option.metavar = text.t("cli.option.help"), ""
    return option
