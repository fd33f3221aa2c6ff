"""One connection as a script sees it: what a server can do, in verbs."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from holdfast.testing.codec import as_object, encode
from holdfast.testing.door import Door
from holdfast.testing.handshake import HandshakeRequest
from holdfast.testing.lifetime import Lifetime
from holdfast.testing.wire import Wire

__all__ = ["Session", "UnexpectedMessageError"]


class UnexpectedMessageError(AssertionError):
    """A client sent something else than its script demands."""


class Session:
    """One connection to a `ScriptedServer`, handed to its script.

    The script is cancelled when the connection ends, wherever it waits. So `close`, `cut`,
    `break_mid_frame` and `fall_silent` are the last verbs of a script, and no verb raises because
    the client went away. A script that returns closes the connection with 1000.

    Attributes:
        id: the number of the connection at its server, from 1.
        path: the path of the request, with its query.
        name: the path without slashes and query, unquoted: who the client says it is.
        headers: the headers of the request, names in lower case.
        authenticated: whether the script has accepted the client, and not refused it since.
    """

    def __init__(self, wire: Wire, request: HandshakeRequest, life: Lifetime, door: Door) -> None:
        self._wire = wire
        self._life = life
        self._door = door
        self.id = wire.number
        self.path = request.path
        self.name = request.name
        self.headers = request.headers
        self.authenticated = False

    def __repr__(self) -> str:
        return f"Session(id={self.id}, name={self.name!r}, authenticated={self.authenticated})"

    @property
    def received(self) -> tuple[str | bytes, ...]:
        """The last messages of this client in the order they came, whether received or not."""
        with self._wire.ledger.changed:
            return tuple(self._wire.record)

    @property
    def close_code(self) -> int | None:
        """The close code that the client has sent; None while it has sent none."""
        received = self._wire.protocol.close_rcvd
        return None if received is None else received.code

    @property
    def life(self) -> Lifetime:
        """The tasks of this session, for the server that runs it."""
        return self._life

    @property
    def wire(self) -> Wire:
        """The connection below, for what has no verb."""
        return self._wire

    async def receive(self) -> str | bytes:
        """Wait for the client's next message.

        Returns:
            The message, str for text and bytes for binary. The 10,000 last ones wait for a script.
        """
        return await self._wire.next_message()

    async def receive_object(self) -> dict[str, object] | None:
        """Wait for the client's next message.

        Returns:
            The JSON object that it says, None when it says none.
        """
        return as_object(await self.receive())

    async def expect_auth(self) -> dict[str, object]:
        """Wait for the client's next message, which must be a login.

        Returns:
            The JSON object, whose "type" is "auth".

        Raises:
            UnexpectedMessageError: when it is anything else. The message is not quoted.
        """
        request = await self.receive_object()
        if request is None or request.get("type") != "auth":
            raise UnexpectedMessageError(f"{self!r} sent something else than its login")
        return request

    async def accept(
        self,
        *,
        expires_in: float | None = None,
        expires_at: float | None = None,
        token: str | None = None,
    ) -> None:
        """Answer a login with `auth_success`.

        Args:
            expires_in: seconds that the login holds; left out when None.
            expires_at: Unix seconds at which it ends; left out when None.
            token: the token it grants; left out when None.
        """
        optional = {"expires_in": expires_in, "expires_at": expires_at, "token": token}
        fields = {key: value for key, value in optional.items() if value is not None}
        self.authenticated = True
        self._wire.ledger.count("auths_accepted")
        await self.publish({"type": "auth_success", **fields})

    async def refuse(self, reason: str) -> None:
        """Answer a login with `auth_error`; the connection stays open.

        Args:
            reason: why, as the client is told.
        """
        self.authenticated = False
        self._wire.ledger.count("auths_refused")
        await self.publish({"type": "auth_error", "reason": reason})

    async def publish(self, payload: object) -> None:
        """Send a message, waiting while the client doesn't read.

        Args:
            payload: str (text), bytes (binary), or anything JSON can say (text).
        """
        if not self._wire.is_open:
            await self._life.until_lost()
        self._wire.transmit(encode(payload))
        await self._wire.flush()

    async def ping(self) -> None:
        """Ping the client and wait for its pong: by then it has read whatever was published."""
        await (await self._wire.ping())

    async def publish_every(
        self,
        seconds: float,
        payload: object | Callable[[int], object],
        times: int | None = None,
    ) -> None:
        """Send messages at intervals, the first one after one interval.

        Args:
            seconds: the interval.
            payload: the message, or a function of its number (from 1) that returns it.
            times: how many; None for as long as the connection lasts.
        """
        number = 0
        while times is None or number < times:
            await asyncio.sleep(seconds)
            number += 1
            await self.publish(payload(number) if callable(payload) else payload)

    async def echo(self) -> None:
        """Send back every message for as long as the connection lasts."""
        while True:
            await self.publish(await self.receive())

    async def send_raw(self, data: bytes) -> None:
        """Send bytes that need not be a frame.

        Args:
            data: written to the connection as they are, inside TLS when there is TLS.
        """
        self._wire.write_raw(data)
        await self._wire.flush()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection and wait for its end.

        Args:
            code: a close code that RFC 6455 section 7.4 lets an endpoint send.
            reason: at most 123 bytes of UTF-8.
        """
        await self._wire.close(code, reason)
        await self._life.until_lost()

    async def fall_silent(self) -> None:
        """Never answer anything again, pings included, and keep the TCP connection open."""
        self._wire.fall_silent()
        await self._life.until_lost()

    async def stop_reading(self) -> None:
        """Leave what the client sends in the kernel, so that TCP pushes back on the client."""
        self._wire.transport.pause_reading()

    async def break_mid_frame(self, *, cut: bool = False) -> None:
        """Send the first half of a frame and nothing more.

        Args:
            cut: end the TCP connection (with FIN) after the half; else keep it open in silence.
        """
        self._wire.write_half_frame()
        if cut:
            self._wire.cut(reset=False)
        await self._life.until_lost()

    async def cut(self, *, reset: bool = True) -> None:
        """End the TCP connection without a close frame.

        Args:
            reset: with RST, as a dead process or a firewall would; else with FIN.
        """
        self._wire.cut(reset=reset)
        await self._life.until_lost()

    async def close_port(self, seconds: float) -> "asyncio.Task[None]":
        """Have the server refuse whoever dials for a while; open connections go on.

        Args:
            seconds: until its port is open again; a later call counts instead.

        Returns:
            What is done when it is open again, and cancelled by a later call.
        """
        return await self._door.close_for(seconds)

    def spawn(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Run something beside the script, until the script or the connection ends.

        Args:
            work: the coroutine; when it fails, the script has failed.

        Returns:
            Its task, on the server's loop.
        """
        return self._life.spawn(work)
