"""Listening sockets on loopback that can be left and come back to."""

import errno
import random
import socket

__all__ = ["BACKLOG", "HOST", "listen"]

HOST = "127.0.0.1"

# Below the ports that any common system hands to outgoing connections (Linux begins at 32768):
# a client that redials a dead port in that range may be given this very port as its own, connect
# to itself (simultaneous open, RFC 9293 section 3.5) and keep the server from coming back.
_CANDIDATES = range(20_000, 32_000)
_TRIES = 200
# The most that Linux grants by default: a fleet of thousands dials at once.
BACKLOG = 4096


def listen(port: int = 0, *, backlog: int = BACKLOG) -> socket.socket:
    """Open a listening TCP socket on 127.0.0.1.

    Args:
        port: the port to listen on; 0 for a free one that no outgoing connection will be given.
        backlog: how many connections the kernel keeps before they are accepted.

    Returns:
        The socket; the port can be taken again at once after it was closed.

    Raises:
        OSError: when the port is taken, or none was found free.
    """
    if port:
        return socket.create_server((HOST, port), backlog=backlog)
    for candidate in random.SystemRandom().sample(_CANDIDATES, _TRIES):
        try:
            return socket.create_server((HOST, candidate), backlog=backlog)
        except OSError as error:
            if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
                raise
    raise OSError(errno.EADDRINUSE, f"no free port among {_TRIES} tried on {HOST}")
