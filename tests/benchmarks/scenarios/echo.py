"""Scenario 3: round trips, alone, among a hundred, and beside a handler that blocks."""

import time
from collections.abc import Sequence
from typing import Final

from clients.contract import Trips
from clients.makers import make_client
from harness.sample import percentile
from harness.scenario import (
    AIOHTTP_UVLOOP,
    CLIENTS,
    PAYLOAD_120,
    Metric,
    Order,
    Result,
    Scenario,
    Target,
    Variant,
)
from servers.control import Control
from servers.wire import HOST

__all__ = ["ECHO"]

BLOCK: Final = 1.0
"""Seconds that the blocking handler holds its thread for each message."""

WARM_UP: Final = 0.3

AS_AIOHTTP: Final = {AIOHTTP_UVLOOP: "as aiohttp"}
"""A loop whose only thread is asleep is as fast as any other."""


def measure(participant: str, order: Order) -> Result:
    """Time round trips for a while.

    Args:
        participant: who.
        order: `connections` in all, `seconds` to measure, `payload`, and `block`, the seconds
            that one of the connections blocks for, 0 when none does.
    """
    url, text, block = f"ws://{HOST}:{order['port']}/", order["payload"], order["block"]
    trips = [Trips() for _ in range(order["connections"] - bool(block))]
    client = make_client(participant)
    client.echo(url, trips, text, window=1)
    if block:
        client.block(url, text, block)
    with Control(order["control"]):
        time.sleep(min(WARM_UP, order["seconds"]))
        before = [len(each.times) for each in trips]
        times: list[float] = []
        while not times:  # a small run on a busy machine may see none at first
            time.sleep(order["seconds"])
            times = _times_since(before, trips)
    return {
        "p50": percentile(times, 0.5) * 1e3,
        "p99": percentile(times, 0.99) * 1e3,
        "trips": len(times),
    }


def _times_since(before: Sequence[int], trips: Sequence[Trips]) -> list[float]:
    """Return the seconds of every round trip but the first so many of each connection, sorted."""
    return sorted(
        seconds
        for each, begun in zip(trips, before, strict=True)
        for seconds in list(each.times)[begun:]
    )


def _order(connections: int, seconds: float, block: float) -> Order:
    return {
        "payload": PAYLOAD_120,
        "connections": connections,
        "seconds": seconds,
        "block": block,
    }


ECHO: Final = Scenario(
    key="echo",
    title="Echo",
    about=(
        "Each connection sends 120 B of text as soon as it has got its last message back. "
        "“Blocked”: one connection more, whose handler sleeps for a second whenever it is called."
    ),
    load="echo",
    participants=(*CLIENTS[:2], AIOHTTP_UVLOOP, *CLIENTS[2:]),
    variants=(
        Variant("1", _order(1, 1.0, 0.0)),
        Variant("100", _order(100, 1.0, 0.0)),
        Variant("1, blocked", _order(1 + 1, 2 * BLOCK, BLOCK), AS_AIOHTTP),
        Variant("100, blocked", _order(100 + 1, 2 * BLOCK, BLOCK), AS_AIOHTTP),
    ),
    metrics=(
        Metric("p50", "ms, p50", more=False, digits=3),
        Metric("p99", "ms, p99", more=False, digits=3),
        Metric("trips", "round trips", more=None, ratios=False),
    ),
    measure=measure,
    targets=(
        Target(variant="1", metric="p50", against="websocket-client", bound=1.5),
        Target(variant="1, blocked", metric="p99", bound=25.0),
        Target(variant="100, blocked", metric="p99", bound=25.0),
    ),
)
