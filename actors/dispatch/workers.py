"""The threads of a dispatcher: one leads, the spares run what was left behind."""

import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from types import MethodType

from holdfast.actors.dispatch.errors import NoSpareThread
from holdfast.actors.dispatch.role import Question, take_role
from holdfast.actors.dispatch.turn import Turn
from holdfast.actors.logs import get_logger

__all__ = ["Term", "Workers"]

IDLE_SECONDS = 30.0
"""How long a spare waits for work before its thread ends."""

PATIENCE_LOOKS = 40
PATIENCE_PAUSE = 0.005
"""Looks, and seconds between them, before a thread that would wait is refused."""

_log = get_logger()


class Term:
    """What one thread does until it is free again: it leads, or runs an actor of the slow queue.

    Args:
        slow: the actor that a spare runs; None for a leader.
    """

    __slots__ = ("began", "ended", "held", "running", "thread", "turns")

    def __init__(self, slow: Turn | None = None) -> None:
        self.held = slow is None
        """Whether the thread leads; whoever deposes it clears this."""
        self.running = slow
        """What it runs; None while a leader polls."""
        self.turns = 0
        """How many turns a leader has given."""
        self.thread = threading.get_ident()
        """Whose term it is."""
        self.began = None if slow is None else time.monotonic()
        """Monotonic seconds; nobody reads a clock in the turns of a leader."""
        self.ended: float | None = None
        """Monotonic seconds at which the thread was free again."""


class Workers:
    """A bounded set of threads, of which one at a time leads.

    Two threads are kept from the slow queue: the leader, and one to succeed it.

    Args:
        lead: what a leader does until its term ends.
        run_slow: what a spare does in its term.
        limit: the most threads at once, at least 3.
        at_end: called by the last thread to end after `stop`.
    """

    def __init__(
        self,
        lead: Callable[[Term], None],
        run_slow: Callable[[Term], None],
        limit: int,
        at_end: Callable[[], None],
    ) -> None:
        self.roles = threading.Condition(threading.Lock())
        """Guards who does what. The leader holds it while it goes from running to polling."""
        self.stopping = False
        self.term: Term | None = None
        self.exposed = False
        """No thread could succeed the leader if it were held up now."""
        self._lead = lead
        self._run_slow = run_slow
        self._limit = max(3, limit)
        self._at_end = at_end
        self._slow: deque[Turn] = deque()
        self._threads: dict[threading.Thread, _WorkerRole] = {}
        self._idle = 0
        self._busy = 0
        self._waiting: dict[_WorkerRole, Question] = {}
        self._started = 0

    def start(self) -> None:
        """Start the first thread, which leads."""
        with self.roles:
            self._provide()

    def stop(self) -> list[Turn]:
        """Ask every thread to end after the actor it is running.

        Returns:
            The actors that waited for a spare.
        """
        with self.roles:
            self.stopping = True
            if self.term is not None:
                self.term.held = False
            left = list(self._slow)
            self._slow.clear()
            self.roles.notify_all()
            if not self._threads:
                self._at_end()
        return left

    def join(self, deadline: float) -> list[str]:
        """Wait for the threads to end.

        Args:
            deadline: monotonic seconds.

        Returns:
            The names of those that didn't.
        """
        with self.roles:
            others = set(self._threads) - {threading.current_thread()}
        for thread in others:
            thread.join(max(0.0, deadline - time.monotonic()))
        return sorted(thread.name for thread in others if thread.is_alive())

    def has_this_thread(self) -> bool:
        """Tell whether the calling thread is one of them."""
        with self.roles:
            return threading.current_thread() in self._threads

    def add_slow(self, turn: Turn) -> bool:
        """Queue an actor for the spares; return False when none would come."""
        with self.roles:
            if self.stopping or not (self._idle or self._busy or self._spawn()):
                return False
            self._slow.append(turn)
            self._provide()
        return True

    def depose(self) -> bool:
        """End the present term if a spare can lead on; the caller holds `roles`.

        Returns:
            Whether another thread will lead.
        """
        if self.term is None or not (self._idle or self._spawn()):
            return False
        self.term.held = False
        self.term = None
        self._busy += 1
        self._provide()
        return True

    def terms(self) -> list[Term]:
        """Return what every thread does at the moment; a sample, taken without holding any up."""
        return [role.term for role in list(self._threads.values()) if role.term is not None]

    def resting(self) -> bool:
        """Tell whether nothing runs or waits to be run, but for the leader."""
        # In this order: who leaves the queue counts as busy before.
        return not self._slow and not self._busy

    def holds(self, kind: object) -> bool:
        """Tell whether an actor of this kind keeps a thread from leading."""
        with self.roles:
            roles = [role for role in self._threads.values() if role.term is not self.term]
            return any(role.turn is not None and _alike(role.turn.kind, kind) for role in roles)

    def wait_begins(self, role: "_WorkerRole", question: Question) -> None:
        """Let one of the threads wait for another actor, without anybody waiting for ever.

        Args:
            role: the calling thread's.
            question: what it waits for.

        Raises:
            NoSpareThread: the answer could never come.
        """
        with self.roles:
            if circle := self._circle(role, question):
                raise NoSpareThread(_told(circle))
            if not self._comes_to_room(role) or not self._hand_on(role):
                raise NoSpareThread(
                    f"all {self._limit} threads are taken, {len(self._waiting)} of them by actors "
                    "that wait for answers: tell instead of ask, or allow more threads"
                )
            self._waiting[role] = question
            self._provide()

    def wait_ends(self, role: "_WorkerRole") -> None:
        """Note that the thread of this role goes on."""
        with self.roles:
            self._waiting.pop(role, None)

    def _comes_to_room(self, role: "_WorkerRole") -> bool:
        """Tell whether one more may wait, now or in a moment.

        Those who wait may have their answers already, and only need the interpreter to go on.
        """
        for _ in range(PATIENCE_LOOKS):
            leads = role.term is not None and role.term is self.term
            spare = not leads or self._idle or len(self._threads) < self._limit
            if spare and len(self._waiting) < self._limit - 2:
                return True
            self.roles.wait(PATIENCE_PAUSE)
        return False

    def _hand_on(self, role: "_WorkerRole") -> bool:
        """See that the thread doesn't lead; return False if nobody else could."""
        leads = role.term is not None and role.term is self.term
        return not leads or self.depose()

    def _circle(self, role: "_WorkerRole", question: Question) -> list[Turn]:
        """Return who waits for whom, if the one that asks would wait for itself; else nothing."""
        waits = {
            # Who has its answer waits for nobody, though it may not have woken up yet.
            each.turn.mailbox: (each.turn, of)
            for each, of in self._waiting.items()
            if each.turn is not None and not of.done()
        }
        circle = [] if role.turn is None else [role.turn]
        while circle:
            if question.asked is circle[0].mailbox:
                return circle
            if question.asked not in waits or len(circle) > len(waits):
                return []
            turn, question = waits[question.asked]
            circle.append(turn)
        return circle

    def _provide(self) -> None:
        """See that every job that may begin finds a thread; the caller holds `roles`."""
        wanted = (self.term is None) + min(len(self._slow), self._room())
        while self._idle < wanted and self._spawn():
            pass
        if wanted:
            self.roles.notify(wanted)
        self.exposed = not self._idle and len(self._threads) >= self._limit

    def _room(self) -> int:
        """How many more actors may be run by spares: one always, if all the others wait for it."""
        return max(0, max(len(self._waiting) + 1, self._limit - 2) - self._busy)

    def _spawn(self) -> bool:
        if len(self._threads) >= self._limit or self.stopping:
            return False
        self._started += 1
        role = _WorkerRole(self)
        name = f"holdfast-{self._started}"
        thread = threading.Thread(target=self._work, args=(role,), name=name, daemon=True)
        try:
            thread.start()
        except RuntimeError:
            # The system gives no more threads: go on with those that there are.
            return False
        self._threads[thread] = role
        # It counts as idle from birth, so that two jobs don't both rely on it.
        self._idle += 1
        return True

    def _work(self, role: "_WorkerRole") -> None:
        take_role(role)
        while (job := self._next_job(role)) is not None:
            try:
                job()
            except BaseException as error:  # noqa: BLE001  # without its threads nothing lives on
                _log.error("actor.hook_failed", actor="Dispatcher", hook="run", exc_info=error)
            finally:
                self._finish(role)

    def _next_job(self, role: "_WorkerRole") -> Callable[[], None] | None:
        with self.roles:
            offered = self.roles.wait_for(self._has_job, timeout=IDLE_SECONDS)
            self._idle -= 1
            if self.stopping or not offered:
                self._leave()
                return None
            job = self._take_job(role)
            self._provide()
            return job

    def _has_job(self) -> bool:
        return self.stopping or self.term is None or bool(self._slow and self._room())

    def _take_job(self, role: "_WorkerRole") -> Callable[[], None]:
        if self.term is None:
            self.term = role.term = Term()
            return partial(self._lead, role.term)
        self._busy += 1
        role.term = Term(self._slow.popleft())
        return partial(self._run_slow, role.term)

    def _finish(self, role: "_WorkerRole") -> None:
        with self.roles:
            if role.term is not None and role.term is self.term:
                self.term = None
            else:
                self._busy -= 1
            if role.term is not None:
                role.term.ended = time.monotonic()
            role.term = None
            self._idle += 1
            self.exposed = False

    def _leave(self) -> None:
        del self._threads[threading.current_thread()]
        if self.stopping and not self._threads:
            self._at_end()


class _WorkerRole:
    """What one of the threads does at the moment."""

    __slots__ = ("_workers", "term")

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        self.term: Term | None = None

    @property
    def turn(self) -> Turn | None:
        """What it runs: as the leader, left behind by the next one, or as a spare."""
        return None if self.term is None else self.term.running

    def runs(self, turn: object) -> bool:
        return self.turn is turn

    def wait_begins(self, question: Question) -> None:
        self._workers.wait_begins(self, question)

    def wait_ends(self) -> None:
        self._workers.wait_ends(self)


def _told(circle: list[Turn]) -> str:
    """Say of a circle of actors why none of them can answer."""
    first, *others = (turn.label for turn in circle)
    if not others:
        return (
            f"{first} asks itself, and could answer only after the handler that waits: "
            "tell instead of ask"
        )
    waits = "".join(f"{other}, which waits for " for other in others)
    return f"{first} asks {waits}{first}: none of them could answer; tell instead of ask"


def _alike(kind: object, other: object) -> bool:
    """Tell whether two kinds are one, without a factory's own `==`: here nothing may fail."""
    if isinstance(kind, MethodType) and isinstance(other, MethodType):
        return kind.__func__ is other.__func__ and kind.__self__ is other.__self__
    return kind is other
