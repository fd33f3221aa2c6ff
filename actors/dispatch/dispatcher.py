"""The dispatcher: many actors on few threads, one of which leads.

The leader runs ready actors in turn, then polls the selector and looks at the alarm; nothing on
the hot path changes threads. Whoever holds the leadership for too long is left behind by the
watchdog: a spare thread leads on, and the one left behind finishes its actor and becomes a spare.
An actor that was left behind runs on the spares from then on, until it has been quick for a while.
"""

import time
from collections import deque
from math import inf
from typing import Any, ClassVar, Protocol

from pykka._envelope import Envelope

from holdfast.actors.clock import Clock, MonotonicClock
from holdfast.actors.dispatch.errors import DispatcherStopped
from holdfast.actors.dispatch.mailbox import Mailbox
from holdfast.actors.dispatch.poller import Event, Poller
from holdfast.actors.dispatch.signals import Readiness, Tick
from holdfast.actors.dispatch.watchdog import Watchdog
from holdfast.actors.dispatch.workers import Term, Workers

__all__ = ["Dispatcher", "Turn"]

QUICK_TURNS = 16
"""Turns under the hold limit after which an actor that was left behind may lead again."""


class Turn(Protocol):
    """What the dispatcher runs: an actor with mail."""

    slow: int
    """Quick turns it still owes on the spare threads before the leader runs it again."""
    system: ClassVar[bool]
    """One of the machine's own actors, which never wait: never left behind."""

    def run(self) -> bool:
        """Handle some messages; return whether more wait."""
        ...


class Dispatcher:
    """Runs actors on one leading thread and a bounded number of spares.

    Args:
        clock: the time that alarms are measured with.
        max_threads: the most threads that run actors, the leader included.
        hold_limit: seconds that an actor may hold the leader before it is left behind.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        max_threads: int = 16,
        hold_limit: float = 0.010,
    ) -> None:
        self.clock: Clock = clock or MonotonicClock()
        self.poller = Poller()
        self.hold_limit = hold_limit
        self._ready: deque[Turn] = deque()
        self._sleeping = False
        self._alarm = inf
        self._alarm_mailbox: Mailbox | None = None
        self._readiness_mailbox: Mailbox | None = None
        self._readiness_pending = False
        self._workers: Workers[Turn] = Workers(self._lead, self._run_slow, max_threads)
        self._watchdog = Watchdog(
            term=lambda: self._workers.term,
            asleep=lambda: self._sleeping,
            leave_behind=self._leave_behind,
            period=hold_limit / 2,
        )
        self._unsubscribe = self.clock.subscribe(self.wake)

    def start(self) -> None:
        """Start the first leader and the watchdog."""
        self._workers.start()
        self._watchdog.start()

    def stop(self, timeout: float = 5.0) -> list[str]:
        """Stop running actors and join every thread.

        Args:
            timeout: seconds to wait for handlers that hold a thread.

        Returns:
            The names of threads that were still held by a handler; they end with it.
        """
        deadline = time.monotonic() + timeout
        self._unsubscribe()
        self._workers.stop()
        self._watchdog.stop()
        self.wake()
        stuck = self._workers.join(deadline)
        if not stuck:
            self.poller.close()
        return stuck

    @property
    def stopped(self) -> bool:
        """Whether it was told to stop: it can't be started again."""
        return self._workers.stopping

    def schedule(self, turn: Turn) -> None:
        """Give an actor that has mail a turn; called once until its mailbox is empty again.

        Raises:
            DispatcherStopped: no thread is left to run it.
        """
        if self._workers.stopping:
            text = "the dispatcher has stopped"
            raise DispatcherStopped(text)
        if turn.slow:
            self._workers.add_slow(turn)
            return
        self._ready.append(turn)
        # The leader sets the flag before it looks at the queue a last time, and we append before
        # we look at the flag: one of the two always sees the other, so no wake-up is lost.
        if self._sleeping:
            self._sleeping = False
            self.wake()

    def wake(self) -> None:
        """Make the leader look at the ready actors, the alarm and the clock."""
        self.poller.wake()

    def on_readiness(self, mailbox: Mailbox) -> None:
        """Send readiness of descriptors to this mailbox as `Readiness` messages."""
        self._readiness_mailbox = mailbox

    def on_alarm(self, mailbox: Mailbox) -> None:
        """Send a `Tick` to this mailbox whenever the alarm is due."""
        self._alarm_mailbox = mailbox

    def set_alarm(self, deadline: float) -> None:
        """Set the one alarm.

        Args:
            deadline: monotonic seconds; infinity for none.
        """
        sooner = deadline < self._alarm
        self._alarm = deadline
        if sooner and self._sleeping:
            self.wake()

    def readiness_handled(self) -> None:
        """Let the leader poll descriptors again: the last `Readiness` has been dealt with."""
        self._readiness_pending = False
        if self._sleeping:
            self.wake()

    def _lead(self, term: Term[Turn]) -> None:
        """Run ready actors and poll, in turn, for as long as the calling thread leads."""
        while term.held:
            for _ in range(len(self._ready)):
                self._run_next(term)
                if not term.held:
                    return
            with self._workers.roles:
                if not term.held:
                    return
                term.running = None
            self._poll()

    def _run_next(self, term: Term[Turn]) -> None:
        try:
            turn = self._ready.popleft()
        except IndexError:
            # A leader that has been deposed may still take one turn: actors don't mind.
            return
        term.turns += 1
        term.running = turn
        if turn.run():
            self.schedule(turn)

    def _leave_behind(self, term: Term[Turn], turns: int) -> None:
        """Make a spare lead, if the leader is still in the turn that the watchdog saw."""
        with self._workers.roles:
            held = term.running
            if not term.held or term.turns != turns or held is None or held.system:
                return
            if self._workers.depose():
                held.slow = QUICK_TURNS

    def _run_slow(self, turn: Turn) -> None:
        began = time.monotonic()
        more = turn.run()
        if time.monotonic() - began < self.hold_limit:
            turn.slow -= 1
        else:
            turn.slow = QUICK_TURNS
        if more:
            self.schedule(turn)

    def _poll(self) -> None:
        self._sleeping = True
        timeout = 0.0 if self._ready else self.clock.timeout_until(self._alarm)
        if self._readiness_pending:
            self.poller.sleep(timeout)
            events: list[Event] = []
        else:
            events = self.poller.poll(timeout)
        self._sleeping = False
        self._watchdog.unpark()
        if events:
            self._tell_ready(events)
        if self._alarm <= self.clock.now():
            self._tick()

    def _tell_ready(self, events: list[Event]) -> None:
        if self._readiness_mailbox is not None:
            # Descriptors stay ready until they are read: polling again before the socket actor
            # has seen this would only repeat it.
            self._readiness_pending = True
            self._readiness_mailbox.put(Envelope[Any](Readiness(events)))

    def _tick(self) -> None:
        self._alarm = inf
        if self._alarm_mailbox is not None:
            self._alarm_mailbox.put(Envelope[Any](Tick()))
