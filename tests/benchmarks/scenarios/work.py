"""Scenario 8: the fan-in again, with handlers that decode JSON."""

from functools import partial
from typing import Final

from clients.contract import Quotes
from harness.scenario import CLIENTS, Scenario
from scenarios.fan_in import fan_in_variants
from scenarios.receive import RATES, receive

__all__ = ["WORK"]

QUOTE: Final = (
    '{"symbol":"BTC-USD","bid":67012.5,"ask":67013.0,"ts":1767225600123,'
    '"sequence":1234567890,"venue":"main","size":0.250}'
)

WORK: Final = Scenario(
    key="work",
    title="Real work",
    about=(
        "The fan-in, and each handler decodes its message with msgspec into a struct of four "
        "fields. No targets: it shows what is left of the differences when there is work to do."
    ),
    load="fan_in",
    participants=CLIENTS,
    variants=fan_in_variants(QUOTE, (1, 1, 1)),
    metrics=RATES,
    measure=partial(receive, tally=Quotes),
)
