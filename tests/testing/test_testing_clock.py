"""ManualClock: time stands still until a test turns it."""

import math
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.handlers import Moment
from holdfast.testing import ManualClock

if TYPE_CHECKING:
    from holdfast.actors.clock import Clock


def test_time_stands_still_until_it_is_advanced() -> None:
    clock = ManualClock(start=10.0, unix=500.0)

    assert (clock.now(), clock.time(), clock.now()) == (10.0, 500.0, 10.0)

    clock.advance(2.5)

    assert clock.moment() == Moment(monotonic=12.5, unix=502.5)


def test_it_is_a_clock_as_the_fleet_wants_it() -> None:
    clock: Clock = ManualClock()

    assert clock.now() == 1000.0


@given(deadline=st.floats(allow_nan=False), turned=st.floats(0.0, 1e6))
def test_a_thread_sleeps_until_woken_unless_its_deadline_is_due(
    deadline: float, turned: float
) -> None:
    clock = ManualClock()
    clock.advance(turned)

    assert clock.timeout_until(deadline) == (0.0 if deadline <= clock.now() else None)


def test_a_deadline_is_due_when_its_time_has_come_and_not_before() -> None:
    clock = ManualClock(start=10.0)

    assert [clock.timeout_until(deadline) for deadline in (9.0, 10.0, 10.001)] == [0.0, 0.0, None]


def test_no_deadline_is_never_due() -> None:
    assert ManualClock().timeout_until(math.inf) is None


def test_subscribers_are_called_after_the_time_has_changed_until_they_unsubscribe() -> None:
    clock = ManualClock()
    seen: list[float] = []
    unsubscribe = clock.subscribe(lambda: seen.append(clock.now()))

    clock.advance(1.0)
    clock.advance(0.0)
    unsubscribe()
    unsubscribe()
    clock.advance(1.0)

    assert seen == [1001.0, 1001.0]


def test_a_subscriber_may_unsubscribe_while_it_is_called() -> None:
    clock = ManualClock()
    calls: list[int] = []

    def once() -> None:
        calls.append(1)
        unsubscribe()

    unsubscribe = clock.subscribe(once)
    clock.advance(1.0)
    clock.advance(1.0)

    assert calls == [1]


@pytest.mark.parametrize("seconds", [-0.001, math.inf, math.nan])
def test_it_cant_be_turned_back_nor_by_what_is_no_number(seconds: float) -> None:
    clock = ManualClock()

    with pytest.raises(ValueError, match="can't be advanced"):
        clock.advance(seconds)

    assert clock.now() == 1000.0


def test_no_turn_is_lost_when_threads_turn_it_together() -> None:
    clock = ManualClock(start=0.0)

    def advance_often() -> None:
        for _ in range(500):
            clock.advance(1.0)

    threads = [threading.Thread(target=advance_often) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert clock.now() == 2000.0
