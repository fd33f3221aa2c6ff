"""What a fleet tells of its connections; it changes nothing."""

from collections.abc import Iterable
from typing import Any, Final, overload

import pykka
from pykka._envelope import Envelope

from holdfast.actors.dispatch import DispatchedFuture
from holdfast.actors.errors import ConnectionStopping, FleetStopped, NotReady
from holdfast.actors.hosts import HostStatus, host_statuses
from holdfast.actors.machine import Machine
from holdfast.actors.messages import GetLoads
from holdfast.actors.requests import (
    AwaitNoMore,
    AwaitReady,
    GetDeadLetters,
    GetHistory,
    GetHosts,
    GetStatus,
    Subscribe,
    Unsubscribe,
    Unwatch,
    Watch,
)
from holdfast.actors.slots.book import Book
from holdfast.actors.slots.dead_letter import DeadLetter
from holdfast.actors.spec import ConnectionSpec
from holdfast.actors.status import ConnectionStatus
from holdfast.handlers import Phase, Transition
from holdfast.handlers.story import Situation, tell_story

__all__ = ["Inspection"]

NAMED_IN_ERROR: Final = 5

Ref = pykka.ActorRef[Any]


class Inspection:
    """The questions that a fleet answers, and whoever watches it.

    Args:
        machine: where the actors are that answer.
        book: the slots of the fleet, for when they have stopped.
    """

    def __init__(self, machine: Machine, book: Book) -> None:
        self._machine = machine
        self._supervisor = machine.supervisor
        self._book = book
        self._opened = self._running = False

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
        found: list[ConnectionStatus]
        found = self._ask(GetStatus(names)) if self._running else self.look(names)
        return found if name is None else found[0]

    def look(self, names: Iterable[str] = ()) -> list[ConnectionStatus]:
        """Return what `status` does without asking anybody: it never waits, whatever is held up.

        Args:
            names: which connections; all of the fleet when none is named.

        Raises:
            UnknownConnection: there is none of that name.
        """
        moment = self._machine.dispatcher.clock.moment()
        slots = [self._book.named(name) for name in names] or self._book.all()
        logins = self._machine.logins
        return [slot.status(moment, login_waits=logins.holds(slot.stream)) for slot in slots]

    def specs(self) -> list[ConnectionSpec]:
        """Return what each connection of the fleet should be, in the order of their start."""
        return [slot.spec for slot in sorted(self._book.all(), key=lambda slot: slot.rank)]

    def history(self, name: str) -> list[Transition]:
        """Return the last 256 steps of a connection's life, oldest first, each with its reason.

        Raises:
            UnknownConnection: there is none of that name.
        """
        if not self._running:
            return self.recall(name)
        steps: list[Transition] = self._ask(GetHistory(name))
        return steps

    def recall(self, name: str) -> list[Transition]:
        """Return what `history` does without asking anybody: it never waits.

        Raises:
            UnknownConnection: there is none of that name.
        """
        return list(self._book.named(name).life)

    def explain(self, name: str) -> str:
        """Return the story of a connection: what it is, why, what comes next, what happened.

        It never waits, whatever is held up.

        Raises:
            UnknownConnection: there is none of that name.
        """
        (status,), steps = self.look([name]), self.recall(name)
        now = self._machine.dispatcher.clock.moment()
        situation = Situation(
            name=name,
            phase=status.phase,
            since=now.unix - (now.monotonic - status.since),
            now=now.unix,
            cause=status.cause,
            rule=status.rule,
            retry_in=None if status.retry_at is None else status.retry_at - now.monotonic,
            waits_for=status.waits_for,
        )
        return tell_story(situation, steps)

    def hosts(self, timeout: float | None = None) -> list[HostStatus]:
        """Return what each host has to bear of the fleet, and whether it is out.

        Args:
            timeout: seconds for each of the two actors that know it; None without end.

        Raises:
            FleetStopped: the fleet isn't running.
            pykka.Timeout: they didn't answer in time.
        """
        return host_statuses(
            self._ask(GetHosts(), timeout),
            self._ask_socket(GetLoads(), timeout),
            self._machine.logins.lines(),
        )

    def dead_letters(self) -> list[DeadLetter]:
        """Return the messages whose handler crashed, oldest first; the newest 1,000 are kept."""
        if not self._running:
            return self._book.dead_letters.all()
        letters: list[DeadLetter] = self._ask(GetDeadLetters())
        return letters

    def watch(self, name: str, ref: Ref) -> None:
        """Have an actor told `Up` and `Down` of a connection from now on, and how it is now.

        Args:
            name: of the connection.
            ref: any pykka actor.

        Raises:
            FleetStopped: the fleet isn't running.
            TypeError: that is no ActorRef; a proxy isn't one.
            UnknownConnection: there is none of that name.
        """
        _check_ref(ref)
        self._ask(Watch(name, ref))

    def unwatch(self, name: str, ref: Ref) -> None:
        """Have an actor told no more of a connection.

        Raises:
            FleetStopped: the fleet isn't running.
        """
        self._ask(Unwatch(name, ref))

    def subscribe(self, ref: Ref) -> None:
        """Have an actor told every `Transition` of every connection from now on.

        Args:
            ref: any pykka actor; it is forgotten when it has stopped.

        Raises:
            FleetStopped: the fleet isn't running.
        """
        _check_ref(ref)
        self._ask(Subscribe(ref))

    def unsubscribe(self, ref: Ref) -> None:
        """Have an actor told no more transitions.

        Raises:
            FleetStopped: the fleet isn't running.
        """
        self._ask(Unsubscribe(ref))

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

    def _ask(self, message: object, timeout: float | None = None) -> Any:  # noqa: ANN401  # whatever the supervisor answers
        return self._await(self._begin(message), timeout)

    def _begin(self, message: object) -> DispatchedFuture[Any]:
        """Put a question to the supervisor; whoever waits for the answer does so later."""
        self._check_running()
        future: DispatchedFuture[Any] = DispatchedFuture()
        try:
            self._supervisor.put(Envelope(message, reply_to=future))
        except pykka.ActorDeadError:
            raise FleetStopped("the fleet has stopped") from None
        return future

    def _await(self, asked: DispatchedFuture[Any], timeout: float | None) -> Any:  # noqa: ANN401  # whatever the supervisor answers
        try:
            return asked.get(timeout=timeout)
        except ConnectionStopping:
            raise
        except pykka.ActorDeadError:
            raise FleetStopped("the fleet has stopped") from None

    def _check_running(self) -> None:
        if self._running:
            return
        if self._opened:
            raise FleetStopped("the fleet isn't running any more: it is stopping, or has stopped")
        raise FleetStopped("the fleet isn't running: use it within `with Fleet() as fleet:`")

    def _ask_socket(self, message: object, timeout: float | None) -> Any:  # noqa: ANN401  # whatever it answers
        future: DispatchedFuture[Any] = DispatchedFuture()
        try:
            self._machine.socket.put(Envelope(message, reply_to=future))
            return future.get(timeout=timeout)
        except pykka.ActorDeadError:
            raise FleetStopped("the fleet's machine has stopped") from None


def _check_ref(ref: object) -> None:
    if not isinstance(ref, pykka.ActorRef):
        raise TypeError(f"an ActorRef is told, not a {type(ref).__name__}: give the actor's ref")
