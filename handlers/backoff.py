"""How long to wait before the next attempt."""

from dataclasses import dataclass

from holdfast.handlers.check import not_negative, positive


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential backoff, with full jitter unless it is told otherwise.

    Full jitter draws from zero to the ceiling, so that connections which fell
    together don't come back together ("Exponential Backoff And Jitter", AWS
    Architecture Blog, 2015). The ceiling is cut before the draw, so the cap holds.

    Attributes:
        base: seconds, the ceiling of the first attempt.
        factor: by what the ceiling grows from one attempt to the next; 1 or more.
        cap: seconds that no delay exceeds; `base` or more.
        jitter: the share of each delay that is drawn, from 0 (none is) to 1 (all of it).

    Raises:
        ValueError: a number is not as described.
    """

    base: float = 1.0
    factor: float = 2.0
    cap: float = 60.0
    jitter: float = 1.0

    def __post_init__(self) -> None:
        """Refuse numbers that would stop, shrink or overshoot."""
        positive("backoff base", self.base)
        positive("backoff factor", self.factor)
        positive("backoff cap", self.cap)
        not_negative("backoff jitter", self.jitter)
        if self.jitter > 1:
            raise ValueError(f"backoff jitter must be between 0 and 1, not {self.jitter!r}")
        if self.factor < 1:
            raise ValueError(f"backoff factor must be 1 or more, not {self.factor!r}")
        if self.cap < self.base:
            raise ValueError(
                f"backoff cap must be the base ({self.base!r}) or more, not {self.cap!r}"
            )

    def ceiling(self, attempt: int) -> float:
        """Return the longest delay before an attempt, in seconds.

        Args:
            attempt: 1 for the first attempt after a failure, however large.
        """
        try:
            return min(self.cap, self.base * self.factor ** (attempt - 1))
        except OverflowError:
            return self.cap

    def delay(self, attempt: int, fraction: float) -> float:
        """Return the delay before an attempt, in seconds.

        Args:
            attempt: 1 for the first attempt after a failure.
            fraction: a random number in [0, 1).
        """
        share = 1 - self.jitter + self.jitter * fraction
        return min(share, 1.0) * self.ceiling(attempt)
