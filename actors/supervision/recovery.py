"""Recovery: what becomes of a connection whose incarnation has ended.

What becomes of a failure is decided by `holdfast.handlers.restart.decide`, who goes along by its
group, and whether it may be dialled by what its host is like. This carries it out.
"""

import random
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from math import inf
from typing import ClassVar, Final

from holdfast.actors.connection import ConnectionActor
from holdfast.actors.errors import ConnectionStopping
from holdfast.actors.machine import Machine
from holdfast.actors.slots.fate import Fate, stronger
from holdfast.actors.slots.slot import Slot, place_of
from holdfast.actors.spec import ConnectionSpec
from holdfast.actors.supervision.children import DOWN, GOING_AWAY, Children
from holdfast.actors.supervision.groups import Groups
from holdfast.actors.supervision.outages import Outages
from holdfast.actors.supervision.reasons import reason_of, sibling_cause
from holdfast.handlers import (
    Cause,
    CauseKind,
    Event,
    Phase,
    Quarantine,
    Reason,
    Restart,
    RestartHistory,
    Rule,
    Scope,
    decide,
)
from holdfast.handlers import Stop as StopDecision
from holdfast.handlers.transition import NO_REASON

__all__ = ["Recovery"]

_UNHEARD: Final = Cause(CauseKind.NORMAL, "abandoned", "its actor didn't end in time")

_ASKED: Final[Mapping[Fate, Cause]] = {
    Fate.DIAL: Cause(CauseKind.NORMAL, "restart_asked", "somebody asked for a restart"),
    Fate.FORGET: Cause(CauseKind.NORMAL, "stop_asked", "somebody asked for its end"),
}
"""Why a connection went down that didn't fail."""


class Recovery:
    """Starts connections, and starts again, leaves or forgets those that have ended.

    Args:
        machine: where the other actors are.
        children: the slots.
        source: the randomness of jitter.
        groups: who shares whose fate.
    """

    incarnation: ClassVar[type[ConnectionActor]] = ConnectionActor
    """What the next incarnation of a slot is made of."""

    def __init__(
        self, machine: Machine, children: Children, source: random.Random, groups: Groups
    ) -> None:
        self.outages = Outages(machine.governor.outage)
        self._outage = machine.governor.outage
        self._machine = machine
        self._clock = machine.dispatcher.clock
        self._children = children
        self._random = source
        self._groups = groups

    # They begin.

    def spawn(self, slot: Slot) -> None:
        """Start the next incarnation of a connection."""
        with self._guarding(slot):
            berth = slot.next_berth(self._clock.moment())
            slot.actor = self.incarnation(self._machine, berth)
            slot.actor.log.debug("supervisor.child_started")
            self.outages.joined(slot.spec.name, slot.host)
            slot.actor.launch()

    def dial(self, slot: Slot, reason: Reason = NO_REASON) -> None:
        """Start a connection that is down, and those that come back with it."""
        led_by = self._groups.left(slot)
        self._children.timers.cancel(("start", slot.spec.name))
        event = Event.RESUME if slot.phase is Phase.QUARANTINED else Event.DIAL
        self._children.move(slot, event, reason)
        self.spawn(slot)
        if self.outages.of(slot.spec.name) is None:
            self._dial_followers(slot)
        if led_by is not None:
            self._wake(led_by)

    def _dial_followers(self, slot: Slot) -> None:
        for follower in self._groups.dissolve(slot):
            self.dial(follower)

    def dial_by_order(self, slot: Slot) -> None:
        """Start a connection that is down, whatever its host and its history say."""
        slot.history = RestartHistory()
        set_free = self.outages.dialled(slot.spec.name)
        self.dial(slot, Reason(asked="resume"))
        self._return(set_free)

    def due(self, slot: Slot) -> None:
        """Start a connection whose delay is over, or the one of its host that may be started."""
        if not self._groups.complete(slot):
            self._hold(slot, lambda: "the others of its group to be down")
            return
        name = self.outages.due(slot.spec.name)
        outage = self.outages.of(slot.spec.name)
        if name != slot.spec.name and outage is not None:
            self._hold(slot, outage.told)
        chosen = None if name is None else self._children.book.find(name)
        if chosen is not None:
            self.dial(chosen)

    def ready(self, slot: Slot) -> None:
        """Go on after a connection became ready: its host is well, and so is who leads a group."""
        self._dial_followers(slot)
        self._return(self.outages.ready(slot.spec.name, self._clock.now()))

    # They end.

    def ended(self, slot: Slot, cause: Cause, lost: int = 0) -> None:
        """Go on after the end of an incarnation, of whatever kind.

        Args:
            slot: whose.
            cause: why it ended, if nobody had asked for it.
            lost: messages that became dead letters by it.
        """
        slot.actor = None
        self._children.timers.cancel(("stop", slot.spec.name))
        self._children.waiters.down(slot.spec.name)
        asked = _ASKED.get(slot.fate)
        with self._guarding(slot):
            self._meet(slot, cause, lost)
        self._children.watchers.down(slot.spec.name, asked or slot.cause or cause)

    def _meet(self, slot: Slot, cause: Cause, lost: int) -> None:
        match slot.fate:
            case Fate.FORGET:
                self.forget(slot)
            case Fate.LEAVE:
                self._let_go(slot, Reason(cause=slot.cause, rule=slot.rule))
            case Fate.DIAL:
                self.dial(slot)
            case Fate.FOLLOW:
                self._follow(slot, lost)
            case Fate.OPEN:
                self._decide(slot, cause, lost)

    def _decide(self, slot: Slot, cause: Cause, lost: int) -> None:
        slot.cause, now = cause, self._clock.now()
        decision = decide(cause, slot.history, slot.spec.restart, now, self._random.random())
        slot.history = decision.history
        slot.rule = decision.rule.value
        reason = reason_of(slot, decision, now, lost=lost)
        # Before a quarantine: the refusal of a probe says that its host is there.
        set_free = self.outages.failed(slot.spec.name, cause, now)
        match decision:
            case Restart():
                self._restart_later(slot, decision, reason)
            case Quarantine():
                self._quarantine(slot, reason)
            case StopDecision():
                self._let_go(slot, reason)
                self._stop_others(slot, decision.scope)
        self._return(set_free)

    def _restart_later(self, slot: Slot, decision: Restart, reason: Reason) -> None:
        following = self._groups.gather(slot)
        self._children.move(slot, Event.RETRY, reason)
        self._children.schedule(slot, decision.delay, decision.attempt)
        for follower in reversed(following):
            self._children.tell_restart(follower)

    def _follow(self, slot: Slot, lost: int) -> None:
        """Have a connection wait for the one of its group that it goes down with."""
        first = self._groups.arrived(slot)
        slot.cause, now = sibling_cause(first), self._clock.now()
        decision = decide(slot.cause, slot.history, slot.spec.restart, now, 0.0)
        slot.rule = decision.rule.value
        reason = reason_of(slot, decision, now, lost=lost)
        if not isinstance(decision, Restart):
            self._let_go(slot, reason)
            return
        self._children.move(slot, Event.RETRY, reason)
        if first is None:
            self.dial(slot)
            return
        self._hold(slot, lambda: f"{first!r} of its group to be dialled")
        # While it waits it isn't to be held open: whether its host is out, those that lead tell.
        self._return(self.outages.left(slot.spec.name))
        self._wake(first)

    def _wake(self, first: str) -> None:
        """Start a connection whose delay is over, if nobody of its group is missing any more."""
        slot = self._children.book.find(first)
        if slot is None or slot.phase is not Phase.BACKOFF:
            return
        if not self._children.timers.running(("start", first)) and self._groups.complete(slot):
            self.due(slot)

    def _quarantine(self, slot: Slot, reason: Reason) -> None:
        self._children.move(slot, Event.QUARANTINE, reason)
        self._children.plan_sweep()
        slot.log.error(
            "connection.quarantined",
            cause=slot.cause and slot.cause.name,
            detail=slot.cause and slot.cause.detail,
            rule=slot.rule,
        )
        self._leave_behind(slot)

    def _let_go(self, slot: Slot, reason: Reason) -> None:
        """Leave a connection stopped that isn't restarted; its slot tells why."""
        self._children.timers.cancel(("start", slot.spec.name))
        self._children.move(slot, Event.CLOSE if slot.phase in DOWN else Event.CLOSED, reason)
        slot.close()
        slot.log.info("connection.stopped", rule=slot.rule)
        self._children.never_ready(slot)
        self._leave_behind(slot)
        self._children.farewells.gone(slot.spec.name)

    def _stop_others(self, slot: Slot, scope: Scope) -> None:
        """Stop the group or the fleet of a connection that failed too often."""
        if scope is Scope.CONNECTION:
            return
        slot.log.error("supervisor.gave_up", scope=scope.value, rule=slot.rule)
        fleet = scope is Scope.FLEET
        others = self._children.book.all() if fleet else self._groups.members(slot.spec.group)
        detail = f"{slot.spec.name!r} failed too often, and its policy stops the {scope.value}"
        cause = Cause(CauseKind.SIBLING, f"{scope.value}_stopped", detail)
        for other in reversed(others):
            if other is not slot:
                self._leave(other, cause, slot.rule)

    def give_up_all(self, cause: Cause) -> None:
        """Stop every connection of the fleet; their slots stay and tell why."""
        for slot in self._children.book.all():
            if slot.phase is Phase.STOPPED:
                continue
            slot.cause, slot.rule = cause, None
            slot.destine(Fate.LEAVE)
            if slot.actor is not None:
                # Without the machine it could neither say goodbye nor notice that it is late.
                self.give_up(slot)
            else:
                self._let_go(slot, Reason(cause=cause))

    def _leave(self, slot: Slot, cause: Cause, rule: str | None) -> None:
        if slot.phase is Phase.STOPPED:
            return
        slot.cause, slot.rule = cause, rule
        slot.destine(Fate.LEAVE)
        slot.stop_taking()
        if slot.actor is None:
            self._let_go(slot, Reason(cause=cause, rule=rule))
        else:
            self._children.tell_stop(slot)

    def _leave_behind(self, slot: Slot) -> None:
        """Have nobody wait for a connection that isn't coming back."""
        if self._children.closing:
            return
        first = self._groups.left(slot)
        if first is not None:
            self._wake(first)
        self._dial_followers(slot)
        self._return(self.outages.left(slot.spec.name))

    # They are stopped.

    def ask_to_stop(
        self, slot: Slot, code: int = GOING_AWAY, reason: str = "", within: float = inf
    ) -> None:
        """End a connection for good: written out and with a goodbye, if its stream is open.

        Args:
            slot: which.
            code: the close code that the server is told.
            reason: the same, in words.
            within: seconds that all of it may take.
        """
        slot.destine(Fate.FORGET)
        slot.stop_taking()
        if slot.actor is None:
            self.forget(slot)
        else:
            self._children.tell_stop(slot, code, reason, within)

    def check_restartable(self, slot: Slot) -> None:
        """See that a restart of a connection is possible.

        Raises:
            ConnectionStopping: it was told to stop for good, and hasn't come to that yet.
        """
        if slot.actor is not None and stronger(Fate.DIAL, slot.fate) is not Fate.DIAL:
            raise ConnectionStopping(slot.spec.name)

    def ask_to_restart(self, slot: Slot) -> None:
        """Have a running connection say goodbye, and dial it again at once.

        Raises:
            ConnectionStopping: it was told to stop for good, which is not undone.
        """
        self.check_restartable(slot)
        slot.destine(Fate.DIAL)
        self._children.waiters.down(slot.spec.name)
        self._children.tell_restart(slot)

    def forget(self, slot: Slot) -> None:
        """End what is left of a connection, and give its name away."""
        name = slot.spec.name
        self._children.timers.cancel(("start", name))
        if slot.phase is not Phase.STOPPED:
            self._children.move(slot, Event.CLOSE if slot.phase in DOWN else Event.CLOSED)
        slot.close()
        self._children.never_ready(slot)
        if not self._children.closing:
            self._children.book.strike(slot)
        self._leave_behind(slot)
        self._children.watchers.gone(name, _ASKED[Fate.FORGET])
        self._children.farewells.gone(name)

    def give_up(self, slot: Slot) -> None:
        """Go on without an incarnation that holds its thread and doesn't hear: it is orphaned."""
        if slot.actor is not None:
            self._children.abandon(slot, slot.actor)
        self.ended(slot, _UNHEARD)

    def change(self, slot: Slot, spec: ConnectionSpec) -> None:
        """Have a connection be something else, from its next incarnation on.

        Args:
            slot: whose.
            spec: what it should be; its name is the same.
        """
        if (spec.group, place_of(spec)) != (slot.spec.group, slot.host):
            # Its group and its host are to go on without it, as if it had stopped.
            self._leave_behind(slot)
        slot.change_spec(spec)

    def _hold(self, slot: Slot, waits_for: Callable[[], str]) -> None:
        slot.retry_at = None
        slot.waits_for = waits_for
        slot.log.info("restart.held", waits_for=waits_for())

    def _return(self, names: Iterable[str]) -> None:
        """Start connections that an outage held back: its next probe, or all of them, spread."""
        slots = [slot for slot in map(self._children.book.find, names) if slot is not None]
        for slot in slots:
            if slot.phase is not Phase.BACKOFF:
                continue
            if self._outage is None or self.outages.of(slot.spec.name) is not None:
                self.dial(slot)
                continue
            slot.rule = Rule.AFTER_OUTAGE.value
            delay = self._outage.return_delay(len(slots), self._random.random())
            self._children.schedule(slot, delay, slot.history.failures)

    @contextmanager
    def _guarding(self, slot: Slot) -> Generator[None]:
        """Quarantine a slot over which the supervisor stumbles: nobody else would mind it again."""
        try:
            yield
        except Exception as error:  # whatever a spec or an auth state can do to us
            slot.log.exception("actor.hook_failed", actor="Supervisor", hook="restart")
            slot.actor = None
            detail = f"{type(error).__name__} while it was to be started anew"
            slot.cause = Cause(CauseKind.CRASH, "supervisor_crash", detail)
            # Whatever phase that left: every attempt begins in this one.
            slot.settle_in(Phase.CONNECTING, self._clock.moment())
            self._quarantine(slot, Reason(cause=slot.cause))
