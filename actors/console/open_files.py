"""Room for the connections of a command, before it starts any."""

from holdfast.actors import TooManyConnections
from holdfast.actors.console.problem import Problem
from holdfast.actors.open_files import Room

__all__ = ["allow_connections"]


def allow_connections(count: int, held: int = 0) -> None:
    """See that this process, and what it starts, may hold so many connections.

    Args:
        count: connections.
        held: how many of them may have their file open already.

    Raises:
        Problem: it may not, and can't change that.
    """
    try:
        Room().make(count, held)
    except TooManyConnections as error:
        raise Problem(str(error)) from None
