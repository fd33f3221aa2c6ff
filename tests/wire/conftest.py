"""Real servers on loopback, and a driver for dials: what the tests of the wire share."""

import base64
import hashlib
import re
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from typing import Any

import pytest
from websockets.sync.server import ServerConnection, serve

from holdfast.actors.wire.dial import DialOptions, OpenStream, Target, dial, endpoint
from holdfast.actors.wire.resolver import look_up
from holdfast.actors.wire.steps import Steps

PATIENCE = 10.0
"""Seconds that a step may wait for loopback before the test has failed."""


@pytest.fixture
def drive() -> Callable[[Steps[Any]], Any]:
    """Run a generator of steps to its end, as the socket actor does."""

    def run(steps: Steps[Any]) -> Any:
        deadline = time.monotonic() + PATIENCE
        with selectors.DefaultSelector() as selector:
            while True:
                try:
                    sock, mask = next(steps)
                except StopIteration as end:
                    return end.value
                selector.register(sock, mask)
                if not selector.select(deadline - time.monotonic()):
                    steps.close()
                    pytest.fail(f"nothing happened for {PATIENCE} s")
                selector.unregister(sock)

    return run


@pytest.fixture
def open_stream(drive: Callable[[Steps[Any]], Any]) -> Iterator[Callable[..., OpenStream]]:
    """Dial a URL; the stream is closed after the test."""
    with ExitStack() as stack:

        def run(url: str, options: DialOptions | None = None) -> OpenStream:
            target, options = Target.parse(url), options or DialOptions(proxy=None)
            addresses = look_up(*endpoint(target, options))
            stream: OpenStream = drive(dial(target, addresses, options))
            stack.callback(stream.sock.close)
            return stream

        yield run


@pytest.fixture
def raw_server() -> Iterator[Callable[[Callable[[socket.socket], None]], int]]:
    """Serve a script with each accepted socket, one after the other; return the port."""
    with ExitStack() as stack:

        def start(script: Callable[[socket.socket], None]) -> int:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            thread = threading.Thread(target=accept, args=(listener, script), daemon=True)
            thread.start()
            stack.callback(thread.join, PATIENCE)
            stack.callback(listener.shutdown, socket.SHUT_RDWR)
            port: int = listener.getsockname()[1]
            return port

        yield start


def accept(listener: socket.socket, script: Callable[[socket.socket], None]) -> None:
    # The listener is shut down when the test is over; a client may leave at any time.
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            client.settimeout(PATIENCE)
            with client, suppress(ConnectionError):
                script(client)


@pytest.fixture
def answering(
    raw_server: Callable[[Callable[[socket.socket], None]], int],
) -> Callable[[bytes], int]:
    """Serve one answer to any request head, then wait until the client leaves; return the port."""

    def start(answer: bytes) -> int:
        def script(client: socket.socket) -> None:
            read_request(client)
            client.sendall(answer)
            client.recv(1)

        return raw_server(script)

    return start


def read_request(client: socket.socket) -> bytes:
    data = b""
    while not data.endswith(b"\r\n\r\n"):
        chunk = client.recv(65536)
        if not chunk:
            break
        data += chunk
    return data


@pytest.fixture
def accepting() -> Callable[..., bytes]:
    """Return the head that accepts a request, with any header lines besides."""

    def head(request: bytes, *lines: bytes) -> bytes:
        (key,) = re.findall(rb"Sec-WebSocket-Key: (.*)\r\n", request)
        proof = key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        digest = hashlib.sha1(proof).digest()  # noqa: S324 - RFC 6455 section 4.2.2 says so
        return b"\r\n".join(
            [
                b"HTTP/1.1 101 Switching Protocols",
                b"Upgrade: websocket",
                b"Connection: Upgrade",
                b"Sec-WebSocket-Accept: " + base64.b64encode(digest),
                *lines,
                b"",
                b"",
            ]
        )

    return head


@pytest.fixture
def websocket_server() -> Iterator[Callable[..., int]]:
    """Serve a handler with the `websockets` library; return the port."""
    with ExitStack() as stack:

        def start(handler: Callable[[ServerConnection], None], **options: Any) -> int:
            server = stack.enter_context(serve(handler, "127.0.0.1", 0, **options))
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            stack.callback(thread.join, PATIENCE)
            stack.callback(server.shutdown)
            port: int = server.socket.getsockname()[1]
            return port

        yield start
