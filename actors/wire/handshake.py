"""The WebSocket handshake: websocket-client as a pure function over bytes (RFC 6455 section 4).

websocket-client connects by blocking on a socket. Here it is given a stand-in for one, twice: at
first to learn what it would send, and, with the same key, once the answer has come, for it to
check the answer. In between, the dial waits without blocking anybody. Both calls together take
about 60 us, of 140 us for a whole dial without TLS.
"""

import base64
import functools
import os
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Protocol, cast
from urllib.parse import urlsplit

from websocket import WebSocket, WebSocketBadStatusException, WebSocketException

from holdfast.actors.wire.errors import (
    BadHandshakeError,
    HandshakeRefusedError,
    RedirectRefusedError,
)
from holdfast.actors.wire.options import DialOptions
from holdfast.actors.wire.steps import Steps, read_head, send_all
from holdfast.actors.wire.target import Target

__all__ = ["OpenStream", "open_websocket"]

# websocket-client keeps the cookies of all connections of the process in one jar, by host, and
# would send those of one account with the handshake of another. So it is never told the host:
# this name is reserved (RFC 6761 section 6.4), and no cookie can be for it.
_ANY_URL: Final = "ws://host.invalid/"

_ANY_KEY: Final = base64.b64encode(os.urandom(16))
"""Nobody can know it, so no header can hold it."""

# Cookies that are not seen are not kept either. The body of a refusal is of no use here, and
# without its length websocket-client doesn't ask for it.
_UNSEEN: Final = re.compile(
    rb"^[^\w\n]*(set-cookie|content-length)[ \t]*:.*\n", re.IGNORECASE | re.MULTILINE
)

_TAKEN: Final = re.compile(rb"^sec-websocket-protocol[ \t]*:(.*)$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True, eq=False)
class OpenStream:
    """A stream after its handshake.

    Args:
        sock: non-blocking; a TLS socket may hold decrypted bytes that no selector tells of, so
            it is to be read once before it is waited for.
        leftover: bytes that came right behind the handshake: the first frames.
        subprotocol: the one that the server chose, in lower case; None for none.
        headers: of the server's answer, names in lower case, without its cookies.
    """

    sock: socket.socket
    leftover: bytes
    subprotocol: str | None
    headers: Mapping[str, str] = field(repr=False)


def open_websocket(sock: socket.socket, target: Target, options: DialOptions) -> Steps[OpenStream]:
    """Do the opening handshake on a connected socket.

    Args:
        sock: non-blocking, plain or TLS.
        target: what to ask for.
        options: headers, subprotocols and origin.

    Returns:
        The open stream.

    Raises:
        HandshakeRefusedError: the server answered with an error.
        RedirectRefusedError: it answered with a redirect.
        BadHandshakeError: its answer is no handshake.
        StreamEndedError: it gave no answer.
    """
    key = base64.b64encode(os.urandom(16)).decode()
    yield from send_all(sock, _request(target, options, key))
    head, leftover = yield from read_head(sock)
    client = _check_answer(head, target, options, key)
    return OpenStream(sock, leftover, client.subprotocol, client.headers or {})


class _Client(Protocol):
    """What is used of `websocket.WebSocket`, with the types that it doesn't state."""

    status: int | None
    headers: Mapping[str, str] | None
    subprotocol: str | None

    def connect(self, url: str, **options: object) -> None: ...


class _UnansweredError(WebSocketException):
    """websocket-client wants to read more of an answer than there is."""


class _StandIn:
    """What websocket-client takes for a socket."""

    def __init__(self, answer: bytes = b"") -> None:
        self.sent = b""
        self._pieces = _by_line(answer)

    def send(self, data: bytes) -> int:
        self.sent += data
        return len(data)

    def recv(self, size: int) -> bytes:
        del size
        for piece in self._pieces:
            return piece
        raise _UnansweredError("the answer is cut short")

    def gettimeout(self) -> float:
        return 0.0

    def close(self) -> None:
        pass


def _by_line(answer: bytes) -> Iterator[bytes]:
    r"""Yield each line in two pieces.

    websocket-client asks for one byte at a time and looks for a piece that is `\n`. To give it
    the line before that in one piece takes 24 us for an answer of 200 B, instead of 81 us.
    """
    for line in answer.split(b"\n")[:-1]:
        if line:
            yield line
        yield b"\n"


def _request(target: Target, options: DialOptions, key: str) -> bytes:
    """Return what the client sends (RFC 6455 section 4.1)."""
    # Headers may hold credentials, which no cache should keep.
    make = _fields.__wrapped__ if options.headers else _fields
    fields = make(
        target.authority, tuple(options.headers.items()), options.subprotocols, options.origin
    )
    # websocket-client drops the parameters (`;…`) of a path, so its request line is not used.
    return f"GET {target.resource} HTTP/1.1\r\n".encode() + fields.replace(_ANY_KEY, key.encode())


@functools.lru_cache(maxsize=256)
def _fields(
    authority: str,
    headers: tuple[tuple[str, str], ...],
    subprotocols: tuple[str, ...],
    origin: str | None,
) -> bytes:
    """Return the fields of a request, with `_ANY_KEY` in the place of its key.

    A fleet asks the same of a host ten thousand times, and each asking would take 30 us.
    """
    stand_in = _StandIn()
    options = DialOptions(dict(headers), subprotocols, origin)
    with suppress(_UnansweredError):
        _connect(_client(), stand_in, authority, options, _ANY_KEY.decode())
    return stand_in.sent.partition(b"\r\n")[2]


def _check_answer(head: bytes, target: Target, options: DialOptions, key: str) -> _Client:
    """Check the server's answer as RFC 6455 section 4.1 demands; return who has read it."""
    client = _client()
    try:
        _connect(
            client, _StandIn(_readable(_UNSEEN.sub(b"", head))), target.authority, options, key
        )
    except WebSocketBadStatusException as error:
        headers = cast("Mapping[str, str] | None", error.resp_headers)  # pyright: ignore[reportUnknownMemberType] - a bare dict there
        raise HandshakeRefusedError(error.status_code, headers or {}) from None
    except WebSocketException as error:
        # Only a redirect leaves a status behind.
        if client.status is not None:
            host = _redirect_host(client.headers or {})
            raise RedirectRefusedError(client.status, host) from None
        raise BadHandshakeError(_why_bad(error, head, options)) from None
    _check_unasked(client.headers or {}, options)
    return client


def _why_bad(error: WebSocketException, head: bytes, options: DialOptions) -> str:
    """Return what is wrong with an answer, without quoting it."""
    taken = {name.strip().lower() for name in _TAKEN.findall(head)}
    offered = {name.lower().encode() for name in options.subprotocols}
    if offered and taken.isdisjoint(offered) and head.split(b" ", 2)[1:2] == [b"101"]:
        return "the server took none of the subprotocols that were offered"
    # Behind a colon, websocket-client quotes what the server sent.
    return f"no WebSocket handshake: {str(error).partition(':')[0]}"


def _readable(head: bytes) -> bytes:
    """Return a head in UTF-8: a field's value may hold any byte (RFC 9110 section 5.5)."""
    return head if head.isascii() else head.decode("latin-1").encode()


def _client() -> _Client:
    return cast("_Client", WebSocket())


def _connect(
    client: _Client, stand_in: _StandIn, authority: str, options: DialOptions, key: str
) -> None:
    client.connect(
        _ANY_URL,
        socket=stand_in,
        host=authority,
        header={"Sec-WebSocket-Key": key, **options.headers},
        origin=options.origin,
        suppress_origin=options.origin is None,
        subprotocols=list(options.subprotocols),
        redirect_limit=0,
    )


def _check_unasked(headers: Mapping[str, str], options: DialOptions) -> None:
    """Refuse what was not asked for, as websocket-client does not (section 4.1, 5. and 6.)."""
    if headers.get("sec-websocket-extensions"):
        raise BadHandshakeError("the server uses an extension that was not offered")
    if headers.get("sec-websocket-protocol") and not options.subprotocols:
        raise BadHandshakeError("the server chose a subprotocol though none was offered")


def _redirect_host(headers: Mapping[str, str]) -> str:
    """Return the host of a Location header: the rest of it may hold a token."""
    try:
        return urlsplit(headers.get("location", "")).hostname or ""
    except ValueError:
        return ""
