"""The exchange of `holdfast demo`: it does to its clients what `Faults` has planned."""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from email.utils import formatdate
from typing import Final

from holdfast.testing.credentials import verify
from holdfast.testing.dealing import Faults
from holdfast.testing.desk import Desk, Request, Terms
from holdfast.testing.engine import Script
from holdfast.testing.faults import POISON, TAKEN_CODE, TAKEN_SECONDS, Fault
from holdfast.testing.frames import encode_frame
from holdfast.testing.handshake import (
    HandshakeRequest,
    HttpAnswer,
    NoAnswer,
    never_answer,
    redirect,
    respond,
    unavailable,
)
from holdfast.testing.session import Session

__all__ = ["demo_exchange", "demo_exchange_of"]

# RFC 6455 section 5.2 reserves the opcodes 3 to 7.
_GARBAGE = encode_frame(0x3, b"garbage")

_RETRY_AFTER: Final = 1
"""Seconds that a busy server asks to be left alone."""

_PORT_CLOSED: Final = 1.0
"""Seconds; a client that is dropped dials anew in less."""


async def _close_port(session: Session) -> None:
    await session.close_port(_PORT_CLOSED)
    await session.cut()


_STRIKES: Mapping[Fault, Callable[[Session], Awaitable[None]]] = {
    Fault.DROP: lambda session: session.cut(),
    Fault.SILENCE: lambda session: session.fall_silent(),
    Fault.POISON: lambda session: session.publish(dict(POISON)),
    Fault.RESTARTING: lambda session: session.close(1012, "service restart"),
    Fault.OVERLOADED: lambda session: session.close(1013, "try again later"),
    Fault.HALF_FRAME: lambda session: session.break_mid_frame(),
    Fault.GARBAGE: lambda session: session.send_raw(_GARBAGE),
    Fault.GOODBYE: lambda session: session.close(1000, "goodbye"),
    Fault.TAKEN: lambda session: session.close(TAKEN_CODE, "logged in elsewhere"),
    Fault.CLOSED_PORT: _close_port,
}


def _date_in(seconds: float) -> str:
    """Return the first HTTP date that is so many seconds away at least."""
    return formatdate(math.ceil(time.time() + seconds), usegmt=True)


_ANSWERS: Mapping[Fault, Callable[[], HttpAnswer | NoAnswer]] = {
    Fault.BUSY: lambda: unavailable(_RETRY_AFTER),
    Fault.BUSY_UNTIL: lambda: unavailable(_date_in(_RETRY_AFTER)),
    Fault.TOO_MANY: lambda: respond(429, {"Retry-After": str(_RETRY_AFTER)}),
    Fault.UNAUTHORIZED: lambda: respond(401, {"WWW-Authenticate": "Bearer"}),
    Fault.FORBIDDEN: lambda: respond(403),
    Fault.NOT_FOUND: lambda: respond(404),
    Fault.BAD_GATEWAY: lambda: respond(502),
    Fault.REDIRECTED: lambda: redirect("ws://elsewhere.invalid/"),
    Fault.UNANSWERED: never_answer,
}


def demo_exchange(
    faults: Faults,
    *,
    secrets: Mapping[str, str] | None = None,
    tick_seconds: float | None = 1.0,
) -> Script:
    """Return a script that behaves as `exchange` does, and badly at the times that are planned.

    A client names itself in the path of its URL: `server.url + "/" + name`.

    Args:
        faults: the plan; its clock starts with the first connection.
        secrets: as for `exchange`.
        tick_seconds: as for `exchange`.
    """
    return _Demo(faults, Terms(secrets=secrets, tick_seconds=tick_seconds))


def demo_exchange_of(
    *,
    seed: int,
    names: Sequence[str],
    seconds: float,
    secrets: Mapping[str, str] | None = None,
    tick_seconds: float | None = 1.0,
) -> Script:
    """Return the script of `demo_exchange` from plain data, as another process is told it.

    Args:
        seed: as for `Faults`.
        names: as for `Faults`.
        seconds: as for `Faults`.
        secrets: as for `exchange`.
        tick_seconds: as for `exchange`.
    """
    return demo_exchange(Faults(seed, names, seconds), secrets=secrets, tick_seconds=tick_seconds)


class _Demo:
    def __init__(self, faults: Faults, terms: Terms) -> None:
        self._faults = faults
        self._terms = terms
        self._handshakes: Counter[str] = Counter()
        self._logins: Counter[str] = Counter()
        self._began: float | None = None

    def answer(self, request: HandshakeRequest) -> HttpAnswer | NoAnswer | None:
        """Say what a handshake is answered with."""
        name = request.name
        self._handshakes[name] += 1
        fault = self._faults.plan(name).handshake
        if fault is None or (self._handshakes[name] > 1 and fault is not Fault.FORBIDDEN):
            return None
        return _ANSWERS[fault]()

    async def __call__(self, session: Session) -> None:
        plan = self._faults.plan(session.name)
        elapsed = self._elapsed()
        for incident in plan.incidents:
            lasts = TAKEN_SECONDS if incident.fault is Fault.TAKEN else 0.0
            if elapsed < incident.at + lasts:
                session.spawn(_strike(session, incident.fault, max(0.0, incident.at - elapsed)))
        terms = replace(self._terms, token_seconds=plan.token_seconds)
        await Desk(session, terms, lambda request: self._judge(session.name, request)).serve()

    def _elapsed(self) -> float:
        now = asyncio.get_running_loop().time()
        if self._began is None:
            self._began = now
        return now - self._began

    def _judge(self, name: str, request: Request) -> str | None:
        self._logins[name] += 1
        login = self._faults.plan(name).login
        if login is Fault.DOOMED:
            return "account_closed"
        if login is Fault.REFUSED_ONCE and self._logins[name] == 1:
            return "try_again"
        return verify(request, self._terms.secrets, self._terms.tokens)


async def _strike(session: Session, fault: Fault, delay: float) -> None:
    await asyncio.sleep(delay)
    await _STRIKES[fault](session)
