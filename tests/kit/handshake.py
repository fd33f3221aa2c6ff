"""What a server may answer to a handshake instead of opening the WebSocket."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import unquote

__all__ = [
    "Handshake",
    "HandshakeRequest",
    "HttpAnswer",
    "NoAnswer",
    "first",
    "never_answer",
    "redirect",
    "respond",
    "unavailable",
]


@dataclass(frozen=True, slots=True)
class HandshakeRequest:
    """A client's request to open a WebSocket.

    Attributes:
        attempt: how many handshakes the server was asked for, this one included.
        path: the path, with its query.
        headers: the headers, names in lower case; not in the repr, because they may be credentials.
    """

    attempt: int
    path: str
    headers: Mapping[str, str] = field(repr=False)

    @property
    def name(self) -> str:
        """The path without slashes and query, unquoted: who the client says it is."""
        return unquote(self.path.partition("?")[0]).strip("/")


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An HTTP response that ends the handshake.

    Attributes:
        status: the status code; any, also one that no RFC names.
        headers: headers beside Content-Length, Content-Type and Connection.
        body: the text below them.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: str = ""

    @property
    def phrase(self) -> str:
        """The reason phrase of the status, if it has one."""
        try:
            return HTTPStatus(self.status).phrase
        except ValueError:
            return "Unknown"


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The handshake is never answered; the TCP connection stays open."""


Handshake = (
    HttpAnswer | NoAnswer | Callable[[HandshakeRequest], HttpAnswer | NoAnswer | None] | None
)
"""An answer to every handshake, or what chooses one; None opens the WebSocket."""


def respond(status: int, headers: Mapping[str, str] | None = None, body: str = "") -> HttpAnswer:
    """Refuse with an HTTP status.

    Args:
        status: for instance 401 or 403.
        headers: further headers.
        body: text.
    """
    return HttpAnswer(status, dict(headers or {}), body)


def unavailable(retry_after: float | str | None = None) -> HttpAnswer:
    """Refuse with 503.

    Args:
        retry_after: whole seconds, or an HTTP date, for the header Retry-After (RFC 9110
            section 10.2.3); None leaves it out.
    """
    return HttpAnswer(503, {} if retry_after is None else {"Retry-After": str(retry_after)})


def redirect(url: str, status: int = 302) -> HttpAnswer:
    """Send the client elsewhere.

    Args:
        url: where to.
        status: 301, 302, 303, 307 or 308.
    """
    return HttpAnswer(status, {"Location": url})


def never_answer() -> NoAnswer:
    """Accept the TCP connection, read the request, and say nothing."""
    return NoAnswer()


def first(
    times: int, answer: HttpAnswer | NoAnswer
) -> Callable[[HandshakeRequest], HttpAnswer | NoAnswer | None]:
    """Give an answer to the first handshakes of the server and open those that follow.

    Args:
        times: how many are answered so.
        answer: the answer.
    """
    return lambda request: answer if request.attempt <= times else None


def choose(handshake: Handshake, request: HandshakeRequest) -> HttpAnswer | NoAnswer | None:
    """Return what a handshake setting says about a request.

    Args:
        handshake: the setting.
        request: the request.
    """
    return handshake(request) if callable(handshake) else handshake
