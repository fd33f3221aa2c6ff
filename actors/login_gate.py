"""The gate of logins: so many a second to one host, whoever sends them."""

import threading
from math import inf

from holdfast.actors.messages import StreamRef
from holdfast.handlers import Governor
from holdfast.handlers.pace import ROUNDING

__all__ = ["LoginGate"]


class _HostGate:
    """The logins to one host."""

    __slots__ = ("free_at", "line")

    def __init__(self) -> None:
        self.free_at = -inf
        """Monotonic seconds from which the next login may go."""
        self.line: dict[StreamRef, None] = {}
        """Streams that wait, in the order in which they came."""


class LoginGate:
    """Lets streams log in at the pace that each host bears; any of them may ask, on any thread.

    A place is given when its time has come, not before: a stream that dies takes none along.

    Args:
        governor: how many logins a host bears.
    """

    def __init__(self, governor: Governor | None = None) -> None:
        self._governor = Governor() if governor is None else governor
        self._lock = threading.Lock()
        self._gates: dict[str, _HostGate] = {}
        self._waiting = set[StreamRef]()

    def ask(self, host: str, stream: StreamRef, now: float, *, first: bool = False) -> float:
        """Ask to log in.

        Args:
            host: its name, without the port.
            stream: who asks, until it is let through or withdraws.
            now: monotonic seconds.
            first: wait in front of the line, as a renewal does: its token is about to end.

        Returns:
            Seconds after which to ask again; zero to log in now.
        """
        rate = self._governor.limits_of(host).logins_per_second
        if rate is None:
            return 0.0
        with self._lock:
            gate = self._gates.setdefault(host, _HostGate())
            if gate.free_at - now <= ROUNDING:
                gate.free_at = now + 1 / rate
                gate.line.pop(stream, None)
                self._waiting.discard(stream)
                return 0.0
            gate.line.setdefault(stream)
            self._waiting.add(stream)
            before = 0 if first else list(gate.line).index(stream)
            return gate.free_at - now + before / rate

    def withdraw(self, host: str, stream: StreamRef) -> None:
        """Note that a stream is gone; one that doesn't wait is no error."""
        if stream in self._waiting:
            with self._lock:
                self._waiting.discard(stream)
                self._gates[host].line.pop(stream, None)

    def holds(self, stream: StreamRef) -> bool:
        """Tell whether a stream waits."""
        return stream in self._waiting

    def lines(self) -> dict[str, int]:
        """Return how many wait for each host that somebody waits for."""
        with self._lock:
            return {host: len(gate.line) for host, gate in self._gates.items() if gate.line}
