"""`holdfast doctor` and real servers on loopback: each step's verdict, and what to do."""

import email.utils
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
import trustme

from holdfast.testing import (
    FullBacklog,
    HandshakeRequest,
    HttpAnswer,
    RawPeer,
    RawServer,
    ScriptedServer,
    close_frame,
    echo,
    never_answer,
    redirect,
    respond,
    unavailable,
)

if TYPE_CHECKING:
    from tests.console.conftest import Call

Findings: TypeAlias = list[dict[str, Any]]
Examine: TypeAlias = Callable[..., Findings]


@pytest.fixture
def examine(call: "Call", fleet_file: Path, monkeypatch: pytest.MonkeyPatch) -> Examine:
    """Examine connections, each the text of its table; return what was found on the network."""
    monkeypatch.setenv("no_proxy", "*")

    def run(*tables: str, timeout: float = 10.0) -> Findings:
        fleet_file.write_text(
            "".join(
                f'[[connection]]\nname = "c{number}"\n{table}\n'
                for number, table in enumerate(tables, start=1)
            )
        )
        code, out, err = call("doctor", fleet_file.name, "--json", "--timeout", str(timeout))
        report = json.loads(out)
        assert (code, err) == (int(report["fail"] > 0), "")
        findings: Findings = report["findings"]
        return [each for each in findings if ":" in each["subject"] or each["check"] == "dns"]

    return run


def of(findings: Findings, check: str) -> dict[str, Any]:
    (found,) = [each for each in findings if each["check"] == check]
    return found


def verdicts(findings: Findings) -> list[tuple[str, str]]:
    return [(each["check"], each["verdict"]) for each in findings]


def url(server: ScriptedServer | RawServer, path: str = "/") -> str:
    return f'url = "{server.url}{path}"'


@pytest.fixture
def answer(examine: Examine) -> Callable[..., dict[str, Any]]:
    """Have a handshake answered; return the finding."""

    def run(handshake: Any, table: str = "") -> dict[str, Any]:
        with ScriptedServer(echo, handshake=handshake) as server:
            return of(examine(f"{url(server)}\n{table}", timeout=2.0), "handshake")

    return run


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


# TLS


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secure(authority: trustme.CA, fleet_file: Path) -> Iterator[Callable[..., str]]:
    """Serve with a certificate; return a table that trusts its authority."""
    authority.cert_pem.write_to_path(str(fleet_file.with_name("ca.pem")))
    with ExitStack() as stack:

        def start(name: str = "127.0.0.1", days: float = 90.0, begins: float = -100.0) -> str:
            now = datetime.now(UTC)
            certificate = authority.issue_cert(
                name, not_before=now + timedelta(begins), not_after=now + timedelta(days)
            )
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            # trustme's types name a context of pyOpenSSL, which is not installed.
            certificate.configure_cert(context)  # pyright: ignore[reportUnknownMemberType]
            server = stack.enter_context(ScriptedServer(echo, ssl_context=context))
            return f'{url(server)}\ntls.ca_file = "ca.pem"'

        yield start


def test_a_good_certificate_is_ok_with_its_days(
    examine: Examine, secure: Callable[..., str]
) -> None:
    findings = examine(secure())
    tls = of(findings, "tls")
    assert tls["verdict"] == "ok"
    assert tls["what"].startswith("TLSv1.3 in ")
    assert tls["what"].endswith("verified; 90 days to expiry")
    assert of(findings, "handshake")["verdict"] == "ok"


def test_a_certificate_that_ends_soon_is_warned_of(
    examine: Examine, secure: Callable[..., str]
) -> None:
    findings = examine(secure(days=20.5))
    assert of(findings, "tls")["verdict"] == "warn"
    assert "expires in 20 days" in of(findings, "tls")["what"]
    assert of(findings, "handshake")["verdict"] == "ok"


@pytest.mark.parametrize(
    ("certificate", "what", "advice"),
    [
        ({"days": -1.0}, "certificate has expired", "tell the service"),
        ({"begins": 1.0, "days": 2.0}, "not yet valid", "this machine's clock"),
        ({"name": "127.0.0.2"}, "IP address mismatch", "write a name"),
        ({"name": "elsewhere.example"}, "IP address mismatch", "write a name"),
    ],
)
def test_a_certificate_that_is_not_to_be_trusted_fails(
    examine: Examine,
    secure: Callable[..., str],
    certificate: dict[str, Any],
    what: str,
    advice: str,
) -> None:
    findings = examine(secure(**certificate))
    assert verdicts(findings)[-1] == ("tls", "fail")
    assert what in findings[-1]["what"]
    assert advice in findings[-1]["advice"]


def test_a_certificate_for_another_name_fails(examine: Examine, secure: Callable[..., str]) -> None:
    table = secure(name="elsewhere.example").replace("127.0.0.1", "localhost")
    tls = of(examine(table), "tls")
    assert tls["verdict"] == "fail"
    assert "Hostname mismatch" in tls["what"]
    assert "the host in `url`" in tls["advice"]


def test_an_unknown_authority_fails_and_says_where_to_name_it(
    examine: Examine, secure: Callable[..., str]
) -> None:
    table, _, _ = secure().partition("\n")
    tls = of(examine(table), "tls")
    assert tls["verdict"] == "fail"
    assert "tls.ca_file" in tls["advice"]


def test_verification_that_is_switched_off_is_warned_of(
    examine: Examine, secure: Callable[..., str]
) -> None:
    findings = examine(f"{secure(name='other', days=-1.0)}\ntls.verify = false")
    assert of(findings, "tls")["verdict"] == "warn"
    assert of(findings, "handshake")["verdict"] == "ok"


def test_a_port_that_speaks_no_tls_fails_at_tls(examine: Examine) -> None:
    with RawServer(lambda peer: peer.send(b"SSH-2.0-OpenSSH_9.6\r\n")) as server:
        findings = examine(f'url = "wss://127.0.0.1:{server.port}"')
    assert verdicts(findings)[-1] == ("tls", "fail")


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
