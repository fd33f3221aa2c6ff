"""The dial: from an address to an open WebSocket without ever blocking.

A dial is a generator over non-blocking sockets: it yields what it waits for, and whoever drives
it resumes it when that is ready (`next`). It holds no thread, so a host that never answers
costs others nothing, and dropping it (`close`) closes its socket at once. The deadline is its
driver's. Only DNS needs threads: see `resolver`.
"""

import errno
import os
import socket
from collections.abc import Sequence
from typing import Any, Final

from websocket import DEFAULT_SOCKET_OPTION

from holdfast.actors.wire.handshake import OpenStream, open_websocket
from holdfast.actors.wire.options import DialOptions
from holdfast.actors.wire.proxy import open_tunnel, proxy_for
from holdfast.actors.wire.resolver import Address
from holdfast.actors.wire.steps import WRITE, Steps
from holdfast.actors.wire.target import Target
from holdfast.actors.wire.tls import wrap_tls

__all__ = ["DialOptions", "OpenStream", "Target", "connect_tcp", "dial", "endpoint"]

_UNDER_WAY: Final = frozenset({errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EINTR})


def endpoint(target: Target, options: DialOptions) -> tuple[str, int]:
    """Return the host and port to resolve and connect to: the target's, or those of a proxy.

    Args:
        target: where the connection goes.
        options: says which proxy is used, if any.

    Raises:
        UnusableOptionError: the environment names a proxy of a kind that can't be used.
    """
    hop = proxy_for(target, options.proxy) or target
    return hop.host, hop.port


def dial(target: Target, addresses: Sequence[Address], options: DialOptions) -> Steps[OpenStream]:
    """Open a WebSocket, step by step.

    The driver forgets the socket that it waited for before it goes on: the next step may close
    it, or wait for another one with the same number.

    Args:
        target: where the connection goes.
        addresses: of its `endpoint`, to be tried in this order.
        options: what the handshake says, whom to trust, which proxy to use.

    Returns:
        The open stream, whose socket belongs to the driver from then on.

    Raises:
        OSError: no address took the connection, or it broke; `ssl.SSLError` among them.
        WireError: the proxy or the server answered with something else than a handshake.
    """
    proxy = proxy_for(target, options.proxy)
    sock = yield from connect_tcp(addresses)
    try:
        if proxy is not None:
            yield from open_tunnel(sock, target, proxy)
        if target.secure:
            sock = yield from wrap_tls(sock, target.host, options.tls)
        return (yield from open_websocket(sock, target, options))
    except BaseException:
        sock.close()
        raise


def connect_tcp(addresses: Sequence[Address]) -> Steps[socket.socket]:
    """Connect to the first address that takes the connection.

    Args:
        addresses: of one host, to be tried in this order.

    Returns:
        The socket, non-blocking.

    Raises:
        OSError: none took it; it says how the last one failed.
    """
    failure = OSError("the host has no address")
    for family, kind, protocol, _, address in addresses:
        try:
            return (yield from _connect(socket.socket(family, kind, protocol), address))
        except OSError as error:
            failure = error
    try:
        raise failure
    finally:
        # The error's traceback holds this frame: without this, each failure is left to the
        # garbage collector.
        del failure


def _connect(sock: socket.socket, address: Any) -> Steps[socket.socket]:  # noqa: ANN401 - see Address
    try:
        sock.settimeout(0.0)
        for option in DEFAULT_SOCKET_OPTION:
            sock.setsockopt(*option)
        code = sock.connect_ex(address)
        if code in _UNDER_WAY:
            code = yield from _connected(sock)
        _check_connected(sock, code, address)
    except BaseException:
        sock.close()
        raise
    return sock


def _connected(sock: socket.socket) -> Steps[int]:
    """Wait for the end of a connect; return its error, 0 for none."""
    while True:
        yield sock, WRITE
        code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        # Whoever drives the dial may have been told of another socket that had this number.
        if code or _has_peer(sock):
            return code


def _has_peer(sock: socket.socket) -> bool:
    try:
        sock.getpeername()
    except OSError as error:
        if error.errno == errno.ENOTCONN:
            return False
        raise
    return True


def _check_connected(sock: socket.socket, code: int, address: Any) -> None:  # noqa: ANN401 - see Address
    # A port of this machine that nobody listens on may be drawn for this very socket, which
    # then is connected to itself (TCP's simultaneous open, RFC 9293 section 3.5) and keeps the
    # server from coming back.
    if not code and sock.getsockname() == sock.getpeername():
        code = errno.ECONNREFUSED
    if code:
        raise OSError(code, f"{os.strerror(code)} ({address[0]} port {address[1]})")
