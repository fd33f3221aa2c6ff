"""What a connection should be: plain data that can be pickled and written as TOML."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any, Final, Literal, TypeAlias, get_args

import pykka

from holdfast.actors.dispatch import Overflow
from holdfast.actors.wire.dial import DialOptions, Target
from holdfast.actors.wire.reader import DEFAULT_MAX_MESSAGE
from holdfast.actors.wire.tls import TlsOptions
from holdfast.handlers import (
    AuthHandler,
    CauseKind,
    ConnectionHandler,
    EncodeError,
    RestartPolicy,
)
from holdfast.handlers.check import not_negative, one_of, positive, whole
from holdfast.handlers.payload import encode

__all__ = ["CloseMeaning", "ConnectionSpec", "HandlerFactory", "Heartbeat", "Limits", "Timeouts"]

HandlerFactory = Callable[[], ConnectionHandler]
CloseMeaning: TypeAlias = Literal[
    "network",
    "server_busy",
    "auth_rejected",
    "protocol_error",
    "handler_crash",
    "session_taken",
    "normal_close",
]
"""The kinds of cause that a server can mean by a close code; the others happen on this side."""
NAME_LENGTH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """How a silent death is noticed."""

    interval: float = 20.0
    """Seconds between pings."""
    timeout: float = 10.0
    """Seconds that the server may take to be heard after a ping."""
    stale_after: float | None = None
    """Seconds without a message after which the feed counts as dead; None for never."""

    def __post_init__(self) -> None:
        """Refuse what isn't a positive number of seconds."""
        positive("heartbeat.interval", self.interval)
        positive("heartbeat.timeout", self.timeout)
        if self.stale_after is not None:
            positive("heartbeat.stale_after", self.stale_after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Deadlines of the steps of a connection's life, each in seconds."""

    dial: float = 10.0
    """From DNS to the end of the handshake."""
    auth: float = 10.0
    """From sending credentials to the server's answer."""
    flush: float = 2.0
    """For writing what was accepted before a stop, until the close frame; 0 to drop it at once."""
    close: float = 2.0
    """From our close frame to the server's."""
    stall: float = 30.0
    """Without a byte in the middle of a frame."""

    def __post_init__(self) -> None:
        """Refuse what isn't a positive number of seconds; the flush may have none."""
        for name in ("dial", "auth", "close", "stall"):
            positive(f"timeouts.{name}", getattr(self, name))
        not_negative("timeouts.flush", self.flush)

    def parting(self, within: float = inf) -> tuple[float, float]:
        """Return the seconds for the flush and for the close, shortened in proportion if need be.

        Args:
            within: seconds that both may take together.
        """
        both = self.flush + self.close
        if both <= within:
            return self.flush, self.close
        share = max(within, 0.0) / both
        return self.flush * share, self.close * share


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of what one connection may hold."""

    max_message: int = DEFAULT_MAX_MESSAGE
    """Bytes of the largest message that is taken; a larger one closes the stream with 1009."""
    window: int = 1024 * 1024
    """Bytes handed to the socket and not yet taken by the kernel."""
    outbox: int = 10_000
    """Messages that may wait to be sent."""
    mailbox: int = 10_000
    """Data messages that the mailbox keeps."""
    overflow: Overflow = Overflow.REFUSE
    """What a full mailbox does."""

    def __post_init__(self) -> None:
        """Refuse bounds below 1, and take an overflow policy by its name."""
        for name in ("max_message", "window", "outbox", "mailbox"):
            whole(f"limits.{name}", getattr(self, name))
        try:
            object.__setattr__(self, "overflow", Overflow(self.overflow))
        except ValueError:
            known = ", ".join(Overflow)
            text = f"limits.overflow must be one of {known}, not {self.overflow!r}"
            raise ValueError(text) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionSpec:
    """One connection of a fleet.

    Raises:
        ValueError: a value is unusable; the message names the connection and the field.
    """

    name: str
    """What it is called in the fleet, in every log line and on the command line."""
    url: str = field(repr=False)
    """`ws://` or `wss://`; not shown, since its query may hold a token."""
    handler: HandlerFactory | pykka.ActorRef[Any] = ConnectionHandler
    """Makes the handler of each incarnation; or an actor that is told `Received`."""
    auth: AuthHandler | None = None
    """Logs in; None for a server that wants no login."""
    subscriptions: Sequence[object] = field(default=(), repr=False)
    """Sent after every login, in order: str, bytes, or anything JSON can say."""
    group: str = ""
    """The group whose fate it shares, which the fleet has to know; empty for none."""
    restart: RestartPolicy = RestartPolicy()
    heartbeat: Heartbeat = Heartbeat()
    timeouts: Timeouts = Timeouts()
    limits: Limits = Limits()
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """Sent with the handshake; not shown, since they may hold credentials."""
    subprotocols: Sequence[str] = ()
    """Offered to the server (RFC 6455 1.9)."""
    tls: TlsOptions = TlsOptions()
    close_codes: Mapping[int, CauseKind] = field(default_factory=dict[int, CauseKind])
    """What this service means by a close code, where it differs from the usual; a kind's text, such
    as `"session_taken"`, is taken too."""
    _dial_options: DialOptions = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the values that can be checked without the network."""
        try:
            self._check_types()
            _check_name(self.name)
            Target.parse(self.url)
            options = DialOptions(self.headers, tuple(self.subprotocols), tls=self.tls)
            object.__setattr__(self, "_dial_options", options)
            object.__setattr__(self, "close_codes", _meanings(self.close_codes))
            for subscription in self.subscriptions:
                encode(subscription)
        except EncodeError as error:
            raise ValueError(f"connection {self.name!r}: subscriptions: {error}") from None
        except ValueError as error:
            raise ValueError(f"connection {self.name!r}: {error}") from None

    def _check_types(self) -> None:
        for name, kind in _TYPES.items():
            value = getattr(self, name)
            if not isinstance(value, kind):
                raise ValueError(f"{name} must be a {kind.__name__}, not {type(value).__name__}")
        _check_handler(self.handler)
        _check_auth(self.auth)
        _check_headers(self.headers)
        if isinstance(self.subscriptions, str | bytes):
            raise ValueError("subscriptions must be a list of messages, not one message")

    @property
    def dial_options(self) -> DialOptions:
        """What the wire needs to know for the handshake."""
        return self._dial_options


_TYPES: Final[dict[str, type]] = {
    "name": str,
    "url": str,
    "group": str,
    "subscriptions": Sequence,
    "restart": RestartPolicy,
    "heartbeat": Heartbeat,
    "timeouts": Timeouts,
    "limits": Limits,
    "headers": Mapping,
    "subprotocols": Sequence,
    "tls": TlsOptions,
    "close_codes": Mapping,
}
"""What each field has to be: a spec may come from code without types, or from a file."""


def _check_handler(handler: object) -> None:
    if not callable(handler) and not isinstance(handler, pykka.ActorRef):
        raise ValueError(
            "handler must be a ConnectionHandler class, another factory of them, or an ActorRef, "
            f"not {type(handler).__name__}"
        )


def _check_auth(auth: object) -> None:
    if auth is None:
        return
    asked = ("generate_auth_data", "handle_auth_response", "needs_reauthentication")
    missing = [name for name in asked if not callable(getattr(auth, name, None))]
    if missing:
        raise ValueError(f"auth: {type(auth).__name__} has no method {missing[0]}")


def _check_headers(headers: Mapping[Any, Any]) -> None:
    for name, value in headers.items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise ValueError(f"headers must map str to str, see {name!r}")


def _meanings(close_codes: Mapping[Any, Any]) -> dict[int, CauseKind]:
    """Return what close codes mean, which may be given as text."""
    return {code: _meaning(code, meaning) for code, meaning in close_codes.items()}


def _meaning(code: object, meaning: object) -> CauseKind:
    if not isinstance(code, int):
        raise ValueError(f"close_codes must map int to CauseKind, see {code!r}")
    one_of(f"close_codes {code}", str(meaning), get_args(CloseMeaning))
    return CauseKind(str(meaning))


def _check_name(name: str) -> None:
    if not name or len(name) > NAME_LENGTH or not name.isprintable():
        text = f"name must be 1 to {NAME_LENGTH} printable characters"
        raise ValueError(text)
