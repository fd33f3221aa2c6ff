"""The functions that the rest of holdfast, and applications, call: one pipeline for the process."""

import atexit
import logging
import os
import sys
from collections.abc import Callable
from typing import Final, Literal, TextIO

from holdfast.actors.logs.hub import Hub, Sink
from holdfast.actors.logs.known import KnownSecrets
from holdfast.actors.logs.levels import level_name, level_number
from holdfast.actors.logs.libraries import Guard
from holdfast.actors.logs.logger import Logger
from holdfast.actors.logs.outlet import Nowhere, Outlet, open_outlet
from holdfast.actors.logs.redaction import Redactor
from holdfast.actors.logs.render import Renderer, console_renderer, json_line
from holdfast.actors.logs.writer import CAPACITY, Writer
from holdfast.handlers.secret import Secret

__all__ = [
    "add_sink",
    "close_logs",
    "configure_logging",
    "flush_logs",
    "get_level",
    "get_logger",
    "redact",
    "register_secret",
    "set_level",
]

LogFormat = Literal["auto", "json", "console"]

_CLOSE_SECONDS: Final = 1.0

_KNOWN = KnownSecrets()
_REDACTOR = Redactor(_KNOWN)
_HUB = Hub(_REDACTOR)
_GUARD = Guard(_HUB, _REDACTOR)

# Without it Python itself prints a library's warnings when the application set up no logging.
logging.getLogger("holdfast").addHandler(logging.NullHandler())


def get_logger(**fields: object) -> Logger:
    """Return a logger of holdfast's own pipeline, whatever the application did to structlog.

    The first call also guards the loggers of pykka and websocket-client against secrets.

    Args:
        fields: what every event of this logger says; for a connection that is `connection`,
            `incarnation` and `generation`.
    """
    _GUARD.protect()
    return _HUB.logger(**fields)


def configure_logging(
    stream: TextIO | None = None,
    level: str = "info",
    format: LogFormat = "auto",  # noqa: A002  # the word that everybody looks for
    *,
    capacity: int = CAPACITY,
) -> None:
    """Write holdfast's events, and its libraries', to a stream instead of the standard library.

    May be called again; the stream used before gets what waited for it first (at most 1 second).

    Args:
        stream: where lines go; None is standard error, or nowhere if the shell has closed that
            (`2>&-`). It stays the caller's, who may close it after `close_logs`.
        level: the lowest level that is written.
        format: `json` is one object a line, `console` is for people, with colours on a terminal
            (unless NO_COLOR is set); `auto` is `console` on a terminal, else `json`.
        capacity: lines that may wait for a slow stream; those beyond are dropped and counted.

    Raises:
        ValueError: when there is no such level or format, the capacity is below 1, or the stream
            is closed already.
    """
    level_number(level)
    if capacity < 1:
        raise ValueError(f"log capacity must be 1 or more, not {capacity}")
    render, outlet = _choose_way_out(format, sys.stderr if stream is None else stream)
    _GUARD.protect()
    _GUARD.route()
    writer = Writer(outlet, render, _HUB.dropped, capacity)
    before = _HUB.set_output(writer, level)
    atexit.unregister(close_logs)
    atexit.register(close_logs)
    if before is not None:
        before.close(_CLOSE_SECONDS)


def get_level() -> str:
    """Return the name of the lowest level that is written."""
    return level_name(_HUB.level)


def set_level(level: str) -> None:
    """Change the lowest level that is written, for loggers in use as well.

    Args:
        level: its name. Before `configure_logging` it becomes that of the logger "holdfast".

    Raises:
        ValueError: when there is no such level.
    """
    _HUB.set_level(level)


def flush_logs(timeout: float = 1.0) -> bool:
    """Wait until every line so far has been written or counted as dropped.

    Args:
        timeout: seconds.

    Returns:
        Whether that happened in time.
    """
    writer = _HUB.writer
    return writer is None or writer.flush(timeout)


def close_logs(timeout: float = _CLOSE_SECONDS) -> bool:
    """Write what waits, end the writer thread, and go back to the standard library's logger.

    Runs by itself when the interpreter ends.

    Args:
        timeout: seconds, after which a stuck stream loses what waits for it.

    Returns:
        Whether everything that waited was written.
    """
    _GUARD.unroute()
    writer = _HUB.set_output(None)
    return writer is None or writer.close(timeout)


def add_sink(sink: Sink, level: str = "info") -> Callable[[], None]:
    """Have every event given to a function as well, redacted and before it is rendered.

    Args:
        sink: called with a dict of its own on the thread that logs; it must be quick. One that
            raises is removed, and `log.sink_removed` says so.
        level: the lowest level that it is given, whatever is written.

    Returns:
        A function that removes the sink.

    Raises:
        ValueError: when there is no such level.
    """
    return _HUB.add_sink(sink, level)


def register_secret(secret: Secret | str | bytes) -> Callable[[], None]:
    """Mask this value wherever it stands: in any field, text, exception or library's line.

    Also as it looks in JSON, a URL, a repr and base64.

    Args:
        secret: the value. One shorter than 6 characters is too common to be masked by value.

    Returns:
        A function that releases this registration; the value is masked until every registration
        of it is released, and nothing of it is kept after that.
    """
    return _KNOWN.register(secret)


def redact(value: object) -> object:
    """Return a value as it may be shown to people: plain data, bounded, without secrets.

    Args:
        value: anything.

    Returns:
        None, bool, int, float, str, list or dict.
    """
    return _REDACTOR.value(value)


def _choose_way_out(name: str, stream: TextIO | None) -> tuple[Renderer, Outlet]:
    """How lines look, and what takes them."""
    if name not in {"auto", "json", "console"}:
        raise ValueError(f"unknown log format {name!r}: use one of auto, json, console")
    if stream is None:
        return json_line, Nowhere()
    terminal = stream.isatty()
    if name == "json" or (name == "auto" and not terminal):
        return json_line, open_outlet(stream, "utf-8")
    # no-color.org: any value but the empty one.
    colours = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return console_renderer(colours=colours), open_outlet(stream, stream.encoding or "utf-8")
