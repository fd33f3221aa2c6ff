"""`holdfast explain NAME…`: the story of connections, in colours on a terminal."""

from collections.abc import Iterator
from typing import Any

import click

from holdfast.actors.console.commands.reach import DONE, RunningFleet, connection_names, to_a_fleet
from holdfast.actors.console.terminal import on_terminal

__all__ = ["explain"]


@click.command(epilog="Example: holdfast explain deribit-1")
@connection_names
@to_a_fleet
def explain(fleet: RunningFleet, names: tuple[str, ...]) -> int:
    """Tell the story of connections: what they are, since when, why, what comes next, what helps.

    NAMES are names, globs such as 'deribit-*', or groups such as @trading. Times are UTC. --json
    has each step with all that is known of it.
    """
    answer = fleet.ask("explain", names)
    if fleet.as_json or not on_terminal():
        fleet.show(answer, _lines(answer))
    else:
        from rich.console import Console  # noqa: PLC0415  # a pipe needs no colours

        from holdfast.actors.console.commands.painted import paint  # noqa: PLC0415  # the same

        paint(_lines(answer), Console())
    return DONE


def _lines(answer: dict[str, Any]) -> Iterator[str]:
    for number, story in enumerate(answer["stories"]):
        if number:
            yield ""
        # What a peer said has no line feed left: the story's own end its lines.
        yield from story["text"].split("\n")
