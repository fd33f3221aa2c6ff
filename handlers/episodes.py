"""A history with its repetitions folded: what went round and round is one episode."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Final

from holdfast.handlers.lifecycle import Phase
from holdfast.handlers.transition import Transition

FEWEST: Final = 3
"""Rounds that are folded; two of them are as quickly read one by one."""

LONGEST: Final = 6
"""Steps of a round: there is none in the life cycle that has more without a smaller one in it."""


@dataclass(frozen=True, slots=True)
class Episode:
    """One step, or several that were taken again and again.

    Attributes:
        steps: all of them, oldest first.
        rounds: how often they go round; 1 for a single step.
    """

    steps: Sequence[Transition]
    rounds: int = 1

    @property
    def last_round(self) -> Sequence[Transition]:
        """The steps of the last time."""
        return self.steps[-(len(self.steps) // self.rounds) :]

    @property
    def path(self) -> list[Phase]:
        """The phases that one round goes through."""
        phases = [self.last_round[0].before]
        for step in self.last_round:
            # One that has stopped and is started again begins without a step.
            between = () if step.before is phases[-1] else (step.before,)
            phases += (*between, step.after)
        return phases


def fold(history: Sequence[Transition]) -> list[Episode]:
    """Return a history as episodes.

    Rounds are the same when their phases, causes, wishes and rules are; delays and details may
    differ.

    Args:
        history: steps, oldest first.
    """
    kinds = [_kind(step) for step in history]
    episodes: list[Episode] = []
    at = 0
    while at < len(history):
        length, rounds = _rounds(kinds, at)
        end = at + length * rounds
        episodes.append(Episode(history[at:end], rounds))
        at = end
    return episodes


def _kind(step: Transition) -> Hashable:
    reason = step.reason
    cause = None if reason.cause is None else reason.cause.name
    return step.before, step.after, cause, reason.asked, reason.rule


def _rounds(kinds: Sequence[Hashable], at: int) -> tuple[int, int]:
    """Return the length and number of the rounds that cover most from here on."""
    found = [(length, _repeats(kinds, at, length)) for length in range(2, LONGEST + 1)]
    worth = [(length, rounds) for length, rounds in found if rounds >= FEWEST]
    return max(worth, key=lambda pair: pair[0] * pair[1], default=(1, 1))


def _repeats(kinds: Sequence[Hashable], at: int, length: int) -> int:
    first = kinds[at : at + length]
    rounds = 1
    while kinds[at + rounds * length : at + (rounds + 1) * length] == first:
        rounds += 1
    return rounds
