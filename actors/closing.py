"""The end of a fleet: who is told what, and in which order, until none of its threads is left."""

import threading
import time
from typing import Final

import pykka
from pykka._envelope import Envelope
from pykka.messages import _ActorStop  # pyright: ignore[reportPrivateUsage]  # pykka's only stop

from holdfast.actors.dispatch import DispatchedFuture, Mailbox
from holdfast.actors.logs import get_logger
from holdfast.actors.machine import Machine
from holdfast.actors.requests import Shutdown
from holdfast.actors.slots.book import Book
from holdfast.actors.wire.resolver import Resolver

__all__ = ["Closing"]

FOR_GOODBYES: Final = 0.8
"""The share of the time to close that connections have; the rest is for the threads."""

FOR_DEADLINES: Final = 0.9
"""The share of that which their deadlines may take; the rest is for being told of them."""

MACHINE_GRACE: Final = 0.1
"""Seconds that an actor of the machine has to end in any case."""

ABORT: Final = 1.0
"""Seconds that an end takes at most from the moment on that it is interrupted."""

_log = get_logger()


class Closing:
    """Ends the actors and the threads of a fleet, once.

    Args:
        machine: the actors, and whose threads they run on.
        book: the connections.
        resolver: has threads of its own.
    """

    def __init__(self, machine: Machine, book: Book, resolver: Resolver) -> None:
        self._machine = machine
        self._book = book
        self._resolver = resolver
        self._over = threading.Event()

    def run(self, timeout: float) -> None:
        """End them all, in order; what interrupts it goes on when the rest is aborted.

        Args:
            timeout: seconds for all of it.
        """
        try:
            _log.info("fleet.stopping", connections=len(self._book))
            self._end(timeout, within=timeout * FOR_GOODBYES * FOR_DEADLINES)
        except BaseException as interruption:  # KeyboardInterrupt, or what a signal handler raises
            _log.warning("fleet.stop_interrupted", error=type(interruption).__name__)
            self._end(ABORT, within=0.0)
            raise
        finally:
            self._over.set()

    def wait(self, timeout: float) -> None:
        """Wait for the end that another thread brings about.

        Args:
            timeout: seconds.
        """
        if not self._over.wait(timeout):
            _log.warning("fleet.stop_timed_out", timeout=timeout)

    def _end(self, timeout: float, within: float) -> None:
        """Stop what still runs.

        Args:
            timeout: seconds for all of it.
            within: seconds that connections have to flush and to say goodbye.
        """
        deadline = time.monotonic() + timeout
        self._stop_children(timeout * FOR_GOODBYES, within)
        machine = self._machine
        for mailbox in (machine.supervisor, machine.socket, machine.timer):
            self._tell_and_wait(mailbox, max(MACHINE_GRACE, deadline - time.monotonic()))
        self._resolver.stop()
        stuck = machine.dispatcher.stop(max(0.0, deadline - time.monotonic()))
        if stuck:
            _log.warning("fleet.threads_left", threads=stuck)
        _log.info("fleet.stopped")

    def _stop_children(self, timeout: float, within: float) -> None:
        future: DispatchedFuture[bool] = DispatchedFuture()
        if not self._machine.supervisor.tell(Shutdown(future, within)):
            # An end that was interrupted had come further than this.
            return
        try:
            future.get(timeout=timeout)
        except pykka.Timeout:
            _log.warning("fleet.stop_timed_out", timeout=timeout)

    def _tell_and_wait(self, mailbox: Mailbox, timeout: float) -> None:
        future: DispatchedFuture[None] = DispatchedFuture()
        try:
            mailbox.put(Envelope(_ActorStop(), reply_to=future))
            future.get(timeout=timeout)
        except pykka.Timeout:
            _log.warning("fleet.stop_timed_out", timeout=timeout)
        except pykka.ActorDeadError:
            # It crashed too often, and had no successor; or it has ended already.
            return
