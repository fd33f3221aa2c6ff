"""The options of the command line that say where messages go."""

from dataclasses import dataclass
from typing import Final

import click

from holdfast.actors.console.option_group import option_group
from holdfast.actors.console.sinks.destination import MOST_KEPT, parse_size

__all__ = ["MessageOptions", "message_options"]


@dataclass(frozen=True, slots=True)
class MessageOptions:
    """What was written; None for what wasn't."""

    out: str | None = None
    out_size: int | None = None
    out_keep: int | None = None
    out_gzip: bool | None = None
    exec: str | None = None
    shell: str | None = None
    handler: str | None = None


def _bytes(context: click.Context, option: click.Parameter, value: str | None) -> int | None:
    del context, option
    try:
        return None if value is None else parse_size(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


_OPTIONS: Final = (
    click.option("--out", metavar="FILE", help='Write messages here; "-": standard output.'),
    click.option(
        "--out-size", metavar="SIZE", callback=_bytes, help="Begin a new file at this size.  [64MB]"
    ),
    click.option(
        "--out-keep",
        type=click.IntRange(1, MOST_KEPT),
        metavar="N",
        help="Keep so many full ones.  [10]",
    ),
    click.option("--out-gzip", is_flag=True, default=None, help="Compress the full files."),
    click.option("--exec", metavar="COMMAND", help="Pipe messages to a program with arguments."),
    click.option("--shell", metavar="LINE", help="Pipe messages to a line that /bin/sh runs."),
    click.option("--handler", metavar="MODULE:CLASS", help="Give messages to a Python handler."),
)

message_options = option_group("messages", MessageOptions, _OPTIONS)
"""Gives a command these options, which it gets as its argument `messages`."""
