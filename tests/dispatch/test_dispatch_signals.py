"""The leader tells what became ready and when the alarm is due: always, and once."""

import selectors
import socket
import time
from collections.abc import Iterator
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any

import pytest

from holdfast.actors.dispatch import DispatchedActor, Dispatcher, Readiness, Tick
from holdfast.testing import ManualClock

WAIT = 20.0
ROUNDS = 3_000


class Listener(DispatchedActor):
    """Passes signals on to the test."""

    system = True

    def __init__(self, dispatcher: Dispatcher) -> None:
        super().__init__(dispatcher)
        self.heard: SimpleQueue[Any] = SimpleQueue()

    def on_receive(self, message: object) -> None:
        if isinstance(message, Readiness | Tick):
            self.heard.put(message)
        elif callable(message):
            message()

    def watch(self, end: socket.socket, *masks: int) -> None:
        """Watch a socket from the leader's thread, as the socket actor does."""
        poller, fd = self.dispatcher.poller, end.fileno()
        for mask in masks:
            self.actor_ref.ask(partial(poller.watch, fd, mask), timeout=WAIT)

    def settle(self) -> None:
        """Return when the leader has looked at everything that happened before."""
        # The second question is run after a poll that came after the first.
        self.actor_ref.ask("a first time", timeout=WAIT)
        self.actor_ref.ask("a second time", timeout=WAIT)

    def heard_nothing(self) -> bool:
        self.settle()
        try:
            self.heard.get_nowait()
        except Empty:
            return True
        return False


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def listener(clock: ManualClock) -> Iterator[Listener]:
    dispatcher = Dispatcher(clock)
    dispatcher.start()
    listener = Listener(dispatcher)
    listener.launch()
    dispatcher.on_alarm(listener.mailbox)
    dispatcher.on_readiness(listener.mailbox)
    yield listener
    assert dispatcher.stop(timeout=WAIT) == []


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ends = socket.socketpair()
    yield ends
    for end in ends:
        end.close()


def test_the_alarm_is_due_when_the_clock_says_so_and_not_before(
    listener: Listener, clock: ManualClock
) -> None:
    listener.dispatcher.set_alarm(clock.now() + 10.0)
    clock.advance(9.9)
    assert listener.heard_nothing()
    clock.advance(0.1)
    assert listener.heard.get(timeout=WAIT) == Tick()
    clock.advance(100.0)
    assert listener.heard_nothing()


def test_an_alarm_that_is_due_already_comes_at_once(listener: Listener, clock: ManualClock) -> None:
    listener.dispatcher.set_alarm(clock.now())
    assert listener.heard.get(timeout=WAIT) == Tick()


def test_a_later_alarm_replaces_an_earlier_one(listener: Listener, clock: ManualClock) -> None:
    listener.dispatcher.set_alarm(clock.now() + 1.0)
    listener.dispatcher.set_alarm(clock.now() + 2.0)
    clock.advance(1.0)
    assert listener.heard_nothing()
    clock.advance(1.0)
    assert listener.heard.get(timeout=WAIT) == Tick()


def test_an_alarm_may_be_taken_back(listener: Listener, clock: ManualClock) -> None:
    listener.dispatcher.set_alarm(clock.now() + 1.0)
    listener.dispatcher.set_alarm(float("inf"))
    clock.advance(5.0)
    assert listener.heard_nothing()


@pytest.mark.usefixtures("restless")
def test_no_alarm_is_lost_when_it_is_set_while_the_leader_goes_to_sleep(
    listener: Listener, clock: ManualClock
) -> None:
    for _ in range(ROUNDS):
        listener.dispatcher.set_alarm(clock.now())
        assert listener.heard.get(timeout=WAIT) == Tick()


@pytest.mark.usefixtures("restless")
def test_no_alarm_is_lost_when_time_is_turned_while_the_leader_goes_to_sleep(
    listener: Listener, clock: ManualClock
) -> None:
    for _ in range(ROUNDS):
        listener.dispatcher.set_alarm(clock.now() + 1.0)
        clock.advance(1.0)
        assert listener.heard.get(timeout=WAIT) == Tick()


def test_time_that_flows_by_itself_brings_the_alarm_too(dispatcher: Dispatcher) -> None:
    listener = Listener(dispatcher)
    listener.launch()
    dispatcher.on_alarm(listener.mailbox)
    due = time.monotonic() + 0.02
    dispatcher.set_alarm(due)
    assert listener.heard.get(timeout=WAIT) == Tick()
    assert time.monotonic() >= due


def test_an_alarm_that_is_years_away_harms_nobody(dispatcher: Dispatcher) -> None:
    listener = Listener(dispatcher)
    listener.launch()
    dispatcher.on_alarm(listener.mailbox)
    dispatcher.set_alarm(time.monotonic() + 10 * 365 * 86_400.0)
    assert listener.heard_nothing()
    dispatcher.set_alarm(time.monotonic())
    assert listener.heard.get(timeout=WAIT) == Tick()


def test_a_descriptor_that_is_ready_is_told_with_what_it_is_ready_for(
    listener: Listener, pair: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = pair
    listener.watch(ours, selectors.EVENT_READ)
    theirs.send(b"x")
    event = (ours.fileno(), selectors.EVENT_READ)
    assert listener.heard.get(timeout=WAIT) == Readiness([event])


def test_readiness_is_told_once_until_it_was_dealt_with(
    listener: Listener, pair: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = pair
    theirs.send(b"x")
    listener.watch(ours, selectors.EVENT_READ)
    for _ in range(3):
        listener.heard.get(timeout=WAIT)
        assert listener.heard_nothing()
        listener.dispatcher.readiness_handled()
    listener.heard.get(timeout=WAIT)


def test_what_is_not_watched_any_more_is_not_told(
    listener: Listener, pair: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = pair
    listener.watch(ours, selectors.EVENT_READ, 0, 0)
    theirs.send(b"x")
    assert listener.heard_nothing()


def test_a_descriptor_is_told_for_what_it_was_last_watched_for(
    listener: Listener, pair: tuple[socket.socket, socket.socket]
) -> None:
    ours, _ = pair
    listener.watch(ours, selectors.EVENT_READ, selectors.EVENT_WRITE)
    event = (ours.fileno(), selectors.EVENT_WRITE)
    assert listener.heard.get(timeout=WAIT) == Readiness([event])


@pytest.mark.usefixtures("restless")
def test_no_readiness_is_lost_when_it_comes_while_the_leader_goes_to_sleep(
    listener: Listener, pair: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = pair
    listener.watch(ours, selectors.EVENT_READ)
    for _ in range(ROUNDS):
        theirs.send(b"x")
        listener.heard.get(timeout=WAIT)
        ours.recv(1)
        listener.dispatcher.readiness_handled()


def test_actors_run_on_while_readiness_and_alarm_have_nobody_to_tell(
    listener: Listener,
    clock: ManualClock,
    pair: tuple[socket.socket, socket.socket],
    caplog: pytest.LogCaptureFixture,
) -> None:
    ours, theirs = pair
    listener.watch(ours, selectors.EVENT_READ)
    survivor = Listener(listener.dispatcher)
    survivor.launch()
    listener.actor_ref.stop(timeout=WAIT)
    theirs.send(b"x")
    listener.dispatcher.set_alarm(clock.now())
    assert survivor.heard_nothing()
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
