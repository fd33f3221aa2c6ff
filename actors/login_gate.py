"""The gate of logins: so many a second to one host, whoever sends them."""

import threading
from dataclasses import replace
from math import inf

from holdfast.handlers import Governor
from holdfast.handlers.pace import Pace

__all__ = ["LoginGate"]


class _HostGate:
    """The logins to one host."""

    __slots__ = ("free_at", "pace")

    def __init__(self, rate: float) -> None:
        self.pace = Pace(rate)
        self.free_at = -inf
        """Monotonic seconds from which the next login may really go."""

    def reserve(self, now: float) -> float:
        self.pace, at = self.pace.reserve(now)
        return at

    def send(self, now: float, interval: float) -> None:
        self.free_at = now + interval
        self.pace = replace(self.pace, free_at=max(self.pace.free_at, self.free_at))


class LoginGate:
    """Gives places in the pace of each host; any connection may ask, on any thread.

    Args:
        governor: how many logins a host bears.
    """

    def __init__(self, governor: Governor | None = None) -> None:
        self._governor = Governor() if governor is None else governor
        self._lock = threading.Lock()
        self._gates: dict[str, _HostGate] = {}

    def wait(self, host: str, now: float) -> float:
        """Take the next place.

        Args:
            host: its name, without the port.
            now: monotonic seconds.

        Returns:
            Seconds until it comes, when `confirm` tells whether it is so; zero to log in now.
        """
        rate = self._governor.limits_of(host).logins_per_second
        if rate is None:
            return 0.0
        with self._lock:
            gate = self._gates.setdefault(host, _HostGate(rate))
            at = gate.reserve(now)
            if at <= now:
                gate.send(now, 1 / rate)
            return at - now

    def confirm(self, host: str, now: float) -> float:
        """Use a place whose time has come.

        Many come at once when the machine has slept, or was held up: they line up again.

        Args:
            host: its name, without the port.
            now: monotonic seconds.

        Returns:
            Seconds to wait for longer; zero to log in now.
        """
        rate = self._governor.limits_of(host).logins_per_second
        if rate is None:
            return 0.0
        with self._lock:
            gate = self._gates.setdefault(host, _HostGate(rate))
            missing = gate.free_at - now
            if missing <= 0:
                gate.send(now, 1 / rate)
                return 0.0
            # A timer that is a little early or late keeps its place; others take a new one.
            return missing if missing <= 0.5 / rate else gate.reserve(now) - now
