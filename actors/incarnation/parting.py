"""Parting: how an incarnation that was asked to stop leaves its stream, each step up to a deadline.

First what was accepted before is written, then the server is told goodbye, then its answer is
awaited. A restart writes nothing first: what waits is its successor's.
"""

from dataclasses import replace
from typing import Final

from holdfast.actors.clock import Clock
from holdfast.actors.incarnation.line import Line
from holdfast.actors.logs import Logger
from holdfast.actors.messages import Stop
from holdfast.actors.timers import Timers

__all__ = ["CLOSE", "FLUSH", "Parting"]

FLUSH: Final = "flush"
CLOSE: Final = "close"


class Parting:
    """The ordered end of one stream.

    Args:
        line: the connection's end of the stream.
        timers: the connection's timers, of which `FLUSH` and `CLOSE` are the parting's.
        clock: the time that deadlines are counted in.
        log: of the connection.
    """

    __slots__ = ("_clock", "_deadline", "_line", "_log", "_step", "_stop", "_timers")

    def __init__(self, line: Line, timers: Timers, clock: Clock, log: Logger) -> None:
        self._line = line
        self._timers = timers
        self._clock = clock
        self._log = log
        self._stop: Stop | None = None
        self._step: str | None = None
        self._deadline = 0.0

    def begin(self, stop: Stop) -> None:
        """Write what may still be written, or say goodbye if there is nothing."""
        self._stop = stop
        if stop.flush is None or not self._line.unsent:
            self._say_goodbye(stop)
        else:
            self._await(FLUSH, stop.flush)

    def go_on(self) -> None:
        """Say goodbye if all is written."""
        if self._stop is not None and self._step == FLUSH and not self._line.unsent:
            self._timers.cancel(FLUSH)
            self._say_goodbye(self._stop)

    def flush_is_late(self) -> None:
        """Drop what is left, and say goodbye."""
        if self._stop is not None:
            outbox = self._line.outbox
            left = len(outbox.waiting) + len(outbox.flying)
            self._log.warning("connection.flush_timed_out", messages=left)
            self._say_goodbye(self._stop, cut=True)

    def hurry(self, stop: Stop) -> None:
        """Take the deadlines of a later stop where they are nearer."""
        if self._stop is None:
            return
        self._stop = replace(self._stop, close=min(stop.close, self._stop.close))
        seconds = stop.flush if self._step == FLUSH else stop.close
        if seconds is not None and self._clock.now() + seconds < self._deadline:
            self._await(self._step or CLOSE, seconds)

    def _say_goodbye(self, stop: Stop, *, cut: bool = False) -> None:
        self._line.close(stop.code, stop.reason, cut=cut)
        self._await(CLOSE, stop.close)

    def _await(self, step: str, seconds: float) -> None:
        self._step = step
        self._deadline = self._clock.now() + seconds
        self._timers.start(step, seconds)
