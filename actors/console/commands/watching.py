"""How `status --watch` shows each look: in place on a terminal, one after the other in a pipe."""

import time
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

import click
from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from holdfast.actors.console.commands.reach import RunningFleet
from holdfast.actors.console.view.fleet_view import fleet_lines, fleet_picture
from holdfast.actors.console.view.snapshot import Snapshot
from holdfast.actors.logs import escape

__all__ = ["Lines", "Table", "Watched"]


class Watched(Protocol):
    """Where looks at a fleet go."""

    def showing(self) -> AbstractContextManager[object]:
        """Return what has the place until the end of its block."""
        ...

    def draw(self, answer: object, snapshot: Snapshot) -> None:
        """Show a fleet.

        Args:
            answer: of the fleet, as it came.
            snapshot: the same.
        """
        ...

    def gone(self, why: str) -> None:
        """Say that the fleet doesn't answer, as often as that is so."""
        ...


class Table:
    """Draws in place on a terminal; the last picture stays.

    Args:
        named: whether the connections were asked for by name.
    """

    def __init__(self, *, named: bool) -> None:
        self._named = named
        self._live = Live(auto_refresh=False)
        self._last: Snapshot | None = None

    def showing(self) -> AbstractContextManager[object]:
        """Return what has the terminal until the end of its block."""
        return self._live

    def draw(self, answer: object, snapshot: Snapshot) -> None:
        """Draw a fleet in place of the one before."""
        del answer
        self._last = snapshot
        self._live.update(self._picture(snapshot), refresh=True)

    def gone(self, why: str) -> None:
        """Say it above the last picture."""
        parts = [Text(escape(f"{why}; looking again"), style="red"), Text()]
        last = [] if self._last is None else [self._picture(self._last, lines=3)]
        self._live.update(Group(*parts, *last), refresh=True)

    def _picture(self, snapshot: Snapshot, lines: int = 1) -> RenderableType:
        """Return a picture that leaves so many lines of the terminal."""
        size = self._live.console.size
        return fleet_picture(
            snapshot,
            now=time.time(),
            width=size.width,
            height=size.height - lines,
            named=self._named,
        )


class Lines:
    """Prints each look, as JSON or in columns; what isn't a look goes to standard error.

    Args:
        fleet: that is looked at.
        named: whether the connections were asked for by name.
    """

    def __init__(self, fleet: RunningFleet, *, named: bool) -> None:
        self._fleet = fleet
        self._named = named
        self._told = ""

    def showing(self) -> AbstractContextManager[object]:
        """Return what does nothing: lines stay."""
        return nullcontext()

    def draw(self, answer: object, snapshot: Snapshot) -> None:
        """Print a fleet, and a blank line after its columns."""
        self._told = ""
        self._fleet.show(answer, [*fleet_lines(snapshot, now=time.time(), named=self._named), ""])

    def gone(self, why: str) -> None:
        """Say it once."""
        if why != self._told:
            click.echo(f"holdfast: {escape(why)}; looking again", err=True)
        self._told = why
