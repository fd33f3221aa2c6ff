"""One process that gets lines on its standard input, and what of them it hasn't read."""

import fcntl
import os
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from holdfast.actors.console.sinks.bell import Bell

__all__ = ["Child"]

PIPE: Final = 1024 * 1024
"""Bytes that a pipe holds at most, unless root has raised that (Linux's pipe-max-size)."""


class Child:
    """A process in a group of its own, so that Ctrl-C on the terminal doesn't end it.

    The end of the pipe that it reads from stays open here too: what a process that died has not
    read is still there to be counted.

    Args:
        arguments: the program and what it is given.
        bell: what the one thread that calls this waits by.
        ended: told when the process has ended, on another thread.

    Raises:
        OSError: the program can't be started.
    """

    def __init__(self, arguments: Sequence[str], bell: Bell, ended: Callable[[], None]) -> None:
        self._bell = bell
        self._ended = ended
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)
        self._written = bytearray()
        """The end of what was written, from the beginning of a line that may be unread."""
        try:
            self._process = subprocess.Popen(arguments, stdin=self._reader, process_group=0)  # noqa: S603  # the user's own command
        except BaseException:
            self._close_pipe()
            raise
        self.started = time.monotonic()
        """In seconds of `time.monotonic`."""
        self._watcher = threading.Thread(target=self._watch, name="holdfast-command", daemon=True)
        self._watcher.start()

    @property
    def pid(self) -> int:
        """Its process id, which is its group's too."""
        return self._process.pid

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._process.returncode is None

    @property
    def status(self) -> str:
        """How it ended, for people."""
        code = self._process.returncode
        return f"signal {-code}" if code < 0 else f"exit code {code}"

    def feed(self, data: bytes, until: Callable[[], float]) -> bytes:
        """Write for as long as it runs and time allows.

        Args:
            data: whole lines, or the rest of them.
            until: returns seconds of `time.monotonic`; asked anew whenever the bell rings.

        Returns:
            What was not written.
        """
        left = memoryview(data)
        while left and self.runs and time.monotonic() < until():
            try:
                count = os.write(self._writer, left)
            except BlockingIOError:
                self._bell.wait(until(), self._writer)
            else:
                self._remember(left[:count])
                left = left[count:]
        return bytes(left)

    def unread(self) -> bytes:
        """Return what was written and not read to the end of its line, from that line's start."""
        count = fcntl.ioctl(self._reader, termios.FIONREAD, bytes(4))
        read = len(self._written) - int.from_bytes(count, sys.byteorder)
        return bytes(self._written[self._written.rfind(b"\n", 0, read) + 1 :])

    def end_input(self) -> None:
        """Let it see the end of its input."""
        os.close(self._writer)
        self._writer = -1

    def wait(self, until: float) -> bool:
        """Wait for its end.

        Args:
            until: in seconds of `time.monotonic`.

        Returns:
            Whether it has ended.
        """
        while self.runs and time.monotonic() < until:
            self._bell.wait(until)
        return not self.runs

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to it and to all that it started in its group."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def close(self) -> None:
        """Close the pipe; a child that has ended rings no more."""
        if not self.runs:
            self._watcher.join()
        self._close_pipe()

    def _close_pipe(self) -> None:
        for descriptor in (self._reader, self._writer):
            if descriptor >= 0:
                os.close(descriptor)
        self._reader = self._writer = -1

    def _remember(self, data: memoryview) -> None:
        self._written += data
        del self._written[: self._written.rfind(b"\n", 0, -PIPE) + 1]

    def _watch(self) -> None:
        self._process.wait()
        self._ended()
