"""Write the tables of keys in docs/run.md from the types of fleet.toml: `run_reference.py`.

Between the markers of each table stands what the types say; a test fails where it doesn't.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from msgspec import inspect

from holdfast.actors.console.config.keys import Key, keys_of, tag_of
from holdfast.actors.console.config.parts import HmacTable, NoAuthTable, Table, TokenTable
from holdfast.actors.console.config.schema import (
    ConnectionTable,
    GovernorTable,
    GroupTable,
    MessagesTable,
)

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "run.md"

TABLES: Final[dict[str, tuple[type[Table], ...]]] = {
    "connection": (ConnectionTable,),
    "auth": (HmacTable, TokenTable, NoAuthTable),
    "groups": (GroupTable,),
    "governor": (GovernorTable,),
    "messages": (MessagesTable,),
}
"""The tables of the page, by their markers."""

MARKED: Final = re.compile(r"(<!-- keys of (\w+), .*? -->\n).*?(<!-- end -->)", re.DOTALL)


def page(text: str) -> str:
    """Return the page with its tables as the types have them.

    Args:
        text: the page, with a marker before and after each table.
    """
    return MARKED.sub(lambda found: f"{found[1]}{reference(found[2])}{found[3]}", text)


def reference(name: str) -> str:
    """Return a table of the page, in Markdown.

    Args:
        name: in its marker.
    """
    kinds = TABLES[name]
    rows = _auth_rows(kinds) if name == "auth" else _rows(kinds[0])
    head = ("key", "value", "meaning", "left out")
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (head, ("---",) * len(head), *rows))


def _rows(kind: type[Table], above: str = "") -> Iterator[tuple[str, ...]]:
    for key in keys_of(kind):
        if key.table is None or len(key.options) > 1:
            yield _row(key, above)
        if key.table is not None:
            yield from _rows(key.table, f"{above}{key.name}.")


def _auth_rows(kinds: tuple[type[Table], ...]) -> Iterator[tuple[str, ...]]:
    for kind in kinds:
        ((tag, value),) = tag_of(kind).items()
        yield f"`auth.{tag}`", f'`"{value}"`', _sentence(kind), "must be there"
        yield from _rows(kind, "auth.")


def _sentence(kind: type[Table]) -> str:
    text = str(kind.__doc__).partition("\n")[0].rstrip(".")
    return text[0].lower() + text[1:]


def _row(key: Key, above: str) -> tuple[str, ...]:
    more = f" ([more]({key.extra['see']}))" if "see" in key.extra else ""
    # Each word once: whichever of several tables it is, it is a table.
    value = " or ".join(dict.fromkeys(_words(option) for option in key.options))
    return f"`{above}{key.name}`", value, key.description + more, _left_out(key)


def _left_out(key: Key) -> str:
    default = key.default
    if default is None:
        return key.extra.get("absent", "must be there")
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, int | float):
        return _number(default, key.extra.get("unit", ""))
    return f'`"{default}"`' if default and isinstance(default, str) else "none"


def _number(value: float, unit: str) -> str:
    if unit == "bytes":
        return f"{value / 2**20:g} MiB"
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def _words(kind: inspect.Type) -> str:
    match kind:
        case inspect.LiteralType():
            return _choice(map(str, kind.values))
        case inspect.EnumType():
            return _choice(str(member.value) for member in kind.cls)
        case inspect.IntType() | inspect.FloatType():
            return _range(kind)
        case inspect.DictType(value_type=inspect.LiteralType() as values):
            return f"table of {_words(values)}"
        case _:
            return _NAMES[type(kind)]


def _choice(values: Iterable[str]) -> str:
    return ", ".join(f'`"{value}"`' for value in values)


def _range(kind: inspect.IntType | inspect.FloatType) -> str:
    bounds = (("> ", kind.gt), ("≥ ", kind.ge), ("< ", kind.lt), ("≤ ", kind.le))
    told = ", ".join(f"{sign}{bound:g}" for sign, bound in bounds if bound is not None)
    return f"{_NAMES[type(kind)]} {told}".rstrip()


_NAMES: Final[dict[type[inspect.Type], str]] = {
    inspect.BoolType: "true or false",
    inspect.DictType: "table",
    inspect.FloatType: "number",
    inspect.IntType: "whole number",
    inspect.ListType: "list",
    inspect.StrType: "text",
    inspect.StructType: "table",
}


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
