"""The pykka actor that runs on a dispatcher instead of a thread of its own.

pykka's extension points carry it: the inbox, the future and the start of the loop. Where pykka
loses something, this class doesn't: a failing `on_start` is a failure like any other, a stop
overtakes the queue, an exception of any kind ends this actor alone, and a message is never put
into a mailbox that nobody will read.
"""

import sys
import threading
from types import TracebackType
from typing import Any, ClassVar

import pykka
from pykka._envelope import Envelope
from pykka.messages import _ActorStop  # pyright: ignore[reportPrivateUsage]  # pykka's only stop

from holdfast.actors.dispatch.dispatcher import Dispatcher
from holdfast.actors.dispatch.future import DispatchedFuture
from holdfast.actors.dispatch.mailbox import Mailbox
from holdfast.actors.logs import get_logger

__all__ = ["DispatchedActor"]

MESSAGES_A_TURN = 32
"""How many messages an actor handles before others get their turn."""

ExcInfo = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]

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

    def __init__(self, dispatcher: Dispatcher, mailbox: Mailbox | None = None) -> None:
        self.mailbox = Mailbox() if mailbox is None else mailbox
        self.dispatcher = dispatcher
        self.slow = 0
        self._begun = False
        self._thread = 0
        self.handled: Envelope[Any] | None = None
        super().__init__()

    def launch(self) -> pykka.ActorRef[Any]:
        """Start without pykka's global registry.

        The registry is shared by the whole process: its `remove` is linear, and a `SystemExit`
        in anybody's actor stops all that are in it. Supervised actors stay out of it.
        """
        self._start_actor_loop()
        return self.actor_ref

    def schedule(self) -> None:
        """Ask the dispatcher for a turn; the mailbox calls it."""
        self.dispatcher.schedule(self)

    def runs_here(self) -> bool:
        """Tell whether the calling thread is running this actor at this moment."""
        return self._thread == threading.get_ident()

    def run(self) -> bool:
        """Handle some messages; return whether more may wait. The dispatcher calls it."""
        self._thread = threading.get_ident()
        try:
            return self._run()
        finally:
            self._thread = 0

    def on_receive(self, message: Any) -> Any:  # noqa: ANN401  # pykka's own signature
        """Log a message of an unknown type, by its type: its content may be a secret."""
        _log.warning(
            "actor.unexpected_message", actor=type(self).__name__, type=type(message).__name__
        )

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
        self.mailbox.attach(self)

    def _run(self) -> bool:
        if not self._begun:
            self._begun = True
            self._begin()
        for _ in range(MESSAGES_A_TURN):
            envelope = self.mailbox.take(self)
            if envelope is None:
                return False
            self._handle(envelope)
        return not self.actor_stopped.is_set()

    def _begin(self) -> None:
        try:
            self.on_start()
        except BaseException:  # noqa: BLE001  # a failure of any kind is the supervisor's to decide
            self._fail(sys.exc_info())

    def _handle(self, envelope: Envelope[Any]) -> None:
        self.handled = envelope
        try:
            answer = self._handle_receive(envelope.message)
        except Exception:  # noqa: BLE001  # the loop answers for whatever a handler raises
            self._raised(envelope, sys.exc_info())
        except BaseException:  # noqa: BLE001  # pykka would stop every actor of the process
            self._fail(sys.exc_info())
            if envelope.reply_to is not None:
                self._refuse(envelope)
        else:
            if envelope.reply_to is not None:
                envelope.reply_to.set(answer)
        self.handled = None

    def _raised(self, envelope: Envelope[Any], exc_info: ExcInfo) -> None:
        if envelope.reply_to is None:
            self._fail(exc_info)
        else:
            envelope.reply_to.set_exception(exc_info)  # type: ignore[arg-type]  # never empty here

    def _fail(self, exc_info: ExcInfo) -> None:
        """End the actor with `on_failure`, whichever of its methods raised."""
        self.actor_stopped.set()
        self._unregister()
        self._guard(self.on_failure, *exc_info)
        self._guard(self.on_end)

    def _stop(self) -> None:
        """End the actor with `on_stop`; pykka calls it for its stop message."""
        self.actor_stopped.set()
        self._unregister()
        self._guard(self.on_stop)
        self._guard(self.on_end)

    def _unregister(self) -> None:
        pykka.ActorRegistry.unregister(self.actor_ref)

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
        future = envelope.reply_to
        if future is None:
            return
        if isinstance(envelope.message, _ActorStop):
            future.set(None)
            return
        dead = pykka.ActorDeadError(f"{self.actor_ref} stopped before it answered")
        future.set_exception((pykka.ActorDeadError, dead, None))
