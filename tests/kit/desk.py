"""A ready-made exchange: logins that expire, subscriptions, ticks, pings."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

from holdfast.testing.credentials import verify
from holdfast.testing.engine import Script
from holdfast.testing.session import Session

__all__ = ["Desk", "Request", "Terms", "exchange"]

Request = Mapping[str, object]
"""A client's request, a JSON object; "type" or "op" says what is asked."""

_EXPIRED_CODE = 4001


@dataclass(frozen=True, slots=True)
class Terms:
    """What an exchange demands and offers; see `exchange` for the meaning of each."""

    secrets: Mapping[str, str] | None = field(default=None, repr=False)
    tokens: Collection[str] | None = field(default=None, repr=False)
    token_seconds: float | None = None
    tick_seconds: float | None = 1.0
    on_expiry: Literal["close", "reject"] = "close"


class Desk:
    """The exchange's side of one connection.

    Args:
        session: the connection.
        terms: what is demanded and offered.
        judge: says why a login is refused, None to accept it.
    """

    def __init__(
        self, session: Session, terms: Terms, judge: Callable[[Request], str | None]
    ) -> None:
        self._session = session
        self._terms = terms
        self._judge = judge
        self._channels: dict[str, None] = {}
        self._numbers = itertools.count(1)
        self._ticking: asyncio.Task[None] | None = None
        self._expiry: asyncio.TimerHandle | None = None
        self._answers: Mapping[str, Callable[[Request], Awaitable[None]]] = {
            "auth": self._login,
            "subscribe": self._subscribe,
            "unsubscribe": self._unsubscribe,
            "ping": self._pong,
        }

    async def serve(self) -> None:
        """Answer requests for as long as the connection lasts; what isn't known gets no answer."""
        try:
            while True:
                request = await self._session.receive_object() or {}
                answer = self._answers.get(str(request.get("type", request.get("op"))))
                if answer is not None:
                    await answer(request)
        finally:
            self._forget_expiry()

    async def _login(self, request: Request) -> None:
        reason = self._judge(request)
        if reason is not None:
            await self._session.refuse(reason)
            return
        self._forget_expiry()
        life = self._terms.token_seconds
        if life is not None:
            self._expiry = asyncio.get_running_loop().call_later(life, self._expire)
        await self._session.accept(expires_in=life)

    async def _subscribe(self, request: Request) -> None:
        if not self._session.authenticated:
            await self._session.publish({"type": "error", "reason": "not_authenticated"})
            return
        channel = str(request.get("channel"))
        if self._ticking is None and self._terms.tick_seconds is not None:
            self._ticking = self._session.spawn(self._tick_every(self._terms.tick_seconds))
        self._channels[channel] = None
        await self._session.publish({"type": "subscribed", "channel": channel})

    async def _unsubscribe(self, request: Request) -> None:
        channel = str(request.get("channel"))
        self._channels.pop(channel, None)
        await self._session.publish({"type": "unsubscribed", "channel": channel})

    async def _pong(self, request: Request) -> None:
        await self._session.publish({**request, "op": "pong"})

    async def _tick_every(self, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            for channel in tuple(self._channels) if self._session.authenticated else ():
                number = next(self._numbers)
                await self._session.publish({"type": "tick", "channel": channel, "number": number})

    def _expire(self) -> None:
        if self._terms.on_expiry == "close":
            self._session.spawn(self._session.close(_EXPIRED_CODE, "auth_expired"))
            return
        self._session.authenticated = False
        self._session.spawn(self._session.publish({"type": "error", "reason": "auth_expired"}))

    def _forget_expiry(self) -> None:
        if self._expiry is not None:
            self._expiry.cancel()


def exchange(
    *,
    secrets: Mapping[str, str] | None = None,
    tokens: Collection[str] | None = None,
    token_seconds: float | None = None,
    tick_seconds: float | None = 1.0,
    on_expiry: Literal["close", "reject"] = "close",
) -> Script:
    """Return a script that behaves as an exchange does.

    It knows `{"type": "auth", ...}`, `{"op": "subscribe", "channel": NAME}`, `unsubscribe`, and
    `{"op": "ping"}`, which is answered with the same fields and `"op": "pong"`. Subscribing
    without a login is answered with `{"type": "error", "reason": "not_authenticated"}`.

    Args:
        secrets: the secret of each API key, to verify what `HmacAuth` sends.
        tokens: the tokens that are accepted. With neither secrets nor tokens, every login is good.
        token_seconds: seconds that a login holds, told as `expires_in`; None for ever, untold.
        tick_seconds: seconds between the ticks of every subscribed channel; None for no ticks.
        on_expiry: what happens to a client that hasn't renewed its login in time: "close" with
            4001, or "reject", which ends its ticks with `{"type": "error", "reason":
            "auth_expired"}` and refuses to subscribe.
    """
    terms = Terms(secrets, tokens, token_seconds, tick_seconds, on_expiry)

    async def serve(session: Session) -> None:
        await Desk(session, terms, lambda request: verify(request, secrets, tokens)).serve()

    return serve
