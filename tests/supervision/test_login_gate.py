"""The gate of logins keeps its pace however late timers are, and lets everybody through."""

import heapq
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from holdfast.actors.login_gate import LoginGate
from holdfast.handlers import Governor, HostLimits

RATE = 10.0
HOST = "example.com"
ARRIVALS = st.lists(st.floats(0, 5), min_size=1, max_size=30)
LATENESS = st.lists(st.sampled_from([0.0, 0.0, 0.01, 0.3, 30.0]), min_size=200, max_size=200)
ENDLESS = float("inf")


def sent_times(
    arrivals: list[float], lateness: list[float], patience: float = ENDLESS
) -> list[float]:
    """Return when each login is sent.

    Args:
        arrivals: when each stream is open.
        lateness: how late each timer is, one after the other.
        patience: seconds after which a server drops who hasn't logged in; the next stream of that
            connection opens at once.
    """
    gate = LoginGate(Governor(limits=HostLimits(logins_per_second=RATE)))
    late, sent, now = iter(lateness), list[float](), 0.0
    # Time, connection, generation, and when this stream was opened.
    events = [(at, number, 1, at) for number, at in enumerate(arrivals)]
    heapq.heapify(events)
    while events:
        at, number, generation, opened = heapq.heappop(events)
        now = max(now, at)
        if now >= opened + patience:
            gate.withdraw(HOST, (str(number), generation, number))
            generation, opened = generation + 1, now
        wait = gate.ask(HOST, (str(number), generation, number), now)
        if wait > 0:
            due = min(now + wait + next(late, 0.0), opened + patience)
            heapq.heappush(events, (due, number, generation, opened))
        else:
            sent.append(now)
    assert gate.lines() == {}
    return sent


@given(ARRIVALS, LATENESS)
def test_no_two_logins_are_closer_than_the_pace_and_none_is_forgotten(
    arrivals: list[float], lateness: list[float]
) -> None:
    sent = sent_times(arrivals, lateness)
    assert len(sent) == len(arrivals)
    assert all(after - before >= 1 / RATE - 2e-9 for before, after in pairwise(sent))


@given(ARRIVALS)
def test_with_timers_in_time_everybody_waits_no_longer_than_the_line_is(
    arrivals: list[float],
) -> None:
    sent = sent_times(arrivals, [])
    assert max(sent) <= max(arrivals) + len(arrivals) / RATE + 1e-6


@given(ARRIVALS, st.floats(0.15, 2.0))
def test_streams_that_die_while_they_wait_take_no_place_along(
    arrivals: list[float], patience: float
) -> None:
    sent = sent_times(arrivals, [], patience)
    assert len(sent) == len(arrivals)
    assert max(sent) <= max(arrivals) + 2 * len(arrivals) / RATE + patience


def test_a_renewal_waits_in_front_of_the_line() -> None:
    gate = LoginGate(Governor(limits=HostLimits(logins_per_second=RATE)))
    waits = [gate.ask(HOST, (str(number), 1, number), 0.0) for number in range(100)]
    assert waits[0] == 0.0
    assert gate.ask(HOST, ("renewal", 1, 100), 0.0, first=True) <= waits[1]
    assert gate.lines() == {HOST: 100}
    assert gate.holds(("renewal", 1, 100))


def test_a_host_without_a_pace_is_never_waited_for() -> None:
    gate = LoginGate()
    assert [gate.ask(HOST, ("a", 1, 1), 0.0) for _ in range(3)] == [0.0] * 3
