"""Numbers of processes: what one does in a while, and what it holds (Linux's /proc)."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from harness.scenario import Result

__all__ = ["descriptors", "percentile", "resident_kib", "sample", "threads"]

WARM_UP: Final = 0.3
"""Seconds before the first look: buffers fill, caches warm."""

_PROC: Final = Path("/proc")
_PAGE_KIB: Final = os.sysconf("SC_PAGE_SIZE") / 1024
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_UTIME, _STIME = 11, 12  # fields after the command's name (proc_pid_stat(5))


def sample(read: Callable[[], int], seconds: float, load_pid: int) -> Result:
    """Count messages for a while.

    Args:
        read: returns how many there have been so far.
        seconds: how long to count.
        load_pid: the load server's process, to see how busy it is.

    Returns:
        `rate` in thousands a second, `cpu` in microseconds of this process a message, `busy` in
        per cent of one processor that the load server used.
    """
    time.sleep(min(WARM_UP, seconds))
    number, now, cpu, busy = read(), time.perf_counter(), time.process_time(), _cpu(load_pid)
    time.sleep(seconds)
    number, now = read() - number, time.perf_counter() - now
    cpu, busy = time.process_time() - cpu, _cpu(load_pid) - busy
    return {
        "rate": number / now / 1e3,
        "cpu": cpu / max(1, number) * 1e6,
        "busy": busy / now * 100,
    }


def percentile(values: list[float], share: float) -> float:
    """Return the value below which a share of them lies.

    Args:
        values: sorted.
        share: from 0 to 1.
    """
    return values[min(len(values) - 1, int(len(values) * share))]


def resident_kib() -> float:
    """Return this process's resident memory in KiB."""
    return int((_PROC / "self/statm").read_text().split()[1]) * _PAGE_KIB


def threads() -> int:
    """Return the number of this process's threads."""
    return len(list((_PROC / "self/task").iterdir()))


def descriptors() -> int:
    """Return the number of this process's open files."""
    return len(list((_PROC / "self/fd").iterdir()))


def _cpu(pid: int) -> float:
    """Return the seconds of processor time that a process has used."""
    fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[_UTIME]) + int(fields[_STIME])) / _TICKS
