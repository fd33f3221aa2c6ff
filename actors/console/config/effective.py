"""What a fleet.toml amounts to: every value, also what is left out, and where it is from."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, TypeAlias, cast

from msgspec import UNSET

from holdfast.actors.console.config.keys import Key, keys_of, tag_of
from holdfast.actors.console.config.merge import REPLACED, Raw, has, put
from holdfast.actors.console.config.overrides import Override
from holdfast.actors.console.config.parts import Table
from holdfast.actors.console.config.schema import GovernorTable, GroupTable, HostTable
from holdfast.actors.console.config.secrets import is_reference
from holdfast.actors.console.config.tables import CONNECTION, DEFAULTS, GROUPS, Tables
from holdfast.actors.logs import redact
from holdfast.actors.logs.patterns import MASK
from holdfast.actors.logs.sensitive import is_sensitive

__all__ = ["Effective", "Value", "effective"]

DEFAULT: Final = "default"
FILE: Final = "file"
GOVERNOR: Final = "governor"
MESSAGES: Final = "messages"

OF_A_FILE: Final = frozenset({"size", "keep", "gzip"})
"""Keys of `[messages]` that say nothing where messages don't go to a file."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value."""

    path: tuple[str, ...]
    """Its key, with the tables above it."""
    shown: object
    """It, or its mask; None when it is left out and no value says what that means."""
    absent: str
    """What it means then, in words."""
    origin: str
    """`file`, `[defaults]`, `default`, a variable of the environment, or an option."""


@dataclass(frozen=True, slots=True)
class Effective:
    """All values of a fleet, in the order of the reference."""

    groups: Mapping[str, tuple[Value, ...]]
    governor: tuple[Value, ...]
    messages: tuple[Value, ...]
    connections: Mapping[str, tuple[Value, ...]]


@dataclass(frozen=True, slots=True)
class _Layer:
    """One of the places that a value may come from."""

    origin: str
    table: Mapping[str, Any]
    partial: bool = False
    """Whether it leaves what is below it alone even where a table is replaced as a whole."""

    def hides(self, path: Sequence[str]) -> bool:
        return path[0] in REPLACED & self.table.keys() and not self.partial


def effective(tables: Tables, only: Collection[str] | None = None) -> Effective:
    """Return what a file amounts to.

    Args:
        tables: of the file, which `check_file` has found to be right.
        only: the connections that are meant, without what they share; None for all of the file.
    """
    connections = _connections(tables, only)
    if only is not None:
        return Effective({}, (), (), connections)
    return Effective(_groups(tables), _governor(tables), _messages(tables), connections)


def _groups(tables: Tables) -> dict[str, tuple[Value, ...]]:
    groups: Mapping[str, GroupTable] = tables.shared.groups or {}
    return {
        name: _values(
            group,
            [
                *_overriding(tables.given, GROUPS, name),
                _Layer(FILE, tables.written[GROUPS][name]),
            ],
        )
        for name, group in groups.items()
    }


def _governor(tables: Tables) -> tuple[Value, ...]:
    written = _Layer(FILE, tables.written.get(GOVERNOR, {}))
    layers = [*_overriding(tables.given, GOVERNOR), written]
    return _values(tables.shared.governor or GovernorTable(), layers)


def _messages(tables: Tables) -> tuple[Value, ...]:
    table = tables.shared.messages
    if not table:
        return ()
    written = _Layer(FILE, tables.written.get(MESSAGES, {}))
    values = _values(table, [*_overriding(tables.given, MESSAGES), written])
    if table.file:
        return values
    return tuple(value for value in values if value.path[0] not in OF_A_FILE)


def _connections(tables: Tables, only: Collection[str] | None) -> dict[str, tuple[Value, ...]]:
    written = _Layer(f"[{DEFAULTS}]", tables.written.get(DEFAULTS, {}))
    below = [*_overriding(tables.given, DEFAULTS), written]
    return {
        table.name: _values(
            table,
            [*_overriding(tables.given, CONNECTION, table.name), _Layer(FILE, own), *below],
        )
        for table, own in zip(tables.connections, tables.written[CONNECTION], strict=True)
        if only is None or table.name in only
    }


def _overriding(given: Sequence[Override], *table: str) -> list[_Layer]:
    """Return the layers of what overrides a table, the strongest first."""
    depth = len(table)
    return [
        _Layer(
            str(each.source),
            put({}, each.path[depth:], each.value),
            # Longer is the way to a key in a table of its own.
            partial=len(each.path) > depth + 1,
        )
        for each in reversed(given)
        if each.path[:depth] == table
    ]


def _values(table: Table, layers: Sequence[_Layer]) -> tuple[Value, ...]:
    return tuple(
        Value(path, _shown(path, value), absent, _origin(path, layers))
        for path, value, absent in _leaves(table)
    )


def _origin(path: Sequence[str], layers: Sequence[_Layer]) -> str:
    for layer in layers:
        if has(layer.table, path):
            return layer.origin
        if layer.hides(path):
            break
    return DEFAULT


_Leaf: TypeAlias = tuple[tuple[str, ...], object, str]
"""The way to a value, itself, and the words for its absence."""


def _leaves(table: Table) -> Iterator[_Leaf]:
    """Yield every value below a table."""
    for name, tag in tag_of(type(table)).items():
        yield (name,), tag, ""
    for key in keys_of(type(table)):
        for path, value, absent in _below(key, getattr(table, key.name)):
            yield (key.name, *path), value, absent


def _below(key: Key, value: object) -> Iterator[_Leaf]:
    if value is UNSET and key.table is None:
        yield (), key.default, key.extra.get("absent", "")
    elif value is UNSET or (value is True and key.table is not None):
        yield from _leaves(cast("type[Table]", key.table)())
    elif isinstance(value, HostTable):
        # What a host leaves out is no default, but as it is for every other.
        for limit, number in value.given().items():
            yield (limit,), number, ""
    elif isinstance(value, Table):
        yield from _leaves(value)
    elif isinstance(value, dict) and value:
        for name, item in cast("Raw", value).items():
            for path, inner, absent in _below(key, item):
                yield (str(name), *path), inner, absent
    else:
        yield (), value.value if isinstance(value, Enum) else value, ""


def _shown(path: Sequence[str], value: object) -> object:
    if isinstance(value, str):
        if path[0] in REFERRING and is_reference(value):
            return value
        return redact(_without_query(value) if tuple(path) == ("url",) else value)
    return _masked(value)


REFERRING: Final = frozenset({"auth", "headers"})
"""Where a value may be a reference, which is no secret."""


def _without_query(url: str) -> str:
    base, mark, _ = url.partition("?")
    return f"{base}{mark}{MASK}" if mark else base


def _masked(value: object) -> object:
    """Mask what a text or a subscription may hold; a long list stays whole, unlike in a log."""
    if isinstance(value, dict):
        items = cast("Raw", value).items()
        return {name: MASK if is_sensitive(name, each) else _masked(each) for name, each in items}
    if isinstance(value, list):
        return [_masked(each) for each in cast("list[object]", value)]
    return redact(value) if isinstance(value, str) else value
