"""What a message handler wants done; the connection actor does it."""

from dataclasses import dataclass, field
from typing import TypeAlias

from holdfast.handlers.cause import Cause


@dataclass(frozen=True, slots=True)
class AwaitAnswer:
    """An attempt is on its way: fail unless an answer comes in time.

    Attributes:
        seconds: how long to wait.
    """

    seconds: float


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server took the credentials: the wait for an answer is over.

    Attributes:
        renew_in: seconds until the next `CheckReauthentication`; None for never.
        renewal: whether the stream was authenticated before.
    """

    renew_in: float | None
    renewal: bool


@dataclass(frozen=True, slots=True)
class Deliver:
    """The message was no answer: it is the user's handler's.

    Attributes:
        message: str for text, bytes for binary; kept out of the repr.
    """

    message: str | bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class RenewIn:
    """Not yet time to renew: look again.

    Attributes:
        seconds: until the next `CheckReauthentication`.
    """

    seconds: float


@dataclass(frozen=True, slots=True)
class Fail:
    """The connection cannot go on.

    Attributes:
        cause: why; the supervisor decides what becomes of it.
    """

    cause: Cause


Effect: TypeAlias = AwaitAnswer | Accepted | Deliver | RenewIn | Fail
