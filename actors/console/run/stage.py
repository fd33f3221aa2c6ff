"""Where a run is watched: a live table on a terminal, and quiet everywhere else.

| standard output | standard error | what a person sees |
|---|---|---|
| a terminal | anything | the table there, with messages above it |
| a file | a terminal | the table on standard error |
| a pipe | anything | messages and logs as lines |

A pipe may end on the same terminal, as in `| jq`, so nobody else writes there. `--out -` asks for
lines too.
"""

import os
import stat
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Final, Protocol, TextIO

from holdfast.actors.console.control.desk import Desk
from holdfast.actors.console.log_output import LogOptions, log_to
from holdfast.actors.console.sinks.choose import outlet_to
from holdfast.actors.console.sinks.destination import Destination
from holdfast.actors.console.sinks.options import MessageOptions
from holdfast.actors.console.sinks.outlet import Outlet
from holdfast.actors.console.terminal import in_front

__all__ = ["Quiet", "Stage", "choose_stage"]

STDOUT: Final = "-"


class Stage(Protocol):
    """What a run does for whoever watches it."""

    def logs(self) -> AbstractContextManager[None]:
        """Log until the end of the block."""
        ...

    def outlet(self, destination: Destination) -> Outlet:
        """Return what takes the messages."""
        ...

    def showing(self, desk: Desk) -> AbstractContextManager[None]:
        """Show a fleet until the end of the block."""
        ...


class Quiet:
    """Shows nothing but lines.

    Args:
        logs: where they go.
    """

    def __init__(self, logs: LogOptions) -> None:
        self._logs = logs

    def logs(self) -> AbstractContextManager[None]:
        """Log until the end of the block."""
        return log_to(self._logs.log, self._logs.log_level)

    def outlet(self, destination: Destination) -> Outlet:
        """Return what takes the messages."""
        return outlet_to(destination)

    def showing(self, desk: Desk) -> AbstractContextManager[None]:
        """Show nothing."""
        del desk
        return nullcontext()


def choose_stage(messages: MessageOptions, logs: LogOptions) -> Stage:
    """Return what suits the place where this process runs.

    Args:
        messages: what the command line says of them.
        logs: the same.
    """
    stream = None if messages.out == STDOUT else _terminal()
    if stream is None:
        return Quiet(logs)
    from holdfast.actors.console.run.live import LiveStage  # noqa: PLC0415  # brings rich

    return LiveStage(stream, logs)


def _terminal() -> TextIO | None:
    """Return the stream on whose terminal a table disturbs nobody."""
    if os.environ.get("TERM", "dumb") in {"dumb", "unknown"}:
        return None
    stream = sys.stdout if _is(sys.stdout, _a_terminal) else sys.stderr
    if stream is sys.stderr and _is(sys.stdout, _a_pipe):
        return None
    return stream if _is(stream, _a_terminal) and _is(stream, in_front) else None


def _is(stream: TextIO | None, what: Callable[[int], bool]) -> bool:
    """Tell whether a stream, which is None when the shell has closed it, is something."""
    try:
        return stream is not None and what(stream.fileno())
    except OSError:
        return False


def _a_terminal(descriptor: int) -> bool:
    return os.isatty(descriptor)


def _a_pipe(descriptor: int) -> bool:
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
