"""The staff: the actors of the machine, each of which is replaced when it crashes."""

from collections.abc import Callable
from typing import Final

import pykka

from holdfast.actors.clock import Clock
from holdfast.actors.machine import Machine
from holdfast.actors.machine_actor import MachineActor
from holdfast.actors.socket import SocketActor
from holdfast.actors.timer import TimerActor
from holdfast.actors.wire.resolver import Resolver

__all__ = ["Staff"]

INTENSITY: Final = 3
PERIOD: Final = 60.0
"""So many crashes of an actor in so many seconds are borne; one more ends the fleet."""


class Staff:
    """Starts the socket actor and the timer actor, and starts them again.

    Args:
        machine: their place in the fleet.
        resolver: finds the addresses of hosts for the socket actor.
    """

    def __init__(self, machine: Machine, resolver: Resolver) -> None:
        self._clock: Clock = machine.dispatcher.clock
        self._makers: dict[str, Callable[[], MachineActor]] = {
            TimerActor.role: lambda: TimerActor(
                machine.dispatcher, machine.timer, machine.supervisor
            ),
            SocketActor.role: lambda: SocketActor(machine, resolver),
        }
        self._mailboxes = {
            TimerActor.role: machine.timer,
            SocketActor.role: machine.socket,
        }
        self._crashes: dict[str, list[float]] = {role: [] for role in self._makers}

    def launch(self) -> None:
        """Start them all."""
        for make in self._makers.values():
            make().launch()

    def replace(self, role: str) -> bool:
        """Start the successor of one that crashed.

        Args:
            role: which.

        Returns:
            False when it crashed too often: there is none.
        """
        now = self._clock.now()
        recent = [time for time in self._crashes[role] if time >= now - PERIOD]
        self._crashes[role] = [*recent, now]
        if len(recent) >= INTENSITY:
            self._close(role)
            return False
        self._makers[role]().launch()
        return True

    def _close(self, role: str) -> None:
        """Leave nobody waiting for the answer of an actor that has no successor."""
        for envelope in self._mailboxes[role].close():
            if envelope.reply_to is not None:
                dead = pykka.ActorDeadError(f"the {role} actor has crashed too often")
                envelope.reply_to.set_exception((pykka.ActorDeadError, dead, None))
