"""Medians of rounds, ratios to peers, and whether targets are met."""

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
    met: bool


class Summary:
    """The numbers of one run.

    Args:
        records: all results of it.
    """

    def __init__(self, records: Iterable[Record]) -> None:
        self._values: dict[_Key, list[float]] = {}
        for record in records:
            for metric, value in record.result.items():
                key = (record.scenario, record.variant, record.participant, metric)
                self._values.setdefault(key, []).append(value)

    def median(self, scenario: str, variant: str, participant: str, metric: str) -> float | None:
        """Return the median over the rounds, None if there is no result."""
        values = self._values.get((scenario, variant, participant, metric))
        return median(values) if values else None

    def spread(self, scenario: str, variant: str, metric: str) -> tuple[float, float] | None:
        """Return holdfast's least and greatest number."""
        values = self._values.get((scenario, variant, OURS, metric))
        return (min(values), max(values)) if values else None

    def ratio(self, scenario: str, variant: str, metric: str, peer: str) -> float | None:
        """Return holdfast's median by a peer's."""
        own = self.median(scenario, variant, OURS, metric)
        other = self.median(scenario, variant, peer, metric)
        return own / other if own is not None and other else None

    def verdicts(self, scenarios: Mapping[str, Scenario]) -> list[Verdict]:
        """Return what became of every target that was measured."""
        found: list[Verdict] = []
        for scenario in scenarios.values():
            more = {metric.key: metric.more for metric in scenario.metrics}
            for target in scenario.targets:
                measured = self._measured(scenario.key, target)
                if measured is None:
                    continue
                reached = measured >= target.bound
                met = reached if more[target.metric] else measured <= target.bound
                found.append(Verdict(scenario, target, measured, met))
        return found

    def _measured(self, scenario: str, target: Target) -> float | None:
        if target.against is None:
            return self.median(scenario, target.variant, OURS, target.metric)
        return self.ratio(scenario, target.variant, target.metric, target.against)
