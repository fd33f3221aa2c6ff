"""What this process costs."""

import resource
import sys
import threading
from pathlib import Path
from typing import Final

__all__ = ["rss_mib", "thread_count"]

_MIB: Final = 1024 * 1024


def rss_mib() -> float:
    """Return the resident memory of this process in MiB; its peak where only that is told."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (_MIB if sys.platform == "darwin" else 1024)
    return pages * resource.getpagesize() / _MIB


def thread_count() -> int:
    """Return how many threads this process has."""
    return threading.active_count()
