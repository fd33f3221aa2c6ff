"""Admission: how many dials one host bears at once and a second; all others wait their turn."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from holdfast.handlers.governor import HostLimits
from holdfast.handlers.pace import ROUNDING, Pace

__all__ = ["Admission", "Host", "Load"]

Host = tuple[str, int]
"""A host and its port."""

K = TypeVar("K")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Load:
    """What is under way to one host."""

    host: Host
    dialing: int
    """Dials that have their turn."""
    queued: int
    """Dials that wait for theirs."""

    @property
    def told(self) -> str:
        """Host and port as URLs write them."""
        name, port = self.host
        return f"[{name}]:{port}" if ":" in name else f"{name}:{port}"


class _Gate(Generic[K, T]):
    """The dials to one host."""

    __slots__ = ("active", "limits", "pace", "queue", "woken_at")

    def __init__(self, limits: HostLimits) -> None:
        self.limits = limits
        self.pace = Pace(limits.dials_per_second)
        self.queue: dict[K, T] = {}
        self.active = 0
        self.woken_at: float | None = None
        """Monotonic seconds of the next place in the pace, if somebody waits for it."""


class Admission(Generic[K, T]):
    """Queues dials by their host and begins those that may begin.

    Args:
        limits_of: what a host is spared, by its name.
        now: returns monotonic seconds.
        wake: has `look` called with this host after so many seconds.
        begin: called with each dial whose turn it is, by its key.
    """

    def __init__(
        self,
        limits_of: Callable[[str], HostLimits],
        now: Callable[[], float],
        wake: Callable[[Host, float], None],
        begin: Callable[[K, T], None],
    ) -> None:
        self._limits_of = limits_of
        self._now = now
        self._wake = wake
        self._begin = begin
        self._gates: dict[Host, _Gate[K, T]] = {}

    def enter(self, host: Host, key: K, dial: T) -> None:
        """Queue a dial, which may begin at once."""
        gate = self._gates.get(host)
        if gate is None:
            gate = self._gates[host] = _Gate(self._limits_of(host[0]))
        gate.queue[key] = dial
        self.look(host)

    def withdraw(self, host: Host, key: K) -> None:
        """Take a dial out of the queue that hasn't begun."""
        del self._gates[host].queue[key]
        self._forget_if_idle(host)

    def done(self, host: Host) -> None:
        """Give the turn of a dial that has ended to the next."""
        self._gates[host].active -= 1
        self.look(host)

    def look(self, host: Host) -> None:
        """Begin the dials that may begin now, and see to it that the others will."""
        gate = self._gates.get(host)
        if gate is None:
            return
        while gate.queue and gate.active < gate.limits.dials_at_once:
            now = self._now()
            pace, at = gate.pace.reserve(now)
            if at - now > ROUNDING:
                self._wait(host, gate, at)
                return
            gate.pace = pace
            gate.active += 1
            key = next(iter(gate.queue))
            self._begin(key, gate.queue.pop(key))
        self._forget_if_idle(host)

    def look_again(self) -> None:
        """Look at every host, and have it woken anew: the wake-ups were lost."""
        for host, gate in list(self._gates.items()):
            gate.woken_at = None
            self.look(host)

    def clear(self) -> None:
        """Drop every dial that hasn't begun."""
        for gate in self._gates.values():
            gate.queue.clear()

    def loads(self) -> Iterator[Load]:
        """Yield what is under way, host by host."""
        for host, gate in self._gates.items():
            yield Load(host, gate.active, len(gate.queue))

    def _wait(self, host: Host, gate: _Gate[K, T], at: float) -> None:
        if gate.woken_at != at:
            gate.woken_at = at
            self._wake(host, at - self._now())

    def _forget_if_idle(self, host: Host) -> None:
        gate = self._gates.get(host)
        # The pace of a host is remembered for as long as it would hold anybody back.
        if gate and not gate.queue and not gate.active and gate.pace.free_at <= self._now():
            del self._gates[host]
