"""Standard output, or any other descriptor that is open already."""

import os
import select
from typing import Final

from holdfast.actors.console.sinks.outlet import Outlet

__all__ = ["Descriptor"]

PACKET: Final = 1024 * 1024
"""Bytes handed to the kernel at once."""


class Descriptor(Outlet):
    """Writes to a descriptor, which stays its owner's.

    Args:
        descriptor: where to.
        name: what people know it by.
    """

    grace = 1.0

    def __init__(self, descriptor: int, name: str = "standard output") -> None:
        self.name = name
        self._descriptor = descriptor

    def write(self, data: bytes) -> None:
        """Write all of it, waiting for the reader."""
        left = memoryview(data)
        while left:
            try:
                left = left[os.write(self._descriptor, left[:PACKET]) :]
            except BlockingIOError:
                # Somebody who shares this pipe has made it non-blocking.
                select.select([], [self._descriptor], [])
