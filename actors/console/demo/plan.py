"""The demo's fleet, its handler, and the server that it meets: all drawn from one seed."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import msgspec

from holdfast.actors import Backoff, ConnectionSpec, Group, Heartbeat, RestartPolicy, Timeouts
from holdfast.actors.console.demo.breakdown import ROLES, Breakdown
from holdfast.handlers import CauseKind, Connection, ConnectionHandler, HmacAuth
from holdfast.testing import Fault, Faults, ServerProcess
from holdfast.testing.faults import POISON, TAKEN_CODE

__all__ = ["DemoHandler", "DemoPlan", "PoisonError"]

REPLY_EVERY: Final = 5
"""Ticks."""

PER_THOUSAND: Final = 1000
"""Connections beyond which ticks and pings slow down, so that the server keeps up."""

DEADLINE: Final = 10.0
"""Seconds that a dial and a login have, at most."""

MEMBERS: Final = 4
"""Connections of a group."""

PER_GROUP: Final = 20
"""Connections of the fleet for each group: a small fleet has none."""

BACKOFF: Final = Backoff(base=0.25, factor=2.0, cap=2.0)
"""Shorter than usual: what fails should be back while somebody watches."""


class PoisonError(Exception):
    """The server sent what this handler can't bear."""


class DemoHandler(ConnectionHandler):
    """Counts ticks, replies to some, and crashes on the message that is made for it."""

    def __init__(self) -> None:
        self._ticks = 0

    def on_message(self, connection: Connection, message: str | bytes) -> None:
        """React by the type of the message."""
        told = msgspec.json.decode(message, type=dict[str, object])
        if told == POISON:
            raise PoisonError("this message was poisoned, to show what becomes of a crash")
        if told.get("type") == "tick":
            self._ticks += 1
            if self._ticks % REPLY_EVERY == 0:
                connection.send({"op": "ping", "ticks": self._ticks}, ttl=5.0)


@dataclass(frozen=True, kw_only=True)
class DemoPlan:
    """Everything about one run of the demo that is known before it begins.

    Args:
        connections: how many.
        seconds: how long.
        seed: what all chance comes from.
    """

    connections: int
    seconds: float
    seed: int
    names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Name the connections."""
        width = max(3, len(str(self.connections)))
        names = tuple(f"conn-{number:0{width}}" for number in range(1, self.connections + 1))
        object.__setattr__(self, "names", names)

    @cached_property
    def faults(self) -> Faults:
        """What the server does."""
        return Faults(self.seed, self.names, self.seconds)

    @property
    def end_in_quarantine(self) -> Mapping[str, Fault]:
        """The connections that end in quarantine, each with the fault that leads there."""
        return self.faults.end_in_quarantine

    @property
    def breakdown(self) -> Breakdown | None:
        """The crash of one of the machine's actors, when the server has done its worst.

        A small fleet has none, so that its story stays short; nor has one of thousands, since all
        of it goes down and may not be back in time.
        """
        if not PER_GROUP <= self.connections <= PER_THOUSAND:
            return None
        # The same seed breaks the same one.
        role = random.Random(self.seed).choice(ROLES)  # noqa: S311
        return Breakdown(self.faults.quiet_from, role)

    @cached_property
    def secrets(self) -> dict[str, str]:
        """The secret of each API key."""
        # The same seed must give the same run, and these open nothing but the demo's server.
        chance = random.Random(self.seed)  # noqa: S311
        return {f"key-of-{name}": chance.randbytes(16).hex() for name in self.names}

    @property
    def groups(self) -> tuple[Group, ...]:
        """Connections of which one that fails takes along those that were started after it."""
        count = self.connections // PER_GROUP
        return tuple(Group(_group_name(number), "rest_for_one") for number in range(count))

    @property
    def pace(self) -> float:
        """How much slower than usual a very large fleet is talked to."""
        return max(1.0, self.connections / PER_THOUSAND)

    def server(self) -> ServerProcess:
        """Return the server, in a process of its own: its work isn't the fleet's."""
        options = {
            "seed": self.seed,
            "names": self.names,
            "seconds": self.seconds,
            "secrets": self.secrets,
            "tick_seconds": self.pace,
        }
        return ServerProcess("demo", options)

    def specs(self, url: str) -> list[ConnectionSpec]:
        """Return the fleet.

        Args:
            url: the server's.
        """
        # A silence must be noticed, and be over, before a short run ends; in a login, too.
        patience = min(2.0, max(0.5, self.seconds / 10)) * self.pace
        heartbeat = Heartbeat(interval=patience, timeout=max(1.0, patience))
        restart = RestartPolicy(backoff=BACKOFF, stable_after=2.0)
        deadline = min(DEADLINE, 3 * heartbeat.timeout)
        timeouts = Timeouts(dial=deadline, auth=deadline, stall=patience, close=0.5)
        return [
            ConnectionSpec(
                name=name,
                url=f"{url}/{name}",
                handler=DemoHandler,
                auth=HmacAuth(api_key, secret),
                subscriptions=({"op": "subscribe", "channel": "ticks"},),
                group=self._group_of(place),
                restart=restart,
                heartbeat=heartbeat,
                timeouts=timeouts,
                close_codes={TAKEN_CODE: CauseKind.TAKEN},
            )
            for place, (name, (api_key, secret)) in enumerate(
                zip(self.names, self.secrets.items(), strict=True)
            )
        ]

    def _group_of(self, place: int) -> str:
        """Return the group of the connection at a place: the first of every twenty are in one."""
        number, nth = divmod(place, PER_GROUP)
        in_one = nth < MEMBERS and number < self.connections // PER_GROUP
        return _group_name(number) if in_one else ""


def _group_name(number: int) -> str:
    return f"group-{number + 1}"
