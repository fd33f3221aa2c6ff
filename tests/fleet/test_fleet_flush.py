"""A connection that is told to stop writes what it has accepted, says goodbye, and then ends."""

import ssl
import threading
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pykka
import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from holdfast.actors import (
    ConnectionStopping,
    Fleet,
    FleetStopped,
    Heartbeat,
    Limits,
    Outcome,
    Status,
    Timeouts,
    TlsOptions,
)
from holdfast.handlers import Connection, Phase
from holdfast.testing import ManualClock, RawFrame, RawPeer, RawServer, ScriptedServer, Session

if TYPE_CHECKING:
    from tests.fleet.conftest import Journal, Logs

TEXT, CLOSING_FRAME = 1, 8
FLUSH, CLOSE = 2.0, 2.0
PATIENT = Timeouts(flush=60.0, close=60.0)
NEVER = Heartbeat(interval=1e9)
MESSAGES = [f"{number:03} {'x' * 500_000}" for number in range(60)]
"""30 MB: more than the kernel takes of a stream whose server doesn't read."""
STUCK = Limits(window=8 * 1024 * 1024)

Answers = list[pykka.Future[Outcome]]


class LateReader:
    """Reads nothing until it is told to, then everything; answers the close frame, or doesn't."""

    def __init__(self, *, polite: bool = True) -> None:
        self.begin = threading.Event()
        self.done = threading.Event()
        self.frames: list[RawFrame] = []
        self.peers: list[RawPeer] = []
        self._polite = polite

    @contextmanager
    def listen(self) -> Generator[RawServer]:
        """Listen until the end, at which everything is read."""
        with RawServer(self._serve) as server:
            try:
                yield server
            finally:
                self.begin.set()

    def _serve(self, peer: RawPeer) -> None:
        self.peers.append(peer)
        peer.accept_handshake()
        self.begin.wait(30)
        while not self.frames or self.frames[-1].opcode != CLOSING_FRAME:
            self.frames.append(peer.receive_frame())
        self.done.set()
        if self._polite:
            peer.send_frame(CLOSING_FRAME, self.frames[-1].payload)
        peer.hold()

    @property
    def texts(self) -> list[str]:
        """What it read."""
        return [frame.payload.decode() for frame in self.frames if frame.opcode == TEXT]

    @property
    def code(self) -> int:
        """The code of the close frame, which came last."""
        return int.from_bytes(self.frames[-1].payload[:2])


def send_all(fleet: Fleet) -> Answers:
    """Send more than the kernel takes."""
    return [fleet.send("a", message) for message in MESSAGES]


@contextmanager
def meanwhile(act: Callable[[], object]) -> Generator[threading.Thread]:
    """Do something on another thread, and have it done at the end."""
    thread = threading.Thread(target=act)
    thread.start()
    yield thread
    thread.join(20)
    assert not thread.is_alive()


def wait_closing(fleet: Fleet) -> None:
    """Wait until the connection has begun to stop."""
    while fleet.status("a").phase is not Phase.CLOSING:
        pass


def wait_stopping(fleet: Fleet) -> None:
    """Wait until the connection itself has heard of it, and started its timers."""
    wait_closing(fleet)
    assert fleet.ask("a", Status(), timeout=8).phase is Phase.CLOSING


def tally(answers: Answers) -> Counter[Outcome]:
    """Count the outcomes, each of which must be known by now."""
    return Counter(answer.get(timeout=8) for answer in answers)


@pytest.fixture
def late() -> LateReader:
    """Return a server that reads when it is told to."""
    return LateReader()


WAYS: dict[str, tuple[Callable[[Fleet], object], int]] = {
    "the fleet closes": (lambda fleet: fleet.close(timeout=200.0), 1001),
    "the connection is stopped": (lambda fleet: fleet.stop("a"), 1000),
    "its handler closes it": (lambda fleet: fleet.tell("a", "close yourself"), 4001),
}


@pytest.mark.parametrize("way", WAYS)
def test_all_that_was_accepted_is_written_before_the_close_frame_however_slow_the_server(
    way: str, late: LateReader, journal: "Journal"
) -> None:
    def on_receive(connection: Connection, _message: object) -> None:
        connection.close(4001, "enough")

    stop, code = WAYS[way]
    with late.listen() as server, Fleet() as fleet:
        handler = journal.handler(on_receive=on_receive)
        fleet.connect("a", server.url, handler=handler, timeouts=PATIENT)
        fleet.wait_ready(timeout=8)
        answers = send_all(fleet)
        with meanwhile(lambda: stop(fleet)):
            wait_closing(fleet)
            status = fleet.status("a")
            assert status.counts.balanced
            assert status.counts.waiting > 0
            late.begin.set()
            assert tally(answers) == {Outcome.SENT: len(MESSAGES)}
            assert late.done.wait(20)

        assert late.texts == MESSAGES
        assert late.code == code
        journal.wait_told("down", "stopped")


def test_a_fleet_that_stops_takes_nothing_new_from_any_thread(late: LateReader) -> None:
    with late.listen() as server, Fleet() as fleet:
        fleet.connect("a", server.url, timeouts=PATIENT)
        fleet.wait_ready(timeout=8)
        answers = send_all(fleet)
        with meanwhile(lambda: fleet.close(timeout=200.0)):
            wait_closing(fleet)
            with pytest.raises(FleetStopped, match="it is stopping, or has stopped"):
                fleet.send("a", "too late")
            with pytest.raises(FleetStopped):
                fleet.connect("b", server.url)
            late.begin.set()
        assert tally(answers) == {Outcome.SENT: len(MESSAGES)}
        (status,) = fleet.status()
        assert (status.phase, status.counts.balanced) == (Phase.STOPPED, True)


def test_what_waits_in_the_mailbox_of_a_busy_handler_is_written_too_and_never_refused(
    journal: "Journal", late: LateReader
) -> None:
    busy, release = threading.Event(), threading.Event()

    def on_receive(_connection: Connection, _message: object) -> None:
        busy.set()
        release.wait(8)

    late.begin.set()
    with late.listen() as server, Fleet() as fleet:
        handler = journal.handler(on_receive=on_receive)
        fleet.connect(
            "a", server.url, handler=handler, timeouts=PATIENT, limits=Limits(outbox=1, window=1)
        )
        fleet.wait_ready(timeout=8)
        fleet.tell("a", "be busy")
        assert busy.wait(8)
        answers = [fleet.send("a", str(number)) for number in range(5)]
        with meanwhile(lambda: fleet.stop("a")):
            wait_closing(fleet)
            release.set()
            assert tally(answers) == {Outcome.SENT: 5}
        assert late.texts == ["0", "1", "2", "3", "4"]


def test_what_a_server_never_reads_is_dropped_at_the_deadline_and_the_rest_at_the_next(
    late: LateReader, logs: "Logs"
) -> None:
    clock = ManualClock()
    with late.listen() as server, Fleet(clock=clock) as fleet:
        fleet.connect("a", server.url, heartbeat=NEVER, limits=STUCK)
        fleet.wait_ready(timeout=8)
        answers = send_all(fleet)
        with meanwhile(lambda: fleet.stop("a")) as stopping:
            wait_stopping(fleet)
            before = fleet.status("a").counts
            assert before.balanced
            assert before.dropped == 0
            clock.advance(FLUSH)
            late_flush = logs.wait("connection.flush_timed_out", connection="a")
            assert answers[-1].get(timeout=8) is Outcome.DROPPED

            # One is half-written: it alone is still open.
            fleet.ask("a", Status(), timeout=8)
            after = fleet.status("a").counts
            assert after.balanced
            assert after.waiting == 1
            assert after.dropped == late_flush["messages"] - 1
            assert stopping.is_alive()
            clock.advance(CLOSE)
            stopping.join(8)
        ended = tally(answers)

    assert ended == {
        Outcome.SENT: after.sent,
        Outcome.UNKNOWN: 1,
        Outcome.DROPPED: after.dropped,
    }
    assert not logs.find("connection.abandoned")


@pytest.mark.parametrize("secure", [False, True], ids=["ws", "wss"])
def test_behind_what_is_dropped_the_close_frame_follows_the_message_that_was_begun(
    logs: "Logs", tmp_path: Path, *, secure: bool
) -> None:
    clock = ManualClock()
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    tls = TlsOptions(ca_file=str(tmp_path / "ca.pem")) if secure else TlsOptions()
    paused = threading.Event()

    async def read_later(session: Session) -> None:
        await session.stop_reading()
        paused.set()
        while True:
            await session.receive()

    async def read_on(session: Session) -> None:
        session.wire.transport.resume_reading()

    context = _context(authority) if secure else None
    server = ScriptedServer(read_later, ssl_context=context)
    with server, Fleet(clock=clock) as fleet:
        fleet.connect("a", server.url, heartbeat=NEVER, limits=STUCK, tls=tls)
        fleet.wait_ready(timeout=8)
        assert paused.wait(8)
        session = server.sessions[0]
        answers = send_all(fleet)
        with meanwhile(lambda: fleet.stop("a")):
            wait_stopping(fleet)
            clock.advance(FLUSH)
            logs.wait("connection.flush_timed_out", connection="a")
            assert answers[-1].get(timeout=8) is Outcome.DROPPED
            server.run(read_on(session))
        ended = [answer.get(timeout=8) for answer in answers]
        server.wait_for(0)

    sent = ended.count(Outcome.SENT)
    assert ended == [Outcome.SENT] * sent + [Outcome.DROPPED] * (len(MESSAGES) - sent)
    assert list(session.received) == MESSAGES[:sent]
    assert session.close_code == 1000


def _context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate = authority.issue_cert("127.0.0.1")
    certificate.configure_cert(context)  # pyright: ignore[reportUnknownMemberType]  # pyOpenSSL
    return context


def test_a_server_that_does_not_answer_the_close_frame_is_waited_for_and_then_left() -> None:
    clock, rude = ManualClock(), LateReader(polite=False)
    rude.begin.set()
    with rude.listen() as server, Fleet(clock=clock) as fleet:
        fleet.connect("a", server.url, heartbeat=NEVER)
        fleet.wait_ready(timeout=8)
        answers = send_all(fleet)
        with meanwhile(lambda: fleet.stop("a")) as stopping:
            assert tally(answers) == {Outcome.SENT: len(MESSAGES)}
            assert rude.done.wait(8)
            wait_stopping(fleet)
            clock.advance(CLOSE - 0.1)
            fleet.status("a")
            assert stopping.is_alive()
            clock.advance(0.1)
        assert rude.texts == MESSAGES


@pytest.mark.parametrize("batches", [False, True])
def test_a_connection_that_stops_takes_nothing_new_and_still_delivers_what_comes(
    late: LateReader, journal: "Journal", logs: "Logs", *, batches: bool
) -> None:
    def answer(connection: Connection, message: object) -> None:
        connection.send(f"thanks for {message}")

    name = "messages" if batches else "message"
    with late.listen() as server, Fleet() as fleet:
        handler = journal.handler(**{f"on_{name}": answer}, on_receive=answer, on_down=answer)
        fleet.connect("a", server.url, handler=handler, timeouts=PATIENT)
        fleet.wait_ready(timeout=8)
        answers = send_all(fleet)
        with meanwhile(lambda: fleet.stop("a")):
            wait_stopping(fleet)
            with pytest.raises(ConnectionStopping, match="connection 'a' is stopping"):
                fleet.send("a", "from outside")
            with pytest.raises(pykka.ActorDeadError):
                fleet.ask("a", "question", timeout=8)
            fleet.tell("a", "news")
            journal.wait_told("receive", "question", "news")
            for count, text in enumerate(("one", "two"), 1):
                late.peers[0].send_frame(TEXT, text.encode())
                journal.wait_count(name, count)
            assert fleet.ask("a", Status(), timeout=8).counts.refused == 5
            late.begin.set()

        assert tally(answers) == {Outcome.SENT: len(MESSAGES)}
        assert late.texts == MESSAGES
        journal.wait_told("down", "stopped")
    assert not logs.find("handler.crashed")
    assert not logs.find("connection.failed")


def test_a_stream_that_dies_under_the_flush_is_not_waited_for(
    late: LateReader, logs: "Logs"
) -> None:
    clock = ManualClock()
    with late.listen() as server, Fleet(clock=clock) as fleet:
        fleet.connect("a", server.url, heartbeat=NEVER)
        fleet.wait_ready(timeout=8)
        answers = send_all(fleet)
        with meanwhile(lambda: fleet.stop("a")):
            wait_stopping(fleet)
            late.peers[0].reset()

        ended = tally(answers)
        assert ended[Outcome.UNKNOWN] <= 1
        assert ended[Outcome.DROPPED] > 0
        assert not logs.find("connection.abandoned")


def test_without_time_for_it_what_is_not_begun_is_dropped_at_once(late: LateReader) -> None:
    clock = ManualClock()
    with late.listen() as server, Fleet(clock=clock) as fleet:
        timeouts = Timeouts(flush=0)
        fleet.connect("a", server.url, heartbeat=NEVER, timeouts=timeouts, limits=STUCK)
        fleet.wait_ready(timeout=8)
        answers = send_all(fleet)
        with meanwhile(lambda: fleet.stop("a")):
            assert answers[-1].get(timeout=8) is Outcome.DROPPED
            late.begin.set()
        assert late.texts == MESSAGES[: tally(answers)[Outcome.SENT]]


@pytest.mark.parametrize("stopped_before", [False, True])
def test_a_fleet_that_has_less_time_than_its_connections_shortens_theirs(
    late: LateReader, logs: "Logs", *, stopped_before: bool
) -> None:
    with late.listen() as server:
        fleet = Fleet()
        fleet.open()
        fleet.connect("a", server.url, timeouts=PATIENT)
        fleet.wait_ready(timeout=8)
        answers = send_all(fleet)
        with meanwhile(lambda: fleet.stop("a") if stopped_before else None):
            if stopped_before:
                wait_stopping(fleet)
            fleet.close(timeout=3.0)

        assert tally(answers)[Outcome.DROPPED] > 0
        assert logs.find("connection.flush_timed_out")
        assert not logs.find("connection.abandoned")
        assert not logs.find("fleet.stop_timed_out")
        assert all(status.counts.balanced for status in fleet.status())


def test_a_restart_flushes_nothing_and_its_successor_sends_the_rest_once_and_in_order(
    journal: "Journal", logs: "Logs"
) -> None:
    stuck, release, done = threading.Event(), threading.Event(), threading.Event()
    heard: list[str] = []

    def serve(peer: RawPeer) -> None:
        peer.accept_handshake()
        if not stuck.is_set():
            stuck.set()
            release.wait(30)
            return
        while (frame := peer.receive_frame()).opcode == TEXT:
            heard.append(frame.payload.decode())
        done.set()
        peer.send_frame(CLOSING_FRAME, frame.payload)

    with RawServer(serve) as server, Fleet() as fleet:
        timeouts = Timeouts(flush=600.0, close=0.1)
        handler = journal.handler()
        fleet.connect("a", server.url, handler=handler, timeouts=timeouts, limits=STUCK)
        fleet.wait_ready(timeout=8)
        answers = send_all(fleet)
        # It comes behind all of them, so that the stream has as much as its window takes.
        fleet.ask("a", "are you full?", timeout=8)
        fleet.restart("a")
        fleet.wait_ready(timeout=8)
        after = fleet.send("a", "afterwards")
        outcomes = [answer.get(timeout=8) for answer in answers]
        assert after.get(timeout=8) is Outcome.SENT
        assert fleet.status("a").counts.balanced
        fleet.stop("a")
        assert done.wait(20)
        release.set()

    torn = outcomes.index(Outcome.UNKNOWN)
    assert Counter(outcomes) == {Outcome.SENT: len(MESSAGES) - 1, Outcome.UNKNOWN: 1}
    assert heard == [*MESSAGES[torn + 1 :], "afterwards"]
    assert not logs.find("connection.abandoned")


def test_a_restart_asked_of_a_connection_that_stops_does_not_cut_its_flush_short(
    late: LateReader,
) -> None:
    clock, timeouts = ManualClock(), Timeouts(flush=60.0)
    with late.listen() as server, Fleet(clock=clock) as fleet:
        fleet.connect("a", server.url, heartbeat=NEVER, timeouts=timeouts)
        fleet.wait_ready(timeout=8)
        answers = send_all(fleet)
        with meanwhile(lambda: fleet.stop("a")):
            wait_stopping(fleet)
            fleet.restart("a")
            clock.advance(30.0)
            fleet.ask("a", Status(), timeout=8)
            late.begin.set()

        assert tally(answers) == {Outcome.SENT: len(MESSAGES)}
        assert fleet.status() == []


seconds = st.floats(0.001, 1e6)


@given(flush=st.one_of(st.just(0.0), seconds), close=seconds, within=st.floats(0.0, 1e7))
def test_deadlines_are_as_set_where_they_fit_and_shortened_alike_where_they_do_not(
    flush: float, close: float, within: float
) -> None:
    got = Timeouts(flush=flush, close=close).parting(within)

    if flush + close <= within:
        assert got == (flush, close)
    else:
        assert sum(got) == pytest.approx(within)
        assert got[0] * close == pytest.approx(got[1] * flush)
