"""The line between a measured process and its load server: a TCP connection of its own.

It works alike for every participant, since none of their code is used for it.
"""

import socket
from typing import Final, Self

from servers.wire import HOST, listen

__all__ = ["Control", "ControlPort"]

PATIENCE: Final = 60.0
"""Seconds to wait for the other side."""


class ControlPort:
    """The server's end, which hears one command a line and answers each with one line."""

    def __init__(self) -> None:
        self._listener = listen()
        self.port: int = self._listener.getsockname()[1]

    def accept(self) -> None:
        """Wait for the measured process."""
        self.sock, _ = self._listener.accept()
        self._lines = self.sock.makefile("r")

    def hear(self) -> list[str]:
        """Return the words of the next command; none when the measured process has ended."""
        return self._lines.readline().split()

    def answer(self, text: object) -> None:
        """Answer the last command."""
        self.sock.sendall(f"{text}\n".encode())


class Control:
    """The measured process's end.

    Args:
        port: the server's control port.
    """

    def __init__(self, port: int) -> None:
        self._sock = socket.create_connection((HOST, port), timeout=PATIENCE)
        self._lines = self._sock.makefile("r")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._sock.close()

    def ask(self, *words: object) -> str:
        """Send a command and return its answer.

        Raises:
            ConnectionError: the server has ended.
        """
        self._sock.sendall(" ".join(map(str, words)).encode() + b"\n")
        answer = self._lines.readline()
        if not answer:
            raise ConnectionError(f"the load server ended at {words[0]}")
        return answer.strip()
