"""What a thread is at the moment, told to code that doesn't know whose thread it runs on."""

import threading
from typing import Protocol, cast

__all__ = ["Question", "Role", "current_role", "take_role"]


class Question(Protocol):
    """What a thread waits for, as the dispatcher sees it."""

    @property
    def asked(self) -> object | None:
        """The mailbox of the actor that has to answer, if that is known."""
        ...

    def done(self) -> bool:
        """Tell whether the answer has come, though who waits may not know it yet."""
        ...


class Role(Protocol):
    """One of a dispatcher's threads, as futures and actors see it."""

    def runs(self, turn: object) -> bool:
        """Tell whether the thread is running this actor."""
        ...

    def wait_begins(self, question: Question) -> None:
        """Hand the leadership on, if this thread has it, because it is going to wait.

        Args:
            question: what it waits for.

        Raises:
            NoSpareThread: the answer could never come.
        """
        ...

    def wait_ends(self) -> None:
        """Note that the thread goes on."""
        ...


_local = threading.local()


def current_role() -> Role | None:
    """Return the role of the calling thread; None for one that isn't a dispatcher's."""
    return cast("Role | None", getattr(_local, "role", None))


def take_role(role: Role) -> None:
    """Declare the calling thread's role for the rest of its life."""
    _local.role = role
