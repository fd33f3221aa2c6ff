"""Whatever users, servers and the network do, and in whatever order, the machine keeps its word.

Two drivers do the same deeds (`tests.simulation.deeds`) to the same world. Walks draw all from one
seed: they are cheap, so that there are many steps, and a failing one replays from its seed alone.
Hypothesis draws each deed: slower, but it finds the shortest list of deeds that still fails.
"""

import random

import pytest
from hypothesis import note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.simulation.deeds import DEEDS, do
from tests.simulation.specs import NAMES
from tests.simulation.walk import recover, walk, wind_up
from tests.simulation.watched import WatchedWorld
from tests.simulation.world import ViolatedError

STEPS_A_WALK = 1_000


@pytest.mark.timeout(0)  # as long as it was asked to take
def test_every_invariant_holds_after_each_of_thousands_of_steps(
    pytestconfig: pytest.Config,
) -> None:
    wanted: int = pytestconfig.option.simulation_steps
    seed: int = pytestconfig.option.simulation_seed
    steps = 0
    while steps < wanted:
        try:
            steps += walk(seed, STEPS_A_WALK).steps
        except ViolatedError as error:
            error.add_note(f"again: pytest tests/simulation --simulation-seed {seed}")
            raise
        seed += 1
    assert steps >= wanted


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_seed_replays_exactly(seed: int) -> None:
    first, second = walk(seed, STEPS_A_WALK), walk(seed, STEPS_A_WALK)
    assert first.trace == second.trace
    assert first.fingerprint() == second.fingerprint()


def test_another_seed_is_another_story() -> None:
    assert walk(1, STEPS_A_WALK).trace != walk(2, STEPS_A_WALK).trace


def test_walks_run_into_every_corner_that_they_are_made_for() -> None:
    """A simulation in which nothing happens would find nothing."""
    worlds = [walk(seed, STEPS_A_WALK) for seed in range(5)]
    slots = [slot for world in worlds for slot in world.slots.values()]
    moment = worlds[0].clock.moment()
    counts = [slot.status(moment).counts for slot in slots]
    for count in ("sent", "expired", "dropped", "unknown", "refused", "stale", "dead_letters"):
        assert sum(getattr(each, count) for each in counts) > 0, f"nothing was {count}"
    assert sum(slot.ledger.renewals for slot in slots) > 0
    assert max(slot.incarnation for slot in slots) > 3
    assert any("quarantined" in line for world in worlds for line in world.trace)


class Simulation(RuleBasedStateMachine):
    """Does one deed after the other, then sees that everything comes back and ends well."""

    world: WatchedWorld
    sound = False

    @initialize(seed=st.integers(0, 2**32 - 1))
    def begin(self, seed: int) -> None:
        self.world = WatchedWorld(seed).__enter__()
        for name in NAMES:
            self.world.start(name)
        self.sound = True

    @rule(deed=st.sampled_from(sorted(DEEDS)), chance=st.randoms(use_true_random=False))
    def act(self, deed: str, chance: random.Random) -> None:
        self.sound = False
        do(self.world, deed, chance)
        self.sound = True
        note(self.world.trace[-1])

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        try:
            if self.sound:
                recover(self.world)
                wind_up(self.world)
        finally:
            self.world.__exit__(None, None, None)


Simulation.TestCase.settings = settings(max_examples=20, stateful_step_count=40)
TestSimulation = Simulation.TestCase
