"""What becomes of a mailbox when an incarnation fails.

What the incarnation had received and not got to is kept for its successor: the user's messages
must not suffer from the crash of one. What the dead stream delivers afterwards is stale.
"""

from holdfast.actors.dispatch import Mailbox
from holdfast.actors.messages import Closed, Inbound, Kept

__all__ = ["keep_unread"]


def keep_unread(mailbox: Mailbox, generation: int, *, was_ready: bool) -> int:
    """Make what waits in the mailbox readable for the next incarnation.

    Args:
        mailbox: of the connection that failed.
        generation: of the stream that it had.
        was_ready: messages that came in before the login was done are no use to anybody: an
            answer to that login may be among them.

    Returns:
        How many batches were dropped as stale.
    """
    dropped = 0

    def change(message: object) -> object:
        nonlocal dropped
        match message:
            case Inbound(generation=of, messages=messages) if of == generation and was_ready:
                return Kept(messages)
            case Inbound():
                dropped += 1
                return None
            case Closed():
                return None
            case _:
                return message

    mailbox.replace_data(change)
    return dropped
