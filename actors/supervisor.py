"""The supervisor: keeps a slot for every connection and starts again what fails.

It decides nothing by itself: `holdfast.handlers.restart.decide` says what becomes of a failure,
and this actor does it. Whatever ends an incarnation, `on_start` included, arrives here as
`ChildFailed`.
"""

import random
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, ClassVar, Final

from holdfast.actors.connection import ConnectionActor
from holdfast.actors.dispatch import DispatchedActor
from holdfast.actors.errors import FleetStopped, NotReady
from holdfast.actors.incarnation.berth import Machine
from holdfast.actors.logs import get_logger
from holdfast.actors.messages import (
    Abort,
    AwaitNoMore,
    AwaitReady,
    BecameStable,
    ChildFailed,
    ChildStopped,
    GetDeadLetters,
    GetStatus,
    PhaseChanged,
    RestartChild,
    ResumeChild,
    Shutdown,
    StartChild,
    Stop,
    StopChild,
)
from holdfast.actors.slots.book import Book
from holdfast.actors.slots.dead_letter import DeadLetter, DeadLetters
from holdfast.actors.slots.farewells import Farewells
from holdfast.actors.slots.slot import Slot
from holdfast.actors.slots.waiters import Waiters
from holdfast.actors.status import ConnectionStatus
from holdfast.actors.timer import TimerFired
from holdfast.actors.timers import Timers
from holdfast.handlers import (
    Cause,
    CauseKind,
    Event,
    Phase,
    Quarantine,
    Restart,
    RestartHistory,
    decide,
)
from holdfast.handlers import Stop as StopDecision

__all__ = ["SupervisorActor"]

GRACE: Final = 1.0
"""Seconds beyond its close deadline that a connection has before it is given up."""

SWEEP: Final = 1.0
"""Seconds between looks at the time to live of what waits for a connection that is down."""

_DOWN: Final = frozenset({Phase.BACKOFF, Phase.QUARANTINED})
_STOPPED_FROM_OUTSIDE: Final = Cause(
    CauseKind.NORMAL, "actor_stopped", "its actor was stopped, but not by the supervisor"
)

_log = get_logger()


class SupervisorActor(DispatchedActor):
    """Supervises the connections of one fleet, one for one.

    Args:
        machine: where the other actors are.
        book: the slots of the fleet.
        source: the randomness of jitter.
    """

    system: ClassVar[bool] = True

    incarnation: ClassVar[type[ConnectionActor]] = ConnectionActor
    """What a slot's next incarnation is made of."""

    def __init__(self, machine: Machine, book: Book, source: random.Random) -> None:
        super().__init__(machine.dispatcher, machine.supervisor)
        self._machine = machine
        self._clock = machine.dispatcher.clock
        self._book = book
        self._random = source
        self._timers = Timers(machine.timer, machine.supervisor, self._clock)
        self._waiters = Waiters()
        self._farewells = Farewells()
        self._closing = False
        self._dead_letters = DeadLetters()

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
        self._closing = True
        # First, so that a slot which is entered from now on is its starter's to take back.
        super().on_end()
        for slot in self._book.all():
            if slot.actor is not None:
                self._abandon(slot, slot.actor)
            self._forget(slot)

    # Children begin.

    def _start_child(self, message: StartChild) -> None:
        slot = self._book.find(message.name)
        if slot is None or slot.incarnation or slot.stopping:
            # It was stopped before it began, or this is about a former one of its name.
            return
        if self._closing:
            self._forget(slot)
        else:
            self._spawn(slot)

    def _spawn(self, slot: Slot) -> None:
        with self._held(slot):
            berth = slot.next_berth(self._clock.moment())
            slot.actor = self.incarnation(self._machine, berth)
            slot.log.debug("supervisor.child_started")
            slot.actor.launch()

    @contextmanager
    def _held(self, slot: Slot) -> Generator[None]:
        """Quarantine a slot over which this actor stumbles: nobody else would mind it again."""
        try:
            yield
        except Exception as error:  # whatever a spec or an auth state can do to us
            slot.log.exception("actor.hook_failed", actor="Supervisor", hook="restart")
            slot.actor = None
            detail = f"{type(error).__name__} while it was to be started anew"
            slot.cause = Cause(CauseKind.CRASH, "supervisor_crash", detail)
            # Whatever phase that left: every attempt begins in this one.
            slot.settle_in(Phase.CONNECTING, self._clock.now())
            self._quarantine(slot)

    def _dial(self, slot: Slot) -> None:
        slot.move(
            Event.RESUME if slot.phase is Phase.QUARANTINED else Event.DIAL, self._clock.now()
        )
        self._spawn(slot)

    # Children report.

    def _phase_changed(self, message: PhaseChanged) -> None:
        slot = self._present(message.name, message.incarnation)
        if slot is None:
            return
        slot.auth = message.auth
        if slot.phase is Phase.CLOSING:
            return
        slot.settle_in(message.phase, self._clock.now())
        if message.phase is Phase.READY:
            slot.history = slot.history.accepted()
            self._waiters.ready(message.name)

    def _became_stable(self, message: BecameStable) -> None:
        slot = self._present(message.name, message.incarnation)
        if slot is not None:
            slot.history = slot.history.stable()

    def _child_failed(self, message: ChildFailed) -> None:
        slot = self._present(message.name, message.incarnation)
        if slot is None:
            return
        letters = self._dead_letters.bury(message, self._clock.time(), slot.log)
        slot.ledger.dead_letters += letters
        slot.cause = message.cause
        slot.auth = message.auth
        self._ended(slot, message)

    def _child_stopped(self, message: ChildStopped) -> None:
        slot = self._present(message.name, message.incarnation)
        if slot is not None:
            self._ended(slot, None)

    def _ended(self, slot: Slot, failure: ChildFailed | None) -> None:
        """Go on after the end of an incarnation, of whatever kind."""
        slot.actor = None
        self._timers.cancel(("stop", slot.spec.name))
        self._waiters.down(slot.spec.name)
        if slot.stopping:
            self._forget(slot)
        elif slot.restarting:
            self._dial(slot)
        else:
            with self._held(slot):
                self._decide(slot, _STOPPED_FROM_OUTSIDE if failure is None else failure.cause)

    def _decide(self, slot: Slot, cause: Cause) -> None:
        now = self._clock.now()
        policy, fraction = slot.spec.restart, self._random.random()
        decision = decide(cause, slot.history, policy, now, fraction)
        slot.history = decision.history
        slot.rule = decision.rule.value
        slot.cause = cause
        match decision:
            case Restart():
                self._restart_later(slot, decision)
            case Quarantine():
                self._quarantine(slot)
            case StopDecision():
                self._let_go(slot)

    def _restart_later(self, slot: Slot, decision: Restart) -> None:
        now = self._clock.now()
        slot.move(Event.RETRY, now)
        slot.retry_at = now + decision.delay
        slot.log.info(
            "restart.scheduled",
            cause=slot.cause and slot.cause.name,
            rule=slot.rule,
            attempt=decision.attempt,
            delay=decision.delay,
        )
        if decision.delay > 0:
            self._timers.start(("start", slot.spec.name), decision.delay)
            self._plan_sweep()
        else:
            self._dial(slot)

    def _quarantine(self, slot: Slot) -> None:
        slot.move(Event.QUARANTINE, self._clock.now())
        self._plan_sweep()
        slot.log.error(
            "connection.quarantined",
            cause=slot.cause and slot.cause.name,
            detail=slot.cause and slot.cause.detail,
            rule=slot.rule,
        )

    def _let_go(self, slot: Slot) -> None:
        """Leave a connection stopped that its policy doesn't restart; its slot tells why."""
        slot.move(Event.CLOSED, self._clock.now())
        slot.close()
        slot.log.info("connection.stopped", rule=slot.rule)
        self._never_ready(slot)

    # People ask.

    def _stop_child(self, message: StopChild) -> None:
        if message.future is None and self._book.find(message.name) is None:
            # Its handler closed a connection that was gone already.
            return
        slot = self._book.named(message.name)
        if message.future is not None:
            self._farewells.await_one(message.name, message.future)
        self._ask_to_stop(slot, message.code, message.reason)

    def _ask_to_stop(self, slot: Slot, code: int, reason: str) -> None:
        slot.stopping = True
        if slot.actor is None:
            self._forget(slot)
        else:
            self._tell_stop(slot, code, reason)

    def _tell_stop(self, slot: Slot, code: int, reason: str = "") -> None:
        if slot.phase is not Phase.CLOSING:
            slot.move(Event.CLOSE, self._clock.now())
        slot.mailbox.tell(Stop(slot.incarnation, code, reason))
        self._timers.start(("stop", slot.spec.name), slot.spec.timeouts.close + GRACE)

    def _restart_child(self, message: RestartChild) -> None:
        slot = self._book.named(message.name)
        if self._closing:
            raise FleetStopped("the fleet is stopping")
        if slot.phase is Phase.STOPPED:
            self._spawn(self._book.enter(slot.spec, self._clock.now()))
        elif slot.phase in _DOWN:
            self._resume_child(ResumeChild(message.name))
        elif slot.actor is not None:
            slot.restarting = True
            self._waiters.down(message.name)
            self._tell_stop(slot, 1012, "service restart")

    def _resume_child(self, message: ResumeChild) -> None:
        slot = self._book.named(message.name)
        if slot.phase not in _DOWN:
            return
        self._timers.cancel(("start", message.name))
        slot.history = RestartHistory()
        slot.log.info("connection.resumed", was=slot.phase.value)
        self._dial(slot)

    def _get_status(self, message: GetStatus) -> list[ConnectionStatus]:
        slots = [self._book.named(name) for name in message.names] or self._book.all()
        return [slot.status() for slot in slots]

    def _get_dead_letters(self, _message: GetDeadLetters) -> list[DeadLetter]:
        return self._dead_letters.all()

    def _await_ready(self, message: AwaitReady) -> None:
        slots = [self._book.named(name) for name in message.names] or self._book.all()
        not_ready = [slot for slot in slots if not slot.ready]
        names = frozenset(slot.spec.name for slot in slots)
        self._waiters.add(message.future, names, [slot.spec.name for slot in not_ready])
        for slot in not_ready:
            if slot.phase is Phase.STOPPED:
                self._never_ready(slot)

    def _await_no_more(self, message: AwaitNoMore) -> None:
        self._waiters.remove(message.future)

    def _shut_down(self, message: Shutdown) -> None:
        self._closing = True
        left = [slot for slot in self._book.all() if slot.phase is not Phase.STOPPED]
        self._farewells.await_all((slot.spec.name for slot in left), message.future)
        for slot in left:
            self._ask_to_stop(slot, 1001, "")

    # Children are forgotten.

    def _forget(self, slot: Slot) -> None:
        name = slot.spec.name
        self._timers.cancel(("start", name))
        if slot.phase is not Phase.STOPPED:
            over = Event.CLOSE if slot.phase in _DOWN else Event.CLOSED
            slot.move(over, self._clock.now())
        slot.close()
        self._never_ready(slot)
        if not self._closing:
            self._book.strike(slot)
        self._farewells.gone(name)

    def _never_ready(self, slot: Slot) -> None:
        why = f" ({slot.cause.detail})" if slot.cause else ""
        self._waiters.gone(slot.spec.name, NotReady(f"{slot.spec.name} has stopped{why}"))

    # Time passes.

    def _timer_fired(self, message: TimerFired) -> None:
        if not self._timers.accepts(message):
            return
        match message.key:
            case ("start", name):
                self._dial(self._book.named(name))
            case ("stop", name):
                self._give_up(self._book.named(name))
            case _:
                self._sweep()

    def _give_up(self, slot: Slot) -> None:
        """Go on without an incarnation that holds its thread and doesn't hear: it is orphaned."""
        if slot.actor is not None:
            self._abandon(slot, slot.actor)
        self._ended(slot, None)

    def _abandon(self, slot: Slot, actor: ConnectionActor) -> None:
        slot.log.warning("connection.abandoned", phase=slot.phase.value)
        actor.give_up()
        self._machine.socket.tell(Abort(slot.stream))

    def _sweep(self) -> None:
        now = self._clock.now()
        down = [slot for slot in self._book.all() if slot.phase in _DOWN]
        for slot in down:
            slot.expire(now)
        if down:
            self._plan_sweep()

    def _plan_sweep(self) -> None:
        if not self._timers.running("sweep"):
            self._timers.start("sweep", SWEEP)

    def _present(self, name: str, incarnation: int) -> Slot | None:
        """Return the slot if this is about its present incarnation."""
        slot = self._book.find(name)
        return slot if slot is not None and slot.incarnation == incarnation and slot.actor else None

    _REACTIONS: ClassVar[dict[type, Callable[["SupervisorActor", Any], Any]]] = {
        PhaseChanged: _phase_changed,
        BecameStable: _became_stable,
        ChildFailed: _child_failed,
        ChildStopped: _child_stopped,
        TimerFired: _timer_fired,
        StartChild: _start_child,
        StopChild: _stop_child,
        RestartChild: _restart_child,
        ResumeChild: _resume_child,
        GetStatus: _get_status,
        GetDeadLetters: _get_dead_letters,
        AwaitReady: _await_ready,
        AwaitNoMore: _await_no_more,
        Shutdown: _shut_down,
    }
    """What the supervisor does about each message."""
