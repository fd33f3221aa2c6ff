"""A file of JSON lines that makes room for a new one when it is full."""

import fcntl
import os
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from holdfast.actors.console.problem import Problem
from holdfast.actors.console.sinks.outlet import Outlet
from holdfast.actors.console.sinks.rotation import Compression, numbered, shift
from holdfast.actors.logs import get_logger

__all__ = ["RotatingFile"]

# O_NONBLOCK is for what is no file: a pipe would be waited for.
FLAGS: Final = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK

SPARE: Final = 0.5
"""Seconds before the deadline at which a compression that is under way is given up."""

_log = get_logger()


class RotatingFile(Outlet):
    """Appends lines to a file, each of them whole in one file.

    A file is synced to the disk when it is full and at the end: that is when some systems tell
    that they have no room, and a power cut costs no more than the end of the last file.

    Args:
        path: the file; the full ones are beside it.
        size: bytes of a full file; only a single line may be longer.
        keep: so many full files stay, the oldest go.
        compress: gzip the full ones.
    """

    grace = 5.0

    def __init__(self, path: Path, size: int, keep: int, *, compress: bool = False) -> None:
        self.name = str(path)
        self._path = path
        self._limit = self._full = size
        self._keep = keep
        self._compress = compress
        self._compression: Compression | None = None
        self._file = -1
        self._size = 0
        self._deadline = 0.0

    def open(self, wake: Callable[[], None]) -> None:
        """Open the file, or tell in one line why it can't be written."""
        del wake
        try:
            self._file = _open(self._path)
            self._size = os.fstat(self._file).st_size
            self._end_last_line()
        except (OSError, ValueError) as error:  # a ValueError for a NUL in the path
            reason = error.strerror if isinstance(error, OSError) else error
            raise Problem(f"{self.name}: it can't be written: {reason}") from None

    def write(self, data: bytes) -> None:
        """Append lines, and begin a new file before the one that doesn't fit."""
        start = 0
        while start < len(data):
            end = self._fitting(data, start)
            if end > start:
                self._append(data[start:end])
                start = end
            else:
                self._rotate()

    def end_by(self, deadline: float) -> None:
        """Bound the compression of the last full file."""
        self._deadline = deadline

    def close(self) -> None:
        """Sync the file and close it."""
        os.fsync(self._file)
        os.close(self._file)
        if self._compression is not None:
            self._compression.wait(max(0.0, self._deadline - SPARE - time.monotonic()))

    def _end_last_line(self) -> None:
        """A line that was cut, as by a power cut, must not take the next one along."""
        if self._size and os.pread(self._file, 1, self._size - 1) != b"\n":
            self._append(b"\n")

    def _fitting(self, data: bytes, start: int) -> int:
        """Return the end of the lines that fit in."""
        if not self._size:
            first = data.index(b"\n", start) + 1
            return max(first, data.rfind(b"\n", start, start + self._limit) + 1)
        room = max(0, self._limit - self._size)
        return data.rfind(b"\n", start, start + room) + 1

    def _append(self, data: bytes) -> None:
        left = memoryview(data)
        try:
            while left:
                left = left[os.write(self._file, left) :]
        except OSError:
            written = len(data) - len(left)
            self._size += data.rfind(b"\n", 0, written) + 1
            with suppress(OSError):
                os.ftruncate(self._file, self._size)
            raise
        self._size += len(data)

    def _rotate(self) -> None:
        """Begin a new file; where that can't be, go on with the old one: nothing is lost."""
        os.fsync(self._file)
        if self._compression is not None:
            self._compression.wait()
        try:
            removed = shift(self._path, self._keep)
            fresh = self._replace()
        except OSError as error:
            self._limit = self._size + self._full
            _log.warning("file.not_rotated", reason=error.strerror)
            return
        _log.info("file.rotated", size=self._size, removed=", ".join(removed) or None)
        os.close(self._file)
        self._file, self._size, self._limit = fresh, 0, self._full
        if self._compress:
            self._compression = Compression(numbered(self._path, 1))

    def _replace(self) -> int:
        """Rename the full file, and return a new one."""
        full = numbered(self._path, 1)
        self._path.rename(full)
        try:
            return _open(self._path, stat.S_IMODE(os.fstat(self._file).st_mode))
        except OSError:
            full.rename(self._path)
            raise


def _open(path: Path, mode: int = 0o666) -> int:
    """Open a file for this process alone; two that renamed it would lose each other's lines."""
    file = os.open(path, FLAGS, mode)
    try:
        _claim(file)
    except OSError:
        os.close(file)
        raise
    return file


def _claim(file: int) -> None:
    if not stat.S_ISREG(os.fstat(file).st_mode):
        raise OSError(0, "it is no regular file")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise OSError(0, "another process writes to it") from None
