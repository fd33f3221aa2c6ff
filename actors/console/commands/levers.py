"""`holdfast start | stop | restart | resume | reauth NAME…`: one verb, and what became of each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import click

from holdfast.actors.console.commands.reach import (
    DONE,
    LONG_PATIENCE,
    NOT_SO,
    RunningFleet,
    connection_names,
    to_a_fleet,
)

__all__ = ["reauth", "restart", "resume", "start", "stop"]


@dataclass(frozen=True, slots=True)
class Lever:
    """A verb that a fleet carries out on each of the connections that are named."""

    verb: str
    doing: str
    """What is then true of a connection, as its name's line says it."""
    help: str
    example: str
    """Names, as they would follow the verb."""
    strict: bool = False
    """Whether it has failed when it is so of some of them only; else there was nothing to do."""


def _command(lever: Lever) -> click.Command:
    @click.command(
        lever.verb,
        help=f"{lever.help}\n\nNAMES are names, globs such as 'deribit-*', or groups such as "
        "@trading; one that matches nothing is a mistake, and nothing is done. "
        f"Exits with 1 if {'any is not' if lever.strict else 'none is'} {lever.doing}.",
        epilog=f"Example: holdfast {lever.verb} {lever.example}",
    )
    @connection_names
    @to_a_fleet
    def command(fleet: RunningFleet, names: tuple[str, ...]) -> int:
        answer = fleet.ask(lever.verb, names, patience=LONG_PATIENCE)
        fleet.show(answer, _lines(lever, answer))
        failed = answer["left"] if lever.strict else not answer["done"]
        return NOT_SO if failed else DONE

    return command


def _lines(lever: Lever, answer: dict[str, Any]) -> Iterator[str]:
    for name in answer["done"]:
        yield f"{name}: {lever.doing}"
    for left in answer["left"]:
        yield f"{left['name']}: not {lever.doing}: {left['why']}"


start = _command(
    Lever(
        "start",
        "starting",
        "Start connections that have stopped, as they stand in the fleet's file.",
        "prices orders",
    )
)

stop = _command(
    Lever(
        "stop",
        "stopped",
        "Close connections for good, once what they have accepted is written. The others go on; "
        "`holdfast start` brings them back.",
        "'deribit-*'",
        strict=True,
    )
)

restart = _command(
    Lever(
        "restart",
        "restarting",
        "Close connections and dial them again at once. What waits to be sent is kept. "
        "One in quarantine or in a wait is dialled too, as by `holdfast resume`.",
        "@trading",
    )
)

resume = _command(
    Lever(
        "resume",
        "resumed",
        "End the quarantine of connections, or their wait for the next attempt: they are dialled "
        "now, their failures forgotten.",
        "deribit-1",
    )
)

reauth = _command(
    Lever(
        "reauth",
        "logging in anew",
        "Log in anew with the credentials that they have, on the stream that is open. New "
        "credentials come with `holdfast reload`.",
        "prices",
    )
)
