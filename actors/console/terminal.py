"""Whether somebody looks at what a command writes, and whether it may take the terminal."""

import os
import sys
from typing import TextIO

__all__ = ["in_front", "is_terminal", "on_terminal"]


def is_terminal(stream: TextIO | None) -> bool:
    """Tell whether a stream is a terminal.

    Args:
        stream: a standard one, which is None when the shell has closed it (`>&-`).
    """
    return stream is not None and stream.isatty()


def on_terminal() -> bool:
    """Tell whether standard output is a terminal."""
    return is_terminal(sys.stdout)


def in_front(terminal: int) -> bool:
    """Tell whether this process may draw on a terminal and change how it treats keys.

    One in the background would draw over the shell, and is stopped by SIGTTOU when it changes the
    terminal (termios(3)).

    Args:
        terminal: a descriptor of it.
    """
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return True  # it isn't the terminal that starts and stops us
