"""One thread leads, whoever holds it is left behind, and no actor is run by two."""

import re
import threading
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import Any

import pytest

from holdfast.actors.dispatch import DispatchedActor, Dispatcher, Mailbox
from holdfast.actors.dispatch.stall import Stall
from holdfast.testing import ManualClock

WAIT = 20.0
HOLD = 0.002
"""Seconds that a handler may hold the leader here: what these tests wait for most."""

HOLD_ON = "until the leader is taken from you"

MakeDispatcher = Callable[..., Dispatcher]


class Quick(DispatchedActor):
    """Answers with the thread that it runs on."""

    def on_receive(self, message: object) -> threading.Thread:
        del message
        return threading.current_thread()


class Blocker(DispatchedActor):
    """Holds its thread while a gate that it is told is closed, and tells where it ran."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        super().__init__(dispatcher)
        self.entered = threading.Event()
        self.left_behind = threading.Event()
        self.back = threading.Event()

    def on_receive(self, message: Any) -> Any:  # a gate or None
        self.entered.set()
        if message is not None:
            message.wait(WAIT)
        return threading.current_thread()

    def blocked(self, stall: Stall) -> None:
        super().blocked(stall)
        self.left_behind.set()

    def recovered(self, handler: str, seconds: float) -> None:
        super().recovered(handler, seconds)
        self.back.set()


class OtherBlocker(Blocker):
    """Is of another kind."""


class Careful(DispatchedActor):
    """Notes when it is run by two threads at once; some messages make it lose the leader."""

    def __init__(self, dispatcher: Dispatcher, goal: int) -> None:
        super().__init__(dispatcher, Mailbox(capacity=goal))
        self.alone = threading.Lock()
        self.met = False
        self.left_behind = threading.Event()
        self.handled_messages = 0
        self.goal = goal
        self.done = threading.Event()

    def on_receive(self, message: object) -> None:
        if not self.alone.acquire(blocking=False):
            self.met = True
            return
        self.left_behind.clear()
        if message == HOLD_ON:
            # A spare is never left behind: there it only takes its time.
            self.left_behind.wait(10 * HOLD)
        self.handled_messages += 1
        if self.handled_messages == self.goal:
            self.done.set()
        self.alone.release()

    def blocked(self, stall: Stall) -> None:
        super().blocked(stall)
        self.left_behind.set()


def threads_of_dispatchers() -> int:
    """How many threads run actors, the watchdog included."""
    names = [thread.name for thread in threading.enumerate()]
    return sum(bool(re.fullmatch(r"holdfast-(\d+|watchdog)", name)) for name in names)


def thread_of(actor: DispatchedActor, message: object = None) -> threading.Thread:
    thread = actor.actor_ref.ask(message, timeout=WAIT)
    assert isinstance(thread, threading.Thread)
    return thread


def block(actor: Blocker, gate: threading.Event) -> None:
    """Have an actor hold its thread until the gate opens."""
    actor.entered.clear()
    actor.actor_ref.tell(gate)
    assert actor.entered.wait(WAIT)


def leave_behind(actor: Blocker) -> None:
    """Have an actor left behind, and let it come back."""
    gate = threading.Event()
    block(actor, gate)
    assert actor.left_behind.wait(WAIT)
    gate.set()
    assert actor.back.wait(WAIT)


@pytest.fixture
def quick_to_leave(make_dispatcher: MakeDispatcher) -> Dispatcher:
    return make_dispatcher(hold_limit=HOLD)


def test_an_actor_answers_while_another_one_blocks(dispatcher: Dispatcher) -> None:
    blocker, quick = Blocker(dispatcher), Quick(dispatcher)
    quick.launch()
    gate = threading.Event()
    answer = blocker.launch().ask(gate, block=False)
    assert blocker.entered.wait(WAIT)
    leader = thread_of(quick)
    gate.set()
    assert answer.get(timeout=WAIT) is not leader


def test_an_actor_that_was_left_behind_logs_it_and_its_return(
    quick_to_leave: Dispatcher,
) -> None:
    blocker = Blocker(quick_to_leave)
    blocker.launch()
    gate = threading.Event()
    block(blocker, gate)
    assert blocker.left_behind.wait(WAIT)
    assert not blocker.back.is_set()
    gate.set()
    assert blocker.back.wait(WAIT)


def test_an_actor_that_was_left_behind_runs_on_the_spares_next_time(
    quick_to_leave: Dispatcher,
) -> None:
    blocker, quick = Blocker(quick_to_leave), Quick(quick_to_leave)
    blocker.launch()
    quick.launch()
    leave_behind(blocker)
    leader = thread_of(quick)
    gate = threading.Event()
    answer = blocker.actor_ref.ask(gate, block=False)
    assert [thread_of(quick) for _ in range(100)] == [leader] * 100
    gate.set()
    assert answer.get(timeout=WAIT) is not leader


def test_an_actor_is_back_with_the_leader_after_it_was_quick_for_a_while(
    make_dispatcher: MakeDispatcher,
) -> None:
    dispatcher = make_dispatcher(hold_limit=0.05)
    blocker, quick = Blocker(dispatcher), Quick(dispatcher)
    blocker.launch()
    quick.launch()
    leave_behind(blocker)
    places = [thread_of(blocker) is thread_of(quick) for _ in range(500)]
    assert not any(places[:8])
    assert places[-1]


def test_an_actor_keeps_its_order_when_it_moves_between_threads(
    quick_to_leave: Dispatcher,
) -> None:
    received: SimpleQueue[object] = SimpleQueue()

    class Moving(Blocker):
        def on_receive(self, message: Any) -> Any:  # a gate or a number
            received.put(message)
            return None if isinstance(message, int) else super().on_receive(message)

    actor = Moving(quick_to_leave)
    ref = actor.launch()
    gate = threading.Event()
    sent = [0, gate, *range(1, 200)]
    for message in sent:
        ref.tell(message)
    assert actor.left_behind.wait(WAIT)
    gate.set()
    assert [received.get(timeout=WAIT) for _ in sent] == sent


def test_fifty_actors_that_were_slow_before_hold_up_nobody(make_dispatcher: MakeDispatcher) -> None:
    dispatcher = make_dispatcher(hold_limit=HOLD, max_threads=6)
    blockers = [Blocker(dispatcher) for _ in range(50)]
    quick = Quick(dispatcher)
    quick.launch()
    for blocker in blockers:
        blocker.launch()
        leave_behind(blocker)
    gate = threading.Event()
    answers = [blocker.actor_ref.ask(gate, block=False) for blocker in blockers]
    leader = thread_of(quick)
    assert [thread_of(quick) for _ in range(100)] == [leader] * 100
    assert threads_of_dispatchers() <= 6 + 1
    gate.set()
    assert leader not in [answer.get(timeout=WAIT) for answer in answers]


def test_fifty_new_actors_that_all_block_hold_up_none_of_another_kind(
    make_dispatcher: MakeDispatcher,
) -> None:
    dispatcher = make_dispatcher(hold_limit=HOLD, max_threads=6)
    quick = Quick(dispatcher)
    quick.launch()
    gate = threading.Event()
    answers = [Blocker(dispatcher).launch().ask(gate, block=False) for _ in range(50)]
    for _ in range(100):
        thread_of(quick)
    assert threads_of_dispatchers() <= 6 + 1
    assert not gate.is_set()
    gate.set()
    for answer in answers:
        answer.get(timeout=WAIT)


class Incomparable:
    """Names the kind of an actor by something whose `==` fails, as that of an array does."""

    def __eq__(self, other: object) -> bool:
        """Fail."""
        raise ValueError("the truth value of an array is ambiguous")

    __hash__ = None  # type: ignore[assignment]  # as for an array


class OddlyNamed(Blocker):
    """Blocks, and is of a kind that can't be compared."""

    @property
    def kind(self) -> object:
        return Incomparable()


def test_a_kind_that_cannot_be_compared_silences_nobody(make_dispatcher: MakeDispatcher) -> None:
    dispatcher = make_dispatcher(hold_limit=HOLD, max_threads=3)
    gates = [threading.Event() for _ in range(3)]
    for gate in gates:
        blocker = OddlyNamed(dispatcher)
        blocker.launch()
        block(blocker, gate)
    answers = [OddlyNamed(dispatcher).launch().ask(None, block=False) for _ in range(5)]
    for gate in gates:
        gate.set()
    for answer in answers:
        answer.get(timeout=WAIT)


def test_when_every_thread_is_held_the_first_that_is_free_lets_the_others_go_on(
    make_dispatcher: MakeDispatcher,
) -> None:
    dispatcher = make_dispatcher(hold_limit=HOLD, max_threads=3)
    gates = [threading.Event() for _ in range(3)]
    blockers = [Blocker(dispatcher), Blocker(dispatcher), OtherBlocker(dispatcher)]
    for blocker, gate in zip(blockers, gates, strict=True):
        blocker.launch()
        block(blocker, gate)
    quick = Quick(dispatcher)
    answer = quick.launch().ask(None, block=False)
    gates[0].set()
    answer.get(timeout=WAIT)
    assert not gates[2].is_set()
    for gate in gates:
        gate.set()


def test_an_actor_of_the_machine_is_never_left_behind(quick_to_leave: Dispatcher) -> None:
    class Patient(Blocker):
        system = True

    patient, blocker = Patient(quick_to_leave), Blocker(quick_to_leave)
    patient.launch()
    gate, second = threading.Event(), threading.Event()
    block(patient, gate)
    answer = blocker.launch().ask(second, block=False)
    gate.set()
    assert blocker.left_behind.wait(WAIT)
    second.set()
    answer.get(timeout=WAIT)
    assert not patient.left_behind.is_set()


def test_no_actor_is_ever_run_by_two_threads(
    make_dispatcher: MakeDispatcher, restless: None
) -> None:
    del restless
    dispatcher = make_dispatcher(hold_limit=HOLD, max_threads=5)
    each, producers = 400, 3
    actors = [Careful(dispatcher, each * producers) for _ in range(6)]
    for actor in actors:
        actor.launch()

    def produce() -> None:
        for number in range(each):
            for actor in actors:
                actor.actor_ref.tell(number if number % 100 else HOLD_ON)

    threads = [threading.Thread(target=produce) for _ in range(producers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
    assert all(actor.done.wait(WAIT) for actor in actors)
    assert not any(actor.met for actor in actors)


def test_an_actor_knows_whether_the_thread_that_asks_is_running_it(
    quick_to_leave: Dispatcher,
) -> None:
    class Aware(Blocker):
        def on_receive(self, message: Any) -> Any:  # a gate or another actor
            if isinstance(message, DispatchedActor):
                return self.runs_here(), message.runs_here()
            return super().on_receive(message)

    aware, other = Aware(quick_to_leave), Quick(quick_to_leave)
    other.launch()
    ref = aware.launch()
    assert (aware.runs_here(), other.runs_here()) == (False, False)
    thread_of(other)
    assert ref.ask(other, timeout=WAIT) == (True, False)
    leave_behind(aware)
    assert ref.ask(other, timeout=WAIT) == (True, False)


@pytest.fixture
def no_more_threads() -> Iterator[Callable[[], None]]:
    """Return what makes the system refuse every new thread: nobody has so much address space."""
    usual = threading.stack_size()

    def refuse() -> None:
        threading.stack_size(2**46)

    yield refuse
    threading.stack_size(usual)


def test_where_no_spare_can_be_had_the_leader_runs_slow_actors_too(
    dispatcher: Dispatcher, no_more_threads: Callable[[], None]
) -> None:
    slow, quick = Blocker(dispatcher), Quick(dispatcher)
    slow.launch()
    quick.launch()
    leader = thread_of(quick)
    no_more_threads()
    slow.slow = 16
    assert thread_of(slow) is leader


def test_a_leader_that_nobody_can_succeed_goes_on_after_it_was_held(
    quick_to_leave: Dispatcher, no_more_threads: Callable[[], None]
) -> None:
    blocker, quick = Blocker(quick_to_leave), Quick(quick_to_leave)
    blocker.launch()
    quick.launch()
    leader = thread_of(quick)
    no_more_threads()
    gate = threading.Event()
    block(blocker, gate)
    # The watchdog marks the actor before it looks for another leader.
    while not blocker.slow:
        pass
    gate.set()
    assert thread_of(quick) is leader


def test_time_that_is_turned_by_hand_does_not_matter_to_the_watchdog(
    make_dispatcher: MakeDispatcher,
) -> None:
    dispatcher = make_dispatcher(clock=ManualClock(), hold_limit=HOLD)
    blocker = Blocker(dispatcher)
    blocker.launch()
    leave_behind(blocker)
