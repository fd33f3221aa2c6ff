"""Who runs: the dispatcher with its threads, and the mailbox and actor that stand on it."""

from holdfast.actors.dispatch.actor import DispatchedActor
from holdfast.actors.dispatch.dispatcher import Dispatcher
from holdfast.actors.dispatch.errors import DispatcherStopped, MailboxFull, NoSpareThread
from holdfast.actors.dispatch.future import DispatchedFuture
from holdfast.actors.dispatch.mailbox import Control, Mailbox, Ordered, Overflow
from holdfast.actors.dispatch.signals import Readiness, Tick

__all__ = [
    "Control",
    "DispatchedActor",
    "DispatchedFuture",
    "Dispatcher",
    "DispatcherStopped",
    "Mailbox",
    "MailboxFull",
    "NoSpareThread",
    "Ordered",
    "Overflow",
    "Readiness",
    "Tick",
]
