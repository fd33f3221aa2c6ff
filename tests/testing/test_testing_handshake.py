"""What a server may answer to a handshake, as a client sees it."""

from typing import TYPE_CHECKING, Any

import pytest
from websocket import WebSocketBadStatusException, WebSocketTimeoutException

from holdfast.testing import (
    HandshakeRequest,
    HttpAnswer,
    ScriptedServer,
    ScriptError,
    echo,
    first,
    never_answer,
    redirect,
    respond,
    unavailable,
)

if TYPE_CHECKING:
    from tests.testing.conftest import Connect


@pytest.mark.parametrize(
    ("answer", "status", "header", "value"),
    [
        (respond(401, {"WWW-Authenticate": "Bearer"}), 401, "www-authenticate", "Bearer"),
        (respond(403), 403, "content-length", "0"),
        (respond(520, body="edge"), 520, "content-length", "4"),
        (unavailable(2), 503, "retry-after", "2"),
        (
            unavailable("Fri, 31 Dec 1999 23:59:59 GMT"),
            503,
            "retry-after",
            "Fri, 31 Dec 1999 23:59:59 GMT",
        ),
        (unavailable(), 503, "content-length", "0"),
    ],
)
def test_a_handshake_is_refused_as_told(
    connect: "Connect", answer: HttpAnswer, status: int, header: str, value: str
) -> None:
    with ScriptedServer(echo, handshake=answer) as server:
        with pytest.raises(WebSocketBadStatusException) as caught:
            connect(server.url)

        refusal: Any = caught.value
        assert refusal.status_code == status
        assert refusal.resp_headers[header] == value
        assert server.counters.refused_handshakes == 1
        assert server.counters.connections == 0


def test_a_redirect_leads_elsewhere(connect: "Connect") -> None:
    with (
        ScriptedServer(echo) as target,
        ScriptedServer(echo, handshake=redirect(f"{target.url}/there", 307)) as server,
    ):
        client = connect(f"{server.url}/here")
        client.send("x")

        assert client.recv() == "x"
        assert [request.path for request in server.handshakes] == ["/here"]
        assert [session.path for session in target.sessions] == ["/there"]


def test_a_handshake_that_is_never_answered_leaves_the_client_waiting(connect: "Connect") -> None:
    with ScriptedServer(echo, handshake=never_answer()) as server:
        with pytest.raises(WebSocketTimeoutException):
            connect(server.url, timeout=0.1)

        assert len(server.handshakes) == 1
        assert server.sessions == ()


def test_only_the_first_handshakes_are_refused(connect: "Connect") -> None:
    with ScriptedServer(echo, handshake=first(2, unavailable(0))) as server:
        for _ in range(2):
            with pytest.raises(WebSocketBadStatusException):
                connect(server.url)
        connect(server.url)

        assert [request.attempt for request in server.handshakes] == [1, 2, 3]
        assert server.counters.refused_handshakes == 2


def test_a_handshake_may_be_chosen_by_what_the_client_shows(connect: "Connect") -> None:
    def with_key(request: HandshakeRequest) -> HttpAnswer | None:
        return None if request.headers.get("x-key") == "k" else respond(401)

    with ScriptedServer(echo, handshake=with_key) as server:
        with pytest.raises(WebSocketBadStatusException):
            connect(server.url)
        connect(server.url, header={"X-Key": "k"})

        assert server.counters.connections == 1


def test_a_choice_that_raises_is_answered_with_500_and_fails_the_test(connect: "Connect") -> None:
    def choose(request: HandshakeRequest) -> HttpAnswer:
        raise LookupError(request.path)

    with (
        pytest.raises(ScriptError, match="LookupError"),
        ScriptedServer(echo, handshake=choose) as server,
        pytest.raises(WebSocketBadStatusException, match="500"),
    ):
        connect(server.url)
