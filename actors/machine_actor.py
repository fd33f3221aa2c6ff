"""An actor of the machine: when it crashes its mailbox waits for a successor."""

from types import TracebackType
from typing import ClassVar

from holdfast.actors.dispatch import DispatchedActor, Dispatcher, Mailbox
from holdfast.actors.messages import MachineFailed

__all__ = ["MachineActor"]


class MachineActor(DispatchedActor):
    """The base of the socket actor and of the timer actor, whom the supervisor replaces.

    Args:
        dispatcher: whose threads run it.
        mailbox: its own, which outlives it; a new one by default.
        supervisor: hears of its crash; without one, its mailbox ends with it.
    """

    system: ClassVar[bool] = True

    role: ClassVar[str]
    """What it is called in `MachineFailed`."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        mailbox: Mailbox | None = None,
        supervisor: Mailbox | None = None,
    ) -> None:
        super().__init__(dispatcher, mailbox)
        self._supervisor = supervisor
        self._crash: str | None = None

    def on_failure(
        self,
        exception_type: type[BaseException] | None,
        exception_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Log what ended it, and have it replaced."""
        super().on_failure(exception_type, exception_value, traceback)
        self._crash = type(exception_value).__name__

    def on_end(self) -> None:
        """Let go of what it holds; after a crash the mailbox is its successor's."""
        self._guard(self.release)
        if self._crash is None or self._supervisor is None:
            super().on_end()
            return
        self.mailbox.detach(self)
        self._supervisor.tell(MachineFailed(self.role, self._crash))

    def release(self) -> None:
        """Let go of what it holds."""
