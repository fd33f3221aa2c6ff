"""The one failure of the demo that no server brings about: an actor of its own machine crashes."""

from dataclasses import dataclass

from pykka._envelope import Envelope
from pykka.messages import ProxyCall

from holdfast.actors import Fleet
from holdfast.actors.socket import SocketActor
from holdfast.actors.timer import TimerActor

__all__ = ["ROLES", "BreakableFleet", "Breakdown"]

ROLES = (TimerActor.role, SocketActor.role)


@dataclass(frozen=True, slots=True)
class Breakdown:
    """When one of the machine's actors crashes.

    Attributes:
        at: seconds after the beginning of the run; it comes with the next picture.
        role: one of `ROLES`.
    """

    at: float
    role: str


class BreakableFleet(Fleet):
    """A fleet whose machine can be made to crash, as it would over a mistake of ours."""

    def break_machine(self, role: str) -> None:
        """Have an actor of the machine called by a method that it doesn't have.

        Args:
            role: one of `ROLES`.
        """
        machine = self._machine
        mailbox = {TimerActor.role: machine.timer, SocketActor.role: machine.socket}[role]
        mailbox.put(Envelope(ProxyCall(("no_such_method",), (), {})))
