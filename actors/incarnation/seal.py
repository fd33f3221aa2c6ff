"""What becomes of a mailbox and of its messages when an incarnation ends.

What the incarnation had received and not got to is kept for its successor: the user's messages
must not suffer from the crash of one. What the dead stream delivers afterwards is stale.
"""

from collections.abc import Sequence

from holdfast.actors.dispatch import Mailbox
from holdfast.actors.incarnation.failure import ConnectionFailed, HandlerCrashed, crash_cause
from holdfast.actors.logs import Logger
from holdfast.actors.messages import Closed, Inbound, Kept
from holdfast.actors.slots.hidden import presentable
from holdfast.actors.slots.outbox import Send
from holdfast.handlers import Cause, Phase

__all__ = ["autopsy", "keep_unread", "log_crash", "log_end", "take_sends"]


def autopsy(
    error: BaseException | None, handled: object
) -> tuple[Cause, tuple[object, ...], list[str | bytes]]:
    """Return why an incarnation ended, the messages that it couldn't take, and those behind them.

    Args:
        error: what ended it.
        handled: the message that it was handling, None for none.
    """
    if isinstance(error, ConnectionFailed):
        return presentable(error.cause), (), error.rest
    if isinstance(error, HandlerCrashed):
        return error.cause(), error.messages, error.rest
    return crash_cause(error, "on_receive"), () if handled is None else (handled,), []


def log_end(log: Logger, phase: Phase, cause: Cause, error: BaseException | None) -> None:
    """Log why an incarnation ended, and the traceback if it was a crash.

    Args:
        log: of the connection.
        phase: in which it ended.
        cause: why.
        error: what ended it.
    """
    if isinstance(error, HandlerCrashed):
        log_crash(log, error.method, error.__cause__)
    elif not isinstance(error, ConnectionFailed):
        log_crash(log, "on_receive", error)
    log.warning(
        "connection.failed",
        phase=phase.value,
        kind=cause.kind.value,
        cause=cause.name,
        detail=cause.detail,
        code=cause.code,
    )


def log_crash(log: Logger, method: str, error: BaseException | None) -> None:
    """Log what a method of the user's handler raised."""
    log.error("handler.crashed", method=method, exc_info=error)


def keep_unread(
    mailbox: Mailbox,
    generation: int,
    rest: Sequence[str | bytes] = (),
    *,
    was_ready: bool,
    answer_due: bool = False,
) -> int:
    """Make what waits in the mailbox readable for the next incarnation.

    Args:
        mailbox: of the connection whose incarnation ends.
        generation: of the stream that it had.
        rest: what stood behind the message that ended it; it goes in front of all else.
        was_ready: messages that came in before the login was done are no use to anybody: an
            answer to that login may be among them.
        answer_due: a login is in flight, so the answer to it may be among what is kept.

    Returns:
        How many batches were dropped as stale.
    """
    dropped = 0

    def change(message: object) -> object:
        nonlocal dropped
        match message:
            case Inbound(generation=of, messages=messages) if of == generation and was_ready:
                return Kept(messages, answer_due)
            case Inbound():
                dropped += 1
                return None
            case Closed():
                return None
            case _:
                return message

    mailbox.replace_data(change)
    if rest:
        mailbox.put_back(Kept(list(rest), answer_due))
    return dropped


def take_sends(mailbox: Mailbox) -> list[Send]:
    """Take out what waits to be sent; everything else keeps its place."""
    taken: list[Send] = []

    def change(message: object) -> object:
        if isinstance(message, Send):
            taken.append(message)
            return None
        return message

    mailbox.replace_data(change)
    return taken
