"""No login: what a connection has whose server wants none."""

from typing import Final

from holdfast.actors.incarnation.berth import Berth
from holdfast.actors.incarnation.login import Login, LoginHost
from holdfast.actors.machine import Machine

__all__ = ["NoLogin", "make_login"]


class NoLogin:
    """Is done before it begins, and never renewed.

    Args:
        host: the connection.
    """

    __slots__ = ("_host",)

    state: Final = None
    """Nothing is known of any authentication."""
    pending: Final = False
    """Nothing that comes in is an answer."""

    def __init__(self, host: LoginHost) -> None:
        self._host = host

    def begin(self) -> None:
        """Go on: the stream is open, and that is enough."""
        self._host.logged_in()

    def check(self) -> None:
        """Nothing expires."""

    def renew(self) -> None:
        """Nothing to renew."""

    def turn_has_come(self) -> None:
        """Nothing waits for its place."""

    def withdraw(self) -> None:
        """It stands in no line."""

    def answer_is_late(self) -> None:
        """No answer is due."""

    def read(self, messages: list[str | bytes]) -> list[str | bytes]:
        """Return every message: none is an answer."""
        return messages

    def without_answers(self, messages: list[str | bytes]) -> list[str | bytes]:
        """Return every message: none is an answer."""
        return messages

    def take_rest(self) -> list[str | bytes]:
        """Return nothing: it holds nothing back."""
        return []


def make_login(berth: Berth, machine: Machine, host: LoginHost) -> Login | NoLogin:
    """Return the login of a new incarnation.

    Args:
        berth: the connection's place.
        machine: where the other actors are.
        host: the connection.
    """
    if berth.auth is None:
        return NoLogin(host)
    return Login(berth.auth, berth, machine, host)
