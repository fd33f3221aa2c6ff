"""What `holdfast send` sends: an argument, a file or standard input, as text or as bytes."""

import os
import sys
from pathlib import Path
from typing import Final

import msgspec

from holdfast.actors.console.control.protocol import LARGEST
from holdfast.actors.console.problem import Problem

__all__ = ["read_payload"]

MOST: Final = LARGEST // 2
"""Bytes of a message: there is room for it in a request, with its quotes escaped or as base64."""

ROOM: Final = LARGEST - 64 * 1024
"""Bytes of a text as JSON writes it, six for a control character; the rest is for names."""


def read_payload(argument: str, *, binary: bool) -> str | bytes:
    r"""Return what an argument says to send.

    Args:
        argument: the text itself, `@` and a path, or `-` for standard input.
        binary: as bytes, every one of them; text is UTF-8, and the line feed at the end of a file
            isn't part of it.

    Raises:
        Problem: it can't be read, is too large, or is no text.
    """
    origin, content = _read(argument)
    if len(content) > MOST:
        raise Problem(f"{origin}: a message may have {MOST:,} bytes on this way")
    if binary:
        return content
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise Problem(
            f"{origin}: byte {error.start} is no UTF-8, so this is no text: --binary sends it as "
            "it is"
        ) from None
    text = text.removesuffix("\n") if _is_stream(argument) else text
    _check_room(text, origin)
    return text


def _check_room(text: str, origin: str) -> None:
    written = len(msgspec.json.encode(text))
    if written > ROOM:
        raise Problem(
            f"{origin}: a message may have {ROOM:,} bytes on this way as JSON writes it, and this "
            f"one has {written:,}"
        )


def _is_stream(argument: str) -> bool:
    return argument == "-" or argument.startswith("@")


def _read(argument: str) -> tuple[str, bytes]:
    if argument == "-":
        return "standard input", _standard_input()
    if argument.startswith("@"):
        return argument[1:], _file(argument[1:])
    return "TEXT", os.fsencode(argument)


def _standard_input() -> bytes:
    if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison]  # closed by the shell: <&-
        raise Problem("standard input is closed, so there is nothing to send")
    return sys.stdin.buffer.read(MOST + 1)


def _file(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(MOST + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise Problem(f"{path}: it can't be read: {reason}") from None
