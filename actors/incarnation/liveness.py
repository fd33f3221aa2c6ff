"""Liveness: notices a server that is connected but dead.

A ping goes out at every interval, and the server must be heard within the timeout: a pong or any
other message counts, since a busy feed may hold the pong up behind its data. Whether messages
still come at all is a question of its own, with a deadline of its own.
"""

from collections.abc import Callable
from typing import Final

from holdfast.actors.dispatch import Dispatcher
from holdfast.actors.incarnation.berth import Berth
from holdfast.actors.incarnation.failure import ConnectionFailed
from holdfast.actors.timers import Timers
from holdfast.handlers import Cause, CauseKind

__all__ = ["Liveness"]

PING: Final = "ping"
PONG: Final = "pong"
STALE: Final = "stale"


class Liveness:
    """The heartbeat of one stream.

    Args:
        berth: whose stream it is: its intervals, and where round trips and rates are noted.
        timers: the connection's timers.
        ping: sends a ping.
        dispatcher: whose time those are measured in.
    """

    __slots__ = (
        "_asked",
        "_dispatcher",
        "_heartbeat",
        "_ping",
        "_timers",
        "_vitals",
        "heard",
        "received",
    )

    def __init__(
        self,
        berth: Berth,
        timers: Timers,
        ping: Callable[[], None],
        dispatcher: Dispatcher,
    ) -> None:
        self._heartbeat = berth.spec.heartbeat
        self._timers = timers
        self._ping = ping
        self._vitals = berth.vitals
        self._dispatcher = dispatcher
        self._asked: float | None = None
        self.heard = False
        """Something came in since the last ping."""
        self.received = False
        """A message came in since staleness was last looked at."""

    def start(self, fraction: float) -> None:
        """Begin to beat.

        Args:
            fraction: a random number in [0, 1): the first ping goes out after this part of the
                interval, so that a fleet that connected at once doesn't ping at once.
        """
        self._vitals.begin(self._dispatcher.clock.now())
        self._timers.start(PING, self._heartbeat.interval * max(fraction, 0.1))
        if self._heartbeat.stale_after is not None:
            self._timers.start(STALE, self._heartbeat.stale_after)

    def beat(self) -> None:
        """Send a ping, plan the next one, and wait to hear something."""
        self._asked = self._dispatcher.clock.now()
        self._vitals.beat(self._asked)
        self._ping()
        self._timers.start(PING, self._heartbeat.interval)
        # With an interval below the timeout the first ping without an answer counts.
        if not self._timers.running(PONG):
            self.heard = False
            self._timers.start(PONG, self._heartbeat.timeout)

    def data(self) -> None:
        """Note that messages came in."""
        self.heard = self.received = True
        self._vitals.last_data = self._dispatcher.polled_at

    def hear(self, *, pong: bool) -> None:
        """Note a sign of life.

        Args:
            pong: it is the answer to a ping.
        """
        self.heard = True
        if pong and self._asked is not None:
            self._vitals.round_trip = self._dispatcher.clock.now() - self._asked
            self._asked = None

    def check_pong(self, *, paused: bool) -> None:
        """See whether something was heard since the ping.

        Args:
            paused: this side isn't reading, so it can't have heard anything.

        Raises:
            ConnectionFailed: nothing was heard, so the stream counts as dead.
        """
        if self.heard or paused:
            return
        detail = f"nothing heard for {self._heartbeat.timeout:g} s after a ping"
        raise ConnectionFailed(Cause(CauseKind.NETWORK, "pong_timeout", detail))

    def check_stale(self, *, unread: bool) -> None:
        """Go on waiting for messages.

        Args:
            unread: messages have come in that the handler hasn't got to.

        Raises:
            ConnectionFailed: none came, so the feed counts as dead.
        """
        stale_after = self._heartbeat.stale_after
        if stale_after is None:
            return
        if self.received or unread:
            self.received = False
            self._timers.start(STALE, stale_after)
            return
        detail = f"no message for {stale_after:g} s, though the server may answer pings"
        raise ConnectionFailed(Cause(CauseKind.NETWORK, "data_stale", detail))
