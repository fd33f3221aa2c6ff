"""Load that lets clients in: handshake, login, subscription; it answers pings, and cuts."""

import contextlib
import select
import socket
from collections.abc import Mapping
from typing import Any, Final

from servers.control import ControlPort
from servers.login import WELCOME
from servers.wire import READ_SIZE, answer_handshake

__all__ = ["desk"]

ACCEPTS_AT_ONCE: Final = 64
PING: Final = 0x89
PONG: Final = 0x8A
LENGTH: Final = 0x7F


class _Guest:
    """One client and how far it has come."""

    __slots__ = ("request", "sock", "step")

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.request = b""
        self.step = 0
        """0 handshake, 1 login, 2 subscription, 3 idle."""


class _Desk:
    """All clients of one run."""

    def __init__(self, listener: socket.socket, control: ControlPort) -> None:
        self._listener = listener
        self._control = control
        self._poller = select.epoll()
        self._guests: dict[int, _Guest] = {}
        self._subscribed = 0
        self._wanted = 0
        """Subscriptions at which the question is answered that waits; 0 when none does."""
        listener.setblocking(False)  # noqa: FBT003  # the standard library's signature

    def run(self) -> None:
        """Serve until the measured process ends."""
        self._poller.register(self._listener, select.EPOLLIN)
        self._control.accept()
        self._poller.register(self._control.sock, select.EPOLLIN)
        while True:
            for fd, _ in self._poller.poll():
                guest = self._guests.get(fd)
                if guest is not None:
                    self._read(fd, guest)
                elif fd == self._listener.fileno():
                    self._accept()
                elif not self._hear():
                    return

    def _accept(self) -> None:
        with contextlib.suppress(BlockingIOError):
            for _ in range(ACCEPTS_AT_ONCE):
                sock, _ = self._listener.accept()
                self._guests[sock.fileno()] = _Guest(sock)
                self._poller.register(sock, select.EPOLLIN)

    def _read(self, fd: int, guest: _Guest) -> None:
        try:
            data = guest.sock.recv(READ_SIZE)
            if data:
                self._treat(guest, data)
        except ConnectionError:
            data = b""
        if not data:
            del self._guests[fd]
            guest.sock.close()

    def _treat(self, guest: _Guest, data: bytes) -> None:
        """Go on with a client: each step is one request, whatever is in it."""
        if data[0] == PING:
            guest.sock.sendall(_pong(data))
        elif guest.step == 0:
            guest.request += data
            answer = answer_handshake(guest.request)
            if answer is not None:
                guest.sock.sendall(answer)
                guest.step = 1
        elif guest.step == 1:
            guest.sock.sendall(WELCOME)
            guest.step = 2
        elif guest.step == 2:  # noqa: PLR2004  # the step of the subscription
            guest.step = 3
            self._subscribed += 1
            self._answer_if_reached()

    def _hear(self) -> bool:
        """Obey one command; return False when the measured process has ended."""
        match self._control.hear():
            case ["subscribed", number]:
                self._wanted = int(number)
                self._answer_if_reached()
            case ["cut", number]:
                self._cut(int(number))
            case _:
                return False
        return True

    def _answer_if_reached(self) -> None:
        if self._wanted and self._subscribed >= self._wanted:
            self._wanted = 0
            self._control.answer(self._subscribed)

    def _cut(self, number: int) -> None:
        """End every connection at once, and answer when so many have come back."""
        self._subscribed = 0
        guests, self._guests = self._guests, {}
        for guest in guests.values():
            guest.sock.close()
        self._wanted = number


def desk(order: Mapping[str, Any], listener: socket.socket, control: ControlPort) -> None:
    """Let clients in until the measured process ends.

    Args:
        order: nothing that is used here.
        listener: where the clients connect.
        control: `subscribed N` is answered when N clients are in; `cut N` ends every connection
            and is answered when N have come back.
    """
    del order
    _Desk(listener, control).run()


def _pong(ping: bytes) -> bytes:
    """Answer a client's ping with its own payload, as some clients insist on."""
    size = ping[1] & LENGTH
    mask, payload = ping[2:6], ping[6 : 6 + size]
    unmasked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
    return bytes((PONG, size)) + unmasked
