"""Why a connection failed: the value that every decision to restart starts from."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LONGEST_RETRY_AFTER: Final = 86_400.0
"""Seconds, one day: no server is believed when it asks for more."""


class CauseKind(StrEnum):
    """The kinds of failure, each with a clause of its own in `holdfast.handlers.restart`."""

    NETWORK = "network"
    """Refused, unresolved, reset, timed out or silently dead."""
    BUSY = "server_busy"
    """The server asks to be left alone for a while."""
    AUTH = "auth_rejected"
    """The server doesn't take the credentials."""
    PROTOCOL = "protocol_error"
    """One side broke the rules of the wire."""
    CRASH = "handler_crash"
    """Code on this side raised."""
    TAKEN = "session_taken"
    """Somebody else owns the account now."""
    NORMAL = "normal_close"
    """The conversation was over."""
    MACHINE = "machine_crash"
    """An actor of the machine that the connection depended on crashed, and was replaced."""
    SIBLING = "sibling_restart"
    """Another connection of its group failed, and the group's strategy restarts both."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One failure, named for machines and told for people.

    Attributes:
        kind: which clause of the restart table treats it.
        name: a stable slug such as `connection_refused`, `http_401`, `closed_1012`.
        detail: one line for people.
        code: the close code or the HTTP status, where there was one.
        retry_after: seconds that the server asked to be left alone, where it did.
    """

    kind: CauseKind
    name: str
    detail: str
    code: int | None = None
    retry_after: float | None = None
