"""Which dials may be under way: the real admission, for a wire that asks when it has the time."""

from collections.abc import Callable

from holdfast.actors.messages import StreamRef
from holdfast.actors.streams import admission
from holdfast.handlers import HostLimits

__all__ = ["Admission", "Host"]

Host = str


class Admission:
    """Lets so many dials to one host be under way, and begin in a second; the others wait.

    Args:
        limits: of each host.
        now: returns monotonic seconds.
        wake: has `look` called with this host after so many seconds.
    """

    def __init__(
        self,
        limits: HostLimits,
        now: Callable[[], float],
        wake: Callable[[admission.Host, float], None],
    ) -> None:
        self._real: admission.Admission[StreamRef, None] = admission.Admission(
            lambda _host: limits, now, wake, self._begin
        )
        self._waiting: dict[StreamRef, Host] = {}
        self._begun: list[StreamRef] = []

    def ask(self, stream: StreamRef, host: Host) -> None:
        """Queue a dial."""
        self._waiting[stream] = host
        self._real.enter((host, 0), stream, None)

    def admit(self) -> list[StreamRef]:
        """Take out the dials that may begin now; each has to be released."""
        begun, self._begun = self._begun, []
        return begun

    def look(self, host: admission.Host) -> None:
        """Begin what may begin by now."""
        self._real.look(host)

    def look_again(self) -> None:
        """Begin what may begin by now, and ask for the wake-ups anew: they were lost."""
        self._real.look_again()

    def withdraw(self, stream: StreamRef) -> bool:
        """Forget a dial that waits; return whether it did."""
        host = self._waiting.pop(stream, None)
        if host is not None:
            self._real.withdraw((host, 0), stream)
        return host is not None

    def release(self, host: Host) -> None:
        """Note that a dial is over, however it went."""
        self._real.done((host, 0))

    def clear(self) -> None:
        """Forget whoever waits."""
        self._waiting.clear()
        self._real.clear()

    def _begin(self, stream: StreamRef, _nothing: None) -> None:
        del self._waiting[stream]
        self._begun.append(stream)
