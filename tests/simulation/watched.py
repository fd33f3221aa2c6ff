"""A world in which every invariant is looked at after every step."""

from collections.abc import Sequence

from tests.simulation.invariants import AT_REST, INVARIANTS, violations
from tests.simulation.world import World

__all__ = ["WatchedWorld"]


class WatchedWorld(World):
    """A world that ends with `ViolatedError` as soon as an invariant doesn't hold."""

    def complaints(self, *, at_rest: bool) -> Sequence[str]:
        """Return a line for each violation."""
        return violations(self, AT_REST if at_rest else INVARIANTS)
