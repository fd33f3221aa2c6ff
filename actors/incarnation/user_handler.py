"""The user's side of a connection: calls their handler, and tells what raised where."""

from collections.abc import Iterator
from typing import Any, Final, Protocol

import pykka

from holdfast.actors.incarnation.failure import HandlerCrashed
from holdfast.actors.slots.outbox import ConnectionStopping
from holdfast.actors.spec import ConnectionSpec
from holdfast.handlers import Cause, Connection, ConnectionHandler, Received

__all__ = ["NO_HANDLER", "UserHandler", "make_user_handler"]


class UserHandler(Protocol):
    """Whoever hears of a connection: the user's handler, or an actor of theirs."""

    def ready(self) -> None:
        """Tell that the connection is authenticated and subscribed."""
        ...

    def deliver(self, messages: list[str | bytes]) -> None:
        """Hand over messages, in order.

        Raises:
            HandlerCrashed: one of them wasn't taken; those behind it are in `rest`.
        """
        ...

    def take_rest(self) -> list[str | bytes]:
        """Take away what `deliver` hasn't got to, on another thread: it stops there."""
        ...

    def receive(self, message: object, *, asked: bool) -> object:
        """Hand over what somebody told or asked the connection, and return the answer."""
        ...

    def down(self, cause: Cause) -> None:
        """Tell that the incarnation has ended."""
        ...


def make_user_handler(spec: ConnectionSpec, connection: Connection) -> UserHandler:
    """Make a fresh handler for a new incarnation.

    Raises:
        HandlerCrashed: the factory raised, or made something else than a `ConnectionHandler`.
    """
    factory = spec.handler
    if not callable(factory):
        return _ActorHandler(spec.name, factory)
    try:
        handler = factory()
    except BaseException as error:
        raise HandlerCrashed("the handler's factory") from error
    if not isinstance(handler, ConnectionHandler):  # pyright: ignore[reportUnnecessaryIsInstance]  # users' factories aren't all typed
        made = TypeError(f"made {type(handler).__name__}, which is no ConnectionHandler")
        raise HandlerCrashed("the handler's factory") from made
    if type(handler).on_messages is not ConnectionHandler.on_messages:
        return _BatchHandler(handler, connection)
    return _OwnHandler(handler, connection)


def _was_refused(error: BaseException, connection: str) -> bool:
    """Tell whether a handler only let through that its own connection, which stops, takes no more.

    That is no crash: it would cut short the writing of what was accepted before.
    """
    return isinstance(error, ConnectionStopping) and error.connection == connection


class _NoHandler:
    """Stands in while there is no handler: before `on_start` has made one."""

    def ready(self) -> None:
        """Nothing to tell."""

    def deliver(self, messages: list[str | bytes]) -> None:
        """Nobody to tell."""

    def take_rest(self) -> list[str | bytes]:
        """Nothing to take."""
        return []

    def receive(self, message: object, *, asked: bool) -> object:
        """Nobody to ask."""

    def down(self, cause: Cause) -> None:
        """Nobody to tell."""


NO_HANDLER: Final = _NoHandler()


class _OwnHandler:
    """Calls a `ConnectionHandler`, one message at a time."""

    def __init__(self, handler: ConnectionHandler, connection: Connection) -> None:
        self._handler = handler
        self._connection = connection
        self._rest: Iterator[str | bytes] = iter(())

    def ready(self) -> None:
        try:
            self._handler.on_ready(self._connection)
        except BaseException as error:
            if not _was_refused(error, self._connection.name):
                raise HandlerCrashed("on_ready") from error

    def deliver(self, messages: list[str | bytes]) -> None:
        on_message, connection = self._handler.on_message, self._connection
        rest = self._rest = iter(messages)
        for message in rest:
            try:
                on_message(connection, message)
            except BaseException as error:
                if not _was_refused(error, connection.name):
                    raise HandlerCrashed("on_message", (message,), rest) from error

    def take_rest(self) -> list[str | bytes]:
        # One step for Python: no message is taken here and handed over there.
        return list(self._rest)

    def receive(self, message: object, *, asked: bool) -> object:
        try:
            return self._handler.on_receive(self._connection, message)
        except ConnectionStopping as error:
            if asked or not _was_refused(error, self._connection.name):
                raise
            return None

    def down(self, cause: Cause) -> None:
        try:
            self._handler.on_down(self._connection, cause)
        except BaseException as error:
            if not _was_refused(error, self._connection.name):
                raise HandlerCrashed("on_down") from error


class _BatchHandler(_OwnHandler):
    """Calls a handler that takes batches: it answers for each as a whole."""

    def deliver(self, messages: list[str | bytes]) -> None:
        try:
            self._handler.on_messages(self._connection, messages)
        except BaseException as error:
            if not _was_refused(error, self._connection.name):
                raise HandlerCrashed("on_messages", messages) from error


class _ActorHandler:
    """Tells an actor of the user's."""

    def __init__(self, name: str, ref: pykka.ActorRef[Any]) -> None:
        self._name = name
        self._ref = ref

    def ready(self) -> None:
        """Nothing: such an actor hears of messages alone."""

    def deliver(self, messages: list[str | bytes]) -> None:
        rest = iter(messages)
        for message in rest:
            try:
                self._ref.tell(Received(self._name, message))
            except BaseException as error:
                raise HandlerCrashed("tell to the handler's actor", (message,), rest) from error

    def take_rest(self) -> list[str | bytes]:
        """Nothing: a tell holds nobody."""
        return []

    def receive(self, message: object, *, asked: bool) -> object:
        del asked
        self._ref.tell(message)
        return None

    def down(self, cause: Cause) -> None:
        """Nothing: such an actor hears of messages alone."""
