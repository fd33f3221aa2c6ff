"""RawServer: bytes that no WebSocket library would send, and how a client is hurt by them."""

import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from websocket import (
    ABNF,
    WebSocketException,
    WebSocketPayloadException,
    WebSocketProtocolException,
    WebSocketTimeoutException,
)

from holdfast.testing import (
    FullBacklog,
    PeerGoneError,
    RawFrame,
    RawPeer,
    RawServer,
    close_frame,
    encode_frame,
)
from holdfast.testing.frames import BINARY, PING, TEXT

if TYPE_CHECKING:
    from tests.testing.conftest import Connect

Handler = Callable[[RawPeer], None]


def after_handshake(data: bytes) -> Handler:
    """Return a handler that opens the WebSocket, sends bytes and holds the connection."""

    def handler(peer: RawPeer) -> None:
        peer.accept_handshake(then=data)
        peer.hold()

    return handler


def test_garbage_in_place_of_a_handshake(connect: "Connect") -> None:
    def handler(peer: RawPeer) -> None:
        peer.read_request()
        peer.send(b"\x00\xffgarbage\r\n\r\n")

    with RawServer(handler) as server, pytest.raises(WebSocketException):
        connect(server.url)


def test_a_handshake_with_the_wrong_key(connect: "Connect") -> None:
    def handler(peer: RawPeer) -> None:
        peer.accept_handshake({"Sec-WebSocket-Accept": "wrong"})

    with RawServer(handler) as server, pytest.raises(WebSocketException, match="WebSocket Header"):
        connect(server.url)


def test_a_connection_that_is_accepted_and_never_answered(connect: "Connect") -> None:
    with RawServer(RawPeer.hold) as server, pytest.raises(WebSocketTimeoutException):
        connect(server.url, timeout=0.1)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (encode_frame(TEXT, b"\xff\xfe"), WebSocketPayloadException),
        (encode_frame(3), WebSocketProtocolException),
        (encode_frame(TEXT, b"x", reserved=4), WebSocketProtocolException),
        (encode_frame(PING, b"x", fin=False), WebSocketProtocolException),
        (encode_frame(PING, b"x" * 126), WebSocketProtocolException),
        (close_frame(1005), WebSocketProtocolException),
        (close_frame(99), WebSocketProtocolException),
        (close_frame(1000, b"\xff"), WebSocketProtocolException),
    ],
)
def test_frames_that_are_against_the_rules(
    connect: "Connect", data: bytes, error: type[Exception]
) -> None:
    with RawServer(after_handshake(data)) as server, pytest.raises(error):
        connect(server.url).recv()


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_lengths_are_written_in_their_shortest_form(connect: "Connect", size: int) -> None:
    data = encode_frame(BINARY, bytes(size))

    assert len(data) - size == (2 if size < 126 else 4 if size < 65_536 else 10)
    with RawServer(after_handshake(data)) as server:
        assert connect(server.url).frame() == (ABNF.OPCODE_BINARY, bytes(size))


def test_a_masked_frame_from_a_server_unmasks_to_its_payload(connect: "Connect") -> None:
    data = encode_frame(TEXT, b"masked", masked=True)

    assert data[1] & 0x80
    with RawServer(after_handshake(data)) as server:
        assert connect(server.url).recv() == "masked"


def test_an_empty_close_frame_has_no_code(connect: "Connect") -> None:
    with RawServer(after_handshake(close_frame(None))) as server:
        opcode, payload = connect(server.url).frame()

        assert (opcode, payload) == (ABNF.OPCODE_CLOSE, b"")


@pytest.mark.parametrize("size", [0, 3, 126, 70_000])
def test_a_clients_frames_are_read_and_unmasked(connect: "Connect", size: int) -> None:
    frames: list[RawFrame] = []

    def handler(peer: RawPeer) -> None:
        assert peer.accept_handshake()[""].startswith("GET /name HTTP/1.1")
        frames.append(peer.receive_frame())
        peer.send_frame(TEXT, b"seen")
        peer.hold()

    with RawServer(handler) as server:
        client = connect(f"{server.url}/name")
        client.send(b"\x5a" * size)
        assert client.recv() == "seen"

    assert frames == [RawFrame(BINARY, b"\x5a" * size, fin=True, masked=True)]


def test_half_a_frame_is_no_message(connect: "Connect") -> None:
    def handler(peer: RawPeer) -> None:
        peer.accept_handshake()
        peer.send_half_frame(b"abcd")
        peer.hold()

    with RawServer(handler) as server:
        client = connect(server.url)
        assert client.tcp.recv(2) == b"\x81\x04"
        assert client.tcp.recv(2) == b"ab"
        client.patience(0.05)
        with pytest.raises(TimeoutError):
            client.tcp.recv(1)


def test_a_frame_that_drips_takes_its_time(connect: "Connect") -> None:
    def handler(peer: RawPeer) -> None:
        peer.accept_handshake()
        peer.receive_frame()
        peer.drip(encode_frame(TEXT, b"12345678"), 0.01, size=2)
        peer.hold()

    with RawServer(handler) as server:
        client = connect(server.url)
        began = time.monotonic()
        # The drip waits for this: it could begin before the clock is read otherwise.
        client.send("go")

        assert client.recv() == "12345678"
        assert time.monotonic() - began >= 0.04


def test_reset_ends_the_connection_with_rst(connect: "Connect") -> None:
    def handler(peer: RawPeer) -> None:
        peer.accept_handshake()
        peer.receive_frame()
        peer.reset()

    with RawServer(handler) as server:
        client = connect(server.url)
        client.send("go")
        with pytest.raises(ConnectionResetError):
            client.recv()


def test_what_a_handler_asserts_fails_the_test(connect: "Connect") -> None:
    def handler(peer: RawPeer) -> None:
        peer.accept_handshake()
        raise AssertionError("the handler's own")

    with pytest.raises(AssertionError, match="the handler's own"), RawServer(handler) as server:
        connect(server.url)


def test_a_handler_learns_that_its_client_is_gone(connect: "Connect") -> None:
    learnt: list[str] = []

    def handler(peer: RawPeer) -> None:
        peer.accept_handshake()
        try:
            peer.receive(1)
        except PeerGoneError:
            learnt.append("gone")

    with RawServer(handler) as server:
        connect(server.url).leave()

    assert learnt == ["gone"]


def test_stopping_ends_handlers_that_block() -> None:
    with (
        RawServer(RawPeer.hold) as server,
        socket.create_connection(("127.0.0.1", server.port)),
        socket.create_connection(("127.0.0.1", server.port)),
    ):
        pass


def test_a_full_backlog_neither_accepts_nor_refuses() -> None:
    with FullBacklog() as port, socket.socket() as client:
        client.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.connect(("127.0.0.1", port.port))
