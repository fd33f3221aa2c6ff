"""Open files: may this machine hold so many connections."""

from collections.abc import Iterator
from dataclasses import dataclass

from holdfast.actors import TooManyConnections
from holdfast.actors.console.doctor.finding import Finding, Verdict
from holdfast.actors.open_files import Room

__all__ = ["RoomSeen", "look_at_room"]


@dataclass(frozen=True, slots=True)
class RoomSeen:
    """What came of asking for open files.

    Args:
        connections: for how many it was asked.
        size: how many there is room for; 0 when there isn't enough.
        problem: why there isn't enough; None when there is.
    """

    connections: int
    size: int
    problem: str | None = None

    def judge(self) -> Finding:
        """Fail what doesn't fit in."""
        if self.problem is None:
            what = f"room for {self.size:,} connections, {self.connections:,} are wanted"
            return Finding("files", "open files", Verdict.OK, what)
        what, _, _ = self.problem.partition(": ")
        advice = "raise the hard limit: `ulimit -Hn`, LimitNOFILE= of a service; or run fewer"
        return Finding("files", "open files", Verdict.FAIL, what, advice)


def look_at_room(connections: int) -> Iterator[RoomSeen]:
    """Ask for room as a fleet does when it starts.

    Args:
        connections: how many there are; nothing is asked for none.
    """
    if not connections:
        return
    room = Room()
    try:
        room.make(connections)
    except TooManyConnections as error:
        yield RoomSeen(connections, 0, str(error))
    else:
        yield RoomSeen(connections, room.size)
