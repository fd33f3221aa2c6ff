"""The clock: is the year plausible, and do the servers agree.

Logins that sign the time (HMAC) are refused by servers whose clock differs, and certificates are
valid between two dates.
"""

import email.utils
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from holdfast.actors.console.doctor.finding import Finding, Users, Verdict

__all__ = ["ClockSeen", "ServerClock", "http_date", "look_at_clock"]

EARLIEST: Final = 2025
"""No copy of this program is older."""
LATEST: Final = EARLIEST + 50

ODD: Final = 2.0
OFF: Final = 30.0
"""Seconds between two clocks from which somebody should look, and from which logins will fail:
services allow a signed time to be 5 to 60 s old."""

SET_IT: Final = "let NTP set it: `timedatectl set-ntp true`, or chrony"


@dataclass(frozen=True, slots=True)
class ClockSeen:
    """The clock of this machine.

    Args:
        now: Unix seconds.
    """

    now: float

    def judge(self) -> Finding:
        """Fail a year that can't be."""
        date = datetime.fromtimestamp(self.now, UTC)
        what = f"{date:%Y-%m-%d %H:%M:%S} UTC"
        if EARLIEST <= date.year < LATEST:
            return Finding("clock", "this machine", Verdict.OK, what)
        return Finding("clock", "this machine", Verdict.FAIL, f"{what} can't be", SET_IT)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerClock:
    """What a server said the time was (the header Date, RFC 9110 section 6.6.1).

    Args:
        place: host and port.
        users: the connections that go there.
        date: Unix seconds; the header has no parts of a second.
        asked: Unix seconds of this machine before the server was asked.
        answered: the same after its answer.
    """

    place: str
    users: Users
    date: float
    asked: float
    answered: float

    def judge(self) -> Finding:
        """Compare, and claim no more than what is certain."""
        ahead = self.ahead()
        if abs(ahead) <= ODD:
            what = "this machine's clock agrees with the server's"
            return Finding("clock", self.place, Verdict.OK, what, "", self.users)
        way = "ahead of" if ahead > 0 else "behind"
        what = f"this machine's clock is {abs(ahead):,.0f} s {way} the server's"
        if abs(ahead) <= OFF:
            return Finding("clock", self.place, Verdict.WARN, what, SET_IT, self.users)
        what += ", so logins that sign the time (HMAC) will be refused"
        return Finding("clock", self.place, Verdict.FAIL, what, SET_IT, self.users)

    def ahead(self) -> float:
        """Return the least number of seconds by which this machine is ahead; below 0: behind.

        The server's time was in [date, date + 1) at one moment between the question and the answer.
        """
        return max(self.asked - (self.date + 1.0), 0.0) or min(self.answered - self.date, 0.0)


def look_at_clock() -> Iterator[ClockSeen]:
    """Read the clock."""
    yield ClockSeen(time.time())


def http_date(headers: Mapping[str, str]) -> float | None:
    """Return when an HTTP answer was made, in Unix seconds; None when it doesn't say.

    Args:
        headers: of the answer, names in lower case.
    """
    try:
        moment = email.utils.parsedate_to_datetime(headers.get("date", ""))
        # A date without a zone is GMT in HTTP, and local time to Python.
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
