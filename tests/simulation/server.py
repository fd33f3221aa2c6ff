"""How the server of one connection behaves: modes that last until they are changed."""

import json
from dataclasses import dataclass
from enum import StrEnum

from holdfast.handlers import Cause
from holdfast.handlers.evidence import from_exception, from_http

__all__ = ["AUTH", "Dials", "Logins", "Server", "answer_of", "is_login"]

RETRY_AFTER = "7"
"""Seconds that a busy server asks for."""

AUTH = "auth_"
"""What the type of every answer to a login begins with."""


class Dials(StrEnum):
    """What becomes of a dial."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    IGNORED = "ignored"
    UNAUTHORIZED = "401"
    BUSY = "429"
    UNAVAILABLE = "503"

    def cause(self, unix: float) -> Cause:
        """Return what a dial fails by.

        Args:
            unix: seconds, as the handshake's evidence wants them.
        """
        if self is Dials.REFUSED:
            return from_exception(ConnectionRefusedError(111, "refused"))
        return from_http(int(self.value), {"Retry-After": RETRY_AFTER}, unix)


class Logins(StrEnum):
    """What becomes of a login."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    IGNORED = "ignored"
    LATE = "late"


@dataclass
class Server:
    """The server of one connection."""

    dials: Dials = Dials.ACCEPTED
    logins: Logins = Logins.ACCEPTED
    lifetime: float = 3600.0
    """Seconds that a login is good for."""
    echoes: bool = True
    """Each message is answered by a numbered one."""

    def heal(self) -> None:
        """Behave from now on."""
        self.dials, self.logins, self.lifetime = Dials.ACCEPTED, Logins.ACCEPTED, 3600.0


def is_login(text: str) -> bool:
    """Tell whether a message shows credentials."""
    return text.startswith("{") and json.loads(text).get("type") == "auth"


def answer_of(server: Server) -> str:
    """Return what a server answers to a login."""
    if server.logins is Logins.REJECTED:
        return json.dumps({"type": "auth_error", "reason": "no"})
    return json.dumps({"type": "auth_success", "expires_in": server.lifetime, "token": "issued"})
