"""What becomes of a connection that failed: one clause for each kind of cause.

`decide` is pure. It is given the cause, what happened before, the policy, the time
and a random fraction, and returns what to do together with the history to keep.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias

from holdfast.handlers.cause import LONGEST_RETRY_AFTER, Cause, CauseKind
from holdfast.handlers.policy import RestartPolicy, Scope


class Rule(StrEnum):
    """The rule that made a decision; every restart is logged with its rule."""

    NETWORK_BACKOFF = "network_backoff"
    BUSY_RETRY_AFTER = "busy_retry_after"
    AUTH_RETRY_ONCE = "auth_retry_once"
    AUTH_REJECTED_TWICE = "auth_rejected_twice"
    PROTOCOL_BACKOFF = "protocol_backoff"
    CRASH_AT_ONCE = "crash_at_once"
    CRASH_BACKOFF = "crash_backoff"
    INTENSITY_EXCEEDED = "intensity_exceeded"
    SESSION_TAKEN = "session_taken"
    NORMAL_CLOSE_PERMANENT = "normal_close_permanent"
    NORMAL_CLOSE_TRANSIENT = "normal_close_transient"
    TEMPORARY_NEVER_RESTARTS = "temporary_never_restarts"
    MACHINE_BACKOFF = "machine_backoff"
    WITH_GROUP = "with_group"
    AFTER_OUTAGE = "after_outage"


@dataclass(frozen=True, slots=True)
class RestartHistory:
    """What happened to a connection so far, as much as decisions need.

    Attributes:
        failures: in a row, of any kind, since it was last stable.
        counted: monotonic seconds of the crashes and protocol errors in the window.
        auth_rejections: in a row, since credentials were last accepted.
    """

    failures: int = 0
    counted: tuple[float, ...] = ()
    auth_rejections: int = 0

    def stable(self) -> "RestartHistory":
        """Return the history after the connection was ready for long enough."""
        return replace(self, failures=0)

    def accepted(self) -> "RestartHistory":
        """Return the history after the server took the credentials."""
        return replace(self, auth_rejections=0)

    def failed(self) -> "RestartHistory":
        """Return the history after one more failure."""
        return replace(self, failures=self.failures + 1)

    def rejected(self) -> "RestartHistory":
        """Return the history after one more rejection of the credentials."""
        return replace(self, auth_rejections=self.auth_rejections + 1)

    def counting(self, now: float, period: float) -> "RestartHistory":
        """Return the history with `now` in the window and what is older out of it."""
        recent = [time for time in self.counted if time >= now - period]
        return replace(self, counted=(*recent, now))


@dataclass(frozen=True, slots=True)
class Restart:
    """Start the connection again.

    Attributes:
        delay: seconds from now.
        rule: the rule that chose the delay.
        attempt: 1 for the first since the connection was stable.
        history: to be kept for the next decision.
    """

    delay: float
    rule: Rule
    attempt: int
    history: RestartHistory


@dataclass(frozen=True, slots=True)
class Quarantine:
    """Leave the connection alone until a person or new credentials resume it.

    Attributes:
        rule: the rule that said so.
        history: with this failure; a resumed connection starts with a fresh one.
    """

    rule: Rule
    history: RestartHistory


@dataclass(frozen=True, slots=True)
class Stop:
    """The connection is over.

    Attributes:
        rule: the rule that said so.
        history: with this failure.
        scope: how much ends with it.
    """

    rule: Rule
    history: RestartHistory
    scope: Scope = Scope.CONNECTION


_EXCESS_SCOPES: Final[Mapping[str, Scope]] = MappingProxyType(
    {"stop_group": Scope.GROUP, "stop_fleet": Scope.FLEET}
)

BLAMELESS: Final = frozenset({CauseKind.SIBLING})
"""Causes that say nothing of the connection itself: its backoff doesn't grow by them."""

Decision: TypeAlias = Restart | Quarantine | Stop


@dataclass(frozen=True, slots=True)
class _Failure:
    """All that a clause may look at; the history has this failure in it already."""

    cause: Cause
    history: RestartHistory
    policy: RestartPolicy
    now: float
    fraction: float

    def backoff(self) -> float:
        return self.policy.backoff.delay(self.history.failures, self.fraction)

    def restart(self, rule: Rule, delay: float) -> Restart:
        return Restart(delay, rule, self.history.failures, self.history)

    def counted(self) -> "_Failure":
        history = self.history.counting(self.now, self.policy.period)
        return replace(self, history=history)

    def too_many(self) -> bool:
        return len(self.history.counted) > self.policy.intensity

    def excess(self) -> "Decision":
        scope = _EXCESS_SCOPES.get(self.policy.on_excess)
        if scope is None:
            return Quarantine(Rule.INTENSITY_EXCEEDED, self.history)
        return Stop(Rule.INTENSITY_EXCEEDED, self.history, scope)


def decide(
    cause: Cause, history: RestartHistory, policy: RestartPolicy, now: float, fraction: float
) -> Decision:
    """Decide what becomes of a connection that failed.

    Args:
        cause: why it failed.
        history: what happened before this failure.
        policy: the policy of the connection.
        now: monotonic seconds.
        fraction: a random number in [0, 1), for the jitter.
    """
    after = history if cause.kind in BLAMELESS else history.failed()
    failure = _Failure(cause, after, policy, now, fraction)
    if policy.kind == "temporary":
        return Stop(Rule.TEMPORARY_NEVER_RESTARTS, failure.history)
    return CLAUSES[cause.kind](failure)


def _network(failure: _Failure) -> Decision:
    return failure.restart(Rule.NETWORK_BACKOFF, failure.backoff())


def _busy(failure: _Failure) -> Decision:
    wait = _believable(failure.cause.retry_after)
    return failure.restart(Rule.BUSY_RETRY_AFTER, wait + failure.backoff())


def _auth(failure: _Failure) -> Decision:
    rejected = replace(failure, history=failure.history.rejected())
    if rejected.history.auth_rejections > 1:
        return Quarantine(Rule.AUTH_REJECTED_TWICE, rejected.history)
    return rejected.restart(Rule.AUTH_RETRY_ONCE, rejected.backoff())


def _protocol(failure: _Failure) -> Decision:
    counted = failure.counted()
    if counted.too_many():
        return counted.excess()
    return counted.restart(Rule.PROTOCOL_BACKOFF, counted.backoff())


def _crash(failure: _Failure) -> Decision:
    counted = failure.counted()
    if counted.too_many():
        return counted.excess()
    if len(counted.history.counted) == 1:
        return counted.restart(Rule.CRASH_AT_ONCE, 0.0)
    return counted.restart(Rule.CRASH_BACKOFF, counted.backoff())


def _taken(failure: _Failure) -> Decision:
    return Quarantine(Rule.SESSION_TAKEN, failure.history)


def _normal(failure: _Failure) -> Decision:
    if failure.policy.kind == "permanent":
        return failure.restart(Rule.NORMAL_CLOSE_PERMANENT, failure.backoff())
    return Stop(Rule.NORMAL_CLOSE_TRANSIENT, failure.history)


def _machine(failure: _Failure) -> Decision:
    return failure.restart(Rule.MACHINE_BACKOFF, failure.backoff())


def _sibling(failure: _Failure) -> Decision:
    return failure.restart(Rule.WITH_GROUP, 0.0)


def _believable(retry_after: float | None) -> float:
    if retry_after is None or math.isnan(retry_after):
        return 0.0
    return min(max(retry_after, 0.0), LONGEST_RETRY_AFTER)


CLAUSES: Final[Mapping[CauseKind, Callable[[_Failure], Decision]]] = MappingProxyType(
    {
        CauseKind.NETWORK: _network,
        CauseKind.BUSY: _busy,
        CauseKind.AUTH: _auth,
        CauseKind.PROTOCOL: _protocol,
        CauseKind.CRASH: _crash,
        CauseKind.TAKEN: _taken,
        CauseKind.NORMAL: _normal,
        CauseKind.MACHINE: _machine,
        CauseKind.SIBLING: _sibling,
    }
)
