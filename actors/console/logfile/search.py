"""What is wanted of blocks of lines, and how many lines were no log lines."""

from contextlib import suppress
from datetime import datetime

from holdfast.actors.console.logfile.filters import Filters
from holdfast.actors.console.logfile.needles import candidates
from holdfast.actors.console.logfile.record import Match, NotALogLine, read_record

__all__ = ["Search"]


class Search:
    """Looks for the lines that pass some filters.

    Lines that can't pass are skipped unread, so a broken one among them isn't counted.

    Args:
        filters: which lines are wanted.
    """

    def __init__(self, filters: Filters) -> None:
        self.lines = 0
        """How many there were, whether or not they were read."""
        self.matched = 0
        self.broken = 0
        """How many of those that were read were no log lines."""
        self.end: datetime | None = None
        """The time of the last line, be it wanted or not; not later than what is wanted."""
        self._until = filters.until
        self._tests = filters.tests()
        self._needles = filters.needles()

    def matches(self, block: bytes) -> list[Match]:
        """Return the wanted lines of a block.

        Args:
            block: whole lines, each with its line feed.
        """
        self.lines += block.count(b"\n")
        found: list[Match] = []
        for line in candidates(block, self._needles):
            try:
                record = read_record(line)
            except NotALogLine:
                self.broken += bool(line.strip())
                continue
            for test in self._tests:
                if not test(record):
                    break
            else:
                found.append((line, record))
        self.matched += len(found)
        self._note_end(block)
        return found

    def _note_end(self, block: bytes) -> None:
        with suppress(*NotALogLine):
            moment = read_record(block[block.rfind(b"\n", 0, -1) + 1 :]).timestamp
            moment = moment if self._until is None else min(moment, self._until)
            self.end = moment if self.end is None else max(moment, self.end)
