"""Scenario 7: the actors below the connections, against pykka's own, a thread each."""

import time
from typing import TYPE_CHECKING, Final

from harness.sample import resident_kib
from harness.scenario import OFTEN, Metric, Order, Result, Scenario, Target, Variant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clients.actor_systems import Latch, Ref

__all__ = ["ACTOR_CORE"]

TOLD: Final = 100
"""Actors that share the messages."""


def measure(participant: str, order: Order) -> Result:
    """Spawn, tell and ask.

    Args:
        participant: `holdfast` or `pykka`.
        order: how many `actors` are spawned, and how many `messages` are told.
    """
    from clients.actor_systems import MAKERS  # noqa: PLC0415  # not in the processes of peers

    number, messages = order["actors"], order["messages"]
    make = MAKERS[participant](messages)
    make().ask("warm")
    before, began = resident_kib(), time.perf_counter()
    actors = [make() for _ in range(number)]
    actors[-1].ask("are you there?")
    took = time.perf_counter() - began
    kib = (resident_kib() - before) / number
    return {
        "spawn": number / took / 1e3,
        "kib": kib,
        "tell": _tell(actors[:TOLD], messages) / 1e3,
        "relay": _relay(actors[:TOLD], messages) / 1e3,
        "ask": _ask(actors[0], messages // 10) / 1e3,
    }


def _tell(actors: "Sequence[Ref]", messages: int) -> float:
    """Return messages a second, from one outside thread to many actors, until all are handled."""
    from clients.actor_systems import TICK  # noqa: PLC0415  # as above

    each = messages // len(actors)
    latch = _ready(actors, each, len(actors))
    began = time.perf_counter()
    for _ in range(each):
        for actor in actors:
            actor.tell(TICK)
    latch.wait()
    return each * len(actors) / (time.perf_counter() - began)


def _relay(actors: "Sequence[Ref]", messages: int) -> float:
    """Return messages a second from actor to actor, one after the other."""
    latch = _ready(actors, 0, 1)
    began = time.perf_counter()
    actors[0].tell(messages)
    latch.wait()
    return messages / (time.perf_counter() - began)


def _ready(actors: "Sequence[Ref]", ticks: int, releases: int) -> "Latch":
    """Prepare the actors, in a ring; return what they release when they are done."""
    from clients.actor_systems import Begin, Latch  # noqa: PLC0415  # as above

    latch = Latch(releases)
    for actor, following in zip(actors, [*actors[1:], actors[0]], strict=True):
        actor.ask(Begin(ticks, latch, following))
    return latch


def _ask(actor: "Ref", messages: int) -> float:
    """Return questions a second, from one outside thread, each answered before the next."""
    began = time.perf_counter()
    for _ in range(messages):
        actor.ask("are you there?")
    return messages / (time.perf_counter() - began)


ACTOR_CORE: Final = Scenario(
    key="actor_core",
    title="Actor core",
    about=(
        "A dispatched actor against `pykka.ThreadingActor`: 5,000 are spawned; one outside thread "
        "tells 100 of them 100,000 messages, until all are handled; as many messages go from actor "
        "to actor, each one after the other; an outside thread asks 10,000 questions in turn."
    ),
    participants=("holdfast", "pykka"),
    variants=(Variant("5,000 actors", {"actors": 5_000, "messages": 100_000}, rounds=OFTEN),),
    metrics=(
        Metric("tell", "thousand tells/s from outside", more=True),
        Metric("relay", "thousand tells/s from actor to actor", more=True),
        Metric("ask", "thousand asks/s", more=True, digits=1),
        Metric("spawn", "thousand spawns/s", more=True, digits=1),
        Metric("kib", "KiB of resident memory an actor", more=False, digits=1),
    ),
    measure=measure,
    targets=(
        Target(variant="5,000 actors", metric="tell", bound=1_000),
        Target(variant="5,000 actors", metric="spawn", bound=30),
        Target(variant="5,000 actors", metric="kib", bound=2.5),
        Target(variant="5,000 actors", metric="ask", against="pykka", bound=1.0),
    ),
)
