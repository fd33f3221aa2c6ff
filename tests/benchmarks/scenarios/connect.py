"""Scenarios 5 and 6: connections from nothing, cut and back; and what they hold when idle."""

import gc
import time
from typing import Final

from clients.makers import make_client
from harness.sample import descriptors, resident_kib, threads
from harness.scenario import (
    AIOHTTP_UVLOOP,
    CLIENTS,
    Metric,
    Order,
    Result,
    Scenario,
    Target,
    Variant,
)
from servers.control import Control
from servers.wire import HOST

__all__ = ["CONNECT"]

FIRST: Final = 10
"""Connections that are opened beforehand, for what a library loads and allocates only once."""

MANY_THREADS: Final = {"websocket-client": "10,000 threads"}
ONLY_1_000: Final = {"holdfast, paced": "only for the cut", AIOHTTP_UVLOOP: "only 1,000"}


def measure(participant: str, order: Order) -> Result:
    """Connect, rest, look at memory, and be cut.

    Args:
        participant: who.
        order: `connections`, `settle`, the seconds of rest, and `cut`, whether they are cut.
    """
    url, count = f"ws://{HOST}:{order['port']}/", order["connections"]
    client = make_client(participant)
    with Control(order["control"]) as control:
        client.log_in(url, FIRST)
        control.ask("subscribed", FIRST)
        before = _settled_kib(order["settle"])
        began = time.perf_counter()
        client.log_in(url, count)
        control.ask("subscribed", count + FIRST)
        took = time.perf_counter() - began
        result: Result = {
            "rate": count / took,
            "kib": (_settled_kib(order["settle"]) - before) / count,
            "threads": threads(),
            "files": descriptors(),
        }
        if order["cut"]:
            began = time.perf_counter()
            control.ask("cut", count + FIRST)
            result["back"] = time.perf_counter() - began
    return result


def _settled_kib(seconds: float) -> float:
    time.sleep(seconds)
    gc.collect()
    return resident_kib()


CONNECT: Final = Scenario(
    key="connect",
    title="Connect, cut, memory",
    about=(
        "1,000 and 10,000 connections from nothing to logged in and subscribed, as the server sees "
        "it, with a heartbeat of 20 s (websocket-client without, since that needs a second thread "
        "a connection). Then they rest, and what they have added to the process's resident memory "
        "is measured. Then all 1,000 are cut at once: how long until the server has all back? "
        "Bare clients dial again at once and know no backoff; `holdfast` is set to do the same "
        "(`Backoff(base=1e-6)`, `Governor(outage=None)`), `holdfast, paced` is as it comes: a "
        "random delay of up to 1 s, a probe, and a return spread over 2 s."
    ),
    load="desk",
    participants=("holdfast", "holdfast, paced", "aiohttp", AIOHTTP_UVLOOP, *CLIENTS[2:]),
    variants=(
        Variant("1,000", {"connections": 1_000, "settle": 0.5, "cut": True}),
        Variant(
            "10,000",
            {"connections": 10_000, "settle": 0.5, "cut": False},
            MANY_THREADS | ONLY_1_000,
        ),
    ),
    metrics=(
        Metric("rate", "connections/s", more=True),
        Metric("back", "s from the cut until all are back", more=False, digits=2),
        Metric("kib", "KiB of resident memory a connection", more=False, digits=1),
        Metric("threads", "threads", more=False, ratios=False),
        Metric("files", "open files", more=False, ratios=False),
    ),
    measure=measure,
    targets=(
        Target(variant="1,000", metric="rate", against="aiohttp", bound=0.7),
        Target(variant="10,000", metric="rate", against="aiohttp", bound=0.7),
        Target(variant="1,000", metric="back", against="aiohttp", bound=2.0),
        Target(variant="1,000", metric="kib", bound=10.0),
        Target(variant="10,000", metric="kib", bound=10.0),
        Target(variant="10,000", metric="threads", bound=24),
    ),
)
