"""Where lines come from: files, also rotated and compressed ones, and standard input."""

import gzip
import io
import sys
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from holdfast.actors.console.logfile.blocks import BLOCK, LineBlocks
from holdfast.actors.console.logfile.record import NotALogLine, read_record
from holdfast.actors.console.problem import Problem

__all__ = ["STDIN", "Source", "in_order", "open_sources"]

STDIN: Final = "-"

START: Final = 64 * 1024
"""Bytes in which the first log line of a file is looked for."""

_GZIP: Final = b"\x1f\x8b"
_NEVER: Final = datetime.max.replace(tzinfo=UTC)
_DAMAGED: Final = (OSError, EOFError, zlib.error)


class Source:
    """One open file.

    Args:
        name: as the user wrote it.

    Raises:
        Problem: it can't be read.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.trouble: str | None = None
        """Why it ended before its end."""
        self.too_long = 0
        """Lines that were left out for their length."""
        self._start = b""
        try:
            self._file = _open(name)
            self._stream = _unpacked(self._file)
        except OSError as error:
            raise Problem(f"{_called(name)}: it can't be read: {error.strerror}") from None

    def began(self) -> datetime:
        """Return the time of its first log line; the end of time if that can't be told."""
        try:
            self._start = self._stream.read1(START)
        except _DAMAGED:
            return _NEVER
        for line in self._start.split(b"\n"):
            try:
                return read_record(line).timestamp
            except NotALogLine:
                continue
        return _NEVER

    def blocks(self) -> Iterator[bytes]:
        """Yield its lines in blocks, as soon as they are there; then close it."""
        joined = LineBlocks()
        try:
            chunk = self._start or self._stream.read1(BLOCK)
            while chunk:
                if block := joined.add(chunk):
                    yield block
                chunk = self._stream.read1(BLOCK)
        except _DAMAGED as error:
            self.trouble = f"{_called(self.name)}: it can't be read to its end: {_why(error)}"
        if block := joined.end():
            yield block
        self.too_long = joined.too_long
        self.close()

    def close(self) -> None:
        """Close it; standard input stays open."""
        self._stream.close()
        self._file.close()


def open_sources(names: Sequence[str]) -> list[Source]:
    """Open files.

    Args:
        names: paths, `-` for standard input; none for standard input alone.

    Raises:
        Problem: one of them can't be read, or nobody writes to standard input.
    """
    if not names and _nobody_writes():
        raise Problem("name a file, or pipe a log in: holdfast logs log.jsonl")
    return [Source(name) for name in names or (STDIN,)]


def in_order(sources: Sequence[Source]) -> list[Source]:
    """Return the sources by the time of their first lines, which puts rotated files in order."""
    return sorted(sources, key=Source.began) if len(sources) > 1 else list(sources)


def _open(name: str) -> io.BufferedReader:
    stdin = name == STDIN
    return io.BufferedReader(io.FileIO(0 if stdin else name, closefd=not stdin))


def _unpacked(file: io.BufferedReader) -> io.BufferedReader | gzip.GzipFile:
    packed = file.peek(len(_GZIP)).startswith(_GZIP)
    return gzip.GzipFile(fileobj=file) if packed else file


def _nobody_writes() -> bool:
    return sys.stdin is None or sys.stdin.isatty()  # pyright: ignore[reportUnnecessaryComparison]  # closed by the shell: <&-


def _called(name: str) -> str:
    return "standard input" if name == STDIN else name


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "the compressed data ends too soon" if isinstance(error, EOFError) else str(error)
