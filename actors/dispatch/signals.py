"""What the dispatcher itself tells two of the machine's actors."""

from dataclasses import dataclass

from holdfast.actors.dispatch.mailbox import Control
from holdfast.actors.dispatch.poller import Event

__all__ = ["Readiness", "Tick"]


@dataclass(frozen=True, slots=True)
class Readiness(Control):
    """Descriptors are ready; the socket actor answers with `Dispatcher.readiness_handled`."""

    events: list[Event]
    """File descriptors, each with the mask of what it is ready for."""


@dataclass(frozen=True, slots=True)
class Tick(Control):
    """The alarm that the timer actor set is due."""
