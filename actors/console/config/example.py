"""A fleet.toml to begin with, written from the types: every key, its meaning and its default."""

from collections.abc import Iterator
from textwrap import fill
from typing import Final

from holdfast.actors.console.config.keys import Key, keys_of
from holdfast.actors.console.config.parts import Table
from holdfast.actors.console.config.schema import (
    ConnectionTable,
    GovernorTable,
    GroupTable,
    MessagesTable,
    Settings,
)
from holdfast.actors.console.config.toml import toml_line

__all__ = ["example"]

WIDTH: Final = 96

HEAD: Final = """\
# A fleet for `holdfast run`. Take the # away from a key to change it: until then it is left out,
# and is what it says here, or what the words behind "left out" say. Secrets are never written out:
# "env:NAME" is a variable of the environment, "file:PATH" the content of a file.
"""

SECTIONS: Final[tuple[tuple[str, type[Table], str], ...]] = (
    ("[defaults]", Settings, "{what}:"),
    ("[[connection]]", ConnectionTable, "{what}; every key of [defaults] may stand here too:"),
    ("[governor]", GovernorTable, "{what}:"),
    ("[messages]", MessagesTable, "{what}:"),
    ("#[groups.trading]", GroupTable, "{what}, which they name by their key group:"),
)
"""The tables of the file, and how each is introduced."""


def example() -> str:
    """Return the file; `holdfast config check` finds nothing wrong with it."""
    return "\n".join([HEAD, *("".join(_section(*each)) for each in SECTIONS)])


def _section(head: str, kind: type[Table], introduction: str) -> Iterator[str]:
    what = str(kind.__doc__).partition("\n")[0].rstrip(".")
    yield _comment(introduction.format(what=what))
    yield f"{head}\n"
    for key in keys_of(kind):
        if kind is not ConnectionTable or key.required:
            yield "\n"
            yield from _lines(key)


def _lines(key: Key, *above: str) -> Iterator[str]:
    path = (*above, key.name)
    if key.table is not None:
        for inner in keys_of(key.table):
            yield from _lines(inner, *path)
        return
    optional = key.default is not None or "absent" in key.extra
    yield _comment(key.told)
    value = key.default if key.example is None else key.example
    # Behind "# " a key stays a comment, whoever takes every other # away.
    mark = "# " if "instead" in key.extra else "#" if optional else ""
    yield f"{mark}{toml_line(path, value)}\n"


def _comment(text: str) -> str:
    return fill(text, WIDTH, initial_indent="# ", subsequent_indent="# ") + "\n"
