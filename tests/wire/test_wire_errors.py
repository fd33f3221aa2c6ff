"""Errors of the wire: each tells its cause, in one line that can be logged."""

import errno
import ssl

import pytest

from holdfast.actors.wire.errors import (
    BadHandshakeError,
    HandshakeRefusedError,
    ProxyRefusedError,
    RedirectRefusedError,
    StreamEndedError,
    UnusableOptionError,
    cause_of,
)
from holdfast.handlers import Cause, CauseKind

NOON = 1_767_268_800.0  # 2026-01-01 12:00:00 UTC, unix seconds


@pytest.mark.parametrize(
    ("error", "kind", "name"),
    [
        (HandshakeRefusedError(401, {}), CauseKind.AUTH, "http_401"),
        (HandshakeRefusedError(502, {}), CauseKind.NETWORK, "http_502"),
        (RedirectRefusedError(302, "h"), CauseKind.PROTOCOL, "redirect_refused"),
        (BadHandshakeError("x"), CauseKind.PROTOCOL, "bad_handshake"),
        (StreamEndedError(), CauseKind.NETWORK, "connection_lost"),
        (ProxyRefusedError(407), CauseKind.PROTOCOL, "proxy_refused"),
        (ProxyRefusedError(502), CauseKind.NETWORK, "proxy_refused"),
        (UnusableOptionError("tls_configuration", "x"), CauseKind.PROTOCOL, "tls_configuration"),
        (ConnectionRefusedError(), CauseKind.NETWORK, "connection_refused"),
        (OSError(errno.ENETUNREACH, "x"), CauseKind.NETWORK, "network_unreachable"),
        (ssl.SSLCertVerificationError(), CauseKind.PROTOCOL, "tls_verification_failed"),
    ],
)
def test_each_failure_of_a_dial_has_a_cause(error: Exception, kind: CauseKind, name: str) -> None:
    """Ours by themselves, Python's by the table of the handlers."""
    cause = cause_of(error, NOON)
    assert (cause.kind, cause.name) == (kind, name)
    assert "\n" not in cause.detail


def test_a_date_to_retry_after_is_reckoned_from_now() -> None:
    """RFC 9110 section 10.2.3: seconds, or a date."""
    error = HandshakeRefusedError(503, {"retry-after": "Thu, 01 Jan 2026 12:00:30 GMT"})
    assert cause_of(error, NOON) == Cause(
        CauseKind.BUSY, "http_503", "the handshake was answered with HTTP 503", 503, 30.0
    )


def test_a_cause_without_a_clock_keeps_the_seconds_to_wait() -> None:
    """`cause` alone knows seconds; a date is only reckoned by `cause_at`."""
    assert HandshakeRefusedError(429, {"retry-after": "5"}).cause.retry_after == 5.0
    date = {"retry-after": "Thu, 01 Jan 2026 12:00:30 GMT"}
    assert HandshakeRefusedError(429, date).cause.retry_after == 0.0


def test_a_servers_text_cannot_forge_a_line_of_the_log() -> None:
    """A redirect's host comes from a stranger."""
    assert "\n" not in str(RedirectRefusedError(302, "h\nforged"))
    assert len(str(BadHandshakeError("x" * 10_000))) <= 200
