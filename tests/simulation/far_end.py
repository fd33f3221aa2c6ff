"""The servers' end of the simulated wire: what they read of each stream, and what they say."""

from collections.abc import Callable

from holdfast.actors.socket import OPCODE_CLOSE
from tests.simulation.account import Account
from tests.simulation.judge import OPCODE_PING
from tests.simulation.network import Network
from tests.simulation.register import Register
from tests.simulation.server import Logins, Server, answer_of, is_login
from tests.simulation.stream import Frame, Hangup, Item, PongFrame, Stream

__all__ = ["FarEnd"]

LATE_ANSWER = 8.0
"""Seconds that a late answer takes: long, yet within the default deadline."""


class FarEnd:
    """Reads and speaks for every server, each in its mode.

    Args:
        servers: by the names of their connections.
        network: what a late answer is carried by.
        register: has the accounts.
        said: is told of each stream on which there is something new for the client.
    """

    def __init__(
        self,
        servers: dict[str, Server],
        network: Network,
        register: Register,
        said: Callable[[Stream], None],
    ) -> None:
        self._servers = servers
        self._network = network
        self._register = register
        self._said = said

    def read(self, stream: Stream) -> None:
        """Have the server read the next frame, and answer it."""
        if not stream.outgoing or stream.silent:
            return
        frame = stream.outgoing.popleft()
        if frame.opcode == OPCODE_PING:
            self.say(stream, PongFrame())
        elif frame.opcode == OPCODE_CLOSE:
            self.say(stream, Hangup(int.from_bytes(frame.data[:2]) or None))
        else:
            self._account(stream).got.setdefault(stream.generation, []).append(frame.text)
            self._answer(stream, frame)

    def push(self, stream: Stream, word: str = "") -> None:
        """Have the server send a numbered message."""
        number = self._account(stream).number()
        self.say(stream, f"push:{stream.generation}:{number}:{word}")

    def say(self, stream: Stream, item: Item, seconds: float | None = None) -> None:
        """Have the server send something.

        Args:
            stream: on which.
            item: what.
            seconds: until then; at once by default.
        """

        def said() -> None:
            stream.incoming.append(item)
            self._said(stream)

        if seconds is None:
            said()
        else:
            self._network.later(said, seconds)

    def _answer(self, stream: Stream, frame: Frame) -> None:
        server = self._servers[stream.ref[0]]
        if not is_login(frame.text):
            if frame.counted and server.echoes:
                self.push(stream)
        elif server.logins is not Logins.IGNORED:
            late = LATE_ANSWER if server.logins is Logins.LATE else None
            self.say(stream, answer_of(server), late)

    def _account(self, stream: Stream) -> Account:
        return self._register.account_of(stream.ref)
