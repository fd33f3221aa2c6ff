"""What must hold after every step, whatever was done: each invariant is a function of the world.

An invariant yields one line for each violation, and nothing while it holds. To add one, write a
function and name it in `INVARIANTS`, or in `AT_REST` if it holds only once nothing is left to
happen at this moment.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from holdfast.actors.slots.ledger import Outcome
from holdfast.handlers import CauseKind, Phase
from tests.simulation.specs import LIMITS, NAMES
from tests.simulation.world import World

__all__ = ["AT_REST", "INVARIANTS", "violations"]

Invariant: TypeAlias = Callable[[World], Iterator[str]]

NEVER_WRITTEN = frozenset({Outcome.EXPIRED, Outcome.DROPPED, Outcome.REFUSED})


def violations(world: World, invariants: Sequence[Invariant]) -> list[str]:
    """Return a line for each violation, each beginning with the invariant's name."""
    found = [f"{each.__name__}: {what}" for each in invariants for what in each(world)]
    noted = [
        f"{name}: {what}" for account in world.accounts.values() for name, what in account.breaches
    ]
    return found + noted


def one_live_stream(world: World) -> Iterator[str]:
    """A connection has at most one stream or dial, counted where they live."""
    for name in NAMES:
        lines = world.wire.lines_of(name)
        if lines > 1:
            yield f"{name} has {lines}"


def ledger_adds_up(world: World) -> Iterator[str]:
    """Every accepted message is sent, expired, dropped, unknown or waiting; all were counted."""
    for number, slot in world.slots.items():
        if number in world.register.succeeded:
            continue
        counts, account = world.counts_of(slot), world.accounts[number]
        if not counts.balanced:
            yield f"{account.name}: {counts}"
        if counts.accepted + counts.refused != account.attempts:
            yield f"{account.name}: {account.attempts} were tried, but {counts}"


def outcomes_are_true(world: World) -> Iterator[str]:
    """What is told as sent was taken by the kernel; what is told as not sent never was."""
    for account in world.accounts.values():
        for message in account.learn_outcomes():
            outcome, written = account.ended[message], message in account.written
            if outcome is Outcome.SENT and not written:
                yield f"{account.name}: {message} is told as sent"
            if outcome in NEVER_WRITTEN and written:
                yield f"{account.name}: {message} was written, but {outcome}"


def sends_keep_their_order(world: World) -> Iterator[str]:
    """The kernel takes messages in the order of their sends, and each at most once."""
    for account in world.accounts.values():
        for before, after in account.fresh_pairs("written"):
            yield f"{account.name}: {after} was written after {before}"


def received_in_order(world: World) -> Iterator[str]:
    """Handlers are given what was pushed in its order, at most once and without a gap."""
    for account in world.accounts.values():
        for before, after in account.fresh_pairs("seen"):
            yield f"{account.name}: {after} was seen after {before}"
        yield from account.gaps()


def told_in_order(world: World) -> Iterator[str]:
    """Handlers hear what they are told by name in its order, and each at most once."""
    for account in world.accounts.values():
        for before, after in account.fresh_pairs("heard"):
            yield f"{account.name}: {after} was heard after {before}"


def dials_within_bounds(world: World) -> Iterator[str]:
    """No more dials to one host are under way than its bound, and they keep their pace."""
    for host, number in world.wire.dialer.by_host().items():
        if number > LIMITS.dials_at_once:
            yield f"{number} dials to {host}"
    for host, times in world.wire.dialer.dialled.items():
        if not _even(times, LIMITS.dials_per_second):
            yield f"dials to {host} at {times[-2:]}"


def logins_keep_their_pace(world: World) -> Iterator[str]:
    """No more logins and renewals go to one host than it bears in a second."""
    for host, times in world.wire.logins.items():
        if not _even(times, LIMITS.logins_per_second):
            yield f"logins to {host} at {times[-2:]}"


def _even(times: Sequence[float], rate: float | None) -> bool:
    """Tell whether the last two of these keep a pace; the ones before were looked at before."""
    return rate is None or len(times) < 2 or times[-1] - times[-2] >= 1 / rate - 1e-6  # noqa: PLR2004  # two


def quarantined_stays_down(world: World) -> Iterator[str]:
    """A quarantined connection makes no attempt until somebody asks for it."""
    released = world.settled_asks()
    for number, slot in world.slots.items():
        name = slot.spec.name
        if name in released:
            world.held.pop(number, None)
        elif number in world.held:
            if (slot.phase, slot.incarnation) != (Phase.QUARANTINED, world.held[number]):
                yield f"{name} is {slot.phase}, though nobody asked"
        elif slot.phase is Phase.QUARANTINED:
            world.held[number] = slot.incarnation


def whoever_has_mail_is_awake(world: World) -> Iterator[str]:
    """An actor whose mailbox isn't empty is to have a turn: no wake-up is lost."""
    for actor in world.actors():
        mail = actor.mailbox.owned_by(actor) and len(actor.mailbox)
        if mail and actor not in world.scheduler.ready:
            yield f"{type(actor).__name__} sleeps over {mail} messages"


def nobody_stumbles(world: World) -> Iterator[str]:
    """The machine's own actors stumble over nothing."""
    yield from world.problems


def crashes_are_commanded(world: World) -> Iterator[str]:
    """Nothing crashes but handlers that were told to."""
    for slot in world.book.all():
        cause = slot.cause
        if cause and cause.kind is CauseKind.CRASH and "CommandedError" not in cause.detail:
            yield f"{slot.spec.name}: {cause.detail}"


def down_slots_have_no_actor(world: World) -> Iterator[str]:
    """A connection that is down, in whatever way, has no actor; one that is up has one."""
    down = (Phase.BACKOFF, Phase.QUARANTINED, Phase.STOPPED)
    for slot in world.book.all():
        if (slot.actor is None) != (slot.phase in down) and slot.incarnation:
            yield f"{slot.spec.name} is {slot.phase} with {slot.actor}"


def retries_happen_in_their_time(world: World) -> Iterator[str]:
    """At rest, nobody waits for a time that has passed."""
    now = world.clock.now()
    for slot in world.book.all():
        if slot.phase is not Phase.BACKOFF or slot.waits_for is not None:
            continue
        if slot.retry_at is None or slot.retry_at <= now:
            yield f"{slot.spec.name} was to be retried at {slot.retry_at}, and it is {now}"


def the_machine_lives(world: World) -> Iterator[str]:
    """At rest, timer, wire and supervisor run: one that crashed has its successor."""
    for actor in (world.timer, world.wire, world.supervisor):
        if actor.actor_stopped.is_set():
            yield f"{type(actor).__name__} has ended"


def who_is_held_will_be_woken(world: World) -> Iterator[str]:
    """At rest, somebody is under way or has a delay, for whom those that are held wait."""
    slots = world.book.all()
    held = [slot.spec.name for slot in slots if slot.waits_for is not None]
    moving = [
        slot
        for slot in slots
        if slot.actor is not None or (slot.phase is Phase.BACKOFF and slot.waits_for is None)
    ]
    if held and not moving:
        yield f"{held} wait for nobody"


def nothing_is_left_in_a_mailbox(world: World) -> Iterator[str]:
    """At rest, everything that was told to a running actor has been handled."""
    for actor in world.actors():
        if actor.mailbox.owned_by(actor) and len(actor.mailbox):
            waiting_here = len(actor.mailbox) - actor.mailbox.backlog
            yield f"{type(actor).__name__} has {waiting_here} messages left"


def watchers_know(world: World) -> Iterator[str]:
    """At rest, who watches knows of every connection whether it is ready."""
    for slot in world.book.all():
        name, ready = slot.spec.name, slot.phase is Phase.READY
        # They are told when the goodbye is over.
        if (
            slot.incarnation
            and slot.phase is not Phase.CLOSING
            and (world.onlooker.last.get(name) is True) != ready
        ):
            yield f"{name} is {slot.phase}, and its watcher was told otherwise"


def watchers_are_told_each_change_once(world: World) -> Iterator[str]:
    """Who watches is told `Up` and `Down` in turn."""
    yield from world.onlooker.repeated


def nothing_received_is_lost(world: World) -> Iterator[str]:
    """At rest, a ready handler has seen whatever an incarnation of its slot got when ready."""
    for slot in world.book.all():
        account = world.account_of(slot)
        if slot.phase is Phase.READY and account.owed:
            for text in set(account.owed).difference(account.seen):
                yield f"{account.name}: nobody saw {text}"
            account.owed.clear()


INVARIANTS: tuple[Invariant, ...] = (
    one_live_stream,
    ledger_adds_up,
    outcomes_are_true,
    sends_keep_their_order,
    received_in_order,
    told_in_order,
    dials_within_bounds,
    logins_keep_their_pace,
    quarantined_stays_down,
    whoever_has_mail_is_awake,
    nobody_stumbles,
    crashes_are_commanded,
    down_slots_have_no_actor,
    watchers_are_told_each_change_once,
)
"""Hold after every step."""

AT_REST: tuple[Invariant, ...] = (
    retries_happen_in_their_time,
    the_machine_lives,
    who_is_held_will_be_woken,
    nothing_is_left_in_a_mailbox,
    nothing_received_is_lost,
    watchers_know,
)
"""Hold when nothing is left to happen without time passing."""
