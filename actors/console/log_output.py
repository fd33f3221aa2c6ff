"""Where a command's logs go: standard error, or a file."""

from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TextIO

from holdfast.actors.console.problem import Problem
from holdfast.actors.logs import close_logs, configure_logging

__all__ = ["log_to"]


@contextmanager
def log_to(file: str | None, level: str) -> Generator[None]:
    """Log until the end of the block.

    Args:
        file: a path, to which JSON lines are appended; None for standard error, in colours on a
            terminal and as JSON lines elsewhere.
        level: the lowest level that is written.

    Raises:
        Problem: the file can't be written.
    """
    with nullcontext() if file is None else _appending(file) as stream:
        configure_logging(stream, level, "auto" if file is None else "json")
        try:
            yield
        finally:
            close_logs()


def _appending(file: str) -> TextIO:
    try:
        return Path(file).open("a", encoding="utf-8")
    except OSError as error:
        raise Problem(f"--log {file}: it can't be written: {error.strerror}") from None
