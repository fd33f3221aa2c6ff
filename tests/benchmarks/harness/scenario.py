"""What a scenario is: who takes part in which variants, what is measured, what is aimed at."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

__all__ = [
    "AIOHTTP_UVLOOP",
    "CLIENTS",
    "OFTEN",
    "PAYLOAD_120",
    "PEERS",
    "UNCHECKED",
    "Metric",
    "Order",
    "Result",
    "Scenario",
    "Target",
    "Variant",
]

Order = Mapping[str, Any]
"""What a load server and a measured process need to know of one run."""

Result = dict[str, float]
"""What a measured process found out, by the keys of metrics."""

CLIENTS: Final = ("holdfast", "aiohttp", "picows", "websockets", "websocket-client")
"""Who is measured wherever there are clients."""

AIOHTTP_UVLOOP: Final = "aiohttp, uvloop"
UNCHECKED: Final = "websocket-client, unchecked"

PEERS: Final = frozenset((*CLIENTS[1:], AIOHTTP_UVLOOP, UNCHECKED, "pykka"))
"""To whom holdfast is compared."""

PAYLOAD_120: Final = "x" * 120

OFTEN: Final = 5
"""Rounds of what has a close target, or scatters."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One number of a result."""

    key: str
    title: str
    """What it is, with its unit."""
    more: bool | None
    """Whether more is better; None if neither is."""
    digits: int = 0
    """Decimals that are shown."""
    ratios: bool = True
    """Whether a ratio to each peer is shown."""

    @property
    def heading(self) -> str:
        """The title, and which way is better."""
        return self.title if self.more is None else f"{self.title} {'↑' if self.more else '↓'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is aimed at: a bound on holdfast's number, or on its ratio to a peer's."""

    variant: str
    metric: str
    bound: float
    against: str | None = None
    """The peer; None for a bound on the number itself."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One setting in which all participants are measured in turn."""

    name: str
    order: Order
    absent: Mapping[str, str] = field(default_factory=dict[str, str])
    """Participants that are left out, and why."""
    rounds: int = 2
    """How often it is run, if there is time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One question, asked in one or several variants."""

    key: str
    title: str
    about: str
    """What happens, in a sentence or two of Markdown."""
    participants: tuple[str, ...]
    variants: tuple[Variant, ...]
    metrics: tuple[Metric, ...]
    measure: Callable[[str, Order], Result]
    """Runs in the measured process, with the participant's name and the order."""
    load: str | None = None
    """The kind of load server it needs."""
    targets: tuple[Target, ...] = ()
