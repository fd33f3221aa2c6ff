"""What the message handlers of this package treat.

Texts and bytes of the wire stay out of every repr: they may hold credentials.
"""

from dataclasses import dataclass, field

from holdfast.handlers.cause import Cause
from holdfast.handlers.moment import Moment


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Begin: the stream is open and wants credentials.

    Attributes:
        moment: now.
    """

    moment: Moment


@dataclass(frozen=True, slots=True)
class AuthResponse:
    """Something came in while an attempt was in flight: the answer, or not.

    Attributes:
        message: str for text, bytes for binary.
        moment: now.
        fraction: a random number in [0, 1), for the jitter of the renewal.
    """

    message: str | bytes = field(repr=False)
    moment: Moment
    fraction: float


@dataclass(frozen=True, slots=True)
class CheckReauthentication:
    """The renewal timer fired: renew, if the auth handler agrees that it is time.

    Attributes:
        moment: now.
        fraction: a random number in [0, 1), for the jitter of the next look.
    """

    moment: Moment
    fraction: float


@dataclass(frozen=True, slots=True)
class Reauthenticate:
    """Renew now, whatever the clock says.

    Attributes:
        moment: now.
    """

    moment: Moment


@dataclass(frozen=True, slots=True)
class Received:
    """A message came in; told to the actor that was given as a connection's handler.

    Attributes:
        connection: the connection's name.
        message: str for text, bytes for binary.
    """

    connection: str
    message: str | bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Up:
    """A connection that one watches is ready.

    Attributes:
        connection: the connection's name.
    """

    connection: str


@dataclass(frozen=True, slots=True)
class Down:
    """A connection that one watches isn't ready any more, or has failed to become so.

    Attributes:
        connection: the connection's name.
        cause: why; of the kind `normal_close` when it was stopped or restarted on purpose.
    """

    connection: str
    cause: Cause
