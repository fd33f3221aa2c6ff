"""How a command reaches a running fleet, and shows what that answers."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import click

from holdfast.actors.console.commands.names import complete_names
from holdfast.actors.console.control.client import Client
from holdfast.actors.console.control.option import socket_option
from holdfast.actors.console.control.place import default_socket

__all__ = [
    "DONE",
    "LONG_PATIENCE",
    "NOT_SO",
    "PATIENCE",
    "RunningFleet",
    "connection_names",
    "to_a_fleet",
]

DONE: Final = 0
"""The exit code when all is as it was asked for."""

NOT_SO: Final = 1
"""The exit code when it was tried, and is not so."""

PATIENCE: Final = 15.0
"""Seconds that a fleet may take for an answer."""

LONG_PATIENCE: Final = 60.0
"""Seconds that it may take to act on its connections, of which there may be ten thousand."""

NO_OPTIONS: Final[Mapping[str, object]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class RunningFleet:
    """The fleet at the other end of a control socket."""

    socket: Path
    as_json: bool
    """Show its answers as JSON."""

    def ask(
        self,
        verb: str,
        names: Sequence[str] = (),
        options: Mapping[str, object] = NO_OPTIONS,
        *,
        patience: float = PATIENCE,
    ) -> Any:  # noqa: ANN401  # JSON
        """Ask one thing.

        Args:
            verb: what.
            names: of which connections: names, globs and groups.
            options: what the verb needs besides.
            patience: seconds that the answer may take.

        Raises:
            Problem: nobody answers, or the answer is that it can't be done.
        """
        with Client(self.socket, patience) as client:
            return client.ask(verb, names, **options)

    def show(self, answer: object, lines: Iterable[str]) -> None:
        """Print an answer.

        Args:
            answer: as it came, for `--json`.
            lines: the same for people; whatever stands in them is made safe to show.
        """
        # Whoever has pressed Tab imports this module too, and waits for no more than it needs.
        import msgspec  # noqa: PLC0415

        from holdfast.actors.logs.escape import escape, escape_json  # noqa: PLC0415

        if self.as_json:
            click.echo(escape_json(msgspec.json.encode(answer).decode()))
            return
        for line in lines:
            click.echo(escape(line))


def to_a_fleet(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command `--socket` and `--json`, and the fleet that they lead to.

    Args:
        command: takes the fleet first, then its own arguments by name.
    """

    @socket_option
    @click.option("--json", "as_json", is_flag=True, help="Print the answer as one line of JSON.")
    @wraps(command)
    def with_fleet(socket: Path | None, *, as_json: bool, **arguments: Any) -> int:  # noqa: ANN401  # click's own
        return command(RunningFleet(socket or default_socket(), as_json), **arguments)

    return with_fleet


def connection_names(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command the argument `names`: one name, glob or `@group` at least, completed."""
    return click.argument(
        "names", nargs=-1, required=True, metavar="NAME...", shell_complete=complete_names
    )(command)
