"""A real WebSocket server on loopback that does what its script says."""

import ssl
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

from holdfast.testing.codec import encode
from holdfast.testing.engine import Engine, Script
from holdfast.testing.handshake import Handshake, HandshakeRequest
from holdfast.testing.ledger import Counters, Ledger
from holdfast.testing.loop_thread import LoopThread
from holdfast.testing.ports import HOST, listen
from holdfast.testing.session import Session

__all__ = ["ScriptError", "ScriptedServer"]

_Result = TypeVar("_Result")
_Condition = Callable[["ScriptedServer"], bool]
_Where = Callable[[Session], bool]


class ScriptError(Exception):
    """A script of the server raised; the first error is the cause."""


class ScriptedServer:
    """A WebSocket server on 127.0.0.1 whose script says what happens on each connection.

    It runs its own event loop on one thread, so a test may block. Leaving its `with` block stops
    it, and raises `ScriptError` if a script has failed.

    Args:
        script: an async function of a `Session`, run for every connection.
        handshake: what handshakes are answered with; by default they succeed, unless the script
            is an object whose `answer` says otherwise, as that of `demo_exchange` is.
        port: TCP port; 0 for a free one. A server that is started again keeps its port.
        ssl_context: the context to speak TLS with; by default there is none.
        keep: how many messages a session, and messages, sessions and handshakes the server
            remembers.
    """

    def __init__(
        self,
        script: Script,
        *,
        handshake: Handshake = None,
        port: int = 0,
        ssl_context: ssl.SSLContext | None = None,
        keep: int = 10_000,
    ) -> None:
        self._ledger = Ledger(keep)
        self._engine = Engine(script, handshake, self._ledger, keep)
        self._port = port
        self._ssl_context = ssl_context
        self._thread: LoopThread | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
        if error is None and self.errors:
            count = len(self.errors)
            raise ScriptError(
                f"{count} script(s) failed, the first one with {self.errors[0]!r}"
            ) from self.errors[0]

    def __repr__(self) -> str:
        state = "serving" if self._thread else "stopped"
        return f"<ScriptedServer {self.url} {state}, {len(self.sessions)} sessions>"

    def start(self) -> Self:
        """Listen and serve; return when clients can connect.

        Raises:
            OSError: when the port is taken.
        """
        if self._thread is None:
            listener = listen(self._port)
            self._port = listener.getsockname()[1]
            self._thread = LoopThread(self._engine, listener, self._ssl_context)
        return self

    def stop(self, *, reset: bool = False) -> None:
        """Stop listening, end every connection and the thread; nothing happens when stopped.

        Args:
            reset: end the connections with RST, as the death of the process would; else they are
                closed with 1001, and cut when none has answered for 0.1 seconds.
        """
        if self._thread is not None:
            self._thread.stop(reset=reset)
            self._thread = None

    @property
    def port(self) -> int:
        """The TCP port; 0 before the first start, if none was given."""
        return self._port

    @property
    def url(self) -> str:
        """The URL of the server, without a path: append "/NAME" to name a client."""
        return f"{'ws' if self._ssl_context is None else 'wss'}://{HOST}:{self._port}"

    @property
    def sessions(self) -> tuple[Session, ...]:
        """The connections that are open now, oldest first."""
        with self._ledger.changed:
            return tuple(self._engine.live.values())

    @property
    def history(self) -> tuple[Session, ...]:
        """The last sessions, open or ended, oldest first."""
        with self._ledger.changed:
            return tuple(self._engine.history)

    @property
    def handshakes(self) -> tuple[HandshakeRequest, ...]:
        """The last requests to open a WebSocket, granted or not, oldest first."""
        with self._ledger.changed:
            return tuple(self._engine.handshakes)

    @property
    def received(self) -> tuple[tuple[int, str | bytes], ...]:
        """The last messages of all clients as (session id, message), oldest first."""
        return self._ledger.received()

    @property
    def counters(self) -> Counters:
        """What happened so far, as numbers."""
        return self._ledger.counters()

    @property
    def errors(self) -> tuple[BaseException, ...]:
        """What scripts have raised, oldest first."""
        with self._ledger.changed:
            return tuple(self._engine.errors)

    def wait_for(self, condition: int | _Condition, timeout: float = 5.0) -> None:
        """Block until something is so, without polling.

        Args:
            condition: how many sessions are open, exactly; or a function of this server, called
                whenever something has changed.
            timeout: seconds to wait at most.

        Raises:
            TimeoutError: when it wasn't so in time, with what was counted instead.
        """
        if isinstance(condition, int):
            wanted, count = f"{condition} open sessions", condition
            reached = self._ledger.wait_for(lambda: len(self._engine.live) == count, timeout)
        else:
            wanted, holds = "the condition", condition
            reached = self._ledger.wait_for(lambda: holds(self), timeout)
        if not reached:
            raise TimeoutError(
                f"waited {timeout} s for {wanted}: {len(self.sessions)} are open, "
                f"{self.counters}, errors {self.errors}"
            )

    def run(self, work: Coroutine[Any, Any, _Result], timeout: float = 10.0) -> _Result:
        """Run a verb of a session on the server's loop, and wait for its result.

        Args:
            work: for instance `session.publish("x")`.
            timeout: seconds to wait at most.

        Raises:
            RuntimeError: when the server is stopped.
        """
        if self._thread is None:
            work.close()
            raise RuntimeError("the server is stopped")
        return self._thread.run(work, timeout)

    def publish_all(self, payload: object, where: _Where | None = None) -> int:
        """Send a message on every open session; return on how many.

        Args:
            payload: str (text), bytes (binary), or anything JSON can say (text).
            where: picks sessions; all by default.
        """
        message = encode(payload)
        return self._each(lambda session: session.wire.transmit(message), where)

    def cut_all(self, *, reset: bool = True, where: _Where | None = None) -> int:
        """End the TCP connection of every open session; return of how many.

        Args:
            reset: with RST, else with FIN.
            where: picks sessions; all by default.
        """
        return self._each(lambda session: session.wire.cut(reset=reset), where)

    def silence_all(self, where: _Where | None = None) -> int:
        """Let every open session fall silent for good; return how many.

        Args:
            where: picks sessions; all by default.
        """
        return self._each(lambda session: session.wire.fall_silent(), where)

    def close_all(self, code: int, reason: str = "", *, where: _Where | None = None) -> int:
        """Begin to close every open session; return how many.

        Args:
            code: the close code.
            reason: at most 123 bytes of UTF-8.
            where: picks sessions; all by default.
        """
        return self._each(lambda session: session.spawn(session.wire.close(code, reason)), where)

    def _each(self, act: Callable[[Session], object], where: _Where | None) -> int:
        async def act_on_loop() -> int:
            chosen = [session for session in self.sessions if where is None or where(session)]
            for session in chosen:
                act(session)
            return len(chosen)

        return self.run(act_on_loop())
