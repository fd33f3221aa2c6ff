"""The simulation finds bugs: each of these is planted in a subclass, and found in good time.

The seeds are fixed, so a bug that is found is found in every run.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pytest
from pykka._envelope import Envelope

from holdfast.actors.connection import ConnectionActor
from holdfast.actors.dispatch import Control, Mailbox, Ordered
from holdfast.actors.incarnation.berth import Berth
from holdfast.actors.incarnation.liveness import PONG, STALE
from holdfast.actors.incarnation.login import Login
from holdfast.actors.machine import Machine
from holdfast.actors.messages import Opened
from holdfast.actors.slots.book import Book
from holdfast.actors.slots.ledger import Ledger
from holdfast.actors.slots.outbox import Outbox, Send
from holdfast.actors.slots.slot import Slot
from holdfast.actors.spec import ConnectionSpec
from holdfast.actors.supervision.groups import Groups
from holdfast.actors.supervision.recovery import Recovery
from holdfast.actors.supervision.watchers import Watchers
from holdfast.actors.supervisor import SupervisorActor
from holdfast.actors.timer import TimerFired
from holdfast.handlers import Cause, CauseKind, HostLimits, Reason, Restart
from tests.simulation.admission import Admission
from tests.simulation.walk import walk
from tests.simulation.world import Parts, ViolatedError

STEPS = 40_000
"""Steps within which each has to be found: the rarest shows in one walk of nine."""

STEPS_A_WALK = 1_000


# Mailbox, outbox and ledger.


class SleepyMailbox(Mailbox):
    """Drops a wake-up now and then."""

    __slots__ = ("_told",)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._told = 0

    def tell(self, message: Control | Ordered) -> bool:
        self._told += 1
        owner = self._owner
        if self._told % 20 == 0:
            self._owner = None
        told = super().tell(message)
        self._owner = owner
        return told


class BackwardsMailbox(Mailbox):
    """Puts what is told by name in front."""

    def put(self, envelope: Envelope[Any], /) -> None:
        super().put(envelope)
        if self._data and isinstance(envelope.message, Send):
            self._data.rotate(1)


class ForgetfulLedger(Ledger):
    """Forgets a send that was refused after it had been accepted."""

    def refuse(self, *, accepted: bool = False) -> None:
        if not accepted:
            super().refuse()


class InsistentOutbox(Outbox):
    """Sends again what was half-written when its stream died."""

    def stream_ended(self, total: int, *, torn: int) -> None:
        torn_ones = list(self.flying)[total - self._written :][:torn]
        super().stream_ended(total, torn=torn)
        for parcel in reversed(torn_ones):
            self._ledger.accept()
            self.waiting.appendleft(parcel)


class SlotWith(Book):
    """Enters slots that are made of other parts."""

    mailbox: ClassVar[type[Mailbox]] = Mailbox
    ledger: ClassVar[type[Ledger]] = Ledger
    outbox: ClassVar[type[Outbox]] = Outbox

    def enter(self, spec: ConnectionSpec, now: float, former: Slot | None = None) -> Slot:
        slot = super().enter(spec, now, former)
        limits, discarded = spec.limits, slot.mailbox.on_discard
        slot.ledger = self.ledger()
        slot.outbox = self.outbox(slot.ledger, limits.outbox, limits.window)
        slot.mailbox = self.mailbox(limits.mailbox, limits.overflow, discarded)
        return slot


class SleepyBook(SlotWith):
    mailbox = SleepyMailbox


class BackwardsBook(SlotWith):
    mailbox = BackwardsMailbox


class ForgetfulBook(SlotWith):
    ledger = ForgetfulLedger


class InsistentBook(SlotWith):
    outbox = InsistentOutbox


# The connection.


class Credulous(ConnectionActor):
    """Lets every generation through."""

    def _is_stale(self, generation: int) -> bool:
        del generation
        return False


class Clinging(ConnectionActor):
    """Doesn't drop its stream when it ends."""

    def _leave(self, code: int) -> None:
        del code
        self.timers.cancel_all()


class Hasty(ConnectionActor):
    """Lets its outbox leave before the login is done."""

    def on_receive(self, message: object) -> Any:
        answer = super().on_receive(message)
        if isinstance(message, Opened):
            self.line.open()
        return answer


class Deaf(ConnectionActor):
    """Doesn't mind that nothing is heard after a ping."""

    def on_receive(self, message: object) -> Any:
        late = isinstance(message, TimerFired) and message.key in (PONG, STALE)
        return None if late else super().on_receive(message)


class Wasteful(ConnectionActor):
    """Loses what came in behind the message that crashed the handler."""

    def _keep_unread(self, rest: Sequence[str | bytes]) -> None:
        del rest
        super()._keep_unread(())


class Twice(Login):
    """Renews though an attempt is in flight."""

    def renew(self) -> None:
        self.state = self.state.authenticated()
        super().renew()


class Impatient(ConnectionActor):
    """Has a login that renews though an attempt is in flight."""

    def __init__(self, machine: Machine, berth: Berth) -> None:
        super().__init__(machine, berth)
        if berth.auth is not None:
            self._login = Twice(berth.auth, berth, machine, self)


# The supervisor, and the bound of dials.


def over(kind: type[ConnectionActor]) -> type[SupervisorActor]:
    """Return a supervisor whose incarnations are of this kind."""

    class Rearing(Recovery):
        incarnation = kind

    return supervisor_with(Rearing)


class Mute(Watchers):
    """Tells nobody of what the network does."""

    def down(self, name: str, cause: Cause) -> None:
        if cause.kind is not CauseKind.NETWORK:
            super().down(name, cause)


class MuteSupervisor(SupervisorActor):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._children.watchers = Mute()


def supervisor_with(kind: type[Recovery]) -> type[SupervisorActor]:
    """Return a supervisor that recovers in this way."""

    class Over(SupervisorActor):
        recovery = kind

    return Over


class Merciful(Recovery):
    """Gives a quarantined connection another try by itself."""

    def _quarantine(self, slot: Slot, reason: Reason) -> None:
        super()._quarantine(slot, reason)
        self._children.timers.start(("start", slot.spec.name), 5.0)


class Absent(Recovery):
    """Schedules a retry and forgets its timer."""

    def _restart_later(self, slot: Slot, decision: Restart, reason: Reason) -> None:
        super()._restart_later(slot, decision, reason)
        self._children.timers.cancel(("start", slot.spec.name))


class Hoarding(Recovery):
    """Forgets those that an outage held."""

    def ready(self, slot: Slot) -> None:
        self._dial_followers(slot)
        self.outages.ready(slot.spec.name, self._clock.now())


class Lonely(Groups):
    """Forgets those that come back with a connection."""

    def dissolve(self, first: Slot) -> list[Slot]:
        super().dissolve(first)
        return []


class Generous(Admission):
    """Lets one dial too many begin."""

    def __init__(self, limits: HostLimits, *arguments: Any) -> None:
        super().__init__(replace(limits, dials_at_once=limits.dials_at_once + 1), *arguments)


class Rushing(Admission):
    """Lets dials begin at any pace."""

    def __init__(self, limits: HostLimits, *arguments: Any) -> None:
        super().__init__(replace(limits, dials_per_second=None), *arguments)


@dataclass(frozen=True)
class Planted:
    """A bug, and the invariants of which one at least has to find it."""

    parts: Parts
    found_by: tuple[str, ...]


SOUND = Parts()

BUGS = {
    "drops a wake-up": Planted(replace(SOUND, book=SleepyBook), ("whoever_has_mail_is_awake",)),
    "lets a stale generation through": Planted(
        replace(SOUND, supervisor=over(Credulous)),
        ("nothing_stale_is_believed", "answers_stay_inside"),
    ),
    "forgets a refused send": Planted(replace(SOUND, book=ForgetfulBook), ("ledger_adds_up",)),
    "takes sends backwards": Planted(
        replace(SOUND, book=BackwardsBook), ("sends_keep_their_order", "received_in_order")
    ),
    "sends twice what was torn": Planted(
        replace(SOUND, book=InsistentBook), ("ledger_adds_up", "outcomes_are_true")
    ),
    "clings to its stream": Planted(
        replace(SOUND, supervisor=over(Clinging)), ("one_live_stream", "ledger_adds_up")
    ),
    "sends before its login": Planted(
        replace(SOUND, supervisor=over(Hasty)), ("login_then_subscriptions_then_sends",)
    ),
    "is deaf to silence": Planted(
        replace(SOUND, supervisor=over(Deaf)), ("comes_back_when_faults_end",)
    ),
    "loses what lies behind a crash": Planted(
        replace(SOUND, supervisor=over(Wasteful)), ("received_in_order", "nothing_received_is_lost")
    ),
    "logs in while it logs in": Planted(
        replace(SOUND, supervisor=over(Impatient)), ("one_login_in_flight",)
    ),
    "lets the quarantined out": Planted(
        replace(SOUND, supervisor=supervisor_with(Merciful)), ("quarantined_stays_down",)
    ),
    "forgets to retry": Planted(
        replace(SOUND, supervisor=supervisor_with(Absent)), ("retries_happen_in_their_time",)
    ),
    "forgets whom an outage held": Planted(
        replace(SOUND, supervisor=supervisor_with(Hoarding)),
        ("comes_back_when_faults_end", "who_is_held_will_be_woken"),
    ),
    "forgets who comes along": Planted(
        replace(SOUND, groups=Lonely),
        ("comes_back_when_faults_end", "who_is_held_will_be_woken"),
    ),
    "keeps a down from who watches": Planted(
        replace(SOUND, supervisor=MuteSupervisor), ("watchers_know",)
    ),
    "dials at any pace": Planted(replace(SOUND, admission=Rushing), ("dials_within_bounds",)),
    "dials too many at once": Planted(replace(SOUND, admission=Generous), ("dials_within_bounds",)),
}


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_found_in_good_time(bug: str) -> None:
    planted = BUGS[bug]
    found = next(violations_of(planted.parts), None)
    assert found is not None, f"{STEPS} steps and nothing found"
    assert {each.partition(":")[0] for each in found} & set(planted.found_by), found


def violations_of(parts: Parts) -> Iterator[list[str]]:
    """Yield what walks find, as long as they are within that many steps."""
    seed = steps = 0
    while steps < STEPS:
        try:
            steps += walk(seed, STEPS_A_WALK, parts).steps
        except ViolatedError as error:
            yield error.found
        seed += 1
