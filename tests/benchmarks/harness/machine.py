"""Where and with what a run was made."""

import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from clients.makers import PARTICIPANTS

__all__ = ["describe"]


def describe() -> Mapping[str, str]:
    """Return the machine, the versions and the date, in words."""
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": f"{len(os.sched_getaffinity(0))} × {_processor()}, {_memory_gib():.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "versions": ", ".join(
            f"{each.distribution} {each.version}" for each in PARTICIPANTS.values() if each.version
        ),
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
