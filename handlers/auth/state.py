"""What a connection knows about its own authentication, as one value that never changes."""

from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from operator import attrgetter
from typing import Any, Final, Protocol

from holdfast.handlers.check import finite, not_negative, positive
from holdfast.handlers.moment import Moment
from holdfast.handlers.secret import Secret

DEFAULT_LIFETIME: Final = 3600.0
"""Seconds that credentials last when the server doesn't say."""

DEFAULT_THRESHOLD: Final = 60.0
"""Seconds before their end at which credentials are renewed."""


class AuthStatus(StrEnum):
    """How far the authentication of a stream has come."""

    IDLE = "idle"
    """Nothing was sent on this stream."""
    AUTHENTICATING = "authenticating"
    """An attempt is in flight; a second one never is."""
    AUTHENTICATED = "authenticated"
    """The server took the credentials."""
    FAILED = "failed"
    """The last attempt failed; nothing is sent again unless somebody says so."""


class UncheckedHandler(Protocol):
    """An auth handler as the flow meets it: whatever it answers is not yet believed.

    What it should answer is written in `holdfast.handlers.auth.protocol.AuthHandler`.
    """

    def generate_auth_data(self, state: "AuthState", /) -> object:
        """Be asked for credentials."""
        ...

    def handle_auth_response(self, response: str | bytes, state: "AuthState", /) -> object:
        """Be asked what a message means."""
        ...

    def needs_reauthentication(self, state: "AuthState", /) -> object:
        """Be asked whether to renew."""
        ...


@dataclass(frozen=True, slots=True)
class AuthState:
    """The authentication of one stream.

    Each method returns another state; none changes this one.

    Attributes:
        handler: who makes credentials and reads answers.
        moment: now, as of the last `at`.
        connection: the first argument of `send_frame`.
        stream_ref: the generation of the stream.
        status: how far it has come.
        token: what the server issued, or None.
        expires_at: monotonic seconds at which the credentials end; None for never.
        lifetime: seconds that they last in all; None for always.
        threshold: seconds before the end at which they are renewed; None for 60.
        reply_timeout: seconds that an answer may take.
        reason: why the last attempt failed, or None.
        attempts: sent on this stream.
        acceptances: of those, how many the server took.

    Raises:
        ValueError: a value is none of these: whoever makes one, no state that the machine
            could stumble over exists.
    """

    handler: UncheckedHandler = field(repr=False)
    moment: Moment
    connection: object = field(default=None, repr=False)
    stream_ref: int = 0
    status: AuthStatus = AuthStatus.IDLE
    token: Secret | None = None
    expires_at: float | None = None
    lifetime: float | None = None
    threshold: float | None = DEFAULT_THRESHOLD
    reply_timeout: float = 10.0
    reason: str | None = None
    attempts: int = 0
    acceptances: int = 0

    def __post_init__(self) -> None:
        """Refuse what is of another type, and numbers that no timer can be set by."""
        wrong = [name for name, kind in _TYPES if not isinstance(getattr(self, name), kind)]
        if wrong:
            kind = type(getattr(self, wrong[0])).__name__
            raise ValueError(f"{wrong[0]} of an auth state can't be {kind}")
        positive("reply_timeout", self.reply_timeout)
        if self.threshold is not None:
            not_negative("threshold", self.threshold)
        if self.lifetime is not None:
            positive("lifetime", self.lifetime)
        if self.expires_at is not None:
            finite("expires_at", self.expires_at)

    @property
    def renewals(self) -> int:
        """How often the credentials were renewed on this stream."""
        return max(0, self.acceptances - 1)

    def time_left(self) -> float | None:
        """Return the seconds until the credentials end; None when they never do."""
        return None if self.expires_at is None else self.expires_at - self.moment.monotonic

    def on_behalf_of(self, asked: "AuthState") -> "AuthState":
        """Return this state, made by an auth handler, as a state of the stream it was asked about.

        Args:
            asked: the state that the handler was given.
        """
        if all(getattr(self, name) is getattr(asked, name) for name in _OF_THE_STREAM):
            return self
        return replace(self, **{name: getattr(asked, name) for name in _OF_THE_STREAM})

    def at(self, moment: Moment) -> "AuthState":
        """Return this state at another moment.

        Raises:
            ValueError: that is no moment.
        """
        if not isinstance(moment, Moment):  # pyright: ignore[reportUnnecessaryIsInstance]  # from users
            raise ValueError(f"moment of an auth state can't be {type(moment).__name__}")  # noqa: TRY004  # as in __post_init__
        return self._with(moment=moment)

    def authenticating(self) -> "AuthState":
        """Return the state with one more attempt in flight."""
        return self._with(status=AuthStatus.AUTHENTICATING, reason=None, attempts=self.attempts + 1)

    def authenticated(
        self,
        lifetime: float | None = DEFAULT_LIFETIME,
        *,
        expires_at_unix: float | None = None,
        token: Secret | None = None,
    ) -> "AuthState":
        """Return the state after the server took the credentials.

        Args:
            lifetime: seconds from now; None for credentials that never end.
            expires_at_unix: unix seconds of their end; counts instead of `lifetime`.
            token: what the server issued; None keeps what it issued before.

        Raises:
            ValueError: the credentials would have ended already.
        """
        if expires_at_unix is not None:
            lifetime = expires_at_unix - self.moment.unix
        return replace(
            self,
            status=AuthStatus.AUTHENTICATED,
            token=token or self.token,
            expires_at=None if lifetime is None else self.moment.monotonic + lifetime,
            lifetime=lifetime,
            reason=None,
            acceptances=self.acceptances + 1,
        )

    def failed(self, reason: str) -> "AuthState":
        """Return the state after a failed attempt.

        Args:
            reason: why, in one line.
        """
        return replace(self, status=AuthStatus.FAILED, reason=reason)

    def for_new_stream(self, stream_ref: int, *, keep_token: bool) -> "AuthState":
        """Return the state with which the next stream begins.

        Args:
            stream_ref: the generation of the next stream.
            keep_token: whether the cause of the failure leaves the token good; one that
                has ended by now is dropped in any case.
        """
        left = self.time_left()
        kept = keep_token and (left is None or left > 0)
        return self._with(
            stream_ref=stream_ref,
            status=AuthStatus.IDLE,
            token=self.token if kept else None,
            expires_at=self.expires_at if kept else None,
            lifetime=self.lifetime if kept else None,
            reason=None,
            attempts=0,
            acceptances=0,
        )

    def _with(self, **changes: Any) -> "AuthState":  # noqa: ANN401  # the values of any field
        """Return this state with changes that can't be wrong.

        Unchecked, it takes 2 us instead of 6, and each login goes through six states.
        """
        if type(self) is not AuthState:
            return replace(self, **changes)
        changed = object.__new__(AuthState)
        for name, value in zip(_FIELDS, _VALUES(self), strict=True):
            object.__setattr__(changed, name, changes.get(name, value))
        return changed


_FIELDS: Final = tuple(each.name for each in fields(AuthState))
_VALUES: Final = attrgetter(*_FIELDS)

_TYPES: Final[tuple[tuple[str, tuple[type, ...]], ...]] = (
    ("moment", (Moment,)),
    ("stream_ref", (int,)),
    ("status", (AuthStatus,)),
    ("token", (Secret, type(None))),
    ("reason", (str, type(None))),
    ("attempts", (int,)),
    ("acceptances", (int,)),
)
"""What a field has to be that isn't checked as a number: states come from users' auth handlers."""

_OF_THE_STREAM: Final = (
    "handler",
    "moment",
    "connection",
    "stream_ref",
    "reply_timeout",
    "attempts",
)
"""The fields that are no auth handler's to change."""
