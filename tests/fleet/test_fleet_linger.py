"""What was reported as sent is there to be read, also when its connection crashed meanwhile."""

import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trustme

from holdfast.actors import ConnectionSpec, Fleet, Heartbeat, TlsOptions
from holdfast.actors.dispatch import Mailbox
from holdfast.actors.dispatch.poller import Poller
from holdfast.actors.streams.lingering import LINGER, MOST, Lingering
from holdfast.actors.streams.stream import Stream
from holdfast.handlers import Connection
from holdfast.testing import (
    ManualClock,
    RawPeer,
    RawServer,
    ScriptedServer,
    Session,
    encode_frame,
)

if TYPE_CHECKING:
    from tests.fleet.conftest import Journal, Logs

TEXT, CLOSE = 1, 8
NEVER = Heartbeat(interval=1e9)
MESSAGES = [f"{number:03} {'x' * 10_000}" for number in range(100)]
"""1 MB: the kernel takes it, though the server doesn't read."""
FLOOD = encode_frame(TEXT, b"poison") + encode_frame(TEXT, b"y" * 100_000) * 300
"""30 MB: of these the client leaves much unread when the first one crashes its handler."""


def crash_when_poisoned(connection: Connection, message: str) -> None:
    """Send everything, and crash."""
    if message == "poison":
        for each in MESSAGES:
            connection.send(each)
        raise RuntimeError(message)


def test_a_server_can_read_what_was_sent_and_the_close_frame_of_a_handler_that_crashed(
    journal: "Journal", logs: "Logs"
) -> None:
    heard: list[list[str]] = []
    codes: list[int] = []
    read = threading.Event()

    def serve(peer: RawPeer) -> None:
        peer.accept_handshake()
        texts: list[str] = []
        heard.append(texts)
        if len(heard) == 1:
            peer.send(FLOOD)
        while (frame := peer.receive_frame()).opcode == TEXT:
            texts.append(frame.payload.decode())
        codes.append(int.from_bytes(frame.payload[:2]))
        read.set()
        peer.send_frame(CLOSE, frame.payload)

    # The clock stands still: only the server's end of the stream can end it.
    with RawServer(serve) as server, Fleet(clock=ManualClock()) as fleet:
        handler = journal.handler(on_message=crash_when_poisoned)
        fleet.connect("a", server.url, handler=handler, heartbeat=NEVER)
        logs.wait("connection.ready", connection="a", times=2)
        assert read.wait(8)
        counts = fleet.status("a").counts

    assert counts.sent == len(MESSAGES)
    assert heard == [MESSAGES, []]
    assert codes == [1011, 1001]


def test_over_tls_too(journal: "Journal", logs: "Logs", tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate = authority.issue_cert("127.0.0.1")
    certificate.configure_cert(context)  # pyright: ignore[reportUnknownMemberType]  # pyOpenSSL

    async def script(session: Session) -> None:
        if session.id == 1:
            await session.stop_reading()
            await session.send_raw(FLOOD)
            session.wire.transport.resume_reading()
        while True:
            await session.receive()

    server = ScriptedServer(script, ssl_context=context)
    with server, Fleet(clock=ManualClock()) as fleet:
        handler = journal.handler(on_message=crash_when_poisoned)
        tls = TlsOptions(ca_file=str(tmp_path / "ca.pem"))
        fleet.connect("a", server.url, handler=handler, heartbeat=NEVER, tls=tls)
        logs.wait("connection.ready", connection="a", times=2)
        server.wait_for(lambda server: [session.id for session in server.sessions] == [2])

        assert fleet.status("a").counts.sent == len(MESSAGES)
        assert list(server.history[0].received) == MESSAGES
        assert server.history[0].close_code == 1011


class Shore:
    """Sockets that linger, outside of any fleet."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.poller = Poller()
        self.wakes: list[float] = []
        self.lingering = Lingering(self.poller, self.clock, self.wakes.append)
        self.peers: list[socket.socket] = []

    def add(self) -> socket.socket:
        """Let one more linger; return its server's end."""
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            end.settimeout(0.0)
        self.peers.append(theirs)
        spec = ConnectionSpec(name="a", url="ws://127.0.0.1")
        self.lingering.add(Stream(("a", 1, 1), Mailbox(), ours, spec))
        return theirs

    def go_on(self) -> None:
        """Treat what is ready."""
        for fd, _ in self.poller.poll(0.0):
            self.lingering.ready(fd)

    def gone(self, theirs: socket.socket) -> bool:
        """Tell whether our end was closed: then nothing can be sent to it."""
        try:
            theirs.send(b"x")
        except BrokenPipeError:
            return True
        return False


@pytest.fixture
def shore() -> Iterator[Shore]:
    """Return a place to linger."""
    made = Shore()
    yield made
    made.lingering.end_all()
    made.poller.close()
    for peer in made.peers:
        peer.close()


def test_what_lingers_says_at_once_that_nothing_more_comes_and_ends_with_its_server(
    shore: Shore,
) -> None:
    server = shore.add()
    server.send(b"much that nobody wants")
    shore.go_on()
    assert server.recv(1) == b""
    assert len(shore.lingering) == 1
    server.shutdown(socket.SHUT_WR)
    shore.go_on()
    assert len(shore.lingering) == 0
    assert shore.gone(server)


def test_what_lingers_is_ended_at_its_deadline(shore: Shore) -> None:
    early = shore.add()
    shore.clock.advance(0.25)
    late = shore.add()
    assert shore.wakes == [LINGER]
    shore.clock.advance(LINGER - 0.25)
    shore.lingering.expire()
    assert (shore.gone(early), shore.gone(late)) == (True, False)
    assert shore.wakes == [LINGER, 0.25]
    shore.clock.advance(0.25)
    shore.lingering.expire()
    assert shore.gone(late)
    assert len(shore.wakes) == 2


def test_only_so_many_linger_and_the_oldest_makes_room(shore: Shore) -> None:
    first, second, *_ = [shore.add() for _ in range(MOST + 1)]

    assert len(shore.lingering) == MOST
    assert (shore.gone(first), shore.gone(second)) == (True, False)


def test_one_whose_server_is_gone_does_not_linger(shore: Shore) -> None:
    ours, theirs = socket.socketpair()
    theirs.close()
    ours.close()
    spec = ConnectionSpec(name="a", url="ws://127.0.0.1")
    stream = Stream(("a", 1, 1), Mailbox(), ours, spec)
    shore.lingering.add(stream)

    assert len(shore.lingering) == 0
