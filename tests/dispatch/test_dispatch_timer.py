"""A timer fires at its deadline, once, unless it was cancelled or replaced: then never."""

import random
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from holdfast.actors.dispatch import DispatchedActor, Dispatcher, Mailbox
from holdfast.actors.timer import CancelAll, StartTimer, TimerActor, TimerFired, TimerKey
from holdfast.actors.timers import Timers
from holdfast.testing import ManualClock

WAIT = 20.0


class Owner(DispatchedActor):
    """Starts timers as it is told, and notes which of them it heard and believed."""

    def __init__(self, timer: TimerActor, mailbox: Mailbox | None = None) -> None:
        super().__init__(timer.dispatcher, mailbox)
        self.timer = timer
        self.timers = Timers(timer.mailbox, self.mailbox, timer.dispatcher.clock)
        self.heard: list[TimerFired] = []
        self.believed: list[TimerKey] = []

    def on_receive(self, message: Any) -> Any:  # a timer, or what to do
        if not isinstance(message, TimerFired):
            return message()
        self.heard.append(message)
        if self.timers.accepts(message):
            self.believed.append(message.key)
        return None

    def do(self, action: Callable[[], Any]) -> Any:  # whatever came of it
        """Have the actor do something, and let the timer actor hear of it."""
        answer = self.actor_ref.ask(action, timeout=WAIT)
        settle(self.timer)
        return answer

    def begin(self, **seconds: float) -> None:
        """Have the actor start timers, in this order."""

        def start() -> None:
            for key, after in seconds.items():
                self.timers.start(key, after)

        self.do(start)

    def believes(self) -> list[TimerKey]:
        """Return the timers it has believed, when nothing is on its way any more."""
        settle(self.timer)
        believed: list[TimerKey] = self.do(lambda: list(self.believed))
        return believed


def settle(timer: TimerActor) -> None:
    """Return when the timer actor has heard all, and has fired what is due."""
    # The second question is answered after a poll, and so after the alarm, that came after the
    # first.
    for _ in range(2):
        timer.actor_ref.ask(CancelAll(()), timeout=WAIT)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def timer(clock: ManualClock) -> Iterator[TimerActor]:
    dispatcher = Dispatcher(clock)
    dispatcher.start()
    timer = TimerActor(dispatcher)
    timer.launch()
    yield timer
    assert dispatcher.stop(timeout=WAIT) == []


@pytest.fixture
def owner(timer: TimerActor) -> Owner:
    owner = Owner(timer)
    owner.launch()
    return owner


def test_a_timer_fires_at_its_deadline_and_not_before(owner: Owner, clock: ManualClock) -> None:
    owner.begin(a=5.0)
    clock.advance(4.999)
    assert owner.believes() == []
    clock.advance(0.001)
    assert owner.believes() == ["a"]
    clock.advance(1_000.0)
    assert owner.believes() == ["a"]


def test_timers_fire_in_the_order_of_their_deadlines(owner: Owner, clock: ManualClock) -> None:
    owner.begin(c=3.0, a=1.0, d=4.0, b=2.0)
    clock.advance(10.0)
    assert owner.believes() == ["a", "b", "c", "d"]


def test_timers_of_one_deadline_fire_in_the_order_of_their_start(
    owner: Owner, clock: ManualClock
) -> None:
    owner.begin(b=1.0, c=1.0, a=1.0)
    clock.advance(1.0)
    assert owner.believes() == ["b", "c", "a"]


def test_a_timer_without_delay_fires_at_once(owner: Owner) -> None:
    owner.begin(a=0.0)
    assert owner.believes() == ["a"]


def test_starting_a_key_again_replaces_its_timer(owner: Owner, clock: ManualClock) -> None:
    owner.begin(a=1.0)
    owner.begin(a=5.0)
    clock.advance(4.0)
    assert owner.believes() == []
    clock.advance(1.0)
    assert owner.believes() == ["a"]
    assert len(owner.heard) == 1


def test_a_cancelled_timer_never_fires(owner: Owner, clock: ManualClock) -> None:
    owner.begin(a=1.0, b=1.0)
    owner.do(lambda: owner.timers.cancel("a"))
    clock.advance(2.0)
    assert owner.believes() == ["b"]
    assert len(owner.heard) == 1


def test_cancelling_all_leaves_none(owner: Owner, clock: ManualClock) -> None:
    owner.begin(a=1.0, b=2.0, c=3.0)
    owner.do(owner.timers.cancel_all)
    clock.advance(5.0)
    assert owner.believes() == []
    assert owner.heard == []


def test_cancelling_what_fired_or_never_ran_is_no_error(owner: Owner, clock: ManualClock) -> None:
    owner.begin(a=1.0)
    clock.advance(1.0)
    assert owner.believes() == ["a"]
    owner.do(lambda: owner.timers.cancel("a"))
    owner.do(lambda: owner.timers.cancel("never"))
    owner.do(owner.timers.cancel_all)
    owner.begin(a=1.0)
    clock.advance(1.0)
    assert owner.believes() == ["a", "a"]


def test_an_owner_knows_which_of_its_timers_run(owner: Owner, clock: ManualClock) -> None:
    owner.begin(a=1.0, b=2.0, c=3.0)
    owner.do(lambda: owner.timers.cancel("c"))
    clock.advance(1.0)
    owner.believes()
    assert [owner.timers.running(key) for key in "abc"] == [False, True, False]


VOID: dict[str, Callable[[Timers], None]] = {
    "cancelled": lambda timers: timers.cancel("a"),
    "all cancelled": lambda timers: timers.cancel_all(),
    "replaced": lambda timers: timers.start("a", 50.0),
}


@pytest.mark.parametrize("void", VOID.values(), ids=VOID)
def test_a_timer_that_became_void_while_its_message_waited_is_never_believed(
    owner: Owner, clock: ManualClock, void: Callable[[Timers], None]
) -> None:
    owner.begin(a=1.0)
    entered, gate = threading.Event(), threading.Event()

    def hold() -> None:
        entered.set()
        gate.wait(WAIT)
        void(owner.timers)

    held = owner.actor_ref.ask(hold, block=False)
    assert entered.wait(WAIT)
    clock.advance(1.0)
    settle(owner.timer)
    assert len(owner.mailbox) == 1
    gate.set()
    held.get(timeout=WAIT)
    assert owner.believes() == []
    assert [fired.key for fired in owner.heard] == ["a"]


def test_owners_do_not_meddle_with_each_others_timers(
    timer: TimerActor, owner: Owner, clock: ManualClock
) -> None:
    other = Owner(timer)
    other.launch()
    owner.begin(a=1.0, b=1.0)
    other.begin(a=1.0, c=1.0)
    owner.do(lambda: owner.timers.cancel("a"))
    other.do(lambda: other.timers.cancel("c"))
    clock.advance(1.0)
    assert (owner.believes(), other.believes()) == (["b"], ["a"])


def test_incarnations_that_share_a_mailbox_do_not_meddle_with_each_others_timers(
    timer: TimerActor, clock: ManualClock
) -> None:
    mailbox = Mailbox()
    given_up, successor = Owner(timer, mailbox), Owner(timer, mailbox)
    successor.launch()
    given_up.timers.start("a", 1.0)
    successor.begin(a=2.0, b=2.0)
    given_up.timers.start("b", 1.0)
    given_up.timers.cancel_all()
    clock.advance(5.0)
    assert successor.believes() == ["a", "b"]


def test_a_key_may_say_whom_it_is_about(owner: Owner, clock: ManualClock) -> None:
    one, two = ("retry", "one"), ("retry", "two")
    owner.do(lambda: owner.timers.start(one, 1.0))
    owner.do(lambda: owner.timers.start(two, 1.0))
    owner.do(lambda: owner.timers.cancel(one))
    clock.advance(1.0)
    assert owner.believes() == [two]


def test_a_timer_of_an_owner_that_is_gone_harms_nobody(
    timer: TimerActor, owner: Owner, clock: ManualClock
) -> None:
    gone = Owner(timer)
    gone.launch()
    gone.begin(a=1.0)
    gone.actor_ref.stop(timeout=WAIT)
    owner.begin(b=1.0)
    clock.advance(1.0)
    assert owner.believes() == ["b"]


def test_what_the_timer_actor_does_not_know_changes_nothing(
    timer: TimerActor, owner: Owner, clock: ManualClock
) -> None:
    owner.begin(a=1.0)
    timer.actor_ref.tell("nonsense")
    clock.advance(1.0)
    assert owner.believes() == ["a"]


def test_ten_thousand_timers_fire_in_order_as_time_goes_by(
    owner: Owner, clock: ManualClock
) -> None:
    source = random.Random(1)  # noqa: S311  # a test that is the same each time
    after = {str(number): source.uniform(0.0, 100.0) for number in range(10_000)}
    owner.begin(**after)
    for _ in range(10):
        clock.advance(10.0)
        owner.believes()
    assert owner.believes() == sorted(after, key=after.__getitem__)


def test_thousands_of_replaced_and_cancelled_timers_take_no_living_one_with_them(
    owner: Owner, clock: ManualClock
) -> None:
    keys = [str(number) for number in range(3_000)]
    for delay in (90.0, 80.0, 70.0, 10.0):
        owner.begin(**dict.fromkeys(keys, delay))

    def cancel_half() -> None:
        for key in keys[::2]:
            owner.timers.cancel(key)

    owner.do(cancel_half)
    clock.advance(10.0)
    assert owner.believes() == keys[1::2]
    clock.advance(100.0)
    owner.believes()
    assert len(owner.heard) == len(keys) // 2


def test_time_that_flows_by_itself_fires_timers_too(dispatcher: Dispatcher) -> None:
    timer = TimerActor(dispatcher)
    timer.launch()
    fired = threading.Event()

    class Waiting(DispatchedActor):
        def on_receive(self, message: object) -> None:
            if isinstance(message, TimerFired):
                fired.set()

    waiting = Waiting(dispatcher)
    waiting.launch()
    timer.mailbox.tell(StartTimer(waiting.mailbox, "a", dispatcher.clock.now() + 0.02, 1))
    assert fired.wait(WAIT)
