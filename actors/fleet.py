"""The fleet: what a program holds to run, reach and stop its connections."""

import random
import threading
import time
from types import TracebackType
from typing import Any, Final, Self, overload

import pykka
from pykka._envelope import Envelope
from pykka.messages import _ActorStop  # pyright: ignore[reportPrivateUsage]  # pykka's only stop

from holdfast.actors.clock import Clock, MonotonicClock
from holdfast.actors.dispatch import DispatchedFuture, Dispatcher, Mailbox
from holdfast.actors.errors import FleetStopped, NotReady
from holdfast.actors.incarnation.berth import Machine
from holdfast.actors.logs import get_logger
from holdfast.actors.messages import (
    AwaitNoMore,
    AwaitReady,
    GetDeadLetters,
    GetStatus,
    RenewLogin,
    RestartChild,
    ResumeChild,
    Shutdown,
    StartChild,
    StopChild,
)
from holdfast.actors.open_files import Room
from holdfast.actors.slots.book import Book
from holdfast.actors.slots.dead_letter import DeadLetter
from holdfast.actors.slots.ledger import Outcome
from holdfast.actors.slots.outbox import make_parcel, post
from holdfast.actors.slots.slot import Slot
from holdfast.actors.socket import SocketActor
from holdfast.actors.spec import ConnectionSpec
from holdfast.actors.status import ConnectionStatus
from holdfast.actors.supervisor import SupervisorActor
from holdfast.actors.timer import TimerActor
from holdfast.actors.wire.resolver import Resolver
from holdfast.handlers import Phase

__all__ = ["Fleet"]

NAMED_IN_ERROR: Final = 5

FOR_GOODBYES: Final = 0.8
"""The share of the time to close that connections have; the rest is for the threads."""

MACHINE_GRACE: Final = 0.1
"""Seconds that an actor of the machine has to end in any case."""

_log = get_logger()


class Fleet:
    """Many supervised connections on a few threads.

        with Fleet() as fleet:
            fleet.connect("prices", "wss://…", handler=Prices)
            fleet.wait_ready(timeout=10)

    Its methods may be called from any thread, handlers included.

    Args:
        clock: the time; a `holdfast.testing.ManualClock` lets a test turn it.
        max_threads: the most threads that run actors; each handler that blocks holds one.
        seed: makes jitter repeatable; None for real randomness.
    """

    def __init__(
        self, *, clock: Clock | None = None, max_threads: int = 16, seed: int | None = None
    ) -> None:
        self._clock = clock or MonotonicClock()
        self._dispatcher = Dispatcher(self._clock, max_threads=max_threads)
        source = random.Random(seed)  # noqa: S311  # jitter, not a secret
        self._book = Book(source)
        self._room = Room()
        self._state_lock = threading.Lock()
        self._opened = self._running = False
        timer = TimerActor(self._dispatcher)
        socket = SocketActor(self._dispatcher, timer.mailbox, Resolver())
        self._supervisor = Mailbox()
        self._machine = Machine(self._dispatcher, socket.mailbox, timer.mailbox, self._supervisor)
        supervisor = SupervisorActor(self._machine, self._book, source)
        self._actors = (supervisor, socket, timer)

    def __enter__(self) -> Self:
        """Start the fleet."""
        self.open()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop every connection and join every thread."""
        self.close()

    def open(self) -> None:
        """Start the threads and the machine's actors; `with` does it for you.

        Raises:
            FleetStopped: the fleet was started before; make a new one.
        """
        with self._state_lock:
            if self._running or self._dispatcher.stopped:
                raise FleetStopped("a fleet starts once: make a new one")
            self._opened = self._running = True
        self._dispatcher.start()
        for actor in reversed(self._actors):
            actor.launch()
        _log.info("fleet.started")

    def close(self, timeout: float = 10.0) -> None:
        """Say goodbye on every connection, then stop the machine and join its threads.

        Args:
            timeout: seconds for all of it; what has not ended by then is aborted.
        """
        with self._state_lock:
            if not self._opened:
                self._dispatcher.stop(0.0)
            if not self._running:
                return
            self._running = False
        _log.info("fleet.stopping", connections=len(self._book))
        deadline = time.monotonic() + timeout
        self._stop_children(timeout * FOR_GOODBYES)
        for actor in self._actors:
            self._tell_and_wait(actor.mailbox, max(MACHINE_GRACE, deadline - time.monotonic()))
        stuck = self._dispatcher.stop(max(0.0, deadline - time.monotonic()))
        if stuck:
            _log.warning("fleet.threads_left", threads=stuck)
        _log.info("fleet.stopped")

    def connect(self, name: str, url: str, **options: Any) -> None:  # noqa: ANN401  # see the spec
        """Add a connection; the options are the fields of `ConnectionSpec`.

        Raises:
            ValueError: a value is unusable, or the name is taken.
        """
        self.start(ConnectionSpec(name=name, url=url, **options))

    def start(self, spec: ConnectionSpec) -> None:
        """Add a connection and begin to dial.

        Raises:
            DuplicateName: the name is taken.
            FleetStopped: the fleet isn't running.
            TooManyConnections: this process may not open so many files, even with its limit raised.
        """
        self._check_running()
        if len(self._book) >= self._room.size:
            running = self._book.running()
            self._room.make(running + 1, held=running)
        slot = self._book.enter(spec, self._clock.now())
        if not self._supervisor.tell(StartChild(spec.name)):
            self._book.strike(slot)
            slot.close()
            raise FleetStopped("the fleet has stopped")

    def stop(self, name: str, timeout: float = 10.0) -> None:
        """Close a connection for good and forget it.

        Args:
            name: which.
            timeout: seconds to wait for its end.

        Raises:
            UnknownConnection: there is none of that name.
            RuntimeError: its own handler asked for it, which could only wait for itself.
            pykka.Timeout: it didn't end in time; it still will.
        """
        self._refuse_own_handler(name)
        future: DispatchedFuture[bool] = DispatchedFuture()
        self._ask(StopChild(name, future=future))
        future.get(timeout=timeout)

    def restart(self, name: str) -> None:
        """Close a connection and dial it again at once.

        Raises:
            UnknownConnection: there is none of that name.
        """
        self._ask(RestartChild(name))

    def resume(self, name: str) -> None:
        """End a connection's quarantine or backoff: it is dialled now, its failures forgotten.

        Raises:
            UnknownConnection: there is none of that name.
        """
        self._ask(ResumeChild(name))

    def reauthenticate(self, name: str) -> None:
        """Log in anew on a connection's open stream; one that isn't ready does so anyway.

        Raises:
            FleetStopped: the fleet isn't running.
            UnknownConnection: there is none of that name.
        """
        self._slot(name).mailbox.tell(RenewLogin())

    def send(self, name: str, payload: object, ttl: float | None = None) -> pykka.Future[Outcome]:
        """Send a message over a connection, as soon as that is ready.

        Args:
            name: which connection.
            payload: str goes as text, bytes as binary, anything else as JSON text.
            ttl: seconds after which it is no longer worth sending; None for never.

        Returns:
            A future of its one outcome.

        Raises:
            FleetStopped: the fleet isn't running.
            UnknownConnection: there is none of that name.
            EncodeError: no frame can carry the payload.
            MailboxFull: too many messages wait already.
            pykka.ActorDeadError: the connection has stopped.
        """
        slot = self._slot(name)
        outcome: DispatchedFuture[Outcome] = DispatchedFuture()
        post(make_parcel(payload, self._clock.now(), ttl, outcome), slot.mailbox, slot.ledger)
        return outcome

    def tell(self, name: str, message: object) -> None:
        """Tell a connection's handler anything; a restart in between doesn't lose it.

        Raises:
            FleetStopped: the fleet isn't running.
            UnknownConnection: there is none of that name.
            MailboxFull: too many messages wait already.
            pykka.ActorDeadError: the connection has stopped.
        """
        self._slot(name).mailbox.put(Envelope(message))

    def ask(self, name: str, message: object, timeout: float | None = None) -> Any:  # noqa: ANN401  # whatever is answered
        """Ask a connection's handler and wait for its answer, over a restart if need be.

        Args:
            name: which connection.
            message: `Status()`, or anything that its handler's `on_receive` understands.
            timeout: seconds to wait, None without end.

        Raises:
            FleetStopped: the fleet isn't running.
            UnknownConnection: there is none of that name.
            NoSpareThread: the answer could never come, since its own handler asked, for instance.
            MailboxFull: too many messages wait already.
            pykka.Timeout: no answer came in time.
            pykka.ActorDeadError: the connection has stopped.
        """
        future: DispatchedFuture[Any] = DispatchedFuture()
        self._slot(name).mailbox.put(Envelope(message, reply_to=future))
        return future.get(timeout=timeout)

    @overload
    def status(self) -> list[ConnectionStatus]: ...

    @overload
    def status(self, name: str) -> ConnectionStatus: ...

    def status(self, name: str | None = None) -> list[ConnectionStatus] | ConnectionStatus:
        """Return what can be known of one connection, or of all; a busy handler doesn't delay it.

        After the fleet's end it tells how each connection was left.

        Raises:
            UnknownConnection: there is none of that name.
        """
        names = () if name is None else (name,)
        if self._running:
            found: list[ConnectionStatus] = self._ask(GetStatus(names))
        else:
            slots = [self._book.named(each) for each in names] or self._book.all()
            found = [slot.status() for slot in slots]
        return found if name is None else found[0]

    def dead_letters(self) -> list[DeadLetter]:
        """Return the messages whose handler crashed, oldest first; the newest 1,000 are kept."""
        letters: list[DeadLetter] = self._ask(GetDeadLetters())
        return letters

    def wait_ready(self, *names: str, timeout: float | None = None) -> None:
        """Wait until connections are ready, all at the same time.

        A quarantined connection is waited for, since `resume` may come from another thread: give
        a timeout where nobody would do so.

        Args:
            names: which; every connection of the fleet when none is named.
            timeout: seconds, None without end.

        Raises:
            NotReady: time was up, or one of them has stopped; the message says which and why.
            UnknownConnection: there is none of that name.
        """
        future: DispatchedFuture[bool] = DispatchedFuture()
        self._ask(AwaitReady(frozenset(names), future))
        try:
            future.get(timeout=timeout)
        except pykka.Timeout:
            self._supervisor.tell(AwaitNoMore(future))
            raise NotReady(self._why_not_ready(names, timeout)) from None

    def _why_not_ready(self, names: tuple[str, ...], timeout: float | None) -> str:
        statuses = [self.status(name) for name in names] if names else self.status()
        missing = [status for status in statuses if status.phase is not Phase.READY]
        told = [
            f"{status.name} is {status.phase}"
            + (f" ({status.cause.detail})" if status.cause else "")
            for status in missing[:NAMED_IN_ERROR]
        ]
        more = f", and {len(missing) - len(told)} more" if len(missing) > len(told) else ""
        return (
            f"{len(missing)} of {len(statuses)} connections weren't ready after {timeout} s: "
            + "; ".join(told)
            + more
        )

    def _stop_children(self, timeout: float) -> None:
        future: DispatchedFuture[bool] = DispatchedFuture()
        self._supervisor.tell(Shutdown(future))
        try:
            future.get(timeout=timeout)
        except pykka.Timeout:
            _log.warning("fleet.stop_timed_out", timeout=timeout)

    def _tell_and_wait(self, mailbox: Mailbox, timeout: float) -> None:
        future: DispatchedFuture[None] = DispatchedFuture()
        try:
            mailbox.put(Envelope(_ActorStop(), reply_to=future))
            future.get(timeout=timeout)
        except (pykka.ActorDeadError, pykka.Timeout):
            _log.warning("fleet.stop_timed_out", timeout=timeout)

    def _ask(self, message: object) -> Any:  # noqa: ANN401  # whatever the supervisor answers
        self._check_running()
        future: DispatchedFuture[Any] = DispatchedFuture()
        try:
            self._supervisor.put(Envelope(message, reply_to=future))
            return future.get()
        except pykka.ActorDeadError:
            raise FleetStopped("the fleet has stopped") from None

    def _check_running(self) -> None:
        if not self._running:
            raise FleetStopped("the fleet isn't running: use it within `with Fleet() as fleet:`")

    def _refuse_own_handler(self, name: str) -> None:
        slot = self._book.find(name)
        actor = None if slot is None else slot.actor
        if actor is not None and actor.runs_here():
            text = f"connection {name!r} can't wait for its own end: use connection.close()"
            raise RuntimeError(text)

    def _slot(self, name: str) -> Slot:
        self._check_running()
        return self._book.named(name)
