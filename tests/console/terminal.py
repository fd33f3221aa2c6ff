"""The command on a terminal: its keyboard, its screen, and what was shown there."""

import errno
import os
import pty
import re
import select
import termios
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.console.conftest import Start

__all__ = ["Terminal"]

PATIENCE = 30.0
PROMPT = "$"
OTHER_TERMINALS = {"COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TERM"}
"""What the environment says of the terminal that the tests run on, if they do."""
CONTROL = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """A pseudo-terminal with a command on it.

    Args:
        start: the fixture that starts commands.
        arguments: of the command line.
        streams: which streams of the command are on the terminal, as a shell says it.
        size: lines and columns.
        term: what kind of terminal it is.
        options: of `subprocess.Popen`.
    """

    def __init__(
        self,
        start: "Start",
        *arguments: str,
        streams: str = "<{tty} >{tty} 2>{tty}",
        size: tuple[int, int] = (40, 140),
        term: str = "xterm-256color",
        **options: Any,  # noqa: ANN401  # subprocess's own
    ) -> None:
        self._master, slave = pty.openpty()
        self.shown = b""
        """All that was written so far."""
        self._read = 0
        termios.tcsetwinsize(self._master, size)
        tty = os.ttyname(slave)
        env = {name: value for name, value in os.environ.items() if name not in OTHER_TERMINALS}
        # Whoever leads a session and opens a terminal has it as its own, with its Ctrl-C.
        self.command = start(
            *arguments,
            after=f"exec {streams.format(tty=tty)}; echo {PROMPT} >{tty}",
            start_new_session=True,
            env=env | {"TERM": term},
            **options,
        )
        self.until(PROMPT)
        # Only without our own hold on the screen does its end follow the command's.
        os.close(slave)

    def until(self, text: str) -> str:
        """Wait until this text is shown, after what was waited for before; return what came."""
        while (found := self._plain().find(text.encode(), self._read)) < 0:
            if not self._more():
                raise AssertionError(f"{text!r} never came; the screen had: {self._plain()!r}")
        before, self._read = self._read, found + len(text.encode())
        return self._plain()[before : self._read].decode()

    def press(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._master, keys)

    def close(self) -> int:
        """Close it, as one that closes a window does; return the command's exit code."""
        os.close(self._master)
        return self.command.process.wait(PATIENCE)

    def finish(self) -> tuple[int, str]:
        """Wait for the end; return the exit code and all that was shown, without colours."""
        while self._more():
            pass
        code = self.command.process.wait(PATIENCE)
        os.close(self._master)
        return code, self._plain().decode()

    def keys_are_echoed(self) -> bool:
        """Tell whether the keyboard is as a shell has it."""
        return bool(termios.tcgetattr(self._master)[3] & termios.ECHO)

    def _plain(self) -> bytes:
        return CONTROL.sub(b"", self.shown)

    def _more(self) -> bool:
        """Read what comes next; tell whether there was anything."""
        ready, _, _ = select.select([self._master], [], [], PATIENCE)
        if not ready:
            return False
        try:
            data = os.read(self._master, 65_536)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            return False
        self.shown += data
        return bool(data)
