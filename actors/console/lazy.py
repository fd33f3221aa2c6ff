"""A click group that imports a command when it is called, so that `--help` stays quick."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from holdfast.actors.console.variables import give_variables
from holdfast.actors.nearest import did_you_mean

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

__all__ = ["LazyCommand", "LazyGroup"]


@dataclass(frozen=True, slots=True)
class LazyCommand:
    """Where a command is, and what the list of commands says of it."""

    target: str
    """`module:attribute`."""
    help: str
    """One sentence; up to 50 characters stay on one line of a terminal."""
    section: str = ""
    """What it is for, in a word or two: those of a section stand together in the list."""


class LazyGroup(click.Group):
    """A group whose commands are imported by name.

    Args:
        lazy: the commands by their names, in the order of the help.
        arguments: as for `click.Group`.
    """

    def __init__(
        self,
        *,
        lazy: Mapping[str, LazyCommand],
        **arguments: Any,  # noqa: ANN401  # click's own
    ) -> None:
        arguments.setdefault("options_metavar", "[--help]")
        super().__init__(**arguments)
        self._lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        del ctx
        return list(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command, and let the environment give its options."""
        del ctx
        known = self._lazy.get(cmd_name)
        if known is None:
            return None
        module, _, attribute = known.target.partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        give_variables(command, cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; whoever read its output may have had enough, as in `… | head`."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise click.exceptions.Exit(0) from None  # click itself would exit with 1

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that a line names, or say which one may be meant."""
        name = args[0]
        if name not in self._lazy and not name.startswith("-") and not ctx.resilient_parsing:
            others = f"`{ctx.command_path} --help` lists them"
            hint = did_you_mean(name, self._lazy, shown=repr, otherwise=others)
            raise click.UsageError(f"no command is named {name!r}{hint}")
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem[str]]":
        """Complete the name of a command without importing any."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415  # only shells need it

        commands = [
            CompletionItem(name, help=known.help)
            for name, known in self._lazy.items()
            if name.startswith(incomplete)
        ]
        return [*commands, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands alone: the line of the usage has the options."""
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them, each section's name beside its first one."""
        del ctx
        formatter.write_paragraph()
        formatter.write_dl(self._rows())

    def _rows(self) -> list[tuple[str, str]]:
        width = max(len(known.section) for known in self._lazy.values())
        margin = width + 2 if width else 0
        return [
            (f"{'' if number else section:<{margin}}{name}", known.help)
            for section, commands in groupby(self._lazy.items(), lambda item: item[1].section)
            for number, (name, known) in enumerate(commands)
        ]
