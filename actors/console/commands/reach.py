"""How a command reaches a running fleet, and shows what that answers."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

import click

from holdfast.actors.console.commands.names import complete_names
from holdfast.actors.console.control.client import Client
from holdfast.actors.console.control.place import default_socket

__all__ = ["DONE", "NOT_SO", "RunningFleet", "connection_names", "to_a_fleet"]

DONE: Final = 0
"""The exit code when all is as it was asked for."""

NOT_SO: Final = 1
"""The exit code when it was tried, and is not so."""

PATIENCE: Final = 15.0
"""Seconds that a fleet may take for an answer."""

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class RunningFleet:
    """The fleet at the other end of a control socket."""

    socket: Path
    as_json: bool
    """Show its answers as JSON."""

    def ask(
        self, verb: str, names: Sequence[str] = (), *, wait: float = 0.0, **options: object
    ) -> Any:  # noqa: ANN401  # JSON
        """Ask one thing.

        Args:
            verb: what.
            names: of which connections: names, globs and groups.
            wait: seconds that the fleet is asked to wait before it answers.
            options: what the verb needs besides.

        Raises:
            Problem: nobody answers, or the answer is that it can't be done.
        """
        with Client(self.socket, PATIENCE + wait) as client:
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


def to_a_fleet(command: Callable[Concatenate[RunningFleet, P], R]) -> Callable[..., R]:
    """Give a command `--socket` and `--json`, and the fleet that they lead to.

    Args:
        command: takes the fleet first, then its own arguments by name.
    """

    @click.option(
        "--socket",
        type=click.Path(path_type=Path),
        help="The fleet's control socket.  [default: $HOLDFAST_SOCKET, else as `holdfast run`]",
    )
    @click.option("--json", "as_json", is_flag=True, help="Print the answer as one line of JSON.")
    @wraps(command)
    def with_fleet(socket: Path | None, *, as_json: bool, **arguments: Any) -> R:  # noqa: ANN401  # click's own
        return command(RunningFleet(socket or default_socket(), as_json), **arguments)

    return with_fleet


def connection_names(command: Callable[P, R]) -> Callable[P, R]:
    """Give a command the argument `names`: at least one name, glob or `@group`, completed by Tab."""
    return click.argument(
        "names", nargs=-1, required=True, metavar="NAME...", shell_complete=complete_names
    )(command)
