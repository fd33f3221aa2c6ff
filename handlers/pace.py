"""An even pace: so many a second, none of them early (the leaky bucket as a meter, ITU-T I.371)."""

from dataclasses import dataclass, replace
from math import inf
from typing import Final

ROUNDING: Final = 1e-9
"""Seconds by which a sum of times may be off: whoever asks again in time must be let through."""


@dataclass(frozen=True, slots=True)
class Pace:
    """When the next one may begin.

    Attributes:
        rate: how many a second; None for any number.
        free_at: monotonic seconds from which the next one may begin.
    """

    rate: float | None = None
    free_at: float = -inf

    def reserve(self, now: float) -> tuple["Pace", float]:
        """Take the next place.

        Args:
            now: monotonic seconds.

        Returns:
            The pace after it, and the monotonic seconds of the place: now or later.
        """
        at = max(now, self.free_at)
        return (self if self.rate is None else replace(self, free_at=at + 1.0 / self.rate)), at
