"""A command that gets the messages on its standard input, and is started again when it dies."""

import random
import signal
import time
from collections.abc import Callable, Sequence
from math import inf
from typing import Final

from holdfast.actors.console.problem import Problem
from holdfast.actors.console.sinks.bell import Bell
from holdfast.actors.console.sinks.child import Child
from holdfast.actors.console.sinks.outlet import Outlet, count_lines
from holdfast.actors.logs import get_logger
from holdfast.handlers import Backoff

__all__ = ["Command"]

RESTARTS: Final = Backoff(base=1.0, cap=30.0)
"""The delays before it is started again."""

STABLE: Final = 30.0
"""Seconds of life after which the delays begin anew."""

TERMINATE, KILL = 1.5, 0.5
"""Seconds before the deadline at which a command that hasn't ended gets SIGTERM, and SIGKILL."""

_log = get_logger()


class Command(Outlet):
    """Runs a command for as long as there are lines.

    What it has not read when it dies is given to its successor, a line that it has read in part
    once more as a whole; what it had read is its own affair.

    Args:
        arguments: the program and what it is given; no shell looks at them.
        restarts: the delays before it is started again.
    """

    grace = 5.0

    def __init__(self, arguments: Sequence[str], restarts: Backoff = RESTARTS) -> None:
        self.name = arguments[0]
        self._arguments = arguments
        self._restarts = restarts
        self._bell = Bell()
        self._wake: Callable[[], None] = self._bell.ring
        self._child: Child | None = None
        self._attempt = 0
        self._due = 0.0
        self._deadline = inf

    def open(self, wake: Callable[[], None]) -> None:
        """Start it for the first time; when that fails it is a mistake of the user's."""
        self._wake = wake
        try:
            self._start()
        except (OSError, ValueError) as error:  # a ValueError for a NUL in an argument
            reason = error.strerror if isinstance(error, OSError) else error
            raise Problem(f"the command {self.name} can't be started: {reason}") from None

    def write(self, data: bytes) -> None:
        """Feed it, through as many lives as that takes, until time is up."""
        while True:
            data = self._unread_by_the_dead() + data
            if not data and (self._child is not None or self._deadline < inf):
                return
            if self._is_over():
                self.lost += count_lines(data)
                return
            if self._child is None:
                self._start_when_due()
            else:
                data = self._child.feed(data, self._last_call)

    def end_by(self, deadline: float) -> None:
        """Bound what is left of its life."""
        self._deadline = deadline
        self._bell.ring()

    def close(self) -> None:
        """Let it read to the end and do its work, then ask it to end, then make it."""
        self.write(b"")
        child = self._child
        if child is not None:
            child.end_input()
            self._await_end(child)
            self.lost += count_lines(child.unread())
            child.close()
        if child is None or not child.runs:
            self._bell.close()

    def _last_call(self) -> float:
        """Return when it is given nothing more, in seconds of `time.monotonic`."""
        return self._deadline - TERMINATE

    def _is_over(self) -> bool:
        return time.monotonic() >= self._last_call()

    def _start(self) -> None:
        self._child = Child(self._arguments, self._bell, self._on_end)
        _log.info("command.started", pid=self._child.pid)

    def _on_end(self) -> None:
        self._bell.ring()
        self._wake()

    def _start_when_due(self) -> None:
        self._bell.wait(min(self._due, self._last_call()))
        if time.monotonic() < self._due:
            return
        try:
            self._start()
        except OSError as error:
            delay = self._put_off(lived=0.0)
            _log.warning(
                "command.not_started",
                reason=error.strerror,
                attempt=self._attempt,
                delay=delay,
            )

    def _unread_by_the_dead(self) -> bytes:
        """Bury a child that has ended, and return what it has not read."""
        child = self._child
        if child is None or child.runs:
            return b""
        self._child = None
        unread = child.unread()
        child.close()
        delay = self._put_off(time.monotonic() - child.started)
        _log.warning(
            "command.ended",
            pid=child.pid,
            status=child.status,
            unread=count_lines(unread),
            attempt=self._attempt,
            delay=delay,
        )
        return unread

    def _put_off(self, lived: float) -> float:
        """Return the delay until it is started again, in seconds."""
        self._attempt = 1 if lived >= STABLE else self._attempt + 1
        delay = self._restarts.delay(self._attempt, random.random())  # noqa: S311  # no secret
        self._due = time.monotonic() + delay
        return delay

    def _await_end(self, child: Child) -> None:
        for early, number in _MEASURES:
            if child.wait(self._deadline - early):
                return
            _log.warning("command.signalled", pid=child.pid, signal=number.name)
            child.signal(number)
        child.wait(self._deadline)


_MEASURES: Final = ((TERMINATE, signal.SIGTERM), (KILL, signal.SIGKILL))
