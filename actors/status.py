"""What can be known of a connection from outside, as one value."""

from dataclasses import dataclass

from holdfast.actors.ledger import Counts, Ledger
from holdfast.handlers import AuthState, AuthStatus, Cause, Phase

__all__ = ["AuthView", "ConnectionStatus"]


@dataclass(frozen=True, slots=True)
class AuthView:
    """A connection's authentication, without anything secret in it."""

    status: AuthStatus
    expires_at: float | None
    """Monotonic seconds; None when the credentials don't end."""
    accepted: int
    """Logins that the server took, over all incarnations."""
    renewed: int
    """Of those, how many renewed the login of an open stream."""

    @classmethod
    def of(cls, state: AuthState | None, ledger: Ledger) -> "AuthView":
        """Return the view of a state; a connection without auth has nothing to do: idle."""
        status = AuthStatus.IDLE if state is None else state.status
        expires_at = None if state is None else state.expires_at
        return cls(status, expires_at, ledger.logins, ledger.renewals)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionStatus:
    """One connection at one moment."""

    name: str
    phase: Phase
    since: float
    """Monotonic seconds at which the phase began."""
    cause: Cause | None
    """Why it is down, or was the last time it was."""
    rule: str | None
    """The rule of the last decision about a failure."""
    auth: AuthView
    incarnation: int
    """How many connection actors it has had: 1 + its restarts."""
    retry_at: float | None
    """Monotonic seconds of the next attempt, while it waits for one."""
    counts: Counts

    @property
    def restarts(self) -> int:
        """How often it was started again."""
        return self.incarnation - 1
