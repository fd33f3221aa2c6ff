"""What comes out of a step of authentication: small classes to match on."""

from dataclasses import dataclass, field
from enum import StrEnum

from holdfast.handlers.auth.state import AuthState


class FailureKind(StrEnum):
    """Whose failure it was; each kind has a cause of its own."""

    REFUSED = "refused"
    """The server said no, or the auth handler had no credentials to offer."""
    CRASHED = "crashed"
    """The auth handler raised, or returned what makes no sense."""
    UNSENT = "unsent"
    """The credentials didn't get out."""


@dataclass(frozen=True, slots=True)
class AuthData:
    """Credentials to be sent, from `generate_auth_data`.

    Attributes:
        data: str goes as text, bytes as binary, anything else as JSON text; kept out
            of the repr.
        state: the state to go on with.
    """

    data: object = field(repr=False)
    state: AuthState


@dataclass(frozen=True, slots=True)
class Ok:
    """It went well: sent, accepted, or not yet needed.

    Attributes:
        state: the state to go on with.
    """

    state: AuthState


@dataclass(frozen=True, slots=True)
class Unrelated:
    """The message was no answer to an attempt.

    Attributes:
        state: the state to go on with.
    """

    state: AuthState


@dataclass(frozen=True, slots=True)
class Reauthenticated:
    """A renewal was needed, and is in flight.

    Attributes:
        state: the state to go on with.
    """

    state: AuthState


@dataclass(frozen=True, slots=True)
class Failed:
    """It went wrong.

    Attributes:
        reason: why, in one line without secrets.
        state: the state to go on with.
        kind: whose failure it was.
    """

    reason: str
    state: AuthState
    kind: FailureKind = FailureKind.REFUSED
