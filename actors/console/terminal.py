"""Whether somebody looks at what a command writes."""

import sys

__all__ = ["on_terminal"]


def on_terminal() -> bool:
    """Tell whether standard output is a terminal; it may also have been closed by the shell."""
    out = sys.stdout
    return out is not None and out.isatty()  # pyright: ignore[reportUnnecessaryComparison]  # >&-
