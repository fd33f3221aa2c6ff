"""One step in the life of a connection, with everything that explains it."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from holdfast.handlers.cause import Cause
from holdfast.handlers.lifecycle import Phase

KEPT: Final = 256
"""How many a connection remembers."""

TokenFate: TypeAlias = Literal["kept", "dropped"]
Wish: TypeAlias = Literal["restart", "resume", "stop"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a connection moved, and what the move took along.

    Attributes:
        cause: of the failure; None for a step that was no failure.
        asked: what somebody asked for; None for what came by itself.
        rule: the rule that chose what comes next.
        delay: seconds until the next attempt.
        attempt: its number, 1 for the first since the connection was stable.
        budget: crashes and protocol errors that the window still bears.
        token: what became of a token that the connection had; None without one.
        kept: messages, in and out, that the next incarnation finds.
        lost: messages that became dead letters.
    """

    cause: Cause | None = None
    asked: Wish | None = None
    rule: str | None = None
    delay: float | None = None
    attempt: int | None = None
    budget: int | None = None
    token: TokenFate | None = None
    kept: int = 0
    lost: int = 0


NO_REASON: Final = Reason()


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """A connection went from one phase to another.

    Attributes:
        connection: its name.
        incarnation: the one that moved, 0 before the first.
        time: Unix seconds.
        before: the phase it left.
        after: the phase it is in since.
        reason: why.
    """

    connection: str
    incarnation: int
    time: float
    before: Phase
    after: Phase
    reason: Reason = NO_REASON
