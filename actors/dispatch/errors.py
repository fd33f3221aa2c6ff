"""What can go wrong with the machine that runs actors, each a clear line."""

__all__ = ["DispatcherStopped", "MailboxFull", "NoSpareThread"]


class MailboxFull(Exception):  # noqa: N818  # a state that the sender handles, named like queue.Full
    """The data lane of a mailbox is full and its policy is to refuse."""


class NoSpareThread(RuntimeError):  # noqa: N818  # named for what is missing
    """A handler would wait for ever: no thread is left to answer it, or it asks in a circle."""


class DispatcherStopped(RuntimeError):  # noqa: N818  # named for the state it reports
    """An actor was started on a dispatcher that has stopped."""
