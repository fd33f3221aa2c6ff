"""The supervisor: keeps a slot for every connection and starts again what fails.

It decides nothing by itself: `holdfast.handlers.restart.decide` says what becomes of a failure,
and `holdfast.actors.supervision` does it. Whatever ends an incarnation, `on_start` included,
arrives here as `ChildFailed`, and whatever ends an actor of the machine as `MachineFailed`.
"""

import random
from collections.abc import Callable
from typing import Any, ClassVar, Final

from holdfast.actors.dispatch import DispatchedActor
from holdfast.actors.errors import FleetStopped
from holdfast.actors.logs import get_logger
from holdfast.actors.machine import Machine
from holdfast.actors.messages import (
    BecameStable,
    ChildFailed,
    ChildStopped,
    MachineCrashed,
    MachineFailed,
    PhaseChanged,
    TimersLost,
)
from holdfast.actors.requests import (
    AwaitNoMore,
    AwaitReady,
    GetDeadLetters,
    GetHistory,
    GetHosts,
    GetStatus,
    NewCredentials,
    NewSpec,
    RestartChild,
    ResumeChild,
    Shutdown,
    StartChild,
    StopChild,
    Subscribe,
    Unsubscribe,
    Unwatch,
    Watch,
)
from holdfast.actors.slots.book import Book
from holdfast.actors.slots.dead_letter import DeadLetter
from holdfast.actors.slots.fate import Fate
from holdfast.actors.slots.slot import Slot
from holdfast.actors.status import ConnectionStatus
from holdfast.actors.supervision.children import DOWN, Children
from holdfast.actors.supervision.groups import Groups
from holdfast.actors.supervision.outages import Outage
from holdfast.actors.supervision.recovery import Recovery
from holdfast.actors.supervision.staff import Staff
from holdfast.actors.timer import TimerFired
from holdfast.actors.timers import Timers
from holdfast.handlers import Cause, CauseKind, Phase, Transition

__all__ = ["SupervisorActor"]


_STOPPED_FROM_OUTSIDE: Final = Cause(
    CauseKind.NORMAL, "actor_stopped", "its actor was stopped, but not by the supervisor"
)

_log = get_logger()


class SupervisorActor(DispatchedActor):
    """Supervises the connections of one fleet, and the actors that they depend on.

    Args:
        machine: where the other actors are.
        book: the slots of the fleet.
        source: the randomness of jitter.
        groups: who shares whose fate.
        staff: the actors of the machine.
    """

    system: ClassVar[bool] = True

    recovery: ClassVar[type[Recovery]] = Recovery
    """Carries out what becomes of those that end."""

    def __init__(
        self, machine: Machine, book: Book, source: random.Random, groups: Groups, staff: Staff
    ) -> None:
        super().__init__(machine.dispatcher, machine.supervisor)
        self._machine = machine
        self._clock = machine.dispatcher.clock
        self._book = book
        self._staff = staff
        self._timers = Timers(machine.timer, machine.supervisor, self._clock)
        self._children = Children(machine, book, self._timers)
        self._recovery = self.recovery(machine, self._children, source, groups)

    def on_receive(self, message: object) -> Any:  # noqa: ANN401  # whatever is answered
        """React by the type of the message."""
        react = self._REACTIONS.get(type(message))
        if react is None:
            return super().on_receive(message)
        try:
            return react(self, message)
        except Exception as error:
            if self.handled is not None and self.handled.reply_to is not None:
                raise
            # Nobody supervises the supervisor, and every connection depends on it.
            hook = type(message).__name__
            _log.error("actor.hook_failed", actor="Supervisor", hook=hook, exc_info=error)

    def on_end(self) -> None:
        """Leave nobody waiting, also for connections that didn't end in time."""
        self._children.closing = True
        # First, so that a slot which is entered from now on is its starter's to take back.
        super().on_end()
        for slot in self._book.all():
            if slot.actor is not None:
                self._children.abandon(slot, slot.actor)
                slot.actor = None
            self._recovery.forget(slot)

    # Children report.

    def _phase_changed(self, message: PhaseChanged) -> None:
        slot = self._present(message.name, message.incarnation)
        if slot is None:
            return
        slot.auth = message.auth
        if slot.phase is not Phase.CLOSING:
            self._children.settle_in(slot, message.phase)
            if message.phase is Phase.READY:
                self._recovery.ready(slot)

    def _became_stable(self, message: BecameStable) -> None:
        slot = self._present(message.name, message.incarnation)
        if slot is not None:
            slot.history = slot.history.stable()

    def _child_failed(self, message: ChildFailed) -> None:
        slot = self._present(message.name, message.incarnation)
        if slot is None:
            return
        letters = self._book.dead_letters.bury(message, self._clock.time(), slot.log)
        slot.ledger.dead_letters += letters
        if slot.fate is not Fate.LEAVE:
            slot.cause = message.cause
        slot.auth = message.auth
        self._recovery.ended(slot, message.cause, letters)

    def _child_stopped(self, message: ChildStopped) -> None:
        slot = self._present(message.name, message.incarnation)
        if slot is not None:
            self._recovery.ended(slot, _STOPPED_FROM_OUTSIDE)

    # The machine reports.

    def _machine_failed(self, message: MachineFailed) -> None:
        """Replace what crashed, and restart every connection that depended on it."""
        detail = f"the {message.role} actor crashed ({message.error})"
        if not self._staff.replace(message.role):
            _log.error("machine.gave_up", role=message.role, error=message.error)
            self._recovery.give_up_all(Cause(CauseKind.MACHINE, "machine_gave_up", detail))
            return
        _log.error("machine.replaced", role=message.role, error=message.error)
        if message.role == "timer":
            self._children.start_timers_again()
            self._machine.socket.tell(TimersLost())
        cause = Cause(CauseKind.MACHINE, f"{message.role}_crash", detail)
        for slot in self._book.all():
            if slot.actor is not None:
                slot.mailbox.tell(MachineCrashed(slot.incarnation, cause))

    # People ask.

    def _start_child(self, message: StartChild) -> None:
        slot = self._book.find(message.name)
        if slot is None or slot.incarnation or slot.phase is Phase.STOPPED:
            # It was stopped before it began, or this is about a former one of its name.
            return
        if self._children.closing or self._staff.gone:
            self._recovery.forget(slot)
        else:
            self._recovery.spawn(slot)

    def _stop_child(self, message: StopChild) -> None:
        present = self._book.find(message.name)
        if message.slot is not None and (present is None or present.number != message.slot):
            # The handler of a connection that was gone already; its name may have gone on.
            return
        slot = self._book.named(message.name)
        if message.future is not None:
            self._children.farewells.await_one(message.name, message.future)
        self._recovery.ask_to_stop(slot, message.code, message.reason)

    def _restart_child(self, message: RestartChild) -> None:
        slot = self._book.named(message.name)
        self._check_able()
        if slot.phase is Phase.STOPPED:
            now = self._clock.now()
            self._recovery.spawn(self._book.enter(slot.spec, now, former=slot))
        elif slot.phase in DOWN:
            self._resume_child(ResumeChild(message.name))
        elif slot.actor is not None:
            self._recovery.ask_to_restart(slot)

    def _resume_child(self, message: ResumeChild) -> None:
        slot = self._book.named(message.name)
        self._check_able()
        if slot.phase in DOWN:
            slot.log.info("connection.resumed", was=slot.phase.value)
            self._recovery.dial_by_order(slot)

    def _new_credentials(self, message: NewCredentials) -> None:
        slot = self._book.named(message.name)
        self._check_able()
        self._recovery.check_restartable(slot)
        slot.change_auth(message.auth)
        slot.log.info("auth.replaced", phase=slot.phase.value)
        self._restart_child(RestartChild(message.name))

    def _new_spec(self, message: NewSpec) -> None:
        slot = self._book.named(message.spec.name)
        self._check_able()
        self._recovery.check_restartable(slot)
        self._recovery.change(slot, message.spec)
        slot.log.info("connection.reconfigured", phase=slot.phase.value)
        self._restart_child(RestartChild(message.spec.name))

    def _get_status(self, message: GetStatus) -> list[ConnectionStatus]:
        moment, logins = self._clock.moment(), self._machine.logins
        return [
            slot.status(moment, login_waits=logins.holds(slot.stream))
            for slot in self._named_or_all(message.names)
        ]

    def _get_history(self, message: GetHistory) -> list[Transition]:
        return list(self._book.named(message.name).life)

    def _get_hosts(self, _message: GetHosts) -> dict[str, tuple[int, int, Outage | None]]:
        return self._recovery.outages.all()

    def _get_dead_letters(self, _message: GetDeadLetters) -> list[DeadLetter]:
        return self._book.dead_letters.all()

    def _await_ready(self, message: AwaitReady) -> None:
        slots = self._named_or_all(tuple(message.names))
        names = frozenset(slot.spec.name for slot in slots)
        not_ready = [slot for slot in slots if not slot.ready]
        self._children.waiters.add(message.future, names, [each.spec.name for each in not_ready])
        for slot in not_ready:
            if slot.phase is Phase.STOPPED:
                self._children.never_ready(slot)

    def _await_no_more(self, message: AwaitNoMore) -> None:
        self._children.waiters.remove(message.future)

    def _watch(self, message: Watch) -> None:
        slot = self._book.named(message.name)
        self._children.watchers.watch(message.name, message.ref, slot.phase, slot.cause)

    def _unwatch(self, message: Unwatch) -> None:
        self._children.watchers.unwatch(message.name, message.ref)

    def _subscribe(self, message: Subscribe) -> None:
        self._children.watchers.subscribe(message.ref)

    def _unsubscribe(self, message: Unsubscribe) -> None:
        self._children.watchers.unsubscribe(message.ref)

    def _shut_down(self, message: Shutdown) -> None:
        self._children.closing = True
        left = [slot for slot in self._book.all() if slot.phase is not Phase.STOPPED]
        self._children.farewells.await_all((slot.spec.name for slot in left), message.future)
        for slot in reversed(left):
            self._recovery.ask_to_stop(slot, within=message.within)

    # Time passes.

    def _timer_fired(self, message: TimerFired) -> None:
        if not self._timers.accepts(message):
            return
        match message.key:
            case ("start", str(name)):
                self._recovery.due(self._book.named(name))
            case ("stop", str(name)):
                self._recovery.give_up(self._book.named(name))
            case _:
                self._children.expire()

    def _check_able(self) -> None:
        if self._children.closing:
            raise FleetStopped("the fleet is stopping")
        if self._staff.gone:
            raise FleetStopped("the machine has crashed too often: make a new fleet")

    def _present(self, name: str, incarnation: int) -> Slot | None:
        """Return the slot if this is about its present incarnation."""
        slot = self._book.find(name)
        return slot if slot is not None and slot.incarnation == incarnation and slot.actor else None

    def _named_or_all(self, names: tuple[str, ...]) -> list[Slot]:
        return [self._book.named(name) for name in names] or self._book.all()

    _REACTIONS: ClassVar[dict[type, Callable[["SupervisorActor", Any], Any]]] = {
        PhaseChanged: _phase_changed,
        BecameStable: _became_stable,
        ChildFailed: _child_failed,
        ChildStopped: _child_stopped,
        MachineFailed: _machine_failed,
        TimerFired: _timer_fired,
        StartChild: _start_child,
        StopChild: _stop_child,
        RestartChild: _restart_child,
        ResumeChild: _resume_child,
        NewCredentials: _new_credentials,
        NewSpec: _new_spec,
        GetStatus: _get_status,
        GetHistory: _get_history,
        GetHosts: _get_hosts,
        GetDeadLetters: _get_dead_letters,
        AwaitReady: _await_ready,
        AwaitNoMore: _await_no_more,
        Watch: _watch,
        Unwatch: _unwatch,
        Subscribe: _subscribe,
        Unsubscribe: _unsubscribe,
        Shutdown: _shut_down,
    }
    """What the supervisor does about each message."""
