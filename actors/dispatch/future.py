"""The future of an answer, which never lets the leader sleep on it."""

import sys
import threading
from collections.abc import Callable
from queue import Full
from typing import Any, TypeVar

import pykka
from pykka._types import OptExcInfo

from holdfast.actors.dispatch.role import current_role

__all__ = ["DispatchedFuture"]

T = TypeVar("T")

Result = tuple[Any, OptExcInfo | None]


class DispatchedFuture(pykka.Future[T]):
    """A pykka future for actors on a dispatcher.

    `get` on the leader's thread hands the leadership on before it waits, so actors may ask each
    other; every other thread just waits. Who waits brings a lock of its own: that costs half of
    the condition which `pykka.ThreadingFuture` has from its birth.
    """

    asked: object | None = None
    """The mailbox that the question was put into; it knows who waits for whom."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._result: Result | None = None
        self._sleepers: list[threading.Lock] = []

    def get(self, *, timeout: float | None = None) -> Any:  # noqa: ANN401  # pykka's own signature
        """Return the value, or raise the exception that was set.

        Args:
            timeout: seconds to wait, None without end.

        Raises:
            pykka.Timeout: the answer didn't come in time.
            NoSpareThread: the answer could never come.
        """
        if self._get_hook is not None:
            # It is made of other futures, and waits by their own `get`.
            return super().get(timeout=timeout)
        value, exc_info = self._result or self._wait(timeout)
        if exc_info is None or exc_info[1] is None:
            return value
        raise exc_info[1].with_traceback(exc_info[2])

    def set(self, value: T | None = None) -> None:
        """Set the value.

        Raises:
            queue.Full: it was set before.
        """
        self._settle((value, None))

    def set_exception(self, exc_info: OptExcInfo | None = None) -> None:
        """Set an exception, by default the one that is being handled.

        Raises:
            queue.Full: it was set before.
        """
        self._settle((None, exc_info or sys.exc_info()))

    def set_get_hook(self, func: Callable[[float | None], T]) -> None:
        """Have the value made by a function when it is read.

        Raises:
            queue.Full: it was set before.
        """
        with self._lock:
            if self._result is not None:
                raise Full
            super().set_get_hook(func)

    def done(self) -> bool:
        """Tell whether a value or an exception has been set."""
        return self._result is not None

    def _settle(self, result: Result) -> None:
        with self._lock:
            if self._result is not None or self._get_hook is not None:
                raise Full
            self._result = result
            for sleeper in self._sleepers:
                sleeper.release()

    def _wait(self, timeout: float | None) -> Result:
        role = current_role()
        if role is None:
            return self._sleep(timeout)
        role.wait_begins(self)
        try:
            return self._sleep(timeout)
        finally:
            role.wait_ends()

    def _sleep(self, timeout: float | None) -> Result:
        sleeper = threading.Lock()
        sleeper.acquire()
        with self._lock:
            if self._result is not None:
                return self._result
            self._sleepers.append(sleeper)
        sleeper.acquire(timeout=-1 if timeout is None else max(0.0, timeout))
        with self._lock:
            self._sleepers.remove(sleeper)
            if self._result is None:
                raise pykka.Timeout(f"{timeout} seconds")
            return self._result
