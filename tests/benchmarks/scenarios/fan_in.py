"""Scenario 2: many connections, each message a write of its own."""

from collections.abc import Sequence
from typing import Final

from harness.scenario import CLIENTS, OFTEN, PAYLOAD_120, UNCHECKED, Scenario, Target, Variant
from scenarios.receive import RATES, receive

__all__ = ["FAN_IN", "fan_in_variants"]


def fan_in_variants(payload: str, rounds: Sequence[int]) -> tuple[Variant, ...]:
    """Return the three sizes of a fan-in.

    Args:
        payload: the text of each message.
        rounds: how often each is run.
    """
    return tuple(
        Variant(
            f"{number:,}",
            {"payload": payload, "connections": number, "seconds": 1.0},
            rounds=often,
        )
        for number, often in zip((10, 100, 1_000), rounds, strict=True)
    )


FAN_IN: Final = Scenario(
    key="fan_in",
    title="Fan-in",
    about=(
        "10, 100 and 1,000 connections get 120 B of text in turn, one message a write. A client "
        "that falls behind finds several messages a read, which is part of the question."
    ),
    load="fan_in",
    participants=(*CLIENTS, UNCHECKED, "bytes only"),
    variants=fan_in_variants(PAYLOAD_120, (2, 2, OFTEN)),
    metrics=RATES,
    measure=receive,
    targets=(
        Target(variant="1,000", metric="rate", against="aiohttp", bound=1.0),
        Target(variant="1,000", metric="rate", against="picows", bound=1.0),
        Target(variant="1,000", metric="rate", against="websocket-client", bound=4.0),
    ),
)
