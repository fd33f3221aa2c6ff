"""What happens at the very moment at which a thread goes to sleep still wakes it."""

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

import pytest

from holdfast.actors.dispatch import DispatchedActor, DispatchedFuture, Dispatcher, Tick
from holdfast.actors.dispatch.role import take_role
from holdfast.testing import ManualClock

WAIT = 20.0


class LastLook(ManualClock):
    """A clock that lets something happen while the leader asks how long it may sleep."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Callable[[], None] | None = None

    def timeout_until(self, deadline: float) -> float | None:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            other = threading.Thread(target=meanwhile)
            other.start()
            other.join(WAIT)
        return super().timeout_until(deadline)


class Collector(DispatchedActor):
    """Passes what it receives on to the test."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        super().__init__(dispatcher)
        self.received: SimpleQueue[Any] = SimpleQueue()

    def on_receive(self, message: object) -> None:
        self.received.put(message)


@pytest.fixture
def clock() -> LastLook:
    return LastLook()


@pytest.fixture
def collector(clock: LastLook, make_dispatcher: Callable[..., Dispatcher]) -> Collector:
    dispatcher = make_dispatcher(clock=clock)
    collector = Collector(dispatcher)
    collector.launch()
    dispatcher.on_alarm(collector.mailbox)
    return collector


def test_a_message_that_comes_as_the_leader_falls_asleep_is_handled(
    collector: Collector, clock: LastLook
) -> None:
    for _ in range(20):
        clock.meanwhile = lambda: collector.actor_ref.tell("now")
        collector.dispatcher.wake()
        assert collector.received.get(timeout=WAIT) == "now"


def test_an_alarm_that_is_set_as_the_leader_falls_asleep_is_noticed(
    collector: Collector, clock: LastLook
) -> None:
    for _ in range(20):
        clock.meanwhile = lambda: collector.dispatcher.set_alarm(clock.now())
        collector.dispatcher.wake()
        assert collector.received.get(timeout=WAIT) == Tick()


def test_time_that_is_turned_as_the_leader_falls_asleep_is_noticed(
    collector: Collector, clock: LastLook
) -> None:
    for _ in range(20):
        collector.dispatcher.set_alarm(clock.now() + 1.0)
        clock.meanwhile = lambda: clock.advance(1.0)
        collector.dispatcher.wake()
        assert collector.received.get(timeout=WAIT) == Tick()


def test_a_stop_that_comes_as_the_leader_falls_asleep_is_noticed() -> None:
    clock = LastLook()
    dispatcher = Dispatcher(clock)
    stuck: SimpleQueue[list[str]] = SimpleQueue()
    stopping = threading.Event()

    def stop() -> None:
        threading.Thread(target=lambda: stuck.put(dispatcher.stop(timeout=WAIT))).start()
        while not dispatcher.stopped:
            pass
        stopping.set()

    clock.meanwhile = stop
    dispatcher.start()
    assert stopping.wait(WAIT)
    assert stuck.get(timeout=WAIT) == []


def test_an_answer_that_comes_as_who_asked_falls_asleep_is_read() -> None:
    future = DispatchedFuture[str]()
    answers: SimpleQueue[str] = SimpleQueue()

    class Hasty:
        """A thread whose answer comes while it hands the leadership on."""

        def runs(self, turn: object) -> bool:
            del turn
            return False

        def wait_begins(self, question: object) -> None:
            del question
            future.set("just in time")

        def wait_ends(self) -> None:
            answers.put("went on")

    def ask() -> None:
        take_role(Hasty())
        answers.put(future.get(timeout=WAIT))

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join(WAIT)
    assert [answers.get(timeout=WAIT) for _ in range(2)] == ["went on", "just in time"]
