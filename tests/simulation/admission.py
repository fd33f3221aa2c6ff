"""Which dials may be under way: the bound that the simulated wire keeps, host by host.

The wire knows no more of it than these three methods, so another rule can take its place.
"""

from collections import Counter

from holdfast.actors.messages import StreamRef

__all__ = ["Admission", "Host"]

Host = str


class Admission:
    """Lets so many dials to one host be under way at once; the others wait in their order.

    Args:
        at_once: dials to one host.
    """

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._under_way = Counter[Host]()
        self._waiting: dict[StreamRef, Host] = {}

    def ask(self, stream: StreamRef, host: Host) -> None:
        """Queue a dial."""
        self._waiting[stream] = host

    def admit(self) -> list[StreamRef]:
        """Take out the dials that may begin now; each has to be released."""
        begun = [stream for stream, host in self._waiting.items() if self._takes(host)]
        for stream in begun:
            del self._waiting[stream]
        return begun

    def withdraw(self, stream: StreamRef) -> bool:
        """Forget a dial that waits; return whether it did."""
        return self._waiting.pop(stream, None) is not None

    def release(self, host: Host) -> None:
        """Note that a dial is over, however it went."""
        self._under_way[host] -= 1

    def _takes(self, host: Host) -> bool:
        if self._under_way[host] >= self._at_once:
            return False
        self._under_way[host] += 1
        return True

    def __contains__(self, stream: StreamRef) -> bool:
        return stream in self._waiting
