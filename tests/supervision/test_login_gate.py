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


def sent_times(arrivals: list[float], lateness: list[float]) -> list[float]:
    """Return when each login is sent, if timers are as late as these say."""
    gate = LoginGate(Governor(limits=HostLimits(logins_per_second=RATE)))
    late, sent, now = iter(lateness), list[float](), 0.0
    # Time, order, and whether it has asked before.
    events = [(at, number, False) for number, at in enumerate(arrivals)]
    heapq.heapify(events)
    while events:
        at, number, asked = heapq.heappop(events)
        now = max(now, at)
        wait = gate.confirm(HOST, now) if asked else gate.wait(HOST, now)
        if wait > 0:
            heapq.heappush(events, (now + wait + next(late, 0.0), number, True))
        else:
            sent.append(now)
    return sent


@given(ARRIVALS, LATENESS)
def test_no_two_logins_are_closer_than_the_pace_and_none_is_forgotten(
    arrivals: list[float], lateness: list[float]
) -> None:
    sent = sent_times(arrivals, lateness)
    assert len(sent) == len(arrivals)
    assert all(after - before >= 1 / RATE - 1e-9 for before, after in pairwise(sent))


@given(ARRIVALS)
def test_with_timers_in_time_everybody_waits_no_longer_than_the_line_is(
    arrivals: list[float],
) -> None:
    sent = sent_times(arrivals, [])
    assert max(sent) <= max(arrivals) + len(arrivals) / RATE + 1e-6


def test_a_host_without_a_pace_is_never_waited_for() -> None:
    gate = LoginGate()
    assert [gate.wait(HOST, 0.0), gate.confirm(HOST, 0.0), gate.wait(HOST, 0.0)] == [0.0] * 3
