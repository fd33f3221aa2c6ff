"""Room for sockets: the limit of open files, raised as far as this process may."""

import resource
from typing import Final

from holdfast.actors.console.problem import Problem

__all__ = ["allow_connections"]

OWN: Final = 100
"""Files of a process besides its connections: logs, the poller, what libraries open."""


def allow_connections(count: int) -> None:
    """See that this process, and what it starts, may hold so many connections.

    Args:
        count: connections.

    Raises:
        Problem: it may not, and can't change that.
    """
    needed = count + OWN
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise Problem(
            f"{count} connections need {needed} open files, but this process may have {hard}: "
            "raise the limit with `ulimit -n`, or run fewer"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
