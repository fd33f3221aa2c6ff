"""Whoever waits for connections to be gone."""

from collections.abc import Iterable

import pykka

__all__ = ["Farewells"]


class Farewells:
    """Answers futures when a connection, or every connection of a fleet, is gone."""

    def __init__(self) -> None:
        self._of_one: dict[str, list[pykka.Future[bool]]] = {}
        self._of_all: pykka.Future[bool] | None = None
        self._left: set[str] = set()

    def await_one(self, name: str, future: pykka.Future[bool]) -> None:
        """Answer the future when this connection is gone."""
        self._of_one.setdefault(name, []).append(future)

    def await_all(self, names: Iterable[str], future: pykka.Future[bool]) -> None:
        """Answer the future when all of these are gone, which may be now."""
        self._left = set(names)
        self._of_all = future
        self._answer_all()

    def gone(self, name: str) -> None:
        """Note that a connection is gone."""
        for future in self._of_one.pop(name, ()):
            future.set(value=True)
        self._left.discard(name)
        self._answer_all()

    def _answer_all(self) -> None:
        if self._of_all is not None and not self._left:
            self._of_all.set(value=True)
            self._of_all = None
