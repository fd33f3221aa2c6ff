"""`--stats`: counts the lines that pass, and shows the figures at the end."""

from collections.abc import Iterable
from datetime import datetime

from holdfast.actors.console.logfile.output import Output
from holdfast.actors.console.logfile.record import Match
from holdfast.actors.console.logfile.stats import Stats
from holdfast.actors.console.logfile.stats_view import picture

__all__ = ["StatsReport"]


class StatsReport:
    """Counts the lines, and writes the figures at the end.

    Args:
        out: where to.
        as_json: for a program instead of for people.
    """

    def __init__(self, out: Output, *, as_json: bool) -> None:
        self._out = out
        self._as_json = as_json
        self._stats = Stats()

    def take(self, matches: Iterable[Match]) -> None:
        """Count lines; see `Report`."""
        self._stats.add([record for _, record in matches])

    def finish(self, end: datetime | None) -> None:
        """Write the figures; see `Report`."""
        del end
        if self._as_json:
            self._out.write(self._stats.as_json())
        elif self._stats.lines:
            self._out.draw(picture(self._stats, self._out.width))
