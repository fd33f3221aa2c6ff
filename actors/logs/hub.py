"""Where every event passes: it is processed, told to the sinks, and handed to one output.

Until an output is set the output is the standard library's logger "holdfast", because a library
leaves it to the application what is shown.
"""

import logging
import threading
import time
from collections.abc import Callable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, cast

import structlog
from structlog.processors import ExceptionRenderer

from holdfast.actors.logs.failure import describe_failure
from holdfast.actors.logs.levels import ERROR, LEVELS, level_number
from holdfast.actors.logs.logger import Logger
from holdfast.actors.logs.redaction import Redactor
from holdfast.actors.logs.render import plain_line
from holdfast.actors.logs.writer import Writer

__all__ = ["Hub", "Sink"]

Sink = Callable[[dict[str, object]], None]
"""Is given its own copy of each redacted event."""

_FIRST: Final = ("connection", "incarnation", "generation")
_NOBODY: Final = 1 << 30


@dataclass(frozen=True, slots=True, eq=False)
class _Tap:
    """A sink and the number of the lowest level that it wants."""

    sink: Sink
    level: int


@dataclass(frozen=True, slots=True)
class _Output:
    """A writer and the number of the lowest level that it wants."""

    writer: Writer
    level: int


class Hub:
    """Owns the outputs and the sinks; makes loggers. Any thread may use it.

    Args:
        redactor: what every value passes through.
        now: returns Unix seconds.
        fallback: the standard library's logger that is used while there is no output.

    Attributes:
        enabled: says of a level's number whether anybody wants it; replaced at each change.
    """

    def __init__(
        self,
        redactor: Redactor,
        now: Callable[[], float] = time.time,
        fallback: logging.Logger | None = None,
    ) -> None:
        self._redactor = redactor
        self._now = now
        self._fallback = fallback or logging.getLogger("holdfast")
        self._lock = threading.RLock()
        self._in_sink = threading.local()
        self._taps: tuple[_Tap, ...] = ()
        self._output: _Output | None = None
        self.enabled: Callable[[int], bool] = self._choose()
        self._root = structlog.wrap_logger(
            self,
            processors=[ExceptionRenderer(describe_failure), self._process],
            wrapper_class=Logger,
            context_class=dict,
            cache_logger_on_first_use=True,
        )

    def logger(self, **fields: object) -> Logger:
        """Return a logger that adds these fields to every event."""
        return cast("Logger", self._root.bind(**fields))

    def add_sink(self, sink: Sink, level: str = "info") -> Callable[[], None]:
        """Tell a sink of every event from a level on; returns what removes it.

        Args:
            sink: called on the thread that logs; one that raises is removed.
            level: the lowest level it is told of, whatever the output's level.

        Raises:
            ValueError: when there is no such level.
        """
        tap = _Tap(sink, level_number(level))
        with self._lock:
            self._taps = (*self._taps, tap)
            self.enabled = self._choose()

        def remove() -> None:
            self._remove(tap)

        return remove

    def set_output(self, writer: Writer | None, level: str = "info") -> Writer | None:
        """Send events to a writer from now on, or to the fallback again.

        Args:
            writer: the new one, or None.
            level: the lowest level that the writer gets.

        Returns:
            The writer used so far, which the caller closes.
        """
        number = level_number(level)
        with self._lock:
            before = self.writer
            self._output = None if writer is None else _Output(writer, number)
            self.enabled = self._choose()
        return before

    def set_level(self, level: str) -> None:
        """Change the output's level (the fallback logger's, while there is no output).

        Args:
            level: the lowest level to write.

        Raises:
            ValueError: when there is no such level.
        """
        number = level_number(level)
        with self._lock:
            if self._output is None:
                self._fallback.setLevel(number)
            else:
                self._output = _Output(self._output.writer, number)
            self.enabled = self._choose()

    @property
    def level(self) -> int:
        """The number of the lowest level that is written."""
        output = self._output
        return self._fallback.getEffectiveLevel() if output is None else output.level

    @property
    def writer(self) -> Writer | None:
        """The writer in use, or None."""
        output = self._output
        return None if output is None else output.writer

    def deliver(self, event: dict[str, object]) -> None:
        """Pass a processed event on to the sinks and the output."""
        number = LEVELS[cast("str", event["level"])]
        if self._taps and not getattr(self._in_sink, "active", False):
            self._tell(event, number)
        output = self._output
        if output is None:
            self._fall_back(event, number)
        elif number >= output.level:
            output.writer.put(event)

    def lost(self, name: str, error: Exception) -> None:
        """Say that an event could not be processed; this never raises either."""
        with suppress(Exception):
            if self.enabled(ERROR):
                self.deliver(
                    self._event("error", "log.failed", {"about": name, "error": _name(error)})
                )

    def dropped(self, count: int) -> dict[str, object]:
        """Return the event that says how many lines were dropped."""
        return self._event("warning", "log.dropped", {"count": count})

    def _process(
        self, _logger: object, level: str, fields: MutableMapping[str, Any]
    ) -> tuple[tuple[dict[str, object]], dict[str, object]]:
        """Redact, stamp and order an event; such a pair is structlog's way to hand on a value."""
        redacted = self._redactor.fields(fields)
        return (self._event(level, redacted.pop("event"), redacted),), {}

    def _event(self, level: str, name: object, fields: dict[str, object]) -> dict[str, object]:
        instant = datetime.fromtimestamp(self._now(), UTC).isoformat(timespec="milliseconds")
        event: dict[str, object] = {
            "timestamp": f"{instant[:-6]}Z",
            "level": level,
            "event": name,
        }
        for key in _FIRST:
            if key in fields:
                event[key] = fields[key]
        for key, value in fields.items():
            event.setdefault(key, value)  # no field takes the place of one of ours
        return event

    def _tell(self, event: dict[str, object], number: int) -> None:
        self._in_sink.active = True  # what a sink logs is not told to sinks
        try:
            wanted = [tap for tap in self._taps if number >= tap.level]
            broken = [error for tap in wanted if (error := self._tell_one(tap, event))]
        finally:
            self._in_sink.active = False
        for error in broken:
            self.deliver(self._event("warning", "log.sink_removed", {"error": _name(error)}))

    def _tell_one(self, tap: _Tap, event: dict[str, object]) -> Exception | None:
        try:
            tap.sink(dict(event))
        except Exception as error:  # noqa: BLE001  # a sink is never worth an actor
            self._remove(tap)
            return error
        return None

    def _remove(self, tap: _Tap) -> None:
        with self._lock:
            self._taps = tuple(other for other in self._taps if other is not tap)
            self.enabled = self._choose()

    def _fall_back(self, event: dict[str, object], number: int) -> None:
        if self._fallback.isEnabledFor(number):
            self._fallback.log(number, "%s", plain_line(event), extra={"holdfast": event})

    def _choose(self) -> Callable[[int], bool]:
        wanted = min((tap.level for tap in self._taps), default=_NOBODY)
        output = self._output
        if output is not None:
            return min(wanted, output.level).__le__  # the cheapest comparison there is
        fallback = self._fallback.isEnabledFor
        if wanted == _NOBODY:
            return fallback
        return lambda level: level >= wanted or fallback(level)


def _name(error: Exception) -> str:
    return type(error).__name__
