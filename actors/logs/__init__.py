"""Structured logs: dotted events, no secrets, and no actor that waits for a log line."""

from holdfast.actors.logs.escape import escape
from holdfast.actors.logs.events import EVENTS, FIELDS, EventInfo, markdown_table
from holdfast.actors.logs.logger import Logger
from holdfast.actors.logs.setup import (
    add_sink,
    close_logs,
    configure_logging,
    flush_logs,
    get_level,
    get_logger,
    redact,
    register_secret,
    set_level,
)

__all__ = [
    "EVENTS",
    "FIELDS",
    "EventInfo",
    "Logger",
    "add_sink",
    "close_logs",
    "configure_logging",
    "escape",
    "flush_logs",
    "get_level",
    "get_logger",
    "markdown_table",
    "redact",
    "register_secret",
    "set_level",
]
