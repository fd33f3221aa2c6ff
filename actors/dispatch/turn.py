"""What the dispatcher runs: a turn of an actor that has mail."""

from typing import ClassVar, Protocol

from holdfast.actors.dispatch.stall import Stall

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

    def blocked(self, stall: Stall) -> None:
        """Hear, on the watchdog's thread, that it holds its own for too long."""
        ...

    def stuck(self, stall: Stall) -> None:
        """Hear, on the watchdog's thread, that it still does so after very long."""
        ...

    def recovered(self, handler: str, seconds: float) -> None:
        """Hear, on the watchdog's thread, that a turn that was told is over.

        Args:
            handler: the handler's name, as it was told.
            seconds: how long the turn took in all.
        """
        ...
