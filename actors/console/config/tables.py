"""A file read as tables whose types are right, and whose names fit together."""

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import msgspec

from holdfast.actors.console.config.explain import explain
from holdfast.actors.console.config.groups import check_group
from holdfast.actors.console.config.parts import Table
from holdfast.actors.console.config.place import Place
from holdfast.actors.console.config.schema import (
    ConnectionTable,
    Settings,
    SharedTables,
)

__all__ = ["Tables", "read_tables"]

T = TypeVar("T", bound=Table)
Raw = dict[str, Any]

DEFAULTS, CONNECTION = "defaults", "connection"
SHARED: Final = SharedTables.__struct_fields__
KNOWN: Final = (DEFAULTS, CONNECTION, *SHARED)

LARGEST: Final = 16 * 1024 * 1024
"""Bytes of the largest file; 10,000 connections with ten lines each have 4 MiB."""

REPLACED: Final = frozenset({"auth"})
"""Tables that a connection writes anew as a whole: keys of two kinds of auth don't mix."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of a file."""

    shared: SharedTables
    """What connections share."""
    connections: tuple[ConnectionTable, ...]
    """Each with the defaults in it."""
    places: tuple[Place, ...]
    """Where each of them is."""


def read_tables(file: str) -> Tables:
    """Read a file.

    Args:
        file: the path, as the user wrote it.

    Raises:
        ConfigProblem: the first mistake in it that needs no more than its text to be seen.
    """
    raw = _read(file)
    _check_keys(raw, file)
    shared = _convert({key: raw[key] for key in SHARED if key in raw}, SharedTables, Place(file))
    groups = shared.groups or {}
    defaults = _defaults(raw, file)
    check_group(defaults.get("group", ""), groups, Place(file, DEFAULTS))
    own, places = _connections(raw, file)
    tables = [
        _convert(_merged(defaults, each), ConnectionTable, place)
        for each, place in zip(own, places, strict=True)
    ]
    _refuse_duplicates(tables, places)
    for table, place in zip(tables, places, strict=True):
        check_group(table.group or "", groups, place)
    return Tables(shared, tuple(tables), tuple(places))


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
            near = difflib.get_close_matches(key, KNOWN, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(KNOWN)}"
            raise Place(file).problem(f"there is no such key; {hint}", key)


def _defaults(raw: Raw, file: str) -> Raw:
    defaults = raw.get(DEFAULTS, {})
    place = Place(file, DEFAULTS)
    if not isinstance(defaults, dict):
        raise place.problem("it must be a table: write [defaults]")
    _convert(cast("Raw", defaults), Settings, place)
    return cast("Raw", defaults)


def _connections(raw: Raw, file: str) -> tuple[list[Raw], list[Place]]:
    written = raw.get(CONNECTION, [])
    items = cast("list[object]", written) if isinstance(written, list) else [None]
    if not all(isinstance(item, dict) for item in items):
        raise Place(file, CONNECTION).problem("it must be a list of tables: write [[connection]]")
    tables = cast("list[Raw]", items)
    if not tables:
        raise Place(file).problem("it has no connection: write a [[connection]] table")
    places = [
        Place.connection(file, number, table.get("name"))
        for number, table in enumerate(tables, start=1)
    ]
    return tables, places


def _merged(defaults: Mapping[str, Any], own: Mapping[str, Any]) -> Raw:
    """Lay a connection's keys over the defaults, tables key by key and lists as a whole."""
    merged = {**defaults, **own}
    for key in defaults.keys() & own.keys() - REPLACED:
        below, above = defaults[key], own[key]
        if isinstance(below, dict) and isinstance(above, dict):
            merged[key] = _merged(cast("Raw", below), cast("Raw", above))
    return merged


def _convert(table: Raw, kind: type[T], place: Place) -> T:
    try:
        return msgspec.convert(table, kind, str_keys=True)
    except msgspec.ValidationError as error:
        mistake = explain(error, table, kind)
    raise place.problem(mistake.what, mistake.key)


def _refuse_duplicates(tables: list[ConnectionTable], places: list[Place]) -> None:
    first: dict[str, int] = {}
    for number, (table, place) in enumerate(zip(tables, places, strict=True), start=1):
        if table.name in first:
            other = f"connection[{first[table.name]}]"
            raise place.problem(f"{other} has this name already; names are unique", "name")
        first[table.name] = number
