"""Load that hears: an echo, and a sink. Neither looks into a frame: it counts bytes."""

import contextlib
import select
import socket
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from servers.control import ControlPort
from servers.login import accept_logins
from servers.wire import READ_SIZE, client_frame_size, frame

__all__ = ["echo", "sink"]


def echo(order: Mapping[str, Any], listener: socket.socket, control: ControlPort) -> None:
    """Answer each message with one of the same text, until the measured process ends.

    Args:
        order: `payload`, the text of each message, and the number of `connections`.
        listener: where the clients connect.
        control: ends the load when it ends.
    """
    payload = order["payload"].encode()
    size, answer = client_frame_size(len(payload)), frame(payload)
    clients = {c.fileno(): c for c in accept_logins(listener, order["connections"])}
    control.accept()
    poller = _poller(clients, control)
    rest: defaultdict[int, int] = defaultdict(int)
    while True:
        for fd, _ in poller.poll():
            client = clients.get(fd)
            if client is None:
                return
            received = _receive(client)
            if not received:
                return
            whole, rest[fd] = divmod(rest[fd] + received, size)
            if whole:
                with contextlib.suppress(ConnectionError):
                    client.sendall(answer * whole)


def sink(order: Mapping[str, Any], listener: socket.socket, control: ControlPort) -> None:
    """Count what is received, and tell how many messages that is whenever it is asked.

    Args:
        order: `payload`, the text of each message, and the number of `connections`.
        listener: where the clients connect.
        control: asks.
    """
    size = client_frame_size(len(order["payload"].encode()))
    clients = {c.fileno(): c for c in accept_logins(listener, order["connections"])}
    control.accept()
    poller = _poller(clients, control)
    total = 0
    while True:
        for fd, _ in poller.poll():
            client = clients.get(fd)
            if client is not None:
                total += _receive(client)
            elif control.hear():
                control.answer(total // size)
            else:
                return


def _poller(clients: Mapping[int, socket.socket], control: ControlPort) -> select.epoll:
    poller = select.epoll()
    for fd in (*clients, control.sock.fileno()):
        poller.register(fd, select.EPOLLIN)
    return poller


def _receive(client: socket.socket) -> int:
    """Return how many bytes came; 0 when the client has ended."""
    try:
        return len(client.recv(READ_SIZE))
    except ConnectionError:
        return 0
