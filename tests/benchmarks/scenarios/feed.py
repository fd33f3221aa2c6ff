"""Scenario 1: one connection, whose server writes as fast as it can."""

from typing import Final

from harness.scenario import CLIENTS, OFTEN, PAYLOAD_120, UNCHECKED, Scenario, Target, Variant
from scenarios.receive import RATES, receive

__all__ = ["FEED"]

PAYLOAD_1024: Final = "x" * 1024

FEED: Final = Scenario(
    key="feed",
    title="Feed",
    about="One connection; the server writes 256 KiB of text messages at a time, without end.",
    load="feed",
    participants=(*CLIENTS, UNCHECKED, "bytes only"),
    variants=(
        Variant("120 B", {"payload": PAYLOAD_120, "connections": 1, "seconds": 1.0}, rounds=OFTEN),
        Variant("1 KiB", {"payload": PAYLOAD_1024, "connections": 1, "seconds": 1.0}, rounds=OFTEN),
    ),
    metrics=RATES,
    measure=receive,
    targets=(
        Target(variant="120 B", metric="rate", against="aiohttp", bound=2.0),
        Target(variant="120 B", metric="rate", against="picows", bound=0.9),
        Target(variant="120 B", metric="rate", against="websocket-client", bound=20.0),
    ),
)
