r"""Where in a block of lines a match could be, found at the speed of `bytes.find`.

A JSON text writes a character of a string either as it is or with a backslash. So a line without
any backslash that has a value has the value's characters, between its quotes.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

__all__ = ["candidates", "literal"]

_ESCAPE: Final = b"\\"


def literal(glob: str) -> bytes:
    """Return the longest piece of JSON that a value has if it matches and nothing is escaped.

    Args:
        glob: as `fnmatch` reads it; what follows a `[` isn't looked at.
    """
    pieces = re.split(r"[*?]", f'"{glob}"'.partition("[")[0])
    return max(pieces, key=len).encode("utf-8", "surrogatepass")


def candidates(block: bytes, needles: Sequence[bytes]) -> Iterator[bytes]:
    """Yield the lines that have any of these bytes or a backslash, without their line feeds.

    Args:
        block: whole lines, the last one with its line feed too.
        needles: none for every line.
    """
    if not needles:
        yield from block[:-1].split(b"\n")
        return
    places = {needle: block.find(needle) for needle in (*needles, _ESCAPE)}
    while found := [place for place in places.values() if place >= 0]:
        first = min(found)
        end = block.index(b"\n", first)
        yield block[block.rfind(b"\n", 0, first) + 1 : end]
        for needle, place in places.items():
            if 0 <= place <= end:
                places[needle] = block.find(needle, end + 1)
