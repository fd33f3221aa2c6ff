"""What the installed command starts with.

It imports next to nothing before it can take a Ctrl-C: whoever presses it while the command is
still loading sees no traceback.
"""

import os
import sys

__all__ = ["main"]

INTERRUPTED = 130
"""What a shell reports of a program that Ctrl-C ended."""


def main() -> int:
    """Load the command and run the command line of this process.

    Returns:
        The exit code.
    """
    try:
        from holdfast.actors.console.main import main as run  # noqa: PLC0415  # takes a while

        _hold_standard_error()
        return run()
    except KeyboardInterrupt:
        return INTERRUPTED


def _hold_standard_error() -> None:
    """Where the shell has closed it (`2>&-`), keep its number from the next file that is opened."""
    if sys.stderr is not None:  # pyright: ignore[reportUnnecessaryComparison]  # closed by the shell
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    if nowhere != 2:  # noqa: PLR2004  # standard error
        os.dup2(nowhere, 2)
        os.close(nowhere)
    sys.stderr = os.fdopen(2, "w", closefd=False)


if __name__ == "__main__":
    sys.exit(main())
