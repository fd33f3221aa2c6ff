"""How many lines there were over time, without knowing before from when to when they are."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

__all__ = ["Column", "Histogram"]

MOST: Final = 4096
"""Buckets that are kept; with one more, each becomes twice as wide."""

FINEST: Final = 0.001
"""Seconds of a bucket at first: what timestamps tell."""


@dataclass(frozen=True, slots=True)
class Column:
    """A part of the time."""

    start: float
    """Unix seconds."""
    seconds: float
    lines: int
    trouble: int
    """Of those, warnings and worse."""


class Histogram:
    """Counts lines in buckets that grow with the time they span; memory is bounded.

    Args:
        most: buckets that are kept.
    """

    def __init__(self, most: int = MOST) -> None:
        self.width = FINEST
        """Seconds of a bucket."""
        self._most = most
        self._lines = Counter[int]()
        self._trouble = Counter[int]()

    def add(self, moments: Sequence[float], troubles: Sequence[float]) -> None:
        """Count lines, of which some are warnings or worse.

        Args:
            moments: of each line, in Unix seconds.
            troubles: of these alone.
        """
        width = self.width
        self._lines.update([int(moment // width) for moment in moments])
        self._trouble.update([int(moment // width) for moment in troubles])
        while len(self._lines) > self._most:
            self._widen()

    def columns(self, most: int) -> list[Column]:
        """Return the time from the first to the last line in equal parts, those without lines too.

        Args:
            most: parts at most.
        """
        if not self._lines:
            return []
        first, last = min(self._lines), max(self._lines)
        each = ceil((last - first + 1) / most)
        lines, trouble = (_joined(of, first, each) for of in (self._lines, self._trouble))
        return [
            Column(
                (first + part * each) * self.width, each * self.width, lines[part], trouble[part]
            )
            for part in range((last - first) // each + 1)
        ]

    def _widen(self) -> None:
        self.width *= 2
        self._lines = _joined(self._lines, 0, 2)
        self._trouble = _joined(self._trouble, 0, 2)


def _joined(counts: Counter[int], first: int, each: int) -> Counter[int]:
    joined = Counter[int]()
    for bucket, count in counts.items():
        joined[(bucket - first) // each] += count
    return joined
