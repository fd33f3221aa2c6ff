"""No message is lost, doubled or left lying, however many threads have to do with a mailbox."""

import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any

import pykka
import pytest
from pykka._envelope import Envelope

from holdfast.actors.dispatch import Control, DispatchedActor, Dispatcher, Mailbox

WAIT = 20.0
PRODUCERS = 8
ROUNDS = 3_000

pytestmark = pytest.mark.usefixtures("restless")


class Collector(DispatchedActor):
    """Passes what it receives on to the test."""

    def __init__(self, dispatcher: Dispatcher, mailbox: Mailbox | None = None) -> None:
        super().__init__(dispatcher, mailbox)
        self.received: SimpleQueue[Any] = SimpleQueue()

    def on_receive(self, message: object) -> None:
        self.received.put(message)


def in_threads(*jobs: Any) -> None:  # anything to be called
    with ThreadPoolExecutor(len(jobs)) as pool:
        for future in [pool.submit(job) for job in jobs]:
            future.result(timeout=WAIT)


def test_eight_producers_lose_and_double_nothing_and_keep_their_order(
    dispatcher: Dispatcher,
) -> None:
    actor = Collector(dispatcher, Mailbox(capacity=PRODUCERS * ROUNDS))
    ref = actor.launch()

    def produce(producer: int) -> None:
        for number in range(ROUNDS):
            ref.tell((producer, number))

    in_threads(*(lambda each=each: produce(each) for each in range(PRODUCERS)))
    by_producer: dict[int, list[int]] = defaultdict(list)
    for _ in range(PRODUCERS * ROUNDS):
        producer, number = actor.received.get(timeout=WAIT)
        by_producer[producer].append(number)
    assert by_producer == {each: list(range(ROUNDS)) for each in range(PRODUCERS)}


def test_one_message_to_a_sleeping_actor_always_wakes_it(dispatcher: Dispatcher) -> None:
    actor = Collector(dispatcher)
    ref = actor.launch()
    for number in range(2 * ROUNDS):
        ref.tell(number)
        assert actor.received.get(timeout=WAIT) == number


def test_actors_that_fall_asleep_at_the_same_time_are_all_woken(dispatcher: Dispatcher) -> None:
    def play() -> None:
        actor = Collector(dispatcher)
        ref = actor.launch()
        for number in range(ROUNDS // 3):
            ref.tell(number)
            assert actor.received.get(timeout=WAIT) == number

    in_threads(*[play] * 4)


def test_an_actor_on_the_spare_threads_is_always_woken(dispatcher: Dispatcher) -> None:
    actor = Collector(dispatcher)
    ref = actor.launch()
    for number in range(ROUNDS):
        actor.slow = 2
        ref.tell(number)
        assert actor.received.get(timeout=WAIT) == number


class Handover(Control):
    """End this incarnation; the next one takes over the mailbox."""


class Incarnation(Collector):
    """Lets its mailbox go at its end, as a connection does."""

    def __init__(
        self, dispatcher: Dispatcher, mailbox: Mailbox, received: SimpleQueue[Any]
    ) -> None:
        super().__init__(dispatcher, mailbox)
        self.received = received
        self.ended = threading.Event()

    def on_receive(self, message: object) -> None:
        if isinstance(message, Handover):
            self._stop()
        else:
            super().on_receive(message)

    def on_end(self) -> None:
        self.mailbox.detach(self)
        self.ended.set()


def test_a_mailbox_keeps_order_and_everything_over_many_incarnations(
    dispatcher: Dispatcher,
) -> None:
    mailbox = Mailbox(capacity=10**6)
    received: SimpleQueue[Any] = SimpleQueue()
    done = threading.Event()

    def restart() -> None:
        while not done.is_set():
            actor = Incarnation(dispatcher, mailbox, received)
            actor.launch()
            mailbox.tell(Handover())
            assert actor.ended.wait(WAIT)
        Incarnation(dispatcher, mailbox, received).launch()

    def produce() -> None:
        for number in range(10 * ROUNDS):
            mailbox.put(Envelope[Any](number))
        done.set()

    in_threads(restart, produce)
    assert [received.get(timeout=WAIT) for _ in range(10 * ROUNDS)] == list(range(10 * ROUNDS))


def close_while_two_put() -> list[int]:
    """Return what `close` handed out and what `put` refused."""
    mailbox = Mailbox()
    barrier = threading.Barrier(3)
    accounted: SimpleQueue[int] = SimpleQueue()

    def produce(numbers: range) -> None:
        barrier.wait(WAIT)
        for number in numbers:
            try:
                mailbox.put(Envelope[Any](number))
            except pykka.ActorDeadError:
                accounted.put(number)

    def close() -> None:
        barrier.wait(WAIT)
        for envelope in mailbox.close():
            accounted.put(envelope.message)

    in_threads(lambda: produce(range(20)), lambda: produce(range(20, 40)), close)
    return [accounted.get_nowait() for _ in range(accounted.qsize())]


def test_a_put_that_races_with_the_end_is_either_handed_out_or_refused() -> None:
    for _ in range(200):
        assert sorted(close_while_two_put()) == list(range(40))
