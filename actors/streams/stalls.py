"""Streams that stall: they rest in the middle of a frame, and nothing else would tell."""

from collections.abc import Callable, Iterable, Iterator
from math import inf

from holdfast.actors.streams.stream import Stream
from holdfast.handlers import Cause, CauseKind

__all__ = ["Stalls"]


class Stalls:
    """Has all streams looked at as often as the shortest of their deadlines needs.

    Args:
        wake_in: called with the seconds after which `find` is to be called.
    """

    def __init__(self, wake_in: Callable[[float], None]) -> None:
        self._wake_in = wake_in
        self._every = inf

    def plan(self, stall: float) -> None:
        """See that a stall of this length (seconds) is noticed within a quarter more."""
        if stall / 4 < self._every:
            self._every = stall / 4
            self._wake_in(self._every)

    def plan_again(self, streams: Iterable[Stream]) -> None:
        """Begin anew, for the streams that there are."""
        self._every = inf
        for stream in streams:
            self.plan(stream.spec.timeouts.stall)

    def find(self, streams: Iterable[Stream], now: float) -> Iterator[tuple[Stream, Cause]]:
        """Yield the streams that have rested for too long, and the cause to end them by.

        Args:
            streams: all of them; they may be ended meanwhile.
            now: monotonic seconds.
        """
        for stream in list(streams):
            rested = now - stream.last_read
            late = rested >= stream.spec.timeouts.stall
            if late and stream.reader.partial and not stream.paused:
                detail = f"no byte for {rested:.1f} s in the middle of a frame"
                yield stream, Cause(CauseKind.NETWORK, "frame_stalled", detail)
