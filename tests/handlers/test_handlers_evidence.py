"""What was observed gets the one cause that the design's table knows for it."""

import errno
import socket
import ssl

import pytest
import websocket
from hypothesis import given
from hypothesis import strategies as st

from holdfast.handlers.cause import CauseKind
from holdfast.handlers.evidence import from_close, from_exception, from_http

NOW = 1_767_225_600.0  # 2026-01-01 00:00:00 GMT, a Thursday
RETRY_AFTER = "Retry-After"

EXCEPTIONS: list[tuple[BaseException, str, str]] = [
    (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), "network", "connection_refused"),
    (ConnectionResetError(errno.ECONNRESET, "reset"), "network", "connection_reset"),
    (ConnectionAbortedError(), "network", "connection_aborted"),
    (BrokenPipeError(), "network", "connection_lost"),
    (TimeoutError(), "network", "timed_out"),
    (socket.gaierror(socket.EAI_NONAME, "unknown name"), "network", "dns_failure"),
    (OSError(errno.ENETUNREACH, "no route"), "network", "network_unreachable"),
    (OSError(errno.EHOSTUNREACH, "no route"), "network", "host_unreachable"),
    (OSError(errno.EMFILE, "too many"), "network", "too_many_open_files"),
    (OSError("something"), "network", "os_error"),
    (ssl.SSLCertVerificationError("self-signed"), "protocol_error", "tls_verification_failed"),
    (ssl.SSLEOFError(), "network", "connection_lost"),
    (ssl.SSLZeroReturnError(), "network", "connection_lost"),
    (ssl.SSLError("wrong version number"), "protocol_error", "tls_failure"),
    (websocket.WebSocketTimeoutException("late"), "network", "timed_out"),
    (websocket.WebSocketConnectionClosedException("gone"), "network", "connection_lost"),
    (websocket.WebSocketAddressException("no such name"), "network", "dns_failure"),
    (websocket.WebSocketProxyException("407"), "network", "proxy_failure"),
    (websocket.WebSocketPayloadException("bad UTF-8"), "protocol_error", "bad_payload"),
    (websocket.WebSocketProtocolException("bad opcode"), "protocol_error", "bad_frame"),
    (websocket.WebSocketException("bad header"), "protocol_error", "websocket_error"),
    (KeyError("price"), "handler_crash", "handler_crash"),
    (RecursionError(), "handler_crash", "handler_crash"),
    (SystemExit(), "handler_crash", "handler_crash"),
]


@pytest.mark.parametrize(("error", "kind", "name"), EXCEPTIONS)
def test_an_exception_has_its_cause(error: BaseException, kind: str, name: str) -> None:
    cause = from_exception(error)
    assert (cause.kind, cause.name) == (kind, name)
    assert cause.detail.startswith(type(error).__name__)


def test_a_refused_handshake_is_told_by_its_status_and_not_by_its_headers() -> None:
    refused = websocket.WebSocketBadStatusException(
        "Handshake status %d %s", 503, "Busy", {"retry-after": "7", "set-cookie": "s3cr3t"}, b""
    )
    cause = from_exception(refused, NOW)
    assert (cause.kind, cause.name, cause.code, cause.retry_after) == (
        CauseKind.BUSY,
        "http_503",
        503,
        7.0,
    )
    assert "s3cr3t" not in cause.detail


STATUSES = [
    (301, "protocol_error"),
    (400, "protocol_error"),
    (401, "auth_rejected"),
    (403, "auth_rejected"),
    (404, "protocol_error"),
    (426, "protocol_error"),
    (429, "server_busy"),
    (500, "network"),
    (502, "network"),
    (503, "server_busy"),
    (504, "network"),
    (599, "network"),
    (600, "protocol_error"),
]


@pytest.mark.parametrize(("status", "kind"), STATUSES)
def test_an_http_status_has_its_cause(status: int, kind: str) -> None:
    cause = from_http(status, {}, NOW)
    assert (cause.kind, cause.name, cause.code) == (kind, f"http_{status}", status)
    assert cause.retry_after is None


RETRY_AFTERS: list[tuple[str, float | None]] = [
    ("0", 0.0),
    ("120", 120.0),
    (" 120 ", 120.0),
    ("9" * 400, 86_400.0),
    ("Fri, 01 Jan 2027 00:00:00 GMT", 86_400.0),
    ("Thu, 01 Jan 2026 00:02:00 GMT", 120.0),
    ("Thu, 01 Jan 2026 00:02:00", 120.0),
    ("Thursday, 01-Jan-26 00:02:00 GMT", 120.0),
    ("Wed, 31 Dec 2025 23:59:00 GMT", 0.0),
    ("-5", None),
    ("1.5", None),
    ("٣", None),
    ("soon", None),
    ("", None),
    ("Thu, 99 Jan 2026 00:02:00 GMT", None),
]


@pytest.mark.parametrize(("value", "seconds"), RETRY_AFTERS)
def test_retry_after_is_read_in_both_forms_and_nonsense_is_ignored(
    value: str, seconds: float | None
) -> None:
    assert from_http(503, {RETRY_AFTER: value}, NOW).retry_after == seconds


@pytest.mark.parametrize("name", ["Retry-After", "retry-after", "RETRY-AFTER"])
def test_the_name_of_a_header_is_read_in_any_case(name: str) -> None:
    assert from_http(429, {"Date": "now", name: "3"}, NOW).retry_after == 3.0


DATES = st.from_regex(
    r"\A([A-Z][a-z]{2}, )?\d{1,3} [A-Z][a-z]{2} \d{1,5} \d{1,3}:\d{1,3}(:\d\d)?( GMT| [+-]\d{4})?\Z"
)


@given(st.text() | DATES)
def test_no_retry_after_raises_or_is_beyond_belief(value: str) -> None:
    seconds = from_http(503, {RETRY_AFTER: value}, NOW).retry_after
    assert seconds is None or 0 <= seconds <= 86_400


CODES: list[tuple[int | None, str, str]] = [
    (None, "network", "connection_lost"),
    (1000, "normal_close", "closed_1000"),
    (1001, "network", "closed_1001"),
    (1002, "protocol_error", "closed_1002"),
    (1003, "protocol_error", "closed_1003"),
    (1005, "network", "closed_1005"),
    (1006, "network", "closed_1006"),
    (1007, "protocol_error", "closed_1007"),
    (1008, "protocol_error", "closed_1008"),
    (1009, "protocol_error", "closed_1009"),
    (1010, "protocol_error", "closed_1010"),
    (1011, "network", "closed_1011"),
    (1012, "server_busy", "closed_1012"),
    (1013, "server_busy", "closed_1013"),
    (1014, "network", "closed_1014"),
    (1015, "network", "closed_1015"),
    (3000, "auth_rejected", "closed_3000"),
    (3003, "auth_rejected", "closed_3003"),
    (3008, "network", "closed_3008"),
    (4001, "network", "closed_4001"),
]


@pytest.mark.parametrize(("code", "kind", "name"), CODES)
def test_a_close_code_has_its_cause(code: int | None, kind: str, name: str) -> None:
    cause = from_close(code, "")
    assert (cause.kind, cause.name, cause.code) == (kind, name, code)


def test_a_spec_can_say_what_its_service_means_by_a_code() -> None:
    overrides = {4001: CauseKind.TAKEN, 1000: CauseKind.NETWORK}
    assert from_close(4001, "", overrides).kind is CauseKind.TAKEN
    assert from_close(1000, "", overrides).kind is CauseKind.NETWORK
    assert from_close(1012, "", overrides).kind is CauseKind.BUSY


def test_the_detail_tells_code_meaning_and_reason() -> None:
    detail = from_close(1012, "back\nsoon").detail
    assert detail == "closed with 1012 (service restart): back\\nsoon"


@given(st.none() | st.integers(0, 65_535), st.text())
def test_any_close_has_one_printable_line(code: int | None, reason: str) -> None:
    detail = from_close(code, reason).detail
    assert detail.isprintable()
    assert len(detail) <= 200
