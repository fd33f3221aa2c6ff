"""The simulated world: the machine as `holdfast.actors.fleet` builds it, and everything around it.

The supervisor, the connections, the timer actor, mailboxes, outboxes and ledgers are the real
ones. The dispatcher is the seeded `Scheduler`, the socket actor is the simulated `Wire`, the time
is a `ManualClock`, and every draw comes from one `random.Random`. So one seed and the same deeds
make the same world again, step by step.

A step is one turn of one actor, one happening on the network, or one deed done from outside.
"""

import random
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self

import pykka
from pykka._envelope import Envelope

from holdfast.actors import MailboxFull
from holdfast.actors.dispatch import DispatchedActor, DispatchedFuture, Mailbox
from holdfast.actors.login_gate import LoginGate
from holdfast.actors.logs import add_sink
from holdfast.actors.machine import Machine
from holdfast.actors.messages import RenewLogin
from holdfast.actors.requests import (
    NewCredentials,
    NewSpec,
    RestartChild,
    ResumeChild,
    Shutdown,
    StartChild,
    StopChild,
    Watch,
)
from holdfast.actors.slots.book import Book
from holdfast.actors.slots.ledger import Counts, Outcome
from holdfast.actors.slots.outbox import make_parcel, post, waiting
from holdfast.actors.slots.slot import Slot
from holdfast.actors.supervision.groups import Groups
from holdfast.actors.supervision.staff import Maker, Staff
from holdfast.actors.supervisor import SupervisorActor
from holdfast.actors.timer import StartTimer, TimerActor
from holdfast.handlers import ConnectionHandler, Phase, TokenAuth
from holdfast.testing import ManualClock
from tests.simulation.account import Account
from tests.simulation.admission import Admission
from tests.simulation.handler import Mood, Order, Scribe
from tests.simulation.network import Network
from tests.simulation.onlooker import Onlooker
from tests.simulation.register import Register
from tests.simulation.scheduler import Scheduler
from tests.simulation.server import Server
from tests.simulation.specs import GOVERNOR, GROUPS, NAMES, make_specs
from tests.simulation.wire import Wire

__all__ = ["Parts", "ViolatedError", "World"]

MOST_STEPS_TO_REST = 5_000
"""Steps without time passing after which the world counts as one that never comes to rest."""

TOLD = 40
"""Lines of the trace that a violation shows."""


@dataclass(frozen=True)
class Parts:
    """What the world is built of; a test that plants a bug replaces one."""

    scheduler: type[Scheduler] = Scheduler
    book: type[Book] = Book
    supervisor: type[SupervisorActor] = SupervisorActor
    admission: type[Admission] = Admission
    groups: type[Groups] = Groups


class ViolatedError(AssertionError):
    """An invariant didn't hold.

    Args:
        found: what was found, a line each, which begins with the invariant's name.
        world: in which.
    """

    def __init__(self, found: Sequence[str], world: "World") -> None:
        self.found = list(found)
        told = "\n  ".join(world.trace[-TOLD:])
        super().__init__(
            f"step {world.steps} of seed {world.seed}: {'; '.join(found)}\n"
            f"the last of the trace:\n  {told}"
        )


class World:
    """One machine, its user and its servers; used within `with`.

    Args:
        seed: of all draws.
        parts: what it is built of.
    """

    def __init__(self, seed: int, parts: Parts | None = None) -> None:
        parts = parts or Parts()
        self.seed = seed
        self.steps = 0
        self.trace: list[str] = []
        self.problems: list[str] = []
        """What the machine's own actors stumbled over."""
        self.register = Register()
        self.slots = self.register.slots
        """Every slot that ever was, by its number."""
        self.accounts = self.register.accounts
        self.held: dict[int, int] = {}
        """Quarantined slots and their incarnations, unless somebody has asked for a change."""
        self.moods = {name: Mood() for name in NAMES}
        self.chance = random.Random(seed)
        self.clock = ManualClock()
        self.scheduler = parts.scheduler(self.clock, self.chance)
        self.network = Network(self.clock, self.chance)
        self.book = parts.book(self.chance)
        self._asked: list[tuple[str, DispatchedFuture[Any]]] = []
        self._admission = parts.admission
        self._build(parts)
        self.specs = make_specs(self._make_handler)

    def _build(self, parts: Parts) -> None:
        self.servers = {name: Server() for name in NAMES}
        machine = self.machine = Machine(
            dispatcher=self.scheduler.as_dispatcher(),
            socket=Mailbox(),
            timer=Mailbox(),
            supervisor=Mailbox(),
            governor=GOVERNOR,
            logins=LoginGate(GOVERNOR),
        )
        makers: dict[str, Maker] = {
            "timer": (machine.timer, self._make_timer),
            "socket": (machine.socket, self._make_wire),
        }
        self._staff = Staff(makers, self.clock, intensity=sys.maxsize)
        groups = parts.groups(GROUPS, self.book)
        self.onlooker = Onlooker(machine.dispatcher)
        self.supervisor = parts.supervisor(machine, self.book, self.chance, groups, self._staff)

    def _make_timer(self) -> TimerActor:
        machine = self.machine
        self.timer = TimerActor(machine.dispatcher, machine.timer, machine.supervisor)
        return self.timer

    def _make_wire(self) -> Wire:
        self.wire = Wire(self.machine, self.network, self._admission, self.register, self.servers)
        return self.wire

    def __enter__(self) -> Self:
        """Start the machine's actors."""
        self._remove_sink = add_sink(self._note_problem, "error")
        self._staff.launch()
        self.supervisor.launch()
        self.onlooker.launch()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let go of what reaches beyond this world: log sinks and hidden credentials."""
        self._remove_sink()
        for slot in self.slots.values():
            slot.close()

    # What a user does.

    def start(self, name: str) -> None:
        """Add a connection, unless it is there."""
        slot = self.book.find(name)
        if slot is None or slot.phase is Phase.STOPPED:
            self.register.add(self.book.enter(self.specs[name], self.clock.now()))
            self.supervisor.mailbox.tell(StartChild(name))
            self.supervisor.mailbox.tell(Watch(name, self.onlooker.actor_ref))

    def stop(self, name: str) -> None:
        """Stop a connection for good."""
        self._ask(name, StopChild(name, future=DispatchedFuture()))

    def restart(self, name: str) -> None:
        """Close a connection and dial it again."""
        self._ask(name, RestartChild(name))

    def resume(self, name: str) -> None:
        """End a quarantine or a backoff."""
        self._ask(name, ResumeChild(name))

    def reauthenticate(self, name: str) -> None:
        """Log in anew on the open stream."""
        slot = self.book.find(name)
        if slot is not None:
            slot.mailbox.tell(RenewLogin())

    def give_credentials(self, name: str) -> None:
        """Give a connection new credentials."""
        self._ask(name, NewCredentials(name, TokenAuth("made-up-again")))

    def reconfigure(self, name: str, **changes: Any) -> None:  # noqa: ANN401  # of any field
        """Have a connection be something else, in some fields of its spec."""
        slot = self.book.find(name)
        if slot is not None:
            self._ask(name, NewSpec(replace(slot.spec, **changes)))

    def send(self, name: str, ttl: float | None = None) -> None:
        """Send a numbered message."""
        slot = self.book.find(name)
        if slot is None:
            return
        account = self.account_of(slot)
        account.attempts += 1
        message = f"out:{account.number()}"
        outcome: DispatchedFuture[Outcome] = DispatchedFuture()
        parcel = make_parcel(message, self.clock.now(), ttl, outcome)
        with suppress(MailboxFull, pykka.ActorDeadError):
            post(parcel, slot.mailbox, slot.outbox)
            account.pending[message] = outcome

    def tell(self, name: str, word: str = "") -> None:
        """Tell the handler something by the connection's name."""
        slot = self.book.find(name)
        if slot is None:
            return
        account = self.account_of(slot)
        number = account.number()
        with suppress(MailboxFull, pykka.ActorDeadError):
            slot.mailbox.put(Envelope(Order(number, word)))
            account.told.append(number)

    def shut_down(self) -> DispatchedFuture[bool]:
        """Stop every connection; the future tells when none is left."""
        future: DispatchedFuture[bool] = DispatchedFuture()
        for name in NAMES:
            self._release(name, future)
        self.supervisor.mailbox.tell(Shutdown(future))
        return future

    def crash_the_timer(self) -> None:
        """Have the timer actor crash, by a message that it can't bear."""
        unhashable: Any = []
        now, owner = self.clock.now(), self.machine.supervisor
        self.machine.timer.tell(StartTimer(owner, "bad", now, unhashable))

    # Steps.

    def do(self, deed: str, act: Callable[[], None]) -> None:
        """Do something from outside, as one step."""
        act()
        self._stepped(f"* {deed}")

    def step(self) -> bool:
        """Let one thing happen; return whether there was one."""
        kinds: list[Callable[[], str]] = []
        if self.scheduler.ready:
            kinds += [self._turn, self._turn]
        if self.network.due:
            kinds.append(self._happening)
        if self.scheduler.alarm <= self.clock.now():
            kinds.append(self._alarm)
        if not kinds:
            return False
        self._stepped(self.chance.choice(kinds)())
        return True

    def run(self, steps: int) -> None:
        """Let so many things happen, or fewer if nothing is left to happen now."""
        for _ in range(steps):
            if not self.step():
                return

    def rest(self) -> None:
        """Let everything happen that can without time passing."""
        for _ in range(MOST_STEPS_TO_REST):
            if not self.step():
                self._look(at_rest=True)
                return
        raise ViolatedError(["comes_to_rest: steps without end"], self)

    def advance(self, seconds: float) -> None:
        """Let time pass: each thing happens at its time, and all that follows from it."""
        until = self.clock.now() + seconds
        self.rest()
        while (at := min(self.scheduler.alarm, self.network.next_at)) <= until:
            self.clock.advance(at - self.clock.now())
            self.rest()
        self.clock.advance(max(0.0, until - self.clock.now()))

    def jump(self, seconds: float) -> None:
        """Turn the clock while everybody sleeps, as when the machine is suspended."""
        self.clock.advance(seconds)

    def complaints(self, *, at_rest: bool) -> Sequence[str]:
        """Return what is wrong after a step; nothing here, see `tests.simulation.watched`.

        Args:
            at_rest: nothing is left to happen without time passing.
        """
        del at_rest
        return ()

    # What it knows.

    def account_of(self, slot: Slot) -> Account:
        """Return the account of a slot."""
        return self.accounts[slot.number]

    def counts_of(self, slot: Slot) -> Counts:
        """Return a slot's counts; its status has more to it, and takes twice as long."""
        return slot.ledger.counts(waiting(slot.outbox, slot.mailbox))

    def actors(self) -> list[DispatchedActor]:
        """Return every actor that is to run."""
        running = [slot.actor for slot in self.slots.values() if slot.actor is not None]
        return [self.timer, self.wire, self.supervisor, self.onlooker, *running]

    def settled_asks(self) -> set[str]:
        """Return the connections whose quarantine somebody has asked to end, until it is seen."""
        asked = {name for name, _ in self._asked}
        self._asked = [(name, future) for name, future in self._asked if not future.done()]
        return asked

    def fingerprint(self) -> tuple[object, ...]:
        """Return all that was seen, sent and decided: equal for equal worlds."""
        first = min(self.accounts, default=0)
        told = [
            (
                number - first,
                account.written,
                account.got,
                account.seen,
                account.heard,
                account.ended,
            )
            for number, account in self.accounts.items()
        ]
        slots = [
            (slot.phase, slot.incarnation, slot.cause, self.counts_of(slot))
            for slot in self.slots.values()
        ]
        return self.clock.now(), self.steps, told, slots

    def _turn(self) -> str:
        turn = self.scheduler.draw()
        self.scheduler.run(turn)
        spec = getattr(turn, "spec", None)
        return f"{type(turn).__name__} {spec.name if spec else ''}"

    def _happening(self) -> str:
        self.network.happen()
        return "network"

    def _alarm(self) -> str:
        self.scheduler.ring()
        return "alarm"

    def _stepped(self, what: str) -> None:
        self.steps += 1
        for slot in self.book.all():
            self.register.add(slot)
        phases = " ".join(
            f"{slot.spec.name}={slot.phase}/{slot.incarnation}" for slot in self.book.all()
        )
        self.trace.append(f"{self.clock.now():.3f} {what} [{phases}]")
        self._look(at_rest=False)

    def _look(self, *, at_rest: bool) -> None:
        found = self.complaints(at_rest=at_rest)
        if found:
            raise ViolatedError(found, self)

    def _make_handler(self, name: str) -> ConnectionHandler:
        slot = self.book.named(name)
        self.register.add(slot)
        return Scribe(self.account_of(slot), self.moods[name])

    def _ask(self, name: str, message: object) -> None:
        future: DispatchedFuture[Any] = DispatchedFuture()
        self.supervisor.mailbox.put(Envelope(message, reply_to=future))
        self._release(name, future)

    def _release(self, name: str, future: DispatchedFuture[Any]) -> None:
        self._asked.append((name, future))

    def _note_problem(self, event: dict[str, object]) -> None:
        if event["event"] == "actor.hook_failed":
            self.problems.append(str(event))
