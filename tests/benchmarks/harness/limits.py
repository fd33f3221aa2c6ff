"""Room for sockets: each connection is an open file, and the usual soft limit is 1,024."""

import contextlib
import resource

__all__ = ["raise_file_limit"]


def raise_file_limit() -> int:
    """Raise this process's limit of open files as far as it goes, and return it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError):  # macOS says infinity and grants less
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
