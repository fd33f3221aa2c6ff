"""A visit: one site, step by step, with the wire's own code, until a step fails.

No login is sent: the visit says goodbye where a connection would log in.
"""

import socket
import ssl
import time
from collections.abc import Generator, Iterator, Sequence
from typing import Final, TypeAlias, TypeVar

from holdfast.actors.console.doctor.clock import ServerClock, http_date
from holdfast.actors.console.doctor.drive import Deadline, Trial, attempt, find_addresses
from holdfast.actors.console.doctor.finding import Evidence
from holdfast.actors.console.doctor.goodbye import say_goodbye
from holdfast.actors.console.doctor.greeting import Greeted, Sampled
from holdfast.actors.console.doctor.security import InTheClear, Secured
from holdfast.actors.console.doctor.sites import Ask, Site
from holdfast.actors.console.doctor.way import Connected, Resolved, Tunnelled
from holdfast.actors.wire.dial import OpenStream, connect_tcp, dial, endpoint
from holdfast.actors.wire.errors import HandshakeRefusedError, WireError
from holdfast.actors.wire.handshake import open_websocket
from holdfast.actors.wire.proxy import open_tunnel, proxy_for
from holdfast.actors.wire.resolver import Address, Resolver
from holdfast.actors.wire.tls import wrap_tls
from holdfast.handlers import Cause

__all__ = ["visit"]

T = TypeVar("T")
Step: TypeAlias = Generator[Evidence, None, T]
"""Yields what it has seen; returns what the next step goes on with."""

GOODBYE: Final = 2.0
"""Seconds that a server may take to answer a goodbye, as for a connection (`timeouts.close`)."""


def visit(site: Site, resolver: Resolver, timeout: float) -> Iterator[Evidence]:
    """Go all the way to an open WebSocket, and tell of each step.

    Args:
        site: where to.
        resolver: finds its addresses.
        timeout: seconds from the first step to the end of the handshake, and for each further
            handshake; the goodbyes come on top.
    """
    try:
        hop = endpoint(site.target, site.options)
    except WireError:
        return  # the check of the environment's proxies tells of it
    yield from _Visit(site, resolver, timeout).steps(*hop)


class _Visit:
    """What the steps of one visit share."""

    def __init__(self, site: Site, resolver: Resolver, timeout: float) -> None:
        self._site = site
        self._resolver = resolver
        self._timeout = timeout
        self._deadline = Deadline(timeout)

    def steps(self, host: str, port: int) -> Step[None]:
        """Do all of it, by way of this host and port."""
        addresses = yield from self._resolve(host, port)
        if not addresses:
            return
        tcp, address = yield from self._connect(addresses)
        if tcp is None:
            return
        with tcp:
            secured = yield from self._secure(tcp, address[4][0])
            if secured is None:
                return
            with secured:
                goes_on = yield from self._greet(secured)
        if goes_on:
            yield from self._ask_others(address)

    def _resolve(self, host: str, port: int) -> Step[Sequence[Address]]:
        found = find_addresses(self._resolver, host, port, self._deadline)
        addresses = found.value or []
        yield Resolved(
            host=host,
            users=self._site.users,
            seconds=found.seconds,
            addresses=tuple(str(address[4][0]) for address in addresses),
            cause=found.cause,
        )
        return addresses

    def _connect(self, addresses: Sequence[Address]) -> Step[tuple[socket.socket | None, Address]]:
        """Try the addresses in turn, each with its share of the time."""
        failed: list[tuple[str, Cause]] = []
        trial: Trial[socket.socket] = Trial(0.0)
        address = addresses[0]
        for tried, address in enumerate(addresses):
            share = self._deadline.share(len(addresses) - tried)
            trial = attempt(connect_tcp([address]), share)
            if trial.cause is None:
                break
            failed.append((str(address[4][0]), trial.cause))
        yield Connected(
            place=self._site.place,
            users=self._site.users,
            address=None if trial.value is None else str(address[4][0]),
            seconds=trial.seconds,
            failed=tuple(failed),
        )
        return trial.value, address

    def _secure(self, tcp: socket.socket, address: str) -> Step[socket.socket | None]:
        """Go through the proxy if there is one, and speak TLS if the URL says so."""
        if not (yield from self._pass_proxy(tcp)):
            return None
        if self._site.target.secure:
            return (yield from self._speak_tls(tcp))
        yield InTheClear(
            place=self._site.place,
            users=self._site.users,
            address=address,
            secrets=self._site.secrets,
        )
        return tcp

    def _pass_proxy(self, tcp: socket.socket) -> Step[bool]:
        proxy = proxy_for(self._site.target, self._site.options.proxy)
        if proxy is None:
            return True
        trial = attempt(open_tunnel(tcp, self._site.target, proxy), self._deadline)
        yield Tunnelled(
            place=self._site.place,
            users=self._site.users,
            seconds=trial.seconds,
            cause=trial.cause,
        )
        return trial.error is None

    def _speak_tls(self, tcp: socket.socket) -> Step[socket.socket | None]:
        tls = self._site.options.tls
        trial = attempt(wrap_tls(tcp, self._site.target.host, tls), self._deadline)
        verify_code, verify_message = _distrust(trial.error)
        yield Secured(
            place=self._site.place,
            users=self._site.users,
            seconds=trial.seconds,
            now=time.time(),
            version=(trial.value and trial.value.version()) or "",
            verified=tls.verify,
            expires=_expiry(trial.value),
            cause=trial.cause,
            verify_code=verify_code,
            verify_message=verify_message,
        )
        return trial.value

    def _greet(self, sock: socket.socket) -> Step[bool]:
        """Do the first handshake; return whether it makes sense to try others."""
        ask = self._site.asks[0]
        asked = time.time()
        trial = attempt(open_websocket(sock, ask.target, ask.options), self._deadline)
        answered = time.time()
        greeted = self._greeted(ask, trial)
        yield greeted
        date = _date(trial)
        if date is not None:
            yield ServerClock(
                place=self._site.place,
                users=self._site.users,
                date=date,
                asked=asked,
                answered=answered,
            )
        return _makes_sense(greeted)

    def _ask_others(self, address: Address) -> Step[None]:
        """Do the other handshakes, on a new stream each, as long as the server answers."""
        for ask in self._site.asks[1:]:
            steps = dial(ask.target, [address], ask.options)
            greeted = self._greeted(ask, attempt(steps, Deadline(self._timeout)))
            yield greeted
            if not _makes_sense(greeted):
                return
        if self._site.left_out:
            yield Sampled(
                place=self._site.place,
                users=self._site.users,
                tried=len(self._site.asks),
                left_out=self._site.left_out,
            )

    def _greeted(self, ask: Ask, trial: Trial[OpenStream]) -> Greeted:
        """Say goodbye to an open stream, and tell how the handshake went."""
        closed, subprotocol = None, None
        if trial.value is not None:
            with trial.value.sock:
                closed = attempt(say_goodbye(trial.value), Deadline(GOODBYE)).value
            subprotocol = trial.value.subprotocol
        return Greeted(
            place=self._site.place,
            users=ask.users,
            seconds=trial.seconds,
            subprotocol=subprotocol,
            cause=trial.cause,
            answered=isinstance(trial.error, HandshakeRefusedError),
            closed=closed,
        )


def _makes_sense(greeted: Greeted) -> bool:
    """Tell whether a server may be asked again: it answers, and didn't ask for time."""
    return greeted.cause is None or (greeted.answered and greeted.cause.retry_after is None)


def _date(trial: Trial[OpenStream]) -> float | None:
    if trial.value is not None:
        return http_date(trial.value.headers)
    if isinstance(trial.error, HandshakeRefusedError):
        return http_date(trial.error.headers)
    return None


def _distrust(error: Exception | None) -> tuple[int, str]:
    """Return OpenSSL's reason not to trust a certificate, as number and in words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_code, error.verify_message
    return 0, ""


def _expiry(sock: ssl.SSLSocket | None) -> float | None:
    """Return until when the server's certificate is valid, in Unix seconds.

    Python tells of a certificate only if it was verified.
    """
    certificate = sock.getpeercert() if sock is not None else None
    until = (certificate or {}).get("notAfter")
    return ssl.cert_time_to_seconds(until) if isinstance(until, str) else None
