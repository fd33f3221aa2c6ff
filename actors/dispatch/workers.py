"""The threads of a dispatcher: one leads, the spares run what was left behind."""

import threading
import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Generic, TypeVar

from holdfast.actors.dispatch.errors import NoSpareThread
from holdfast.actors.dispatch.role import take_role

__all__ = ["Term", "Workers"]

IDLE_SECONDS = 30.0
"""How long a spare waits for work before its thread ends."""

T = TypeVar("T")


class Term(Generic[T]):
    """One term of one leader."""

    __slots__ = ("held", "running", "turns")

    def __init__(self) -> None:
        self.held = True
        """Whether the thread still leads; whoever deposes it clears this."""
        self.running: T | None = None
        """What the leader runs; None while it polls."""
        self.turns = 0
        """How many turns it has given."""


class Workers(Generic[T]):
    """A bounded set of threads, of which one at a time leads.

    Two threads are kept from the slow queue: the leader, and one to succeed it.

    Args:
        lead: what a leader does until its term ends.
        run_slow: what a spare does with an item of the slow queue.
        limit: the most threads at once, at least 3.
    """

    def __init__(
        self, lead: Callable[[Term[T]], None], run_slow: Callable[[T], None], limit: int
    ) -> None:
        self.roles = threading.Condition(threading.Lock())
        """Guards who does what. The leader holds it while it goes from running to polling."""
        self.stopping = False
        self.term: Term[T] | None = None
        self._lead = lead
        self._run_slow = run_slow
        self._limit = max(3, limit)
        self._slow: deque[T] = deque()
        self._slow_running = 0
        self._idle = 0
        self._waiting = 0
        self._threads: set[threading.Thread] = set()
        self._started = 0

    def start(self) -> None:
        """Start the first thread, which leads."""
        with self.roles:
            self._spawn()

    def stop(self) -> None:
        """Ask every thread to end after the actor it is running."""
        with self.roles:
            self.stopping = True
            if self.term is not None:
                self.term.held = False
            self.roles.notify_all()

    def join(self, deadline: float) -> list[str]:
        """Wait for the threads to end.

        Args:
            deadline: monotonic seconds.

        Returns:
            The names of those that didn't.
        """
        with self.roles:
            others = self._threads - {threading.current_thread()}
        for thread in others:
            thread.join(max(0.0, deadline - time.monotonic()))
        return sorted(thread.name for thread in others if thread.is_alive())

    def add_slow(self, item: T) -> None:
        """Queue an item for the spares."""
        with self.roles:
            self._slow.append(item)
            if self._idle < len(self._slow):
                self._spawn()
            self.roles.notify()

    def depose(self) -> bool:
        """End the present term if a spare can lead on; the caller holds `roles`.

        Returns:
            Whether another thread will lead.
        """
        if self.term is None or not (self._idle or self._spawn()):
            return False
        self.term.held = False
        self.term = None
        self.roles.notify()
        return True

    @contextmanager
    def waiting(self, term: Term[T] | None) -> Generator[None]:
        """Let one of the threads wait for another actor, without anybody waiting for ever.

        Args:
            term: the term of the calling thread, if it leads.

        Raises:
            NoSpareThread: too many threads wait already, or nobody could lead on.
        """
        with self.roles:
            led = term is not None and term.held
            if self._waiting >= self._limit - 2 or (led and not self.depose()):
                text = (
                    f"{self._waiting} of {self._limit} threads already wait for answers: "
                    "tell instead of ask, or give the fleet more threads"
                )
                raise NoSpareThread(text)
            self._waiting += 1
        try:
            yield
        finally:
            with self.roles:
                self._waiting -= 1

    def _spawn(self) -> bool:
        if len(self._threads) >= self._limit or self.stopping:
            return False
        self._started += 1
        thread = threading.Thread(target=self._work, name=f"holdfast-{self._started}", daemon=True)
        self._threads.add(thread)
        # It counts as idle from birth, so that two requests don't both rely on it.
        self._idle += 1
        thread.start()
        return True

    def _work(self) -> None:
        role = _WorkerRole(self)
        take_role(role)
        while (job := self._next_job(role)) is not None:
            try:
                job()
            finally:
                self._finish(role)
        with self.roles:
            self._threads.discard(threading.current_thread())

    def _next_job(self, role: "_WorkerRole[T]") -> Callable[[], None] | None:
        with self.roles:
            offered = self.roles.wait_for(self._has_job, timeout=IDLE_SECONDS)
            self._idle -= 1
            if self.stopping or not offered:
                return None
            if self.term is None:
                self.term = role.term = Term()
                return partial(self._lead, role.term)
            self._slow_running += 1
            role.slow = True
            return partial(self._run_slow, self._slow.popleft())

    def _has_job(self) -> bool:
        may_run_slow = self._slow_running < self._limit - 2
        return self.stopping or self.term is None or (bool(self._slow) and may_run_slow)

    def _finish(self, role: "_WorkerRole[T]") -> None:
        with self.roles:
            if role.term is not None and self.term is role.term:
                self.term = None
            self._slow_running -= role.slow
            self._idle += 1
            self.roles.notify()
        role.term = None
        role.slow = False


class _WorkerRole(Generic[T]):
    """What one of the threads does at the moment."""

    __slots__ = ("_workers", "slow", "term")

    def __init__(self, workers: Workers[T]) -> None:
        self._workers = workers
        self.term: Term[T] | None = None
        self.slow = False

    def waiting(self) -> AbstractContextManager[None]:
        return self._workers.waiting(self.term)
