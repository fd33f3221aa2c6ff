"""A thread of its own for the event loop of a server, so that a test may block."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from holdfast.testing.engine import Engine, Running

__all__ = ["LoopThread"]

_Result = TypeVar("_Result")
# Seconds for what takes milliseconds unless a script blocks the loop.
_PATIENCE = 10.0


class LoopThread:
    """One run of an engine, from its start to its stop.

    Args:
        engine: what serves.
        listener: the listening socket; it is closed at the end.
        ssl_context: the context to speak TLS with, or None.

    Raises:
        TypeError: when asyncio can't serve with that context.
    """

    def __init__(
        self, engine: Engine, listener: socket.socket, ssl_context: ssl.SSLContext | None
    ) -> None:
        started: Future[Running] = Future()
        # A daemon, so that a test which fails to stop it doesn't keep the interpreter from ending.
        self._thread = threading.Thread(
            target=_serve,
            args=(engine, listener, ssl_context, started),
            name=f"scripted-server-{listener.getsockname()[1]}",
            daemon=True,
        )
        self._thread.start()
        self._loop, self._stop = started.result(_PATIENCE)

    def run(self, work: Coroutine[Any, Any, _Result], timeout: float = _PATIENCE) -> _Result:
        """Run a coroutine on the loop and wait for its result.

        Args:
            work: the coroutine.
            timeout: seconds to wait at most.
        """
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout)

    def stop(self, *, reset: bool) -> None:
        """Stop the engine and wait for the end of the thread.

        Args:
            reset: end the connections with RST, else close them.

        Raises:
            RuntimeError: when the thread doesn't end.
        """
        self._loop.call_soon_threadsafe(self._stop.set_result, reset)
        self._thread.join(_PATIENCE)
        if self._thread.is_alive():
            raise RuntimeError("the server's thread doesn't end: a script blocks its loop")


def _serve(
    engine: Engine,
    listener: socket.socket,
    ssl_context: ssl.SSLContext | None,
    started: "Future[Running]",
) -> None:
    try:
        asyncio.run(engine.serve(listener, ssl_context, started))
    except BaseException as error:
        if started.done():
            raise
        listener.close()
        started.set_exception(error)
