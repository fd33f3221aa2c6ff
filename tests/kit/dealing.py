"""Who meets which of the demo's faults, and when: drawn from a seed, decided before it begins."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, repeat
from types import MappingProxyType
from typing import Final

from holdfast.testing.faults import (
    HANDSHAKE_FAULTS,
    LOGIN_FAULTS,
    NO_RETURN,
    Fault,
    Incident,
    Plan,
)

__all__ = ["Faults"]


@dataclass(frozen=True, slots=True)
class _Dose:
    """How much of a fault there is in a round.

    Attributes:
        share: of the fleet; there is one in any case.
        earliest: share of the round that has gone by, at least.
        latest: the same, at most. What a client notices late only strikes early.
    """

    share: float
    earliest: float = 0.0
    latest: float = 0.0


# In this order: a small fleet gets the first ones only. So each kind of cause comes before any
# second name of one.
_DOSES: Final[Mapping[Fault, _Dose]] = {
    Fault.DROP: _Dose(0.10, 0.15, 0.55),
    Fault.POISON: _Dose(0.05, 0.15, 0.55),
    Fault.SILENCE: _Dose(0.03, 0.10, 0.30),
    Fault.REFUSED_ONCE: _Dose(0.04),
    Fault.DOOMED: _Dose(0.01),
    Fault.RESTARTING: _Dose(0.03, 0.15, 0.50),
    Fault.GARBAGE: _Dose(0.03, 0.15, 0.50),
    Fault.GOODBYE: _Dose(0.03, 0.15, 0.50),
    Fault.TAKEN: _Dose(0.01, 0.15, 0.50),
    Fault.BUSY: _Dose(0.01),
    Fault.CLOSED_PORT: _Dose(0.0, 0.15, 0.45),
    Fault.UNAUTHORIZED: _Dose(0.01),
    Fault.FORBIDDEN: _Dose(0.01),
    Fault.NOT_FOUND: _Dose(0.01),
    # Each takes a place among the dials under way until its deadline.
    Fault.UNANSWERED: _Dose(0.002),
    Fault.OVERLOADED: _Dose(0.03, 0.15, 0.50),
    Fault.HALF_FRAME: _Dose(0.03, 0.10, 0.30),
    Fault.TOO_MANY: _Dose(0.01),
    Fault.BUSY_UNTIL: _Dose(0.01),
    Fault.REDIRECTED: _Dose(0.01),
    Fault.BAD_GATEWAY: _Dose(0.01),
}
# Else a long run would have ever more of its fleet in quarantine.
_FIRST_ROUND_ONLY: Final = LOGIN_FAULTS | HANDSHAKE_FAULTS | NO_RETURN
_LATER_DOSES: Final = {
    fault: dose for fault, dose in _DOSES.items() if fault not in _FIRST_ROUND_ONLY
}
_NEVER_IN: Final = frozenset({Fault.DOOMED, Fault.FORBIDDEN})
_ROUND_SECONDS: Final = 30.0
_QUIET: Final = 0.45  # share of a round, at its end
_SHORT_TOKENS: Final = 0.25  # share of the fleet
_SHORT_TOKEN_SECONDS: Final = (3.0, 6.0)


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
        rounds = max(1, int(seconds // _ROUND_SECONDS))
        length = seconds / rounds
        self._plans = _draw(chance, list(names), rounds, length)
        self._quiet_from = seconds - _QUIET * length
        self._lost = {
            name: fault
            for name, plan in self._plans.items()
            if (fault := plan.ends_in_quarantine_by) is not None
        }

    @property
    def plans(self) -> Mapping[str, Plan]:
        """What is in store for every connection, by its name."""
        return MappingProxyType(self._plans)

    @property
    def quiet_from(self) -> float:
        """Seconds after the first connection was opened from which on nothing strikes any more."""
        return self._quiet_from

    @property
    def end_in_quarantine(self) -> Mapping[str, Fault]:
        """The connections that end in quarantine, each with what leads there."""
        return MappingProxyType(self._lost)

    def plan(self, name: str) -> Plan:
        """Return what is in store for a connection: nothing, when the name is unknown.

        Args:
            name: of the connection.
        """
        return self._plans.get(name, Plan())


def _draw(chance: random.Random, names: list[str], rounds: int, length: float) -> dict[str, Plan]:
    dealt = _deal_all(chance, names, rounds)
    incidents: dict[str, list[Incident]] = {name: [] for name in names}
    for number, faults in enumerate(dealt):
        for name, fault in faults.items():
            if fault not in LOGIN_FAULTS | HANDSHAKE_FAULTS:
                dose = _DOSES[fault]
                moment = number + chance.uniform(dose.earliest, dose.latest)
                incidents[name].append(Incident(moment * length, fault))
    logins = _only(LOGIN_FAULTS, dealt[0])
    handshakes = _only(HANDSHAKE_FAULTS, dealt[0])
    never_in = {
        name for name, fault in dealt[0].items() if fault in {Fault.DOOMED, Fault.FORBIDDEN}
    }
    lives = _draw_tokens(chance, [name for name in names if name not in never_in])
    return {
        name: Plan(tuple(incidents[name]), logins.get(name), handshakes.get(name), lives.get(name))
        for name in names
    }


def _only(kind: frozenset[Fault], dealt: Mapping[str, Fault]) -> dict[str, Fault]:
    return {name: fault for name, fault in dealt.items() if fault in kind}


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
    faults = list(islice(_in_order(doses, fleet), min(len(names), fleet // 2)))
    return dict(zip(chance.sample(names, len(faults)), faults, strict=True))


def _in_order(doses: Mapping[Fault, _Dose], fleet: int) -> Iterator[Fault]:
    """Yield every fault once, then the rest of its share of each."""
    yield from doses
    for fault, dose in doses.items():
        yield from repeat(fault, max(0, round(dose.share * fleet) - 1))


def _draw_tokens(chance: random.Random, names: list[str]) -> dict[str, float]:
    count = min(len(names), max(1, round(_SHORT_TOKENS * len(names))))
    return {name: chance.uniform(*_SHORT_TOKEN_SECONDS) for name in chance.sample(names, count)}
