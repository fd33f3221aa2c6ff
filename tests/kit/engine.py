"""The part of a scripted server that runs on its event loop: `websockets`, driven by a script."""

import asyncio
import logging
import socket
import ssl
from collections import deque
from collections.abc import Callable, Coroutine
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol, cast, runtime_checkable

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from holdfast.testing.door import Door
from holdfast.testing.handshake import Handshake, HandshakeRequest, HttpAnswer, NoAnswer, choose
from holdfast.testing.ledger import Ledger
from holdfast.testing.lifetime import Lifetime
from holdfast.testing.ports import BACKLOG
from holdfast.testing.session import Session
from holdfast.testing.wire import Wire, wire_class

if TYPE_CHECKING:
    from concurrent.futures import Future

__all__ = ["Doorkeeper", "Engine", "Running", "Script"]

Script = Callable[[Session], Coroutine[Any, Any, None]]
"""What a server does with one connection: an async function of its `Session`."""


@runtime_checkable
class Doorkeeper(Protocol):
    """A script that also says what handshakes are answered with."""

    def answer(self, request: HandshakeRequest, /) -> HttpAnswer | NoAnswer | None:
        """Return the answer to a handshake; None opens the WebSocket."""
        ...


Running = tuple[asyncio.AbstractEventLoop, "asyncio.Future[bool]"]
"""The loop of a serving engine, and the future whose result stops it (True: with resets)."""

# Seconds that a client gets to answer a close frame before its TCP connection is cut.
_CLOSE_TIMEOUT = 5.0
# The same when the server stops, counted from the last answer of any client.
_STOP_PATIENCE = 0.1
_TLS_TIMEOUTS: dict[str, Any] = {"ssl_handshake_timeout": 5.0, "ssl_shutdown_timeout": 0.2}
_MAX_MESSAGE = 64 * 1024 * 1024

# A logger of our own: at DEBUG the engine logs whole frames, and those hold credentials.
_logger = logging.getLogger("holdfast.testing.server")
_logger.setLevel(logging.WARNING)


class Engine:
    """Sessions, and the loop that serves them.

    What other threads read is changed under `ledger.changed`.

    Args:
        script: run for every connection.
        handshake: what handshakes are answered with; None leaves it to a script that is a
            `Doorkeeper`, and opens the WebSocket for any other.
        ledger: where everything is counted.
        keep: how many messages a session, and sessions and handshakes the server, remembers.
    """

    _door: Door
    """Where clients come in, this time; a server may be started again."""

    def __init__(self, script: Script, handshake: Handshake, ledger: Ledger, keep: int) -> None:
        self.script = script
        if handshake is None and isinstance(script, Doorkeeper):
            handshake = script.answer
        self.handshake: Handshake = handshake
        self.live: dict[int, Session] = {}
        self.history: deque[Session] = deque(maxlen=keep)
        self.handshakes: deque[HandshakeRequest] = deque(maxlen=keep)
        self.errors: deque[BaseException] = deque(maxlen=keep)
        self._ledger = ledger
        self._asked = 0
        self._attended: set[int] = set()
        self._wires: set[Wire] = set()
        self._wire_class = wire_class(ledger, self._wires, keep)

    async def serve(
        self, listener: socket.socket, tls: ssl.SSLContext | None, started: "Future[Running]"
    ) -> None:
        """Serve until told to stop.

        Args:
            listener: a listening socket; it is closed at the end.
            tls: the context to speak TLS with.
            started: is given what it takes to stop.
        """
        loop = asyncio.get_running_loop()
        stop: asyncio.Future[bool] = loop.create_future()
        self._door = Door(partial(self._let_in, tls), self._failed)
        await self._door.open(listener)
        started.set_result((loop, stop))
        reset = await stop
        await self._door.close()
        await self._end_all(reset=reset)
        await self._door.wait_closed()

    async def _let_in(self, tls: ssl.SSLContext | None, listener: socket.socket) -> Server:
        return await serve(
            self._attend,
            sock=listener,
            backlog=BACKLOG,
            create_connection=self._wire_class,
            process_request=self._answer,
            process_response=self._admit,
            compression=None,
            open_timeout=None,
            ping_interval=None,
            close_timeout=_CLOSE_TIMEOUT,
            max_size=_MAX_MESSAGE,
            logger=_logger,
            ssl=tls,
            **(_TLS_TIMEOUTS if tls is not None else {}),
        )

    def _admit(self, connection: ServerConnection, request: Request, response: Response) -> None:
        """Open a session before the answer leaves: a connected client finds itself among them."""
        del request
        if response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            return
        wire = cast("Wire", connection)
        session = Session(wire, wire.asked, Lifetime(wire, self._failed), self._door)
        with self._ledger.changed:
            self.live[session.id] = session
            self.history.append(session)
            self._ledger.count("connections")
        wire.lost.add_done_callback(lambda _: self._dismiss(session))

    async def _attend(self, connection: ServerConnection) -> None:
        session = self.live[cast("Wire", connection).number]
        self._attended.add(session.id)
        try:
            await session.life.run(self.script(session))
        finally:
            self._attended.discard(session.id)
            self._dismiss(session)

    def _dismiss(self, session: Session) -> None:
        """End a session when its connection is lost and its script, if it began, has ended."""
        if session.id in self._attended:
            return
        with self._ledger.changed:
            self.live.pop(session.id, None)
            self._ledger.changed.notify_all()

    def _failed(self, error: BaseException) -> None:
        with self._ledger.changed:
            self.errors.append(error)
            self._ledger.changed.notify_all()

    async def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        wire = cast("Wire", connection)
        headers = {name.lower(): value for name, value in request.headers.raw_items()}
        with self._ledger.changed:
            self._asked += 1
            wire.asked = HandshakeRequest(self._asked, request.path, headers)
            self.handshakes.append(wire.asked)
            self._ledger.changed.notify_all()
        try:
            answer = choose(self.handshake, wire.asked)
        except Exception as error:
            self._failed(error)
            raise
        if answer is None:
            return None
        self._ledger.count("refused_handshakes")
        if isinstance(answer, NoAnswer):
            await asyncio.shield(wire.lost)
            return None
        return _response(answer)

    async def _end_all(self, *, reset: bool) -> None:
        if not reset:
            await self._say_goodbye()
        while self._wires:
            for wire in tuple(self._wires):
                wire.cut(reset=reset)
            await asyncio.sleep(0)

    async def _say_goodbye(self) -> None:
        """Close every connection, and wait for the clients' answers while there are any."""
        for wire in self._wires:
            wire.begin_close(1001, "the server stops")
        before = len(self._wires) + 1
        while 0 < len(self._wires) < before:
            before = len(self._wires)
            await asyncio.wait([wire.lost for wire in self._wires], timeout=_STOP_PATIENCE)


def _response(answer: HttpAnswer) -> Response:
    body = answer.body.encode()
    headers = Headers(
        {
            "Connection": "close",
            "Content-Length": str(len(body)),
            "Content-Type": "text/plain; charset=utf-8",
            **answer.headers,
        }
    )
    return Response(answer.status, answer.phrase, headers, body)
