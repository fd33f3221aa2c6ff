"""When accepted credentials are renewed.

The renewal falls due `margin` seconds before their end. Its timer fires up to a tenth
of that margin earlier, drawn at random, so that credentials which were accepted
together are not renewed together; `is_due` reckons with that tenth.
"""

from typing import Final

from holdfast.handlers.auth.state import DEFAULT_THRESHOLD, AuthState

JITTER: Final = 0.1
"""The part of the margin by which a renewal may come early."""

LONGEST_RECHECK: Final = 1.0
"""Seconds after which an auth handler that said "not yet" is asked again, at most often."""


def renewal_delay(state: AuthState, fraction: float) -> float | None:
    """Return the seconds until the credentials are to be renewed.

    Args:
        state: the state, at the present moment.
        fraction: a random number in [0, 1).

    Returns:
        Zero or more, and never later than the margin allows; None for credentials
        that never end.
    """
    left, spare = state.time_left(), margin(state)
    if left is None or spare is None:
        return None
    return max(0.0, left - spare * (1 + JITTER * fraction))


def recheck_delay(state: AuthState, fraction: float) -> float | None:
    """Return the seconds until a handler that said "not yet" is asked again.

    It is `renewal_delay`, but never zero: a handler that says "not yet" when the time
    has come would be asked again and again without a pause.

    Args:
        state: the state, at the present moment.
        fraction: a random number in [0, 1).
    """
    delay = renewal_delay(state, fraction)
    if delay is None or state.lifetime is None:
        return None
    return max(delay, min(LONGEST_RECHECK, JITTER * state.lifetime))


def is_due(state: AuthState) -> bool:
    """Say whether the credentials are to be renewed by now.

    Args:
        state: the state, at the present moment.
    """
    left, spare = state.time_left(), margin(state)
    return left is not None and spare is not None and left <= spare * (1 + JITTER)


def margin(state: AuthState) -> float | None:
    """Return how many seconds before their end credentials are to be renewed.

    Args:
        state: the state; no threshold means the default one.

    Returns:
        The threshold, but never more than half of the lifetime; None for credentials
        that never end.
    """
    if state.lifetime is None:
        return None
    threshold = DEFAULT_THRESHOLD if state.threshold is None else state.threshold
    return min(threshold, state.lifetime / 2)
