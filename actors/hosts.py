"""What can be known of one host, as one value."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from holdfast.actors.streams.admission import Load
from holdfast.actors.supervision.outages import Outage

__all__ = ["HostStatus", "host_statuses"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HostStatus:
    """One host at one moment."""

    host: str
    """Its name and port."""
    connections: int
    """Connections that are to be held open to it."""
    down: int
    """Of those, how many are down for a cause that speaks of the host."""
    dialing: int
    """Dials under way."""
    queued: int
    """Dials that wait for their turn: the governor holds them."""
    logins_queued: int
    """Logins that wait for their place in the pace."""
    outage_since: float | None
    """Monotonic seconds at which its outage began; None while it is well."""
    cause: str | None
    """Of the outage."""
    probe: str | None
    """The connection that is dialled to see whether the host is back."""
    held: int
    """Connections that wait for the end of the outage."""


def host_statuses(
    known: Mapping[str, tuple[int, int, Outage | None]],
    loads: Iterable[Load],
    lines: Mapping[str, int],
) -> list[HostStatus]:
    """Return the status of every host, by name.

    Args:
        known: by host, its connections, how many are down, and its outage.
        loads: what is under way to each.
        lines: how many logins wait, by the host's name without its port.
    """
    under_way = {load.told: load for load in loads}
    statuses: list[HostStatus] = []
    for host in sorted({*known, *under_way}):
        connections, down, outage = known.get(host, (0, 0, None))
        load = under_way.get(host)
        statuses.append(
            HostStatus(
                host=host,
                connections=connections,
                down=down,
                dialing=load.dialing if load else 0,
                queued=load.queued if load else 0,
                logins_queued=lines.get(host.rpartition(":")[0].strip("[]"), 0),
                outage_since=outage.since if outage else None,
                cause=outage.cause if outage else None,
                probe=outage.probe if outage else None,
                held=len(outage.held) if outage else 0,
            )
        )
    return statuses
