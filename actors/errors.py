"""What a user of a fleet can get wrong, each told in one clear line."""

from collections.abc import Iterable

from holdfast.actors.dispatch import MailboxFull, NoSpareThread
from holdfast.actors.nearest import did_you_mean
from holdfast.actors.slots.outbox import ConnectionStopping, OutboxFull

__all__ = [
    "ConnectionStopping",
    "DuplicateName",
    "FleetStopped",
    "MailboxFull",
    "NoSpareThread",
    "NotReady",
    "OutboxFull",
    "TooManyConnections",
    "UnknownConnection",
    "UnknownGroup",
]


class UnknownConnection(LookupError):  # noqa: N818  # named for what it reports
    """No connection of the fleet has this name."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(name)
        self._name = name
        self._known = list(known)

    def __str__(self) -> str:
        """Say so, and which name may be meant: only here, for it takes 50 ms among thousands."""
        hint = did_you_mean(self._name, self._known, shown=repr)
        return f"no connection is named {self._name!r}{hint}"


class UnknownGroup(LookupError):  # noqa: N818  # named for what it reports
    """A connection names a group that its fleet doesn't know."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        groups = ", ".join(map(repr, known)) or "none"
        super().__init__(
            f"no group is named {name!r}; the fleet knows {groups}: describe it by "
            f"Fleet(groups=[Group({name!r}, …)])"
        )


class DuplicateName(ValueError):  # noqa: N818  # named for what it reports
    """A connection of the fleet has this name already."""

    def __init__(self, name: str) -> None:
        super().__init__(f"a connection named {name!r} is in the fleet already; names are unique")


class TooManyConnections(OSError):  # noqa: N818  # named for what it reports
    """This process may not open as many files as the connections need."""

    def __init__(self, count: int, needed: int, limit: int) -> None:
        super().__init__(
            f"{count} connections need {needed} open files, but this process may have {limit}: "
            "raise the limit with `ulimit -n`, or run fewer"
        )


class NotReady(TimeoutError):  # noqa: N818  # named for what it reports
    """Connections weren't ready in time; the message says which and why."""


class FleetStopped(RuntimeError):  # noqa: N818  # named for what it reports
    """The fleet has stopped, or was never started."""
