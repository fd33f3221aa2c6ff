"""Outages: when most of a host's connections fail alike, one of them probes and the others wait."""

from collections import Counter
from dataclasses import dataclass, field

from holdfast.actors.logs import get_logger
from holdfast.handlers import Cause, OutagePolicy
from holdfast.handlers.governor import ANSWERS, OUTAGE_KINDS

__all__ = ["Outage", "Outages"]

_log = get_logger()


@dataclass(slots=True)
class Outage:
    """The outage of one host."""

    host: str
    cause: str
    since: float
    """Monotonic seconds."""
    probe: str | None = None
    """Who is being dialled, to see whether the host is back."""
    timed: set[str] = field(default_factory=set[str])
    """Whose delay isn't over."""
    held: dict[str, None] = field(default_factory=dict[str, None])
    """Whose delay is over, in the order in which they wait."""

    def told(self) -> str:
        """Return what those that are held wait for, for people."""
        probe = "" if self.probe is None else f", for which {self.probe!r} probes"
        return f"the outage of {self.host} ({self.cause}) to end{probe}"


class _HostRecord:
    """What is known of one host."""

    __slots__ = ("alike", "connections", "down", "outage")

    def __init__(self) -> None:
        self.connections = set[str]()
        self.down: dict[str, str] = {}
        self.alike = Counter[str]()
        self.outage: Outage | None = None

    def note_down(self, name: str, cause: str) -> int:
        """Note that one is down; return how many are so for the same cause."""
        self.note_up(name)
        self.down[name] = cause
        self.alike[cause] += 1
        return self.alike[cause]

    def note_up(self, name: str) -> None:
        cause = self.down.pop(name, None)
        if cause is not None:
            self.alike[cause] -= 1


class Outages:
    """Watches the hosts of a fleet.

    Every method that may set somebody free returns the names that may be dialled from now on.

    Args:
        policy: what counts as an outage; None for nothing.
    """

    def __init__(self, policy: OutagePolicy | None) -> None:
        self._policy = policy
        self._hosts: dict[str, _HostRecord] = {}
        self._host_of: dict[str, str] = {}

    def joined(self, name: str, host: str) -> None:
        """Note that a connection is to be held open to a host."""
        self._host_of[name] = host
        record = self._hosts.get(host)
        if record is None:
            record = self._hosts[host] = _HostRecord()
        record.connections.add(name)

    def failed(self, name: str, cause: Cause, now: float) -> list[str]:
        """Note a failure after which the connection is restarted.

        Args:
            name: whose.
            cause: why.
            now: monotonic seconds.
        """
        record = self._record(name)
        if record is None or self._policy is None:
            return []
        outage = record.outage
        if cause.kind not in OUTAGE_KINDS:
            record.note_up(name)
            return self._judged(record, outage, name, cause, now)
        alike = record.note_down(name, cause.name)
        if outage is None and self._policy.is_outage(alike, len(record.connections)):
            outage = self._begin(record, name, cause, now)
        if outage is not None:
            if outage.probe == name:
                outage.probe, outage.cause = None, cause.name
            outage.held.pop(name, None)
            outage.timed.add(name)
        return []

    def _judged(
        self, record: _HostRecord, outage: Outage | None, name: str, cause: Cause, now: float
    ) -> list[str]:
        """Go on after a failure that says nothing of the host, or that it is there."""
        if outage is None or outage.probe != name:
            return []
        if cause.kind in ANSWERS:
            # The host answered the probe, even though it didn't like it.
            return self._end(record, now)
        outage.probe = None
        outage.timed.add(name)
        return []

    def due(self, name: str) -> str | None:
        """Tell who may be dialled now that the delay of a connection is over.

        Returns:
            This one; another one that has waited for longer; or None, and it is held.
        """
        record = self._record(name)
        outage = None if record is None else record.outage
        if outage is None:
            return name
        outage.timed.discard(name)
        outage.held[name] = None
        return self._next_probe(outage)

    def ready(self, name: str, now: float) -> list[str]:
        """Note that a connection is ready: if its host was out, it is back."""
        record = self._record(name)
        if record is None:
            return []
        record.note_up(name)
        return self._end(record, now) if record.outage is not None else []

    def dialled(self, name: str) -> list[str]:
        """Note that a connection is dialled by somebody's order, whatever its host is."""
        record = self._record(name)
        return [] if record is None else self._taken(record, name)

    def left(self, name: str) -> list[str]:
        """Note that a connection isn't to be held open any more."""
        record = self._record(name)
        if record is None:
            return []
        host = self._host_of.pop(name)
        record.connections.discard(name)
        record.note_up(name)
        freed = self._taken(record, name)
        if not record.connections:
            del self._hosts[host]
        return freed

    def of(self, name: str) -> Outage | None:
        """Return the outage that a connection is part of."""
        record = self._record(name)
        return None if record is None else record.outage

    def all(self) -> dict[str, tuple[int, int, Outage | None]]:
        """Return, by host, its connections, how many are down, and its outage."""
        return {
            host: (len(record.connections), len(record.down), record.outage)
            for host, record in self._hosts.items()
        }

    def _record(self, name: str) -> _HostRecord | None:
        return self._hosts.get(self._host_of.get(name, ""))

    def _begin(self, record: _HostRecord, name: str, cause: Cause, now: float) -> Outage:
        host = self._host_of[name]
        # The delays of all that are down are running.
        outage = record.outage = Outage(host, cause.name, now, timed=set(record.down))
        _log.warning(
            "outage.began",
            host=host,
            cause=cause.name,
            connections=len(record.connections),
            down=len(record.down),
        )
        return outage

    def _end(self, record: _HostRecord, now: float) -> list[str]:
        outage, record.outage = record.outage, None
        if outage is None:
            return []
        _log.info(
            "outage.over", host=outage.host, seconds=now - outage.since, held=len(outage.held)
        )
        return list(outage.held)

    def _taken(self, record: _HostRecord, name: str) -> list[str]:
        """Go on without one of those that wait or probe."""
        outage = record.outage
        if outage is None:
            return []
        outage.held.pop(name, None)
        outage.timed.discard(name)
        if outage.probe == name:
            outage.probe = None
        if not record.connections:
            record.outage = None
            return []
        # Nobody's delay would wake those that wait: one of them has to go.
        successor = None if outage.timed else self._next_probe(outage)
        return [] if successor is None else [successor]

    def _next_probe(self, outage: Outage) -> str | None:
        if outage.probe is not None or not outage.held:
            return None
        outage.probe = next(iter(outage.held))
        del outage.held[outage.probe]
        _log.info("outage.probe", host=outage.host, probe=outage.probe)
        return outage.probe
