"""The pykka actor that runs on a dispatcher instead of a thread of its own.

pykka's extension points carry it: the inbox, the future and the start of the loop. Where pykka
loses something, this class doesn't: a failing `on_start` is a failure like any other, a stop
overtakes the queue, an exception of any kind ends this actor alone, and a message is never put
into a mailbox that nobody will read.
"""

import sys
import uuid
from contextlib import suppress
from itertools import count
from queue import Full
from types import TracebackType
from typing import Any, ClassVar, Final

import pykka
from pykka._envelope import Envelope
from pykka.messages import _ActorStop  # pyright: ignore[reportPrivateUsage]  # pykka's only stop

from holdfast.actors.dispatch.dispatcher import Dispatcher
from holdfast.actors.dispatch.ended import Ended
from holdfast.actors.dispatch.errors import DispatcherStopped
from holdfast.actors.dispatch.future import DispatchedFuture
from holdfast.actors.dispatch.mailbox import Mailbox
from holdfast.actors.dispatch.role import current_role
from holdfast.actors.dispatch.stall import Stall
from holdfast.actors.logs import Logger, get_logger

__all__ = ["DispatchedActor"]

ExcInfo = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]

_URN: Final = uuid.uuid4().urn[:-12]
"""What the names of all actors of this process begin with; a number makes the rest."""

_numbers = count(1)
_log = get_logger()


class DispatchedActor(pykka.Actor):
    """An actor that shares the threads of a dispatcher with many others.

    One thread at a time runs it, though not always the same one.

    Args:
        dispatcher: whose threads run it.
        mailbox: the mailbox to read; a new one of its own by default.
    """

    system: ClassVar[bool] = False
    """One of the machine's own actors, which never wait: the leader isn't taken from them."""

    log: Logger = _log
    """Where it logs what happens to it."""

    def __init__(self, dispatcher: Dispatcher, mailbox: Mailbox | None = None) -> None:
        self.mailbox = Mailbox() if mailbox is None else mailbox
        self.dispatcher = dispatcher
        self.slow = 0
        self.handled: Envelope[Any] | None = None
        self._begun = False
        self._registered = True
        # What pykka's constructor sets (a test compares). It would make a random UUID and an event
        # with room for those who wait: 5 of the 8 us of an actor, and 1.2 KiB.
        self.actor_urn = f"{_URN}{next(_numbers):012x}"
        self.actor_inbox = self._create_actor_inbox()
        self.actor_stopped = Ended()
        self._actor_ref = pykka.ActorRef(self)

    @property
    def label(self) -> str:
        """What people call it, in an error."""
        return type(self).__name__

    @property
    def kind(self) -> object:
        """What its handlers have in common with those of other actors: if one blocks, all may."""
        return type(self)

    def launch(self) -> pykka.ActorRef[Any]:
        """Start without pykka's global registry.

        The registry is shared by the whole process: its `remove` is linear, and a `SystemExit`
        in anybody's actor stops all that are in it. Supervised actors stay out of it.

        Raises:
            DispatcherStopped: no thread is left to run it.
        """
        self._registered = False
        self._start_actor_loop()
        return self.actor_ref

    def schedule(self) -> None:
        """Ask the dispatcher for a turn; the mailbox calls it."""
        self.dispatcher.schedule(self)

    def runs_here(self) -> bool:
        """Tell whether the calling thread is running this actor at this moment."""
        role = current_role()
        return role is not None and role.runs(self)

    def run(self) -> bool:
        """Handle some messages; return whether more may wait. The dispatcher calls it."""
        if not self._begun:
            self._begun = True
            self._begin()
        dispatcher, take, handle = self.dispatcher, self.mailbox.take, self._handle
        for _ in range(dispatcher.messages_a_turn):
            envelope = take(self)
            if envelope is None:
                return False
            handle(envelope)
            if dispatcher.stopped:
                break
        return True

    def abandon(self) -> None:
        """End without a turn, because the dispatcher has stopped. The dispatcher calls it."""
        self._mark_ended()
        self._end()

    def blocked(self, stall: Stall) -> None:
        """Log that a handler holds its thread; the watchdog calls it, on its own thread."""
        self.log.warning(
            "handler.blocked",
            actor=type(self).__name__,
            handler=stall.handler,
            method=stall.method,
            seconds=stall.seconds,
            suppressed=stall.suppressed,
            stack=stall.stack,
        )

    def stuck(self, stall: Stall) -> None:
        """Log that a handler still holds its thread; the watchdog calls it too."""
        self.log.error(
            "handler.stuck",
            actor=type(self).__name__,
            handler=stall.handler,
            method=stall.method,
            seconds=stall.seconds,
            stack=stall.stack,
        )

    def recovered(self, handler: str, seconds: float) -> None:
        """Log that the handler returned after so many seconds; the watchdog calls it too."""
        name = type(self).__name__
        self.log.info("handler.recovered", actor=name, handler=handler, seconds=seconds)

    def on_receive(self, message: Any) -> Any:  # noqa: ANN401  # pykka's own signature
        """Log a message of an unknown type, by its type: its content may be a secret."""
        _log.warning(
            "actor.unexpected_message", actor=type(self).__name__, type=type(message).__name__
        )

    def on_failure(
        self,
        exception_type: type[BaseException] | None,
        exception_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Log what ended the actor: it would be gone without a word otherwise."""
        del exception_type, traceback
        method = "on_start" if self.handled is None else "on_receive"
        self.log.error("handler.crashed", method=method, exc_info=exception_value)

    def on_end(self) -> None:
        """Do what the end of the actor needs, however it came; the mailbox is closed by default."""
        for envelope in self.mailbox.close():
            self._refuse(envelope)

    def _create_actor_inbox(self) -> Mailbox:  # type: ignore[override]  # pykka calls it on self
        return self.mailbox

    @staticmethod
    def _create_future() -> pykka.Future[Any]:
        return DispatchedFuture()

    def _start_actor_loop(self) -> None:
        if self.dispatcher.stopped:
            self._mark_ended()
            text = "the dispatcher has stopped: no thread is left to run an actor"
            raise DispatcherStopped(text)
        self.mailbox.attach(self)

    def _begin(self) -> None:
        try:
            self.on_start()
        except BaseException:  # noqa: BLE001  # a failure of any kind is the supervisor's to decide
            self._fail(sys.exc_info())

    def _handle(self, envelope: Envelope[Any]) -> None:
        self.handled = envelope
        message = envelope.message
        try:
            # pykka's own messages are all tuples: others needn't be compared with each of them
            # (0.14 µs a message instead of 0.48).
            handle = self._handle_receive if isinstance(message, tuple) else self.on_receive
            answer = handle(message)
            if envelope.reply_to is not None:
                envelope.reply_to.set(answer)
        except Exception:  # noqa: BLE001  # the loop answers for whatever a handler raises
            self._raised(envelope, sys.exc_info())
        except BaseException:  # noqa: BLE001  # pykka would stop every actor of the process
            self._fail(sys.exc_info())
            if envelope.reply_to is not None:
                self._refuse(envelope)
        self.handled = None

    def _raised(self, envelope: Envelope[Any], exc_info: ExcInfo) -> None:
        if envelope.reply_to is None:
            self._fail(exc_info)
            return
        # Full: somebody else has answered in our place, so nobody waits for this.
        with suppress(Full):
            envelope.reply_to.set_exception(exc_info)

    def _fail(self, exc_info: ExcInfo) -> None:
        """End the actor with `on_failure`, whichever of its methods raised."""
        if self.actor_stopped.is_set() or not self.mailbox.owned_by(self):
            # It has ended before, or was given up: what the hooks would touch is its successor's.
            self._mark_ended()
            self.log.error("handler.crashed", method="after its end", exc_info=exc_info[1])
            return
        self._mark_ended()
        self._guard(self.on_failure, *exc_info)
        self._end()

    def _stop(self) -> None:
        """End the actor with `on_stop`; pykka calls it for its stop message."""
        if self.actor_stopped.is_set():
            return
        self._mark_ended()
        self._guard(self.on_stop)
        self._end()

    def _mark_ended(self) -> None:
        self.actor_stopped.set()
        if self._registered:
            pykka.ActorRegistry.unregister(self.actor_ref)

    def _end(self) -> None:
        self._guard(self.on_end)
        if self.mailbox.owned_by(self):
            # `on_end` fell short of letting it go: nobody may wait for an answer from here.
            DispatchedActor.on_end(self)

    def _guard(self, hook: Any, *args: object) -> None:  # noqa: ANN401  # any hook of the actor
        try:
            hook(*args)
        except BaseException as exception:  # noqa: BLE001  # an end must reach its end
            _log.error(
                "actor.hook_failed",
                actor=type(self).__name__,
                hook=hook.__name__,
                exc_info=exception,
            )

    def _refuse(self, envelope: Envelope[Any]) -> None:
        """Answer for a message that nobody will handle."""
        future = envelope.reply_to
        if future is None:
            if self.mailbox.on_discard is not None:
                self.mailbox.on_discard(envelope.message)
            return
        with suppress(Full):
            if isinstance(envelope.message, _ActorStop):
                future.set(None)
            else:
                dead = pykka.ActorDeadError(f"{self.actor_ref} stopped before it answered")
                future.set_exception((pykka.ActorDeadError, dead, None))
