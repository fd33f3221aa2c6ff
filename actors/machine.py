"""The machine: what every actor of a fleet shares."""

from dataclasses import dataclass

from holdfast.actors.dispatch import Dispatcher, Mailbox
from holdfast.actors.login_gate import LoginGate
from holdfast.handlers import Governor

__all__ = ["Machine"]


@dataclass(frozen=True, slots=True)
class Machine:
    """Where the other actors of the fleet are."""

    dispatcher: Dispatcher
    socket: Mailbox
    timer: Mailbox
    supervisor: Mailbox
    governor: Governor
    """How much a host bears."""
    logins: LoginGate
    """When a login may be sent."""
