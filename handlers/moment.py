"""The time, handed in: nothing in this package looks at a clock."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant, on both clocks.

    Attributes:
        monotonic: seconds on the clock that never jumps; for deadlines.
        unix: seconds since 1970 on the clock on the wall; for what servers are told.
    """

    monotonic: float
    unix: float

    def later(self, seconds: float) -> "Moment":
        """Return the moment `seconds` after this one, on both clocks."""
        return Moment(self.monotonic + seconds, self.unix + seconds)
