"""The staff: the actors of the machine, each of which is replaced when it crashes."""

from collections.abc import Callable, Mapping
from typing import Final

import pykka

from holdfast.actors.clock import Clock
from holdfast.actors.dispatch import Mailbox
from holdfast.actors.machine import Machine
from holdfast.actors.machine_actor import MachineActor
from holdfast.actors.socket import SocketActor
from holdfast.actors.timer import TimerActor
from holdfast.actors.wire.resolver import Resolver

__all__ = ["Maker", "Staff", "makers_of"]

INTENSITY: Final = 3
PERIOD: Final = 60.0
"""So many crashes of an actor in so many seconds are borne; one more ends the fleet."""

Maker = tuple[Mailbox, Callable[[], MachineActor]]
"""The mailbox of a role, and what makes the actor that reads it."""


def makers_of(machine: Machine, resolver: Resolver) -> dict[str, Maker]:
    """Return what makes the socket actor and the timer actor, by their roles.

    Args:
        machine: their place in the fleet.
        resolver: finds the addresses of hosts for the socket actor.
    """
    dispatcher, supervisor = machine.dispatcher, machine.supervisor
    return {
        TimerActor.role: (
            machine.timer,
            lambda: TimerActor(dispatcher, machine.timer, supervisor),
        ),
        SocketActor.role: (machine.socket, lambda: SocketActor(machine, resolver)),
    }


class Staff:
    """Starts the actors of the machine, and starts them again.

    Args:
        makers: by role.
        clock: the time that crashes are counted in.
        intensity: crashes of one actor that are borne in a minute.
    """

    def __init__(
        self, makers: Mapping[str, Maker], clock: Clock, intensity: int = INTENSITY
    ) -> None:
        self._makers = makers
        self._clock = clock
        self._intensity = intensity
        self.gone = False
        """One of them crashed too often: nothing can be started any more."""
        self._crashes: dict[str, list[float]] = {role: [] for role in makers}

    def launch(self) -> None:
        """Start them all."""
        for _, make in self._makers.values():
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
        mailbox, make = self._makers[role]
        if len(recent) >= self._intensity:
            self.gone = True
            _close(mailbox, role)
            return False
        make().launch()
        return True


def _close(mailbox: Mailbox, role: str) -> None:
    """Leave nobody waiting for the answer of an actor that has no successor."""
    for envelope in mailbox.close():
        if envelope.reply_to is not None:
            dead = pykka.ActorDeadError(f"the {role} actor has crashed too often")
            envelope.reply_to.set_exception((pykka.ActorDeadError, dead, None))
