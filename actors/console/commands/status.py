"""`holdfast status [NAME…]`: how the connections of a running fleet are, once or live."""

from collections.abc import Iterator, Sequence
from typing import Final

import click

from holdfast.actors.console.commands.names import complete_names
from holdfast.actors.console.commands.reach import RunningFleet, to_a_fleet
from holdfast.actors.console.seconds import Seconds

__all__ = ["status"]

EVERY: Final = 2.0
"""Seconds between two looks, unless it is said."""

HOUR: Final = 3600.0
"""Seconds."""

WATCH: Final = "--watch"


class _StatusCommand(click.Command):
    """Lets the number after `--watch` be left out, also where a name follows."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Write the number out."""
        return super().parse_args(ctx, list(_with_seconds(args)))


def _complete_after_watch(context: click.Context, _: click.Parameter, begun: str) -> list[str]:
    """Complete a name behind `--watch`, whose number may be left out."""
    names = next(each for each in context.command.params if each.name == "names")
    return complete_names(context, names, begun)


@click.command(cls=_StatusCommand, epilog="Example: holdfast status 'deribit-*' --watch 5")
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=complete_names)
@click.option(
    WATCH,
    type=Seconds(0.1, HOUR),
    metavar="[SECONDS]",
    shell_complete=_complete_after_watch,
    help=f"Look again and again, until q or Ctrl-C.  [default: every {EVERY:g} s]",
)
@to_a_fleet
def status(fleet: RunningFleet, names: tuple[str, ...], watch: float | None) -> int:
    """Show how connections are, those in trouble first.

    NAMES are names, globs such as 'deribit-*', or groups such as @trading. Without any, more than
    100 connections are summed by phase and host, and of them those in trouble listed; '*' lists
    all. In a pipe nothing is cut. Exits with 1 if a connection that was named isn't ready.
    """
    from holdfast.actors.console.commands import looks  # noqa: PLC0415  # brings rich

    if watch is None:
        return looks.look_once(fleet, names)
    return looks.watch(fleet, names, watch)


def _with_seconds(arguments: Sequence[str]) -> Iterator[str]:
    for place, argument in enumerate(arguments):
        yield argument
        if argument == WATCH and not _is_number(arguments[place + 1 : place + 2]):
            yield str(EVERY)


def _is_number(following: Sequence[str]) -> bool:
    try:
        [float(each) for each in following]
    except ValueError:
        return False
    return bool(following)
