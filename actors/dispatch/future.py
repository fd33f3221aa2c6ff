"""The future of an answer, which never lets the leader sleep on it."""

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

    asked: object | None = None
    """The mailbox that the question was put into; it knows who waits for whom."""

    def get(self, *, timeout: float | None = None) -> Any:  # noqa: ANN401  # pykka's own signature
        """Return the value, or raise the exception that was set.

        Args:
            timeout: seconds to wait, None without end.

        Raises:
            pykka.Timeout: the answer didn't come in time.
            NoSpareThread: the answer could never come.
        """
        role = current_role()
        # A future that is made of others waits by their own `get`.
        if role is None or self.done() or self._get_hook is not None:
            return super().get(timeout=timeout)
        with role.waiting(self.asked):
            return super().get(timeout=timeout)

    def done(self) -> bool:
        """Tell whether a value or an exception has been set."""
        return self._result is not None
