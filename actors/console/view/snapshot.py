"""A whole fleet at one moment, as `status` answers it."""

import msgspec

from holdfast.actors.console.control.views import ConnectionView, HostView
from holdfast.actors.console.view.phases import count_phases
from holdfast.handlers import Phase

__all__ = ["FleetView", "Snapshot"]


class FleetView(msgspec.Struct, frozen=True, kw_only=True):
    """The process that a fleet runs in."""

    pid: int
    version: str
    file: str | None
    """The file that it was started with; None when it came from a program."""
    started: float
    """Unix seconds."""
    threads: int
    rss_mib: float


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to `status`."""

    connections: list[ConnectionView]
    hosts: list[HostView]
    fleet: FleetView

    @property
    def phases(self) -> dict[Phase, int]:
        """How many connections are in each phase, the worst first."""
        return count_phases(view.phase for view in self.connections)

    @property
    def rate_in(self) -> float:
        """Messages a second that come in, over all connections."""
        return sum(view.rate_in for view in self.connections)

    @property
    def rate_out(self) -> float:
        """Messages a second that go out, over all connections."""
        return sum(view.rate_out for view in self.connections)

    @property
    def on_first_dial(self) -> int:
        """How many connections are still on their first way to being ready."""
        return sum(
            view.incarnation == 1 and view.phase in {Phase.CONNECTING, Phase.AUTHENTICATING}
            for view in self.connections
        )

    @property
    def all_ready(self) -> bool:
        """Whether every connection is ready."""
        return all(view.phase is Phase.READY for view in self.connections)
