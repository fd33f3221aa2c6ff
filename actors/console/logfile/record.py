"""What the command reads of every line; the rest is decoded only for lines that are shown."""

from datetime import datetime
from typing import Annotated, Final

import msgspec

__all__ = ["Match", "NotALogLine", "Record", "read_record"]


class Record(msgspec.Struct, frozen=True, gc=False):
    """A log line, as far as it is filtered, counted and drawn by it. See docs/logs.md."""

    timestamp: Annotated[datetime, msgspec.Meta(tz=True)]
    event: str
    level: str = ""
    connection: str | None = None
    cause: str | None = None
    detail: str | None = None
    waits_for: str | None = None


Match = tuple[bytes, Record]
"""A line, without its line feed, and what was read of it."""

NotALogLine: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What `read_record` raises."""

read_record: Final = msgspec.json.Decoder(Record).decode
"""Returns the record of a line: bytes, with or without white space around the object."""
