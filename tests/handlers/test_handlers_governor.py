"""How much a host bears: an even pace, and what counts as its outage."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.handlers import Governor, HostLimits, OutagePolicy
from holdfast.handlers.pace import Pace

TIMES = st.lists(st.floats(0, 1e4), min_size=1, max_size=50).map(sorted)
RATES = st.floats(0.01, 1e4)


@given(TIMES, RATES)
def test_no_place_is_early_and_none_is_closer_to_the_last_than_the_rate_allows(
    times: list[float], rate: float
) -> None:
    pace, places = Pace(rate), list[float]()
    for now in times:
        pace, at = pace.reserve(now)
        assert at >= now
        places.append(at)
    for before, after in pairwise(places):
        assert after - before >= 1 / rate * (1 - 1e-9) - 1e-9 * after


@given(TIMES, RATES)
def test_a_place_is_no_later_than_a_naive_queue_has_it(times: list[float], rate: float) -> None:
    pace, free = Pace(rate), 0.0
    for now in times:
        pace, at = pace.reserve(now)
        free = max(now, free)
        assert at == pytest.approx(free)
        free += 1 / rate


@given(TIMES)
def test_without_a_rate_every_place_is_now(times: list[float]) -> None:
    pace = Pace()
    for now in times:
        pace, at = pace.reserve(now)
        assert at == now


@given(st.integers(0, 100), st.integers(0, 100), st.integers(1, 20), st.floats(0.01, 0.99))
def test_an_outage_is_more_than_the_share_of_enough_connections(
    alike: int, connections: int, enough: int, share: float
) -> None:
    policy = OutagePolicy(connections=enough, share=share)
    assert policy.is_outage(alike, connections) == (
        connections >= enough and alike > share * connections
    )


@given(st.integers(1, 20_000), st.floats(0, 1, exclude_max=True), st.floats(0.1, 1e5))
def test_those_that_waited_return_within_the_time_that_their_number_takes(
    waiting: int, fraction: float, rate: float
) -> None:
    policy = OutagePolicy(returns_per_second=rate)
    assert 0 <= policy.return_delay(waiting, fraction) <= waiting / rate


def test_a_host_that_is_named_has_limits_of_its_own() -> None:
    own = HostLimits(dials_at_once=1)
    governor = Governor(hosts={"stream.example.com": own})
    assert governor.limits_of("stream.example.com") is own
    assert governor.limits_of("other.example.com") == HostLimits()


@pytest.mark.parametrize(
    ("kind", "mistake", "said"),
    [
        (HostLimits, {"dials_at_once": 0}, "dials_at_once must be a whole number above zero"),
        (HostLimits, {"dials_per_second": 0}, "dials_per_second must be a finite number above"),
        (HostLimits, {"logins_per_second": -1.0}, "logins_per_second must be a finite number"),
        (OutagePolicy, {"connections": 0}, "outage connections must be a whole number"),
        (OutagePolicy, {"share": 1.0}, "outage share must be below 1, not 1.0"),
        (OutagePolicy, {"returns_per_second": 0}, "returns_per_second must be a finite number"),
    ],
)
def test_numbers_that_cannot_be_meant_are_refused(
    kind: type[HostLimits | OutagePolicy], mistake: dict[str, object], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        kind(**mistake)  # type: ignore[arg-type]  # that they are wrong is the point
