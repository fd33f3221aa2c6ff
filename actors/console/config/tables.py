"""A file read as tables whose types are right, and whose names fit together."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial, reduce
from itertools import starmap
from pathlib import Path
from typing import Final, TypeVar, cast

import msgspec

from holdfast.actors.console.config.explain import Mistake, explain
from holdfast.actors.console.config.groups import check_group
from holdfast.actors.console.config.merge import Raw, merged, put
from holdfast.actors.console.config.named import named
from holdfast.actors.console.config.overrides import (
    Override,
    at_fault,
    overridden,
    overrides,
    sources,
)
from holdfast.actors.console.config.parts import Table
from holdfast.actors.console.config.place import Place, key_of
from holdfast.actors.console.config.schema import (
    ConnectionTable,
    Overridable,
    Settings,
    SharedTables,
)
from holdfast.actors.nearest import did_you_mean

__all__ = ["Tables", "read_tables"]

T = TypeVar("T", bound=Table)

DEFAULTS, CONNECTION, GROUPS = "defaults", "connection", "groups"
SHARED: Final = SharedTables.__struct_fields__
KNOWN: Final = (DEFAULTS, CONNECTION, *SHARED)

LARGEST: Final = 16 * 1024 * 1024
"""Bytes of the largest file; 10,000 connections with ten lines each have 4 MiB."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of a file."""

    shared: SharedTables
    """What connections share."""
    connections: tuple[ConnectionTable, ...]
    """Each with the defaults in it."""
    places: tuple[Place, ...]
    """Where each of them is."""
    place: Place
    """Where what they share is."""
    written: Raw
    """The file as it is written."""
    given: tuple[Override, ...]
    """What overrides it."""


def read_tables(file: str, given: Sequence[Override] | None = None) -> Tables:
    """Read a file.

    Args:
        file: the path, as the user wrote it.
        given: what overrides it; None for what the environment has.

    Raises:
        ConfigProblem: the first mistake in it, or in what overrides it, that needs no more than its
            text to be seen.
    """
    written = _read(file)
    _check_keys(written, file)
    shared, defaults = _shared(written, Place(file)), _defaults(written, file)
    own = _own_tables(written, file)
    names = [name for each in own if isinstance(name := each.get("name"), str) and name]
    given = named(
        overrides() if given is None else given,
        {CONNECTION: dict.fromkeys(names), GROUPS: shared.groups or {}},
    )
    for_all = [each for each in given if each.path[0] != CONNECTION]
    if for_all:
        shared, defaults = _overridden(written, for_all)
    groups = shared.groups or {}
    check_group(defaults.get("group", ""), groups, Place(file, DEFAULTS, sources(given, DEFAULTS)))
    places = tuple(starmap(partial(_place, file, given), enumerate(own, start=1)))
    tables = tuple(
        _connection(merged(defaults, each), place, _own_overrides(given, each))
        for each, place in zip(own, places, strict=True)
    )
    _refuse_duplicates(tables, places)
    for table, place in zip(tables, places, strict=True):
        check_group(table.group or "", groups, place)
    return Tables(shared, tables, places, Place(file, "", sources(given)), written, given)


def _read(file: str) -> Raw:
    place = Place(file)
    try:
        with Path(file).open("rb") as opened:
            data = opened.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise place.problem(f"it is larger than {LARGEST} bytes: that is no fleet")
        return tomllib.loads(data.decode("utf-8-sig"))
    except OSError as error:
        raise place.problem(f"it can't be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise place.problem(f"it is no UTF-8 text: see byte {error.start}") from None
    except ValueError as error:  # a number of thousands of digits is no TOMLDecodeError
        raise place.problem(f"it is no TOML: {error}") from None
    except RecursionError:
        raise place.problem("it is nested too deeply") from None


def _check_keys(raw: Raw, file: str) -> None:
    for key in raw:
        if key not in KNOWN:
            hint = did_you_mean(key, KNOWN, otherwise=f"known are {', '.join(KNOWN)}")
            raise Place(file).problem(f"there is no such key{hint}", key)


def _shared(raw: Raw, place: Place) -> SharedTables:
    return _convert({key: raw[key] for key in SHARED if key in raw}, SharedTables, place)


def _defaults(raw: Raw, file: str) -> Raw:
    defaults = raw.get(DEFAULTS, {})
    place = Place(file, DEFAULTS)
    if not isinstance(defaults, dict):
        raise place.problem("it must be a table: write [defaults]")
    _convert(cast("Raw", defaults), Settings, place)
    return cast("Raw", defaults)


def _overridden(written: Raw, given: Sequence[Override]) -> tuple[SharedTables, Raw]:
    """Return what connections share and the defaults, both of which are right as written."""
    raw = overridden(written, given)
    both = {key: raw[key] for key in (DEFAULTS, *SHARED) if key in raw}
    try:
        tables = msgspec.convert(both, Overridable, str_keys=True)
    except msgspec.ValidationError as error:
        mistake = explain(error, both, Overridable)
    else:
        return tables, raw.get(DEFAULTS, {})
    raise at_fault(given, mistake)


def _own_tables(raw: Raw, file: str) -> list[Raw]:
    written = raw.get(CONNECTION, [])
    items = cast("list[object]", written) if isinstance(written, list) else [None]
    if not all(isinstance(item, dict) for item in items):
        raise Place(file, CONNECTION).problem("it must be a list of tables: write [[connection]]")
    if not items:
        raise Place(file).problem("it has no connection: write a [[connection]] table")
    return cast("list[Raw]", items)


def _place(file: str, given: Sequence[Override], number: int, own: Raw) -> Place:
    name = own.get("name")
    overriding = sources(_own_overrides(given, own), CONNECTION, str(name))
    below = sources(given, DEFAULTS, own=own)
    return Place.connection(file, number, name, (*below, *overriding))


def _own_overrides(given: Sequence[Override], own: Raw) -> list[Override]:
    return [each for each in given if each.path[:2] == (CONNECTION, own.get("name"))]


def _connection(written: Raw, place: Place, given: Sequence[Override]) -> ConnectionTable:
    """Return a connection, which is right as written before it is overridden."""
    table = _convert(written, ConnectionTable, place)
    if not given:
        return table
    raw = reduce(lambda raw, each: put(raw, each.path[2:], each.value), given, written)
    try:
        return msgspec.convert(raw, ConnectionTable, str_keys=True)
    except msgspec.ValidationError as error:
        mistake = explain(error, raw, ConnectionTable)
    key = f"{key_of(CONNECTION, table.name)}.{mistake.key}"
    raise at_fault(given, Mistake(key, mistake.what))


def _convert(table: Raw, kind: type[T], place: Place) -> T:
    try:
        return msgspec.convert(table, kind, str_keys=True)
    except msgspec.ValidationError as error:
        mistake = explain(error, table, kind)
    raise place.problem(mistake.what, mistake.key)


def _refuse_duplicates(tables: Sequence[ConnectionTable], places: Sequence[Place]) -> None:
    first: dict[str, int] = {}
    for number, (table, place) in enumerate(zip(tables, places, strict=True), start=1):
        if table.name in first:
            other = f"connection[{first[table.name]}]"
            raise place.problem(f"{other} has this name already; names are unique", "name")
        first[table.name] = number
