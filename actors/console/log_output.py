"""Where a command's logs go: standard error, or a file."""

from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import click

from holdfast.actors.console.option_group import option_group
from holdfast.actors.console.problem import Problem
from holdfast.actors.logs import close_logs, configure_logging
from holdfast.actors.logs.levels import LEVELS

__all__ = ["LogOptions", "log_options", "log_to"]


@dataclass(frozen=True, slots=True)
class LogOptions:
    """Where logs go, and how much of them."""

    log: str | None
    """A file; None for standard error."""
    log_level: str
    """The lowest level that is logged."""


@contextmanager
def log_to(file: str | None, level: str) -> Generator[None]:
    """Log until the end of the block.

    Args:
        file: a path, to which JSON lines are appended; None for standard error, in colours on a
            terminal and as JSON lines elsewhere.
        level: the lowest level that is written.

    Raises:
        Problem: the file can't be written.
    """
    with nullcontext() if file is None else _appending(file) as stream:
        configure_logging(stream, level, "auto" if file is None else "json")
        try:
            yield
        finally:
            close_logs()


log_options = option_group(
    "logs",
    LogOptions,
    (
        click.option(
            "--log-level",
            type=click.Choice(list(LEVELS), case_sensitive=False),
            metavar="LEVEL",
            default="info",
            help=f"The lowest: {', '.join(LEVELS)}.",
        ),
        click.option(
            "--log", type=click.Path(readable=False), help="Log to this file, as JSON lines."
        ),
    ),
)
"""Gives a command these options, which it gets as its argument `logs`."""


def _appending(file: str) -> TextIO:
    try:
        return Path(file).open("a", encoding="utf-8")
    except OSError as error:
        raise Problem(f"--log {file}: it can't be written: {error.strerror}") from None
