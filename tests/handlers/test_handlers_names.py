"""The names that logs, dashboards and specs rely on stay what they are."""

from enum import StrEnum

import pytest

from holdfast import handlers
from holdfast.handlers import AuthStatus, CauseKind, Event, FailureKind, Phase, RestartPolicy, Rule
from holdfast.handlers.auth import AuthState, HmacAuth
from holdfast.handlers.moment import Moment

NAMES: list[tuple[type[StrEnum], str]] = [
    (AuthStatus, "idle authenticating authenticated failed"),
    (
        CauseKind,
        (
            "network server_busy auth_rejected protocol_error handler_crash session_taken "
            "normal_close machine_crash sibling_restart"
        ),
    ),
    (Event, "opened accepted retry quarantine dial resume close closed"),
    (FailureKind, "refused crashed unsent"),
    (Phase, "connecting authenticating ready closing stopped backoff quarantined"),
    (
        Rule,
        (
            "network_backoff busy_retry_after auth_retry_once auth_rejected_twice "
            "protocol_backoff crash_at_once crash_backoff intensity_exceeded session_taken "
            "normal_close_permanent normal_close_transient temporary_never_restarts "
            "machine_backoff with_group after_outage"
        ),
    ),
]


@pytest.mark.parametrize(("kind", "names"), NAMES, ids=[kind.__name__ for kind, _ in NAMES])
def test_a_name_that_is_logged_stays_what_it_is(kind: type[StrEnum], names: str) -> None:
    assert [str(member) for member in kind] == names.split()


def test_the_figures_of_the_design_are_the_defaults() -> None:
    policy = RestartPolicy()
    assert (policy.kind, policy.intensity, policy.period) == ("permanent", 3, 60.0)
    assert policy.stable_after == 30.0
    assert (policy.backoff.base, policy.backoff.factor, policy.backoff.cap) == (1.0, 2.0, 60.0)
    state = AuthState(handler=HmacAuth("key", "secret"), moment=Moment(0.0, 0.0))
    assert (state.threshold, state.reply_timeout) == (60.0, 10.0)
    assert state.authenticated().lifetime == 3600.0


def test_the_export_list_is_sorted_and_short() -> None:
    assert handlers.__all__ == sorted(handlers.__all__)
    assert len(handlers.__all__) <= 40
