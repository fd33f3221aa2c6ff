"""Room for sockets: the limit of open files, raised as far as this process may."""

import resource
from pathlib import Path
from typing import Final

from holdfast.actors.errors import TooManyConnections

__all__ = ["Room"]

PLENTY: Final = 1 << 30
"""What no process holds, for a system without a limit."""

OWN: Final = 100
"""Files of a process besides its connections: logs, the poller, what the program itself opens."""

SPARE: Final = 20
"""Files that a program may still open which holds more than OWN already."""

OPEN: Final = Path("/dev/fd")
"""Lists this process's open files, on Linux and on macOS."""


class Room:
    """Open files for the connections of one fleet, beside those that the program has open."""

    __slots__ = ("_own", "size")

    def __init__(self) -> None:
        self._own = OWN
        #: Connections that this process may hold, as far as is known.
        self.size = 0

    def make(self, count: int, held: int = 0) -> None:
        """See that this process, and what it starts, may hold so many connections.

        The soft limit is raised where the hard one allows it, to twice the need, so that a fleet
        that grows one by one seldom asks.

        Args:
            count: connections.
            held: how many of them may have their file open already.

        Raises:
            TooManyConnections: it may not hold so many, and can't change that.
        """
        # Not all that may be open are, so that later looks may find fewer files than there are.
        self._own = max(self._own, _open_files() - held + SPARE)
        self.size = _raise_to(count, count + self._own) - self._own


def _raise_to(count: int, needed: int) -> int:
    """Return the limit of open files, raised if so many connections need more."""
    soft, hard = (_number(limit) for limit in resource.getrlimit(resource.RLIMIT_NOFILE))
    if hard < needed:
        raise TooManyConnections(count, needed, int(hard))
    if soft < needed:
        wanted = min(2 * needed, hard)
        # macOS says infinity and grants less: what it refuses as a wish it may grant as a need.
        soft = _try(wanted, hard) or _try(needed, hard) or soft
    if soft < needed:
        raise TooManyConnections(count, needed, int(soft))
    return int(min(soft, PLENTY))


def _try(soft: float, hard: float) -> float:
    """Set the soft limit, and return it; 0 when the system refuses."""
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (int(soft), _limit(hard)))
    except (ValueError, OSError):
        return 0
    return soft


def _open_files() -> int:
    """Return how many files this process has open, 0 where the system doesn't tell."""
    try:
        return sum(1 for _ in OPEN.iterdir())
    except OSError:
        return 0


def _number(limit: int) -> float:
    return float("inf") if limit == resource.RLIM_INFINITY else limit


def _limit(number: float) -> int:
    return resource.RLIM_INFINITY if number == float("inf") else int(number)
