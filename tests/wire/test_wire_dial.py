"""The dial: real sockets, one generator, no thread."""

import socket
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.server import ServerConnection

from holdfast.actors.wire.dial import DialOptions, OpenStream, Target, dial
from holdfast.actors.wire.errors import StreamEndedError
from holdfast.actors.wire.frames import CloseFrame, encode
from holdfast.actors.wire.reader import FrameReader
from holdfast.actors.wire.resolver import Address, look_up
from holdfast.actors.wire.steps import READ, Steps
from holdfast.testing import FullBacklog

DIRECT = DialOptions(proxy=None)


def address(port: int) -> Address:
    return look_up("127.0.0.1", port)[0]


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def is_free(port: int) -> bool:
    try:
        with socket.create_server(("127.0.0.1", port)):
            return True
    except OSError:
        return False


def receive(stream: OpenStream, count: int) -> list[str | bytes]:
    """Read until so many messages have come, or the server closes."""
    reader, messages = FrameReader(), list[str | bytes]()
    messages += reader.feed(stream.leftover)
    stream.sock.settimeout(10)
    while len(messages) < count and not reader.controls:
        messages += reader.feed(stream.sock.recv(65536))
    return messages


def echo(connection: ServerConnection) -> None:
    for message in connection:
        connection.send(message)


def test_a_dial_ends_in_a_stream_that_speaks_websocket(
    websocket_server: Callable[..., int], open_stream: Callable[..., OpenStream]
) -> None:
    """What is sent with `encode` comes back through `FrameReader`."""
    stream = open_stream(f"ws://127.0.0.1:{websocket_server(echo)}/")
    assert stream.sock.gettimeout() == 0.0
    stream.sock.sendall(encode(1, "grüße".encode()) + encode(2, b"\0" * 70_000))
    assert receive(stream, 2) == ["grüße", b"\0" * 70_000]


def test_frames_right_behind_the_handshake_are_not_lost(
    websocket_server: Callable[..., int], open_stream: Callable[..., OpenStream]
) -> None:
    """A server may speak first; its first frames may come in the packet of its handshake."""

    def greet(connection: ServerConnection) -> None:
        for number in range(1000):
            connection.send(str(number))

    stream = open_stream(f"ws://127.0.0.1:{websocket_server(greet)}/")
    assert receive(stream, 1000) == [str(number) for number in range(1000)]


def test_a_dial_that_is_woken_too_early_goes_on_waiting() -> None:
    """Readiness of a descriptor may be meant for the socket that had its number before."""
    with FullBacklog() as host:
        steps = dial(Target.parse(f"ws://127.0.0.1:{host.port}/"), [address(host.port)], DIRECT)
        first, again = next(steps), next(steps)
        assert again == first
        steps.close()


def test_what_came_with_the_head_is_the_leftover(
    raw_server: Callable[..., int],
    open_stream: Callable[..., OpenStream],
    accepting: Callable[..., bytes],
) -> None:
    """Handshake and first frames in one write: no byte of a frame is taken for the head."""
    frames = b"\x81\x05hello\x88\x00"

    def script(client: socket.socket) -> None:
        request = client.recv(65536)
        client.sendall(accepting(request) + frames)
        client.recv(1)

    stream = open_stream(f"ws://127.0.0.1:{raw_server(script)}/")
    assert stream.leftover == frames
    reader = FrameReader()
    assert reader.feed(stream.leftover) == ["hello"]
    assert reader.controls == [CloseFrame(None, "")]


def test_the_socket_is_set_as_websocket_client_sets_it(
    websocket_server: Callable[..., int], open_stream: Callable[..., OpenStream]
) -> None:
    """Small messages leave at once, and the kernel notices a peer that is gone."""
    sock = open_stream(f"ws://127.0.0.1:{websocket_server(echo)}/").sock
    assert sock.getsockopt(socket.SOL_TCP, socket.TCP_NODELAY)
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


def test_a_closed_port_is_a_refused_connection_that_names_the_address(
    drive: Callable[[Steps[Any]], Any],
) -> None:
    """The kernel's own error reaches the caller, with the address that it speaks of."""
    port = closed_port()
    with pytest.raises(ConnectionRefusedError, match=rf"127\.0\.0\.1 port {port}"):
        drive(dial(Target("h", port, secure=False), [address(port)], DIRECT))


def test_each_address_is_tried_in_turn(
    websocket_server: Callable[..., int], drive: Callable[[Steps[Any]], Any]
) -> None:
    """A host whose first addresses refuse is reached at its last one."""
    port = websocket_server(echo)
    addresses = [address(closed_port()), address(closed_port()), address(port)]
    stream: OpenStream = drive(dial(Target("h", port, secure=False), addresses, DIRECT))
    with stream.sock:
        assert stream.sock.getpeername() == ("127.0.0.1", port)


def test_a_host_without_an_address_fails(drive: Callable[[Steps[Any]], Any]) -> None:
    """An empty answer of DNS is a failure like others, not a crash."""
    with pytest.raises(OSError, match="no address"):
        drive(dial(Target("h", 1, secure=False), [], DIRECT))


def test_a_socket_is_never_connected_to_itself(drive: Callable[[Steps[Any]], Any]) -> None:
    """Redialling a dead server on this machine sooner or later draws the server's own port."""
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    # Linux draws ports of this parity for connections, and of the other one for servers.
    port = next(port for port in range(lowest + 5_000, 60_000, 2) if is_free(port))
    for _ in range(15_000):  # all of one parity, which Linux goes through one by one
        with pytest.raises(ConnectionRefusedError):
            drive(dial(Target("h", port, secure=False), [address(port)], DIRECT))


@pytest.mark.parametrize("answered", [0, 1, 2])
def test_a_dropped_dial_closes_its_socket(answered: int, raw_server: Callable[..., int]) -> None:
    """Whatever a dial waits for, dropping it leaves no descriptor behind (websockets#1113)."""

    def half_a_head(client: socket.socket) -> None:
        client.recv(65536)
        client.sendall(b"HTTP/1.1 101 ")
        client.recv(1)

    port = raw_server(half_a_head)
    steps = dial(Target("h", port, secure=False), [address(port)], DIRECT)
    waits = list(islice(steps, 1 + answered))
    assert len(waits) == 1 + answered
    sock, _ = waits[-1]
    assert sock.fileno() >= 0
    steps.close()
    assert sock.fileno() == -1


def test_a_server_that_never_answers_holds_nobody_up(raw_server: Callable[..., int]) -> None:
    """A dial to a silent server waits to read and returns to its driver: it never blocks."""

    def silent(client: socket.socket) -> None:
        while client.recv(65536):
            pass

    port = raw_server(silent)
    steps = dial(Target("h", port, secure=False), [address(port)], DIRECT)
    masks = [mask for _, mask in islice(steps, 5)]
    assert masks[-1] == READ
    steps.close()


def test_a_server_that_hangs_up_during_the_handshake_is_a_lost_connection(
    raw_server: Callable[..., int], open_stream: Callable[..., OpenStream]
) -> None:
    """An end of the stream before the answer is a cause of its own."""

    def hang_up(client: socket.socket) -> None:
        client.recv(65536)

    with pytest.raises(StreamEndedError):
        open_stream(f"ws://127.0.0.1:{raw_server(hang_up)}/")
