"""What a crash leaves behind: all messages behind it, and nothing of the old stream."""

import threading
from typing import TYPE_CHECKING

from holdfast.actors import Backoff, Fleet, Outcome, RestartPolicy, Timeouts
from holdfast.actors.messages import Closed, Dialing, Heard, Inbound, Opened
from holdfast.actors.timer import TimerFired
from holdfast.handlers import Cause, CauseKind, Connection, HmacAuth, Phase
from holdfast.testing import (
    ManualClock,
    RawPeer,
    RawServer,
    ScriptedServer,
    Session,
    echo,
    encode_frame,
)

if TYPE_CHECKING:
    import pykka

    from tests.fleet.conftest import Journal, Logs, Sibling

TEXT = 1
QUICK = RestartPolicy(backoff=Backoff(base=0.01, cap=0.05), intensity=100)
HASTY = Timeouts(close=0.1)
AUTH = HmacAuth("key-of-crashes", "secret-of-crashes")


def in_one_write(*texts: str) -> bytes:
    """Return frames that come in together, as one batch."""
    return b"".join(encode_frame(TEXT, text.encode()) for text in texts)


def test_a_batch_survives_as_many_crashes_as_there_are_poisoned_messages_in_it(
    journal: "Journal", logs: "Logs"
) -> None:
    batch = ["one", "poison 1", "two", "poison 2", "poison 3", "three"]

    def serve(peer: RawPeer) -> None:
        peer.accept_handshake()
        if not journal.told("message"):
            peer.send(in_one_write(*batch))
        peer.hold()

    def on_message(_connection: Connection, message: str) -> None:
        if message.startswith("poison"):
            raise ValueError(message)

    with RawServer(serve) as server, Fleet() as fleet:
        handler = journal.handler(on_message=on_message)
        fleet.connect("a", server.url, handler=handler, restart=QUICK, timeouts=HASTY)
        journal.wait_told("message", *batch)
        logs.wait("dead_letter", times=3)
        letters = fleet.dead_letters()

        assert [letter.message for letter in letters] == ["poison 1", "poison 2", "poison 3"]
        assert [letter.incarnation for letter in letters] == [1, 2, 3]
        fleet.wait_ready(timeout=5)


def test_what_stood_behind_a_crash_during_a_renewal_is_kept(
    journal: "Journal", logs: "Logs"
) -> None:
    def serve(peer: RawPeer) -> None:
        peer.accept_handshake()
        peer.receive_frame()
        peer.send(in_one_write('{"type":"auth_success"}'))
        if not journal.told("message"):
            peer.receive_frame()
            peer.send(in_one_write("poison", "after"))
        peer.hold()

    def on_message(_connection: Connection, message: str) -> None:
        if message == "poison":
            raise ValueError(message)

    with RawServer(serve) as server, Fleet() as fleet:
        handler = journal.handler(on_message=on_message)
        fleet.connect("a", server.url, handler=handler, auth=AUTH, restart=QUICK, timeouts=HASTY)
        fleet.wait_ready(timeout=5)
        fleet.reauthenticate("a")
        journal.wait_told("message", "poison", "after")
        logs.wait("dead_letter")

        assert [letter.message for letter in fleet.dead_letters()] == ["poison"]
        fleet.wait_ready(timeout=5)


def test_the_answer_to_a_login_that_came_to_nothing_is_nobodys_message(
    journal: "Journal", logs: "Logs", sibling: "Sibling"
) -> None:
    busy, release = threading.Event(), threading.Event()

    async def serve(session: Session) -> None:
        await session.expect_auth()
        if session.id > 1:
            await session.accept()
            await session.publish("hello")
        await session.receive()

    def on_receive(_connection: Connection, _message: object) -> None:
        busy.set()
        release.wait(8)
        raise RuntimeError("after a while")

    with ScriptedServer(serve) as server, Fleet() as fleet:
        sibling.join(fleet)
        handler = journal.handler(on_receive=on_receive)
        fleet.connect("a", server.url, handler=handler, auth=AUTH, restart=QUICK)
        logs.wait("auth.sent", connection="a")
        fleet.tell("a", "be busy")
        assert busy.wait(8)
        server.run(server.sessions[0].accept(token="nobody's business"))
        sibling.check(fleet)
        release.set()
        journal.wait_told("message", "hello")

        assert fleet.status("a").counts.stale > 0


def test_what_a_stopping_incarnation_does_not_get_to_is_its_successors(
    journal: "Journal", logs: "Logs", sibling: "Sibling"
) -> None:
    turns = threading.Semaphore(0)

    async def serve(session: Session) -> None:
        while True:
            await session.receive()

    def on_message(_connection: Connection, _message: str) -> None:
        turns.acquire(timeout=8)

    clock = ManualClock()
    with ScriptedServer(serve) as server, Fleet(clock=clock) as fleet:
        sibling.join(fleet)
        fleet.connect("a", server.url, handler=journal.handler(on_message=on_message))
        fleet.wait_ready(timeout=5)
        for text in ("one", "two", "three"):
            server.run(server.sessions[0].publish(text))
            sibling.check(fleet)
        fleet.restart("a")
        # It hears of the restart behind "one", and is late with its goodbye behind "two".
        server.run(server.sessions[0].stop_reading())
        turns.release()
        journal.wait_told("message", "one", "two")
        clock.advance(2.0)
        sibling.check(fleet)
        turns.release(2)
        journal.wait_told("message", "one", "two", "three")
        fleet.wait_ready(timeout=5)

        assert [kind for kind, _ in journal.items].count("made") == 2
        assert not logs.find("connection.abandoned")


def test_what_an_older_stream_or_timer_says_is_dropped_and_counted(journal: "Journal") -> None:
    lost = Cause(CauseKind.NETWORK, "connection_lost", "long ago")
    late = [
        Inbound(1, ["from the past"]),
        Heard(1),
        Dialing(1),
        Opened(1),
        Closed(1, lost),
        TimerFired("pong", 1),
        TimerFired("dial", 1),
    ]
    with ScriptedServer(echo) as server, Fleet() as fleet:
        fleet.connect("a", server.url, handler=journal.handler(), restart=QUICK)
        fleet.wait_ready(timeout=5)
        fleet.restart("a")
        fleet.wait_ready(timeout=5)
        before = fleet.status("a").counts.stale
        for message in late:
            fleet.tell("a", message)
        fleet.send("a", "now")
        journal.wait_told("message", "now")
        status = fleet.status("a")

        assert (status.phase, status.incarnation) == (Phase.READY, 2)
        assert status.counts.stale - before == len(late)


def test_what_is_sent_before_during_and_after_a_crash_goes_out_in_order_once(
    journal: "Journal", logs: "Logs"
) -> None:
    def on_receive(_connection: Connection, _message: object) -> None:
        raise RuntimeError("as told")

    with ScriptedServer(echo) as server, Fleet() as fleet:
        handler = journal.handler(on_receive=on_receive)
        fleet.connect("a", server.url, handler=handler, restart=QUICK)
        fleet.wait_ready(timeout=5)
        outcomes: list[pykka.Future[Outcome]] = []
        for crash in range(1, 6):
            outcomes.append(fleet.send("a", f"{crash}: before"))
            # Sent is not received: a crash resets the stream, and what the server hasn't read
            # yet may be lost with it.
            server.wait_for(lambda server: len(server.received) == len(outcomes))
            fleet.tell("a", "crash")
            outcomes.append(fleet.send("a", f"{crash}: during"))
            logs.wait("connection.ready", times=crash + 1)
            outcomes.append(fleet.send("a", f"{crash}: after"))
            assert outcomes[-1].get(timeout=5) is Outcome.SENT
            server.wait_for(lambda server: len(server.received) == len(outcomes))

        assert {outcome.get(timeout=5) for outcome in outcomes} == {Outcome.SENT}
        assert [text for _, text in server.received] == [
            f"{crash}: {when}" for crash in range(1, 6) for when in ("before", "during", "after")
        ]
