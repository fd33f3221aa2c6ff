"""A TCP server for bytes that a WebSocket library would refuse to send."""

import contextlib
import selectors
import socket
import threading
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Self

from holdfast.testing.peer import PeerGoneError, RawPeer
from holdfast.testing.ports import HOST, listen

__all__ = ["FullBacklog", "RawServer"]

_PATIENCE = 10.0


class RawServer:
    """A TCP server on 127.0.0.1 that hands every connection to a function, on its own thread.

    Leaving its `with` block ends every connection and every thread, and raises what a handler
    raised; a handler that finds its client gone, or the server stopped, just ends.

    Args:
        handler: what to do with one connection; it may block.
        port: TCP port; 0 for a free one.
    """

    def __init__(self, handler: Callable[[RawPeer], None], *, port: int = 0) -> None:
        self._handler = handler
        self._wanted_port = port
        self._lock = threading.Lock()
        self._peers: set[RawPeer] = set()
        self._threads: list[threading.Thread] = []
        self.errors: list[Exception] = []

    def __enter__(self) -> Self:
        self._listener = listen(self._wanted_port)
        self.port: int = self._listener.getsockname()[1]
        self._waker, self._woken = socket.socketpair()
        self._start(self._accept_all, f"raw-server-{self.port}")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._waker.close()
        with self._lock:
            accepting, *_ = self._threads
        accepting.join(_PATIENCE)
        with self._lock:
            threads, peers = list(self._threads), list(self._peers)
        for peer in peers:
            peer.interrupt()
        for thread in threads:
            thread.join(_PATIENCE)
        if error is None and self.errors:
            raise self.errors[0]

    @property
    def url(self) -> str:
        """The URL of the server, without a path."""
        return f"ws://{HOST}:{self.port}"

    def _start(self, work: Callable[[], None], name: str) -> None:
        # Daemons, so that a test which fails to stop them doesn't keep the interpreter from ending.
        thread = threading.Thread(target=work, name=name, daemon=True)
        with self._lock:
            self._threads.append(thread)
        thread.start()

    def _accept_all(self) -> None:
        with self._listener, self._woken, selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while True:
                ready = {key.fileobj for key, _ in selector.select()}
                if self._woken in ready:
                    return
                peer = RawPeer(self._listener.accept()[0])
                with self._lock:
                    self._peers.add(peer)
                self._start(partial(self._serve, peer), f"raw-peer-{self.port}")

    def _serve(self, peer: RawPeer) -> None:
        try:
            self._handler(peer)
        except (PeerGoneError, OSError):
            return
        except Exception as error:  # noqa: BLE001 - it is raised on the test's thread at the end
            self.errors.append(error)
        finally:
            peer.close()
            with self._lock:
                self._peers.discard(peer)


class FullBacklog:
    """A port that listens, and whose queue is full: a dial is neither accepted nor refused.

    The kernel drops what doesn't fit into the queue of a listening socket (listen(2)), so a
    client's connect() waits as it would for a dead host.
    """

    def __enter__(self) -> Self:
        self._listener = listen(backlog=0)
        self.port: int = self._listener.getsockname()[1]
        self._fillers: list[socket.socket] = []
        while self._fill():
            pass
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for each in (*self._fillers, self._listener):
            each.close()

    @property
    def url(self) -> str:
        """The URL of the port."""
        return f"ws://{HOST}:{self.port}"

    def _fill(self) -> bool:
        """Add one connection to the queue; return whether there was room for it."""
        filler = socket.socket()
        self._fillers.append(filler)
        filler.settimeout(0.2)
        with contextlib.suppress(TimeoutError):
            filler.connect((HOST, self.port))
            return True
        return False
