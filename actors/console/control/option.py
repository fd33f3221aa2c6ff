"""The option that says where the control socket is, of every command that makes or uses one."""

from pathlib import Path

import click

from holdfast.actors.console.control.place import ENVIRONMENT

__all__ = ["socket_option"]

socket_option = click.option(
    "--socket",
    type=click.Path(path_type=Path),
    envvar=ENVIRONMENT,
    help="The control socket, if not the usual one.",
)
