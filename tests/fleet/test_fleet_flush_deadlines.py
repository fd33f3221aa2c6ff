"""A connection that is told to stop waits for its server up to its deadlines, and no longer."""

import ssl
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from holdfast.actors import Fleet, Outcome, Status, Timeouts, TlsOptions
from holdfast.testing import ManualClock, ScriptedServer, Session
from tests.fleet.flushing import (
    MESSAGES,
    NEVER,
    PATIENT,
    STUCK,
    meanwhile,
    send_all,
    tally,
    wait_stopping,
)
from tests.fleet.late_reader import LateReader

if TYPE_CHECKING:
    from tests.fleet.conftest import Logs

FLUSH, CLOSE = 2.0, 2.0


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
