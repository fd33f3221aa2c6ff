"""The option that the commands which read a fleet.toml share."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

__all__ = ["set_option"]

F = TypeVar("F", bound=Callable[..., Any])


def set_option(command: F) -> F:
    """Add `--set`, whose values are the command's argument `settings`.

    Args:
        command: the function of the command.
    """
    # Not from a variable of its own: the environment has a variable for each key.
    return click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="KEY=VALUE",
        allow_from_autoenv=False,
        help="Override a key of the file, such as defaults.heartbeat.interval=5.",
    )(command)
