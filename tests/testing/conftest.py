"""What the tests of the test kit share: a plain client, a certificate, and a check for leaks."""

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias, cast

import pytest
import trustme
from websocket import ABNF, WebSocket, create_connection


class Client:
    """websocket-client with types, and nothing of the kit in it."""

    def __init__(self, url: str, timeout: float = 5, **options: Any) -> None:
        self._client: WebSocket = create_connection(url, timeout, **options)

    @property
    def tcp(self) -> socket.socket:
        """The socket below."""
        return cast("socket.socket", self._client.sock)

    def patience(self, seconds: float) -> None:
        """Set how long to wait for what is received."""
        self._client.settimeout(seconds)

    def send(self, message: str | bytes) -> None:
        """Send a message."""
        if isinstance(message, str):
            self._client.send(message)
        else:
            self._client.send_binary(message)

    def send_frame(self, opcode: int, data: bytes, *, fin: bool = True) -> None:
        """Send a frame as it is."""
        self._client.send_frame(ABNF.create_frame(data, opcode, int(fin)))

    def frame(self) -> tuple[int, bytes]:
        """Return opcode and data of the next message or control frame."""
        client: Any = self._client
        return cast("tuple[int, bytes]", client.recv_data(control_frame=True))

    def recv(self) -> str | bytes:
        """Return the next message."""
        return self._client.recv()

    def ask(self, request: object) -> dict[str, object]:
        """Send a JSON object and return the next one that comes."""
        self.send(json.dumps(request))
        return self.hear()

    def hear(self) -> dict[str, object]:
        """Return the next JSON object."""
        return cast("dict[str, object]", json.loads(self.recv()))

    def close_code(self) -> tuple[int, str]:
        """Return code and reason of the close frame that is next."""
        opcode, data = self.frame()
        assert opcode == ABNF.OPCODE_CLOSE
        return int.from_bytes(data[:2], "big"), data[2:].decode()

    def leave(self) -> None:
        """End the TCP connection without a word."""
        shutdown: Callable[[], None] = self._client.shutdown
        shutdown()


Connect: TypeAlias = Callable[..., Client]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Connect clients that leave at the end of the test."""
    clients: list[Client] = []

    def open_one(url: str, **options: Any) -> Client:
        clients.append(Client(url, **options))
        return clients[-1]

    yield open_one
    for client in clients:
        client.leave()


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    """Fail a test that leaves a thread behind."""
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Return a certificate authority that nobody trusts by default."""
    return trustme.CA()


@pytest.fixture
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    """Return a server's TLS context with a certificate for 127.0.0.1."""
    certificate: Any = authority.issue_cert("127.0.0.1")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    return context


@pytest.fixture
def client_tls(authority: trustme.CA) -> ssl.SSLContext:
    """Return a client's TLS context that trusts the authority."""
    return ssl.create_default_context(cadata=authority.cert_pem.bytes().decode())
