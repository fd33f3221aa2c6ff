"""Room for sockets: the limit of open files, raised as far as this process may."""

import resource
from typing import Final

from holdfast.actors.errors import TooManyConnections

__all__ = ["make_room"]

PLENTY: Final = 1 << 30
"""What no process holds, for a system without a limit."""

OWN: Final = 100
"""Files of a process besides its connections: logs, the poller, what the program itself opens."""


def make_room(count: int) -> int:
    """See that this process, and what it starts, may hold so many connections.

    The soft limit is raised where the hard one allows it, to twice the need, so that a fleet
    that grows one by one seldom asks.

    Args:
        count: connections.

    Returns:
        How many it may hold now.

    Raises:
        TooManyConnections: it may not hold so many, and can't change that.
    """
    soft, hard = (_number(limit) for limit in resource.getrlimit(resource.RLIMIT_NOFILE))
    needed = count + OWN
    if hard < needed:
        raise TooManyConnections(count, needed, int(hard))
    if soft < needed:
        soft = _raise(min(2 * needed, hard), needed, _limit(hard))
    return int(min(soft, PLENTY)) - OWN


def _raise(wanted: float, needed: int, hard: int) -> float:
    """Set the soft limit as wanted, or as needed where the system has a bound of its own."""
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (int(wanted), hard))
    except (ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
        return needed
    return wanted


def _number(limit: int) -> float:
    return float("inf") if limit == resource.RLIM_INFINITY else limit


def _limit(number: float) -> int:
    return resource.RLIM_INFINITY if number == float("inf") else int(number)
