"""The future of an answer, which never lets the leader sleep on it."""

from contextlib import nullcontext
from typing import Any, TypeVar

from pykka import ThreadingFuture

from holdfast.actors.dispatch.role import current_role

__all__ = ["DispatchedFuture"]

T = TypeVar("T")


class DispatchedFuture(ThreadingFuture[T]):
    """A pykka future for actors on a dispatcher.

    `get` on the leader's thread hands the leadership on before it waits, so actors may ask each
    other; every other thread just waits.
    """

    def get(self, *, timeout: float | None = None) -> Any:  # noqa: ANN401  # pykka's own signature
        """Return the value, or raise the exception that was set.

        Args:
            timeout: seconds to wait, None without end.

        Raises:
            pykka.Timeout: the answer didn't come in time.
            NoSpareThread: no thread is left that could give the answer.
        """
        role = None if self.done() else current_role()
        with nullcontext() if role is None else role.waiting():
            return super().get(timeout=timeout)

    def done(self) -> bool:
        """Tell whether a value or an exception has been set."""
        return self._result is not None
