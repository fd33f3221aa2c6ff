"""A run on a terminal: how far it has come, its live table, its last logs, and messages above."""

import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from os import devnull
from typing import Final, TextIO

import click
import msgspec
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from holdfast.actors.console.control.desk import Desk
from holdfast.actors.console.control.looking import status
from holdfast.actors.console.control.verb import NoOptions
from holdfast.actors.console.log_output import LogOptions, log_to
from holdfast.actors.console.sinks.choose import outlet_to
from holdfast.actors.console.sinks.destination import Destination, ToStdout
from holdfast.actors.console.sinks.outlet import Outlet
from holdfast.actors.console.terminal import is_terminal
from holdfast.actors.console.view.fleet_view import fleet_picture
from holdfast.actors.console.view.last_logs import LastLogs
from holdfast.actors.console.view.screen import progress
from holdfast.actors.console.view.snapshot import Snapshot
from holdfast.actors.console.view.ticker import Ticker

__all__ = ["LiveStage"]

FRAME: Final = 0.5
"""Seconds between two pictures of a small fleet."""

PER_SECOND: Final = 5000
"""Connections for which a picture is worth a second more."""

PAUSE: Final = 0.1
"""Seconds between two messages that come singly: each of them has the table drawn anew."""

MANY: Final = 16_384
"""Bytes of messages that have come together, so that there is no need to wait for more."""


class LiveStage:
    """Shows a run on a terminal.

    Args:
        stream: standard output or standard error, whichever is drawn on.
        logs: where they would go without it.
    """

    def __init__(self, stream: TextIO, logs: LogOptions) -> None:
        self._on_stdout = stream is sys.stdout
        self._wanted = logs
        self._logs = LastLogs()
        self._drawing = threading.Lock()
        # What a handler prints to a file must not end up above the table.
        self._live = Live(
            console=Console(stderr=not self._on_stdout),
            auto_refresh=False,
            transient=True,
            redirect_stdout=self._on_stdout,
            redirect_stderr=is_terminal(sys.stderr),
        )

    @contextmanager
    def logs(self) -> Generator[None]:
        """Log until the end of the block: below the table what would go to its terminal."""
        if self._wanted.log is not None or not is_terminal(sys.stderr):
            with log_to(self._wanted.log, self._wanted.log_level):
                yield
            return
        with log_to(devnull, "critical"):
            stop_listening = self._logs.listen(self._wanted.log_level)
            try:
                yield
            finally:
                stop_listening()
                for line in self._logs.lines():
                    self._live.console.print(line)

    def outlet(self, destination: Destination) -> Outlet:
        """Return what takes the messages; those for the terminal go above the table."""
        if self._on_stdout and isinstance(destination, ToStdout):
            return _AboveTable(self._live.console, self._drawing)
        return outlet_to(destination)

    @contextmanager
    def showing(self, desk: Desk) -> Generator[None]:
        """Show a fleet until the end of the block; the table's own failure ends the table alone."""
        expected = 0 if desk.source is None else len(desk.source.config.specs)
        pause = FRAME + expected / PER_SECOND
        with self._live, Ticker(lambda: self._draw(desk), pause, lambda: None) as ticker:
            yield
        if ticker.failure is not None:
            click.echo(f"holdfast: the table could not be shown: {ticker.failure!r}", err=True)

    def _draw(self, desk: Desk) -> None:
        if not desk.begun:
            return
        picture = self._picture(desk)
        with self._drawing:
            self._live.update(picture, refresh=True)

    def _picture(self, desk: Desk) -> RenderableType:
        size, snapshot = self._live.console.size, _snapshot(desk)
        logs = self._logs.lines()[-max(1, size.height // 4) :]
        below: list[RenderableType] = [Text(), *logs] if logs else []
        above: list[RenderableType] = []
        if snapshot.on_first_dial:
            total = max(len(desk.roster), len(snapshot.connections))
            done = len(snapshot.connections) - snapshot.on_first_dial
            above = [progress(done, total), Text()]
        height = size.height - 1 - len(above) - len(below)
        table = fleet_picture(snapshot, now=time.time(), width=size.width, height=height)
        return Group(*above, table, *below)


class _AboveTable(Outlet):
    """Prints messages above the table, where they scroll away as on any terminal."""

    grace = 1.0

    def __init__(self, console: Console, drawing: threading.Lock) -> None:
        self.name = "standard output"
        self._console = console
        self._drawing = drawing
        self._hurry = threading.Event()

    def write(self, data: bytes) -> None:
        """Print lines, and give those that come one by one a moment to come together."""
        if not data:
            return
        lines = Text(data.decode().rstrip("\n"))
        with self._drawing:
            self._console.print(lines, soft_wrap=True)
        if len(data) < MANY:
            self._hurry.wait(PAUSE)

    def end_by(self, deadline: float) -> None:
        """Wait for no more."""
        del deadline
        self._hurry.set()


def _snapshot(desk: Desk) -> Snapshot:
    # Whatever a client of the control socket would be answered.
    return msgspec.convert(status(desk, [], NoOptions()), Snapshot)
