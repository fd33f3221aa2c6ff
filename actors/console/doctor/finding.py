"""A finding: the verdict of one check, what was found, and what to do about it."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeVar

__all__ = ["Evidence", "Finding", "Users", "Verdict", "users_by"]

K = TypeVar("K", bound=Hashable)


class Verdict(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"
    """It works, or may work, but somebody should look."""
    FAIL = "fail"
    """The connections that it concerns won't be ready."""


@dataclass(frozen=True, slots=True)
class Users:
    """Whom a finding concerns.

    Args:
        first: the name of the first of these connections in the file.
        count: how many they are, at least 1.
    """

    first: str
    count: int = 1

    def __str__(self) -> str:
        return self.first if self.count == 1 else f"{self.count:,} connections: {self.first}, …"


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check. Its texts may quote a peer or a file: they are escaped when shown.

    Args:
        check: the kind of check, such as `dns`.
        subject: what was checked, such as `stream.example.com:443`.
        verdict: how it ended.
        what: what was found, in one line.
        advice: what to do; empty when nothing has to be done.
        users: the connections that it concerns; None for the fleet as a whole.
    """

    check: str
    subject: str
    verdict: Verdict
    what: str
    advice: str = ""
    users: Users | None = None


class Evidence(Protocol):
    """What a check has seen."""

    def judge(self) -> Finding:
        """Return what to think of it; pure."""
        ...


def users_by(pairs: Iterable[tuple[K, str]]) -> dict[K, Users]:
    """Return who uses each thing, things in the order of their first use.

    Args:
        pairs: a thing, and the name of a connection that uses it.
    """
    users: dict[K, Users] = {}
    for thing, name in pairs:
        known = users.get(thing)
        users[thing] = Users(name) if known is None else Users(known.first, known.count + 1)
    return users
