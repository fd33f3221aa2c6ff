"""The event that pykka asks whether an actor has stopped, without the room for those who wait."""

import threading
from typing import Final

__all__ = ["Ended"]

_SOMEBODY: Final = threading.Condition()
"""Shared by all who wait for the end of any actor, which is rare."""


class Ended(threading.Event):
    """Is set once and for all.

    A `threading.Event` is born with a condition and its queue, 1.2 KiB for each actor of a fleet.
    """

    def __init__(self) -> None:
        self._ended = False

    def __repr__(self) -> str:
        return f"<Ended: {'set' if self._ended else 'unset'}>"

    def is_set(self) -> bool:
        """Tell whether it has been set."""
        return self._ended

    def set(self) -> None:
        """Set it, and wake whoever waits."""
        with _SOMEBODY:
            self._ended = True
            _SOMEBODY.notify_all()

    def clear(self) -> None:
        """Refuse: no actor begins again.

        Raises:
            RuntimeError: always.
        """
        raise RuntimeError("an actor that has stopped stays so: start another one")

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is set.

        Args:
            timeout: seconds, None without end.

        Returns:
            Whether it is set.
        """
        with _SOMEBODY:
            return _SOMEBODY.wait_for(self.is_set, timeout)
