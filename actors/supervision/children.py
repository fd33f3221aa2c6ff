"""The children: the slots of a fleet, their timers, and who waits for them or watches them.

What becomes of them is decided in `holdfast.actors.supervision.recovery`.
"""

from collections.abc import Mapping
from math import inf
from typing import Final

from holdfast.actors.connection import ConnectionActor
from holdfast.actors.errors import NotReady
from holdfast.actors.machine import Machine
from holdfast.actors.messages import Abort, Stop
from holdfast.actors.slots.book import Book
from holdfast.actors.slots.farewells import Farewells
from holdfast.actors.slots.fate import Fate
from holdfast.actors.slots.slot import Slot
from holdfast.actors.slots.waiters import Waiters
from holdfast.actors.supervision.watchers import Watchers
from holdfast.actors.timers import Timers
from holdfast.handlers import Event, Phase, Reason
from holdfast.handlers.transition import NO_REASON, Wish

__all__ = ["DOWN", "GOING_AWAY", "Children"]

GOING_AWAY: Final = 1001
SERVICE_RESTART: Final = 1012

GRACE: Final = 1.0
"""Seconds beyond its deadlines that a connection has before it is given up."""

SWEEP: Final = 1.0
"""Seconds between looks at the time to live of what waits for a connection that is down."""

_ASKED: Final[Mapping[Fate, Wish]] = {Fate.DIAL: "restart", Fate.FORGET: "stop"}

DOWN: Final = frozenset({Phase.BACKOFF, Phase.QUARANTINED})


class Children:
    """Keeps the slots of a fleet.

    Args:
        machine: where the other actors are.
        book: the slots.
        timers: of the supervisor.
    """

    def __init__(self, machine: Machine, book: Book, timers: Timers) -> None:
        self.closing = False
        """Every connection is to end; none is started any more."""
        self.waiters = Waiters()
        self.farewells = Farewells()
        self.watchers = Watchers()
        self.timers = timers
        self.book = book
        self._machine = machine
        self._clock = machine.dispatcher.clock

    def move(self, slot: Slot, event: Event, reason: Reason = NO_REASON) -> None:
        """Go on in the life of a connection, and tell those who watch."""
        transition = slot.move(event, self._clock.moment(), reason)
        if transition is not None:
            self.watchers.moved(transition)

    def settle_in(self, slot: Slot, phase: Phase) -> None:
        """Note the phase that an incarnation has come to, and tell those who watch."""
        transition = slot.settle_in(phase, self._clock.moment())
        if transition is not None:
            self.watchers.moved(transition)
        if phase is Phase.READY:
            slot.history = slot.history.accepted()
            self.waiters.ready(slot.spec.name)
            self.watchers.up(slot.spec.name)

    def tell_stop(
        self, slot: Slot, code: int = GOING_AWAY, reason: str = "", within: float = inf
    ) -> None:
        """Have an incarnation write what it has accepted and say goodbye.

        Args:
            slot: whose.
            code: the close code that the server is told.
            reason: the same, in words.
            within: seconds that all of it may take.
        """
        flush, close = slot.spec.timeouts.parting(within)
        self._part(slot, Stop(slot.incarnation, close, flush, code, reason))

    def tell_restart(self, slot: Slot) -> None:
        """Have an incarnation say goodbye; what it has accepted is its successor's."""
        close = slot.spec.timeouts.close
        self._part(slot, Stop(slot.incarnation, close, None, SERVICE_RESTART, "service restart"))

    def _part(self, slot: Slot, stop: Stop) -> None:
        """Have an incarnation end, and see that it does."""
        if slot.phase is not Phase.CLOSING:
            self.move(slot, Event.CLOSE, Reason(asked=_ASKED.get(slot.fate)))
        slot.mailbox.tell(stop)
        deadline = self._clock.now() + stop.seconds + GRACE
        if slot.stop_by is None or deadline < slot.stop_by:
            slot.stop_by = deadline
            self.timers.start(("stop", slot.spec.name), stop.seconds + GRACE)

    def abandon(self, slot: Slot, actor: ConnectionActor) -> None:
        """Have what an incarnation still does be of no consequence."""
        slot.log.warning("connection.abandoned", phase=slot.phase.value)
        actor.give_up()
        self._machine.socket.tell(Abort(slot.stream))

    def schedule(self, slot: Slot, delay: float, attempt: int) -> None:
        """Have a connection that is down started again.

        Args:
            slot: which.
            delay: seconds until then.
            attempt: its number, for the log.
        """
        slot.retry_at = self._clock.now() + delay
        slot.waits_for = None
        slot.log.info(
            "restart.scheduled",
            cause=slot.cause and slot.cause.name,
            rule=slot.rule,
            attempt=attempt,
            delay=delay,
        )
        self.timers.start(("start", slot.spec.name), delay)
        if delay > 0:
            self.plan_sweep()

    def expire(self) -> None:
        """End what waits beyond its time to live for connections that are down."""
        now = self._clock.now()
        down = [slot for slot in self.book.all() if slot.phase in DOWN]
        for slot in down:
            slot.expire(now)
        if down:
            self.plan_sweep()

    def plan_sweep(self) -> None:
        """See that `expire` is called soon."""
        if not self.timers.running("sweep"):
            self.timers.start("sweep", SWEEP)

    def start_timers_again(self) -> None:
        """Start every timer anew: the timer actor has lost them."""
        now = self._clock.now()
        for slot in self.book.all():
            name = slot.spec.name
            if self.timers.running(("start", name)) and slot.retry_at is not None:
                self.timers.start(("start", name), max(0.0, slot.retry_at - now))
            if self.timers.running(("stop", name)) and slot.stop_by is not None:
                self.timers.start(("stop", name), max(0.0, slot.stop_by - now))
        if self.timers.running("sweep"):
            self.timers.start("sweep", SWEEP)

    def never_ready(self, slot: Slot) -> None:
        """Tell those who wait for a connection that they wait in vain."""
        why = f" ({slot.cause.detail})" if slot.cause else ""
        self.waiters.gone(slot.spec.name, NotReady(f"{slot.spec.name} has stopped{why}"))
