"""A file that is still written to, and what takes its place when it is rotated or cut short."""

import os
from collections.abc import Iterator
from io import FileIO
from typing import Final

from holdfast.actors.console.logfile.blocks import BLOCK, LineBlocks
from holdfast.actors.console.problem import Problem

__all__ = ["Follower"]

_GZIP: Final = b"\x1f\x8b"


class Follower:
    """Reads a file from its beginning, then what comes; nothing of it waits.

    A file that has been moved away is read to its end; the one with its name is next as soon as
    something stands in it, because the writer may not have noticed yet. A file that got shorter is
    read anew from its beginning. Two rotations between two looks hide the file in between.

    Args:
        path: of the file.

    Raises:
        Problem: it can't be read, or is compressed.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._joined = LineBlocks()
        try:
            self._file = _open(path)
            start = os.pread(self._file.fileno(), len(_GZIP), 0)
        except OSError as error:
            raise Problem(f"{path}: it can't be read: {error.strerror}") from None
        if start == _GZIP:
            self.close()
            raise Problem(f"{path}: it is compressed, so nothing is added to it: omit --follow")

    @property
    def too_long(self) -> int:
        """Lines that were left out for their length."""
        return self._joined.too_long

    def blocks(self) -> Iterator[bytes]:
        """Yield the lines that have come since the last time, in blocks.

        A line that isn't complete yet is kept until it is, or until the file is replaced.
        """
        yield from self._unread()
        successor = self._successor()
        if successor is None:
            return
        yield from self._unread()  # what came between the two looks
        if rest := self._joined.end():
            yield rest
        if successor is not self._file:
            self._file.close()
            self._file = successor
        self._file.seek(0)
        yield from self._unread()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _unread(self) -> Iterator[bytes]:
        while chunk := self._file.read(BLOCK):
            if block := self._joined.add(chunk):
                yield block

    def _successor(self) -> FileIO | None:
        """Open what is to be read from its beginning now; None if nothing is."""
        own = os.fstat(self._file.fileno())
        try:
            named = os.stat(self._path)  # noqa: PTH116  # as the one above
            if os.path.samestat(own, named):
                return self._file if own.st_size < self._file.tell() else None
            return _open(self._path) if named.st_size else None
        except OSError:  # gone, or not to be read yet
            return None


def _open(path: str) -> FileIO:
    return FileIO(path, "rb")
