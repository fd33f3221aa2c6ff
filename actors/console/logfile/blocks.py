"""Bytes as they are read, made into blocks of whole lines; memory is bounded."""

from typing import Final

__all__ = ["BLOCK", "LONGEST", "LineBlocks"]

BLOCK: Final = 1024 * 1024
"""Bytes that are read at once."""

LONGEST: Final = 1024 * 1024
"""Bytes of a line that isn't complete yet; one with more is no log line."""


class LineBlocks:
    """Joins what is read of one file.

    Args:
        longest: bytes that are kept of a line whose end is still to come.
    """

    def __init__(self, longest: int = LONGEST) -> None:
        self.too_long = 0
        """Lines that were left out for their length."""
        self._longest = longest
        self._rest = b""
        self._skipping = False

    def add(self, chunk: bytes) -> bytes:
        """Return the lines that are complete now, each with its line feed.

        Args:
            chunk: what was read next.
        """
        if self._skipping:
            chunk = self._skip(chunk)
        cut = chunk.rfind(b"\n") + 1
        block = self._rest + chunk[:cut] if cut else b""
        self._rest = chunk[cut:] if cut else self._rest + chunk
        if len(self._rest) > self._longest:
            self._rest = b""
            self._skipping = True
            self.too_long += 1
        return block

    def end(self) -> bytes:
        """Return the last line, with the line feed that it didn't have, and begin anew."""
        rest = self._rest
        self._rest = b""
        self._skipping = False
        return rest + b"\n" if rest else b""

    def _skip(self, chunk: bytes) -> bytes:
        end = chunk.find(b"\n")
        if end < 0:
            return b""
        self._skipping = False
        return chunk[end + 1 :]
