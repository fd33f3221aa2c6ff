"""The restart table: one clause for each kind of cause, and nothing decided by chance."""

import math
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.handlers.backoff import Backoff
from holdfast.handlers.cause import Cause, CauseKind
from holdfast.handlers.policy import RestartKind, RestartPolicy, Scope
from holdfast.handlers.restart import (
    CLAUSES,
    Decision,
    Quarantine,
    Restart,
    RestartHistory,
    Rule,
    Stop,
    decide,
)


def counted(cause: Cause, history: RestartHistory) -> RestartHistory:
    """Return the history after a failure; a sibling's isn't one of the connection itself."""
    return history if cause.kind is CauseKind.SIBLING else history.failed()


COUNTED = {CauseKind.PROTOCOL, CauseKind.CRASH}
NEVER_COUNTED = set(CauseKind) - COUNTED
DAY = 86_400.0

FRACTIONS = st.floats(0, 1, exclude_max=True)
TIMES = st.floats(0, 1e6)
KINDS = st.sampled_from(CauseKind)
CAUSES = st.builds(
    Cause,
    KINDS,
    st.just("name"),
    st.just("detail"),
    retry_after=st.none() | st.floats(),
)
HISTORIES = st.builds(
    RestartHistory,
    st.integers(0, 10_000),
    st.lists(TIMES, max_size=6).map(lambda times: tuple(sorted(times))),
    st.integers(0, 3),
)
POLICIES = st.builds(
    RestartPolicy,
    st.sampled_from(["permanent", "transient", "temporary"]),
    intensity=st.integers(0, 5),
    period=st.floats(0.1, 1_000),
)


def fails(  # noqa: PLR0913 the five arguments of decide, and one of the cause
    kind: CauseKind,
    history: RestartHistory | None = None,
    *,
    policy: RestartPolicy | None = None,
    now: float = 1000.0,
    fraction: float = 0.5,
    retry_after: float | None = None,
) -> Decision:
    """Decide about one failure."""
    cause = Cause(kind, "name", "detail", retry_after=retry_after)
    return decide(cause, history or RestartHistory(), policy or RestartPolicy(), now, fraction)


def test_no_kind_of_cause_is_without_a_clause() -> None:
    assert set(CLAUSES) == set(CauseKind)


FIRST: list[tuple[CauseKind, RestartKind, float | None, str]] = [
    (CauseKind.NETWORK, "permanent", 0.5, "network_backoff"),
    (CauseKind.NETWORK, "transient", 0.5, "network_backoff"),
    (CauseKind.BUSY, "permanent", 0.5, "busy_retry_after"),
    (CauseKind.BUSY, "transient", 0.5, "busy_retry_after"),
    (CauseKind.AUTH, "permanent", 0.5, "auth_retry_once"),
    (CauseKind.AUTH, "transient", 0.5, "auth_retry_once"),
    (CauseKind.PROTOCOL, "permanent", 0.5, "protocol_backoff"),
    (CauseKind.PROTOCOL, "transient", 0.5, "protocol_backoff"),
    (CauseKind.CRASH, "permanent", 0.0, "crash_at_once"),
    (CauseKind.CRASH, "transient", 0.0, "crash_at_once"),
    (CauseKind.NORMAL, "permanent", 0.5, "normal_close_permanent"),
]


@pytest.mark.parametrize(("cause", "kind", "delay", "rule"), FIRST)
def test_the_first_failure_of_its_kind_restarts(
    cause: CauseKind, kind: RestartKind, delay: float, rule: str
) -> None:
    match fails(cause, policy=RestartPolicy(kind)):
        case Restart() as restart:
            assert (restart.delay, restart.rule, restart.attempt) == (delay, rule, 1)
        case other:
            pytest.fail(f"{other} is no restart")


@pytest.mark.parametrize("kind", ["permanent", "transient"])
def test_a_taken_session_is_quarantined_at_once(kind: RestartKind) -> None:
    decision = fails(CauseKind.TAKEN, policy=RestartPolicy(kind))
    assert decision == Quarantine(Rule.SESSION_TAKEN, RestartHistory(failures=1))


def test_a_normal_close_ends_what_is_transient() -> None:
    decision = fails(CauseKind.NORMAL, policy=RestartPolicy("transient"))
    assert decision == Stop(Rule.NORMAL_CLOSE_TRANSIENT, RestartHistory(failures=1))


@given(CAUSES, HISTORIES, TIMES, FRACTIONS)
def test_what_is_temporary_never_restarts(
    cause: Cause, history: RestartHistory, now: float, fraction: float
) -> None:
    decision = decide(cause, history, RestartPolicy("temporary"), now, fraction)
    assert decision == Stop(Rule.TEMPORARY_NEVER_RESTARTS, counted(cause, history))


@given(CAUSES, HISTORIES, POLICIES, TIMES, FRACTIONS)
def test_every_delay_is_within_its_bounds_whatever_went_before(
    cause: Cause, history: RestartHistory, policy: RestartPolicy, now: float, fraction: float
) -> None:
    match decide(cause, history, policy, now, fraction):
        case Restart(delay=delay, attempt=attempt):
            asked = cause.retry_after or 0.0 if cause.kind is CauseKind.BUSY else 0.0
            asked = 0.0 if math.isnan(asked) else min(max(asked, 0.0), DAY)
            ceiling = 0.0 if cause.kind is CauseKind.SIBLING else policy.backoff.ceiling(attempt)
            assert asked <= delay <= asked + ceiling
            assert attempt == counted(cause, history).failures
        case Quarantine() | Stop():
            pass


@given(st.lists(st.tuples(st.sampled_from(sorted(NEVER_COUNTED)), TIMES), max_size=40), FRACTIONS)
def test_the_network_and_a_busy_server_never_count(
    failures: list[tuple[CauseKind, float]], fraction: float
) -> None:
    history = RestartHistory()
    for kind, now in sorted(failures, key=lambda failure: failure[1]):
        decision = fails(kind, history, now=now, fraction=fraction)
        assert decision.rule is not Rule.INTENSITY_EXCEEDED
        assert decision.history.counted == ()
        history = decision.history.accepted()


@given(
    st.lists(st.tuples(KINDS, TIMES.map(lambda time: time % 300)), max_size=30),
    st.integers(0, 5),
    st.integers(1, 120),
)
def test_intensity_is_more_than_so_many_within_the_period_as_a_naive_count_has_it(
    failures: list[tuple[CauseKind, float]], intensity: int, period: int
) -> None:
    policy = RestartPolicy(intensity=intensity, period=period)
    history = RestartHistory()
    seen: list[float] = []
    for kind, now in sorted(failures, key=lambda failure: failure[1]):
        decision = fails(kind, history, policy=policy, now=now)
        history = decision.history
        seen += [now] if kind in COUNTED else []
        within = sum(1 for time in seen if time >= now - period)
        expected = kind in COUNTED and within > intensity
        assert (decision.rule is Rule.INTENSITY_EXCEEDED) is expected
        assert isinstance(decision, Quarantine) or not expected


@pytest.mark.parametrize("kind", sorted(COUNTED))
def test_three_in_a_minute_are_borne_and_the_fourth_is_not(kind: CauseKind) -> None:
    history = RestartHistory()
    rules: list[str] = []
    for now in (0.0, 20.0, 40.0, 60.0):
        decision = fails(kind, history, now=now)
        history = decision.history
        rules.append(decision.rule)
    later = "crash_backoff" if kind is CauseKind.CRASH else "protocol_backoff"
    assert rules[1:] == [later, later, "intensity_exceeded"]


def test_a_fourth_that_comes_after_the_minute_is_borne() -> None:
    history = RestartHistory(counted=(0.0, 20.0, 40.0))
    assert isinstance(fails(CauseKind.PROTOCOL, history, now=60.001), Restart)


def test_the_first_crash_restarts_at_once_and_the_next_ones_back_off() -> None:
    first = fails(CauseKind.CRASH, now=0.0)
    second = fails(CauseKind.CRASH, first.history, now=1.0)
    assert isinstance(first, Restart)
    assert isinstance(second, Restart)
    assert (first.delay, first.rule) == (0.0, Rule.CRASH_AT_ONCE)
    assert (second.delay, second.rule) == (0.5 * 2.0, Rule.CRASH_BACKOFF)


def test_a_crash_long_after_the_last_restarts_at_once_again() -> None:
    history = RestartHistory(counted=(0.0,))
    assert fails(CauseKind.CRASH, history, now=61.0).rule is Rule.CRASH_AT_ONCE


def test_a_first_crash_after_an_outage_still_restarts_at_once() -> None:
    assert fails(CauseKind.CRASH, RestartHistory(failures=9)).rule is Rule.CRASH_AT_ONCE


def test_an_intensity_of_zero_bears_nothing() -> None:
    policy = RestartPolicy(intensity=0)
    assert fails(CauseKind.CRASH, policy=policy).rule is Rule.INTENSITY_EXCEEDED


@given(HISTORIES, TIMES, FRACTIONS)
def test_the_network_is_tried_without_end(
    history: RestartHistory, now: float, fraction: float
) -> None:
    assert isinstance(fails(CauseKind.NETWORK, history, now=now, fraction=fraction), Restart)


def test_delays_double_from_failure_to_failure_up_to_the_cap() -> None:
    history = RestartHistory()
    delays: list[float] = []
    for _ in range(9):
        decision = fails(CauseKind.NETWORK, history)
        assert isinstance(decision, Restart)
        delays.append(decision.delay)
        history = decision.history
    assert delays == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_a_stable_connection_begins_with_the_shortest_delay_again() -> None:
    history = RestartHistory(failures=9).stable()
    decision = fails(CauseKind.NETWORK, history)
    assert isinstance(decision, Restart)
    assert (decision.attempt, decision.delay) == (1, 0.5)


def test_being_ready_for_a_moment_does_not_reset_the_backoff() -> None:
    assert RestartHistory(failures=9).accepted().failures == 9


def test_being_stable_forgives_no_rejection_and_no_crash() -> None:
    history = RestartHistory(9, (1.0, 2.0), 1)
    assert history.stable() == RestartHistory(0, (1.0, 2.0), 1)


def test_a_second_rejection_in_a_row_is_quarantined() -> None:
    first = fails(CauseKind.AUTH)
    second = fails(CauseKind.AUTH, first.history)
    assert first.rule is Rule.AUTH_RETRY_ONCE
    assert second == Quarantine(Rule.AUTH_REJECTED_TWICE, RestartHistory(2, (), 2))


def test_a_network_failure_between_two_rejections_forgives_nothing() -> None:
    rejected = fails(CauseKind.AUTH)
    dropped = fails(CauseKind.NETWORK, rejected.history)
    assert fails(CauseKind.AUTH, dropped.history).rule is Rule.AUTH_REJECTED_TWICE


def test_accepted_credentials_forgive_an_earlier_rejection() -> None:
    history = fails(CauseKind.AUTH).history.accepted()
    assert fails(CauseKind.AUTH, history).rule is Rule.AUTH_RETRY_ONCE


@pytest.mark.parametrize(
    ("retry_after", "wait"),
    [
        (None, 0.0),
        (0.0, 0.0),
        (120.0, 120.0),
        (DAY, DAY),
        (DAY * 365, DAY),
        (math.inf, DAY),
        (-5.0, 0.0),
        (-math.inf, 0.0),
        (math.nan, 0.0),
    ],
)
def test_a_busy_server_is_left_alone_for_as_long_as_it_asks_but_at_most_a_day(
    retry_after: float | None, wait: float
) -> None:
    decision = fails(CauseKind.BUSY, retry_after=retry_after)
    assert isinstance(decision, Restart)
    assert decision.delay == wait + 0.5


def test_connections_that_were_sent_away_together_come_back_spread() -> None:
    history = RestartHistory(failures=5)
    delays = [
        decision.delay
        for fraction in (0.0, 0.25, 0.75)
        if isinstance(
            decision := fails(CauseKind.BUSY, history, retry_after=10.0, fraction=fraction), Restart
        )
    ]
    assert delays == [10.0, 18.0, 34.0]


@pytest.mark.parametrize(
    ("on_excess", "expected"),
    [
        ("quarantine", Quarantine),
        ("stop_group", Scope.GROUP),
        ("stop_fleet", Scope.FLEET),
    ],
)
def test_what_one_failure_too_many_leads_to_is_a_choice(on_excess: Any, expected: object) -> None:
    policy = RestartPolicy(intensity=0, on_excess=on_excess)
    cause = Cause(CauseKind.CRASH, "handler_crash", "ValueError in on_message")
    decision = decide(cause, RestartHistory(), policy, 0.0, 0.5)
    assert decision.rule is Rule.INTENSITY_EXCEEDED
    assert expected in (type(decision), getattr(decision, "scope", None))


@given(CAUSES, HISTORIES, POLICIES, TIMES, FRACTIONS)
def test_every_failure_is_in_the_history_that_is_kept(
    cause: Cause, history: RestartHistory, policy: RestartPolicy, now: float, fraction: float
) -> None:
    kept = decide(cause, history, policy, now, fraction).history
    assert kept.failures == counted(cause, history).failures
    assert len(kept.counted) <= len(history.counted) + 1


@pytest.mark.parametrize(
    ("mistake", "said"),
    [
        ({"kind": "always"}, "kind must be permanent or transient or temporary, not 'always'"),
        ({"on_excess": "panic"}, "on_excess must be quarantine or stop_group or stop_fleet"),
        ({"intensity": -1}, "intensity must be a finite number, zero or more, not -1"),
        ({"intensity": True}, "intensity must be"),
        ({"period": 0}, "period must be a finite number above zero, not 0"),
        ({"period": float("nan")}, "period must be"),
        ({"stable_after": -0.1}, "stable_after must be"),
        ({"stable_after": "30"}, "stable_after must be a finite number, zero or more, not '30'"),
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(mistake: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        RestartPolicy(**mistake)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]  the mistake is the test


def test_a_policy_can_be_pickled() -> None:
    policy = RestartPolicy("transient", Backoff(cap=5.0))
    assert pickle.loads(pickle.dumps(policy)) == policy  # noqa: S301 our own bytes
