"""The keyboard of a terminal: one key that ends what is watched."""

import os
import select
import sys
import termios
import threading
import tty
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from holdfast.actors.console.terminal import in_front, is_terminal

__all__ = ["QuitKey"]

QUIT: Final = b"q"


class QuitKey:
    """Asks for the end when `q` is pressed, until the end of the block.

    Keys come one by one and aren't echoed meanwhile; Ctrl-C stays a signal. Without a keyboard, or
    in the background, it does nothing.

    Args:
        pressed: called on another thread.
    """

    def __init__(self, pressed: Callable[[], None]) -> None:
        self._pressed = pressed
        self._before: list[int | list[bytes | int]] | None = None
        self._pipe = (-1, -1)
        self._thread = threading.Thread(target=self._listen, name="holdfast-keys", daemon=True)

    def __enter__(self) -> Self:
        """Listen."""
        if is_terminal(sys.stdin) and in_front(sys.stdin.fileno()):
            self._keyboard = sys.stdin.fileno()
            self._before = termios.tcgetattr(self._keyboard)
            tty.setcbreak(self._keyboard)
            self._pipe = os.pipe()
            self._thread.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Give the keyboard back."""
        if self._before is None:
            return
        reader, writer = self._pipe
        os.close(writer)
        self._thread.join()
        os.close(reader)
        self.restore()

    def restore(self) -> None:
        """Have the terminal treat keys as before; any thread may call it, at any time."""
        if self._before is not None:
            termios.tcsetattr(self._keyboard, termios.TCSANOW, self._before)

    def _listen(self) -> None:
        while True:
            ready, _, _ = select.select([self._keyboard, self._pipe[0]], [], [])
            if self._pipe[0] in ready:
                return
            keys = os.read(self._keyboard, 64)
            if not keys:
                return
            if QUIT in keys:
                self._pressed()
