"""Whoever waits until connections are ready."""

from collections.abc import Iterable

import pykka

__all__ = ["Waiters"]


class Waiters:
    """Answers a future once every connection that it waits for is ready at the same time."""

    def __init__(self) -> None:
        self._missing: dict[pykka.Future[bool], tuple[frozenset[str], set[str]]] = {}

    def add(
        self, future: pykka.Future[bool], names: frozenset[str], not_ready: Iterable[str]
    ) -> None:
        """Answer the future once nothing is missing, which may be now."""
        self._missing[future] = (names, set(not_ready))
        self._answer()

    def remove(self, future: pykka.Future[bool]) -> None:
        """Forget a future; one that has been answered is no error."""
        self._missing.pop(future, None)

    def ready(self, name: str) -> None:
        """Note that a connection became ready."""
        if self._missing:
            for _, missing in self._missing.values():
                missing.discard(name)
            self._answer()

    def down(self, name: str) -> None:
        """Note that a connection is ready no longer."""
        for names, missing in self._missing.values():
            if name in names:
                missing.add(name)

    def gone(self, name: str, error: Exception) -> None:
        """Give an error to whoever waits for a connection that will never be ready."""
        for future, (names, _) in list(self._missing.items()):
            if name in names:
                del self._missing[future]
                future.set_exception((type(error), error, None))

    def _answer(self) -> None:
        done = [future for future, (_, missing) in self._missing.items() if not missing]
        for future in done:
            del self._missing[future]
            future.set(value=True)
