"""The verbs of a script, each proved on a real socket by a client that knows nothing of the kit."""

import asyncio
import socket
import ssl
from typing import TYPE_CHECKING

import pytest
from websocket import (
    ABNF,
    WebSocketConnectionClosedException,
)

from holdfast.testing import (
    ScriptedServer,
    ScriptError,
    Session,
    UnexpectedMessageError,
    echo,
    refuse_auth,
)

if TYPE_CHECKING:
    from tests.testing.conftest import Client, Connect


def test_accept_tells_what_was_granted(connect: "Connect") -> None:
    async def script(session: Session) -> None:
        request = await session.expect_auth()
        await session.accept(expires_in=3, expires_at=1_800_000_000, token=str(request["key"]))
        await session.expect_auth()
        await session.accept()

    with ScriptedServer(script) as server:
        client = connect(server.url)
        client.send('{"type": "auth", "key": "k"}')
        granted = client.hear()
        client.send('{"type": "auth"}')
        renewed = client.hear()

        assert granted == {
            "type": "auth_success",
            "expires_in": 3,
            "expires_at": 1_800_000_000,
            "token": "k",
        }
        assert renewed == {"type": "auth_success"}
        assert client.close_code() == (1000, "")
        assert server.counters.auths_accepted == 2


def test_refuse_tells_why_and_leaves_the_connection_open(connect: "Connect") -> None:
    with ScriptedServer(refuse_auth) as server:
        client = connect(server.url)
        for _ in range(2):
            client.send('{"type": "auth"}')
            answer = client.hear()
            assert answer == {"type": "auth_error", "reason": "invalid_credentials"}

        assert server.counters.auths_refused == 2
        assert not server.sessions[0].authenticated


@pytest.mark.parametrize("message", ['{"op": "subscribe"}', "no JSON", "[1]", b"\xff"])
def test_a_client_that_speaks_before_its_login_fails_the_script(
    connect: "Connect", message: str | bytes
) -> None:
    async def script(session: Session) -> None:
        await session.expect_auth()

    def speak(client: "Client") -> tuple[int, str]:
        client.send(message)
        return client.close_code()

    with pytest.raises(ScriptError) as caught, ScriptedServer(script) as server:
        assert speak(connect(server.url)) == (1011, "the script failed")

    assert isinstance(caught.value.__cause__, UnexpectedMessageError)


def test_publish_sends_text_binary_and_json(connect: "Connect") -> None:
    async def script(session: Session) -> None:
        await session.publish("text")
        await session.publish(b"\x00\xff")
        await session.publish({"n": [1, None]})

    with ScriptedServer(script) as server:
        client = connect(server.url)

        assert client.frame() == (ABNF.OPCODE_TEXT, b"text")
        assert client.frame() == (ABNF.OPCODE_BINARY, b"\x00\xff")
        assert client.frame() == (ABNF.OPCODE_TEXT, b'{"n":[1,null]}')
        assert server.counters.messages_out == 3


def test_publish_every_numbers_its_messages_and_ends(connect: "Connect") -> None:
    async def script(session: Session) -> None:
        await session.publish_every(0.001, "same", times=2)
        await session.publish_every(0.001, lambda number: {"n": number}, times=2)

    with ScriptedServer(script) as server:
        client = connect(server.url)

        assert [client.recv() for _ in range(4)] == ["same", "same", '{"n":1}', '{"n":2}']
        assert client.close_code() == (1000, "")


def test_echo_returns_every_message_in_its_kind_and_whole(connect: "Connect") -> None:
    with ScriptedServer(echo) as server:
        client = connect(server.url)
        client.send("é")
        client.send(b"\xff")
        client.send_frame(ABNF.OPCODE_TEXT, b"\xc3", fin=False)
        client.send_frame(ABNF.OPCODE_CONT, b"\xa9")
        client.send("x" * 200_000)

        assert client.frame() == (ABNF.OPCODE_TEXT, "é".encode())
        assert client.frame() == (ABNF.OPCODE_BINARY, b"\xff")
        assert client.frame() == (ABNF.OPCODE_TEXT, "é".encode())
        assert len(client.recv()) == 200_000


def test_text_that_is_no_utf8_is_refused_with_1007(connect: "Connect") -> None:
    with ScriptedServer(echo) as server:
        client = connect(server.url)
        client.send_frame(ABNF.OPCODE_TEXT, b"\xff")

        assert client.close_code()[0] == 1007


def test_close_sends_its_code_and_reason(connect: "Connect") -> None:
    async def script(session: Session) -> None:
        await session.close(1012, "service restart")

    with ScriptedServer(script) as server:
        client = connect(server.url)
        assert client.close_code() == (1012, "service restart")
        client.leave()
        server.wait_for(0)


def test_a_script_is_cancelled_when_its_client_leaves(connect: "Connect") -> None:
    ended = asyncio.Event()

    async def script(session: Session) -> None:
        session.spawn(wait_for_ever())
        await wait_for_ever()

    async def wait_for_ever() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            ended.set()

    with ScriptedServer(script) as server:
        client = connect(server.url)
        server.wait_for(1)
        client.leave()
        server.wait_for(0)

    assert ended.is_set()


def test_a_task_beside_the_script_fails_it(connect: "Connect") -> None:
    async def fail() -> None:
        raise LookupError("beside")

    async def script(session: Session) -> None:
        session.spawn(fail())
        await session.echo()

    with pytest.raises(ScriptError, match="beside"), ScriptedServer(script) as server:
        assert connect(server.url).close_code()[0] == 1011


def test_what_arrives_behind_the_handshake_at_once_is_not_lost() -> None:
    with (
        ScriptedServer(echo) as server,
        socket.create_connection(("127.0.0.1", server.port)) as tcp,
    ):
        frame = ABNF.create_frame("early", ABNF.OPCODE_TEXT).format()
        tcp.sendall(
            b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
            + frame
        )
        server.wait_for(lambda it: it.counters.messages_out == 1)

        assert server.received == ((1, "early"),)


def test_a_ping_waits_until_the_client_has_read_what_came_before(connect: "Connect") -> None:
    steps: list[str] = []

    async def script(session: Session) -> None:
        await session.publish("one")
        await session.ping()
        steps.append("answered")
        await session.publish("two")

    with ScriptedServer(script) as server:
        client = connect(server.url)
        assert not steps
        # The client answers a ping as it comes upon it: behind "one", on its way to "two".
        assert [client.recv(), client.recv()] == ["one", "two"]
        assert steps == ["answered"]


def test_every_verb_works_inside_tls(
    connect: "Connect", server_tls: ssl.SSLContext, client_tls: ssl.SSLContext
) -> None:
    with ScriptedServer(echo, ssl_context=server_tls) as server:
        assert server.url.startswith("wss://")
        first, second = (
            connect(f"{server.url}/{name}", sslopt={"context": client_tls}) for name in "ab"
        )
        first.send("x")
        assert first.recv() == "x"

        server.cut_all(where=lambda session: session.name == "a")
        with pytest.raises((ConnectionResetError, WebSocketConnectionClosedException)):
            first.recv()
        server.close_all(4000, where=lambda session: session.name == "b")
        assert second.close_code()[0] == 4000
