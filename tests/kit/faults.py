"""What goes wrong in the demo, to whom and when: drawn from a seed, decided before it begins."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

__all__ = ["POISON", "Fault", "Faults", "Incident", "Plan"]

POISON: Mapping[str, object] = MappingProxyType({"type": "poison"})
"""The message that a client's handler is expected to crash on."""


class Fault(StrEnum):
    """What can go wrong with a connection."""

    DROP = "drop"
    """The TCP connection is reset."""
    POISON = "poison"
    """The server publishes `POISON`."""
    SILENCE = "silence"
    """The server stops answering, pings included."""
    REFUSED_ONCE = "refused_once"
    """The first login is refused, the next one isn't."""
    DOOMED = "doomed"
    """Every login is refused: the connection ends in quarantine."""
    RESTARTING = "restarting"
    """The server closes with 1012."""
    OVERLOADED = "overloaded"
    """The server closes with 1013."""
    HALF_FRAME = "half_frame"
    """The server sends half a frame and nothing more."""


@dataclass(frozen=True, slots=True)
class Incident:
    """A fault that strikes at a time.

    Attributes:
        at: seconds after the first connection was opened.
        fault: what happens to the connection if it is open then.
    """

    at: float
    fault: Fault


@dataclass(frozen=True, slots=True)
class Plan:
    """What is in store for one connection.

    Attributes:
        incidents: in the order of time, one in every round.
        login: REFUSED_ONCE, DOOMED, or None for logins that are judged as usual.
        token_seconds: seconds that its logins hold; None for ever.
    """

    incidents: tuple[Incident, ...] = ()
    login: Fault | None = None
    token_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class _Dose:
    """How much of a fault there is in a round.

    Attributes:
        share: of the fleet.
        earliest: share of the round that has gone by, at least.
        latest: the same, at most. What a client notices late only strikes early.
    """

    share: float
    earliest: float
    latest: float


# In this order: a small fleet gets the first ones only.
_DOSES: Mapping[Fault, _Dose] = {
    Fault.DROP: _Dose(0.10, 0.15, 0.55),
    Fault.POISON: _Dose(0.05, 0.15, 0.55),
    Fault.SILENCE: _Dose(0.04, 0.10, 0.30),
    Fault.REFUSED_ONCE: _Dose(0.05, 0.0, 0.0),
    Fault.DOOMED: _Dose(0.01, 0.0, 0.0),
    Fault.RESTARTING: _Dose(0.04, 0.15, 0.50),
    Fault.OVERLOADED: _Dose(0.04, 0.15, 0.50),
    Fault.HALF_FRAME: _Dose(0.03, 0.10, 0.30),
}
_LOGIN_FAULTS = frozenset({Fault.REFUSED_ONCE, Fault.DOOMED})
_ROUND_SECONDS = 30.0
_SHORT_TOKENS = 0.25  # share of the fleet
_SHORT_TOKEN_SECONDS = (3.0, 6.0)


class Faults:
    """The faults of one run of the demo; the same arguments always give the same ones.

    The last 45 % of the run are quiet, so that every connection that isn't doomed can be ready at
    its end. A run of more than a minute has a round of incidents every 30 s or so.

    Args:
        seed: chooses among all runs.
        names: the connections, as they name themselves in the path of their URL.
        seconds: how long the run lasts.
    """

    def __init__(self, seed: int, names: Sequence[str], seconds: float) -> None:
        # Not for secrets: the same seed must give the same run.
        chance = random.Random(seed)  # noqa: S311
        self._plans = _draw(chance, list(names), seconds)

    @property
    def plans(self) -> Mapping[str, Plan]:
        """What is in store for every connection, by its name."""
        return MappingProxyType(self._plans)

    @property
    def doomed(self) -> frozenset[str]:
        """The connections whose logins are always refused."""
        return frozenset(name for name, plan in self._plans.items() if plan.login is Fault.DOOMED)

    def plan(self, name: str) -> Plan:
        """Return what is in store for a connection: nothing, when the name is unknown.

        Args:
            name: of the connection.
        """
        return self._plans.get(name, Plan())


def _draw(chance: random.Random, names: list[str], seconds: float) -> dict[str, Plan]:
    rounds = max(1, int(seconds // _ROUND_SECONDS))
    length = seconds / rounds
    incidents: dict[str, list[Incident]] = {name: [] for name in names}
    logins: dict[str, Fault] = {}
    for number in range(rounds):
        dealt = _deal(chance, [name for name in names if name not in logins], len(names))
        for name, fault in dealt.items():
            if fault not in _LOGIN_FAULTS:
                dose = _DOSES[fault]
                moment = chance.uniform(dose.earliest, dose.latest)
                incidents[name].append(Incident((number + moment) * length, fault))
            elif number == 0:
                logins[name] = fault
    lives = _draw_tokens(chance, [name for name in names if logins.get(name) is not Fault.DOOMED])
    return {name: Plan(tuple(incidents[name]), logins.get(name), lives.get(name)) for name in names}


def _deal(chance: random.Random, names: list[str], fleet: int) -> dict[str, Fault]:
    """Give each fault its share of the fleet, at least one, and leave half of the fleet alone."""
    shares = {fault: max(1, round(dose.share * fleet)) for fault, dose in _DOSES.items()}
    faults = [fault for fault, share in shares.items() for _ in range(share)]
    struck = chance.sample(names, min(len(names), fleet // 2, len(faults)))
    return dict(zip(struck, faults, strict=False))


def _draw_tokens(chance: random.Random, names: list[str]) -> dict[str, float]:
    count = min(len(names), max(1, round(_SHORT_TOKENS * len(names))))
    return {name: chance.uniform(*_SHORT_TOKEN_SECONDS) for name in chance.sample(names, count)}
