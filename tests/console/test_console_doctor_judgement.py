"""What doctor thinks of what it has seen: pure, so that nothing rare has to be brought about."""

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.actors.console.doctor.clock import ClockSeen, ServerClock
from holdfast.actors.console.doctor.finding import Users, Verdict, users_by
from holdfast.actors.console.doctor.greeting import Greeted
from holdfast.actors.console.doctor.parallel import THREADS, in_parallel
from holdfast.actors.console.doctor.security import InTheClear, Secured
from holdfast.actors.console.doctor.way import Connected, Resolved
from holdfast.actors.wire.frames import CloseFrame
from holdfast.handlers import Cause, CauseKind

USERS = Users("one")
REFUSED = Cause(CauseKind.NETWORK, "connection_refused", "refused (192.0.2.1 port 1)")
DAY = 86_400.0


@pytest.mark.parametrize(("seconds", "verdict"), [(0.9, Verdict.OK), (1.1, Verdict.WARN)])
def test_a_slow_lookup_is_warned_of(seconds: float, verdict: Verdict) -> None:
    """Every dial begins with one."""
    seen = Resolved(host="h.example", users=USERS, seconds=seconds, addresses=("192.0.2.1",))
    assert seen.judge().verdict is verdict


def test_many_addresses_are_not_all_listed() -> None:
    addresses = tuple(f"192.0.2.{number}" for number in range(9))
    seen = Resolved(host="h.example", users=USERS, seconds=0.002, addresses=addresses)
    assert seen.judge().what == ("192.0.2.0, 192.0.2.1, 192.0.2.2, 192.0.2.3 and 5 more in 2 ms")


def test_an_address_that_takes_no_connection_is_warned_of_when_another_does() -> None:
    """Each attempt of a fleet begins with the next address, so some will meet the dead one."""
    found = Connected(
        place="h:1",
        users=USERS,
        address="192.0.2.2",
        seconds=0.01,
        failed=(("192.0.2.1", REFUSED),),
    ).judge()
    assert found.verdict is Verdict.WARN
    assert found.what == "192.0.2.2 in 10 ms, but not refused (192.0.2.1 port 1)"
    assert "nobody listens there" in found.advice


@pytest.mark.parametrize(
    ("address", "secrets", "verdict"),
    [
        ("192.0.2.1", True, Verdict.WARN),
        ("192.0.2.1", False, Verdict.OK),
        ("127.0.0.1", True, Verdict.OK),
        ("::1", True, Verdict.OK),
        ("fe80::1%eth0", True, Verdict.WARN),
    ],
)
def test_credentials_in_the_clear_are_warned_of_beyond_this_machine(
    address: str, verdict: Verdict, *, secrets: bool
) -> None:
    seen = InTheClear(place="h:80", users=USERS, address=address, secrets=secrets)
    assert seen.judge().verdict is verdict


@pytest.mark.parametrize(("days", "verdict"), [(20.9, Verdict.WARN), (21.1, Verdict.OK)])
def test_a_certificate_is_warned_of_below_21_days(days: float, verdict: Verdict) -> None:
    seen = Secured(
        place="h:443",
        users=USERS,
        seconds=0.01,
        now=1e9,
        version="TLSv1.3",
        expires=1e9 + days * DAY,
    )
    assert seen.judge().verdict is verdict


@pytest.mark.parametrize(
    ("closed", "verdict"),
    [
        (None, Verdict.OK),
        (CloseFrame(None, ""), Verdict.OK),
        (CloseFrame(1000, ""), Verdict.OK),
        (CloseFrame(1001, ""), Verdict.OK),
        (CloseFrame(1008, "no"), Verdict.WARN),
        (CloseFrame(4001, ""), Verdict.WARN),
    ],
)
def test_a_close_that_is_no_answer_to_a_goodbye_is_warned_of(
    closed: CloseFrame | None, verdict: Verdict
) -> None:
    seen = Greeted(place="h:443", users=USERS, seconds=0.01, closed=closed)
    assert seen.judge().verdict is verdict


@pytest.mark.parametrize(
    ("year", "verdict"), [(1970, Verdict.FAIL), (2026, Verdict.OK), (2100, Verdict.FAIL)]
)
def test_a_year_that_cannot_be_fails(year: int, verdict: Verdict) -> None:
    now = datetime(year, 6, 1, tzinfo=UTC).timestamp()
    assert ClockSeen(now).judge().verdict is verdict


@given(
    offset=st.floats(-1e6, 1e6),
    taken=st.floats(0, 30),
    share=st.floats(0, 1),
    asked=st.floats(1e9, 2e9),
)
def test_no_clock_is_blamed_for_more_than_is_certain(
    offset: float, taken: float, share: float, asked: float
) -> None:
    """However long the answer takes, and though a Date has whole seconds only."""
    date = math.floor(asked + share * taken - offset)
    seen = ServerClock(place="h:443", users=USERS, date=date, asked=asked, answered=asked + taken)
    ahead = seen.ahead()
    assert abs(ahead) <= abs(offset) + 1e-3
    assert ahead * offset >= 0
    assert abs(ahead - offset) <= taken + 1 + 1e-3


@pytest.mark.parametrize(
    ("ahead", "verdict"),
    [(2.0, Verdict.OK), (2.1, Verdict.WARN), (30.0, Verdict.WARN), (30.1, Verdict.FAIL)],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_clocks_are_judged_by_their_difference(ahead: float, verdict: Verdict, sign: int) -> None:
    now = 1e9 + sign * ahead + (1.0 if sign > 0 else 0.0)
    seen = ServerClock(place="h:443", users=USERS, date=1e9, asked=now, answered=now)
    assert seen.judge().verdict is verdict


@given(st.lists(st.tuples(st.sampled_from("abc"), st.text(max_size=3))))
def test_who_uses_a_thing_is_counted_and_the_first_one_named(pairs: list[tuple[str, str]]) -> None:
    for thing, users in users_by(pairs).items():
        names = [name for used, name in pairs if used == thing]
        assert users == Users(names[0], len(names))


def test_results_come_in_order_and_a_failure_is_raised_where_it_is_waited_for() -> None:
    items = list(range(3 * THREADS))
    assert list(in_parallel(lambda item: 2 * item, items)) == [2 * item for item in items]
    assert list(in_parallel(str, [])) == []
    results = in_parallel(lambda item: 1 // item, [1, 0])
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)
