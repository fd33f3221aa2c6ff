"""The fleet's side of the control socket: a thread accepts, and each client has one of its own.

Whatever a client does is bounded: how many there are, how long a line is, how long one may say
nothing, and how long it may take to read an answer.
"""

import selectors
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from io import BufferedReader
from typing import Any, Final

import msgspec
import pykka

from holdfast.actors.console.control.pending import await_answer
from holdfast.actors.console.control.place import ControlSocket
from holdfast.actors.console.control.protocol import LARGEST, VERSION, Answer, Request
from holdfast.actors.console.control.refusal import Refusal, refused
from holdfast.actors.logs import get_logger
from holdfast.actors.logs.escape import escape_json

__all__ = ["ControlServer"]

CLIENTS: Final = 32
"""Clients at once."""

SILENCE: Final = 60.0
"""Seconds that a client may say nothing: it holds one of their places."""

LOOK: Final = 5.0
"""Seconds between looks whether the socket's file is still there."""

READING: Final = 10.0
"""Seconds that a client may take to read an answer."""

BUSY: Final = 0.1
"""Seconds that one may take to read that there are too many."""

PARTING: Final = 1.0
"""Seconds at the end for answers that are under way."""

CHUNK: Final = 64 * 1024
"""Bytes of a line that is too long, read at once to get past it."""

_log = get_logger()


class ControlServer:
    """Reads requests, has them carried out, and writes the answers in their order.

    Args:
        place: the listening socket, which is closed at the end.
        start_actor: starts the actor that answers one client's requests.
    """

    def __init__(
        self, place: ControlSocket, start_actor: Callable[[], pykka.ActorRef[Any]]
    ) -> None:
        self._place = place
        self._start_actor = start_actor
        self._clients: dict[threading.Thread, socket.socket] = {}
        self._end, self._told = socket.socketpair()
        self._thread = threading.Thread(target=self._accept, name="holdfast-control", daemon=True)

    def start(self) -> None:
        """Take clients from now on."""
        self._thread.start()
        self._tell()

    def close(self) -> None:
        """Take no more clients, let answers that are under way go out, and join every thread."""
        self._end.close()
        self._thread.join()
        self._told.close()
        self._place.close()
        clients = dict(self._clients)
        for client in clients.values():
            with suppress(OSError):
                client.shutdown(socket.SHUT_RD)
        deadline = time.monotonic() + PARTING
        for thread in clients:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _accept(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._told, selectors.EVENT_READ)
            selector.register(self._place.listener, selectors.EVENT_READ)
            while True:
                ready = [key.fileobj for key, _ in selector.select(LOOK)]
                if self._told in ready:
                    return
                if ready:
                    self._accept_one()
                else:
                    self._renew(selector)

    def _renew(self, selector: selectors.BaseSelector) -> None:
        former = self._place.listener
        if self._place.renew():
            selector.unregister(former)
            selector.register(self._place.listener, selectors.EVENT_READ)
            self._tell()

    def _tell(self) -> None:
        _log.info("control.listening", path=str(self._place.path))

    def _accept_one(self) -> None:
        try:
            client, _ = self._place.listener.accept()
        except BlockingIOError:
            return  # it has gone again
        except OSError:
            time.sleep(BUSY)  # such as no file left: the client waits, and so do we
            return
        self._take(client)

    def _take(self, client: socket.socket) -> None:
        if len(self._clients) < CLIENTS and self._begin(client):
            return
        with client:
            _turn_away(client, f"{len(self._clients)} clients are here already: try again")

    def _begin(self, client: socket.socket) -> bool:
        thread = threading.Thread(
            target=self._serve, args=(client,), name="holdfast-control-client", daemon=True
        )
        self._clients[thread] = client
        try:
            thread.start()
        except RuntimeError:  # the system gives no more threads
            del self._clients[thread]
            return False
        return True

    def _serve(self, client: socket.socket) -> None:
        try:
            with client, client.makefile("rb") as lines, suppress(OSError):
                self._answer_all(client, lines)
        finally:
            del self._clients[threading.current_thread()]

    def _answer_all(self, client: socket.socket, lines: BufferedReader) -> None:
        try:
            actor = self._start_actor()
        except RuntimeError:
            _turn_away(client, "the system gives the fleet no more threads: try again")
            return
        try:
            client.settimeout(SILENCE)
            while line := lines.readline(LARGEST + 1):
                answer = _too_long(line, lines) or _answer(actor, line, client)
                client.settimeout(READING)
                client.sendall(answer)
                client.settimeout(SILENCE)
        except TimeoutError:
            _log.info("control.client_dropped")
        finally:
            actor.stop(block=False)


def _turn_away(client: socket.socket, text: str) -> None:
    client.settimeout(BUSY)
    with suppress(OSError):
        client.sendall(_line(refused(Refusal("busy", text))))


def _answer(actor: pykka.ActorRef[Any], line: bytes, client: socket.socket) -> bytes:
    try:
        result = await_answer(actor.ask(_request(line)), client)
        return _bounded(_line(Answer(result=result)))
    except ConnectionAbortedError:
        raise
    except Exception as error:  # noqa: BLE001  # the client is told, whatever it is
        return _line(refused(error))


def _bounded(answer: bytes) -> bytes:
    """Return an answer that isn't larger than any client reads."""
    if len(answer) > LARGEST:
        text = f"the answer has {len(answer)} bytes, and {LARGEST} are the most: name fewer"
        raise Refusal("too_large", text)
    return answer


def _request(line: bytes) -> Request:
    try:
        request = msgspec.json.decode(line, type=Request)
    except (ValueError, RecursionError) as error:
        text = f"a request is a JSON object on a line of its own: {error}"
        raise Refusal("bad_request", text) from None
    if request.v != VERSION:
        text = f"this fleet speaks version {VERSION}, and this is version {request.v}"
        raise Refusal("unsupported_version", text)
    return request


def _too_long(line: bytes, lines: BufferedReader) -> bytes | None:
    """Get past a line that is too long, and refuse it: what comes behind is the next request."""
    if len(line) <= LARGEST:
        return None
    while line and not line.endswith(b"\n"):
        line = lines.readline(CHUNK)
    return _line(refused(Refusal("too_large", f"a request has {LARGEST} bytes at most")))


def _line(answer: Answer) -> bytes:
    """Return an answer as a line of printable characters, whatever it quotes."""
    return escape_json(msgspec.json.encode(answer).decode()).encode() + b"\n"
