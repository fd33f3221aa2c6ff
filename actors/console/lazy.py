"""A click group that imports a command when it is called, so that `--help` stays quick."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click

from holdfast.actors.console.variables import give_variables

__all__ = ["LazyCommand", "LazyGroup"]


@dataclass(frozen=True, slots=True)
class LazyCommand:
    """Where a command is, and what the list of commands says of it."""

    target: str
    """`module:attribute`."""
    help: str
    """One sentence."""


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

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, known.help) for name, known in self._lazy.items()])
