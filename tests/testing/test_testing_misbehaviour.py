"""What a script does to its client that no well-behaved server does, proved on real sockets."""

import socket
from typing import TYPE_CHECKING

import pytest
from websocket import ABNF, WebSocketConnectionClosedException, WebSocketTimeoutException

from holdfast.testing import ScriptedServer, Session, echo, silent

if TYPE_CHECKING:
    from tests.testing.conftest import Connect


def test_a_live_script_answers_pings_and_a_silent_one_doesnt(connect: "Connect") -> None:
    with ScriptedServer(echo) as server:
        client = connect(server.url)
        client.send_frame(ABNF.OPCODE_PING, b"p")
        assert client.frame() == (ABNF.OPCODE_PONG, b"p")

        server.silence_all()
        client.patience(0.1)
        client.send_frame(ABNF.OPCODE_PING, b"p")
        client.send("x")
        server.publish_all("y")
        with pytest.raises(WebSocketTimeoutException):
            client.frame()

        assert server.received == ()
        assert len(server.sessions) == 1


def test_the_silent_script_notices_all_the_same_that_its_client_leaves(connect: "Connect") -> None:
    with ScriptedServer(silent) as server:
        client = connect(server.url)
        server.wait_for(1)
        client.leave()
        server.wait_for(0)


def test_a_client_reads_half_a_frame_and_then_nothing(connect: "Connect") -> None:
    async def script(session: Session) -> None:
        await session.break_mid_frame()

    with ScriptedServer(script) as server:
        client = connect(server.url)
        head = read_exactly(client.tcp, 44)
        client.patience(0.1)

        assert head[:4] == b"\x81\x7e\x00\x80"
        with pytest.raises(TimeoutError):
            client.tcp.recv(1)


def test_a_client_reads_half_a_frame_and_then_the_end(connect: "Connect") -> None:
    async def script(session: Session) -> None:
        await session.break_mid_frame(cut=True)

    with ScriptedServer(script) as server:
        client = connect(server.url)

        assert len(read_exactly(client.tcp, 44)) == 44
        assert client.tcp.recv(1) == b""
        server.wait_for(0)


def test_cut_resets_the_connection(connect: "Connect") -> None:
    async def script(session: Session) -> None:
        await session.cut()

    with ScriptedServer(script) as server, pytest.raises(ConnectionResetError):
        connect(server.url).recv()


def test_cut_without_reset_ends_it_with_fin_and_no_close_frame(connect: "Connect") -> None:
    async def script(session: Session) -> None:
        await session.publish("last")
        await session.cut(reset=False)

    with ScriptedServer(script) as server:
        client = connect(server.url)

        assert client.recv() == "last"
        with pytest.raises(WebSocketConnectionClosedException):
            client.recv()


def test_send_raw_writes_past_the_protocol(connect: "Connect") -> None:
    async def script(session: Session) -> None:
        await session.send_raw(b"\x81\x02hi")
        await session.fall_silent()

    with ScriptedServer(script) as server:
        assert connect(server.url).recv() == "hi"


def test_a_server_that_stops_reading_pushes_back_on_its_client(connect: "Connect") -> None:
    async def script(session: Session) -> None:
        await session.stop_reading()
        await session.publish("stopped")
        await session.receive()

    with ScriptedServer(script) as server:
        client = connect(server.url)
        assert client.recv() == "stopped"
        client.patience(0.2)
        with pytest.raises(WebSocketTimeoutException):
            client.send(bytes(64 * 1024 * 1024))


def read_exactly(tcp: socket.socket, size: int) -> bytes:
    """Read so many bytes, or fewer if the connection ends before."""
    data = b""
    while len(data) < size and (more := tcp.recv(size - len(data))):
        data += more
    return data
