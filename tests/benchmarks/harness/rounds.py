"""Who runs when: A B C A B C …, so that a busy minute of the machine hits all alike."""

import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, Final

from clients.makers import PARTICIPANTS
from harness.process import LoadServer, RunFailed, measure
from harness.scenario import Order, Result, Scenario, Variant

__all__ = ["Record", "run_rounds", "smaller"]

SMALL: Final[Mapping[str, float]] = {
    "connections": 2,
    "seconds": 0.1,
    "block": 0.05,
    "settle": 0.05,
    "actors": 20,
    "messages": 1_000,
    "times": 1,
}
"""The most of anything in a smoke test."""


@dataclass(frozen=True, slots=True)
class Record:
    """What one participant did in one round."""

    scenario: str
    variant: str
    participant: str
    round: int
    result: Result


def run_rounds(
    scenarios: Sequence[Scenario], rounds: int, minutes: float
) -> Iterator[Record | RunFailed]:
    """Run all variants of all scenarios, then again those that are to be run more often.

    Args:
        scenarios: what to run.
        rounds: how often at most.
        minutes: nothing is run once more that would, by the last time, not end within these.

    Yields:
        Each result as it comes, or why there is none. Who isn't installed is left out.
    """
    end = time.monotonic() + minutes * 60
    took: dict[tuple[str, str], float] = {}
    for number in range(rounds):
        for scenario, variant in _due(scenarios, number):
            began, key = time.monotonic(), (scenario.key, variant.name)
            if began + took.get(key, 0.0) > end and number:
                sys.stderr.write(f"{scenario.key} · {variant.name}: no time for another round\n")
                continue
            yield from _run_round(scenario, variant, number)
            took[key] = time.monotonic() - began


def _due(scenarios: Iterable[Scenario], number: int) -> list[tuple[Scenario, Variant]]:
    """Return what takes part in a round, first what does most often."""
    due = [
        (scenario, variant)
        for scenario in scenarios
        for variant in scenario.variants
        if number < variant.rounds
    ]
    return sorted(due, key=lambda each: -each[1].rounds)


def _run_round(scenario: Scenario, variant: Variant, number: int) -> Iterator[Record | RunFailed]:
    for participant in _participants(scenario, variant):
        try:
            result = _run_once(scenario, participant, variant.order)
        except RunFailed as failure:
            sys.stderr.write(f"FAILED {failure}\n")
            yield failure
            continue
        record = Record(scenario.key, variant.name, participant, number, result)
        _tell(record)
        yield record


def _participants(scenario: Scenario, variant: Variant) -> list[str]:
    """Return who takes part in a variant."""
    return [
        name
        for name in scenario.participants
        if name not in variant.absent and PARTICIPANTS[name].installed
    ]


def smaller(variants: Iterable[Variant]) -> list[Variant]:
    """Return variants that take a moment, to see that they work at all; each only once."""
    kept: list[Variant] = []
    for variant in variants:
        order = {
            key: min(value, SMALL[key]) if key in SMALL else value
            for key, value in variant.order.items()
        }
        if order not in (other.order for other in kept):
            kept.append(Variant(variant.name, order, variant.absent))
    return kept


def _run_once(scenario: Scenario, participant: str, order: Order) -> Result:
    load = nullcontext() if scenario.load is None else LoadServer(scenario.load, order)
    with load as server:
        ports: Mapping[str, Any] = {} if server is None else server.hello
        return measure(scenario.key, participant, {**order, **ports})


def _tell(record: Record) -> None:
    numbers = ", ".join(f"{key} {value:,.4g}" for key, value in record.result.items())
    sys.stderr.write(
        f"{record.scenario} · {record.variant} · round {record.round + 1} · "
        f"{record.participant}: {numbers}\n"
    )
