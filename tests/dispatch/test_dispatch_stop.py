"""A dispatcher that is stopped leaves no thread, no descriptor and nobody who waits."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pykka
import pytest

from holdfast.actors.dispatch import DispatchedActor, Dispatcher, DispatcherStopped, Mailbox
from holdfast.testing import ManualClock

WAIT = 20.0


class Doer(DispatchedActor):
    """Does what it is told, and answers with what came of it."""

    def on_receive(self, message: Callable[[], Any]) -> Any:  # whatever came
        return message()


class Holding:
    """An actor that holds its thread until it is let go."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self.gate = threading.Event()
        self.entered = threading.Event()
        self.thread = threading.current_thread()
        self.ref = Doer(dispatcher).launch()
        self.answer = self.ref.ask(self.hold, block=False)
        assert self.entered.wait(WAIT)

    def hold(self) -> str:
        self.thread = threading.current_thread()
        self.entered.set()
        assert self.gate.wait(WAIT)
        return "held"

    def let_go(self) -> None:
        self.gate.set()
        self.thread.join(WAIT)


@pytest.fixture
def dispatcher() -> Dispatcher:
    """Start a dispatcher that the test stops."""
    dispatcher = Dispatcher(hold_limit=0.002)
    dispatcher.start()
    return dispatcher


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    """See that there are as many threads afterwards as there were."""
    before = set(threading.enumerate())
    yield
    left = set(threading.enumerate()) - before
    # The log's own thread serves the whole process.
    assert {thread.name for thread in left} <= {"holdfast-log"}


def test_stopping_joins_every_thread(dispatcher: Dispatcher) -> None:
    refs = [Doer(dispatcher).launch() for _ in range(10)]
    assert refs[0].ask(lambda: refs[1].ask(lambda: "yes"), timeout=WAIT) == "yes"
    assert dispatcher.stop(timeout=WAIT) == []


def test_a_dispatcher_that_nobody_used_stops(dispatcher: Dispatcher) -> None:
    assert dispatcher.stop(timeout=WAIT) == []


def test_a_dispatcher_that_never_started_stops() -> None:
    assert Dispatcher().stop(timeout=WAIT) == []


def test_stopping_twice_is_no_error(dispatcher: Dispatcher) -> None:
    assert dispatcher.stop(timeout=WAIT) == []
    assert dispatcher.stop(timeout=WAIT) == []
    assert dispatcher.stopped


def test_a_handler_may_stop_its_own_dispatcher(dispatcher: Dispatcher) -> None:
    ref = Doer(dispatcher).launch()
    thread: threading.Thread = ref.ask(threading.current_thread, block=True, timeout=WAIT)
    assert ref.ask(lambda: dispatcher.stop(timeout=WAIT), timeout=WAIT) == []
    thread.join(WAIT)
    assert not thread.is_alive()


def test_a_handler_that_was_left_behind_may_stop_its_dispatcher(dispatcher: Dispatcher) -> None:
    holding = Holding(dispatcher)
    other = Doer(dispatcher).launch()
    assert other.ask(lambda: "led on", timeout=WAIT) == "led on"
    stopping = holding.ref.ask(lambda: dispatcher.stop(timeout=WAIT), block=False)
    holding.gate.set()
    assert stopping.get(timeout=WAIT) == []
    holding.thread.join(WAIT)


def test_stopping_names_the_threads_that_a_handler_holds(dispatcher: Dispatcher) -> None:
    holding = [Holding(dispatcher) for _ in range(3)]
    assert dispatcher.stop(timeout=0.05) == sorted(each.thread.name for each in holding)
    for each in holding:
        each.let_go()
        assert each.answer.get(timeout=WAIT) == "held"
    assert dispatcher.stop(timeout=WAIT) == []


def test_who_asked_an_actor_that_had_no_turn_yet_hears_that_it_is_dead(
    dispatcher: Dispatcher,
) -> None:
    holding = Holding(dispatcher)
    waiting = holding.ref.ask(lambda: "never", block=False)
    never = Doer(Dispatcher())
    question = never.launch().ask(lambda: "never", block=False)
    never.dispatcher.stop(timeout=WAIT)
    with pytest.raises(pykka.ActorDeadError):
        question.get(timeout=WAIT)
    dispatcher.stop(timeout=0)
    holding.let_go()
    with pytest.raises(pykka.ActorDeadError):
        waiting.get(timeout=WAIT)


def test_an_actor_that_waits_for_one_that_has_no_turn_any_more_is_let_go() -> None:
    dispatcher = Dispatcher(max_threads=3, hold_limit=0.002)
    dispatcher.start()
    holding = Holding(dispatcher)
    slow = Doer(dispatcher)
    slow.slow = 16
    asker = Doer(dispatcher).launch()
    asking = threading.Event()

    def ask() -> object:
        asking.set()
        return slow.launch().ask(lambda: "never", timeout=WAIT)

    answer = asker.ask(ask, block=False)
    assert asking.wait(WAIT)
    dispatcher.stop(timeout=0.05)
    with pytest.raises((pykka.ActorDeadError, DispatcherStopped)):
        answer.get(timeout=WAIT)
    holding.let_go()
    assert dispatcher.stop(timeout=WAIT) == []


@pytest.mark.parametrize("slow", [0, 16])
def test_an_actor_that_slept_through_the_stop_is_found_dead(
    dispatcher: Dispatcher, slow: int
) -> None:
    actor = Doer(dispatcher)
    ref = actor.launch()
    assert ref.ask(lambda: "yes", timeout=WAIT) == "yes"
    actor.slow = slow
    dispatcher.stop(timeout=WAIT)
    with pytest.raises(pykka.ActorDeadError):
        ref.ask(lambda: "no", timeout=WAIT)
    with pytest.raises(pykka.ActorDeadError):
        ref.tell(lambda: "no")
    assert ref.stop(timeout=WAIT) is False


def test_what_is_told_to_an_actor_after_the_stop_is_handed_back(dispatcher: Dispatcher) -> None:
    discarded: list[object] = []
    ref = Doer(dispatcher, Mailbox(on_discard=discarded.append)).launch()
    assert ref.ask(lambda: "yes", timeout=WAIT) == "yes"
    dispatcher.stop(timeout=WAIT)
    ref.tell("late")
    assert discarded == ["late"]


def test_an_actor_can_not_be_started_on_a_stopped_dispatcher(dispatcher: Dispatcher) -> None:
    dispatcher.stop(timeout=WAIT)
    for start in (Doer(dispatcher).launch, lambda: Doer.start(dispatcher)):
        with pytest.raises(DispatcherStopped):
            start()
    assert pykka.ActorRegistry.get_all() == []


def ask_until_it_is_dead(ref: pykka.ActorRef[Any], begin: threading.Barrier) -> None:
    begin.wait(WAIT)
    while True:
        try:
            ref.ask(lambda: "yes", timeout=WAIT)
        except pykka.ActorDeadError:
            return


@pytest.mark.usefixtures("restless")
def test_stopping_races_with_those_who_ask_and_leaves_none_of_them_waiting() -> None:
    for _ in range(30):
        dispatcher = Dispatcher()
        dispatcher.start()
        refs = [Doer(dispatcher).launch() for _ in range(4)]
        begin = threading.Barrier(len(refs) + 1)
        with ThreadPoolExecutor(len(refs)) as pool:
            asking = [pool.submit(ask_until_it_is_dead, ref, begin) for ref in refs]
            begin.wait(WAIT)
            assert dispatcher.stop(timeout=WAIT) == []
            for each in asking:
                each.result(timeout=WAIT)


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_stopped_dispatcher_gives_its_descriptors_back() -> None:
    def cycle() -> None:
        dispatcher = Dispatcher()
        dispatcher.start()
        Doer(dispatcher).launch().ask(lambda: "yes", timeout=WAIT)
        dispatcher.stop(timeout=WAIT)
        Dispatcher().stop(timeout=WAIT)

    cycle()
    before = descriptors()
    for _ in range(10):
        cycle()
    assert descriptors() == before


def test_a_clock_that_is_turned_after_the_stop_wakes_nobody() -> None:
    clock = ManualClock()
    dispatcher = Dispatcher(clock)
    dispatcher.start()
    dispatcher.stop(timeout=WAIT)
    clock.advance(1.0)
