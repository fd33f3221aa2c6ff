"""Every message has exactly one outcome, and the counts add up, whatever happens."""

import random
import threading
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

import pykka
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.actors import (
    Backoff,
    Counts,
    Fleet,
    Limits,
    MailboxFull,
    OutboxFull,
    Outcome,
    RestartPolicy,
)
from holdfast.actors.slots.ledger import Ledger
from holdfast.actors.slots.outbox import Outbox, make_parcel
from holdfast.handlers import Connection, HmacAuth, Phase
from holdfast.testing import (
    ManualClock,
    ScriptedServer,
    Session,
    echo,
    first,
    never_answer,
    respond,
)

if TYPE_CHECKING:
    from tests.fleet.conftest import Journal, Logs, Sibling

QUICK = RestartPolicy(backoff=Backoff(base=0.005, cap=0.02), intensity=10_000)
DOWN = frozenset({Outcome.EXPIRED, Outcome.DROPPED, Outcome.REFUSED})
"""Outcomes of messages that the server must never see."""


async def listen(session: Session) -> None:
    """Take everything in."""
    while True:
        await session.receive()


def tally(outcomes: list[pykka.Future[Outcome]]) -> Counter[Outcome]:
    """Count the outcomes, each of which must be known by now."""
    return Counter(outcome.get(timeout=5) for outcome in outcomes)


def test_an_outbox_that_is_full_refuses_and_says_so() -> None:
    limits = Limits(outbox=3)
    with ScriptedServer(echo, handshake=never_answer()) as server, Fleet() as fleet:
        fleet.connect("a", server.url, limits=limits)
        outcomes = [fleet.send("a", str(number)) for number in range(5)]

        assert [each.get(timeout=5) for each in outcomes[3:]] == [Outcome.REFUSED] * 2
        counts = fleet.status("a").counts
        assert (counts.accepted, counts.refused, counts.waiting) == (3, 2, 3)
        fleet.stop("a")
        assert [each.get(timeout=5) for each in outcomes[:3]] == [Outcome.DROPPED] * 3


def test_a_handler_that_sends_into_a_full_outbox_is_told_so(journal: "Journal") -> None:
    def on_receive(connection: Connection, _message: object) -> int:
        for number in range(10):
            try:
                connection.send(number)
            except OutboxFull:
                return number
        return -1

    with ScriptedServer(echo, handshake=never_answer()) as server, Fleet() as fleet:
        handler = journal.handler(on_receive=on_receive)
        fleet.connect("a", server.url, handler=handler, limits=Limits(outbox=4))

        assert fleet.ask("a", "fill it", timeout=5) == 4
        counts = fleet.status("a").counts
        assert (counts.accepted, counts.refused, counts.waiting) == (4, 1, 4)


def test_a_message_expires_in_quarantine_too(logs: "Logs") -> None:
    clock = ManualClock()
    server = ScriptedServer(echo, handshake=first(2, respond(401)))
    with server, Fleet(clock=clock) as fleet:
        fleet.connect("a", server.url)
        logs.wait("restart.scheduled", connection="a")
        assert fleet.status("a").phase is Phase.BACKOFF
        clock.advance(60.0)
        logs.wait("connection.quarantined", connection="a")
        short, long = fleet.send("a", "short", ttl=5.0), fleet.send("a", "long", ttl=500.0)
        fleet.status("a")
        clock.advance(6.0)
        assert short.get(timeout=5) is Outcome.EXPIRED

        fleet.resume("a")
        assert long.get(timeout=5) is Outcome.SENT
        counts = fleet.status("a").counts
        assert (counts.accepted, counts.expired, counts.sent) == (2, 1, 1)


def test_a_message_that_expired_while_its_connection_was_dialled_is_not_sent() -> None:
    clock = ManualClock()
    server = ScriptedServer(listen, handshake=first(1, never_answer()))
    with server, Fleet(clock=clock) as fleet:
        fleet.connect("a", server.url)
        server.wait_for(lambda server: len(server.handshakes) == 1)
        short, long = fleet.send("a", "short", ttl=5.0), fleet.send("a", "long")
        clock.advance(10.0)
        while fleet.status("a").phase is not Phase.READY:
            clock.advance(1.0)

        assert (short.get(timeout=5), long.get(timeout=5)) == (Outcome.EXPIRED, Outcome.SENT)
        server.wait_for(lambda server: server.counters.messages_in == 1)
        assert server.received[0][1] == "long"


def test_what_was_queued_when_the_stream_ended_goes_out_on_the_next_one(
    journal: "Journal", logs: "Logs", sibling: "Sibling"
) -> None:
    busy, release = threading.Event(), threading.Event()

    def on_message(_connection: Connection, message: str) -> None:
        if message == "be busy":
            busy.set()
            release.wait(8)

    with ScriptedServer(echo) as server, Fleet() as fleet:
        sibling.join(fleet)
        handler = journal.handler(on_message=on_message)
        fleet.connect("a", server.url, handler=handler, restart=QUICK)
        fleet.wait_ready(timeout=5)
        fleet.send("a", "be busy")
        assert busy.wait(8)
        # These wait in the mailbox, before the news of the end, which is told in two messages.
        outcomes = [fleet.send("a", f"queued {number}") for number in range(3)]
        server.cut_all()
        server.wait_for(0)
        sibling.check(fleet)
        release.set()
        logs.wait("connection.failed", connection="a")
        journal.wait_told("message", "be busy", "queued 0", "queued 1", "queued 2")

        assert tally(outcomes) == {Outcome.SENT: 3}
        assert fleet.status("a").counts.balanced


def test_a_login_that_is_accepted_on_a_dead_stream_lets_nothing_out(
    journal: "Journal", logs: "Logs", sibling: "Sibling"
) -> None:
    busy, release = threading.Event(), threading.Event()

    async def serve(session: Session) -> None:
        await session.expect_auth()
        if session.id > 1:
            await session.accept()
        await listen(session)

    def on_receive(_connection: Connection, _message: object) -> None:
        busy.set()
        release.wait(8)

    with ScriptedServer(serve) as server, Fleet() as fleet:
        sibling.join(fleet)
        handler = journal.handler(on_receive=on_receive)
        auth = HmacAuth("some-key", "some-secret")
        fleet.connect("a", server.url, handler=handler, auth=auth, restart=QUICK)
        logs.wait("auth.sent", connection="a")
        fleet.tell("a", "be busy")
        assert busy.wait(8)
        outcomes = [fleet.send("a", f"queued {number}") for number in range(3)]
        server.run(server.sessions[0].accept())
        server.cut_all(reset=False)
        server.wait_for(0)
        sibling.check(fleet)
        release.set()

        assert tally(outcomes) == {Outcome.SENT: 3}
        server.wait_for(lambda server: server.counters.messages_in == 5)
        assert [text for _, text in server.received][-3:] == [f"queued {n}" for n in range(3)]
        assert fleet.status("a").counts.balanced


class Storm:
    """A connection to which anything happens, and threads that send over it all the while."""

    def __init__(self, fleet: Fleet, server: ScriptedServer, seed: int) -> None:
        self._fleet = fleet
        self._server = server
        self._chance = random.Random(seed)  # noqa: S311  # a test that can be repeated
        self._lock = threading.Lock()
        self.sent: dict[str, pykka.Future[Outcome]] = {}
        self.refused: list[str] = []

    def send(self, sender: int, count: int) -> None:
        """Send numbered messages, a part of them short-lived, a part of them large."""
        chance = random.Random(sender)  # noqa: S311  # the same
        for number in range(count):
            size = chance.choice([0, 0, 0, 50_000, 500_000])
            text = f"{sender} {number} {'x' * size}"
            ttl = chance.choice([None, None, 0.001])
            try:
                outcome = self._fleet.send("a", text, ttl=ttl)
            except MailboxFull:
                self.refused.append(text)
                continue
            with self._lock:
                self.sent[text] = outcome
            if chance.random() < 0.5:
                # What comes next is sent to whatever the connection is by then.
                outcome.get(timeout=8)

    def blow(self, *senders: threading.Thread) -> None:
        """Let things happen to the connection for as long as somebody sends."""
        acts: list[Callable[[], object]] = [
            self._server.cut_all,
            self._choke,
            lambda: self._server.close_all(1012),
            lambda: self._fleet.restart("a"),
            lambda: self._fleet.resume("a"),
            lambda: self._fleet.tell("a", "crash"),
        ]
        for sender in senders:
            sender.start()
        while any(sender.is_alive() for sender in senders):
            self._chance.choice(acts)()
            self._fleet.wait_ready("a", timeout=5)

    def _choke(self) -> None:
        """Stop reading, so that what is sent gets stuck half-way; then cut."""
        for session in self._server.sessions:
            self._server.run(session.stop_reading())
        for _ in range(20):
            self._fleet.status("a")
        self._server.cut_all()


@pytest.mark.parametrize("seed", range(4))
def test_in_any_storm_the_counts_add_up_and_nothing_is_doubled(
    seed: int, journal: "Journal"
) -> None:
    def on_receive(_connection: Connection, _message: object) -> None:
        raise RuntimeError("as told")

    senders, each = 3, 80
    with ScriptedServer(listen) as server, Fleet(seed=seed) as fleet:
        limits = Limits(window=100_000, mailbox=60, outbox=60)
        handler = journal.handler(on_receive=on_receive)
        fleet.connect("a", server.url, handler=handler, restart=QUICK, limits=limits)
        storm = Storm(fleet, server, seed)
        threads = [
            threading.Thread(target=storm.send, args=(sender, each)) for sender in range(senders)
        ]
        storm.blow(*threads)
        fleet.resume("a")
        fleet.wait_ready("a", timeout=5)
        ended = {text: outcome.get(timeout=8) for text, outcome in storm.sent.items()}
        counts = fleet.status("a").counts

        assert counts.balanced
        assert counts.waiting == 0
        assert counts.refused == len(storm.refused) + list(ended.values()).count(Outcome.REFUSED)
        found = Counter(ended.values())
        assert counts == Counts(
            accepted=len(ended) - found[Outcome.REFUSED],
            sent=found[Outcome.SENT],
            expired=found[Outcome.EXPIRED],
            dropped=0,
            unknown=found[Outcome.UNKNOWN],
            refused=counts.refused,
            stale=counts.stale,
            dead_letters=counts.dead_letters,
        )
        fleet.stop("a")
        server.wait_for(0)
        # By session: after a crash a server may read two streams at once.
        received = sorted(server.received, key=lambda each: each[0])
        heard = [str(text) for _, text in received]
        assert max(Counter(heard).values(), default=0) <= 1
        assert not [text for text in heard if ended.get(text, Outcome.REFUSED) in DOWN]
        for sender in range(senders):
            numbers = [int(text.split()[1]) for text in heard if text.startswith(f"{sender} ")]
            assert numbers == sorted(numbers)


@pytest.mark.parametrize("seed", range(3))
def test_a_connection_that_is_stopped_in_a_storm_leaves_no_message_without_an_outcome(
    seed: int,
) -> None:
    server = ScriptedServer(listen)
    with server, Fleet(seed=seed) as fleet:
        fleet.connect("a", server.url, restart=QUICK, limits=Limits(window=100_000))
        storm = Storm(fleet, server, seed)
        storm.blow(threading.Thread(target=storm.send, args=(seed, 50)))
        server.stop()
        last = [fleet.send("a", "too late") for _ in range(20)]
        fleet.stop("a")

        ended = tally([*storm.sent.values(), *last])
        assert sum(ended.values()) == 70
        assert ended[Outcome.DROPPED] > 0


moves = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(0, 60)),
        st.tuples(st.just("depart"), st.just(0)),
        st.tuples(st.just("written"), st.integers(0, 5)),
        st.tuples(st.just("taken back"), st.integers(0, 5)),
        st.tuples(st.just("ended"), st.integers(0, 5)),
        st.tuples(st.just("later"), st.integers(0, 3)),
    ),
    max_size=60,
)


@settings(max_examples=200)
@given(moves=moves, torn=st.booleans(), capacity=st.integers(1, 8), window=st.integers(1, 100))
def test_an_outbox_gives_every_parcel_one_outcome_and_keeps_their_order(
    *, moves: list[tuple[str, int]], torn: bool, capacity: int, window: int
) -> None:
    ledger = Ledger()
    outbox = Outbox(ledger, capacity, window)
    outcomes: list[pykka.ThreadingFuture[Outcome]] = []
    now, written, departed = 0.0, 0, list[bytes]()

    for move, value in moves:
        match move:
            case "add":
                outcome = pykka.ThreadingFuture[Outcome]()
                outcomes.append(outcome)
                ttl = float(value % 5) if value % 2 else None
                payload = len(outcomes).to_bytes(4) + bytes(value)
                ledger.accept()
                try:
                    outbox.add(make_parcel(payload, now, ttl, outcome))
                except OutboxFull:
                    assert outcome.get(timeout=0) is Outcome.REFUSED
            case "depart":
                departed += [parcel.data for parcel in outbox.depart(now)]
            case "written":
                written = min(written + value, written + len(outbox.flying))
                outbox.written(written)
            case "taken back":
                outbox.taken_back(written + min(value, len(outbox.flying)))
            case "ended":
                outbox.stream_ended(written + min(value, len(outbox.flying)), torn=torn)
                written = 0
            case _:
                now += value
                outbox.expire(now)
        waiting = len(outbox.waiting) + len(outbox.flying)
        assert ledger.counts(waiting).balanced
        numbers = [parcel.data[:4] for parcel in (*outbox.flying, *outbox.waiting)]
        assert numbers == sorted(numbers)

    outbox.drop_all()
    assert ledger.counts(0).balanced
    assert sum(tally(list(outcomes)).values()) == len(outcomes)
