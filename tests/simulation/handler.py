"""The user's side in the simulation: a handler that records, sends, and crashes on command."""

from dataclasses import dataclass, field

from holdfast.actors import MailboxFull, OutboxFull
from holdfast.handlers import Cause, Connection, ConnectionHandler
from tests.simulation.account import Account

__all__ = ["CommandedError", "Mood", "Order", "Scribe"]

TALKS_EVERY = 3
"""One of so many messages is answered from within the handler."""


class CommandedError(Exception):
    """A crash that the simulation asked for."""


@dataclass(frozen=True)
class Order:
    """What the handler is told by name."""

    number: int
    word: str = ""
    """"crash" and "close" are obeyed."""


@dataclass
class Mood:
    """How the handlers of one connection behave, whichever incarnation they belong to."""

    crashes: set[str] = field(default_factory=set[str])
    """Methods that raise the next time they are called."""

    def maybe_crash(self, method: str) -> None:
        """Raise if this method was told to, once."""
        if method in self.crashes:
            self.crashes.discard(method)
            raise CommandedError(method)


class Scribe(ConnectionHandler):
    """Records what it is given.

    Args:
        account: where.
        mood: how to behave.
    """

    def __init__(self, account: Account, mood: Mood) -> None:
        self._account = account
        self._mood = mood
        mood.maybe_crash("factory")

    def on_ready(self, connection: Connection) -> None:
        """Say something, first thing."""
        self._say(connection)
        self._mood.maybe_crash("on_ready")

    def on_message(self, connection: Connection, message: str | bytes) -> None:
        """Record it, answer some."""
        text = str(message)
        kind = text.partition(":")[0]
        if kind == "push":
            self._account.seen.append(text)
        elif kind == "stale":
            self._account.breach("nothing_stale_is_believed", f"the handler was given {text}")
        else:
            self._account.breach("answers_stay_inside", f"the handler was given {text}")
        if text.endswith(":crash"):
            raise CommandedError(text)
        self._mood.maybe_crash("on_message")
        if len(self._account.seen) % TALKS_EVERY == 0:
            self._say(connection)

    def on_receive(self, connection: Connection, message: object) -> object:
        """Record an order, and obey it."""
        if not isinstance(message, Order):
            return super().on_receive(connection, message)
        self._account.heard.append(message.number)
        if message.word == "close":
            connection.close()
        if message.word == "crash":
            raise CommandedError(message.word)
        self._say(connection)
        return message.number

    def on_down(self, connection: Connection, cause: Cause) -> None:
        """Send something that has to wait for the next incarnation."""
        del cause
        self._say(connection)
        self._mood.maybe_crash("on_down")

    def _say(self, connection: Connection) -> None:
        account = self._account
        account.attempts += 1
        try:
            connection.send(f"in:{account.number()}")
        except (OutboxFull, MailboxFull):
            return
