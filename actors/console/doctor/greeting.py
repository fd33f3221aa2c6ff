"""The WebSocket handshake: does the server open one, and how does it close it."""

from dataclasses import dataclass
from typing import Final

from holdfast.actors.console.doctor.advice import advice_for, advice_for_status
from holdfast.actors.console.doctor.finding import Finding, Users, Verdict
from holdfast.actors.console.doctor.way import milliseconds
from holdfast.actors.wire.frames import CloseFrame
from holdfast.handlers import Cause
from holdfast.handlers.evidence import from_close

__all__ = ["Greeted", "Sampled"]

BUSY: Final = 429
POLITE: Final = frozenset({None, 1000, 1001})
"""Close codes by which a server answers our goodbye."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeted:
    """How a handshake ended.

    Args:
        place: host and port.
        users: the connections that ask so.
        seconds: how long it took.
        subprotocol: the one that the server took; None for none.
        cause: why it failed; None when it didn't.
        answered: whether the cause is an HTTP status that the server answered with.
        closed: the server's close frame; None when none came in time.
    """

    place: str
    users: Users
    seconds: float
    subprotocol: str | None = None
    cause: Cause | None = None
    answered: bool = False
    closed: CloseFrame | None = None

    def judge(self) -> Finding:
        """Fail what isn't opened, but for a server that only asks for time."""
        verdict, what, advice = self._failure(self.cause) if self.cause else self._success()
        return Finding("handshake", self.place, verdict, what, advice, self.users)

    def _failure(self, cause: Cause) -> tuple[Verdict, str, str]:
        if not self.answered or cause.code is None:
            return Verdict.FAIL, cause.detail, advice_for("handshake", cause)
        verdict = Verdict.WARN if cause.code == BUSY else Verdict.FAIL
        return verdict, cause.detail, advice_for_status(cause.code, cause.retry_after)

    def _success(self) -> tuple[Verdict, str, str]:
        opened = f"opened in {milliseconds(self.seconds)}"
        if self.closed is not None and self.closed.code not in POLITE:
            told = from_close(self.closed.code, self.closed.reason).detail
            advice = "look the code up in the service's documentation; maybe it wants a login first"
            return Verdict.WARN, f"{opened}, then {told}", advice
        taken = f" with {self.subprotocol}" if self.subprotocol else ""
        return Verdict.OK, f"{opened}{taken}", ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """Handshakes that were not tried.

    Args:
        place: host and port.
        users: the connections that go there.
        tried: how many different ones were.
        left_out: how many different ones weren't.
    """

    place: str
    users: Users
    tried: int
    left_out: int

    def judge(self) -> Finding:
        """Say so: a host is not to be stormed."""
        what = (
            f"{self.left_out:,} more that differ in path, headers or subprotocols were not tried: "
            f"{self.tried} are enough for one host to bear"
        )
        return Finding("handshake", self.place, Verdict.OK, what, "", self.users)
