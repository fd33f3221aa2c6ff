"""An answer that is awaited: by the thread of its client, which notices when that has gone."""

import select
import socket
from typing import Any, Final, Protocol, runtime_checkable

__all__ = ["Pending", "await_answer"]

GLANCE: Final = 0.25
"""Seconds between looks whether the client is still there."""


@runtime_checkable
class Pending(Protocol):
    """What a verb returns whose answer takes its time."""

    def wait(self, seconds: float) -> bool:
        """Wait for a while at most; return whether there is nothing more to wait for."""
        ...

    def answer(self) -> Any:  # noqa: ANN401  # what JSON can say
        """Return the answer as it is by now."""
        ...


def await_answer(result: object, client: socket.socket) -> Any:  # noqa: ANN401  # what JSON can say
    """Return a verb's answer, once it is there.

    Args:
        result: the answer, or one that is awaited.
        client: whose it is.

    Raises:
        ConnectionAbortedError: the client has gone.
    """
    if not isinstance(result, Pending):
        return result
    while not result.wait(GLANCE):
        if _has_gone(client):
            raise ConnectionAbortedError
    return result.answer()


def _has_gone(client: socket.socket) -> bool:
    # One that has only said that it has no more to ask still reads.
    poll = select.poll()
    poll.register(client, 0)
    return any(event & select.POLLHUP for _, event in poll.poll(0))
