"""A message to a connection arrives in order and once, whatever happens to the connection."""

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pykka
import pytest

from holdfast.actors import Backoff, Fleet, MailboxFull, Outcome, RestartPolicy, Timeouts
from holdfast.actors import Limits as ConnectionLimits
from holdfast.handlers import CauseKind, Connection, Phase
from holdfast.testing import RawPeer, RawServer, ScriptedServer, echo, encode_frame

if TYPE_CHECKING:
    from tests.fleet.conftest import Journal, Logs, Sibling

QUICK = RestartPolicy(backoff=Backoff(base=0.01, cap=0.05), intensity=100)
RUDE = Timeouts(close=0.1)
"""For servers that don't answer a close frame."""
SLOW = RestartPolicy(backoff=Backoff(base=60.0))


@dataclass(frozen=True)
class Note:
    """What a test tells a connection."""

    sender: int
    number: int


def test_what_is_told_by_name_while_a_connection_restarts_arrives_in_order_once(
    journal: "Journal",
) -> None:
    senders, each = 4, 50

    def tell_all(fleet: Fleet, sender: int) -> None:
        for number in range(each):
            fleet.tell("a", Note(sender, number))
            if number % 10 == sender:
                fleet.restart("a")

    with ScriptedServer(echo) as server, Fleet() as fleet:
        fleet.connect("a", server.url, handler=journal.handler(), restart=QUICK)
        threads = [
            threading.Thread(target=tell_all, args=(fleet, sender)) for sender in range(senders)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        journal.wait_count("receive", senders * each)
        notes = journal.told("receive")
        assert len(notes) == senders * each
        for sender in range(senders):
            assert [note.number for note in notes if note.sender == sender] == list(range(each))
        fleet.wait_ready(timeout=8)
        assert fleet.status("a").restarts > 0


def test_what_is_sent_while_a_connection_restarts_goes_out_in_order_once(logs: "Logs") -> None:
    messages = [f"message {number}" for number in range(200)]
    with ScriptedServer(echo) as server, Fleet() as fleet:
        fleet.connect("a", server.url, restart=QUICK)
        fleet.wait_ready(timeout=8)
        outcomes = [fleet.send("a", "before").get(timeout=8)]
        server.stop()
        logs.wait("connection.failed", connection="a")
        waiting = [fleet.send("a", message) for message in messages]
        server.start()
        outcomes += [outcome.get(timeout=8) for outcome in waiting]
        assert set(outcomes) == {Outcome.SENT}
        server.wait_for(lambda server: server.counters.messages_in >= len(messages))
        received = [message for _, message in server.received if message != "before"]
        assert received == messages


def test_the_message_that_crashes_a_handler_is_a_dead_letter_and_those_behind_it_are_kept(
    journal: "Journal", logs: "Logs", sibling: "Sibling"
) -> None:
    batch = ["one", "two", "three", "four", "five"]

    def talk(peer: RawPeer) -> None:
        peer.accept_handshake()
        if not journal.told("message"):
            # In one write, so that they come in as one batch.
            peer.send(b"".join(encode_frame(1, text.encode()) for text in batch))
        peer.hold()

    def on_message(_connection: Connection, message: str) -> None:
        if message == "three":
            raise ValueError(message)

    with RawServer(talk) as server, Fleet() as fleet:
        sibling.join(fleet)
        handler = journal.handler(on_message=on_message)
        fleet.connect("a", server.url, handler=handler, restart=QUICK, timeouts=RUDE)
        journal.wait_told("message", *batch)
        crash = logs.wait("connection.failed", connection="a")
        assert (crash["cause"], crash["kind"]) == ("handler_crash", "handler_crash")
        fleet.wait_ready("a", timeout=8)
        (letter,) = fleet.dead_letters()
        assert (letter.connection, letter.message) == ("a", "three")
        assert (letter.incarnation, letter.cause.kind) == (1, CauseKind.CRASH)
        assert fleet.status("a").counts.dead_letters == 1
        made = [value for kind, value in journal.items if kind in {"made", "message"}]
        assert made == [1, "one", "two", "three", 2, "four", "five"]
        sibling.check(fleet)


def test_too_many_crashes_lead_to_quarantine_which_keeps_the_messages_until_it_is_resumed(
    journal: "Journal", logs: "Logs", sibling: "Sibling"
) -> None:
    def on_receive(_connection: Connection, message: object) -> None:
        if message == "poison":
            raise RuntimeError("swallowed poison")

    policy = RestartPolicy(backoff=Backoff(base=0.01, cap=0.02), intensity=2)
    with ScriptedServer(echo) as server, Fleet() as fleet:
        sibling.join(fleet)
        handler = journal.handler(on_receive=on_receive)
        fleet.connect("a", server.url, handler=handler, restart=policy)
        for _ in range(3):
            fleet.tell("a", "poison")
        logs.wait("connection.quarantined", connection="a", rule="intensity_exceeded")
        fleet.tell("a", "kept")
        waiting = fleet.send("a", "kept too")
        assert fleet.status("a").phase is Phase.QUARANTINED
        assert journal.told("receive") == ["poison"] * 3
        sibling.check(fleet)

        fleet.resume("a")
        fleet.wait_ready("a", timeout=8)
        journal.wait_told("receive", "poison", "poison", "poison", "kept")
        assert waiting.get(timeout=8) is Outcome.SENT
        assert len(fleet.dead_letters()) == 3


def test_an_ask_reaches_the_next_incarnation_and_an_exception_goes_to_the_asker(
    journal: "Journal", logs: "Logs"
) -> None:
    def on_receive(_connection: Connection, message: object) -> object:
        if message == "bad":
            raise LookupError("no such thing")
        return f"answer to {message}"

    with ScriptedServer(echo) as server, Fleet() as fleet:
        handler = journal.handler(on_receive=on_receive)
        fleet.connect("a", server.url, handler=handler, restart=QUICK)
        fleet.wait_ready(timeout=8)
        with pytest.raises(LookupError, match="no such thing"):
            fleet.ask("a", "bad", timeout=8)
        assert fleet.status("a").restarts == 0
        server.cut_all()
        logs.wait("connection.failed", connection="a")
        assert fleet.ask("a", "good", timeout=8) == "answer to good"
        assert fleet.status("a").restarts == 1


def test_a_message_that_is_worth_nothing_later_expires_while_its_connection_is_down(
    logs: "Logs",
) -> None:
    with Fleet() as fleet:
        fleet.connect("a", "ws://127.0.0.1:1", restart=SLOW)
        logs.wait("restart.scheduled", connection="a")
        assert fleet.send("a", "quick", ttl=0.01).get(timeout=8) is Outcome.EXPIRED
        counts = fleet.status("a").counts
        assert (counts.accepted, counts.expired, counts.waiting) == (1, 1, 0)


def test_a_full_mailbox_refuses_and_counts_it(logs: "Logs") -> None:
    limits = ConnectionLimits(mailbox=3)
    with Fleet() as fleet:
        fleet.connect("a", "ws://127.0.0.1:1", restart=SLOW, limits=limits)
        logs.wait("restart.scheduled", connection="a")
        waiting = [fleet.send("a", number) for number in range(3)]
        with pytest.raises(MailboxFull, match="3 messages wait"):
            fleet.send("a", "one too many")
        with pytest.raises(MailboxFull):
            fleet.tell("a", "this too")
        counts = fleet.status("a").counts
        assert (counts.accepted, counts.waiting, counts.refused) == (3, 3, 1)
        assert counts.balanced
        fleet.stop("a")
        assert [each.get(timeout=8) for each in waiting] == [Outcome.DROPPED] * 3


def test_a_message_torn_by_the_end_of_its_stream_is_unknown_and_not_sent_again(
    logs: "Logs",
) -> None:
    big = b"x" * 32 * 1024 * 1024
    begun, cut = threading.Event(), threading.Event()
    second: list[bytes] = []

    def talk(peer: RawPeer) -> None:
        peer.accept_handshake()
        if not begun.is_set():
            peer.receive(1000)
            begun.set()
            cut.wait(8)
            peer.reset()
            return
        second.append(peer.receive_frame().payload)
        peer.hold()

    with RawServer(talk) as server, Fleet() as fleet:
        fleet.connect("a", server.url, restart=QUICK, timeouts=RUDE)
        fleet.wait_ready(timeout=8)
        torn = fleet.send("a", big)
        after = fleet.send("a", "behind it")
        assert begun.wait(8)
        cut.set()
        assert torn.get(timeout=8) is Outcome.UNKNOWN
        assert after.get(timeout=8) is Outcome.SENT
        logs.wait("connection.ready", connection="a", times=2)
        counts = fleet.status("a").counts
        assert (counts.accepted, counts.unknown, counts.sent) == (2, 1, 1)
        fleet.stop("a")
    assert second == [b"behind it"]


def test_after_its_end_a_connection_takes_no_message(logs: "Logs") -> None:
    with ScriptedServer(echo) as server, Fleet() as fleet:
        fleet.connect("a", server.url, restart=RestartPolicy(kind="temporary"))
        fleet.wait_ready(timeout=8)

        server.close_all(1000)
        logs.wait("connection.stopped", connection="a")
        assert fleet.status("a").phase is Phase.STOPPED
        with pytest.raises(pykka.ActorDeadError):
            fleet.send("a", "too late")
