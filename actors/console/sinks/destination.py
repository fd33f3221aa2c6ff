"""Where messages go, as plain data: what the command line and the file may say of it."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self, TypeAlias

from holdfast.handlers import ConnectionHandler

__all__ = [
    "MOST_KEPT",
    "Destination",
    "ToCommand",
    "ToFile",
    "ToHandler",
    "ToStdout",
    "parse_size",
]

MOST_KEPT: Final = 1000
"""Full files that may stay: each of them is renamed when one more is full."""

_SIZE: Final = re.compile(r"(\d{1,15})\s*([KMGT]i?)?B?", re.IGNORECASE | re.ASCII)
_POWERS: Final = {"k": 1, "m": 2, "g": 3, "t": 4}


@dataclass(frozen=True, slots=True)
class ToStdout:
    """Standard output."""


@dataclass(frozen=True, slots=True)
class ToFile:
    """A file that makes room for a new one when it is full."""

    path: Path
    size: int = 64_000_000
    """Bytes of a full file."""
    keep: int = 10
    """So many full files stay."""
    gzip: bool = False
    """Whether the full ones are compressed."""


@dataclass(frozen=True, slots=True)
class ToCommand:
    """The standard input of a command."""

    arguments: tuple[str, ...]
    """The program and what it is given."""

    @classmethod
    def by_shell(cls, line: str) -> Self:
        """Return a line that the shell runs."""
        return cls(("/bin/sh", "-c", line))


@dataclass(frozen=True, slots=True)
class ToHandler:
    """A handler of the user's."""

    handler: type[ConnectionHandler]


Destination: TypeAlias = ToStdout | ToFile | ToCommand | ToHandler


def parse_size(text: str) -> int:
    """Return a number of bytes that was written as people do.

    Args:
        text: `64000000`, `64MB` (a million each) or `64MiB` (1,048,576 each); letters as one likes.

    Raises:
        ValueError: it is no such size, or none at all.
    """
    found = _SIZE.fullmatch(text.strip())
    size = _bytes(found) if found else 0
    if size < 1:
        raise ValueError("a size is a number of bytes of 1 or more, such as 64MB or 64MiB")
    return size


def _bytes(found: "re.Match[str]") -> int:
    prefix = (found[2] or "").lower()
    base = 1024 if prefix.endswith("i") else 1000
    return int(found[1]) * int(base ** _POWERS.get(prefix[:1], 0))
