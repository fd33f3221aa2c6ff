"""`[messages]`: where messages go that no connection's own handler gets."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from holdfast.actors.console.config.handlers import find_handler
from holdfast.actors.console.config.place import Place
from holdfast.actors.console.config.schema import MessagesTable
from holdfast.actors.console.sinks.destination import (
    Destination,
    ToCommand,
    ToFile,
    ToHandler,
    parse_size,
)

__all__ = ["build_messages"]


def build_messages(table: MessagesTable, folder: Path, place: Place) -> Destination | None:
    """Return where the messages go; a handler is imported.

    Args:
        table: `[messages]`, empty where the file has none.
        folder: what a relative path starts from.
        place: the file.

    Returns:
        None when the table leaves it open.

    Raises:
        ConfigProblem: it says more than one way, or a value is unusable.
    """
    given = table.given()
    ways = [way for way in _WAYS if way in given]
    if len(ways) > 1:
        raise place.problem(f"messages go one way, not to {' and '.join(ways)}", "messages")
    details = {key: value for key, value in given.items() if key not in _WAYS}
    if details and ways != ["file"]:
        raise place.problem("this key needs file beside it", f"messages.{next(iter(details))}")
    for way in ways:
        with place.at(f"messages.{way}"):
            return _with_details(_WAYS[way](given[way], folder), details, place)
    return None


def _with_details(way: Destination, details: dict[str, Any], place: Place) -> Destination:
    if not isinstance(way, ToFile):
        return way
    if isinstance(details.get("size"), str):
        with place.at("messages.size"):
            details["size"] = parse_size(details["size"])
    return replace(way, **details)


def _to_file(path: str, folder: Path) -> Destination:
    try:
        return ToFile(folder / Path(path).expanduser())
    except RuntimeError:
        raise ValueError("it names a home folder that isn't known") from None


def _to_program(words: list[str], folder: Path) -> Destination:
    del folder
    if not words:
        raise ValueError("it must name a program")
    return ToCommand(tuple(words))


def _to_shell(line: str, folder: Path) -> Destination:
    del folder
    return ToCommand.by_shell(line)


def _to_handler(name: str, folder: Path) -> Destination:
    del folder
    return ToHandler(find_handler(name))


_WAYS: Final[Mapping[str, Callable[[Any, Path], Destination]]] = {
    "file": _to_file,
    "exec": _to_program,
    "shell": _to_shell,
    "handler": _to_handler,
}
