"""The other side of the control socket: asks a running fleet, and waits for its answer."""

import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import msgspec

from holdfast.actors.console.control.protocol import LARGEST, VERSION, Answer, Request
from holdfast.actors.console.problem import Problem

__all__ = ["Client", "ControlRefused"]

PATIENCE: Final = 15.0
"""Seconds for an answer."""


class ControlRefused(Problem):
    """The fleet says why it doesn't do what it was asked.

    Args:
        kind: for scripts, see docs/control.md.
        text: one line for people.
    """

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


class Client:
    """A connection to a running fleet; a context manager that ends it.

    Args:
        path: of the fleet's control socket.
        timeout: seconds that an answer may take.

    Raises:
        ControlRefused: too many others wait for it.
        Problem: no fleet answers there.
    """

    def __init__(self, path: Path, timeout: float = PATIENCE) -> None:
        self._path = path
        self._timeout = timeout
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout)
        try:
            self._socket.connect(os.fspath(path))
        except (FileNotFoundError, ConnectionRefusedError):
            self._socket.close()
            raise Problem(
                f"no fleet answers at {path}: start one with `holdfast run` or `holdfast demo`, "
                "or say where it is with --socket"
            ) from None
        except BlockingIOError:
            self._socket.close()
            raise ControlRefused("busy", f"too many clients wait at {path}: try again") from None
        except OSError as error:
            self._socket.close()
            raise Problem(f"the fleet at {path} can't be reached: {_why(error)}") from None
        self._lines = self._socket.makefile("rb")

    def __enter__(self) -> Self:
        """Ask within the block."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Hang up."""
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._lines.close()
        self._socket.close()

    def ask(self, verb: str, names: Sequence[str] = (), **options: object) -> Any:  # noqa: ANN401  # what JSON can say
        """Ask for something and return the answer's result, as plain data.

        Args:
            verb: what.
            names: the connections that it is about: names, globs or groups.
            options: what the verb needs besides.

        Raises:
            ControlRefused: the fleet says why not.
            Problem: it doesn't answer, or speaks another version of this.
        """
        line = msgspec.json.encode(Request(verb=verb, names=list(names), options=options)) + b"\n"
        if len(line) > LARGEST:
            raise ControlRefused("too_large", f"a request has {LARGEST} bytes at most")
        answer = self._exchange(line)
        if answer.error is not None:
            raise ControlRefused(answer.error.kind, answer.error.text)
        return answer.result

    def _exchange(self, line: bytes) -> Answer:
        # Whoever hangs up at once says why first.
        with suppress(BrokenPipeError, ConnectionResetError):
            self._send(line)
        reply = self._receive()
        if not reply.endswith(b"\n"):
            raise Problem(f"the fleet at {self._path} has hung up: it may just have ended")
        return self._read(reply)

    def _send(self, line: bytes) -> None:
        try:
            self._socket.sendall(line)
        except TimeoutError:
            raise self._late() from None

    def _receive(self) -> bytes:
        try:
            return self._lines.readline(LARGEST)
        except TimeoutError:
            raise self._late() from None
        except OSError:
            return b""

    def _read(self, reply: bytes) -> Answer:
        try:
            answer = msgspec.json.decode(reply, type=Answer)
        except (ValueError, RecursionError):
            raise Problem(f"what answers at {self._path} is no fleet") from None
        if answer.v != VERSION:
            raise Problem(
                f"the fleet at {self._path} speaks version {answer.v} of the control protocol and "
                f"this command version {VERSION}: use the holdfast that runs the fleet"
            )
        return answer

    def _late(self) -> Problem:
        return Problem(
            f"the fleet at {self._path} hasn't answered within {self._timeout:g} s, and may still "
            "do what it was told"
        )


def _why(error: OSError) -> str:
    # Python has its own words for a path that is too long, and for time that is up.
    return error.strerror or str(error)
