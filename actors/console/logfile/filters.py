"""Which lines are wanted; pure."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import translate

from holdfast.actors.console.logfile.needles import literal
from holdfast.actors.console.logfile.record import Record
from holdfast.actors.logs.levels import LEVELS

__all__ = ["Filters"]

Test = Callable[[Record], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a line must have: all of what is given, and of several globs for one field any."""

    connections: Sequence[str] = ()
    """Globs, as `fnmatch.fnmatchcase` reads them."""
    events: Sequence[str] = ()
    causes: Sequence[str] = ()
    level: str | None = None
    """The lowest one, a name of `LEVELS`."""
    since: datetime | None = None
    until: datetime | None = None
    """The first moment that is too late."""

    def tests(self) -> list[Test]:
        """Return what every wanted line passes."""
        tests: list[Test] = []
        if self.since is not None or self.until is not None:
            tests.append(_between(self.since, self.until))
        if self.level is not None:
            tests.append(_at_least(LEVELS[self.level]))
        if self.events:
            event = _any_of(self.events)
            tests.append(lambda record: event(record.event))
        if self.connections:
            connection = _any_of(self.connections)
            tests.append(
                lambda record: record.connection is not None and connection(record.connection)
            )
        if self.causes:
            cause = _any_of(self.causes)
            tests.append(lambda record: record.cause is not None and cause(record.cause))
        return tests

    def needles(self) -> Sequence[bytes]:
        """Return bytes of which every wanted line has at least one; none if nothing is known."""
        choices = [
            [literal(glob) for glob in globs]
            for globs in (self.connections, self.events, self.causes)
            if globs
        ]
        if self.level is not None:
            lowest = LEVELS[self.level]
            choices.append([literal(name) for name, number in LEVELS.items() if number >= lowest])
        return max(choices, key=lambda needles: min(map(len, needles)), default=())


def _between(since: datetime | None, until: datetime | None) -> Test:
    def passes(record: Record) -> bool:
        moment = record.timestamp
        return (since is None or moment >= since) and (until is None or moment < until)

    return passes


def _at_least(lowest: int) -> Test:
    return lambda record: LEVELS.get(record.level, 0) >= lowest


def _any_of(globs: Sequence[str]) -> Callable[[str], bool]:
    match = re.compile("|".join(map(translate, globs))).match
    return lambda text: match(text) is not None
