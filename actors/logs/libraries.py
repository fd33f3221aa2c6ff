"""The loggers of pykka and websocket-client: redacted for whoever listens to them.

pykka logs whole messages and exceptions with what they quote; websocket-client's trace logs
request headers and frames. Both write to the standard library's loggers, which a filter reaches
before any handler does.
"""

import logging
from collections.abc import Callable
from inspect import currentframe
from types import FrameType
from typing import cast

from holdfast.actors.logs.failure import describe_failure, failure_line
from holdfast.actors.logs.hub import Hub
from holdfast.actors.logs.levels import LEVELS
from holdfast.actors.logs.redaction import Redactor

__all__ = ["LIBRARIES", "Guard"]

LIBRARIES = ("pykka", "websocket")
"""The names of the loggers that are guarded."""

_UNEXPECTED = "Unexpected message received by "
# The bytes of a frame hold its masking key: whoever reads them reads the payload (RFC 6455 5.3).
_RAW = ("++Sent raw: ", "++Rcv raw: ")
_UNSHOWN = "(not shown)"


class Guard:
    """Redacts the records of the libraries' loggers, and routes them when asked to.

    Args:
        hub: where they are routed.
        redactor: what their texts pass through.
    """

    def __init__(self, hub: Hub, redactor: Redactor) -> None:
        self._filter = _RedactingFilter(redactor)
        self._handler = _HubHandler(hub)
        self._propagated: dict[str, bool] = {}

    def protect(self) -> None:
        """Redact from now on; once is enough, more does no harm."""
        for name in LIBRARIES:
            logging.getLogger(name).addFilter(self._filter)

    def unprotect(self) -> None:
        """Take the filter out again."""
        for name in LIBRARIES:
            logging.getLogger(name).removeFilter(self._filter)

    def route(self) -> None:
        """Send the libraries' records to the hub, and to it alone."""
        for name in LIBRARIES:
            logger = logging.getLogger(name)
            self._propagated.setdefault(name, logger.propagate)
            logger.addHandler(self._handler)
            logger.propagate = False

    def unroute(self) -> None:
        """Undo `route`."""
        for name, propagated in self._propagated.items():
            logger = logging.getLogger(name)
            logger.removeHandler(self._handler)
            logger.propagate = propagated
        self._propagated.clear()


class _RedactingFilter(logging.Filter):
    """Changes records in place, since Python 3.11 lets a filter do no more."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact a record; always lets it pass."""
        try:
            self._redact(record)
        except Exception:  # noqa: BLE001  # a record that can't be redacted must not be seen
            record.msg, record.args = _UNSHOWN, None
            record.exc_info = record.exc_text = record.stack_info = None
        return True

    def _redact(self, record: logging.LogRecord) -> None:
        record.msg, record.args = self._redactor.text(_message(record)), None
        if record.stack_info:
            record.stack_info = self._redactor.text(record.stack_info)
        if record.exc_info and record.exc_info[1] is not None:
            failure = self._redactor.value(describe_failure(record.exc_info[1]))
            described = cast("list[dict[str, object]]", failure)
            # A formatter shows exc_text as it is; from exc_info it would print the exception raw.
            record.exc_info, record.exc_text = None, failure_line(described)
            record.__dict__["failure"] = described


class _HubHandler(logging.Handler):
    """Makes `library.log` events of records."""

    def __init__(self, hub: Hub) -> None:
        super().__init__()
        self._log = hub.logger()

    def emit(self, record: logging.LogRecord) -> None:
        """Log the record as an event."""
        fields: dict[str, object] = {"logger": record.name, "message": record.getMessage()}
        if "failure" in record.__dict__:
            fields["exception"] = record.__dict__["failure"]
        self._log.log(_level_name(record.levelno), "library.log", **fields)


def _level_name(number: int) -> str:
    """The highest of our levels that is not above the number."""
    return max(
        (name for name in LEVELS if LEVELS[name] <= number), key=LEVELS.__getitem__, default="debug"
    )


def _message(record: logging.LogRecord) -> str:
    text = record.getMessage()
    if text.startswith(_UNEXPECTED):
        return _unexpected()
    for prefix in _RAW:
        if text.startswith(prefix):
            return f"{prefix}{_UNSHOWN}"
    return text


def _unexpected() -> str:
    """Pykka's warning with the message's type; the record holds no more than its text."""
    frame = _caller(lambda candidate: candidate.f_code.co_name == "on_receive")
    names: dict[str, object] = {} if frame is None else dict(frame.f_locals)
    if not {"self", "message"} <= names.keys():
        return f"{_UNEXPECTED}an actor: {_UNSHOWN}"
    actor, message = names["self"], names["message"]
    return f"{_UNEXPECTED}{actor}: {type(message).__module__}.{type(message).__qualname__}"


def _caller(wanted: Callable[[FrameType], bool]) -> FrameType | None:
    frame = currentframe()
    while frame is not None and not wanted(frame):
        frame = frame.f_back
    return frame
