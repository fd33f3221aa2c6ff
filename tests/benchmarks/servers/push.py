"""Load that only sends: a feed as fast as it goes, and a fan-in of one message a write."""

import contextlib
import socket
from collections.abc import Mapping
from itertools import cycle
from typing import Any, Final

from servers.control import ControlPort
from servers.login import accept_logins
from servers.wire import frame

__all__ = ["fan_in", "feed"]

CHUNK: Final = 256 * 1024
"""Bytes of one write of the feed, about."""


def feed(order: Mapping[str, Any], listener: socket.socket, control: ControlPort) -> None:
    """Send messages on one connection, as many a write as the kernel takes, until it ends.

    Args:
        order: `payload`, the text of each message.
        listener: where the client connects.
        control: says when to begin.
    """
    (client,) = _begin(1, listener, control)
    encoded = frame(order["payload"].encode())
    chunk = encoded * (CHUNK // len(encoded))
    with contextlib.suppress(ConnectionError):
        while True:
            client.sendall(chunk)


def fan_in(order: Mapping[str, Any], listener: socket.socket, control: ControlPort) -> None:
    """Send one message a write, on one connection after the other, until one of them ends.

    Args:
        order: `payload`, the text of each message, and the number of `connections`.
        listener: where the clients connect.
        control: says when to begin.
    """
    clients = _begin(order["connections"], listener, control)
    encoded = frame(order["payload"].encode())
    with contextlib.suppress(ConnectionError):
        for send in cycle([client.send for client in clients]):
            send(encoded)


def _begin(count: int, listener: socket.socket, control: ControlPort) -> list[socket.socket]:
    clients = accept_logins(listener, count)
    control.accept()
    control.hear()
    control.answer("going")
    return clients
