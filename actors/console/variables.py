"""Options from the environment: `HOLDFAST_RUN_LOG_LEVEL`, or `HOLDFAST_LOG_LEVEL` for all."""

import os
from collections.abc import Iterable
from typing import Final, cast

import click
from click.core import ParameterSource

__all__ = ["give_variables", "variable_behind"]

PREFIX: Final = "HOLDFAST"
SHARED: Final = frozenset({"--log", "--log-level", "--socket"})
"""What means the same to every command that has it, so that one variable serves them all."""


def give_variables(command: click.Command, *path: str) -> None:
    """Let each option of a command be given by the environment.

    Its own variable is named after the command and the option, and goes before a shared one.

    Args:
        command: with all that is below it.
        path: its name, with the names of the groups above it.
    """
    for option in command.params:
        if isinstance(option, click.Option) and option.allow_from_autoenv:
            option.envvar = list(_variables(option, path))
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            give_variables(below, *path, name)


def variable_behind(error: click.ClickException) -> str | None:
    """Return the variable whose value is refused; None when it is something else.

    Args:
        error: the refusal.
    """
    if not isinstance(error, click.BadParameter) or error.ctx is None or error.param is None:
        return None
    source = error.ctx.get_parameter_source(str(error.param.name))
    if source is not ParameterSource.ENVIRONMENT:
        return None
    return next(filter(os.environ.get, cast("Iterable[str]", error.param.envvar)), None)


def _variables(option: click.Option, path: Iterable[str]) -> Iterable[str]:
    name = max(option.opts, key=len)
    yield _variable(*path, name)
    if name in SHARED:
        yield _variable(name)


def _variable(*parts: str) -> str:
    name = "_".join((PREFIX, *(part.removeprefix("--") for part in parts)))
    return name.upper().replace("-", "_")
