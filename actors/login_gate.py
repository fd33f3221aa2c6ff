"""The gate of logins: so many a second to one host, whoever sends them."""

import threading

from holdfast.handlers import Governor
from holdfast.handlers.pace import Pace

__all__ = ["LoginGate"]


class LoginGate:
    """Gives places in the pace of each host; any connection may ask, on any thread.

    Args:
        governor: how many logins a host bears.
    """

    def __init__(self, governor: Governor | None = None) -> None:
        self._governor = Governor() if governor is None else governor
        self._lock = threading.Lock()
        self._paces: dict[str, Pace] = {}

    def wait(self, host: str, now: float) -> float:
        """Take the next place; return the seconds until it comes, zero for now.

        Args:
            host: its name, without the port.
            now: monotonic seconds.
        """
        rate = self._governor.limits_of(host).logins_per_second
        if rate is None:
            return 0.0
        with self._lock:
            self._paces[host], at = self._paces.get(host, Pace(rate)).reserve(now)
        return at - now
