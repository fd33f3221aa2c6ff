"""The watchdog costs nothing while nothing happens, and is there when it is needed."""

import re
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from holdfast.actors.dispatch import DispatchedActor, Dispatcher
from holdfast.actors.dispatch.stall import Stall
from holdfast.actors.dispatch.stall_limit import StallLimit
from holdfast.actors.dispatch.stalls import Stalls
from holdfast.actors.dispatch.watchdog import Watchdog
from holdfast.actors.dispatch.workers import Term, Workers

WAIT = 20.0
STRETCH = 0.1
"""Seconds without a single wake-up, in which a watchdog at work would wake a hundred times."""


class Blocker(DispatchedActor):
    """Holds its thread until the gate opens, and notes that it was left behind and came back."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        super().__init__(dispatcher)
        self.left_behind = threading.Event()
        self.back = threading.Event()

    def on_receive(self, message: threading.Event) -> None:
        message.wait(WAIT)

    def blocked(self, stall: Stall) -> None:
        super().blocked(stall)
        self.left_behind.set()

    def recovered(self, handler: str, seconds: float) -> None:
        super().recovered(handler, seconds)
        self.back.set()


def threads_of_dispatchers() -> list[threading.Thread]:
    pattern = re.compile(r"holdfast-(\d+|watchdog)")
    return [thread for thread in threading.enumerate() if pattern.fullmatch(thread.name)]


def wake_ups() -> int:
    """How often the threads of the dispatcher have gone to sleep so far."""
    threads = threads_of_dispatchers()
    lines = [
        line
        for thread in threads
        for line in Path(f"/proc/self/task/{thread.native_id}/status").read_text().splitlines()
        if line.startswith("voluntary_ctxt_switches")
    ]
    assert len(lines) == len(threads) > 0
    return sum(int(line.split()[1]) for line in lines)


def comes_to_rest() -> bool:
    """Tell whether the dispatcher's threads all sleep through a stretch of time."""
    stretch = threading.Event()
    for _ in range(int(WAIT / STRETCH)):
        before = wake_ups()
        stretch.wait(STRETCH)
        if wake_ups() == before:
            return True
    return False


def test_a_dispatcher_without_work_comes_to_rest(
    make_dispatcher: Callable[..., Dispatcher],
) -> None:
    make_dispatcher(hold_limit=0.002)
    assert comes_to_rest()


def test_a_dispatcher_comes_to_rest_again_after_its_work(
    make_dispatcher: Callable[..., Dispatcher],
) -> None:
    dispatcher = make_dispatcher(hold_limit=0.002)
    actor = Blocker(dispatcher)
    ref = actor.launch()
    gate = threading.Event()
    ref.tell(gate)
    assert actor.left_behind.wait(WAIT)
    gate.set()
    assert comes_to_rest()


def test_a_watchdog_that_rests_is_back_when_a_handler_blocks(
    make_dispatcher: Callable[..., Dispatcher],
) -> None:
    dispatcher = make_dispatcher(hold_limit=0.002)
    for _ in range(2):
        assert comes_to_rest()
        actor = Blocker(dispatcher)
        gate = threading.Event()
        actor.launch().tell(gate)
        assert actor.left_behind.wait(WAIT)
        gate.set()


def test_a_watchdog_that_rests_is_stopped_all_the_same(
    make_dispatcher: Callable[..., Dispatcher],
) -> None:
    dispatcher = make_dispatcher(hold_limit=0.002)
    assert comes_to_rest()
    assert dispatcher.stop(timeout=WAIT) == []
    assert threads_of_dispatchers() == []


def test_a_watchdog_does_not_rest_while_the_end_of_a_turn_is_still_to_be_told(
    make_dispatcher: Callable[..., Dispatcher], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The turn ends between the watchdog's last look and its sleep."""
    monkeypatch.setattr("holdfast.actors.dispatch.watchdog.PARK_AFTER", 1)
    actor = Blocker(make_dispatcher())
    stalls, term = Stalls(0.0, StallLimit()), Term(actor)
    lasting = [term]

    def falls_asleep() -> bool:
        if lasting:
            stalls.look([lasting.pop()], time.monotonic())
            term.ended = time.monotonic()
        return True

    workers = Workers(lambda _term: None, lambda _term: None, 3, lambda: None)
    watchdog = Watchdog(workers, stalls, falls_asleep, lambda _term, _turns: None, 0.001)
    watchdog.start()
    assert actor.back.wait(WAIT)
    watchdog.stop()
