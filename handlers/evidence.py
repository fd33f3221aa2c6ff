"""From what was observed to its cause: an exception, an HTTP answer, a close code."""

import email.utils
import errno
import socket
import ssl
from collections.abc import Mapping
from datetime import UTC
from types import MappingProxyType
from typing import Final, cast

import websocket

from holdfast.handlers.cause import LONGEST_RETRY_AFTER, Cause, CauseKind
from holdfast.handlers.one_line import describe, one_line

NETWORK, BUSY, AUTH = CauseKind.NETWORK, CauseKind.BUSY, CauseKind.AUTH
PROTOCOL, NORMAL = CauseKind.PROTOCOL, CauseKind.NORMAL

# The first row that fits counts, so a class stands above its bases.
_EXCEPTIONS: Final[tuple[tuple[type[BaseException], CauseKind, str], ...]] = (
    (socket.gaierror, NETWORK, "dns_failure"),
    (ssl.SSLCertVerificationError, PROTOCOL, "tls_verification_failed"),
    (ssl.SSLEOFError, NETWORK, "connection_lost"),
    (ssl.SSLZeroReturnError, NETWORK, "connection_lost"),
    (ssl.SSLError, PROTOCOL, "tls_failure"),
    (ConnectionRefusedError, NETWORK, "connection_refused"),
    (ConnectionResetError, NETWORK, "connection_reset"),
    (ConnectionAbortedError, NETWORK, "connection_aborted"),
    (BrokenPipeError, NETWORK, "connection_lost"),
    (TimeoutError, NETWORK, "timed_out"),
    (OSError, NETWORK, "os_error"),
    (websocket.WebSocketTimeoutException, NETWORK, "timed_out"),
    (websocket.WebSocketConnectionClosedException, NETWORK, "connection_lost"),
    (websocket.WebSocketAddressException, NETWORK, "dns_failure"),
    (websocket.WebSocketProxyException, NETWORK, "proxy_failure"),
    (websocket.WebSocketPayloadException, PROTOCOL, "bad_payload"),
    (websocket.WebSocketProtocolException, PROTOCOL, "bad_frame"),
    (websocket.WebSocketException, PROTOCOL, "websocket_error"),
)

# Linux has no classes of its own for these.
_ERRNOS: Final[Mapping[int, str]] = MappingProxyType(
    {
        errno.ENETUNREACH: "network_unreachable",
        errno.EHOSTUNREACH: "host_unreachable",
        errno.EMFILE: "too_many_open_files",
        errno.ENFILE: "too_many_open_files",
    }
)

_STATUSES: Final[Mapping[int, CauseKind]] = MappingProxyType(
    {401: AUTH, 403: AUTH, 429: BUSY, 503: BUSY}
)

# RFC 6455 section 7.4.1 and IANA's "WebSocket Close Code Number Registry".
_CLOSE_CODES: Final[Mapping[int, tuple[CauseKind, str]]] = MappingProxyType(
    {
        1000: (NORMAL, "normal closure"),
        1001: (NETWORK, "going away"),
        1002: (PROTOCOL, "protocol error"),
        1003: (PROTOCOL, "unsupported data"),
        1005: (NETWORK, "no code"),
        1006: (NETWORK, "no close frame"),
        1007: (PROTOCOL, "invalid payload"),
        1008: (PROTOCOL, "policy violation"),
        1009: (PROTOCOL, "message too big"),
        1010: (PROTOCOL, "extension missing"),
        1011: (NETWORK, "internal error"),
        1012: (BUSY, "service restart"),
        1013: (BUSY, "try again later"),
        1014: (NETWORK, "bad gateway"),
        3000: (AUTH, "unauthorized"),
        3003: (AUTH, "forbidden"),
    }
)


def from_exception(error: BaseException, now_unix: float = 0.0) -> Cause:
    """Return the cause that an exception speaks of; one unknown here is a crash.

    Args:
        error: what was raised.
        now_unix: unix seconds, to reckon a Retry-After that names a date.
    """
    if isinstance(error, websocket.WebSocketBadStatusException):
        # The library leaves the type of its headers open.
        headers = cast("Mapping[str, str]", error.resp_headers or {})  # pyright: ignore[reportUnknownMemberType]
        return from_http(error.status_code, headers, now_unix)
    rows = ((kind, name) for known, kind, name in _EXCEPTIONS if isinstance(error, known))
    kind, name = next(rows, (CauseKind.CRASH, "handler_crash"))
    if isinstance(error, OSError):
        name = _ERRNOS.get(error.errno or 0, name)
    return Cause(kind, name, describe(error))


def from_http(status: int, headers: Mapping[str, str], now_unix: float) -> Cause:
    """Return the cause of a handshake that was answered, but not with 101.

    Args:
        status: the HTTP status.
        headers: of the answer; their names in any case.
        now_unix: unix seconds, to reckon a Retry-After that names a date.
    """
    kind = _STATUSES.get(status, NETWORK if status in range(500, 600) else PROTOCOL)
    detail = f"the handshake was answered with HTTP {status}"
    wait = _retry_after(headers, now_unix) if kind is BUSY else None
    return Cause(kind, f"http_{status}", detail, status, wait)


def from_close(
    code: int | None, reason: str, overrides: Mapping[int, CauseKind] | None = None
) -> Cause:
    """Return the cause of a connection that was closed by the other side.

    Args:
        code: the close code; None when the stream ended without a close frame.
        reason: what the server gave as its reason.
        overrides: what close codes mean for this service, over the table.
    """
    if code is None:
        return Cause(NETWORK, "connection_lost", "the stream ended without a close frame")
    kind, meaning = _CLOSE_CODES.get(code, (NETWORK, "no registered meaning"))
    kind = (overrides or {}).get(code, kind)
    detail = f"closed with {code} ({meaning})" + (f": {reason}" if reason else "")
    return Cause(kind, f"closed_{code}", one_line(detail), code)


def _retry_after(headers: Mapping[str, str], now_unix: float) -> float | None:
    """Read Retry-After in both of its forms (RFC 9110 section 10.2.3)."""
    values = [value.strip() for name, value in headers.items() if name.lower() == "retry-after"]
    if not values:
        return None
    seconds = _seconds(values[0], now_unix)
    return None if seconds is None else min(max(seconds, 0.0), LONGEST_RETRY_AFTER)


def _seconds(value: str, now_unix: float) -> float | None:
    if value.isascii() and value.isdigit():
        return float(value)
    return _until(value, now_unix)


def _until(date: str, now_unix: float) -> float | None:
    try:
        moment = email.utils.parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return None
    # A date without a zone is GMT in HTTP, and local time to Python.
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.timestamp() - now_unix
