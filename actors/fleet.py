"""The fleet: what a program holds to run, reach and stop its connections."""

import random
import threading
import time
from collections.abc import Iterable
from functools import partial
from math import inf
from types import TracebackType
from typing import Any, Self

import pykka
from pykka._envelope import Envelope

from holdfast.actors.clock import Clock, MonotonicClock
from holdfast.actors.closing import Closing
from holdfast.actors.dispatch import DispatchedFuture, Dispatcher, Mailbox
from holdfast.actors.errors import FleetStopped
from holdfast.actors.inspection import Inspection
from holdfast.actors.login_gate import LoginGate
from holdfast.actors.logs import get_logger
from holdfast.actors.machine import Machine
from holdfast.actors.messages import RenewLogin
from holdfast.actors.open_files import Room
from holdfast.actors.requests import (
    NewCredentials,
    NewSpec,
    RestartChild,
    ResumeChild,
    StartChild,
    StopChild,
)
from holdfast.actors.slots.book import Book
from holdfast.actors.slots.ledger import Outcome
from holdfast.actors.slots.outbox import make_parcel, post
from holdfast.actors.slots.slot import Slot
from holdfast.actors.spec import ConnectionSpec
from holdfast.actors.supervision.groups import Groups
from holdfast.actors.supervision.staff import Staff, makers_of
from holdfast.actors.supervisor import SupervisorActor
from holdfast.actors.wire.resolver import Resolver
from holdfast.handlers import AuthHandler, Governor, Group

__all__ = ["Fleet"]

_log = get_logger()


class Fleet(Inspection):
    """Many supervised connections on a few threads.

        with Fleet() as fleet:
            fleet.connect("prices", "wss://…", handler=Prices)
            fleet.wait_ready(timeout=10)

    Its methods may be called from any thread, handlers included.

    Args:
        groups: connections that share a fate, by the name that their specs give.
        governor: how much a host bears, and what counts as its outage.
        clock: the time; a `holdfast.testing.ManualClock` lets a test turn it.
        max_threads: the most threads that run actors; each handler that blocks holds one.
        seed: makes jitter repeatable; None for real randomness.
    """

    def __init__(
        self,
        *,
        groups: Iterable[Group] = (),
        governor: Governor | None = None,
        clock: Clock | None = None,
        max_threads: int = 16,
        seed: int | None = None,
    ) -> None:
        self._clock = clock or MonotonicClock()
        self._dispatcher = Dispatcher(self._clock, max_threads=max_threads)
        source = random.Random(seed)  # noqa: S311  # jitter, not a secret
        book = Book(source)
        self._room = Room()
        self._state_lock = threading.Lock()
        resolver = Resolver()
        self._groups = Groups(groups, book)
        machine = Machine(
            dispatcher=self._dispatcher,
            socket=Mailbox(),
            timer=Mailbox(),
            supervisor=Mailbox(),
            governor=governor or Governor(),
            logins=LoginGate(governor),
        )
        super().__init__(machine, book)
        self._staff = Staff(makers_of(machine, resolver), self._clock)
        self._closing = Closing(machine, book, resolver)
        self._supervisor_actor = SupervisorActor(machine, book, source, self._groups, self._staff)

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
            if self._opened or self._dispatcher.stopped:
                raise FleetStopped("a fleet starts once: make a new one")
            self._opened = self._running = True
        self._dispatcher.start()
        self._staff.launch()
        self._supervisor_actor.launch()
        _log.info("fleet.started")

    def close(self, timeout: float = 10.0) -> None:
        """Write what was accepted, say goodbye on every connection, and join every thread.

        Nothing new is taken from here on. A connection that is ready has `Timeouts.flush` to write
        what it has accepted, then `Timeouts.close` for the server's answer to our close frame;
        where both don't fit into the timeout, they are shortened in proportion.

        A call while another one is at work waits for that one's end. An exception that comes
        meanwhile, such as `KeyboardInterrupt`, aborts what is left, and goes on after that.

        Args:
            timeout: seconds for all of it; what has not ended by then is aborted.

        Raises:
            RuntimeError: a handler of this fleet asked for it, which could only wait for itself.
        """
        self._refuse_own_thread()
        with self._state_lock:
            if not self._opened:
                self._dispatcher.stop(0.0)
                return
            begins, self._running = self._running, False
        if begins:
            self._closing.run(timeout)
        else:
            self._closing.wait(timeout)

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
            UnknownGroup: the fleet has no group of the name that the spec gives.
        """
        self._check_running()
        if self._staff.gone:
            raise FleetStopped("the machine has crashed too often: make a new fleet")
        self._groups.check(spec.group)
        if len(self._book) >= self._room.size:
            running = self._book.running()
            self._room.make(running + 1, held=running)
        slot = self._book.enter(spec, self._clock.now())
        if not self._supervisor.tell(StartChild(spec.name)):
            self._book.strike(slot)
            slot.close()
            raise FleetStopped("the fleet has stopped")

    def stop(self, name: str, timeout: float = 10.0) -> None:
        """Close a connection for good, once what it has accepted is written, and forget it.

        Args:
            name: which.
            timeout: seconds to wait for its end.

        Raises:
            UnknownConnection: there is none of that name.
            RuntimeError: its own handler asked for it, which could only wait for itself.
            pykka.Timeout: it didn't end in time; it still will.
        """
        self._refuse_own_handler(name)
        self.begin_stop(name).get(timeout=timeout)

    def begin_stop(self, name: str) -> pykka.Future[bool]:
        """Begin to stop a connection as `stop` does, without waiting for anything.

        Returns:
            A future that is answered when it is gone.

        Raises:
            FleetStopped: the fleet isn't running.
            UnknownConnection: there is none of that name; the future raises it too.
        """
        self._slot(name)
        gone: DispatchedFuture[bool] = DispatchedFuture()
        begun = self._begin(StopChild(name, future=gone))
        both: DispatchedFuture[bool] = DispatchedFuture()
        both.set_get_hook(partial(self._see_off, begun, gone))
        return both

    def reconfigure(self, spec: ConnectionSpec) -> None:
        """Have the connection of a spec's name be what the spec says, on a new stream.

        It keeps its messages, its counts and its history, and with equal credentials its token,
        which no other host is shown. One that is down is dialled at once, and one that has stopped
        is started again.

        Raises:
            ConnectionStopping: it was told to stop for good.
            FleetStopped: the fleet isn't running, or its machine has given up.
            UnknownConnection: there is none of that name.
            UnknownGroup: the fleet has no group of the name that the spec gives.
        """
        self._groups.check(spec.group)
        self._ask(NewSpec(spec))

    def restart(self, name: str) -> None:
        """Close a connection and dial it again at once.

        Raises:
            ConnectionStopping: it was told to stop for good.
            FleetStopped: the fleet isn't running, or its machine has given up.
            UnknownConnection: there is none of that name.
        """
        self._ask(RestartChild(name))

    def begin_restart(self, name: str) -> pykka.Future[None]:
        """Begin to restart a connection as `restart` does: many at once wait but once.

        Returns:
            A future that is answered when it is under way; it raises what `restart` does.

        Raises:
            FleetStopped: the fleet isn't running.
        """
        return self._begin(RestartChild(name))

    def resume(self, name: str) -> None:
        """End a connection's quarantine or backoff: it is dialled now, its failures forgotten.

        One that is in neither is left as it is.

        Raises:
            FleetStopped: the fleet isn't running, or its machine has given up.
            UnknownConnection: there is none of that name.
        """
        self._ask(ResumeChild(name))

    def begin_resume(self, name: str) -> pykka.Future[None]:
        """Begin to resume a connection as `resume` does: many at once wait but once.

        Returns:
            A future that is answered when it is under way; it raises what `resume` does.

        Raises:
            FleetStopped: the fleet isn't running.
        """
        return self._begin(ResumeChild(name))

    def reauthenticate(self, name: str, auth: AuthHandler | None = None) -> None:
        """Log in anew.

        With the credentials that it has, on the open stream; a connection that isn't ready does so
        anyway. With new ones, on a new stream, since services tie a session to its credentials;
        they end a quarantine.

        Args:
            name: which connection.
            auth: its auth handler from now on.

        Raises:
            ConnectionStopping: it was told to stop for good.
            FleetStopped: the fleet isn't running, or its machine has given up.
            UnknownConnection: there is none of that name.
        """
        slot = self._slot(name)
        if auth is None:
            if slot.ready:
                slot.mailbox.tell(RenewLogin())
        else:
            self._ask(NewCredentials(name, auth))

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
            ConnectionStopping: the connection was told to stop for good.
            pykka.ActorDeadError: it has stopped; `ConnectionStopping` is one of these.
        """
        slot = self._slot(name)
        outcome: DispatchedFuture[Outcome] = DispatchedFuture()
        outcome.asked = slot.mailbox
        post(make_parcel(payload, self._clock.now(), ttl, outcome), slot.mailbox, slot.outbox)
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
            NoSpareThread: the answer could never come: its own handler asks, or a circle of them.
            MailboxFull: too many messages wait already.
            pykka.Timeout: no answer came in time.
            pykka.ActorDeadError: the connection has stopped.
        """
        future: DispatchedFuture[Any] = DispatchedFuture()
        self._slot(name).mailbox.put(Envelope(message, reply_to=future))
        return future.get(timeout=timeout)

    def _refuse_own_thread(self) -> None:
        if self._dispatcher.runs_here():
            raise RuntimeError(
                "a handler can't wait for the end of its own fleet: have another thread call "
                "close(), such as the one that opened it; connection.close() ends one connection"
            )

    def _refuse_own_handler(self, name: str) -> None:
        slot = self._book.find(name)
        actor = None if slot is None else slot.actor
        if actor is not None and actor.runs_here():
            text = f"connection {name!r} can't wait for its own end: use connection.close()"
            raise RuntimeError(text)

    def _slot(self, name: str) -> Slot:
        self._check_running()
        return self._book.named(name)

    def _see_off(
        self, begun: DispatchedFuture[Any], gone: pykka.Future[bool], timeout: float | None
    ) -> bool:
        deadline = inf if timeout is None else time.monotonic() + timeout
        self._await(begun, timeout)
        return gone.get(timeout=None if timeout is None else max(0.0, deadline - time.monotonic()))
