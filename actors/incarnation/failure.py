"""How an incarnation ends: by one of these exceptions, whoever notices that it must."""

from collections.abc import Iterable

from holdfast.handlers import Cause, CauseKind

__all__ = ["ConnectionFailed", "GivenUp", "HandlerCrashed", "crash_cause"]


class ConnectionFailed(Exception):  # noqa: N818  # an end like any other, not an error of the code
    """The stream is lost, refused or late; raised to end the incarnation from wherever it is.

    Args:
        cause: what the supervisor decides by.
    """

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause.name)
        self.cause = cause
        self.rest: list[str | bytes] = []
        """Messages behind the one that it was found by, which nobody has seen yet."""


class GivenUp(Exception):  # noqa: N818  # unwinds what is of no consequence any more
    """The supervisor has gone on without this incarnation, which held its thread for too long."""


class HandlerCrashed(Exception):  # noqa: N818  # named for what happened; never shown to a user
    """A method of the user's handler raised; the exception itself is the `__cause__`.

    Args:
        method: which method.
        messages: what it was given: one message, or a batch if it takes batches.
        rest: the messages behind that one, which nobody has seen yet.
    """

    def __init__(
        self, method: str, messages: Iterable[object] = (), rest: Iterable[str | bytes] = ()
    ) -> None:
        super().__init__(method)
        self.method = method
        self.messages = tuple(messages)
        self.rest = list(rest)

    def cause(self) -> Cause:
        """Return the cause for the supervisor: the exception's class and place, not its text."""
        return crash_cause(self.__cause__, self.method)


def crash_cause(error: BaseException | None, where: str) -> Cause:
    """Return the cause that an exception of ours or the user's leads to.

    The text of the exception stays in the log, where it is redacted.
    """
    name = type(error).__name__
    return Cause(CauseKind.CRASH, "handler_crash", f"{name} in {where}{_place(error)}")


def _place(error: BaseException | None) -> str:
    traceback = error.__traceback__ if error is not None else None
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    if traceback is None:
        return ""
    file = traceback.tb_frame.f_code.co_filename.rsplit("/", 1)[-1]
    return f" ({file}:{traceback.tb_lineno})"
