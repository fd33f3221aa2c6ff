"""A fleet with its control socket, for as long as it runs."""

from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import click

from holdfast.actors.console.control.actor import ControlActor
from holdfast.actors.console.control.desk import Desk
from holdfast.actors.console.control.place import ControlSocket, NoPlace, default_socket
from holdfast.actors.console.control.server import ControlServer
from holdfast.actors.logs import escape

__all__ = ["serving"]


@contextmanager
def serving(desk: Desk, path: Path | None) -> Generator[None]:
    """Let operators ask and tell a fleet until the end of the block.

    A fleet that nobody asked to be reachable runs without a socket where there can be none.

    Args:
        desk: of the fleet.
        path: of the socket; None for the default one.

    Raises:
        Problem: another fleet answers there, or there can be no socket of the path that was given.
    """
    try:
        place = ControlSocket(path or default_socket())
    except NoPlace as problem:
        if path is not None:
            raise
        click.echo(
            f"holdfast: no other command reaches this fleet: {escape(str(problem))}", err=True
        )
        yield
        return
    server = ControlServer(place, partial(ControlActor.start, desk))
    server.start()
    try:
        yield
    finally:
        server.close()
