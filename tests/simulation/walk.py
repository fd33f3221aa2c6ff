"""A walk: deeds drawn from a seed until so many steps are done, then the end that all must reach.

A seed and a number of steps are all there is to a walk, so a failing one replays exactly:
`pytest tests/simulation --simulation-seed 1234`.
"""

from functools import partial

from holdfast.actors.dispatch import Overflow
from holdfast.handlers import Phase
from tests.simulation.deeds import DEEDS, do
from tests.simulation.specs import NAMES
from tests.simulation.watched import WatchedWorld
from tests.simulation.world import Parts, ViolatedError, World

__all__ = ["heal", "recover", "walk", "wind_up"]

RECOVERY = 300.0
"""Seconds in which everything comes back after the last fault: the longest silence that is noticed
(30 s of a stalled frame), the longest delay (60 s and what a busy server asks for), and a login."""

LOOK = 5.0
"""Seconds between two looks at whether all is well."""

_GONE = (Phase.QUARANTINED, Phase.STOPPED)


def walk(seed: int, steps: int, parts: Parts | None = None) -> World:
    """Walk through the world, and see that it recovers and ends well; return it.

    Args:
        seed: of all draws.
        steps: at least so many, before the recovery.
        parts: what the world is built of.

    Raises:
        ViolatedError: an invariant didn't hold.
    """
    with WatchedWorld(seed, parts) as world:
        for name in NAMES:
            world.do(f"start {name}", partial(world.start, name))
        names, weights = list(DEEDS), [weight for _, weight in DEEDS.values()]
        while world.steps < steps:
            do(world, world.chance.choices(names, weights)[0], world.chance)
        recover(world)
        wind_up(world)
    return world


def heal(world: World) -> None:
    """End every fault: servers behave, handlers too, and what hangs is what has hung before."""
    for name in NAMES:
        world.wire.servers[name].heal()
        world.moods[name].crashes.clear()
    for stream in world.wire.streams.values():
        world.wire.relieve(stream)


def recover(world: World) -> None:
    """End every fault, then see that all come back, and the quarantined too once resumed."""
    world.do("heal all", lambda: heal(world))
    _await_all_well(world)
    world.advance(LOOK)
    for slot in world.book.all():
        if slot.phase is Phase.QUARANTINED:
            name = slot.spec.name
            world.do(f"resume {name}", partial(world.resume, name))
    world.rest()
    _await_all_well(world)


def wind_up(world: World) -> None:
    """Stop everything, and see that nothing is left open."""
    gone = world.shut_down()
    for _ in range(10):
        world.advance(LOOK)
    left = [f"{name} is still there" for name in NAMES if world.wire.lines_of(name)]
    if not gone.done():
        left.append("the shutdown has no end")
    for number, slot in world.slots.items():
        account = world.accounts[number]
        if account.pending or world.counts_of(slot).waiting:
            left.append(f"{account.name}: {[*account.pending]} have no outcome")
    _raise_if(world, "ends_well", left)


def _await_all_well(world: World) -> None:
    until = world.clock.now() + RECOVERY
    while (unwell := _unwell(world)) and world.clock.now() < until:
        world.advance(LOOK)
    _raise_if(world, "comes_back_when_faults_end", unwell)


def _unwell(world: World) -> list[str]:
    """Return who isn't as it should be when nobody does any harm."""
    found: list[str] = []
    for slot in world.book.all():
        name, account = slot.spec.name, world.account_of(slot)
        if slot.phase in _GONE:
            continue
        if slot.phase is not Phase.READY:
            found.append(f"{name} is {slot.phase}")
        elif not _is_heard(world, name):
            found.append(f"{name} doesn't notice that nobody is there")
        elif account.pending or world.counts_of(slot).waiting:
            found.append(f"{name} has sends that wait")
        elif slot.spec.limits.overflow is Overflow.REFUSE and account.heard != account.told:
            found.append(f"{name} heard {account.heard} of {account.told}")
    return found


def _is_heard(world: World, name: str) -> bool:
    stream = world.wire.stream_of(name)
    return stream is not None and not (stream.silent or stream.stalled)


def _raise_if(world: World, name: str, found: list[str]) -> None:
    if found:
        raise ViolatedError([f"{name}: {what}" for what in found], world)
