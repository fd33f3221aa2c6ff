"""What goes wrong in the demo, to whom and when: drawn from a seed, decided before it begins.

Each kind of cause that a server can bring about has a fault. Two kinds have none: `machine_crash`
is a failure of the fleet's own actors, and `sibling_restart` follows from any fault that strikes a
member of a group.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

__all__ = ["POISON", "TAKEN_CODE", "TAKEN_SECONDS", "Fault", "Faults", "Incident", "Plan"]

POISON: Mapping[str, object] = MappingProxyType({"type": "poison"})
"""The message that a client's handler is expected to crash on."""

TAKEN_CODE: Final = 4009
"""The close code by which a client is told that somebody else has its session now."""

TAKEN_SECONDS: Final = 5.0
"""For so long somebody else has it."""


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
    """Every login is refused."""
    RESTARTING = "restarting"
    """The server closes with 1012."""
    OVERLOADED = "overloaded"
    """The server closes with 1013."""
    HALF_FRAME = "half_frame"
    """The server sends half a frame and nothing more."""
    GARBAGE = "garbage"
    """The server sends a frame with an opcode that means nothing."""
    GOODBYE = "goodbye"
    """The server closes with 1000."""
    TAKEN = "taken"
    """For `TAKEN_SECONDS` the server closes every connection of that name with `TAKEN_CODE`."""


@dataclass(frozen=True, slots=True)
class Incident:
    """A fault that strikes at a time.

    Attributes:
        at: seconds after the first connection was opened.
        fault: what happens to the connection if it is open then; TAKEN doesn't pass by.
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

    @property
    def ends_in_quarantine_by(self) -> Fault | None:
        """DOOMED or TAKEN, None for a connection that comes back from all that it meets."""
        faults = [self.login, *(incident.fault for incident in self.incidents)]
        return next((fault for fault in faults if fault in _NO_RETURN), None)


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


# In this order: a small fleet gets the first ones only. So each kind of cause comes once before any
# comes twice.
_DOSES: Mapping[Fault, _Dose] = {
    Fault.DROP: _Dose(0.10, 0.15, 0.55),
    Fault.POISON: _Dose(0.05, 0.15, 0.55),
    Fault.SILENCE: _Dose(0.04, 0.10, 0.30),
    Fault.REFUSED_ONCE: _Dose(0.05, 0.0, 0.0),
    Fault.DOOMED: _Dose(0.01, 0.0, 0.0),
    Fault.RESTARTING: _Dose(0.04, 0.15, 0.50),
    Fault.GARBAGE: _Dose(0.03, 0.15, 0.50),
    Fault.GOODBYE: _Dose(0.03, 0.15, 0.50),
    Fault.TAKEN: _Dose(0.01, 0.15, 0.50),
    Fault.OVERLOADED: _Dose(0.04, 0.15, 0.50),
    Fault.HALF_FRAME: _Dose(0.03, 0.10, 0.30),
}
_LOGIN_FAULTS = frozenset({Fault.REFUSED_ONCE, Fault.DOOMED})
_NO_RETURN = frozenset({Fault.DOOMED, Fault.TAKEN})
# Else a long run would have ever more of its fleet in quarantine.
_FIRST_ROUND_ONLY = _LOGIN_FAULTS | _NO_RETURN
_LATER_DOSES = {fault: dose for fault, dose in _DOSES.items() if fault not in _FIRST_ROUND_ONLY}
_ROUND_SECONDS = 30.0
_SHORT_TOKENS = 0.25  # share of the fleet
_SHORT_TOKEN_SECONDS = (3.0, 6.0)


class Faults:
    """The faults of one run of the demo; the same arguments always give the same ones.

    The last 45 % of the run are quiet, so that every connection that doesn't end in quarantine can
    be ready at its end. A run of more than a minute has a round of incidents every 30 s or so.

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
    def end_in_quarantine(self) -> Mapping[str, Fault]:
        """The connections that end in quarantine, each with what leads there: DOOMED or TAKEN."""
        return {
            name: fault
            for name, plan in self._plans.items()
            if (fault := plan.ends_in_quarantine_by) is not None
        }

    def plan(self, name: str) -> Plan:
        """Return what is in store for a connection: nothing, when the name is unknown.

        Args:
            name: of the connection.
        """
        return self._plans.get(name, Plan())


def _draw(chance: random.Random, names: list[str], seconds: float) -> dict[str, Plan]:
    rounds = max(1, int(seconds // _ROUND_SECONDS))
    length = seconds / rounds
    dealt = _deal_all(chance, names, rounds)
    logins = {name: fault for name, fault in dealt[0].items() if fault in _LOGIN_FAULTS}
    incidents: dict[str, list[Incident]] = {name: [] for name in names}
    for number, faults in enumerate(dealt):
        for name, fault in faults.items():
            if fault not in _LOGIN_FAULTS:
                dose = _DOSES[fault]
                moment = number + chance.uniform(dose.earliest, dose.latest)
                incidents[name].append(Incident(moment * length, fault))
    lives = _draw_tokens(chance, [name for name in names if logins.get(name) is not Fault.DOOMED])
    return {name: Plan(tuple(incidents[name]), logins.get(name), lives.get(name)) for name in names}


def _deal_all(chance: random.Random, names: list[str], rounds: int) -> list[dict[str, Fault]]:
    """Return who gets what in each round."""
    first = _deal(chance, _DOSES, names, len(names))
    others = [name for name in names if first.get(name) not in _FIRST_ROUND_ONLY]
    later = [_deal(chance, _LATER_DOSES, others, len(names)) for _ in range(rounds - 1)]
    return [first, *later]


def _deal(
    chance: random.Random, doses: Mapping[Fault, _Dose], names: list[str], fleet: int
) -> dict[str, Fault]:
    """Give each fault its share of the fleet, at least one, and leave half of the fleet alone."""
    shares = {fault: max(1, round(dose.share * fleet)) for fault, dose in doses.items()}
    faults = [fault for fault, share in shares.items() for _ in range(share)]
    struck = chance.sample(names, min(len(names), fleet // 2, len(faults)))
    return dict(zip(struck, faults, strict=False))


def _draw_tokens(chance: random.Random, names: list[str]) -> dict[str, float]:
    count = min(len(names), max(1, round(_SHORT_TOKENS * len(names))))
    return {name: chance.uniform(*_SHORT_TOKEN_SECONDS) for name in chance.sample(names, count)}
