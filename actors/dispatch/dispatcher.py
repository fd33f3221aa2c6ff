"""The dispatcher: many actors on few threads, one of which leads.

The leader runs ready actors in turn, then polls the selector and looks at the alarm; nothing on
the hot path changes threads. Whoever holds the leadership for too long is left behind by the
watchdog: a spare thread leads on, and the one left behind finishes its actor and becomes a spare.
An actor that was left behind runs on the spares from then on, until it has been quick for a while.
When every thread is held, the leader keeps off what is of the same kind as those that hold them.
"""

import time
from collections import deque
from contextlib import suppress
from math import inf

from holdfast.actors.clock import Clock, MonotonicClock
from holdfast.actors.dispatch.courtesy import Courtesy
from holdfast.actors.dispatch.mailbox import Mailbox
from holdfast.actors.dispatch.poller import Event, Poller
from holdfast.actors.dispatch.signals import Readiness, Tick
from holdfast.actors.dispatch.stall_limit import StallLimit
from holdfast.actors.dispatch.stalls import Stalls
from holdfast.actors.dispatch.turn import Turn
from holdfast.actors.dispatch.watchdog import Watchdog
from holdfast.actors.dispatch.workers import Term, Workers

__all__ = ["Dispatcher"]

QUICK_TURNS = 16
"""Turns under the hold limit after which an actor that was left behind may lead again."""

ROUNDS_A_POLL = 32
"""Turns of each queue, at least, before the leader polls again."""

ROUNDS_A_LOOK = 4
"""Turns of each queue after which the leader looks at the time."""

PASS_SECONDS = 0.050
"""Seconds that the leader gives turns before it polls and looks at the alarm in any case."""


class Dispatcher:
    """Runs actors on one leading thread and a bounded number of spares.

    Args:
        clock: the time that alarms are measured with.
        max_threads: the most threads that run actors, the leader included.
        hold_limit: seconds that an actor may hold the leader before it is left behind, and any
            thread before that is told.
        stall_limit: says which of those are told.
    """

    messages_a_turn = 32
    """How many messages an actor handles before others get their turn."""

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        max_threads: int = 16,
        hold_limit: float = 0.010,
        stall_limit: StallLimit | None = None,
    ) -> None:
        self.clock: Clock = clock or MonotonicClock()
        self.poller = Poller()
        self.hold_limit = hold_limit
        self.stopped = False
        """It was told to stop: it can't be started again."""
        self.polled_at = self.clock.now()
        """Monotonic seconds of the last poll: what came in with it costs no look at the clock."""
        self._ready: deque[Turn] = deque()
        self._urgent: deque[Turn] = deque()
        """The machine's own actors take turns with all the others together: handlers may be
        waiting for their answers."""
        self._queues = (self._urgent, self._ready)
        self._sleeping = False
        self._alarm = inf
        self._alarm_mailbox: Mailbox | None = None
        self._readiness_mailbox: Mailbox | None = None
        self._readiness_pending = False
        self._courtesy = Courtesy()
        self._workers = Workers(self._lead, self._run_slow, max_threads, self.poller.close)
        self._watchdog = Watchdog(
            self._workers,
            Stalls(hold_limit, stall_limit or StallLimit()),
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

        Actors that still have mail end without a turn: who asked them hears that they are dead.

        Args:
            timeout: seconds to wait for handlers that hold a thread.

        Returns:
            The names of threads that were still held by a handler; they end with it.
        """
        deadline = time.monotonic() + timeout
        self.stopped = True
        self._unsubscribe()
        for turn in self._workers.stop():
            turn.abandon()
        self.wake()
        self._abandon_ready()
        left = self._workers.join(deadline)
        # The last to go: until then handlers may come back.
        self._watchdog.stop()
        return left

    def runs_here(self) -> bool:
        """Tell whether the calling thread is one of those that run actors."""
        return self._workers.has_this_thread()

    def schedule(self, turn: Turn) -> None:
        """Give an actor that has mail a turn; called once until its mailbox is empty again.

        After `stop` the actor ends instead, here and now.
        """
        if turn.slow and self._workers.add_slow(turn):
            self._watchdog.unpark()
            return
        (self._urgent if turn.system else self._ready).append(turn)
        # The leader sets the flag before it looks at the queue a last time, and we append before
        # we look at the flag: one of the two always sees the other, so no wake-up is lost. The
        # same holds for `stop`, which says so before it empties the queue.
        if self._sleeping:
            self._sleeping = False
            self.wake()
        if self.stopped:
            self._abandon_ready()

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

    def _lead(self, term: Term) -> None:
        """Run ready actors and poll, in turn, for as long as the calling thread leads."""
        leading = True
        while leading:
            # First of all: the leaders before may each have been left behind in their first turns.
            self._poll()
            leading = self._run_ready(term)

    def _run_ready(self, term: Term) -> bool:
        """Give every ready actor a turn; return whether the calling thread still leads.

        All of them before the next poll: a stream that is read again before its connection had a
        turn comes in smaller pieces, each for the price of a system call and a message. With a
        poll every 32 turns instead, a thousand connections get a third less.
        """
        for _ in range(len(self._urgent)):
            self._run_next(term, self._urgent)
        self._run_rounds(term, max(ROUNDS_A_POLL, len(self._ready)))
        with self._workers.roles:
            if term.held:
                term.running = None
            return term.held

    def _run_rounds(self, term: Term, rounds: int) -> None:
        """Give a turn of each queue so many times, unless the time or the term is over before."""
        until = time.monotonic() + PASS_SECONDS
        for number in range(1, rounds + 1):
            for queue in self._queues:
                if not term.held:
                    return
                if queue:
                    self._run_next(term, queue)
            if not (self._urgent or self._ready):
                return
            if not number % ROUNDS_A_LOOK and time.monotonic() > until:
                return

    def _run_next(self, term: Term, queue: deque[Turn]) -> None:
        try:
            turn = queue.popleft()
        except IndexError:
            # A leader that has been deposed may still take one turn: actors don't mind.
            return
        if self._workers.exposed and self._is_risky(turn) and self._workers.add_slow(turn):
            return
        # In this order: who reads the number before the turn never blames the one before.
        term.running = turn
        term.turns += 1
        if turn.run():
            self.schedule(turn)

    def _is_risky(self, turn: Turn) -> bool:
        return not turn.system and self._workers.holds(turn.kind)

    def _leave_behind(self, term: Term, turns: int) -> None:
        """Make a spare lead, if the leader is still in the turn that the watchdog saw."""
        with self._workers.roles:
            held = term.running
            if not term.held or term.turns != turns or held is None or held.system:
                return
            held.slow = QUICK_TURNS
            self._workers.depose()

    def _run_slow(self, term: Term) -> None:
        turn, began = term.running, term.began
        if turn is None or began is None:
            return
        more = turn.run()
        quick = time.monotonic() - began < self.hold_limit
        # It may have mail again and run on another thread by now: never count below zero.
        turn.slow = max(0, turn.slow - 1) if quick else QUICK_TURNS
        if more:
            self.schedule(turn)

    def _poll(self) -> None:
        began = time.monotonic()
        self._sleeping = True
        timeout = 0.0 if self._urgent or self._ready else self.clock.timeout_until(self._alarm)
        if self._readiness_pending:
            self.poller.sleep(timeout)
            events: list[Event] = []
        else:
            events = self.poller.poll(timeout)
        self._sleeping = False
        self._watchdog.unpark()
        self._courtesy.after_poll(began)
        if events:
            self._tell_ready(events)
        self.polled_at = self.clock.now()
        if self._alarm <= self.polled_at:
            self._tick()

    def _tell_ready(self, events: list[Event]) -> None:
        if self._readiness_mailbox is not None:
            # Descriptors stay ready until they are read: polling again before the socket actor
            # has seen this would only repeat it.
            self._readiness_pending = True
            self._readiness_mailbox.tell(Readiness(events))

    def _tick(self) -> None:
        self._alarm = inf
        if self._alarm_mailbox is not None:
            self._alarm_mailbox.tell(Tick())

    def _abandon_ready(self) -> None:
        # Several threads may empty the queue at once: each actor is still abandoned by one.
        for queue in self._queues:
            with suppress(IndexError):
                while True:
                    queue.popleft().abandon()
