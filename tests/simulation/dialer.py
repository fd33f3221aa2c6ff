"""The dials of the simulated wire: which wait, which are under way, and how each of them ends."""

from collections import Counter
from collections.abc import Callable
from functools import partial

from holdfast.actors.machine import Machine
from holdfast.actors.messages import Closed, Dialing, Open, Settled, StreamRef
from holdfast.actors.timer import TimerFired
from holdfast.actors.timers import Timers
from tests.simulation.admission import Admission, Host
from tests.simulation.server import Dials, Server
from tests.simulation.specs import LIMITS

__all__ = ["Dialer"]


class Dialer:
    """Dials what is admitted, and does with each dial as its server does.

    Args:
        machine: where the timers are, and the time.
        admission: makes what says which dials may be under way.
        servers: by the names of their connections.
        soon: has the wire do something some time soon.
        opened: is told of each dial that a server has accepted.
    """

    def __init__(
        self,
        machine: Machine,
        admission: type[Admission],
        servers: dict[str, Server],
        soon: Callable[[Callable[[], None]], None],
        opened: Callable[[Open], None],
    ) -> None:
        self.dials: dict[StreamRef, Open] = {}
        """Those that are under way."""
        self.queued: dict[StreamRef, Open] = {}
        """Those that wait to be admitted."""
        self.dialled: dict[Host, list[float]] = {}
        """When the dials to each host began, in monotonic seconds."""
        self._clock = machine.dispatcher.clock
        self._timers = Timers(machine.timer, machine.socket, self._clock)
        self._admission = admission(LIMITS, self._clock.now, self._wake)
        self._servers = servers
        self._soon = soon
        self._opened = opened

    def by_host(self) -> Counter[Host]:
        """Count the dials under way, by what they are themselves and not by their admission."""
        return Counter(host_of(request) for request in self.dials.values())

    def open(self, request: Open) -> None:
        """Dial, at once or when it is admitted."""
        self.queued[request.stream] = request
        self._admission.ask(request.stream, host_of(request))
        self._admit()

    def cancel(self, ref: StreamRef) -> None:
        """End a dial, whether it waits or is under way."""
        if ref in self.dials:
            self._end(ref)
            self._admit()
        elif self._admission.withdraw(ref):
            del self.queued[ref]

    def clear(self) -> None:
        """End every dial, and tell nobody."""
        self._admission.clear()
        self.dials.clear()
        self.queued.clear()

    def timer_fired(self, fired: TimerFired) -> None:
        """Admit who may be dialled by now."""
        if self._timers.accepts(fired) and isinstance(fired.key, tuple):
            self._admission.look((str(fired.key[1][0]), 0))
            self._admit()

    def start_timers_again(self) -> None:
        """Ask for the wake-ups anew: they were lost."""
        self._admission.look_again()
        self._admit()

    def _admit(self) -> None:
        for ref in self._admission.admit():
            request = self.dials[ref] = self.queued.pop(ref)
            self.dialled.setdefault(host_of(request), []).append(self._clock.now())
            request.owner.tell(Dialing(ref[1]))
            self._soon(partial(self._dialled, request))

    def _wake(self, host: tuple[str, int], seconds: float) -> None:
        self._timers.start(("admit", host), seconds)

    def _dialled(self, request: Open) -> None:
        ref = request.stream
        if self.dials.get(ref) is not request:
            return
        outcome = self._servers[ref[0]].dials
        if outcome is Dials.IGNORED:
            return
        self._end(ref)
        if outcome is Dials.ACCEPTED:
            self._opened(request)
        else:
            request.owner.tell(Settled(ref[1], 0, torn=0))
            request.owner.tell(Closed(ref[1], outcome.cause(self._clock.time())))
        self._admit()

    def _end(self, ref: StreamRef) -> None:
        self._admission.release(host_of(self.dials.pop(ref)))


def host_of(request: Open) -> Host:
    """Return the host that a dial goes to."""
    return request.spec.url.split("/")[2]
