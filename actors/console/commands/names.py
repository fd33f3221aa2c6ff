"""Completes the names of connections and groups from the fleet that runs."""

from typing import Final

import click

from holdfast.actors.console.problem import Problem

__all__ = ["complete_names"]

PATIENCE: Final = 0.5
"""Seconds: whoever has pressed Tab waits for it."""


def complete_names(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """Return the names and groups that begin so, without those that stand there already.

    A fleet that doesn't answer completes nothing, and says nothing.

    Args:
        context: the command line so far.
        parameter: what is completed.
        begun: what stands there of it.
    """
    given = context.params.get(parameter.name or "") or ()
    return [name for name in _known(context) if name.startswith(begun) and name not in given]


def _known(context: click.Context) -> list[str]:
    # Other words of a command line are completed without them.
    from holdfast.actors.console.control.client import Client  # noqa: PLC0415
    from holdfast.actors.console.control.place import default_socket  # noqa: PLC0415

    try:
        with Client(context.params.get("socket") or default_socket(), PATIENCE) as client:
            known = client.ask("names")
    except Problem:
        return []
    return [*known["names"], *(f"@{group}" for group in known["groups"])]
