"""fleet.toml read from top to bottom; whatever is wrong is told before anything starts."""

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import msgspec

from holdfast.actors import ConnectionSpec
from holdfast.actors.console.config.build import Builder
from holdfast.actors.console.config.explain import explain
from holdfast.actors.console.config.handlers import find_handler, look_in
from holdfast.actors.console.config.place import Place
from holdfast.actors.console.config.schema import ConnectionTable, Settings, Table
from holdfast.actors.spec import HandlerFactory

__all__ = ["load_fleet"]

T = TypeVar("T", bound=Table)
Raw = dict[str, Any]

DEFAULTS, CONNECTION = "defaults", "connection"

LARGEST: Final = 16 * 1024 * 1024
"""Bytes of the largest file; 10,000 connections with ten lines each have 4 MiB."""

REPLACED: Final = frozenset({"auth"})
"""Tables that a connection writes anew as a whole: keys of two kinds of auth don't mix."""


def load_fleet(file: str, default_handler: HandlerFactory) -> list[ConnectionSpec]:
    """Read a file and return the specs of its connections, in their order.

    Secrets are resolved and masked in the logs from then on; handlers are imported, last of all,
    with the file's folder to look in first.

    Args:
        file: the path, as the user wrote it.
        default_handler: the handler of connections that name none.

    Raises:
        ConfigProblem: the first mistake in it, in one line with file, table and key.
    """
    raw = _read(file)
    defaults = _defaults(raw, file)
    tables = [
        _connection(defaults, own, place)
        for own, place in zip(*_connections(raw, file), strict=True)
    ]
    places = [
        Place.connection(file, number, table.name) for number, table in enumerate(tables, start=1)
    ]
    _refuse_duplicates(tables, places)
    folder = Path(file).absolute().parent
    builder = Builder(folder, default_handler)
    specs = [builder.build(table, place) for table, place in zip(tables, places, strict=True)]
    look_in(folder)
    return list(map(_with_handler, specs, tables, places))


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


def _defaults(raw: Raw, file: str) -> Raw:
    for key in raw:
        if key not in {DEFAULTS, CONNECTION}:
            near = difflib.get_close_matches(key, [DEFAULTS, CONNECTION], n=1)
            hint = f"did you mean {near[0]}?" if near else "known are defaults, connection"
            raise Place(file).problem(f"there is no such key; {hint}", key)
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


def _connection(defaults: Raw, own: Raw, place: Place) -> ConnectionTable:
    return _convert(_merged(defaults, own), ConnectionTable, place)


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


def _with_handler(spec: ConnectionSpec, table: ConnectionTable, place: Place) -> ConnectionSpec:
    if not table.handler:
        return spec
    with place.at("handler"):
        return replace(spec, handler=find_handler(table.handler))
