"""What is made of the lines that were found."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from holdfast.actors.console.logfile.record import Match

__all__ = ["Report"]


class Report(Protocol):
    """Takes what was found, piece by piece."""

    def take(self, matches: Iterable[Match]) -> None:
        """Take what was found in the next block.

        Raises:
            BrokenPipeError: whoever read standard output has gone.
            Problem: standard output takes no more.
        """
        ...

    def finish(self, end: datetime | None) -> None:
        """Take note that this was all; see `take`.

        Args:
            end: when the log ends, as far as that is known.
        """
        ...
