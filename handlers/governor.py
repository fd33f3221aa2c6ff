"""How much of a fleet one host has to bear at a time, and what counts as its outage."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from holdfast.handlers.cause import CauseKind
from holdfast.handlers.check import positive, whole


@dataclass(frozen=True, slots=True, kw_only=True)
class HostLimits:
    """What one host is spared.

    Attributes:
        dials_at_once: dials that may be under way; the default is below the listen backlog of 100
            to 128 that servers have by default (asyncio and Go), beyond which the kernel drops
            connection requests for a second.
        dials_per_second: dials that may begin, evenly; None for any number.
        logins_per_second: logins and renewals that may be sent, evenly; None for any number.

    Raises:
        ValueError: a number is not as described.
    """

    dials_at_once: int = 64
    dials_per_second: float | None = None
    logins_per_second: float | None = None

    def __post_init__(self) -> None:
        """Refuse numbers that would stop everything."""
        whole("governor dials_at_once", self.dials_at_once)
        for name in ("dials_per_second", "logins_per_second"):
            if getattr(self, name) is not None:
                positive(f"governor {name}", getattr(self, name))


@dataclass(frozen=True, slots=True, kw_only=True)
class OutagePolicy:
    """When failures are the outage of a host, and how its connections return.

    Attributes:
        connections: fewer than these on a host are never an outage.
        share: the share of them that has to be down for the same cause; more than this is one.
        returns_per_second: connections that return in a second, on average, once the host is back.

    Raises:
        ValueError: a number is not as described.
    """

    connections: int = 5
    share: float = 0.5
    returns_per_second: float = 500.0

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        whole("outage connections", self.connections)
        positive("outage share", self.share)
        if self.share >= 1:
            raise ValueError(f"outage share must be below 1, not {self.share!r}")
        positive("outage returns_per_second", self.returns_per_second)

    def is_outage(self, alike: int, connections: int) -> bool:
        """Tell whether a host is out.

        Args:
            alike: how many of its connections are down for the same cause.
            connections: how many there are.
        """
        return connections >= self.connections and alike > self.share * connections

    def return_delay(self, waiting: int, fraction: float) -> float:
        """Return the seconds after which one of those that waited is dialled.

        Args:
            waiting: how many there are.
            fraction: a random number in [0, 1).
        """
        return fraction * waiting / self.returns_per_second


@dataclass(frozen=True, slots=True, kw_only=True)
class Governor:
    """What keeps a fleet from storming its servers.

    Attributes:
        limits: for every host that isn't named.
        hosts: limits by the name of a host, as URLs have it.
        outage: what counts as one; None to look at each connection alone.
    """

    limits: HostLimits = HostLimits()
    hosts: Mapping[str, HostLimits] = field(default_factory=dict[str, HostLimits])
    outage: OutagePolicy | None = OutagePolicy()

    def __post_init__(self) -> None:
        """Spell hosts as a parsed URL does: in lower case."""
        lowered = {name.lower(): limits for name, limits in self.hosts.items()}
        object.__setattr__(self, "hosts", lowered)

    def limits_of(self, host: str) -> HostLimits:
        """Return what a host is spared.

        Args:
            host: its name, without the port.
        """
        return self.hosts.get(host, self.limits)


OUTAGE_KINDS: Final = frozenset({CauseKind.NETWORK, CauseKind.BUSY})
"""Causes that speak of a host; the others are a connection's own."""

ANSWERS: Final = frozenset({CauseKind.AUTH, CauseKind.PROTOCOL, CauseKind.TAKEN, CauseKind.NORMAL})
"""Causes that only a host that is there can bring about."""
