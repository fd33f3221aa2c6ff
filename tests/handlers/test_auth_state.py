"""The state of an authentication: what each step leaves, and what a new stream keeps."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.handlers.auth import AuthState, AuthStatus, HmacAuth, is_due, renewal_delay
from holdfast.handlers.auth.renewal import margin, recheck_delay
from holdfast.handlers.moment import Moment
from holdfast.handlers.secret import Secret

NOW = Moment(monotonic=100.0, unix=1_767_225_600.0)
IDLE = AuthState(handler=HmacAuth("key", "secret"), moment=NOW)
TOKEN = Secret("t0k3n")

FRACTIONS = st.floats(0, 1, exclude_max=True)
LIFETIMES = st.floats(0.001, 1e8)
THRESHOLDS = st.none() | st.floats(0, 1e6)


def accepted(lifetime: float, threshold: float | None) -> AuthState:
    """Return a state just after the acceptance."""
    return dataclasses.replace(IDLE, threshold=threshold).authenticated(lifetime)


STATES = st.builds(accepted, LIFETIMES, THRESHOLDS)


def test_a_new_state_is_idle_and_has_nothing() -> None:
    assert (IDLE.status, IDLE.token, IDLE.time_left()) == (AuthStatus.IDLE, None, None)
    assert (IDLE.attempts, IDLE.acceptances, IDLE.renewals) == (0, 0, 0)


def test_an_attempt_forgets_why_the_last_one_failed() -> None:
    state = IDLE.failed("no").authenticating()
    assert (state.status, state.reason, state.attempts) == (AuthStatus.AUTHENTICATING, None, 1)


def test_an_acceptance_ends_on_the_monotonic_clock() -> None:
    state = IDLE.authenticated(90.0, token=TOKEN)
    assert (state.expires_at, state.lifetime, state.token) == (190.0, 90.0, TOKEN)
    assert state.at(NOW.later(80.0)).time_left() == 10.0


def test_an_end_told_in_unix_seconds_is_carried_over_to_the_monotonic_clock() -> None:
    state = IDLE.authenticated(expires_at_unix=NOW.unix + 90.0)
    assert (state.expires_at, state.lifetime) == (190.0, 90.0)


def test_the_wall_clock_may_jump_without_moving_the_end() -> None:
    state = IDLE.authenticated(90.0).at(Moment(monotonic=110.0, unix=0.0))
    assert state.time_left() == 80.0


def test_an_acceptance_without_an_end_never_ends() -> None:
    state = IDLE.authenticated(None)
    assert (state.expires_at, state.time_left(), renewal_delay(state, 0.5)) == (None, None, None)
    assert recheck_delay(state, 0.5) is None
    assert not is_due(state)


def test_a_renewal_keeps_the_token_unless_there_is_a_new_one() -> None:
    first = IDLE.authenticated(token=TOKEN)
    assert first.authenticated().token == TOKEN
    assert first.authenticated(token=Secret("newer")).token == Secret("newer")


def test_renewals_are_the_acceptances_after_the_first() -> None:
    state = IDLE.authenticated()
    assert state.renewals == 0
    assert state.authenticating().authenticated().renewals == 1


@pytest.mark.parametrize("lifetime", [0.0, -1.0, float("nan"), float("inf")])
def test_an_acceptance_that_has_ended_already_is_refused(lifetime: float) -> None:
    with pytest.raises(ValueError, match="lifetime must be"):
        IDLE.authenticated(lifetime)


@pytest.mark.parametrize("name", ["threshold", "reply_timeout"])
def test_a_number_that_no_timer_can_be_set_by_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be"):
        dataclasses.replace(IDLE, **{name: -1.0})  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]  real fields


def test_a_new_stream_keeps_a_token_that_is_good() -> None:
    state = (
        IDLE.authenticating().authenticated(90.0, token=TOKEN).for_new_stream(8, keep_token=True)
    )
    assert (state.stream_ref, state.status) == (8, AuthStatus.IDLE)
    assert (state.token, state.expires_at, state.lifetime) == (TOKEN, 190.0, 90.0)
    assert (state.attempts, state.acceptances) == (0, 0)


@pytest.mark.parametrize(("seconds", "keep"), [(0.0, False), (90.0, True), (91.0, True)])
def test_a_new_stream_drops_a_token_that_is_bad_or_has_ended(seconds: float, *, keep: bool) -> None:
    before = IDLE.authenticated(90.0, token=TOKEN).at(NOW.later(seconds))
    state = before.for_new_stream(8, keep_token=keep)
    assert (state.token, state.expires_at, state.lifetime) == (None, None, None)


def test_a_token_is_good_to_its_last_moment() -> None:
    state = IDLE.authenticated(90.0, token=TOKEN).at(NOW.later(89.9))
    assert state.for_new_stream(8, keep_token=True).token == TOKEN


def test_a_new_stream_forgets_the_failure_and_keeps_the_settings() -> None:
    settings = dataclasses.replace(IDLE, threshold=5.0, reply_timeout=3.0)
    assert settings.failed("no").for_new_stream(0, keep_token=True) == settings


def test_a_state_shows_neither_its_handler_nor_its_connection() -> None:
    """They are somebody else's, and so are their reprs."""
    shown = repr(dataclasses.replace(IDLE, handler=HmacAuth("k3y", "s"), connection="s3cr3t"))
    assert "handler" not in shown
    assert "s3cr3t" not in shown


# renewal


@pytest.mark.parametrize(
    ("lifetime", "threshold", "seconds"),
    [
        (3600.0, 60.0, 60.0),
        (3600.0, None, 60.0),
        (3600.0, 0.0, 0.0),
        (3600.0, 10_000.0, 1800.0),
        (120.0, 60.0, 60.0),
        (10.0, 60.0, 5.0),
    ],
)
def test_the_margin_is_the_threshold_but_never_more_than_half_of_the_life(
    lifetime: float, threshold: float | None, seconds: float
) -> None:
    state = dataclasses.replace(IDLE, threshold=threshold).authenticated(lifetime)
    assert margin(state) == seconds


@pytest.mark.parametrize(("fraction", "delay"), [(0.0, 3540.0), (0.5, 3537.0), (0.999, 3534.006)])
def test_the_jitter_is_up_to_a_tenth_of_the_margin(fraction: float, delay: float) -> None:
    assert renewal_delay(IDLE.authenticated(3600.0), fraction) == pytest.approx(delay)


@given(STATES, FRACTIONS, st.floats(0, 2))
def test_a_renewal_is_never_in_the_past_and_never_later_than_the_margin_allows(
    state: AuthState, fraction: float, lived: float
) -> None:
    assert state.lifetime is not None
    now = state.at(NOW.later(lived * state.lifetime))
    delay, left, spare = renewal_delay(now, fraction), now.time_left(), margin(now)
    assert delay is not None
    assert left is not None
    assert spare is not None
    assert 0.0 <= delay <= max(0.0, left - spare)


@given(STATES, FRACTIONS)
def test_when_the_timer_fires_the_renewal_is_due(state: AuthState, fraction: float) -> None:
    delay = renewal_delay(state, fraction)
    assert delay is not None
    # A timer fires a little late, never early.
    assert is_due(state.at(NOW.later(delay + 1e-6)))


@given(STATES, FRACTIONS)
def test_at_first_no_renewal_is_due_unless_the_margin_is_nearly_all_there_is(
    state: AuthState, fraction: float
) -> None:
    delay = renewal_delay(state, fraction)
    assert delay is not None
    assert delay > 0
    assert not is_due(state)


@given(STATES, FRACTIONS, st.floats(0, 2))
def test_who_says_not_yet_is_asked_again_but_never_without_a_pause(
    state: AuthState, fraction: float, lived: float
) -> None:
    assert state.lifetime is not None
    now = state.at(NOW.later(lived * state.lifetime))
    delay = recheck_delay(now, fraction)
    renewal = renewal_delay(now, fraction)
    assert delay is not None
    assert renewal is not None
    assert delay >= min(1.0, state.lifetime / 10)
    assert delay == renewal or renewal < 1.0
