"""The logger that actors use: structlog's bound logger behind a level that may change.

structlog's own filtering loggers have their level built into their class; loggers that live in
actors must follow `configure_logging` and `set_level` while they are in use.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

from structlog import BoundLoggerBase

from holdfast.actors.logs.levels import CRITICAL, DEBUG, ERROR, INFO, LEVELS, WARNING

__all__ = ["Logger", "Pipeline"]


class Pipeline(Protocol):
    """What a logger hands its events to."""

    enabled: Callable[[int], bool]
    """Whether anybody wants an event of this level."""

    def deliver(self, event: Mapping[str, object]) -> None:
        """Pass on an event that has been processed."""
        ...

    def lost(self, name: str, error: Exception) -> None:
        """Report an event that could not be processed."""
        ...


class Logger(BoundLoggerBase):
    """Logs events with the fields that were bound; never raises, never waits.

    Made by `get_logger`. `bind(**fields)` returns another one with more fields. Any thread may
    use it.
    """

    _logger: Pipeline

    def debug(self, event: str, /, **fields: object) -> None:
        """Log what only a developer of the library wants to know.

        Args:
            event: the event's dotted name, see `holdfast.actors.logs.events`.
            fields: what to say of it; values may be anything.
        """
        if self._logger.enabled(DEBUG):
            self._emit("debug", event, fields)

    def info(self, event: str, /, **fields: object) -> None:
        """Log what belongs to normal life. See `debug`."""
        if self._logger.enabled(INFO):
            self._emit("info", event, fields)

    def warning(self, event: str, /, **fields: object) -> None:
        """Log what went wrong and is being dealt with. See `debug`."""
        if self._logger.enabled(WARNING):
            self._emit("warning", event, fields)

    def error(self, event: str, /, **fields: object) -> None:
        """Log what needs somebody's attention. See `debug`."""
        if self._logger.enabled(ERROR):
            self._emit("error", event, fields)

    def critical(self, event: str, /, **fields: object) -> None:
        """Log what ends the fleet. See `debug`."""
        if self._logger.enabled(CRITICAL):
            self._emit("critical", event, fields)

    def exception(self, event: str, /, **fields: object) -> None:
        """Log an error with the exception that is being handled. See `debug`.

        Any level takes an exception as the field `exc_info`.
        """
        if self._logger.enabled(ERROR):
            self._emit("error", event, {"exc_info": True, **fields})

    def log(self, level: str, event: str, /, **fields: object) -> None:
        """Log at a level that is chosen when it happens.

        Args:
            level: a name of `holdfast.actors.logs.levels.LEVELS`.
            event: see `debug`.
            fields: see `debug`.
        """
        if self._logger.enabled(LEVELS[level]):
            self._emit(level, event, fields)

    def is_enabled(self, level: str) -> bool:
        """Say whether an event of this level would go anywhere.

        Args:
            level: as for `log`; ask before building fields that are dear.
        """
        return self._logger.enabled(LEVELS[level])

    def _emit(self, level: str, event: str, fields: dict[str, object]) -> None:
        pipeline = self._logger
        try:
            (processed,), _ = self._process_event(level, event, fields)
            pipeline.deliver(processed)
        except Exception as error:  # noqa: BLE001  # a line is never worth an actor
            pipeline.lost(event, error)
