"""Standard output of a command that writes a lot: bytes, unbuffered, in whole blocks."""

import os
import select
import sys
from io import StringIO
from shutil import get_terminal_size
from typing import Final

from rich.console import Console, RenderableType

from holdfast.actors.console.problem import Problem

__all__ = ["Output"]

_UNBOUNDED: Final = 100_000
"""Columns where there is no terminal: who reads a pipe wants a row in one line."""

_GONE: Final = select.POLLERR | select.POLLHUP | select.POLLNVAL


class Output:
    """Writes to standard output.

    Nothing waits in a buffer of Python's, so nothing is left to fail as the interpreter ends.

    Raises:
        Problem: standard output is closed.
    """

    def __init__(self) -> None:
        if sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison]  # closed by the shell: >&-
            raise Problem("standard output is closed, so there is nowhere to write to")
        self._descriptor = sys.stdout.fileno()
        self._encoding = sys.stdout.encoding
        self.terminal = os.isatty(self._descriptor)
        """Whether it is a terminal, which control characters could steer."""
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        self.colours = self.terminal and not plain
        """Whether ANSI colours may be written."""

    @property
    def width(self) -> int:
        """Columns of the terminal; 80 where there is none."""
        return get_terminal_size().columns

    def write(self, data: bytes) -> None:
        """Write all of it.

        Raises:
            BrokenPipeError: whoever read it has gone.
            Problem: it takes no more for another reason, such as a full disk.
        """
        left = memoryview(data)
        try:
            while left:
                left = left[self._write_some(left) :]
        except BrokenPipeError:
            raise
        except OSError as error:
            raise Problem(f"standard output: {error.strerror}") from None

    def write_text(self, text: str) -> None:
        """Write a text; see `write`."""
        self.write(text.encode(self._encoding, "backslashreplace"))

    def draw(self, picture: RenderableType) -> None:
        """Write what rich can draw, which only a terminal has wrapped; see `write`."""
        paper = StringIO()
        console = Console(
            file=paper,
            width=self.width if self.terminal else _UNBOUNDED,
            force_terminal=self.colours,
            color_system="standard" if self.colours else None,
            highlight=False,
            markup=False,
            emoji=False,
        )
        console.print(picture)
        self.write_text(paper.getvalue())

    def rest(self, seconds: float) -> None:
        """Wait, unless whoever reads goes away meanwhile.

        Args:
            seconds: how long.

        Raises:
            BrokenPipeError: whoever read it has gone.
        """
        poll = select.poll()
        poll.register(self._descriptor, 0)
        if any(happened & _GONE for _, happened in poll.poll(seconds * 1000)):
            raise BrokenPipeError

    def _write_some(self, data: memoryview) -> int:
        try:
            return os.write(self._descriptor, data)
        except BlockingIOError:
            # Somebody who shares this pipe has made it non-blocking.
            select.select([], [self._descriptor], [])
            return 0
