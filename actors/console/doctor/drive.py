"""Runs the wire's steps one after the other on the caller's thread, each within what is left."""

import queue
import selectors
import time
from dataclasses import dataclass
from typing import Generic, TypeVar

from holdfast.actors.wire.errors import cause_of
from holdfast.actors.wire.resolver import Address, Answer, Resolver
from holdfast.actors.wire.steps import Steps
from holdfast.handlers import Cause

__all__ = ["Deadline", "Trial", "attempt", "find_addresses"]

T = TypeVar("T")


class Deadline:
    """A moment that all of a visit's steps have to be done by.

    Args:
        seconds: from now.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._due = time.monotonic() + seconds

    def left(self) -> float:
        """Return how many seconds are left, at least 0."""
        return max(0.0, self._due - time.monotonic())

    def share(self, among: int) -> "Deadline":
        """Return the deadline of the first of several who share what is left.

        Args:
            among: how many they are, at least 1.
        """
        return Deadline(self.left() / among)

    def missed(self) -> TimeoutError:
        """Return what to raise when it has passed."""
        return TimeoutError(f"no answer within {self._seconds:.3g} s")


@dataclass(frozen=True, slots=True)
class Trial(Generic[T]):
    """How a step went.

    Args:
        seconds: how long it took.
        value: what came of it; None when it failed.
        error: why it failed; None when it didn't.
    """

    seconds: float
    value: T | None = None
    error: Exception | None = None

    @property
    def cause(self) -> Cause | None:
        """Why it failed, in the words of the fleet."""
        return None if self.error is None else cause_of(self.error, time.time())


def attempt(steps: Steps[T], deadline: Deadline) -> Trial[T]:
    """Run steps to their end.

    Args:
        steps: of the wire; whatever they have open is closed when they fail.
        deadline: when they have failed.
    """
    began = time.monotonic()
    try:
        value = _drive(steps, deadline)
    except Exception as error:  # noqa: BLE001  # one step's failure, of whatever kind
        return Trial(time.monotonic() - began, error=error)
    return Trial(time.monotonic() - began, value)


def find_addresses(
    resolver: Resolver, host: str, port: int, deadline: Deadline
) -> Trial[list[Address]]:
    """Resolve a host.

    Args:
        resolver: has the threads that this may block.
        host: a name or an address.
        port: 1 to 65535.
        deadline: when it has failed.
    """
    began = time.monotonic()
    answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
    token = resolver.resolve(host, port, answers.put)
    try:
        answer = answers.get(timeout=deadline.left())
    except queue.Empty:
        resolver.forget(token)
        answer = deadline.missed()
    seconds = time.monotonic() - began
    if isinstance(answer, Exception):
        return Trial(seconds, error=answer)
    return Trial(seconds, answer)


def _drive(steps: Steps[T], deadline: Deadline) -> T:
    with selectors.DefaultSelector() as selector:
        while True:
            try:
                sock, mask = next(steps)
            except StopIteration as end:
                value: T = end.value
                return value
            # Forgotten before the steps go on, which may close it (see `wire.dial`).
            selector.register(sock, mask)
            ready = selector.select(deadline.left())
            selector.unregister(sock)
            if not ready:
                steps.close()
                raise deadline.missed()
