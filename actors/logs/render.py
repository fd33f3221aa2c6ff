"""One redacted event as one line: JSON for machines, aligned and coloured for people."""

from collections.abc import Callable, Mapping
from typing import Final, cast

import msgspec
from structlog.dev import Column, ConsoleRenderer, KeyValueColumnFormatter, LogLevelColumnFormatter

from holdfast.actors.logs.escape import escape, escape_json
from holdfast.actors.logs.failure import failure_line, failure_lines, is_failure

__all__ = ["Event", "Renderer", "console_renderer", "json_line", "plain_line"]

Event = Mapping[str, object]
"""A redacted event: timestamp, level, event, then its fields, all plain data."""
Renderer = Callable[[Event], str]
"""Makes the line of an event, without the line feed."""

_JSON = msgspec.json.Encoder()
_RESET, _BRIGHT, _DIM = "\033[0m", "\033[1m", "\033[2m"
_RED, _GREEN, _YELLOW, _MAGENTA, _CYAN = (f"\033[3{digit}m" for digit in "12356")
_LEVEL_COLOURS: Final = {
    "debug": _DIM,
    "info": _GREEN,
    "warning": _YELLOW,
    "error": _RED,
    "critical": _RED + _BRIGHT,
}
_EVENT_WIDTH = 26
# What makes a bare value ambiguous in key=value.
_QUOTED = frozenset(" =\"'")


def json_line(event: Event) -> str:
    """Return the event as one JSON object (RFC 8259) in printable characters.

    Args:
        event: a redacted event.
    """
    return escape_json(_JSON.encode(event).decode())


def console_renderer(*, colours: bool) -> Renderer:
    """Return a renderer for people: aligned, escaped, an exception's frames on lines of their own.

    Args:
        colours: whether to write ANSI colours.
    """
    render = _renderer(colours=colours, event_width=_EVENT_WIDTH)

    def line(event: Event) -> str:
        fields = dict(event)
        below = _take_stack(fields) or []
        failure = fields.get("exception")
        if is_failure(failure):
            del fields["exception"]
            below = [*below, *failure_lines(failure)]
        return "\n    ".join((render(fields), *map(escape, below)))

    return line


def plain_line(event: Event) -> str:
    """Return the event as ``name key=value …`` for a logger that adds time and level itself.

    Args:
        event: a redacted event.
    """
    fields = {key: value for key, value in event.items() if key not in {"timestamp", "level"}}
    failure = fields.get("exception")
    if is_failure(failure):
        del fields["exception"]
        fields["failure"] = failure_line(failure)
    stack = _take_stack(fields)
    if stack is not None:
        fields["frames"] = " > ".join(stack)
    return _PLAIN(fields)


def _take_stack(fields: dict[str, object]) -> list[str] | None:
    """Take the stack out of an event, if it has one that is what it should be."""
    stack = fields.get("stack")
    if not isinstance(stack, list):
        return None
    frames = cast("list[object]", stack)
    if not all(isinstance(frame, str) for frame in frames):
        return None
    del fields["stack"]
    return cast("list[str]", frames)


def _renderer(*, colours: bool, event_width: int) -> Callable[[dict[str, object]], str]:
    def style(code: str) -> str:
        return code if colours else ""

    def column(key_style: str | None, value_style: str, width: int = 0) -> KeyValueColumnFormatter:
        return KeyValueColumnFormatter(
            key_style=key_style,
            value_style=style(value_style),
            reset_style=style(_RESET),
            value_repr=_shown,
            width=width,
        )

    levels = {level: style(colour) for level, colour in _LEVEL_COLOURS.items()}
    render = ConsoleRenderer(
        columns=[
            Column("timestamp", column(None, _DIM)),
            Column("level", LogLevelColumnFormatter(levels, style(_RESET))),
            Column("event", column(None, _BRIGHT, event_width)),
            Column("", column(style(_CYAN), _MAGENTA)),
        ],
        sort_keys=False,
    )

    def line(fields: dict[str, object]) -> str:
        # ConsoleRenderer gives these names a meaning of its own: it would write them raw, or
        # look a level up that is none.
        safe = {escape(key): value for key, value in fields.items()}
        taken = safe.keys() & {"stack", "exception", "exc_info"}
        if safe.get("level", "info") not in tuple(_LEVEL_COLOURS):  # written raw, whatever it is
            taken.add("level")
        for name in taken:
            safe[f"{name}_"] = safe.pop(name)
        return render(None, "", safe)

    return line


def _shown(value: object) -> str:
    if not isinstance(value, str):
        return escape(_JSON.encode(value).decode())
    text = escape(value)
    if text and _QUOTED.isdisjoint(text):
        return text
    quoted = text.replace('"', r"\"")
    return f'"{quoted}"'


_PLAIN = _renderer(colours=False, event_width=0)
