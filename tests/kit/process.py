"""A scripted server in a process of its own, to be killed and started again."""

import contextlib
import json
import os
import selectors
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from types import TracebackType
from typing import IO, Self, cast

from holdfast.testing.ports import HOST, listen

__all__ = ["ServerProcess", "ServerProcessError"]

_PATIENCE = 10.0


class ServerProcessError(RuntimeError):
    """The server's process ended, or didn't get ready."""


class ServerProcess:
    """A `ScriptedServer` in its own process, on a port that it keeps when started again.

    Args:
        script: "echo", "silent", "refuse_auth", "exchange", "demo", or "module:function".
        options: keyword arguments for a function that returns a script, anything JSON can say;
            None when the function is the script itself. "exchange" and "demo" return scripts.
        port: TCP port; 0 for a free one.
    """

    def __init__(
        self, script: str, options: Mapping[str, object] | None = None, *, port: int = 0
    ) -> None:
        self._order = {"script": script, "options": options}
        self._port = port
        self._child: subprocess.Popen[bytes] | None = None
        self._stderr: IO[bytes] | None = None
        self._ready = False

    def __enter__(self) -> Self:
        self.start()
        try:
            self.wait_ready()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """The TCP port; 0 before the first start, if none was given."""
        return self._port

    @property
    def url(self) -> str:
        """The URL of the server, without a path."""
        return f"ws://{HOST}:{self._port}"

    @property
    def pid(self) -> int | None:
        """The process id, None when it isn't running."""
        return self._child.pid if self._child is not None else None

    def start(self) -> None:
        """Start the process; `wait_ready` tells when clients can connect.

        Raises:
            ServerProcessError: when it is running.
        """
        if self._child is not None:
            raise ServerProcessError(f"the server's process {self._child.pid} is running")
        if not self._port:
            with listen() as found:
                self._port = found.getsockname()[1]
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._child = subprocess.Popen(
            [sys.executable, "-m", "holdfast.testing.serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            env={**os.environ, "PYTHONPATH": _module_path()},
        )
        order = json.dumps({**self._order, "port": self._port}).encode() + b"\n"
        stdin = cast("IO[bytes]", self._child.stdin)
        with contextlib.suppress(BrokenPipeError):
            stdin.write(order)
            stdin.flush()

    def wait_ready(self, timeout: float = _PATIENCE) -> None:
        """Block until clients can connect.

        Args:
            timeout: seconds to wait at most.

        Raises:
            ServerProcessError: when it isn't ready in time, or has ended; then it is killed.
        """
        if self._child is None:
            raise ServerProcessError("the server's process isn't running")
        stdout = cast("IO[bytes]", self._child.stdout)
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            self._ready = self._ready or (
                bool(selector.select(timeout)) and bool(stdout.readline())
            )
        if not self._ready:
            complaint = self._complaint()
            self.kill()
            raise ServerProcessError(f"the server didn't get ready in {timeout} s: {complaint}")

    def kill(self) -> None:
        """End the process with SIGKILL: the kernel ends its connections, nobody says goodbye."""
        if self._child is not None:
            self._child.kill()
            self._forget()

    def stop(self) -> None:
        """Let the process close its connections and end; kill it if it takes too long."""
        if self._child is None:
            return
        cast("IO[bytes]", self._child.stdin).close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(_PATIENCE)
        self.kill()

    def _forget(self) -> None:
        child, stderr = self._child, self._stderr
        self._child, self._stderr, self._ready = None, None, False
        if child is not None:
            child.wait()
            for stream in (child.stdin, child.stdout, stderr):
                _close(stream)

    def _complaint(self) -> str:
        """Return the last line of the process's stderr, which names the exception."""
        if self._stderr is None:
            return "no reason known"
        self._stderr.seek(0)
        lines = self._stderr.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"


def _module_path() -> str:
    """Return a PYTHONPATH by which a child finds what its parent finds, as in multiprocessing."""
    return os.pathsep.join(path for path in sys.path if path)


def _close(stream: IO[bytes] | None) -> None:
    if stream is not None:
        with contextlib.suppress(BrokenPipeError):
            stream.close()
