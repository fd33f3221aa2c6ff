"""`holdfast doctor` and what servers answer: handshakes, clocks, proxies."""

import email.utils
import time
from collections.abc import Callable
from typing import Any

import pytest

from holdfast.testing import (
    RawPeer,
    RawServer,
    close_frame,
    never_answer,
    redirect,
    respond,
    unavailable,
)
from tests.console.examining import Examine, Findings, of, url, verdicts

# The handshake


@pytest.mark.parametrize(
    ("handshake", "verdict", "what", "advice"),
    [
        (respond(401), "fail", "HTTP 401", "credentials"),
        (respond(403), "fail", "HTTP 403", "credentials"),
        (respond(404), "fail", "HTTP 404", "check the path"),
        (respond(429, {"Retry-After": "17"}), "warn", "HTTP 429", "asks for 17 s: Retry-After"),
        (respond(429), "warn", "HTTP 429", "slow down"),
        (unavailable(30), "fail", "HTTP 503", "asks for 30 s: Retry-After"),
        (respond(500), "fail", "HTTP 500", "status page"),
        (
            redirect("wss://new.example/?token=abc", 301),
            "fail",
            "(HTTP 301) to new.example",
            "`url`",
        ),
        (never_answer(), "fail", "no answer within 2 s", "answers nothing"),
    ],
)
def test_a_refused_handshake_is_explained(
    answer: Callable[..., dict[str, Any]], handshake: Any, verdict: str, what: str, advice: str
) -> None:
    found = answer(handshake)
    assert found["verdict"] == verdict
    assert what in found["what"]
    assert advice in found["advice"]
    assert "token=abc" not in str(found)


def test_what_speaks_no_http_fails_at_the_handshake(examine: Examine) -> None:
    def other(peer: RawPeer) -> None:
        peer.send(b"220 mail.example ESMTP\x1b[31m\r\n")
        peer.hold()

    with RawServer(other) as server:
        found = of(examine(url(server)), "handshake")
    assert found["verdict"] == "fail"
    assert "does not speak HTTP" in found["what"]


def test_a_server_that_hangs_up_fails_at_the_handshake(examine: Examine) -> None:
    def hang_up(peer: RawPeer) -> None:
        peer.read_request()

    with RawServer(hang_up) as server:
        found = of(examine(url(server)), "handshake")
    assert found["verdict"] == "fail"
    assert "hung up" in found["advice"]


def test_the_handshake_has_the_headers_and_the_subprotocols_of_the_file(
    examine: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOLDFAST_TEST_KEY", "a good key")
    seen: list[dict[str, str]] = []

    def accept(peer: RawPeer) -> None:
        seen.append(peer.accept_handshake({"Sec-WebSocket-Protocol": "v2"}))
        peer.receive_frame()
        peer.send(close_frame(1000))

    with RawServer(accept) as server:
        findings = examine(
            f'{url(server, "/feed")}\nsubprotocols = ["v1", "v2"]\n'
            'headers = { X-Key = "env:HOLDFAST_TEST_KEY" }'
        )
    assert seen[0][""].startswith("GET /feed ")
    assert seen[0]["x-key"] == "a good key"
    assert of(findings, "handshake")["verdict"] == "ok"
    assert of(findings, "handshake")["what"].endswith("with v2")
    assert "a good key" not in str(findings)


def test_a_subprotocol_that_is_not_taken_fails(
    answer: Callable[..., dict[str, Any]],
) -> None:
    found = answer(None, 'subprotocols = ["v1", "v2"]')
    assert found["verdict"] == "fail"
    assert "the server took none of the subprotocols that were offered" in found["what"]
    assert "`subprotocols`" in found["advice"]


def test_a_server_that_closes_at_once_is_warned_of(examine: Examine) -> None:
    """What the peer says is shown escaped."""

    def close(peer: RawPeer) -> None:
        peer.accept_handshake(then=close_frame(4001, b"log in \x1b[31mfirst"))
        peer.hold()

    with RawServer(close) as server:
        found = of(examine(url(server)), "handshake")
    assert found["verdict"] == "warn"
    assert r"closed with 4001 (no registered meaning): log in \x1b[31mfirst" in found["what"]


def test_a_server_that_only_hangs_up_at_the_goodbye_is_ok(examine: Examine) -> None:
    def accept(peer: RawPeer) -> None:
        peer.accept_handshake()
        peer.receive_frame()

    with RawServer(accept) as server:
        assert of(examine(url(server)), "handshake")["verdict"] == "ok"


# The clock


@pytest.mark.parametrize(
    ("ahead", "verdict"), [(0.0, "ok"), (-10.0, "warn"), (10.0, "warn"), (-100.0, "fail")]
)
@pytest.mark.parametrize("status", [101, 404])
def test_the_clock_is_compared_with_the_servers(
    examine: Examine, ahead: float, verdict: str, status: int
) -> None:
    """By the header Date of any answer, granted or not."""

    def tell(peer: RawPeer) -> None:
        date = email.utils.formatdate(time.time() + ahead, usegmt=True)
        if status == 101:
            peer.accept_handshake({"Date": date})
            peer.receive_frame()
        else:
            peer.read_request()
            peer.send(f"HTTP/1.1 404 Not Found\r\nDate: {date}\r\n\r\n".encode())

    with RawServer(tell) as server:
        found = of(examine(url(server)), "clock")
    assert found["verdict"] == verdict
    assert ("ahead of" in found["what"]) == (ahead < 0)


@pytest.mark.parametrize("date", [None, "yesterday", "Fri, 99 Jan 2026 03:04:05 GMT"])
def test_without_a_date_nothing_is_claimed_of_the_clock(examine: Examine, date: str | None) -> None:
    def tell(peer: RawPeer) -> None:
        peer.accept_handshake({} if date is None else {"Date": date})
        peer.receive_frame()

    with RawServer(tell) as server:
        checks = [each["check"] for each in examine(url(server))]
    assert "handshake" in checks
    assert "clock" not in checks


# Proxies


def test_the_way_through_a_proxy_is_gone_and_told(
    examine: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS and TCP are the proxy's; then it is asked for a tunnel, and here it refuses."""

    def refuse(peer: RawPeer) -> None:
        peer.read_request()
        peer.send(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
        peer.hold()

    with RawServer(refuse) as proxy:
        findings = through(proxy, "refused.example", examine, monkeypatch)
    assert verdicts(findings) == [
        ("proxy", "ok"),
        ("dns", "ok"),
        ("tcp", "ok"),
        ("proxy", "fail"),
    ]
    assert "HTTP 407" in findings[-1]["what"]
    assert "no_proxy" in findings[-1]["advice"]


def test_a_proxy_that_gives_a_tunnel_leads_to_the_server(
    examine: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tunnel(peer: RawPeer) -> None:
        peer.read_request()
        peer.send(b"HTTP/1.1 200 OK\r\n\r\n")
        peer.accept_handshake()
        peer.receive_frame()

    with RawServer(tunnel) as proxy:
        findings = through(proxy, "granted.example", examine, monkeypatch)
    assert [verdict for _, verdict in verdicts(findings)] == ["ok"] * 6
    assert findings[-1]["subject"] == "granted.example:80"


def through(
    proxy: RawServer, host: str, examine: Examine, monkeypatch: pytest.MonkeyPatch
) -> Findings:
    """Examine a host that is reached through a proxy; the environment is read once for each."""
    for name in ("no_proxy", "NO_PROXY", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
    return examine(f'url = "ws://{host}"')
