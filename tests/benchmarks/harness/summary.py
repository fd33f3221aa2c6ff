"""Medians of rounds, how far these lie apart, ratios to peers, and whether targets are met."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Final

from harness.rounds import Record
from harness.scenario import Scenario, Target

__all__ = ["OURS", "Summary", "Verdict"]

OURS: Final = "holdfast"

_Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A target and what became of it."""

    scenario: Scenario
    target: Target
    measured: float
    """By the medians of all rounds."""
    rounds: tuple[float, ...]
    """The same of each round by itself."""

    @property
    def met(self) -> bool:
        """Whether the medians meet it."""
        return self._meets(self.measured)

    @property
    def certain(self) -> bool:
        """Whether every round by itself says the same."""
        return all(self._meets(value) is self.met for value in self.rounds)

    def _meets(self, value: float) -> bool:
        more = next(each.more for each in self.scenario.metrics if each.key == self.target.metric)
        return value >= self.target.bound if more else value <= self.target.bound


class Summary:
    """The numbers of one run.

    Args:
        records: all results of it.
    """

    def __init__(self, records: Iterable[Record]) -> None:
        self._values: dict[_Key, dict[int, float]] = {}
        for record in records:
            for metric, value in record.result.items():
                key = (record.scenario, record.variant, record.participant, metric)
                self._values.setdefault(key, {})[record.round] = value

    def median(self, scenario: str, variant: str, participant: str, metric: str) -> float | None:
        """Return the median over the rounds, None if there is no result."""
        values = self._values.get((scenario, variant, participant, metric))
        return median(values.values()) if values else None

    def spread(
        self, scenario: str, variant: str, participant: str, metric: str
    ) -> tuple[float, float] | None:
        """Return the least and the greatest number of a participant, None if there is none."""
        values = self._values.get((scenario, variant, participant, metric))
        return (min(values.values()), max(values.values())) if values else None

    def rounds(self, scenario: str, variant: str, metric: str) -> int:
        """Return in how many rounds holdfast was measured."""
        return len(self._values.get((scenario, variant, OURS, metric), ()))

    def ratio(self, scenario: str, variant: str, metric: str, peer: str) -> float | None:
        """Return holdfast's median by a peer's."""
        own = self.median(scenario, variant, OURS, metric)
        other = self.median(scenario, variant, peer, metric)
        return own / other if own is not None and other else None

    def verdicts(self, scenarios: Mapping[str, Scenario]) -> list[Verdict]:
        """Return what became of every target that was measured."""
        found: list[Verdict] = []
        for scenario in scenarios.values():
            for target in scenario.targets:
                measured = self._measured(scenario.key, target)
                if measured is not None:
                    each = self._measured_each(scenario.key, target)
                    found.append(Verdict(scenario, target, measured, each or (measured,)))
        return found

    def _measured(self, scenario: str, target: Target) -> float | None:
        if target.against is None:
            return self.median(scenario, target.variant, OURS, target.metric)
        return self.ratio(scenario, target.variant, target.metric, target.against)

    def _measured_each(self, scenario: str, target: Target) -> tuple[float, ...]:
        """Return holdfast's number, or its ratio to the peer's, of each round by itself."""
        own = self._values.get((scenario, target.variant, OURS, target.metric), {})
        if target.against is None:
            return tuple(own.values())
        others = self._values.get((scenario, target.variant, target.against, target.metric), {})
        return tuple(own[number] / others[number] for number in own if others.get(number))
