"""A fleet with its control socket, for as long as it runs."""

from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import click

from holdfast.actors.console.control.actor import ControlActor
from holdfast.actors.console.control.desk import Desk
from holdfast.actors.console.control.place import ControlSocket, default_socket
from holdfast.actors.console.control.server import ControlServer

__all__ = ["serving", "socket_option"]

socket_option = click.option(
    "--socket",
    type=click.Path(path_type=Path),
    envvar="HOLDFAST_SOCKET",
    help="Where the fleet listens for other commands.",
)
"""The option of every command that has a fleet."""


@contextmanager
def serving(desk: Desk, path: Path | None) -> Generator[None]:
    """Let operators ask and tell a fleet until the end of the block.

    Args:
        desk: of the fleet.
        path: of the socket; None for the default one.

    Raises:
        Problem: there can be no socket; nothing has been started.
    """
    place = ControlSocket(default_socket() if path is None else path)
    server = ControlServer(place, partial(ControlActor.start, desk))
    server.start()
    try:
        yield
    finally:
        server.close()
