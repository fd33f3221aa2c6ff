"""Why a fleet doesn't do what a client asks: a kind for scripts, a line for people."""

from typing import Final

import pykka

from holdfast.actors.console.control.protocol import Answer, Complaint
from holdfast.actors.errors import (
    ConnectionStopping,
    FleetStopped,
    TooManyConnections,
    UnknownConnection,
)
from holdfast.actors.logs import get_logger, redact
from holdfast.handlers import EncodeError

__all__ = ["Refusal", "refused"]

_log = get_logger()


class Refusal(Exception):  # noqa: N818  # named for what it reports; answered, never shown
    """A request that isn't carried out.

    Args:
        kind: one of those that docs/control.md lists.
        text: one line: what is wrong and what to do.
    """

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


_KINDS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (UnknownConnection, "unknown_connection"),
    (FleetStopped, "stopping"),
    (ConnectionStopping, "stopping"),
    (EncodeError, "bad_request"),
    (TooManyConnections, "not_possible"),
    (pykka.ActorDeadError, "stopping"),
    (pykka.Timeout, "not_possible"),
)
"""What a fleet raises, the first that fits."""


def refused(error: Exception) -> Answer:
    """Return the answer to a request that raised.

    Args:
        error: what; an unexpected one is named by its type alone.
    """
    if isinstance(error, Refusal):
        return _answer(error.kind, str(error))
    for kind, name in _KINDS:
        if isinstance(error, kind):
            return _answer(name, str(error))
    _log.error("control.failed", exc_info=error)
    return _answer("not_possible", f"the fleet couldn't do it: {type(error).__name__}, see its log")


def _answer(kind: str, text: str) -> Answer:
    return Answer(error=Complaint(kind=kind, text=str(redact(text))))
