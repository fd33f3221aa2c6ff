"""What can go wrong on the way to an open stream, beyond the exceptions of Python's own.

No text here quotes a request, a response's body, or a URL's path and query: they may hold
credentials, and these texts are logged.
"""

import math
from collections.abc import Mapping

from holdfast.handlers import Cause, CauseKind
from holdfast.handlers.evidence import from_exception, from_http
from holdfast.handlers.one_line import one_line

__all__ = [
    "BadHandshakeError",
    "HandshakeRefusedError",
    "ProxyRefusedError",
    "RedirectRefusedError",
    "StreamEndedError",
    "UnusableOptionError",
    "WireError",
    "cause_of",
]


class WireError(Exception):
    """A dial failed.

    Args:
        cause: why; its detail is the exception's text.
    """

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause.detail)
        self.cause = cause

    def cause_at(self, now_unix: float) -> Cause:
        """Return the cause.

        Args:
            now_unix: unix seconds, for causes that name a time to wait.
        """
        del now_unix
        return self.cause


class HandshakeRefusedError(WireError):
    """The server answered the handshake, but not with 101 (RFC 6455 section 4.1).

    Args:
        status: the HTTP status.
        headers: of the answer, names in lower case; for evidence such as Retry-After.
    """

    def __init__(self, status: int, headers: Mapping[str, str]) -> None:
        # Without a clock, a Retry-After that names a date counts as past; see `cause_at`.
        super().__init__(from_http(status, headers, math.inf))
        self.status = status
        self.headers = headers

    def cause_at(self, now_unix: float) -> Cause:
        """Return the cause with the wait that the server asked for (RFC 9110 section 10.2.3).

        Args:
            now_unix: unix seconds, to reckon a Retry-After that names a date.
        """
        return from_http(self.status, self.headers, now_unix)


class RedirectRefusedError(WireError):
    """The server points elsewhere, and credentials don't follow it there.

    Args:
        status: the HTTP status, 3xx.
        host: the host that it points to; "" when it names none.
    """

    def __init__(self, status: int, host: str) -> None:
        place = host or "a place that it doesn't name"
        detail = one_line(f"the server redirects (HTTP {status}) to {place}, which is refused")
        super().__init__(Cause(CauseKind.PROTOCOL, "redirect_refused", detail, status))
        self.status = status
        self.host = host


class BadHandshakeError(WireError):
    """What came back is no WebSocket handshake (RFC 6455 section 4.1).

    Args:
        reason: what is wrong with it.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(Cause(CauseKind.PROTOCOL, "bad_handshake", one_line(reason)))


class StreamEndedError(WireError):
    """The other side ended the stream before the handshake was complete."""

    def __init__(self) -> None:
        detail = "the stream ended before the handshake was complete"
        super().__init__(Cause(CauseKind.NETWORK, "connection_lost", detail))


class ProxyRefusedError(WireError):
    """The proxy gave no tunnel (RFC 9110 section 9.3.6).

    Args:
        status: the HTTP status of its answer to CONNECT.
    """

    def __init__(self, status: int) -> None:
        # 407 is not AUTH: fresh credentials of the connection would not convince the proxy.
        kind = CauseKind.NETWORK if status in range(500, 600) else CauseKind.PROTOCOL
        detail = f"the proxy answered CONNECT with HTTP {status}"
        super().__init__(Cause(kind, "proxy_refused", detail, status))
        self.status = status


class UnusableOptionError(WireError):
    """A setting turned out to be unusable at the time of the dial.

    Args:
        name: the cause's name: `tls_configuration`, `proxy_configuration`.
        reason: what is wrong, without its secrets.
    """

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(Cause(CauseKind.PROTOCOL, name, one_line(reason)))


def cause_of(error: BaseException, now_unix: float) -> Cause:
    """Return the cause of any exception that a dial or a stream can raise.

    Args:
        error: what was raised.
        now_unix: unix seconds, to reckon a Retry-After that names a date.
    """
    if isinstance(error, WireError):
        return error.cause_at(now_unix)
    return from_exception(error, now_unix)
