"""`holdfast doctor` and real servers on loopback: the whole way, and many connections."""

import threading

import pytest

from holdfast.testing import (
    FullBacklog,
    HandshakeRequest,
    HttpAnswer,
    ScriptedServer,
    echo,
    respond,
)
from tests.console.examining import Examine, url, verdicts

# The whole way


def test_a_healthy_server_is_ok_at_every_step(examine: Examine) -> None:
    with ScriptedServer(echo) as server:
        findings = examine(url(server))

    assert verdicts(findings) == [
        ("dns", "ok"),
        ("tcp", "ok"),
        ("tls", "ok"),
        ("handshake", "ok"),
        ("clock", "ok"),
    ]
    assert {each["first"] for each in findings} == {"c1"}


def test_doctor_says_goodbye_and_sends_no_login(
    examine: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection would log in here; the server hears a close frame with 1000 instead."""
    monkeypatch.setenv("HOLDFAST_TEST_TOKEN", "a good token")
    with ScriptedServer(echo) as server:
        examine(f'{url(server)}\nauth = {{ kind = "token", token = "env:HOLDFAST_TEST_TOKEN" }}')
        server.wait_for(lambda each: not each.sessions)
        assert server.received == ()
        assert [session.close_code for session in server.history] == [1000]


def test_a_missing_secret_of_a_login_does_not_hold_up_the_network(examine: Examine) -> None:
    with ScriptedServer(echo) as server:
        table = 'auth = { kind = "token", token = "env:HOLDFAST_TEST_TOKEN" }'
        findings = examine(f"{url(server)}\n{table}")

    assert ("handshake", "ok") in verdicts(findings)
    assert findings[0]["subject"] == "env:HOLDFAST_TEST_TOKEN"
    assert findings[0]["verdict"] == "fail"


def test_a_missing_secret_of_a_header_leaves_the_connection_out(examine: Examine) -> None:
    """Without it the handshake would be another one than the fleet's."""
    with ScriptedServer(echo) as server:
        findings = examine(f'{url(server)}\nheaders = {{ X-Key = "env:HOLDFAST_TEST_NONE" }}')
        assert server.counters.dials == 0
    assert verdicts(findings) == [("secret", "fail")]


# DNS and TCP


def test_a_host_that_does_not_exist_fails_at_dns(examine: Examine) -> None:
    findings = examine('url = "ws://nobody.invalid"')
    assert verdicts(findings) == [("dns", "fail")]
    assert "spelling" in findings[0]["advice"]


def test_a_port_where_nobody_listens_fails_at_tcp(examine: Examine) -> None:
    with ScriptedServer(echo) as server:
        gone = url(server)
    findings = examine(gone)

    assert verdicts(findings) == [("dns", "ok"), ("tcp", "fail")]
    assert "nobody listens there" in findings[1]["advice"]


def test_a_host_that_drops_what_it_is_sent_fails_at_tcp_in_time(examine: Examine) -> None:
    with FullBacklog() as dead:
        findings = examine(f'url = "ws://127.0.0.1:{dead.port}"', timeout=0.5)

    assert verdicts(findings) == [("dns", "ok"), ("tcp", "fail")]
    assert "no answer within 0.5 s" in findings[1]["what"]
    assert "firewall" in findings[1]["advice"]


def test_a_dead_host_holds_up_no_other(examine: Examine) -> None:
    """The second host is asked while the first one waits, which it does until then."""
    asked = threading.Event()

    def wait_for_the_other(request: HandshakeRequest) -> None:
        del request
        assert asked.wait(10.0)

    def tell(request: HandshakeRequest) -> None:
        del request
        asked.set()

    with (
        ScriptedServer(echo, handshake=wait_for_the_other) as first,
        ScriptedServer(echo, handshake=tell) as second,
    ):
        findings = examine(url(first), url(second))
    assert [each["verdict"] for each in findings if each["check"] == "handshake"] == ["ok", "ok"]


# Many connections


def test_connections_that_ask_alike_are_checked_once(examine: Examine) -> None:
    with ScriptedServer(echo) as server:
        findings = examine(*[url(server, "/same")] * 7)
        assert server.counters.dials == 1
    assert {(each["first"], each["connections"]) for each in findings} == {("c1", 7)}


def test_paths_and_headers_that_differ_are_asked_once_each(examine: Examine) -> None:
    def refuse_b(request: HandshakeRequest) -> HttpAnswer | None:
        return respond(404) if request.path == "/b" else None

    with ScriptedServer(echo, handshake=refuse_b) as server:
        findings = examine(
            *[url(server, "/a")] * 2, url(server, "/b"), url(server, "/a") + "\nheaders.X-A = '1'"
        )
    asked = [each for each in findings if each["check"] == "handshake"]
    assert [(each["verdict"], each["first"], each["connections"]) for each in asked] == [
        ("ok", "c1", 2),
        ("fail", "c3", 1),
        ("ok", "c4", 1),
    ]
    assert [each["check"] for each in findings].count("tcp") == 1


def test_a_host_is_not_stormed_by_a_fleet_of_different_paths(examine: Examine) -> None:
    with ScriptedServer(echo) as server:
        findings = examine(*[url(server, f"/{number}") for number in range(50)])
        assert server.counters.dials == 5
    assert findings[-1]["what"].startswith("45 more that differ in path")


def test_a_host_that_asks_for_time_is_not_asked_again(examine: Examine) -> None:
    with ScriptedServer(echo, handshake=respond(429, {"Retry-After": "9"})) as server:
        examine(url(server, "/a"), url(server, "/b"))
        assert server.counters.dials == 1
