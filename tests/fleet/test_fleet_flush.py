"""A connection that is told to stop writes what it has accepted, says goodbye, and then ends."""

import threading
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

import pykka
import pytest

from holdfast.actors import (
    ConnectionStopping,
    Fleet,
    FleetStopped,
    Limits,
    Outcome,
    Status,
    Timeouts,
)
from holdfast.handlers import Connection, Phase
from holdfast.testing import ManualClock, RawPeer, RawServer
from tests.fleet.flushing import (
    MESSAGES,
    NEVER,
    PATIENT,
    STUCK,
    meanwhile,
    send_all,
    tally,
    wait_closing,
    wait_stopping,
)
from tests.fleet.late_reader import CLOSING_FRAME, TEXT, LateReader

if TYPE_CHECKING:
    from tests.fleet.conftest import Journal, Logs

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
            with pytest.raises(ConnectionStopping):
                fleet.restart("a")
            clock.advance(30.0)
            fleet.ask("a", Status(), timeout=8)
            late.begin.set()

        assert tally(answers) == {Outcome.SENT: len(MESSAGES)}
        assert fleet.status() == []
