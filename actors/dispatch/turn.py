"""What the dispatcher runs: a turn of an actor that has mail."""

from typing import ClassVar, Protocol

__all__ = ["Turn"]


class Turn(Protocol):
    """An actor, as the dispatcher sees it."""

    slow: int
    """Quick turns it still owes on the spare threads before the leader runs it again."""
    system: ClassVar[bool]
    """One of the machine's own actors, which never wait: never left behind."""

    @property
    def mailbox(self) -> object:
        """What others ask when they ask this actor."""
        ...

    @property
    def label(self) -> str:
        """What people call it, in an error."""
        ...

    @property
    def kind(self) -> object:
        """What its handlers have in common with those of others: if one blocks, all may."""
        ...

    def run(self) -> bool:
        """Handle some messages; return whether more wait."""
        ...

    def abandon(self) -> None:
        """End without a turn: nobody is left to run it."""
        ...

    def blocked(self, seconds: float) -> None:
        """Hear, on another thread, that it was left behind after so many seconds."""
        ...

    def recovered(self, seconds: float) -> None:
        """Hear that the turn in which it was left behind is over, after so many seconds."""
        ...
