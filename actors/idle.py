"""What is idle costs little: a queue exists from the first time that something is in it.

An empty deque is 760 bytes, and of ten thousand connections most have nothing to send.
"""

from collections import deque
from typing import Any, Final, TypeVar

__all__ = ["NOTHING", "roomy", "taken_from"]

T = TypeVar("T")

NOTHING: Final[deque[Any]] = deque(maxlen=0)
"""Stands for a queue that nothing was ever in; it is read like any other, and takes nothing."""


def roomy(queue: deque[T]) -> deque[T]:
    """Return a queue that takes items: this one, or a new one instead of `NOTHING`."""
    return deque() if queue is NOTHING else queue


def taken_from(queue: deque[T]) -> list[T]:
    """Take items off the front until none is left, those that come meanwhile included."""
    taken: list[T] = []
    while queue:
        taken.append(queue.popleft())
    return taken
