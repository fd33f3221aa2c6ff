"""How clients come in where a load counts bytes: all have logged in before the counting begins."""

import select
import socket
from typing import Final

from servers.wire import READ_SIZE, answer_handshake, frame

__all__ = ["WELCOME", "accept_logins"]

WELCOME: Final = frame(b'{"type":"auth_success","expires_in":86400}')
"""The answer to a login, whatever is in it."""


def accept_logins(listener: socket.socket, count: int) -> list[socket.socket]:
    """Let so many clients in, in whatever order they come.

    Args:
        listener: the listening socket.
        count: how many to wait for.

    Returns:
        Blocking sockets of clients that have sent their login and nothing more, since they wait
        for its answer.
    """
    poller = select.epoll()
    poller.register(listener, select.EPOLLIN)
    guests: dict[int, _Guest] = {}
    inside: list[socket.socket] = []
    while len(inside) < count:
        for fd, _ in poller.poll():
            guest = guests.get(fd)
            if guest is None:
                guest = _Guest(listener)
                guests[guest.sock.fileno()] = guest
                poller.register(guest.sock, select.EPOLLIN)
            elif guest.come_in():
                poller.unregister(fd)
                inside.append(guest.sock)
    poller.close()
    return inside


class _Guest:
    """A client at the door."""

    def __init__(self, listener: socket.socket) -> None:
        self.sock, _ = listener.accept()
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._request = b""
        self._shaken = False

    def come_in(self) -> bool:
        """Take what has come, and answer it; return whether the client is inside."""
        data = self.sock.recv(READ_SIZE)
        if self._shaken:
            self.sock.sendall(WELCOME)
            return True
        self._request += data
        answer = answer_handshake(self._request)
        if answer is not None:
            self.sock.sendall(answer)
            self._shaken = True
        return False
