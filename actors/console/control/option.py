"""The option that says where the control socket is, of every command that makes or uses one."""

import os
from pathlib import Path

import click

from holdfast.actors.console.control.place import ENVIRONMENT

__all__ = ["socket_option"]


class _SocketPath(click.Path):
    """The path of a socket; an empty one would be the current folder."""

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> str | bytes | os.PathLike[str]:
        if not os.fspath(value):
            self.fail("it is empty: name a file", param, ctx)
        return super().convert(value, param, ctx)


socket_option = click.option(
    "--socket",
    type=_SocketPath(path_type=Path),
    envvar=ENVIRONMENT,
    help="The control socket, if not the usual one.",
)
