"""The lines themselves: as they are for a program, rendered for people."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from holdfast.actors.console.logfile.output import Output
from holdfast.actors.console.logfile.record import Match, NotALogLine
from holdfast.actors.logs.escape import escape, escape_json
from holdfast.actors.logs.render import console_renderer

__all__ = ["RawLines", "ShownLines"]

_read_all = msgspec.json.Decoder(dict[str, Any]).decode


class RawLines:
    """Writes the lines with the same bytes that they have in the file.

    To a terminal, what isn't printable is written as JSON escapes it.

    Args:
        out: where to.
    """

    def __init__(self, out: Output) -> None:
        self._out = out

    def take(self, matches: Iterable[Match]) -> None:
        """Write lines; see `Report`."""
        if self._out.terminal:
            self._out.write_text("".join(f"{_harmless(line)}\n" for line, _ in matches))
        else:
            self._out.write(b"".join(b"%b\n" % line for line, _ in matches))

    def finish(self, end: datetime | None) -> None:
        """Do nothing: all is written."""


class ShownLines:
    """Writes the lines as the live log on a terminal shows them.

    Args:
        out: where to.
    """

    def __init__(self, out: Output) -> None:
        self._out = out
        self._render = console_renderer(colours=out.colours)

    def take(self, matches: Iterable[Match]) -> None:
        """Write lines; see `Report`."""
        self._out.write_text("".join(f"{self._shown(line)}\n" for line, _ in matches))

    def finish(self, end: datetime | None) -> None:
        """Do nothing: all is written."""

    def _shown(self, line: bytes) -> str:
        try:
            return self._render(_read_all(line))
        except NotALogLine:  # in a field that `Record` doesn't have
            return escape(line.decode("utf-8", "backslashreplace"))


def _harmless(line: bytes) -> str:
    return escape_json(line.decode("utf-8", "backslashreplace").strip())
