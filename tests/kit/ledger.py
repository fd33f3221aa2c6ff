"""What a server saw, counted and kept for a test that waits for it on another thread."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, fields

__all__ = ["Counters", "Ledger"]


@dataclass(frozen=True, slots=True)
class Counters:
    """How often each thing has happened since the server was made; a restart doesn't reset them.

    Attributes:
        dials: TCP connections that were accepted.
        refused_handshakes: handshakes that were answered with something else than 101.
        connections: handshakes that were answered with 101.
        auths_accepted: times a script accepted credentials, renewals included.
        auths_refused: times a script refused credentials.
        messages_in: complete data messages received.
        messages_out: data messages sent; pings, closes and raw bytes don't count.
    """

    dials: int = 0
    refused_handshakes: int = 0
    connections: int = 0
    auths_accepted: int = 0
    auths_refused: int = 0
    messages_in: int = 0
    messages_out: int = 0


class Ledger:
    """Counts and the last messages, written by the server's thread and read by any other.

    Args:
        keep: how many of the last messages are kept.
    """

    def __init__(self, keep: int) -> None:
        self.changed = threading.Condition(threading.RLock())
        self._counts = {field.name: 0 for field in fields(Counters)}
        self._received: deque[tuple[int, str | bytes]] = deque(maxlen=keep)

    def count(self, name: str) -> int:
        """Add one to a counter.

        Args:
            name: a field of `Counters`.

        Returns:
            What the counter shows now.
        """
        with self.changed:
            self._counts[name] += 1
            self.changed.notify_all()
            return self._counts[name]

    def touch(self) -> None:
        """Let those who wait look again."""
        with self.changed:
            self.changed.notify_all()

    def hear(self, session: int, message: str | bytes) -> None:
        """Keep and count a message that came in.

        Args:
            session: the id of the session that it came in on.
            message: the message, str for text and bytes for binary.
        """
        with self.changed:
            self._counts["messages_in"] += 1
            self._received.append((session, message))
            self.changed.notify_all()

    def counters(self) -> Counters:
        """Return what was counted so far, all of one instant."""
        with self.changed:
            return Counters(**self._counts)

    def received(self) -> tuple[tuple[int, str | bytes], ...]:
        """Return the last messages as (session id, message), oldest first."""
        with self.changed:
            return tuple(self._received)

    def wait_for(self, reached: Callable[[], bool], timeout: float) -> bool:
        """Block until something is so, looking again whenever something has changed.

        Args:
            reached: says whether it is so; it must not block.
            timeout: seconds to wait at most.

        Returns:
            Whether it was so in time.
        """
        deadline = time.monotonic() + timeout
        with self.changed:
            while not reached():
                left = deadline - time.monotonic()
                if left <= 0.0:
                    return False
                self.changed.wait(left)
        return True
