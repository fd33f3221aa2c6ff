"""Delays double up to a cap that nothing exceeds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.handlers.backoff import Backoff

FRACTIONS = st.floats(0, 1, exclude_max=True)
ATTEMPTS = st.integers(1, 10**30)
BASES = st.floats(0.001, 1_000)


def backoff_of(base: float, factor: float, more: float, jitter: float) -> Backoff:
    """Return a backoff whose cap is `more` above its base."""
    return Backoff(base, factor, base + more, jitter)


BACKOFFS = st.builds(backoff_of, BASES, st.floats(1, 100), st.floats(0, 10_000), st.floats(0, 1))


@pytest.mark.parametrize(
    ("attempt", "seconds"), [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (8, 60), (10**400, 60)]
)
def test_the_ceiling_doubles_from_one_second_to_sixty(attempt: int, seconds: float) -> None:
    assert Backoff().ceiling(attempt) == seconds


@given(BACKOFFS, ATTEMPTS, FRACTIONS)
def test_a_delay_is_between_zero_and_its_ceiling_and_no_ceiling_above_the_cap(
    backoff: Backoff, attempt: int, fraction: float
) -> None:
    assert 0 <= backoff.delay(attempt, fraction) <= backoff.ceiling(attempt) <= backoff.cap


@given(BACKOFFS, ATTEMPTS)
def test_a_ceiling_is_never_below_the_one_before(backoff: Backoff, attempt: int) -> None:
    assert backoff.ceiling(attempt) <= backoff.ceiling(attempt + 1)


@given(BACKOFFS)
def test_the_first_ceiling_is_the_base(backoff: Backoff) -> None:
    assert backoff.ceiling(1) == backoff.base


@given(ATTEMPTS, FRACTIONS)
def test_the_jitter_is_full(attempt: int, fraction: float) -> None:
    backoff = Backoff()
    assert backoff.delay(attempt, 0.0) == 0.0
    assert backoff.delay(attempt, fraction) == fraction * backoff.ceiling(attempt)


@given(ATTEMPTS, FRACTIONS)
def test_without_jitter_a_delay_is_its_ceiling(attempt: int, fraction: float) -> None:
    backoff = Backoff(jitter=0)
    assert backoff.delay(attempt, fraction) == backoff.ceiling(attempt)


@given(st.floats(0, 1), FRACTIONS)
def test_jitter_draws_its_share_of_a_delay_and_leaves_the_rest(
    jitter: float, fraction: float
) -> None:
    assert Backoff(jitter=jitter).delay(1, fraction) >= (1 - jitter) * (1 - 1e-9)


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan"), True])
def test_a_jitter_that_is_no_share_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="backoff jitter must be"):
        Backoff(jitter=value)


@pytest.mark.parametrize("name", ["base", "factor", "cap"])
@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), True, "1", None])
def test_a_number_that_cannot_be_meant_is_refused_by_its_name(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"backoff {name} must be"):
        Backoff(**{name: value})  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]  the mistake is the test


def test_a_shrinking_factor_is_refused() -> None:
    with pytest.raises(ValueError, match=r"factor must be 1 or more, not 0\.5"):
        Backoff(factor=0.5)


def test_a_cap_below_the_base_is_refused() -> None:
    with pytest.raises(ValueError, match=r"cap must be the base \(5\.0\) or more, not 4\.0"):
        Backoff(base=5.0, cap=4.0)
