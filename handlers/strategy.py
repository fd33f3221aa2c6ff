"""Who is restarted together with a connection that failed (Erlang/OTP's restart strategies)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, TypeAlias, get_args

from holdfast.handlers.check import one_of

Strategy: TypeAlias = Literal["one_for_one", "one_for_all", "rest_for_one"]

NAME_LENGTH: Final = 200


@dataclass(frozen=True, slots=True)
class Group:
    """A named group of connections that share a fate; a spec names the group that it is in.

    Attributes:
        name: 1 to 200 printable characters.
        strategy: `one_for_one` restarts what failed alone, `one_for_all` every member,
            `rest_for_one` what failed and the members that were started after it.

    Raises:
        ValueError: a value is not as described.
    """

    name: str
    strategy: Strategy = "one_for_one"

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        # Not every user has a type checker.
        text = isinstance(self.name, str)  # pyright: ignore[reportUnnecessaryIsInstance]
        if not text or not self.name.isprintable() or not 0 < len(self.name) <= NAME_LENGTH:
            raise ValueError(f"a group's name must be 1 to {NAME_LENGTH} printable characters")
        one_of(f"group {self.name!r}: strategy", self.strategy, get_args(Strategy))


def followers(strategy: Strategy, members: Sequence[str], failed: str) -> Sequence[str]:
    """Return who is restarted with a member that is restarted, in order, without itself.

    Args:
        strategy: of their group.
        members: all of them, in the order in which they were started.
        failed: one of them.
    """
    return _FOLLOWERS[strategy](members, members.index(failed))


_FOLLOWERS: Final[Mapping[Strategy, Callable[[Sequence[str], int], Sequence[str]]]] = (
    MappingProxyType(
        {
            "one_for_one": lambda _members, _at: (),
            "one_for_all": lambda members, at: (*members[:at], *members[at + 1 :]),
            "rest_for_one": lambda members, at: members[at + 1 :],
        }
    )
)
