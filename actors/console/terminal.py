"""Whether somebody looks at what a command writes, and whether it may take the terminal."""

import os
import sys

__all__ = ["in_front", "on_terminal"]


def on_terminal() -> bool:
    """Tell whether standard output is a terminal; it may also have been closed by the shell."""
    out = sys.stdout
    return out is not None and out.isatty()  # pyright: ignore[reportUnnecessaryComparison]  # >&-


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
