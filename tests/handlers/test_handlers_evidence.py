"""What was observed gets the one cause that the design's table knows for it."""

import errno
import socket
import ssl
import time

import pytest
import websocket
from hypothesis import given
from hypothesis import strategies as st

from holdfast.handlers.cause import Cause, CauseKind
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
    (OSError(errno.ENFILE, "too many"), "network", "too_many_open_files"),
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
    detail = f"the handshake was answered with HTTP {status}"
    expected = Cause(CauseKind(kind), f"http_{status}", detail, status)
    assert from_http(status, {}, NOW) == expected


RETRY_AFTERS: list[tuple[str, float | None]] = [
    ("0", 0.0),
    ("120", 120.0),
    (" 120 ", 120.0),
    ("9" * 400, 86_400.0),
    ("Fri, 01 Jan 2027 00:00:00 GMT", 86_400.0),
    ("Thu, 01 Jan 2026 00:02:00 GMT", 120.0),
    ("Thu, 01 Jan 2026 00:02:00", 120.0),
    ("Thursday, 01-Jan-26 00:02:00 GMT", 120.0),
    ("Thu, 01 Jan 2026 01:02:00 +0100", 120.0),
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


def test_a_date_without_a_zone_is_gmt_wherever_this_machine_stands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    try:
        monkeypatch.setenv("TZ", "America/New_York")
        time.tzset()
        assert from_http(503, {RETRY_AFTER: "Thu, 01 Jan 2026 00:02:00"}, NOW).retry_after == 120.0
    finally:
        monkeypatch.undo()
        time.tzset()


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


CODES: list[tuple[int, str, str]] = [
    (1000, "normal_close", "normal closure"),
    (1001, "network", "going away"),
    (1002, "protocol_error", "protocol error"),
    (1003, "protocol_error", "unsupported data"),
    (1005, "network", "no code"),
    (1006, "network", "no close frame"),
    (1007, "protocol_error", "invalid payload"),
    (1008, "protocol_error", "policy violation"),
    (1009, "protocol_error", "message too big"),
    (1010, "protocol_error", "extension missing"),
    (1011, "network", "internal error"),
    (1012, "server_busy", "service restart"),
    (1013, "server_busy", "try again later"),
    (1014, "network", "bad gateway"),
    (1015, "network", "no registered meaning"),
    (3000, "auth_rejected", "unauthorized"),
    (3003, "auth_rejected", "forbidden"),
    (3008, "network", "no registered meaning"),
    (4001, "network", "no registered meaning"),
]


@pytest.mark.parametrize(("code", "kind", "meaning"), CODES)
def test_a_close_code_has_its_cause(code: int, kind: str, meaning: str) -> None:
    detail = f"closed with {code} ({meaning})"
    assert from_close(code, "") == Cause(CauseKind(kind), f"closed_{code}", detail, code)


def test_an_end_without_a_close_frame_is_the_networks() -> None:
    detail = "the stream ended without a close frame"
    assert from_close(None, "") == Cause(CauseKind.NETWORK, "connection_lost", detail)


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
