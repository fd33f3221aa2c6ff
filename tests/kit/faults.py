"""What can go wrong with a connection in the demo, and what is in store for one.

Each kind of cause that a server can bring about has a fault, and so has each way in which a
handshake can fail. Two kinds have none: `machine_crash` is a failure of the fleet's own actors, and
`sibling_restart` follows from any fault that strikes a member of a group.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

__all__ = [
    "HANDSHAKE_FAULTS",
    "LOGIN_FAULTS",
    "NO_RETURN",
    "POISON",
    "TAKEN_CODE",
    "TAKEN_SECONDS",
    "Fault",
    "Incident",
    "Plan",
]

POISON: Mapping[str, object] = MappingProxyType({"type": "poison"})
"""The message that a client's handler is expected to crash on."""

TAKEN_CODE: Final = 4009
"""The close code by which a client is told that somebody else has its session now."""

TAKEN_SECONDS: Final = 5.0
"""For so long somebody else has it."""


class Fault(StrEnum):
    """What can go wrong with a connection."""

    DROP = "drop"
    """The TCP connection is reset."""
    POISON = "poison"
    """The server publishes `POISON`."""
    SILENCE = "silence"
    """The server stops answering, pings included."""
    REFUSED_ONCE = "refused_once"
    """The first login is refused, the next one isn't."""
    DOOMED = "doomed"
    """Every login is refused."""
    RESTARTING = "restarting"
    """The server closes with 1012."""
    OVERLOADED = "overloaded"
    """The server closes with 1013."""
    HALF_FRAME = "half_frame"
    """The server sends half a frame and nothing more."""
    GARBAGE = "garbage"
    """The server sends a frame with an opcode that means nothing."""
    GOODBYE = "goodbye"
    """The server closes with 1000."""
    TAKEN = "taken"
    """For `TAKEN_SECONDS` the server closes every connection of that name with `TAKEN_CODE`."""
    CLOSED_PORT = "closed_port"
    """The server resets the connection and refuses everybody who dials, for a second."""
    BUSY = "busy"
    """The first handshake is answered with 503, and Retry-After in seconds."""
    BUSY_UNTIL = "busy_until"
    """The first handshake is answered with 503, and Retry-After as an HTTP date."""
    TOO_MANY = "too_many"
    """The first handshake is answered with 429."""
    UNAUTHORIZED = "unauthorized"
    """The first handshake is answered with 401."""
    FORBIDDEN = "forbidden"
    """Every handshake is answered with 403."""
    NOT_FOUND = "not_found"
    """The first handshake is answered with 404."""
    BAD_GATEWAY = "bad_gateway"
    """The first handshake is answered with 502."""
    REDIRECTED = "redirected"
    """The first handshake is answered with a redirect to another host."""
    UNANSWERED = "unanswered"
    """The first handshake is never answered."""


LOGIN_FAULTS: Final = frozenset({Fault.REFUSED_ONCE, Fault.DOOMED})
"""Strike at a login."""

HANDSHAKE_FAULTS: Final = frozenset(
    {
        *(Fault.BUSY, Fault.BUSY_UNTIL, Fault.TOO_MANY, Fault.UNAUTHORIZED, Fault.FORBIDDEN),
        *(Fault.NOT_FOUND, Fault.BAD_GATEWAY, Fault.REDIRECTED, Fault.UNANSWERED),
    }
)
"""Strike at a handshake."""

NO_RETURN: Final = frozenset({Fault.DOOMED, Fault.TAKEN, Fault.FORBIDDEN})
"""Lead to quarantine."""


@dataclass(frozen=True, slots=True)
class Incident:
    """A fault that strikes at a time.

    Attributes:
        at: seconds after the first connection was opened.
        fault: what happens to the connection if it is open then; TAKEN doesn't pass by.
    """

    at: float
    fault: Fault


@dataclass(frozen=True, slots=True)
class Plan:
    """What is in store for one connection.

    Attributes:
        incidents: in the order of time, one in every round.
        login: one of `LOGIN_FAULTS`, or None for logins that are judged as usual.
        handshake: one of `HANDSHAKE_FAULTS`, or None for handshakes that succeed.
        token_seconds: seconds that its logins hold; None for ever.
    """

    incidents: tuple[Incident, ...] = ()
    login: Fault | None = None
    handshake: Fault | None = None
    token_seconds: float | None = None

    @property
    def faults(self) -> tuple[Fault, ...]:
        """All that the connection meets."""
        met = (self.handshake, self.login, *(incident.fault for incident in self.incidents))
        return tuple(fault for fault in met if fault is not None)

    @property
    def ends_in_quarantine_by(self) -> Fault | None:
        """One of `NO_RETURN`, None for a connection that comes back from all that it meets."""
        return next((fault for fault in self.faults if fault in NO_RETURN), None)
