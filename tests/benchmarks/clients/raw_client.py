"""No client at all: it reads and counts bytes, to show how much the load server can send."""

import base64
import select
import socket
import threading
from collections.abc import Sequence
from urllib.parse import urlsplit

from clients.contract import LOGIN, Tally
from servers.login import WELCOME
from servers.wire import READ_SIZE

__all__ = ["RawClient"]

_REQUEST = (
    b"GET / HTTP/1.1\r\nHost: benchmark\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + base64.b64encode(bytes(16)) + b"\r\n\r\n"
)
_LENGTH_16 = 126


class RawClient:
    """Reads as fast as Python can, on one thread, and decodes nothing. It can only receive."""

    def receive(self, url: str, tallies: Sequence[Tally]) -> None:
        """Open so many connections; the first tally counts for all."""
        sockets = [_open(url) for _ in tallies]
        threading.Thread(target=_count, args=(sockets, tallies[0]), daemon=True).start()


def _open(url: str) -> socket.socket:
    parts = urlsplit(url)
    opened = socket.create_connection((parts.hostname or "", parts.port or 0))
    opened.sendall(_REQUEST)
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += opened.recv(1)
    opened.sendall(LOGIN.encode())  # unmasked and without a header: the server looks into none
    left = len(WELCOME)
    while left:
        left -= len(opened.recv(left))
    return opened


def _count(sockets: Sequence[socket.socket], tally: Tally) -> None:
    readers = {each.fileno(): each.recv for each in sockets}
    poller = select.epoll()
    for fd in readers:
        poller.register(fd, select.EPOLLIN)
    size = total = 0
    while True:
        for fd, _ in poller.poll():
            data = readers[fd](READ_SIZE)
            size = size or _frame_size(data)
            total += len(data)
        tally.n = total // size


def _frame_size(data: bytes) -> int:
    """Return the size of the frame that the data begins with; all are of one size."""
    if data[1] < _LENGTH_16:
        return 2 + data[1]
    return 4 + int.from_bytes(data[2:4])
