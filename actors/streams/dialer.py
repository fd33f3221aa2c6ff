"""The dialer: many dials at once, none of which can hold up another.

A dial is a generator on a non-blocking socket (`holdfast.actors.wire.dial`); only DNS needs a
thread. Dials to one host wait for each other beyond a bound, so that a server isn't stormed;
dials to different hosts never do, so a dead host starves nobody. What can: four names whose lookup
hangs hold the resolver's threads, and other names wait until the system gives up on them.
"""

from collections.abc import Callable, Iterator

from holdfast.actors.machine import Machine
from holdfast.actors.messages import Dialing, Open, Resolved, StreamRef
from holdfast.actors.streams.admission import Admission, Host, Load
from holdfast.actors.wire.dial import OpenStream, Target, dial, endpoint
from holdfast.actors.wire.resolver import Answer, Resolver
from holdfast.actors.wire.steps import Steps

__all__ = ["Dialer"]


class _Dial:
    """One dial that has its turn."""

    __slots__ = ("fd", "host", "options", "request", "steps", "target")

    def __init__(self, request: Open) -> None:
        self.request = request
        self.target = Target.parse(request.spec.url)
        self.options = request.spec.dial_options
        self.host: Host = endpoint(self.target, self.options)
        self.steps: Steps[OpenStream] | None = None
        self.fd = -1


class Dialer:
    """Drives the dials of the socket actor.

    Args:
        machine: has the clock, the poller that tells when a dial can go on, and the governor.
        resolver: finds addresses on its own threads.
        wake: has `admit` called with this host after so many seconds.
        opened: called with the request and the open stream.
        failed: called with the request and the exception that ended its dial.
    """

    def __init__(
        self,
        machine: Machine,
        resolver: Resolver,
        wake: Callable[[Host, float], None],
        opened: Callable[[Open, OpenStream], None],
        failed: Callable[[Open, Exception], None],
    ) -> None:
        self._poller = machine.dispatcher.poller
        self._resolver = resolver
        self._mailbox = machine.socket
        self._opened = opened
        self._failed = failed
        self._dials: dict[StreamRef, _Dial] = {}
        self._by_fd: dict[int, _Dial] = {}
        self._queued: dict[StreamRef, Host] = {}
        self._admission: Admission[StreamRef, _Dial] = Admission(
            machine.governor.limits_of, machine.dispatcher.clock.now, wake, self._begin
        )

    def add(self, request: Open) -> None:
        """Queue a dial; its deadline is the connection's business and starts with `Dialing`."""
        try:
            dial_ = _Dial(request)
        except ValueError as error:
            self._failed(request, error)
            return
        self._queued[request.stream] = dial_.host
        self._admission.enter(dial_.host, request.stream, dial_)

    def cancel(self, stream: StreamRef) -> bool:
        """Drop a dial wherever it is; return whether there was one."""
        dial_ = self._dials.get(stream)
        if dial_ is not None:
            self._drop(dial_)
            return True
        host = self._queued.pop(stream, None)
        if host is None:
            return False
        self._admission.withdraw(host, stream)
        return True

    def resolved(self, message: Resolved) -> None:
        """Go on with a dial whose addresses are known, or fail it."""
        dial_ = self._dials.get(message.stream)
        if dial_ is None:
            return
        if isinstance(message.answer, Exception):
            self._fail(dial_, message.answer)
            return
        # Each attempt begins with the next address: a dead one may use up the whole deadline.
        first = message.stream[1] % max(1, len(message.answer))
        addresses = message.answer[first:] + message.answer[:first]
        dial_.steps = dial(dial_.target, addresses, dial_.options)
        self._advance(dial_, dial_.steps)

    def ready(self, fd: int) -> None:
        """Go on with the dial that waits for this descriptor, if there is one."""
        dial_ = self._by_fd.get(fd)
        if dial_ is not None and dial_.steps is not None:
            self._unwatch(dial_)
            self._advance(dial_, dial_.steps)

    def cancel_all(self) -> None:
        """Drop every dial."""
        self._queued.clear()
        self._admission.clear()
        for dial_ in list(self._dials.values()):
            self._drop(dial_)

    def admit(self, host: Host) -> None:
        """Begin what may begin to a host by now."""
        self._admission.look(host)

    def admit_all(self) -> None:
        """Begin what may begin by now, and have `wake` called again for the others."""
        self._admission.look_again()

    def loads(self) -> Iterator[Load]:
        """Yield what is under way, host by host."""
        return self._admission.loads()

    def _begin(self, stream: StreamRef, dial_: _Dial) -> None:
        del self._queued[stream]
        self._dials[stream] = dial_
        dial_.request.owner.tell(Dialing(stream[1]))
        mailbox = self._mailbox

        def done(answer: Answer) -> None:
            mailbox.tell(Resolved(stream, answer))

        self._resolver.resolve(*dial_.host, done)

    def _advance(self, dial_: _Dial, steps: Steps[OpenStream]) -> None:
        try:
            sock, mask = next(steps)
        except StopIteration as end:
            self._release(dial_)
            self._opened(dial_.request, end.value)
        except Exception as error:  # noqa: BLE001  # one dial's failure, of whatever kind
            self._fail(dial_, error)
        else:
            dial_.fd = sock.fileno()
            self._by_fd[dial_.fd] = dial_
            self._poller.watch(dial_.fd, mask)

    def _fail(self, dial_: _Dial, error: Exception) -> None:
        self._release(dial_)
        self._failed(dial_.request, error)

    def _drop(self, dial_: _Dial) -> None:
        self._unwatch(dial_)
        if dial_.steps is not None:
            dial_.steps.close()
        self._release(dial_)

    def _unwatch(self, dial_: _Dial) -> None:
        if self._by_fd.pop(dial_.fd, None) is not None:
            self._poller.forget(dial_.fd)

    def _release(self, dial_: _Dial) -> None:
        """Give the turn to the next dial to the same host."""
        del self._dials[dial_.request.stream]
        self._admission.done(dial_.host)
