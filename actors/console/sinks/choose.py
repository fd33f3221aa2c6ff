"""Decides where messages go: as the command line says, else the file, else to standard output."""

import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from holdfast.actors.console.config.handlers import find_handler, look_in
from holdfast.actors.console.problem import Problem
from holdfast.actors.console.sinks.command import Command
from holdfast.actors.console.sinks.descriptor import Descriptor
from holdfast.actors.console.sinks.destination import (
    Destination,
    ToCommand,
    ToFile,
    ToHandler,
    ToStdout,
)
from holdfast.actors.console.sinks.file import RotatingFile
from holdfast.actors.console.sinks.options import MessageOptions
from holdfast.actors.console.sinks.outlet import Nowhere, Outlet

__all__ = ["choose", "outlet_to"]


def choose(options: MessageOptions, written: Destination | None, folder: Path) -> Destination:
    """Return where messages go.

    Args:
        options: of the command line.
        written: what the file says.
        folder: the file's, where handlers are looked for first.

    Raises:
        Problem: the options contradict each other, or one of them is unusable.
    """
    chosen = _by_options(options, folder) or written or ToStdout()
    details = {key: value for key in _DETAILS if (value := getattr(options, key)) is not None}
    if not details:
        return chosen
    if not isinstance(chosen, ToFile):
        raise Problem(f"--{next(iter(details)).replace('_', '-')} needs --out FILE")
    return replace(chosen, **{_DETAILS[key]: value for key, value in details.items()})


def outlet_to(destination: Destination) -> Outlet:
    """Return what takes the lines; it isn't open yet.

    Raises:
        Problem: standard output is closed.
    """
    match destination:
        case ToFile(path, size, keep, gzip):
            return RotatingFile(path, size, keep, compress=gzip)
        case ToCommand(arguments):
            return Command(arguments)
        case ToHandler():
            return Nowhere()
        case ToStdout():
            return _standard_output()


def _standard_output() -> Outlet:
    if sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison]  # closed by the shell: >&-
        raise Problem("standard output is closed, so there is nowhere to write messages to")
    return Descriptor(sys.stdout.fileno())


def _by_options(options: MessageOptions, folder: Path) -> Destination | None:
    given = [(way, value) for way in _WAYS if (value := getattr(options, way)) is not None]
    if len(given) > 1:
        raise Problem(f"messages go one way, not to {' and '.join(f'--{way}' for way, _ in given)}")
    for way, value in given:
        try:
            return _WAYS[way](value, folder)
        except ValueError as error:
            raise Problem(f"--{way}: {error}") from None
    return None


def _to_file(path: str, folder: Path) -> Destination:
    del folder
    return ToStdout() if path == "-" else ToFile(Path(path))


def _to_program(command: str, folder: Path) -> Destination:
    del folder
    words = shlex.split(command)
    if not words:
        raise ValueError("it must name a program")
    return ToCommand(tuple(words))


def _to_shell(line: str, folder: Path) -> Destination:
    del folder
    return ToCommand.by_shell(line)


def _to_handler(name: str, folder: Path) -> Destination:
    look_in(folder)
    return ToHandler(find_handler(name))


_WAYS: Final[Mapping[str, Callable[[Any, Path], Destination]]] = {
    "out": _to_file,
    "exec": _to_program,
    "shell": _to_shell,
    "handler": _to_handler,
}

_DETAILS: Final = {"out_size": "size", "out_keep": "keep", "out_gzip": "gzip"}
"""The options of a file, and what `ToFile` calls them."""
